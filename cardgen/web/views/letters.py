"""The words of letters, in a form, with the letter as it will be printed beside it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from cardgen.desk import Desk
from cardgen.errors import CardgenError
from cardgen.ledger import acting_as
from cardgen.letters import (
    LetterWords,
    drafted,
    last_change,
    letter_fault,
    letters_of,
    read_letter,
    save_letter,
    take_back_letter,
)
from cardgen.model import Household, SubjectKind
from cardgen.web.access import OFFICE, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.keys import household_key, household_of
from cardgen.web.plain import told_on_page
from cardgen.web.previews import as_typed
from cardgen.workspace import Workspace

_LOOKED_AT = 50  # households, for one whose letter can be printed
_MOST_DRAWN = 24 << 10  # bytes, some fifteen pages: cards wait while a letter is laid out


@open_to(*OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: Request, paper: str) -> HttpResponse:
    """The words of one paper's letter; posted, they are kept and printed from now on."""
    desk = open_desk()
    known = _letter_of(desk, paper)
    shown: dict[str, Any] = {"letter": known, "text": known.text}
    if request.method == "POST":
        shown["text"] = request.POST.get("text", "")
        shown["fault"] = _fault(desk, paper, shown["text"])
        if not shown["fault"]:
            try:
                with acting_as(request.user.username):
                    seen, campaign = request.POST.get("seen", ""), desk.workspace.campaign
                    save_letter(settings.WORKSPACE, campaign, paper, shown["text"], seen)
            except CardgenError as error:
                shown["fault"] = told_on_page(error)
            else:
                desk.renew()
                messages.success(request, "改好了，以后印的都用新的话。")
                return redirect("letter", paper)
    shown["can_take_back"] = bool(last_change(settings.WORKSPACE, known))
    home = _first_home(desk, paper)
    shown["home"] = household_key(home.code) if home else ""
    return render(request, "web/letter.html", shown)


@open_to(*OFFICE)
@require_POST
def preview(request: Request, paper: str) -> HttpResponse:
    """The letter with the words as they are typed, or what is wrong with them and in which line.
    Nothing is kept."""
    desk = open_desk()
    known = _letter_of(desk, paper)
    home = household_of(request, desk, request.POST.get("home", ""))
    text = request.POST.get("text", "")
    shown: dict[str, Any] = {"title": known.title}
    fault = _fault(desk, paper, text)
    if fault:
        shown["faults"] = [fault]
    elif len(text.encode("utf-8", "surrogatepass")) > _MOST_DRAWN:
        shown["faults"] = ["正文太长，旁边不画它的样子了。一封信一两页，人家才看得完。"]
    else:
        with drafted(desk.workspace, paper, text) as workspace:
            shown |= as_typed(desk, workspace, home.code, paper)
    return render(request, "web/preview.html", shown)


@open_to(*OFFICE)
@require_POST
def take_back(request: Request, paper: str) -> HttpResponse:
    """Give a letter the words back that it had before the last change."""
    desk = open_desk()
    number = last_change(settings.WORKSPACE, _letter_of(desk, paper))
    with acting_as(request.user.username):
        take_back_letter(settings.WORKSPACE, number)
    desk.renew()
    messages.success(request, "换回了上一次的话。")
    return redirect("letter", paper)


def letters(workspace: Workspace) -> list[LetterWords]:
    """The letters of the campaign; none where one of them cannot be read."""
    try:
        return letters_of(settings.WORKSPACE, workspace.campaign)
    except CardgenError:
        return []


def _letter_of(desk: Desk, paper: str) -> LetterWords:
    """The letter of that paper. Raises Http404 where it has none."""
    if paper not in {each.paper for each in letters(desk.workspace)}:
        raise Http404
    return read_letter(settings.WORKSPACE, desk.workspace.campaign, paper)


def _fault(desk: Desk, paper: str, text: str) -> str:
    found = letter_fault(settings.WORKSPACE, desk.workspace.campaign, paper, text)
    return told_on_page(found) if found else ""


def _first_home(desk: Desk, paper: str) -> Household | None:
    """The first household that can have the letter as it is kept; else the first of all, whose
    letter says what is missing. None where the letter is not for households."""
    specs = {spec.name: spec for spec, _ in desk.layouts()}
    if paper not in specs or specs[paper].subject is not SubjectKind.HOUSEHOLD:
        return None
    homes = desk.workspace.township.households[:_LOOKED_AT]
    for home in homes:
        try:
            if desk.preview(home.code, paper).pages:
                return home
        except CardgenError:
            break
    return homes[0] if homes else None

"""The words of letters, in a form, with the letter as it is printed beside it."""

from __future__ import annotations

import base64
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from cardgen.errors import CardgenError
from cardgen.ledger import acting_as
from cardgen.letters import LetterWords, letter_fault, letters_of, read_letter, save_letter
from cardgen.model import SubjectKind
from cardgen.web.access import OFFICE, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.words import for_page

_MOST = 100_000


@open_to(*OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: Request, paper: str) -> HttpResponse:
    """The words of one paper's letter; posted, they are kept and printed from now on."""
    desk = open_desk()
    campaign = desk.workspace.campaign
    if paper not in {each.paper for each in letters(desk.workspace)}:
        raise Http404
    known = read_letter(settings.WORKSPACE, campaign, paper)
    shown: dict[str, Any] = {"letter": known, "text": known.text}
    if request.method == "POST":
        shown["text"] = request.POST.get("text", "")[:_MOST]
        shown["fault"] = letter_fault(settings.WORKSPACE, campaign, paper, shown["text"])
        if not shown["fault"]:
            try:
                with acting_as(request.user.username):
                    seen = request.POST.get("seen", "")
                    save_letter(settings.WORKSPACE, campaign, paper, shown["text"], seen)
            except CardgenError as error:
                shown["fault"] = f"{error.message}{for_page(error.hint)}"
            else:
                desk.renew()
                messages.success(request, "改好了，以后印的都用新的话。")
                return redirect("letter", paper)
    return render(request, "web/letter.html", shown | _pages(known))


def letters(workspace: Any) -> list[LetterWords]:  # noqa: ANN401
    """The letters of the campaign; none where one of them cannot be read."""
    try:
        return letters_of(settings.WORKSPACE, workspace.campaign)
    except CardgenError:
        return []


def _pages(known: LetterWords) -> dict[str, Any]:
    """The letter as it is printed now, for the first household that gets one."""
    desk = open_desk()
    found = [spec for spec, _ in desk.layouts() if spec.name == known.paper]
    if not found or found[0].subject is not SubjectKind.HOUSEHOLD:
        return {}
    for home in desk.workspace.township.households[:50]:
        try:
            made = desk.preview(home.code, known.paper)
        except CardgenError as error:
            return {"fault": f"{error.message}{for_page(error.hint)}"}
        if made.pages:
            return {"pages": [base64.b64encode(page).decode() for page in made.pages]}
    return {}

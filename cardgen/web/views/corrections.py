"""Corrections: a secretary says what is right, the office decides, and takes the roster along."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cardgen import ledger as ledgers
from cardgen.corrections import field_words, is_of, of_cadre, of_household, read_value
from cardgen.desk import Desk
from cardgen.errors import CardgenError, UsageError
from cardgen.ledger import open_ledger
from cardgen.model import Cadre, Contact, Corrected, CorrectedSubject, Correction, Household
from cardgen.rosterbook import corrected_roster
from cardgen.web.access import OFFICE, READERS, WRITERS, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.keys import cadre_key, household_key, household_of
from cardgen.web.models import Account
from cardgen.web.place import key_of
from cardgen.web.plain import told_on_page

_DECISIONS = {
    "accept": "同意了",
    "reject": "退回了",
    "withdraw": "撤回了",
    "reopen": "重新打开了",
}
_LONGEST_NOTE = 200


@open_to(*WRITERS)
@require_POST
def correct(request: Request, key: str) -> HttpResponse:
    """Keep a correction of a household's head or phone."""
    desk = open_desk()
    home = household_of(request, desk, key)
    try:
        what = {"head": Corrected.HEAD, "phone": Corrected.HOUSEHOLD_PHONE}[request.POST["field"]]
    except KeyError:
        raise Http404 from None
    if _is_stale(request, seen_of_household(home)):
        return _told_stale(request, key)
    raw = _as_read(desk, home)
    before = raw.head if what is Corrected.HEAD else raw.phone
    return _keep(request, desk, key, what, of_household(raw), before)


@open_to(*WRITERS)
@require_POST
def correct_contact(request: Request, key: str, cadre: str) -> HttpResponse:
    """Keep a correction of somebody's name or phone who stands on a household's papers."""
    desk = open_desk()
    home = household_of(request, desk, key)
    try:
        what = {"name": Corrected.CADRE_NAME, "phone": Corrected.CADRE_PHONE}[request.POST["field"]]
    except KeyError:
        raise Http404 from None
    for line in desk.chain(home):
        raw = raw_cadre(desk, line.contact) if line.contact else None
        if raw is not None and line.contact is not None and contact_key(raw) == cadre:
            if _is_stale(request, seen_of_contact(line.contact)):
                return _told_stale(request, key)
            subject = of_cadre(raw, desk.workspace.roster_township)
            if not may_correct(request, subject):
                raise Http404
            before = raw.name if what is Corrected.CADRE_NAME else raw.phone
            return _keep(request, desk, key, what, subject, before)
    raise Http404


def may_correct(request: Request, subject: CorrectedSubject) -> bool:
    """Whether the account may correct that: all that the person answers for is its own."""
    scope = request.scope
    return scope.may_write and (scope.is_office or scope.holds(subject.village or "\0"))


def raw_cadre(desk: Desk, contact: Contact) -> Cadre | None:
    """The row that a contact came from, as the roster has it."""
    found = (c for c in desk.workspace.roster_township.cadres if c.origin == contact.origin)
    return next(found, None)


def contact_key(cadre: Cadre) -> str:
    """What a cadre is known by in addresses."""
    return cadre_key(cadre.role, cadre.name, "；".join(scope.text for scope in cadre.scopes))


def seen_of_household(home: Household) -> str:
    """What tells whether a page still shows the household of its code, and its phone: a code goes
    to others with a new roster, and two may correct the same."""
    place = (home.village, home.group, home.building, home.door)
    return key_of(settings.SECRET_KEY, "seen", *place, home.head, home.phone)


def seen_of_contact(contact: Contact) -> str:
    """The same for somebody on its papers."""
    return key_of(settings.SECRET_KEY, "seen", contact.role, contact.name, contact.phone)


def _is_stale(request: Request, seen: str) -> bool:
    return request.POST.get("seen", seen) != seen


def _told_stale(request: Request, key: str) -> HttpResponse:
    words = "这一页打开以后，名册或这一户换过了，没有改。请看看现在的，要改再改一次。"
    messages.error(request, words)
    return redirect("household", key)


def _as_read(desk: Desk, home: Household) -> Household:
    township = desk.workspace.roster_township
    return next(each for each in township.households if each.origin == home.origin)


def _keep(
    request: Request,
    desk: Desk,
    key: str,
    what: Corrected,
    subject: CorrectedSubject,
    before: str,
) -> HttpResponse:
    typed, applied = request.POST.get("after", ""), desk.workspace.applied
    over = [c for c in applied.over if c.what is what] if applied else []
    over = [c for c in over if c.subject.is_same(subject)]
    try:
        if over and read_value(what, typed, "") == before:
            words = f"名册上就是这个，现在按改正第 {over[-1].id} 条印着别的。"
            raise UsageError(words, "要照名册印，请在“改正”一页撤回那一条，或请镇办公室退回。")
        after = read_value(what, typed, before)
    except UsageError as error:
        messages.error(request, f"{field_words(what)}没有改：{told_on_page(error)}")
        return redirect("household", key)
    note = " ".join(request.POST.get("note", "").split())[:_LONGEST_NOTE]
    with open_ledger(settings.WORKSPACE) as ledger:
        made = ledgers.propose(ledger, what, subject, before, after, request.user.username, note)
        if request.scope.is_office:
            ledgers.accept_correction(ledger, made.id, request.user.username)
    desk.correct()
    messages.success(
        request,
        f"{field_words(what)}改好了（改正第 {made.id} 条）。下面看到的、下次印的，都是新的；"
        "名册由办公室去改。",
    )
    return redirect("household", key)


def corrections_of(desk: Desk, home: Household) -> dict[str, Correction]:
    """The corrections that went over a household, by field."""
    applied = desk.workspace.applied
    names = {Corrected.HEAD: "head", Corrected.HOUSEHOLD_PHONE: "phone"}
    cells = applied.cells if applied else ()
    return {names[c.what]: c for c, origin in cells if c.what in names and origin == home.origin}


@open_to(*READERS)
@require_safe
def corrections(request: Request) -> HttpResponse:
    """The corrections that the account may see, those to decide first."""
    desk = open_desk()
    with desk.ledger() as ledger:
        found = _visible(request, desk, ledger) if ledger else []
    applied = desk.workspace.applied
    disputed = {each.id: said for each, said in applied.disputed} if applied else {}
    lost = {each.id for each in applied.lost} if applied else set()
    if applied and not request.scope.is_office:
        disputed |= dict.fromkeys(applied.elsewhere, "")
    called = {each.username: each.called for each in Account.objects.all()}
    rows = [_row(request, each, disputed, lost, called) for each in found]
    for row, each in zip(rows, found, strict=True):
        home = desk.household(each.subject.code)
        row["key"] = household_key(home.code) if home and is_of(each, home) else ""
    rows.sort(key=lambda row: (not row["is_open"], row["correction"].id))
    return render(request, "web/corrections.html", {"rows": rows})


def _row(
    request: Request,
    each: Correction,
    disputed: dict[int, str],
    lost: set[int],
    called: dict[str, str],
) -> dict[str, Any]:
    is_own = each.person == request.user.username
    return {
        "correction": each,
        "words": field_words(each.what),
        "who": called.get(each.person, each.person),
        "by": called.get(each.decided_by, each.decided_by),
        "state": ledgers.STATE_WORDS[each.state],
        "disputed": disputed.get(each.id),
        "is_disputed": each.id in disputed,
        "is_hidden": each.id in disputed and not disputed[each.id] and not request.scope.is_office,
        "is_lost": each.id in lost,
        "is_open": each.state == "open" or each.id in disputed,
        "may_decide": request.scope.is_office and each.stands,
        "may_withdraw": is_own and each.state == "open" and request.scope.may_write,
        "may_reopen": request.scope.is_office and each.state in ("accepted", "rejected"),
    }


@open_to(*WRITERS)
@require_POST
def decide(request: Request, number: int) -> HttpResponse:
    """Accept, reject or reopen a correction, as the office; withdraw one's own."""
    desk = open_desk()
    decision = request.POST.get("decision", "")
    person = request.user.username
    with open_ledger(settings.WORKSPACE) as ledger:
        seen = _visible(request, desk, ledger)
        known = next((each for each in seen if each.id == number), None)
        if known is None:
            raise Http404
        is_own = decision == "withdraw" and known.person == person
        if decision not in _DECISIONS or not (request.scope.is_office or is_own):
            raise Http404
        try:
            if decision == "accept":
                applied = desk.workspace.applied
                said = {c.id: words for c, words in applied.disputed} if applied else {}
                ledgers.accept_correction(ledger, number, person, said.get(number))
            elif decision == "reject":
                ledgers.reject_correction(ledger, number, person)
            elif decision == "withdraw":
                ledgers.withdraw_correction(ledger, number, person)
            else:
                ledgers.reopen_correction(ledger, number, person)
        except CardgenError as error:
            messages.error(request, told_on_page(error))
            return redirect("corrections")
    desk.correct()
    messages.success(request, f"改正第 {number} 条{_DECISIONS[decision]}。")
    return redirect("corrections")


def _visible(request: Request, desk: Desk, ledger: ledgers.Ledger) -> list[Correction]:
    """The corrections that the account may see: those of a household go where it has moved."""
    return [
        each
        for each in ledgers.corrections(ledger)
        if request.scope.is_office or request.scope.holds(_village_now(desk, each))
    ]


def _village_now(desk: Desk, correction: Correction) -> str:
    """Where its household has moved to; a code that went to another household takes it nowhere."""
    subject = correction.subject
    home = desk.household(subject.code) if subject.code else None
    return home.village if home and is_of(correction, home) else subject.village


@open_to(*OFFICE)
@require_safe
def export(request: Request) -> HttpResponse:
    """The roster with all corrections, as a workbook."""
    content = corrected_roster(open_desk().workspace)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = HttpResponse(content, content_type=kind)
    name = f"roster-{date.today():%Y%m%d}.xlsx"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer

"""What was printed for whom has no page of his own: a household that has left the roster, a
village's board, a cadre's sheet. Found by the serial on the paper, so that what comes back can be
entered all the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cardgen import ledger as ledgers
from cardgen.desk import Desk
from cardgen.layouts import list_layouts
from cardgen.ledger import WORDS, Asked, CopyLine, Event, Subject, acting_as, open_ledger
from cardgen.search import serial_asked
from cardgen.web.access import READERS, WRITERS, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.keys import household_key, subject_key

_WHOLE = len("4YNR-XBD8")  # fewer characters may begin a name or a phone as well


def without_page(request: Request, desk: Desk, words: str) -> list[tuple[Subject, str]]:
    """Whom the papers with that serial were printed for, each with its key: those that have no
    page of their own, and that the account may see."""
    serial = serial_asked(words)
    with desk.ledger() as ledger:
        if ledger is None or len(serial) < _WHOLE:
            return []
        codes = ledgers.subjects_with_serial(ledger, serial)
        found = ledgers.subjects_of(ledger, [c for c in codes if desk.household(c) is None])
    return [
        (subject, subject_key(code))
        for code, subject in found.items()
        if request.scope.is_office or request.scope.holds(subject.village)
    ]


def history_rows(
    history: Sequence[CopyLine], titles: Mapping[str, str]
) -> list[tuple[CopyLine, str, bool]]:
    """The newest first, each with its paper's title, and whether the fate of its serial is told
    there: a copy that was printed again has its serial twice, and is delivered once."""
    rows, seen = [], set[str]()
    for line in reversed(history):
        rows.append((line, titles.get(line.layout, line.layout), line.serial not in seen))
        seen.add(line.serial)
    return rows


def enter(request: Request, code: str) -> None:
    """Enter what became of a copy of a subject, or take the last entry back, as the form says.

    Raises Http404 where the copy is not the subject's.
    """
    serial, event = request.POST.get("serial", ""), request.POST.get("event", "")
    if event not in set(Event):
        raise Http404
    with acting_as(request.user.username), open_ledger(settings.WORKSPACE) as ledger:
        if serial not in {line.serial for line in ledgers.history_of(ledger, code)}:
            raise Http404
        asked = [Asked("", serial, serial)]
        if "undo" in request.POST:
            done = ledgers.take_back(ledger, Event(event), asked)
            said = f"撤销了{WORDS[Event(event)]}：{serial}。"
        else:
            today = date.today().isoformat()
            done = ledgers.enter(ledger, Event(event), asked, today, request.user.called)
            said = f"登记了{WORDS[Event(event)]}：{serial}。"
    for wrong in done.wrong:
        messages.error(request, f"{serial}：{wrong.fault}。")
    if done.serials:
        messages.success(request, said)


def _subject_of(request: Request, desk: Desk, key: str) -> Subject:
    """The subject of a key, where something was printed for it and the account may see it.
    Raises Http404."""
    with desk.ledger() as ledger:
        codes = ledgers.subjects_known(ledger) if ledger else []
        code = next((code for code in codes if subject_key(code) == key), None)
        if ledger is None or code is None:
            raise Http404
        subject = ledgers.subjects_of(ledger, [code])[code]
    home = desk.household(code)
    village = home.village if home else subject.village
    if not request.scope.is_office and not request.scope.holds(village):
        raise Http404
    return subject


@open_to(*READERS)
@require_safe
def printed(request: Request, key: str) -> HttpResponse:
    """What was printed for a subject and what became of it."""
    desk = open_desk()
    subject = _subject_of(request, desk, key)
    if desk.household(subject.code):
        return redirect("household", household_key(subject.code))
    with desk.ledger() as ledger:
        history = ledgers.history_of(ledger, subject.code) if ledger else []
    titles = {spec.name: spec.title for spec in list_layouts(desk.folder)}
    shown = {
        "subject": subject,
        "key": key,
        "history": history_rows(history, titles),
        "can_write": request.scope.may_write,
    }
    return render(request, "web/printed.html", shown)


@open_to(*WRITERS)
@require_POST
def printed_entered(request: Request, key: str) -> HttpResponse:
    """Enter what became of one of its copies."""
    enter(request, _subject_of(request, open_desk(), key).code)
    return redirect("printed", key)

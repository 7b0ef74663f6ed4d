"""Corrections in the ledger: who said what is right, when, and what was decided.

Nothing is ever deleted: what is replaced, withdrawn or rejected stays with its state. The audit
trail has their numbers, and no names.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from cardgen.errors import UsageError
from cardgen.ledger.imports import digest_of_rosters, last_import
from cardgen.ledger.store import Ledger, Row, user_name
from cardgen.model import Corrected, CorrectedSubject, Correction, CorrectionState

_COLUMNS = (
    "id, what, village, code, place, role, name, phone, scope, before, after, note, person, made, "
    "state, decided_by, decided"
)
_STANDING = "('open', 'accepted')"
_SAME = (
    f"state IN {_STANDING} AND code = ? AND ((code <> '' AND (name = ? "
    "OR (village = ? AND place = ? AND json_extract(place, '$[2]') <> ''))) "
    "OR (code = '' AND name = ? AND phone = ? "
    "AND ((name <> '' AND phone <> '') OR (role = ? AND scope = ?))))"
)
"""Those that stand for the same household or person: CorrectedSubject.is_same."""


def propose(
    ledger: Ledger,
    what: Corrected,
    subject: CorrectedSubject,
    before: str,
    after: str,
    person: str,
    note: str = "",
) -> Correction:
    """Keep a correction; one that stands for the same is replaced by it. Raises LedgerError."""
    with ledger.write() as database:
        database.execute(
            "UPDATE corrections SET state = 'replaced', decided_by = ?, decided = ? "
            f"WHERE what = ? AND {_SAME}",
            (person, ledger.now(), what.value, *_same(subject)),
        )
        cursor = database.execute(
            "INSERT INTO corrections (what, village, code, place, role, name, phone, scope, "
            "before, after, note, person, made, state) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')",
            (
                *(what.value, subject.village, subject.code),
                *(_place(subject), subject.role, subject.name),
                *(subject.phone, subject.scope, before, after, note, person, ledger.now()),
            ),
        )
        number = int(cursor.lastrowid or 0)
        ledger.audit("correction-proposed", {"correction": number, "what": what.value}, person)
    return find_correction(ledger, number)


def find_correction(ledger: Ledger, number: int) -> Correction:
    """The correction of that number. Raises UsageError where there is none."""
    row = ledger.one(f"SELECT {_COLUMNS} FROM corrections WHERE id = ?", (number,))
    if row is None:
        raise UsageError(f"没有第 {number} 条改正。", "先看看有哪些。")
    return _correction(row)


def corrections(ledger: Ledger, villages: Iterable[str] | None = None) -> list[Correction]:
    """All corrections, the newest first; of these villages, or of all where None."""
    rows = ledger.read(f"SELECT {_COLUMNS} FROM corrections ORDER BY id DESC")
    found = [_correction(row) for row in rows]
    if villages is None:
        return found
    seen = frozenset(villages)
    return [each for each in found if each.subject.village in seen]


def standing_corrections(ledger: Ledger) -> list[Correction]:
    """Those that go over the roster, in the order in which they were made."""
    query = f"SELECT {_COLUMNS} FROM corrections WHERE state IN {_STANDING} ORDER BY id"
    return [_correction(row) for row in ledger.read(query)]


def accept_correction(
    ledger: Ledger, number: int, person: str, before: str | None = None
) -> Correction:
    """Say that it is right. `before` is what the roster says by now, where that is something else
    than it said: from then on the correction goes over that. Raises UsageError, LedgerError."""
    return _decide(ledger, number, CorrectionState.ACCEPTED, person, before)


def reject_correction(ledger: Ledger, number: int, person: str) -> Correction:
    """Say that the roster is right. Raises UsageError, LedgerError."""
    return _decide(ledger, number, CorrectionState.REJECTED, person)


def withdraw_correction(ledger: Ledger, number: int, person: str) -> Correction:
    """Take a correction back that nobody has decided. Raises UsageError, LedgerError."""
    return _decide(ledger, number, CorrectionState.WITHDRAWN, person)


def reopen_correction(ledger: Ledger, number: int, person: str) -> Correction:
    """Take a decision back: it stands again, undecided. Raises UsageError, LedgerError."""
    return _decide(ledger, number, CorrectionState.OPEN, person)


def close_confirmed(ledger: Ledger, numbers: Iterable[int], imported: int | None) -> None:
    """Close corrections that a roster says too; `imported` is that import. Raises LedgerError."""
    numbers = list(numbers)
    if not numbers:
        return
    with ledger.write() as database:
        for number in numbers:
            closed = database.execute(
                "UPDATE corrections SET state = 'confirmed', decided = ?, import = ? "
                f"WHERE id = ? AND state IN {_STANDING}",
                (ledger.now(), imported, number),
            )
            if not closed.rowcount:
                continue  # decided otherwise meanwhile
            known = find_correction(ledger, number)
            _follow(database, known, known.after)
            ledger.audit("correction-confirmed", {"correction": number})


def reopen_confirmed(ledger: Ledger, files: Mapping[str, str]) -> None:
    """Open again what these rosters closed, where they are the last import: they are taken back.
    Raises LedgerError."""
    last = last_import(ledger)
    if last is None or last.digest != digest_of_rosters(files):
        return
    query = "SELECT id FROM corrections WHERE state = 'confirmed' AND import = ? ORDER BY id"
    for (number,) in ledger.read(query, (last.id,)):
        with suppress(UsageError):  # there is a newer one
            reopen_correction(ledger, number, user_name())


_FROM = {
    CorrectionState.ACCEPTED: (CorrectionState.OPEN, CorrectionState.ACCEPTED),
    CorrectionState.REJECTED: (CorrectionState.OPEN, CorrectionState.ACCEPTED),
    CorrectionState.WITHDRAWN: (CorrectionState.OPEN,),
    CorrectionState.OPEN: (
        *(CorrectionState.ACCEPTED, CorrectionState.REJECTED, CorrectionState.WITHDRAWN),
        CorrectionState.CONFIRMED,
    ),
}
STATE_WORDS = {
    CorrectionState.OPEN: "等办公室看",
    CorrectionState.ACCEPTED: "同意了",
    CorrectionState.REJECTED: "退回了",
    CorrectionState.WITHDRAWN: "撤回了",
    CorrectionState.REPLACED: "有更新的改正",
    CorrectionState.CONFIRMED: "名册已改，办结",
}
"""How the state of a correction is told."""


def _decide(
    ledger: Ledger, number: int, state: CorrectionState, person: str, before: str | None = None
) -> Correction:
    with ledger.write() as database:
        known = find_correction(ledger, number)
        if known.state not in _FROM[state]:
            raise UsageError(
                f"第 {number} 条改正已经是“{STATE_WORDS[known.state]}”，不能再改。",
                "请先看看它现在怎样。",
            )
        if state is CorrectionState.OPEN and _has_newer(ledger, known):
            raise UsageError(f"第 {number} 条改正后面又有新的了。", "请看新的那一条。")
        if before is not None:
            _follow(database, known, before)
        if known.state is CorrectionState.CONFIRMED:
            _follow(database, replace(known, subject=_followed(known)), known.before)
        undecided = state is CorrectionState.OPEN
        database.execute(
            "UPDATE corrections SET state = ?, decided_by = ?, decided = ?, before = ? "
            "WHERE id = ?",
            (
                state.value,
                "" if undecided else person,
                "" if undecided else ledger.now(),
                known.before if before is None else before,
                number,
            ),
        )
        event = "correction-reopened" if undecided else f"correction-{state.value}"
        ledger.audit(event, {"correction": number}, person)
    return find_correction(ledger, number)


def _has_newer(ledger: Ledger, known: Correction) -> bool:
    query = f"SELECT 1 FROM corrections WHERE what = ? AND id > ? AND {_SAME}"
    subjects = {known.subject}
    if known.state is CorrectionState.CONFIRMED:
        subjects.add(_followed(known))
    return any(
        ledger.one(query, (known.what.value, known.id, *_same(subject))) for subject in subjects
    )


def _same(subject: CorrectedSubject) -> tuple[str, ...]:
    """The values that _SAME asks for."""
    home = (subject.code, subject.name, subject.village, _place(subject))
    return (*home, subject.name, subject.phone, subject.role, subject.scope)


def _place(subject: CorrectedSubject) -> str:
    return json.dumps(subject.place, ensure_ascii=False)


def _followed(known: Correction) -> CorrectedSubject:
    """The subject as a roster has it that says the same as the correction."""
    match known.what:
        case Corrected.CADRE_PHONE:
            return replace(known.subject, phone=known.after)
        case Corrected.HOUSEHOLD_PHONE:
            return known.subject
        case _:
            return replace(known.subject, name=known.after)


def _follow(database: sqlite3.Connection, known: Correction, said: str) -> None:
    """The roster says something else of the subject by now: whatever stands for it follows, to
    find it again."""
    if known.what is Corrected.HOUSEHOLD_PHONE:
        return  # a household is not known by its phone
    field = "phone" if known.what is Corrected.CADRE_PHONE else "name"
    database.execute(
        f"UPDATE corrections SET {field} = ? WHERE {_SAME}", (said, *_same(known.subject))
    )


def _correction(row: Row) -> Correction:
    number, what, village, code, place, role, name, phone, scope, *rest = row
    before, after, note, person, made, state, decided_by, decided = rest
    return Correction(
        id=number,
        what=Corrected(what),
        subject=CorrectedSubject(village, code, tuple(json.loads(place)), role, name, phone, scope),
        before=before,
        after=after,
        note=note,
        person=person,
        made=made,
        state=CorrectionState(state),
        decided_by=decided_by,
        decided=decided,
    )

"""What became of copies that are out: delivered, returned, lost; entered by their serials.

Good serials are entered together, in one transaction; for each other one there is a sentence
that says why not. What is taken back stays in the ledger, and is no longer counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any

from cardgen.ledger.lists import Asked
from cardgen.ledger.store import Ledger


class Event(StrEnum):
    """What may be entered of a copy."""

    DELIVERED = "delivered"
    RETURNED = "returned"
    LOST = "lost"


UNKNOWN = "账本里没有这个编号，不是这个工作文件夹里印的"
_SOME = 500  # values in a query
WORDS = {Event.DELIVERED: "送达", Event.RETURNED: "收回", Event.LOST: "丢失"}


@dataclass(frozen=True, slots=True)
class Entered:
    """What was entered: serials in their order, what could not be, how many came twice.

    `closed` counts the recalls that are done with it.
    """

    serials: tuple[str, ...]
    wrong: tuple[Asked, ...]
    repeated: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """A serial that the ledger knows: the last entry of it, the newest serial of the same copy,
    and whether it is asked for back."""

    serial: str
    entry: int
    event: str
    day: str
    newest: str
    is_recalled: bool


def enter(
    ledger: Ledger, event: Event, asked: Sequence[Asked], day: str, person: str = ""
) -> Entered:
    """Enter that copies were delivered, came back or are lost. Raises LedgerError."""
    with ledger.write() as database:
        right, wrong, repeated = _sorted(ledger, asked, partial(_why_not, event=event))
        now = ledger.now()
        database.executemany(
            "INSERT INTO deliveries (serial, event, batch, day, person, entered) SELECT ?1, ?2, "
            "max(v.batch), ?3, ?4, ?5 FROM copies c JOIN volumes v ON v.id = c.volume "
            "WHERE c.serial = ?1",
            ((serial, event.value, day, person, now) for serial in right),
        )
        closed = _close(database, right, now) if event is not Event.DELIVERED else 0
        if right:
            ledger.audit(event.value, {"serials": list(right), "day": day}, person)
    return Entered(tuple(right), wrong, repeated, closed)


def take_back(ledger: Ledger, event: Event, asked: Sequence[Asked]) -> Entered:
    """Take the last entry of each serial back, where it is this one. Raises LedgerError."""
    with ledger.write() as database:
        right, wrong, repeated = _sorted(ledger, asked, partial(_why_stays, event=event))
        now = ledger.now()
        database.executemany(
            "UPDATE deliveries SET undone = ? WHERE id = ?",
            ((now, known.entry) for known in right.values()),
        )
        opened = 0
        if event is not Event.DELIVERED:
            opened = _changed(
                database,
                "UPDATE recalls SET closed = NULL WHERE serial = ? AND closed IS NOT NULL "
                f"AND NOT {_CAME_BACK}",
                [(serial,) for serial in right],
            )
        if right:
            entries = [known.entry for known in right.values()]
            ledger.audit("undone", {"serials": list(right), "entries": entries})
    return Entered(tuple(right), wrong, repeated, opened)


_CAME_BACK = (
    "EXISTS (SELECT 1 FROM entries e WHERE e.serial = recalls.serial "
    "AND e.event IN ('returned', 'lost'))"
)


def _close(database: Any, serials: Mapping[str, _Known], now: str) -> int:  # noqa: ANN401
    return _changed(
        database,
        "UPDATE recalls SET closed = ? WHERE serial = ? AND closed IS NULL",
        [(now, serial) for serial in serials],
    )


def _changed(database: Any, statement: str, rows: list[tuple[str, ...]]) -> int:  # noqa: ANN401
    """How many rows a statement changed, run once for each of the values."""
    return max(database.executemany(statement, rows).rowcount, 0) if rows else 0


def _sorted(
    ledger: Ledger, asked: Sequence[Asked], why_not: Callable[[_Known], str]
) -> tuple[dict[str, _Known], tuple[Asked, ...], int]:
    """The serials that may be entered, what may not and why, and how many came again."""
    known = _known(ledger, {each.serial for each in asked if each.serial})
    right: dict[str, _Known] = {}
    wrong: dict[tuple[str, str], Asked] = {}
    repeated = 0
    for each in asked:
        if not each.serial:
            wrong[each.where, each.text] = each
        elif each.serial in right:
            repeated += 1
        elif each.serial not in known:
            wrong[each.where, each.serial] = Asked(each.where, each.serial, fault=UNKNOWN)
        elif fault := why_not(known[each.serial]):
            wrong[each.where, each.serial] = Asked(each.where, each.serial, fault=fault)
        else:
            right[each.serial] = known[each.serial]
    return right, tuple(wrong.values()), repeated


def _known(ledger: Ledger, serials: Iterable[str]) -> dict[str, _Known]:
    """What the ledger knows of serials; those that it does not know are left out."""
    wanted, found = sorted(serials), dict[str, _Known]()
    for at in range(0, len(wanted), _SOME):
        some = wanted[at : at + _SOME]
        rows = ledger.read(
            "SELECT s.serial, coalesce(d.id, 0), coalesce(d.event, ''), coalesce(d.day, ''), "
            "(SELECT n.serial FROM serials n WHERE n.layout = s.layout AND n.subject = s.subject "
            "AND n.number = s.number ORDER BY n.edition DESC LIMIT 1), "
            "EXISTS (SELECT 1 FROM recalls r WHERE r.serial = s.serial AND r.closed IS NULL) "
            "FROM serials s LEFT JOIN entries d ON d.serial = s.serial "
            f"WHERE s.serial IN ({','.join('?' * len(some))})",
            some,
        )
        found |= {row[0]: _Known(*row) for row in rows}
    return found


def _why_not(known: _Known, event: Event) -> str:
    """Why an event cannot be entered of a copy; nothing where it can."""
    before = WORDS[Event(known.event)] if known.event else ""
    if event is Event.DELIVERED:
        if known.newest != known.serial:
            return f"这是旧卡，新的是 {known.newest}"
        if known.is_recalled:
            return "这一份要收回，不再发"
        return f"{known.day} 已经登记过送达" if known.event == event else ""
    # What was lost may turn up; what has come back cannot be lost.
    is_done = known.event in (event, Event.RETURNED)
    return f"{known.day} 已经登记过{before}" if is_done else ""


def _why_stays(known: _Known, event: Event) -> str:
    """Why the last entry of a copy cannot be taken back as this event; nothing where it can."""
    if not known.event:
        return "没有可以撤销的登记"
    if known.event != event:
        was = WORDS[Event(known.event)]
        return f"最后一条登记是{was}，不是{WORDS[event]}"
    return ""

"""Look into the ledger: batches, the history of a household, what is out.

Everything in the order in which it was written or is walked, never by the clock.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from cardgen.ledger.store import Ledger, Row
from cardgen.model import Key, Noted, Why

_SOME = 500  # values in a query


@dataclass(frozen=True, slots=True)
class BatchLine:
    """A batch: what it was for, what it holds, and whether all of it was printed."""

    id: int
    kind: str
    title: str
    mark: str
    folder: str
    started: str
    finished: str
    copies: int
    files: int


@dataclass(frozen=True, slots=True)
class CopyLine:
    """A copy as it was printed once, and what is known of it since.

    `event` is the last entry of it, `day` and `person` that entry's; `is_recalled` where it is
    asked for back, and `newest` is the serial that the same copy has now.
    """

    serial: str
    layout: str
    subject: str
    number: int
    edition: int
    village: str
    sheet: int
    side: int
    cell: int
    why: str
    file: str
    made: str
    batch: int
    kind: str
    folder: str
    event: str
    day: str
    person: str
    is_recalled: bool
    newest: str

    @property
    def path(self) -> str:
        """The file that it stands in."""
        return str(PurePath(self.folder, self.file))


_COPY = (
    "SELECT c.serial, c.layout, c.subject, c.number, s.edition, c.village, c.sheet, c.side, "
    "c.cell, c.why, v.name, v.made, b.id, b.kind, b.folder, coalesce(d.event, ''), "
    "coalesce(d.day, ''), coalesce(d.person, ''), "
    "EXISTS (SELECT 1 FROM recalls r WHERE r.serial = c.serial AND r.closed IS NULL), "
    "(SELECT n.serial FROM serials n WHERE n.layout = c.layout AND n.subject = c.subject "
    "AND n.number = c.number ORDER BY n.edition DESC LIMIT 1) "
    "FROM copies c JOIN serials s ON s.serial = c.serial JOIN volumes v ON v.id = c.volume "
    "JOIN batches b ON b.id = v.batch LEFT JOIN entries d ON d.serial = c.serial "
)
# Of each copy the newest edition, and of that what was printed last.
_NEWEST = (
    "WHERE c.id IN (SELECT id FROM (SELECT k.id, max((t.edition << 40) + k.id) FROM copies k "
    "JOIN serials t ON t.serial = k.serial GROUP BY k.layout, k.subject, k.number)) "
)


class AuditRow(NamedTuple):
    """Who did what, and when; `detail` is JSON of serials, numbers and counts."""

    at: str
    person: str
    event: str
    detail: str


def audit_trail(ledger: Ledger) -> list[AuditRow]:
    """All that was written down of who did what, the newest first."""
    rows = ledger.read("SELECT at, person, event, detail FROM audit ORDER BY id DESC")
    return [AuditRow(*row) for row in rows]


def last_change(ledger: Ledger) -> tuple[int, int]:
    """What differs after anything was printed or entered."""
    row = ledger.one("SELECT (SELECT max(id) FROM copies), (SELECT max(id) FROM audit)")
    copies, audit = row or (0, 0)
    return copies or 0, audit or 0


def subjects_with_serial(ledger: Ledger, beginning: str) -> list[str]:
    """The codes of what papers were printed for whose serial begins so."""
    rows = ledger.read(
        "SELECT DISTINCT subject FROM serials WHERE serial >= ?1 AND serial < ?1 || '~' LIMIT 50",
        (beginning,),
    )
    return [row[0] for row in rows]


def batches(ledger: Ledger) -> list[BatchLine]:
    """Every batch, the oldest first; what one that was cut off holds is what is recorded."""
    rows = ledger.read(
        "SELECT b.id, b.kind, b.title, b.mark, b.folder, b.started, coalesce(b.finished, ''), "
        "count(c.id), count(DISTINCT v.id) FROM batches b LEFT JOIN volumes v ON v.batch = b.id "
        "LEFT JOIN copies c ON c.volume = v.id GROUP BY b.id ORDER BY b.id"
    )
    return [BatchLine(*row) for row in rows]


def history_of(ledger: Ledger, subject: str) -> list[CopyLine]:
    """Every copy that was ever printed for a subject, the oldest first."""
    return _lines(ledger, "WHERE c.subject = ? ORDER BY c.id", (subject,))


def subjects_known(ledger: Ledger) -> list[str]:
    """Everything that a copy was ever made for."""
    return [row[0] for row in ledger.read("SELECT DISTINCT subject FROM copies ORDER BY subject")]


def out_now(ledger: Ledger, village: str = "") -> list[CopyLine]:
    """The newest copy of each paper of each subject that has not come back; of one village, or
    of all in the order in which they were first printed."""
    lines = _lines(
        ledger,
        f"{_NEWEST} AND (?1 = '' OR c.village = ?1) "
        "AND coalesce(d.event, '') NOT IN ('returned', 'lost') "
        "ORDER BY c.layout, c.volume, c.walk",
        (village,),
    )
    order = {name: place for place, name in enumerate(villages_known(ledger))}
    return sorted(lines, key=lambda line: order[line.village])


def layouts_known(ledger: Ledger) -> list[str]:
    """The layouts that something was ever printed by."""
    return [row[0] for row in ledger.read("SELECT DISTINCT layout FROM copies ORDER BY layout")]


def villages_known(ledger: Ledger) -> list[str]:
    """The villages in the order in which they were first printed."""
    rows = ledger.read("SELECT village FROM copies GROUP BY village ORDER BY min(id)")
    return [row[0] for row in rows]


def noted_before(ledger: Ledger, serials: Iterable[str]) -> dict[str, Noted]:
    """What is to be noted of copies that are printed again as they were; unknown ones left out."""
    query = (
        "SELECT c.serial, c.layout, c.subject, c.number, s.edition, c.content, c.parts, "
        "max(c.id) FROM copies c JOIN serials s ON s.serial = c.serial "
        "WHERE c.serial IN ({}) GROUP BY c.serial"
    )
    return {
        serial: Noted(Key(*key), edition, content, json.loads(parts), Why.REPRINT)
        for serial, *key, edition, content, parts, _ in _in_parts(ledger, query, serials)
    }


def contents_of(ledger: Ledger, serials: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The serials that were printed, each with the digest of what stood on it."""
    query = "SELECT DISTINCT serial, content FROM copies WHERE serial IN ({})"
    yield from _in_parts(ledger, query, serials)


def replaced(ledger: Ledger, serials: Iterable[str]) -> dict[str, str]:
    """Those of the serials that there is a newer one for, and that."""
    query = (
        "SELECT s.serial, n.serial, max(n.edition) FROM serials s JOIN serials n "
        "ON n.layout = s.layout AND n.subject = s.subject AND n.number = s.number "
        "AND n.edition > s.edition WHERE s.serial IN ({}) GROUP BY s.serial"
    )
    return {row[0]: row[1] for row in _in_parts(ledger, query, serials)}


def _in_parts(ledger: Ledger, query: str, values: Iterable[str]) -> Iterator[Row]:
    wanted = sorted(set(values))
    for at in range(0, len(wanted), _SOME):
        some = wanted[at : at + _SOME]
        yield from ledger.read(query.format(",".join("?" * len(some))), some)


def _lines(ledger: Ledger, where: str, values: Sequence[object]) -> list[CopyLine]:
    return [CopyLine(*row) for row in ledger.read(_COPY + where, values)]

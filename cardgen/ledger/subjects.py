"""Whom copies were made for, as the ledger knows them: codes in, who and where out.

It is told from what the copies' templates were given, so that a household that has left the
roster is known too. A paper that hangs in public knows a door only; then another paper of the
same subject tells who lives there.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cardgen.ledger.standing import parts_by_digest
from cardgen.ledger.store import Ledger

_SOME = 500  # values in a query
# What a copy is made for, by the name under which its template is given it; a household's
# template is given its village too.
_KINDS = ("household", "venue", "cadre", "grid", "route")
NOT_AT_HOME = {
    "venue": "场所",
    "cadre": "干部手里的",
    "grid": "网格的",
    "route": "路线的",
    "village": "村里的",
    "": "全镇的",
}
"""In what part of a list a subject stands that is no household."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a copy was made for: `kind` is household, venue, cadre, grid, route, village or "".

    The places are those of the roster, empty where it has none.
    """

    code: str
    kind: str
    village: str
    who: str
    route: str = ""
    grid: str = ""
    group: str = ""
    building: str = ""
    door: str = ""

    @property
    def is_home(self) -> bool:
        """Whether it is a household."""
        return self.kind == "household"

    @property
    def part(self) -> str:
        """What it lies in: grid and group."""
        if not self.is_home:
            return NOT_AT_HOME[self.kind]
        return "　".join(filter(None, (self.grid, self.group)))

    @property
    def place(self) -> str:
        """Where it is within that."""
        return f"{self.building}{self.door}"


def subjects_of(ledger: Ledger, codes: Iterable[str]) -> dict[str, Subject]:
    """Whom these codes stand for, by the newest copies that tell it; unknown ones left out."""
    told: dict[str, list[tuple[str, dict[str, str]]]] = {}
    wanted = sorted(set(codes))
    for at in range(0, len(wanted), _SOME):
        some = wanted[at : at + _SOME]
        rows = ledger.read(
            "SELECT subject, village, parts, max(id) FROM copies WHERE subject IN "
            f"({','.join('?' * len(some))}) GROUP BY subject, layout ORDER BY 4 DESC",
            some,
        )
        for code, village, parts, _ in rows:
            told.setdefault(code, []).append((village, json.loads(parts)))
    names = (*_KINDS, "village")
    digests = (p[name] for each in told.values() for _, p in each for name in names if name in p)
    content = parts_by_digest(ledger, digests)
    return {code: _subject(code, each, content) for code, each in told.items()}


def _subject(
    code: str, told: list[tuple[str, dict[str, str]]], content: Mapping[str, object]
) -> Subject:
    best: Subject | None = None
    for village, parts in told:
        found = _told_by(code, village, parts, content)
        if best is None or (not best.who and found.who and found.kind == best.kind):
            best = found
    assert best is not None
    return best


def _told_by(
    code: str, village: str, parts: Mapping[str, str], content: Mapping[str, object]
) -> Subject:
    def part(name: str) -> Mapping[str, Any]:
        found = content.get(parts.get(name, ""))
        return found if isinstance(found, dict) else {}

    for kind in _KINDS:
        if not (given := part(kind)):
            continue
        match kind:
            case "household":
                where = {
                    name: str(given.get(name, ""))
                    for name in ("route", "grid", "group", "building", "door")
                }
                who = str(given.get("head", ""))
                return Subject(code, kind, str(given.get("village", village)), who, **where)
            case "venue":
                who, door = str(given.get("name", "")), str(given.get("address", ""))
                return Subject(code, kind, village, who, door=door)
            case "cadre":
                who, door = str(given.get("name", "")), str(given.get("role", ""))
                return Subject(code, kind, village, who, door=door)
            case _:
                return Subject(code, kind, village, str(given.get("name", "")) or code)
    return Subject(code, "village" if village == code else "", village, code)

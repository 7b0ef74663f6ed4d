"""Coverage by village: the households of the roster in, how many have what they should out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cardgen.ledger.imports import last_import, township_of
from cardgen.ledger.looking import layouts_known, villages_known
from cardgen.ledger.standing import standing
from cardgen.ledger.store import Ledger
from cardgen.model import Township


@dataclass(frozen=True, slots=True)
class VillageCoverage:
    """Households of a village: `printed` have a copy that is out and true, `delivered` one that
    is known to have come there; for `missing` nothing was ever printed; `stale` still have one
    that is asked for back.

    A household with a new copy and an old one is in `printed` and in `stale`.
    """

    village: str
    households: int
    printed: int
    delivered: int
    missing: int
    stale: int


def last_roster(ledger: Ledger) -> Township | None:
    """What the rosters said when something was printed last; None where that is not known."""
    last = last_import(ledger)
    return township_of(ledger, last.id) if last else None


def homes_of(ledger: Ledger) -> dict[str, set[str]]:
    """The households by village, those of the roster; where it is not known, those that
    something was printed for."""
    township = last_roster(ledger)
    if township is None:
        return homes_printed(ledger)
    homes: dict[str, set[str]] = {village.name: set() for village in township.villages}
    for household in township.households:
        homes.setdefault(household.village, set()).add(household.code)
    return homes


def homes_printed(ledger: Ledger) -> dict[str, set[str]]:
    """The households that something was printed for, by village: those of the newest copies."""
    found: dict[str, set[str]] = {}
    for village, subject, _ in ledger.read(
        "SELECT village, subject, max(id) FROM copies WHERE parts LIKE '%\"household\":%' "
        "GROUP BY subject"
    ):
        found.setdefault(village, set()).add(subject)
    return {village: found[village] for village in villages_known(ledger) if village in found}


def coverage(
    ledger: Ledger, homes: Mapping[str, Iterable[str]], layouts: Sequence[str] = ()
) -> list[VillageCoverage]:
    """The villages in the order of `homes`, which has the codes of their households; then those
    where only old papers are. Of some papers, or of all."""
    names = layouts or layouts_known(ledger)
    printed, delivered, ever = set[str](), set[str](), set[str]()
    for key, out in standing(ledger, names).items():
        ever.add(key.subject)
        if not out.is_returned and not out.is_recalled:
            printed.add(key.subject)
            if out.is_delivered:
                delivered.add(key.subject)
    stale = _stale(ledger, set(names))
    codes = {village: set(members) for village, members in homes.items()}
    lines = [
        VillageCoverage(
            village,
            len(members),
            len(members & printed),
            len(members & delivered),
            len(members - ever),
            len(members & stale.keys()),
        )
        for village, members in codes.items()
    ]
    return _with_gone(lines, stale, set[str]().union(*codes.values()))


def total(lines: Iterable[VillageCoverage], name: str = "合计") -> VillageCoverage:
    """The sum of villages."""
    every = list(lines)
    return VillageCoverage(
        name,
        sum(line.households for line in every),
        sum(line.printed for line in every),
        sum(line.delivered for line in every),
        sum(line.missing for line in every),
        sum(line.stale for line in every),
    )


def _stale(ledger: Ledger, layouts: set[str]) -> dict[str, str]:
    """The households with a copy that is asked for back, and the village where it is."""
    rows = ledger.read(
        "SELECT c.subject, c.village, c.layout, max(c.id) FROM recalls r JOIN copies c "
        "ON c.serial = r.serial WHERE r.closed IS NULL AND c.parts LIKE '%\"household\":%' "
        "GROUP BY r.serial"
    )
    return {subject: village for subject, village, layout, _ in rows if layout in layouts}


def _with_gone(
    lines: list[VillageCoverage], stale: Mapping[str, str], known: set[str]
) -> list[VillageCoverage]:
    """Those who have left the roster have no row of a household, and may hold old papers."""
    left: dict[str, int] = {}
    for subject, village in stale.items():
        if subject not in known:
            left[village] = left.get(village, 0) + 1
    found = [
        VillageCoverage(
            *(line.village, line.households, line.printed, line.delivered, line.missing),
            line.stale + left.pop(line.village, 0),
        )
        for line in lines
    ]
    return found + [VillageCoverage(village, 0, 0, 0, 0, more) for village, more in left.items()]

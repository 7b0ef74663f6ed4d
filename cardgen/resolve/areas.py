"""Parts of a township that papers are made for: a township in, its grids, routes, posts, zones out.

Every household is in one grid and on one route of its village, if only in those without a
name, so that papers made for a grid or a route miss nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from cardgen.model import (
    Cadre,
    GridArea,
    Household,
    Officer,
    Problem,
    Route,
    Scope,
    ScopeKind,
    Severity,
    Township,
    Village,
    Zone,
)
from cardgen.resolve.codes import make_codes
from cardgen.resolve.places import natural_key, place_key
from cardgen.resolve.roles import role_key
from cardgen.resolve.walking import in_walking_order, village_order, walking_key

_OFFICERS = "G"  # 干部: their codes start so, since they may serve several villages


def grids_of(township: Township) -> tuple[GridArea, ...]:
    """The grids in the order of the villages, then by their numbers."""
    return tuple(
        GridArea(
            code=_code(village, members[0].grid),
            village=village,
            name=members[0].grid,
            households=members,
            groups=_named(members, attrgetter("group"), ScopeKind.GROUP),
            buildings=_named(members, attrgetter("building"), ScopeKind.BUILDING),
        )
        for village, members in _parted(
            township, lambda household: place_key(ScopeKind.GRID, household.grid)
        )
    )


def routes_of(township: Township) -> tuple[Route, ...]:
    """The routes in the order of the villages, then by their numbers; one a village."""
    return tuple(
        Route(_code(village, members[0].route), village, members[0].route, members)
        for village, members in _parted(township, attrgetter("route"))
    )


def zones_of(township: Township) -> tuple[Zone, ...]:
    """The zones in the order of their first villages; villages without one come last."""
    villages: dict[str, list[Village]] = {}
    for village in township.villages:
        villages.setdefault(village.zone, []).append(village)
    named = sorted(villages, key=lambda name: not name)
    return tuple(Zone(name, tuple(villages[name])) for name in named)


def officers_of(township: Township) -> tuple[Officer, ...]:
    """Everyone in each of his posts, in the order of the cadre table.

    Two rows with one name, phone and post are one person, whose scopes are added up.
    """
    rows: dict[tuple[str, str, str], list[Cadre]] = {}
    for cadre in township.cadres:
        rows.setdefault((cadre.name, cadre.phone, role_key(cadre.role)), []).append(cadre)
    codes = make_codes([("", *identity) for identity in rows], frozenset(), _OFFICERS)
    members = _Members(township)
    return tuple(
        _officer(code, same, members) for code, same in zip(codes, rows.values(), strict=True)
    )


def _officer(code: str, rows: Sequence[Cadre], members: _Members) -> Officer:
    scopes = tuple(dict.fromkeys(scope for row in rows for scope in row.scopes))
    households = members.of_all(scopes)
    within = {household.village for household in households}
    whole = any(scope.what in (ScopeKind.TOWNSHIP, ScopeKind.ZONE) for scope in scopes)
    first = rows[0]
    return Officer(
        code=code,
        village="" if whole or len(within) != 1 else within.pop(),
        name=first.name,
        role=first.role,
        phone=first.phone,
        scopes=scopes,
        households=households,
        origin=first.origin,
        faults=errors_of(rows),
    )


def errors_of(cadres: Iterable[Cadre]) -> tuple[Problem, ...]:
    """The faults that hold back every paper on which one of these people stands, each once."""
    faults = (fault for cadre in cadres for fault in cadre.faults)
    return tuple(dict.fromkeys(f for f in faults if f.severity is Severity.ERROR))


class _Members:
    """Which households a scope holds."""

    def __init__(self, township: Township) -> None:
        self._all = in_walking_order(township)
        self._place = {id(home): place for place, home in enumerate(self._all)}
        self._zone_of = {village.name: village.zone for village in township.villages}
        self._by_village: dict[str, list[Household]] = {}
        self._by_code = {household.code: household for household in self._all}
        for household in self._all:
            self._by_village.setdefault(household.village, []).append(household)

    def of_all(self, scopes: Iterable[Scope]) -> tuple[Household, ...]:
        """The households of several scopes, each once, in walking order."""
        found = {id(home): home for scope in scopes for home in self._of(scope)}
        return tuple(sorted(found.values(), key=lambda home: self._place[id(home)]))

    def _of(self, scope: Scope) -> list[Household]:
        return [
            household
            for household in self._at(scope)
            if not scope.kind or scope.kind in household.kinds
        ]

    def _at(self, scope: Scope) -> Sequence[Household]:
        match scope.what:
            case ScopeKind.TOWNSHIP:
                return self._all
            case ScopeKind.ZONE:
                return [h for h in self._all if self._zone_of.get(h.village) == scope.name]
            case ScopeKind.HOUSEHOLD:
                return [self._by_code[scope.name]] if scope.name in self._by_code else []
            case ScopeKind.VILLAGE:
                return self._by_village.get(scope.village, [])
        key, name_of = place_key(scope.what, scope.name), attrgetter(scope.what.value)
        within = self._by_village.get(scope.village, [])
        return [h for h in within if place_key(scope.what, name_of(h)) == key]


def _parted(
    township: Township, key_of: Callable[[Household], str]
) -> Iterable[tuple[str, tuple[Household, ...]]]:
    """The households of each village, parted by a key, parts and members in walking order."""
    villages = village_order(township)
    parts: dict[tuple[str, str], list[Household]] = {}
    for household in township.households:
        parts.setdefault((household.village, key_of(household)), []).append(household)
    last = len(villages)

    def place(part: tuple[str, str]) -> tuple[object, ...]:
        village, key = part
        return villages.get(village, last), village, natural_key(key)

    for part in sorted(parts, key=place):
        yield part[0], tuple(sorted(parts[part], key=walking_key))


def _named(
    members: Iterable[Household], name_of: Callable[[Household], str], what: ScopeKind
) -> tuple[str, ...]:
    """The groups or buildings that some households name, each once, by their numbers."""
    names: dict[str, str] = {}
    for household in members:
        if name := name_of(household):
            names.setdefault(place_key(what, name), name)
    return tuple(names[key] for key in sorted(names, key=natural_key))


def _code(village: str, name: str) -> str:
    return f"{village}/{name}"

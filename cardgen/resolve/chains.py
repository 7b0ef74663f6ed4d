"""Who answers for whom: a township in, the chain of contacts of any subject out.

Nearest scope first: household, building, group, grid, village, zone, township; at each, a
scope for people of a kind before one for everybody. Two people equally near are a problem
to be reported, not a toss-up.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cardgen.model import (
    Cadre,
    Chain,
    Contact,
    Household,
    Problem,
    Scope,
    ScopeKind,
    Severity,
    Township,
    Venue,
    Village,
)
from cardgen.problems import Code, problem
from cardgen.resolve.places import place_key
from cardgen.resolve.roles import role_key, role_keys

_Held = tuple[Scope, Cadre]
_Address = tuple[ScopeKind, str, str]

SCOPE_WORDS = {
    ScopeKind.HOUSEHOLD: "本户",
    ScopeKind.BUILDING: "楼栋",
    ScopeKind.GROUP: "组",
    ScopeKind.GRID: "网格",
    ScopeKind.VILLAGE: "村",
    ScopeKind.ZONE: "片区",
    ScopeKind.TOWNSHIP: "全镇",
}


@dataclass(frozen=True, slots=True)
class _Place:
    """All that decides a chain; households that share it share their chain."""

    village: str
    grid: str = ""
    group: str = ""
    building: str = ""
    kinds: tuple[str, ...] = ()
    code: str = ""

    def __str__(self) -> str:
        words = [self.village, self.grid and f"{self.grid}网格", self.group and f"{self.group}组"]
        words += [self.building and f"{self.building}号楼", self.code]
        kinds = "、".join(self.kinds)
        return "".join(word for word in words if word) + (f"（{kinds}）" if kinds else "")


def distance(scope: Scope) -> int:
    """How far a scope is from a household: 0 and up; with a kind before without."""
    return 2 * scope.what.distance + (0 if scope.kind else 1)


class Chains:
    """The chains of one township, found once for each place and kept."""

    def __init__(self, township: Township) -> None:
        self._zones = {village.name: village.zone for village in township.villages}
        self._held: dict[str, dict[_Address, list[_Held]]] = {}
        self._coded: set[str] = set()
        self._source = township.cadres[0].origin if township.cadres else None
        for cadre in township.cadres:
            for scope in cadre.scopes:
                if scope.what is ScopeKind.HOUSEHOLD:
                    self._coded.add(scope.name)
                for role in role_keys(cadre.role):
                    held = self._held.setdefault(role, {})
                    held.setdefault(_address(scope), []).append((scope, cadre))
        self._chains: dict[tuple[_Place, tuple[str, ...]], Chain] = {}
        self._places: dict[tuple[object, ...], _Place] = {}

    def chain(self, household: Household, roles: Sequence[str]) -> Chain:
        """Who answers for a household, in the order of the roles asked."""
        return self._chain(self._place(household), tuple(roles))

    def chain_of_village(self, village: Village, roles: Sequence[str]) -> Chain:
        """Who answers for a village as a whole."""
        return self._chain(_Place(village.name), tuple(roles))

    def chain_of_grid(self, village: str, grid: str, roles: Sequence[str]) -> Chain:
        """Who answers for a grid of a village."""
        return self._chain(_Place(village, place_key(ScopeKind.GRID, grid)), tuple(roles))

    def chain_of_venue(self, venue: Venue, roles: Sequence[str]) -> Chain:
        """Who answers for a venue: those of its village, since a venue has no grid."""
        return self._chain(_Place(venue.village), tuple(roles))

    def chain_of_township(self, roles: Sequence[str]) -> Chain:
        """Who answers for the township as a whole."""
        return self._chain(_Place(""), tuple(roles))

    def candidates(self, household: Household, role: str) -> tuple[tuple[int, Contact], ...]:
        """All whose scope holds the household, with their distance, nearest first."""
        found = self._candidates(self._place(household), role)
        return tuple((distance(scope), _contact(role, scope, cadre)) for scope, cadre in found)

    def count_of(self, role: str) -> int:
        """How many people of a role there are in the township."""
        held = self._held.get(role_key(role), {})
        return len({_person(cadre) for found in held.values() for _, cadre in found})

    def _place(self, household: Household) -> _Place:
        code = household.code if household.code in self._coded else ""
        raw = (
            household.village,
            household.grid,
            household.group,
            household.building,
            household.kinds,
            code,
        )
        place = self._places.get(raw)
        if place is None:
            place = self._places[raw] = _Place(
                household.village,
                household.grid and place_key(ScopeKind.GRID, household.grid),
                household.group and place_key(ScopeKind.GROUP, household.group),
                household.building and place_key(ScopeKind.BUILDING, household.building),
                household.kinds,
                code,
            )
        return place

    def _chain(self, place: _Place, roles: tuple[str, ...]) -> Chain:
        chain = self._chains.get((place, roles))
        if chain is None:
            chain = self._chains[place, roles] = self._find_chain(place, roles)
        return chain

    def _find_chain(self, place: _Place, roles: tuple[str, ...]) -> Chain:
        contacts: list[Contact] = []
        problems: list[Problem] = []
        for role in roles:
            found = self._candidates(place, role)
            if not found:
                problems.append(self._unfilled(place, role))
                continue
            near = distance(found[0][0])
            people = {_person(cadre): (scope, cadre) for scope, cadre in reversed(found)
                      if distance(scope) == near}  # fmt: skip
            if len(people) > 1:
                problems.append(_twice(place, role, list(reversed(people.values()))))
                continue
            scope, cadre = found[0]
            contacts.append(_contact(role, scope, cadre))
            problems += [fault for fault in cadre.faults if fault.severity is Severity.ERROR]
        return Chain(tuple(contacts), tuple(dict.fromkeys(problems)))

    def _candidates(self, place: _Place, role: str) -> list[_Held]:
        held = self._held.get(role_key(role))
        if held is None:
            return []
        found = [
            (scope, cadre)
            for address in self._addresses(place)
            for scope, cadre in held.get(address, ())
            if not scope.kind or scope.kind in place.kinds
        ]
        found.sort(key=_nearest_first)
        return found

    def _addresses(self, place: _Place) -> Iterator[_Address]:
        """Where the scopes that hold a place are kept."""
        if place.code:
            yield ScopeKind.HOUSEHOLD, "", place.code
        if place.building:
            yield ScopeKind.BUILDING, place.village, place.building
        if place.group:
            yield ScopeKind.GROUP, place.village, place.group
        if place.grid:
            yield ScopeKind.GRID, place.village, place.grid
        yield ScopeKind.VILLAGE, place.village, ""
        if zone := self._zones.get(place.village):
            yield ScopeKind.ZONE, "", zone
        yield ScopeKind.TOWNSHIP, "", ""

    def _unfilled(self, place: _Place, role: str) -> Problem:
        """The finding points to the table of cadres, where a row is missing."""
        where = self._source.source if self._source else None
        found = problem(
            Code.ROLE_UNFILLED,
            f"{str(place) or '全镇'}没有人担任“{role}”，"
            f"请在干部表中补上职务为“{role}”、负责范围包含这里的人",
        )
        if where is None:
            return found
        return Problem(found.code, found.severity, found.message, where.file, where.sheet)


def _twice(place: _Place, role: str, people: Sequence[_Held]) -> Problem:
    named = "、".join(
        f"{cadre.name}（第 {cadre.origin.row} 行，负责“{scope.text}”）" for scope, cadre in people
    )
    where = str(place) or "全镇"
    message = f"{where}的“{role}”有 {len(people)} 人一样近：{named}；请只留一人，或把范围写细"
    return problem(Code.ROLE_TWICE, message, people[1][1].origin, "role")


def _address(scope: Scope) -> _Address:
    if scope.what in (ScopeKind.TOWNSHIP,):
        return scope.what, "", ""
    if scope.what is ScopeKind.VILLAGE:
        return scope.what, scope.village, ""
    if scope.what in (ScopeKind.ZONE, ScopeKind.HOUSEHOLD):
        return scope.what, "", scope.name
    return scope.what, scope.village, place_key(scope.what, scope.name)


def _nearest_first(held: _Held) -> tuple[int, str, str, int]:
    """Nearest first; the rows' own order only settles which row of one person is named."""
    scope, cadre = held
    source = cadre.origin.source
    return distance(scope), source.file, source.sheet, cadre.origin.row


def _person(cadre: Cadre) -> tuple[str, str]:
    """Two rows with one name and one phone are one person."""
    return cadre.name, cadre.phone


def _contact(role: str, scope: Scope, cadre: Cadre) -> Contact:
    """A line of a chain: the role as it was asked for, not as the roster words it."""
    return Contact(role, cadre.name, cadre.phone, scope, cadre.origin)

"""Who answers for what, for every kind of subject: a township in, chains and people out.

What a plan asks of the resolved township stands here in one place; the parts that only some
papers need are found when first asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from cardgen.model import (
    Cadre,
    Chain,
    Contact,
    GridArea,
    Household,
    Officer,
    Problem,
    Route,
    ScopeKind,
    Township,
    Venue,
    Village,
    Zone,
)
from cardgen.resolve.areas import errors_of, grids_of, officers_of, routes_of, zones_of
from cardgen.resolve.chains import Chains
from cardgen.resolve.places import place_key
from cardgen.resolve.roles import role_key, role_keys
from cardgen.resolve.walking import walking_key

_INNER = (ScopeKind.GRID, ScopeKind.GROUP, ScopeKind.BUILDING)


class Answers:
    """What a plan may ask about a township."""

    def __init__(self, township: Township, chains: Chains) -> None:
        self.township = township
        self.chains = chains

    # Chains: who stands on a paper, in the order of the roles asked.

    def chain(self, household: Household, roles: Sequence[str]) -> Chain:
        """Who answers for a household."""
        return self.chains.chain(household, roles)

    def chain_of_village(self, village: Village, roles: Sequence[str]) -> Chain:
        """Who answers for a village as a whole."""
        return self.chains.chain_of_village(village, roles)

    def chain_of_grid(self, grid: GridArea, roles: Sequence[str]) -> Chain:
        """Who answers for a grid."""
        return self.chains.chain_of_grid(grid.village, grid.name, roles)

    def chain_of_venue(self, venue: Venue, roles: Sequence[str]) -> Chain:
        """Who answers for a venue."""
        return self.chains.chain_of_venue(venue, roles)

    def chain_of_township(self, roles: Sequence[str]) -> Chain:
        """Who answers for the township as a whole."""
        return self.chains.chain_of_township(roles)

    def walking_key(self, household: Household) -> tuple[Any, ...]:
        """Sorts households as they are walked to."""
        return walking_key(household)

    # Parts of the township, each in its usual order.

    @cached_property
    def grids(self) -> tuple[GridArea, ...]:
        """Every grid, those of one village together."""
        return grids_of(self.township)

    def grid_of(self, household: Household) -> GridArea | None:
        """The grid that a household of the township lies in. They are compared as the roster's
        reader compares them: 三网格 is 3网格."""
        return self._grid_by_id.get(id(household))

    @cached_property
    def _grid_by_id(self) -> dict[int, GridArea]:
        return {id(home): grid for grid in self.grids for home in grid.households}

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """Every route, those of one village together."""
        return routes_of(self.township)

    @cached_property
    def officers(self) -> tuple[Officer, ...]:
        """Everyone in each of his posts."""
        return officers_of(self.township)

    @cached_property
    def zones(self) -> tuple[Zone, ...]:
        """Every zone with its villages."""
        return zones_of(self.township)

    # People by the place that they answer for, without those who answer for people of a kind
    # or for single households: what they do there is nobody else's business.

    def people_of_zone(self, zone: str) -> tuple[Contact, ...]:
        """Those who answer for the whole zone."""
        return self._contacts((ScopeKind.ZONE, zone))

    def people_of_township(self) -> tuple[Contact, ...]:
        """Those who answer for the whole township."""
        return self._contacts((ScopeKind.TOWNSHIP, ""))

    def people_of_village(self, village: str) -> tuple[Contact, ...]:
        """Those who answer for the whole village."""
        return self._contacts((ScopeKind.VILLAGE, village))

    def people_of_grid(self, grid: GridArea) -> tuple[Contact, ...]:
        """Those who answer for the grid, or for a group or a building in it."""
        places = [(ScopeKind.GRID, grid.name)] if grid.name else []
        places += [(ScopeKind.GROUP, name) for name in grid.groups]
        places += [(ScopeKind.BUILDING, name) for name in grid.buildings]
        return self._contacts(*(_inner(what, grid.village, name) for what, name in places))

    def holds_post(self, officer: Officer, roles: Sequence[str]) -> bool:
        """Whether somebody holds one of these posts, under any of its names."""
        held = role_keys(officer.role)
        return any(role_key(role) in held for role in roles)

    def faults_of(self, people: Sequence[Contact]) -> tuple[Problem, ...]:
        """What holds back a paper on which these people stand: a phone that is missing."""
        rows = {contact.origin for contact in people}
        return errors_of(cadre for cadre in self.township.cadres if cadre.origin in rows)

    def _contacts(self, *places: tuple[object, ...]) -> tuple[Contact, ...]:
        found = (pair for place in places for pair in self._by_place.get(place, ()))
        people: dict[tuple[str, str, str, str], Contact] = {}
        for cadre, contact in found:
            key = (cadre.name, cadre.phone, contact.role, contact.scope.name)
            people.setdefault(key, contact)
        return tuple(people.values())

    @cached_property
    def _by_place(self) -> dict[tuple[object, ...], list[tuple[Cadre, Contact]]]:
        found: dict[tuple[object, ...], list[tuple[Cadre, Contact]]] = {}
        for cadre in self.township.cadres:
            if not cadre.name or not cadre.role:
                continue
            for scope in cadre.scopes:
                if scope.kind or scope.what is ScopeKind.HOUSEHOLD:
                    continue
                contact = Contact(cadre.role, cadre.name, cadre.phone, scope, cadre.origin)
                place: tuple[object, ...] = (scope.what, scope.name)
                if scope.what in _INNER:
                    place = _inner(scope.what, scope.village, scope.name)
                elif scope.what is ScopeKind.TOWNSHIP:
                    place = (scope.what, "")
                found.setdefault(place, []).append((cadre, contact))
        return found


def _inner(what: ScopeKind, village: str, name: str) -> tuple[object, ...]:
    return what, village, place_key(what, name)

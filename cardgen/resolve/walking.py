"""The order in which households are walked to: a household in, a key to sort by out."""

from __future__ import annotations

from collections.abc import Mapping
from sys import maxsize
from typing import Any

from cardgen.model import Household, ScopeKind, Township
from cardgen.resolve.places import natural_key, place_key

_NO_VILLAGES: Mapping[str, int] = {}


def village_order(township: Township) -> dict[str, int]:
    """The villages by their place in the village table, from 0."""
    return {village.name: place for place, village in enumerate(township.villages)}


def walking_key(
    household: Household, villages: Mapping[str, int] = _NO_VILLAGES
) -> tuple[Any, ...]:
    """Sorts by route, village, grid, group, building, then the door by its numbers, then the code.

    `villages` is `village_order(township)`; a village that is not in it comes last, by name.
    """
    return (
        natural_key(household.route),
        villages.get(household.village, maxsize),
        household.village,
        natural_key(place_key(ScopeKind.GRID, household.grid)),
        natural_key(place_key(ScopeKind.GROUP, household.group)),
        natural_key(place_key(ScopeKind.BUILDING, household.building)),
        natural_key(household.door),
        household.code,
        household.origin.row,
    )


def in_walking_order(township: Township) -> list[Household]:
    """All households of a township as they are walked to.

    Routes come in the order of the first village that they reach, then by their own names;
    a household without a route comes after the routes that start in its village.
    """
    villages = village_order(township)
    starts: dict[str, int] = {}
    for household in township.households:
        start = villages.get(household.village, maxsize)
        starts[household.route] = min(start, starts.get(household.route, maxsize))

    def key(household: Household) -> tuple[Any, ...]:
        route = household.route
        start = starts[route] if route else villages.get(household.village, maxsize)
        return (start, *walking_key(household, villages))

    return sorted(township.households, key=key)

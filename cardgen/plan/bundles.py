"""Bundles: a village's subjects in walking order in, what each carrier takes out.

A bundle is a route; for households without one their grid; for those without a grid their
village. One that takes too many sheets is parted evenly, never within what one door gets.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from cardgen.campaign import BundleChoice
from cardgen.model import Bundle, BundleKind, Carrier, Contact, Copy
from cardgen.plan.homes import Households, Venues
from cardgen.plan.sources import Answers, Source


class Bundles:
    """Parts the subjects of one layout into bundles."""

    def __init__(self, source: Source[Any], answers: Answers, choice: BundleChoice) -> None:
        self._answers, self._choice = answers, choice
        self._by_household = isinstance(source, Households)
        self.is_carried = self._by_household or isinstance(source, Venues)
        self._source = source
        # A village's own people carry several of its bundles.
        self._of_village = lru_cache(maxsize=64)(self._people_of_village)

    def parted(self, things: Sequence[Any]) -> Iterator[tuple[Bundle, list[Any]]]:
        """The bundles of a village, in the order of their first doors; each in walking order."""
        found: dict[tuple[str, BundleKind, str], list[Any]] = {}
        for thing in things:
            found.setdefault(self._belongs(thing), []).append(thing)
        for (village, kind, name), members in found.items():
            carriers = self._carriers(village, members)
            yield Bundle(kind, name, village, carriers=carriers), members

    def _belongs(self, thing: Any) -> tuple[str, BundleKind, str]:  # noqa: ANN401 - any subject
        village = self._source.village(thing)
        if self._by_household:
            if self._choice.by is BundleKind.ROUTE and thing.route:
                return village, BundleKind.ROUTE, thing.route
            grid = self._answers.grid_of(thing)
            if self._choice.by is not BundleKind.VILLAGE and grid is not None and grid.name:
                return village, BundleKind.GRID, grid.name
        return village, BundleKind.VILLAGE, village

    def _carriers(self, village: str, members: Sequence[Any]) -> tuple[Carrier, ...]:
        """The people of the grid that all members are in; else, or if none, of the village."""
        if self._by_household:
            grids = {id(grid): grid for grid in map(self._answers.grid_of, members)}
            grid = next(iter(grids.values()))
            if len(grids) == 1 and grid is not None and grid.name:
                people = _carriers(self._answers.people_of_grid(grid))
                if people:
                    return people
        return self._of_village(village)

    def _people_of_village(self, village: str) -> tuple[Carrier, ...]:
        return _carriers(self._answers.people_of_village(village))


def _carriers(people: Sequence[Contact]) -> tuple[Carrier, ...]:
    """Each person once, in the first of his posts."""
    found = {(each.name, each.phone): each.role for each in reversed(people)}
    return tuple(Carrier(role, name, phone) for (name, phone), role in reversed(found.items()))


def parts_of(
    bundle: Bundle, copies: Sequence[Copy], most: int, each: int
) -> Iterator[tuple[Bundle, Sequence[Copy]]]:
    """A bundle in parts of at most `most` copies, as even as they can be.

    `each` are the copies that one door gets: they stay together.
    """
    if not copies:
        return
    parts = -(-len(copies) // most)
    size = -(-len(copies) // (parts * each)) * each
    if size > most:
        size = max(most // each, 1) * each
    parts = -(-len(copies) // size)
    for part, start in enumerate(range(0, len(copies), size), start=1):
        yield replace(bundle, part=part, parts=parts), copies[start : start + size]

"""Parts of a township that papers are made for: grids, routes, people in their posts, zones."""

from __future__ import annotations

from dataclasses import dataclass

from cardgen.model.roster import Origin, Problem
from cardgen.model.township import Household, Scope, Village


@dataclass(frozen=True, slots=True)
class GridArea:
    """A grid (网格) of a village, its households in walking order.

    `code` names it in the township. `name` is empty for those of a village that stand in no
    grid, so that every household belongs to one. `groups` and `buildings` in walking order.
    """

    code: str
    village: str
    name: str
    households: tuple[Household, ...]
    groups: tuple[str, ...]
    buildings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """A route (路线) within a village, its households in walking order.

    `name` is empty for those of a village that have no route.
    """

    code: str
    village: str
    name: str
    households: tuple[Household, ...]


@dataclass(frozen=True, slots=True)
class Officer:
    """A person in one post, with all that he answers for; rows of one person are one.

    `village` is empty where his scopes reach beyond one. `households` in walking order.
    """

    code: str
    village: str
    name: str
    role: str
    phone: str
    scopes: tuple[Scope, ...]
    households: tuple[Household, ...]
    origin: Origin
    faults: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone (片区) and its villages, in the order of the village table."""

    name: str
    villages: tuple[Village, ...]

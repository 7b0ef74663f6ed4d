"""The township as resolved: places, people, who answers for what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from cardgen.model.roster import Origin, Problem


@dataclass(frozen=True, slots=True)
class Village:
    """A village (村); `phone` holds digits only."""

    name: str
    zone: str
    phone: str
    group_link: str
    note: str
    origin: Origin
    faults: tuple[Problem, ...] = ()


class ScopeKind(StrEnum):
    """What a scope names; `distance` tells which of two is nearer to a household."""

    HOUSEHOLD = "household"
    BUILDING = "building"
    GROUP = "group"
    GRID = "grid"
    VILLAGE = "village"
    ZONE = "zone"
    TOWNSHIP = "township"

    @property
    def distance(self) -> int:
        """0 for a household up to 6 for the township."""
        return list(ScopeKind).index(self)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a cadre answers for: a place (`name` within `village`), and people of `kind` there.

    `text` is the words of the roster that said so.
    """

    what: ScopeKind
    text: str
    village: str = ""
    name: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Cadre:
    """A person who answers for something; `phone` holds digits only."""

    name: str
    role: str
    phone: str
    scopes: tuple[Scope, ...]
    origin: Origin
    faults: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Household:
    """A household (户). `code` is its 户号, read or made; `phones` hold digits only.

    `members` is 0 where the roster does not say. `faults` are the errors that hold its
    papers back.
    """

    code: str
    village: str
    grid: str
    group: str
    building: str
    door: str
    head: str
    phones: tuple[str, ...]
    members: int
    kinds: tuple[str, ...]
    watch_from: date | None
    watch_to: date | None
    route: str
    note: str
    origin: Origin
    faults: tuple[Problem, ...] = ()

    @property
    def phone(self) -> str:
        """The first phone, digits only, or nothing."""
        return self.phones[0] if self.phones else ""


@dataclass(frozen=True, slots=True)
class Venue:
    """A shop or another place with a door (场所); `code` is made from village and name."""

    code: str
    name: str
    village: str
    address: str
    person: str
    phone: str
    kind: str
    origin: Origin
    faults: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Township:
    """All that the rosters say, repaired, with every finding made on the way.

    `excluded` are rows that are not printed on purpose (an example row, an identical
    repetition), each with its reason; `rows` counts the household rows met, so that
    rows = households + excluded.
    """

    villages: tuple[Village, ...]
    cadres: tuple[Cadre, ...]
    households: tuple[Household, ...]
    venues: tuple[Venue, ...]
    problems: tuple[Problem, ...]
    excluded: tuple[tuple[Origin, str], ...] = ()
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """One line of a chain: who, in which role, and because of which scope of which row."""

    role: str
    name: str
    phone: str
    scope: Scope
    origin: Origin


@dataclass(frozen=True, slots=True)
class Chain:
    """Who answers for a subject, in the order of the roles; `problems` where it cannot be told."""

    contacts: tuple[Contact, ...]
    problems: tuple[Problem, ...] = ()

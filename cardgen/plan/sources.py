"""Subjects of each kind: a township and who answers in it in; what a copy is made for out.

A source knows its subjects, who stands on their papers, what a template may read of them
and what the finished paper must show. Each kind of subject is one class; a new kind is
another one in `SOURCES`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar, Generic, NamedTuple, Protocol, TypeVar

from cardgen.campaign import PaperChoice
from cardgen.model import (
    Chain,
    Contact,
    Fact,
    GridArea,
    Household,
    LayoutSpec,
    Officer,
    Problem,
    Route,
    Township,
    Venue,
    Village,
    Zone,
)
from cardgen.views import (
    HouseholdView,
    PersonView,
    StopView,
    VillageChangesView,
    VillageRecallsView,
    VillageView,
    view_of,
)

T = TypeVar("T")

# One object for all copies of a village: it goes to the worker once.
fact = lru_cache(maxsize=4096)(Fact)


class Answers(Protocol):
    """What a plan asks of the resolved township; people come without those of #kind scopes."""

    def chain(self, household: Household, roles: Sequence[str]) -> Chain:
        """Who answers for a household, in the order of the roles."""

    def chain_of_village(self, village: Village, roles: Sequence[str]) -> Chain:
        """Who answers for a village as a whole."""

    def chain_of_grid(self, grid: GridArea, roles: Sequence[str]) -> Chain:
        """Who answers for a grid."""

    def chain_of_venue(self, venue: Venue, roles: Sequence[str]) -> Chain:
        """Who answers for a venue."""

    def chain_of_township(self, roles: Sequence[str]) -> Chain:
        """Who answers for the township as a whole."""

    def walking_key(self, household: Household) -> tuple[Any, ...]:
        """Sorts households as they are walked to."""

    def people_of_township(self) -> tuple[Contact, ...]:
        """Those who answer for the whole township."""

    def people_of_zone(self, zone: str) -> tuple[Contact, ...]:
        """Those who answer for a whole zone."""

    def people_of_village(self, village: str) -> tuple[Contact, ...]:
        """Those who answer for a whole village."""

    def grid_of(self, household: Household) -> GridArea | None:
        """The grid that a household lies in."""
        ...

    def people_of_grid(self, grid: GridArea) -> tuple[Contact, ...]:
        """Those who answer for a grid, or for a group or a building in it."""

    def holds_post(self, officer: Officer, roles: Sequence[str]) -> bool:
        """Whether somebody holds one of these posts, under any of its names."""

    def faults_of(self, people: Sequence[Contact]) -> tuple[Problem, ...]:
        """What holds back a paper on which these people stand."""

    @property
    def grids(self) -> tuple[GridArea, ...]:
        """Every grid, those of one village together."""

    @property
    def routes(self) -> tuple[Route, ...]:
        """Every route, those of one village together."""

    @property
    def officers(self) -> tuple[Officer, ...]:
        """Everyone in each of his posts."""

    @property
    def zones(self) -> tuple[Zone, ...]:
        """Every zone with its villages."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A paper of households that somebody hands over: its title, and a household's serials."""

    title: str
    serials_of: Callable[[Household], tuple[str, ...]]


class Stop(NamedTuple):
    """A door that a carrier comes to: who is there, where it is within the village.

    `parts` are the places that hold it, from the grid inward, empty where it has none.
    """

    who: str
    where: str
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """All that sources draw on.

    `deliveries` are the papers that go to the households; `changes` is what is different in
    each village since an earlier roster, None where there is none to compare with; `recalls` is
    what is to be collected in each village, None where that is not known.
    """

    township: Township
    answers: Answers
    layout: LayoutSpec
    paper: PaperChoice
    deliveries: Sequence[Delivery] = ()
    changes: Mapping[str, VillageChangesView] | None = None
    recalls: Mapping[str, VillageRecallsView] | None = None
    date: date | None = None
    campaign_file: str = "campaign.toml"

    @property
    def shows_people(self) -> bool:
        """Whether those who answer for a place must stand on the paper, each with his phone."""
        return any(name.startswith("people.") for name in self.layout.must_show)


class Source(ABC, Generic[T]):
    """The subjects of one kind. `by_village`: whether each village's papers are a file.

    `unit` counts the doors of subjects that have one.
    """

    by_village: bool = True
    unit: ClassVar[str] = ""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.answers = setting.answers
        self._villages = {village.name: village for village in setting.township.villages}
        self._village_views: dict[str, VillageView] = {}
        self._household_views: dict[int, HouseholdView] = {}

    @abstractmethod
    def every(self) -> Sequence[T]:
        """Every subject there is, in the order in which papers are printed."""

    @abstractmethod
    def code(self, thing: T) -> str:
        """What names the subject among those of its kind."""

    @abstractmethod
    def village(self, thing: T) -> str:
        """The village that the subject is in, or nothing."""

    def is_meant(self, thing: T) -> bool:
        """Whether the paper is for this subject, as campaign and layout have it."""
        return True

    def faults(self, thing: T) -> tuple[Problem, ...]:
        """What holds the subject's papers back."""
        return ()

    def left_out(self, thing: T) -> tuple[Problem, ...]:
        """Why the subject's papers are not printed this time, on purpose."""
        return ()

    @abstractmethod
    def chain(self, thing: T, roles: Sequence[str]) -> Chain:
        """Who answers for the subject."""

    @abstractmethod
    def data(self, thing: T) -> dict[str, object]:
        """What a template may read of the subject, beside what all papers have."""

    @abstractmethod
    def facts(self, thing: T, name: str) -> Iterable[Fact]:
        """What the finished paper must show by that name of `must_show`."""

    def stop(self, thing: T) -> Stop:
        """The subject's door; only for subjects that have one."""
        raise NotImplementedError

    def link_values(self, thing: T) -> dict[str, str]:
        """What a link may name in braces, beside the serial."""
        village = self.village(thing)
        zone = self._villages[village].zone if village in self._villages else ""
        return {"code": self.code(thing), "village": village, "zone": zone}

    # -- what several kinds share

    def village_view(self, name: str) -> VillageView:
        """A village as templates see it; one that no table knows has but its name."""
        view = self._village_views.get(name)
        if view is None:
            known = self._villages.get(name)
            view = self._village_views[name] = VillageView(
                name,
                known.zone if known else "",
                known.phone if known else "",
                known.group_link if known else "",
            )
        return view

    def household_views(self, households: Iterable[Household]) -> dict[str, object]:
        """`households` as papers for cadres see them. What hangs in public knows no such name."""
        if self.setting.layout.public:
            return {}
        return {"households": tuple(map(self._household_view, households))}

    def _household_view(self, household: Household) -> HouseholdView:
        view = self._household_views.get(id(household))
        if view is None:
            view = self._household_views[id(household)] = _private_view(household)
        return view

    def stop_views(self, households: Iterable[Household]) -> dict[str, object]:
        """`households` with the serials of what is handed over to them, but not in public."""
        if self.setting.layout.public:
            return {}
        stops = tuple(
            StopView(
                **_values(_private_view(household)),
                serials=tuple(
                    delivery.serials_of(household) for delivery in self.setting.deliveries
                ),
            )
            for household in households
        )
        return {"households": stops}


def _private_view(household: Household) -> HouseholdView:
    view = view_of(household, public=False)
    assert isinstance(view, HouseholdView)
    return view


def _values(view: HouseholdView) -> dict[str, Any]:
    return {name: getattr(view, name) for name in HouseholdView.__dataclass_fields__}


def people_views(people: Iterable[Contact]) -> tuple[PersonView, ...]:
    """People as templates see them, each with the place that he answers for."""
    return tuple(PersonView(c.role, c.name, c.phone, c.scope.name) for c in people)


def people_facts(people: Iterable[PersonView], name: str) -> Iterator[Fact]:
    """The names or phones of people, for `people.name` and `people.phone`."""
    match name:
        case "people.name":
            yield from (fact("name", person.name) for person in people)
        case "people.phone":
            yield from (fact("phone", person.phone) for person in people)


def household_facts(households: Iterable[Household], name: str) -> Iterator[Fact]:
    """What a list of households must show, for `households.head` and the like."""
    match name:
        case "households.head":
            yield from (Fact("name", household.head) for household in households)
        case "households.door":
            yield from (Fact("door", household.door) for household in households)
        case "households.phone":
            yield from (Fact("phone", household.phone) for household in households)

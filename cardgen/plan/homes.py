"""Papers for a household or a venue: those with a door of their own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cardgen.model import Chain, Fact, Household, Problem, Venue
from cardgen.plan.sources import Setting, Source, Stop, fact
from cardgen.problems import Code, problem
from cardgen.views import VenueView, view_of

WATCH_KIND = "居家隔离"
_WATCH = {"watch_from": "观察起", "watch_to": "观察止"}


class Households(Source[Household]):
    """Papers for each household, or for those of some kinds, or under home watch."""

    unit = "户"

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        kinds = setting.paper.kinds
        self.kinds = frozenset(setting.layout.kinds if kinds is None else kinds)
        self.watch = setting.layout.watch
        self._public = setting.layout.public

    @property
    def is_for_all(self) -> bool:
        """Whether every household gets a copy."""
        return not self.kinds and not self.watch

    def every(self) -> Sequence[Household]:
        """Every household of the roster; `volumes` sorts them by their way."""
        return self.setting.township.households

    def code(self, thing: Household) -> str:
        """The 户号."""
        return thing.code

    def village(self, thing: Household) -> str:
        """The household's village."""
        return thing.village

    def is_meant(self, thing: Household) -> bool:
        """Whether the household is of the kinds asked for, and under watch where that is asked."""
        if self.watch and not (thing.watch_from or thing.watch_to or WATCH_KIND in thing.kinds):
            return False
        return not self.kinds or not self.kinds.isdisjoint(thing.kinds)

    def faults(self, thing: Household) -> tuple[Problem, ...]:
        """The faults of its row, and dates of its watch that are missing."""
        if not self.watch:
            return thing.faults
        missing = [
            problem(
                Code.VALUE_MISSING,
                f"{self.setting.layout.title}要有观察起止日期，这一户没有写“{words}”，请补上",
                thing.origin,
                field,
            )
            for field, words in _WATCH.items()
            if getattr(thing, field) is None
        ]
        return (*thing.faults, *missing)

    def chain(self, thing: Household, roles: Sequence[str]) -> Chain:
        """Who answers for the household."""
        return self.answers.chain(thing, roles)

    def data(self, thing: Household) -> dict[str, object]:
        """The household, less of it for what hangs in public, and its village."""
        return {
            "household": view_of(thing, self._public),
            "village": self.village_view(thing.village),
        }

    def facts(self, thing: Household, name: str) -> Iterator[Fact]:
        """Its head, its door, its village."""
        match name:
            case "household.head":
                yield Fact("name", thing.head)
            case "household.door":
                yield Fact("door", thing.door)
            case "village.name":
                yield fact("village", thing.village)

    def stop(self, thing: Household) -> Stop:
        """Its head, its door with what it stands in, and the groups and buildings of its grid."""
        parts = (thing.grid, thing.group, thing.building)
        return Stop(thing.head, " ".join(filter(None, (*parts[1:], thing.door))), parts)


class Venues(Source[Venue]):
    """Papers for each shop and other place with a door."""

    unit = "处"

    def every(self) -> Sequence[Venue]:
        """Every venue, in the order of the roster."""
        return self.setting.township.venues

    def code(self, thing: Venue) -> str:
        """The venue's code, made from village and name."""
        return thing.code

    def village(self, thing: Venue) -> str:
        """The venue's village."""
        return thing.village

    def faults(self, thing: Venue) -> tuple[Problem, ...]:
        """The faults of its row."""
        return thing.faults

    def chain(self, thing: Venue, roles: Sequence[str]) -> Chain:
        """Who answers for its village."""
        return self.answers.chain_of_venue(thing, roles)

    def data(self, thing: Venue) -> dict[str, object]:
        """The venue as anybody may know it, and its village."""
        return {
            "venue": VenueView(thing.name, thing.village, thing.address, thing.kind),
            "village": self.village_view(thing.village),
        }

    def facts(self, thing: Venue, name: str) -> Iterator[Fact]:
        """Its name, its village."""
        match name:
            case "venue.name":
                yield Fact("name", thing.name)
            case "village.name":
                yield fact("village", thing.village)

    def stop(self, thing: Venue) -> Stop:
        """Its name and its address."""
        return Stop(thing.name, thing.address, (thing.village,))

    def link_values(self, thing: Venue) -> dict[str, str]:
        """Its name too: it stands over the door."""
        return {**super().link_values(thing), "name": thing.name}

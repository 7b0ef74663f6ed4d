"""Papers for a cadre in one of his posts: what he answers for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cardgen.model import Chain, Fact, Officer, Problem
from cardgen.plan.sources import Setting, Source, household_facts
from cardgen.views import CadreView, counts_of


class Officers(Source[Officer]):
    """Papers for everyone in each of his posts, or for those in some posts only."""

    by_village = False

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._roles = setting.paper.for_roles or setting.layout.for_roles

    def every(self) -> Sequence[Officer]:
        """Everyone in each of his posts, in the order of the cadre table."""
        return self.answers.officers

    def code(self, thing: Officer) -> str:
        """Made from name, phone and post."""
        return thing.code

    def village(self, thing: Officer) -> str:
        """The one village that he serves, or none."""
        return thing.village

    def is_meant(self, thing: Officer) -> bool:
        """Whether he holds one of the posts asked for, and answers for somebody at all."""
        if not thing.scopes:
            return False
        return not self._roles or self.answers.holds_post(thing, self._roles)

    def faults(self, thing: Officer) -> tuple[Problem, ...]:
        """The faults of his rows."""
        return thing.faults

    def chain(self, thing: Officer, roles: Sequence[str]) -> Chain:
        """Who answers for his village, or for the township where he serves several."""
        village = self._villages.get(thing.village)
        if village is None:
            return self.answers.chain_of_township(roles)
        return self.answers.chain_of_village(village, roles)

    def data(self, thing: Officer) -> dict[str, object]:
        """The cadre, his households in walking order, how many they are, and their villages."""
        villages = dict.fromkeys(household.village for household in thing.households)
        return {
            "cadre": CadreView(
                thing.name, thing.role, thing.phone, tuple(s.text for s in thing.scopes)
            ),
            **self.household_views(thing.households),
            "counts": counts_of(thing.households),
            "villages": tuple(map(self.village_view, villages)),
        }

    def facts(self, thing: Officer, name: str) -> Iterator[Fact]:
        """His name and phone, his households."""
        match name:
            case "cadre.name":
                yield Fact("name", thing.name)
            case "cadre.phone":
                yield Fact("phone", thing.phone)
        yield from household_facts(thing.households, name)

    def link_values(self, thing: Officer) -> dict[str, str]:
        """His name too."""
        return {**super().link_values(thing), "name": thing.name}

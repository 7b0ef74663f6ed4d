"""Papers for a place: a village, a grid, a route, the township as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from cardgen.model import (
    Chain,
    Fact,
    GridArea,
    Origin,
    Problem,
    Route,
    Table,
    Township,
    Village,
    Zone,
)
from cardgen.model import Source as RowSource
from cardgen.plan.duties import Duties, nobody_for_duty
from cardgen.plan.sources import (
    Setting,
    Source,
    fact,
    household_facts,
    people_facts,
    people_views,
)
from cardgen.problems import Code, problem
from cardgen.views import (
    BranchView,
    GridView,
    PersonView,
    RouteView,
    VillageChangesView,
    VillageRecallsView,
    ZoneView,
    counts_of,
)

TOWNSHIP_CODE = "全镇"
_NOWHERE = Origin(RowSource(Table.VILLAGE, "", "", {}), 1)
NOTHING_TO_COMPARE = problem(
    Code.PAPER_LEFT_OUT,
    "要和上一次的花名册比才能印，账本里还没有上一次的；"
    "有旧的，用 cardgen build 的 --since 给出旧文件夹或旧花名册",
)
NOTHING_TO_COLLECT = problem(
    Code.PAPER_LEFT_OUT,
    "换卡收回单由 cardgen build --changed 随新卡一起印，不单独印",
)


class _Boards:
    """Villages and grids with their people, each made once."""

    def __init__(self, setting: Setting) -> None:
        self._answers = setting.answers
        self._grids: dict[str, list[GridArea]] = {}
        for grid in setting.answers.grids:
            self._grids.setdefault(grid.village, []).append(grid)
        self._views: dict[str, GridView] = {}

    def grid(self, grid: GridArea) -> GridView:
        """A grid as templates see it."""
        if grid.code not in self._views:
            self._views[grid.code] = GridView(
                name=grid.name,
                village=grid.village,
                people=people_views(self._answers.people_of_grid(grid)),
                households=len(grid.households),
                groups=grid.groups,
                buildings=grid.buildings,
            )
        return self._views[grid.code]

    def grids(self, village: str) -> tuple[GridView, ...]:
        """The grids of a village."""
        return tuple(map(self.grid, self._grids.get(village, ())))

    def households(self, village: str) -> int:
        """How many households a village has."""
        return sum(len(grid.households) for grid in self._grids.get(village, ()))

    def people(self, village: str) -> tuple[PersonView, ...]:
        """Those of the whole village."""
        return people_views(self._answers.people_of_village(village))

    def everybody(self, village: str) -> tuple[PersonView, ...]:
        """All people of a village and of its grids."""
        inner = (person for grid in self.grids(village) for person in grid.people)
        return (*self.people(village), *inner)

    def faults(self, village: str) -> tuple[Problem, ...]:
        """What is wrong with anyone who stands on a board of the village."""
        people = list(self._answers.people_of_village(village))
        for grid in self._grids.get(village, ()):
            people += self._answers.people_of_grid(grid)
        return self._answers.faults_of(people)


class Villages(Source[Village]):
    """Papers for each village; all of them in one file, but for lists that are walked with."""

    by_village = False

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._boards = _Boards(setting)
        self._recalls = setting.recalls if "recalls" in setting.layout.needs else None
        self.by_village = self._recalls is not None
        self._gone = tuple(
            Village(name or TOWNSHIP_CODE, "", "", "", "", _NOWHERE)
            for name in self._recalls or ()
            if name not in self._villages
        )

    def every(self) -> Sequence[Village]:
        """The villages, in the order of their table; with those where only old papers are."""
        return (*self.setting.township.villages, *self._gone)

    def code(self, thing: Village) -> str:
        """The village's name."""
        return thing.name

    def village(self, thing: Village) -> str:
        """The village itself."""
        return thing.name

    def faults(self, thing: Village) -> tuple[Problem, ...]:
        """The faults of its row, and of its people where they stand on the paper."""
        people = self._boards.faults(thing.name) if self.setting.shows_people else ()
        return (*thing.faults, *people)

    def is_meant(self, thing: Village) -> bool:
        """All of them; where nothing is to be collected, there is no list of it."""
        return self._recalls is None or bool(self._recall(thing).stops)

    def left_out(self, thing: Village) -> tuple[Problem, ...]:
        """What is made from something that was not given is not printed."""
        needs = self.setting.layout.needs
        if "changes" in needs and self.setting.changes is None:
            return (NOTHING_TO_COMPARE,)
        if "recalls" in needs and self._recalls is None:
            return (NOTHING_TO_COLLECT,)
        return ()

    def chain(self, thing: Village, roles: Sequence[str]) -> Chain:
        """Who answers for the village as a whole."""
        return self.answers.chain_of_village(thing, roles)

    def data(self, thing: Village) -> dict[str, object]:
        """The village, its people, its grids and theirs; what changed in it, where asked for."""
        data: dict[str, object] = {
            "village": self.village_view(thing.name),
            "people": self._boards.people(thing.name),
            "grids": self._boards.grids(thing.name),
            "households_count": self._boards.households(thing.name),
        }
        if "changes" in self.setting.layout.needs and not self.setting.layout.public:
            data["changes"] = self._changes(thing)
        if "recalls" in self.setting.layout.needs and not self.setting.layout.public:
            data["recalls"] = self._recall(thing)
        return data

    def _recall(self, thing: Village) -> VillageRecallsView:
        # Papers of no village, those of cadres and of the township, are collected by themselves.
        name = "" if thing.origin is _NOWHERE and thing.name == TOWNSHIP_CODE else thing.name
        return (self._recalls or {}).get(name, VillageRecallsView())

    def _changes(self, thing: Village) -> VillageChangesView:
        """No changes are changes too: a village that has none hands in a sheet that says so."""
        changes = self.setting.changes or {}
        return changes.get(thing.name, VillageChangesView())

    def facts(self, thing: Village, name: str) -> Iterator[Fact]:
        """Its name, its people, and those of whom something changed."""
        if name == "village.name":
            yield fact("village", thing.name)
        if name == "changes.head":
            yield from (Fact("name", row.head) for row in self._changes(thing).rows)
        if name == "recalls.who":
            yield from (Fact("name", stop.who) for stop in self._recall(thing).stops)
        if name == "recalls.serials":
            papers = self._recall(thing).papers
            serials = (s for paper in papers for s in (paper.serial, paper.new_serial) if s)
            yield from (Fact("serial", serial) for serial in serials)
        yield from people_facts(self._boards.everybody(thing.name), name)

    def link_values(self, thing: Village) -> dict[str, str]:
        """Its name too."""
        return {**super().link_values(thing), "name": thing.name}


class Grids(Source[GridArea]):
    """Papers for each grid."""

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._boards = _Boards(setting)
        self._duty: Duties | None = None
        if "duty" in setting.layout.needs:
            self._duty = Duties(setting)

    def every(self) -> Sequence[GridArea]:
        """The grids, village by village."""
        return self.answers.grids

    def code(self, thing: GridArea) -> str:
        """Village and grid."""
        return thing.code

    def village(self, thing: GridArea) -> str:
        """The grid's village."""
        return thing.village

    def is_meant(self, thing: GridArea) -> bool:
        """All of them; duty is not done in what is no grid, but where somebody answers for it."""
        return bool(self._duty is None or thing.name or self.answers.people_of_grid(thing))

    def faults(self, thing: GridArea) -> tuple[Problem, ...]:
        """Those of its people where they stand there; nobody to do duty, where that is asked."""
        people = self.answers.people_of_grid(thing)
        if self._duty and not people:
            return (nobody_for_duty(thing),)
        return self.answers.faults_of(people) if self.setting.shows_people else ()

    def chain(self, thing: GridArea, roles: Sequence[str]) -> Chain:
        """Who answers for the grid."""
        return self.answers.chain_of_grid(thing, roles)

    def data(self, thing: GridArea) -> dict[str, object]:
        """The grid with its people, and its households in walking order."""
        view = self._boards.grid(thing)
        return {
            "grid": view,
            "village": self.village_view(thing.village),
            "people": view.people,
            **({"duty": self._duty.view(view.people)} if self._duty else {}),
            **self.household_views(thing.households),
        }

    def facts(self, thing: GridArea, name: str) -> Iterator[Fact]:
        """Its name, its village, its people, its households."""
        match name:
            case "grid.name":
                yield fact("grid", thing.name)
            case "village.name":
                yield fact("village", thing.village)
        yield from people_facts(self._boards.grid(thing).people, name)
        yield from household_facts(thing.households, name)

    def link_values(self, thing: GridArea) -> dict[str, str]:
        """Its name too."""
        return {**super().link_values(thing), "grid": thing.name, "name": thing.name}


class Routes(Source[Route]):
    """Papers for those who walk a route."""

    def every(self) -> Sequence[Route]:
        """The routes, village by village."""
        return self.answers.routes

    def code(self, thing: Route) -> str:
        """Village and route."""
        return thing.code

    def village(self, thing: Route) -> str:
        """The route's village."""
        return thing.village

    def chain(self, thing: Route, roles: Sequence[str]) -> Chain:
        """Who answers for its village."""
        village = self._villages.get(thing.village)
        return self.answers.chain_of_village(village, roles) if village else Chain(())

    def data(self, thing: Route) -> dict[str, object]:
        """The route, its households with what is handed over to them, and those papers' titles."""
        return {
            "route": RouteView(thing.name, thing.village),
            "village": self.village_view(thing.village),
            "papers": tuple(delivery.title for delivery in self.setting.deliveries),
            **self.stop_views(thing.households),
        }

    def facts(self, thing: Route, name: str) -> Iterator[Fact]:
        """Its name, its village, its households and the serials of what they get."""
        match name:
            case "route.name":
                yield fact("route", thing.name)
            case "village.name":
                yield fact("village", thing.village)
            case "households.serials":
                for household in thing.households:
                    for delivery in self.setting.deliveries:
                        yield from (Fact("serial", s) for s in delivery.serials_of(household))
        yield from household_facts(thing.households, name)


class Townships(Source[Township]):
    """Papers for the township as a whole: one."""

    by_village = False

    def every(self) -> Sequence[Township]:
        """The one township."""
        return (self.setting.township,)

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self._boards = _Boards(setting)

    def code(self, thing: Township) -> str:
        """The same in all townships."""
        return TOWNSHIP_CODE

    def village(self, thing: Township) -> str:
        """None."""
        return ""

    def faults(self, thing: Township) -> tuple[Problem, ...]:
        """The faults of all people who answer for a place, where they stand on the paper."""
        if not self.setting.shows_people:
            return ()
        people = [*self.answers.people_of_township()]
        for zone in self.answers.zones:
            people += self.answers.people_of_zone(zone.name)
        inner = (f for village in thing.villages for f in self._boards.faults(village.name))
        return tuple(dict.fromkeys((*self.answers.faults_of(people), *inner)))

    def chain(self, thing: Township, roles: Sequence[str]) -> Chain:
        """Who answers for the whole township."""
        return self.answers.chain_of_township(roles)

    def data(self, thing: Township) -> dict[str, object]:
        """Zones, villages, grids, with their people and counts; no kinds in public."""
        counts = counts_of(thing.households)
        if self.setting.layout.public:
            counts = replace(counts, kinds=())
        return {
            "people": people_views(self.answers.people_of_township()),
            "zones": tuple(map(self._zone, self.answers.zones)),
            "counts": counts,
        }

    def _zone(self, zone: Zone) -> ZoneView:
        villages = tuple(
            BranchView(
                name=village.name,
                people=self._boards.people(village.name),
                grids=self._boards.grids(village.name),
                households=self._boards.households(village.name),
            )
            for village in zone.villages
        )
        people = people_views(self.answers.people_of_zone(zone.name)) if zone.name else ()
        return ZoneView(zone.name, people, villages, sum(v.households for v in villages))

    def facts(self, thing: Township, name: str) -> Iterator[Fact]:
        """Everybody who answers for a place in it."""
        people = [*people_views(self.answers.people_of_township())]
        for zone in self.answers.zones:
            people += people_views(self.answers.people_of_zone(zone.name)) if zone.name else ()
            for village in zone.villages:
                people += self._boards.everybody(village.name)
        yield from people_facts(people, name)

"""What a layout's template may read: plain frozen views of a subject, and nothing else.

A layout that hangs in public gets a household of which only the door is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cardgen.campaign import Hotline
from cardgen.kinds import KNOWN_KINDS
from cardgen.model import Household


@dataclass(frozen=True, slots=True)
class ContactView:
    """A line of the chain."""

    role: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class PublicHouseholdView:
    """What may hang in public: where the door is, and nothing of who lives behind it."""

    village: str
    grid: str
    group: str
    building: str
    door: str
    place: str
    watch_from: date | None
    watch_to: date | None


@dataclass(frozen=True, slots=True)
class HouseholdView(PublicHouseholdView):
    """What a household's own papers may show: all that is public, and who lives there."""

    code: str
    head: str
    phone: str
    members: int
    kinds: tuple[str, ...]
    route: str
    note: str


@dataclass(frozen=True, slots=True)
class StopView(HouseholdView):
    """A household on somebody's way; `serials` has those of its copies, a tuple a paper."""

    serials: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class PersonView:
    """Somebody who answers for a place: `scope` is that place as the roster words it."""

    role: str
    name: str
    phone: str
    scope: str


@dataclass(frozen=True, slots=True)
class VillageView:
    """A village; `phone` is that of its office, digits only."""

    name: str
    zone: str
    phone: str
    group_link: str


@dataclass(frozen=True, slots=True)
class GridView:
    """A grid: its people, and how many households it has."""

    name: str
    village: str
    people: tuple[PersonView, ...]
    households: int
    groups: tuple[str, ...]
    buildings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BranchView:
    """A village on a chart of the township."""

    name: str
    people: tuple[PersonView, ...]
    grids: tuple[GridView, ...]
    households: int


@dataclass(frozen=True, slots=True)
class ZoneView:
    """A zone on a chart of the township; `name` is empty for villages without one."""

    name: str
    people: tuple[PersonView, ...]
    villages: tuple[BranchView, ...]
    households: int


@dataclass(frozen=True, slots=True)
class CadreView:
    """A cadre in one post, and the words of the roster for what he answers for."""

    name: str
    role: str
    phone: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VenueView:
    """A shop or another place with a door, as anybody may know it."""

    name: str
    village: str
    address: str
    kind: str


@dataclass(frozen=True, slots=True)
class RouteView:
    """A route; `name` is empty for those of a village that have no route."""

    name: str
    village: str


@dataclass(frozen=True, slots=True)
class PileView:
    """Where some copies of a bundle go, and how many doors and copies that is, in words."""

    name: str
    doors: str
    copies: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A line of a sign-off sheet, each of its texts empty where the line is blank."""

    number: str
    name: str
    place: str
    serials: str


@dataclass(frozen=True, slots=True)
class BundleView:
    """What one carrier takes of a paper. Lists have always as many lines, blank ones last.

    `batch` is what the batch is known by, `kind` what the bundle goes by (路线, 网格, 村), `part`
    says which of several volumes this is, `unit` counts doors (户, 处), `first` and `last` are
    serials in walking order.
    """

    batch: str
    paper: str
    village: str
    kind: str
    name: str
    part: str
    file: str
    unit: str
    doors: int
    copies: int
    sheets: int
    sign_off_pages: int
    first: str
    last: str
    people: tuple[PersonView, ...]
    more_people: int
    piles: tuple[PileView, ...]


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many households there are of a kind."""

    kind: str
    households: int


@dataclass(frozen=True, slots=True)
class CountsView:
    """How many there are in a list of households; `members` adds up those that the roster says."""

    households: int
    members: int
    kinds: tuple[KindCount, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """Households of a list that belong together; `names` say by what, empty ones left out."""

    names: tuple[str, ...]
    households: tuple[HouseholdView, ...]
    counts: CountsView


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """A field that was changed from one roster to the next."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangeView:
    """A household on a change ledger; `why` says where it came from or went, in words."""

    code: str
    village: str
    head: str
    place: str
    phone: str
    members: int
    kinds: tuple[str, ...]
    why: str
    differences: tuple[DifferenceView, ...]


@dataclass(frozen=True, slots=True)
class VillageChangesView:
    """What changed in a village: before + came - left = after, all of them households."""

    before: int = 0
    after: int = 0
    came: tuple[ChangeView, ...] = ()
    left: tuple[ChangeView, ...] = ()
    moved: tuple[ChangeView, ...] = ()
    changed: tuple[ChangeView, ...] = ()

    @property
    def rows(self) -> tuple[ChangeView, ...]:
        """Every household that stands on the ledger."""
        return (*self.came, *self.left, *self.moved, *self.changed)


@dataclass(frozen=True, slots=True)
class RecallView:
    """A copy to collect: `serial` stands on it, `new_serial` on the copy that takes its place.

    That is empty where none does. `why` is in words.
    """

    paper: str
    serial: str
    new_serial: str
    why: str
    is_delivered: bool


@dataclass(frozen=True, slots=True)
class RecallStopView:
    """A door where papers are collected; `part` is what it lies in: grid and group, or 场所."""

    code: str
    who: str
    place: str
    part: str
    papers: tuple[RecallView, ...]


@dataclass(frozen=True, slots=True)
class RecallPartView:
    """Doors that lie together, in walking order."""

    name: str
    stops: tuple[RecallStopView, ...]


@dataclass(frozen=True, slots=True)
class RecallTallyView:
    """How many copies of a paper are to be collected; `replaced` by a new one."""

    paper: str
    copies: int
    replaced: int


@dataclass(frozen=True, slots=True)
class VillageRecallsView:
    """What is to be collected in a village, in walking order."""

    stops: tuple[RecallStopView, ...] = ()

    @property
    def papers(self) -> tuple[RecallView, ...]:
        """Every copy to collect."""
        return tuple(paper for stop in self.stops for paper in stop.papers)

    @property
    def parts(self) -> tuple[RecallPartView, ...]:
        """The doors by what they lie in, each part in the order of its first door."""
        parts: dict[str, list[RecallStopView]] = {}
        for stop in self.stops:
            parts.setdefault(stop.part, []).append(stop)
        return tuple(RecallPartView(name, tuple(stops)) for name, stops in parts.items())

    @property
    def tallies(self) -> tuple[RecallTallyView, ...]:
        """Each paper with its counts, in the order of its first copy."""
        papers = self.papers
        copies = Counter(paper.paper for paper in papers)
        replaced = Counter(paper.paper for paper in papers if paper.new_serial)
        return tuple(RecallTallyView(name, copies[name], replaced[name]) for name in copies)


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of a duty roster: 11月22日 and 周日; without a date 第1天 and nothing."""

    name: str
    weekday: str


@dataclass(frozen=True, slots=True)
class TurnView:
    """A shift that somebody has, or that is open: `person` is empty then."""

    shift: str
    post: str
    person: str


@dataclass(frozen=True, slots=True)
class DutyPersonView:
    """Somebody on duty; `days` has his turns of each of the week's days, `load` of all days."""

    role: str
    name: str
    phone: str
    load: int
    days: tuple[tuple[TurnView, ...], ...]


@dataclass(frozen=True, slots=True)
class ShiftView:
    """A shift of a day, and who has its posts, in their order."""

    day: DayView
    shift: str
    first: bool
    turns: tuple[TurnView, ...]


@dataclass(frozen=True, slots=True)
class WeekView:
    """Seven days of a duty roster at the most: by people, and by shifts."""

    days: tuple[DayView, ...]
    people: tuple[DutyPersonView, ...]
    shifts: tuple[ShiftView, ...]


@dataclass(frozen=True, slots=True)
class DutyView:
    """A duty roster; `rule` and `shortage` are sentences to be printed."""

    posts: tuple[str, ...]
    shifts: tuple[str, ...]
    weeks: tuple[WeekView, ...]
    rule: str
    shortage: str
    seats: int


@dataclass(frozen=True, slots=True)
class CampaignView:
    """The words of the campaign."""

    title: str
    issuer: str
    date: date | None
    slogans: tuple[str, ...]
    hotlines: tuple[Hotline, ...]


def place_of(household: Household) -> str:
    """Where a household lives, in the order in which one walks there."""
    parts = (household.village, household.grid, household.group, household.building)
    named = [part for part in parts if part]
    return " ".join([*named, household.door] if household.door else named)


def view_of(household: Household, public: bool) -> HouseholdView | PublicHouseholdView:
    """What a layout may read of a household; less for what hangs in public."""
    shared = (
        household.village,
        household.grid,
        household.group,
        household.building,
        household.door,
        place_of(household),
        household.watch_from,
        household.watch_to,
    )
    if public:
        return PublicHouseholdView(*shared)
    return HouseholdView(
        *shared,
        household.code,
        household.head,
        household.phone,
        household.members,
        household.kinds,
        household.route,
        household.note,
    )


def counts_of(households: Sequence[Household | HouseholdView]) -> CountsView:
    """Households, members and kinds of a list, the kinds in the project's own order."""
    found = Counter(kind for household in households for kind in household.kinds)
    known = {kind: place for place, kind in enumerate(KNOWN_KINDS)}
    kinds = sorted(found, key=lambda kind: (known.get(kind, len(known)), kind))
    return CountsView(
        households=len(households),
        members=sum(household.members for household in households),
        kinds=tuple(KindCount(kind, found[kind]) for kind in kinds),
    )


def parts_of(households: Iterable[HouseholdView], fields: Sequence[str]) -> tuple[PartView, ...]:
    """A list parted by some of its fields: each part once, in the order of its first household.

    Raises AttributeError for a field that households do not have.
    """
    parts: dict[tuple[str, ...], list[HouseholdView]] = {}
    for household in households:
        key = tuple(str(getattr(household, field)) for field in fields)
        parts.setdefault(key, []).append(household)
    return tuple(
        PartView(tuple(filter(None, key)), tuple(members), counts_of(members))
        for key, members in parts.items()
    )


VIEWS: tuple[type, ...] = (
    PartView,
    DifferenceView,
    ChangeView,
    VillageChangesView,
    RecallView,
    RecallStopView,
    RecallPartView,
    RecallTallyView,
    VillageRecallsView,
    DayView,
    TurnView,
    DutyPersonView,
    ShiftView,
    WeekView,
    DutyView,
    ContactView,
    PublicHouseholdView,
    HouseholdView,
    StopView,
    PersonView,
    VillageView,
    GridView,
    BranchView,
    ZoneView,
    CadreView,
    VenueView,
    RouteView,
    PileView,
    RowView,
    BundleView,
    KindCount,
    CountsView,
    CampaignView,
    Hotline,
)
"""Every view that a template may be given."""

"""Compare two rosters: two townships in; who came, left, moved, and what else changed out.

A household is the same one where its 户号 is the same; else where village, head and door are.
Moved is who lives at another place now (village, group, building or door); a grid or a route
is only how one is served, and counts as a change. What can be doubted is said in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cardgen.model import ChangeKind, Household, Problem, RosterChange, ScopeKind, Township
from cardgen.problems import Code, problem
from cardgen.resolve.places import place_key
from cardgen.resolve.walking import village_order, walking_key
from cardgen.views import ChangeView, DifferenceView, VillageChangesView, place_of


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not what it was; `field` is its header in Chinese."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Pair:
    """A household in both rosters, and how it differs; `moved` where it lives elsewhere now."""

    before: Household
    after: Household
    differences: tuple[Difference, ...]
    moved: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs between two rosters, each list in walking order.

    `before` and `after` count the households of each village.
    """

    came: tuple[Household, ...]
    left: tuple[Household, ...]
    moved: tuple[Pair, ...]
    changed: tuple[Pair, ...]
    problems: tuple[Problem, ...]
    before: Mapping[str, int]
    after: Mapping[str, int]


def _scope(what: ScopeKind) -> Callable[[str], str]:
    return lambda text: place_key(what, text)


# A field: its header, how it is shown, and what of it is compared (3网格 and 第3网格 are one).
_Field = tuple[str, Callable[[Household], str], Callable[[str], str]]
_same: Callable[[str], str] = str.strip
_PLACE: tuple[_Field, ...] = (
    ("村", lambda home: home.village, _same),
    ("组", lambda home: home.group, _scope(ScopeKind.GROUP)),
    ("楼栋", lambda home: home.building, _scope(ScopeKind.BUILDING)),
    ("门牌", lambda home: home.door, _same),
)
_REST: tuple[_Field, ...] = (
    ("户主", lambda home: home.head, _same),
    ("电话", lambda home: "、".join(home.phones), _same),
    ("人口", lambda home: str(home.members or ""), _same),
    ("类别", lambda home: "、".join(home.kinds), lambda text: "、".join(sorted(text.split("、")))),
    ("网格", lambda home: home.grid, _scope(ScopeKind.GRID)),
    ("路线", lambda home: home.route, _same),
    ("观察起", lambda home: _day(home.watch_from), _same),
    ("观察止", lambda home: _day(home.watch_to), _same),
    ("备注", lambda home: home.note, _same),
)


def compare(old: Township, new: Township) -> Changes:
    """What differs from the old roster to the new one."""
    pairs, left, came = _matched(old.households, new.households)
    found = [_pair(before, after) for before, after in pairs]
    villages = village_order(new)

    def way(home: Household) -> tuple[object, ...]:
        return (villages.get(home.village, len(villages)), home.village, *walking_key(home))

    different = sorted(
        (pair for pair in found if pair.differences), key=lambda pair: way(pair.after)
    )
    came, left = sorted(came, key=way), sorted(left, key=way)
    return Changes(
        came=tuple(came),
        left=tuple(left),
        moved=tuple(pair for pair in different if pair.moved),
        changed=tuple(pair for pair in different if not pair.moved),
        problems=(
            *_doubted_pairs(different),
            *_doubted_twins(old, new),
            *_doubted_moves(left, came),
            *_lost_villages(left, new),
        ),
        before=Counter(home.village for home in old.households),
        after=Counter(home.village for home in new.households),
    )


_Pairs = list[tuple[Household, Household]]


def _matched(
    old: Iterable[Household], new: Iterable[Household]
) -> tuple[_Pairs, list[Household], list[Household]]:
    """The households that are in both, then those in the old roster only, in the new only."""
    pairs: _Pairs = []
    rest_old, rest_new = list(old), list(new)
    for key_of in (_code, _home):
        waiting: dict[object, list[Household]] = {}
        for home in reversed(rest_old):
            waiting.setdefault(key_of(home), []).append(home)
        found: set[int] = set()
        unmatched = []
        for home in rest_new:
            same = waiting.get(key_of(home))
            if same:
                before = same.pop()
                found.add(id(before))
                pairs.append((before, home))
            else:
                unmatched.append(home)
        rest_old = [home for home in rest_old if id(home) not in found]
        rest_new = unmatched
    return pairs, rest_old, rest_new


def _code(home: Household) -> object:
    return home.code


def _home(home: Household) -> object:
    # Without a head or a door nothing tells whose row it is: such rows are never the same.
    return (home.village, home.head, home.door) if home.head and home.door else id(home)


def _pair(before: Household, after: Household) -> Pair:
    places = tuple(_differences(before, after, _PLACE))
    return Pair(before, after, (*places, *_differences(before, after, _REST)), bool(places))


def _differences(
    before: Household, after: Household, fields: Iterable[_Field]
) -> Iterable[Difference]:
    for name, shown, compared in fields:
        was, now = shown(before), shown(after)
        if compared(was) != compared(now):
            yield Difference(name, was, now)


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


# --------------------------------------------------------------------------- doubts


def _doubted_pairs(pairs: Iterable[Pair]) -> Iterable[Problem]:
    """One 户号, and nothing else the same: a number that was given out again?"""
    for pair in pairs:
        old, new = pair.before, pair.after
        if old.head != new.head and old.door != new.door and not {*old.phones} & {*new.phones}:
            yield problem(
                Code.CHANGE_DOUBTFUL,
                f"户号 {new.code} 上次是{_who(old)}，这次是{_who(new)}，户主、门牌、电话都不同；"
                "按同一户的变更记。若是两户人家，请给新来的一户换一个户号",
                new.origin,
                "code",
            )


def _doubted_twins(old: Township, new: Township) -> Iterable[Problem]:
    """A 户号 that stands twice in one roster cannot tell who is who."""
    for township, when in ((old, "上次"), (new, "这次")):
        met: dict[str, Household] = {}
        for home in township.households:
            first = met.setdefault(home.code, home)
            if first is not home:
                yield problem(
                    Code.CHANGE_DOUBTFUL,
                    f"户号 {home.code} 在{when}的名册里有两户（{_who(first)}、{_who(home)}），"
                    "增减可能记错，请核对",
                    home.origin,
                    "code",
                )


def _doubted_moves(left: Iterable[Household], came: Iterable[Household]) -> Iterable[Problem]:
    """One name and one phone among those who left and those who came: probably moved."""
    gone: dict[tuple[str, str], Household] = {}
    for home in left:
        if home.head and home.phone:
            gone.setdefault((home.head, home.phone), home)
    for home in came:
        before = gone.get((home.head, home.phone))
        if before is not None:
            yield problem(
                Code.CHANGE_DOUBTFUL,
                f"{home.head}上次在 {place_of(before)}，这次在 {place_of(home)}，电话相同，"
                "户号和门牌都不同；按一减一增记，可能是搬了家",
                home.origin,
                "head",
            )


def _lost_villages(left: Iterable[Household], new: Township) -> Iterable[Problem]:
    """Those who left a village that is no more stand in no village's ledger."""
    villages = {village.name for village in new.villages}
    for name, count in Counter(home.village for home in left).items():
        if name not in villages:
            yield problem(
                Code.CHANGE_DOUBTFUL,
                f"上次名册里的“{name or '没有写村名'}”这次不在村表里，它减少的 {count} 户不在任何"
                "一村的台账上；村改了名，请在两份名册里写成一样",
            )


def _who(home: Household) -> str:
    return f"“{home.head or '没有户主'}”（{home.door or '没有门牌'}）"


def changes_between(old: Township, new: Township) -> Iterator[RosterChange]:
    """Every household that differs, for the ledger: who came, left, moved, changed."""
    yield from rows_of(compare(old, new))


def rows_of(changes: Changes) -> Iterator[RosterChange]:
    """Every household that differs: who came, left, moved, changed."""
    for kind, homes in ((ChangeKind.CAME, changes.came), (ChangeKind.LEFT, changes.left)):
        yield from (_told(kind, home) for home in homes)
    for kind, pairs in ((ChangeKind.MOVED, changes.moved), (ChangeKind.CHANGED, changes.changed)):
        yield from (_told(kind, pair.after, pair.differences) for pair in pairs)


def _told(kind: ChangeKind, home: Household, found: Iterable[Difference] = ()) -> RosterChange:
    fields = tuple((each.field, each.before, each.after) for each in found)
    return RosterChange(kind, home.code, home.village, home.head, place_of(home), fields)


# --------------------------------------------------------------------------- a village's part


def views_of(changes: Changes) -> dict[str, VillageChangesView]:
    """What the ledger of each village shows. Who moved from one village to another left the
    one and came to the other, so that each village's sum closes."""
    came = [_row(home, "新登记") for home in changes.came]
    left = [_row(home, "不在新名册里") for home in changes.left]
    moved = []
    for pair in changes.moved:
        if pair.before.village == pair.after.village:
            moved.append(_row(pair.after, "", pair.differences))
        else:
            left.append(_row(pair.before, f"迁往 {place_of(pair.after)}"))
            rest = _differences(pair.before, pair.after, _REST)
            came.append(_row(pair.after, f"从 {place_of(pair.before)} 迁来", rest))
    changed = [_row(pair.after, "", pair.differences) for pair in changes.changed]
    villages = dict.fromkeys((*changes.before, *changes.after))

    def of(village: str, rows: list[ChangeView]) -> tuple[ChangeView, ...]:
        return tuple(row for row in rows if row.village == village)

    return {
        village: VillageChangesView(
            before=changes.before.get(village, 0),
            after=changes.after.get(village, 0),
            came=of(village, came),
            left=of(village, left),
            moved=of(village, moved),
            changed=of(village, changed),
        )
        for village in villages
    }


def _row(home: Household, why: str, differences: Iterable[Difference] = ()) -> ChangeView:
    return ChangeView(
        code=home.code,
        village=home.village,
        head=home.head,
        place=place_of(home).removeprefix(home.village).strip(),
        phone=home.phone,
        members=home.members,
        kinds=home.kinds,
        why=why,
        differences=tuple(DifferenceView(d.field, d.before, d.after) for d in differences),
    )

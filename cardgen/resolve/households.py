"""Households and venues: rows in, each with its village, its code and its faults, out.

A fault holds back every paper of a household. A bad phone is not one: most papers do not
show the household's own phone, so it is a warning, and the phone is left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from sys import intern

from cardgen.kinds import is_known_kind, split_kinds
from cardgen.model import Household, Origin, Problem, Row, ScopeKind, Source, Venue
from cardgen.problems import Code
from cardgen.resolve.cells import CellReader
from cardgen.resolve.codes import make_codes
from cardgen.resolve.places import place_key, plain
from cardgen.resolve.villages import VillageFinder

_LONGEST_WATCH = timedelta(days=366)
Excluded = list[tuple[Origin, str]]


class HouseholdReader:
    """Reads household rows one by one; `finish` sees to codes and repetitions."""

    def __init__(self, reader: CellReader, villages: VillageFinder, today: date | None) -> None:
        self._cells = reader
        self._findings = reader.findings
        self._villages = villages
        self._today = today
        self._kinds: dict[str, tuple[str, ...]] = {}
        self._new_kinds: dict[str, tuple[Origin, int]] = {}
        self._numeric_codes: dict[int, Row] = {}
        self.households: list[Household] = []
        self.excluded: Excluded = []

    def read(self, row: Row) -> None:
        """Read one row."""
        cells = self._cells
        faults: list[Problem] = []
        village, unknown = self._villages.find(cells.label(row, "village"), row)
        if unknown:
            faults.append(unknown)
        head = cells.name(row, "head")
        if not head:
            message = "没有写户主，这一户的卡印不了，请补上"
            faults.append(self._findings.add(Code.HOUSEHOLD_NO_HEAD, message, row.origin, "head"))
        if type(row.values.get("code")) in (int, float):
            self._numeric_codes[len(self.households)] = row
        phones, _ = cells.phones(row, "phone")
        watch_from, watch_to = self._watch(row)
        self.households.append(
            Household(
                code=cells.label(row, "code"),
                village=intern(village),
                grid=intern(cells.label(row, "grid")),
                group=intern(cells.label(row, "group")),
                building=intern(cells.label(row, "building")),
                door=self._door(row),
                head=head,
                phones=phones,
                members=cells.count(row, "members"),
                kinds=self._read_kinds(row),
                watch_from=watch_from,
                watch_to=watch_to,
                route=intern(cells.text(row, "route")),
                note=cells.text(row, "note"),
                origin=row.origin,
                faults=tuple(faults),
            )
        )

    def finish(self) -> None:
        """Make the codes that are missing, and see what stands there twice."""
        self._tell_new_kinds()
        self._pad_codes()
        self._drop_repeated()
        self._make_codes()
        self._tell_lookalikes()

    def _door(self, row: Row) -> str:
        """The door; the stair (单元) of a block of flats is part of it."""
        door = self._cells.label(row, "door")
        if "unit" not in row.values:
            return door
        unit = self._cells.label(row, "unit")
        return (f"{unit}单元" if unit.isdigit() else unit) + door

    def _watch(self, row: Row) -> tuple[date | None, date | None]:
        values = row.values
        if "watch_from" not in values and "watch_to" not in values:
            return None, None
        start, end = self._cells.day(row, "watch_from"), self._cells.day(row, "watch_to")
        message, field = "", "watch_to"
        if start and end and end < start:
            message = f"观察止 {end} 早于观察起 {start}，请核对"
        elif start and end and end - start > _LONGEST_WATCH:
            message = f"观察期有 {(end - start).days + 1} 天，请核对年份"
        elif start and not end and "watch_to" not in values:
            message = "有观察起，没有观察止，请补上"
        elif end and not start and "watch_from" not in values:
            message, field = "有观察止，没有观察起，请补上", "watch_from"
        elif start and self._today and abs(start - self._today) > _LONGEST_WATCH:
            message, field = f"观察起 {start} 离今天 {self._today} 太远，请核对年份", "watch_from"
        if message:
            self._findings.add(Code.WATCH_DATES, message, row.origin, field)
        return start, end

    def _read_kinds(self, row: Row) -> tuple[str, ...]:
        if "kinds" not in row.values:
            return ()
        text = self._cells.text(row, "kinds")
        kinds = self._kinds.get(text)
        if kinds is None:
            kinds = self._kinds[text] = tuple(intern(kind) for kind in split_kinds(text))
        for kind in kinds:
            if not is_known_kind(kind):
                origin, count = self._new_kinds.get(kind, (row.origin, 0))
                self._new_kinds[kind] = (origin, count + 1)
        return kinds

    def _tell_new_kinds(self) -> None:
        """Once a word: a township may have words of its own, and a slip shows as a rare one."""
        for kind, (origin, count) in self._new_kinds.items():
            message = f"没见过类别“{kind}”（共 {count} 户），照样读入；若是笔误请改正"
            self._findings.add(Code.KIND_UNKNOWN, message, origin, "kinds")

    def _pad_codes(self) -> None:
        """Give numbers back the zeros that Excel took, where all other codes are of one length."""
        widths: dict[int, set[int]] = defaultdict(set)
        zeros: set[int] = set()
        for number, household in enumerate(self.households):
            if number not in self._numeric_codes and household.code.isdigit():
                source = id(household.origin.source)
                widths[source].add(len(household.code))
                if household.code.startswith("0"):
                    zeros.add(source)
        for number, row in self._numeric_codes.items():
            household = self.households[number]
            source = id(row.origin.source)
            width = max(widths[source], default=0)
            if source not in zeros or len(widths[source]) > 1 or len(household.code) >= width:
                continue
            code = household.code.zfill(width)
            message = f"户号“{household.code}”丢了前面的 0，读作“{code}”"
            self._findings.add(
                Code.CELL_REPAIRED, message, row.origin, "code", before=household.code
            )
            self.households[number] = replace(household, code=code)
        self._numeric_codes.clear()

    def _drop_repeated(self) -> None:
        """Leave out a second row that says the same; hold both where they differ."""
        first: dict[tuple[object, ...], Household] = {}
        by_code: dict[str, list[Household]] = defaultdict(list)
        kept: list[Household] = []
        for household in self.households:
            content = _content(household)
            same = first.setdefault(content, household)
            # Without a code, two rows are the same household only if they name a door or a phone.
            if same is household or not (household.code or household.door or household.phones):
                kept.append(household)
                if household.code:
                    by_code[household.code].append(household)
                continue
            where = _where(same.origin, household.origin)
            reason = f"与{where}完全相同，只印一份"
            self._findings.add(Code.HOUSEHOLD_REPEATED, reason, household.origin, "code")
            self.excluded.append((household.origin, reason))
        clashes = {code: found for code, found in by_code.items() if len(found) > 1}
        self.households = [self._with_clash(h, clashes) for h in kept] if clashes else kept

    def _with_clash(self, household: Household, clashes: dict[str, list[Household]]) -> Household:
        same = clashes.get(household.code)
        if not same:
            return household
        others = "、".join(
            _where(other.origin, household.origin, "code")
            for other in same
            if other is not household
        )
        message = f"户号“{household.code}”与{others}重复，内容不同，两户都不印；请改正其中一个"
        fault = self._findings.add(Code.HOUSEHOLD_TWICE, message, household.origin, "code")
        return replace(household, faults=(*household.faults, fault))

    def _make_codes(self) -> None:
        missing = [n for n, household in enumerate(self.households) if not household.code]
        if not missing:
            return
        # Content before row decides who of two namesakes is "-2", so that rows may move.
        missing.sort(
            key=lambda n: (_identity(self.households[n]), _content_order(self.households[n]))
        )
        taken = frozenset(household.code for household in self.households)
        codes = make_codes([_identity(self.households[n]) for n in missing], taken)
        for number, code in zip(missing, codes, strict=True):
            self.households[number] = replace(self.households[number], code=code)
        by_source: dict[Source, list[Household]] = defaultdict(list)
        for number in sorted(missing):
            by_source[self.households[number].origin.source].append(self.households[number])
        for made in by_source.values():
            message = (
                f"{len(made)} 户没有户号，由程序按村、门牌和户主编定（第一个是 {made[0].code}）；"
                "行的顺序变了，户号不变"
            )
            self._findings.add(Code.CODE_MADE, message, made[0].origin, "code")

    def _tell_lookalikes(self) -> None:
        """One family under two codes: told, and both printed, since they may be two."""
        met: dict[tuple[str, str, str], Household] = {}
        for household in self.households:
            if not household.door or not household.head:
                continue
            other = met.setdefault((household.village, household.door, household.head), household)
            if other is household or other.code == household.code or _live_apart(other, household):
                continue
            where = _where(other.origin, household.origin)
            message = f"与{where}同村、同门牌、同户主，户号不同；两户都印，若是同一户请删去一行"
            self._findings.add(Code.HOUSEHOLD_REPEATED, message, household.origin, "head")


def _live_apart(one: Household, other: Household) -> bool:
    """Whether a group or a building that both name tells two households apart."""
    pairs = (
        (ScopeKind.GROUP, one.group, other.group),
        (ScopeKind.BUILDING, one.building, other.building),
    )
    return any(a and b and place_key(what, a) != place_key(what, b) for what, a, b in pairs)


def _where(place: Origin, seen_from: Origin, field: str = "") -> str:
    """A row as a clerk would point to it, with the sheet where that is another one."""
    cell = f"（{place.cell(field)}）" if field else ""
    row = f"第 {place.row} 行{cell}"
    return row if place.source == seen_from.source else f"{_sheet(place.source)}{row}"


def _sheet(source: Source) -> str:
    return f"“{source.file}”的“{source.sheet}”" if source.sheet else f"“{source.file}”"


def _content(household: Household) -> tuple[object, ...]:
    """All that a row says, for telling whether two say the same."""
    return (
        household.code,
        household.village,
        household.grid,
        household.group,
        household.building,
        household.door,
        household.head,
        household.phones,
        household.members,
        household.kinds,
        household.watch_from,
        household.watch_to,
        household.route,
        household.note,
    )


def _content_order(household: Household) -> tuple[str, ...]:
    return tuple(map(str, _content(household)))


def _identity(household: Household) -> tuple[str, ...]:
    """What names a household that has no code: where it lives, and its head."""
    return (
        household.village,
        place_key(ScopeKind.GROUP, household.group),
        place_key(ScopeKind.BUILDING, household.building),
        plain(household.door),
        household.head,
    )


def read_venues(rows: Iterable[Row], reader: CellReader, villages: VillageFinder) -> list[Venue]:
    """The venues, each with a code made from village and name."""
    venues = [_read_venue(row, reader, villages) for row in rows]
    order = sorted(range(len(venues)), key=lambda n: _venue_order(venues[n]))
    identities: Sequence[tuple[str, ...]] = [_venue_identity(venues[n]) for n in order]
    for number, code in zip(order, make_codes(identities, frozenset(), "S"), strict=True):
        venues[number] = replace(venues[number], code=code)
    first: dict[tuple[str, ...], Venue] = {}
    for venue in venues:
        other = first.setdefault(_venue_identity(venue), venue)
        if other is not venue:
            message = f"场所“{venue.name}”与{_where(other.origin, venue.origin)}同村同名；两处都印"
            reader.findings.add(Code.HOUSEHOLD_REPEATED, message, venue.origin, "name")
    return venues


def _read_venue(row: Row, reader: CellReader, villages: VillageFinder) -> Venue:
    faults: list[Problem] = []
    village, unknown = villages.find(reader.label(row, "village"), row)
    if unknown:
        faults.append(unknown)
    name = reader.text(row, "name")
    if not name:
        message = "场所没有名称，请补上"
        faults.append(reader.findings.add(Code.VENUE_NO_NAME, message, row.origin, "name"))
    phones, _ = reader.phones(row, "phone")
    return Venue(
        code="",
        name=name,
        village=intern(village),
        address=reader.text(row, "address"),
        person=reader.name(row, "person"),
        phone=phones[0] if phones else "",
        kind=intern(reader.text(row, "kind")),
        origin=row.origin,
        faults=tuple(faults),
    )


def _venue_identity(venue: Venue) -> tuple[str, ...]:
    return venue.village, venue.name


def _venue_order(venue: Venue) -> tuple[str, ...]:
    return (*_venue_identity(venue), venue.address, venue.person, venue.phone, venue.kind)

"""What a cadre answers for (负责范围): the words of a cell in, scopes out.

The grammar is that of formats.md: 全镇, a zone, a village, village/网格, village/组,
village/楼, a 户号, each with #kind or without, several parted by ； or 、. A place must be
one that the roster knows: a scope that holds nobody is more likely a slip than a wish.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cardgen.kinds import is_known_kind, split_kinds
from cardgen.model import Household, Row, Scope, ScopeKind, Village
from cardgen.problems import Code
from cardgen.resolve.cells import Findings
from cardgen.resolve.places import VillageNames, nearest, place_key, plain

_BETWEEN = re.compile(r"[；;、，,\n]+")
_LEVELS = re.compile(r"[/／\\>＞\s]+|[-－—–]+")
_TOWNSHIP = re.compile(r"全镇|全乡|全街道|全办|全辖区|全域|本镇|本乡|镇域|所有村|各村|全部")
_ENDS = {
    ScopeKind.GRID: re.compile(r"网格$|\d格$|^(?:微)?网格\d"),
    ScopeKind.GROUP: re.compile(r"(?:组|队|社)$|^组\d"),
    ScopeKind.BUILDING: re.compile(r"(?:楼|楼栋|栋|幢|座|单元)$|^(?:楼|栋)\d"),
}
_INNER = tuple(_ENDS)
_ZONE_ENDS = re.compile(r"(?:工作片区|工作区|片区|管区|辖区|片)$")


@dataclass(slots=True)
class _Context:
    """What the pieces before told: the village, and the place that a bare kind belongs to.

    `is_lost` after a place that could not be read: what has no village of its own may be there.
    """

    village: str
    is_lost: bool
    last: tuple[Scope, ...] = ()
    level: ScopeKind | None = None


class ScopeReader:
    """Reads scopes against the places that villages and households name."""

    def __init__(
        self,
        villages: Sequence[Village],
        names: VillageNames,
        households: Iterable[Household],
        findings: Findings,
    ) -> None:
        self._names = names
        self._findings = findings
        self._zones: dict[str, str] = {}
        for village in villages:
            if village.zone:
                self._zones.setdefault(_zone_key(village.zone), village.zone)
        self._codes: dict[str, str] = {}
        self._village_of: dict[str, str] = {}
        self._kinds: set[str] = set()
        # (what, village) -> key -> the words of the roster
        self._inner: dict[tuple[ScopeKind, str], dict[str, str]] = {}
        # (what, village, key) -> the grids it reaches into
        self._grids: dict[tuple[ScopeKind, str, str], set[str]] = {}
        self._learnt: set[tuple[str, str, str, str]] = set()
        for household in households:
            self._learn(household)

    def _learn(self, household: Household) -> None:
        self._codes.setdefault(plain(household.code), household.code)
        self._village_of.setdefault(household.code, household.village)
        self._kinds.update(household.kinds)
        address = (household.village, household.grid, household.group, household.building)
        if address in self._learnt:
            return
        self._learnt.add(address)
        grid = place_key(ScopeKind.GRID, household.grid)
        for what, name in (
            (ScopeKind.GRID, household.grid),
            (ScopeKind.GROUP, household.group),
            (ScopeKind.BUILDING, household.building),
        ):
            if name:
                key = place_key(what, name)
                self._inner.setdefault((what, household.village), {}).setdefault(key, name)
                self._grids.setdefault((what, household.village, key), set()).add(grid)

    def read(
        self, row: Row, text: str, village: str = "", *, is_lost: bool = False
    ) -> tuple[Scope, ...]:
        """The scopes that a cell names; `village` is the cadre's own, from his row. `is_lost`
        where the row names a village that nobody knows."""
        context = _Context(village, is_lost)
        pieces = [piece.strip() for piece in _BETWEEN.split(text) if piece.strip()]
        scopes: list[Scope] = []
        for number, piece in enumerate(pieces):
            context.level = self._level_ahead(pieces[number:])
            found = self._read_piece(row, piece, context)
            if found:
                scopes += found
                context.last = found
                if found[-1].village:
                    context.village, context.is_lost = found[-1].village, False
            elif found is None:
                self._complain(row, piece, context.village)
                if not _is_bare(piece):
                    context.village = self._names.find(_LEVELS.split(piece.strip())[0])
                    context.last, context.is_lost = (), not context.village
        return tuple(dict.fromkeys(scopes))

    def _level_ahead(self, pieces: Sequence[str]) -> ScopeKind | None:
        """What a bare number means: in 唐湾村/1、2、3网格 it is a grid."""
        for piece in pieces:
            place = plain(piece).partition("#")[0]
            for what, ends in _ENDS.items():
                if ends.search(place):
                    return what
        return None

    def _read_piece(self, row: Row, piece: str, context: _Context) -> tuple[Scope, ...] | None:
        place, mark, kind_words = piece.replace("＃", "#").partition("#")
        if not mark and context.last and context.last[0].kind and self._are_kinds(piece):
            places: tuple[Scope, ...] | None = context.last[:1]  # 全镇#孕产妇、透析
            kind_words = piece
        elif not place.strip() and context.is_lost:
            places = None
        elif not place.strip():
            what = ScopeKind.VILLAGE if context.village else ScopeKind.TOWNSHIP
            places = (Scope(what, piece, context.village, context.village),)
        else:
            places = self._read_place(place.strip(), context)
        if places is None:
            return None
        kinds = split_kinds(kind_words)
        for kind in kinds:
            if not is_known_kind(kind) and kind not in self._kinds:
                message = f"负责范围里的类别“{kind}”没见过，也没有哪一户是这一类"
                self._findings.add(Code.KIND_UNKNOWN, message, row.origin, "scope")
        return tuple(
            replace(place, text=piece, kind=kind) for place in places for kind in kinds or ("",)
        )

    def _are_kinds(self, piece: str) -> bool:
        kinds = split_kinds(piece)
        return bool(kinds) and all(k in self._kinds or is_known_kind(k) for k in kinds)

    def _read_place(self, text: str, context: _Context) -> tuple[Scope, ...] | None:
        if whole := self._whole_place(text, context):
            return (whole,)
        parts = [part for part in _LEVELS.split(text) if part]
        # 青石镇/唐湾村 and 东片区/唐湾村: the village is enough
        while len(parts) > 1 and (_is_town(parts[0]) or _zone_key(parts[0]) in self._zones):
            parts = parts[1:]
        villages = [self._names.find(part) for part in parts]
        if all(villages) and villages:
            return tuple(Scope(ScopeKind.VILLAGE, text, name, name) for name in villages)
        village, rest = (villages[0], "") if villages else ("", "")
        if village:
            rest = "/".join(parts[1:])
        else:
            village, rest = self._names.split("/".join(parts))
            village = village or context.village
        inner = self._inner_place(village, rest.strip("/"), context.level) if village else None
        return (inner,) if inner else None

    def _whole_place(self, text: str, context: _Context) -> Scope | None:
        """The township, a household, a zone or a village."""
        if _TOWNSHIP.fullmatch(plain(text)):
            return Scope(ScopeKind.TOWNSHIP, text)
        if code := self._code(text):
            # 唐湾村/1、2、3网格 and 唐湾村/1网格、2: in a list of places a number is a place
            goes_on = bool(context.last) and context.last[-1].what in _INNER
            elsewhere = self._village_of[code] != context.village
            may_be_place = context.level or (
                (goes_on or elsewhere) and self._named(context.village, text, _INNER)
            )
            if not (plain(text).isdigit() and may_be_place):
                return Scope(ScopeKind.HOUSEHOLD, text, name=code)
        if zone := self._zones.get(_zone_key(text)):
            return Scope(ScopeKind.ZONE, text, name=zone)
        if village := self._names.find(text):
            return Scope(ScopeKind.VILLAGE, text, village, village)
        return None

    def _inner_place(self, village: str, text: str, level: ScopeKind | None) -> Scope | None:
        """A grid, group or building of a village; a bare number only where one thing bears it."""
        key = plain(text)
        may_be_place = key.isdigit() and (level or self._named(village, text, _INNER))
        code = "" if may_be_place else self._code(text)
        if code and self._village_of[code] == village:
            return Scope(ScopeKind.HOUSEHOLD, text, name=code)
        outer, _, inner = text.rpartition("/")
        if not outer and (levels := re.fullmatch(r"(.+?网格)(.+)", key)):
            outer, inner = levels[1], levels[2]
        if outer:
            joined = (
                self._inner_place(village, text.replace("/", ""), level) if "/" in text else None
            )
            return joined or self._nested_place(village, outer, inner)
        told = [what for what, ends in _ENDS.items() if ends.search(key)]
        found = self._named(village, text, told or ([level] if level else _INNER))
        return found[0] if len(found) == 1 else None

    def _code(self, text: str) -> str:
        """The 户号 that is written so, or else so but for width and case; or nothing."""
        return text if text in self._village_of else self._codes.get(plain(text), "")

    def _named(self, village: str, text: str, asked: Sequence[ScopeKind]) -> list[Scope]:
        """The grid, the group and the building of that name, those of them that there are."""
        return [
            Scope(what, text, village, name)
            for what in asked
            if (name := self._inner.get((what, village), {}).get(place_key(what, text)))
        ]

    def _nested_place(self, village: str, outer: str, inner: str) -> Scope | None:
        """唐湾村/3网格/5组: the group, if it lies in that grid and in no other."""
        grid = self._inner_place(village, outer, None)
        place = self._inner_place(village, inner, None) if inner else None
        if grid is None or place is None or grid.what is not ScopeKind.GRID:
            return None
        reach = self._grids.get((place.what, village, place_key(place.what, place.name)))
        return place if reach == {place_key(ScopeKind.GRID, grid.name)} else None

    def _codes_like(self, text: str) -> list[str]:
        """Codes of about this length that start alike; to compare with all would take seconds."""
        key = plain(text)
        return [
            code
            for other, code in self._codes.items()
            if other[:2] == key[:2] and abs(len(other) - len(key)) < 2
        ][:500]

    def _complain(self, row: Row, piece: str, village: str) -> None:
        place = piece.replace("＃", "#").partition("#")[0].strip()
        named, rest = self._names.split(_LEVELS.sub("/", place))
        named = named or village
        rest = rest.strip("/")
        levels = [what for what, ends in _ENDS.items() if ends.search(rest)]
        if named and levels:
            inside = list(self._inner.get((levels[-1], named), {}).values())
            there = "、".join(inside[:12]) + ("…" if len(inside) > 12 else "")
            message = f"负责范围“{piece}”：{named}的住户里没有“{rest}”，"
            message += f"有的是 {there}，" if inside else "也没有写这一级的住户，"
        elif levels:
            message = f"负责范围“{piece}”没有写是哪个村的，"
        elif _ZONE_ENDS.search(place):
            zones = list(self._zones.values())
            message = f"负责范围“{piece}”：村表的“片区”一列里没有“{place}”，"
            message += nearest(place, zones) or (
                "" if zones else "请在村表中写明每个村属于哪个片区，"
            )
        else:
            known = [*self._zones.values(), *self._names.names, "全镇", *self._codes_like(place)]
            message = f"负责范围“{piece}”看不懂，{nearest(place, known)}"
        message += "请按“村名/3网格”“村名/5组”“片区名”“全镇”这样写"
        self._findings.add(Code.SCOPE_UNKNOWN, message, row.origin, "scope", before=piece)


def _zone_key(text: str) -> str:
    key = plain(text)
    return _ZONE_ENDS.sub("片", key)


def _is_bare(piece: str) -> bool:
    """Whether a piece names but a grid, group or building, and so the village before it: 9网格."""
    place = piece.replace("＃", "#").partition("#")[0]
    return any(re.fullmatch(r"\d+|.", place_key(what, place)) for what in _INNER)


def _is_town(text: str) -> bool:
    return bool(_TOWNSHIP.fullmatch(plain(text))) or text.endswith(("镇", "乡", "街道", "街道办"))

"""Facts in Chinese: a fact, and the copies that it was met on, in; a sentence out."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from cardgen.causes.finding import CauseKind, Fact
from cardgen.causes.parts import (
    CAMPAIGN_FIELDS,
    HOUSEHOLD_FIELDS,
    VENUE_FIELDS,
    VILLAGE_FIELDS,
)
from cardgen.model import Scope, ScopeKind, Township

_SOME = 3  # villages that a sentence names
_NOTHING = "（空）"
_PLAIN = {
    CauseKind.LINK: "二维码里的链接改了",
    CauseKind.SETTING: "活动文件里这种纸的写法改了",
    CauseKind.FIRST: "以前没有印过",
    CauseKind.DROPPED: "这种纸不再给他们印",
    CauseKind.HELD: "印不成，旧的还在外面",
    CauseKind.SERIALS: "签收的纸换了编号",
    CauseKind.COUNTS: "户数、人数变了",
    CauseKind.LISTED: "名单变了",
    CauseKind.UNKNOWN: "内容改了（原因不明）",
}
_OF_PAPER = {
    CauseKind.LAYOUT: "版式 {} 改了",
    CauseKind.BODY: "{}的正文改了",
    CauseKind.CHANGES: "{}的增减变了",
}


def words_of(fact: Fact, items: Collection[str], places: Iterable[str], where: Places) -> str:
    """What changed, in a sentence. `items` are what a fact of many things was met with, `places`
    the villages of the copies."""
    kind, who, name, field, _, _ = fact
    if kind in _OF_PAPER:
        return _OF_PAPER[kind].format(who)
    match kind:
        case CauseKind.PERSON:
            place = where.of(fact, places)
            return f"{place} {_person(fact)}" if place else _person(fact)
        case CauseKind.HOUSEHOLD:
            return _household(fact, items)
        case CauseKind.VILLAGE:
            return f"{name} 的{VILLAGE_FIELDS[field]}换了：{_change(fact)}"
        case CauseKind.VENUE:
            return f"场所 {name or who} 的{VENUE_FIELDS[field]}改了：{_change(fact)}"
        case CauseKind.CAMPAIGN if field in CAMPAIGN_FIELDS:
            return f"活动的{CAMPAIGN_FIELDS[field]}改了：{_change(fact)}"
        case CauseKind.CAMPAIGN:
            return "活动的标语改了"
        case CauseKind.HOTLINE:
            return _hotline(fact)
        case CauseKind.AREAS:
            return f"{who}变了"
        case CauseKind.CAME:
            return f"新来的住户 {len(items):,} 户" if items else "新来的住户"
        case CauseKind.LEFT:
            return f"户已不在名册，{len(items):,} 户" if items else "已不在名册"
    return _PLAIN[kind]


def _change(fact: Fact) -> str:
    return f"{fact.before or _NOTHING} → {fact.after or _NOTHING}"


def _person(fact: Fact) -> str:
    match fact.field:
        case "phone":
            return f"{fact.who} {fact.name} 的电话换了：{_change(fact)}"
        case "person":
            return f"{fact.who} 换了人：{_change(fact)}"
        case "name":
            return f"{fact.who} 的名字改了：{_change(fact)}（电话没换）"
        case "role":
            return f"{fact.name} 的职务改了：{_change(fact)}"
        case "scope":
            return f"{fact.who} {fact.name} 的负责范围改了：{_change(fact)}"
        case "gone":
            return f"不再有 {fact.who} {fact.name}"
    return f"多了一位 {fact.who} {fact.name}"


def _household(fact: Fact, items: Collection[str]) -> str:
    field = "户号" if fact.field == "code" else HOUSEHOLD_FIELDS[fact.field]
    if not fact.who:
        return f"{len(items):,} 户的{field}改了"
    who = fact.before if fact.field == "code" else fact.who
    return f"住户 {who} 的{field}改了：{_change(fact)}"


def _hotline(fact: Fact) -> str:
    match fact.field:
        case "phone":
            return f"热线 {fact.name} 的电话换了：{_change(fact)}"
        case "name":
            return f"热线的名称改了：{_change(fact)}"
        case "gone":
            return f"不再有热线 {fact.name}"
    return f"多了热线 {fact.name}"


class Places:
    """Of which place somebody is, by where his papers are and what he answers for."""

    def __init__(self, township: Township | None) -> None:
        self._cadres: dict[tuple[str, str], list[Scope]] = {}
        self._zones: dict[str, set[str]] = {}
        for cadre in township.cadres if township else ():
            self._cadres.setdefault((cadre.role, cadre.name), []).extend(cadre.scopes)
        for village in township.villages if township else ():
            self._zones.setdefault(village.zone, set()).add(village.name)
        self._all = set().union(*self._zones.values())

    def of(self, fact: Fact, places: Iterable[str]) -> str:
        """The village where it is one, the zone or the township where it is all of them."""
        villages = list(dict.fromkeys(place for place in places if place))
        if len(villages) == 1:
            return villages[0]
        by_scope = self._by_scope(fact)
        if by_scope or not villages:
            return by_scope
        met = set(villages)
        if self._all and met >= self._all:
            return "全镇"
        for zone, members in self._zones.items():
            if zone and met == members:
                return zone
        if len(villages) <= _SOME:
            return "、".join(villages)
        return f"{'、'.join(villages[:_SOME])}等 {len(villages)} 个村"

    def _by_scope(self, fact: Fact) -> str:
        role = fact.after if fact.field == "role" else fact.who
        name = fact.after if fact.field in ("person", "name") else fact.name
        found = {_place(scope) for scope in self._cadres.get((role, name), ())}
        return found.pop() if len(found) == 1 else ""


def _place(scope: Scope) -> str:
    match scope.what:
        case ScopeKind.TOWNSHIP:
            return "全镇"
        case ScopeKind.ZONE:
            return scope.name
        case ScopeKind.VILLAGE:
            return scope.village or scope.name
        case ScopeKind.HOUSEHOLD:
            return scope.village
    return f"{scope.village} {scope.name}".strip()

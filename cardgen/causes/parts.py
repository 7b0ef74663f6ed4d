"""How what a template was given differs: the parts of a copy before and now in, findings out.

Parts are as JSON has them: "contacts", "household", "households", "campaign", … People,
households and villages are looked for wherever they stand; what is left of a part when they
are taken out is compared as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from cardgen.causes.finding import CauseKind, Fact, Finding, looking_for, once
from cardgen.causes.people import changed_people, is_person, people_in

Parts = Mapping[str, object]

HOUSEHOLD_FIELDS: Mapping[str, str] = {
    "village": "村", "group": "组", "building": "楼栋", "door": "门牌", "head": "户主",
    "phone": "电话", "members": "人口", "kinds": "类别", "grid": "网格", "route": "路线",
    "watch_from": "观察起", "watch_to": "观察止", "note": "备注",
}  # fmt: skip
"""The fields of a household on a paper; headers as in the ledger of changes."""
VILLAGE_FIELDS: Mapping[str, str] = {"zone": "片区", "phone": "值班电话", "group_link": "群二维码"}
VENUE_FIELDS: Mapping[str, str] = {
    "name": "名称", "village": "村", "address": "地址", "kind": "类型",
}  # fmt: skip
CAMPAIGN_FIELDS: Mapping[str, str] = {"title": "标题", "issuer": "落款", "date": "日期"}

_DAYS = frozenset({"watch_from", "watch_to", "date"})
_OWN = frozenset({"serial", "link", "copy_number", "copies"})  # a copy's own, or seen elsewhere
_VILLAGE = {"name", *VILLAGE_FIELDS}
# What a part says when people, households and villages are taken out of it.
_REST: Mapping[str, tuple[CauseKind, str]] = {
    "grid": (CauseKind.AREAS, "网格"), "grids": (CauseKind.AREAS, "网格"),
    "zones": (CauseKind.AREAS, "村和网格"), "villages": (CauseKind.AREAS, "负责的村"),
    "route": (CauseKind.AREAS, "路线"), "duty": (CauseKind.AREAS, "排班"),
    "papers": (CauseKind.AREAS, "随带的纸"), "households": (CauseKind.LISTED, ""),
    "counts": (CauseKind.COUNTS, ""), "households_count": (CauseKind.COUNTS, ""),
    "paper": (CauseKind.SETTING, ""), "size": (CauseKind.SETTING, ""),
    "variant": (CauseKind.SETTING, ""),
}  # fmt: skip


def changed_parts(before: Parts, after: Parts, subject: str, title: str) -> list[Finding]:
    """All that differs between what a copy of `subject` was made of and what it is made of now.

    `title` is that of its paper.
    """
    found: list[Finding] = []
    for name in dict.fromkeys((*after, *before)):
        if name in _OWN or before.get(name) == after.get(name):
            continue
        found += _part(name, before, after, subject, title)
    return once(found)


def _part(
    name: str, before: Parts, after: Parts, subject: str, title: str
) -> Iterator[Finding] | list[Finding]:
    was, now = before.get(name), after.get(name)
    match name:
        case "layout":
            return [Finding(Fact(CauseKind.LAYOUT, title), None)]
        case "body":
            return [Finding(Fact(CauseKind.BODY, title), None)]
        case "changes" | "recalls":
            return [Finding(Fact(CauseKind.CHANGES, title))]
        case "links":
            return _links(_map(was), _map(now), after)
        case "slogan":
            return [Finding(_SLOGANS, looking_for(_text(now)))]
        case "campaign":
            return _campaign(_map(was), _map(now))
        case "venue":
            name = _text(_map(was).get("name"))
            return _fields(CauseKind.VENUE, subject, name, VENUE_FIELDS, _map(was), _map(now))
        case "household":
            return _household(subject, _map(was), _map(now))
    return _lists(name, was, now)


def _lists(name: str, was: object, now: object) -> Iterator[Finding]:
    """A part with people, households or villages in it, and what is left of it."""
    found = False
    for finding in (
        *changed_people(people_in(was), people_in(now)),
        *_households(_by_key(was, _code), _by_key(now, _code)),
        *_villages(_by_key(was, _village), _by_key(now, _village)),
    ):
        found = True
        yield finding
    before, after = _rest(was), _rest(now)
    if before == after:
        if not found:  # another order of the same
            yield Finding(Fact(CauseKind.LISTED), derived=True)
        return
    kind, who = _REST.get(name, (CauseKind.UNKNOWN, ""))
    if kind is CauseKind.AREAS and _rest(was, numbers=False) == _rest(now, numbers=False):
        kind, who = CauseKind.COUNTS, ""
    yield Finding(Fact(kind, who), derived=kind is not CauseKind.SETTING)


# --------------------------------------------------------------------------- single things


_SLOGANS = Fact(CauseKind.CAMPAIGN, field="slogans")


def _campaign(was: Parts, now: Parts) -> Iterator[Finding]:
    yield from _fields(CauseKind.CAMPAIGN, "", "", CAMPAIGN_FIELDS, was, now)
    old, new = _texts(was.get("slogans")), _texts(now.get("slogans"))
    if old != new:
        yield Finding(_SLOGANS, looking_for(*(each for each in new if each not in old)))
    yield from _hotlines(_phones(was.get("hotlines")), _phones(now.get("hotlines")))


def _hotlines(was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[Finding]:
    gone = {name: phone for name, phone in was.items() if name not in now}
    for name, phone in now.items():
        if name in was:
            if was[name] != phone:
                fact = Fact(CauseKind.HOTLINE, "", name, "phone", was[name], phone)
                yield Finding(fact, looking_for(phone))
            continue
        same = next((old for old, number in gone.items() if number == phone), None)
        if same is None:
            yield Finding(Fact(CauseKind.HOTLINE, "", name, "new"), looking_for(name))
        else:
            del gone[same]
            fact = Fact(CauseKind.HOTLINE, "", "", "name", same, name)
            yield Finding(fact, looking_for(name))
    for name in gone:
        yield Finding(Fact(CauseKind.HOTLINE, "", name, "gone"), tuple(now))


def _links(was: Parts, now: Parts, parts: Parts) -> Iterator[Finding]:
    """The link of the campaign that codes of this paper are made from."""
    kinds = ("household", "venue", "cadre", "route", "grid", "village")
    kind = next((each for each in kinds if each in parts), "township")
    old, new = _text(was.get(kind)), _text(now.get(kind))
    if old != new:
        yield Finding(Fact(CauseKind.LINK), looking_for(new.partition("{")[0]))


def _household(code: str, was: Parts, now: Parts) -> Iterator[Finding]:
    return _fields(CauseKind.HOUSEHOLD, code, "", HOUSEHOLD_FIELDS, was, now)


def _households(was: Mapping[str, Parts], now: Mapping[str, Parts]) -> Iterator[Finding]:
    """How a list of households differs; who is on it now, and who is no more."""
    for code, after in now.items():
        before = was.get(code)
        if before is None:
            yield Finding(Fact(CauseKind.CAME), looking_for(_text(after.get("head"))), item=code)
            continue
        yield from _household(code, before, after)
        if before.get("serials") != after.get("serials"):
            yield Finding(Fact(CauseKind.SERIALS), derived=True)
    for code in was:
        if code not in now:
            heads = looking_for(*(_text(home.get("head")) for home in now.values()))
            yield Finding(Fact(CauseKind.LEFT), heads, item=code)


def _villages(was: Mapping[str, Parts], now: Mapping[str, Parts]) -> Iterator[Finding]:
    for name, after in now.items():
        if name in was:
            yield from _fields(CauseKind.VILLAGE, "", name, VILLAGE_FIELDS, was[name], after)
    if was.keys() != now.keys():
        yield Finding(Fact(CauseKind.AREAS, "负责的村"), tuple(now), derived=True)


def _fields(
    kind: CauseKind, who: str, name: str, fields: Iterable[str], was: Parts, now: Parts
) -> Iterator[Finding]:
    for field in fields:
        if was.get(field) == now.get(field):
            continue
        before, after = _text(was.get(field)), _text(now.get(field))
        looks = _said_days(after) if field in _DAYS else _looks(now.get(field))
        if before != after:
            yield Finding(Fact(kind, who, name, field, before, after), looks)


# --------------------------------------------------------------------------- JSON


def _map(value: object) -> Parts:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _texts(value: object) -> list[str]:
    return [_text(each) for each in _list(value)]


def _phones(value: object) -> dict[str, str]:
    lines = [_map(each) for each in _list(value)]
    return {_text(line.get("name")): _text(line.get("phone")) for line in lines}


def _text(value: object) -> str:
    """A value as words show it: nothing for what the roster does not say."""
    if value is None or (value == 0 and value is not False):
        return ""
    return "、".join(_texts(value)) if isinstance(value, list | tuple) else str(value)


def _looks(value: object) -> tuple[str, ...]:
    return (
        looking_for(*_texts(value))
        if isinstance(value, list | tuple)
        else looking_for(_text(value))
    )


def _said_days(day: str) -> tuple[str, ...]:
    """A day as papers may write it: 2026-11-22, 11月22日."""
    parts = day.split("-")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return looking_for(day)
    return (day, f"{int(parts[1])}月{int(parts[2])}日")


def _by_key(value: object, key: Callable[[Parts], str]) -> dict[str, Parts]:
    """The things within a part that have such a key, by it."""
    found: dict[str, Parts] = {}

    def walk(each: object) -> None:
        if isinstance(each, Mapping):
            if name := key(each):
                found.setdefault(name, each)
                return
            for inner in each.values():
                walk(inner)
        elif isinstance(each, list | tuple):
            for inner in each:
                walk(inner)

    walk(value)
    return found


def _code(thing: Parts) -> str:
    return _text(thing["code"]) if "code" in thing and "door" in thing else ""


def _village(thing: Parts) -> str:
    return _text(thing["name"]) if thing.keys() >= _VILLAGE else ""


def _rest(value: object, numbers: bool = True) -> object:
    """A part without people, households and villages; without numbers too, where asked."""
    if isinstance(value, Mapping):
        if _code(value) or _village(value):
            return None
        own = {"role", "name", "phone", "scope", "scopes"} if is_person(value) else frozenset()
        return {key: _rest(each, numbers) for key, each in value.items() if key not in own}
    if isinstance(value, list | tuple):
        rest = [_rest(each, numbers) for each in value]
        return [each for each in rest if each not in (None, {})]
    if isinstance(value, int) and not numbers:
        return 0
    return value

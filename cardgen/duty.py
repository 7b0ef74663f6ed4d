"""Spread people over days and posts: how many people, which seats in; who sits where out.

A seat is a post in a shift of a day. The rule, which is printed on the roster: whoever has
had the fewest shifts comes next, so that loads differ by one at the most; where a day has
several shifts nobody has two running; kinds of shifts and posts go round. The same people
and wishes always give the same roster. Where people are too few, seats stay open, and the
roster says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from cardgen.errors import UsageError

MOST = {"days": 31, "posts": 8, "shifts": 4}
KEYS = ("days", "start", "posts", "shifts")
USUAL_DAYS = 7
USUAL_POSTS = ("值班",)
USUAL_SHIFTS = ("全天",)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a campaign asks of a duty roster. Days count from `start`, if there is one."""

    days: int = USUAL_DAYS
    start: date | None = None
    posts: tuple[str, ...] = USUAL_POSTS
    shifts: tuple[str, ...] = USUAL_SHIFTS


@dataclass(frozen=True, slots=True)
class Duty:
    """Who sits where: `seats[day][shift][post]` is a person's number from 0, or None.

    `loads` has each person's shifts; `needed` is how many people would fill every seat.
    """

    seats: tuple[tuple[tuple[int | None, ...], ...], ...]
    loads: tuple[int, ...]
    needed: int

    @property
    def open(self) -> int:
        """Seats that nobody could take."""
        return sum(person is None for day in self.seats for shift in day for person in shift)


def read_wishes(keys: Mapping[str, Any], where: str, start: date | None) -> Wishes:
    """The wishes in a paper's own keys; `where` is that paper's table, for messages.

    Raises UsageError with the key. Keys that are not of the roster are the template's, but
    for a slip of the pen. `start` is the first day where none is given.
    """
    for key in keys:
        near = get_close_matches(key, KEYS, 1, 0.75)
        if key not in KEYS and near:
            raise UsageError(f"{where}.{key}：这个名称不认识。", f"是不是 {near[0]}？")
    return Wishes(
        _count(keys, where),
        _day(keys, where) or start,
        _names(keys, where, "posts", '["东门", "西门"]') or USUAL_POSTS,
        _names(keys, where, "shifts", '["早班 8-14", "晚班 14-20"]') or USUAL_SHIFTS,
    )


def _count(keys: Mapping[str, Any], where: str) -> int:
    value = keys.get("days", USUAL_DAYS)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST["days"]:
        hint = f"写 1 到 {MOST['days']} 的整数，例如 days = 7。"
        raise UsageError(f"{where}.days：{value!r} 不是天数。", hint)
    return value


def _day(keys: Mapping[str, Any], where: str) -> date | None:
    value = keys.get("start")
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise UsageError(f"{where}.start：{value!r} 不是日期。", "写成 start = 2026-11-23，不加引号。")


def _names(keys: Mapping[str, Any], where: str, key: str, example: str) -> tuple[str, ...]:
    value, hint = keys.get(key, []), f"写成 {key} = {example}。"
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        raise UsageError(f"{where}.{key}：要一列文字。", hint)
    names = tuple(name.strip() for name in value if name.strip())
    if len(names) > MOST[key]:
        raise UsageError(f"{where}.{key}：写了 {len(names)} 个，最多 {MOST[key]} 个。", hint)
    if len(set(names)) < len(names):
        raise UsageError(f"{where}.{key}：同一个名称写了两遍。", hint)
    return names


def spread(people: int, wishes: Wishes) -> Duty:
    """Give every seat to somebody, as the rule has it; what cannot be filled stays open."""
    posts, shifts = len(wishes.posts), len(wishes.shifts)
    # Two shifts that follow one another need different people, and there is nothing else
    # that they need: so this many are enough, and fewer never are.
    needed = posts * (2 if shifts > 1 else 1)
    turns = _Turns(people)
    seats: list[tuple[tuple[int | None, ...], ...]] = []
    for day in range(wishes.days):
        rows = []
        for shift in range(shifts):
            number = day * shifts + shift
            filled = posts if people >= needed else _seats_of_few(people, shifts, number)
            before = turns.running if shifts > 1 else frozenset()
            sitting = [turns.next(shift, post, before) for post in range(min(filled, posts))]
            turns.end_shift()
            rows.append((*sitting, *[None] * (posts - len(sitting))))
        turns.end_day()
        seats.append(tuple(rows))
    return Duty(tuple(seats), tuple(turns.loads), needed)


def _seats_of_few(people: int, shifts: int, number: int) -> int:
    """How many seats too few people fill: all of them in two shifts that follow one another."""
    if shifts == 1:
        return people
    return (people + 1) // 2 if number % 2 == 0 else people // 2


class _Turns:
    """Whose turn it is."""

    def __init__(self, people: int) -> None:
        self.loads = [0] * people
        self.running: frozenset[int] = frozenset()
        self._sitting: list[int] = []
        self._today: set[int] = set()
        self._last = [-1] * people
        self._met: list[Counter[tuple[str, int]]] = [Counter() for _ in range(people)]
        self._seat = 0

    def next(self, shift: int, post: int, resting: frozenset[int]) -> int:
        """Who takes the next seat: fewest shifts, then free until now, fewest of this kind."""
        free = [p for p in range(len(self.loads)) if p not in resting and p not in self._sitting]

        def turn(person: int) -> tuple[int, ...]:
            met = self._met[person]
            tired = person in self.running
            return (
                *(self.loads[person], tired, person in self._today, met["shift", shift]),
                *(met["post", post], self._last[person], person),
            )

        chosen = min(free, key=turn)
        self.loads[chosen] += 1
        self._met[chosen]["shift", shift] += 1
        self._met[chosen]["post", post] += 1
        self._last[chosen] = self._seat
        self._seat += 1
        self._sitting.append(chosen)
        self._today.add(chosen)
        return chosen

    def end_shift(self) -> None:
        """Who has sat now is running."""
        self.running, self._sitting = frozenset(self._sitting), []

    def end_day(self) -> None:
        """Nobody has sat on the next day."""
        self._today.clear()


def rule_of(wishes: Wishes) -> str:
    """The rule in words, to be printed on the roster."""
    several = len(wishes.shifts) > 1
    words = "排班规则：大家轮流，班数少的先排，各人班数最多相差一班；"
    words += "同一人不连上两班" if several else "同一人一天只站一个岗"
    around = "、".join(
        word for word, names in (("班次", wishes.shifts), ("岗位", wishes.posts)) if len(names) > 1
    )
    return words + (f"；{around}尽量轮换。" if around else "。")


def shortage_of(duty: Duty, people: int, wishes: Wishes) -> str:
    """What the roster says where seats stay open; nothing where none does."""
    if not duty.open:
        return ""
    shifts, posts = len(wishes.shifts), len(wishes.posts)
    day = f"每天 {shifts} 班、每班 {posts} 个岗" if shifts > 1 else f"每天 {posts} 个岗"
    return (
        f"人手不够：{day}，要 {duty.needed} 人才排得开，名册里只有 {people} 人。"
        f"有 {duty.open} 个岗位空着，写“缺”，请补人；排在前面的岗位先保。"
    )

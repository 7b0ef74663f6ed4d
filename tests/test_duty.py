"""Duty rosters: fair by the rule that is printed on them, the same each time, honest when short."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardgen.duty import Duty, Wishes, read_wishes, rule_of, shortage_of, spread
from cardgen.errors import UsageError

WHERE = "campaign.toml 的 papers.duty-roster"


def wishes(days: int = 7, posts: int = 1, shifts: int = 1) -> Wishes:
    return Wishes(days, None, tuple("东西南北中前后里"[:posts]), tuple("早中晚夜"[:shifts]))


def drawn(duty: Duty) -> list[str]:
    """A day a line, shifts parted by blanks, people as letters, open seats as dots."""
    return [
        " ".join("".join("." if p is None else "ABCDEFGH"[p] for p in shift) for shift in day)
        for day in duty.seats
    ]


@given(st.integers(1, 20), st.integers(1, 31), st.integers(1, 8), st.integers(1, 4))
def test_the_rule_holds_for_any_roster(people: int, days: int, posts: int, shifts: int) -> None:
    duty = spread(people, wishes(days, posts, shifts))
    seated: Counter[int] = Counter()
    before: set[int] = set()
    for shift in (shift for day in duty.seats for shift in day):
        now = [person for person in shift if person is not None]
        assert len(set(now)) == len(now), "one person on two posts at a time"
        assert shifts == 1 or not before & set(now), "somebody has two shifts running"
        seated.update(now)
        before = set(now)
    assert duty.loads == tuple(seated[person] for person in range(people))
    assert max(duty.loads) - min(duty.loads) <= 1
    assert duty.open == days * posts * shifts - sum(duty.loads)
    if people >= duty.needed:
        assert duty.open == 0
    assert duty == spread(people, wishes(days, posts, shifts))


@given(st.integers(1, 31), st.integers(1, 8), st.integers(2, 4))
def test_with_one_person_less_no_roster_could_be_full(days: int, posts: int, shifts: int) -> None:
    duty = spread(2 * posts - 1, wishes(days, posts, shifts))
    assert duty.needed == 2 * posts
    assert duty.open > 0


def test_three_people_take_turns_at_one_post() -> None:
    assert drawn(spread(3, wishes())) == ["A", "B", "C", "A", "B", "C", "A"]


def test_nobody_always_has_the_night() -> None:
    """Going round the list, eight people at two posts would have the same shift forever."""
    duty = spread(8, wishes(days=16, posts=2, shifts=2))
    nights = [sum(person in day[1] for day in duty.seats) for person in range(8)]
    posts = [sum(person in (day[0][0], day[1][0]) for day in duty.seats) for person in range(8)]
    assert nights == posts == [4] * 8


def test_too_few_people_leave_the_last_posts_open() -> None:
    duty = spread(3, wishes(days=2, posts=2, shifts=2))
    assert drawn(duty) == ["AB C.", "BA C."]
    asked = wishes(days=2, posts=2, shifts=2)
    assert shortage_of(duty, 3, asked) == (
        "人手不够：每天 2 班、每班 2 个岗，要 4 人才排得开，名册里只有 3 人。"
        "有 2 个岗位空着，写“缺”，请补人；排在前面的岗位先保。"
    )
    assert shortage_of(spread(4, asked), 4, asked) == ""


def test_the_rule_says_what_was_done() -> None:
    assert rule_of(wishes()) == (
        "排班规则：大家轮流，班数少的先排，各人班数最多相差一班；同一人一天只站一个岗。"
    )
    assert rule_of(wishes(posts=2, shifts=2)) == (
        "排班规则：大家轮流，班数少的先排，各人班数最多相差一班；同一人不连上两班；班次、岗位尽量轮换。"
    )


def test_wishes_are_read_and_have_their_usual_values() -> None:
    day = date(2026, 11, 23)
    assert read_wishes({}, WHERE, day) == Wishes(7, day, ("值班",), ("全天",))
    keys = {"days": 2, "start": date(2026, 12, 1), "posts": [" 东门 ", ""], "shifts": ["早", "晚"]}
    assert read_wishes(keys, WHERE, day) == Wishes(2, date(2026, 12, 1), ("东门",), ("早", "晚"))
    assert read_wishes({"colour": "red"}, WHERE, None) == Wishes()


@pytest.mark.parametrize(
    ("keys", "message", "hint"),
    [
        ({"days": 0}, "days：0 不是天数。", "写 1 到 31 的整数，例如 days = 7。"),
        ({"days": True}, "days：True 不是天数。", "写 1 到 31 的整数，例如 days = 7。"),
        ({"days": "7"}, "days：'7' 不是天数。", "写 1 到 31 的整数，例如 days = 7。"),
        ({"start": "明天"}, "start：'明天' 不是日期。", "写成 start = 2026-11-23，不加引号。"),
        ({"start": datetime(2026, 1, 1)}, "start：datetime.datetime(2026, 1, 1, 0, 0) 不是日期。",
         "写成 start = 2026-11-23，不加引号。"),
        ({"posts": "东门"}, "posts：要一列文字。", '写成 posts = ["东门", "西门"]。'),
        ({"posts": ["东门", "东门"]}, "posts：同一个名称写了两遍。",
         '写成 posts = ["东门", "西门"]。'),
        ({"shifts": list("一二三四五")}, "shifts：写了 5 个，最多 4 个。",
         '写成 shifts = ["早班 8-14", "晚班 14-20"]。'),
        ({"post": ["东门"]}, "post：这个名称不认识。", "是不是 posts？"),
    ],
)  # fmt: skip
def test_a_wish_that_cannot_be_names_its_key(
    keys: dict[str, object], message: str, hint: str
) -> None:
    with pytest.raises(UsageError) as told:
        read_wishes(keys, WHERE, None)
    assert (told.value.message, told.value.hint) == (f"{WHERE}.{message}", hint)

"""Duty rosters: a paper's wishes and the people of a grid in; what its template shows out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from cardgen.duty import Duty, read_wishes, rule_of, shortage_of, spread
from cardgen.model import GridArea, Problem
from cardgen.plan.sources import Setting
from cardgen.problems import Code, problem
from cardgen.views import (
    DayView,
    DutyPersonView,
    DutyView,
    PersonView,
    ShiftView,
    TurnView,
    WeekView,
)

DAYS_A_WEEK = 7
_WEEKDAYS = "一二三四五六日"


def nobody_for_duty(grid: GridArea) -> Problem:
    """Why a grid gets no duty roster: a roster without people helps nobody."""
    return problem(
        Code.VALUE_MISSING,
        f"{grid.village}{grid.name}没有人可以排班：干部表里没有谁负责这个网格、它的组或楼栋",
    )


class Duties:
    """The duty rosters of one paper."""

    def __init__(self, setting: Setting) -> None:
        """Raises UsageError for a key of the paper that cannot be."""
        paper = setting.paper
        where = f"{setting.campaign_file} 的 papers.{paper.name or paper.layout}"
        self.wishes = read_wishes(paper.extra, where, setting.date)
        self._days = tuple(_day(self.wishes.start, number) for number in range(self.wishes.days))

    def view(self, people: Sequence[PersonView]) -> DutyView:
        """The roster of those people. Who holds two posts in the grid is one person."""
        once = {(person.name, person.phone): person for person in reversed(people)}
        staff = [person for person in people if once[person.name, person.phone] is person]
        duty = spread(len(staff), self.wishes)
        days = range(self.wishes.days)
        return DutyView(
            posts=self.wishes.posts,
            shifts=self.wishes.shifts,
            weeks=tuple(
                self._week(duty, staff, days[at : at + DAYS_A_WEEK])
                for at in range(0, self.wishes.days, DAYS_A_WEEK)
            ),
            rule=rule_of(self.wishes),
            shortage=shortage_of(duty, len(staff), self.wishes),
            seats=sum(duty.loads),
        )

    def _week(self, duty: Duty, staff: Sequence[PersonView], days: range) -> WeekView:
        names = [person.name for person in staff]
        turns = {day: self._turns(duty, names, day) for day in days}
        people = tuple(
            DutyPersonView(
                person.role,
                person.name,
                person.phone,
                duty.loads[number],
                tuple(
                    tuple(turn for seated, turn in turns[day] if seated == number) for day in days
                ),
            )
            for number, person in enumerate(staff)
        )
        posts = len(self.wishes.posts)
        shifts = tuple(
            ShiftView(
                self._days[day],
                name,
                not number,
                tuple(turn for _, turn in turns[day][number * posts : (number + 1) * posts]),
            )
            for day in days
            for number, name in enumerate(self.wishes.shifts)
        )
        return WeekView(tuple(self._days[day] for day in days), people, shifts)

    def _turns(
        self, duty: Duty, names: Sequence[str], day: int
    ) -> list[tuple[int | None, TurnView]]:
        return [
            (person, TurnView(shift, post, "" if person is None else names[person]))
            for shift, seats in zip(self.wishes.shifts, duty.seats[day], strict=True)
            for post, person in zip(self.wishes.posts, seats, strict=True)
        ]


def _day(start: date | None, number: int) -> DayView:
    if start is None:
        return DayView(f"第{number + 1}天", "")
    day = start + timedelta(days=number)
    return DayView(f"{day.month}月{day.day}日", f"周{_WEEKDAYS[day.weekday()]}")

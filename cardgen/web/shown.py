"""Filters for templates: values of the roster and the ledger in, words and marks out."""

from __future__ import annotations

from django import template

from cardgen.desk import Standing
from cardgen.intake import TABLES
from cardgen.ledger import WORDS, Event, Subject
from cardgen.model import Household, Problem, Table
from cardgen.phones import group_digits
from cardgen.uploads import MIB
from cardgen.web.access import Scope
from cardgen.web.plain import for_page, message_for_page, problem_for_page

register = template.Library()
_STANDING = {
    Standing.TRUE: ("good", "已印"),
    Standing.MISSING: ("bad", "没印过"),
    Standing.STALE: ("wait", "内容变了，要换"),
    Standing.HELD: ("bad", "印不成"),
}
_WHY = {"first": "头一次", "changed": "内容变了", "again": "重印", "reprint": "补印"}


@register.filter
def phone(digits: str) -> str:
    """A phone in groups, as it is read aloud."""
    return group_digits(digits)


@register.filter
def place(home: Household) -> str:
    """Where a household lives within its village."""
    return " ".join(filter(None, (home.grid, home.group, home.building, home.door)))


@register.filter
def printed_place(subject: Subject) -> str:
    """Where somebody was when something was printed for him; or what it is, if no household."""
    return " ".join(filter(None, (subject.part, subject.place)))


@register.filter
def standing_class(standing: Standing) -> str:
    """The class of the mark for how a paper stands."""
    return _STANDING[standing][0]


@register.filter
def standing_words(standing: Standing) -> str:
    """How a paper stands, in words."""
    return _STANDING[standing][1]


@register.filter
def why_words(why: str) -> str:
    """Why a copy was printed."""
    return _WHY.get(why, why)


@register.filter
def event_name(event: str) -> str:
    """What became of a copy."""
    return WORDS[Event(event)] if event else ""


@register.filter
def table_name(table: str) -> str:
    """A table of a roster."""
    return TABLES[Table(table)]


@register.filter
def page_words(message: str) -> str:
    """What is wrong, as a page says it."""
    return message_for_page(message)


@register.filter
def told_to(found: Problem, scope: Scope) -> str:
    """Why something is not printed, as a page says it to an account of that scope."""
    return problem_for_page(found, is_office=scope.is_office)


@register.filter
def page_hint(hint: str, scope: Scope) -> str:
    """What to do, as a page says it to an account of that scope."""
    return for_page(hint, is_office=scope.is_office)


@register.filter
def mb(size: int) -> int:
    """Bytes in whole megabytes."""
    return size // MIB


@register.filter
def minute(moment: str) -> str:
    """A moment of the ledger to the minute."""
    return moment[:16].replace("T", " ")

"""What differs between two editions of a copy: one fact, wherever it stands on the paper."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple


class CauseKind(StrEnum):
    """What sort of thing changed.

    CAME and LEFT are households that the roster has now or had before, FIRST and DROPPED
    papers that a subject gets for the first time or no longer, HELD copies that cannot be
    printed now.
    """

    PERSON = "person"
    HOUSEHOLD = "household"
    VILLAGE = "village"
    VENUE = "venue"
    CAMPAIGN = "campaign"
    HOTLINE = "hotline"
    LINK = "link"
    SETTING = "setting"
    BODY = "body"
    LAYOUT = "layout"
    CAME = "came"
    LEFT = "left"
    LISTED = "listed"
    FIRST = "first"
    DROPPED = "dropped"
    HELD = "held"
    SERIALS = "serials"
    COUNTS = "counts"
    AREAS = "areas"
    CHANGES = "changes"
    UNKNOWN = "unknown"


class Fact(NamedTuple):
    """One change, the same on every paper: of `who` (a role, a 户号, a title) and `name`, the
    `field`, from `before` to `after`. What does not tell two changes apart is left empty."""

    kind: CauseKind
    who: str = ""
    name: str = ""
    field: str = ""
    before: str = ""
    after: str = ""


class Finding(NamedTuple):
    """A fact as it was met on one copy.

    `looks` are texts of which one stands on the new copy where the fact can be seen there: none
    where nothing tells, None where it is seen always. What is `derived` follows from others.
    `item` is what a fact of many things (households that came) was met with.
    """

    fact: Fact
    looks: tuple[str, ...] | None = ()
    derived: bool = False
    item: str = ""


def looking_for(*texts: str) -> tuple[str, ...]:
    """Those of the texts that can be looked for."""
    return tuple(text for text in texts if text)


def once(findings: Iterable[Finding]) -> list[Finding]:
    """Each finding once, in order of first sight."""
    return list(dict.fromkeys(findings))

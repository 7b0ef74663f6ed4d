"""What was printed before: copies that are out, and how a new plan differs from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cardgen.model.copy import Held
from cardgen.model.township import Township


class Why(StrEnum):
    """Why a copy was printed."""

    FIRST = "first"
    CHANGED = "changed"
    AGAIN = "again"
    REPRINT = "reprint"


class Touch(StrEnum):
    """How a planned copy stands to what is out.

    HELD is a copy that cannot be printed now while an older one is out; GONE one that is out
    and not planned any more.
    """

    FIRST = "first"
    CHANGED = "changed"
    GONE = "gone"
    HELD = "held"


class ChangeKind(StrEnum):
    """How a household of one import of the rosters stands to the one before."""

    CAME = "came"
    LEFT = "left"
    MOVED = "moved"
    CHANGED = "changed"


class RosterChange(NamedTuple):
    """A household that an import changed: where it is, or was, and each field that differs
    with what it was and what it is, the field by its header in Chinese."""

    kind: ChangeKind
    code: str
    village: str
    head: str
    place: str
    fields: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """An import of the rosters as the ledger lists it.

    `files` are the SHA-256 of the roster's files by name. The last four count households since
    the import before; `is_first` where there is none, and nothing to count.
    """

    id: int
    made: str
    digest: str
    files: Mapping[str, str] = field(hash=False)
    villages: int
    cadres: int
    households: int
    is_first: bool
    came: int = 0
    left: int = 0
    moved: int = 0
    changed: int = 0


class Key(NamedTuple):
    """What a serial is for, whatever its edition: the n-th copy, from 0, of a paper."""

    layout: str
    subject: str
    number: int = 0


class Out(NamedTuple):
    """The newest copy that is out for a key.

    `edition` counts from 0 and rises when what can be seen changes; `content` is a digest of
    what can be seen but the serial; `parts` are the digests of what its template was given;
    `is_returned` where it has come back, or is lost; `is_recalled` where it is asked for.
    """

    edition: int
    serial: str
    content: str
    parts: Mapping[str, str]
    village: str = ""
    is_returned: bool = False
    is_delivered: bool = False
    is_recalled: bool = False


class Noted(NamedTuple):
    """What the ledger keeps of a copy beside where it stands."""

    key: Key
    edition: int
    content: str
    parts: Mapping[str, str]
    why: Why
    replaces: str = ""
    """The serial that this one takes the place of."""


@dataclass(frozen=True, slots=True)
class Touched:
    """A copy that differs from what is out.

    `before` and `after` are what the templates were given, as JSON reads it: "contacts",
    "household", "campaign", …; "layout" is a digest of the layout's own files. `serial` is the
    copy that is out and no longer true, nothing where there is none. `shown` are the texts that
    can be seen on the new copy; empty where that is not known.
    """

    layout: str
    title: str
    subject: str
    village: str
    touch: Touch
    number: int = 0
    serial: str = ""
    new_serial: str = ""
    before: Mapping[str, object] = field(default_factory=dict, hash=False)
    after: Mapping[str, object] = field(default_factory=dict, hash=False)
    shown: frozenset[str] = frozenset()
    delivered: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """How a plan differs from what is out, in the order of the plan, those that are gone last.

    `same` counts the copies that are out and still true, `copies` all that were planned. `now`
    is what the rosters say, `then` what they said when something was last printed. `held` are the
    copies that cannot be printed, each with its reasons.
    """

    touched: tuple[Touched, ...]
    same: int
    copies: int
    now: Township | None = None
    then: Township | None = None
    held: tuple[Held, ...] = ()

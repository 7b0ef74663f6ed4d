"""Copies on their way: planned, filled, placed on a cell, held back, looked for in the file.

What goes to the workers by the thousand is a NamedTuple: it is pickled five times as fast as
a frozen dataclass.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from cardgen.model.roster import Problem
from cardgen.units import Rect


class Fact(NamedTuple):
    """Something that must be readable on a finished copy: a serial, a name, a phone, a code."""

    what: str
    text: str


class Copy(NamedTuple):
    """One paper for one subject.

    `data` is what the layout's template may read; `facts` what the finished copy must show,
    told by the plan and not by the template.
    """

    serial: str
    layout: str
    subject: str
    village: str
    data: Mapping[str, object]
    facts: tuple[Fact, ...] = ()

    def without_data(self) -> Copy:
        """The same copy once its template has been rendered, light enough to be sent on."""
        return Copy(self.serial, self.layout, self.subject, self.village, {}, self.facts)


@dataclass(frozen=True, slots=True)
class Held:
    """A copy that is not printed, and why; `excluded` where that is on purpose."""

    layout: str
    subject: str
    village: str
    reasons: tuple[Problem, ...]
    excluded: bool = False


class BundleKind(StrEnum):
    """By what the copies of a bundle belong together."""

    ROUTE = "route"
    GRID = "grid"
    VILLAGE = "village"


class Carrier(NamedTuple):
    """Somebody who carries a bundle to its doors; `phone` holds digits only."""

    role: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """What one carrier takes: the copies of a route, a grid or a village.

    `name` is that of the route or grid, or of the village itself. Where it is too much for one
    volume, this is part `part` of `parts`. `carriers` are empty where nobody is known.
    """

    kind: BundleKind
    name: str
    village: str
    part: int = 1
    parts: int = 1
    carriers: tuple[Carrier, ...] = ()

    @property
    def title(self) -> str:
        """Its name, and which part of it: 3网格, 唐湾1线（1/2）."""
        return self.name if self.parts == 1 else f"{self.name}（{self.part}/{self.parts}）"


@dataclass(frozen=True, slots=True)
class Volume:
    """What becomes one PDF file: `name` is its path below the output folder.

    `bundle` is None for papers that nobody carries from door to door.
    """

    name: str
    layout: str
    village: str
    copies: tuple[Copy, ...]
    bundle: Bundle | None = None


class Filled(NamedTuple):
    """A copy ready for the press: its form, and what goes into the form's slots."""

    copy: Copy
    form_key: str
    texts: tuple[str, ...]
    links: tuple[str, ...]


class Line(NamedTuple):
    """One line of text in a slot: left end of the baseline, in points, before the slot's matrix."""

    text: str
    x_pt: float
    y_pt: float
    size_pt: float
    width_pt: float


@dataclass(frozen=True, slots=True)
class Cell:
    """A place on a sheet. `place` counts from 0 in reading order; millimetres, of the trim.

    `turned` means that the copy stands on its head there: the back of a sheet that the printer
    turns over the edge above.
    """

    place: int
    left_mm: float
    bottom_mm: float
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Mark:
    """A code that must be found on a page: its square in points, and what it must say."""

    box_pt: Rect
    text: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What a finished copy must show: on which page, in which trimmed cell (points), what.

    Pages count from 0. `texts` are all that was stamped, `facts` what the plan asks for.
    Beside its texts, every copy with the same `form` shows the same. `known` are the serials
    that may be read there: a sign-off sheet lists those of other papers. `boxes` is where each
    text must stand on the page, `floors_pt` the least size of its type; without them, the
    texts may stand anywhere in the cell.
    """

    serial: str
    page: int
    cell_pt: Rect
    texts: tuple[str, ...]
    facts: tuple[Fact, ...]
    codes: tuple[Mark, ...]
    form: str = ""
    known: frozenset[str] = frozenset()
    boxes: tuple[Rect, ...] = ()
    floors_pt: tuple[float, ...] = ()

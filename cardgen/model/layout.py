"""What a layout says of itself, and what it becomes when it has been laid out once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple

from cardgen.units import Rect


class SubjectKind(StrEnum):
    """What a copy is made for."""

    HOUSEHOLD = "household"
    VILLAGE = "village"
    CADRE = "cadre"
    VENUE = "venue"
    GRID = "grid"
    ROUTE = "route"
    TOWNSHIP = "township"
    VOLUME = "volume"  # what lies on top of a bundle: made with it, never asked for by itself


class Paper(StrEnum):
    """Sheet sizes known by name; `size_mm` gives width and height, portrait.

    "single" is no size: a page for each copy, as large as its bleed and marks need.
    """

    A3 = "A3"
    A4 = "A4"
    A5 = "A5"
    SRA3 = "SRA3"
    LETTER = "letter"
    SINGLE = "single"

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height in millimetres (ISO 216; ISO 217 for SRA3; ANSI Y14.1 for letter)."""
        return _PAPER_MM[self]


_PAPER_MM: dict[str, tuple[float, float]] = {
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
    "A5": (148.0, 210.0),
    "SRA3": (320.0, 450.0),
    "letter": (215.9, 279.4),
}


IN_THE_HAND_MM = 0.4
ON_A_WALL_MM = 1.0
"""The least width of a code's module, in mm: on a card, and on what hangs and is read from afar."""


class Duplex(StrEnum):
    """Whether both sides are printed, and over which edge the printer turns the sheet."""

    NONE = ""
    LONG = "long"
    SHORT = "short"


class Sides(NamedTuple):
    """A length on each side of a sheet, in mm."""

    top: float
    right: float
    bottom: float
    left: float

    @classmethod
    def all(cls, length_mm: float) -> Sides:
        """The same on all four."""
        return cls(length_mm, length_mm, length_mm, length_mm)


OFFICE_MARGINS_MM = Sides.all(5.0)
"""What office laser printers leave white."""


@dataclass(frozen=True, slots=True)
class Label:
    """A sheet that is sold ready cut into labels or badges; all lengths in mm.

    `left_mm` and `top_mm` lead from the sheet's corner to the first label, `pitch_x_mm` and
    `pitch_y_mm` from one label to the next. `source` says where the measures are from.
    """

    name: str
    title: str
    paper: Paper
    columns: int
    rows: int
    width_mm: float
    height_mm: float
    left_mm: float
    top_mm: float
    pitch_x_mm: float
    pitch_y_mm: float
    source: str


@dataclass(frozen=True, slots=True)
class SheetSpec:
    """How copies are put on a sheet, as a layout or a campaign asks for it. Millimetres.

    `own_mm` is a size that has no name, width and height as it lies. 0 rows or columns mean: as
    many as fit. `margins_mm` is what the printer cannot print on. `order` is "reading" or
    "cut-stack"; then a block is cut at once, `stack_mm` high at the most, of sheets of
    `caliper_mm`. `start` is the first free cell of a used sheet, from 1. `label` is the
    ready-cut sheet that stands in for paper, rows, columns and gutters. `printer` is the one in
    printers.toml that prints both sides; `back_shift_mm` moves the backs right and up, against
    what it is off.
    """

    paper: Paper = Paper.A4
    own_mm: tuple[float, float] | None = None
    landscape: bool = False
    columns: int = 0
    rows: int = 0
    gutter_x_mm: float = 0.0
    gutter_y_mm: float = 0.0
    margins_mm: Sides = OFFICE_MARGINS_MM
    marks: bool = True
    foot: bool = True
    order: str = "reading"
    duplex: Duplex = Duplex.NONE
    start: int = 1
    stack_mm: float = 40.0
    caliper_mm: float = 0.25
    label: Label | None = None
    printer: str = ""
    back_shift_mm: tuple[float, float] = (0.0, 0.0)

    @property
    def block_sheets(self) -> int:
        """How many sheets are cut at once."""
        return max(1, int(self.stack_mm / self.caliper_mm + 1e-6))


@dataclass(frozen=True, slots=True)
class LayoutSpec:
    """What layout.toml says, and where the layout's folder is.

    `floors_pt` maps a name to the smallest type size that text of that name may be set in;
    `text` is the floor of slots that name none. `must_show` lists the facts that the
    finished copy is read back for. `subjects` are the kinds that it can be made for, `subject`
    the one meant. `kinds` are the households it is for where a campaign names none (empty:
    all), `watch` those under home watch only; `for_roles` the posts whose holders get it
    (empty: all). `flows` means that it is laid out whole for each copy, over as many pages as
    it takes. `needs` is what it is made of beside its subject: "changes", "recalls", "duty".
    `body` is its usual text, `sizes` the papers that it can be printed on. `variants` are its
    kinds, and where the code of each comes from (see `cardgen.plan.codes`). `module_mm` is the
    least width of a module of its codes. `back` means that its back.html is printed behind it.
    It is folded `folds_across_mm` from its top and `folds_down_mm` from its left.
    """

    name: str
    folder: str
    title: str
    subject: SubjectKind
    width_mm: float
    height_mm: float
    bleed_mm: float
    public: bool
    roles: tuple[str, ...]
    must_show: tuple[str, ...]
    floors_pt: Mapping[str, float] = field(hash=False)
    sheet: SheetSpec = SheetSpec()
    subjects: tuple[SubjectKind, ...] = ()
    copies: int = 1
    kinds: tuple[str, ...] = ()
    watch: bool = False
    for_roles: tuple[str, ...] = ()
    flows: bool = False
    needs: tuple[str, ...] = ()
    body: str = ""
    sizes: tuple[Paper, ...] = ()
    module_mm: float = IN_THE_HAND_MM
    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)
    back: bool = False
    folds_across_mm: tuple[float, ...] = ()
    folds_down_mm: tuple[float, ...] = ()

    def sized(self, paper: Paper) -> LayoutSpec:
        """The same on another paper of its `sizes`, upright or lying as it was."""
        width_mm, height_mm = paper.size_mm
        if self.width_mm > self.height_mm:
            width_mm, height_mm = height_mm, width_mm
        sheet = replace(self.sheet, paper=paper)
        return replace(self, width_mm=width_mm, height_mm=height_mm, sheet=sheet)


Colour = tuple[float, ...]
"""Ink as PDF counts it: 1 number is grey, 3 are RGB, 4 are CMYK, each from 0 to 1."""

Matrix = tuple[float, float, float, float, float, float]
"""a b c d e f of PDF 32000-1, 8.3.4, in points, origin lower left."""


class Align(StrEnum):
    """Where a line stands in its box."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class TypeStyle:
    """How a slot's text is set. `leading_pt` is the distance from baseline to baseline."""

    family: str
    weight: int
    size_pt: float
    leading_pt: float
    colour: Colour
    align: Align
    letter_spacing_pt: float = 0.0
    features: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A place whose text differs from copy to copy.

    `box_pt` and `baseline_pt` (of the first of `lines` lines) are measured on the trimmed
    page before `matrix`, which turns or moves the slot where the layout does so.
    """

    name: str
    box_pt: Rect
    baseline_pt: float
    lines: int
    floor_pt: float
    style: TypeStyle
    matrix: Matrix | None = None


@dataclass(frozen=True, slots=True)
class CodeSlot:
    """A place for a QR code: `box_pt` is the square that holds code and quiet zone.

    `module_mm` is the least width of a module, for the distance at which it is read.
    With `logo` the code leaves out its middle, where the art has something to show.
    """

    name: str
    box_pt: Rect
    level: str
    colour: Colour
    matrix: Matrix | None = None
    module_mm: float = IN_THE_HAND_MM
    logo: bool = False


@dataclass(frozen=True, slots=True)
class Leaf:
    """One page of a form: its static art as a page of a PDF, and its slots.

    Where sheets are printed on both sides, leaves alternate: front, back, front of the next.
    `art` is a PDF that all leaves of the form share, fonts and all; `page` counts from 0 in it.
    The art's page is trim plus bleed, its origin the lower left corner of the trim.
    Each slot comes with the number of the value that goes into it. `baked` is the text outside
    the slots, which all copies of the form share.
    """

    art: bytes = field(repr=False)
    slots: tuple[tuple[int, Slot], ...]
    codes: tuple[tuple[int, CodeSlot], ...]
    baked: str = ""
    page: int = 0


@dataclass(frozen=True, slots=True)
class Form:
    """A layout laid out once. `key` is the digest of its hollow HTML and style."""

    key: str
    width_pt: float
    height_pt: float
    bleed_pt: float
    leaves: tuple[Leaf, ...]

    @property
    def baked(self) -> str:
        """The text outside the slots of all leaves."""
        return "".join(leaf.baked for leaf in self.leaves)

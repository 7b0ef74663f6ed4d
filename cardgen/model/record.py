"""What a finished file must show, as it is kept beside it; and what a later reading finds.

Points, origin lower left of the page as one looks at it; pages count from 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from cardgen.model.copy import Fact
from cardgen.model.layout import Matrix
from cardgen.units import Rect

Line2 = tuple[float, float, float, float]
"""Two places: x and y of one, x and y of the other."""


class SlotShape(NamedTuple):
    """Where a text of a copy must stand: its number, its box on the copy, its least size."""

    number: int
    box_pt: Rect
    floor_pt: float


class CodeShape(NamedTuple):
    """Where a code of a copy must stand: the number of its link, its square on the copy."""

    number: int
    box_pt: Rect


@dataclass(frozen=True, slots=True)
class LeafShape:
    """A leaf of a form, as it is read back."""

    slots: tuple[SlotShape, ...]
    codes: tuple[CodeShape, ...]


@dataclass(frozen=True, slots=True)
class FormShape:
    """A form as it is read back: its trimmed size and its leaves."""

    width_pt: float
    height_pt: float
    leaves: tuple[LeafShape, ...]


class LeafPlace(NamedTuple):
    """Where a leaf of a copy lies: its page, and how its points become those of the page."""

    page: int
    matrix: Matrix


class CopyRecord(NamedTuple):
    """A copy as it must be read back: `facts` by leaf.

    `cell` is from 1, as in the manifest; 0 for what lies on top of the copies and is none.
    """

    serial: str
    subject: str
    village: str
    form: str
    cell: int
    texts: tuple[str, ...]
    links: tuple[str, ...]
    facts: tuple[tuple[Fact, ...], ...]
    places: tuple[LeafPlace, ...]
    known: tuple[str, ...] = ()


class CellShape(NamedTuple):
    """A cell of a sheet's side: how a copy's points become those of the page, and its reach."""

    matrix: Matrix
    reach_pt: Rect


class PageShape(NamedTuple):
    """A kind of page: its size, its cells, and where else there may be ink.

    Without cells there may be ink everywhere.
    """

    width_pt: float
    height_pt: float
    cells: tuple[CellShape, ...]
    beside_pt: tuple[Rect, ...]

    @property
    def ink_pt(self) -> tuple[Rect, ...]:
        """Where there may be ink; nothing where it may be everywhere."""
        reach = tuple(cell.reach_pt for cell in self.cells)
        return reach and reach + self.beside_pt


@dataclass(frozen=True, slots=True)
class FileRecord:
    """All that a finished file must show.

    `pages` names for each page its shape; the first shapes are the sides of a sheet of copies,
    those of covers come behind. `rests` are digests of what each leaf of a form shows beside
    its copies' texts, `numbers` the telephone numbers among that. `anchors` tell for a copy's
    leaf (serial, number) where its serial's first and last character stand on it. These three
    are measured when the file is read for the first time, and missing for what was not read.
    """

    file: str
    layout: str
    duplex: bool
    shapes: tuple[PageShape, ...]
    pages: tuple[int, ...]
    forms: Mapping[str, FormShape] = field(hash=False)
    copies: tuple[CopyRecord, ...]
    rests: Mapping[str, str] = field(default_factory=dict, hash=False)
    anchors: Mapping[tuple[str, int], Line2] = field(default_factory=dict, hash=False)
    numbers: Mapping[str, Sequence[str]] = field(default_factory=dict, hash=False)


class Fault(NamedTuple):
    """What is wrong with a copy; `danger` where it shows what is somebody else's."""

    text: str
    danger: str = ""

    @property
    def words(self) -> str:
        """Both in one sentence, nothing twice."""
        if self.danger in self.text:
            return self.text
        return f"{self.text}；{self.danger}"


class Verdict(StrEnum):
    """What to do with a copy that has been read back."""

    OK = "OK"
    REPRINT = "重印"
    PULL = "抽出"


class Checked(NamedTuple):
    """A copy read back: where it stands by the manifest, the verdict and its reason."""

    serial: str
    layout: str
    subject: str
    village: str
    file: str
    sheet: int
    side: int
    cell: int
    verdict: Verdict
    reason: str = ""

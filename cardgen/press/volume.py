"""Put a volume together: fitted copies on a grid in, the bytes of one PDF out.

Each form's art stands in the file once; a copy is its art placed, and its own text and
codes. The bytes depend on nothing but the input.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from reportlab import rl_config
from reportlab.lib.rl_accel import fp_str  # noqa: F401 - loads the C accelerator if it is there
from reportlab.pdfbase.pdfdoc import (
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObject,
    PDFResourceDictionary,
    PDFStream,
    PDFZCompress,
    xObjectName,
)
from reportlab.pdfgen.canvas import Canvas

from cardgen.fonts.setting import number_of
from cardgen.impose import Grid
from cardgen.model import FOR_OFFICE, Filled, Form, Line, Matrix, Target
from cardgen.press.art import add_art
from cardgen.press.beside import Beside
from cardgen.press.inks import Inks
from cardgen.press.profile import add_head, page_boxes, version_of
from cardgen.press.raw import Raw
from cardgen.press.stamp import Stamp, matrix_operator
from cardgen.press.type0 import UsedFace
from cardgen.units import Rect, mm_to_pt

_NOTHING_MM = 1e-6
_FONTS = "BasicFonts"  # the dictionary of fonts that all of ReportLab's pages share


@dataclass(frozen=True, slots=True)
class Placed:
    """A copy at its place: sheet and cell counted from 0, and the lines of its texts."""

    filled: Filled
    fitted: tuple[tuple[Line, ...], ...]
    sheet: int
    place: int


class _Frame(PDFObject):  # type: ignore[misc]
    """A page's dictionary but for its contents: formatted once for all pages that share it."""

    def __init__(self, boxes: Mapping[str, PDFObject], names: Iterable[str]) -> None:
        """`boxes` are those of the page, `names` the forms that it shows."""
        self._boxes = boxes
        self._names = names
        self._parts: tuple[bytes, bytes] | None = None

    def around(self, document: PDFDocument) -> tuple[bytes, bytes]:
        """What stands before and behind the reference to the contents."""
        if self._parts is None:
            resources = PDFResourceDictionary()
            resources.basicFonts()
            resources.allProcs()
            resources.XObject = document.xobjDict(self._names)
            page = {
                "Type": PDFName("Page"),
                "Parent": document.Reference(document.Pages),
                **self._boxes,
                "Resources": resources,
                "Contents": Raw(_CONTENTS),
            }
            before, _, behind = PDFDictionary(page).format(document).partition(_CONTENTS)
            self._parts = before, behind
        return self._parts


class _Page(PDFObject):  # type: ignore[misc]
    """A page: ReportLab's own takes three times as long to write the same bytes."""

    __RefOnly__ = 1  # a page is always referred to

    def __init__(self, frame: _Frame, operators: str) -> None:
        self._frame = frame
        self.operators = operators.encode()

    def format(self, document: PDFDocument) -> bytes:
        """The page's dictionary; its contents follow as an object of their own."""
        before, behind = self._frame.around(document)
        contents = document.Reference(PDFStream(None, self.operators, [PDFZCompress]))
        return b"".join((before, contents.format(document), behind))


class _File(Canvas):  # type: ignore[misc]
    """ReportLab's canvas without the Helvetica that it puts into every file."""

    def _make_preamble(self) -> None:
        self._preamble = ""


_CONTENTS = b"%contents%"
_PREAMBLE = "1 0 0 1 0 0 cm"


def sides_needed(grid: Grid, forms: Mapping[str, Form], copies: Iterable[Placed]) -> dict[int, int]:
    """How many pages each sheet takes: as many as its longest form has leaves.

    Printed on both sides they come in pairs, so that the next copy starts on a new sheet.
    """
    sides: dict[int, int] = {}
    for each in copies:
        leaves = len(forms[each.filled.form_key].leaves)
        if grid.is_duplex:
            leaves += leaves % 2
        sides[each.sheet] = max(sides.get(each.sheet, 0), leaves)
    return dict(sorted(sides.items()))


def press_volume(
    title: str,
    grid: Grid,
    forms: Mapping[str, Form],
    copies: Sequence[Placed],
    *,
    foot: str = "",
    voids: Mapping[int, Sequence[int]] | None = None,
    target: Target = FOR_OFFICE,
    lead: Sequence[Placed | None] = (),
    lead_grid: Grid | None = None,
) -> bytes:
    """One PDF with the copies on their sheets; a form of several leaves fills several pages.

    `copies` come in the order of their sheets, then of their places. `foot` is written at the
    foot of each sheet; `voids` are the empty cells of each sheet that are crossed out. `lead`
    are pages in front of them, each in the one cell of `lead_grid`; None is a blank back.
    """
    inks = Inks(target)
    canvas = _canvas(grid, version_of(target))
    document = canvas._doc
    names = {key: f"form{number}" for number, key in enumerate(_keys_used(copies, lead))}
    for key, name in names.items():
        add_art(document, name, forms[key], inks)
    stamp, shown = Stamp(inks), hashlib.sha256(f"{target.profile} {title}".encode())
    sides = sides_needed(grid, forms, copies)
    before = len(lead) // 2 if grid.is_duplex else len(lead)
    beside = Beside(grid, foot, voids, sheets=len(sides), before=before)
    top = Beside(lead_grid or grid)
    for page in chain(
        _lead_pages(top, forms, names, lead, stamp, target),
        _pages(beside, sides, forms, names, copies, stamp, target),
    ):
        document.addPage(page)
        shown.update(page.operators)
    for key in names:
        shown.update(key.encode())
    add_head(document, target, title, shown.digest()[:16], grid.duplex)
    _add_fonts(document, stamp)
    return bytes(canvas.getpdfdata())


def press_drawn(title: str, grid: Grid, drawn: Sequence[str], stamp: Stamp) -> bytes:
    """One PDF of pages that are no copies: the operators of each, whose text `stamp` wrote."""
    canvas = _canvas(grid, version_of(FOR_OFFICE))
    document = canvas._doc
    for side, operators in enumerate(drawn):
        frame = _Frame(page_boxes(grid, FOR_OFFICE, side % 2), ())
        document.addPage(_Page(frame, operators))
    digest = hashlib.sha256("\0".join((title, *drawn)).encode()).digest()[:16]
    add_head(document, FOR_OFFICE, title, digest, grid.duplex)
    _add_fonts(document, stamp)
    return bytes(canvas.getpdfdata())


def _add_fonts(document: PDFDocument, stamp: Stamp) -> None:
    fonts = document.idToObject[_FONTS].dict
    codes = stamp.used()
    for face in sorted(codes, key=lambda face: face.key):
        used = UsedFace(face)
        used.use(sorted(codes[face]))
        fonts[face.key] = used.add_to(document)


def _pages(
    beside: Beside,
    sides: Mapping[int, int],
    forms: Mapping[str, Form],
    names: Mapping[str, str],
    copies: Sequence[Placed],
    stamp: Stamp,
    target: Target,
) -> Iterator[_Page]:
    """The pages of all sheets in order; where both sides are printed, front and back by turns."""
    grid = beside.grid
    reach = range(2 if grid.is_duplex else 1)
    boxes = [page_boxes(grid, target, side) for side in reach]
    frames: dict[tuple[int, tuple[str, ...]], _Frame] = {}
    places = [[_place(grid, place, side) for place in range(grid.places)] for side in reach]
    heads = [f"{_PREAMBLE}\n{beside.lines(side)}" for side in reach]
    for sheet in _by_sheet(copies):
        serials = [placed.filled.copy.serial for placed in sheet]
        for leaf in range(sides[sheet[0].sheet]):
            side = leaf % len(reach)
            parts = [heads[side], *beside.operators(stamp, sheet[0].sheet, side, serials)]
            shown: set[str] = set()
            for placed in sheet:
                form = forms[placed.filled.form_key]
                if leaf < len(form.leaves):
                    name = f"{names[form.key]}.{leaf}"
                    text = stamp.leaf(form, leaf, placed.filled, placed.fitted)
                    where = places[side][placed.place]
                    parts.append(f"{where}\n/{xObjectName(name)} Do\n{text}\nQ")
                    shown.add(name)
            key = side, tuple(sorted(shown))
            if key not in frames:
                frames[key] = _Frame(boxes[side], key[1])
            yield _Page(frames[key], "\n".join(parts) + "\n \n")


def _lead_pages(
    beside: Beside,
    forms: Mapping[str, Form],
    names: Mapping[str, str],
    lead: Sequence[Placed | None],
    stamp: Stamp,
    target: Target,
) -> Iterator[_Page]:
    """The pages in front of the copies: one copy on each, or none."""
    grid = beside.grid
    frames: dict[tuple[int, str], _Frame] = {}
    for number, placed in enumerate(lead):
        side = number % 2 if grid.is_duplex else 0
        parts, name = [_PREAMBLE], ""
        if placed is not None:
            form = forms[placed.filled.form_key]
            name = f"{names[form.key]}.0"
            text = stamp.leaf(form, 0, placed.filled, placed.fitted)
            parts += [beside.lines(side), *beside.operators(stamp, 0, side, ())]
            parts.append(f"{_place(grid, 0, side)}\n/{xObjectName(name)} Do\n{text}\nQ")
        if (side, name) not in frames:
            boxes = page_boxes(grid, target, side)
            frames[side, name] = _Frame(boxes, (name,) if name else ())
        yield _Page(frames[side, name], "\n".join(parts) + "\n \n")


def _canvas(grid: Grid, version: tuple[int, int]) -> Canvas:
    rl_config.pdfComments = 0
    rl_config.useA85 = 0
    return _File(
        io.BytesIO(),
        pagesize=(mm_to_pt(grid.width_mm), mm_to_pt(grid.height_mm)),
        pageCompression=1,
        invariant=1,
        pdfVersion=version,
        lang="zh-CN",
    )


def _keys_used(copies: Sequence[Placed], lead: Sequence[Placed | None]) -> list[str]:
    every = (placed for placed in (*copies, *lead) if placed is not None)
    return list(dict.fromkeys(placed.filled.form_key for placed in every))


def _by_sheet(copies: Sequence[Placed]) -> list[list[Placed]]:
    sheets: dict[int, list[Placed]] = {}
    for placed in copies:
        sheets.setdefault(placed.sheet, []).append(placed)
    return [sheets[number] for number in sorted(sheets)]


def _place(grid: Grid, place: int, side: int) -> str:
    """The operators that go to a place on the sheet, and keep the art within its reach."""
    return f"q{_clip(grid, place, side)} {matrix_operator(matrix_of(grid, place, side))}"


def matrix_of(grid: Grid, place: int, side: int) -> Matrix:
    """How a copy's own points become those of the sheet."""
    cell = grid.cell(place, side)
    left, bottom = mm_to_pt(cell.left_mm), mm_to_pt(cell.bottom_mm)
    if cell.turned:
        right = left + mm_to_pt(grid.copy_width_mm)
        return (-1, 0, 0, -1, right, bottom + mm_to_pt(grid.copy_height_mm))
    return (1, 0, 0, 1, left, bottom)


def _clip(grid: Grid, place: int, side: int) -> str:
    """Clip a copy's art where its bleed would reach into its neighbour."""
    box = grid.bleed_box_mm(place, side)
    if abs(box.width - grid.copy_width_mm - 2 * grid.bleed_mm) < _NOTHING_MM and (
        abs(box.height - grid.copy_height_mm - 2 * grid.bleed_mm) < _NOTHING_MM
    ):
        return ""
    return f" {_rect_pt(box)} re W n"


def _rect_pt(box: Rect) -> str:
    return " ".join(number_of(mm_to_pt(v)) for v in (box.left, box.bottom, box.width, box.height))

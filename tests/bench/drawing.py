"""Read a form as one would draw it by hand: a form and its filled copies in, a deck out.

The art's texts and boxes are read from its PDF with PDFium, the slots from the form, so that
the peers draw the very card that the layout makes today.
"""

from __future__ import annotations

import ctypes
import io
from collections.abc import Iterator, Sequence

import pypdfium2
import pypdfium2.raw as pdfium

from cardgen import fonts
from cardgen.impose import Grid
from cardgen.model import Filled, Form
from cardgen.press.stamp import fit_all
from cardgen.units import Rect
from tests.bench.deck import Box, Card, Deck, Face, Style, Text

MM_PER_PT = 25.4 / 72
THICKEST_LINE_PT = 2.0
Colour = tuple[int, int, int]


def draw_deck(form: Form, grid: Grid, copies: Sequence[Filled]) -> Deck:
    """The copies, all of one form, as a deck."""
    styles = _Styles(form)
    art = list(_art_of(form, styles))
    cards = tuple(
        Card(tuple(styles.lines_of(filled)), filled.links[0] if filled.links else "")
        for filled in copies
    )
    codes = form.leaves[0].codes
    return Deck(
        sheet_mm=(grid.width_mm, grid.height_mm),
        corners_mm=tuple(_corner(grid, place) for place in range(grid.places)),
        faces=styles.faces,
        styles=tuple(styles.numbers),
        boxes=tuple(part for part in art if isinstance(part, Box)),
        fixed=tuple(part for part in art if not isinstance(part, Box)),
        code_mm=_code_mm(form, codes[0][1].box_pt) if codes else None,
        cards=cards,
    )


def _corner(grid: Grid, place: int) -> tuple[float, float]:
    cell = grid.cell(place)
    return cell.left_mm, grid.height_mm - cell.bottom_mm - grid.copy_height_mm


def _code_mm(form: Form, box: Rect) -> tuple[float, float, float]:
    left, top = box.left * MM_PER_PT, (form.height_pt - box.top) * MM_PER_PT
    return left, top, box.width * MM_PER_PT


class _Styles:
    """The styles met, each with its number; and the faces that they use."""

    def __init__(self, form: Form) -> None:
        self.numbers: dict[Style, int] = {}
        self.faces: dict[str, Face] = {}
        self._form = form

    def number(self, style: Style) -> int:
        """The style's number, a new one at first sight."""
        return self.numbers.setdefault(style, len(self.numbers))

    def face(self, family: str, weight: int) -> str:
        """The key of the face that a role and weight name."""
        face = fonts.chain(family, weight)[0]
        name = f"Cardgen {face.name.removeprefix('cg-').capitalize()}"
        self.faces.setdefault(face.key, Face(face.file, name, face.weight))
        return face.key

    def lines_of(self, filled: Filled) -> Iterator[Text]:
        """The lines of a copy as cardgen fits them, each with its style."""
        fitted, _ = fit_all(self._form, filled)
        for number, slot in self._form.leaves[0].slots:
            box, type_ = slot.box_pt, slot.style
            for line in fitted[number]:
                style = Style(
                    left_mm=round(box.left * MM_PER_PT, 3),
                    baseline_mm=round((self._form.height_pt - line.y_pt) * MM_PER_PT, 3),
                    width_mm=round(box.width * MM_PER_PT, 3),
                    size_pt=round(line.size_pt, 3),
                    face=self.face(type_.family, type_.weight),
                    colour=_rgb(type_.colour),
                    align=type_.align.value,
                )
                yield self.number(style), line.text


def _rgb(ink: Sequence[float]) -> Colour:
    red, green, blue = ink if len(ink) == 3 else (ink[0],) * 3
    return round(red * 255), round(green * 255), round(blue * 255)


def _art_of(form: Form, styles: _Styles) -> Iterator[Box | Text]:
    document = pypdfium2.PdfDocument(io.BytesIO(form.leaves[0].art))
    page = document[0]
    for part in page.get_objects(textpage=page.get_textpage()):
        left, bottom, right, top = part.get_bounds()
        if isinstance(part, pypdfium2.PdfTextObj):
            matrix = part.get_matrix()
            name, _, weight = part.get_font().get_base_name().partition("+")[2].rpartition("-")
            bold = weight == "Bold"
            style = Style(
                left_mm=round(matrix.e * MM_PER_PT, 3),
                baseline_mm=round((form.height_pt - matrix.f) * MM_PER_PT, 3),
                width_mm=round((right - left) * MM_PER_PT + 1, 3),
                size_pt=round(part.get_font_size() * matrix.d, 3),
                face=styles.face(name if bold else f"{name}-{weight}", 700 if bold else 400),
                colour=_colour(part, pdfium.FPDFPageObj_GetFillColor),
                align="left",
            )
            yield styles.number(style), part.extract().strip()
        elif part.type == pdfium.FPDF_PAGEOBJ_PATH:
            yield _box(part, Rect(left, bottom, right - left, top - bottom), form.height_pt)


def _box(part: pypdfium2.PdfObject, bounds: Rect, height_pt: float) -> Box:
    """A filled area, or a hairline as the area that it inks."""
    ask = pdfium.FPDFPageObj_GetFillColor
    if bounds.height < THICKEST_LINE_PT:
        ask, width = pdfium.FPDFPageObj_GetStrokeColor, ctypes.c_float()
        pdfium.FPDFPageObj_GetStrokeWidth(part.raw, width)
        bounds = bounds.grown((width.value - bounds.height) / 2)
    return Box(
        left_mm=round(bounds.left * MM_PER_PT, 3),
        top_mm=round((height_pt - bounds.top) * MM_PER_PT, 3),
        width_mm=round(bounds.width * MM_PER_PT, 3),
        height_mm=round(bounds.height * MM_PER_PT, 3),
        colour=_colour(part, ask),
    )


def _colour(part: pypdfium2.PdfObject, ask: object) -> Colour:
    parts = [ctypes.c_uint() for _ in range(4)]
    ask(part.raw, *parts)  # type: ignore[operator]
    red, green, blue, _ = (each.value for each in parts)
    return red, green, blue

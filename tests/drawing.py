"""Sheets drawn as numbers, pages as letters; and forms made by hand, without the typesetter.

A hand-made card is 60 x 40 mm: its name at the top, its phone in the middle, its serial at the
bottom, and a code at the right where it has a link.
"""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2

from cardgen.impose import Grid, place_copies
from cardgen.model import (
    Align,
    CodeSlot,
    Copy,
    Fact,
    Filled,
    Form,
    LayoutSpec,
    Leaf,
    ProofMode,
    SheetSpec,
    Sides,
    Slot,
    SubjectKind,
    TypeStyle,
)
from cardgen.press.stamp import fit_all
from cardgen.press.volume import Placed, press_volume
from cardgen.serials import Serials
from cardgen.units import Rect, mm_to_pt
from cardgen.volume import Job

CARD_MM = (60.0, 40.0)
BAND = b"0.6 0.2 0.1 rg -9 -9 12 140 re f"
NAMES = ("赵德胜", "李明", "王建国", "陈秀兰", "周文", "吴海燕", "郑春花")


# -- sheets ----------------------------------------------------------------------------------


def sheet(columns: int, rows: int, **changes: object) -> Grid:
    """A sheet of 10 mm squares with 2 mm between them and 10 mm around them."""
    usual: dict[str, object] = {
        "width_mm": columns * 12.0 - 2 + 20,
        "height_mm": rows * 12.0 - 2 + 20,
        "copy_width_mm": 10.0,
        "copy_height_mm": 10.0,
        "bleed_mm": 0.0,
        "columns": columns,
        "rows": rows,
        "gutter_x_mm": 2.0,
        "gutter_y_mm": 2.0,
        "margins_mm": Sides.all(3.0),
        "marks": True,
        "block_sheets": 1000,
    }
    return Grid(**(usual | changes))  # type: ignore[arg-type]


def lines_of(drawing: str) -> list[str]:
    """A drawing in a test's own source, line by line."""
    return [line.strip() for line in drawing.strip().splitlines()]


def draw_sheets(count: int, grid: Grid, order: str) -> list[str]:
    """Each sheet as its rows from the top, joined by /; a dot is an empty cell."""
    drawn: dict[int, dict[int, str]] = {}
    for copy, (number, place) in enumerate(place_copies(count, grid, order)):
        cells = drawn.setdefault(number, {})
        assert place not in cells, f"two copies on sheet {number}, place {place}"
        cells[place] = str(copy)
    return [draw_cells(drawn[number], grid) for number in sorted(drawn)]


def draw_cells(texts: dict[int, str], grid: Grid, side: int = 0) -> str:
    """One sheet, its cells put where they lie on the paper and not by their numbers."""
    cells = [grid.cell(place, side) for place in range(grid.places)]
    lefts = sorted({round(cell.left_mm, 6) for cell in cells})
    bottoms = sorted({round(cell.bottom_mm, 6) for cell in cells}, reverse=True)
    table = [["."] * len(lefts) for _ in bottoms]
    for cell in cells:
        row, column = bottoms.index(round(cell.bottom_mm, 6)), lefts.index(round(cell.left_mm, 6))
        table[row][column] = texts.get(cell.place, ".")
    return " / ".join(" ".join(row) for row in table)


# -- cards made by hand ----------------------------------------------------------------------


def style(size_pt: float = 10.0, **changes: object) -> TypeStyle:
    usual: dict[str, object] = {
        "family": "cg-hei",
        "weight": 400,
        "size_pt": size_pt,
        "leading_pt": size_pt * 1.2,
        "colour": (0.0,),
        "align": Align.LEFT,
    }
    return TypeStyle(**(usual | changes))  # type: ignore[arg-type]


def slot(
    width_pt: float = 100.0,
    *,
    left_pt: float = 0.0,
    bottom_pt: float = 0.0,
    lines: int = 1,
    floor_pt: float = 6.0,
    name: str = "第 1 个槽位（name）",
    type_style: TypeStyle | None = None,
    **changes: object,
) -> Slot:
    """A slot whose first baseline stands 10 pt below its top."""
    type_style = type_style or style()
    height = type_style.leading_pt * lines
    return Slot(
        name=name,
        box_pt=Rect(left_pt, bottom_pt, width_pt, height),
        baseline_pt=bottom_pt + height - 10,
        lines=lines,
        floor_pt=floor_pt,
        style=type_style,
        **changes,  # type: ignore[arg-type]
    )


def art(
    content: bytes = BAND, bleed_mm: float = 3.0, size_mm: tuple[float, float] = CARD_MM
) -> bytes:
    """A page of art, its origin the lower left corner of the trim."""
    width, height, bleed = mm_to_pt(size_mm[0]), mm_to_pt(size_mm[1]), mm_to_pt(bleed_mm)
    document = pikepdf.new()
    document.add_blank_page(page_size=(width, height))
    page = document.pages[0]
    page.obj["/MediaBox"] = pikepdf.Array([-bleed, -bleed, width + bleed, height + bleed])
    page.Resources = pikepdf.Dictionary()
    page.Contents = document.make_stream(content)
    buffer = io.BytesIO()
    document.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def card_form(key: str = "card", *, code: bool = True, leaves: int = 1, **changes: object) -> Form:
    """The hand-made card; a second leaf repeats the serial alone."""
    texts = (
        (0, slot(91, left_pt=12, bottom_pt=92, name="第 1 个槽位（name）", **changes)),  # type: ignore[arg-type]
        (1, slot(90, left_pt=12, bottom_pt=60, name="第 2 个槽位（phone）")),
        (2, slot(90, left_pt=12, bottom_pt=8, name="第 3 个槽位（serial）")),
    )
    square = CodeSlot("第 1 个二维码（code）", Rect(105, 30, 60, 60), "M", (0.0,))
    front = Leaf(art(), texts, ((0, square),) if code else ())
    back = Leaf(art(), ((2, slot(90, left_pt=12, bottom_pt=8, name="第 3 个槽位（serial）")),), ())
    return Form(
        key=key,
        width_pt=mm_to_pt(CARD_MM[0]),
        height_pt=mm_to_pt(CARD_MM[1]),
        bleed_pt=mm_to_pt(3),
        leaves=(front, *[back] * (leaves - 1)),
    )


def card(number: int, *, form: str = "card", name: str = "", code: bool = True) -> Filled:
    """The number-th copy: each differs from all others in phone, serial and code."""
    subject = f"TW-{number:03d}"
    serial = Serials("hand", [subject]).serial(subject)
    name = name or NAMES[number % len(NAMES)]
    phone = f"199000{number:05d}"
    link = f"https://example.cn/h/{subject}"
    facts = (Fact("serial", serial), Fact("name", name), Fact("phone", phone))
    if code:
        facts += (Fact("code", link),)
    copy = Copy(serial, "hand", subject, "唐湾村", {}, facts)
    return Filled(copy, form, (name, phone, serial), (link,) if code else ())


def card_grid(columns: int = 2, rows: int = 3, **changes: object) -> Grid:
    """Cards on A4: 8 mm between columns, rows that touch."""
    usual: dict[str, object] = {
        "width_mm": 210.0,
        "height_mm": 297.0,
        "copy_width_mm": CARD_MM[0],
        "copy_height_mm": CARD_MM[1],
        "bleed_mm": 3.0,
        "columns": columns,
        "rows": rows,
        "gutter_x_mm": 8.0,
        "gutter_y_mm": 0.0,
        "margins_mm": Sides.all(5.0),
        "marks": True,
    }
    return Grid(**(usual | changes))  # type: ignore[arg-type]


def placed(copies: Sequence[Filled], forms: dict[str, Form], grid: Grid) -> list[Placed]:
    """Copies on their sheets in reading order, fitted."""
    put = []
    for number, filled in enumerate(copies):
        fitted, tight = fit_all(forms[filled.form_key], filled)
        assert tight is None
        put.append(Placed(filled, fitted, *divmod(number, grid.places)))
    return put


def pressed(copies: Sequence[Filled], form: Form | None = None, grid: Grid | None = None) -> bytes:
    """A volume of hand-made cards as bytes."""
    form, grid = form or card_form(), grid or card_grid()
    forms = {form.key: form}
    return press_volume("试印", grid, forms, placed(copies, forms, grid))


def card_job(
    folder: Path, count: int = 7, name: str = "hand/唐湾村-001.pdf", **changes: object
) -> Job:
    """The job that makes a volume of hand-made cards."""
    form = card_form()
    usual: dict[str, object] = {
        "folder": str(folder),
        "name": name,
        "title": "试印",
        "village": "唐湾村",
        "layout": "hand",
        "grid": card_grid(),
        "order": "reading",
        "proof": ProofMode.ALL,
        "forms": {form.key: form},
        "copies": tuple(card(number) for number in range(count)),
    }
    return Job(**(usual | changes))  # type: ignore[arg-type]


def layout_spec(folder: Path | str = "", **changes: object) -> LayoutSpec:
    """A layout for households, 60 x 40 mm."""
    usual: dict[str, object] = {
        "name": "hand",
        "folder": str(folder),
        "title": "试印",
        "subject": SubjectKind.HOUSEHOLD,
        "width_mm": CARD_MM[0],
        "height_mm": CARD_MM[1],
        "bleed_mm": 0.0,
        "public": False,
        "roles": ("包村干部",),
        "must_show": ("serial",),
        "floors_pt": {"text": 6.0},
        "sheet": SheetSpec(),
    }
    return LayoutSpec(**(usual | changes))  # type: ignore[arg-type]


# -- pages -----------------------------------------------------------------------------------


def text_in(pdf: bytes, box_pt: Rect, page: int = 0) -> str:
    """The text within a rectangle of a page."""
    document = pypdfium2.PdfDocument(pdf)
    try:
        text = document[page].get_textpage()
        return str(text.get_text_bounded(box_pt.left, box_pt.bottom, box_pt.right, box_pt.top))
    finally:
        document.close()


def cell_box_pt(grid: Grid, place: int, side: int = 0) -> Rect:
    """A cell of a sheet in points."""
    cell = grid.cell(place, side)
    width, height = mm_to_pt(grid.copy_width_mm), mm_to_pt(grid.copy_height_mm)
    return Rect(mm_to_pt(cell.left_mm), mm_to_pt(cell.bottom_mm), width, height)


def page_count(pdf: bytes) -> int:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return len(document)
    finally:
        document.close()


def draw_page(pdf: bytes, grid: Grid, letters: dict[str, str], page: int = 0) -> str:
    """A page as letters: in each cell the letters of all the texts found there, or a dot."""
    found = {}
    for place in range(grid.places):
        shown = text_in(pdf, cell_box_pt(grid, place), page)
        found[place] = "".join(letter for text, letter in letters.items() if text in shown) or "."
    return draw_cells(found, grid)


def replace(thing: Any, **changes: Any) -> Any:  # noqa: ANN401 - gives back what it got
    """The same with other values: of a dataclass or of a named tuple."""
    if isinstance(thing, tuple):
        return thing._replace(**changes)
    return dataclasses.replace(thing, **changes)

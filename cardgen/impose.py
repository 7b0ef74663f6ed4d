"""Place copies on sheets: a sheet, a copy's size and a count in, cells out.

Millimetres, origin lower left of the sheet. Cells count from 0 in reading order: left to
right, then down.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from cardgen.errors import LayoutError
from cardgen.model import Cell, LayoutSpec, SheetSpec
from cardgen.units import Rect

MARK_MM = 3.0
MARK_GAP_MM = 1.0


@dataclass(frozen=True, slots=True)
class Grid:
    """Where copies stand on one sheet. Checks itself when made; lengths in mm."""

    width_mm: float
    height_mm: float
    copy_width_mm: float
    copy_height_mm: float
    bleed_mm: float
    columns: int
    rows: int
    gutter_x_mm: float
    gutter_y_mm: float
    margin_mm: float
    marks: bool

    def __post_init__(self) -> None:
        for what, count, size, gutter, sheet in (
            ("列", self.columns, self.copy_width_mm, self.gutter_x_mm, self.width_mm),
            ("行", self.rows, self.copy_height_mm, self.gutter_y_mm, self.height_mm),
        ):
            if not gutter >= 0 or not self.margin_mm >= 0:
                raise LayoutError(
                    f"间隔 {gutter:g} 毫米、页边 {self.margin_mm:g} 毫米：不能是负数。",
                    "改成 0 或更大的毫米数。",
                )
            need = count * size + (count - 1) * gutter
            have = sheet - 2 * self.margin_mm
            if count < 1 or need > have + 1e-6:
                raise LayoutError(
                    f"{max(count, 1)} {what}、每张 {size:g} 毫米、间隔 {gutter:g} 毫米，"
                    f"共要 {max(need, size):g} 毫米；纸上只有 {have:g} 毫米。",
                    "减少行列，或换大一号的纸。",
                )

    @property
    def places(self) -> int:
        """Cells on one sheet."""
        return self.columns * self.rows

    @property
    def block_mm(self) -> Rect:
        """The rectangle that all trimmed copies of a full sheet fill, in the sheet's middle."""
        width = self.columns * self.copy_width_mm + (self.columns - 1) * self.gutter_x_mm
        height = self.rows * self.copy_height_mm + (self.rows - 1) * self.gutter_y_mm
        return Rect((self.width_mm - width) / 2, (self.height_mm - height) / 2, width, height)

    def cell(self, place: int) -> Cell:
        """The place-th cell of a sheet."""
        row, column = divmod(place, self.columns)
        block = self.block_mm
        return Cell(
            place,
            block.left + column * (self.copy_width_mm + self.gutter_x_mm),
            block.top - self.copy_height_mm - row * (self.copy_height_mm + self.gutter_y_mm),
        )

    def bleed_box_mm(self, place: int) -> Rect:
        """How far a copy's art may reach: its bleed, but no further than half a gutter."""
        row, column = divmod(place, self.columns)
        cell = self.cell(place)
        across = min(self.bleed_mm, self.gutter_x_mm / 2)
        along = min(self.bleed_mm, self.gutter_y_mm / 2)
        left = self.bleed_mm if column == 0 else across
        right = self.bleed_mm if column == self.columns - 1 else across
        above = self.bleed_mm if row == 0 else along
        below = self.bleed_mm if row == self.rows - 1 else along
        return Rect(
            cell.left_mm - left,
            cell.bottom_mm - below,
            self.copy_width_mm + left + right,
            self.copy_height_mm + above + below,
        )

    def mark_lines_mm(self) -> tuple[tuple[float, float, float, float], ...]:
        """Crop marks as x1 y1 x2 y2, outside the block and its bleed, one at each cut."""
        if not self.marks:
            return ()
        block, away = self.block_mm, self.bleed_mm + MARK_GAP_MM
        step_x = self.copy_width_mm + self.gutter_x_mm
        step_y = self.copy_height_mm + self.gutter_y_mm
        xs = [block.left + n * step_x for n in range(self.columns)]
        xs += [x + self.copy_width_mm for x in xs]
        ys = [block.bottom + n * step_y for n in range(self.rows)]
        ys += [y + self.copy_height_mm for y in ys]
        lines = []
        for x in sorted({round(x, 6) for x in xs}):
            lines.append((x, block.top + away, x, block.top + away + MARK_MM))
            lines.append((x, block.bottom - away - MARK_MM, x, block.bottom - away))
        for y in sorted({round(y, 6) for y in ys}):
            lines.append((block.left - away - MARK_MM, y, block.left - away, y))
            lines.append((block.right + away, y, block.right + away + MARK_MM, y))
        return tuple(lines)


def grid_for(layout: LayoutSpec, sheet: SheetSpec | None = None) -> Grid:
    """The grid for a layout on its sheet, or on another. As many as fit where not told."""
    sheet = sheet or layout.sheet
    width, height = sheet.paper.size_mm
    # A copy that is the sheet turned by a quarter need not say so.
    is_turned = (layout.width_mm, layout.height_mm) == (height, width)
    if sheet.landscape or is_turned:
        width, height = height, width
    # A copy as large as its sheet has no margin around it.
    fills = layout.width_mm >= width - 1e-6 and layout.height_mm >= height - 1e-6
    margin = 0.0 if fills else sheet.margin_mm
    columns = sheet.columns or _most(width - 2 * margin, layout.width_mm, sheet.gutter_x_mm)
    rows = sheet.rows or _most(height - 2 * margin, layout.height_mm, sheet.gutter_y_mm)
    return Grid(
        width_mm=width,
        height_mm=height,
        copy_width_mm=layout.width_mm,
        copy_height_mm=layout.height_mm,
        bleed_mm=0.0 if fills else layout.bleed_mm,
        columns=columns,
        rows=rows,
        gutter_x_mm=sheet.gutter_x_mm,
        gutter_y_mm=sheet.gutter_y_mm,
        margin_mm=margin,
        marks=sheet.marks and not fills,
    )


def _most(room_mm: float, size_mm: float, gutter_mm: float) -> int:
    return int((room_mm + gutter_mm + 1e-6) // (size_mm + gutter_mm))


def sheets_needed(count: int, grid: Grid) -> int:
    """Sheets that `count` copies take."""
    return ceil(count / grid.places)


def place_copies(count: int, grid: Grid, order: str) -> Iterator[tuple[int, int]]:
    """For each copy in order, its sheet and its place, both counted from 0.

    "cut-stack": with S sheets, place p of sheet k holds copy p·S + k, so that the piles laid
    on one another after cutting are in order.
    """
    sheets = sheets_needed(count, grid)
    for number in range(count):
        if order == "cut-stack":
            place, sheet = divmod(number, sheets)
            yield sheet, place
        else:
            yield divmod(number, grid.places)

"""Place copies on sheets: a sheet, a copy's size and a count in, cells out.

Millimetres, origin lower left of the sheet as one looks at that side. Cells count from 0 in
reading order of the front: left to right, then down; a cell keeps its number on the back.
Side 0 is the front, side 1 the back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from cardgen.errors import LayoutError
from cardgen.model import Cell, Duplex, Label, LayoutSpec, Paper, SheetSpec, Sides
from cardgen.units import Rect

MARK_MM = 3.0
MARK_GAP_MM = 1.0
LEAST_MARK_MM = 1.5  # shorter ones are not found again with a ruler
FOOT_MM = 2.2  # a line of 5 pt
FOLD_MM = 4.0
_SLACK_MM = 1e-6

Segment = tuple[float, float, float, float]
"""A line on the sheet: x1 y1 x2 y2 in mm."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where copies stand on one sheet. Checks itself when made; lengths in mm.

    `margins_mm` is what the printer leaves white. `first_mm` is the upper left corner of the
    first copy, from the left and from the top; without it the copies stand in the middle.
    `start` is the first free cell, from 1; `block_sheets` how many sheets are cut at once. A
    `ready_cut` sheet has nothing beside its copies. `folds_mm` are folds of a copy, from its
    top and from its left.
    """

    width_mm: float
    height_mm: float
    copy_width_mm: float
    copy_height_mm: float
    bleed_mm: float
    columns: int
    rows: int
    gutter_x_mm: float
    gutter_y_mm: float
    margins_mm: Sides
    marks: bool
    foot: bool = False
    duplex: Duplex = Duplex.NONE
    start: int = 1
    block_sheets: int = 160
    first_mm: tuple[float, float] | None = None
    ready_cut: bool = False
    back_shift_mm: tuple[float, float] = (0.0, 0.0)
    folds_mm: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    def __post_init__(self) -> None:
        printable = self.printable_mm
        for what, count, size, gutter, sheet, have in (
            ("列", self.columns, self.copy_width_mm, self.gutter_x_mm, "宽", printable.width),
            ("行", self.rows, self.copy_height_mm, self.gutter_y_mm, "高", printable.height),
        ):
            _check_lengths(gutter, self.margins_mm)
            need = count * size + (count - 1) * gutter
            if count < 1 or need > have + _SLACK_MM:
                raise LayoutError(
                    f"{max(count, 1)} {what}、每张 {size:g} 毫米、间隔 {gutter:g} 毫米，"
                    f"共要 {max(need, size):g} 毫米；纸上只有 {have:g} 毫米。",
                    "减少行列，或换大一号的纸。",
                )
            beside = need + 2 * self._beside_mm
            if self.marks and beside > have + _SLACK_MM:
                raise LayoutError(
                    f"{count} {what}连同出血和裁切线要 {beside:g} 毫米，"
                    f"纸上能印的{sheet}只有 {have:g} 毫米。",
                    "减少行列，换大一号的纸，或写 marks = false 不要裁切线。",
                )
        if not 1 <= self.start <= self.places:
            raise LayoutError(
                f"起始格 {self.start}：这张纸上只有 {self.places} 格。",
                f"写 1 到 {self.places}。",
            )

    @property
    def places(self) -> int:
        """Cells on one sheet."""
        return self.columns * self.rows

    @property
    def is_duplex(self) -> bool:
        """Whether both sides are printed."""
        return self.duplex is not Duplex.NONE

    @property
    def turns_over_side(self) -> bool:
        """Whether the printer turns the sheet over its left or right edge, as a page of a book.

        Else it turns it over the edge above, and backs stand on their heads on the sheet.
        """
        return (self.duplex is Duplex.LONG) == (self.height_mm >= self.width_mm)

    @property
    def printable_mm(self) -> Rect:
        """What can be printed on: on both sides, where both are printed."""
        top, right, bottom, left = self.margins_mm
        if self.is_duplex and self.turns_over_side:
            left = right = max(left, right)
        elif self.is_duplex:
            top = bottom = max(top, bottom)
        return Rect(left, bottom, self.width_mm - left - right, self.height_mm - top - bottom)

    @property
    def block_mm(self) -> Rect:
        """The rectangle that all trimmed copies of a full sheet fill."""
        width = self.columns * self.copy_width_mm + (self.columns - 1) * self.gutter_x_mm
        height = self.rows * self.copy_height_mm + (self.rows - 1) * self.gutter_y_mm
        if self.first_mm is not None:
            left, top = self.first_mm
            return Rect(left, self.height_mm - top - height, width, height)
        room = self.printable_mm
        # In the middle of the sheet, unless a wide margin is in the way.
        left = _between((self.width_mm - width) / 2, room.left, room.right - width)
        bottom = _between((self.height_mm - height) / 2, room.bottom, room.top - height)
        return Rect(left, bottom, width, height)

    def cell(self, place: int, side: int = 0) -> Cell:
        """The place-th cell of a sheet, as one looks at that side."""
        row, column = divmod(place, self.columns)
        block = self.block_mm
        left = block.left + column * (self.copy_width_mm + self.gutter_x_mm)
        bottom = block.top - self.copy_height_mm - row * (self.copy_height_mm + self.gutter_y_mm)
        if side == 0:
            return Cell(place, left, bottom)
        box = self._behind(Rect(left, bottom, self.copy_width_mm, self.copy_height_mm))
        return Cell(place, box.left, box.bottom, not self.turns_over_side)

    def _behind(self, box: Rect) -> Rect:
        """Where a rectangle of the front lies on the back.

        Turned over its side, the sheet's columns mirror and rows do not; turned over the edge
        above, rows mirror and columns do not. The printer's own error is taken back.
        """
        left, bottom = box.left, box.bottom
        if self.turns_over_side:
            left = self.width_mm - box.right
        else:
            bottom = self.height_mm - box.top
        return Rect(left, bottom, box.width, box.height).moved(*self.back_shift_mm)

    def bleed_box_mm(self, place: int, side: int = 0) -> Rect:
        """How far a copy's art may reach: its bleed, but no further than half a gutter."""
        row, column = divmod(place, self.columns)
        cell = self.cell(place)
        across = min(self.bleed_mm, self.gutter_x_mm / 2)
        along = min(self.bleed_mm, self.gutter_y_mm / 2)
        left = self.bleed_mm if column == 0 else across
        right = self.bleed_mm if column == self.columns - 1 else across
        above = self.bleed_mm if row == 0 else along
        below = self.bleed_mm if row == self.rows - 1 else along
        box = Rect(
            cell.left_mm - left,
            cell.bottom_mm - below,
            self.copy_width_mm + left + right,
            self.copy_height_mm + above + below,
        )
        return self._behind(box) if side else box

    # -- what stands beside the copies

    @property
    def _beside_mm(self) -> float:
        """The least room beside the block for bleed and crop marks."""
        return self.bleed_mm + MARK_GAP_MM + LEAST_MARK_MM

    def mark_lines_mm(self, side: int = 0) -> tuple[Segment, ...]:
        """Crop marks, outside the block and its bleed, one at each cut, as long as room is."""
        if not self.marks:
            return ()
        step_x = self.copy_width_mm + self.gutter_x_mm
        step_y = self.copy_height_mm + self.gutter_y_mm
        block = self.block_mm
        xs = [block.left + n * step_x for n in range(self.columns)]
        xs += [x + self.copy_width_mm for x in xs]
        ys = [block.bottom + n * step_y for n in range(self.rows)]
        ys += [y + self.copy_height_mm for y in ys]
        return self._on_side(self._ticks(xs, ys), side)

    def fold_lines_mm(self, side: int = 0) -> tuple[Segment, ...]:
        """Fold marks: beside the block like crop marks, or at the edges of a copy without room."""
        across, down = self.folds_mm
        xs = [self.cell(n).left_mm + x for n in range(self.columns) for x in down]
        tops = [
            self.cell(n * self.columns).bottom_mm + self.copy_height_mm for n in range(self.rows)
        ]
        ys = [top - y for top in tops for y in across]
        if self.marks:
            return self._on_side(self._ticks(xs, ys), side)
        room = self.printable_mm
        lines = [(x, room.top - FOLD_MM, x, room.top) for x in xs]
        lines += [(x, room.bottom, x, room.bottom + FOLD_MM) for x in xs]
        lines += [(room.left, y, room.left + FOLD_MM, y) for y in ys]
        lines += [(room.right - FOLD_MM, y, room.right, y) for y in ys]
        return self._on_side(tuple(lines), side)

    def _ticks(self, xs: list[float], ys: list[float]) -> tuple[Segment, ...]:
        """Short lines on all four sides of the block, at these places."""
        block, room, away = self.block_mm, self.printable_mm, self.bleed_mm + MARK_GAP_MM
        above, right = block.top + away, block.right + away
        below, left = block.bottom - away, block.left - away
        lines = []
        for x in sorted({round(x, 6) for x in xs}):
            lines.append((x, above, x, min(above + MARK_MM, room.top)))
            lines.append((x, max(below - MARK_MM, room.bottom), x, below))
        for y in sorted({round(y, 6) for y in ys}):
            lines.append((max(left - MARK_MM, room.left), y, left, y))
            lines.append((right, y, min(right + MARK_MM, room.right), y))
        return tuple(lines)

    def _on_side(self, lines: tuple[Segment, ...], side: int) -> tuple[Segment, ...]:
        if not side:
            return lines
        boxes = [self._behind(Rect(x1, y1, x2 - x1, y2 - y1)) for x1, y1, x2, y2 in lines]
        return tuple((box.left, box.bottom, box.right, box.top) for box in boxes)

    def foot_mm(self, side: int = 0) -> Rect | None:
        """The strip for the sheet's foot, below all else; None where there is no room for it."""
        if not self.foot:
            return None
        room, block = self.printable_mm, self.block_mm
        top = block.bottom - self.bleed_mm
        lines = [line for line in self.mark_lines_mm() if line[0] == line[2] and line[3] <= top]
        under = min((line[1] for line in lines), default=top)
        left, right = room.left, room.right
        if under - room.bottom < FOOT_MM:
            if top - room.bottom < FOOT_MM:
                return None
            # Between two crop marks, where they stand widest apart.
            xs = [room.left, *sorted(line[0] for line in lines), room.right]
            left, right = max(pairwise(xs), key=lambda pair: pair[1] - pair[0])
            left, right = left + MARK_GAP_MM, right - MARK_GAP_MM
        strip = Rect(left, room.bottom, right - left, FOOT_MM)
        if side and self.turns_over_side:
            return replace(strip, left=self.width_mm - strip.right)
        return strip


def _between(value: float, least: float, most: float) -> float:
    return max(least, min(value, most))


def _check_lengths(gutter_mm: float, margins_mm: Sides) -> None:
    worst = min(margins_mm)
    if not gutter_mm >= 0 or not worst >= 0:
        raise LayoutError(
            f"间隔 {gutter_mm:g} 毫米、页边 {worst:g} 毫米：不能是负数。",
            "改成 0 或更大的毫米数。",
        )


def grid_for(layout: LayoutSpec, sheet: SheetSpec | None = None) -> Grid:
    """The grid for a layout on its sheet, or on another. As many as fit where not told.

    Raises LayoutError for what does not fit, in millimetres.
    """
    sheet = sheet or layout.sheet
    if sheet.start > 1 and sheet.order == "cut-stack":
        raise LayoutError(
            "叠切时不能指定起始格：一摞纸要从第一格印起。",
            '写 order = "reading"，或去掉起始格。',
        )
    if sheet.label is not None:
        return _label_grid(layout, sheet, sheet.label)
    if sheet.paper is Paper.SINGLE and sheet.own_mm is None:
        return _single_grid(layout, sheet)
    width, height = _sheet_size(layout, sheet)
    # A copy as large as its sheet has no margin around it.
    fills = layout.width_mm >= width - _SLACK_MM and layout.height_mm >= height - _SLACK_MM
    margins = Sides.all(0.0) if fills else sheet.margins_mm
    bleed = 0.0 if fills else layout.bleed_mm
    marks = sheet.marks and not fills
    beside = bleed + MARK_GAP_MM + LEAST_MARK_MM if marks else 0.0
    grid = Grid(
        width_mm=width,
        height_mm=height,
        copy_width_mm=layout.width_mm,
        copy_height_mm=layout.height_mm,
        bleed_mm=bleed,
        columns=1,
        rows=1,
        gutter_x_mm=sheet.gutter_x_mm,
        gutter_y_mm=sheet.gutter_y_mm,
        margins_mm=margins,
        marks=False,
        duplex=sheet.duplex,
        block_sheets=sheet.block_sheets,
        back_shift_mm=sheet.back_shift_mm,
        folds_mm=(layout.folds_across_mm, layout.folds_down_mm),
    )
    room = grid.printable_mm
    columns = sheet.columns or _most(room.width - 2 * beside, layout.width_mm, sheet.gutter_x_mm)
    rows = sheet.rows or _most(room.height - 2 * beside, layout.height_mm, sheet.gutter_y_mm)
    return replace(
        grid,
        columns=columns,
        rows=rows,
        marks=marks,
        foot=sheet.foot and not fills,
        start=sheet.start,
    )


def _sheet_size(layout: LayoutSpec, sheet: SheetSpec) -> tuple[float, float]:
    if sheet.own_mm is not None:
        return sheet.own_mm
    width, height = sheet.paper.size_mm
    # A copy that is the sheet turned by a quarter need not say so.
    is_turned = (layout.width_mm, layout.height_mm) == (height, width)
    return (height, width) if sheet.landscape or is_turned else (width, height)


def _single_grid(layout: LayoutSpec, sheet: SheetSpec) -> Grid:
    """A page for each copy, with its bleed and marks around it: for a shop that imposes itself."""
    beside = layout.bleed_mm + (MARK_GAP_MM + MARK_MM if sheet.marks else 0.0)
    return Grid(
        width_mm=layout.width_mm + 2 * beside,
        height_mm=layout.height_mm + 2 * beside,
        copy_width_mm=layout.width_mm,
        copy_height_mm=layout.height_mm,
        bleed_mm=layout.bleed_mm,
        columns=1,
        rows=1,
        gutter_x_mm=0.0,
        gutter_y_mm=0.0,
        margins_mm=Sides.all(0.0),
        marks=sheet.marks,
        # Whatever the shop's press does, a page's back is the page that follows it.
        duplex=sheet.duplex
        and (Duplex.LONG if layout.height_mm >= layout.width_mm else Duplex.SHORT),
        folds_mm=(layout.folds_across_mm, layout.folds_down_mm),
    )


def _label_grid(layout: LayoutSpec, sheet: SheetSpec, label: Label) -> Grid:
    """A ready-cut sheet: each copy in the middle of its label."""
    for what, size, have in (
        ("宽", layout.width_mm, label.width_mm),
        ("高", layout.height_mm, label.height_mm),
    ):
        if size > have + _SLACK_MM:
            raise LayoutError(
                f"{label.name} 的标签{what} {have:g} 毫米，{layout.title}{what} {size:g} 毫米，"
                f"多出 {size - have:g} 毫米。",
                "换大一些的标签纸，或换一种纸。",
            )
    width, height = label.paper.size_mm
    spare_x, spare_y = label.width_mm - layout.width_mm, label.height_mm - layout.height_mm
    return Grid(
        width_mm=width,
        height_mm=height,
        copy_width_mm=layout.width_mm,
        copy_height_mm=layout.height_mm,
        # The art may run on as far as its label does.
        bleed_mm=min(layout.bleed_mm, spare_x / 2, spare_y / 2),
        columns=label.columns,
        rows=label.rows,
        gutter_x_mm=label.pitch_x_mm - layout.width_mm,
        gutter_y_mm=label.pitch_y_mm - layout.height_mm,
        margins_mm=Sides.all(0.0),
        marks=False,
        duplex=sheet.duplex,
        start=sheet.start,
        first_mm=(label.left_mm + spare_x / 2, label.top_mm + spare_y / 2),
        ready_cut=True,
        back_shift_mm=sheet.back_shift_mm,
    )


def trimmed_grid(layout: LayoutSpec, duplex: Duplex = Duplex.NONE) -> Grid:
    """A page that is one trimmed copy, with its back on the page that follows it."""
    sheet = SheetSpec(paper=Paper.SINGLE, marks=False, duplex=duplex)
    return grid_for(replace(layout, bleed_mm=0.0), sheet)


def used_grid(layout: LayoutSpec, sheet: SheetSpec, cell: int) -> Grid:
    """The layout's sheet, of which others have been taken: the first copy goes into that cell,
    from 1, and nothing else is printed on it. Raises LayoutError for a cell that is not there."""
    grid = grid_for(layout, replace(sheet, order="reading", start=1))
    return replace(grid, marks=False, foot=False, start=cell, ready_cut=True)


def lead_grid(width_mm: float, height_mm: float, grid: Grid) -> Grid:
    """For pages that lie on top of a volume: in the middle of its sheet, with marks to cut them
    out; a sheet of their own size where they do not fit on it."""
    marks_mm = 2 * (MARK_GAP_MM + MARK_MM)
    on_sheet = width_mm + marks_mm <= grid.width_mm and height_mm + marks_mm <= grid.height_mm
    return Grid(
        width_mm=grid.width_mm if on_sheet else width_mm,
        height_mm=grid.height_mm if on_sheet else height_mm,
        copy_width_mm=width_mm,
        copy_height_mm=height_mm,
        bleed_mm=0.0,
        columns=1,
        rows=1,
        gutter_x_mm=0.0,
        gutter_y_mm=0.0,
        margins_mm=Sides.all(0.0),
        marks=on_sheet,
        duplex=grid.duplex,
        back_shift_mm=grid.back_shift_mm,
    )


def _most(room_mm: float, size_mm: float, gutter_mm: float) -> int:
    return int((room_mm + gutter_mm + _SLACK_MM) // (size_mm + gutter_mm))


# -- which copy goes where -------------------------------------------------------------------


def sheets_needed(count: int, grid: Grid) -> int:
    """Sheets that `count` copies take."""
    return ceil((count + grid.start - 1) / grid.places) if count else 0


def sheets_taken(leaves: Sequence[int], grid: Grid, order: str) -> int:
    """Sheets of paper that copies with so many leaves take, one of several leaves more of them."""
    most: dict[int, int] = {}
    places = place_copies(len(leaves), grid, order)
    for count, (sheet, _) in zip(leaves, places, strict=True):
        most[sheet] = max(most.get(sheet, 0), count)
    on_a_sheet = 2 if grid.is_duplex else 1
    return sum(ceil(count / on_a_sheet) for count in most.values())


def blocks_of(sheets: int, grid: Grid) -> list[int]:
    """The heights, in sheets, of the blocks that are cut at once: as even as can be."""
    count = ceil(sheets / grid.block_sheets)
    return [sheets // count + (number < sheets % count) for number in range(count)]


def place_copies(count: int, grid: Grid, order: str) -> Iterator[tuple[int, int]]:
    """For each copy in order, its sheet and its place, both counted from 0.

    "cut-stack": in a block of S sheets, place p of sheet k holds copy p·S + k of the block, so
    that the piles laid on one another after cutting are in order; the blocks follow one another.
    """
    if order != "cut-stack":
        for number in range(grid.start - 1, grid.start - 1 + count):
            yield divmod(number, grid.places)
        return
    first = 0
    for height in blocks_of(sheets_needed(count, grid), grid):
        for number in range(min(height * grid.places, count)):
            place, sheet = divmod(number, height)
            yield first + sheet, place
        first += height
        count -= height * grid.places


def void_places(count: int, grid: Grid, order: str) -> Iterator[tuple[int, int]]:
    """The cells that stay empty and are marked so, as sheet and place.

    A sheet that was begun before, or that is sold in labels, may be used on: nothing is marked.
    """
    if grid.ready_cut or grid.start > 1 or grid.places == 1:
        return
    taken = set(place_copies(count, grid, order))
    sheets = sheets_needed(count, grid)
    for sheet in range(max(0, sheets - grid.block_sheets), sheets):
        for place in range(grid.places):
            if (sheet, place) not in taken:
                yield sheet, place

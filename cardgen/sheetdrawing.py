"""Draw a sheet: a grid and a number of copies in, one picture out. Lengths in mm, then pixels.

Each side of the first sheet of a block, with the number of the copy in every cell as it comes
from the printer, bleed, crop marks and what the printer leaves white; and the sheet in words.
"""

from __future__ import annotations

from PIL import Image, ImageDraw, ImageFont

from cardgen.fonts import chain
from cardgen.impose import Grid, blocks_of, place_copies, sheets_needed, void_places
from cardgen.units import Rect

LONG_PX = 900  # of a side's picture
GAP_PX, CAPTION_PX = 40, 56
GROUND, PAPER, MARGIN, BLEED, TRIM, VOID = (
    *("#f4f2ef", "#ffffff", "#eceae6", "#f3d9d3", "#ffffff", "#d9d9d9"),
)
INK, SOFT, ACCENT = "#000000", "#595959", "#9c3022"


def draw_sheet(grid: Grid, count: int, order: str) -> Image.Image:
    """The first sheet and, of a stack, the second; front beside back where both are printed."""
    scale = LONG_PX / max(grid.width_mm, grid.height_mm)
    size = (round(grid.width_mm * scale) + 1, round(grid.height_mm * scale) + 1)
    sides = 2 if grid.is_duplex else 1
    shown = range(min(2, sheets_needed(count, grid)))
    width = sides * size[0] + (sides + 1) * GAP_PX
    picture = Image.new("RGB", (width, len(shown) * (size[1] + CAPTION_PX + GAP_PX)), GROUND)
    for sheet in shown:
        for side in range(sides):
            drawn = _Side(grid, scale, side).drawn(_numbers(grid, count, order, sheet))
            left = GAP_PX + side * (size[0] + GAP_PX)
            top = sheet * (size[1] + CAPTION_PX + GAP_PX) + CAPTION_PX
            picture.paste(drawn, (left, top))
            words = f"第 {sheet + 1} 张" + (("　反面" if side else "　正面") if sides > 1 else "")
            ImageDraw.Draw(picture).text((left, top - 36), words, INK, _font(24))
    return picture


def describe_sheet(grid: Grid, count: int, order: str) -> list[str]:
    """The sheet in words: sizes in mm, what is beside the copies, how many sheets are taken."""
    block, room = grid.block_mm, grid.printable_mm
    lines = [
        f"纸 {grid.width_mm:g}×{grid.height_mm:g} 毫米，{grid.columns} 列 {grid.rows} 行，"
        f"一张 {grid.places} 份；每份 {grid.copy_width_mm:g}×{grid.copy_height_mm:g} 毫米。",
        f"间隔：列 {grid.gutter_x_mm:g}、行 {grid.gutter_y_mm:g} 毫米；"
        f"出血 {grid.bleed_mm:g} 毫米。",
        f"四边还空：上 {grid.height_mm - block.top:.1f}、右 {grid.width_mm - block.right:.1f}、"
        f"下 {block.bottom:.1f}、左 {block.left:.1f} 毫米；"
        f"能印的地方 {room.width:g}×{room.height:g} 毫米。",
        f"裁切线：{'有' if grid.marks else '没有'}；纸脚：{'有' if grid.foot_mm() else '没有'}。",
    ]
    if grid.is_duplex:
        way = "左右翻" if grid.turns_over_side else "上下翻"
        lines.append(f"双面：{way}（沿{'长' if grid.duplex == 'long' else '短'}边）。")
    sheets = sheets_needed(count, grid)
    voids = len(list(void_places(count, grid, order)))
    lines.append(
        f"{count} 份要 {sheets} 张纸" + (f"，空 {voids} 格，打叉作废。" if voids else "。")
    )
    if order == "cut-stack" and sheets:
        blocks = blocks_of(sheets, grid)
        lines.append(
            f"叠切：{len(blocks)} 摞，每摞 {'、'.join(map(str, blocks))} 张；"
            "切开后，从左上那一叠起，一叠接一叠放，就是送的先后。"
        )
    return lines


def _numbers(grid: Grid, count: int, order: str, sheet: int) -> dict[int, str]:
    """What stands in each cell of a sheet: the copy's number from 1, or a cross."""
    found = {
        place: str(number)
        for number, (at, place) in enumerate(place_copies(count, grid, order), start=1)
        if at == sheet
    }
    return found | {place: "×" for at, place in void_places(count, grid, order) if at == sheet}


def _font(size_px: int) -> ImageFont.FreeTypeFont:
    path = str(chain("cg-hei", 400)[0].path)
    return ImageFont.truetype(path, size_px, layout_engine=ImageFont.Layout.BASIC)


class _Side:
    """Draws one side of a sheet."""

    def __init__(self, grid: Grid, scale: float, side: int) -> None:
        self._grid, self._scale, self._side = grid, scale, side
        size = (round(grid.width_mm * scale) + 1, round(grid.height_mm * scale) + 1)
        self._picture = Image.new("RGB", size, MARGIN)
        self._draw = ImageDraw.Draw(self._picture)

    def drawn(self, numbers: dict[int, str]) -> Image.Image:
        """The side, with these words in its cells."""
        grid, side = self._grid, self._side
        self._box(grid.printable_mm, PAPER)
        for place in range(grid.places):
            if grid.bleed_mm:
                self._box(grid.bleed_box_mm(place, side), BLEED)
        for place in range(grid.places):
            cell, text = grid.cell(place, side), numbers.get(place, "")
            box = Rect(cell.left_mm, cell.bottom_mm, grid.copy_width_mm, grid.copy_height_mm)
            self._box(box, VOID if text == "×" else TRIM, INK)
            self._number(box, text, cell.turned)
        for x1, y1, x2, y2 in grid.mark_lines_mm(side):
            self._draw.line([self._point(x1, y1), self._point(x2, y2)], INK)
        for x1, y1, x2, y2 in grid.fold_lines_mm(side):
            self._draw.line([self._point(x1, y1), self._point(x2, y2)], ACCENT)
        if (foot := grid.foot_mm(side)) is not None:
            self._box(foot, "#d7e3ea")
        self._draw.rectangle(
            (0, 0, self._picture.width - 1, self._picture.height - 1), outline=SOFT
        )
        return self._picture

    def _point(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        return x_mm * self._scale, (self._grid.height_mm - y_mm) * self._scale

    def _box(self, box: Rect, fill: str, outline: str | None = None) -> None:
        left, top = self._point(box.left, box.top)
        right, bottom = self._point(box.right, box.bottom)
        self._draw.rectangle((left, top, right, bottom), fill, outline)

    def _number(self, box: Rect, text: str, turned: bool) -> None:
        """The number in the middle; on its head where the copy is."""
        size = max(10, round(min(box.width / 3, box.height / 1.8) * self._scale))
        font = _font(size)
        tile = Image.new("L", (max(1, round(self._draw.textlength(text, font))), size * 3 // 2), 0)
        ImageDraw.Draw(tile).text((0, 0), text, 255, font)
        if turned:
            tile = tile.rotate(180)
        x, y = self._point(box.left + box.width / 2, box.bottom + box.height / 2)
        self._picture.paste(SOFT, (round(x - tile.width / 2), round(y - tile.height / 2)), tile)

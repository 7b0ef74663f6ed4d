"""Draw what stands beside the copies: a sheet in, PDF operators out.

Crop marks, fold marks, the sheet's foot, and crosses over cells that are void. Black ink only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cardgen.fonts.setting import number_of
from cardgen.impose import Grid, Segment, blocks_of
from cardgen.model import Align, TypeStyle
from cardgen.press.stamp import Stamp, matrix_operator
from cardgen.units import Rect, mm_to_pt

MARK_WIDTH_PT = 0.25
FOLD_DASH_PT = 2
FOOT_SIZES_PT = (5.0, 4.5, 4.0)
VOID_WORDS = "空格　作废"
_FOOT_RISE = 0.2  # of the size: how far the baseline stands above the strip's lower edge
_VOID_GREY = "0.6"


@dataclass(frozen=True, slots=True)
class Beside:
    """What to draw beside the copies of a volume.

    `foot` are the words at the foot of each sheet, of batch and volume, with tabs between.
    `voids` are the empty cells of each sheet. `sheets` counts those with copies, `before` those
    in front of them in the file.
    """

    grid: Grid
    foot: str = ""
    voids: Mapping[int, Sequence[int]] | None = None
    sheets: int = 0
    before: int = 0

    def lines(self, side: int) -> str:
        """Crop and fold marks, which are the same on every sheet."""
        marks = _lines(self.grid.mark_lines_mm(side), "")
        return marks + _lines(self.grid.fold_lines_mm(side), f"[{FOLD_DASH_PT}] 0 d ")

    def operators(self, stamp: Stamp, sheet: int, side: int, serials: Sequence[str]) -> list[str]:
        """The rest for one side of a sheet, counted from 0, with these copies on it."""
        drawn = [self._foot(stamp, sheet, side, serials)]
        if side == 0 and self.voids:
            drawn += [_void(self.grid, place, stamp) for place in self.voids.get(sheet, ())]
        return [each for each in drawn if each]

    def _foot(self, stamp: Stamp, sheet: int, side: int, serials: Sequence[str]) -> str:
        strip = self.grid.foot_mm(side)
        if strip is None or not self.foot:
            return ""
        number, last = self.before + sheet + 1, self.before + self.sheets
        words = [*self.foot.split("\t"), f"第 {number}/{last} 张"]
        if self.grid.is_duplex:
            words[-1] += "反面" if side else "正面"
        words += self._block_words(sheet)
        if serials:
            words.append(serials[0] if len(serials) == 1 else f"{serials[0]} 至 {serials[-1]}")
        return _written(words, strip, stamp)

    def _block_words(self, sheet: int) -> list[str]:
        """Which block of the cutter this sheet is in, where there are several."""
        blocks = blocks_of(self.sheets, self.grid) if self.sheets else []
        if len(blocks) < 2:
            return []
        number = 0
        while sheet >= blocks[number]:
            sheet -= blocks[number]
            number += 1
        return [f"第 {number + 1}/{len(blocks)} 摞"]


def voids_of(empty: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Empty cells, as sheet and place, by sheet."""
    found: dict[int, list[int]] = {}
    for sheet, place in empty:
        found.setdefault(sheet, []).append(place)
    return found


def _lines(lines: Sequence[Segment], dash: str) -> str:
    drawn = [
        f"{number_of(mm_to_pt(x1))} {number_of(mm_to_pt(y1))} m "
        f"{number_of(mm_to_pt(x2))} {number_of(mm_to_pt(y2))} l"
        for x1, y1, x2, y2 in lines
    ]
    return f"q 0 G {MARK_WIDTH_PT} w {dash}{' '.join(drawn)} S Q\n" if drawn else ""


def _style(size_pt: float) -> TypeStyle:
    return TypeStyle("cg-hei", 400, size_pt, size_pt * 1.2, (0.0,), Align.LEFT)


def _written(words: Sequence[str], strip_mm: Rect, stamp: Stamp) -> str:
    """Words in a strip, smaller where they must be; the first are left out where none would fit."""
    left, bottom, room = (mm_to_pt(v) for v in (strip_mm.left, strip_mm.bottom, strip_mm.width))
    for first in range(len(words)):
        text = "  ".join(words[first:])
        for size_pt in FOOT_SIZES_PT:
            width_pt = stamp.width(text, _style(size_pt))
            if width_pt <= room:
                return stamp.line(text, _style(size_pt), left, bottom + _FOOT_RISE * size_pt)
    return ""


def _void(grid: Grid, place: int, stamp: Stamp) -> str:
    """A cross from corner to corner of an empty cell, and words in its middle."""
    cell = grid.cell(place)
    width, height = mm_to_pt(grid.copy_width_mm), mm_to_pt(grid.copy_height_mm)
    corner = matrix_operator((1, 0, 0, 1, mm_to_pt(cell.left_mm), mm_to_pt(cell.bottom_mm)))
    wide, high = number_of(width), number_of(height)
    size_pt = min(9.0, height / 3)
    words = _style(size_pt)
    room = stamp.width(VOID_WORDS, words)
    text = stamp.line(VOID_WORDS, words, (width - room) / 2, height * 0.72) if room < width else ""
    return (
        f"q {corner} {_VOID_GREY} G 0.5 w 0 0 m {wide} {high} l 0 {high} m {wide} 0 l S "
        f"{_VOID_GREY} g {text} Q"
    )

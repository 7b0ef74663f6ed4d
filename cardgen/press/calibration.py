"""A page that measures a printer: a sheet in, a PDF of its front and back out. Lengths in mm.

On the front a cross in the middle to put a needle through; on the back a ruler around the same
point, which says how far the back is off. Frames near the edge show what the printer cannot
reach, a ruler of 100 mm whether it scales. The same signs stand in the same corners of both
sides, each with a code: where they do not match, the sheet was turned over the wrong edge.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardgen.fonts.setting import number_of
from cardgen.impose import Grid
from cardgen.model import Align, Duplex, Paper, Sides, TypeStyle
from cardgen.press.stamp import Stamp
from cardgen.press.volume import press_drawn
from cardgen.units import Rect, mm_to_pt

CORNERS = "甲乙丙丁"  # upper left, upper right, lower left, lower right of the front
FRAMES_MM = (3, 4, 5, 6, 8, 10)
REACH_MM = 10  # of the ruler on the back
CODE_MM = 22.0
_EDGE_MM = 16.0
_WAYS = {True: "左右翻", False: "上下翻"}


def calibration_page(grid: Grid) -> bytes:
    """The page for a sheet of this size that is turned over this edge. Bytes never differ."""
    stamp = Stamp()
    pages = [_page(grid, stamp, side) for side in (0, 1)]
    return press_drawn("双面校准页", grid, pages, stamp)


def page_for(
    paper: Paper = Paper.A4, own_mm: tuple[float, float] | None = None, duplex: Duplex = Duplex.LONG
) -> Grid:
    """The sheet of a page: all of it is one copy."""
    width, height = own_mm or paper.size_mm
    return Grid(width, height, width, height, 0, 1, 1, 0, 0, Sides.all(0), False, duplex=duplex)


def code_text(grid: Grid, side: int, corner: str) -> str:
    """What the code in a corner says: the side, the corner, how the sheet is turned."""
    return f"cardgen {'反面' if side else '正面'} {corner} {_WAYS[grid.turns_over_side]}"


def _page(grid: Grid, stamp: Stamp, side: int) -> str:
    parts = ["0 G 0.3 w"]
    parts += _frames(grid, stamp)
    parts += _corners(grid, stamp, side)
    parts += _ruler(grid, stamp)
    parts += _target(grid, stamp) if side else _cross(grid)
    parts += _words(grid, stamp, side)
    return "\n".join(parts)


def _frames(grid: Grid, stamp: Stamp) -> Iterator[str]:
    boxes = [Rect(0, 0, grid.width_mm, grid.height_mm).grown(-away) for away in FRAMES_MM]
    for box in boxes:
        yield f"{_points(box.left, box.bottom, box.width, box.height)} re S"
    for away, box in zip(FRAMES_MM, boxes, strict=True):
        x = grid.width_mm / 2 + (away - 6) * 9
        yield f"1 g {_points(x - 2, box.top - 1.4, 4, 2.8)} re f"
        yield _text(stamp, f"{away}", x, box.top - 1.1, 7, middle=True)


def _corners(grid: Grid, stamp: Stamp, side: int) -> Iterator[str]:
    """A sign and a code in each corner; on the back behind those of the front."""
    far_x, far_y = grid.width_mm - _EDGE_MM - CODE_MM, grid.height_mm - _EDGE_MM - CODE_MM
    for number, corner in enumerate(CORNERS):
        left = far_x if number % 2 else _EDGE_MM
        bottom = _EDGE_MM if number > 1 else far_y
        if side and grid.turns_over_side:
            left = grid.width_mm - left - CODE_MM
        elif side:
            bottom = grid.height_mm - bottom - CODE_MM
        box = Rect(*(mm_to_pt(v) for v in (left, bottom, CODE_MM, CODE_MM)))
        yield stamp.code(code_text(grid, side, corner), box)
        inner = left + CODE_MM + 4 if left < grid.width_mm / 2 else left - 12
        yield _text(stamp, corner, inner, bottom + CODE_MM / 2 - 3, 24)


def _ruler(grid: Grid, stamp: Stamp) -> Iterator[str]:
    """100 mm to lay a ruler on."""
    left, bottom = grid.width_mm / 2 - 50, grid.height_mm * 0.2
    yield _line(left, bottom, left + 100, bottom)
    for mm in range(101):
        high = 4.0 if mm % 10 == 0 else 2.5 if mm % 5 == 0 else 1.5
        yield _line(left + mm, bottom, left + mm, bottom + high)
        if mm % 10 == 0:
            yield _text(stamp, f"{mm}", left + mm, bottom + 5, 6, middle=True)


def _cross(grid: Grid) -> Iterator[str]:
    x, y = grid.width_mm / 2, grid.height_mm / 2
    yield _line(x - 15, y, x + 15, y)
    yield _line(x, y - 15, x, y + 15)


def _target(grid: Grid, stamp: Stamp) -> Iterator[str]:
    """The ruler of the back: a hole left of its middle means that the back is too far right."""
    x, y = grid.width_mm / 2, grid.height_mm / 2
    yield from _cross(grid)
    for mm in range(-REACH_MM, REACH_MM + 1):
        long = 2.5 if mm % 5 == 0 else 1.2
        yield _line(x + mm, y - long, x + mm, y + long)
        yield _line(x - long, y + mm, x + long, y + mm)
    for mm in (5, 10):
        for way in (-1, 1):
            yield _text(stamp, f"{mm}", x + way * mm, y + 3.4, 6, middle=True)
            yield _text(stamp, f"{mm}", x + 4.4, y + way * mm - 0.8, 6, middle=True)
    far = (("偏右", -22, 0), ("偏左", 22, 0), ("偏上", 0, -18), ("偏下", 0, 18))
    for words, across, along in far:
        yield _text(stamp, words, x + across, y + along - 1.2, 10, middle=True)


def _words(grid: Grid, stamp: Stamp, side: int) -> Iterator[str]:
    way = _WAYS[grid.turns_over_side]
    if side:
        title, lines = (
            "反面",
            (
                "用针从正面十字的中心扎过来，看针孔落在这把尺子的哪一格：",
                "例如在左边第二格，就是“偏右 2 毫米”；在下边第一格，就是“偏上 1 毫米”。",
                "记下来：cardgen sheet offset 文件夹 打印机名 --right 2 --up 1",
            ),
        )
    else:
        title, lines = (
            "正面",
            (
                f"双面打印，{way}，缩放选“实际大小”（100%）。翻过来看：四角的字和正面同一角的要一样，",
                "字要正着；不一样，就是翻错了边，在打印机里换成另一种双面，再印一次。",
                "尺子应正好 100 毫米。四边的方框，看得全的最外一圈就是印得到的地方。",
            ),
        )
    top = grid.height_mm * 0.76
    yield _text(stamp, f"cardgen 双面校准页　{title}", grid.width_mm / 2, top, 16, middle=True)
    for number, line in enumerate(lines):
        yield _text(stamp, line, grid.width_mm / 2, top - 10 - 6 * number, 9, middle=True)


def _points(*lengths_mm: float) -> str:
    return " ".join(number_of(mm_to_pt(length)) for length in lengths_mm)


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f"{_points(x1, y1)} m {_points(x2, y2)} l S"


def _text(
    stamp: Stamp, text: str, x_mm: float, y_mm: float, size_pt: float, middle: bool = False
) -> str:
    style = TypeStyle("cg-hei", 400, size_pt, size_pt * 1.2, (0.0,), Align.LEFT)
    left = mm_to_pt(x_mm) - (stamp.width(text, style) / 2 if middle else 0.0)
    return stamp.line(text, style, left, mm_to_pt(y_mm))

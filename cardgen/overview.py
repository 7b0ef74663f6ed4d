"""The contact sheet: layouts in, one picture of all of them out. Lengths in pixels.

Each is drawn with its usual sample data, its first page, in the order of PAPERS; a large paper
is drawn larger than a small one, but not by as much as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from cardgen.fonts import chain
from cardgen.layoutcheck import preview
from cardgen.model import LayoutSpec
from cardgen.units import MM_PER_INCH

PAPERS = (
    *("love-card", "bedside-card", "door-card", "shop-card", "village-board", "notice"),
    *("pledge", "responsibility", "watch-board", "exit-pass", "qr-poster", "health-log"),
    *("field-sheet", "route-sheet", "duty-roster", "survey", "change-ledger", "wish-slip"),
    *("chain-chart", "recall-list"),
)
"""The built-in papers in the order in which they are told of; an office's own come after them."""

WIDTH_PX = 2400
COLUMNS = 5
MARGIN_PX = 60
GAP_PX = 50
CAPTION_PX = 74
LARGEST_MM = 420.0  # the long side of A3, which fills its place
SHRINK = 0.35  # a paper of half the size is drawn at 0.5 ** 0.35, four fifths
GROUND, LINE, INK, SOFT, ACCENT = "#f4f2ef", "#b3b3b3", "#000000", "#595959", "#9c3022"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a paper stands: the middle of the foot of its picture, and its caption below."""

    left: int
    foot: int


def overview(specs: Sequence[LayoutSpec]) -> Image.Image:
    """All layouts on one sheet, each with number, title and name. Raises LayoutError."""
    papers = in_order(specs)
    side = (WIDTH_PX - 2 * MARGIN_PX - (COLUMNS - 1) * GAP_PX) // COLUMNS
    heights, top = [], MARGIN_PX
    pictures = [_thumbnail(spec, side) for spec in papers]
    for start in range(0, len(papers), COLUMNS):
        top += max(picture.height for picture in pictures[start : start + COLUMNS])
        heights.append(top)
        top += CAPTION_PX + GAP_PX
    sheet = Image.new("RGB", (WIDTH_PX, top - GAP_PX + MARGIN_PX), GROUND)
    for at, (spec, picture) in enumerate(zip(papers, pictures, strict=True)):
        row, column = divmod(at, COLUMNS)
        place = Place(MARGIN_PX + column * (side + GAP_PX), heights[row])
        sheet.paste(picture, (place.left, place.foot - picture.height))
        _caption(sheet, place, spec)
    return sheet


def in_order(specs: Sequence[LayoutSpec]) -> list[LayoutSpec]:
    """The papers in the order of PAPERS, the others by name."""
    known = {name: place for place, name in enumerate(PAPERS)}
    return sorted(specs, key=lambda spec: (known.get(spec.name, len(known)), spec.name))


def _thumbnail(spec: LayoutSpec, side: int) -> Image.Image:
    """The first page in a thin frame, its long side `side` or less."""
    long_mm = max(spec.width_mm, spec.height_mm)
    long_px = round(side * min(1.0, long_mm / LARGEST_MM) ** SHRINK) - 2
    picture = preview(spec, dpi=long_px * MM_PER_INCH / long_mm)
    framed = Image.new("RGB", (picture.width + 2, picture.height + 2), LINE)
    framed.paste(picture, (1, 1))
    return framed


def _caption(sheet: Image.Image, place: Place, spec: LayoutSpec) -> None:
    """Number, title and name; an office's own papers have no number."""
    draw = ImageDraw.Draw(sheet)
    bold, plain = _font(26, 700), _font(20, 400)
    number = f"{PAPERS.index(spec.name) + 1}　" if spec.name in PAPERS else ""
    draw.text((place.left, place.foot + 12), number, ACCENT, bold)
    after = place.left + draw.textlength(number, bold)
    draw.text((after, place.foot + 12), spec.title, INK, bold)
    draw.text((after, place.foot + 46), spec.name, SOFT, plain)


def _font(size: int, weight: int) -> ImageFont.FreeTypeFont:
    """A face of the project's own; which engine Pillow finds must not move a pixel."""
    path = str(chain("cg-hei", weight)[0].path)
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)

"""Read WeasyPrint's box tree: a page box in, slots and code slots out. CSS px in, points out.

The only module that knows the tree's attributes. CSS px run down from the upper left
corner of the trimmed page; what leaves this module is in points, up from the lower left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cardgen.errors import LayoutError
from cardgen.model import Align, CodeSlot, Colour, Matrix, Slot, TypeStyle
from cardgen.units import PT_PER_PX, Rect, pt_to_mm, px_to_pt

Box = Any  # weasyprint.formatting_structure.boxes.Box carries no types
_IDENTITY: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def walk(box: Box, matrix: Matrix = _IDENTITY) -> Iterator[tuple[Box, Matrix]]:
    """Each box below and with `box`, with all transformations above it (px, y down)."""
    # Absolutely positioned boxes stand behind a placeholder in their parent.
    box = getattr(box, "_box", box)
    own = getattr(box, "transformation_matrix", None)
    if own is not None:
        matrix = multiply(own.values, matrix)
    yield box, matrix
    for child in getattr(box, "children", ()):
        yield from walk(child, matrix)


def multiply(first: Matrix, then: Matrix) -> Matrix:
    """The transformation that does `first`, then `then` (PDF 32000-1, 8.3.4)."""
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return (
        a * p + b * r,
        a * q + b * s,
        c * p + d * r,
        c * q + d * s,
        e * p + f * r + t,
        e * q + f * s + u,
    )


def slots_of_page(
    page: Box, floors_pt: Mapping[str, float]
) -> tuple[tuple[tuple[int, Slot], ...], tuple[tuple[int, CodeSlot], ...]]:
    """The slots and the code slots of a page, each with the number of its value.

    Raises LayoutError where a slot is split over pages or set in a way that stamping
    cannot follow.
    """
    height_px = page.margin_height()
    slots: dict[int, Slot] = {}
    codes: dict[int, CodeSlot] = {}
    for box, matrix in walk(page):
        element = getattr(box, "element", None)
        # One element makes several boxes: its line boxes and text carry it too.
        if element is None or not _is_container(box):
            continue
        if "data-slot" in element.attrib:
            number = int(element.attrib["data-slot"])
            if number in slots:
                raise LayoutError(
                    f"{_name(element, number)}跨了两页或两栏。", "给它外面加 break-inside: avoid。"
                )
            slots[number] = _slot(box, element, number, matrix, height_px, floors_pt)
        elif "data-code" in element.attrib:
            number = int(element.attrib["data-code"])
            codes[number] = _code(box, element, number, matrix, height_px)
    return tuple(sorted(slots.items())), tuple(sorted(codes.items()))


def containers(page: Box) -> Iterator[tuple[int, tuple[float, float, float, float]]]:
    """The number and the box (left, top, width, height, in px) of each slot of a page."""
    for box, _ in walk(page):
        element = getattr(box, "element", None)
        if element is not None and "data-slot" in element.attrib and _is_container(box):
            place = (box.content_box_x(), box.content_box_y(), box.width, box.height)
            yield int(element.attrib["data-slot"]), place


def baked_text(page: Box) -> str:
    """All text of a page that stands outside its slots."""
    texts = (box.text for box, _ in walk(page) if type(box).__name__ == "TextBox")
    return "".join(texts)


def texts_of_page(page: Box) -> Iterator[tuple[str, str, int]]:
    """Each piece of text of a page, with the family and the weight that it is set in."""
    for box, _ in walk(page):
        if type(box).__name__ == "TextBox":
            yield box.text, box.style["font_family"][0], int(box.style["font_weight"])


def overflowing(page: Box) -> Iterator[str]:
    """The text of each baked slot that is wider or higher than its box."""
    for box, _ in walk(page):
        element = getattr(box, "element", None)
        if element is None or "data-baked" not in element.attrib or not _is_container(box):
            continue
        lines = [child for child in box.children if hasattr(child, "baseline")]
        width_px = max((sum(c.margin_width() for c in line.children) for line in lines), default=0)
        if width_px > box.width + 0.01 or len(lines) > 1:
            yield "".join(element.itertext())


def _is_container(box: Box) -> bool:
    return type(box).__name__ in ("BlockBox", "InlineBlockBox", "FlexBox", "TableCellBox")


def _name(element: Any, number: int) -> str:
    parent = element.attrib.get("data-in")
    return f"第 {number + 1} 个槽位" + (f"（{parent}）" if parent else "")


def _slot(
    box: Box,
    element: Any,
    number: int,
    matrix: Matrix,
    height_px: float,
    floors: Mapping[str, float],
) -> Slot:
    name = _name(element, number)
    lines = int(element.attrib["data-lines"])
    texts = [inner for inner, _ in walk(box) if type(inner).__name__ == "TextBox"]
    if len(texts) != lines:
        raise LayoutError(
            f"{name}的行数 {len(texts)} 与要求的 {lines} 不符。", "槽位的盒子要容得下它的行。"
        )
    first = texts[0]
    leading_px = texts[1].position_y - first.position_y if lines > 1 else box.height
    left, top = box.content_box_x(), box.content_box_y()
    return Slot(
        name=name,
        box_pt=Rect(
            left * PT_PER_PX,
            (height_px - top - box.height) * PT_PER_PX,
            box.width * PT_PER_PX,
            box.height * PT_PER_PX,
        ),
        baseline_pt=(height_px - first.position_y - first.baseline) * PT_PER_PX,
        lines=lines,
        floor_pt=floors[element.attrib["data-floor"]],
        style=_style(first.style, name, leading_px),
        matrix=_page_matrix(matrix, height_px),
    )


def _code(box: Box, element: Any, number: int, matrix: Matrix, height_px: float) -> CodeSlot:
    name = _name(element, number).replace("槽位", "二维码")
    side = min(box.width, box.height)
    if side <= 0 or abs(box.width - box.height) > 1:
        raise LayoutError(
            f"{name}的盒子 {_mm(box.width)} × {_mm(box.height)} 毫米不是正方形。",
            "给它外面的元素写上相同的 width 和 height。",
        )
    left, top = box.content_box_x(), box.content_box_y()
    return CodeSlot(
        name=name,
        box_pt=Rect(
            left * PT_PER_PX,
            (height_px - top - side) * PT_PER_PX,
            side * PT_PER_PX,
            side * PT_PER_PX,
        ),
        level=element.attrib["data-level"],
        colour=_colour(box.style["color"], name),
        matrix=_page_matrix(matrix, height_px),
        logo="data-logo" in element.attrib,
    )


def _mm(length_px: float) -> str:
    return f"{pt_to_mm(px_to_pt(length_px)):.1f}"


def _style(style: Any, name: str, leading_px: float) -> TypeStyle:
    if style["font_style"] != "normal":
        raise LayoutError(f"{name}用了斜体。", "汉字没有斜体，去掉 font-style。")
    align = {"left": Align.LEFT, "start": Align.LEFT, "justify": Align.LEFT}
    align |= {"center": Align.CENTER, "right": Align.RIGHT, "end": Align.RIGHT}
    spacing = style["letter_spacing"]
    return TypeStyle(
        family=style["font_family"][0],
        weight=int(style["font_weight"]),
        size_pt=style["font_size"] * PT_PER_PX,
        leading_pt=leading_px * PT_PER_PX,
        colour=_colour(style["color"], name),
        align=align[style["text_align_all"]],
        letter_spacing_pt=0.0 if spacing == "normal" else float(spacing) * PT_PER_PX,
        features=_features(style),
    )


_FONT_PROPERTIES = (
    "font_kerning",
    "font_variant_ligatures",
    "font_variant_position",
    "font_variant_caps",
    "font_variant_numeric",
    "font_variant_alternates",
    "font_variant_east_asian",
    "font_feature_settings",
)


def _features(style: Any) -> tuple[tuple[str, int], ...]:
    from weasyprint.text.fonts import font_features

    return tuple(sorted(font_features(**{name: style[name] for name in _FONT_PROPERTIES}).items()))


def _colour(colour: Any, name: str) -> Colour:
    if colour.alpha < 1:
        raise LayoutError(f"{name}的颜色是半透明的。", "换成不透明的颜色。")
    if colour.space == "device-cmyk":
        return tuple(float(c) for c in colour.coordinates)
    if colour.space not in ("srgb", "hsl", "hwb"):
        raise LayoutError(
            f"{name}的颜色空间 {colour.space} 用不了。", "用 #rrggbb 或 device-cmyk()。"
        )
    red, green, blue = (float(c) for c in colour.to("srgb").coordinates)
    # Neutral tones go out as grey, so that black is black ink alone on every printer.
    return (red,) if red == green == blue else (red, green, blue)


def _page_matrix(matrix: Matrix, height_px: float) -> Matrix | None:
    """A transformation in px, y down, as one in points, y up; None where it does nothing."""
    if matrix == _IDENTITY:
        return None
    flip: Matrix = (PT_PER_PX, 0.0, 0.0, -PT_PER_PX, 0.0, height_px * PT_PER_PX)
    unflip: Matrix = (1 / PT_PER_PX, 0.0, 0.0, -1 / PT_PER_PX, 0.0, height_px)
    return multiply(multiply(unflip, matrix), flip)

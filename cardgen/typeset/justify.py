"""Set running Chinese text with an even right edge: WeasyPrint's pages in, the same pages spread.

WeasyPrint breaks lines well, and spreads none between hanzi. So paragraphs of class `cg-justify`
are set in two passes. Before the first, `prepare` marks up their text: marks that follow one
another are closed up, words and numbers get a quarter em of space beside hanzi. The first pass
is WeasyPrint's. The second, `justify`, takes each line as the first broke it and spreads what is
left over its characters. Lengths in CSS px; no box but those of lines and text is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from weasyprint.text.line_break import split_first_line

from cardgen import fonts

Box = Any  # weasyprint.formatting_structure.boxes.Box carries no types
Element = Any  # xml.etree.ElementTree.Element, as WeasyPrint's parser makes it

JUSTIFIED = "cg-justify"
UNIT = "cg-unit"  # a word, a number, a dash: not spread within
MOST_EM = 0.25  # a line that would need more between its characters is left as it is
_SET_BY_ITSELF = ("data-slot", "data-code", "data-baked")

# GB/T 15834: marks that take a full em, half of it blank.
_OPENING = "“‘（〔［｛《〈「『【〖"
_CLOSING = "、，。．；：？！”’）〕］｝》〉」』】〗"
_HAN = "\u2e80-\u2fdf\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_IS_HAN = re.compile(f"[{_HAN}]").match
_PIECES = re.compile(
    f"(?P<half>[{_CLOSING}](?=[{_OPENING}{_CLOSING}])|(?<=[{_OPENING}])[{_OPENING}])"
    "|(?P<word>[A-Za-z0-9](?:[!-~ ]*[A-Za-z0-9%])?[℃‰]?)"
    "|(?P<line>[—…]{2,})"
)


# --------------------------------------------------------------------------- before


def prepare(root: Element) -> None:
    """Mark up the text of all paragraphs that are to be spread."""
    for paragraph in [each for each in root.iter() if _is_justified(each)]:
        places = list(_texts(paragraph))
        text = "".join(part for _, _, part in places)
        end = len(text)
        # From the end, so that the places of children that come before stay what they are.
        for parent, place, part in reversed(places):
            start = end - len(part)
            if parent is not None:
                _mark_up(parent, place, text, start, end)
            end = start


def _is_justified(element: Element) -> bool:
    return JUSTIFIED in (element.get("class") or "").split()


def _texts(element: Element) -> Iterator[tuple[Element | None, int, str]]:
    """Each text below an element, with its parent and the number of children before it.

    A slot, whatever it holds, counts as one mark that belongs to nobody.
    """
    yield element, 0, element.text or ""
    for number, child in enumerate(element, start=1):
        if child.tag == "br" or any(name in child.attrib for name in _SET_BY_ITSELF):
            yield None, 0, "\ufffc"
        else:
            yield from _texts(child)
        yield element, number, child.tail or ""


def _mark_up(parent: Element, place: int, text: str, start: int, end: int) -> None:
    """Put the pieces of text[start:end] that are set apart into spans of their own."""
    spans: list[Element] = []
    at, lead = start, text[start:end]
    for found in _PIECES.finditer(text, start):  # beyond `end` too: neighbours count
        if found.start() >= end:
            break
        span = parent.makeelement("span", {"class": _look(found, text)})
        span.text = text[found.start() : min(found.end(), end)]
        if spans:
            spans[-1].tail = text[at : found.start()]
        else:
            lead = text[start : found.start()]
        spans.append(span)
        at = found.end()
    if not spans:
        return
    spans[-1].tail = text[at:end]
    if place:
        parent[place - 1].tail = lead
    else:
        parent.text = lead
    parent[place:place] = spans


def _look(found: re.Match[str], text: str) -> str:
    """The classes of a piece."""
    if found.lastgroup == "half":
        return "cg-half"
    if found.lastgroup == "line":
        return UNIT
    before = " cg-before" if _IS_HAN(text[: found.start()][-1:]) else ""
    after = " cg-after" if _IS_HAN(text[found.end() : found.end() + 1]) else ""
    return UNIT + before + after


# --------------------------------------------------------------------------- after


@dataclass
class Line:
    """A line as the first pass broke it. `right` is where the column ends."""

    box: Box
    right: float
    is_last: bool

    @property
    def text(self) -> str:
        """What stands on the line; a slot is one mark."""
        return "".join(_text_of(leaf) for leaf, _ in _leaves(self.box))


def justify(pages: Iterable[Box]) -> None:
    """Spread the lines of all paragraphs of class `cg-justify`, in place."""
    for line in lines_of(pages):
        if _drop_first_space(line.box):
            _place(line.box, line.box.position_x, 0.0)
        if not line.is_last:
            _spread(line.box, line.right)


def lines_of(pages: Iterable[Box]) -> list[Line]:
    """All lines of the paragraphs to be spread, on all pages, in their order."""
    found: dict[int, list[Line]] = {}
    for page in pages:
        for block in _blocks(page):
            right = block.content_box_x() + block.width
            for box in block.children:
                if type(box).__name__ == "LineBox":
                    line = Line(box, right, _ends_by_force(box))
                    found.setdefault(id(block.element), []).append(line)
    for lines in found.values():
        lines[-1].is_last = True
    return [line for lines in found.values() for line in lines]


def _blocks(box: Box) -> Iterator[Box]:
    box = getattr(box, "_box", box)  # absolutely positioned boxes stand behind a placeholder
    element = getattr(box, "element", None)
    if type(box).__name__ == "BlockBox" and element is not None and _is_justified(element):
        if box.style["text_align_all"] in ("start", "left", "justify"):
            yield box
        return
    for child in getattr(box, "children", ()):
        yield from _blocks(child)


def _ends_by_force(line: Box) -> bool:
    boxes = [line]
    for box in boxes:
        boxes += getattr(box, "children", ())
    return any(box.element_tag.startswith("br") for box in boxes)


def _leaves(box: Box, is_unit: bool = False) -> Iterator[tuple[Box, bool]]:
    """Texts and slots of a line in their order; whether each is to stay in one piece."""
    for child in box.children:
        if _is_span(child):
            yield from _leaves(child, is_unit or _has_class(child, UNIT))
        elif child.is_in_normal_flow():
            yield child, is_unit or not _is_text(child) or fonts.needs_shaping(child.text)


def _is_span(box: Box) -> bool:
    return type(box).__name__ == "InlineBox"


def _is_text(box: Box) -> bool:
    return type(box).__name__ == "TextBox"


def _has_class(box: Box, name: str) -> bool:
    element = box.element
    return element is not None and name in (element.get("class") or "").split()


def _text_of(leaf: Box) -> str:
    return str(leaf.text) if _is_text(leaf) else "\ufffc"


def _spread(line: Box, right: float) -> None:
    """Let a line reach from where it begins to `right`, where it can be had."""
    leaves = list(_leaves(line))
    gaps = sum(1 if is_unit else len(leaf.text) for leaf, is_unit in leaves) - 1
    if gaps < 1:
        return
    last = leaves[-1][0]
    gap = (right - last.position_x - last.margin_width()) / gaps
    if 0 < gap <= MOST_EM * line.style["font_size"]:
        _place(line, line.children[0].position_x, gap)


def _drop_first_space(line: Box) -> bool:
    """Take the space before a word away where the word begins the line."""
    box = line
    while box.children and _is_span(box.children[0]):
        box = box.children[0]
        if _has_class(box, "cg-before") and box.margin_left:
            box.margin_left = 0
            return True
    return False


def _place(parent: Box, x: float, gap: float) -> float:
    """Place what a line or a span holds from `x` on, `gap` after each character; where it ends."""
    placed: list[Box] = []
    for child in parent.children:
        if _is_span(child):
            child.position_x = x
            inside = child.content_box_x()
            if _has_class(child, UNIT):
                x = _place(child, inside, 0.0) + gap
            else:
                x = _place(child, inside, gap)
            child.width = x - inside
            x += child.margin_right + child.border_right_width + child.padding_right
        elif not child.is_in_normal_flow():
            pass
        elif _is_text(child) and gap and not fonts.needs_shaping(child.text):
            pieces = _spread_text(child, x, gap)
            x += child.width + gap * len(child.text)
            placed += pieces
            continue
        else:
            child.translate(dx=x - child.position_x)
            x += child.margin_width() + gap
        placed.append(child)
    parent.children = tuple(placed)
    return x


def _spread_text(box: Box, x: float, gap: float) -> list[Box]:
    """The text in one or two boxes, so that its characters are spread as evenly as PDF can say.

    Pango puts half of a character's spacing before it and half behind, and WeasyPrint writes the
    half behind in whole thousandths of an em and cuts off the rest: over a line that adds up to
    half a point. So spacing goes in steps of two thousandths, and the first characters get one
    step more than the others.
    """
    step = box.style["font_size"] / 500
    each, rest = divmod(gap / step, 1)
    more = round(rest * len(box.text))
    pieces: list[Box] = []
    for text, steps in ((box.text[:more], each + 1), (box.text[more:], each)):
        if text:
            piece = _spaced(box, text, steps * step)
            piece.position_x = x
            x += piece.width
            pieces.append(piece)
    return pieces


def _spaced(box: Box, text: str, spacing: float) -> Box:
    """A copy of a text box with that text, its characters `spacing` further apart."""
    piece = box.copy_with_text(text)
    own = box.style["letter_spacing"]
    # A little more, so that rounding does not take a whole thousandth away.
    nudge = box.style["font_size"] * 0.0002 if spacing else 0
    if spacing:
        piece.style = box.style.copy()
        piece.style["letter_spacing"] = (0 if own == "normal" else own) + spacing + nudge
    layout, _, _, width, _, _ = split_first_line(text, piece.style, None, None, 0)
    piece.pango_layout = layout
    piece.width = width - len(text) * nudge / 2
    return piece

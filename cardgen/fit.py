"""Fit text into a slot: as it is, smaller down to the floor, on more lines, or not at all.

A text and a slot in, lines out, in points. Nothing is ever cut, nothing stands over its box.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf

from cardgen import fonts
from cardgen.fonts.setting import Setter, setter
from cardgen.model import Align, Line, Slot, TypeStyle

STEP_PT = 0.25
EM_CENTRE = 0.38
TIGHTEST_LEADING = 1.05  # of the size of the type
SLACK_PT = 0.01  # rounding of widths: 1/1000 em summed over a line
# JIS X 4051 and GB/T 15834: marks that may not start, and may not end, a line.
NOT_FIRST = frozenset("、，。．；：？！）〕］｝》〉」』】〗”’…—～·％℃,.;:?!)]}%")
SENSIBLE_ENDS = frozenset(" ·・")  # a name or an address is best broken here
NOT_LAST = frozenset("（〔［｛《〈「『【〖“‘([{￥$")


def fit_text(text: str, slot: Slot) -> tuple[Line, ...] | None:
    """Lay `text` into `slot`. None where it does not fit even at the slot's floor.

    The text's own line breaks start new lines. Order of what is tried: one line at the
    designed size, one line down to the floor, then two and more lines, largest first.
    """
    if not text:
        return ()
    width_pt = line_width(text, slot, slot.style.size_pt) if "\n" not in text else inf
    if width_pt <= slot.box_pt.width + SLACK_PT:
        return place_lines([(text, width_pt)], slot, slot.style.size_pt)
    parts = text.split("\n")
    for count in range(len(parts), slot.lines + 1):
        # Lines must not run into one another where the design's leading is that of small type.
        size_pt = slot.style.size_pt
        if count > 1:
            size_pt = min(size_pt, slot.style.leading_pt / TIGHTEST_LEADING)
        while size_pt >= slot.floor_pt - 1e-9:
            lines = break_lines(parts, slot, size_pt, count)
            if lines is not None:
                return place_lines(lines, slot, size_pt)
            size_pt = _smaller(size_pt, slot.floor_pt)
    return None


class SlotFit:
    """`fit_text` for one slot and text after text: what fits as designed is placed at once."""

    def __init__(self, slot: Slot) -> None:
        self.slot = slot
        style = slot.style
        self._set = setter_of(style).set
        self._size_pt = style.size_pt
        self._spacing_pt = style.letter_spacing_pt
        self._width_pt = slot.box_pt.width
        self._left_pt = slot.box_pt.left
        self._share = _SHARE[style.align]
        self._y_pt = slot.baseline_pt - drop_of(slot, 1, style.size_pt)

    def fit(self, text: str) -> tuple[Line, ...] | None:
        """The text's lines, or None: the same as `fit_text`."""
        if text and "\n" not in text:
            size_pt = self._size_pt
            width_pt = self._set(text).width * size_pt / 1000 + self._spacing_pt * len(text)
            if width_pt <= self._width_pt + SLACK_PT:
                x_pt = self._left_pt + (self._width_pt - width_pt) * self._share
                return (Line(text, x_pt, self._y_pt, size_pt, width_pt),)
        return fit_text(text, self.slot)


def _smaller(size_pt: float, floor_pt: float) -> float:
    """The next size to try: on whole steps, and the floor itself last."""
    following = size_pt - STEP_PT
    return floor_pt if following < floor_pt < size_pt - 1e-9 else following


def break_lines(
    parts: Sequence[str], slot: Slot, size_pt: float, count: int
) -> list[tuple[str, float]] | None:
    """Break text into at most `count` lines that each fit; (text, width in pt), or None."""
    lines: list[tuple[str, float]] = []
    for part in parts:
        rest = part
        while True:
            width_pt = line_width(rest, slot, size_pt)
            if width_pt <= slot.box_pt.width + SLACK_PT:
                lines.append((rest, width_pt))
                break
            if len(lines) + 1 >= count:
                return None
            head = _longest_head(rest, slot, size_pt, count - len(lines) - 1)
            if not head:
                return None
            lines.append((head.rstrip(" "), line_width(head.rstrip(" "), slot, size_pt)))
            rest = rest[len(head) :].lstrip(" ")
    return lines if len(lines) <= count else None


def line_width(text: str, slot: Slot, size_pt: float) -> float:
    """The width of a line in points, letter-spacing included."""
    style = slot.style
    if not text:
        return 0.0
    em = setter_of(style).set(text).width
    return em * size_pt / 1000 + style.letter_spacing_pt * len(text)


def setter_of(style: TypeStyle) -> Setter:
    """What sets text in a slot's style."""
    found = _setters.get(id(style))
    if found is None or found[0] is not style:
        if len(_setters) > MOST_STYLES:
            _setters.clear()
        chain = fonts.chain(style.family, style.weight)
        found = _setters[id(style)] = (style, setter(chain, style.features))
    return found[1]


# By identity: hashing a style takes longer than setting a name. The style is kept with it.
_setters: dict[int, tuple[TypeStyle, Setter]] = {}
MOST_STYLES = 1000


def _longest_head(text: str, slot: Slot, size_pt: float, lines_after: int) -> str:
    """As much of `text` as one line holds; up to a blank or a dot, if the rest still fits."""
    heads = []
    for at in break_points(text):
        if line_width(text[:at].rstrip(" "), slot, size_pt) > slot.box_pt.width + SLACK_PT:
            break
        heads.append(text[:at])
    for head in reversed(heads):
        if head[-1] in SENSIBLE_ENDS:
            rest_pt = line_width(text[len(head) :].strip(" "), slot, size_pt)
            if rest_pt <= lines_after * slot.box_pt.width + SLACK_PT:
                return head
            break
    return heads[-1] if heads else ""


def break_points(text: str) -> list[int]:
    """Where a line may end: between two Han or beside a blank, never inside a word or number."""
    return [
        at
        for at, (before, after) in enumerate(pairwise(text), start=1)
        # A blank goes with the break: what stands before it is what ends the line.
        if (before if before != " " else text[:at].rstrip(" ")[-1:]) not in NOT_LAST
        and after not in NOT_FIRST
        and (before == " " or _is_wide(before) or (_is_wide(after) and after != " "))
        and after != " "
    ]


def _is_wide(char: str) -> bool:
    return ord(char) >= 0x2E80


_SHARE = {Align.LEFT: 0.0, Align.CENTER: 0.5, Align.RIGHT: 1.0}  # of the free width, on the left


def drop_of(slot: Slot, count: int, size_pt: float) -> float:
    """How far below the slot's baseline the first of `count` lines stands, in points.

    Fewer lines than the box has room for stand in its middle. One line keeps its baseline when
    it is set smaller; several are kept in the middle by the centre of the em box of a hanzi,
    0.38 em above the baseline.
    """
    missing = slot.lines - count
    smaller_pt = slot.style.size_pt - size_pt if count > 1 else 0.0
    return missing * slot.style.leading_pt / 2 - EM_CENTRE * smaller_pt


def place_lines(lines: Sequence[tuple[str, float]], slot: Slot, size_pt: float) -> tuple[Line, ...]:
    """Put lines at their places: aligned as the slot says, and in the middle of its height."""
    style, box = slot.style, slot.box_pt
    first_pt = slot.baseline_pt - drop_of(slot, len(lines), size_pt)
    placed = []
    for number, (text, width_pt) in enumerate(lines):
        free_pt = box.width - width_pt
        shift = free_pt * _SHARE[style.align]
        placed.append(
            Line(
                text=text,
                x_pt=box.left + shift,
                y_pt=first_pt - number * style.leading_pt,
                size_pt=size_pt,
                width_pt=width_pt,
            )
        )
    return tuple(placed)

"""A batch as plain drawing, for those who draw it without cardgen. Read and written as JSON.

Millimetres from a card's upper left corner, y down; type in points. Letter-spacing is left
out, and lines come broken and fitted, which spares the peers a little work.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FONTS = Path(__file__).parents[2] / "fonts"
Text = tuple[int, str]
"""The number of a style, and a line of text."""


@dataclass(frozen=True, slots=True)
class Face:
    """A font file in fonts/, and the names under which programs find it."""

    file: str
    family: str
    weight: int

    @property
    def path(self) -> Path:
        """Where the file is."""
        return FONTS / self.file


@dataclass(frozen=True, slots=True)
class Style:
    """Where and how a line stands: within `left_mm` and `width_mm`, on `baseline_mm`."""

    left_mm: float
    baseline_mm: float
    width_mm: float
    size_pt: float
    face: str
    colour: tuple[int, int, int]
    align: str


@dataclass(frozen=True, slots=True)
class Box:
    """A filled rectangle of the art."""

    left_mm: float
    top_mm: float
    width_mm: float
    height_mm: float
    colour: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Card:
    """What differs from card to card."""

    texts: tuple[Text, ...]
    link: str


@dataclass(frozen=True, slots=True)
class Deck:
    """A batch. `corners_mm` are the upper left corners of the cards on a sheet.

    `code_mm` is left, top and side of the code's box, or None where no card has one.
    """

    sheet_mm: tuple[float, float]
    corners_mm: tuple[tuple[float, float], ...]
    faces: dict[str, Face]
    styles: tuple[Style, ...]
    boxes: tuple[Box, ...]
    fixed: tuple[Text, ...]
    code_mm: tuple[float, float, float] | None
    cards: tuple[Card, ...]

    def sheets(self) -> list[Sequence[Card]]:
        """The cards by sheet, in reading order."""
        places = len(self.corners_mm)
        return [self.cards[at : at + places] for at in range(0, len(self.cards), places)]

    def texts_of(self, card: Card) -> tuple[Text, ...]:
        """All lines of a card, those that all cards share first."""
        return (*self.fixed, *card.texts)


def write_deck(path: Path, deck: Deck) -> None:
    """Write the deck."""
    path.write_text(json.dumps(asdict(deck), ensure_ascii=False), "utf-8")


def read_deck(path: Path) -> Deck:
    """The deck of a file that `write_deck` wrote."""
    told = json.loads(path.read_text("utf-8"))
    return Deck(
        sheet_mm=tuple(told["sheet_mm"]),
        corners_mm=tuple(tuple(corner) for corner in told["corners_mm"]),
        faces={key: Face(**face) for key, face in told["faces"].items()},
        styles=tuple(Style(**{**s, "colour": tuple(s["colour"])}) for s in told["styles"]),
        boxes=tuple(Box(**{**b, "colour": tuple(b["colour"])}) for b in told["boxes"]),
        fixed=tuple((number, text) for number, text in told["fixed"]),
        code_mm=told["code_mm"] and tuple(told["code_mm"]),
        cards=tuple(
            Card(tuple((number, text) for number, text in card["texts"]), card["link"])
            for card in told["cards"]
        ),
    )

"""Skia (skia-python) by hand: typefaces loaded once, text that repeats kept as blobs."""

from __future__ import annotations

from pathlib import Path

import skia

from tests.bench.clock import Stopwatch
from tests.bench.codes import dark_runs_mm
from tests.bench.deck import Card, Deck, Style, read_deck

PT = 72 / 25.4  # points in a millimetre


class Pen:
    """Draws cards; fonts, paints, blobs and widths are made once."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        faces = {key: skia.Typeface.MakeFromFile(str(f.path)) for key, f in deck.faces.items()}
        self._fonts = [skia.Font(faces[style.face], style.size_pt) for style in deck.styles]
        for font in self._fonts:
            font.setSubpixel(True)
            font.setHinting(skia.FontHinting.kNone)
        self._paints = [_paint(style.colour) for style in deck.styles]
        self._black = _paint((0, 0, 0))
        self._boxes = [
            (_rect(b.left_mm, b.top_mm, b.width_mm, b.height_mm), _paint(b.colour))
            for b in deck.boxes
        ]
        self._blobs: dict[tuple[int, str], tuple[skia.TextBlob, float]] = {}

    def card(self, canvas: skia.Canvas, card: Card) -> None:
        """Draw a card at the canvas's origin."""
        for rect, paint in self._boxes:
            canvas.drawRect(rect, paint)
        for key in self._deck.texts_of(card):
            kept = self._blobs.get(key)
            if kept is None:
                kept = self._blobs[key] = self._blob(*key)
            number = key[0]
            baseline = self._deck.styles[number].baseline_mm * PT
            canvas.drawTextBlob(kept[0], kept[1], baseline, self._paints[number])
        if self._deck.code_mm:
            path = skia.PathBuilder()
            for box in dark_runs_mm(self._deck, card.link):
                path.addRect(_rect(*box))
            canvas.drawPath(path.detach(), self._black)

    def _blob(self, number: int, text: str) -> tuple[skia.TextBlob, float]:
        """The text ready to draw, and where it begins."""
        style, font = self._deck.styles[number], self._fonts[number]
        return skia.TextBlob.MakeFromString(text, font), _left(style, font, text)


def _left(style: Style, font: skia.Font, text: str) -> float:
    if style.align == "left":
        return style.left_mm * PT
    free = style.width_mm * PT - font.measureText(text)
    return style.left_mm * PT + (free if style.align == "right" else free / 2)


def _paint(colour: tuple[int, int, int]) -> skia.Paint:
    return skia.Paint(Color=skia.ColorSetRGB(*colour), AntiAlias=True)


def _rect(left: float, top: float, width: float, height: float) -> skia.Rect:
    return skia.Rect.MakeXYWH(left * PT, top * PT, width * PT, height * PT)


def press(path: Path, out: Path) -> Stopwatch:
    """Draw the deck into one PDF; the time that took."""
    deck = read_deck(path)
    watch = Stopwatch()
    with watch:
        pen = Pen(deck)
        stream = skia.FILEWStream(str(out / "cards.pdf"))
        with skia.PDF.MakeDocument(stream) as document:
            for sheet in deck.sheets():
                with document.page(deck.sheet_mm[0] * PT, deck.sheet_mm[1] * PT) as canvas:
                    for card, (left, top) in zip(sheet, deck.corners_mm, strict=False):
                        canvas.save()
                        canvas.translate(left * PT, top * PT)
                        pen.card(canvas, card)
                        canvas.restore()
        stream.flush()
    return watch

"""fpdf2 by hand: the fonts added once, `text` and `rect` at each place."""

from __future__ import annotations

from pathlib import Path

from fpdf import FPDF

from tests.bench.clock import Stopwatch
from tests.bench.codes import dark_runs_mm
from tests.bench.deck import Card, Deck, Style, read_deck


def _text(pdf: FPDF, left: float, top: float, style: Style, text: str) -> None:
    pdf.set_font(style.face, size=style.size_pt)
    pdf.set_text_color(*style.colour)
    x = left + style.left_mm
    if style.align != "left":
        free = style.width_mm - pdf.get_string_width(text)
        x += free if style.align == "right" else free / 2
    pdf.text(x, top + style.baseline_mm, text)


def _card(pdf: FPDF, deck: Deck, left: float, top: float, card: Card) -> None:
    for box in deck.boxes:
        pdf.set_fill_color(*box.colour)
        pdf.rect(left + box.left_mm, top + box.top_mm, box.width_mm, box.height_mm, style="F")
    for number, text in deck.texts_of(card):
        _text(pdf, left, top, deck.styles[number], text)
    pdf.set_fill_color(0)
    for x, y, width, height in dark_runs_mm(deck, card.link):
        pdf.rect(left + x, top + y, width, height, style="F")


def press(path: Path, out: Path) -> Stopwatch:
    """Draw the deck into one PDF; the time that took."""
    deck = read_deck(path)
    watch = Stopwatch()
    with watch:
        pdf = FPDF(unit="mm", format=deck.sheet_mm)
        pdf.set_auto_page_break(False)
        for key, face in deck.faces.items():
            pdf.add_font(key, fname=face.path)
        for sheet in deck.sheets():
            pdf.add_page()
            for card, (left, top) in zip(sheet, deck.corners_mm, strict=False):
                _card(pdf, deck, left, top, card)
        pdf.output(str(out / "cards.pdf"))
    return watch

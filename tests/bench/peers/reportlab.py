"""ReportLab by hand: `drawString` at each place, the art as a form, shaping off."""

from __future__ import annotations

from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from tests.bench.clock import Stopwatch
from tests.bench.codes import dark_runs_mm
from tests.bench.deck import Card, Deck, Style, read_deck

PT = 72 / 25.4  # points in a millimetre
REACH = 1000  # how far the art may reach from the card's corner


def _fill(canvas: Canvas, colour: tuple[int, int, int]) -> None:
    canvas.setFillColorRGB(*(part / 255 for part in colour))


def _text(canvas: Canvas, style: Style, text: str) -> None:
    canvas.setFont(style.face, style.size_pt)
    _fill(canvas, style.colour)
    left, width, y = style.left_mm * PT, style.width_mm * PT, -style.baseline_mm * PT
    match style.align:
        case "left":
            canvas.drawString(left, y, text)
        case "center":
            canvas.drawCentredString(left + width / 2, y, text)
        case "right":
            canvas.drawRightString(left + width, y, text)


def _art(canvas: Canvas, deck: Deck) -> None:
    """What all cards share, once, as a form."""
    canvas.beginForm("art", -REACH, -REACH, REACH, REACH)
    for box in deck.boxes:
        _fill(canvas, box.colour)
        bottom = -(box.top_mm + box.height_mm) * PT
        size = (box.width_mm * PT, box.height_mm * PT)
        canvas.rect(box.left_mm * PT, bottom, *size, stroke=0, fill=1)
    for number, text in deck.fixed:
        _text(canvas, deck.styles[number], text)
    canvas.endForm()


def _card(canvas: Canvas, deck: Deck, card: Card) -> None:
    canvas.doForm("art")
    for number, text in card.texts:
        _text(canvas, deck.styles[number], text)
    if deck.code_mm:
        _fill(canvas, (0, 0, 0))
        path = canvas.beginPath()
        for x, y, width, height in dark_runs_mm(deck, card.link):
            path.rect(x * PT, -(y + height) * PT, width * PT, height * PT)
        canvas.drawPath(path, stroke=0, fill=1)


def press(path: Path, out: Path) -> Stopwatch:
    """Draw the deck into one PDF; the time that took."""
    deck = read_deck(path)
    watch = Stopwatch()
    with watch:
        for key, face in deck.faces.items():
            pdfmetrics.registerFont(TTFont(key, str(face.path), shapable=False))
        width, height = (side * PT for side in deck.sheet_mm)
        canvas = Canvas(str(out / "cards.pdf"), (width, height), pageCompression=1)
        _art(canvas, deck)
        for sheet in deck.sheets():
            for card, (left, top) in zip(sheet, deck.corners_mm, strict=False):
                canvas.saveState()
                canvas.translate(left * PT, height - top * PT)
                _card(canvas, deck, card)
                canvas.restoreState()
            canvas.showPage()
        canvas.save()
    return watch

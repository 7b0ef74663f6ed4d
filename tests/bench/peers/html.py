"""The deck as an HTML page, for those who lay out whole: Chromium and WeasyPrint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from tests.bench import codes
from tests.bench.deck import Card, Deck, Text

# Ascent and descent of the faces: where the baseline stands in a line box 2 em high.
ASCENT_EM, DESCENT_EM = 1.16, 0.288
MM_PER_PT = 25.4 / 72
_RULES = """
body { margin: 0 }
.sheet { position: relative; overflow: hidden; break-after: page }
.sheet:last-child { break-after: auto }
.card, .card * { position: absolute; white-space: pre; line-height: 2em }
"""


def write_html(path: Path, deck: Deck) -> None:
    """Write the deck, a sheet a page."""
    sheets = "".join(f"<div class=sheet>{''.join(_sheet(deck, s))}</div>\n" for s in deck.sheets())
    path.write_text(
        '<!DOCTYPE html><html lang="zh-CN"><meta charset="utf-8"><title>cards</title>'
        f"<style>{_RULES}{''.join(_css(deck))}</style><body>{sheets}",
        "utf-8",
    )


def _css(deck: Deck) -> Iterator[str]:
    width, height = deck.sheet_mm
    yield f"@page {{ size: {width}mm {height}mm; margin: 0 }}\n"
    yield f".sheet {{ width: {width}mm; height: {height}mm }}\n"
    for key, face in deck.faces.items():
        yield f"@font-face {{ font-family: {key}; src: url('{face.path.resolve().as_uri()}') }}\n"
    for number, box in enumerate(deck.boxes):
        place = _place(box.left_mm, box.top_mm, box.width_mm)
        yield f".b{number} {{ {place}; height: {box.height_mm}mm; background: rgb{box.colour} }}\n"
    # Half the leading of a line 2 em high stands above the ascent.
    above_em = (2 - ASCENT_EM - DESCENT_EM) / 2 + ASCENT_EM
    for number, style in enumerate(deck.styles):
        top = style.baseline_mm - above_em * style.size_pt * MM_PER_PT
        yield (
            f".t{number} {{ {_place(style.left_mm, top, style.width_mm)};"
            f" font: {style.size_pt}pt/2em {style.face}; color: rgb{style.colour};"
            f" text-align: {style.align} }}\n"
        )
    if deck.code_mm:
        left, top, side = deck.code_mm
        yield f"svg {{ {_place(left, top, side)}; height: {side}mm }}\n"


def _place(left: float, top: float, width: float) -> str:
    return f"left: {left:.3f}mm; top: {top:.3f}mm; width: {width:.3f}mm"


def _sheet(deck: Deck, sheet: Sequence[Card]) -> Iterator[str]:
    art = "".join(f"<div class=b{number}></div>" for number in range(len(deck.boxes)))
    art += "".join(map(_line, deck.fixed))
    for card, (left, top) in zip(sheet, deck.corners_mm, strict=False):
        yield f"<div class=card style='left:{left}mm;top:{top}mm'>{art}"
        yield from map(_line, card.texts)
        yield codes.svg(card.link) if deck.code_mm else ""
        yield "</div>"


def _line(text: Text) -> str:
    return f"<div class=t{text[0]}>{escape(text[1])}</div>"

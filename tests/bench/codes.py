"""QR codes for those who draw by hand: from cardgen's own encoder, so that all draw the same."""

from __future__ import annotations

from collections.abc import Iterator

from cardgen import qr
from tests.bench.deck import Deck


def dark_runs_mm(deck: Deck, link: str) -> Iterator[tuple[float, float, float, float]]:
    """Left, top, width and height of each run of dark modules, from the card's corner, y down."""
    if deck.code_mm is None:
        return
    code = qr.encode(link, "M")
    left, top, side = deck.code_mm
    module = side / code.with_quiet
    for y in range(code.modules):
        row, x = code.rows[y * code.modules : (y + 1) * code.modules], 0
        while (x := row.find(b"\0", x)) >= 0:
            end = row.find(b"\xff", x)
            end = code.modules if end < 0 else end
            yield (
                left + (qr.QUIET_MODULES + x) * module,
                top + (qr.QUIET_MODULES + y) * module,
                (end - x) * module,
                module,
            )
            x = end


def svg(link: str) -> str:
    """The code as an SVG picture with its quiet zone."""
    return qr.svg(qr.encode(link, "M"), "#000")

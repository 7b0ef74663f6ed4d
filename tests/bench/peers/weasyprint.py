"""WeasyPrint whole: the deck as HTML, laid out at once."""

from __future__ import annotations

from pathlib import Path

import weasyprint

from tests.bench.clock import Stopwatch
from tests.bench.deck import read_deck
from tests.bench.peers.html import write_html


def press(path: Path, out: Path) -> Stopwatch:
    """Lay the deck out into one PDF; the time that took."""
    page = out / "cards.html"
    write_html(page, read_deck(path))
    watch = Stopwatch()
    with watch:
        weasyprint.HTML(page).write_pdf(out / "cards.pdf")
    return watch

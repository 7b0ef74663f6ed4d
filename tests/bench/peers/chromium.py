"""Headless Chromium, where it is installed: the deck as HTML, printed to PDF."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.bench.clock import Stopwatch
from tests.bench.deck import read_deck
from tests.bench.peers.html import write_html

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pdf-header-footer",
)


def program() -> str | None:
    """The browser's path, or None where there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def press(path: Path, out: Path) -> Stopwatch:
    """Print the deck into one PDF; the time that took, the browser's start included."""
    page = out / "cards.html"
    write_html(page, read_deck(path))
    browser = program()
    if browser is None:
        raise SystemExit("no Chromium is installed")
    watch = Stopwatch()
    with watch:
        subprocess.run(
            [
                browser,
                *QUIET,
                f"--user-data-dir={out / 'profile'}",
                f"--print-to-pdf={out / 'cards.pdf'}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )
    return watch

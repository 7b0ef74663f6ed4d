"""Typst (its PyPI binding): one source, the cards as JSON, a loop; the art is one value."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import typst

from tests.bench import codes
from tests.bench.clock import Stopwatch
from tests.bench.deck import read_deck

SOURCE = Path(__file__).with_name("card.typ")


def _stage(path: Path, root: Path) -> None:
    """Lay the source, the data and only the fonts that are needed beside one another."""
    (root / "fonts").mkdir(parents=True)
    for face in read_deck(path).faces.values():
        (root / "fonts" / face.file).symlink_to(face.path.resolve())
    shutil.copy(SOURCE, root)
    deck = json.loads(path.read_text("utf-8"))
    if deck["code_mm"]:
        for card in deck["cards"]:
            card["svg"] = codes.svg(card["link"])
    (root / "cards.json").write_text(json.dumps(deck, ensure_ascii=False), "utf-8")


def press(path: Path, out: Path) -> Stopwatch:
    """Compile the deck into one PDF; the time that took. Codes are encoded beforehand."""
    root = out / "typst"
    _stage(path, root)
    watch = Stopwatch()
    with watch:
        typst.compile(
            root / SOURCE.name,
            output=out / "cards.pdf",
            root=root,
            font_paths=[root / "fonts"],
            ignore_system_fonts=True,
        )
    return watch

"""The contact sheet of all papers: order, numbers, a picture of each, and the command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from cardgen import overview
from cardgen.cli import main
from cardgen.layouts import find_layout, list_layouts
from cardgen.model import SubjectKind

CARD, DOOR = find_layout("love-card"), find_layout("door-card")


def test_the_papers_come_in_the_order_of_the_table_and_own_ones_last() -> None:
    own = replace(CARD, name="a-slip")
    names = [spec.name for spec in overview.in_order([own, DOOR, CARD])]
    assert names == ["love-card", "door-card", "a-slip"]


def test_every_built_in_paper_has_a_number() -> None:
    assert len(overview.PAPERS) == len(set(overview.PAPERS)) == 20
    papers = {spec.name for spec in list_layouts() if spec.subject is not SubjectKind.VOLUME}
    assert papers <= set(overview.PAPERS)


def test_each_paper_has_a_picture_and_a_caption_on_one_sheet() -> None:
    sheet = overview.overview([CARD, DOOR, *[replace(CARD, name=f"own-{n}") for n in range(4)]])
    assert sheet.width == 2400
    side = (2400 - 120 - 4 * 50) // 5
    for number in range(6):
        row, column = divmod(number, 5)
        left = 60 + column * (side + 50)
        top, foot = (0, sheet.height // 2) if not row else (sheet.height // 2, sheet.height)
        place = sheet.crop((left, top, left + side, foot)).convert("L")
        colours = {value: count for count, value in place.getcolors(256) or []}
        assert colours.get(255, 0) > 10_000, f"{number}: no paper"
        assert min(colours) < 60, f"{number}: nothing on it"
    empty = sheet.crop((60 + side + 50, sheet.height // 2 + 60, 2400, sheet.height)).convert("L")
    assert len(empty.getcolors(256) or []) == 1


def test_a_large_paper_is_drawn_larger_but_not_by_as_much() -> None:
    small, large = (overview._thumbnail(spec, 400) for spec in (CARD, find_layout("village-board")))
    assert small.width < large.width <= 400
    assert small.width * 420 > large.width * 90 * 2


def test_the_command_writes_the_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "all.png"
    words = ["layouts", "overview", "love-card", "door-card", "--out", str(path)]
    assert main([*words, "--dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"已画好 {path}\n"
    with Image.open(path) as picture:
        assert picture.size[0] == 2400

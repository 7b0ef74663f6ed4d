"""Sheets that are turned: backs behind their fronts, pages in pairs, and layouts with a back."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawing import (
    card,
    card_form,
    card_grid,
    card_job,
    cell_box_pt,
    draw_cells,
    page_count,
    placed,
    text_in,
)

from cardgen.errors import LayoutError
from cardgen.impose import Grid
from cardgen.layoutcheck import check_layout
from cardgen.layouts import read_layout
from cardgen.model import Duplex
from cardgen.press.volume import press_volume
from cardgen.volume import make_volume

LETTERS = {card(number).copy.serial: "abcdefg"[number] for number in range(7)}


def both_sides(duplex: Duplex, **changes: object) -> Grid:
    return card_grid(2, 2, duplex=duplex, **changes)


def draw(pdf: bytes, grid: Grid, page: int) -> str:
    """A page as one looks at it: in each cell the letter of the serial that is read there."""
    side, found = page % 2, {}
    for place in range(grid.places):
        shown = text_in(pdf, cell_box_pt(grid, place, side), page)
        found[place] = next((letter for text, letter in LETTERS.items() if text in shown), ".")
    return draw_cells(found, grid, side)


def pressed(grid: Grid, count: int = 5) -> bytes:
    forms = {"card": card_form(leaves=2)}
    copies = [card(number) for number in range(count)]
    return press_volume("试印", grid, forms, placed(copies, forms, grid))


def test_backs_mirror_where_the_sheet_is_turned_over_its_long_edge() -> None:
    grid = both_sides(Duplex.LONG)
    pdf = pressed(grid)
    assert page_count(pdf) == 4
    assert [draw(pdf, grid, page) for page in range(4)] == [
        "a b / c d",
        "b a / d c",
        "e . / . .",
        ". e / . .",
    ]


def test_backs_stand_on_their_heads_where_the_sheet_is_turned_over_its_short_edge() -> None:
    grid = both_sides(Duplex.SHORT)
    pdf = pressed(grid)
    assert "d" not in draw(pdf, grid, 2)
    # Turned text comes back in its own order all the same.
    assert draw(pdf, grid, 1) == "c d / a b"


def test_a_volume_on_both_sides_is_read_back_and_counts_sheets_of_paper(tmp_path: Path) -> None:
    form = card_form(leaves=2)
    job = card_job(tmp_path, count=7, grid=both_sides(Duplex.LONG), forms={"card": form})
    result = make_volume(job)
    assert not result.failed
    assert [(line.sheet, line.side, line.cell) for line in result.printed] == [
        *((1, 1, cell) for cell in (1, 2, 3, 4)),
        *((2, 1, cell) for cell in (1, 2, 3)),
    ]
    assert page_count((tmp_path / result.name).read_bytes()) == 4


def test_a_copy_of_three_leaves_starts_on_a_sheet_of_its_own(tmp_path: Path) -> None:
    grid = card_grid(1, 1, duplex=Duplex.LONG)
    job = card_job(tmp_path, count=2, grid=grid, forms={"card": card_form(leaves=3)})
    result = make_volume(job)
    assert [line.sheet for line in result.printed] == [1, 3]
    assert page_count((tmp_path / result.name).read_bytes()) == 8  # the fourth side is blank


def test_backs_that_lie_behind_others_fronts_do_not_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The press forgets to mirror: every copy whose back is elsewhere is held back."""
    job = card_job(
        tmp_path, count=4, grid=both_sides(Duplex.LONG), forms={"card": card_form(leaves=2)}
    )
    monkeypatch.setattr("cardgen.press.volume._place", _unmirrored)
    result = make_volume(job)
    assert len(result.failed) == 4


def _unmirrored(grid: Grid, place: int, side: int) -> str:
    box = cell_box_pt(grid, place)
    return f"q 1 0 0 1 {box.left} {box.bottom} cm"


# -- layouts with a back ---------------------------------------------------------------------

TOML = """
title = "两面卡"
subject = "household"
size_mm = [60, 40]
must_show = ["serial", "household.head"]
"""
HEAD = '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"></head><body>'
FRONT = (
    HEAD + '\n<div style="width:50mm">{{ household.head | slot(lines=2) }}</div>\n</body></html>'
)
BACK = HEAD + '\n<div style="width:50mm">{{ serial | slot }}</div>\n</body></html>'


def layout(folder: Path, front: str = FRONT, back: str = BACK, toml: str = TOML) -> Path:
    folder = folder / "two-sided"
    folder.mkdir()
    for name, text in (("layout.toml", toml), ("layout.html", front), ("back.html", back)):
        (folder / name).write_text(text, "utf-8")
    return folder


def faults(folder: Path) -> list[str]:
    return [finding.message for finding in check_layout(read_layout(folder)).findings]


def test_a_layout_is_checked_on_both_sides(tmp_path: Path) -> None:
    assert faults(layout(tmp_path)) == []


def test_a_slip_on_the_back_is_named_with_its_own_line(tmp_path: Path) -> None:
    found = faults(layout(tmp_path, back=BACK.replace("serial", "seriel")))
    assert found and "的 back.html 第 2 行" in found[0]
    assert "seriel" in found[0]


def test_a_back_of_two_pages_is_refused(tmp_path: Path) -> None:
    long = BACK.replace("<body>", '<body><div style="height:60mm"></div>')
    found = faults(layout(tmp_path, back=long))
    assert found and "背面排成了 2 页，正反两面只能各一页。" in found[0]


def test_papers_that_flow_have_no_back(tmp_path: Path) -> None:
    with pytest.raises(LayoutError) as told:
        read_layout(layout(tmp_path, toml=TOML + "flows = true\n"))
    assert told.value.message.endswith("back.html：会分页的版式（flows）不能有背面。")

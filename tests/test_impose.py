"""Copies on sheets: each sheet drawn as a grid of numbers."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from drawing import draw_cells, draw_sheets, layout_spec, lines_of, sheet
from hypothesis import given, settings
from hypothesis import strategies as st

from cardgen.errors import LayoutError
from cardgen.impose import (
    Grid,
    blocks_of,
    grid_for,
    place_copies,
    sheets_needed,
    void_places,
)
from cardgen.layouts import find_layout
from cardgen.model import Duplex, Paper, SheetSpec, Sides
from cardgen.units import Rect

counts = st.integers(0, 400)
grids = st.builds(sheet, st.integers(1, 5), st.integers(1, 6))


# -- order -----------------------------------------------------------------------------------


def test_reading_order_goes_right_then_down_then_to_the_next_sheet() -> None:
    assert draw_sheets(12, sheet(2, 3), "reading") == lines_of(
        """
        0 1 / 2 3 / 4 5
        6 7 / 8 9 / 10 11
        """
    )


def test_last_sheet_leaves_cells_empty() -> None:
    assert draw_sheets(8, sheet(2, 3), "reading") == lines_of(
        """
        0 1 / 2 3 / 4 5
        6 7 / . . / . .
        """
    )


def test_cut_and_stack_on_two_sheets_counts_through_the_pile() -> None:
    assert draw_sheets(12, sheet(2, 3), "cut-stack") == lines_of(
        """
        0 2 / 4 6 / 8 10
        1 3 / 5 7 / 9 11
        """
    )


def test_cut_and_stack_on_three_sheets_leaves_the_last_cells_empty() -> None:
    assert draw_sheets(16, sheet(2, 3), "cut-stack") == lines_of(
        """
        0 3 / 6 9 / 12 15
        1 4 / 7 10 / 13 .
        2 5 / 8 11 / 14 .
        """
    )


def test_one_sheet_is_the_same_in_both_orders() -> None:
    assert draw_sheets(5, sheet(2, 3), "cut-stack") == draw_sheets(5, sheet(2, 3), "reading")


@settings(deadline=None)
@given(counts, grids)
def test_cut_piles_laid_on_one_another_are_in_order(count: int, grid: Grid) -> None:
    """Cut: each place is a pile, sheet 0 on top. Stack: the piles by place."""
    where = {spot: copy for copy, spot in enumerate(place_copies(count, grid, "cut-stack"))}
    assert len(where) == count
    sheets = sheets_needed(count, grid)
    stacked = [
        where[number, place]
        for place in range(grid.places)
        for number in range(sheets)
        if (number, place) in where
    ]
    assert stacked == list(range(count))
    for (number, place), copy in where.items():
        assert copy == place * sheets + number


@settings(deadline=None)
@given(counts, grids, st.sampled_from(["reading", "cut-stack"]))
def test_every_copy_has_a_place_of_its_own_on_as_few_sheets_as_can_be(
    count: int, grid: Grid, order: str
) -> None:
    spots = list(place_copies(count, grid, order))
    assert len(spots) == len(set(spots)) == count
    assert all(0 <= place < grid.places for _, place in spots)
    assert (
        len({number for number, _ in spots})
        == sheets_needed(count, grid)
        == -(-count // grid.places)
    )


def test_blocks_are_no_higher_than_the_cutter_lifts_and_as_even_as_can_be() -> None:
    grid = sheet(2, 1, block_sheets=3)
    assert blocks_of(7, grid) == [3, 2, 2]
    assert blocks_of(6, grid) == [3, 3]
    assert blocks_of(0, grid) == []


def test_each_block_is_cut_and_stacked_by_itself() -> None:
    """Blocks of two sheets: the first pile is laid down before the second block is cut."""
    assert draw_sheets(7, sheet(2, 1, block_sheets=2), "cut-stack") == lines_of(
        """
        0 2
        1 3
        4 6
        5 .
        """
    )


@settings(deadline=None)
@given(counts, grids, st.integers(1, 9))
def test_piles_of_all_blocks_are_in_order(count: int, grid: Grid, height: int) -> None:
    grid = replace(grid, block_sheets=height)
    where = {spot: copy for copy, spot in enumerate(place_copies(count, grid, "cut-stack"))}
    stacked, first = [], 0
    for sheets in blocks_of(sheets_needed(count, grid), grid):
        assert sheets <= height
        for place in range(grid.places):
            spots = [(first + number, place) for number in range(sheets)]
            stacked += [where[spot] for spot in spots if spot in where]
        first += sheets
    assert stacked == list(range(count))


def test_empty_cells_come_last_and_are_void() -> None:
    assert list(void_places(16, sheet(2, 3), "cut-stack")) == [(1, 5), (2, 5)]
    assert list(void_places(8, sheet(2, 3), "reading")) == [(1, 2), (1, 3), (1, 4), (1, 5)]
    assert list(void_places(12, sheet(2, 3), "reading")) == []


def test_a_used_sheet_goes_on_at_its_first_free_cell() -> None:
    grid = sheet(2, 3, start=4)
    assert draw_sheets(5, grid, "reading") == lines_of(
        """
        . . / . 0 / 1 2
        3 4 / . . / . .
        """
    )
    assert sheets_needed(5, grid) == 2
    assert list(void_places(5, grid, "reading")) == []  # it may be used once more


def test_a_start_cell_that_there_is_not_is_named() -> None:
    with pytest.raises(LayoutError) as told:
        sheet(2, 3, start=7)
    assert (told.value.message, told.value.hint) == ("起始格 7：这张纸上只有 6 格。", "写 1 到 6。")
    with pytest.raises(LayoutError) as told:
        grid_for(layout_spec(), SheetSpec(start=2, order="cut-stack"))
    assert told.value.message == "叠切时不能指定起始格：一摞纸要从第一格印起。"


# -- both sides ------------------------------------------------------------------------------


def draw_side(grid: Grid, side: int) -> str:
    """One side of a sheet as one looks at it: the numbers of the cells where they lie."""
    return draw_cells({place: str(place) for place in range(grid.places)}, grid, side)


def test_turned_over_the_long_edge_columns_mirror_and_rows_do_not() -> None:
    upright = sheet(2, 3, duplex=Duplex.LONG)
    assert draw_side(upright, 0) == "0 1 / 2 3 / 4 5"
    assert draw_side(upright, 1) == "1 0 / 3 2 / 5 4"
    assert not upright.cell(0, 1).turned


def test_turned_over_the_short_edge_rows_mirror_and_backs_stand_on_their_heads() -> None:
    upright = sheet(2, 3, duplex=Duplex.SHORT)
    assert draw_side(upright, 1) == "4 5 / 2 3 / 0 1"
    assert upright.cell(0, 1).turned


def test_a_lying_sheet_has_its_long_edge_above() -> None:
    lying = sheet(3, 2, duplex=Duplex.LONG)
    assert draw_side(lying, 1) == "3 4 5 / 0 1 2"
    assert draw_side(replace(lying, duplex=Duplex.SHORT), 1) == "2 1 0 / 5 4 3"


@settings(deadline=None)
@given(grids, st.sampled_from([Duplex.LONG, Duplex.SHORT]), st.integers(0, 29))
def test_held_against_the_light_every_back_lies_behind_its_front(
    grid: Grid, duplex: Duplex, place: int
) -> None:
    grid = replace(grid, duplex=duplex)
    front, back = grid.cell(place % grid.places), grid.cell(place % grid.places, 1)
    if grid.turns_over_side:
        seen = grid.width_mm - back.left_mm - grid.copy_width_mm, back.bottom_mm
    else:
        seen = back.left_mm, grid.height_mm - back.bottom_mm - grid.copy_height_mm
    assert seen == pytest.approx((front.left_mm, front.bottom_mm))


def test_what_a_printer_is_off_moves_the_backs_only() -> None:
    grid = sheet(2, 2, duplex=Duplex.LONG)
    moved = replace(grid, back_shift_mm=(1.5, -0.5))
    assert moved.cell(1) == grid.cell(1)
    assert moved.cell(1, 1).left_mm - grid.cell(1, 1).left_mm == pytest.approx(1.5)
    assert moved.cell(1, 1).bottom_mm - grid.cell(1, 1).bottom_mm == pytest.approx(-0.5)


def test_uneven_margins_are_kept_on_both_sides() -> None:
    spec = layout_spec(width_mm=60, height_mm=40)
    margins = Sides(4, 4, 18, 20)
    one_sided = grid_for(spec, SheetSpec(margins_mm=margins, marks=False))
    assert one_sided.block_mm.left == 20 and one_sided.columns == 3  # 180 of 186 mm
    grid = grid_for(spec, SheetSpec(margins_mm=margins, marks=False, duplex=Duplex.LONG))
    assert grid.columns == 2  # 170 mm between 20 mm on either side
    for side in (0, 1):
        boxes = [grid.cell(place, side) for place in range(grid.places)]
        assert min(box.left_mm for box in boxes) >= 20 and min(b.bottom_mm for b in boxes) >= 18


def test_a_single_page_holds_a_copy_with_its_bleed_and_marks() -> None:
    spec = layout_spec(width_mm=90, height_mm=54, bleed_mm=3)
    grid = grid_for(spec, SheetSpec(paper=Paper.SINGLE, duplex=Duplex.LONG))
    assert (grid.width_mm, grid.height_mm, grid.places) == (104, 68, 1)
    assert trim(grid, 0) == Rect(7, 7, 90, 54)
    assert len(grid.mark_lines_mm()) == 8
    assert grid.turns_over_side  # its back is the page that follows, upright


def test_paper_of_an_own_size_lies_as_it_is_told() -> None:
    grid = grid_for(layout_spec(), SheetSpec(own_mm=(464, 320)))
    assert (grid.width_mm, grid.height_mm, grid.columns) == (464, 320, 7)


# -- beside the copies -----------------------------------------------------------------------


def test_the_foot_stands_below_the_marks_where_there_is_room() -> None:
    grid = sheet(2, 2, foot=True, height_mm=60.0)
    foot = grid.foot_mm()
    assert foot is not None and foot.bottom == 3
    lowest = min(min(line[1], line[3]) for line in grid.mark_lines_mm())
    assert foot.top <= lowest


def test_the_foot_goes_between_two_marks_where_they_come_down_to_it() -> None:
    foot = grid_for(find_layout("love-card")).foot_mm()
    assert foot is not None
    lines = list(grid_for(find_layout("love-card")).mark_lines_mm())
    for x1, y1, x2, y2 in lines:
        assert not overlap(foot, Rect(x1, y1, x2 - x1, y2 - y1).grown(0.3), 0)


def test_a_sheet_without_room_has_no_foot() -> None:
    assert sheet(2, 2, foot=True, margins_mm=Sides.all(9.0), marks=False).foot_mm() is None
    assert sheet(2, 2).foot_mm() is None


def test_fold_marks_stand_at_the_folds_of_every_copy() -> None:
    spec = layout_spec(width_mm=60, height_mm=40, folds_across_mm=(10.0,), folds_down_mm=(30.0,))
    grid = grid_for(spec, SheetSpec(columns=2, rows=1))
    lefts = [grid.cell(place).left_mm for place in (0, 1)]
    fold = grid.cell(0).bottom_mm + 30
    lines = grid.fold_lines_mm()
    assert sorted({round(x1, 6) for x1, _, x2, _ in lines if x1 == x2}) == pytest.approx(
        [left + 30 for left in lefts]
    )
    assert {round(y1, 6) for _, y1, _, y2 in lines if y1 == y2} == {round(fold, 6)}
    assert not any(overlap(grid.block_mm, Rect(a, b, c - a, d - b)) for a, b, c, d in lines)


def test_a_letter_that_fills_its_sheet_has_its_fold_marks_at_the_edge() -> None:
    spec = layout_spec(width_mm=210, height_mm=297, folds_across_mm=(99.0, 198.0))
    lines = grid_for(spec).fold_lines_mm()
    assert sorted({round(y1, 6) for _, y1, _, _ in lines}) == [99, 198]
    assert all(x2 - x1 == pytest.approx(4) for x1, _, x2, _ in lines)


# -- fitting ---------------------------------------------------------------------------------


def test_as_many_as_fit_where_rows_and_columns_are_not_told() -> None:
    grid = grid_for(layout_spec(width_mm=90, height_mm=54))
    assert (grid.columns, grid.rows) == (2, 5)  # 2 x 90 of 200 mm, 5 x 54 of 287 mm
    turned = grid_for(layout_spec(width_mm=90, height_mm=54), SheetSpec(landscape=True))
    assert (turned.columns, turned.rows) == (3, 3)


def test_a_gutter_counts_between_copies_and_not_beside_them() -> None:
    spec = layout_spec(width_mm=100, height_mm=54)
    assert grid_for(spec, SheetSpec(gutter_x_mm=0, marks=False)).columns == 2  # exactly 200 mm
    assert grid_for(spec, SheetSpec(gutter_x_mm=0.1, marks=False)).columns == 1


def test_crop_marks_and_bleed_need_room_too() -> None:
    spec = layout_spec(width_mm=100, height_mm=54, bleed_mm=3)
    assert grid_for(spec, SheetSpec()).columns == 1
    with pytest.raises(LayoutError) as told:
        grid_for(spec, SheetSpec(columns=2))
    assert told.value.message == ("2 列连同出血和裁切线要 211 毫米，纸上能印的宽只有 200 毫米。")
    assert told.value.hint == "减少行列，换大一号的纸，或写 marks = false 不要裁切线。"


def test_a_grid_that_does_not_fit_says_so_in_millimetres() -> None:
    with pytest.raises(LayoutError) as told:
        grid_for(
            layout_spec(width_mm=90, height_mm=95), SheetSpec(columns=2, rows=4, gutter_y_mm=2)
        )
    assert (
        told.value.message == "4 行、每张 95 毫米、间隔 2 毫米，共要 386 毫米；纸上只有 287 毫米。"
    )
    assert told.value.hint == "减少行列，或换大一号的纸。"


def test_columns_are_told_from_rows() -> None:
    with pytest.raises(LayoutError) as told:
        grid_for(layout_spec(width_mm=90, height_mm=54), SheetSpec(columns=3))
    assert (
        told.value.message == "3 列、每张 90 毫米、间隔 0 毫米，共要 270 毫米；纸上只有 200 毫米。"
    )


def test_a_copy_larger_than_its_sheet_does_not_fit_at_all() -> None:
    with pytest.raises(LayoutError) as told:
        grid_for(layout_spec(width_mm=297, height_mm=200))
    assert (
        told.value.message == "1 列、每张 297 毫米、间隔 0 毫米，共要 297 毫米；纸上只有 200 毫米。"
    )


@pytest.mark.parametrize("gutter", ["gutter_x_mm", "gutter_y_mm"])
def test_copies_never_lie_over_one_another(gutter: str) -> None:
    with pytest.raises(LayoutError) as told:
        sheet(2, 2, **{gutter: -1.0})
    assert "-1" in told.value.message


@settings(deadline=None)
@given(grids)
def test_the_block_stands_in_the_middle_and_holds_every_cell(grid: Grid) -> None:
    block = grid.block_mm
    assert block.left == pytest.approx(grid.width_mm - block.right)
    assert block.bottom == pytest.approx(grid.height_mm - block.top)
    boxes = [trim(grid, place) for place in range(grid.places)]
    assert all(block.holds(box, 1e-6) for box in boxes)
    assert not any(overlap(a, b) for a, b in combinations(boxes, 2))


def test_a_copy_as_large_as_its_sheet_has_no_margin_and_no_marks() -> None:
    grid = grid_for(layout_spec(width_mm=210, height_mm=297, bleed_mm=3))
    assert (grid.places, grid.margins_mm, grid.bleed_mm) == (1, Sides.all(0), 0)
    assert grid.mark_lines_mm() == ()
    assert trim(grid, 0) == Rect(0, 0, 210, 297)


def test_the_love_card_stands_ten_times_on_a4() -> None:
    grid = grid_for(find_layout("love-card"))
    assert (grid.columns, grid.rows, grid.width_mm, grid.height_mm) == (2, 5, 210, 297)
    corner = grid.cell(0)
    assert (corner.left_mm, corner.bottom_mm) == pytest.approx((11, 229.5))


def test_paper_sizes_are_those_of_the_standard() -> None:
    assert {paper.value: paper.size_mm for paper in Paper if paper is not Paper.SINGLE} == {
        "A3": (297, 420),
        "A4": (210, 297),
        "A5": (148, 210),
        "SRA3": (320, 450),
        "letter": (215.9, 279.4),
    }


# -- bleed and marks -------------------------------------------------------------------------


def trim(grid: Grid, place: int) -> Rect:
    cell = grid.cell(place)
    return Rect(cell.left_mm, cell.bottom_mm, grid.copy_width_mm, grid.copy_height_mm)


def overlap(one: Rect, other: Rect, slack: float = 1e-6) -> bool:
    return (
        one.left < other.right - slack
        and other.left < one.right - slack
        and one.bottom < other.top - slack
        and other.bottom < one.top - slack
    )


def reach(grid: Grid, place: int) -> tuple[float, ...]:
    """How far the bleed goes: left, right, above, below."""
    cell, box = trim(grid, place), grid.bleed_box_mm(place)
    sides = (
        cell.left - box.left,
        box.right - cell.right,
        box.top - cell.top,
        cell.bottom - box.bottom,
    )
    return tuple(round(side, 6) for side in sides)


def test_bleed_is_whole_outside_and_half_a_gutter_inside() -> None:
    grid = sheet(3, 3, bleed_mm=3.0, gutter_y_mm=0.0, height_mm=60.0)
    assert [reach(grid, place) for place in (0, 4, 8)] == [
        (3, 1, 3, 0),  # upper left corner
        (1, 1, 0, 0),  # the middle
        (1, 3, 0, 3),  # lower right corner
    ]


def test_bleed_is_whole_where_the_gutter_is_wide() -> None:
    grid = sheet(2, 1, bleed_mm=3.0, gutter_x_mm=8.0, width_mm=60.0)
    assert reach(grid, 0) == reach(grid, 1) == (3, 3, 3, 3)


@settings(deadline=None)
@given(st.integers(1, 4), st.integers(1, 4), st.floats(0, 5), st.floats(0, 8), st.floats(0, 8))
def test_no_bleed_reaches_into_another_bleed(
    columns: int, rows: int, bleed: float, gutter_x: float, gutter_y: float
) -> None:
    grid = sheet(
        columns,
        rows,
        bleed_mm=bleed,
        gutter_x_mm=gutter_x,
        gutter_y_mm=gutter_y,
        width_mm=100.0,
        height_mm=100.0,
    )
    boxes = [grid.bleed_box_mm(place) for place in range(grid.places)]
    assert not any(overlap(a, b) for a, b in combinations(boxes, 2))


@pytest.mark.parametrize("bleed_mm", [0.0, 3.0])
def test_crop_marks_lie_outside_block_and_bleed_and_on_every_cut(bleed_mm: float) -> None:
    grid = sheet(2, 2, bleed_mm=bleed_mm)
    inner = grid.block_mm.grown(bleed_mm)
    lines = grid.mark_lines_mm()
    for x1, y1, x2, y2 in lines:
        assert not overlap(inner, Rect(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1)), 0)
        assert max(abs(x2 - x1), abs(y2 - y1)) == pytest.approx(3)
        assert Rect(0, 0, grid.width_mm, grid.height_mm).holds(Rect(x1, y1, x2 - x1, y2 - y1))
    # 2 columns of 10 mm with 2 mm between, from 10 mm on: cut at 10, 20, 22, 32; rows the same.
    for cuts in (
        sorted(round(x1, 6) for x1, y1, x2, _ in lines if x1 == x2 and y1 > inner.top),
        sorted(round(x1, 6) for x1, y1, x2, _ in lines if x1 == x2 and y1 < inner.bottom),
        sorted(round(y1, 6) for x1, y1, _, y2 in lines if y1 == y2 and x1 > inner.right),
        sorted(round(y1, 6) for x1, y1, _, y2 in lines if y1 == y2 and x1 < inner.left),
    ):
        assert cuts == [10, 20, 22, 32]


def test_one_cut_between_rows_that_touch_has_one_mark() -> None:
    grid = sheet(1, 3, gutter_y_mm=0.0, height_mm=50.0)
    beside = [y1 for x1, y1, _, y2 in grid.mark_lines_mm() if y1 == y2 and x1 > grid.block_mm.right]
    assert beside == pytest.approx([10, 20, 30, 40])


def test_no_marks_where_none_are_wanted() -> None:
    assert sheet(2, 2, marks=False).mark_lines_mm() == ()

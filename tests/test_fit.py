"""Text into boxes: as it is, smaller, on more lines, or not at all; never over its box."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from drawing import slot, style
from hypothesis import given, settings
from hypothesis import strategies as st

from cardgen import fonts
from cardgen.fit import (
    NOT_FIRST,
    NOT_LAST,
    STEP_PT,
    SlotFit,
    break_points,
    fit_text,
    line_width,
    place_lines,
)
from cardgen.model import Align, Line, Slot

HAN = "王李张刘陈杨赵黄周吴青石镇唐湾村网格组号楼单元室"
RARE = "𬱖𠅤䶮㐱𬘡"
texts = st.text(st.sampled_from(HAN + RARE + "AZaz09 ·、（）—“”…"), min_size=1, max_size=24).map(
    lambda text: text.strip()
)


def drawn(lines: Sequence[Line] | None) -> list[str]:
    """The lines as a reader sees them: size, then the text."""
    assert lines is not None
    return [f"{line.size_pt:g} {line.text}" for line in lines]


def split(text: str) -> str:
    """The text with a stroke at every place where a line may end."""
    points = [0, *break_points(text), len(text)]
    return "|".join(text[a:b] for a, b in pairwise(points))


def ink_pt(line: Line, place: Slot) -> tuple[float, float]:
    """Left and right edge of a line, measured again with the shaper."""
    chain = fonts.chain(place.style.family, place.style.weight)
    em = sum(
        fonts.shape(run.text, run.face, place.style.features).width
        for run in fonts.runs(line.text, chain)
    )
    return line.x_pt, line.x_pt + em * line.size_pt / 1000


# -- as it is, smaller, two lines, not at all ------------------------------------------------


def test_text_that_fits_keeps_its_size() -> None:
    assert drawn(fit_text("王秀英", slot(30.0))) == ["10 王秀英"]


def test_text_gets_smaller_in_steps_until_it_fits() -> None:
    # Four hanzi are 4 em: 10, 9.75, … 8.75 pt are too wide for 34.9 pt, 8.5 pt is not.
    assert drawn(fit_text("欧阳秀英", slot(34.9))) == ["8.5 欧阳秀英"]
    assert drawn(fit_text("欧阳秀英", slot(35.0))) == ["8.75 欧阳秀英"]


def test_the_floor_itself_is_tried_last() -> None:
    narrow = slot(4 * 8.1, floor_pt=8.1)
    assert drawn(fit_text("欧阳秀英", narrow)) == ["8.1 欧阳秀英"]
    assert fit_text("欧阳秀英", slot(4 * 8.1 - 0.1, floor_pt=8.1)) is None


def test_below_the_floor_nothing_is_printed() -> None:
    assert fit_text("青石大道南段和平花园小区", slot(60.0, floor_pt=6)) is None


def test_a_smaller_line_goes_before_a_second_line() -> None:
    assert drawn(fit_text("迪丽努尔", slot(25.0, lines=2, floor_pt=6))) == ["6.25 迪丽努尔"]
    two = fit_text("迪丽努尔", slot(25.0, lines=2, floor_pt=7))
    assert drawn(two) == ["10 迪丽", "10 努尔"]


def test_several_lines_get_smaller_too() -> None:
    two = fit_text("青石大道南段和平花园", slot(41.0, lines=2, floor_pt=6))
    assert drawn(two) == ["8 青石大道南", "8 段和平花园"]


def test_lines_do_not_run_into_one_another_where_the_leading_is_small() -> None:
    tight = slot(35.0, lines=2, floor_pt=5, type_style=style(10, leading_pt=8.4))
    lines = fit_text("青石大道南段和平", tight)
    # 8.4 pt of leading bear type of 8 pt: 8.4 / 1.05.
    assert drawn(lines) == ["8 青石大道", "8 南段和平"]


def test_no_text_is_no_line() -> None:
    assert fit_text("", slot(10.0)) == ()


def test_the_texts_own_line_break_starts_a_line() -> None:
    assert drawn(fit_text("王秀英\n李明", slot(60.0, lines=2))) == ["10 王秀英", "10 李明"]
    assert fit_text("王秀英\n李明", slot(60.0, lines=1)) is None


def test_a_name_with_a_rare_character_is_measured_in_the_face_that_prints_it() -> None:
    name = "A\u0f40B"  # a Tibetan letter is half as wide as the em that a hanzi would take
    chain = fonts.chain("cg-hei", 400)
    parts = fonts.runs(name, chain)
    assert [part.face.key for part in parts] == ["hei-regular", "tibetan-regular", "hei-regular"]
    width = sum(fonts.shape(part.text, part.face).width for part in parts) / 100
    (line,) = fit_text(name, slot(width)) or ()
    assert (line.size_pt, line.width_pt) == (10, pytest.approx(width))
    assert fit_text(name, slot(width - 0.1, floor_pt=10)) is None


def test_letter_spacing_counts() -> None:
    spaced = style(10, letter_spacing_pt=2.0)
    (line,) = fit_text("王秀英", slot(36.0, type_style=spaced)) or ()
    assert (line.size_pt, line.width_pt) == (10, pytest.approx(36))
    assert drawn(fit_text("王秀英", slot(35.0, type_style=spaced))) == ["9.5 王秀英"]


def test_features_of_the_type_are_measured() -> None:
    wide = line_width("111", slot(type_style=style(10, features=(("fwid", 1),))), 10)
    assert wide == pytest.approx(30)
    assert line_width("111", slot(), 10) < 25


# -- where lines break -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "王|秀|英",
        "3|号|楼|2|单|元|1801|室",  # a number stays whole
        "和|平|Park |Tower|二|期",  # and so does a word
        "青|石|镇、|唐|湾|村。",  # no mark starts a line
        "（东|片|区）|唐|湾|村",  # an opening bracket does not end one
        "“天|上|人|间”|茶|楼",
        "阿|不|都·|热|合|曼",
        "等|等……|再|说",
        "完|成|95%|以|上",
        "附|1-2|号",
    ],
)
def test_lines_break_here_and_nowhere_else(text: str) -> None:
    assert split(text.replace("|", "")) == text


def test_a_line_breaks_rather_after_a_dot_or_a_blank() -> None:
    name = slot(82.0, lines=2, floor_pt=10)
    assert drawn(fit_text("阿不都·热合曼江·买买提", name)) == ["10 阿不都·", "10 热合曼江·买买提"]
    place = slot(73.0, lines=2, floor_pt=10)
    assert drawn(fit_text("唐湾村 3网格 5组 12号", place)) == ["10 唐湾村 3网格", "10 5组 12号"]


def test_a_line_breaks_elsewhere_where_the_rest_would_not_fit() -> None:
    name = slot(62.0, lines=2, floor_pt=10)
    assert drawn(fit_text("阿·不都热合曼买买提", name)) == ["10 阿·不都热合", "10 曼买买提"]


def test_no_blank_stands_at_a_broken_end() -> None:
    lines = fit_text("唐湾村 石桥村", slot(41.0, lines=2, floor_pt=10)) or ()
    assert [line.text for line in lines] == ["唐湾村", "石桥村"]


# -- where lines stand -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("align", "left_pt"), [(Align.LEFT, 7.0), (Align.CENTER, 42.0), (Align.RIGHT, 77.0)]
)
def test_a_line_is_aligned_in_its_box(align: Align, left_pt: float) -> None:
    place = slot(100.0, left_pt=7.0, type_style=style(10, align=align))
    (line,) = fit_text("王秀英", place) or ()
    assert line.x_pt == pytest.approx(left_pt)
    assert line.y_pt == place.baseline_pt


def test_each_line_is_aligned_by_itself() -> None:
    lines = fit_text("王秀英\n李明", slot(50.0, lines=2, type_style=style(10, align=Align.RIGHT)))
    assert lines is not None
    assert [line.x_pt for line in lines] == pytest.approx([20, 30])


def test_lines_stand_one_leading_apart() -> None:
    place = slot(50.0, lines=2, bottom_pt=100.0)
    lines = fit_text("王秀英\n李明", place) or ()
    assert [line.y_pt for line in lines] == pytest.approx([114, 102])


def test_one_line_in_a_box_of_two_stands_in_the_middle() -> None:
    place = slot(50.0, lines=2, bottom_pt=100.0)
    (line,) = fit_text("王秀英", place) or ()
    assert line.y_pt == pytest.approx(108)  # half a leading of 12 pt below 114


def test_one_smaller_line_keeps_its_baseline() -> None:
    place = slot(25.0, bottom_pt=100.0)
    (line,) = fit_text("王秀英", place) or ()
    assert line.size_pt == 8.25
    assert line.y_pt == place.baseline_pt


# -- for all texts ---------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(
    texts,
    st.floats(6, 120),
    st.integers(1, 3),
    st.sampled_from(list(Align)),
    st.sampled_from(["cg-hei", "cg-song", "cg-kai"]),
)
def test_ink_never_stands_over_its_box_and_nothing_is_lost(
    text: str, width_pt: float, lines: int, align: Align, family: str
) -> None:
    place = slot(
        width_pt,
        left_pt=20.0,
        lines=lines,
        floor_pt=5.5,
        type_style=style(11, family=family, align=align),
    )
    fitted = fit_text(text, place)
    if fitted is None:
        widest = line_width(text, place, place.floor_pt)
        assert widest > width_pt
        return
    assert len(fitted) <= lines
    assert "".join(line.text for line in fitted).replace(" ", "") == text.replace(" ", "")
    for line in fitted:
        left, right = ink_pt(line, place)
        assert left >= place.box_pt.left - 0.02
        assert right <= place.box_pt.right + 0.02
        assert place.floor_pt <= line.size_pt <= place.style.size_pt
    for line in fitted[1:]:
        assert line.text[0] not in NOT_FIRST
    for line in fitted[:-1]:
        assert line.text[-1] not in NOT_LAST
    rest = text.lstrip(" ")
    for before, after in pairwise(fitted):
        rest = rest.removeprefix(before.text)
        is_at_a_blank = rest.startswith(" ")
        rest = rest.lstrip(" ")
        torn = before.text[-1] + after.text[0]
        assert is_at_a_blank or not (torn.isascii() and torn.isalnum())


def test_an_opening_mark_does_not_end_a_line_before_a_blank() -> None:
    assert break_points("甲（ 乙") == [1]


@settings(deadline=None)
@given(texts, st.floats(20, 120))
def test_type_is_no_smaller_than_it_must_be(text: str, width_pt: float) -> None:
    place = slot(width_pt)
    fitted = fit_text(text, place)
    if fitted and fitted[0].size_pt < place.style.size_pt:
        assert line_width(text, place, fitted[0].size_pt + STEP_PT) > width_pt


@settings(max_examples=300, deadline=None)
@given(
    st.lists(texts | st.just("") | st.just("王秀英\n李明"), min_size=1, max_size=4),
    st.floats(6, 120),
    st.integers(1, 3),
    st.sampled_from(list(Align)),
    st.sampled_from([0.0, 0.7]),
)
def test_text_after_text_is_fitted_as_each_alone(
    several: list[str], width_pt: float, lines: int, align: Align, spacing_pt: float
) -> None:
    shown = style(11, align=align, letter_spacing_pt=spacing_pt)
    place = slot(width_pt, left_pt=20.0, lines=lines, floor_pt=5.5, type_style=shown)
    kept = SlotFit(place)
    for text in several:
        found = kept.fit(text)
        assert found == fit_text(text, place)
        if found and len(found) == 1:
            assert found == place_lines([(text, found[0].width_pt)], place, found[0].size_pt)

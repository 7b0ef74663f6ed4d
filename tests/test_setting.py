"""Text that is set by look-up is set as HarfBuzz would have set it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardgen import fonts
from cardgen.fonts import setting as module
from cardgen.fonts.setting import Piece, setting

FAMILIES = ("cg-hei", "cg-song", "cg-kai", "cg-fangsong")
TAME = (("kern", 1), ("tnum", 1))
HAN = "唐湾村王秀英张李明号组网格楼单元一二三丁𬱖䶮㐱"
TEXTS = (
    st.text(HAN + "0123456789 ", min_size=1, max_size=12)
    | st.text("23456789ABCDEFGHJKLMNPQRSTUVWXY-", min_size=1, max_size=9)
    | st.text("0123456789 ", min_size=1, max_size=13)
    | st.text(HAN + "AVTo10 -·（）", min_size=1, max_size=10)
)


def codes(piece: Piece) -> set[tuple[int, int, str]]:
    """The codes of a piece, whichever way it was set."""
    return set(piece.codes or (piece.table.codes(piece.text) if piece.table else ()))


def shaped(text: str, chain: tuple[fonts.Face, ...]) -> list[tuple[str, set, float]]:  # type: ignore[type-arg]
    """The same by HarfBuzz alone."""
    found = []
    for run in fonts.runs(text, chain):
        piece, width = module._shaped(run.text, run.face, TAME)
        found.append((piece.show, codes(piece), width))
    return found


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("weight", [400, 700])
@settings(max_examples=120, deadline=None)
@given(text=TEXTS)
def test_a_text_set_by_look_up_shows_what_harfbuzz_shows(
    family: str, weight: int, text: str
) -> None:
    chain = fonts.chain(family, weight)
    if fonts.missing(text, chain):
        return
    found = setting(text, chain, TAME)
    by_harfbuzz = shaped(text, chain)
    assert [(piece.show, codes(piece)) for piece in found.pieces] == [
        (show, used) for show, used, _ in by_harfbuzz
    ]
    assert found.width == pytest.approx(sum(width for _, _, width in by_harfbuzz))


@pytest.mark.parametrize("family", FAMILIES)
def test_no_pair_of_hanzi_is_kerned_or_changed(family: str) -> None:
    draw = random.Random(family)
    face = fonts.chain(family, 400)[0]
    hanzi = [chr(c) for c in sorted(fonts.characters(face)) if 0x4E00 <= c <= 0x9FFF]
    for _ in range(300):
        text = "".join(draw.choices(hanzi, k=8))
        glyphs = fonts.shape(text, face, TAME)
        assert glyphs.ids == tuple(fonts.nominal_glyph(face, ord(char)) for char in text)
        assert glyphs.width == sum(fonts.advance(face, glyph) for glyph in glyphs.ids)


def test_plain_texts_take_the_short_way_and_others_do_not() -> None:
    chain = fonts.chain("cg-hei", 400)
    for text in ("王秀英", "唐湾村 3网格 12号", "199 0000 0001", "7K3M-9QXP"):
        assert setting(text, chain, TAME).pieces[0].table is not None, text
    for text in ("买买提·艾力", "（二）", "王A", "To 12"):
        assert setting(text, chain, TAME).pieces[0].table is None, text


def test_a_text_under_another_feature_is_shaped() -> None:
    chain = fonts.chain("cg-hei", 400)
    assert setting("一二", chain, (("vert", 1),)).pieces[0].table is None


def test_long_lines_that_come_once_do_not_fill_the_memory() -> None:
    """The foot of each sheet is one; a county has a hundred thousand."""
    line = "批次 3F7K 森林防火 爱心联系卡 唐湾村 第 {} 张"
    setter = module.Setter(fonts.chain("cg-hei", 400), (("kern", 1),))
    for number in range(module.KEPT_CHARACTERS // len(line) + 500):
        setter.set(line.format(number))
    kept = sum(map(len, setter._kept))
    assert 0 < kept <= module.KEPT_CHARACTERS + 2 * len(line)
    assert setter.set(line.format(1)) == setter.set(line.format(1))

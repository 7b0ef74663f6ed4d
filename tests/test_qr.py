"""QR codes: what is encoded is decoded again, from both writers, both drawings, all levels."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cardgen import qr
from cardgen.errors import LayoutError
from cardgen.qr import QUIET_MODULES, QrCode

LINK = "https://example.cn/h/TW-001?s=QR9P-6RRE"
WORDS = "唐湾村 党群服务中心 报平安"
LEVELS = ("L", "M", "Q", "H")


def rows_of(code: QrCode) -> list[str]:
    """The code as a drawing: # is dark."""
    size = code.modules
    marks = "".join("#" if value == 0 else "." for value in code.rows)
    return [marks[at : at + size] for at in range(0, size * size, size)]


def picture(rows: list[str], quiet: int = QUIET_MODULES, scale: int = 4) -> Image.Image:
    size = len(rows) + 2 * quiet
    image = Image.new("L", (size, size), 255)
    for y, row in enumerate(rows):
        for x, mark in enumerate(row):
            if mark == "#":
                image.putpixel((x + quiet, y + quiet), 0)
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


def from_mask(code: QrCode) -> list[str]:
    """The rows again, from the hexadecimal of the image mask: PDF pads each row to a byte."""
    data = bytes.fromhex(qr.mask_hex(code))
    width = (code.modules + 7) // 8
    assert len(data) == width * code.modules
    rows = []
    for at in range(0, len(data), width):
        bits = "".join(f"{byte:08b}" for byte in data[at : at + width])
        rows.append(bits[: code.modules].replace("0", "#").replace("1", "."))
    return rows


def from_svg(code: QrCode, colour: str = "#000") -> list[str]:
    """The rows again, from the rectangles of the SVG's one path."""
    drawing = qr.svg(code, colour)
    (side,) = re.findall(r'viewBox="0 0 (\d+) \1"', drawing)
    assert int(side) == code.modules + 2 * QUIET_MODULES
    assert f'fill="{colour}"' in drawing and drawing.count("<path") == 1
    table = [["."] * int(side) for _ in range(int(side))]
    for x, y, width, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h(-\d+)z", drawing):
        assert int(width) == -int(back)
        for at in range(int(x), int(x) + int(width)):
            table[int(y)][at] = "#"
    quiet, end = QUIET_MODULES, int(side) - QUIET_MODULES
    around = [row for y, row in enumerate(table) if not quiet <= y < end]
    around += [row[:quiet] + row[end:] for row in table]
    assert "#" not in "".join("".join(row) for row in around), "ink in the quiet zone"
    return ["".join(row[quiet:end]) for row in table[quiet:end]]


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("text", [LINK, WORDS, "tel:19900000001", "A"])
def test_both_writers_say_the_same(text: str, level: str) -> None:
    fast, slow = qr.encode(text, level), qr.encode_slowly(text, level)
    assert list(qr.decode(picture(rows_of(fast)))) == [text]
    assert list(qr.decode(picture(rows_of(slow)))) == [text]
    assert len(fast.rows) == fast.modules**2


@pytest.mark.parametrize("level", LEVELS)
def test_a_code_is_no_larger_than_the_yardsticks(level: str) -> None:
    assert qr.encode(LINK, level).modules <= qr.encode_slowly(LINK, level).modules


@pytest.mark.parametrize(("level", "bits"), [("L", "01"), ("M", "00"), ("Q", "11"), ("H", "10")])
def test_the_level_asked_for_is_the_level_written(level: str, bits: str) -> None:
    """The first two of the format bits, beside the upper left eye (ISO/IEC 18004, 7.9)."""
    row = rows_of(qr.encode(LINK, level))[8]
    read = "".join("1" if mark == "#" else "0" for mark in row[:2])
    assert "".join(str(int(a) ^ int(b)) for a, b in zip(read, "10", strict=True)) == bits


@settings(deadline=None, max_examples=60)
@given(st.text(st.sampled_from("abz09-/?=&:唐湾村😀 "), min_size=1, max_size=120))
def test_mask_and_picture_are_the_code(text: str) -> None:
    code = qr.encode(text, "M")
    assert from_mask(code) == from_svg(code) == rows_of(code)


def test_a_drawn_code_is_read_back_from_its_mask() -> None:
    assert list(qr.decode(picture(from_mask(qr.encode(LINK, "M"))))) == [LINK]


def test_the_quiet_zone_is_four_modules_on_every_side() -> None:
    code = qr.encode(LINK, "M")
    assert QUIET_MODULES == 4
    assert code.with_quiet == code.modules + 8


@pytest.mark.parametrize(("text", "length"), [("", 0), ("x" * 401, 401)])
def test_what_is_too_long_or_empty_says_so(text: str, length: int) -> None:
    with pytest.raises(LayoutError) as told:
        qr.encode(text, "M")
    assert told.value.message == f"二维码内容有 {length} 个字符，应为 1 到 400 个。"
    assert told.value.hint == "缩短 campaign.toml 的 [links]。"


def test_what_has_no_room_in_any_code_says_so() -> None:
    with pytest.raises(LayoutError) as told:
        qr.encode("😀" * 400, "H")  # 1600 bytes; the largest code of level H holds 1273
    assert told.value.message.startswith("二维码编不出来：")
    assert told.value.hint == "缩短 campaign.toml 的 [links]。"


def test_all_codes_of_a_picture_are_found() -> None:
    both = Image.new("L", (400, 200), 255)
    both.paste(picture(rows_of(qr.encode("A", "M"))), (0, 0))
    both.paste(picture(rows_of(qr.encode("B", "M"))), (200, 0))
    assert sorted(qr.decode(both)) == ["A", "B"]
    assert list(qr.decode(Image.new("L", (50, 50), 255))) == []


# -- with a logo in the middle ---------------------------------------------------------------


@pytest.mark.parametrize("text", ["A", LINK, WORDS, "x" * 150, "y" * 400])
def test_a_code_with_a_hole_for_a_logo_is_still_read(text: str) -> None:
    code = qr.encode(text, "H", logo=True)
    rows = rows_of(code)
    hole = qr.hole_of(code.modules)
    start = (code.modules - hole) // 2
    inside = [row[start : start + hole] for row in rows[start : start + hole]]
    assert "#" not in "".join(inside)
    assert list(qr.decode(picture(rows))) == [text]
    black = [row[:start] + "#" * hole + row[start + hole :] for row in rows]
    dark = [*rows[:start], *black[start : start + hole], *rows[start + hole :]]
    assert list(qr.decode(picture(dark))) == [text], "whatever the logo is"


def test_only_the_middle_is_left_out() -> None:
    whole, code = qr.encode("y" * 60, "H"), qr.encode("y" * 60, "H", logo=True)
    assert whole.modules == code.modules
    hole = qr.hole_of(code.modules)
    ends = (code.modules - hole) // 2
    for y, (one, other) in enumerate(zip(rows_of(whole), rows_of(code), strict=True)):
        if not ends <= y < ends + hole:
            assert one == other
        assert (one[:ends], one[ends + hole :]) == (other[:ends], other[ends + hole :])


@pytest.mark.parametrize("version", range(qr.LOGO_VERSION, 41))
def test_the_hole_is_larger_than_the_logo_and_no_more_than_a_fifth(version: int) -> None:
    modules = 17 + 4 * version
    hole = qr.hole_of(modules)
    assert hole % 2 == 1
    assert qr.LOGO_SHARE * (modules + 8) < hole <= modules / 5

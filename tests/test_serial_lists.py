"""Serials as they come in: what is found in a typed word, a scanned line, a row of a table."""

from __future__ import annotations

import random

import pytest

from cardgen.errors import UsageError
from cardgen.ledger import Asked, listed, scanned, serials_in, typed
from cardgen.serials import ALPHABET, Serials, is_serial

SERIALS = Serials("love-card", map(str, range(500)))
ONE, TWO, THREE = (SERIALS.serial(str(number)) for number in range(3))


def wide(text: str) -> str:
    """A text in full width."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


@pytest.mark.parametrize(
    "text",
    [
        ONE, ONE.lower(), ONE.replace("-", ""), ONE.lower().replace("-", ""), wide(ONE),
        ONE.replace("-", " "), ONE.replace("-", " - "), ONE.replace("-", "—"), f" {ONE}\t",
        ONE.replace("-", "－"), f"编号{ONE}，已签收", f"{ONE}。", f"王秀英 12号 {ONE} 19900000004",
        f"https://example.cn/h/TW-003?s={ONE}", f"https://example.cn/s/{ONE.lower()}/",
        f"HTTPS://EXAMPLE.CN/{ONE.replace('-', '')}", f"https://example.cn/h/ABCDEFGH?s={ONE}",
    ],
)  # fmt: skip
def test_a_serial_is_found_however_it_is_written(text: str) -> None:
    assert serials_in(text) == (ONE,)


def test_several_serials_of_a_line_come_in_their_order_each_once() -> None:
    assert serials_in(f"{TWO}，{ONE} {TWO}") == (TWO, ONE)


@pytest.mark.parametrize(
    "text", ["", "唐湾村", "19900000004", "2026-11-24", "20261124", "https://example.cn/h/TW-003"]
)
def test_what_is_no_serial_is_not_taken_for_one(text: str) -> None:
    assert serials_in(text) == ()


def test_no_phone_date_or_code_of_a_roster_is_taken_for_a_serial() -> None:
    """By chance each 31st group of 4 and 4 has a right check character: such must not occur."""
    dice = random.Random(5)
    for _ in range(3000):
        number = dice.randrange(10**5)
        for text in (
            f"199000{number:05d}",
            f"0374-{number:07d}",
            f"TW-{number:05d}",
            f"{number}号",
        ):
            assert serials_in(text) == (), text


@pytest.mark.parametrize("place", [0, 2, 5, 8])
def test_one_wrong_character_is_told_and_where(place: int) -> None:
    other = next(char for char in ALPHABET if char != ONE[place])
    wrong = ONE[:place] + other + ONE[place + 1 :]
    assert typed([TWO, wrong]) == [
        Asked("第 1 个", TWO, TWO),
        Asked("第 2 个", wrong, fault="校验字符不对，多半抄错了一个字"),
    ]


def test_characters_that_no_serial_has_are_told() -> None:
    [asked] = typed([f"O{ONE[1:]}"])
    assert asked.fault == "编号里没有 0、O、1、I、Z，请再看一遍"


def test_scanned_lines_are_counted_and_blank_ones_passed_over() -> None:
    data = f"{ONE}\r\n\r\nhttps://example.cn/h/1?s={TWO}\n王秀英\n".encode()
    assert scanned(data) == [
        Asked("第 1 行", ONE, ONE),
        Asked("第 3 行", TWO, TWO),
        Asked("第 4 行", "王秀英", fault="里面没有编号"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_a_table_is_read_whatever_its_encoding_and_delimiter(encoding: str, delimiter: str) -> None:
    rows = [["户主", "电话", "哪一份"], ["王秀英", "19900000004", ONE], ["李明", "", TWO.lower()]]
    data = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    assert [(a.where, a.serial) for a in listed(data, "签收.csv")] == [
        ("第 2 行", ONE),
        ("第 3 行", TWO),
    ]


def test_the_column_that_is_meant_wins_over_others() -> None:
    data = f"户主,收回旧编号,换发新编号\n王,{ONE},{TWO}\n李,{THREE},不再发\n".encode()
    assert [a.serial for a in listed(data, "r", ("收回旧编号",))] == [ONE, THREE]
    assert [a.serial for a in listed(data, "r", ("换发新编号",))] == [TWO]
    assert [a.serial for a in listed(data, "r")] == [ONE, TWO, THREE]


def test_in_a_column_of_serials_a_wrong_one_is_told_with_its_row() -> None:
    wrong = ONE[:-1] + ("2" if ONE[-1] != "2" else "3")
    assert not is_serial(wrong)
    found = listed(f"编号,户主\n{TWO},王\n{wrong},李\n,合计\n".encode(), "x")
    assert [(a.where, a.text, bool(a.fault)) for a in found] == [
        ("第 2 行", TWO, False),
        ("第 3 行", wrong, True),
    ]


def test_a_list_of_bare_serials_needs_no_head() -> None:
    assert [a.serial for a in listed(f"{ONE}\n{TWO}\n".encode(), "x")] == [ONE, TWO]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"PK\x03\x04", "x.csv 是 Excel 工作簿。"),
        ("户主,电话\n王秀英,19900000004\n".encode(), "x.csv 里一个编号也没有。"),
        (b"", "x.csv 里一个编号也没有。"),
        (b"\xff\xfe\xff\x81", "x.csv 的编码认不出。"),
    ],
)
def test_a_file_that_is_no_list_is_named(data: bytes, message: str) -> None:
    with pytest.raises(UsageError) as told:
        listed(data, "x.csv")
    assert told.value.message == message

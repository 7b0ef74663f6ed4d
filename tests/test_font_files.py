"""The files in fonts/: as locked, named as their licences ask, one line height, full coverage."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from cardgen import fonts
from cardgen.places import share_dir

FOLDER = share_dir("fonts")
LOCK: dict[str, Any] = json.loads((FOLDER / "lock.json").read_text(encoding="utf-8"))
FILES = [entry["file"] for entry in LOCK["fonts"]]
HANZI = {*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000), *range(0x20000, 0x323B0)}
RARE_IN_NAMES = "𬱖𬭩㛃䶮𠅤𤩽𫖯𬘡𨱏㐱"


@cache
def opened(file: str) -> TTFont:
    return TTFont(FOLDER / file, lazy=True)


@cache
def codes(file: str) -> set[int]:
    return set(opened(file).getBestCmap())


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def gb2312(first_row: int, last_row: int) -> set[int]:
    raw = (
        bytes((r + 0xA0, c + 0xA0)) for r in range(first_row, last_row + 1) for c in range(1, 95)
    )
    return {ord(char) for cell in raw if (char := cell.decode("gb2312", "ignore"))}


@pytest.mark.parametrize("entry", LOCK["fonts"], ids=FILES)
def test_each_font_is_the_one_that_was_locked(entry: dict[str, Any]) -> None:
    path = FOLDER / entry["file"]
    assert (path.stat().st_size, sha256(path)) == (entry["size"], entry["sha256"])


def test_every_font_is_locked_and_every_face_has_its_file() -> None:
    there = {path.name for path in FOLDER.glob("*.[to]tf")}
    assert there == set(FILES) == {face.file for face in fonts.faces()}


def test_lock_names_origin_package_version_and_hash() -> None:
    for entry in LOCK["fonts"]:
        assert entry["licence"]
        assert entry["cut"]
        for origin in entry["origins"]:
            assert origin["registry"] in {"npm", "debian"}
            assert origin["version"]
            assert len(origin["sha256"]) == 64


def test_each_font_travels_with_its_licence_text() -> None:
    texts = {name: sha256(FOLDER / name) for name in LOCK["licences"]}
    assert texts == LOCK["licences"]
    assert {entry["licence_file"] for entry in LOCK["fonts"]} == set(texts)
    fandol = (FOLDER / "licences/GPL-Fandol.txt").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in fandol
    assert "if you create a document which uses this font" in fandol


def test_all_fonts_together_stay_below_70_megabytes() -> None:
    assert sum(entry["size"] for entry in LOCK["fonts"]) < 70_000_000


@pytest.mark.parametrize("file", FILES)
def test_changed_fonts_do_not_carry_reserved_names(file: str) -> None:
    reserved = ("source", "lxgw", "霞鹜", "霞鶩", "hana", "花園", "fandol", "babelstone", "noto")
    named = {1, 2, 3, 4, 6, 16, 17, 18, 21, 22, 25}
    records = [record for record in opened(file)["name"].names if record.nameID in named]
    for record in records:
        assert not [word for word in reserved if word in str(record).lower()], str(record)
    assert {record.nameID for record in records} == {1, 2, 3, 4, 6}


@pytest.mark.parametrize("file", FILES)
def test_changed_fonts_say_when_and_how_and_keep_the_makers_copyright(file: str) -> None:
    names = opened(file)["name"]
    (entry,) = (entry for entry in LOCK["fonts"] if entry["file"] == file)
    assert names.getDebugName(10).startswith("Modified on 2026-")
    assert entry["cut"] in names.getDebugName(10)
    assert names.getDebugName(0)


@pytest.mark.parametrize("file", FILES)
def test_outlines_are_quadratic_as_reportlab_and_pdf_truetype_need(file: str) -> None:
    font = opened(file)
    assert font.sfntVersion == "\x00\x01\x00\x00"
    assert {"glyf", "loca"} <= set(font.keys())
    assert "CFF " not in font


@pytest.mark.parametrize("file", FILES)
def test_all_faces_have_the_line_of_noto_sans_sc(file: str) -> None:
    font = opened(file)
    units, hhea, os2 = font["head"].unitsPerEm, font["hhea"], font["OS/2"]
    line = [hhea.ascent, hhea.descent, hhea.lineGap]
    line += [os2.sTypoAscender, os2.sTypoDescender, os2.sTypoLineGap]
    line += [os2.usWinAscent, os2.usWinDescent]
    expected = [1160, -288, 0, 880, -120, 0, 1160, 288]
    assert [Fraction(value, units) for value in line] == [Fraction(v, 1000) for v in expected]
    assert not os2.fsSelection & 1 << 7
    # Pango lifts hanzi by this table beside another face.
    assert "BASE" not in font


@pytest.mark.parametrize("name", ["Hei-Regular", "Hei-Bold", "Song-Bold", "Kai-Regular"])
def test_main_faces_hold_gb2312_the_8105_and_the_rare_characters_of_names(name: str) -> None:
    have = codes(f"Cardgen{name}.ttf")
    assert not gb2312(16, 87) - have
    assert len(gb2312(16, 87)) == 6763
    assert not set(map(ord, RARE_IN_NAMES)) - have


@pytest.mark.parametrize("name", ["Song-Bold", "Kai-Regular"])
def test_cut_faces_hold_the_8105_with_gb2312_and_no_more(name: str) -> None:
    hanzi = codes(f"Cardgen{name}.ttf") & HANZI
    # 125 of GB 2312 are not among the 8105, nor is 㐱.
    assert len(hanzi) == 8105 + 125 + 1
    assert not hanzi - codes("CardgenHei-Bold.ttf")
    assert not hanzi - codes("CardgenHei-Regular.ttf")


def test_fangsong_holds_gb2312_and_has_the_known_gap() -> None:
    have = codes("CardgenFangsong-Regular.ttf")
    assert not gb2312(16, 87) - have
    assert not set(map(ord, "啰瞭")) & have


@pytest.mark.parametrize("name", ["Rare-Regular", "Rarest-Regular"])
def test_rare_faces_hold_the_common_characters_so_that_a_name_stays_whole(name: str) -> None:
    have = codes(f"Cardgen{name}.ttf")
    assert len(gb2312(16, 55)) == 3755
    assert not gb2312(16, 55) - have
    assert not set(map(ord, "0123456789（）·，。")) - have


def test_rare_faces_hold_thousands_that_no_other_face_has() -> None:
    others = set().union(*(codes(file) for file in FILES if "Rare" not in file))
    rare, rarest = codes("CardgenRare-Regular.ttf"), codes("CardgenRarest-Regular.ttf")
    assert len((rare - others) & HANZI) > 30_000
    assert len((rarest - others - rare) & HANZI) > 5_000
    assert len(rarest & set(range(0x30000, 0x31350))) > 3_000


@pytest.mark.parametrize("file", ["CardgenHei-Regular.ttf", "CardgenHei-Bold.ttf",
                                  "CardgenSong-Bold.ttf"])  # fmt: skip
def test_features_that_chinese_type_needs_are_kept(file: str) -> None:
    font = opened(file)
    tags = {
        record.FeatureTag
        for table in ("GSUB", "GPOS")
        for record in font[table].table.FeatureList.FeatureRecord
    }
    assert {"halt", "palt", "kern", "locl", "vert"} <= tags


@pytest.mark.parametrize("name", ["Hei-Regular", "Hei-Bold", "Kai-Regular"])
def test_digits_have_one_width(name: str) -> None:
    font = opened(f"Cardgen{name}.ttf")
    assert len({font["hmtx"][font.getBestCmap()[ord(digit)]][0] for digit in "0123456789"}) == 1

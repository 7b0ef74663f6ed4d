"""manifest.csv: what stands in it, how it is read, and that it is whole or not there."""

from __future__ import annotations

import csv
import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from cardgen.errors import OutputError
from cardgen.model import Printed
from cardgen.report import Manifest, read_manifest
from cardgen.report.manifest import plain_cell, safe_cell
from cardgen.whole import part_of

COPY = Printed(
    "QS-000001-7", "love-card", "QS0001", "石桥村", "love-card/05-石桥村-001.pdf",
    1, 1, 0, 10.0, 233.5, 90.0, 54.12345, "9f8e",
)  # fmt: skip
LEADS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "'=", "''@", "'"]


def test_lines_are_header_and_copies_in_plain_utf8(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    with Manifest(path) as manifest:
        manifest.add([COPY])
        manifest.add([replace(COPY, serial="QS-000002-5", cell=1, x_mm=-0.0001, village='"大",村')])
    assert manifest.copies == 2
    assert path.read_bytes().decode() == (
        "serial,layout,subject,village,file,sheet,side,cell,"
        "x_mm,y_mm,width_mm,height_mm,digest\n"
        "QS-000001-7,love-card,QS0001,石桥村,love-card/05-石桥村-001.pdf,1,1,0,"
        "10,233.5,90,54.123,9f8e\n"
        'QS-000002-5,love-card,QS0001,"""大"",村",love-card/05-石桥村-001.pdf,1,1,1,'
        "0,233.5,90,54.123,9f8e\n"
    )


@pytest.mark.parametrize("lead", LEADS)
def test_texts_like_formulas_are_inert_and_come_back(tmp_path: Path, lead: str) -> None:
    text = f'{lead}HYPERLINK("x","y")'
    hostile = replace(COPY, subject=text, village=f"{lead}1", height_mm=54.0)
    path = tmp_path / "manifest.csv"
    with Manifest(path) as manifest:
        manifest.add([hostile, COPY])
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    if lead != "'":
        assert rows[0]["subject"] == "'" + text
        assert rows[0]["village"] == f"'{lead}1"
    assert next(read_manifest(path)) == hostile
    assert [row["serial"] for row in rows] == ["QS-000001-7", "QS-000001-7"]


@pytest.mark.parametrize(
    "text", ["", "'", "'a", "甲", "1-2", "a=b", *LEADS, *("'" + x for x in LEADS)]
)
def test_making_safe_can_always_be_undone(text: str) -> None:
    assert plain_cell(safe_cell(text)) == text


def test_nothing_stands_under_the_final_name_before_close(tmp_path: Path) -> None:
    manifest = Manifest(tmp_path / "manifest.csv")
    manifest.add([COPY])
    assert list(tmp_path.iterdir()) == [part_of(tmp_path / "manifest.csv")]
    manifest.close()
    manifest.close()
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.csv"]


def test_an_exception_leaves_the_earlier_manifest_alone(tmp_path: Path) -> None:
    (tmp_path / "manifest.csv").write_text("earlier")
    with pytest.raises(KeyboardInterrupt), Manifest(tmp_path / "manifest.csv") as manifest:
        manifest.add([COPY])
        raise KeyboardInterrupt
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.csv"]
    assert (tmp_path / "manifest.csv").read_text() == "earlier"


def test_a_close_that_fails_leaves_the_earlier_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    (tmp_path / "manifest.csv").write_text("earlier")
    manifest = Manifest(tmp_path / "manifest.csv")
    manifest.add([COPY])
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OutputError, match=r"manifest\.csv 写不进去：No space left"):
        manifest.close()
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.csv"]
    assert (tmp_path / "manifest.csv").read_text() == "earlier"


def test_memory_stays_flat_while_copies_are_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    tracemalloc.start()
    with Manifest(path) as manifest:
        manifest.add(replace(COPY, serial=f"QS-{n:06d}") for n in range(8000))
    assert sum(1 for _ in read_manifest(path)) == 8000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 250_000, "8,000 copies held at once take megabytes"


def test_reading_another_file_says_that_it_is_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "manifest.csv"
    path.write_text("户号,户主\n", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        list(read_manifest(path))
    assert caught.value.message == f"{path} 第 1 行不是 cardgen 清单的表头"


@pytest.mark.parametrize("damage", ["QS-1,love-card\n", "a,b,c,d,e,one,1,0,0,0,0,0,f\n"])
def test_reading_a_damaged_line_names_it(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "manifest.csv"
    with Manifest(path) as manifest:
        manifest.add([COPY])
    with path.open("a") as file:
        file.write(damage)
    with pytest.raises(OutputError) as caught:
        list(read_manifest(path))
    assert caught.value.message == f"{path} 第 3 行不完整"


def test_reading_what_is_not_there_or_not_text_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="读不出来"):
        list(read_manifest(tmp_path / "none.csv"))
    (tmp_path / "gbk.csv").write_bytes("户号".encode("gbk"))
    with pytest.raises(OutputError, match="读不出来"):
        list(read_manifest(tmp_path / "gbk.csv"))

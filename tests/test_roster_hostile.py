"""Files that mean harm, or are no tables: a clean error that names the file, and little memory."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlwt

from cardgen.errors import RosterError
from cardgen.roster import Limits, read_roster

HEADER = ["户号", "村", "户主", "电话"]
SHEET = "xl/worksheets/sheet1.xml"


def workbook() -> bytes:
    book = openpyxl.Workbook()
    book.worksheets[0].append(HEADER)
    book.worksheets[0].append(["1", "唐湾村", "甲", "110"])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """The workbook with its parts changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def in_sheet(old: bytes, new: bytes) -> bytes:
    return changed(lambda name, part: part.replace(old, new, 1) if name == SHEET else part)


def bomb() -> bytes:
    return in_sheet(b"</sheetData>", b" " * (40 << 20) + b"</sheetData>")


def lying() -> bytes:
    """40 MiB inside, of which the zip's own tables admit 100 bytes."""
    data = bytearray(bomb())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        for found in re.finditer(re.escape(mark), bytes(data)):
            start = found.start()
            if data[start + (30 if at == 22 else 46) :].startswith(SHEET.encode()):
                data[start + at : start + at + 4] = struct.pack("<I", 100)
    return bytes(data)


def far_cell() -> bytes:
    return in_sheet(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )


def far_cell_xls() -> bytes:
    """One number in column 65,536 of row 65,536."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("a")
    sheet.write(0, 0, 1.5)
    sheet.write(65535, 255, 1.5)
    out = io.BytesIO()
    book.save(out)
    here, there = struct.pack("<HH", 65535, 255), struct.pack("<HH", 65535, 65535)
    assert here + b"\x11\0" in out.getvalue()
    return out.getvalue().replace(here + b"\x11\0", there + b"\x11\0")


DOCTYPE = b'<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]><worksheet'


def entity() -> bytes:
    return in_sheet(b"<worksheet", DOCTYPE)


def entity_utf16() -> bytes:
    def change(name: str, part: bytes) -> bytes:
        if name != SHEET:
            return part
        return part.replace(b"<worksheet", DOCTYPE).decode().encode("utf-16")

    return changed(change)


def encrypted() -> bytes:
    """The container of an .xlsx with a password: only its directory is looked at."""

    def entry(name: str, kind: int) -> bytes:
        words = name.encode("utf-16-le") + b"\0\0"
        head = words.ljust(64, b"\0") + struct.pack("<HBB", len(words), kind, 1)
        return head.ljust(116, b"\0") + struct.pack("<IQ", 0xFFFFFFFE, 0)

    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(24, b"\0")
    header += struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6).ljust(20, b"\0")
    header += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    header += struct.pack("<108I", *[0xFFFFFFFF] * 108)
    table = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    entries = [("Root Entry", 5), ("EncryptedPackage", 2), ("EncryptionInfo", 2)]
    directory = b"".join(entry(*e) for e in entries).ljust(512, b"\0")
    return header + table + directory


def xls() -> bytes:
    book = xlwt.Workbook()
    for row in range(200):
        for column, text in enumerate(HEADER):
            sheet = book.get_sheet(0) if row or column else book.add_sheet("a")
            sheet.write(row, column, f"{text}{row}")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def zipped(name: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(name, b"<x/>")
    return out.getvalue()


BROKEN = "文件不完整或已损坏，打不开"
TOO_MUCH = "文件太大或太复杂，读它要的内存或时间超过了上限"
WEB = "这是网页（或 XML），不是真正的表格文件，只是名字像"
CORPUS: dict[str, tuple[Callable[[], bytes], str]] = {
    "bomb.xlsx": (bomb, "压缩比超过 250 倍，像是压缩炸弹，没有打开"),
    "lying.xlsx": (lying, "压缩比超过 250 倍，像是压缩炸弹，没有打开"),
    "far.xlsx": (far_cell, TOO_MUCH),
    "far.xls": (far_cell_xls, TOO_MUCH),
    "entity.xlsx": (entity, "文件里有表格不该有的定义（DOCTYPE），没有打开"),
    "entity16.xlsx": (entity_utf16, "文件里有表格不该有的定义（DOCTYPE），没有打开"),
    "truncated.xlsx": (lambda: workbook()[:3000], BROKEN),
    "truncated.xls": (lambda: xls()[:6000], BROKEN),
    "encrypted.xlsx": (encrypted, "文件有密码，读不了"),
    "web.xls": (lambda: "\ufeff<html><table><tr><td>户主".encode(), WEB),
    "xml.xls": (lambda: b'<?xml version="1.0"?><Workbook>', WEB),
    "word.xlsx": (lambda: zipped("word/document.xml"), "这是 Word 文档，不是表格"),
    "zip.xlsx": (lambda: zipped("a.txt"), "这是压缩包，里面不是 .xlsx 表格"),
    "outside.xlsx": (
        lambda: changed(lambda _, p: p, {"../evil.xml": b"<x/>"}),
        "压缩包里有指向包外的路径，不像是表格",
    ),
    "empty.xlsx": (lambda: b"", "文件是空的"),
    "blank.csv": (lambda: b"\xef\xbb\xbf\r\n \r\n", "文件是空的"),
    "page.csv": (lambda: b"%PDF-1.7\n", "这不是表格文件"),
    "noise.csv": (lambda: bytes(range(256)) * 64, "不是表格文件，也不是文本"),
    "latin.csv": (
        lambda: b"\xff\xfa\xf1,\xe9\xff\n" * 9,
        "文件编码认不出，既不是 UTF-8 也不是 GBK（GB18030）",
    ),
    "endless.csv": (
        lambda: "户号,户主\n1,".encode() + b"a" * (8 << 20),
        "第 2 行读不了：一个单元格太长或引号没有配对",
    ),
    "wide.csv": (lambda: b"," * (4 << 20), "第 1 行有 4194305 列，超过 16384 列"),
}


# Read in a process of its own, whose memory nothing else has used.
READER = """
import json, resource, sys, time
from pathlib import Path
from cardgen.errors import RosterError
from cardgen.roster import read_roster

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before, found = peak(), {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    start = time.monotonic()
    try:
        found[path.name] = [f"{len(read_roster([path]).rows)} rows", ""]
    except RosterError as error:
        found[path.name] = [error.message, error.hint]
    found[path.name].append(time.monotonic() - start)
print(json.dumps([found, peak() - before]))
"""


Outcome = tuple[dict[str, list[str]], int]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """For each file what was said and how long it took; and by how many MiB the reader grew."""
    folder = tmp_path_factory.mktemp("hostile")
    for name, (make, _) in CORPUS.items():
        (folder / name).write_bytes(make())
    ended = subprocess.run(
        [sys.executable, "-c", READER, str(folder)],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[1],
    )
    found, growth = json.loads(ended.stdout)
    return found, growth


@pytest.mark.parametrize("name", CORPUS)
def test_a_hostile_file_is_a_clean_error_that_names_it(outcome: Outcome, name: str) -> None:
    message, hint, seconds = outcome[0][name]
    assert message == f"{name}：{CORPUS[name][1]}"
    assert hint
    assert float(seconds) < 10


def test_the_parent_grows_less_than_50_mib_on_all_of_them(outcome: Outcome) -> None:
    assert outcome[1] < 50


def test_300_000_shared_strings_cost_the_parent_nothing_if_they_are_no_table(
    tmp_path: Path,
) -> None:
    strings = b"".join(b"<si><t>text %d</t></si>" % n for n in range(300_000))
    part = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">%s</sst>'
    path = tmp_path / "many.xlsx"
    path.write_bytes(changed(lambda _, p: p, {"xl/sharedStrings.xml": part % strings}))
    assert [row.values["head"] for row in read_roster([path]).rows] == ["甲"]


def test_a_reading_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "slow.xlsx"
    path.write_bytes(workbook())
    with pytest.raises(RosterError) as told:
        read_roster([path], limits=Limits(wall_seconds=0.01))
    assert told.value.message == "slow.xlsx：读了 0.01 秒还没有读完，停下了"


def test_a_reading_that_takes_too_much_memory_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("户号,户主\n" + "1,甲甲甲甲甲甲\n" * 100_000, encoding="utf-8")
    assert len(read_roster([path]).rows) == 100_000
    with pytest.raises(RosterError) as told:
        read_roster([path], limits=Limits(memory_bytes=8 << 20))
    assert told.value.message == f"large.csv：{TOO_MUCH}"


def test_more_rows_than_the_limit_are_refused_over_all_files(tmp_path: Path) -> None:
    text = "户号,户主\n" + "".join(f"{n},甲\n" for n in range(60))
    paths = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for path in paths:
        path.write_text(text, encoding="utf-8")
    assert len(read_roster(paths, limits=Limits(rows=120)).rows) == 120
    with pytest.raises(RosterError) as told:
        read_roster(paths, limits=Limits(rows=100))
    assert told.value.message == "b.csv：所有文件里有数据的行超过 100 行"


def test_a_reply_larger_than_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("户号,户主\n" + "1,甲甲甲甲甲甲\n" * 5000, encoding="utf-8")
    with pytest.raises(RosterError) as told:
        read_roster([path], limits=Limits(reply_bytes=10_000))
    assert told.value.message == f"large.csv：{TOO_MUCH}"


def test_of_several_files_the_one_that_kills_the_reading_is_named(tmp_path: Path) -> None:
    for name, data in (("a.xlsx", workbook()), ("b.xlsx", far_cell()), ("c.xlsx", workbook())):
        (tmp_path / name).write_bytes(data)
    with pytest.raises(RosterError) as told:
        read_roster(sorted(tmp_path.iterdir()))
    assert told.value.message == f"b.xlsx：{TOO_MUCH}"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RosterError) as told:
        read_roster([tmp_path / "gone.xlsx"])
    assert told.value.message == "gone.xlsx：文件打不开"


def test_modules_in_the_folder_of_the_command_are_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    (tmp_path / "a.xlsx").write_bytes(workbook())
    monkeypatch.chdir(tmp_path)
    assert len(read_roster([Path("a.xlsx")]).rows) == 1

"""Files that users send: their names are words, their sizes are held against limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardgen.errors import UsageError
from cardgen.uploads import Upload, UploadLimits, pieces_of, safe_names, take_in

CSV = UploadLimits(frozenset({".csv"}), files=3, file_bytes=10, all_bytes=15)


@pytest.mark.parametrize(
    ("sent", "safe"),
    [
        ("住户.csv", "住户.csv"),
        ("../../etc/passwd.csv", "passwd.csv"),
        ("C:\\Users\\office\\住户.CSV", "住户.csv"),
        ("住户\u202egpj.csv", "住户gpj.csv"),
        ("a\x00b\n\tc.csv", "abc.csv"),
        ("CON.csv", "文件-CON.csv"),
        (".hidden.csv", "hidden.csv"),
        ("~$住户.csv", "住户.csv"),
        ("...csv", "文件.csv"),
        ('住<户>:"|?*.csv', "住户.csv"),
        ("名" * 300 + ".csv", "名" * 60 + ".csv"),
        ("e\u0301.csv", "\u00e9.csv"),
        ("  住  户 .csv", "住 户.csv"),
    ],
)
def test_a_name_is_made_safe(sent: str, safe: str) -> None:
    assert safe_names([sent]) == [safe]


def test_the_second_of_two_gets_a_number() -> None:
    sent = ["a/住户.csv", "b/住户.csv", "A.csv", "a.csv", "住户-2.csv"]
    assert safe_names(sent) == ["住户.csv", "住户-2.csv", "A.csv", "a-2.csv", "住户-2-2.csv"]


def send(folder: Path, *sent: tuple[str, bytes]) -> list[str]:
    uploads = (Upload(name, [content[:4], content[4:]]) for name, content in sent)
    return [path.name for path in take_in(folder, uploads, CSV)]


def test_files_are_written_for_their_owner_only(tmp_path: Path) -> None:
    assert send(tmp_path / "in", ("a.csv", b"12345678"), ("x/a.csv", b"")) == ["a.csv", "a-2.csv"]
    assert b"".join(pieces_of(tmp_path / "in" / "a.csv", 3)) == b"12345678"
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "in").iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ([("a.csv", b"12345678901")], "“a.csv”太大，没有收。"),
        ([("a.csv", b"1234567890"), ("b.csv", b"123456")], "“b.csv”太大，没有收。"),
        ([(f"{n}.csv", b"") for n in range(4)], "一次最多上传 3 个文件。"),
        ([("a.csv", b""), ("a.exe", b"")], "“a.exe”不是能用的文件。"),
        ([("csv", b"")], "“csv”不是能用的文件。"),
        ([], "没有选文件。"),
    ],
)
def test_what_is_too_much_is_refused_and_nothing_stays(
    tmp_path: Path, sent: list[tuple[str, bytes]], message: str
) -> None:
    with pytest.raises(UsageError) as told:
        send(tmp_path, *sent)
    assert told.value.message == message
    assert list(tmp_path.iterdir()) == []

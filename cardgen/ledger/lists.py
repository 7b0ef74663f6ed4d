"""Serials as they come in: typed, scanned, or in a list; texts in, serials with their place out.

A scanner types what a code says, a whole link mostly; people type small letters, forget the
hyphen, or write in full width. What is no serial is a value too, to be told with its place.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from cardgen.errors import UsageError
from cardgen.serials import ALPHABET, is_serial

_DASHES = re.compile("[‐‑‒–—―−－ー_]")
_GROUPS = r"(?<![A-Z0-9])(?=([A-Z0-9]{{4}}){}([A-Z0-9]{{4}})(?![A-Z0-9]))"
# The surest first: a text with a serial as it is printed holds no other by chance.
_WRITTEN = tuple(re.compile(_GROUPS.format(between)) for between in (" ?- ?", "", " "))
_ENCODINGS = ("utf-8-sig", "gb18030")
_COLUMNS = ("编号", "serial", "SERIAL")
NO_SERIAL = "里面没有编号"
MISREAD = "校验字符不对，多半抄错了一个字"
NEVER_USED = "编号里没有 0、O、1、I、Z，请再看一遍"


@dataclass(frozen=True, slots=True)
class Asked:
    """A serial that somebody gave, `where` in words, or why there is none.

    `text` is the part of what was given that is spoken of.
    """

    where: str
    text: str
    serial: str = ""
    fault: str = ""


def serials_in(text: str) -> tuple[str, ...]:
    """Every serial in a text whose check character is right, as it is printed."""
    plain = _plain(text)
    for written in _WRITTEN:
        found = (f"{first}-{last}" for first, last in written.findall(plain))
        if right := tuple(dict.fromkeys(filter(is_serial, found))):
            return right
    return ()


def asked_in(where: str, text: str) -> Iterator[Asked]:
    """The serials of a text, or why it has none."""
    right = serials_in(text)
    if right:
        yield from (Asked(where, serial, serial) for serial in right)
        return
    plain = _plain(text)
    for written in _WRITTEN[:2]:
        if near := written.search(plain):
            like = f"{near[1]}-{near[2]}"
            strange = set(near[1] + near[2]) - set(ALPHABET)
            yield Asked(where, like, fault=NEVER_USED if strange else MISREAD)
            return
    yield Asked(where, text.strip()[:20], fault=NO_SERIAL)


def typed(words: Iterable[str]) -> list[Asked]:
    """The serials of a command's words."""
    numbered = enumerate(words, start=1)
    return [asked for number, word in numbered for asked in asked_in(f"第 {number} 个", word)]


def scanned(data: bytes) -> list[Asked]:
    """The serials of what a scanner typed, a line each; blank lines are nothing."""
    lines = enumerate(_decoded(data, "扫进来的内容").splitlines(), start=1)
    return [
        asked
        for number, line in lines
        if line.strip()
        for asked in asked_in(f"第 {number} 行", line)
    ]


def listed(data: bytes, name: str, columns: Sequence[str] = ()) -> list[Asked]:
    """The serials of a table: of the first of these columns that it has, or of one that is
    called 编号; else of all cells. Rows without anything like a serial are passed over.

    Raises UsageError where it is no text, or has no serial at all.
    """
    if data.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise UsageError(f"{name} 是 Excel 工作簿。", "请用 Excel 或 WPS 另存为 CSV，再登记。")
    text = _decoded(data, name)
    try:
        delimiter = max(",\t;", key=text[:2000].count)
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise UsageError(f"{name} 读不了：{error}。", "请用 Excel 或 WPS 另存为 CSV。") from error
    found = [asked for asked in _cells(rows, (*columns, *_COLUMNS)) if asked.fault != NO_SERIAL]
    if not found:
        raise UsageError(f"{name} 里一个编号也没有。", "编号像 7K3M-9QXP，一行一个就行。")
    return found


def _cells(rows: Sequence[Sequence[str]], columns: Sequence[str]) -> Iterator[Asked]:
    column: int | None = None
    for number, row in enumerate(rows, start=1):
        heads = [cell.strip() for cell in row]
        if column is None and (known := [name for name in columns if name in heads]):
            column = heads.index(known[0])
            continue
        cells = row if column is None else row[column : column + 1]
        asked = [each for cell in cells for each in asked_in(f"第 {number} 行", cell)]
        # Where it is not known which column has serials, a phone is no misread one.
        right = [each for each in asked if each.serial]
        yield from right or (asked if column is not None or len(cells) == 1 else _likely(asked))


def _likely(asked: Iterable[Asked]) -> Iterator[Asked]:
    return (
        each
        for each in asked
        if each.fault == MISREAD and not each.text.replace("-", "").isdecimal()
    )


def _plain(text: str) -> str:
    return _DASHES.sub("-", unicodedata.normalize("NFKC", text)).upper()


def _decoded(data: bytes, name: str) -> str:
    for encoding in _ENCODINGS:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UsageError(f"{name} 的编码认不出。", "请用 Excel 或 WPS 另存为 CSV（UTF-8）。")

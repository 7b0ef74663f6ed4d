"""Read a text table: bytes in, sheet out. The encoding and the delimiter are told by the header.

Detectors of encodings fail on short GBK. So: a byte order mark, then strict UTF-8, then strict
GB18030, and of two that both decode the one in which a header can be read.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator

from cardgen.errors import RosterError
from cardgen.problems import Code
from cardgen.roster.header import LAST_HEADER_ROW, find_header
from cardgen.roster.limits import Limits
from cardgen.roster.sheet import Cells, Found, Sheet, read_sheet

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;"


def read_text(data: bytes, limits: Limits) -> Found:
    """The table in a .csv or .tsv."""
    text, doubt = _decode(data)
    delimiter = _delimiter(text)
    sheet = Sheet("", _records(text, delimiter, limits))
    found = read_sheet(sheet)
    if doubt:
        found.note(Code.ENCODING_DOUBTFUL, doubt)
    return found


def _decode(data: bytes) -> tuple[str, str]:
    """The text, and a doubt about it in Chinese or nothing."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), ""
            except UnicodeDecodeError:
                text = data.decode(encoding, "replace")
                return text, _doubt(text, "UTF-8" if mark == codecs.BOM_UTF8 else "UTF-16")
    if b"\0" in data[:65536]:
        raise RosterError(
            "不是表格文件，也不是文本", "请用 Excel 或 WPS 打开后另存为 .xlsx，再放进来"
        )
    whole = [pair for pair in (_strictly(data, "utf-8"), _strictly(data, "gb18030")) if pair]
    for text in whole:
        if _has_header(text):
            return text, ""
    if whole:
        text = whole[0]
        doubt = (
            "" if text.isascii() else "文件编码拿不准：表头一个也认不出；请另存为 UTF-8 或 .xlsx"
        )
        return text, doubt
    broken = [(data.decode(name, "replace"), name.upper()) for name in ("utf-8", "gb18030")]
    readable = [pair for pair in broken if _has_header(pair[0])]
    if not readable:
        raise RosterError(
            "文件编码认不出，既不是 UTF-8 也不是 GBK（GB18030）",
            "请用 Excel 或 WPS 打开，确认文字正常后另存为 .xlsx",
        )
    text, name = min(readable, key=lambda pair: pair[0].count("\ufffd"))
    return text, _doubt(text, name)


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _doubt(text: str, name: str) -> str:
    count = text.count("\ufffd")
    return f"文件像是 {name} 编码，但有 {count} 处字符读不出；请用 Excel 打开核对后另存为 .xlsx"


def _has_header(text: str) -> bool:
    return any(_header_score(text, delimiter) for delimiter in _DELIMITERS)


def _delimiter(text: str) -> str:
    """The delimiter with which the header reads best; a comma where none does."""
    return max(_DELIMITERS, key=lambda delimiter: _header_score(text, delimiter))


def _header_score(text: str, delimiter: str) -> int:
    head = text[:20_000]  # the header stands in the first rows
    rows = csv.reader(io.StringIO(head, newline=""), delimiter=delimiter)
    try:
        first = [row for row, _ in zip(rows, range(LAST_HEADER_ROW + 1), strict=False)]
    except csv.Error:
        return 0
    header = find_header(first)
    return header.score * (1 if header.lacks else 2) if header else 0


def _records(text: str, delimiter: str, limits: Limits) -> Iterator[Cells]:
    """The records; a blank line is a row too, as Excel shows it."""
    # Excel cannot hold more in a cell; a quote that is never closed reaches this soon.
    csv.field_size_limit(32_767)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    number = 0
    try:
        for number, record in enumerate(reader, 1):
            if len(record) > limits.columns:
                raise RosterError(
                    f"第 {number} 行有 {len(record)} 列，超过 {limits.columns} 列",
                    "请检查文件是否完整",
                )
            yield record
    except csv.Error as error:
        raise RosterError(
            f"第 {number + 1} 行读不了：一个单元格太长或引号没有配对",
            "请用 Excel 或 WPS 打开检查这一行，另存为 .xlsx",
        ) from error

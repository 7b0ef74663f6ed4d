"""Tables that are opened in Excel or WPS: rows in, a .csv out that says there what it says here.

With a byte order mark, since without one they take UTF-8 for GBK. A text stays a text: what a
spreadsheet would calculate, or take for a number or a day (0012, 3-5, 1E10, 18 digits), gets an
apostrophe before it. Counts, which are to be added up, are given as numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from cardgen.report.manifest import safe_cell
from cardgen.serials import is_serial
from cardgen.whole import write_whole

MARK = "\ufeff"
_MONTH = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
# Digits, full-width ones too, with what stands between them in numbers, money, days and times;
# names of months beside a number; the two words for true and false.
_CONVERTED = re.compile(
    r"[\s(（￥¥$.]*[\d０-９][\d０-９\s.,，:：/\-+%％()（）eE年月日时分秒]*(?:[ap]m)?"
    rf"|(?:\d{{1,4}}[\s/\-]?)?(?:{_MONTH})[a-z]*[\s/\-.]?(?:\d{{1,4}})?|true|false",
    re.IGNORECASE,
)


def text_cell(text: str) -> str:
    """A text that a spreadsheet leaves as it is: an apostrophe at its head is never its own.

    Serials are no numbers, and stay bare.
    """
    if is_serial(text):
        return text
    if text.startswith("'") or _CONVERTED.fullmatch(text.strip()):
        return f"'{text}"
    return safe_cell(text)


def table_text(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> str:
    """A table as a .csv with a byte order mark, lines ending as Excel's do."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    for row in rows:
        writer.writerow([text_cell(cell) if isinstance(cell, str) else cell for cell in row])
    return MARK + text.getvalue()


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> None:
    """Write such a file, whole or not at all. Raises OutputError."""
    write_whole(path, table_text(header, rows))

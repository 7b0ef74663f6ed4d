"""Where each copy stands: printed copies in, one by one, manifest.csv out; and back.

Plain UTF-8 with commas and line feeds. There is no byte order mark: programs that check a
batch from outside look for a column `serial`, and a mark would make it `\\ufeffserial`.
The price is that an old Excel, on a double click, takes it for GBK; the list for people is
report.html. Millimetres, origin lower left of the page.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType

from cardgen.errors import OutputError
from cardgen.model import Printed
from cardgen.whole import abandon, cannot_write, open_part, put_in_place

HEADER = "serial,layout,subject,village,file,sheet,side,cell,x_mm,y_mm,width_mm,height_mm,digest"

# What a spreadsheet takes for a formula (OWASP, CSV Injection), also in the full width that
# East Asian editions of Excel accept, and behind blanks, which some imports strip first.
# Apostrophes count as well, so that a cell that had one already comes back with it.
_FORMULA = re.compile(r"[' \u3000]*[=+\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile(r'[",\r\n]')


class Manifest:
    """manifest.csv while it is written: beside first, under its name when it is closed.

    Holds no line after it is written. Copies stand in the order in which they are added;
    who wants the same bytes each time adds volumes in the order of the plan.
    """

    def __init__(self, path: Path, more: Sequence[str] = ()) -> None:
        """`more` are columns of this manifest alone, behind the others."""
        self.path = path
        self.copies = 0
        self._file = open_part(path)
        self._write(",".join((HEADER, *more)) + "\n")

    def add(self, printed: Iterable[Printed], more: Sequence[str] = ()) -> None:
        """Write a line for each copy, in the order given; `more` in their own columns."""
        behind = "".join(f",{_cell(text)}" for text in more)
        for copy in printed:
            self._write(f"{_line(copy)}{behind}\n")
            self.copies += 1

    def close(self) -> None:
        """Finish the file: on the disk, under its final name. Closing again does nothing."""
        if not self._file.closed:
            put_in_place(self._file, self.path)

    def abandon(self) -> None:
        """Delete what was written; an earlier manifest.csv stays as it is."""
        if not self._file.closed:
            abandon(self._file, self.path)

    def __enter__(self) -> Manifest:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()

    def _write(self, text: str) -> None:
        try:
            self._file.write(text)
        except OSError as error:
            self.abandon()
            raise cannot_write(self.path, error) from error


def read_manifest(path: Path) -> Iterator[Printed]:
    """The copies of a manifest, one by one, texts as they were before they were made safe."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            lines = csv.reader(file)
            columns = _columns(path, next(lines, []))
            for cells in lines:
                yield _printed(path, lines.line_num, cells, columns)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OutputError(f"{path} 读不出来：{error}", "请重新生成这一批。") from error


def _columns(path: Path, header: list[str]) -> list[int]:
    """Where the manifest's own columns stand; there may be more. Names those that are missing."""
    names = HEADER.split(",")
    if not set(names) & set(header):
        raise OutputError(f"{path} 第 1 行不是 cardgen 清单的表头", "请重新生成这一批。")
    if missing := [name for name in names if name not in header]:
        raise OutputError(f"{path} 少了这些列：{'、'.join(missing)}", "请重新生成这一批。")
    return [header.index(name) for name in names]


@lru_cache(maxsize=256)
def _cell(text: str) -> str:
    """A text as a cell: the same villages, files and numbers stand in thousands of lines."""
    return _quoted(safe_cell(text))


def safe_cell(text: str) -> str:
    """A text that no spreadsheet calculates: an apostrophe before what looks like a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def plain_cell(cell: str) -> str:
    """The text that `safe_cell` was given."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell, 1) else cell


def _line(copy: Printed) -> str:
    # Serials, files and digests are cardgen's own, begin with a letter or a digit, and so
    # pass through `safe_cell` as they are.
    texts = (copy.serial, copy.layout, copy.subject, copy.village, copy.file)
    lengths = (copy.x_mm, copy.y_mm, copy.width_mm, copy.height_mm)
    cells = [*map(_cell, texts), str(copy.sheet), str(copy.side), str(copy.cell)]
    return ",".join([*cells, *map(_number, lengths), _cell(copy.digest)])


def _quoted(cell: str) -> str:
    # csv.writer, told to end lines with \n, leaves a lone \r bare before Python 3.13, and
    # csv.reader then stops at it.
    return '"' + cell.replace('"', '""') + '"' if _QUOTED.search(cell) else cell


@lru_cache(maxsize=256)
def _number(value: float) -> str:
    """At most three decimals, no zeros at the end, no minus before nothing."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _printed(path: Path, line: int, cells: list[str], columns: list[int]) -> Printed:
    try:
        serial, layout, subject, village, file, sheet, side, cell, x, y, width, height, digest = (
            plain_cell(cells[column]) for column in columns
        )
        numbers = (int(sheet), int(side), int(cell))
        places = (float(x), float(y), float(width), float(height))
    except (ValueError, IndexError) as error:
        raise OutputError(f"{path} 第 {line} 行不完整", "请重新生成这一批。") from error
    return Printed(serial, layout, subject, village, file, *numbers, *places, digest)

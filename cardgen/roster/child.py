"""The process that opens roster files: their paths in, lines of JSON out.

It is started by `read.py` and shares nothing with its parent: what a hostile file can do, it
does here, within limits that the kernel holds. Run as `python -m cardgen.roster.child`, with
the limits as JSON, then the paths; the reply goes to the standard output:
  {"file": 0}                                   what follows is of the first path
  {"error": …, "hint": …}                       this file is refused; nothing follows
  {"problem": [code, severity, message, sheet, cell]}
  {"table": …, "sheet": …, "columns": …, "examples": […], "skipped": […]}
  [[row, cell, …], …]                           rows of the last table; a date is {"d": …}
  {"end": true}
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from cardgen.children import confine
from cardgen.errors import RosterError
from cardgen.roster.limits import MIB, Limits
from cardgen.roster.sheet import Found, read_sheet

_ROWS_A_LINE = 500


def main() -> None:
    """Read the files named by the arguments and print the reply."""
    limits = Limits(**json.loads(sys.argv[1]))
    paths = [Path(argument) for argument in sys.argv[2:]]
    confine(limits.memory_bytes, limits.cpu_seconds, limits.reply_bytes + MIB)
    gc.disable()  # rows make no cycles, and the process ends soon
    written = 0
    for line in _reply(paths, limits):
        data = json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=_as_json)
        encoded = data.encode("utf-8", "backslashreplace") + b"\n"  # a lone surrogate is not UTF-8
        written += len(encoded)
        if written > limits.reply_bytes:
            sys.exit(77)
        sys.stdout.buffer.write(encoded)
        if isinstance(line, dict) and "file" in line:
            sys.stdout.buffer.flush()  # so that the parent can name the file that killed us
    sys.stdout.buffer.flush()


def _reply(paths: Sequence[Path], limits: Limits) -> Iterator[object]:
    count = 0
    try:
        for number, path in enumerate(paths):
            yield {"file": number}
            for found in _tables(path.read_bytes(), limits):
                count += len(found.rows)
                if count > limits.rows:
                    raise RosterError(
                        f"所有文件里有数据的行超过 {limits.rows} 行",
                        "请检查是否放重了，或按片区分开做",
                    )
                yield from _said(found)
        yield {"end": True}
    except RosterError as error:
        yield {"error": error.message, "hint": error.hint}
    except OSError:
        yield {"error": "文件打不开", "hint": "请检查文件是否还在、是否正被别的程序占用"}


def _said(found: Found) -> Iterator[object]:
    """One sheet's findings, table and rows."""
    for p in found.problems:
        yield {"problem": [p.code, p.severity, p.message, p.sheet, p.cell]}
    if found.table is None:
        return
    yield {
        "table": found.table,
        "sheet": found.sheet,
        "columns": found.columns,
        "examples": found.examples,
        "skipped": found.skipped,
    }
    rows = [[number, *values] for number, values in found.rows]
    for at in range(0, len(rows), _ROWS_A_LINE):
        yield rows[at : at + _ROWS_A_LINE]


def _tables(data: bytes, limits: Limits) -> Iterator[Found]:
    """The tables of a file, told by its first bytes and not by its name."""
    from cardgen.roster.biff import OLE_MAGIC

    head = data[:4096].lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if not data.strip(b"\xef\xbb\xbf \t\r\n"):
        raise RosterError("文件是空的", "请检查是否放错了文件")
    if data.startswith(b"PK"):
        from cardgen.roster.book import sheets_of_package

        yield from map(read_sheet, sheets_of_package(data, limits))
    elif data.startswith(OLE_MAGIC):
        from cardgen.roster.book import sheets_of_binary

        yield from map(read_sheet, sheets_of_binary(data))
    elif head.startswith((b"<", b"MIME-Version:")) or head.startswith(b"<\0"):
        raise RosterError(
            "这是网页（或 XML），不是真正的表格文件，只是名字像",
            "业务系统常导出这种文件：请用 Excel 或 WPS 打开，另存为 .xlsx，再放进来",
        )
    elif head.startswith((b"%PDF", b"Rar!", b"7z\xbc\xaf", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")):
        raise RosterError("这不是表格文件", "请放 .xlsx、.xls、.et 或 .csv 文件")
    else:
        from cardgen.roster.text import read_text

        yield read_text(data, limits)


def _as_json(value: object) -> object:
    """Dates as {"d": …}; times and spans of time, which no field holds, as their text."""
    return {"d": value.isoformat()} if isinstance(value, date) else str(value)


if __name__ == "__main__":
    main()

"""Read workbooks by python-calamine: bytes in, sheets out. Its exceptions end here."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import cast

import python_calamine as calamine

from cardgen.errors import RosterError
from cardgen.roster import biff, package
from cardgen.roster.limits import Limits
from cardgen.roster.sheet import Cells, Sheet

_SAVE_AGAIN = "请用 Excel 或 WPS 打开它，另存为新的 .xlsx，再放进来"
_LOCKED = RosterError("文件有密码，读不了", "请在 Excel 或 WPS 里取消密码后再放进来")


def sheets_of_package(data: bytes, limits: Limits) -> Iterator[Sheet]:
    """The sheets of an .xlsx."""
    looked = package.look_through(data, limits)
    for sheet in _sheets(looked.data):
        sheet.hidden_rows = looked.hidden_rows.get(sheet.name, frozenset())
        sheet.errors = looked.unsaved.get(sheet.name, {})
        yield sheet


def sheets_of_binary(data: bytes) -> Iterator[Sheet]:
    """The sheets of an .xls or .et."""
    names = biff.stream_names(data)
    if "EncryptedPackage" in names:
        raise _LOCKED
    if "WordDocument" in names:
        raise RosterError("这是 Word 文档，不是表格", "请把其中的表格复制到 Excel，存为 .xlsx")
    dropped = biff.look_through(data)
    for number, sheet in enumerate(_sheets(data)):
        if number < len(dropped):
            sheet.hidden_rows = frozenset(dropped[number].hidden_rows)
            sheet.errors = dropped[number].errors
        yield sheet


def _sheets(data: bytes) -> Iterator[Sheet]:
    try:
        with calamine.load_workbook(io.BytesIO(data)) as book:
            for number, about in enumerate(book.sheets_metadata):
                if about.typ is calamine.SheetTypeEnum.WorkSheet:
                    held = book.get_sheet_by_index(number)
                    hidden = about.visible is not calamine.SheetVisibleEnum.Visible
                    yield _sheet(held, hidden)
                else:
                    yield Sheet(about.name, ())  # a chart keeps its number
    except calamine.PasswordError as error:
        raise _LOCKED from error
    except (calamine.CalamineError, OSError) as error:
        raise RosterError("文件不完整或已损坏，打不开", _SAVE_AGAIN) from error


def _sheet(held: calamine.CalamineSheet, hidden: bool) -> Sheet:
    start = held.start or (0, 0)
    merges = [
        (first, left, last, right) for (first, left), (last, right) in held.merged_cell_ranges or ()
    ]
    # Rows come from the first of the sheet on, columns from the first that holds something.
    rows = cast("Iterator[Cells]", held.iter_rows())
    return Sheet(held.name, rows, start[1], merges, hidden=hidden)

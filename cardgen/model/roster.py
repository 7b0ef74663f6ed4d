"""Where a value stands in a roster, and what was found there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class Table(StrEnum):
    """The tables of a roster; which one a sheet holds is told by its headers."""

    VILLAGE = "village"
    CADRE = "cadre"
    HOUSEHOLD = "household"
    VENUE = "venue"


@dataclass(frozen=True, slots=True)
class Source:
    """One table as found in one sheet: where, and which field stands in which column.

    `columns` maps a field's name (`head`, `phone`, …) to a column, counted from 0.
    """

    table: Table
    file: str
    sheet: str
    columns: Mapping[str, int] = field(hash=False)


@dataclass(frozen=True, slots=True)
class Origin:
    """A row of a table; rows count from 1, as the spreadsheet shows them."""

    source: Source
    row: int

    def cell(self, name: str = "") -> str:
        """The address of a field's cell ("F12"); of the row's first known cell without a name."""
        columns = self.source.columns
        column = columns.get(name, min(columns.values(), default=0))
        return f"{column_letters(column)}{self.row}"


def column_letters(column: int) -> str:
    """A column counted from 0 as a spreadsheet names it: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


CellValue = str | float | int | bool | date | None
"""A cell as the file holds it. Dates and times arrive as `date`/`datetime`, errors as text."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, cells as the file holds them, no judgement made.

    `values` maps a field's name to its cell; empty cells are left out. A value that comes
    from a merged cell above stands in every row that the merge covers.
    """

    origin: Origin
    values: Mapping[str, CellValue] = field(hash=False)


class Severity(StrEnum):
    """How much a finding weighs: an error holds copies back, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding, with its cell. `code` is a `cardgen.problems.Code`; `message` is Chinese.

    `before` is what the cell held, where cardgen repaired it or will not print it.
    """

    code: str
    severity: Severity
    message: str
    file: str = ""
    sheet: str = ""
    cell: str = ""
    before: str = ""

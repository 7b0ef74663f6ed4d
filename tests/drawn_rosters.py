"""Small rosters drawn as text: a line a row, cells parted by |, the fields in the first line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cardgen.model import CellValue, Origin, Problem, Row, Source, Table

SHEETS = {
    Table.VILLAGE: "村",
    Table.CADRE: "干部",
    Table.HOUSEHOLD: "住户",
    Table.VENUE: "场所",
}
VILLAGES = """
name   | zone
唐湾村 | 东片区
石桥村 | 东片区
柳林村 | 西片区
"""


def draw(table: Table, text: str) -> list[Row]:
    """Rows of a table; the header is row 1 of its sheet, empty cells are left out."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    fields = lines[0]
    dicts = [dict(zip(fields, line, strict=False)) for line in lines[1:]]
    return rows(table, [{k: v for k, v in d.items() if v} for d in dicts], fields)


def rows(
    table: Table, cells: Sequence[Mapping[str, CellValue]], fields: Sequence[str] = ()
) -> list[Row]:
    """Rows of a table from cells that are not all text."""
    names = list(fields) or list(dict.fromkeys(name for row in cells for name in row))
    source = Source(table, "roster.xlsx", SHEETS[table], {n: i for i, n in enumerate(names)})
    return [Row(Origin(source, number), row) for number, row in enumerate(cells, start=2)]


def villages(text: str = VILLAGES) -> list[Row]:
    return draw(Table.VILLAGE, text)


def cadres(text: str) -> list[Row]:
    return draw(Table.CADRE, text)


def households(text: str) -> list[Row]:
    return draw(Table.HOUSEHOLD, text)


def venues(text: str) -> list[Row]:
    return draw(Table.VENUE, text)


def home(**cells: CellValue) -> list[Row]:
    """One household, with all that it needs unless told otherwise."""
    usual: dict[str, CellValue] = {"code": "A1", "village": "唐湾村", "head": "王五", "door": "1号"}
    return rows(Table.HOUSEHOLD, [{k: v for k, v in (usual | cells).items() if v is not None}])


def lines(problems: Sequence[Problem]) -> list[str]:
    """Problems as a person reads them: cell, code, message, and what stood there."""
    return [
        f"{p.sheet}!{p.cell} {p.severity} {p.code}: {p.message}"
        + (f" [{p.before}]" if p.before else "")
        for p in problems
    ]

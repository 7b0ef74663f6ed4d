"""Make a township of rows: villages first, then households and venues, then cadres.

The order is that of need: a household's village must be known, and a cadre's scope can only
be understood against the grids, groups, buildings and codes that households have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from cardgen.model import CellValue, Origin, Problem, Row, Source, Table, Township
from cardgen.problems import Code
from cardgen.resolve.cadres import read_cadres
from cardgen.resolve.cells import CellReader, Findings, holds_secret
from cardgen.resolve.households import HouseholdReader, read_venues
from cardgen.resolve.scopes import ScopeReader
from cardgen.resolve.villages import VillageFinder, read_villages, villages_of_households

EXAMPLE = "示例行，不印"


def resolve_township(
    rows: Iterable[Row],
    *,
    today: date | None = None,
    example_origins: Sequence[Origin] = (),
    problems: Sequence[Problem] = (),
) -> Township:
    """All that rows say, repaired, with every finding; `problems` are those found before.

    `example_origins` are rows that show how to fill a table in: never printed, but counted.
    `today` is only for checks of dates, and none are made against it where it is None.
    """
    findings = Findings()
    findings.problems += problems
    cells = CellReader(findings)
    examples = frozenset(example_origins)
    tables: dict[Table, list[Row]] = {table: [] for table in Table}
    columns_told = _UnreadColumns(findings)
    for row in rows:
        columns_told.look(row)
        if not examples or row.origin not in examples:
            tables[row.origin.source.table].append(row)
    columns_told.tell()

    villages = read_villages(tables[Table.VILLAGE], cells)
    if not villages:
        homes = [*tables[Table.HOUSEHOLD], *tables[Table.VENUE]]
        villages = villages_of_households(homes, CellReader(Findings()))
    finder = VillageFinder(villages, findings)

    households = HouseholdReader(cells, finder, today)
    waiting = tables[Table.HOUSEHOLD]
    waiting.reverse()
    while waiting:  # each row is let go of when read: 80,000 need not be held twice
        households.read(waiting.pop())
    households.finish()
    venues = read_venues(tables[Table.VENUE], cells, finder)
    scopes = ScopeReader(villages, finder.names, households.households, findings)
    cadres = read_cadres(tables[Table.CADRE], cells, scopes, finder.names)

    excluded = [(o, EXAMPLE) for o in example_origins if o.source.table is Table.HOUSEHOLD]
    excluded += households.excluded
    return Township(
        villages=tuple(villages),
        cadres=tuple(cadres),
        households=tuple(households.households),
        venues=tuple(venues),
        problems=tuple(findings.problems),
        excluded=tuple(excluded),
        rows=len(households.households) + len(excluded),
    )


class _UnreadColumns:
    """Looks for ID and bank card numbers in columns that cardgen does not read ("?身份证号").

    Told once a column, with the first cell and the count: the column is never printed.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._met: dict[tuple[Source, str, Code], tuple[Origin, str, int]] = {}
        self._unread: dict[int, tuple[Source, tuple[str, ...]]] = {}

    def look(self, row: Row) -> None:
        """Look through one row."""
        source = row.origin.source
        known = self._unread.get(id(source))
        if known is None:
            known = (source, tuple(name for name in source.columns if name.startswith("?")))
            self._unread[id(source)] = known
        fields = known[1]
        for name in fields:
            value: CellValue = row.values.get(name)
            found = holds_secret(value) if value is not None else None
            if found:
                code, masked = found
                origin, first, count = self._met.get((source, name, code), (row.origin, masked, 0))
                self._met[source, name, code] = (origin, first, count + 1)

    def tell(self) -> None:
        """Note what was found."""
        for (_, name, code), (origin, masked, count) in self._met.items():
            what = "身份证号" if code is Code.IDENTITY_NUMBER else "银行卡号"
            message = f"“{name[1:]}”一列有{what}（共 {count} 个），cardgen 不读也不印，请从表中删去"
            self._findings.add(code, message, origin, name, before=masked)


def with_problems(township: Township, problems: Sequence[Problem]) -> Township:
    """The same township with further findings, such as those about characters."""
    return replace(township, problems=(*township.problems, *problems))

"""Villages from rows of the village table, or, where there is none, from the households."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cardgen.model import Origin, Problem, Row, Village
from cardgen.problems import Code
from cardgen.resolve.cells import CellReader, Findings
from cardgen.resolve.places import VillageNames, nearest, plain, short_village


def read_villages(rows: Iterable[Row], reader: CellReader) -> list[Village]:
    """The villages of the village table, in its order; the first of two with one name counts."""
    villages: dict[str, Village] = {}
    for row in rows:
        name = reader.label(row, "name")
        if not name:
            continue
        first = villages.get(plain(name))
        if first is not None:
            where = f"第 {first.origin.row} 行"
            message = f"“{name}”在{where}已经有了，只用{where}"
            reader.findings.add(Code.VILLAGE_TWICE, message, row.origin, "name", before=name)
            continue
        phones, _ = reader.phones(row, "phone")
        villages[plain(name)] = Village(
            name=name,
            zone=reader.label(row, "zone"),
            phone=phones[0] if phones else "",
            group_link=reader.text(row, "group_link"),
            note=reader.text(row, "note"),
            origin=row.origin,
        )
    return list(villages.values())


def villages_of_households(rows: Iterable[Row], quiet: CellReader) -> list[Village]:
    """The villages that households name, in their order, for a roster without a village table.

    唐湾 and 唐湾村 are one, under the longer name. Findings of these cells are made later,
    when the households themselves are read: `quiet` must not be the reader that reports.
    """
    met: dict[str, Origin] = {}
    for row in rows:
        name = quiet.label(row, "village")
        if name and name not in met:
            met[name] = row.origin
    origins: dict[str, tuple[str, Origin]] = {}
    for name, origin in met.items():
        key = short_village(plain(name))
        other = origins.get(key)
        if other is None:
            origins[key] = (name, origin)
        elif plain(other[0]) == key:
            origins[key] = (name, other[1])
        elif plain(name) not in (key, plain(other[0])):
            origins[plain(name)] = (name, origin)
    return [Village(name, "", "", "", "", origin) for name, origin in origins.values()]


class VillageFinder:
    """Finds the village that a household's or a venue's cell means."""

    def __init__(self, villages: Sequence[Village], findings: Findings) -> None:
        self.names = VillageNames(village.name for village in villages)
        self._findings = findings

    def find(self, text: str, row: Row) -> tuple[str, Problem | None]:
        """The village's own name; or the text as it is, and the finding that it is unknown."""
        if name := self.names.find(text):
            return name, None
        if not text and len(self.names.names) == 1:
            return self.names.names[0], None
        if text:
            message = f"“{text}”不在村表中，{nearest(text, self.names.names)}"
            message += "请改正，或在村表中加上这个村"
        else:
            message = "没有写村，请补上"
        return text, self._findings.add(Code.VILLAGE_UNKNOWN, message, row.origin, "village")

"""recall.csv: the copies to collect, village by village in walking order, for Excel."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cardgen.report.spreadsheet import write_table
from cardgen.views import VillageRecallsView

HEADER = (
    *("村", "网格、组", "户主", "住处", "户号", "纸", "收回旧编号", "换发新编号"),
    *("原因", "送达登记"),
)
NO_MORE = "不再发"


def write_recalls(path: Path, recalls: Mapping[str, VillageRecallsView]) -> None:
    """A line for each copy; texts are made safe for a spreadsheet. Raises OutputError."""
    write_table(path, HEADER, recall_rows(recalls))


def recall_rows(recalls: Mapping[str, VillageRecallsView]) -> Iterator[tuple[str, ...]]:
    """A row for each copy, under the names of HEADER."""
    for village, view in recalls.items():
        for stop in view.stops:
            for paper in stop.papers:
                yield (
                    *(village, stop.part, stop.who, stop.place, stop.code, paper.paper),
                    *(paper.serial, paper.new_serial or NO_MORE, paper.why),
                    "已送达" if paper.is_delivered else "",
                )

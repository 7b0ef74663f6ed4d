"""Find copies that another program has put on its own sheets: by their serials, wherever.

The place of a copy's serial on the copy is known from the first reading; where it stands
now tells how the copy was moved and turned, and then all its texts and codes are looked for
in their moved boxes. Points, origin lower left. Runs in a worker process.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import atan2, degrees, hypot
from pathlib import Path
from typing import NamedTuple

from cardgen.errors import OutputError
from cardgen.model import CopyRecord, Expected, Fault, FileRecord, LeafPlace, Line2, Matrix
from cardgen.proof import FileReading, Others, PageReading, Rests
from cardgen.proof.copies import fault_of
from cardgen.record import expected_leaf, read_record
from cardgen.serials import is_serial
from cardgen.units import Rect

SCALE_SLACK = 0.005
TURN_SLACK = 1.0  # degrees
_TURNS: dict[int, tuple[int, int, int, int]] = {
    0: (1, 0, 0, 1),
    90: (0, 1, -1, 0),
    180: (-1, 0, 0, -1),
    270: (0, -1, 1, 0),
}


@dataclass(frozen=True, slots=True)
class PagesJob:
    """Some pages of another program's file, and the records of the copies looked for."""

    path: str
    first: int
    stop: int
    records: tuple[str, ...]


class Found(NamedTuple):
    """A copy's leaf found on a page of the file; its cell, and what is wrong with it."""

    serial: str
    leaf: int
    page: int
    cell_pt: Rect
    at_pt: tuple[float, float]
    fault: Fault | None


@dataclass(slots=True)
class PagesVerdict:
    """What these pages show; `strange` are serials of no copy, with their pages."""

    path: str
    found: list[Found]
    strange: list[tuple[str, int]]
    error: str = ""


def verify_pages(job: PagesJob) -> PagesVerdict:
    """Look for copies on the pages. What is wrong is in the result; raises nothing."""
    told = PagesVerdict(job.path, [], [])
    try:
        known, others, rests = _known(job.records)
        with FileReading(Path(job.path)) as file:
            stop = min(job.stop, len(file))
            for number, page in file.pages(range(job.first, stop)):
                serials, here = list(page.serials()), list[Found]()
                tops = [_top_cell(page, number, each, known, others, rests) for each in serials]
                for serial, place in serials:
                    if _is_listed(serial, page.origin(place[0]), tops, known):
                        continue
                    if serial in known:
                        line = (*page.origin(place[0]), *page.origin(place[-1]))
                        record, copy = known[serial]
                        here.append(_looked_at(page, number, record, copy, line, others, rests))
                    elif is_serial(serial):
                        told.strange.append((serial, number))
                told.found += _copies_only(here)
    except OutputError as error:
        told.error = error.message
    return told


def _copies_only(found: Sequence[Found]) -> list[Found]:
    """Without the serials that a sheet's foot repeats: right copies of them stand on the page,
    and they themselves stand on no copy."""
    right = {each.serial: each.cell_pt for each in found if each.fault is None}
    return [
        each
        for each in found
        if each.fault is None
        or each.serial not in right
        or any(cell.holds(Rect(*each.at_pt, 0, 0)) for cell in right.values())
    ]


_Known = dict[str, tuple[FileRecord, CopyRecord]]


def _top_cell(
    page: PageReading,
    number: int,
    serial: tuple[str, Sequence[int]],
    known: _Known,
    others: Others,
    rests: dict[str, str],
) -> Rect | None:
    """The cell of what lies on top of a volume, if this is its own serial."""
    record, copy = known.get(serial[0], (None, None))
    if record is None or copy is None or copy.cell:
        return None
    line = (*page.origin(serial[1][0]), *page.origin(serial[1][-1]))
    return _looked_at(page, number, record, copy, line, others, rests).cell_pt


def _is_listed(
    serial: str, at_pt: tuple[float, float], tops: Sequence[Rect | None], known: _Known
) -> bool:
    """Whether a copy's serial stands in a sign-off sheet's list, and not on the copy."""
    if serial not in known or not known[serial][1].cell:
        return False
    return any(top is not None and top.holds(Rect(*at_pt, 0, 0)) for top in tops)


@lru_cache(maxsize=1)
def _known(records: tuple[str, ...]) -> tuple[_Known, Others, dict[str, str]]:
    known: _Known = {}
    rests: dict[str, str] = {}
    numbers: dict[str, Sequence[str]] = {}
    expected: list[Expected] = []
    for path in records:
        record = read_record(Path(path))
        rests.update(record.rests)
        numbers.update(record.numbers)
        for copy in record.copies:
            known[copy.serial] = record, copy
            expected += [
                expected_leaf(record, copy, number, place)
                for number, place in enumerate(copy.places)
            ]
    return known, Others(expected, numbers), rests


def _looked_at(
    page: PageReading,
    number: int,
    record: FileRecord,
    copy: CopyRecord,
    line: Line2,
    others: Others,
    rests: dict[str, str],
) -> Found:
    """The copy whose serial stands here: the leaf that it is, or the one that comes nearest."""
    seen = []
    for leaf, matrix, fault in _placements(record, copy, line):
        expected = expected_leaf(record, copy, leaf, LeafPlace(number, matrix))
        fault = fault or _fault_at(page, expected, others, rests)
        found = Found(copy.serial, leaf, number, expected.cell_pt, line[:2], fault)
        if fault is None:
            return found
        seen.append(found)
    if seen:
        return seen[0]
    fault = Fault("第一次核对时没有读到它的编号，认不出它的位置")
    return Found(copy.serial, 0, number, Rect(*line[:2], 0, 0), line[:2], fault)


def _fault_at(
    page: PageReading, expected: Expected, others: Others, rests: dict[str, str]
) -> Fault | None:
    width, height = page.size_pt
    if not Rect(0, 0, width, height).holds(expected.cell_pt, 1.0):
        return Fault("有一部分在纸外面")
    shown = page.text_in(expected.cell_pt)
    fault = fault_of(page, expected, shown, others)
    if fault is None:
        counted = Rests(rests)
        counted.note(expected, shown)
        if any(counted.strange()):
            return Fault("读回时字数不对，多出或缺了字")
    return fault


def _placements(
    record: FileRecord, copy: CopyRecord, line: Line2
) -> Iterator[tuple[int, Matrix, Fault | None]]:
    """How each leaf of the copy would lie, if this is its serial; a fault where it is scaled."""
    for leaf in range(len(copy.places)):
        anchor = record.anchors.get((copy.serial, leaf))
        if anchor is None:
            continue
        x1, y1, x2, y2 = anchor
        across, along = line[2] - line[0], line[3] - line[1]
        scale = hypot(across, along) / hypot(x2 - x1, y2 - y1)
        turn = degrees(atan2(along, across) - atan2(y2 - y1, x2 - x1)) % 360
        nearest = round(turn / 90) * 90
        fault = None
        if abs(scale - 1) > SCALE_SLACK:
            fault = Fault(f"缩放成了 {scale:.1%}")
        elif abs(turn - nearest) > TURN_SLACK:
            fault = Fault(f"斜了 {turn - nearest:.1f} 度")
        a, b, c, d = _TURNS[nearest % 360]
        matrix = (a, b, c, d, line[0] - a * x1 - c * y1, line[1] - b * x1 - d * y1)
        yield leaf, matrix, fault

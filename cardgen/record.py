"""What finished files must show, kept beside them: a FileRecord in, out/proof/…json.gz out; back.

A record holds the same personal data as its file, and nobody but its owner may read it. The
bytes depend on nothing but the record. Points, pages from 0, as in `model.record`.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from cardgen.errors import OutputError
from cardgen.model import (
    CellShape,
    CodeShape,
    CopyRecord,
    Expected,
    Fact,
    FileRecord,
    FormShape,
    LeafPlace,
    LeafShape,
    Line2,
    Mark,
    Matrix,
    PageShape,
    SlotShape,
)
from cardgen.units import Rect
from cardgen.whole import write_whole_bytes

FOLDER = "proof"
VERSION = 1
SOME_LEAVES = "#"  # behind a form's key, before the numbers of its leaves that are there
ONLY_OWNER = 0o600
_LEVEL = 3
_AGAIN = "再运行一次 cardgen build，重新生成这一批。"


def record_path(out: Path, file: str) -> Path:
    """Where the record of a file of a batch is: `file` as the manifest names it."""
    return out / FOLDER / f"{file.removesuffix('.pdf')}.json.gz"


def digest(form: str, texts: Sequence[str], links: Sequence[str]) -> str:
    """A digest of all that can be seen on a copy: its form, its texts, its codes.

    Of a form of which only some leaves were printed again it is that of the whole form.
    """
    parts = "\0".join((form.partition(SOME_LEAVES)[0], *texts, "\1", *links))
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


# -- what must be found


def expected_of(
    record: FileRecord, copies: Sequence[CopyRecord] | None = None
) -> Iterator[Expected]:
    """What must be found on each page for each copy of the record, or for these."""
    for copy in record.copies if copies is None else copies:
        for number in range(len(copy.places)):
            yield expected_leaf(record, copy, number, copy.places[number])


def expected_leaf(record: FileRecord, copy: CopyRecord, number: int, place: LeafPlace) -> Expected:
    """What must be found of one leaf of a copy that lies at this place."""
    form = record.forms[copy.form]
    leaf, matrix = form.leaves[number], place.matrix
    return Expected(
        serial=copy.serial,
        page=place.page,
        cell_pt=turned(Rect(0.0, 0.0, form.width_pt, form.height_pt), matrix),
        texts=tuple(copy.texts[slot.number] for slot in leaf.slots),
        facts=copy.facts[number],
        codes=tuple(
            Mark(turned(code.box_pt, matrix), copy.links[code.number]) for code in leaf.codes
        ),
        form=f"{copy.form}.{number}",
        known=frozenset(copy.known),
        boxes=tuple(turned(slot.box_pt, matrix) for slot in leaf.slots),
        floors_pt=tuple(slot.floor_pt for slot in leaf.slots),
    )


def turned(box: Rect, matrix: Matrix | None) -> Rect:
    """The upright rectangle around a box after a transformation."""
    if matrix is None:
        return box
    a, b, c, d, e, f = matrix
    if b == 0 == c and a == 1 == d:
        return Rect(box.left + e, box.bottom + f, box.width, box.height)
    corners = [(x, y) for x in (box.left, box.right) for y in (box.bottom, box.top)]
    xs = [a * x + c * y + e for x, y in corners]
    ys = [b * x + d * y + f for x, y in corners]
    return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def moved(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    """A point after a transformation."""
    a, b, c, d, e, f = matrix
    return a * x + c * y + e, b * x + d * y + f


def moved_back(x: float, y: float, matrix: Matrix) -> tuple[float, float]:
    """The point that the transformation moves here."""
    a, b, c, d, e, f = matrix
    x, y, scale = x - e, y - f, a * d - b * c
    return (d * x - c * y) / scale, (a * y - b * x) / scale


# -- written and read


def record_bytes(record: FileRecord) -> bytes:
    """The record as it is kept."""
    forms = list(record.forms)
    number = {key: at for at, key in enumerate(forms)}
    content = {
        "version": VERSION,
        "file": record.file,
        "layout": record.layout,
        "duplex": record.duplex,
        "shapes": [_shape(shape) for shape in record.shapes],
        "pages": list(record.pages),
        "forms": [[key, *_form(record.forms[key])] for key in forms],
        "copies": [_copy(copy, number) for copy in record.copies],
        "rests": dict(sorted(record.rests.items())),
        "numbers": {form: list(each) for form, each in sorted(record.numbers.items()) if each},
        "anchors": [
            [serial, leaf, *map(_n, line)]
            for (serial, leaf), line in sorted(record.anchors.items())
        ],
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode("utf-8", "surrogatepass"), _LEVEL, mtime=0)


def write_record(path: Path, record: FileRecord) -> None:
    """Write the record, whole or not at all, for its owner alone."""
    write_whole_bytes(path, record_bytes(record), ONLY_OWNER)


def read_record(path: Path) -> FileRecord:
    """The record as it was written. Raises OutputError where it cannot be read."""
    try:
        content = json.loads(gzip.decompress(path.read_bytes()).decode("utf-8", "surrogatepass"))
        if content["version"] != VERSION:
            raise ValueError(f"版本 {content['version']}")
        return _record(content)
    except (
        *(OSError, EOFError, zlib.error),
        *(ValueError, KeyError, TypeError, IndexError, AttributeError),
    ) as error:
        raise OutputError(f"核对记录 {path.name} 读不出来：{error}", _AGAIN) from error


def _record(content: Any) -> FileRecord:  # noqa: ANN401 - what JSON gives
    keys = [form[0] for form in content["forms"]]
    return FileRecord(
        file=str(content["file"]),
        layout=str(content["layout"]),
        duplex=bool(content["duplex"]),
        shapes=tuple(_shape_back(shape) for shape in content["shapes"]),
        pages=tuple(content["pages"]),
        forms={
            key: FormShape(width, height, tuple(map(_leaf_back, leaves)))
            for key, width, height, leaves in content["forms"]
        },
        copies=tuple(_copy_back(copy, keys) for copy in content["copies"]),
        rests=dict(content["rests"]),
        numbers=dict(content["numbers"]),
        anchors={
            (serial, leaf): (x1, y1, x2, y2) for serial, leaf, x1, y1, x2, y2 in content["anchors"]
        },
    )


@lru_cache(maxsize=4096)
def _n(value: float) -> float:
    """Thousandths of a point are less than a printer can place."""
    short = round(value, 3)
    return int(short) if short == int(short) else short


def _rect(box: Rect) -> list[float]:
    return [_n(box.left), _n(box.bottom), _n(box.width), _n(box.height)]


def _rects(boxes: Sequence[Rect]) -> list[list[float]]:
    return [_rect(box) for box in boxes]


def _shape(shape: PageShape) -> list[Any]:
    cells = [[[_n(v) for v in cell.matrix], _rect(cell.reach_pt)] for cell in shape.cells]
    return [_n(shape.width_pt), _n(shape.height_pt), cells, _rects(shape.beside_pt)]


def _shape_back(shape: Any) -> PageShape:  # noqa: ANN401
    width, height, cells, beside = shape
    return PageShape(
        width,
        height,
        tuple(CellShape(tuple(matrix), Rect(*reach)) for matrix, reach in cells),
        tuple(Rect(*box) for box in beside),
    )


def _form(form: FormShape) -> list[Any]:
    leaves = [
        [
            [[s.number, _rect(s.box_pt), _n(s.floor_pt)] for s in leaf.slots],
            [[c.number, _rect(c.box_pt)] for c in leaf.codes],
        ]
        for leaf in form.leaves
    ]
    return [_n(form.width_pt), _n(form.height_pt), leaves]


def _leaf_back(leaf: Any) -> LeafShape:  # noqa: ANN401
    slots, codes = leaf
    return LeafShape(
        tuple(SlotShape(number, Rect(*box), floor) for number, box, floor in slots),
        tuple(CodeShape(number, Rect(*box)) for number, box in codes),
    )


def _copy(copy: CopyRecord, number: Mapping[str, int]) -> list[Any]:
    return [
        copy.serial,
        copy.subject,
        copy.village,
        number[copy.form],
        copy.cell,
        list(copy.texts),
        list(copy.links),
        [[list(fact) for fact in facts] for facts in copy.facts],
        [[place.page, *map(_n, place.matrix)] for place in copy.places],
        list(copy.known),
    ]


def _copy_back(cells: Any, forms: Sequence[str]) -> CopyRecord:  # noqa: ANN401
    serial, subject, village, form, cell, texts, links, facts, places, known = cells
    return CopyRecord(
        serial,
        subject,
        village,
        forms[form],
        cell,
        tuple(texts),
        tuple(links),
        tuple(tuple(Fact(what, text) for what, text in leaf) for leaf in facts),
        tuple(LeafPlace(page, (a, b, c, d, e, f)) for page, a, b, c, d, e, f in places),
        tuple(known),
    )


def anchors_of(
    copies: Sequence[CopyRecord], lines: Mapping[tuple[str, int], Line2]
) -> dict[tuple[str, int], Line2]:
    """Where the serials found on pages stand on their copies."""
    found = {}
    for copy in copies:
        for number, place in enumerate(copy.places):
            line = lines.get((copy.serial, place.page))
            if line is not None:
                x1, y1, x2, y2 = line
                found[copy.serial, number] = (
                    *moved_back(x1, y1, place.matrix),
                    *moved_back(x2, y2, place.matrix),
                )
    return found

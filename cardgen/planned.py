"""What a volume about to be finished must show: copies on a grid in, a FileRecord out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cardgen.impose import Grid, Segment
from cardgen.model import (
    CellShape,
    CodeShape,
    CopyRecord,
    Fact,
    FileRecord,
    Filled,
    Form,
    FormShape,
    LeafPlace,
    LeafShape,
    Matrix,
    PageShape,
    SlotShape,
)
from cardgen.press.volume import Placed, matrix_of
from cardgen.proof import squeezed
from cardgen.record import turned
from cardgen.units import Rect, mm_to_pt

_MARK_PT = 0.5  # half of a crop mark's width, and what a renderer adds to it


def plan_record(
    file: str,
    layout: str,
    grid: Grid,
    forms: Mapping[str, Form],
    placed: Sequence[Placed],
    first_page: Mapping[int, int],
    pages: int,
) -> FileRecord:
    """All that the file must show. `first_page` is that of each sheet, `pages` all of them."""
    shapes = tuple(shape_of(grid, side) for side in range(sides_of(grid)))
    shown = dict.fromkeys(each.filled.form_key for each in placed)
    places = [[cell.matrix for cell in shape.cells] for shape in shapes]
    return FileRecord(
        file=file,
        layout=layout,
        duplex=sides_of(grid) == 2,
        shapes=shapes,
        pages=tuple(page % len(shapes) for page in range(pages)),
        forms={key: form_shape(forms[key]) for key in shown},
        copies=tuple(
            copy_record(each, forms[each.filled.form_key], first_page[each.sheet], places)
            for each in placed
        ),
    )


def with_lead(
    record: FileRecord, lead: Sequence[Placed | None], forms: Mapping[str, Form], grid: Grid
) -> FileRecord:
    """The record of a file with pages on top, each in the one cell of this grid, or blank.

    They are no copies: their cell is 0. They may name the copies of the file and nobody else's.
    """
    if not lead:
        return record
    sides, first, before = sides_of(grid), len(record.shapes), len(lead)
    shapes = tuple(shape_of(grid, side) for side in range(sides))
    known = tuple(copy.serial for copy in record.copies)
    tops = []
    for number, each in enumerate(lead):
        if each is not None:
            places = [[shapes[number % sides].cells[0].matrix]]
            top = copy_record(each, forms[each.filled.form_key], number, places)
            tops.append(top._replace(cell=0, known=known))
    shown = {top.form: form_shape(forms[top.form]) for top in tops}
    copies = (
        copy._replace(places=tuple(p._replace(page=p.page + before) for p in copy.places))
        for copy in record.copies
    )
    return replace(
        record,
        shapes=(*record.shapes, *shapes),
        pages=(*(first + number % sides for number in range(before)), *record.pages),
        forms={**record.forms, **shown},
        copies=(*tops, *copies),
    )


def copy_record(
    each: Placed, form: Form, first_page: int, places: Sequence[Sequence[Matrix]]
) -> CopyRecord:
    """One copy; `places` has the matrix of each place, by side."""
    filled, copy = each.filled, each.filled.copy
    drawn = {filled.links[number] for leaf in form.leaves for number, _ in leaf.codes}
    # A code that stands in a code slot is read from the picture; one that does not is missing.
    facts = tuple(f for f in copy.facts if f.what != "code" or f.text not in drawn)
    return CopyRecord(
        serial=copy.serial,
        subject=copy.subject,
        village=copy.village,
        form=filled.form_key,
        cell=each.place + 1,
        texts=filled.texts,
        links=filled.links,
        facts=tuple(facts_by_leaf(form, filled, facts)),
        places=tuple(
            LeafPlace(first_page + leaf, places[leaf % len(places)][each.place])
            for leaf in range(len(form.leaves))
        ),
        known=tuple(
            fact.text for fact in facts if fact.what == "serial" and fact.text != copy.serial
        ),
    )


def form_shape(form: Form) -> FormShape:
    """A form as it is read back."""
    return FormShape(
        form.width_pt,
        form.height_pt,
        tuple(
            LeafShape(
                tuple(
                    SlotShape(number, turned(slot.box_pt, slot.matrix), slot.floor_pt)
                    for number, slot in leaf.slots
                ),
                tuple(
                    CodeShape(number, turned(slot.box_pt, slot.matrix))
                    for number, slot in leaf.codes
                ),
            )
            for leaf in form.leaves
        ),
    )


def facts_by_leaf(form: Form, filled: Filled, facts: tuple[Fact, ...]) -> list[tuple[Fact, ...]]:
    """On which leaf each fact must be read: the first that was made to show it."""
    if len(form.leaves) == 1:
        return [facts]
    shown = [
        squeezed("".join((leaf.baked, *(filled.texts[n] for n, _ in leaf.slots))))
        for leaf in form.leaves
    ]
    found: list[list[Fact]] = [[] for _ in form.leaves]
    for fact in facts:
        wanted = squeezed(fact.text)
        found[next((at for at, text in enumerate(shown) if wanted in text), 0)].append(fact)
    return [tuple(each) for each in found]


# -- the sheet


def sides_of(grid: Grid) -> int:
    """How many sides of a sheet are printed."""
    return 2 if grid.is_duplex else 1


def shape_of(grid: Grid, side: int) -> PageShape:
    """A side of a sheet: its size, and where ink may be: the cells, the marks, the foot."""
    cells = tuple(
        CellShape(matrix_of(grid, place, side), _to_pt(grid.bleed_box_mm(place, side)))
        for place in range(grid.places)
    )
    beside = _line_boxes((*grid.mark_lines_mm(side), *grid.fold_lines_mm(side)))
    if (foot := grid.foot_mm(side)) is not None:
        beside.append(_to_pt(foot))
    return PageShape(mm_to_pt(grid.width_mm), mm_to_pt(grid.height_mm), cells, tuple(beside))


def _line_boxes(lines: Iterable[Segment]) -> list[Rect]:
    return [
        _to_pt(Rect(min(x1, x2), min(y1, y2), abs(x2 - x1), abs(y2 - y1))).grown(_MARK_PT)
        for x1, y1, x2, y2 in lines
    ]


def _to_pt(box: Rect) -> Rect:
    return Rect(*map(mm_to_pt, (box.left, box.bottom, box.width, box.height)))

"""Read finished PDFs back: a file and what it must show in, what is wrong with it out.

Every copy's cell must hold its own serial and no other, every name and phone of the plan,
every stamped text in its place and no smaller than it may be, and its code as a scanner sees
it in the rendered page; beside the cells there is no ink but what belongs there. Owns
pypdfium2, which is not safe between threads: one process, one file at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pypdfium2

from cardgen.errors import OutputError
from cardgen.model import Expected, Fault, Line2, PageShape, ProofMode
from cardgen.proof.copies import SLACK_PT, Others, Rests, fault_of, numbers_in, serial_line
from cardgen.proof.page import DPI, FileReading, PageReading, squeezed
from cardgen.proof.pictures import (
    jpeg_pages,
    load_pictures,
    picture_of,
    png_pages,
    thumbnail,
    type_sizes,
)
from cardgen.units import Rect

SAMPLE_EVERY = 10  # pages, besides the first and the last
_BOX_SLACK_PT = 0.5
__all__ = [
    "DPI",
    "FileReading",
    "Others",
    "PageProof",
    "PageReading",
    "Proof",
    "Rests",
    "jpeg_pages",
    "load_pictures",
    "picture_of",
    "png_pages",
    "proof_file",
    "pypdfium2",
    "read_file",
    "squeezed",
    "thumbnail",
    "type_sizes",
]


@dataclass(slots=True)
class Proof:
    """What a reading found: faults by serial, and what a later reading compares with.

    `lines` tells where the serial of a copy's page (serial, page) stands on it, `numbers`
    which numbers a form shows beside those of its copies.
    """

    faults: dict[str, Fault] = field(default_factory=dict)
    rests: dict[str, str] = field(default_factory=dict)
    lines: dict[tuple[str, int], Line2] = field(default_factory=dict)
    numbers: dict[str, tuple[str, ...]] = field(default_factory=dict)


def proof_file(
    path: Path,
    expected: Sequence[Expected],
    mode: ProofMode = ProofMode.ALL,
    pages: Sequence[PageShape] = (),
) -> dict[str, str]:
    """What is wrong, by serial, in Chinese. Empty when every copy reads back as planned.

    Raises OutputError where the file is no PDF or has another number of pages.
    """
    found = read_file(path, expected, mode, pages)
    return {serial: fault.text for serial, fault in found.faults.items()}


def read_file(
    path: Path,
    expected: Sequence[Expected],
    mode: ProofMode = ProofMode.ALL,
    pages: Sequence[PageShape] = (),
) -> Proof:
    """Read a file back whose pages stand in their order. `pages` are the shapes of all of them,
    without which it has as many as its copies need, and ink and sizes are not looked at.

    Raises OutputError as `proof_file` does.
    """
    found = Proof()
    if mode is ProofMode.NONE:
        return found
    by_page: dict[int, list[Expected]] = {number: [] for number in range(len(pages))}
    for copy in expected:
        by_page.setdefault(copy.page, []).append(copy)
    due = max(by_page, default=-1) + 1
    reader = PageProof(expected, found)
    with FileReading(path) as file:
        there = len(file)
        if due and there != due:
            raise OutputError(
                f"{path.name}：应有 {due} 页，实有 {there} 页。", "重新运行同一条命令。"
            )
        numbers = [
            number
            for number in sorted(by_page)
            if mode is ProofMode.ALL or number % SAMPLE_EVERY == 0 or number == there - 1
        ]
        for number, page in file.pages(numbers):
            # The art is the same on each page, and what is stamped is looked for in its place.
            closely = number % SAMPLE_EVERY == 0 or number == there - 1
            reader.read(page, by_page[number], pages[number] if pages else None, closely)
    reader.close()
    return found


class PageProof:
    """Reads the pages of a file one by one, and adds what it finds to a `Proof`."""

    def __init__(
        self,
        expected: Iterable[Expected],
        found: Proof,
        rests: Mapping[str, str] | None = None,
        numbers: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`rests` and `numbers` are what each form is known to show beside its copies' texts."""
        self.found = found
        self._others = Others(expected, numbers)
        self._rests = Rests(rests)
        self._drawn: dict[tuple[str, int], set[str]] = {}

    def read(
        self,
        page: PageReading,
        copies: Sequence[Expected],
        shape: PageShape | None = None,
        closely: bool = True,
    ) -> None:
        """Look at all copies of a page, and at what stands beside them.

        `closely`: at the sizes of type and at the picture of the page too.
        """
        found = self.found
        for copy in copies:
            shown = page.text_in(copy.cell_pt)
            self._rests.note(copy, shown)
            fault = fault_of(page, copy, shown, self._others, closely)
            fault = fault or (self._unmapped_fault(page, copy) if closely else None)
            if fault:
                found.faults.setdefault(copy.serial, fault)
            elif copy.form not in found.numbers:
                found.numbers[copy.form] = numbers_in(shown, copy)
            line = serial_line(page, copy)
            if line is not None:
                found.lines[copy.serial, copy.page] = line
        if shape is not None and copies:
            self._look_beside(page, copies, shape, closely)

    def close(self) -> None:
        """Compare the copies with one another, after the last page."""
        for serial in self._rests.strange():
            self.found.faults.setdefault(serial, Fault("读回时字数不对，多出或缺了字"))
        self.found.rests = self._rests.usual()

    def _unmapped_fault(self, page: PageReading, copy: Expected) -> Fault | None:
        """The first character of the copy's texts that its font does not name."""
        for number, (text, box) in enumerate(zip(copy.texts, copy.boxes, strict=False)):
            drawn = self._drawn.setdefault((copy.form, number), set())
            if text in drawn or drawn.issuperset(text):
                continue
            for at in page.place_in(text, box, SLACK_PT) or ():
                if page.is_unmapped(at):
                    return Fault(f"“{text}”里的“{page.flat[at]}”没有印出来")
            drawn.update(text, (text,))
        return None

    def _look_beside(
        self, page: PageReading, copies: Sequence[Expected], shape: PageShape, look: bool
    ) -> None:
        fault = shape_fault(page, shape)
        if fault:
            for copy in copies:
                self.found.faults.setdefault(copy.serial, Fault(fault))
        elif look and shape.ink_pt and (ink := page.ink_outside(shape.ink_pt)) is not None:
            nearest = min(copies, key=lambda copy: _distance(copy.cell_pt, ink))
            self.found.faults.setdefault(nearest.serial, Fault("裁切线外面有墨"))


def shape_fault(page: PageReading, shape: PageShape) -> str:
    """What is wrong with a page's boxes, or nothing."""
    media, crop, bleed, trim = page.boxes()
    planned = Rect(0.0, 0.0, shape.width_pt, shape.height_pt)
    if not (media.holds(planned, _BOX_SLACK_PT) and planned.holds(media, _BOX_SLACK_PT)):
        return (
            f"纸的大小变了：应为 {shape.width_pt:.0f}×{shape.height_pt:.0f} 磅，"
            f"实为 {media.width:.0f}×{media.height:.0f} 磅"
        )
    if not crop.holds(media, _BOX_SLACK_PT):
        return "页面被裁小了（CropBox）"
    if not (media.holds(bleed, _BOX_SLACK_PT) and bleed.holds(trim, _BOX_SLACK_PT)):
        return "页面的裁切框不对（TrimBox、BleedBox）"
    return ""


def _distance(cell: Rect, ink: Rect) -> float:
    across = cell.left + cell.width / 2 - ink.left - ink.width / 2
    along = cell.bottom + cell.height / 2 - ink.bottom - ink.height / 2
    return across * across + along * along

"""Put single copies of finished files on a sheet of their own: copies in, a new file out.

A copy is a block of operators on its page, from the q that goes to its place to the Q behind
its last text. The block is taken as it is, byte for byte, and moved. What else is on the page
stays behind: a lost card's file must not hold the neighbours' names, hidden or not. Points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pikepdf

from cardgen.errors import OutputError, UsageError
from cardgen.model import (
    CopyRecord,
    FileRecord,
    FormShape,
    LeafPlace,
    Line2,
    Matrix,
    PageShape,
)
from cardgen.reprint.sheets import opened, saved

_SAVE_OR_RESTORE = re.compile(rb"(?<![^\s])[qQ](?![^\s])")
_FIRST_MATRIX = re.compile(rb"((?:-?[\d.]+\s+){6})cm\b")
_NEAR_PT = 0.02


class Taken(NamedTuple):
    """A copy to print again, with its file and that file's record."""

    path: Path
    record: FileRecord
    copy: CopyRecord


def pack_copies(name: str, taken: Sequence[Taken], start: int) -> tuple[bytes, FileRecord]:
    """Copies of one layout one behind the other from a cell, and the record of the new file.

    Raises UsageError where there is no such cell, OutputError where a copy is not to be found
    in its file as the press wrote it.
    """
    record = taken[0].record
    shapes = sheet_shapes(record)
    cells = len(shapes[0].cells)
    if not 1 <= start <= cells:
        raise UsageError(f"起始格 {start}：这张纸上只有 {cells} 格。", f"写 1 到 {cells}。")
    if any(sheet_shapes(each.record) != shapes for each in taken):
        raise UsageError("要补印的几份，原来不在同一种纸上。", "分几次补印。")
    placed, pages = _placed(taken, start - 1, len(shapes), cells)
    with ExitStack() as open_files:
        sources = {each.path: open_files.enter_context(opened(each.path)) for each in taken}
        target = open_files.enter_context(opened(taken[0].path))
        packer = _Packer(target, sources)
        for number in range(pages):
            here = [
                (each, was, now)
                for each, places in placed
                for was, now in zip(each.copy.places, places, strict=True)
                if now.page == number
            ]
            packer.add_page(shapes[number % len(shapes)], here, _any_page(taken, number))
        content = packer.finished()
    return content, _record(name, record, placed, pages)


def sheet_shapes(record: FileRecord) -> tuple[PageShape, ...]:
    """The sides of a sheet of copies, without those of what lies on top of them."""
    return record.shapes[: 2 if record.duplex else 1]


def _sides_of(record: FileRecord) -> tuple[PageShape, ...]:
    """The sides of the sheets that the copies stand on; cover sheets have others."""
    return record.shapes[: 2 if record.duplex else 1]


_Placed = list[tuple[Taken, tuple[LeafPlace, ...]]]
_Move = tuple[Taken, LeafPlace, LeafPlace]


def _placed(taken: Sequence[Taken], first: int, sides: int, cells: int) -> tuple[_Placed, int]:
    """Where each copy goes, and how many pages that makes; both sides of each sheet."""
    placed: _Placed = []
    page = 0
    number = first
    longest = 0
    for each in taken:
        if number == cells:
            page, number, longest = page + longest, 0, 0
        leaves = len(each.copy.places)
        shapes = _sides_of(each.record)
        placed.append(
            (
                each,
                tuple(
                    LeafPlace(page + leaf, shapes[leaf % sides].cells[number].matrix)
                    for leaf in range(leaves)
                ),
            )
        )
        longest = max(longest, leaves + (-leaves % sides))
        number += 1
    return placed, page + longest


def _any_page(taken: Sequence[Taken], number: int) -> int:
    """A page of the first copy's file of the same side, whose marks serve again."""
    places = taken[0].copy.places
    sides = len(sheet_shapes(taken[0].record))
    return places[0].page + number % sides


class _Packer:
    """Makes the new file out of the first copy's: its head stays, its pages go."""

    def __init__(self, target: pikepdf.Pdf, sources: dict[Path, pikepdf.Pdf]) -> None:
        self._target, self._sources = target, sources
        self._pattern = list(target.pages)
        self._old = len(target.pages)

    def add_page(self, shape: PageShape, moves: Sequence[_Move], like: int) -> None:
        """A page with copies moved to their cells, and the marks of a page of the same side."""
        target = self._target
        page = target.add_blank_page(page_size=(shape.width_pt, shape.height_pt))
        before = self._pattern[like].obj
        for key in ("/MediaBox", "/TrimBox", "/BleedBox", "/CropBox"):
            if key in before:
                page.obj[key] = before[key]
        parts = list(_marks(_content(self._pattern[like])))
        drawn = pikepdf.Dictionary()
        for number, (taken, was, now) in enumerate(moves):
            drawn[f"/C{number}"] = self._block(taken, was)
            right, up = now.matrix[4] - was.matrix[4], now.matrix[5] - was.matrix[5]
            parts.append(f"q 1 0 0 1 {right:.4f} {up:.4f} cm /C{number} Do Q".encode())
        page.obj["/Resources"] = pikepdf.Dictionary({"/XObject": drawn})
        page.obj["/Contents"] = target.make_stream(b"\n".join(parts))

    def _block(self, taken: Taken, was: LeafPlace) -> pikepdf.Object:
        """A copy's own operators as a form XObject."""
        page = self._sources[taken.path].pages[was.page]
        content = _content(page)
        found = [block for block in _blocks(content) if _goes_to(block, was.matrix)]
        if len(found) != 1:
            raise OutputError(
                f"{taken.path.name} 第 {was.page + 1} 页里分不出编号 {taken.copy.serial} 的内容。",
                "文件被别的程序改写过：用 --sheets 补印整张，或用 cardgen build 重新生成。",
            )
        resources = page.obj["/Resources"]
        kept = pikepdf.Dictionary(dict(resources.items()))
        shown = pikepdf.Dictionary(
            {
                key: entry
                for key, entry in resources.get("/XObject", pikepdf.Dictionary()).items()
                if re.search(re.escape(key.encode()) + rb"\s+Do\b", found[0])
            }
        )
        kept["/XObject"] = shown
        stream = self._sources[taken.path].make_stream(found[0])
        stream["/Type"], stream["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
        stream["/BBox"] = page.obj["/MediaBox"]
        stream["/Resources"] = kept
        return self._target.copy_foreign(stream)

    def finished(self) -> bytes:
        """The new file's bytes."""
        del self._target.pages[: self._old]
        return saved(self._target)


def _content(page: pikepdf.Page) -> bytes:
    contents = page.obj["/Contents"]
    if isinstance(contents, pikepdf.Array):
        return b"\n".join(part.read_bytes() for part in contents)
    return bytes(contents.read_bytes())


def _blocks(content: bytes) -> Iterator[bytes]:
    """What stands between an outermost q and its Q, both included.

    The press writes text and codes in hexadecimal, so that no q hides in a string.
    """
    depth, start = 0, 0
    for found in _SAVE_OR_RESTORE.finditer(content):
        if found.group() == b"q":
            if depth == 0:
                start = found.start()
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                yield content[start : found.end()]


def _matrix_in(block: bytes) -> tuple[float, ...] | None:
    found = _FIRST_MATRIX.search(block)
    return tuple(map(float, found[1].split())) if found else None


def _goes_to(block: bytes, matrix: Matrix) -> bool:
    there = _matrix_in(block)
    return (
        there is not None
        and b" Do" in block
        and all(abs(one - other) < _NEAR_PT for one, other in zip(there, matrix, strict=True))
    )


def _marks(content: bytes) -> Iterator[bytes]:
    """The crop and fold marks of a page: the blocks that go nowhere."""
    for block in _blocks(content):
        if _matrix_in(block) is None and b"Do" not in block and b"BT" not in block:
            yield block


def _record(name: str, first: FileRecord, placed: _Placed, pages: int) -> FileRecord:
    forms: dict[str, FormShape] = {}
    rests: dict[str, str] = {}
    anchors: dict[tuple[str, int], Line2] = {}
    numbers: dict[str, Sequence[str]] = {}
    copies = []
    for each, places in placed:
        copy, record = each.copy, each.record
        numbers.update(record.numbers)
        forms[copy.form] = record.forms[copy.form]
        for leaf in range(len(places)):
            if rest := record.rests.get(f"{copy.form}.{leaf}"):
                rests[f"{copy.form}.{leaf}"] = rest
            if line := record.anchors.get((copy.serial, leaf)):
                anchors[copy.serial, leaf] = line
        matrices = [cell.matrix for cell in first.shapes[0].cells]
        cell = matrices.index(places[0].matrix) + 1
        copies.append(copy._replace(places=places, cell=cell))
    shapes = sheet_shapes(first)
    return replace(
        first,
        file=name,
        shapes=shapes,
        pages=tuple(number % len(shapes) for number in range(pages)),
        forms=forms,
        copies=tuple(copies),
        rests=rests,
        anchors=anchors,
        numbers=numbers,
    )

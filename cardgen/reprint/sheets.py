"""Take pages of a finished file as they are: a file and its pages in, a new file out."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pikepdf

from cardgen.errors import OutputError
from cardgen.model import CopyRecord, FileRecord, FormShape, Line2
from cardgen.record import SOME_LEAVES


def opened(path: Path) -> pikepdf.Pdf:
    """The file. Raises OutputError where it is no PDF, or not there."""
    try:
        return pikepdf.open(path)
    except (pikepdf.PdfError, OSError) as error:
        raise OutputError(
            f"{path.name}：打不开（{error}）。", "这一册要用 cardgen build 重新生成。"
        ) from error


def saved(pdf: pikepdf.Pdf) -> bytes:
    """The bytes of a file, the same for the same pages."""
    pdf.remove_unreferenced_resources()
    buffer = io.BytesIO()
    pdf.save(
        buffer,
        deterministic_id=True,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
    )
    return buffer.getvalue()


def take_pages(path: Path, record: FileRecord, pages: Sequence[int]) -> tuple[bytes, FileRecord]:
    """The file with only these pages, and its record. Content streams stay as they are."""
    with opened(path) as pdf:
        if len(pdf.pages) != len(record.pages):
            raise OutputError(
                f"{path.name}：应有 {len(record.pages)} 页，实有 {len(pdf.pages)} 页。",
                "先运行 cardgen verify 看看。",
            )
        for number in reversed(range(len(pdf.pages))):
            if number not in pages:
                del pdf.pages[number]
        content = saved(pdf)
    return content, _record(record, pages)


def _record(record: FileRecord, pages: Sequence[int]) -> FileRecord:
    """The record of these pages: copies that stand on them, and of these the leaves that do."""
    new = {old: number for number, old in enumerate(pages)}
    forms: dict[str, FormShape] = {}
    rests: dict[str, str] = {}
    anchors: dict[tuple[str, int], Line2] = {}
    numbers: dict[str, Sequence[str]] = {}
    copies: list[CopyRecord] = []
    for copy in record.copies:
        leaves = [n for n, place in enumerate(copy.places) if place.page in new]
        if not leaves:
            continue
        key, form = copy.form, record.forms[copy.form]
        if len(leaves) < len(copy.places):
            key += SOME_LEAVES + ",".join(map(str, leaves))
            form = replace(form, leaves=tuple(form.leaves[n] for n in leaves))
        forms[key] = form
        for number, leaf in enumerate(leaves):
            if rest := record.rests.get(f"{copy.form}.{leaf}"):
                rests[f"{key}.{number}"] = rest
            numbers[f"{key}.{number}"] = record.numbers.get(f"{copy.form}.{leaf}", ())
            if line := record.anchors.get((copy.serial, leaf)):
                anchors[copy.serial, number] = line
        copies.append(
            copy._replace(
                form=key,
                facts=tuple(copy.facts[n] for n in leaves),
                places=tuple(
                    copy.places[n]._replace(page=new[copy.places[n].page]) for n in leaves
                ),
            )
        )
    return replace(
        record,
        pages=tuple(record.pages[page] for page in pages),
        forms=forms,
        copies=tuple(copies),
        rests=rests,
        anchors=anchors,
        numbers=numbers,
    )

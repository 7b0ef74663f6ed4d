"""Print again what was lost: sheets or copies of a finished batch in, a folder of its own out.

Works on the files alone, the rosters may have changed since: pages are taken over as they
are, and a copy's operators are the same bytes as in its file. What comes out is read back
before it is named, has a manifest and records of its own, and never takes the place of an
earlier reprint. Sheets, cells and files are named as in manifest.csv.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cardgen.errors import OutputError, UsageError
from cardgen.model import CopyRecord, FileRecord, Printed
from cardgen.proof import read_file
from cardgen.record import digest, expected_of, read_record, record_path, write_record
from cardgen.report.manifest import Manifest, read_manifest
from cardgen.reprint.booked import Booked, book_reprint
from cardgen.reprint.copies import Taken, pack_copies
from cardgen.reprint.sheets import take_pages
from cardgen.units import pt_to_mm
from cardgen.whole import make_folder, write_whole_bytes

FOLDER = "reprints"
COLUMNS = ("reprint_of_file", "reprint_of_sheet")
_SHEETS = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")
__all__ = [
    "Booked",
    "Reprint",
    "book_reprint",
    "reprint_copies",
    "reprint_sheets",
    "sheets_of",
]


@dataclass(frozen=True, slots=True)
class Reprint:
    """What was made: its folder, its files with their copies, and whether both sides count."""

    folder: Path
    files: tuple[tuple[str, int, bool], ...]


@dataclass(frozen=True, slots=True)
class _Made:
    """A file made: its content and record, and where each copy stood before."""

    content: bytes
    record: FileRecord
    was: dict[str, Printed]


def sheets_of(text: str) -> list[int]:
    """The sheets that "118-121,130" names. Raises UsageError for what is none."""
    found: list[int] = []
    for part in re.split("[,，、]", text):
        match = _SHEETS.fullmatch(part.strip())
        if match is None:
            raise UsageError(f"“{part}”不是张号。", "写成 118-121，或 118,121。")
        first, last = int(match[1]), int(match[2] or match[1])
        if not 1 <= first <= last or last - first > 9999:
            raise UsageError(f"“{part}”不是张号的范围。", "小的在前，从 1 起。")
        found += range(first, last + 1)
    return sorted(set(found))


def reprint_sheets(out: Path, sheets: Sequence[int], file: str = "") -> Reprint:
    """The same sheets again, all their sides. `file` may be left out where only one has them.

    Raises UsageError where no file, or more than one, has such sheets.
    """
    manifest = list(read_manifest(out / "manifest.csv"))
    name = _file_with(out, manifest, sheets, file)
    record = read_record(record_path(out, name))
    sides = 2 if record.duplex else 1
    pages = [(sheet - 1) * sides + side for sheet in sheets for side in range(sides)]
    if pages[-1] >= len(record.pages):
        last = len(record.pages) // sides
        raise UsageError(f"{name} 只有 {last} 张，没有第 {sheets[-1]} 张。", "看看张号。")
    content, taken = take_pages(out / name, record, pages)
    was = {line.serial: line for line in manifest if line.file == name}
    return _finished(out, [_Made(content, taken, was)])


def reprint_copies(
    out: Path, serials: Iterable[str] = (), subjects: Iterable[str] = (), start: int = 1
) -> Reprint:
    """These copies alone, one behind the other from a start cell (from 1), a file a paper.

    Raises UsageError for a serial or a household that the batch has not.
    """
    manifest = list(read_manifest(out / "manifest.csv"))
    lines = _lines_of(manifest, list(serials), list(subjects))
    by_layout: dict[str, list[Printed]] = {}
    for line in lines:
        by_layout.setdefault(line.layout, []).append(line)
    records: dict[str, FileRecord] = {}
    made = []
    for layout, wanted in by_layout.items():
        taken = []
        for line in wanted:
            if line.file not in records:
                records[line.file] = read_record(record_path(out, line.file))
            record = records[line.file]
            taken.append(Taken(out / line.file, record, _copy_in(record, line)))
        content, whole = pack_copies(f"{layout}/补印-001.pdf", taken, start)
        made.append(_Made(content, whole, {line.serial: line for line in wanted}))
    return _finished(out, made)


def _file_with(out: Path, manifest: Sequence[Printed], sheets: Sequence[int], file: str) -> str:
    by_file: dict[str, set[int]] = {}
    for line in manifest:
        by_file.setdefault(line.file, set()).add(line.sheet)
    if file:
        names = [name for name in by_file if file in (name, Path(name).name, Path(name).stem)]
        path = Path(file)
        names = names or [name for name in by_file if (out / name).resolve() == path.resolve()]
        if len(names) != 1:
            raise UsageError(
                f"{'清单里没有' if not names else '不止一个'}文件 {file}。",
                f"写成清单里的样子：{'、'.join((names or sorted(by_file))[:30])}。",
            )
        return names[0]
    names = [name for name, there in by_file.items() if sheets[-1] <= max(there)]
    if not names:
        raise UsageError(f"没有哪个文件有第 {sheets[-1]} 张。", "看看张号。")
    if len(names) > 1:
        listed = "、".join(names[:30])
        raise UsageError(f"{len(names)} 个文件都有这些张：{listed}。", "加上 --file 说明是哪一个。")
    return names[0]


def _lines_of(
    manifest: Sequence[Printed], serials: Sequence[str], subjects: Sequence[str]
) -> list[Printed]:
    for what, asked, known in (
        ("编号", serials, {line.serial for line in manifest}),
        ("户号", subjects, {line.subject for line in manifest}),
    ):
        if missing := [each for each in asked if each not in known]:
            raise UsageError(f"这一批里没有{what} {'、'.join(missing)}。", "看看 manifest.csv。")
    wanted = [line for line in manifest if line.serial in serials or line.subject in subjects]
    if not wanted:
        raise UsageError("没有说补印什么。", "写 --sheets、--serials 或 --household。")
    return wanted


def _copy_in(record: FileRecord, line: Printed) -> CopyRecord:
    found = next((copy for copy in record.copies if copy.serial == line.serial), None)
    if found is None:
        raise OutputError(
            f"{line.file} 的核对记录里没有编号 {line.serial}。", "先运行 cardgen verify 看看。"
        )
    return found


# -- written


def _finished(out: Path, made: Sequence[_Made]) -> Reprint:
    """Write all, read it back, and only then give the folder its name."""
    folder = out / FOLDER
    make_folder(folder)
    number = 1 + max(
        (int(path.name) for path in folder.iterdir() if path.name.isdigit()), default=0
    )
    part = folder / f"{number:03d}.part"
    shutil.rmtree(part, ignore_errors=True)
    try:
        with Manifest(part / "manifest.csv", COLUMNS) as manifest:
            for each in made:
                _write(part, each)
                for line, was in _lines(each):
                    manifest.add([line], [was.file, str(was.sheet)])
        # Fails where somebody else has taken the number meanwhile: then nothing is lost.
        part.rename(folder / f"{number:03d}")
    except OSError as error:
        raise OutputError(
            f"{folder} 写不进去：{error.strerror or error}", "请看磁盘是不是满了，再运行一次。"
        ) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
    files = tuple((e.record.file, len(_lines(e)), e.record.duplex) for e in made)
    return Reprint(folder / f"{number:03d}", files)


def _write(folder: Path, made: _Made) -> None:
    path, record = folder / made.record.file, made.record
    write_whole_bytes(path, made.content)
    shapes = [record.shapes[number] for number in record.pages]
    found = read_file(path, list(expected_of(record)), pages=shapes)
    for serial, fault in found.faults.items():
        raise OutputError(
            f"补印的 {serial} 读回来不对：{fault.words}。",
            "原来的文件可能坏了：先运行 cardgen verify，不对的用 cardgen build 重新印。",
        )
    write_record(record_path(folder, record.file), record)


def _lines(made: _Made) -> list[tuple[Printed, Printed]]:
    """The line of each copy in the reprint's manifest, and that in the batch's."""
    record, sides = made.record, 2 if made.record.duplex else 1
    lines = []
    for copy in record.copies:
        was = made.was.get(copy.serial)
        if was is None:
            continue  # a cover sheet is no copy
        first = copy.places[0]
        left, bottom = first.matrix[4:]
        line = replace(
            was,
            file=record.file,
            sheet=first.page // sides + 1,
            cell=copy.cell,
            x_mm=pt_to_mm(left),
            y_mm=pt_to_mm(bottom),
            digest=digest(copy.form, copy.texts, copy.links),
        )
        lines.append((line, was))
    return lines

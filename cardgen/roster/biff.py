"""Look through an .xls or .et (OLE2 with BIFF8 inside): bytes in, what the library drops out.

[MS-CFB] for the container, [MS-XLS] for the records. Only the sectors of the stream
"Workbook" are followed, each at most once.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_BOF, _EOF, _BOUNDSHEET, _ROW, _BOOLERR, _FORMULA = 0x0809, 0x0A, 0x85, 0x0208, 0x0205, 0x06
_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


@dataclass(slots=True)
class Dropped:
    """What python-calamine does not tell of one sheet; rows and columns count from 0."""

    hidden_rows: set[int] = field(default_factory=set)
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def stream_names(data: bytes) -> set[str]:
    """The names of the container's streams: "Workbook", "EncryptedPackage", "WordDocument"."""
    try:
        return {name for name, _, _ in _directory(data, _sector_table(data))}
    except (struct.error, IndexError):
        return set()


def look_through(data: bytes) -> list[Dropped]:
    """For each sheet, in the workbook's order; nothing where the stream cannot be followed."""
    try:
        table = _sector_table(data)
        for name, start, size in _directory(data, table):
            if name in ("Workbook", "Book") and size >= 4096:  # shorter ones lie elsewhere
                return list(_sheets(_stream(data, table, start)[:size]))
    except (struct.error, IndexError):
        pass
    return []


def _sector_table(data: bytes) -> list[int]:
    """The FAT: for each sector the next one."""
    size = _sector_size(data)
    (count,) = struct.unpack_from("<I", data, 44)
    numbers = [n for n in struct.unpack_from("<109I", data, 76) if n < 0xFFFFFFFA]
    (following, _) = struct.unpack_from("<II", data, 68)
    seen = set()
    while following < 0xFFFFFFFA and following not in seen:
        seen.add(following)
        words = struct.unpack_from(f"<{size // 4}I", data, (following + 1) * size)
        numbers += [n for n in words[:-1] if n < 0xFFFFFFFA]
        following = words[-1]
    table: list[int] = []
    for number in numbers[: min(count, len(data) // size)]:
        table += struct.unpack_from(f"<{size // 4}I", data, (number + 1) * size)
    return table


def _sector_size(data: bytes) -> int:
    (shift,) = struct.unpack_from("<H", data, 30)
    return 1 << (12 if shift == 12 else 9)


def _stream(data: bytes, table: list[int], start: int) -> bytes:
    size = _sector_size(data)
    pieces = []
    seen = set()
    while start < len(table) and start not in seen:
        seen.add(start)
        pieces.append(data[(start + 1) * size : (start + 2) * size])
        start = table[start]
    return b"".join(pieces)


def _directory(data: bytes, table: list[int]) -> Iterator[tuple[str, int, int]]:
    """(name, first sector, size) of each entry."""
    (start,) = struct.unpack_from("<I", data, 48)
    entries = _stream(data, table, start)
    for at in range(0, len(entries) - 127, 128):
        (length,) = struct.unpack_from("<H", entries, at + 64)
        if 2 <= length <= 64:
            name = entries[at : at + length - 2].decode("utf-16-le", "replace")
            first, size = struct.unpack_from("<II", entries, at + 116)
            yield name, first, size


def _sheets(book: bytes) -> Iterator[Dropped]:
    starts = []
    for kind, at, length in _records(book, 0):
        if kind == _BOUNDSHEET and length >= 4:
            starts.append(struct.unpack_from("<I", book, at)[0])
    for start in starts:
        yield _sheet(book, start)


def _records(book: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """(kind, start, length) of each record up to the end of this substream."""
    depth = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, at + 4, length
        at += 4 + length


def _sheet(book: bytes, start: int) -> Dropped:
    dropped = Dropped()
    for kind, at, length in _records(book, start):
        if kind == _ROW and length >= 16:
            row, flags = struct.unpack_from("<H10xH", book, at)
            if flags & 0x20:  # [MS-XLS] 2.4.221, fDyZero
                dropped.hidden_rows.add(row)
        elif kind == _BOOLERR and length >= 8:
            row, column, code, is_error = struct.unpack_from("<HH2xBB", book, at)
            if is_error:
                dropped.errors[row, column] = _ERRORS.get(code, "#ERROR!")
        elif kind == _FORMULA and length >= 14:
            row, column, what, code, mark = struct.unpack_from("<HH2xBxB3xH", book, at)
            if mark == 0xFFFF and what == 2:
                dropped.errors[row, column] = _ERRORS.get(code, "#ERROR!")
    return dropped

"""Read embedded font programs: their bytes in, how many glyphs and which are empty out.

TrueType outlines (glyf, loca) and Compact Font Format; no more of them than that question needs.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Program:
    """A font program: `lengths` are those of its outlines by glyph, 0 where there is none.

    `glyph_of_cid` is the charset of a CFF font with CIDs; None where CIDs are glyph numbers.
    """

    lengths: tuple[int, ...]
    glyph_of_cid: Mapping[int, int] | None = None

    def is_empty(self, glyph: int) -> bool:
        """Whether the glyph has no outline, as a blank has none."""
        return self.lengths[glyph] == 0


def read_program(content: bytes) -> Program:
    """A program of any of these kinds. Raises ValueError for one that cannot be read."""
    try:
        if content[:4] in (b"\0\1\0\0", b"true", b"OTTO"):
            tables = _tables(content)
            if b"CFF " in tables:
                return _compact(tables[b"CFF "])
            return _true_type(tables)
        return _compact(content)
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError(f"font program cannot be read: {error}") from error


def _tables(content: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">H", content, 4)
    tables = {}
    for at in range(12, 12 + 16 * count, 16):
        tag, _, offset, length = struct.unpack_from(">4sIII", content, at)
        tables[tag] = content[offset : offset + length]
    return tables


def _true_type(tables: Mapping[bytes, bytes]) -> Program:
    """OpenType 1.9, "loca": where each outline begins, and one more."""
    (is_long,) = struct.unpack_from(">h", tables[b"head"], 50)
    (count,) = struct.unpack_from(">H", tables[b"maxp"], 4)
    loca = tables[b"loca"]
    places = struct.unpack_from(f">{count + 1}{'I' if is_long else 'H'}", loca)
    unit = 1 if is_long else 2
    return Program(tuple(unit * (b - a) for a, b in pairwise(places)))


# -- Compact Font Format (Adobe Technical Note 5176) -----------------------------------------

_CHARSET, _CHAR_STRINGS, _ROS = 15, 17, (12 << 8) + 30
_PREDEFINED = 2  # charsets 0 to 2 stand in no font
_LONGEST_EMPTY = 4  # bytes of a char string that sets a width and ends


def _compact(content: bytes) -> Program:
    at = content[2]
    _, at = _index(content, at)  # names
    tops, at = _index(content, at)
    top = _dictionary(tops[0])
    strings, _ = _index(content, int(top[_CHAR_STRINGS][0]))
    lengths = tuple(0 if len(each) <= _LONGEST_EMPTY else len(each) for each in strings)
    charset = int(top.get(_CHARSET, [0])[0])
    if _ROS not in top or charset <= _PREDEFINED:
        return Program(lengths)
    cids = _charset(content, charset, len(lengths))
    return Program(lengths, {cid: glyph for glyph, cid in enumerate(cids)})


def _index(content: bytes, at: int) -> tuple[list[bytes], int]:
    """The objects of an INDEX, and where it ends."""
    (count,) = struct.unpack_from(">H", content, at)
    if not count:
        return [], at + 2
    size, first = content[at + 2], at + 3
    offsets = [
        int.from_bytes(content[p : p + size], "big")
        for p in range(first, first + size * (count + 1), size)
    ]
    base = first + size * (count + 1) - 1
    pairs = pairwise(offsets)
    return [content[base + a : base + b] for a, b in pairs], base + offsets[-1]


def _dictionary(content: bytes) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    values: list[float] = []
    at = 0
    while at < len(content):
        byte = content[at]
        at += 1
        if byte <= 21:
            if byte == 12:
                byte = (12 << 8) + content[at]
                at += 1
            found[byte], values = values, []
        elif byte == 28:
            values.append(struct.unpack_from(">h", content, at)[0])
            at += 2
        elif byte == 29:
            values.append(struct.unpack_from(">i", content, at)[0])
            at += 4
        elif byte == 30:
            while content[at] & 15 != 15 and content[at] >> 4 != 15:
                at += 1
            at += 1
            values.append(0.0)  # a real number: nothing that is asked for
        elif byte <= 246:
            values.append(byte - 139)
        else:
            more = content[at]
            at += 1
            values.append(
                (byte - 247) * 256 + more + 108 if byte <= 250 else -(byte - 251) * 256 - more - 108
            )
    return found


def _charset(content: bytes, at: int, count: int) -> list[int]:
    """The CID of each glyph; glyph 0 is .notdef."""
    kind, cids = content[at], [0]
    at += 1
    while len(cids) < count:
        (first,) = struct.unpack_from(">H", content, at)
        at += 2
        left = 0
        if kind:
            left = int.from_bytes(content[at : at + kind], "big")
            at += kind
        cids += range(first, first + left + 1)
    return cids[:count]

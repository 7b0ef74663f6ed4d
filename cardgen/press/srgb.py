"""Make the sRGB profile that files for offices carry: nothing in, an ICC profile of version 4 out.

Built from the numbers of IEC 61966-2-1, so that its bytes depend on nothing, and no colour
library is loaded for it. ICC.1:2004-10 tells what stands where.
"""

from __future__ import annotations

import struct
from functools import lru_cache

_D50 = (0.96420, 1.0, 0.82491)
# The primaries and white of sRGB, brought to D50 by Bradford's matrix, which "chad" holds.
_PRIMARIES = {
    b"rXYZ": (0.43604, 0.22249, 0.01392),
    b"gXYZ": (0.38512, 0.71690, 0.09706),
    b"bXYZ": (0.14305, 0.06061, 0.71393),
}
_BRADFORD = (
    *(1.04788, 0.02292, -0.05022),
    *(0.02959, 0.99048, -0.01708),
    *(-0.00925, 0.01508, 0.75168),
)
# Type 3: Y = (a X + b)^g from d on, c X below it.
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """The profile."""
    curve = b"para" + bytes(4) + struct.pack(">HH", 3, 0) + _numbers(_CURVE)
    tags = {
        b"desc": _words("sRGB"),
        b"cprt": _words("CC0"),
        b"wtpt": b"XYZ " + bytes(4) + _numbers(_D50),
        b"chad": b"sf32" + bytes(4) + _numbers(_BRADFORD),
        **{name: b"XYZ " + bytes(4) + _numbers(value) for name, value in _PRIMARIES.items()},
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
    }
    return _packed(tags)


def _packed(tags: dict[bytes, bytes]) -> bytes:
    """Header, table of tags, and the tags; equal ones stand there once."""
    at = 128 + 4 + 12 * len(tags)
    table, body, places = struct.pack(">I", len(tags)), b"", dict[bytes, int]()
    for name, content in tags.items():
        if content not in places:
            places[content] = at + len(body)
            body += content + bytes(-len(content) % 4)
        table += name + struct.pack(">II", places[content], len(content))
    return _header(at + len(body)) + table + body


def _header(size: int) -> bytes:
    """Version 4.2, display, RGB over XYZ, made on the first day of 2000."""
    date = struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
    return (
        struct.pack(">I4x4s", size, b"\4\x20\0\0")
        + b"mntrRGB XYZ "
        + date
        + b"acsp"
        + bytes(28)
        + _numbers(_D50)
        + bytes(48)
    )


def _numbers(values: tuple[float, ...]) -> bytes:
    """s15Fixed16Number each."""
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _words(text: str) -> bytes:
    """A multiLocalizedUnicodeType with one text."""
    written = text.encode("utf-16-be")
    content = b"mluc" + bytes(4) + struct.pack(">II4sII", 1, 12, b"enUS", len(written), 28)
    return content + written + bytes(-len(written) % 4)

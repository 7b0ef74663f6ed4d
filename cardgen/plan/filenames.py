"""File names from data: the names of villages in, names that are safe on any system out."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")
_MOST_CHARACTERS = 40


def slugs(names: Sequence[str]) -> dict[str, str]:
    """A safe and unique file name for each name: letters, digits and hanzi only."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        slug = "".join(char for char in name if char.isalnum())[:_MOST_CHARACTERS]
        if slug != name or not slug or _RESERVED.fullmatch(slug):
            slug = f"{slug or 'x'}-{zlib.crc32(name.encode()):08x}"
        base, number = slug, 1
        while slug.casefold() in taken:
            number += 1
            slug = f"{base}-{number}"
        taken.add(slug.casefold())
        found[name] = slug
    return found

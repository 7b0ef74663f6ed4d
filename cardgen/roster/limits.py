"""What a roster may cost: the limits that a file is held against, in bytes, rows and seconds."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on one roster file, and on what reading it may take.

    A township of 80,000 households is a file of 4 MB, 45 MB when inflated, and a reply of
    8 MB; everything here is some times that.
    """

    file_bytes: int = 64 * MIB
    inflated_bytes: int = 400 * MIB
    inflation: int = 250  # times; sheets of equal rows reach 60, a bomb is near 1,000
    entries: int = 4_000
    rows: int = 120_000  # of data, in all files together
    columns: int = 16_384  # the last column a spreadsheet can have is XFD
    reply_bytes: int = 32 * MIB
    memory_bytes: int = 1024 * MIB  # over what the child holds when it starts
    cpu_seconds: int = 60
    wall_seconds: float = 120.0

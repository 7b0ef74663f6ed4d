"""Write a reprint into the ledger of its workspace: a finished reprint in, what was noted out.

The ledger is looked for above the batch's folder. Without one, or where it does not know the
copies, nothing is written: a reprint needs nothing but the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardgen import __version__, ledger
from cardgen.ledger import BatchKey, Counts, Ledger
from cardgen.model import Noted, Printed, VolumeResult
from cardgen.report.manifest import read_manifest

HIGHEST = 3  # folders above: out/changed/001 lies three below its workspace


@dataclass(frozen=True, slots=True)
class Booked:
    """How many copies were written down, and those of them that a newer one has replaced, each
    with the serial of that."""

    copies: int = 0
    old: tuple[tuple[str, str], ...] = ()


def book_reprint(out: Path, folder: Path, now: Callable[[], str] = ledger.local_now) -> Booked:
    """Write down the reprint in `folder` of a batch in `out`. Raises LedgerError."""
    found = next(
        (
            above
            for above in out.resolve().parents[:HIGHEST]
            if (above / ledger.LEDGER_FILE).exists()
        ),
        None,
    )
    if found is None:
        return Booked()
    with ledger.open_ledger(found, now) as book:
        lines = list(read_manifest(folder / "manifest.csv"))
        known = ledger.noted_before(book, [line.serial for line in lines])
        lines = [line for line in lines if line.serial in known]
        if not lines:
            return Booked()
        _record(book, folder, lines, known)
        old = ledger.replaced(book, [line.serial for line in lines])
    return Booked(len(lines), tuple(old.items()))


def _record(
    book: Ledger, folder: Path, lines: Sequence[Printed], known: Mapping[str, Noted]
) -> None:
    manifest = (folder / "manifest.csv").read_bytes()
    key = BatchKey(
        kind="reprint",
        identity=hashlib.sha256(manifest).hexdigest(),
        source="",
        folder=str(folder.resolve()),
        version=__version__,
    )
    batch = ledger.begin(book, key)
    for result in _volumes(folder, lines):
        noted = {copy.serial: known[copy.serial] for copy in result.printed}
        ledger.record_volume(book, batch, result, noted, {}, {})
    ledger.finish(book, batch, Counts(len(lines), len(lines), 0, 0, 0))


def _volumes(folder: Path, lines: Sequence[Printed]) -> Iterator[VolumeResult]:
    for name in dict.fromkeys(line.file for line in lines):
        here = tuple(line for line in lines if line.file == name)
        content = (folder / name).read_bytes()
        villages = {line.village for line in here}
        yield VolumeResult(
            name=name,
            layout=here[0].layout,
            village=villages.pop() if len(villages) == 1 else "",
            sheets=max(line.sheet for line in here),
            printed=here,
            failed=(),
            seconds={},
            size=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )

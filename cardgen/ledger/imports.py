"""Imports of rosters: what they said, and what changed from one to the next.

An import is recorded when something is printed from rosters that differ, byte by byte, from
those of the import before; the same files read again are no new import, whatever their names.
Its township is kept whole, so that any later one can be compared with it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from cardgen.errors import LedgerError, UsageError
from cardgen.ledger.store import Ledger, Row
from cardgen.model import ChangeKind, Imported, RosterChange, Township
from cardgen.snapshot import snapshot_of, township_from

_COLUMNS = (
    "id, made, digest, files, villages, cadres, households, came, gone, moved, changed, "
    "(SELECT min(id) FROM imports)"
)


def digest_of_rosters(files: Mapping[str, str]) -> str:
    """What rosters are known by: the SHA-256 of their files, whatever they are called."""
    return hashlib.sha256("\n".join(sorted(files.values())).encode()).hexdigest()


def record_import(
    ledger: Ledger,
    files: Mapping[str, str],
    township: Township,
    compared: Callable[[Township, Township], Iterable[RosterChange]],
) -> int | None:
    """The number of the import of these rosters, recorded where it differs from the last one.

    `files` are the SHA-256 of the rosters' files by name; without any, nothing is recorded.
    `compared` tells what changed from an older township to a newer. Raises LedgerError.
    """
    if not files:
        return None
    digest = digest_of_rosters(files)
    last = last_import(ledger)
    if last is not None and last.digest == digest:
        return last.id
    changes = () if last is None else tuple(compared(township_of(ledger, last.id), township))
    seen = Counter(change.kind for change in changes)
    with ledger.write() as database:
        cursor = database.execute(
            "INSERT INTO imports (made, digest, files, villages, cadres, households, came, gone, "
            "moved, changed, township, changes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(ledger.now(), digest, json.dumps(files, ensure_ascii=False, sort_keys=True)),
                *(len(township.villages), len(township.cadres), len(township.households)),
                *(seen[kind] for kind in ChangeKind),
                *(snapshot_of(township), _packed(changes)),
            ),
        )
        number = int(cursor.lastrowid or 0)
        ledger.audit("import", {"import": number, "households": len(township.households)})
    return number


def all_imports(ledger: Ledger) -> list[Imported]:
    """All imports, the oldest first."""
    return [_imported(row) for row in ledger.read(f"SELECT {_COLUMNS} FROM imports ORDER BY id")]


def last_import(ledger: Ledger) -> Imported | None:
    """The newest import, if there is one."""
    row = ledger.one(f"SELECT {_COLUMNS} FROM imports ORDER BY id DESC LIMIT 1")
    return _imported(row) if row else None


def import_before(ledger: Ledger, files: Mapping[str, str]) -> Imported | None:
    """The newest import of other rosters than these: what a ledger of changes compares with."""
    row = ledger.one(
        f"SELECT {_COLUMNS} FROM imports WHERE digest <> ? ORDER BY id DESC LIMIT 1",
        (digest_of_rosters(files),),
    )
    return _imported(row) if row else None


def import_printed(ledger: Ledger) -> int | None:
    """The number of the import that was last printed from."""
    row = ledger.one("SELECT import FROM batches WHERE import IS NOT NULL ORDER BY id DESC LIMIT 1")
    return row[0] if row else None


def find_import(ledger: Ledger, number: int) -> Imported:
    """The import of that number. Raises UsageError where there is none."""
    row = ledger.one(f"SELECT {_COLUMNS} FROM imports WHERE id = ?", (number,))
    if row is None:
        known = ledger.one("SELECT min(id), max(id) FROM imports")
        first, last = known or (None, None)
        hint = f"有第 {first} 次到第 {last} 次。" if first else "还没有读过花名册；先印一批。"
        raise UsageError(f"账本里没有第 {number} 次花名册。", hint)
    return _imported(row)


def township_of(ledger: Ledger, number: int) -> Township:
    """What the rosters of an import said. Raises LedgerError where it cannot be read."""
    row = ledger.one("SELECT township FROM imports WHERE id = ?", (number,))
    return township_from(row[0] if row else b"")


def changes_of(ledger: Ledger, number: int) -> tuple[RosterChange, ...]:
    """What an import changed, in the order of walking. Raises LedgerError."""
    row = ledger.one("SELECT changes FROM imports WHERE id = ?", (number,))
    try:
        kept = json.loads(zlib.decompress(row[0] if row else b""))
        return tuple(
            RosterChange(
                ChangeKind(kind), code, village, head, place, tuple((f, b, a) for f, b, a in fields)
            )
            for kind, code, village, head, place, fields in kept
        )
    except (zlib.error, ValueError, TypeError) as error:
        raise LedgerError(
            f"账本里第 {number} 次花名册的增减坏了，读不出来。", "从备份里拿回昨天的账本。"
        ) from error


def _packed(changes: Iterable[RosterChange]) -> bytes:
    text = json.dumps(list(changes), ensure_ascii=False, separators=(",", ":"))
    return zlib.compress(text.encode("utf-8", "surrogatepass"))


def _imported(row: Row) -> Imported:
    number, made, digest, files, *counts, first = row
    villages, cadres, households, *changed = counts
    return Imported(
        number,
        made,
        digest,
        json.loads(files),
        villages,
        cadres,
        households,
        number == first,
        *changed,
    )

"""Batches as the ledger knows them: begun, a volume recorded at a time, finished.

A volume is recorded in one transaction after its file has its name, so that a row speaks only
of a whole file. A batch that was cut off is taken up where it stood; recording a volume anew
takes the place of what was recorded of it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cardgen.ledger.looking import contents_of
from cardgen.ledger.store import Ledger, Row, printed_elsewhere
from cardgen.model import Held, Key, Noted, Printed, Problem, Severity, VolumeResult

LONG = 400  # characters of JSON from which it is worth compressing


@dataclass(frozen=True, slots=True)
class BatchKey:
    """What a batch is known by: `identity` says what it prints, `folder` where to.

    `source` is the part of the identity that is the same for all that is printed from the same
    rosters, campaign, layouts and program. `kind` is build, changed, card or reprint.
    """

    kind: str
    identity: str
    source: str
    folder: str
    mark: str = ""
    title: str = ""
    options: str = "{}"
    version: str = ""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch in the ledger. What was out is asked for as of `base` and `base_delivery`."""

    id: int
    base: int
    base_delivery: int
    started: str
    finished: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether all of it was printed and accounted for."""
        return bool(self.finished)


@dataclass(frozen=True, slots=True)
class Counts:
    """The account of a finished batch, in copies."""

    copies: int
    printed: int
    unchanged: int
    excluded: int
    failed: int


def begun_before(ledger: Ledger, key: BatchKey) -> BatchRow | None:
    """The batch of this key that was begun before and may be gone on with.

    Only the last one of its folder, and only while nothing was printed from another source
    since: what came later has taken its place.
    """
    row = ledger.one(
        "SELECT id, base, base_delivery, started, finished, identity FROM batches "
        "WHERE folder = ? AND kind = ? ORDER BY id DESC LIMIT 1",
        (key.folder, key.kind),
    )
    if row is None or row[5] != key.identity:
        return None
    later = ledger.one(
        "SELECT 1 FROM batches WHERE id > ? AND source <> ? AND kind IN ('build', 'changed')",
        (row[0], key.source),
    )
    return None if later else BatchRow(row[0], row[1], row[2], row[3], row[4] or "")


def folder_begun(ledger: Ledger, kind: str, identity: str) -> str | None:
    """Where the last batch of that kind puts its files, if it was cut off and is the same."""
    row = ledger.one(
        "SELECT folder, identity, finished FROM batches WHERE kind = ? ORDER BY id DESC LIMIT 1",
        (kind,),
    )
    return str(row[0]) if row and row[1] == identity and not row[2] else None


@dataclass(frozen=True, slots=True)
class Recalled:
    """A copy that is asked for back. `before` and `after` are the digests of what it and the
    copy that takes its place were made of."""

    serial: str
    replaced_by: str
    layout: str
    subject: str
    village: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    is_delivered: bool = False


def recalled_by(ledger: Ledger, batch: BatchRow | None = None) -> list[Recalled]:
    """The copies that a batch, or any, asks for back and that have not come, in the order of
    asking."""
    rows = ledger.read(
        "SELECT r.serial, r.replaced_by, o.layout, o.subject, o.village, o.parts, "
        "(SELECT parts FROM copies WHERE serial = r.replaced_by ORDER BY id DESC LIMIT 1), "
        "EXISTS (SELECT 1 FROM deliveries d WHERE d.serial = r.serial "
        "AND d.event = 'delivered' AND d.undone IS NULL), max(o.id) "
        "FROM recalls r JOIN copies o ON o.serial = r.serial "
        "WHERE (?1 IS NULL OR r.batch = ?1) AND r.closed IS NULL GROUP BY r.serial ORDER BY r.id",
        (batch.id if batch else None,),
    )
    return [
        Recalled(
            *(row[0], row[1], row[2], row[3], row[4]),
            before=json.loads(row[5]),
            after=json.loads(row[6] or "{}"),
            is_delivered=bool(row[7]),
        )
        for row in rows
    ]


def begin(ledger: Ledger, key: BatchKey, imported: int | None = None) -> BatchRow:
    """Begin a batch; `imported` is the import that it prints from."""
    with ledger.write() as database:
        base = _last(database.execute("SELECT max(id) FROM copies").fetchone())
        base_delivery = _last(database.execute("SELECT max(id) FROM deliveries").fetchone())
        started = ledger.now()
        cursor = database.execute(
            "INSERT INTO batches (kind, title, mark, identity, source, folder, import, options, "
            "version, base, base_delivery, started) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(key.kind, key.title, key.mark, key.identity, key.source, key.folder),
                *(imported, key.options, key.version, base, base_delivery, started),
            ),
        )
        number = int(cursor.lastrowid or 0)
        ledger.audit("batch", {"batch": number, "kind": key.kind, "mark": key.mark})
    return BatchRow(number, base, base_delivery, started)


def settle(
    ledger: Ledger, batch: BatchRow, gone: Iterable[str] = (), true: Iterable[str] = ()
) -> None:
    """Ask for the copies back that are out and that nothing replaces: the serials `gone`; let
    go of those that were asked for and are `true` again."""
    gone, true = list(gone), list(true)
    if not gone and not true:
        return
    with ledger.write() as database:
        _recall(ledger, database, batch, [(serial, "") for serial in gone])
        database.executemany(
            "DELETE FROM recalls WHERE serial = ? AND closed IS NULL",
            [(serial,) for serial in true],
        )
        ledger.audit("settled", {"batch": batch.id, "recalled": len(gone), "let_go": len(true)})


def finish(ledger: Ledger, batch: BatchRow, counts: Counts) -> None:
    """Close a batch's account."""
    with ledger.write() as database:
        database.execute(
            "UPDATE batches SET finished = ?, copies = ?, printed = ?, unchanged = ?, "
            "excluded = ?, failed = ? WHERE id = ?",
            (
                ledger.now(),
                *(counts.copies, counts.printed, counts.unchanged, counts.excluded),
                *(counts.failed, batch.id),
            ),
        )
        ledger.audit("finished", {"batch": batch.id, "printed": counts.printed})


def forget_batch(ledger: Ledger, batch: BatchRow | None) -> None:
    """Take back a batch that printed nothing and asked for nothing back."""
    if batch is None:
        return
    with ledger.write() as database:
        database.execute("DELETE FROM batches WHERE id = ?", (batch.id,))


def record_volume(
    ledger: Ledger,
    batch: BatchRow,
    result: VolumeResult,
    noted: Mapping[str, Noted],
    contents: Mapping[str, str],
    account: Mapping[str, object],
) -> None:
    """Record a finished volume; `noted` tells of its copies by serial, `contents` holds the
    JSON of parts by digest, `account` what else there is to say of it.

    Raises LedgerError, and records nothing then.
    """
    with ledger.write() as database:
        _forget(database, batch, result.name)
        mine = {copy.serial: noted[copy.serial].content for copy in result.printed}
        is_clash = any(said != mine[serial] for serial, said in contents_of(ledger, mine))
        if is_clash:  # what was out when it began is not any more: it is not to be gone on with
            database.execute("UPDATE batches SET identity = '' WHERE id = ?", (batch.id,))
        else:
            _record(ledger, database, batch, result, noted, contents, account)
    if is_clash:
        raise printed_elsewhere()


def _record(
    ledger: Ledger,
    database: Any,  # noqa: ANN401 - sqlite3 is the store's
    batch: BatchRow,
    result: VolumeResult,
    noted: Mapping[str, Noted],
    contents: Mapping[str, str],
    account: Mapping[str, object],
) -> None:
    cursor = database.execute(
        "INSERT INTO volumes (batch, name, layout, village, bundle, pages, lead, size, "
        "sha256, account, made) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(batch.id, result.name, result.layout, result.village, result.bundle),
            *(result.sheets, result.lead, result.size, result.sha256),
            *(json.dumps(account, ensure_ascii=False), ledger.now()),
        ),
    )
    walk = {serial: place for place, serial in enumerate(noted)}
    database.executemany(
        "INSERT OR IGNORE INTO parts (digest, content) VALUES (?, ?)",
        ((digest, _packed(text)) for digest, text in contents.items()),
    )
    _give(database, result.printed, noted)
    database.executemany(
        "INSERT INTO copies (volume, serial, layout, subject, number, village, walk, sheet, "
        "side, cell, x_mm, y_mm, width_mm, height_mm, digest, content, parts, why) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            _copy_row(int(cursor.lastrowid or 0), copy, noted[copy.serial], walk)
            for copy in result.printed
        ),
    )
    replaced = [
        (noted[copy.serial].replaces, copy.serial)
        for copy in result.printed
        if noted[copy.serial].replaces
    ]
    _recall(ledger, database, batch, replaced)


def _give(database: Any, printed: Iterable[Printed], noted: Mapping[str, Noted]) -> None:  # noqa: ANN401
    """Give the serials out. One that has another meaning already breaks the transaction."""
    rows = [(copy.serial, *noted[copy.serial].key, noted[copy.serial].edition) for copy in printed]
    database.executemany(
        "INSERT INTO serials (serial, layout, subject, number, edition) VALUES (?, ?, ?, ?, ?) "
        # The same serial for the same thing is a copy printed again; all else is a clash.
        "ON CONFLICT (serial) DO UPDATE SET serial = CASE WHEN layout = excluded.layout "
        "AND subject = excluded.subject AND number = excluded.number "
        "AND edition = excluded.edition THEN serial END",
        rows,
    )


def _recall(
    ledger: Ledger,
    database: Any,  # noqa: ANN401 - sqlite3 is the store's
    batch: BatchRow,
    serials: Sequence[tuple[str, str]],
) -> None:
    """Ask for copies back, but for those that have come back already. What was asked for, came
    back and was printed again is asked for anew."""
    now = ledger.now()
    database.executemany(
        "INSERT INTO recalls (serial, replaced_by, batch, opened, closed) "
        "SELECT ?1, ?2, ?3, ?4, CASE WHEN EXISTS (SELECT 1 FROM entries WHERE serial = ?1 "
        "AND event IN ('returned', 'lost')) THEN ?4 END "
        "WHERE true ON CONFLICT (serial) DO UPDATE SET replaced_by = excluded.replaced_by, "
        "batch = excluded.batch, "
        "opened = CASE WHEN closed IS NULL THEN opened ELSE excluded.opened END, "
        "closed = CASE WHEN excluded.closed IS NOT NULL THEN ifnull(closed, excluded.closed) END",
        ((serial, other, batch.id, now) for serial, other in serials),
    )


def _forget(database: Any, batch: BatchRow, name: str) -> None:  # noqa: ANN401
    """What was recorded of a volume whose file was lost or damaged, and is made anew."""
    database.execute(
        "DELETE FROM copies WHERE volume IN (SELECT id FROM volumes WHERE batch = ? AND name = ?)",
        (batch.id, name),
    )
    database.execute("DELETE FROM volumes WHERE batch = ? AND name = ?", (batch.id, name))


def _copy_row(volume: int, copy: Printed, noted: Noted, walk: Mapping[str, int]) -> Row:
    return (
        *(volume, copy.serial, copy.layout, copy.subject, noted.key.number, copy.village),
        *(walk[copy.serial], copy.sheet, copy.side, copy.cell, copy.x_mm, copy.y_mm),
        *(copy.width_mm, copy.height_mm, copy.digest, noted.content),
        *(json.dumps(noted.parts), noted.why.value),
    )


@dataclass(frozen=True, slots=True)
class Done:
    """A volume that was recorded before: its result, as its worker told it then."""

    result: VolumeResult
    account: Mapping[str, Any]
    keys: Mapping[str, Key]


def volumes_done(ledger: Ledger, batch: BatchRow) -> dict[str, Done]:
    """The volumes of a batch that are recorded, by name; their copies in the files' order."""
    printed: dict[int, list[Printed]] = {}
    keys: dict[int, dict[str, Key]] = {}
    for volume, number, *cells in ledger.read(
        "SELECT c.volume, c.number, "
        "c.serial, c.layout, c.subject, c.village, v.name, c.sheet, c.side, "
        "c.cell, c.x_mm, c.y_mm, c.width_mm, c.height_mm, c.digest "
        "FROM copies c JOIN volumes v ON v.id = c.volume WHERE v.batch = ? ORDER BY c.id",
        (batch.id,),
    ):
        copy = Printed(*cells)
        printed.setdefault(volume, []).append(copy)
        key = Key(copy.layout, copy.subject, number)
        keys.setdefault(volume, {})[copy.serial] = key
    rows = ledger.read(
        "SELECT id, name, layout, village, pages, size, sha256, bundle, lead, account "
        "FROM volumes WHERE batch = ? ORDER BY id",
        (batch.id,),
    )
    return {
        row[1]: _done(row, tuple(printed.get(row[0], ())), keys.get(row[0], {})) for row in rows
    }


def _done(row: Row, printed: tuple[Printed, ...], keys: Mapping[str, Key]) -> Done:
    _, name, layout, village, pages, size, sha256, bundle, lead, words = row
    account = json.loads(words)
    result = VolumeResult(
        name=name,
        layout=layout,
        village=village,
        sheets=pages,
        printed=printed,
        failed=tuple(held_from(each) for each in account.get("failed", ())),
        seconds={},
        size=size,
        sha256=sha256,
        bundle=bundle,
        lead=lead,
        lead_fault=str(account.get("lead_fault", "")),
    )
    return Done(result, account, keys)


def held_json(held: Held) -> list[object]:
    """A copy that was held back, as JSON."""
    reasons = [
        [p.code, p.severity.value, p.message, p.file, p.sheet, p.cell, p.before]
        for p in held.reasons
    ]
    return [held.layout, held.subject, held.village, reasons, held.excluded]


def held_from(words: Sequence[Any]) -> Held:
    """A copy that was held back, from its JSON."""
    layout, subject, village, reasons, excluded = words
    return Held(
        layout,
        subject,
        village,
        tuple(
            Problem(code, Severity(severity), message, file, sheet, cell, before)
            for code, severity, message, file, sheet, cell, before in reasons
        ),
        excluded,
    )


def part_of_json(content: str | bytes) -> object:
    """A part as it was kept, as JSON reads it."""
    return json.loads(content if isinstance(content, str) else zlib.decompress(content))


def _packed(text: str) -> str | bytes:
    return text if len(text) < LONG else zlib.compress(text.encode(), 1)


def _last(row: Row) -> int:
    return int(row[0] or 0)

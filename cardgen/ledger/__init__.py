"""The ledger: what was printed, when, why and on which sheet; what is out; what came back.

cardgen.db in the workspace, and the only module that knows SQLite. `store` opens it, `schema`
has its tables, `imports` keeps what rosters said, `batches` records what is printed, `standing`
says what is out, `lock` lets one batch at a time into a workspace.
"""

from __future__ import annotations

from cardgen.ledger.batches import (
    BatchKey,
    BatchRow,
    Counts,
    Done,
    Recalled,
    begin,
    begun_before,
    finish,
    folder_begun,
    forget_batch,
    held_from,
    held_json,
    recalled_by,
    record_volume,
    settle,
    volumes_done,
)
from cardgen.ledger.imports import (
    all_imports,
    changes_of,
    digest_of_rosters,
    find_import,
    import_before,
    import_printed,
    last_import,
    record_import,
    township_of,
)
from cardgen.ledger.lock import LOCK_FILE, hold_workspace
from cardgen.ledger.standing import parts_by_digest, serials_given, standing
from cardgen.ledger.store import LEDGER_FILE, Ledger, find_ledger, local_now, open_ledger

__all__ = [
    "LEDGER_FILE",
    "LOCK_FILE",
    "BatchKey",
    "BatchRow",
    "Counts",
    "Done",
    "Ledger",
    "Recalled",
    "all_imports",
    "begin",
    "begun_before",
    "changes_of",
    "digest_of_rosters",
    "find_import",
    "find_ledger",
    "finish",
    "folder_begun",
    "forget_batch",
    "held_from",
    "held_json",
    "hold_workspace",
    "import_before",
    "import_printed",
    "last_import",
    "local_now",
    "open_ledger",
    "parts_by_digest",
    "recalled_by",
    "record_import",
    "record_volume",
    "serials_given",
    "settle",
    "standing",
    "township_of",
    "volumes_done",
]

"""The ledger: what was printed, when, why and on which sheet; what is out; what came back.

cardgen.db in the workspace, and the only module that knows SQLite. `store` opens it, `schema`
has its tables, `batches` records what is printed, `standing` says what is out, `lock` lets one
batch at a time into a workspace.
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
    "begin",
    "begun_before",
    "find_ledger",
    "finish",
    "folder_begun",
    "forget_batch",
    "held_from",
    "held_json",
    "hold_workspace",
    "local_now",
    "open_ledger",
    "parts_by_digest",
    "recalled_by",
    "record_volume",
    "serials_given",
    "settle",
    "standing",
    "volumes_done",
]

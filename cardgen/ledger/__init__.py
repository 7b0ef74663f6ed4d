"""The ledger: what was printed, when, why and on which sheet; what is out; what came back.

cardgen.db in the workspace, and the only module that knows SQLite. `store` opens it, `schema`
has its tables, `imports` keeps what rosters said, `batches` records what is printed, `standing`
says what is out, `entries` what came of it, `lists` reads serials as they come in, `looking`
and `coverage` tell what is there, `subjects` for whom; `lock` lets one batch at a time into a
workspace.
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
from cardgen.ledger.coverage import VillageCoverage, coverage, homes_of, last_roster, total
from cardgen.ledger.entries import WORDS, Entered, Event, enter, take_back
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
from cardgen.ledger.lists import Asked, listed, scanned, serials_in, typed
from cardgen.ledger.lock import LOCK_FILE, hold, hold_workspace, holder_of
from cardgen.ledger.looking import (
    AuditRow,
    BatchLine,
    CopyLine,
    audit_trail,
    batches,
    history_of,
    last_change,
    layouts_known,
    noted_before,
    out_now,
    replaced,
    subjects_known,
    subjects_with_serial,
    villages_known,
)
from cardgen.ledger.standing import parts_by_digest, serials_given, standing
from cardgen.ledger.store import (
    LEDGER_FILE,
    Ledger,
    acting_as,
    find_ledger,
    local_now,
    open_ledger,
)
from cardgen.ledger.subjects import Subject, subjects_of

__all__ = [
    "LEDGER_FILE",
    "LOCK_FILE",
    "WORDS",
    "Asked",
    "AuditRow",
    "BatchKey",
    "BatchLine",
    "BatchRow",
    "CopyLine",
    "Counts",
    "Done",
    "Entered",
    "Event",
    "Ledger",
    "Recalled",
    "Subject",
    "VillageCoverage",
    "acting_as",
    "all_imports",
    "audit_trail",
    "batches",
    "begin",
    "begun_before",
    "changes_of",
    "coverage",
    "digest_of_rosters",
    "enter",
    "find_import",
    "find_ledger",
    "finish",
    "folder_begun",
    "forget_batch",
    "held_from",
    "held_json",
    "history_of",
    "hold",
    "hold_workspace",
    "holder_of",
    "homes_of",
    "import_before",
    "import_printed",
    "last_change",
    "last_import",
    "last_roster",
    "layouts_known",
    "listed",
    "local_now",
    "noted_before",
    "open_ledger",
    "out_now",
    "parts_by_digest",
    "recalled_by",
    "record_import",
    "record_volume",
    "replaced",
    "scanned",
    "serials_given",
    "serials_in",
    "settle",
    "standing",
    "subjects_known",
    "subjects_of",
    "subjects_with_serial",
    "take_back",
    "total",
    "township_of",
    "typed",
    "villages_known",
    "volumes_done",
]

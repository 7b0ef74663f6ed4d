"""Put files of a workspace in the place of others: all of them or none, and those before kept.

Rosters, a campaign's words, a layout's folder: each is a set of files that must never be half the
old and half the new. What is put and what goes is first kept whole in web/kept/<number>/, then a
journal (web/kept/pending.json) says what is to be done, then it is done. A process that is killed
leaves the journal, and the next one that looks finishes the work: `settle`.

    web/kept/000001/set.json      what it was: kind, who, when, digests before and after
    web/kept/000001/before/…      the files that stood there, by their places in the workspace
    web/kept/000001/after/…       the files that were put
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from glob import escape
from pathlib import Path, PurePosixPath
from typing import Any

from cardgen.errors import LedgerError, OutputError, UsageError
from cardgen.ledger import hold_workspace, local_now, open_ledger, user_name
from cardgen.whole import cannot_write, make_folder, read_said, write_said, write_whole_bytes

FOLDER = Path("web") / "kept"
_PENDING, _PLAN, _SET, _UNDOING, _UNDONE = (
    *("pending.json", "plan.json", "set.json"),
    *("undoing.json", "undone.json"),
)
_WAIT_S = 5.0
_LOOK_S = 0.05
Digests = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A set of files that was put: of what kind, by whom and when, with the SHA-256 of each file
    before and after by its place in the workspace. `note` is what its owner wanted kept with it."""

    number: int
    kind: str
    person: str
    made: str
    before: Digests = field(hash=False)
    after: Digests = field(hash=False)
    note: Mapping[str, Any] = field(default_factory=dict, hash=False)
    is_undone: bool = False


def digest_of(content: bytes) -> str:
    """What a file is known by."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """The SHA-256 of a file, nothing where there is none. Raises OutputError."""
    try:
        return digest_of(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise OutputError(f"{path} 读不了：{error.strerror}") from error


def put_files(
    workspace: Path,
    kind: str,
    put: Mapping[str, bytes],
    remove: Iterable[str] = (),
    *,
    event: str,
    detail: Mapping[str, object] | None = None,
    note: Mapping[str, Any] | None = None,
) -> int:
    """Put files at their places and take others away, and write down that it was done.

    `put` and `remove` have places below the workspace, as 'layouts/card/layout.css'. `event` and
    `detail` go into the audit trail, with the number of the set: no names, no phones. To be called
    within `hold_workspace`. Returns the number. Raises OutputError, LedgerError.
    """
    finish_pending(workspace)
    places = dict.fromkeys((*put, *remove))
    before = {place: _content(workspace / _checked(place)) for place in places}
    number = _next_number(workspace)
    folder = _folder_of(workspace, number)
    if folder.exists():
        shutil.rmtree(folder)  # of one that was killed before it had begun
    make_folder(folder)
    (workspace / FOLDER).chmod(0o700)
    folder.chmod(0o700)
    kept_before = {place: found for place, found in before.items() if found is not None}
    for side, files in (("before", kept_before), ("after", put)):
        for place, content in files.items():
            write_whole_bytes(folder / side / place, content, 0o600)
    said = {
        "kind": kind,
        "person": user_name(),
        "made": local_now(),
        "before": {place: digest_of(content) for place, content in kept_before.items()},
        "after": {place: digest_of(content) for place, content in put.items()},
        "note": dict(note or {}),
        "event": event,
        "detail": {"set": number, **(detail or {})},
    }
    write_said(folder / _PLAN, said)
    _begin(workspace, number, undo=False)
    return number


def undo(
    workspace: Path, number: int, *, event: str, detail: Mapping[str, object] | None = None
) -> None:
    """Put back what stood there before a set was put. To be called within `hold_workspace`.

    `event` and `detail` as in `put_files`. Raises UsageError where the files are not any more as
    the set has put them.
    """
    finish_pending(workspace)
    kept = find_kept(workspace, number)
    if kept is None or kept.is_undone:
        raise UsageError("这一次已经撤销过了，或没有这一次。", "刷新页面再看。")
    for place in dict.fromkeys((*kept.before, *kept.after)):
        if file_digest(workspace / place) != kept.after.get(place, ""):
            raise UsageError(
                f"{place} 后来又改过，不能撤销成以前的。",
                "先撤销后来的那一次，或直接改成要的样子。",
            )
    said = {"event": event, "detail": {"set": number, **(detail or {})}, "person": user_name()}
    write_said(_folder_of(workspace, number) / _UNDOING, said)
    _begin(workspace, number, undo=True)


def kept_sets(workspace: Path, kind: str = "") -> list[Kept]:
    """All sets that were put, of one kind or of all, the newest first."""
    found = (find_kept(workspace, number) for number in reversed(_numbers(workspace)))
    return [each for each in found if each is not None and kind in ("", each.kind)]


def find_kept(workspace: Path, number: int) -> Kept | None:
    """The set of that number, if it was put."""
    folder = _folder_of(workspace, number)
    said = read_said(folder / _SET)
    if not said:
        return None
    return Kept(
        number,
        str(said["kind"]),
        str(said["person"]),
        str(said["made"]),
        said["before"],
        said["after"],
        said["note"],
        (folder / _UNDONE).exists(),
    )


def kept_file(workspace: Path, number: int, place: str) -> bytes | None:
    """What stood at a place before a set was put; None where there was nothing."""
    return _content(_folder_of(workspace, number) / "before" / _checked(place))


def forget_sets(workspace: Path, before: datetime) -> int:
    """Take away the sets that were put before a moment, but the last of each kind that stands:
    they cannot be put back any more. To be called within `hold_workspace`. Returns how many."""
    finish_pending(workspace)
    standing, gone = set[str](), 0
    for place, kept in enumerate(kept_sets(workspace)):
        is_old = place > 0 and datetime.fromisoformat(kept.made) < before  # no number comes twice
        if is_old and (kept.is_undone or kept.kind in standing):
            shutil.rmtree(_folder_of(workspace, kept.number), ignore_errors=True)
            gone += 1
        elif not kept.is_undone:
            standing.add(kept.kind)
    return gone


def settle(workspace: Path) -> bool:
    """Finish what a killed process has begun, or wait for one that is at it; whether there was any.

    To be called before the files of a workspace are read. Raises UsageError where they are still
    being put after seconds, OutputError where they cannot be.
    """
    end, found = time.monotonic() + _WAIT_S, False
    while (workspace / FOLDER / _PENDING).exists():
        found = True
        try:
            with hold_workspace(workspace):
                finish_pending(workspace)
        except LedgerError:
            if time.monotonic() > end:
                raise UsageError(
                    f"{workspace} 里正在换花名册、活动或版式的文件。", "过一会儿再来。"
                ) from None
            time.sleep(_LOOK_S)
    return found


def finish_pending(workspace: Path) -> bool:
    """Do what the journal says, however much of it has been done; whether there was any.

    To be called within `hold_workspace`. Raises OutputError, LedgerError.
    """
    journal = workspace / FOLDER / _PENDING
    said = read_said(journal)
    if not said:
        with contextlib.suppress(OSError):
            journal.unlink(missing_ok=True)
        return False
    folder, is_undo = _folder_of(workspace, int(said["number"])), bool(said["undo"])
    kept = read_said(folder / _SET) or read_said(folder / _PLAN)
    old, new = ("after", "before") if is_undo else ("before", "after")
    for place, digest in kept[new].items():
        if file_digest(workspace / place) != digest:
            _put(workspace / place, folder / new / place)
    for place in kept[old]:
        if place not in kept[new]:
            _take_away(workspace, place)
    begun, done = (_UNDOING, _UNDONE) if is_undo else (_PLAN, _SET)
    _write_down(workspace, read_said(folder / begun) or read_said(folder / done))
    if (folder / begun).exists():
        (folder / begun).replace(folder / done)
    journal.unlink()
    return True


def _put(path: Path, source: Path) -> None:
    """A kept file at its place, and nothing of one who was killed while he put it."""
    content = _content(source)
    if content is None:
        raise OutputError(f"{source} 不见了，换到一半的文件接不上。", "从备份里拿回它，再试一次。")
    write_whole_bytes(path, content, _mode_of(path))
    for part in path.parent.glob(f"{escape(path.name)}.*.part"):
        part.unlink(missing_ok=True)


def _begin(workspace: Path, number: int, *, undo: bool) -> None:
    write_said(workspace / FOLDER / _PENDING, {"number": number, "undo": undo})
    finish_pending(workspace)


def _write_down(workspace: Path, told: Mapping[str, Any]) -> None:
    """A row of the audit trail; once, also where the process was killed after it."""
    words = json.dumps(told["detail"], ensure_ascii=False, sort_keys=True)
    with open_ledger(workspace) as ledger, ledger.write():
        query = "SELECT 1 FROM audit WHERE event = ? AND detail = ?"
        if ledger.one(query, (told["event"], words)) is None:
            ledger.audit(told["event"], told["detail"], told["person"])


def _take_away(workspace: Path, place: str) -> None:
    path = workspace / place
    try:
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == workspace or any(folder.iterdir()):
                break
            folder.rmdir()  # a layout that is gone leaves no empty folder
    except FileNotFoundError:
        return
    except OSError as error:
        raise cannot_write(path, error) from error


def _mode_of(path: Path) -> int:
    """Who may read the file that is put: as it was there, or its owner only."""
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o600


def _checked(place: str) -> str:
    """A place that stays in the workspace. Its owner has made sure; this holds it."""
    parts = PurePosixPath(place).parts
    if not parts or parts[0] in ("/", "web") or ".." in parts or "\\" in place or "\0" in place:
        raise UsageError(f"“{place}”不在工作文件夹里。")
    return place


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise OutputError(f"{path} 读不了：{error.strerror}") from error


def _folder_of(workspace: Path, number: int) -> Path:
    return workspace / FOLDER / f"{number:06d}"


def _numbers(workspace: Path) -> list[int]:
    folder = workspace / FOLDER
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(name) for name in names if name.isdigit())


def _next_number(workspace: Path) -> int:
    """The number after the last set that was put."""
    put = [n for n in _numbers(workspace) if (_folder_of(workspace, n) / _SET).exists()]
    return max(put, default=0) + 1

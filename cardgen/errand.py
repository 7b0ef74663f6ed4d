"""Long work for the pages: a request in, a process of its own that does it, and its state out.

Each errand has a folder web/tasks/<number>/ in the workspace: request.json, progress.json while it
runs, result.json or error.json at the end. The process is nobody's child in the terminal: it goes
on when the server ends, and holds a lock that ends with it, so that whoever asks later knows. One
of a kind runs at a time; the others wait in line, so that nobody waits for a batch to have a roster
looked at.

    python -m cardgen.errand FOLDER NUMBER      does one
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from cardgen.children import environment
from cardgen.errors import CardgenError, UsageError
from cardgen.ledger import acting_as, hold, holder_of, local_now
from cardgen.whole import cannot_write, read_said, write_said

FOLDER = Path("web") / "tasks"
REQUEST, PROGRESS, RESULT, ERROR, BEGUN, STOPPED = (
    *("request.json", "progress.json", "result.json"),
    *("error.json", "begun.json", "stopped.json"),
)
_LOCK, _STARTING = "lock", "starting.lock"
_TELL_S = 0.25
_START_S = 15.0
_NICE = 10  # pages come first
_children: list[subprocess.Popen[bytes]] = []
_module = "cardgen.errand"


class State(StrEnum):
    """How far an errand is. CUT_OFF: its process is gone, and said nothing."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    CUT_OFF = "cut-off"


@dataclass(frozen=True, slots=True)
class Errand:
    """An errand as it stands. `stage`, `copies_done` and `total` tell how far it is; `result` is
    what came of it; `message` and `hint` are why nothing did."""

    number: int
    kind: str
    person: str
    asked: str
    request: Mapping[str, Any] = field(hash=False)
    state: State
    stage: str = ""
    copies_done: int = 0
    total: int = 0
    result: Mapping[str, Any] = field(default_factory=dict, hash=False)
    message: str = ""
    hint: str = ""


def errand_folder(workspace: Path, number: int) -> Path:
    """Where an errand keeps its files."""
    return workspace / FOLDER / f"{number:06d}"


def ask(workspace: Path, kind: str, request: Mapping[str, Any], person: str = "") -> int:
    """Put an errand in line. Returns its number. Raises OutputError, UsageError."""
    if kind not in WORK:
        raise UsageError(f"没有“{kind}”这种事。", f"有这些：{'、'.join(WORK)}。")
    folder = _new_folder(workspace)
    put(folder, {"kind": kind, "person": person, "asked": local_now(), "request": dict(request)})
    return int(folder.name)


def reserve(workspace: Path) -> int:
    """A number and a folder for an errand whose files come before its request: see `put`."""
    return int(_new_folder(workspace).name)


def put(folder: Path, said: Mapping[str, Any]) -> None:
    """Write the request of an errand: from now on it is in line."""
    write_said(folder / REQUEST, said)


def errands(workspace: Path) -> list[Errand]:
    """All errands, the newest first."""
    found = (find_errand(workspace, number) for number in reversed(_numbers(workspace)))
    return [each for each in found if each is not None]


def find_errand(workspace: Path, number: int) -> Errand | None:
    """The errand of that number as it stands, if there is one."""
    folder = errand_folder(workspace, number)
    said = read_said(folder / REQUEST)
    if not said:
        return None
    state, more = _state_of(folder)
    told = read_said(folder / PROGRESS)
    return Errand(
        number=number,
        kind=str(said.get("kind", "")),
        person=str(said.get("person", "")),
        asked=str(said.get("asked", "")),
        request=said.get("request", {}),
        state=state,
        stage=str(told.get("stage", "")),
        copies_done=int(told.get("done", 0)),
        total=int(told.get("total", 0)),
        result=more if state is State.DONE else {},
        message=str(more.get("message", "")) if state is State.FAILED else "",
        hint=str(more.get("hint", "")) if state is State.FAILED else "",
    )


def never_asked(workspace: Path, before: float) -> list[int]:
    """The numbers whose files came and whose request did not, untouched since that moment of the
    clock: the server was killed between the two."""
    found = ((number, errand_folder(workspace, number)) for number in _numbers(workspace))
    return [
        number
        for number, folder in found
        if not (folder / REQUEST).exists()
        and any(folder.iterdir())
        and folder.stat().st_mtime < before
    ]


def start_next(workspace: Path) -> int | None:
    """Start the errand that waits longest in a line where none is running. Returns its number.

    Several processes may call it: one of them starts it. Raises LedgerError, OutputError.
    """
    _children[:] = [child for child in _children if child.poll() is None]
    folder = workspace / FOLDER
    if not folder.is_dir():
        return None
    with hold(folder / _STARTING) as other:
        if other is not None:
            return None
        busy, waiting = set[str](), dict[str, int]()
        for number in _numbers(workspace):
            each = errand_folder(workspace, number)
            if not (each / REQUEST).exists():
                continue
            state = _state_of(each)[0]
            if state in (State.RUNNING, State.WAITING):
                line = LINES.get(str(read_said(each / REQUEST).get("kind")), "")
                if state is State.RUNNING:
                    busy.add(line)
                else:
                    waiting.setdefault(line, number)
        due = [number for line, number in waiting.items() if line not in busy]
        if due:
            _start(workspace, min(due))
        return min(due, default=None)


def stop(workspace: Path, number: int) -> None:
    """Stop an errand: what it has finished stays whole. It can be gone on with."""
    folder = errand_folder(workspace, number)
    state = _state_of(folder)[0]
    if state is State.WAITING:
        write_said(folder / STOPPED, {})
        state = _begun_state(folder)  # its process may have begun between the two
    if state is State.RUNNING:
        pid = (holder_of(folder / _LOCK) or {}).get("pid")
        # A look at the lock holds it for a moment: only who began the errand is meant.
        if isinstance(pid, int) and pid == read_said(folder / BEGUN).get("pid"):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)


def go_on(workspace: Path, number: int) -> None:
    """Put an errand in line again that was stopped, cut off, or failed."""
    folder = errand_folder(workspace, number)
    if _state_of(folder)[0] in (State.STOPPED, State.CUT_OFF, State.FAILED):
        for name in (STOPPED, ERROR, PROGRESS, BEGUN):
            (folder / name).unlink(missing_ok=True)


def drop(workspace: Path, number: int) -> None:
    """Take an errand away with its files, and stop it where it runs.

    Its number is not given again: on a page that is still open it would mean another, and a
    process that has not ended yet would write into it.
    """
    folder = errand_folder(workspace, number)
    (folder / REQUEST).unlink(missing_ok=True)  # then nobody starts it; a full disk lets that be
    if _state_of(folder)[0] is State.RUNNING:
        stop(workspace, number)
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def printed_folder(workspace: Path, number: int) -> Path:
    """Where the files of a batch go."""
    return workspace / "out" / "web" / f"{number:06d}"


def clear(workspace: Path, number: int) -> None:
    """Take away the files that a batch has printed. That it was printed stays told, here and in
    the ledger. Raises UsageError where it is not at its end, OutputError."""
    folder = errand_folder(workspace, number)
    state, result = _state_of(folder)
    if state in (State.WAITING, State.RUNNING):
        raise UsageError("这一批还在印，文件不能删。", "先停下，再删。")
    if state is State.DONE:
        write_said(folder / RESULT, {**result, "files": [], "folder": "", "cleared": local_now()})
    printed = printed_folder(workspace, number)
    try:
        shutil.rmtree(printed)
    except FileNotFoundError:
        return
    except OSError as error:
        raise cannot_write(printed, error) from error


# The work itself


def _build(
    workspace: Path, request: Mapping[str, Any], number: int, progress: _Written
) -> dict[str, Any]:
    from cardgen import produce
    from cardgen.model import Profile, ProofMode
    from cardgen.plan import Selection
    from cardgen.report import mismatches, summary_lines

    profile = request.get("profile")
    options = produce.Options(
        layouts=tuple(request.get("layouts", ())),
        selection=Selection(tuple(request.get("villages", ()))),
        out=printed_folder(workspace, number),
        proof=ProofMode(request.get("proof", "all")),
        campaign=request.get("campaign", "campaign.toml"),
        profile=Profile(profile) if profile else None,
        cover=request.get("cover"),
        only_changed=bool(request.get("changed")),
        sheet=request.get("sheet", {}),
    )
    result = produce.build(workspace, options, progress)
    return {
        "folder": result.folder and str(Path(result.folder).relative_to(workspace.resolve())),
        "lines": list(summary_lines(result)),
        "printed": result.printed,
        "copies": result.copies,
        "unchanged": result.unchanged,
        "recalled": result.recalled,
        "files": [[f.name, f.village, f.bundle, f.copies, f.sheets, f.size] for f in result.files],
        "closes": result.closes and not mismatches(result),
    }


def _examine(
    workspace: Path, request: Mapping[str, Any], number: int, progress: _Written
) -> dict[str, Any]:
    from cardgen.intake import examine

    folder = errand_folder(workspace, number) / "files"
    return examine(workspace, folder, request.get("replaced"), progress).as_json()


def _layout(
    workspace: Path, request: Mapping[str, Any], number: int, progress: _Written
) -> dict[str, Any]:
    from cardgen.layoutbox import check_upload

    return check_upload(errand_folder(workspace, number), progress).as_json()


def _pictures(
    workspace: Path, request: Mapping[str, Any], number: int, progress: _Written
) -> dict[str, Any]:
    from cardgen.layoutbox import draw_pictures
    from cardgen.layouts import list_layouts

    progress.stage("画版式的样子")
    return {"drawn": draw_pictures(workspace, list_layouts(workspace))}


Work = Callable[[Path, Mapping[str, Any], int, "_Written"], dict[str, Any]]
WORK: Mapping[str, Work] = {
    "build": _build,
    "examine": _examine,
    "layout": _layout,
    "pictures": _pictures,
}


LINES = {"build": "print", "examine": "look", "layout": "look", "pictures": "draw"}
"""What waits for what: errands of one line run one after the other."""


class _Written:
    """Progress into a file, whole, a few times a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stage, self._done, self._total, self._told = "", 0, 0, 0.0

    def stage(self, name: str) -> None:
        """A stage begins."""
        self._stage = name
        self._tell()

    def copies(self, done: int, total: int) -> None:
        """So many copies are finished."""
        self._done, self._total = done, total
        if time.monotonic() - self._told > _TELL_S or done == total:
            self._tell()

    def _tell(self) -> None:
        self._told = time.monotonic()
        said = {"stage": self._stage, "done": self._done, "total": self._total}
        with suppress(CardgenError):  # a full disk is told by what is printed, not by this
            write_said(self._path, said)


def main(workspace: Path, number: int, nice: int = _NICE) -> None:
    """Do an errand in this process, and write down what came of it. `nice` is how far others go
    before it (nice(2))."""
    folder = errand_folder(workspace, number)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with hold(folder / _LOCK) as other:
        if other is not None:
            return
        try:  # who sees that it has begun may stop it
            write_said(folder / BEGUN, {"at": local_now(), "pid": os.getpid()})
            if (folder / STOPPED).exists():  # while this process was starting
                return
            if hasattr(os, "nice"):
                os.nice(nice)
            said = read_said(folder / REQUEST)
            with acting_as(str(said.get("person", ""))):
                work = WORK[str(said.get("kind"))]
                made = work(workspace, said.get("request", {}), number, _Written(folder / PROGRESS))
        except KeyboardInterrupt:
            write_said(folder / STOPPED, {})
        except CardgenError as error:
            write_said(folder / ERROR, {"message": error.message, "hint": error.hint})
        except Exception as error:
            from cardgen.trouble import in_words

            told = in_words(error)
            write_said(folder / ERROR, {"message": told.message, "hint": told.hint})
        else:
            write_said(folder / RESULT, made)


def _start(workspace: Path, number: int) -> None:
    """Start the process, and wait until it holds its lock: from then on it is known to run."""
    folder = errand_folder(workspace, number)
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", _module, str(workspace.resolve()), str(number)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=environment(),
    )
    _children.append(child)
    until = time.monotonic() + _START_S
    while not (folder / BEGUN).exists() and child.poll() is None and time.monotonic() < until:
        time.sleep(0.02)
    if child.poll() is not None and _state_of(folder)[0] is State.WAITING:
        # Whoever waits longest is started next: without this, again and again.
        message = "这件事没有开始得了：它的进程一开始就停了。"
        write_said(folder / ERROR, {"message": message, "hint": "请看磁盘是不是满了，再试一次。"})


def _state_of(folder: Path) -> tuple[State, dict[str, Any]]:
    for name, state in (
        (RESULT, State.DONE),
        (ERROR, State.FAILED),
        (STOPPED, State.STOPPED),
    ):
        if (folder / name).exists():
            return state, read_said(folder / name)
    state = _begun_state(folder)
    if state is not State.CUT_OFF:
        return state, {}
    # It may have ended between the two looks.
    if any((folder / name).exists() for name in (RESULT, ERROR, STOPPED)):
        return _state_of(folder)
    return State.CUT_OFF, {}


def _begun_state(folder: Path) -> State:
    """How far it is by its process alone."""
    if not (folder / BEGUN).exists():
        return State.WAITING
    return State.CUT_OFF if holder_of(folder / _LOCK) is None else State.RUNNING


def _numbers(workspace: Path) -> list[int]:
    folder = workspace / FOLDER
    names = (path.name for path in folder.iterdir()) if folder.is_dir() else ()
    return sorted(int(name) for name in names if name.isdigit())


def _new_folder(workspace: Path) -> Path:
    number = max(_numbers(workspace), default=0)
    (workspace / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        number += 1
        folder = errand_folder(workspace, number)
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))

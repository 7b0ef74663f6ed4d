"""Start a child that opens the roster files, and build rows from its reply.

The parent reads nothing of a file but its size. The reply goes to an unnamed temporary file
that the kernel keeps small, and is read only when the child has ended well: so a hostile file
costs the parent nothing.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

from cardgen.children import environment
from cardgen.errors import RosterError
from cardgen.model import CellValue, Origin, Problem, Row, Severity, Source, Table
from cardgen.roster.limits import MIB, Limits

_UNLIKE = frozenset({"code", "head", "phone", "name", "scope", "group_link", "address", "person"})
"""Fields whose cells seldom say the same; of the others an equal cell is kept once."""

ROSTER_ENDINGS = frozenset({".xlsx", ".xlsm", ".xls", ".et", ".csv", ".tsv"})
"""What the names of roster files end in."""

_SPLIT = "请用 Excel 或 WPS 打开它，删掉表格以外的行和列，另存为新的 .xlsx；太大的表请分开放"


@dataclass(frozen=True, slots=True)
class Roster:
    """All that the files hold: rows in the order of file, sheet and row.

    `examples` are rows of the template that show how to fill it; `skipped` are rows that are
    no data (totals, signatures, repeated headers), each with its reason.
    """

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    tables: tuple[Source, ...]
    examples: tuple[Origin, ...] = ()
    skipped: tuple[tuple[Origin, str], ...] = ()

    def given_up(self) -> Iterator[Row]:
        """The rows, once: each is let go of as it is taken, so that none is held twice."""
        rows, kept = list(self.rows), ()
        object.__setattr__(self, "rows", kept)
        rows.reverse()
        while rows:
            yield rows.pop()


class Cells(Mapping[str, CellValue]):
    """The filled cells of a row: the fields' places shared by all rows, the values its own.

    A dict a row would be the larger part of the memory that 80,000 households take.
    """

    __slots__ = ("_places", "_values")

    def __init__(self, places: Mapping[str, int], values: tuple[CellValue, ...]) -> None:
        self._places = places
        self._values = values

    def __getitem__(self, name: str) -> CellValue:
        place = self._places[name]
        if place >= len(self._values) or (value := self._values[place]) is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (n for n, place in self._places.items() if self._at(place) is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def _at(self, place: int) -> CellValue:
        return self._values[place] if place < len(self._values) else None


class Reading:
    """Rosters that a child is reading: it starts at once, so that other work can go on.

    `roster` waits for it. A reading that nobody waits for is ended with its last reference.
    """

    def __init__(self, paths: Sequence[Path], *, limits: Limits | None = None) -> None:
        """Start. What is wrong is raised by `roster`, not here."""
        self._paths, self._limits = tuple(paths), limits or Limits()
        self._answer = tempfile.TemporaryFile()  # noqa: SIM115 - closed with its last reference
        self._fault: RosterError | None = None
        self._child: _Child | None = None
        try:
            for path in self._paths:
                _check_size(path, self._limits)
        except RosterError as error:
            self._fault = error
        else:
            if self._paths:
                self._child = _Child(self._paths, self._limits, self._answer)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that are read."""
        return self._paths

    def roster(self) -> Roster:
        """All that the files hold. Raises RosterError, with the name of a file that is wrong."""
        if self._fault is not None:
            raise self._fault
        reply = _Reply([path.name for path in self._paths])
        if self._child is not None:
            trouble = self._child.wait()
            if trouble:
                at = _last_file(self._answer)
                raise RosterError(f"{self._paths[at].name}：{trouble}", _SPLIT)
            reply.take(self._answer, self._limits)
        return reply.roster()


def start_reading(folder: Path) -> Reading | None:
    """Start to read the rosters of a workspace; None where there are none."""
    try:
        files = roster_files(folder)
    except OSError:
        return None  # told when the workspace itself is read
    return Reading(files) if files else None


def read_roster(paths: Sequence[Path], *, limits: Limits | None = None) -> Roster:
    """Read these files, in a process of its own.

    Raises RosterError, with the file's name, for a file that cannot be read.
    """
    return Reading(paths, limits=limits).roster()


def roster_files(folder: Path) -> tuple[Path, ...]:
    """The roster files of a workspace, by name; not those of its subfolders."""
    return tuple(
        sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in ROSTER_ENDINGS
            and not path.name.startswith((".", "~$"))  # Excel's lock on an open file
            and path.is_file()
        )
    )


def _check_size(path: Path, limits: Limits) -> None:
    """Refuse what is no file, or too large, before anything is opened."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise RosterError(
            f"{path.name}：文件打不开", "请检查文件是否还在、是否正被别的程序占用"
        ) from error
    if not path.is_file():
        raise RosterError(f"{path.name}：不是文件", "请放 .xlsx、.xls、.et 或 .csv 文件")
    if size > limits.file_bytes:
        most = limits.file_bytes // MIB
        raise RosterError(f"{path.name}：文件有 {size // MIB} MB，超过 {most} MB", _SPLIT)


class _Child:
    """The process that reads; its reply goes to `answer`."""

    def __init__(self, paths: Sequence[Path], limits: Limits, answer: IO[bytes]) -> None:
        # -P keeps out modules that may lie in the folder where the command was typed.
        command = [sys.executable, "-P", "-S", "-m", "cardgen.roster.child"]
        self._limit_s = limits.wall_seconds
        self._deadline = time.monotonic() + limits.wall_seconds
        self._process = subprocess.Popen(
            [*command, json.dumps(asdict(limits)), *(os.fspath(path.resolve()) for path in paths)],
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        weakref.finalize(self, _end, self._process)

    def wait(self) -> str:
        """What went wrong, in Chinese, or nothing."""
        try:
            code = self._process.wait(max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            _end(self._process)
            return f"读了 {self._limit_s:g} 秒还没有读完，停下了"
        return "文件太大或太复杂，读它要的内存或时间超过了上限" if code else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.wait()


def _last_file(answer: IO[bytes]) -> int:
    """The file that the child was at when it ended."""
    answer.seek(0)
    at = 0
    for line in answer:
        if line.startswith(b'{"file":') and line.endswith(b"}\n"):
            at = int(json.loads(line)["file"])
    return at


class _Reply:
    """What the child said, as rows."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._name = ""
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self.tables: list[Source] = []
        self.examples: list[Origin] = []
        self.skipped: list[tuple[Origin, str]] = []
        self._same: dict[CellValue, CellValue] = {}
        self._places: dict[str, int] = {}
        self._repeating: list[bool] = []

    def roster(self) -> Roster:
        """All of it, for good."""
        return Roster(
            tuple(self.rows),
            tuple(self.problems),
            tuple(self.tables),
            tuple(self.examples),
            tuple(self.skipped),
        )

    def take(self, answer: IO[bytes], limits: Limits) -> None:
        """Take in the whole reply; nothing of it is trusted but that JSON is data."""
        if answer.seek(0, os.SEEK_END) > limits.reply_bytes:
            raise RosterError("表格太大，内容超过了上限", _SPLIT)
        answer.seek(0)
        ended = False
        try:
            for line in answer:
                said = json.loads(line)
                if isinstance(said, list):
                    self._add_rows(said)
                elif "end" in said:
                    ended = True
                else:
                    self._add_said(said)
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise RosterError(f"{self._name}：读文件的进程回答有误", _SPLIT) from error
        if not ended:
            raise RosterError(f"{self._name}：读文件的进程没有说完", _SPLIT)

    def _add_said(self, said: dict[str, Any]) -> None:
        """A line that is not rows."""
        if "file" in said:
            self._name = self._names[said["file"]]
        elif "error" in said:
            raise RosterError(f"{self._name}：{said['error']}", said["hint"])
        elif "problem" in said:
            code, severity, message, sheet, cell = said["problem"]
            self.problems.append(
                Problem(code, Severity(severity), message, self._name, sheet, cell)
            )
        else:
            self._add_table(said)

    def _add_table(self, said: dict[str, Any]) -> None:
        source = Source(Table(said["table"]), self._name, said["sheet"], said["columns"])
        self.tables.append(source)
        self._places = {field: place for place, field in enumerate(source.columns)}
        self._repeating = [field not in _UNLIKE for field in source.columns]
        self._same.clear()
        self.examples += [Origin(source, row) for row in said["examples"]]
        self.skipped += [(Origin(source, row), reason) for row, reason in said["skipped"]]

    def _add_rows(self, rows: list[list[Any]]) -> None:
        source, same, places = self.tables[-1], self._same, self._places
        repeating = self._repeating
        for row, *cells in rows:
            while cells and cells[-1] is None:
                cells.pop()
            for place, value in enumerate(cells):
                if type(value) is dict:
                    cells[place] = value = _date(value["d"])
                if repeating[place] and value is not None:
                    cells[place] = same.setdefault(value, value)
            self.rows.append(Row(Origin(source, row), Cells(places, tuple(cells))))


def _date(text: str) -> date:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)

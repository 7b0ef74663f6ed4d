"""Open cardgen.db: a workspace in, a connection out that is up to date and writes whole.

WAL, so that one can read while a batch writes; each write is a transaction that is on the
disk when it returns. Every error of SQLite becomes a LedgerError that says what to do.
"""

from __future__ import annotations

import getpass
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from cardgen.errors import LedgerError
from cardgen.ledger.schema import MIGRATIONS

LEDGER_FILE = "cardgen.db"
BUSY_MS = 20_000  # a volume is recorded in milliseconds: who waits so long waits for ever
_READ_ONLY = "请看这个文件夹是不是只读的、磁盘是不是满了。账本要和花名册放在同一个文件夹里。"

Row = tuple[Any, ...]


def local_now() -> str:
    """The time by the clock on the wall, for people: nothing is ordered by it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


_acting: ContextVar[str] = ContextVar("acting", default="")


@contextmanager
def acting_as(person: str) -> Iterator[None]:
    """Write down what this thread does as done by that person: whoever works in a browser is not
    who started the server."""
    token = _acting.set(person)
    try:
        yield
    finally:
        _acting.reset(token)


def user_name() -> str:
    """Who is at work: as it was said, or who is at the machine as far as it knows."""
    if said := _acting.get():
        return said
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


class Ledger:
    """An open ledger. Not for use by several threads at a time."""

    def __init__(self, path: Path, now: Callable[[], str] = local_now) -> None:
        """Open or make it, and bring it up to date. `now` tells the time to write down.

        Raises LedgerError.
        """
        self.path, self.now = path, now
        with self._told():
            # Names and phones stand in it: it is for who made it, as the copies' records are.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            self._database = sqlite3.connect(
                path, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False
            )
        try:
            with self._told():
                self._prepare()
        except BaseException:
            self._database.close()
            raise

    def _prepare(self) -> None:
        run = self._database.execute
        run("PRAGMA foreign_keys = ON")
        run("PRAGMA journal_mode = WAL")
        run("PRAGMA synchronous = FULL")
        if self._version() == len(MIGRATIONS):
            return
        run("BEGIN IMMEDIATE")
        try:
            version = self._version()  # another may have been quicker
            if version > len(MIGRATIONS):
                raise LedgerError(
                    f"{self.path} 是更新的 cardgen 写的（第 {version} 版账本）。",
                    "请用那个版本的 cardgen，或把这里的升级。",
                )
            for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
                for statement in _statements(script):
                    run(statement)
                run(f"PRAGMA user_version = {number}")
            run("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _version(self) -> int:
        return int(self._database.execute("PRAGMA user_version").fetchone()[0])

    def read(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[Row]:
        """All rows of a query. Raises LedgerError."""
        with self._told():
            return self._database.execute(query, values).fetchall()

    def one(self, query: str, values: Sequence[object] | Mapping[str, object] = ()) -> Row | None:
        """The first row of a query, if there is one. Raises LedgerError."""
        rows = self.read(query, values)
        return rows[0] if rows else None

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is on the disk at the end, or nothing. Raises LedgerError."""
        with self._told():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
                self._database.execute("COMMIT")
            except BaseException:
                self._roll_back()
                raise

    def audit(self, event: str, detail: Mapping[str, object], person: str = "") -> None:
        """Write down who did what; to be called within a `write`. No names, no phones."""
        words = json.dumps(detail, ensure_ascii=False, sort_keys=True)
        self._database.execute(
            "INSERT INTO audit (at, person, event, detail) VALUES (?, ?, ?, ?)",
            (self.now(), person or user_name(), event, words),
        )

    def close(self) -> None:
        """Close it; what was written stays."""
        with self._told():
            self._database.close()

    def __enter__(self) -> Ledger:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _roll_back(self) -> None:
        if self._database.in_transaction:
            self._database.execute("ROLLBACK")

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise told(self.path, error) from error
        except OSError as error:
            raise LedgerError(f"账本 {self.path} 打不开：{error.strerror}", _READ_ONLY) from error


def open_ledger(folder: Path, now: Callable[[], str] = local_now) -> Ledger:
    """The ledger of a workspace, made where there is none. Raises LedgerError."""
    return Ledger(folder / LEDGER_FILE, now)


def find_ledger(folder: Path, now: Callable[[], str] = local_now) -> Ledger | None:
    """The ledger of a workspace; None where nothing was ever printed. Raises LedgerError."""
    path = folder / LEDGER_FILE
    return Ledger(path, now) if path.exists() else None


def told(path: Path, error: sqlite3.Error) -> LedgerError:
    """What SQLite's error means for a clerk, and what he can do."""
    words = str(error)
    if "locked" in words or "busy" in words:
        return LedgerError(
            f"账本 {path} 正被另一个程序占着。",
            "等那边做完，再运行同一条命令；别用别的软件打开 cardgen.db。",
        )
    if "full" in words:
        return LedgerError(
            f"磁盘满了，账本 {path} 写不进去。", "腾出地方，再运行同一条命令，会接着印。"
        )
    if any(word in words for word in ("readonly", "unable to open", "disk I/O")):
        return LedgerError(f"账本 {path} 写不进去（{words}）。", _READ_ONLY)
    if any(word in words for word in ("malformed", "not a database", "corrupt")):
        return LedgerError(
            f"账本 {path} 坏了，读不出来。",
            "把它改名留着（不要删），从备份里拿回昨天的；没有备份，就会从头记起。",
        )
    if "constraint failed: serials" in words:
        return printed_elsewhere()
    return LedgerError(f"账本 {path} 出错：{words}", "再运行同一条命令；若再发生，请交给维护人员。")


def printed_elsewhere() -> LedgerError:
    """What a batch is told that has a serial which others have given out since it began."""
    return LedgerError(
        "印这一批的时候，别处也印了同一户的新卡。", "再运行同一条命令，会按最新的接着印。"
    )


def _statements(script: str) -> Iterator[str]:
    """The statements of a script: `executescript` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""

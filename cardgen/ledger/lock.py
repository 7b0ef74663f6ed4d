"""One batch at a time in a workspace: a lock that dies with who holds it.

The lock is the operating system's own on an open file, which it lets go of when a process ends,
however it ends. The file says who holds it and since when, for the next one to read; what a
dead holder left there means nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cardgen.errors import LedgerError
from cardgen.ledger.store import local_now, user_name

LOCK_FILE = "cardgen.lock"
_WORDS_AT = 1  # the first byte is the lock itself: Windows lets nobody read a locked byte

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def hold_workspace(folder: Path, now: Callable[[], str] = local_now) -> Iterator[None]:
    """Hold the workspace for a batch. Raises LedgerError where another process does."""
    with hold(folder / LOCK_FILE, now) as words:
        if words is not None:
            raise _held(folder, words)
        yield


@contextmanager
def hold(path: Path, now: Callable[[], str] = local_now) -> Iterator[dict[str, object] | None]:
    """Hold a lock file: None, or the words of another process that holds it already.

    Raises LedgerError where the file cannot be opened.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise LedgerError(
            f"{path} 写不进去：{error.strerror}",
            "请看工作文件夹是不是只读的、磁盘是不是满了。",
        ) from error
    is_held = False
    try:
        try:
            _take(handle)
            is_held = True
        except OSError:
            yield _words(handle)
            return
        words = {
            "pid": os.getpid(),
            "machine": socket.gethostname(),
            "person": user_name(),
            "since": now(),
        }
        with contextlib.suppress(OSError):  # a full disk: the lock holds without its words
            os.ftruncate(handle, 0)
            os.lseek(handle, 0, os.SEEK_SET)
            os.write(handle, b" " + json.dumps(words).encode())
        yield None
    finally:
        if is_held:
            with contextlib.suppress(OSError):
                os.ftruncate(handle, 0)
        os.close(handle)


def holder_of(path: Path) -> dict[str, object] | None:
    """The words of the process that holds a lock file now; None where nobody does."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        _take(handle)  # let go of with the handle
        return None
    except OSError:
        return _words(handle)
    finally:
        os.close(handle)


def _words(handle: int) -> dict[str, object]:
    try:
        os.lseek(handle, _WORDS_AT, os.SEEK_SET)
        found = json.loads(os.read(handle, 4096))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _held(folder: Path, words: dict[str, object]) -> LedgerError:
    since = str(words.get("since", "")).replace("T", " ")[:19]
    who = "，".join(
        filter(
            None,
            (
                f"{words['person']}" if words.get("person") else "",
                f"在 {words['machine']} 上" if words.get("machine") else "",
                f"{since} 开始" if since else "",
                f"进程号 {words['pid']}" if words.get("pid") else "",
            ),
        )
    )
    return LedgerError(
        f"{folder} 里正在印另一批{f'（{who}）' if who else ''}，同一个文件夹一次只能印一批。",
        "等它印完，再运行同一条命令。",
    )

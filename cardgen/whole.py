"""Files that are whole or not there: content in, a file under its final name out.

What is being written stands beside, under a name that ends in `.part` and is this process's
own, and this thread's: two that write the same file never write into one another's. Only a finished
one takes the name.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
import threading
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TextIO

from cardgen.errors import OutputError

_LONGEST_NAME = 255  # bytes, of ext4 and most others


def part_of(path: Path) -> Path:
    """The file beside that this thread of this process writes before the real one."""
    ending = f".{os.getpid()}-{threading.get_native_id()}-{_host()}.part"
    name = path.name
    if len(os.fsencode(name + ending)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()[:32]
    return path.with_name(name + ending)


def sweep_parts(folders: Iterable[Path]) -> None:
    """Delete what the dead left half written in these folders, not in those below.

    For when nobody else may write there: parts of the living go too. Raises OutputError.
    """
    for folder in folders:
        for path in sorted(folder.glob("*.part")):
            try:
                if path.is_file() or path.is_symlink():
                    path.unlink(missing_ok=True)
            except OSError as error:
                raise cannot_write(path, error) from error


@cache
def _host() -> str:
    return hashlib.sha256(platform.node().encode()).hexdigest()[:8]


def open_part(path: Path) -> TextIO:
    """The file beside, open for UTF-8 text with the line ends that are written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Half a surrogate pair, as a broken cell may hold it, is no reason to have no report.
        return part_of(path).open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise cannot_write(path, error) from error


def write_part(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write the file beside, down to the disk. Raises OutputError, and leaves nothing then.

    `mode` is who may read it, less what the user's umask takes away.
    """
    part = part_of(path)
    try:
        make_folder(path.parent)
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise cannot_write(path, error) from error


def take_name(path: Path) -> None:
    """Give the file beside its final name, so that a power cut does not take it away again."""
    try:
        part_of(path).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def write_whole_bytes(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Write a file, whole or not at all; `mode` as in `write_part`. Raises OutputError."""
    write_part(path, content, mode)
    take_name(path)


def read_said(path: Path) -> dict[str, Any]:
    """What a JSON file says; nothing where it is not there, or is none."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_said(path: Path, said: Mapping[str, Any]) -> None:
    """Write a JSON file for its owner alone, whole or not at all. Raises OutputError."""
    write_whole_bytes(path, json.dumps(said, ensure_ascii=False).encode(), 0o600)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Raises OutputError where a file is in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error


def put_in_place(file: TextIO, path: Path) -> None:
    """Close the file beside and give it its final name; what stood there before is replaced."""
    try:
        file.flush()
        os.fsync(file.fileno())
        file.close()
        part_of(path).replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        abandon(file, path)
        raise cannot_write(path, error) from error


def abandon(file: TextIO, path: Path) -> None:
    """Close and delete the file beside; what stands under the final name stays as it is."""
    # On a full disk the last flush fails again; the descriptor is closed all the same.
    with contextlib.suppress(OSError):
        file.close()
    with contextlib.suppress(OSError):
        part_of(path).unlink()


def write_whole(path: Path, text: str) -> None:
    """Write a text file, whole or not at all."""
    file = open_part(path)
    try:
        file.write(text)
    except OSError as error:
        abandon(file, path)
        raise cannot_write(path, error) from error
    except BaseException:
        abandon(file, path)
        raise
    put_in_place(file, path)


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error that tells a clerk which file could not be written, and what to look at."""
    return OutputError(
        f"{path} 写不进去：{error.strerror or error}",
        "请看磁盘是不是满了、文件夹能不能写，文件是不是正在 Excel 或 WPS 里打开着。",
    )


def _sync_folder(folder: Path) -> None:
    # The new name lasts through a power cut only when its folder is on the disk too (fsync(2)).
    # Windows opens no folders, and keeps names by itself.
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

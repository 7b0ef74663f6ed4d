"""Write down an error that nobody expected: an exception in, a reference and a log file out.

Only what the program is made of goes into the file: names of exception classes, and the
lines of code on the way. The exception's own text may hold a name or a phone, and stays out.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import re
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

from cardgen import __version__
from cardgen.errors import CardgenError, OutputError

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_FRAME = re.compile(r'^ *File "(?P<file>[^"\n]+)", line (?P<line>\d+), in (?P<name>\S+)$', re.M)


def write_down(error: BaseException) -> tuple[str, Path | None]:
    """The reference of this error, and the file that tells of it; None if none can be written.

    The same fault of the same version has the same reference.
    """
    lines = list(_lines(error))
    reference = hashlib.sha256("\n".join((__version__, *lines)).encode()).hexdigest()[:8]
    text = "\n".join(
        (
            f"cardgen {__version__}  {reference}",
            f"Python {platform.python_version()}  {platform.system()} {platform.machine()}",
            *lines,
            "",
        )
    )
    for folder in _folders():
        path = folder / f"error-{reference}.log"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError:
            continue
        return reference, path
    return reference, None


def in_words(error: Exception) -> CardgenError:
    """An error as it may be shown: its own words where it has some for people; else it is written
    down, and the reference is told."""
    if isinstance(error, CardgenError):
        return error
    if is_full(error):
        return OutputError("磁盘满了，没有做成。", "腾出地方，再试一次；已经印好的都在。")
    message = f"程序出错，这不是您的错（编号 {write_down(error)[0]}）。"
    return CardgenError(message, "请再试一次；还是这样，请把编号告诉维护人员。")


def is_full(error: BaseException | None) -> bool:
    """Whether a full disk is behind an error."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if getattr(error, "errno", None) in _FULL or "disk is full" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _folders() -> Iterator[Path]:
    state = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    yield (Path(state) if state else Path.home() / ".local" / "state") / "cardgen"
    yield Path(tempfile.gettempdir()) / "cardgen"


def _lines(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield f"{type(link).__module__}.{type(link).__qualname__}"
        for frame in traceback.extract_tb(link.__traceback__):
            yield f"  {_short(frame.filename)}:{frame.lineno} {frame.name}: {frame.line or ''}"
        # An error in a worker process brings its traceback along as one text.
        for found in _FRAME.finditer(str(getattr(link, "tb", ""))):
            yield f"  {_short(found['file'])}:{found['line']} {found['name']}"
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _short(name: str) -> str:
    """A file of the program without the folders above it, which may hold a person's name."""
    path = Path(name)
    for folder in sorted(map(Path, filter(None, sys.path)), key=lambda f: -len(f.parts)):
        if path.is_relative_to(folder):
            return path.relative_to(folder).as_posix()
    return path.name

"""Files that users send: names and bytes in, files with safe names in a folder out.

Nothing of what is sent is believed: a name is a word and never a path, and count and size are
held against limits while the bytes come in. Files have mode 600.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from cardgen.errors import UsageError
from cardgen.whole import cannot_write, make_folder, part_of

MIB = 1 << 20
_MOST_CHARACTERS = 60  # of a name without its ending: 240 bytes with it, at the most
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it is sent: the name that its sender gives it, and its bytes in pieces."""

    name: str
    pieces: Iterable[bytes]


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """What may be sent at a time. `endings` are those allowed, small letters, with the dot."""

    endings: frozenset[str]
    files: int = 40
    file_bytes: int = 64 * MIB
    all_bytes: int = 100 * MIB


def take_in(folder: Path, uploads: Iterable[Upload], limits: UploadLimits) -> list[Path]:
    """Write what is sent into a folder, in the order in which it comes.

    Raises UsageError for what is too much or has an ending that is not allowed, OutputError
    where the disk is full. What was written of it before is taken away then.
    """
    make_folder(folder)
    taken: list[Path] = []
    names: list[str] = []
    left = limits.all_bytes
    try:
        for upload in uploads:
            if len(taken) == limits.files:
                raise UsageError(f"一次最多上传 {limits.files} 个文件。", "分几次上传。")
            names = safe_names([*names, _with_ending(upload.name, limits.endings)])
            path = folder / names[-1]
            taken.append(path)
            left -= _write(path, upload, min(left, limits.file_bytes), limits)
        if not taken:
            raise UsageError("没有选文件。", "先选要上传的文件。")
    except BaseException:
        for path in taken:
            path.unlink(missing_ok=True)
        raise
    return taken


def _with_ending(name: str, endings: frozenset[str]) -> str:
    """The name, if its ending is allowed. Raises UsageError."""
    ending = PurePath(_plain(name)).suffix.lower()
    if ending not in endings:
        known = "、".join(sorted(endings))
        raise UsageError(f"“{_plain(name)[-40:]}”不是能用的文件。", f"可以上传：{known}。")
    return name


def _write(path: Path, upload: Upload, most: int, limits: UploadLimits) -> int:
    part, size = part_of(path), 0
    try:
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            for piece in upload.pieces:
                size += len(piece)
                if size > most:
                    raise UsageError(
                        f"“{path.name}”太大，没有收。",
                        f"一个文件最多 {limits.file_bytes // MIB} MB，"
                        f"一次最多 {limits.all_bytes // MIB} MB。",
                    )
                file.write(piece)
        part.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        part.unlink(missing_ok=True)
    return size


def safe_names(names: Sequence[str]) -> list[str]:
    """A name that is safe on any system for each name, all of them different.

    Of a path the last part counts; what cannot be seen or turns the direction of the text is
    left out. The second of two that are the same becomes “…-2”.
    """
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        path = PurePath(_plain(name))
        stem, ending = path.stem[:_MOST_CHARACTERS].rstrip(" ."), path.suffix[:10].lower()
        stem = stem.removeprefix("~$").strip(" .~$")
        if not stem or _RESERVED.fullmatch(stem):
            stem = f"文件{stem and '-'}{stem}"
        made, number = f"{stem}{ending}", 1
        while made.casefold() in taken:
            number += 1
            made = f"{stem}-{number}{ending}"
        taken.add(made.casefold())
        found.append(made)
    return found


def _plain(name: str) -> str:
    """The last part of a name as it is written, without what no name may hold."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(char for char in last if unicodedata.category(char)[0] != "C")
    return " ".join(_FORBIDDEN.sub("", seen).split()).strip(" ")


def pieces_of(path: Path, size: int = MIB) -> Iterator[bytes]:
    """The bytes of a file in pieces."""
    with path.open("rb") as file:
        while piece := file.read(size):
            yield piece

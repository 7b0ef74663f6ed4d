"""Take an upload apart: a zip, or a layout's files, in; a folder with a layout's files out.

A zip is believed in nothing: not its names, not its sizes, not its kinds of files. What would
lie outside the folder, is a link, or is no file that a layout can have, is refused by its name.
"""

from __future__ import annotations

import re
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from cardgen.errors import LayoutError
from cardgen.uploads import MIB, UploadLimits
from cardgen.whole import make_folder, write_whole_bytes

LAYOUT_ENDINGS = frozenset(
    {
        *(".toml", ".html", ".css", ".md", ".txt"),
        *(".svg", ".png", ".jpg", ".jpeg", ".ttf", ".otf"),
    }
)
"""What the names of a layout's files may end in."""

UPLOAD = UploadLimits(LAYOUT_ENDINGS | {".zip"}, files=100, file_bytes=20 * MIB, all_bytes=40 * MIB)
"""What may be sent in at a time."""

MOST_FILES = 200
MOST_BYTES = 60 * MIB  # of all files, inflated
MOST_NAME = 40
_DEEPEST = 5
_PIECE = 1 << 16
_LEFT_OUT = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)")
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"|?*]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")
_AGAIN = "请把版式的文件夹重新打成 zip 再上传。"


def name_fault(name: str) -> str:
    """Why a layout cannot be called that; nothing where it can."""
    if not name:
        return "请给版式起一个名字。"
    if len(name) > MOST_NAME:
        return f"名字最多 {MOST_NAME} 个字。"
    if not all(char.isalnum() or char in "-_" for char in name) or not name[0].isalnum():
        return "名字里只能有字母、数字、汉字和 - _，以字母、数字或汉字开头，例如 door-card-2。"
    if name == "shared" or _RESERVED.fullmatch(name):
        return f"“{name}”另有用处，请换一个名字。"
    return ""


def unpack(uploaded: Path, folder: Path) -> tuple[Path, str]:
    """The folder of the layout that was uploaded, below `folder`, and a name for it.

    `uploaded` holds one zip, or the files themselves. The name is nothing where none was given
    that a layout can have. Raises LayoutError that names the file, OutputError.
    """
    files = sorted(uploaded.iterdir())
    zips = [path for path in files if path.suffix == ".zip"]
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    if not zips:
        for path in files:
            write_whole_bytes(folder / path.name, path.read_bytes(), 0o600)
        return _layout_in(folder, "")
    if len(files) > 1:
        raise LayoutError("一次只能上传一个 zip，不能和别的文件一起。", "分几次上传。")
    try:
        with zipfile.ZipFile(zips[0]) as package:
            for place, content in _contents(package):
                write_whole_bytes(folder / place, content, 0o600)
    except (*_TORN, RuntimeError) as error:
        raise LayoutError(f"{zips[0].name} 不是完整的 zip，打不开。", _AGAIN) from error
    return _layout_in(folder, zips[0].stem)


# What zipfile raises for a torn file; what cannot be written is an OutputError.
_TORN = (
    *(zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError),
    *(EOFError, OSError),
)


def _contents(package: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    """The files of a zip, each with its place; all names are looked at before the first byte."""
    entries = package.infolist()
    if len(entries) > MOST_FILES:
        raise LayoutError(f"zip 里有 {len(entries)} 个文件，最多 {MOST_FILES} 个。", _AGAIN)
    kept = [(entry, _name_of(entry)) for entry in entries if not entry.is_dir()]
    kept = [(entry, name) for entry, name in kept if not _LEFT_OUT.search(name)]
    places = [_place(entry, name) for entry, name in kept]
    _refuse_clashes(places)
    left = MOST_BYTES
    for (entry, _), place in zip(kept, places, strict=True):
        content = bytearray()
        with package.open(entry) as file:
            while piece := file.read(_PIECE):
                content += piece
                left -= len(piece)
                if left < 0:
                    most = MOST_BYTES // MIB
                    raise LayoutError(f"zip 解开以后超过 {most} MB，没有用。", _AGAIN)
        yield place, bytes(content)


def _name_of(entry: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: without the flag for UTF-8 it may be in GBK."""
    name = entry.filename
    if entry.flag_bits & 0x800 or name.isascii():
        return name
    try:
        raw = name.encode("cp437")
    except UnicodeEncodeError:
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name


def _place(entry: zipfile.ZipInfo, name: str) -> str:
    """Where a file goes, below the folder. Raises LayoutError for what may not go anywhere."""
    shown = _FORBIDDEN.sub("?", name)[-60:]
    parts = PurePosixPath(name).parts
    if name.startswith("/") or "\\" in name or ".." in parts or _FORBIDDEN.search(name):
        raise LayoutError(f"zip 里的“{shown}”指到文件夹外面，没有用。", _AGAIN)
    mode = entry.external_attr >> 16
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise LayoutError(f"zip 里的“{shown}”是链接，不是文件。", "放进文件本身。")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # LZMA takes as much memory as the file says, before a byte is out.
        raise LayoutError("zip 用了少见的压缩方法，没有打开。", _AGAIN)
    if entry.flag_bits & 1:
        raise LayoutError("zip 有密码，打不开。", "不加密码再打一次。")
    if len(parts) > _DEEPEST or any(len(part.encode()) > 200 for part in parts):
        raise LayoutError(f"zip 里的“{shown}”文件夹太深或名字太长。", _AGAIN)
    if PurePosixPath(name).suffix.lower() not in LAYOUT_ENDINGS:
        known = "、".join(sorted(LAYOUT_ENDINGS))
        raise LayoutError(f"zip 里的“{shown}”不是版式用的文件。", f"版式里可以有：{known}。")
    return PurePosixPath(*parts).as_posix()


def _refuse_clashes(places: Sequence[str]) -> None:
    """Refuse two files of one name, on any system, and a file that is a folder of another."""
    seen: set[str] = set()
    for place in map(str.casefold, places):
        above = {parent.as_posix() for parent in PurePosixPath(place).parents}
        if place in seen or above & seen:
            raise LayoutError("zip 里有同名的文件。", _AGAIN)
        seen.add(place)
    for place in seen:
        if any(parent.as_posix() in seen for parent in PurePosixPath(place).parents):
            raise LayoutError("zip 里有同名的文件。", _AGAIN)


def _layout_in(folder: Path, stem: str) -> tuple[Path, str]:
    """The folder that holds layout.toml; nothing may lie beside it that is not of it."""
    found = sorted(folder.rglob("layout.toml"))
    if not found:
        raise LayoutError(
            "上传的文件里没有 layout.toml。", "一个版式要有 layout.toml 和 layout.html。"
        )
    if len(found) > 1:
        raise LayoutError("上传的文件里有几个 layout.toml。", "一次上传一个版式。")
    own = found[0].parent
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_relative_to(own):
            stray = path.relative_to(folder).as_posix()
            raise LayoutError(f"“{stray}”不在版式的文件夹里。", "只放一个版式的文件夹。")
    name = stem if own == folder else own.name
    return own, "" if name_fault(name) else name

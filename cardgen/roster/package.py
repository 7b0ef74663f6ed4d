"""Look through an .xlsx before any library opens it. Bytes in; hidden rows and errors out.

Sizes that a zip declares may lie, so every part is inflated once, in pieces, against the
limits. On the way the sheets are searched for what python-calamine does not tell: hidden
rows, cells with an Excel error, of which it drops the known and fails on the new (#SPILL!),
and formulas whose result no program has saved, which it takes for blanks. A document type has
no place in these files and is refused.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from cardgen.errors import RosterError
from cardgen.roster.limits import MIB, Limits

_PIECE = 1 << 20
_SAVE_AGAIN = "请用 Excel 或 WPS 打开它，另存为新的 .xlsx，再放进来"
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.I)
_HIDDEN = re.compile(rb"<(?:\w+:)?row\s[^>]*?\bhidden=[\"'](?:1|true)[\"'][^>]*>")
_ROW = re.compile(rb"\sr=[\"'](\d{1,7})[\"']")
_ERROR_TYPE = re.compile(rb"(<(?:\w+:)?c\s[^>]*?\bt=[\"'])e([\"'])")
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\s([^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_CELL = re.compile(rb"\br=[\"\']([A-Z]{1,3})(\d{1,7})[\"\']")
_ROWS, _COLUMNS = 1 << 20, 1 << 14  # of a sheet
_IS_TEXT = re.compile(rb"\bt=[\"\']str[\"\']")
UNSAVED = "#EMPTY!"
"""Stands in a cell with a formula whose result is not in the file."""
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(slots=True)
class Looked:
    """A workbook that may be opened: its bytes, and by the names of its sheets their hidden rows
    and the cells, (row, column), with a formula that has no result."""

    data: bytes
    hidden_rows: dict[str, frozenset[int]] = field(default_factory=dict)
    unsaved: dict[str, dict[tuple[int, int], str]] = field(default_factory=dict)


def look_through(data: bytes, limits: Limits) -> Looked:
    """Refuse what is no workbook or is too large; tell what the library leaves out."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            parts = package.infolist()
            _check_names(parts, limits)
            return _look(data, parts, limits)
    except (zipfile.BadZipFile, zlib.error, struct.error, ValueError, NotImplementedError) as error:
        raise RosterError("文件不完整或已损坏，打不开", _SAVE_AGAIN) from error


def _check_names(parts: list[zipfile.ZipInfo], limits: Limits) -> None:
    """Refuse by the table of contents alone."""
    names = [part.filename for part in parts]
    if len(names) > limits.entries:
        raise RosterError(f"压缩包里有 {len(names)} 个部分，超过 {limits.entries} 个", _SAVE_AGAIN)
    for name in names:
        if name.startswith("/") or ".." in re.split(r"[/\\]", name):
            raise RosterError("压缩包里有指向包外的路径，不像是表格", _SAVE_AGAIN)
    if len(set(names)) < len(names):
        raise RosterError("压缩包里有同名的部分，不像是表格", _SAVE_AGAIN)
    if any(part.flag_bits & 1 for part in parts):
        raise RosterError("文件有密码，读不了", "请在 Excel 或 WPS 里取消密码后再放进来")
    if "xl/workbook.xml" in names:
        return
    if any(name.startswith("word/") for name in names):
        raise RosterError("这是 Word 文档，不是表格", "请把其中的表格复制到 Excel，存为 .xlsx")
    if any(name.startswith("ppt/") for name in names):
        raise RosterError("这是演示文稿，不是表格", "请把其中的表格复制到 Excel，存为 .xlsx")
    raise RosterError("这是压缩包，里面不是 .xlsx 表格", _SAVE_AGAIN)


def _look(data: bytes, parts: list[zipfile.ZipInfo], limits: Limits) -> Looked:
    total = 0
    hidden: dict[str, frozenset[int]] = {}
    unsaved: dict[str, dict[tuple[int, int], str]] = {}
    has_errors = False
    small: dict[str, bytes] = {}
    for part in parts:
        is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
        is_text = part.filename.endswith((".xml", ".rels", ".vml"))
        rows: set[int] = set()
        size, tail = 0, b""
        for piece in _inflate(data, part):
            size += len(piece)
            _check_size(part, size, total + size, limits)
            if not is_text:
                continue
            piece = tail + piece
            if _has_doctype(piece):
                raise RosterError("文件里有表格不该有的定义（DOCTYPE），没有打开", _SAVE_AGAIN)
            if is_sheet:
                rows.update(_hidden_rows(piece))
                unsaved.setdefault(part.filename, {}).update(_unsaved(piece))
                has_errors = has_errors or _has_error(piece)
            tail = piece[-512:]  # longer than a row's or a cell's tag
            if size <= MIB and part.filename.startswith(("xl/workbook.xml", "xl/_rels/")):
                small[part.filename] = small.get(part.filename, b"") + piece[-size:]
        if size != part.file_size:
            raise RosterError("压缩包里写的大小与实际不符，没有打开", _SAVE_AGAIN)
        total += size
        if rows:
            hidden[part.filename] = frozenset(rows)
    names = _sheet_names(small) if hidden or any(unsaved.values()) else {}
    looked = Looked(
        data,
        {names[path]: rows for path, rows in hidden.items() if path in names},
        {names[path]: cells for path, cells in unsaved.items() if path in names and cells},
    )
    if has_errors:
        looked.data = _with_errors_as_text(data)
    return looked


def _check_size(part: zipfile.ZipInfo, size: int, total: int, limits: Limits) -> None:
    if total > limits.inflated_bytes:
        raise RosterError(f"解压后超过 {limits.inflated_bytes // MIB} MB，没有打开", _SAVE_AGAIN)
    if size > 16 * MIB and size > limits.inflation * max(part.compress_size, 1):
        raise RosterError(f"压缩比超过 {limits.inflation} 倍，像是压缩炸弹，没有打开", _SAVE_AGAIN)


def _inflate(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part in pieces of at most a megabyte, never more than there is.

    `zipfile` would stop at the declared size, and other readers do not.
    """
    header = data[part.header_offset : part.header_offset + 30]
    name, extra = struct.unpack("<HH", header[26:30])
    start = part.header_offset + 30 + name + extra
    packed = memoryview(data)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        for at in range(0, len(packed), _PIECE):
            yield bytes(packed[at : at + _PIECE])
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    rest: bytes | memoryview = packed
    while not inflater.eof:
        piece = inflater.decompress(rest, _PIECE)
        rest = inflater.unconsumed_tail
        if piece:
            yield piece
        elif not rest:
            break
    if not inflater.eof:
        raise zlib.error("truncated")


# Plain searches first: over 45 MB they take a tenth of what the expressions take.


def _has_doctype(piece: bytes) -> bool:
    if b"<\0!\0" in piece:  # UTF-16, where no comment is worth the doubt
        return True
    return b"<!" in piece and bool(_DOCTYPE.search(piece))


def _has_error(piece: bytes) -> bool:
    return (b't="e"' in piece or b"t='e'" in piece) and bool(_ERROR_TYPE.search(piece))


def _hidden_rows(piece: bytes) -> Iterator[int]:
    if b"hidden" not in piece:
        return
    for tag in _HIDDEN.findall(piece):
        if number := _ROW.search(tag):
            yield int(number[1]) - 1


def _unsaved(piece: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    if b"<f" not in piece and b":f" not in piece:
        return
    for attributes in _FORMULA.findall(piece):
        # A formula that says nothing, and says so, is a text without characters.
        if (cell := _CELL.search(attributes)) and not _IS_TEXT.search(attributes):
            column = 0
            for letter in cell[1]:
                column = 26 * column + letter - 64
            if 0 < int(cell[2]) <= _ROWS and column <= _COLUMNS:
                yield (int(cell[2]) - 1, column - 1), UNSAVED


def _sheet_names(small: dict[str, bytes]) -> dict[str, str]:
    """Part name to sheet name."""
    try:
        book = ElementTree.fromstring(small["xl/workbook.xml"])
        relations = ElementTree.fromstring(small["xl/_rels/workbook.xml.rels"])
    except (KeyError, ElementTree.ParseError):
        return {}
    targets = {r.get("Id", ""): r.get("Target", "") for r in relations}
    names = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION, ""), "")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        names[path] = sheet.get("name", "")
    return names


def _with_errors_as_text(data: bytes) -> bytes:
    """The same workbook with cells of type "error" as text; their text is the error's name."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.infolist():
            content = old.read(part)
            if part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml"):
                content = _ERROR_TYPE.sub(rb"\1str\2", content)
            new.writestr(part.filename, content)
    return out.getvalue()

"""What codes show with a font of a PDF: its dictionary in, the fault of each code out.

A code goes through the font's own encoding to a glyph, and the glyph to its outline
(PDF 32000-1, 9.7.4 and 9.10). A missing glyph keeps its meaning in ToUnicode, so that no
reading of text can find it.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Sequence

import pikepdf
from pikepdf import Dictionary, Name, Object, Stream

from cardgen.preflight.programs import Program, read_program

MISSING, EMPTY = "missing", "empty"
_HEX = re.compile(rb"<([0-9A-Fa-f\s]*)>")
_BLOCK = re.compile(rb"beginbf(char|range)(.*?)endbf", re.S)
_ENTRY = re.compile(rb"<[0-9A-Fa-f\s]*>|\[[^\]]*\]")


class Font:
    """A font of a file, as it is used."""

    def __init__(self, font: Object) -> None:
        self.name = str(font.get("/BaseFont", "/?"))[1:]
        self.kind = str(font.get("/Subtype"))
        self.is_composite = self.kind == "/Type0"
        descendant = font["/DescendantFonts"][0] if self.is_composite else font
        descriptor = descendant.get("/FontDescriptor", Dictionary())
        self._file = next(
            (descriptor[key] for key in ("/FontFile2", "/FontFile3", "/FontFile")
             if key in descriptor), None,
        )  # fmt: skip
        self.is_embedded = self.kind == "/Type3" or self._file is not None
        self.meaning = _meaning(font.get("/ToUnicode"))
        self.is_readable = True
        self._program: Program | None = None
        self._map = _glyph_map(descendant.get("/CIDToGIDMap"))
        self._encoding = font.get("/Encoding")
        self._faults: dict[int, str] = {}
        self._read()

    def _read(self) -> None:
        """The program, where codes lead into it in a way that is known here."""
        known = not self.is_composite or self._encoding in ("/Identity-H", "/Identity-V")
        if self._file is None or not known:
            self.is_readable = not self.is_embedded or self.kind == "/Type3"
            return
        if "/FontFile" in str(self._file.get("/Subtype", "")) or self.kind == "/Type1":
            # Type 1 and its compact form name their glyphs: only the embedding is looked at.
            return
        try:
            self._program = read_program(self._file.read_bytes())
        except (ValueError, pikepdf.PdfError):
            self.is_readable = False

    def codes(self, shown: bytes) -> Sequence[int]:
        """The codes of a string that is shown."""
        if not self.is_composite:
            return shown
        return struct.unpack(f">{len(shown) // 2}H", shown[: len(shown) // 2 * 2])

    def fault(self, code: int) -> str:
        """MISSING, EMPTY or nothing: what is wrong with a code, looked up once."""
        found = self._faults.get(code)
        if found is None:
            found = self._faults[code] = self._look_up(code)
        return found

    def _look_up(self, code: int) -> str:
        program = self._program
        if program is None or not self.is_composite:
            return ""
        glyph = code
        if self._map is not None:
            glyph = self._map[code] if code < len(self._map) else 0
        elif program.glyph_of_cid is not None:
            glyph = program.glyph_of_cid.get(code, 0)
        if not 0 < glyph < len(program.lengths):
            return MISSING
        is_blank = not self.text(code).strip() or all(map(_is_unseen, self.text(code)))
        return EMPTY if program.is_empty(glyph) and not (code in self.meaning and is_blank) else ""

    def text(self, code: int) -> str:
        """What a code stands for, or nothing where the font does not say it."""
        return self.meaning.get(code, "")

    def described(self, code: int) -> str:
        """A code for people: its character, or its number."""
        return self.text(code) or f"<{code:04X}>"


def _is_unseen(char: str) -> bool:
    """Whether a character has no ink of its own: blanks, controls, variation selectors."""
    return unicodedata.category(char)[0] in "ZC" or char in "\u034f\u3164\u2800" or (
        "\ufe00" <= char <= "\ufe0f" or "\U000e0100" <= char <= "\U000e01ef"
    )  # fmt: skip


def _glyph_map(table: Object | None) -> Sequence[int] | None:
    if not isinstance(table, Stream):
        return None
    content = table.read_bytes()
    return struct.unpack(f">{len(content) // 2}H", content[: len(content) // 2 * 2])


def _meaning(table: Object | None) -> dict[int, str]:
    """ToUnicode (PDF 32000-1, 9.10.3) as code to text."""
    if not isinstance(table, Stream):
        return {}
    found: dict[int, str] = {}
    for kind, block in _BLOCK.findall(table.read_bytes()):
        entries = _ENTRY.findall(block)
        step = 2 if kind == b"char" else 3
        for at in range(0, len(entries) - step + 1, step):
            if step == 2:
                found[_number(entries[at])] = _text(entries[at + 1])
            else:
                _add_range(found, *entries[at : at + 3])
    return found


def _add_range(found: dict[int, str], first: bytes, last: bytes, texts: bytes) -> None:
    codes = range(_number(first), min(_number(last), _number(first) + 0xFFFF) + 1)
    if texts.startswith(b"["):
        found.update(zip(codes, map(_text, _HEX.findall(texts)), strict=False))
        return
    start = _text(texts)
    if start:
        for step, code in enumerate(codes):
            found[code] = start[:-1] + chr(min(ord(start[-1]) + step, 0x10FFFF))


def _number(written: bytes) -> int:
    return int(bytes(written).strip(b"<>") or b"0", 16)


def _text(written: bytes) -> str:
    digits = re.sub(rb"[<>\s]", b"", written).decode()
    return bytes.fromhex(digits + "0" * (len(digits) % 2)).decode("utf-16-be", "replace")


def name_of(space: Object | None) -> str:
    """The family of a colour space: /DeviceRGB, /ICCBased, …"""
    if isinstance(space, pikepdf.Array):
        return str(space[0]) if len(space) else ""
    return str(space) if isinstance(space, Name) else ""

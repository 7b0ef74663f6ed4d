"""Embed faces as CID fonts: glyphs used in, PDF font objects out. Widths in 1/1000 em.

ReportLab's own TrueType fonts hold 256 characters each and map characters beyond the BMP
wrongly; a Type 0 font (PDF 32000-1, 9.7) holds all of a face, and its codes stay the same
from volume to volume, so that operators can be kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFObjectReference,
    PDFStream,
    PDFString,
)

from cardgen import fonts
from cardgen.fonts import Face
from cardgen.press.raw import Raw

_TO_UNICODE_HEAD = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
"""
_TO_UNICODE_TAIL = """endcmap
CMapName currentdict /CMap defineresource pop
end
end"""
_MOST_A_BLOCK = 100  # entries of a bfchar block (PDF 32000-1, 9.10.3)


class UsedFace:
    """The glyphs of one face that one volume uses."""

    def __init__(self, face: Face) -> None:
        self.face = face
        self._glyph_of: dict[int, int] = {}
        self._text_of: dict[int, str] = {}

    def use(self, codes: Iterable[tuple[int, int, str]]) -> None:
        """Note codes as (code, glyph, text that it stands for)."""
        for code, glyph, text in codes:
            self._glyph_of[code] = glyph
            self._text_of.setdefault(code, text)

    def add_to(self, document: PDFDocument) -> PDFObjectReference:
        """Write the font and all that belongs to it into the document."""
        program, new_of_old = fonts.subset(self.face, self._glyph_of.values())
        name = f"{_subset_tag(self._glyph_of)}+{_postscript_name(self.face)}"
        key = self.face.key
        metrics = fonts.metrics(self.face)
        descriptor = PDFDictionary(
            {
                "Type": PDFName("FontDescriptor"),
                "FontName": PDFName(name),
                "Flags": 4,  # symbolic: the codes are our own
                "FontBBox": PDFArray([round(value) for value in metrics.bbox]),
                "ItalicAngle": metrics.italic_angle,
                "Ascent": round(metrics.ascent),
                "Descent": round(metrics.descent),
                "CapHeight": round(metrics.cap_height),
                "StemV": 80,
                "FontFile2": document.Reference(
                    _packed(program, Length1=len(program)), f"cg.program.{key}"
                ),
            }
        )
        descendant = PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("CIDFontType2"),
                "BaseFont": PDFName(name),
                "CIDSystemInfo": PDFDictionary(
                    {
                        "Registry": PDFString("Adobe"),
                        "Ordering": PDFString("Identity"),
                        "Supplement": 0,
                    }
                ),
                "FontDescriptor": document.Reference(descriptor, f"cg.descriptor.{key}"),
                "DW": 1000,
                "W": self._widths(),
                "CIDToGIDMap": document.Reference(
                    _packed(self._glyph_map(new_of_old)), f"cg.map.{key}"
                ),
            }
        )
        font = PDFDictionary(
            {
                "Type": PDFName("Font"),
                "Subtype": PDFName("Type0"),
                "BaseFont": PDFName(name),
                "Encoding": PDFName("Identity-H"),
                "DescendantFonts": PDFArray(
                    [document.Reference(descendant, f"cg.descendant.{key}")]
                ),
                "ToUnicode": document.Reference(
                    _packed(self._to_unicode().encode()), f"cg.unicode.{key}"
                ),
            }
        )
        return document.Reference(font, f"cg.font.{key}")

    def _widths(self) -> Raw:
        """As it is written: an array of arrays of ReportLab's takes longer than the pages."""
        entries = []
        for code in sorted(self._glyph_of):
            width = fonts.advance(self.face, self._glyph_of[code])
            if width != 1000:
                entries.append(f"{code} [{round(width, 3):g}]")
        return Raw(f"[{' '.join(entries)}]".encode())

    def _glyph_map(self, new_of_old: Mapping[int, int]) -> bytes:
        table = bytearray(2 * (max(self._glyph_of) + 1))
        for code, glyph in self._glyph_of.items():
            table[2 * code : 2 * code + 2] = new_of_old[glyph].to_bytes(2, "big")
        return bytes(table)

    def _to_unicode(self) -> str:
        lines = [
            f"<{code:04X}> <{text.encode('utf-16-be').hex().upper()}>"
            for code, text in sorted(self._text_of.items())
        ]
        blocks = [
            f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar\n"
            for block in (
                lines[at : at + _MOST_A_BLOCK] for at in range(0, len(lines), _MOST_A_BLOCK)
            )
        ]
        return _TO_UNICODE_HEAD + "".join(blocks) + _TO_UNICODE_TAIL


def _postscript_name(face: Face) -> str:
    return fonts.metrics(face).postscript_name


def _subset_tag(glyphs: Mapping[int, int]) -> str:
    """Six letters that tell subsets apart (PDF 32000-1, 9.6.4), the same for the same glyphs."""
    number = zlib.crc32(repr(sorted(glyphs)).encode())
    letters = ""
    for _ in range(6):
        number, letter = divmod(number, 26)
        letters += chr(65 + letter)
    return letters


def _packed(content: bytes, **entries: int) -> PDFStream:
    # Level 1: five times as fast as 6 on font programs, and the file is 2 % larger.
    stream = PDFStream(
        PDFDictionary({**entries, "Filter": PDFName("FlateDecode")}), zlib.compress(content, 1), []
    )
    return stream

"""The whole preflight: a PDF and a profile in, findings by page out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from cardgen.model import Profile
from cardgen.preflight.fonts import EMPTY, Font
from cardgen.preflight.glyphs import GlyphReader, opened
from cardgen.preflight.head import box_faults, head_faults
from cardgen.preflight.paint import PaintReader


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, in Chinese; `page` counts from 1, and is 0 for the file as a whole."""

    page: int
    message: str


def preflight(source: Path | bytes, profile: Profile | None = None) -> list[Finding]:
    """All findings in the order of the pages; what the file itself says is its profile if None.

    Raises OutputError for what is no PDF.
    """
    with opened(source) as document:
        wanted = profile or _profile_in(document)
        found = [Finding(0, message) for message in head_faults(document, wanted)]
        glyphs, paint = GlyphReader(), PaintReader(wanted)
        fonts: set[int] = set()
        for number, page in enumerate(document.pages, start=1):
            messages = [*_page_faults(page, wanted, glyphs), *paint.page(page)]
            for font in glyphs.all_fonts():
                if id(font) not in fonts:
                    fonts.add(id(font))
                    messages += _font_faults(font)
            found += (Finding(number, message) for message in dict.fromkeys(messages))
    return found


def profile_of(source: Path | bytes) -> Profile:
    """For whom a file was made, as its output intent or its boxes tell."""
    with opened(source) as document:
        return _profile_in(document)


def _profile_in(document: pikepdf.Pdf) -> Profile:
    kinds = {str(each.get("/S")) for each in document.Root.get("/OutputIntents", [])}
    if "/GTS_PDFX" in kinds:
        return Profile.SHOP
    is_cut = any("/TrimBox" in page.obj for page in document.pages[:1])
    return Profile.SHOP if is_cut and not kinds else Profile.OFFICE


def _page_faults(page: pikepdf.Page, profile: Profile, glyphs: GlyphReader) -> Iterator[str]:
    yield from box_faults(page, profile)
    for font, text, fault in glyphs.page(page):
        what = "是空白的字形" if fault == EMPTY else "没有字形（0 号）"
        yield f"“{text}”{what}，字体 {font.name}"


def _font_faults(font: Font) -> Iterator[str]:
    if not font.is_embedded:
        yield f"字体 {font.name} 没有嵌入"
    elif not font.is_readable:
        yield f"字体 {font.name} 的写法认不出，字形没有查"
    if not font.meaning:
        yield f"字体 {font.name} 没有文字对照（ToUnicode），字复制不出来"

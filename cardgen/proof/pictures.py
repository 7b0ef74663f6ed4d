"""Pages as pictures, and the sizes of their type: a finished PDF in, pixels and points out."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from cardgen.proof.page import DPI, opened
from cardgen.units import PT_PER_INCH


def load_pictures() -> None:
    """Load what reads and writes pictures, before the first one."""
    Image.preinit()


def thumbnail(path: Path, width_px: int = 220, number: int = 0) -> bytes:
    """A page, the first if not told, as a PNG of that width."""
    with opened(path) as document:
        page = document[number]
        picture = page.render(scale=width_px / page.get_width(), grayscale=True).to_pil()
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def picture_of(path: Path, page: int = 0, dpi: float = DPI, *, grey: bool = False) -> Image.Image:
    """A page as a picture in RGB, or in grey at a third of the cost."""
    with opened(path) as document:
        bitmap = document[page].render(scale=dpi / PT_PER_INCH, grayscale=grey)
        picture: Image.Image = bitmap.to_pil()
        return picture if grey else picture.convert("RGB")


def png_pages(path: Path, dpi: float) -> Iterator[bytes]:
    """Each page as a PNG in colour, to be kept or printed."""
    for picture in _pages(path, dpi):
        yield _packed(picture, "PNG", dpi=(dpi, dpi), compress_level=1)


def jpeg_pages(path: Path, dpi: float) -> Iterator[bytes]:
    """Each page as a JPEG in colour, to be looked at: a tenth of the time, half the bytes."""
    for picture in _pages(path, dpi):
        yield _packed(picture, "JPEG", dpi=(round(dpi), round(dpi)), quality=92, subsampling=0)


def _pages(path: Path, dpi: float) -> Iterator[Image.Image]:
    with opened(path) as document:
        for page in document:
            yield page.render(scale=dpi / PT_PER_INCH).to_pil().convert("RGB")


def _packed(picture: Image.Image, kind: str, **how: Any) -> bytes:  # noqa: ANN401 - Pillow's own
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def type_sizes(pdf: bytes) -> list[tuple[float, str]]:
    """The sizes of type in a PDF's pages, in points as they stand on paper, and what is so set.

    Each size once, with the text of its first run, in order of size. Turned text too.
    """
    found: dict[float, str] = {}
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        for page in document:
            text = page.get_textpage()
            for size_pt, char in _sized_characters(text):
                shown = found.get(size_pt, "")
                found[size_pt] = shown + char if len(shown) < _RUN_SHOWN else shown
            text.close()
    return sorted(found.items())


_RUN_SHOWN = 12


def _sized_characters(text: pypdfium2.PdfTextPage) -> Iterator[tuple[float, str]]:
    matrix = raw.FS_MATRIX()
    for at in range(text.count_chars()):
        code = raw.FPDFText_GetUnicode(text, at)
        # What PDFium adds between words and lines has no size of its own.
        if raw.FPDFText_IsGenerated(text, at) == 1 or code <= 0x20 or code == 0xA0:
            continue
        raw.FPDFText_GetMatrix(text, at, matrix)
        scale = (matrix.c**2 + matrix.d**2) ** 0.5
        yield round(raw.FPDFText_GetFontSize(text, at) * scale, 2), chr(code)

"""Read finished PDFs back: a file and what it must show in, what is wrong with it out.

Every copy's cell must hold its own serial and no other, every name and phone of the plan,
every stamped text, and its code as a scanner sees it in the rendered page. Owns pypdfium2,
which is not safe between threads: one process, one file at a time.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw
from PIL import Image

from cardgen import fonts, qr
from cardgen.errors import OutputError
from cardgen.model import Expected, Mark, ProofMode
from cardgen.serials import PATTERN, is_serial
from cardgen.units import PT_PER_INCH, Rect

DPI = 150
SAMPLE_EVERY = 10  # pages, besides the first and the last
_BLANKS = re.compile(r"[\s\-\u00ad\ufffe\u0002]+")


def proof_file(
    path: Path,
    expected: Sequence[Expected],
    mode: ProofMode = ProofMode.ALL,
    pages_due: int = 0,
) -> dict[str, str]:
    """What is wrong, by serial, in Chinese. Empty when every copy reads back as planned.

    Raises OutputError where the file is no PDF or has another number of pages than
    `pages_due`, or where that is not told, than the copies need.
    """
    if mode is ProofMode.NONE:
        return {}
    by_page: dict[int, list[Expected]] = {}
    for copy in expected:
        by_page.setdefault(copy.page, []).append(copy)
    faults: dict[str, str] = {}
    rests = _Rests()
    with _opened(path) as document:
        pages = len(document)
        due = pages_due or max(by_page, default=-1) + 1
        if due and pages != due:
            raise OutputError(
                f"{path.name}：应有 {due} 页，实有 {pages} 页。",
                "重新运行同一条命令。",
            )
        for number in sorted(by_page):
            if mode is ProofMode.ALL or number % SAMPLE_EVERY == 0 or number == pages - 1:
                faults.update(_proof_page(document[number], by_page[number], rests))
    for serial in rests.strange():
        faults.setdefault(serial, "读回时字数不对，多出或缺了字")
    return faults


class _Rests:
    """How many characters each copy shows beside its own texts.

    Copies of one form share the rest. 李明 is found in 李明明 too: only the count tells.
    """

    def __init__(self) -> None:
        self._of_form: dict[str, dict[int, list[str]]] = {}

    def note(self, copy: Expected, flat: str) -> None:
        """Count what a copy shows."""
        rest = len(flat) - sum(len(_wanted(text)) for text in copy.texts)
        self._of_form.setdefault(copy.form, {}).setdefault(rest, []).append(copy.serial)

    def strange(self) -> Iterator[str]:
        """The serials of copies that show another number than most of their form."""
        for by_rest in self._of_form.values():
            most = max(len(serials) for serials in by_rest.values())
            usual = [rest for rest, serials in by_rest.items() if len(serials) == most]
            for rest, serials in by_rest.items():
                if [rest] != usual:
                    yield from serials


def load_pictures() -> None:
    """Load what reads and writes pictures, before the first one."""
    Image.preinit()


def thumbnail(path: Path, width_px: int = 220) -> bytes:
    """The first page as a PNG of that width."""
    with _opened(path) as document:
        page = document[0]
        picture = page.render(scale=width_px / page.get_width(), grayscale=True).to_pil()
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def picture_of(path: Path, page: int = 0, dpi: float = DPI, *, grey: bool = False) -> Image.Image:
    """A page as a picture in RGB, or in grey at a third of the cost."""
    with _opened(path) as document:
        bitmap = document[page].render(scale=dpi / PT_PER_INCH, grayscale=grey)
        picture: Image.Image = bitmap.to_pil()
        return picture if grey else picture.convert("RGB")


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


def _opened(path: Path) -> closing[pypdfium2.PdfDocument]:
    try:
        return closing(pypdfium2.PdfDocument(path))
    except (pypdfium2.PdfiumError, OSError) as error:
        raise OutputError(f"{path.name}：打不开（{error}）。", "重新运行同一条命令。") from error


def _proof_page(
    page: pypdfium2.PdfPage, copies: Iterable[Expected], rests: _Rests
) -> Iterator[tuple[str, str]]:
    text = page.get_textpage()
    for copy in copies:
        cell = copy.cell_pt
        shown = text.get_text_bounded(cell.left, cell.bottom, cell.right, cell.top)
        flat = squeezed(shown)
        rests.note(copy, flat)
        fault = _text_fault(shown, flat, copy) or _code_fault(page, copy.codes)
        if fault:
            yield copy.serial, fault
    text.close()


def squeezed(text: str) -> str:
    """Text without blanks, line ends and hyphens: how it is set must not matter here."""
    return _BLANKS.sub("", text)


# What is looked for comes several times: as a fact, as a text, and on other copies.
_wanted = lru_cache(maxsize=8192)(squeezed)


def _text_fault(shown: str, flat: str, copy: Expected) -> str:
    for fact in copy.facts:
        if fact.what == "code":
            return "版式没有印二维码，而 layout.toml 的 must_show 要求印"
        if not _shows(flat, fact.text):
            return f"读回时没有找到{_WORDS.get(fact.what, '内容')}“{fact.text}”"
    for text in copy.texts:
        if not _shows(flat, text):
            return f"读回时没有找到“{text}”"
    strangers = set(PATTERN.findall(shown)) - {copy.serial} - copy.known
    for stranger in sorted(strangers):
        if is_serial(stranger):
            return f"读回时发现了别的编号 {stranger}"
    return ""


_WORDS = {"serial": "编号", "name": "姓名", "phone": "电话", "door": "门牌"}


def _shows(flat: str, text: str) -> bool:
    wanted = _wanted(text)
    if wanted in flat:
        return True
    # Right-to-left text comes back in the order in which it is seen.
    return fonts.needs_shaping(text) and not set(wanted) - set(flat)


def _code_fault(page: pypdfium2.PdfPage, codes: Sequence[Mark]) -> str:
    for mark in codes:
        found = qr.decode(_seen(page, mark.box_pt))
        if list(found) != [mark.text]:
            return f"二维码读回 {found[0]!r}，应为 {mark.text!r}" if found else "二维码读不出来"
    return ""


def _seen(page: pypdfium2.PdfPage, box_pt: Rect) -> memoryview:
    """A part of a page in grey at 150 dpi, a pixel more on each side: rows of bytes.

    Drawing only what stands there takes a sixth of the time of the whole page, for ten codes.
    """
    scale = DPI / PT_PER_INCH
    width_pt, height_pt = page.get_size()
    box = box_pt.grown(1 / scale)
    away = (box.left, box.bottom, width_pt - box.right, height_pt - box.top)
    bitmap = page.render(
        scale=scale, grayscale=True, crop=[max(0.0, margin_pt) for margin_pt in away]
    )
    return memoryview(bitmap.buffer).cast("B").cast("B", (bitmap.height, bitmap.stride))

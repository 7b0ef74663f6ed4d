"""A page of a finished PDF as its reader sees it: characters with their places, codes, ink.

Points, origin lower left. Text is compared without blanks, line ends and hyphens: `flat`.
Characters beyond the BMP come from PDFium as pairs, and are looked for as such.
"""

from __future__ import annotations

import ctypes
import re
from array import array
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import repeat
from pathlib import Path

import pypdfium2
import pypdfium2.raw as raw
from PIL import ImageDraw

from cardgen import qr
from cardgen.errors import OutputError
from cardgen.serials import PATTERN
from cardgen.units import PT_PER_INCH, Rect

DPI = 150
INK_DPI = 24
EVEN_DPI = 48
EVEN = 8  # grey values that differ by less are one tone
INK_SLACK_PT = 1.0
LIGHT = 250  # grey values of at least this are paper
BLANKS = re.compile(r"[\s\-\u00ad\ufffe\u0002]+")
_LEFT_OUT = frozenset(char for char in map(chr, range(0x10000)) if BLANKS.fullmatch(char))
_HALVES = frozenset(map(chr, range(0xD800, 0xDC00)))
Point = tuple[float, float]


def opened(path: Path) -> closing[pypdfium2.PdfDocument]:
    """The file. Raises OutputError where it is no PDF."""
    try:
        return closing(pypdfium2.PdfDocument(path))
    except (pypdfium2.PdfiumError, OSError) as error:
        raise OutputError(f"{path.name}：打不开（{error}）。", "重新运行同一条命令。") from error


def squeezed(text: str) -> str:
    """Text without blanks, line ends and hyphens: how it is set must not matter here."""
    return BLANKS.sub("", text)


# What is looked for comes several times: as a fact, as a text, and on other copies.
wanted_in = lru_cache(maxsize=8192)(squeezed)


@lru_cache(maxsize=8192)
def _as_read(text: str) -> str:
    """A text squeezed, and as PDFium counts it: in pairs beyond the BMP."""
    flat = squeezed(text)
    return flat if flat.isascii() or max(flat) <= "\uffff" else _pairs(flat.encode("utf-16-le"))


def folded(text: str) -> str:
    """A text as it comes back from a file that Ghostscript wrote.

    Of each half of a pair its ToUnicode keeps one byte, behind the first half alone (seen in
    10.00: U+2C90A, D872 DD0A, comes back as D872 720A). The glyphs stay right.
    """
    if not text or max(text) <= "\uffff":
        return text
    return "".join(map(_folded_char, text))


def _folded_char(char: str) -> str:
    if char <= "\uffff":
        return char
    _, high, _, low = char.encode("utf-16-be")
    return chr(high << 8 | low)


def _pairs(utf16: bytes) -> str:
    units = array("H")
    units.frombytes(utf16)
    return "".join(map(chr, units))


class PageReading:
    """One page, read once. Close it before its document."""

    def __init__(self, page: pypdfium2.PdfPage, *, folds_pairs: bool = False) -> None:
        """`folds_pairs`: characters beyond the BMP come back as from `folded`."""
        self.folds_pairs = folds_pairs
        self._page = page
        if page.get_rotation():
            # What stands on it is counted as if it had not been turned; so must pictures be.
            page.set_rotation(0)
        self._text = page.get_textpage()
        self._handle = self._text.raw
        self.size_pt: Point = page.get_size()
        self._shown = units = self._units()
        left_out = _LEFT_OUT | _HALVES if folds_pairs else _LEFT_OUT
        self._at = [at for at, char in enumerate(units) if char not in left_out]
        self.flat = "".join([units[at] for at in self._at])
        self._cursor = 0
        self._xs, self._ys = self._origins()
        self._matrix = raw.FS_MATRIX()

    def close(self) -> None:
        """Let the page go."""
        self._text.close()
        self._page.close()

    def _units(self) -> str:
        count = raw.FPDFText_CountChars(self._handle)
        buffer = (ctypes.c_ushort * (count + 1))()
        written = raw.FPDFText_GetText(self._handle, 0, count, buffer)
        utf16 = bytes(buffer)[: 2 * (written - 1)] if written else b""
        text = utf16.decode("utf-16-le", "surrogatepass")
        if len(text) == count:
            return text
        text = _pairs(utf16)
        if len(text) == count:
            return text
        # PDFium leaves some characters out of its text: asked one by one, they are there.
        codes = (raw.FPDFText_GetUnicode(self._handle, at) for at in range(count))
        return "".join(chr(code) if code <= 0xFFFF else "\ufffd" for code in codes)

    # -- text

    def text_in(self, box: Rect) -> str:
        """The text within a rectangle."""
        found = self._text.get_text_bounded(box.left, box.bottom, box.right, box.top)
        return str(found)

    def _origins(self) -> tuple[Sequence[float], Sequence[float]]:
        """Where all characters of `flat` stand, a number each for x and y."""
        count = len(self._at)
        xs, ys = (ctypes.c_double * count)(), (ctypes.c_double * count)()
        handle = ctypes.cast(self._handle, ctypes.c_void_p).value
        x, y = ctypes.addressof(xs), ctypes.addressof(ys)
        end, step = count * _DOUBLE, _DOUBLE
        ask = map(
            _char_origin, repeat(handle), self._at, range(x, x + end, step), range(y, y + end, step)
        )
        deque(ask, maxlen=0)
        return xs[:], ys[:]

    def origin(self, at: int) -> Point:
        """Where the at-th character of `flat` stands: the left end of its baseline."""
        return self._xs[at], self._ys[at]

    def size_of(self, at: int) -> float:
        """The type size of the at-th character of `flat`, as it stands on the paper."""
        place, matrix = self._at[at], self._matrix
        raw.FPDFText_GetMatrix(self._handle, place, matrix)
        scale: float = (matrix.c**2 + matrix.d**2) ** 0.5
        return float(raw.FPDFText_GetFontSize(self._handle, place)) * scale

    def is_unmapped(self, at: int) -> bool:
        """Whether the font of the at-th character of `flat` does not say what it is."""
        return bool(raw.FPDFText_HasUnicodeMapError(self._handle, self._at[at]) == 1)

    def places_of(self, text: str) -> Iterator[range]:
        """Where a text stands in `flat`: from the last place found on, then from the start."""
        wanted, flat, start = _as_read(text), self.flat, self._cursor
        if not wanted:
            return
        at = flat.find(wanted, start)
        while at >= 0:
            yield range(at, at + len(wanted))
            at = flat.find(wanted, at + 1)
        at = flat.find(wanted)
        while 0 <= at < start:
            yield range(at, at + len(wanted))
            at = flat.find(wanted, at + 1)

    def place_in(self, text: str, box: Rect, slack_pt: float = 0.0) -> range | None:
        """Where a text stands within a box, by the origins of all its characters."""
        left, right = box.left - slack_pt, box.left + box.width + slack_pt
        bottom, top = box.bottom - slack_pt, box.bottom + box.height + slack_pt
        for place in self.places_of(text):
            start, stop = place.start, place.stop
            if not (left <= self._xs[start] <= right and bottom <= self._ys[start] <= top):
                continue
            xs, ys = self._xs[start:stop], self._ys[start:stop]
            if min(xs) >= left and max(xs) <= right and min(ys) >= bottom and max(ys) <= top:
                self._cursor = stop
                return place
        return None

    def characters_in(self, box: Rect) -> list[int]:
        """The characters of `flat` that stand in a box, in the order of reading. Slow."""
        return [
            at
            for at, (x, y) in enumerate(zip(self._xs, self._ys, strict=True))
            if box.left <= x <= box.right and box.bottom <= y <= box.top
        ]

    def serials(self) -> Iterator[tuple[str, range]]:
        """What is written like a serial, with its place in `flat`."""
        where = {at: number for number, at in enumerate(self._at)}
        for found in PATTERN.finditer(self._shown):
            start, stop = where[found.start()], where[found.end() - 1]
            yield found.group(), range(start, stop + 1)

    # -- what is seen

    def codes_in(self, box: Rect) -> Sequence[str]:
        """The texts of the codes in a part of the page."""
        return qr.decode(self._seen(box))

    def _seen(self, box_pt: Rect) -> memoryview:
        """A part of the page in grey at 150 dpi, a pixel more on each side: rows of bytes.

        Drawing only what stands there takes a sixth of the time of the whole page, for ten
        codes.
        """
        scale = DPI / PT_PER_INCH
        width_pt, height_pt = self.size_pt
        left, bottom, _, _ = self._page.get_cropbox()
        box = box_pt.grown(1 / scale).moved(-left, -bottom)
        away = (box.left, box.bottom, width_pt - box.right, height_pt - box.top)
        crop = [max(0.0, margin_pt) for margin_pt in away]
        if crop[0] + crop[2] > width_pt - 1 / scale or crop[1] + crop[3] > height_pt - 1 / scale:
            return memoryview(b"\xff").cast("B", (1, 1))  # beside the page, or nothing
        bitmap = self._page.render(scale=scale, grayscale=True, crop=crop)
        return memoryview(bitmap.buffer).cast("B").cast("B", (bitmap.height, bitmap.stride))

    def even_among(self, boxes: Sequence[Rect]) -> Iterator[int]:
        """Which of these rectangles show one tone and nothing else: their text is not seen."""
        if not boxes:
            return
        scale, (left, bottom, _, _) = EVEN_DPI / PT_PER_INCH, self._page.get_cropbox()
        picture = self._page.render(scale=scale, grayscale=True).to_pil()
        for number, box in enumerate(boxes):
            place = box.moved(-left, -bottom)
            part = picture.crop(
                (
                    int(place.left * scale),
                    int(picture.height - place.top * scale),
                    int(place.right * scale) + 1,
                    int(picture.height - place.bottom * scale) + 1,
                )
            )
            darkest, lightest = part.getextrema()
            if lightest - darkest < EVEN:
                yield number

    def ink_outside(self, allowed: Iterable[Rect]) -> Rect | None:
        """The rectangle around all ink that stands in none of the rectangles, or nothing."""
        picture = self._page.render(scale=INK_DPI / PT_PER_INCH, grayscale=True).to_pil()
        # Pixels are whole: the page is stretched by less than one of them.
        across, along = picture.width / self.size_pt[0], picture.height / self.size_pt[1]
        draw = ImageDraw.Draw(picture)
        for box in allowed:
            near = box.grown(INK_SLACK_PT)
            # A pixel that is inked in part is darkened in part: its whole width is let off.
            draw.rectangle(
                (
                    int(near.left * across),
                    int(picture.height - near.top * along),
                    int(near.right * across),
                    int(picture.height - near.bottom * along),
                ),
                fill=255,
            )
        found = picture.point(_DARK).getbbox()
        if found is None:
            return None
        left, top, right, bottom = found
        height = (bottom - top) / along
        return Rect(
            left / across, self.size_pt[1] - bottom / along, (right - left) / across, height
        )

    def boxes(self) -> tuple[Rect, ...]:
        """MediaBox, CropBox, BleedBox and TrimBox; each is the one before where it is missing."""
        found = (
            self._page.get_mediabox(),
            self._page.get_cropbox(),
            self._page.get_bleedbox(),
            self._page.get_trimbox(),
        )
        return tuple(Rect(a, b, c - a, d - b) for a, b, c, d in found)


_DOUBLE = ctypes.sizeof(ctypes.c_double)
# The same function with plain addresses: a third of the time, a million times a batch.
_char_origin = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p
)(ctypes.cast(raw.FPDFText_GetCharOrigin, ctypes.c_void_p).value or 0)
_DARK = [255] * LIGHT + [0] * (256 - LIGHT)


class FileReading:
    """A finished file, open for reading. Raises OutputError where it is no PDF."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._document = opened(path).__enter__()
        producer = self._document.get_metadata_value("Producer")
        self._folds_pairs = "Ghostscript" in str(producer)

    def __enter__(self) -> FileReading:
        return self

    def __exit__(self, *error: object) -> None:
        self._document.close()

    def __len__(self) -> int:
        return len(self._document)

    def page(self, number: int) -> PageReading:
        """A page; close it before the next is asked for."""
        try:
            return PageReading(self._document[number], folds_pairs=self._folds_pairs)
        except pypdfium2.PdfiumError as error:
            raise OutputError(
                f"{self.path.name}：第 {number + 1} 页读不出来（{error}）。",
                "重新运行同一条命令。",
            ) from error

    def pages(self, numbers: Iterable[int]) -> Iterator[tuple[int, PageReading]]:
        """Pages one after the other, each closed when the next one comes."""
        for number in numbers:
            with closing(self.page(number)) as page:
                yield number, page

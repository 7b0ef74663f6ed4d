"""Find characters that show nothing: a PDF in, (page, text) out. Pages count from 0.

Forms are read once, however often they are placed. What is asked of each code is looked up
once for its font: 8,000 cards take a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Object

from cardgen.errors import OutputError
from cardgen.preflight.fonts import Font

_OPERATORS = "q Q gs Tf Tj TJ ' \" Do"
_DEEPEST = 12  # forms within forms


@contextmanager
def opened(source: Path | bytes) -> Iterator[pikepdf.Pdf]:
    """The PDF. Raises OutputError where it cannot be opened or read."""
    import io

    name = source.name if isinstance(source, Path) else "这个 PDF"
    try:
        with pikepdf.open(io.BytesIO(source) if isinstance(source, bytes) else source) as document:
            yield document
    except pikepdf.PasswordError as error:
        raise OutputError(f"{name} 有密码，打不开。", "请用没有密码的文件。") from error
    except (pikepdf.PdfError, OSError) as error:
        raise OutputError(f"{name} 打不开，或者坏了（{error}）。", "重新印这一册。") from error


def glyph_faults(path: Path | bytes) -> list[tuple[int, str]]:
    """Every character that shows no glyph or an empty one, by page; each once a page.

    `text` is the character, or its code as <01AF>. Fonts that are not embedded have no glyphs to
    look at: `preflight` names them.
    Raises OutputError for what is no PDF.
    """
    found: list[tuple[int, str]] = []
    with opened(path) as document:
        reader = GlyphReader()
        for number, page in enumerate(document.pages):
            found += ((number, text) for _, text, _ in reader.page(page))
    return found


Fault = tuple[Font, str, str]
"""A font, a character of it that shows nothing, and why: MISSING or EMPTY."""


class GlyphReader:
    """Reads the texts of a document's pages; remembers fonts and forms."""

    def __init__(self) -> None:
        self.fonts: dict[tuple[int, int], Font] = {}
        self._forms: dict[tuple[int, int], list[Fault]] = {}
        self._direct: list[Font] = []

    def page(self, page: pikepdf.Page) -> list[Fault]:
        """What of a page shows nothing."""
        return self._stream(page, page.resources, 0)

    def font(self, font: Object) -> Font:
        """A font by its dictionary."""
        if not font.is_indirect:
            self._direct.append(Font(font))
            return self._direct[-1]
        if font.objgen not in self.fonts:
            self.fonts[font.objgen] = Font(font)
        return self.fonts[font.objgen]

    def all_fonts(self) -> list[Font]:
        """The fonts that have shown something so far."""
        return [*self.fonts.values(), *self._direct]

    def _stream(self, content: Object | pikepdf.Page, resources: Object, depth: int) -> list[Fault]:
        faults: dict[tuple[int, str], Fault] = {}
        named = {key: self.font(font) for key, font in _entries(resources, "/Font")}
        current: Font | None = None
        stack: list[Font | None] = []
        for each in pikepdf.parse_content_stream(content, _OPERATORS):
            name, values = str(each.operator), each.operands
            if name == "Tf":
                current = named.get(str(values[0]))
            elif name == "q":
                stack.append(current)
            elif name == "Q":
                current = stack.pop() if stack else current
            elif name == "Do":
                for fault in self._form(str(values[0]), resources, depth):
                    faults.setdefault((id(fault[0]), fault[1]), fault)
            elif current is not None and name != "gs":
                for fault in _shown(current, values[-1]):
                    faults.setdefault((id(fault[0]), fault[1]), fault)
        return list(faults.values())

    def _form(self, name: str, resources: Object, depth: int) -> list[Fault]:
        form = resources.get("/XObject", Dictionary()).get(name)
        if form is None or form.get("/Subtype") != "/Form" or depth > _DEEPEST:
            return []
        if form.objgen not in self._forms:
            self._forms[form.objgen] = []  # a form that shows itself is read no deeper
            own = form.get("/Resources", resources)
            self._forms[form.objgen] = self._stream(form, own, depth + 1)
        return self._forms[form.objgen]


def _entries(resources: Object, kind: str) -> Iterator[tuple[str, Object]]:
    yield from resources.get(kind, Dictionary()).items()


def _shown(font: Font, value: Object) -> Iterator[Fault]:
    parts = value if isinstance(value, pikepdf.Array) else (value,)
    for part in parts:
        if isinstance(part, pikepdf.String):
            for code in set(font.codes(bytes(part))):
                if fault := font.fault(code):
                    yield font, font.described(code), fault

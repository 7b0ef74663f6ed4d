"""Take a form's art over: a PDF in, a form XObject of the press's own file for each page out.

Owns pikepdf, together with typeset. Streams are taken over as they are packed.
"""

from __future__ import annotations

import io
import re

import pikepdf
from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDictionary,
    PDFDocument,
    PDFName,
    PDFStream,
)

from cardgen.model import Form, Leaf
from cardgen.press.inks import Inks
from cardgen.press.raw import Raw
from cardgen.press.separate import separated

_MAY_REFER = re.compile(rb"\d\s+\d+\s+R").search
"""Whether what is written may hold a reference (PDF 32000-1, 7.3.10)."""


def add_art(document: PDFDocument, name: str, form: Form, inks: Inks) -> None:
    """Put each leaf into the document as the form XObject `name.0`, `name.1`, …, known to
    `canvas.doForm`. What leaves of one PDF share, their fonts, they share in the document.

    Raises LayoutError for art whose colours cannot be written in the target's inks.
    """
    by_pdf: dict[bytes, list[tuple[int, Leaf]]] = {}
    for number, leaf in enumerate(form.leaves):
        by_pdf.setdefault(leaf.art, []).append((number, leaf))
    for pdf, leaves in by_pdf.items():
        printed = separated(pdf, inks) if inks.target.is_shop else pdf
        with pikepdf.open(io.BytesIO(printed)) as source:
            taker = _Taker(document, f"{name}.{leaves[0][0]}")
            for number, leaf in leaves:
                _add_page(document, f"{name}.{number}", source.pages[leaf.page], taker)


def _add_page(document: PDFDocument, name: str, page: pikepdf.Page, taker: _Taker) -> None:
    resources = taker.value(page.obj["/Resources"])
    content = page.Contents
    stream = PDFStream(
        PDFDictionary(
            {
                "Type": PDFName("XObject"),
                "Subtype": PDFName("Form"),
                "FormType": 1,
                "BBox": taker.value(page.obj["/MediaBox"]),
                "Resources": resources,
                **_filters(content, taker),
            }
        ),
        content.read_raw_bytes(),
        [],
    )
    document.Reference(stream, f"FormXob.{name}")


def _filters(stream: pikepdf.Object, taker: _Taker) -> dict[str, object]:
    names = ("/Filter", "/DecodeParms")
    return {name[1:]: taker.value(stream[name]) for name in names if name in stream}


class _Taker:
    """Copies objects with all that they refer to, each once."""

    def __init__(self, document: PDFDocument, prefix: str) -> None:
        self._document = document
        self._prefix = prefix
        self._taken: dict[tuple[int, int], object] = {}

    def value(self, thing: pikepdf.Object) -> object:
        """A pikepdf object as one of ReportLab's; indirect ones become references."""
        if isinstance(thing, pikepdf.Object) and thing.is_indirect:
            if thing.objgen not in self._taken:
                # Entered before it is copied: objects may refer to one another in a ring.
                holder = Raw(b"null")
                name = f"{self._prefix}.{thing.objgen[0]}"
                self._taken[thing.objgen] = self._document.Reference(holder, name)
                self._document.idToObject[name] = self._direct(thing)
            return self._taken[thing.objgen]
        return self._direct(thing)

    def _direct(self, thing: pikepdf.Object) -> object:
        if isinstance(thing, pikepdf.Stream):
            entries = {
                key[1:]: self.value(entry)
                for key, entry in thing.stream_dict.items()
                if key != "/Length"
            }
            return PDFStream(PDFDictionary(entries), thing.read_raw_bytes(), [])
        if isinstance(thing, pikepdf.Dictionary | pikepdf.Array):
            # The widths of a font are thousands of numbers: taken as they are written.
            written = thing.unparse()
            if not _MAY_REFER(written):
                return Raw(written)
        if isinstance(thing, pikepdf.Dictionary):
            return PDFDictionary({key[1:]: self.value(entry) for key, entry in thing.items()})
        if isinstance(thing, pikepdf.Array):
            return PDFArray([self.value(entry) for entry in thing])
        if isinstance(thing, pikepdf.Object):
            return Raw(thing.unparse())
        # pikepdf hands numbers and truth values over as Python's own; str() has no exponent.
        return Raw(str(thing).lower().encode())

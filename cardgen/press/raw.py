"""A PDF value as it is written: bytes in, an object of ReportLab's out."""

from __future__ import annotations

from reportlab.pdfbase.pdfdoc import PDFDocument, PDFObject


class Raw(PDFObject):  # type: ignore[misc]
    """A PDF value that is written as it is: a string, a number, true, null."""

    def __init__(self, source: bytes) -> None:
        self._source = source

    def format(self, document: PDFDocument) -> bytes:
        """The bytes of the value."""
        return self._source

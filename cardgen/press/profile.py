"""Tell a file's profile: a target and a title in, the entries of the file's head out.

Files for offices say that they are PDF/A-2u (ISO 19005-2), those for shops with an ICC file
PDF/X-4 (ISO 15930-7); without one they make no claim. Nothing here is taken from the clock:
the date is constant, and the identifiers are a digest of what the file shows.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from html import escape

from reportlab.pdfbase.pdfdoc import (
    PDFArray,
    PDFDate,
    PDFDictionary,
    PDFDocument,
    PDFInfo,
    PDFName,
    PDFObject,
    PDFStream,
    PDFString,
)

from cardgen import __version__
from cardgen.impose import Grid
from cardgen.model import Duplex, Target
from cardgen.press.raw import Raw
from cardgen.press.srgb import srgb_profile
from cardgen.units import Rect, mm_to_pt

CREATOR, PRODUCER = f"cardgen {__version__}", "ReportLab"
DATE = "2000-01-01T00:00:00+00:00"
"""The date that ReportLab writes into files that must be the same each day."""
_TRUE = Raw(b"true")


def version_of(target: Target) -> tuple[int, int]:
    """The version of PDF that the profile is a part of."""
    return (1, 6) if target.is_shop else (1, 7)


def page_boxes(grid: Grid, target: Target, side: int = 0) -> dict[str, PDFObject]:
    """The boxes of a side: for shops also where it is cut, and how far its colour reaches."""
    sheet = Rect(0, 0, grid.width_mm, grid.height_mm)
    boxes = {"MediaBox": sheet}
    if target.is_shop:
        cells, block = (grid.cell(0, side), grid.cell(grid.places - 1, side)), grid.block_mm
        left, bottom = (min(c.left_mm for c in cells), min(c.bottom_mm for c in cells))
        trim = Rect(left, bottom, block.width, block.height)
        boxes["BleedBox"] = _within(trim.grown(grid.bleed_mm), sheet)
        boxes["TrimBox"] = _within(trim, sheet)
    return {
        name: PDFArray([mm_to_pt(v) for v in (box.left, box.bottom, box.right, box.top)])
        for name, box in boxes.items()
    }


def _within(box: Rect, sheet: Rect) -> Rect:
    """What of a box lies on the sheet: boxes must be nested (PDF 32000-1, 14.11.2)."""
    left, bottom = max(box.left, sheet.left), max(box.bottom, sheet.bottom)
    right, top = min(box.right, sheet.right), min(box.top, sheet.top)
    return Rect(left, bottom, right - left, top - bottom)


def add_head(
    document: PDFDocument, target: Target, title: str, digest: bytes, duplex: Duplex = Duplex.NONE
) -> None:
    """Put into the document what it says of itself. `digest` is of its pages, 16 bytes."""
    document.info = _Info(title)
    document._ID = b"[<%s><%s>]\n" % ((digest.hex().encode(),) * 2)
    catalog = document.Catalog
    catalog.__NoDefault__ = [*catalog.__NoDefault__, "OutputIntents"]
    catalog.ViewerPreferences = PDFDictionary(
        {
            # The printer's own "fit to page" would shrink cards and move the cuts.
            "PrintScaling": PDFName("None"),
            "PickTrayByPDFSize": _TRUE,
            "DisplayDocTitle": _TRUE,
            "Duplex": PDFName(_DUPLEX[duplex]),
        }
    )
    packet = _packet(target, title, _uuid(digest)).encode()
    kind = {"Type": PDFName("Metadata"), "Subtype": PDFName("XML")}
    # Not packed: archives and shops look for the packet in the plain file (ISO 19005-2, 6.6.2).
    catalog.Metadata = PDFStream(PDFDictionary(kind), packet, [])
    if intent := _intent(document, target):
        catalog.OutputIntents = PDFArray([intent])


_DUPLEX = {
    Duplex.NONE: "Simplex",
    Duplex.LONG: "DuplexFlipLongEdge",
    Duplex.SHORT: "DuplexFlipShortEdge",
}


class _Info(PDFInfo):  # type: ignore[misc]
    """The information dictionary, without what there is nothing to say about."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.title = title

    def format(self, document: PDFDocument) -> bytes:
        """The same as the metadata packet says."""
        date = PDFDate(ts=document._timeStamp)
        entries = {
            "Title": PDFString(self.title),
            "Creator": PDFString(CREATOR),
            "Producer": PDFString(PRODUCER),
            "CreationDate": date,
            "ModDate": date,
            "Trapped": PDFName("False"),
        }
        written: bytes = PDFDictionary(entries).format(document)
        return written


def _intent(document: PDFDocument, target: Target) -> PDFObject | None:
    """Which colours are meant: sRGB in offices, in shops the press of their ICC file."""
    if not target.is_shop:
        return _intent_with(document, "GTS_PDFA1", "sRGB IEC61966-2.1", srgb_profile(), 3)
    if not target.icc:
        return None
    from cardgen import icc  # files for offices need no colour library

    content = icc.load(target)
    return _intent_with(document, "GTS_PDFX", icc.name_of(content), content, 4)


def _intent_with(
    document: PDFDocument, kind: str, name: str, profile: bytes, inks: int
) -> PDFObject:
    entries = PDFDictionary({"N": inks, "Filter": PDFName("FlateDecode")})
    stream = PDFStream(entries, _packed(profile), [])
    return PDFDictionary(
        {
            "Type": PDFName("OutputIntent"),
            "S": PDFName(kind),
            "OutputConditionIdentifier": PDFString(name),
            "Info": PDFString(name),
            "DestOutputProfile": document.Reference(stream, "cg.intent"),
        }
    )


def _uuid(digest: bytes) -> str:
    """16 bytes as a UUID is written (RFC 9562, 4)."""
    digits = digest.hex()
    parts = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return "-".join(parts)


@lru_cache(maxsize=2)
def _packed(profile: bytes) -> bytes:
    """A profile of a press has a megabyte and more, and stands in each volume."""
    return zlib.compress(profile)


def _packet(target: Target, title: str, identifier: str) -> str:
    """The metadata as XMP (ISO 16684-1)."""
    if not target.is_shop:
        claim = (
            ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"',
            "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>",
        )
    elif target.icc:
        claim = (
            ' xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/"',
            "<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>"
            "<pdf:Trapped>False</pdf:Trapped>",
        )
    else:
        claim = ("", "<pdf:Trapped>False</pdf:Trapped>")
    words = escape("".join(char for char in title if char >= " "), quote=False)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about=""'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
        ' xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"'
        f' xmlns:pdf="http://ns.adobe.com/pdf/1.3/"{claim[0]}>\n'
        f"{claim[1]}\n"
        "<dc:format>application/pdf</dc:format>\n"
        f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{words}</rdf:li></rdf:Alt></dc:title>\n'
        "<dc:language><rdf:Bag><rdf:li>zh-CN</rdf:li></rdf:Bag></dc:language>\n"
        f"<xmp:CreatorTool>{escape(CREATOR)}</xmp:CreatorTool>\n"
        f"<xmp:CreateDate>{DATE}</xmp:CreateDate><xmp:ModifyDate>{DATE}</xmp:ModifyDate>"
        f"<xmp:MetadataDate>{DATE}</xmp:MetadataDate>\n"
        f"<pdf:Producer>{escape(PRODUCER)}</pdf:Producer>\n"
        f"<xmpMM:DocumentID>uuid:{identifier}</xmpMM:DocumentID>"
        f"<xmpMM:InstanceID>uuid:{identifier}</xmpMM:InstanceID>"
        "<xmpMM:VersionID>1</xmpMM:VersionID>"
        "<xmpMM:RenditionClass>default</xmpMM:RenditionClass>\n"
        "</rdf:Description>\n</rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    )

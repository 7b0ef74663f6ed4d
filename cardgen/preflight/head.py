"""Look at what a file says of itself: a document and a profile in, faults in Chinese out.

Output intent, metadata, viewer preferences, scripts, and the boxes of its pages (points).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pikepdf
from pikepdf import Dictionary, Object, Stream

from cardgen.model import Profile
from cardgen.units import Rect

_SLACK_PT = 0.01
_SCRIPT = re.compile(rb"/S\s*/JavaScript\b")
_ATTACHED = re.compile(rb"/Type\s*/Filespec\b")
_INTENTS = {
    Profile.OFFICE: ("/GTS_PDFA1", "PDF/A", b"RGB ", "RGB"),
    Profile.SHOP: ("/GTS_PDFX", "PDF/X", b"CMYK", "CMYK"),
}
_CLAIMS = {
    Profile.OFFICE: (rb"pdfaid:part\W+2\b.*pdfaid:conformance\W+U\b", "PDF/A-2u"),
    Profile.SHOP: (rb"GTS_PDFXVersion\W+PDF/X-4\b", "PDF/X-4"),
}


def head_faults(document: pikepdf.Pdf, profile: Profile) -> Iterator[str]:
    """What is wrong with the file as a whole."""
    yield from _intent_faults(document.Root, profile)
    yield from _metadata_faults(document, profile)
    yield from _view_faults(document.Root)
    yield from _active_faults(document)


def _intent_faults(root: Object, profile: Profile) -> Iterator[str]:
    kind, standard, space, shown = _INTENTS[profile]
    found = [each for each in root.get("/OutputIntents", []) if each.get("/S") == kind]
    if not found:
        yield f"没有 {standard} 的输出意图：颜色按什么印，文件里没有说"
        return
    stream = found[0].get("/DestOutputProfile")
    if not isinstance(stream, Stream):
        yield "输出意图里没有嵌入色彩配置文件"
        return
    content = stream.read_bytes()
    if content[36:40] != b"acsp" or content[16:20] != space:
        yield f"输出意图的色彩配置文件不是 {shown} 的"
    elif stream.get("/N") != {b"RGB ": 3, b"CMYK": 4}[space]:
        yield "输出意图的色彩配置文件和它说的颜色数目不符"


def _metadata_faults(document: pikepdf.Pdf, profile: Profile) -> Iterator[str]:
    pattern, standard = _CLAIMS[profile]
    metadata = document.Root.get("/Metadata")
    packet = metadata.read_bytes() if isinstance(metadata, Stream) else b""
    if not re.search(pattern, packet, re.S):
        yield f"文件没有声明 {standard}"
    title = str(document.trailer.get("/Info", Dictionary()).get("/Title", ""))
    if not title.strip():
        yield "没有标题"
    elif title not in _titles(packet):
        yield "标题和元数据里的不一致"
    if not str(document.Root.get("/Lang", "")):
        yield "没有写明语言"
    if "/ID" not in document.trailer:
        yield "没有文件标识"


def _titles(packet: bytes) -> str:
    text = packet.decode("utf-8", "replace")
    for mark, sign in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(mark, sign)
    return text


def _view_faults(root: Object) -> Iterator[str]:
    wishes = root.get("/ViewerPreferences", Dictionary())
    if wishes.get("/PrintScaling") != "/None":
        yield "没有写明按实际大小打印，打印时可能被缩小"
    if wishes.get("/DisplayDocTitle", False) is not True:
        yield "打开时不显示标题"


def _active_faults(document: pikepdf.Pdf) -> Iterator[str]:
    """Scripts, actions and attachments: paper has none, and printers refuse them."""
    root = document.Root
    if "/OpenAction" in root or "/AA" in root:
        yield "打开时会执行动作"
    names = root.get("/Names", Dictionary())
    scripts = "/JavaScript" in names
    attached = "/EmbeddedFiles" in names or "/AF" in root
    for thing in document.objects:
        if isinstance(thing, Dictionary):
            written = thing.unparse(resolved=True)
            scripts = scripts or _SCRIPT.search(written) is not None
            attached = attached or _ATTACHED.search(written) is not None
    if scripts:
        yield "里面有脚本"
    if attached:
        yield "里面有附件"


# -- boxes of pages --------------------------------------------------------------------------


def box_faults(page: pikepdf.Page, profile: Profile) -> Iterator[str]:
    """What is wrong with a page's boxes: PDF 32000-1, 14.11.2 wants them nested."""
    media = _box(page.mediabox)
    boxes = {
        name: _box(page.obj[name])
        for name in ("/CropBox", "/BleedBox", "/TrimBox", "/ArtBox")
        if name in page.obj
    }
    for name, box in boxes.items():
        if not media.holds(box, _SLACK_PT):
            yield f"{name[1:]} 超出了页面（MediaBox）"
    trim, bleed = boxes.get("/TrimBox"), boxes.get("/BleedBox")
    if trim and bleed and not bleed.holds(trim, _SLACK_PT):
        yield "TrimBox 超出了 BleedBox"
    if profile is Profile.SHOP:
        if trim is None:
            yield "没有成品框（TrimBox）"
        if bleed is None:
            yield "没有出血框（BleedBox）"
        if trim and "/ArtBox" in boxes:
            yield "既有 TrimBox 又有 ArtBox"
    if "/AA" in page.obj:
        yield "翻到时会执行动作"


def _box(values: Object) -> Rect:
    left, bottom, right, top = (float(value) for value in values)
    return Rect(min(left, right), min(bottom, top), abs(right - left), abs(top - bottom))

"""Check a layout: is a stamped copy the same picture as the same copy laid out whole?

A layout in, findings in words out. The copies tried have the shortest and the longest data,
rare names, missing optional data. This is the central test of the project, and it is the
same for the built-in layouts and for an office's own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from PIL import Image, ImageChops

from cardgen import fonts, proof, qr
from cardgen.errors import LayoutError
from cardgen.fit import drop_of
from cardgen.impose import Grid
from cardgen.layoutsamples import sample_copies
from cardgen.model import (
    CodeSlot,
    Copy,
    Filled,
    Form,
    LayoutSpec,
    Line,
    Matrix,
    Problem,
    Sides,
    Slot,
)
from cardgen.press.stamp import fit_all
from cardgen.press.volume import Placed, press_volume
from cardgen.record import turned
from cardgen.typeset.fill import Box, Filler
from cardgen.typeset.privacy import private_reads
from cardgen.units import MM_PER_INCH, PT_PER_INCH, PT_PER_PX, Rect, pt_to_mm
from cardgen.volume import code_fault

DPI = 150
SUPERSAMPLE = 4
MOST_PIXELS = 80e6  # of a preview before it is reduced: A3 at 600 dpi, half a gigabyte
# Both pictures come from one rasteriser, at 600 dpi, and are compared after reduction to 150.
# PDFium sets small type on whole pixels, and WeasyPrint rounds advances to 1/1000 em, places to
# 1/1024 px and letter-spacing to 1/1000 em: a glyph may tip over to the next pixel of 600 dpi,
# 0.04 mm away, which is a quarter of the darkness of a pixel of 150 dpi. Nobody sees that; a
# glyph that is moved by 0.1 mm, or is another glyph, differs by more than half.
TOLERANCE = 255 // SUPERSAMPLE + 16
MOVE_PX = 0.5
SIZE_SLACK_PT = 0.05
MOVES = "的盒子会随文字变大变小或移动。给它外面的元素写上固定的宽和高。"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a layout, in Chinese; `sample` names the data that showed it."""

    layout: str
    sample: str
    message: str


@dataclass(frozen=True, slots=True)
class LayoutReport:
    """The result for one layout: how many samples were tried, and what was found."""

    layout: str
    samples: int
    forms: int
    findings: tuple[Finding, ...]


# --------------------------------------------------------------------------- the check


def check_layout(
    spec: LayoutSpec, copies: Iterator[tuple[str, Copy]] | None = None
) -> LayoutReport:
    """Try the layout with the sample copies, or with `copies`. Raises nothing: all is a finding."""
    findings = [Finding(spec.name, "公开", message) for message in private(spec)]
    samples = 0
    forms = 0
    try:
        for size in spec.sizes or (None,):
            filler = Filler(spec.sized(size) if size else spec)
            seen: set[object] = set()
            for sample, copy in copies or sample_copies(spec, size):
                samples += 1
                where = f"{size} {sample}" if size else sample
                for message in check_copy(filler, copy, seen):
                    findings.append(Finding(spec.name, where, message))
            forms += filler.laid_out
    except LayoutError as error:
        findings.append(Finding(spec.name, "版式", f"{error.message}{error.hint}"))
    return LayoutReport(spec.name, samples, forms, tuple(findings))


def private(spec: LayoutSpec) -> Iterator[str]:
    """What a public layout asks for and must not, each with its line."""
    for file, line, what in private_reads(spec) if spec.public else ():
        where = f"{file} 第 {line} 行"
        yield f"{where}：公开的版式不能用 {what}。去掉它，或去掉 layout.toml 的 public。"


def check_copy(filler: Filler, copy: Copy, seen: set[object] | None = None) -> Iterator[str]:
    """What is wrong with one copy of a layout, in Chinese. One that was `seen` is not again."""
    filled = filler.fill(copy)
    if seen is not None and isinstance(filled, Filled):
        picture = (filled.form_key, filled.texts, filled.links, copy.facts)
        if picture in seen:
            return
        seen.add(picture)
    if isinstance(filled, Problem):
        yield filled.message
        return
    form = filler.forms([filled.form_key])[filled.form_key]
    fitted, tight = fit_all(form, filled)
    if tight is not None:
        yield _too_narrow(filler, copy, filled, form, tight)
        return
    if fault := code_fault(form, filled):
        yield fault
    for text in _unshown(copy, filled, form):
        yield f"版式没有印出“{text}”，而 layout.toml 的 must_show 要求印。"
    fillings = [_filling(*pair) for pair in zip_slots(form, filled, fitted)]
    drawings = _drawings(form, filled)
    hollow = _hollow_boxes(form)
    whole, pdf = filler.whole(copy, fillings, drawings)
    moved = [name for name in hollow if not _same(hollow[name], whole.get(name))]
    for number in moved:
        yield f"{_slot_name(form, number)}{MOVES}"
    if not moved:
        yield from _differences(filler.spec, filled, form, fitted, pdf)


def _too_narrow(filler: Filler, copy: Copy, filled: Filled, form: Form, tight: Slot) -> str:
    """Say whether a slot is too narrow, or has no width of its own."""
    number = next(n for leaf in form.leaves for n, slot in leaf.slots if slot is tight)
    natural = [escape(text) for text in filled.texts]
    hollow = _hollow_boxes(form)
    whole, _ = filler.whole(copy, natural, _drawings(form, filled))
    # Left edge and width only: the natural text is one line, however many the slot has.
    if not _same(hollow[number][::2], whole.get(number, hollow[number])[::2]):
        return f"{tight.name}{MOVES}"
    return (
        f"{tight.name}太窄（{pt_to_mm(tight.box_pt.width):.1f} 毫米），"
        f"到最小字号 {tight.floor_pt:g} 磅也放不下。给它外面的元素写上宽度，或用 slot(lines=2)。"
    )


def _hollow_boxes(form: Form) -> dict[int, Box]:
    """Where the engine put each slot when it was hollow, told as `Filler.whole` tells it."""
    return {
        number: (
            slot.box_pt.left / PT_PER_PX,
            (form.height_pt - slot.box_pt.top) / PT_PER_PX,
            slot.box_pt.width / PT_PER_PX,
            slot.box_pt.height / PT_PER_PX,
        )
        for leaf in form.leaves
        for number, slot in leaf.slots
    }


def _same(first: Sequence[float], second: Sequence[float] | None) -> bool:
    return second is not None and all(
        abs(a - b) <= MOVE_PX for a, b in zip(first, second, strict=True)
    )


def _slot_name(form: Form, number: int) -> str:
    return next(s.name for leaf in form.leaves for n, s in leaf.slots if n == number)


def _unshown(copy: Copy, filled: Filled, form: Form) -> Iterator[str]:
    """Facts that no slot holds. Text outside slots is read back from the PDF instead."""
    shown = proof.squeezed("".join(filled.texts))
    baked = proof.squeezed(form.baked)
    for fact in copy.facts:
        wanted = proof.squeezed(fact.text)
        if fact.what != "code" and wanted not in shown and wanted not in baked:
            yield fact.text


def zip_slots(
    form: Form, filled: Filled, fitted: Sequence[tuple[Line, ...]]
) -> Iterator[tuple[Slot | None, tuple[Line, ...]]]:
    """For each value of a copy, the slot that holds it (None if baked) and its lines."""
    slots = {number: slot for leaf in form.leaves for number, slot in leaf.slots}
    for number in range(len(filled.texts)):
        yield slots.get(number), fitted[number]


def _filling(slot: Slot | None, lines: tuple[Line, ...]) -> str:
    """The HTML that sets a slot as `fit` has decided: its lines, size and faces."""
    if slot is None:
        return ""
    if not lines:
        return "<br>".join(["&nbsp;"] * slot.lines)
    html = "<br>".join(_line_html(slot, line) for line in lines)
    down_pt = drop_of(slot, len(lines), lines[0].size_pt)
    padding = "<br>&nbsp;" * (slot.lines - len(lines))
    if not down_pt:
        return html + padding
    return f'<span style="position:relative;top:{down_pt}pt">{html}</span>{padding}'


def _line_html(slot: Slot, line: Line) -> str:
    chain = fonts.chain(slot.style.family, slot.style.weight)
    parts = []
    for run in fonts.runs(line.text, chain):
        text = escape(run.text)
        if run.face != chain[0]:
            style = f"font-family:'{run.face.name}';font-weight:{run.face.weight}"
            text = f'<span style="{style}">{text}</span>'
        parts.append(text)
    html = "".join(parts)
    if line.size_pt != slot.style.size_pt:
        return f'<span style="font-size:{line.size_pt}pt;line-height:0">{html}</span>'
    return html


def _drawings(form: Form, filled: Filled) -> list[str]:
    slots = {number: slot for leaf in form.leaves for number, slot in leaf.codes}
    return [
        qr.svg(qr.encode(link, slots[n].level, slots[n].logo))
        for n, link in enumerate(filled.links)
    ]


# --------------------------------------------------------------------------- pictures


def stamped_pages(
    form: Form, filled: Filled, fitted: Sequence[tuple[Line, ...]]
) -> list[Image.Image]:
    """The stamped copy with its bleed, a picture a leaf."""
    return _pictures(stamped_pdf(form, filled, fitted), len(form.leaves))


def stamped_pdf(form: Form, filled: Filled, fitted: Sequence[tuple[Line, ...]]) -> bytes:
    """The stamped copy with its bleed as a PDF, a page a leaf."""
    placed = Placed(filled, tuple(fitted), 0, 0)
    return press_volume("", _proof_grid(form), {form.key: form}, [placed])


def sample_pdfs(spec: LayoutSpec) -> Iterator[tuple[str, bytes]]:
    """Each sample copy of a layout, stamped, as a PDF with bleed. Raises LayoutError."""
    filler = Filler(spec)
    for sample, copy in sample_copies(spec):
        yield sample, _sample_pdf(filler, copy)[0]


def _sample_pdf(filler: Filler, copy: Copy) -> tuple[bytes, int]:
    """A copy, stamped, and how many pages it has."""
    filled = filler.fill(copy)
    if isinstance(filled, Problem):
        raise LayoutError(filled.message)
    form = filler.forms([filled.form_key])[filled.form_key]
    fitted, tight = fit_all(form, filled)
    if tight is not None:
        raise LayoutError(f"{tight.name}放不下样例文字。", "加宽它的盒子。")
    return stamped_pdf(form, filled, fitted), len(form.leaves)


def _too_small(spec: LayoutSpec, pdf: bytes) -> Iterator[str]:
    """Text that stands on the paper below the smallest floor of the layout."""
    floor_pt = min(spec.floors_pt.values())
    for size_pt, text in proof.type_sizes(pdf):
        if size_pt < floor_pt - SIZE_SLACK_PT:
            yield (
                f"“{text}”印成 {size_pt:.1f} 磅，小于 layout.toml 里最小的字号 {floor_pt:g} 磅。"
                "放大它，或改 [floors]。"
            )


def _proof_grid(form: Form) -> Grid:
    width, height, bleed = (pt_to_mm(v) for v in (form.width_pt, form.height_pt, form.bleed_pt))
    return Grid(
        width_mm=width + 2 * bleed,
        height_mm=height + 2 * bleed,
        copy_width_mm=width,
        copy_height_mm=height,
        bleed_mm=bleed,
        columns=1,
        rows=1,
        gutter_x_mm=0.0,
        gutter_y_mm=0.0,
        margins_mm=Sides.all(0.0),
        marks=False,
    )


def _pictures(
    pdf: bytes, pages: int, dpi: float = DPI, *, grey: bool = False, finer: int = SUPERSAMPLE
) -> list[Image.Image]:
    with tempfile.TemporaryDirectory(prefix="cardgen-") as folder:
        path = Path(folder) / "page.pdf"
        path.write_bytes(pdf)
        # One large picture at a time: a page of A3 at 600 dpi has seventy million pixels.
        return [
            proof.picture_of(path, page, dpi * finer, grey=grey).reduce(finer)
            for page in range(pages)
        ]


def _differences(
    spec: LayoutSpec,
    filled: Filled,
    form: Form,
    fitted: Sequence[tuple[Line, ...]],
    whole_pdf: bytes,
) -> Iterator[str]:
    whole = _pictures(whole_pdf, len(form.leaves), grey=True)
    pdf = stamped_pdf(form, filled, fitted)
    yield from _too_small(spec, pdf)
    stamped = _pictures(pdf, len(form.leaves), grey=True)
    for number, (one, other) in enumerate(zip(stamped, whole, strict=True)):
        yield from _named_differences(form, filled, number, one, other)


def _named_differences(
    form: Form, filled: Filled, leaf: int, one: Image.Image, other: Image.Image
) -> Iterator[str]:
    if one.size != other.size:
        yield f"第 {leaf + 1} 页盖印出来是 {one.size}，直排是 {other.size} 像素。"
        return
    difference = ImageChops.difference(one, other)
    for value, code in form.leaves[leaf].codes:
        difference.paste(0, _area(form, one.height, code.box_pt, code.matrix))
        link = filled.links[value]
        if _modules(form, one, code, link) != _modules(form, other, code, link):
            yield f"{code.name}盖印与直排不是同一个码。"
    for _, slot in form.leaves[leaf].slots:
        area = _area(form, one.height, slot.box_pt, slot.matrix)
        worst = _worst(difference.crop(area))
        difference.paste(0, area)
        if worst > TOLERANCE:
            yield (
                f"{slot.name}盖印与直排不一样（相差 {worst} 级灰）："
                "检查它的颜色、变形、层叠和透明。"
            )
    worst = _worst(difference)
    if worst > TOLERANCE:
        yield f"第 {leaf + 1} 页槽位以外的地方盖印与直排不一样（相差 {worst} 级灰）。"


def _area(
    form: Form, height_px: int, box_pt: Rect, matrix: Matrix | None
) -> tuple[int, int, int, int]:
    """A slot's box, a point more on each side, in the pixels of a picture with bleed."""
    scale = DPI / PT_PER_INCH
    box = turned(box_pt, matrix).moved(form.bleed_pt, form.bleed_pt).grown(1)
    return (
        int(box.left * scale),
        int(height_px - box.top * scale),
        int(box.right * scale) + 1,
        int(height_px - box.bottom * scale) + 1,
    )


def _modules(form: Form, picture: Image.Image, slot: CodeSlot, link: str) -> list[bool]:
    """Whether the picture is dark at the middle of each module, quiet zone included.

    Only the middles are compared, as a scanner does: the edge of a module falls between two
    pixels, and the rasteriser rounds a mask and a path each in its own way.
    """
    across = qr.encode(link, slot.level, slot.logo).with_quiet
    step_pt, scale = slot.box_pt.width / across, DPI / PT_PER_INCH
    dark = []
    for row in range(across):
        for column in range(across):
            x_pt = slot.box_pt.left + (column + 0.5) * step_pt
            y_pt = slot.box_pt.bottom + (row + 0.5) * step_pt
            point = turned(Rect(x_pt, y_pt, 0, 0), slot.matrix).moved(form.bleed_pt, form.bleed_pt)
            pixel = picture.getpixel(
                (int(point.left * scale), int(picture.height - point.bottom * scale))
            )
            dark.append(int(pixel) < 128)  # type: ignore[arg-type]
    return dark


def _worst(picture: Image.Image) -> int:
    extrema = picture.getextrema()
    return int(extrema[1])  # type: ignore[arg-type]


def preview(spec: LayoutSpec, dpi: float = 300) -> Image.Image:
    """The layout with the usual sample data, trimmed, as a picture. Raises LayoutError."""
    _, copy = next(sample_copies(spec))
    return next(_trimmed(spec, _sample_pdf(Filler(spec), copy)[0], 1, dpi))


def previews(
    spec: LayoutSpec, dpi: float, most_pages: int = 2
) -> Iterator[tuple[str, Image.Image]]:
    """The first pages of each sample copy, trimmed, with its name; those that look the same once.

    Samples that cannot be laid out are left out: `check_layout` says why.
    """
    filler, seen = Filler(spec), set()
    for sample, copy in sample_copies(spec):
        try:
            pdf, pages = _sample_pdf(filler, copy)
        except LayoutError:
            continue
        for picture in _trimmed(spec, pdf, min(most_pages, pages), dpi):
            if (look := picture.tobytes()) not in seen:
                seen.add(look)
                yield sample, picture


def _trimmed(spec: LayoutSpec, pdf: bytes, pages: int, dpi: float) -> Iterator[Image.Image]:
    pixels = spec.width_mm * spec.height_mm * (dpi / MM_PER_INCH) ** 2
    finer = max(1, min(SUPERSAMPLE, int((MOST_PIXELS / pixels) ** 0.5)))
    bleed = round(spec.bleed_mm / MM_PER_INCH * dpi)
    for picture in _pictures(pdf, pages, dpi, finer=finer):
        yield picture.crop((bleed, bleed, picture.width - bleed, picture.height - bleed))

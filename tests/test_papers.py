"""Every built-in paper: what it looks like, how large its type is, what it must not say in public.

Whether a stamped copy is the picture that the engine lays out, and whether its type keeps to
the floors, is in test_stamped_is_laid_out, which runs the same check as `layouts check`.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter

from cardgen import proof
from cardgen.layoutcheck import check_layout, preview, private, sample_pdfs
from cardgen.layouts import find_layout, list_layouts, read_layout
from cardgen.model import LayoutSpec

REFERENCES = Path(__file__).parent / "references"
MOST_BYTES = 20 * 1024
WIDTH_PX, HEIGHT_PX = 520, 640
# Other versions of the same font engine move an outline by part of a pixel.
MOST_DIFFERENCE = 60
LAYOUTS = list_layouts()


def picture(spec: LayoutSpec) -> Image.Image:
    """The layout with the usual data, small and in sixteen greys."""
    dpi = 25.4 * min(WIDTH_PX / spec.width_mm, HEIGHT_PX / spec.height_mm)
    image = _drawn(spec, dpi)
    # A page full of words is a large picture.
    return image if len(as_png(image)) <= MOST_BYTES else _drawn(spec, 0.9 * dpi)


def _drawn(spec: LayoutSpec, dpi: float) -> Image.Image:
    return preview(spec, dpi=dpi).convert("L").quantize(16).convert("L")


def as_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.quantize(16).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


@pytest.mark.parametrize("spec", LAYOUTS, ids=lambda spec: spec.name)
def test_a_paper_looks_as_it_did(spec: LayoutSpec, request: pytest.FixtureRequest) -> None:
    path = REFERENCES / f"{spec.name}.png"
    now = picture(spec)
    if request.config.getoption("--update"):
        REFERENCES.mkdir(exist_ok=True)
        path.write_bytes(as_png(now))
    assert path.stat().st_size <= MOST_BYTES
    with Image.open(path) as kept:
        before = kept.convert("L")
    assert before.size == now.size
    blurred = (image.filter(ImageFilter.BoxBlur(2)) for image in (before, now))
    assert ImageChops.difference(*blurred).getextrema()[1] <= MOST_DIFFERENCE


def test_a_paper_that_looks_otherwise_is_seen(tmp_path: Path) -> None:
    """The comparison above sees one line of small type that is gone."""
    spec = find_layout("love-card")
    now = picture(spec)
    changed = now.copy()
    changed.paste(255, (0, int(now.height * 0.88), now.width, int(now.height * 0.95)))
    blurred = (image.filter(ImageFilter.BoxBlur(2)) for image in (now, changed))
    assert ImageChops.difference(*blurred).getextrema()[1] > MOST_DIFFERENCE


# -- type size -------------------------------------------------------------------------------


def test_type_sizes_are_those_on_paper(tmp_path: Path) -> None:
    """Also where the text is turned or made larger by a transformation."""
    folder = write_layout(
        tmp_path,
        "<p style='font-size: 12pt'>平</p>"
        "<p style='font-size: 10pt; transform: rotate(30deg)'>转</p>"
        "<p style='font-size: 8pt; transform: scale(2)'>大</p>",
    )
    [(_, pdf), *_] = sample_pdfs(read_layout(folder))
    assert proof.type_sizes(pdf) == [(10.0, "转"), (12.0, "平"), (16.0, "大")]


def test_text_below_the_floors_is_found_and_named(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "<p style='font-size: 5pt'>太小的字</p>")
    messages = {finding.message for finding in check_layout(read_layout(folder)).findings}
    assert messages == {
        "“太小的字”印成 5.0 磅，小于 layout.toml 里最小的字号 7 磅。放大它，或改 [floors]。"
    }


# -- what hangs in public --------------------------------------------------------------------

HANGS = {"door-card", "shop-card", "village-board", "watch-board", "qr-poster", "chain-chart"}


@pytest.mark.parametrize("spec", LAYOUTS, ids=lambda spec: spec.name)
def test_what_hangs_on_doors_and_boards_is_public(spec: LayoutSpec) -> None:
    assert spec.public or spec.name not in HANGS
    assert list(private(spec)) == []


@pytest.mark.parametrize(
    ("page", "line", "what"),
    [
        ("{% if false %}\n{{ household.phone }}{% endif %}", 2, "household.phone"),
        ('{% if false %}{{ household["head"] }}{% endif %}', 1, "household.head"),
        ('{% if false %}{{ household | attr("kinds") }}{% endif %}', 1, "household.kinds"),
        ("{% set h = household %}\n{% if false %}{{ h.code }}{% endif %}", 2, "h.code"),
        ("{% if false %}{% for h in households %}{% endfor %}{% endif %}", 1, "households"),
    ],
)
def test_a_public_page_that_could_ask_for_private_data_is_named_with_its_line(
    page: str, line: int, what: str, tmp_path: Path
) -> None:
    """Even where no sample comes to that place."""
    folder = write_layout(tmp_path, page + "字", "public = true")
    told = [finding.message for finding in check_layout(read_layout(folder)).findings]
    where = f"layout.html 第 {line} 行"
    assert f"{where}：公开的版式不能用 {what}。去掉它，或去掉 layout.toml 的 public。" in told


def test_a_page_that_is_not_public_may_ask(tmp_path: Path) -> None:
    folder = write_layout(tmp_path, "<p>{{ household.phone }}</p>")
    assert list(private(read_layout(folder))) == []


def write_layout(tmp_path: Path, body: str, more: str = "") -> Path:
    folder = tmp_path / "slip"
    folder.mkdir()
    toml = 'title = "条"\nsubject = "household"\nsize_mm = [105, 74]\nmust_show = []\n'
    (folder / "layout.toml").write_text(toml + more, "utf-8")
    (folder / "layout.html").write_text(f"<html lang='zh-CN'><body>{body}</body></html>", "utf-8")
    return folder

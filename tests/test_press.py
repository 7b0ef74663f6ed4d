"""The press: what stands in a volume's file, read back from the PDF. Cards made by hand."""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from drawing import (
    NAMES,
    art,
    card,
    card_form,
    card_grid,
    cell_box_pt,
    draw_page,
    lines_of,
    page_count,
    placed,
    pressed,
    replace,
    slot,
    style,
    text_in,
)
from PIL import Image

from cardgen import fonts, qr
from cardgen.fonts.setting import setting, twins
from cardgen.impose import Grid
from cardgen.model import Copy, Filled, Form
from cardgen.press.volume import press_volume
from cardgen.units import PT_PER_INCH, Rect, mm_to_pt

HEI = fonts.chain("cg-hei", 400)[0]


def text_form(key: str = "text", **changes: object) -> Form:
    """A card with one slot, 150 pt wide."""
    place = slot(150.0, left_pt=10, bottom_pt=50, **changes)  # type: ignore[arg-type]
    form = card_form(key, code=False)
    return replace(form, leaves=(replace(form.leaves[0], slots=((0, place),)),))


def said(text: str, form: str = "text") -> Filled:
    return Filled(Copy(text, "hand", text, "唐湾村", {}), form, (text,), ())


def pdfium_text(pdf: bytes, page: int = 0) -> str:
    return text_in(pdf, Rect(0, 0, 10_000, 10_000), page)


def content_of(pdf: bytes, page: int = 0) -> bytes:
    with pikepdf.open(io.BytesIO(pdf)) as document:
        return bytes(document.pages[page].Contents.read_bytes())


def picture(pdf: bytes, dpi: float = 100) -> Image.Image:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return document[0].render(scale=dpi / PT_PER_INCH).to_pil().convert("RGB")
    finally:
        document.close()


def pixel(image: Image.Image, x_mm: float, y_mm: float, dpi: float = 100) -> tuple[int, ...]:
    """The colour at a place of the page, from its lower left corner."""
    x, y = int(x_mm / 25.4 * dpi), image.height - 1 - int(y_mm / 25.4 * dpi)
    return tuple(image.getpixel((x, y)))  # type: ignore[arg-type]


# -- each copy shows its own -----------------------------------------------------------------


def test_every_copy_shows_its_own_texts_and_no_others() -> None:
    copies = [card(number, name=NAMES[0]) for number in range(6)]
    pdf = pressed(copies)
    for which in (1, 2):  # phone, serial
        letters = {copy.texts[which]: "abcdef"[number] for number, copy in enumerate(copies)}
        assert draw_page(pdf, card_grid(), letters) == "a b / c d / e f"


def test_the_last_sheet_has_empty_cells() -> None:
    copies = [card(number) for number in range(8)]
    pdf = pressed(copies)
    letters = {copy.copy.serial: "abcdefgh"[number] for number, copy in enumerate(copies)}
    assert page_count(pdf) == 2
    assert [draw_page(pdf, card_grid(), letters, page) for page in (0, 1)] == lines_of(
        """
        a b / c d / e f
        g h / . . / . .
        """
    )


def test_copies_of_two_forms_stand_side_by_side() -> None:
    forms = {"card": card_form(), "plain": card_form("plain", code=False)}
    copies = [
        card(number, form=("card", "plain")[number % 2], code=number % 2 == 0)
        for number in range(4)
    ]
    pdf = press_volume("", card_grid(), forms, placed(copies, forms, card_grid()))
    letters = {copy.copy.serial: "abcd"[number] for number, copy in enumerate(copies)}
    assert draw_page(pdf, card_grid(), letters) == "a b / c d / . ."
    assert content_of(pdf).count(b"BI /W") == 2


def test_a_text_of_one_form_is_not_reused_in_another() -> None:
    """The same words in the slot of the same number, but larger."""
    forms = {"text": text_form(), "large": text_form("large", type_style=style(16))}
    copies = [said("王秀英"), said("王秀英", "large")]
    content = content_of(press_volume("", card_grid(), forms, placed(copies, forms, card_grid())))
    assert re.findall(rb"/hei-regular ([\d.]+) Tf", content) == [b"10", b"16"]


def test_a_form_of_two_leaves_fills_two_pages() -> None:
    form = card_form(leaves=2)
    copies = [card(number) for number in range(3)]
    pdf = pressed(copies, form, card_grid(1, 2))
    assert page_count(pdf) == 4
    letters = {copy.copy.serial: "abc"[number] for number, copy in enumerate(copies)}
    drawn = [draw_page(pdf, card_grid(1, 2), letters, page) for page in range(4)]
    assert drawn == ["a / b", "a / b", "c / .", "c / ."]
    assert copies[0].texts[1] in pdfium_text(pdf, 0)
    assert copies[0].texts[1] not in pdfium_text(pdf, 1)  # only the serial is on the back


def test_codes_stand_in_their_cells_and_say_their_own() -> None:
    copies = [card(number) for number in range(6)]
    image = picture(pressed(copies), 150)
    scale = 150 / PT_PER_INCH
    for place, copy in enumerate(copies):
        box = cell_box_pt(card_grid(), place)
        crop = image.crop(
            (
                int(box.left * scale),
                int(image.height - box.top * scale),
                int(box.right * scale),
                int(image.height - box.bottom * scale),
            )
        )
        assert list(qr.decode(crop)) == list(copy.links)


def test_a_turned_slot_reads_from_below() -> None:
    """A quarter turn to the left around (30, 20): x becomes up."""
    form = text_form(matrix=(0.0, 1.0, -1.0, 0.0, 100.0, -5.0))
    pdf = pressed([said("王秀英")], form, card_grid(1, 1))
    document = pypdfium2.PdfDocument(pdf)
    text = document[0].get_textpage()
    boxes = [text.get_charbox(index) for index in range(3)]
    document.close()
    lefts, bottoms = [box[0] for box in boxes], [box[1] for box in boxes]
    assert max(lefts) - min(lefts) < 3
    assert bottoms == sorted(bottoms) and bottoms[2] - bottoms[0] == pytest.approx(20, abs=1)


def test_letter_spacing_parts_the_letters_and_is_put_back() -> None:
    form = text_form(type_style=style(10, letter_spacing_pt=4.0))
    content = content_of(pressed([said("王秀英")], form, card_grid(1, 1))).decode()
    assert content.count(" 4 Tc ") == 1 and content.index("4 Tc") < content.index(" 0 Tc ET")


# -- the same bytes --------------------------------------------------------------------------

PRESS = """
import hashlib
from drawing import card, pressed
pdf = pressed([card(n, name="张𬱖" if n % 3 else "") for n in range(9)])
print(hashlib.sha256(pdf).hexdigest())
"""


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_the_same_copies_give_the_same_bytes_in_every_process(seed: str) -> None:
    copies = [card(number, name="张𬱖" if number % 3 else "") for number in range(9)]
    here = hashlib.sha256(pressed(copies)).hexdigest()
    assert hashlib.sha256(pressed(copies)).hexdigest() == here
    root = Path(__file__).parent
    path = os.pathsep.join([str(root), str(root.parent)])
    ran = subprocess.run(
        [sys.executable, "-c", PRESS],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path, "TZ": "Asia/Shanghai"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == here


# -- text that comes out right ---------------------------------------------------------------


@pytest.mark.parametrize("name", ["张𬱖", "李䶮", "王𠅤", "㐱明", "迪丽努尔·阿不都", "Anna Müller"])
def test_names_come_out_as_they_went_in(name: str) -> None:
    pdf = pressed([said(name)], text_form(), card_grid(1, 1))
    assert pdfium_text(pdf) == name
    assert poppler_text(pdf) in (name, None)


def poppler_text(pdf: bytes) -> str | None:
    """The text as poppler reads it, where it is installed."""
    tool = shutil.which("pdftotext")
    if tool is None:
        return None
    ran = subprocess.run(
        [tool, "-enc", "UTF-8", "-", "-"], input=pdf, capture_output=True, check=True
    )
    return ran.stdout.decode().strip()


def shared_glyphs() -> list[tuple[str, str]]:
    """Characters of the face that share a glyph, from its cmap: a radical and its hanzi, …"""
    first: dict[int, str] = {}
    pairs = []
    for codepoint in sorted(fonts.characters(HEI)):
        glyph = fonts.nominal_glyph(HEI, codepoint)
        if glyph in first:
            pairs.append((first[glyph], chr(codepoint)))
        else:
            first[glyph] = chr(codepoint)
    return pairs


def test_two_characters_of_one_glyph_are_both_read_as_themselves() -> None:
    pairs = [pair for pair in shared_glyphs() if "\u4e00" <= pair[1] <= "\ufaff"][:20]
    assert len(pairs) == 20
    for one, other in pairs[:3]:
        (own,) = setting(one + other, (HEI,), ()).pieces
        codes = own.codes or tuple(own.table.codes(own.text))
        assert codes[0][0] != codes[1][0] and codes[0][1] == codes[1][1]
    text = "".join(one + other for one, other in pairs[:8])
    pdf = pressed([said(text)], text_form(type_style=style(8)), card_grid(1, 1))
    assert pdfium_text(pdf) == text
    assert poppler_text(pdf) in (text, None)


def test_the_code_of_a_twin_does_not_depend_on_what_is_printed() -> None:
    assert min(twins(HEI).values()) > fonts.metrics(HEI).glyph_count
    assert len(set(twins(HEI).values())) == len(twins(HEI))


# -- fonts -----------------------------------------------------------------------------------


def fonts_of(pdf: bytes) -> dict[str, tuple[bytes, dict[int, str], list[int]]]:
    """Each font by its name: its program, its ToUnicode, and the codes its pages show."""
    found = {}
    with pikepdf.open(io.BytesIO(pdf)) as document:
        names = {}
        for page in document.pages:
            for key, font in page.Resources.Font.items():
                below = font.DescendantFonts[0]
                program = below.FontDescriptor.FontFile2.read_bytes()
                unicode = font.ToUnicode.read_bytes().decode()
                names[key] = (str(font.BaseFont), program, unicode)
        shown = shown_codes(document)
    for key, (name, program, unicode) in names.items():
        pairs = re.findall(r"<([0-9A-F]{4})> <([0-9A-F]+)>", unicode.split("endcodespacerange")[1])
        meanings = {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}
        found[name] = (program, meanings, shown.get(key, []))
    return found


def shown_codes(document: pikepdf.Pdf) -> dict[str, list[int]]:
    """The codes that the pages' own content shows, by the font's key."""
    shown: dict[str, list[int]] = {}
    for page in document.pages:
        key = ""
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) == "Tf":
                key = str(operands[0])
            elif str(operator) in ("Tj", "TJ"):
                parts = operands[0] if str(operator) == "TJ" else operands
                raw = b"".join(bytes(part) for part in parts if isinstance(part, pikepdf.String))
                codes = [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
                shown.setdefault(key, []).extend(codes)
    return shown


def test_every_glyph_is_embedded_and_has_its_meaning() -> None:
    copies = [card(number, name="张𬱖" if number == 4 else "") for number in range(6)]
    copies.append(card(7, name="A\u0f40B"))
    found = fonts_of(pressed(copies))
    assert sorted(name.partition("+")[2] for name in found) == [
        "CardgenHei-Regular",
        "CardgenTibetan-Regular",
    ]
    everything = ""
    for name, (program, meanings, codes) in found.items():
        assert re.fullmatch(r"/[A-Z]{6}\+.*", name)
        assert program[:4] == b"\0\1\0\0"
        assert codes and 0 not in codes
        assert set(codes) == set(meanings)
        everything += "".join(meanings[code] for code in codes)
    assert Counter(everything) == Counter("".join("".join(copy.texts) for copy in copies))


def test_no_font_of_the_reader_is_asked_for() -> None:
    pdf = pressed([card(number) for number in range(7)])
    assert b"Helvetica" not in pdf
    with pikepdf.open(io.BytesIO(pdf)) as document:
        kinds = {str(o.get("/Subtype")) for o in document.objects if is_font(o)}
    assert kinds == {"/Type0", "/CIDFontType2"}


def is_font(thing: pikepdf.Object) -> bool:
    return isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/Font"


def test_only_the_glyphs_in_use_are_embedded() -> None:
    (program, _, _), *_ = fonts_of(pressed([card(0)])).values()
    assert len(program) < 20_000 < HEI.path.stat().st_size


# -- art, colours, the file ------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 6, 24])
def test_the_art_stands_in_the_file_once(count: int) -> None:
    with pikepdf.open(io.BytesIO(pressed([card(number) for number in range(count)]))) as document:
        streams = [o for o in document.objects if isinstance(o, pikepdf.Stream)]
        forms = [o.read_bytes() for o in streams if o.get("/Subtype") == "/Form"]
        drawn = sum(page.Contents.read_bytes().count(b" Do") for page in document.pages)
    assert len(forms) == 1 and b"0.6 0.2 0.1 rg" in forms[0]
    assert drawn == count


def test_black_is_written_as_grey() -> None:
    content = content_of(pressed([card(number) for number in range(6)]))
    assert b"0 0 0 rg" not in content and b"0 0 0 RG" not in content
    assert set(re.findall(rb"[\d.]+ g\b", content)) == {b"0 g"}


@pytest.mark.parametrize(
    ("colour", "operator"),
    [
        ((0.5,), b"0.5 g"),
        ((0.6118, 0.1882, 0.1333), b"0.6118 0.1882 0.1333 rg"),
        ((0.0, 0.0, 0.0, 1.0), b"0 0 0 1 k"),
    ],
)
def test_a_slot_is_inked_in_its_colour(colour: tuple[float, ...], operator: bytes) -> None:
    form = text_form(type_style=style(10, colour=colour))
    assert operator in content_of(pressed([said("王秀英")], form, card_grid(1, 1)))


def test_art_is_clipped_where_its_bleed_meets_a_neighbour() -> None:
    """The art paints its trim and 3 mm around it; rows touch, columns are 8 mm apart."""
    red = art(b"1 0 0 rg -20 -20 400 400 re f")
    form = text_form()
    form = replace(form, leaves=(replace(form.leaves[0], art=red),))
    # Only the lower copy is there: nothing of it may stand in the cell above.
    fitted = placed([said("王")], {form.key: form}, card_grid())[0]
    pdf = press_volume("", card_grid(), {form.key: form}, [replace(fitted, place=2)])
    cell, image = card_grid().cell(2), picture(pdf)
    red_at = {
        "left": pixel(image, cell.left_mm - 2.5, cell.bottom_mm + 20),
        "right": pixel(image, cell.left_mm + 62.5, cell.bottom_mm + 20),
        "above": pixel(image, cell.left_mm + 30, cell.bottom_mm + 40.7),
        "below": pixel(image, cell.left_mm + 30, cell.bottom_mm - 0.7),
        "far left": pixel(image, cell.left_mm - 3.7, cell.bottom_mm + 20),
    }
    assert {side for side, colour in red_at.items() if colour == (255, 0, 0)} == {"left", "right"}
    assert {red_at["above"], red_at["below"], red_at["far left"]} == {(255, 255, 255)}


def test_crop_marks_are_drawn_in_black_where_the_grid_says() -> None:
    image = picture(pressed([card(0)]), 300)
    x1, y1, x2, y2 = card_grid().mark_lines_mm()[0]
    middle = pixel(image, (x1 + x2) / 2, (y1 + y2) / 2, 300)
    assert max(middle) < 200 and len(set(middle)) == 1
    without = picture(pressed([card(0)], None, card_grid(marks=False)), 300)
    assert pixel(without, (x1 + x2) / 2, (y1 + y2) / 2, 300) == (255, 255, 255)


def test_the_file_tells_printers_not_to_scale_it() -> None:
    with pikepdf.open(io.BytesIO(pressed([card(0)]))) as document:
        assert document.Root.ViewerPreferences.PrintScaling == "/None"
        assert str(document.Root.Lang) == "zh-CN"
        assert str(document.docinfo["/Title"]) == "试印"
        box = [float(value) for value in document.pages[0].MediaBox]
    assert box == pytest.approx([0, 0, mm_to_pt(210), mm_to_pt(297)], abs=0.01)


@pytest.mark.skipif(shutil.which("qpdf") is None, reason="qpdf is not installed")
def test_qpdf_finds_nothing_wrong(tmp_path: Path) -> None:
    path = tmp_path / "volume.pdf"
    path.write_bytes(
        pressed([card(number, name="张𬱖") for number in range(14)], card_form(leaves=2))
    )
    ran = subprocess.run(
        ["qpdf", "--check", str(path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "No syntax or stream encoding errors found" in ran.stdout


# -- beside the copies -----------------------------------------------------------------------


def beside_pdf(**more: object) -> tuple[bytes, Grid]:
    grid = card_grid(foot=True)
    forms = {"card": card_form()}
    copies = [card(number) for number in range(8)]
    return press_volume("", grid, forms, placed(copies, forms, grid), **more), grid  # type: ignore[arg-type]


def test_the_foot_tells_batch_volume_sheet_and_serials() -> None:
    pdf, grid = beside_pdf(foot="批次 K7QM3X\t爱心联系卡\t唐湾村-001")
    foot = grid.foot_mm()
    assert foot is not None
    box = Rect(*(mm_to_pt(v) for v in (foot.left, foot.bottom, foot.width, foot.height)))
    serials = [card(number).copy.serial for number in range(8)]
    told = [" ".join(text_in(pdf, box.grown(2), page).split()) for page in (0, 1)]
    assert told[0] == (f"批次 K7QM3X 爱心联系卡 唐湾村-001 第 1/2 张 {serials[0]} 至 {serials[5]}")
    assert told[1].endswith(f"第 2/2 张 {serials[6]} 至 {serials[7]}")


def test_a_foot_that_is_too_long_keeps_the_sheets_number_and_serials() -> None:
    pdf, grid = beside_pdf(foot="\t".join(["很长的批次名称" * 30, "唐湾村-001"]))
    text = text_in(pdf, Rect(0, 0, mm_to_pt(grid.width_mm), mm_to_pt(12)), 0)
    assert "第 1/2 张" in text and "很长" not in text and "唐湾村-001" in text


def test_void_cells_are_crossed_out_and_said_to_be_void() -> None:
    pdf, grid = beside_pdf(voids={1: [2, 5]})
    for place in range(6):
        text = text_in(pdf, cell_box_pt(grid, place), 1)
        assert ("作废" in text) == (place in (2, 5))
        assert "作废" not in text_in(pdf, cell_box_pt(grid, place), 0)


def test_what_stands_beside_is_in_black_only() -> None:
    pdf, _ = beside_pdf(foot="批次 A", voids={1: [2]})
    with pikepdf.open(io.BytesIO(pdf)) as document:
        names = {
            str(step.operator)
            for page in document.pages
            for step in pikepdf.parse_content_stream(page)
        }
    assert names.isdisjoint({"rg", "RG", "k", "K", "sc", "scn", "SC", "SCN"})

"""Two files from one design: what files for offices and for print shops say and are made of."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import pikepdf
import pytest
from drawing import art, card, card_form, card_grid, card_job, placed, replace, slot, style
from PIL import Image, ImageCms
from readers import ink_coverage, plates, press_icc, told
from typer.testing import CliRunner

from cardgen import icc
from cardgen.errors import LayoutError, UsageError
from cardgen.impose import grid_for
from cardgen.layouts import find_layout
from cardgen.model import FOR_OFFICE, Duplex, Form, Paper, Profile, SheetSpec, Target
from cardgen.press.inks import Inks, grey_of
from cardgen.press.profile import page_boxes
from cardgen.press.separate import separated
from cardgen.press.srgb import srgb_profile
from cardgen.press.volume import press_volume
from cardgen.produce import Options, build
from cardgen.volume import make_volume

SHOP = Target(Profile.SHOP)
RED = (0.611765, 0.188235, 0.133333)


def pressed(target: Target, form: Form | None = None, count: int = 7, **grid: object) -> bytes:
    form = form or card_form()
    sheet, forms = card_grid(**grid), {form.key: form}
    copies = placed([card(number) for number in range(count)], forms, sheet)
    return press_volume("唐湾村 <试印> & 样张", sheet, forms, copies, target=target)


def with_press() -> Target:
    return icc.shop_target(press_icc())


@lru_cache(maxsize=4)  # what is read of a document lasts as long as it is open
def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def saved(pdf: bytes, folder: Path) -> Path:
    path = folder / "made.pdf"
    path.write_bytes(pdf)
    return path


def packet(pdf: bytes) -> str:
    return bytes(opened(pdf).Root.Metadata.read_bytes()).decode()


# -- what a file says of itself --------------------------------------------------------------


def test_a_file_for_an_office_says_that_it_is_pdf_a_2u() -> None:
    document = opened(pressed(FOR_OFFICE))
    said = document.open_metadata()
    assert (said["pdfaid:part"], said["pdfaid:conformance"]) == ("2", "U")
    (intent,) = document.Root.OutputIntents
    assert (intent.S, intent.DestOutputProfile.N) == ("/GTS_PDFA1", 3)
    assert intent.DestOutputProfile.read_bytes() == srgb_profile()
    assert "/TrimBox" not in document.pages[0].obj


def test_a_file_for_a_shop_says_that_it_is_pdf_x_4() -> None:
    target = with_press()
    document = opened(pressed(target))
    said = document.open_metadata()
    assert said["pdfxid:GTS_PDFXVersion"] == "PDF/X-4"
    assert (said["pdf:Trapped"], document.docinfo.Trapped) == ("False", "/False")
    (intent,) = document.Root.OutputIntents
    assert (intent.S, intent.DestOutputProfile.N) == ("/GTS_PDFX", 4)
    assert intent.DestOutputProfile.read_bytes() == Path(target.icc).read_bytes()
    assert document.pdf_version == "1.6"


def test_without_the_shops_profile_a_file_makes_no_claim() -> None:
    pdf = pressed(SHOP)
    assert "/OutputIntents" not in opened(pdf).Root
    assert "GTS_PDFXVersion" not in packet(pdf) and "pdfaid" not in packet(pdf)


@pytest.mark.parametrize("target", [FOR_OFFICE, SHOP])
def test_title_language_and_wishes_for_the_printer_stand_in_both(target: Target) -> None:
    document = opened(pressed(target))
    said = document.open_metadata()
    assert said["dc:title"] == str(document.docinfo.Title) == "唐湾村 <试印> & 样张"
    assert said["xmp:CreatorTool"] == str(document.docinfo.Creator)
    assert said["xmp:CreateDate"][:10].replace("-", "") in str(document.docinfo.CreationDate)
    assert (str(document.Root.Lang), list(said["dc:language"])) == ("zh-CN", ["zh-CN"])
    wishes = {key: str(value) for key, value in document.Root.ViewerPreferences.items()}
    assert wishes == {
        "/PrintScaling": "/None",
        "/PickTrayByPDFSize": "True",
        "/DisplayDocTitle": "True",
        "/Duplex": "/Simplex",
    }
    assert "/Trans" not in document.pages[0].obj


@pytest.mark.parametrize(
    ("duplex", "wish"),
    [(Duplex.LONG, "/DuplexFlipLongEdge"), (Duplex.SHORT, "/DuplexFlipShortEdge")],
)
def test_the_printer_is_told_over_which_edge_it_turns(duplex: Duplex, wish: str) -> None:
    form = card_form(leaves=2)
    assert opened(pressed(SHOP, form, duplex=duplex)).Root.ViewerPreferences.Duplex == wish


def test_the_identifier_is_that_of_the_content() -> None:
    first, same, other = pressed(SHOP), pressed(SHOP), pressed(SHOP, count=6)
    assert first == same
    ids = [re.findall("DocumentID>(.*?)<", packet(each))[0] for each in (first, other)]
    assert ids[0] != ids[1]
    assert bytes(opened(first).trailer.ID[0]).hex() == ids[0][5:].replace("-", "")


def test_every_process_writes_the_same_bytes() -> None:
    code = (
        "import sys, hashlib; sys.path.insert(0, 'tests'); import test_profiles as t;"
        "print(hashlib.sha256(t.pressed(t.with_press()) + t.pressed(t.FOR_OFFICE)).hexdigest())"
    )
    here = Path(__file__).parent.parent
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            cwd=here,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "4711")
    }
    assert len(seen) == 1


@pytest.mark.parametrize("shop", [False, True])
def test_other_programs_find_nothing_wrong(shop: bool, tmp_path: Path) -> None:
    path = saved(pressed(with_press() if shop else FOR_OFFICE), tmp_path)
    assert "No syntax or stream encoding errors" in told("qpdf", "--check", path)
    assert "PDF-1." in told("mutool", "info", path)
    for line in told("pdffonts", path).splitlines()[2:]:
        assert re.search(r" yes yes yes +\d+ +0$", line), line


def test_the_profile_of_offices_is_srgb() -> None:
    ours = ImageCms.ImageCmsProfile(io.BytesIO(srgb_profile()))
    to_srgb = ImageCms.buildTransform(ours, ImageCms.createProfile("sRGB"), "RGB", "RGB")
    ramp = Image.linear_gradient("L")
    picture = Image.merge("RGB", (ramp, ramp.rotate(90), ramp.rotate(180)))
    assert to_srgb.apply(picture).tobytes() == picture.tobytes()


# -- boxes -----------------------------------------------------------------------------------


def boxes(pdf: bytes, page: int = 0) -> list[list[float]]:
    shown = opened(pdf).pages[page].obj
    return [
        [round(float(v) / 72 * 25.4, 1) for v in shown[name]]
        for name in ("/MediaBox", "/BleedBox", "/TrimBox")
    ]


def test_trim_is_the_block_and_bleed_is_around_it() -> None:
    block = card_grid().block_mm
    trim = [round(v, 1) for v in (block.left, block.bottom, block.right, block.top)]
    bleed = [trim[0] - 3, trim[1] - 3, trim[2] + 3, trim[3] + 3]
    assert boxes(pressed(SHOP)) == [[0, 0, 210, 297], [round(v, 1) for v in bleed], trim]


def test_the_boxes_of_a_back_lie_behind_those_of_its_front() -> None:
    pdf = pressed(
        SHOP, card_form(leaves=2), duplex=Duplex.LONG, first_mm=(10.0, 10.0), margins_mm=(0,) * 4
    )
    (_, _, front), (_, _, back) = boxes(pdf, 0), boxes(pdf, 1)
    assert back == [round(210 - front[2], 1), front[1], round(210 - front[0], 1), front[3]]


def test_a_page_for_each_copy_has_the_boxes_of_the_copy() -> None:
    spec = replace(find_layout("love-card"), bleed_mm=3.0)
    grid = grid_for(spec, SheetSpec(paper=Paper.SINGLE))
    media, bleed, trim = (
        [float(v) / 72 * 25.4 for v in page_boxes(grid, SHOP)[name].sequence]  # type: ignore[attr-defined]
        for name in ("MediaBox", "BleedBox", "TrimBox")
    )
    assert trim[2] - trim[0] == pytest.approx(90) and trim[3] - trim[1] == pytest.approx(54)
    assert bleed == pytest.approx([trim[0] - 3, trim[1] - 3, trim[2] + 3, trim[3] + 3])
    assert media[0] <= bleed[0] and media[2] >= bleed[2]


# -- inks ------------------------------------------------------------------------------------


def drawn(content: bytes, target: Target = SHOP, **resources: object) -> bytes:
    """Art with this content, in inks; its content stream."""
    source = pikepdf.open(io.BytesIO(art(content)))
    for name, value in resources.items():
        made = value(source) if callable(value) else value
        source.pages[0].Resources[f"/{name}"] = made
    buffer = io.BytesIO()
    source.save(buffer)
    result = opened(separated(buffer.getvalue(), Inks(target)))
    drawn.result = result  # type: ignore[attr-defined]
    return bytes(result.pages[0].Contents.read_bytes())


def test_one_colour_is_ink_for_a_band_and_grey_for_small_type() -> None:
    written = drawn(
        b"0.6 0.2 0.1 rg 0 0 9 9 re f BT /F 9 Tf (a) Tj /F 20 Tf (b) Tj 1 0 0 .5 0 0 Tm (c) Tj ET"
    )
    assert re.sub(rb"\s+", b" ", written).strip() == (
        b"0 0.6666 0.8333 0.4 k 0 0 9 9 re f BT /F 9 Tf 0.3356 g (a) Tj /F 20 Tf "
        b"0 0.6666 0.8333 0.4 k (b) Tj 1 0 0 .5 0 0 Tm (c) Tj ET"
    )


def test_the_size_of_type_is_that_on_paper() -> None:
    written = drawn(b".5 0 0 .5 0 0 cm 0.6 0.2 0.1 rg BT /F 20 Tf (a) Tj ET")
    assert b" g\n" in written and b" k\n" not in written


def test_white_type_stays_white_and_a_neutral_tone_is_black_alone() -> None:
    written = drawn(b"1 1 1 rg BT /F 9 Tf (a) Tj ET 0.5 0.5 0.5 RG 0 0 m 9 9 l S")
    assert b"1 g" in written and b"0.5 G" in written and b"RG" not in written


def test_a_colour_set_before_a_saved_state_is_still_there_behind_it() -> None:
    written = drawn(b"0.6 0.2 0.1 rg q BT /F 9 Tf (a) Tj ET Q 0 0 9 9 re f")
    assert written.split().count(b"k") == 1 and written.split().count(b"g") == 1
    assert written.index(b"g") < written.index(b"Q") < written.index(b" k")


def test_a_colour_set_within_a_saved_state_ends_with_it() -> None:
    written = drawn(b"0.6 0.2 0.1 rg q 1 0 0 rg 0 0 9 9 re f Q 0 0 8 8 re f").split(b"Q")
    assert b"0 1 1 0 k" in written[0] and b"0 0.6666 0.8333 0.4 k" in written[1]


def test_a_code_in_a_colour_is_solid_black_in_a_shop() -> None:
    form = card_form()
    ((number, code),) = form.leaves[0].codes
    red = replace(form.leaves[0], codes=((number, replace(code, colour=RED)),))
    form = replace(form, leaves=(red,))
    operators = {
        target.profile: opened(pressed(target, form, 1)).pages[0].Contents.read_bytes()
        for target in (SHOP, FOR_OFFICE)
    }
    assert re.search(rb"q 0 g [\d. ]+ cm\nBI", operators[Profile.SHOP])
    assert re.search(rb"q 0.6118 0.1882 0.1333 rg [\d. ]+ cm\nBI", operators[Profile.OFFICE])


def test_a_picture_becomes_four_inks_and_a_grey_one_black_alone() -> None:
    def pictures(document: pikepdf.Pdf) -> pikepdf.Dictionary:
        made = {}
        for name, pixel in (("/Red", b"\xff\x00\x00"), ("/Grey", b"\x80\x80\x80")):
            made[name] = document.make_stream(
                pixel * 4, Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=2,
                Height=2, ColorSpace=pikepdf.Name.DeviceRGB, BitsPerComponent=8,
            )  # fmt: skip
        return pikepdf.Dictionary(made)

    drawn(b"/Red Do /Grey Do", XObject=pictures)
    shown = drawn.result.pages[0].Resources.XObject  # type: ignore[attr-defined]
    assert (shown.Red.ColorSpace, shown.Red.read_bytes()) == ("/DeviceCMYK", b"\0\xff\xff\0" * 4)
    assert (shown.Grey.ColorSpace, shown.Grey.read_bytes()) == ("/DeviceGray", b"\x80" * 4)


def test_a_gradient_goes_from_ink_to_ink() -> None:
    shading = pikepdf.Object.parse(
        b"<</s <</ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 1 0]"
        b" /Function <</FunctionType 3 /Domain [0 1] /Encode [0 1] /Bounds []"
        b" /Functions [<</FunctionType 2 /Domain [0 1] /N 1"
        b" /C0 [1 0 0] /C1 [0.5 0.5 0.5]>>]>> >> >>"
    )
    drawn(b"/s sh", Shading=shading)
    made = drawn.result.pages[0].Resources.Shading.s  # type: ignore[attr-defined]
    ends = made.Function.Functions[0]
    assert made.ColorSpace == "/DeviceCMYK"
    assert [[float(v) for v in ends[key]] for key in ("/C0", "/C1")] == [
        [0, 1, 1, 0],
        [0, 0, 0, 0.5],
    ]


def test_a_colour_that_has_no_ink_is_named() -> None:
    with pytest.raises(LayoutError) as caught:
        drawn(b"/lab-d65 cs 50 1 1 scn 0 0 9 9 re f")
    assert "lab-d65" in caught.value.message and "device-cmyk" in caught.value.hint


def test_texts_of_slots_are_black_below_14_points_and_codes_always() -> None:
    inks = Inks(SHOP)
    assert inks.text(RED, 13.9) == (0.3371,)
    assert inks.text(RED, 14.0) == icc.inks_of(RED)
    assert inks.text((1.0, 1.0, 1.0), 9) == (1.0,)
    assert inks.code(RED) == (0.0,)
    assert Inks().text(RED, 9) == Inks().code(RED) == RED
    form = card_form(type_style=style(colour=RED))
    page = opened(pressed(SHOP, form)).pages[0].Contents.read_bytes()
    assert b"BT 0.3371 g" in page and b"rg" not in page


def test_grey_is_as_light_as_its_colour() -> None:
    assert grey_of((0.5, 0.5, 0.5)) == 0.5
    assert grey_of((0.0, 0.0, 0.0, 1.0)) == 0.0
    assert 0.5 < grey_of((0.0, 0.7, 0.0)) < 0.7 and grey_of((0.0, 0.0, 1.0)) < 0.35


def test_no_colour_is_more_than_300_percent_of_ink() -> None:
    press = press_icc().read_bytes()
    steps = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    for profile in (b"", press):
        most = max(
            sum(icc.inks_of((r, g, b), profile)) for r in steps for g in steps for b in steps
        )
        assert 1.5 < most <= 3.0
    # A press whose black is heavier than paper bears.
    assert sum(icc._bounded((1.0, 0.9, 0.9, 1.0))) <= 3.0
    full = Image.new("CMYK", (2, 2), (255, 230, 230, 255))
    bounded = icc._bounded_picture(full).getpixel((0, 0))
    assert isinstance(bounded, tuple) and sum(bounded) <= 3 * 255 and bounded[3] == 255


def test_a_page_without_colour_has_no_cyan_magenta_or_yellow(tmp_path: Path) -> None:
    form = card_form()
    plain = replace(form, leaves=(replace(form.leaves[0], art=art(b"0 g 0 0 5 5 re f")),))
    for target in (SHOP, with_press()):
        for inks in ink_coverage(saved(pressed(target, plain), tmp_path)):
            assert inks[:3] == (0, 0, 0) and inks[3] > 0


def test_the_plates_of_a_love_card_have_its_band_in_colour_and_all_else_in_black(
    workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    build(
        workspace, Options(out=out, workers=0, profile=Profile.SHOP, icc=press_icc(), cover=False)
    )
    path = next((out / "love-card").glob("*.pdf"))
    grid, ink = grid_for(find_layout("love-card")), plates(path, tmp_path)
    bands = Image.new("L", ink["Cyan"].size, 0)
    for place in range(grid.places):
        box = grid.bleed_box_mm(place)
        left, right = box.left, grid.cell(place).left_mm + 2.6
        top, bottom = grid.height_mm - box.top, grid.height_mm - box.bottom
        edges = [round(v / 25.4 * 100) for v in (left, top, right, bottom)]
        bands.paste(255, (edges[0] - 1, edges[1] - 1, edges[2] + 1, edges[3] + 1))
    white = Image.new("L", bands.size, 255)
    for name in ("Cyan", "Magenta", "Yellow"):
        assert min(ink[name].getextrema()) < 230, name  # the band is there
        assert Image.composite(white, ink[name], bands).getextrema() == (255, 255), name
    assert Image.composite(white, ink["Black"], bands).getextrema()[0] < 60  # the text


# -- what a clerk asks for -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda icc: b"no profile", "shop.icc 不是 ICC 色彩配置文件"),
        (lambda icc: icc[:5000], "shop.icc 不完整：应有 187,484 字节，实有 5,000"),
        (lambda icc: icc[:8] + b"\5" + icc[9:], "shop.icc 是第 5 版 ICC"),
        (lambda icc: icc[:16] + b"RGB " + icc[20:], "shop.icc 是 RGB 的配置文件，印刷要 CMYK 的"),
        (lambda icc: icc[:12] + b"scnr" + icc[16:], "shop.icc 是扫描仪的配置文件，不是印刷机的"),
        (lambda icc: icc[:128] + bytes(len(icc) - 128), "shop.icc 坏了"),
    ],
)
def test_what_is_not_the_profile_of_a_press_is_named(
    change: object, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "shop.icc"
    path.write_bytes(change(press_icc().read_bytes()))  # type: ignore[operator]
    with pytest.raises(UsageError) as caught:
        icc.shop_target(path)
    assert caught.value.message.startswith(message)
    assert "请向印刷厂要" in caught.value.hint


def test_a_profile_that_changes_under_way_is_not_used(tmp_path: Path) -> None:
    path = tmp_path / "shop.icc"
    path.write_bytes(press_icc().read_bytes())
    target = icc.shop_target(path)
    path.write_bytes(press_icc().read_bytes() + b"\0")
    with pytest.raises(UsageError, match="换掉了"):
        icc.load(target)


def test_a_shop_without_its_profile_is_told_what_to_do(workspace: Path) -> None:
    with (workspace / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write('\n[print]\nprofile = "shop"\n')
    result = build(workspace, Options(workers=0))
    (found,) = [each for each in result.problems if each.code == "icc-missing"]
    assert found.severity == "notice" and 'icc = "文件名.icc"' in found.message
    assert result.closes and result.printed == 30


def test_the_command_wins_over_the_campaign(workspace: Path) -> None:
    from cardgen.cli.app import app

    with (workspace / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write('\n[print]\nprofile = "shop"\nicc = "shop.icc"\n')
    runner = CliRunner()
    missing = runner.invoke(app, ["build", str(workspace), "--jobs", "0"])
    assert isinstance(missing.exception, UsageError) and "shop.icc" in missing.exception.message
    assert runner.invoke(app, ["build", str(workspace), "--profile", "office"]).exit_code == 0
    (workspace / "shop.icc").write_bytes(press_icc().read_bytes())
    assert runner.invoke(app, ["build", str(workspace), "--jobs", "0"]).exit_code == 0
    path = next((workspace / "out" / "love-card").glob("*.pdf"))
    assert b"PDF/X-4" in path.read_bytes()


def test_a_layout_without_inks_is_named(tmp_path: Path) -> None:
    form = card_form()
    odd = replace(form, leaves=(replace(form.leaves[0], art=art(b"/lab-d65 cs 1 1 1 sc")),))
    job = card_job(tmp_path, 2, forms={odd.key: odd}, profile=SHOP)
    with pytest.raises(LayoutError, match=r"^hand：版式里有 lab-d65 的颜色，换不成油墨。$"):
        make_volume(job)
    assert not list(tmp_path.rglob("*.pdf*"))


def test_an_office_has_no_use_for_a_press_profile(workspace: Path) -> None:
    with pytest.raises(UsageError, match="--icc 只用于印刷厂的文件"):
        build(workspace, Options(workers=0, icc=press_icc()))


def test_slots_with_a_turn_are_measured_as_they_stand() -> None:
    turned = slot(91, left_pt=12, bottom_pt=92, matrix=(0, 0.5, -0.5, 0, 60, 0))
    form = card_form(code=False)
    big = replace(turned, style=style(20, colour=RED))
    leaf = replace(form.leaves[0], slots=((0, big), *form.leaves[0].slots[1:]))
    page = opened(pressed(SHOP, replace(form, leaves=(leaf,)), 1)).pages[0].Contents.read_bytes()
    assert b"BT 0.3371 g" in page

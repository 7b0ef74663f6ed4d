"""Preflight: a fault planted in a finished file is named, with its page."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest
from drawing import art, card_form, replace
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from pikepdf import Array, Dictionary, Name
from readers import told
from test_profiles import SHOP, pressed, with_press
from typer.testing import CliRunner

from cardgen.cli.app import app
from cardgen.errors import OutputError, UsageError
from cardgen.model import FOR_OFFICE, Profile, Target
from cardgen.preflight import Finding, glyph_faults, preflight, profile_of
from cardgen.preflight.programs import read_program

Change = Callable[[pikepdf.Pdf], object]


def changed(pdf: bytes, change: Change) -> bytes:
    """The file with something done to it."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        buffer = io.BytesIO()
        document.save(buffer)
    return buffer.getvalue()


def found(change: Change, target: Target = FOR_OFFICE) -> list[tuple[int, str]]:
    """What preflight finds in a file of seven cards on two pages after this was done to it."""
    findings = preflight(changed(pressed(target), change))
    return [(each.page, each.message) for each in findings]


def fonts_of(document: pikepdf.Pdf) -> Dictionary:
    return document.pages[0].Resources.Font  # type: ignore[no-any-return]


def descendant(document: pikepdf.Pdf) -> pikepdf.Object:
    return fonts_of(document)["/hei-regular"].DescendantFonts[0]


def append(content: bytes, page: int = 1) -> Change:
    """Draw something more on a page."""

    def change(document: pikepdf.Pdf) -> None:
        document.pages[page].contents_add(document.make_stream(b"q " + content + b" Q"))

    return change


# -- nothing is wrong ------------------------------------------------------------------------


@pytest.mark.parametrize("leaves", [1, 2])
def test_our_own_files_are_in_order(leaves: int) -> None:
    form = card_form(leaves=leaves)
    for target in (FOR_OFFICE, with_press()):
        assert preflight(pressed(target, form)) == []


def test_a_file_is_looked_at_as_what_it_says_it_is() -> None:
    assert profile_of(pressed(FOR_OFFICE)) is Profile.OFFICE
    assert profile_of(pressed(with_press())) is Profile.SHOP
    assert profile_of(pressed(SHOP)) is Profile.SHOP


def test_a_shops_file_without_its_profile_is_told_apart() -> None:
    assert preflight(pressed(SHOP)) == [
        Finding(0, "没有 PDF/X 的输出意图：颜色按什么印，文件里没有说"),
        Finding(0, "文件没有声明 PDF/X-4"),
    ]


def test_an_offices_file_is_not_for_a_shop() -> None:
    messages = {each.message for each in preflight(pressed(FOR_OFFICE), Profile.SHOP)}
    assert "有 RGB 颜色，给印刷厂的文件只用黑色和四色" in messages
    assert "没有成品框（TrimBox）" in messages


def test_a_file_that_went_through_ghostscript_keeps_its_glyphs(tmp_path: Path) -> None:
    (tmp_path / "in.pdf").write_bytes(pressed(with_press()))
    told("gs", "-q", "-sDEVICE=pdfwrite", "-o", tmp_path / "out.pdf", tmp_path / "in.pdf")
    assert glyph_faults(tmp_path / "out.pdf") == []
    fonts = [each for each in preflight(tmp_path / "out.pdf") if "字体" in each.message]
    assert fonts == []


# -- glyphs and fonts ------------------------------------------------------------------------


def test_glyph_0_is_named_by_its_character() -> None:
    def lose(document: pikepdf.Pdf) -> None:
        font = fonts_of(document)["/hei-regular"]
        table = font.DescendantFonts[0].CIDToGIDMap
        map_ = bytearray(table.read_bytes())
        code = code_of(font, "赵")
        map_[2 * code : 2 * code + 2] = b"\0\0"
        table.write(bytes(map_))

    pdf = changed(pressed(FOR_OFFICE), lose)
    assert glyph_faults(pdf) == [(0, "赵")]  # the first card, and the only 赵 of the second page
    ((page, message),) = found(lose)
    assert page == 1 and message.startswith("“赵”没有字形（0 号），字体 ")


def code_of(font: pikepdf.Object, char: str) -> int:
    mark = f"<{char.encode('utf-16-be').hex().upper()}>"
    (line,) = (
        line for line in font.ToUnicode.read_bytes().decode().splitlines() if line.endswith(mark)
    )
    return int(line[1:5], 16)


def test_a_code_beyond_the_font_is_named_by_its_number() -> None:
    change = append(b"BT /hei-regular 9 Tf <FFFE> Tj ET")
    ((page, message),) = found(change)
    assert (page, message.partition("，")[0]) == (2, "“<FFFE>”没有字形（0 号）")


def test_an_empty_outline_is_named_but_not_that_of_a_blank() -> None:
    def empty(document: pikepdf.Pdf) -> None:
        font = fonts_of(document)["/hei-regular"]
        (code,) = struct.unpack_from(
            ">H", font.DescendantFonts[0].CIDToGIDMap.read_bytes(), 2 * code_of(font, "李")
        )
        program = bytearray(font.DescendantFonts[0].FontDescriptor.FontFile2.read_bytes())
        tables = {
            bytes(program[at : at + 4]): struct.unpack_from(">I", program, at + 8)[0]
            for at in range(12, 12 + 16 * struct.unpack_from(">H", program, 4)[0], 16)
        }
        is_long = struct.unpack_from(">h", program, tables[b"head"] + 50)[0]
        size, at = (4, tables[b"loca"] + 4 * code) if is_long else (2, tables[b"loca"] + 2 * code)
        program[at + size : at + 2 * size] = program[at : at + size]
        font.DescendantFonts[0].FontDescriptor.FontFile2.write(bytes(program))

    assert glyph_faults(changed(pressed(FOR_OFFICE), empty)) == [(0, "李")]
    assert [message[:9] for _, message in found(empty)] == ["“李”是空白的字形"]


def test_faults_within_the_art_are_found_on_each_page_that_shows_it() -> None:
    def show(document: pikepdf.Pdf) -> None:
        form = next(iter(document.pages[0].Resources.XObject.values()))
        form.Resources.Font = Dictionary(F=fonts_of(document)["/hei-regular"])
        form.write(form.read_bytes() + b" BT /F 9 Tf <FFFE> Tj ET")

    assert glyph_faults(changed(pressed(FOR_OFFICE), show)) == [(0, "<FFFE>"), (1, "<FFFE>")]


def test_a_font_comes_back_behind_a_saved_state() -> None:
    change = append(b"BT /hei-regular 9 Tf ET q /none 1 Tf Q BT <FFFE> Tj ET")
    assert glyph_faults(changed(pressed(FOR_OFFICE), change)) == [(1, "<FFFE>")]


def test_a_form_that_shows_itself_is_read_once() -> None:
    def ring(document: pikepdf.Pdf) -> None:
        form = next(iter(document.pages[0].Resources.XObject.values()))
        form.Resources.XObject = Dictionary(Me=form)
        form.write(form.read_bytes() + b" /Me Do")

    assert found(ring) == []


def test_a_font_that_is_not_embedded_is_named() -> None:
    def drop(document: pikepdf.Pdf) -> None:
        del descendant(document).FontDescriptor.FontFile2

    ((page, message),) = found(drop)
    assert page == 1 and message.startswith("字体 ") and message.endswith(" 没有嵌入")


def test_a_font_without_text_is_named() -> None:
    def drop(document: pikepdf.Pdf) -> None:
        del fonts_of(document)["/hei-regular"].ToUnicode

    messages = [message for _, message in found(drop)]
    assert len(messages) == 1 and "没有文字对照（ToUnicode）" in messages[0]


def test_a_font_that_cannot_be_read_is_named() -> None:
    def spoil(document: pikepdf.Pdf) -> None:
        descendant(document).FontDescriptor.FontFile2.write(b"\0\1\0\0\0\4")

    assert any("写法认不出，字形没有查" in message for _, message in found(spoil))


def test_compact_fonts_tell_their_glyphs_too() -> None:
    builder = FontBuilder(1000, isTTF=False)
    builder.setupGlyphOrder([".notdef", "space", "one"])
    pen, blank = T2CharStringPen(500, None), T2CharStringPen(500, None)
    pen.moveTo((0, 0)), pen.lineTo((0, 500)), pen.lineTo((500, 0)), pen.closePath()
    shapes = {".notdef": pen, "space": blank, "one": pen}
    strings = {name: shape.getCharString() for name, shape in shapes.items()}
    builder.setupCFF("Test", {}, strings, {})
    content = builder.font["CFF "].compile(builder.font)
    program = read_program(content)
    assert [program.is_empty(glyph) for glyph in range(3)] == [False, True, False]
    with pytest.raises(ValueError, match="cannot be read"):
        read_program(content[:40])


# -- colours, ink, codes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "target", "message"),
    [
        (b"1 0 0 rg 0 0 9 9 re f", "shop", "有 RGB 颜色，给印刷厂的文件只用黑色和四色"),
        (b"/DeviceRGB CS 1 0 0 SC", "shop", "有 RGB 颜色，给印刷厂的文件只用黑色和四色"),
        (b"0 0 0 1 k 0 0 9 9 re f", "office", "有 CMYK 颜色，给办公室的文件只用 RGB 和灰度"),
        (b"1 1 0.6 0.5 k", "shop", "一处的油墨共 310%，最多 300%，印出来干不透"),
    ],
)
def test_colours_that_the_profile_does_not_have_are_named(
    content: bytes, target: str, message: str
) -> None:
    goal = with_press() if target == "shop" else FOR_OFFICE
    assert found(append(content), goal) == [(2, message)]


def test_pictures_gradients_and_groups_in_rgb_are_named() -> None:
    def picture(document: pikepdf.Pdf) -> None:
        image = document.make_stream(
            bytes(3), Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1,
            ColorSpace=Name.DeviceRGB, BitsPerComponent=8,
        )  # fmt: skip
        document.pages[1].Resources.XObject["/Im"] = image
        append(b"/Im Do")(document)

    def gradient(document: pikepdf.Pdf) -> None:
        document.pages[1].Resources.Shading = Dictionary(
            S=Dictionary(ShadingType=2, ColorSpace=Name.DeviceRGB)
        )
        append(b"/S sh")(document)

    def group(document: pikepdf.Pdf) -> None:
        document.pages[1].obj.Group = Dictionary(S=Name.Transparency, CS=Name.DeviceRGB)

    for change in (picture, gradient, group):
        assert found(change, with_press()) == [(2, "有 RGB 颜色，给印刷厂的文件只用黑色和四色")]


def test_ink_of_pictures_is_counted() -> None:
    def picture(document: pikepdf.Pdf) -> None:
        image = document.make_stream(
            b"\0\0\0\xff" + b"\xff\xff\xff\x80", Type=Name.XObject, Subtype=Name.Image, Width=2,
            Height=1, ColorSpace=Name.DeviceCMYK, BitsPerComponent=8,
        )  # fmt: skip
        document.pages[0].Resources.XObject["/Im"] = image
        append(b"/Im Do", 0)(document)

    assert found(picture, with_press()) == [(1, "一处的油墨共 350%，最多 300%，印出来干不透")]


def test_a_code_with_small_modules_is_named_by_its_size() -> None:
    def shrink(document: pikepdf.Pdf) -> None:
        page = document.pages[1]
        content = page.Contents.read_bytes()
        page.Contents = document.make_stream(b"q 0.5 0 0 0.5 0 0 cm " + content + b" Q")

    ((page, message),) = found(shrink)
    assert page == 2
    # 60 pt for 25 modules and 4 quiet ones on each side, and half of that.
    assert message == "二维码太密：每格 0.32 毫米，至少要 0.4 毫米才扫得出"


# -- the file as a whole ---------------------------------------------------------------------


def remove(*path: str) -> Change:
    def change(document: pikepdf.Pdf) -> None:
        owner = document.Root
        for name in path[:-1]:
            owner = owner[name]
        del owner[path[-1]]

    return change


def put(name: str, value: Callable[[pikepdf.Pdf], object]) -> Change:
    return lambda document: document.Root.__setitem__(name, value(document))


def script(document: pikepdf.Pdf) -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS="app.alert(1)")


@pytest.mark.parametrize(
    ("change", "messages"),
    [
        (remove("/OutputIntents"), ["没有 PDF/A 的输出意图：颜色按什么印，文件里没有说"]),
        (remove("/Metadata"), ["文件没有声明 PDF/A-2u", "标题和元数据里的不一致"]),
        (remove("/Lang"), ["没有写明语言"]),
        (
            remove("/ViewerPreferences", "/PrintScaling"),
            ["没有写明按实际大小打印，打印时可能被缩小"],
        ),
        (remove("/ViewerPreferences", "/DisplayDocTitle"), ["打开时不显示标题"]),
        (put("/OpenAction", script), ["打开时会执行动作", "里面有脚本"]),
        (put("/Names", lambda _: Dictionary(JavaScript=Dictionary())), ["里面有脚本"]),
        (put("/Names", lambda _: Dictionary(EmbeddedFiles=Dictionary())), ["里面有附件"]),
        (
            lambda document: document.attachments.__setitem__(
                "a.txt", pikepdf.AttachedFileSpec(document, b"x", filename="a.txt")
            ),
            ["里面有附件"],
        ),
        (lambda document: document.docinfo.__delitem__("/Title"), ["没有标题"]),
        (
            lambda document: document.docinfo.__setitem__("/Title", "别的"),
            ["标题和元数据里的不一致"],
        ),
    ],
)
def test_what_the_file_says_of_itself_is_looked_at(change: Change, messages: list[str]) -> None:
    assert found(change) == [(0, message) for message in messages]


def test_an_output_intent_of_another_space_is_named() -> None:
    def swap(document: pikepdf.Pdf) -> None:
        (intent,) = document.Root.OutputIntents
        other = pikepdf.open(io.BytesIO(pressed(FOR_OFFICE)))
        content = other.Root.OutputIntents[0].DestOutputProfile.read_bytes()
        intent.DestOutputProfile.write(content)

    assert found(swap, with_press()) == [(0, "输出意图的色彩配置文件不是 CMYK 的")]


@pytest.mark.parametrize(
    ("name", "box", "messages"),
    [
        ("/TrimBox", [9, 9, 700, 700],
         ["TrimBox 超出了页面（MediaBox）", "TrimBox 超出了 BleedBox"]),
        ("/TrimBox", [10, 10, 500, 500], ["TrimBox 超出了 BleedBox"]),
        ("/BleedBox", None, ["没有出血框（BleedBox）"]),
        ("/TrimBox", None, ["没有成品框（TrimBox）"]),
        ("/ArtBox", [60, 60, 70, 70], ["既有 TrimBox 又有 ArtBox"]),
        ("/CropBox", [-5, 0, 500, 500], ["CropBox 超出了页面（MediaBox）"]),
    ],
)  # fmt: skip
def test_boxes_that_are_not_nested_are_named(
    name: str, box: list[int] | None, messages: list[str]
) -> None:
    def change(document: pikepdf.Pdf) -> None:
        if box is None:
            del document.pages[1].obj[name]
        else:
            document.pages[1].obj[name] = Array(box)

    assert found(change, with_press()) == [(2, message) for message in messages]


def test_what_is_no_pdf_is_named(tmp_path: Path) -> None:
    path = tmp_path / "坏.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing")
    with pytest.raises(OutputError, match=r"坏\.pdf 打不开"):
        preflight(path)
    pikepdf.open(io.BytesIO(pressed(SHOP))).save(
        path, encryption=pikepdf.Encryption(owner="a", user="b")
    )
    with pytest.raises(OutputError, match=r"坏\.pdf 有密码"):
        glyph_faults(path)


# -- the command -----------------------------------------------------------------------------


def test_the_command_looks_through_a_folder(tmp_path: Path) -> None:
    folder, runner = tmp_path / "out" / "hand", CliRunner()
    folder.mkdir(parents=True)
    (folder / "a.pdf").write_bytes(pressed(FOR_OFFICE))
    clean = runner.invoke(app, ["preflight", str(tmp_path)])
    assert clean.exit_code == 0 and "查了 1 个 PDF，没有发现问题" in clean.stdout
    plain = replace(card_form(), leaves=(replace(card_form().leaves[0], art=art(b"")),))
    (folder / "b.pdf").write_bytes(changed(pressed(FOR_OFFICE, plain), append(b"0 0 0 1 k")))
    bad = runner.invoke(app, ["preflight", str(folder), "--json"])
    assert bad.exit_code == 5
    (finding,) = json.loads(bad.stdout)
    assert (Path(finding["file"]).name, finding["page"]) == ("b.pdf", 2)
    shop = runner.invoke(app, ["preflight", str(folder / "a.pdf"), "--profile", "shop"])
    assert shop.exit_code == 5 and "第 1-2 页" in shop.stdout


def test_the_command_says_where_there_is_nothing(tmp_path: Path) -> None:
    for path, message in ((tmp_path, "里没有 PDF"), (tmp_path / "x.pdf", "没有找到")):
        result = CliRunner().invoke(app, ["preflight", str(path)])
        assert isinstance(result.exception, UsageError) and message in result.exception.message

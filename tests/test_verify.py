"""Faults planted in finished files: verify names each, at the right copy, with the verdict."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pikepdf
import pytest
from drawing import card, card_form, card_grid, card_job, placed, pressed, replace

from cardgen.cli.run import run
from cardgen.errors import OutputError
from cardgen.impose import Grid
from cardgen.model import Duplex, Filled, Sides, Verdict
from cardgen.press.volume import press_volume
from cardgen.record import read_record, record_path, write_record
from cardgen.report import Manifest, read_manifest
from cardgen.serials import Serials
from cardgen.verify import VerifyResult, verify
from cardgen.volume import make_volume

CARDS = [card(number) for number in range(30)]  # six a page: five pages
SERIALS = [filled.copy.serial for filled in CARDS]
NAME = "hand/唐湾村-001.pdf"
STRANGE = Serials("other", ["nobody"]).serial("nobody")
Change = Callable[[pikepdf.Pdf], None]


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished batch of 30 cards, read back when it was made."""
    return made(tmp_path_factory.mktemp("batch"))


@pytest.fixture
def out(batch: Path, tmp_path: Path) -> Path:
    """A copy of the batch, to be tampered with."""
    return Path(shutil.copytree(batch, tmp_path / "out"))


def made(out: Path, **changes: object) -> Path:
    """A finished batch in a folder."""
    usual = {"copies": tuple(CARDS)}
    result = make_volume(card_job(out, name=NAME, **(usual | changes)))
    assert not result.failed
    with Manifest(out / "manifest.csv") as manifest:
        manifest.add(result.printed)
    return out


def wrong(result: VerifyResult) -> dict[str, tuple[str, str]]:
    return {copy.serial: (copy.verdict.value, copy.reason) for copy in result.wrong}


def tampered(out: Path, change: Change, name: str = NAME) -> VerifyResult:
    """The batch read back after its file was changed."""
    with pikepdf.open(out / name, allow_overwriting_input=True) as document:
        change(document)
        document.save(out / name)
    return verify(out)


def printed_as(out: Path, copies: Sequence[Filled]) -> VerifyResult:
    """The batch read back after other cards were printed into its file."""
    (out / NAME).write_bytes(pressed(copies))
    return verify(out)


def changed_at(number: int, *texts: str, **changes: object) -> list[Filled]:
    one = replace(CARDS[number], **({"texts": texts} if texts else {}), **changes)
    return [*CARDS[:number], one, *CARDS[number + 1 :]]


def content(document: pikepdf.Pdf, page: int) -> bytes:
    return bytes(document.pages[page].Contents.read_bytes())


def put(document: pikepdf.Pdf, page: int, stream: bytes) -> None:
    document.pages[page].Contents = document.make_stream(stream)


def first_text(block: bytes) -> re.Match[bytes]:
    found = re.search(rb"BT .*? ET", block)
    assert found is not None
    return found


# -- nothing wrong ---------------------------------------------------------------------------


def test_a_batch_as_it_was_made_is_all_ok(out: Path) -> None:
    result = verify(out)
    assert (len(result.copies), result.closes, result.wrong, result.findings) == (30, True, [], [])
    assert {copy.verdict for copy in result.copies} == {Verdict.OK}


def test_workers_find_the_same(out: Path) -> None:
    (out / NAME).write_bytes(pressed(changed_at(8, "赵德胜", "19900000009", SERIALS[8])))
    assert wrong(verify(out, workers=2)) == wrong(verify(out)) != {}


def test_a_record_is_for_its_owner_and_comes_back_as_it_was(out: Path) -> None:
    path = record_path(out, NAME)
    assert path.stat().st_mode & 0o777 == 0o600
    before = path.read_bytes()
    write_record(path, read_record(path))
    assert path.read_bytes() == before


# -- planted faults --------------------------------------------------------------------------


def test_a_changed_digit_is_somebody_elses_number(out: Path) -> None:
    name, _, serial = CARDS[8].texts
    assert wrong(printed_as(out, changed_at(8, name, "19900000018", serial))) == {
        SERIALS[8]: ("抽出", "读回时没有找到电话“19900000008”；上面印着别的号码 19900000018")
    }


def test_a_digit_that_is_gone_is_printed_again(out: Path) -> None:
    name, _, serial = CARDS[8].texts
    found = wrong(printed_as(out, changed_at(8, name, "199", serial)))
    assert found == {SERIALS[8]: ("重印", "读回时没有找到电话“19900000008”")}


@pytest.mark.parametrize("how", ["covered", "white", "invisible", "cut off"])
def test_a_phone_that_is_there_and_that_nobody_sees_is_printed_again(how: str, out: Path) -> None:
    record = read_record(record_path(out, NAME))
    left, bottom = record.copies[0].places[0].matrix[4:]
    box = record.forms[record.copies[0].form].leaves[0].slots[1].box_pt.moved(left, bottom)
    cover = f" q 1 1 1 rg {box.left} {box.bottom} {box.width} {box.height} re f Q"

    def change(document: pikepdf.Pdf) -> None:
        page = content(document, 0)
        phone = list(re.finditer(rb"BT .*? ET", page))[1]
        new = {
            "covered": phone[0],
            "white": re.sub(rb"\S+ Tf", rb"\g<0> 1 g", phone[0]),
            "invisible": b"q " + phone[0].replace(b"BT ", b"BT 3 Tr ") + b" Q",
            "cut off": b"q 0 0 1 1 re W n " + phone[0] + b" Q",
        }
        page = page[: phone.start()] + new[how] + page[phone.end() :]
        put(document, 0, page + cover.encode() * (how == "covered"))

    assert wrong(tampered(out, change)) == {
        SERIALS[0]: ("重印", "“19900000000”看不见：盖住了，或和底色一样")
    }


def test_another_copys_name_is_pulled(out: Path) -> None:
    _, phone, serial = CARDS[2].texts
    found = wrong(printed_as(out, changed_at(2, CARDS[3].texts[0], phone, serial)))
    assert found[SERIALS[2]] == ("抽出", "读回时没有找到姓名“王建国”；上面印着别人的“陈秀兰”")
    assert len(found) == 1


def test_two_cards_that_changed_places_are_both_pulled(out: Path) -> None:
    copies = list(CARDS)
    copies[3], copies[10] = copies[10], copies[3]
    found = wrong(printed_as(out, copies))
    assert {serial: verdict for serial, (verdict, _) in found.items()} == {
        SERIALS[3]: "抽出", SERIALS[10]: "抽出",
    }  # fmt: skip
    assert SERIALS[10] in found[SERIALS[3]][1]


def test_another_households_code_is_pulled(out: Path) -> None:
    found = wrong(printed_as(out, changed_at(5, links=CARDS[6].links)))
    assert found == {
        SERIALS[5]: (
            "抽出", "二维码读回 'https://example.cn/h/TW-006'，应为 'https://example.cn/h/TW-005'",
        )
    }  # fmt: skip


def test_a_glyph_gone_from_the_content_is_printed_again(out: Path) -> None:
    def without(document: pikepdf.Pdf) -> None:
        stream = content(document, 1)
        text = first_text(stream)
        shorter = re.sub(rb"<([0-9A-Fa-f]+)[0-9A-Fa-f]{4}>", rb"<\1>", text.group(), count=1)
        assert shorter != text.group()
        put(document, 1, stream.replace(text.group(), shorter, 1))

    found = wrong(tampered(out, without))
    assert list(found) == [SERIALS[6]] and found[SERIALS[6]][0] == "重印"


def test_a_glyph_without_outline_is_printed_again(out: Path) -> None:
    """The text can be extracted as before; what is drawn is nothing."""

    def emptied(document: pikepdf.Pdf) -> None:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/CIDToGIDMap" in thing:
                glyphs = len(thing["/CIDToGIDMap"].read_bytes()) // 2
                blank = (1).to_bytes(2, "big") * glyphs
                assert thing["/FontDescriptor"]["/FontFile2"].read_bytes()
                thing["/CIDToGIDMap"] = document.make_stream(blank)
                _empty_glyph(document, thing["/FontDescriptor"], 1)

    found = wrong(tampered(out, emptied))
    assert SERIALS[0] in found
    assert all(verdict == "重印" and "没有印出来" in reason for verdict, reason in found.values())


def _empty_glyph(document: pikepdf.Pdf, descriptor: pikepdf.Object, glyph: int) -> None:
    from fontTools.ttLib import TTFont
    from fontTools.ttLib.tables._g_l_y_f import Glyph

    font = TTFont(io.BytesIO(descriptor["/FontFile2"].read_bytes()))
    font["glyf"][font.getGlyphName(glyph)] = Glyph()
    file = io.BytesIO()
    font.save(file)
    descriptor["/FontFile2"] = document.make_stream(file.getvalue())


def test_a_page_lost_is_printed_again(out: Path) -> None:
    def lost(document: pikepdf.Pdf) -> None:
        del document.pages[1]

    result = tampered(out, lost)
    assert wrong(result) == dict.fromkeys(SERIALS[6:12], ("重印", "第 2 页不见了"))
    assert result.findings == [(NAME, "少了一页：第 2 页")]


def test_a_page_twice_is_pulled(out: Path) -> None:
    def twice(document: pikepdf.Pdf) -> None:
        document.pages.append(document.pages[0])

    result = tampered(out, twice)
    assert wrong(result) == dict.fromkeys(SERIALS[:6], ("抽出", "印了两次：现在的第 1、6 页"))
    assert result.findings == [(NAME, "第 1 页有 2 份：现在的第 1、6 页")]


def test_pages_in_another_order_are_named(out: Path) -> None:
    def turned_round(document: pikepdf.Pdf) -> None:
        document.pages.reverse()

    result = tampered(out, turned_round)
    assert (result.wrong, result.closes) == ([], False)
    assert result.findings == [(NAME, "页的顺序变了，走访的顺序不对")]


def moved(by: bytes) -> Change:
    """The first text of the first card of the second page goes elsewhere."""

    def change(document: pikepdf.Pdf) -> None:
        stream = content(document, 1)
        text = first_text(stream).group()
        put(document, 1, stream.replace(text, b"q 1 0 0 1 " + by + b" cm " + text + b" Q", 1))

    return change


def test_text_out_of_its_cell_is_printed_again(out: Path) -> None:
    found = wrong(tampered(out, moved(b"0 -60")))
    assert found[SERIALS[6]] == ("重印", "“李明”没有印在它的位置上") or SERIALS[6] in found


def test_text_out_of_its_slots_box_is_printed_again(out: Path) -> None:
    name = CARDS[6].texts[0]
    found = wrong(tampered(out, moved(b"0 -14")))
    assert found == {SERIALS[6]: ("重印", f"“{name}”没有印在它的位置上")}


def test_type_made_too_small_is_printed_again(out: Path) -> None:
    def small(document: pikepdf.Pdf) -> None:
        stream = content(document, 1)
        text = first_text(stream).group()
        smaller = re.sub(rb" 10 Tf", b" 4 Tf", text)
        assert smaller != text
        put(document, 1, stream.replace(text, smaller, 1))

    name = CARDS[6].texts[0]
    assert wrong(tampered(out, small)) == {
        SERIALS[6]: ("重印", f"“{name}”的字太小：4.0 磅，至少要 6 磅")
    }


def test_a_strange_serial_in_a_cell_is_pulled(out: Path) -> None:
    _, phone, serial = CARDS[4].texts
    found = wrong(printed_as(out, changed_at(4, STRANGE, phone, serial)))
    assert list(found) == [SERIALS[4]]
    assert found[SERIALS[4]][0] == "抽出" and STRANGE in found[SERIALS[4]][1]


def test_ink_beside_the_trim_is_named_at_the_nearest_copy(out: Path) -> None:
    def stained(document: pikepdf.Pdf) -> None:
        document.pages[2].contents_add(b" q 0.5 g 2 820 10 10 re f Q")

    assert wrong(tampered(out, stained)) == {SERIALS[12]: ("重印", "裁切线外面有墨")}


def test_another_size_of_paper_is_named(out: Path) -> None:
    def cut(document: pikepdf.Pdf) -> None:
        document.pages[4].MediaBox = pikepdf.Array([0, 0, 595.28, 700])

    found = wrong(tampered(out, cut))
    assert set(found) == set(SERIALS[24:]) and "纸的大小变了" in found[SERIALS[24]][1]


# -- files, manifest and record --------------------------------------------------------------


def test_a_file_that_is_gone_and_one_that_is_new_are_named(out: Path) -> None:
    (out / NAME).rename(out / "hand/别的-001.pdf")
    result = verify(out)
    assert set(wrong(result).values()) == {("重印", "文件不见了")} and len(result.wrong) == 30
    assert result.findings == [
        ("hand/别的-001.pdf", "多出的文件：清单里没有"),
        (NAME, "文件不见了"),
    ]


def test_a_torn_file_is_unreadable(out: Path) -> None:
    (out / NAME).write_bytes((out / NAME).read_bytes()[:900])
    result = verify(out)
    assert result.unreadable and len(result.wrong) == 30
    assert run(["verify", str(out)]) == OutputError.exit_code


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ("TW-004,唐湾村", "TW-004,石桥村", "户号"),
        (f"{NAME},1,1,5,", f"{NAME},2,1,5,", "页"),
        (f"{NAME},1,1,5,", f"{NAME},1,1,6,", "格"),
    ],
)
def test_a_manifest_that_says_something_else_than_the_record(
    out: Path, before: str, after: str, word: str
) -> None:
    path = out / "manifest.csv"
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    assert wrong(verify(out)) == {SERIALS[4]: ("重印", f"清单和核对记录对不上：{word}")}


def test_a_digest_that_was_changed_and_a_line_that_is_gone(out: Path) -> None:
    lines = list(read_manifest(out / "manifest.csv"))
    with Manifest(out / "manifest.csv") as manifest:
        manifest.add([replace(lines[0], digest="0" * 16), *lines[2:]])
    result = verify(out)
    assert wrong(result) == {SERIALS[0]: ("重印", "清单和核对记录对不上：内容")}
    assert result.findings == [(NAME, f"清单里没有编号 {SERIALS[1]}，核对记录里有")]


def test_without_its_record_a_file_cannot_be_verified(out: Path) -> None:
    record_path(out, NAME).unlink()
    result = verify(out)
    assert result.unreadable
    assert set(wrong(result).values()) == {("重印", "没有核对记录，无法核对")}


# -- both sides ------------------------------------------------------------------------------


def duplex(out: Path) -> Path:
    form = card_form(leaves=2)
    return made(out, forms={form.key: form}, grid=card_grid(duplex=Duplex.LONG))


def test_backs_are_read_behind_their_fronts(tmp_path: Path) -> None:
    assert verify(duplex(tmp_path)).closes


def test_a_blank_back_whose_foot_names_the_fronts_is_no_page_twice(tmp_path: Path) -> None:
    out = made(tmp_path, grid=card_grid(duplex=Duplex.LONG, foot=True), foot="试印 唐湾村")
    result = verify(out)
    assert (wrong(result), result.findings) == ({}, [])
    with pikepdf.open(out / NAME) as document:
        assert len(document.pages) == 10


def test_backs_behind_other_fronts_are_pulled(tmp_path: Path) -> None:
    out = duplex(tmp_path)

    def exchanged(document: pikepdf.Pdf) -> None:
        one, other = document.pages[1].obj, document.pages[3].obj
        one["/Contents"], other["/Contents"] = other["/Contents"], one["/Contents"]

    result = tampered(out, exchanged)
    assert wrong(result) == dict.fromkeys(SERIALS[:12], ("抽出", "背面不在自己的正面后面"))


def test_a_back_not_mirrored_is_found(tmp_path: Path) -> None:
    out = duplex(tmp_path)

    def unmirrored(document: pikepdf.Pdf) -> None:
        stream = content(document, 1)
        width = float(document.pages[1].MediaBox[2])
        put(document, 1, f"1 0 0 1 {-(width - 363) / 8:.2f} 0 cm\n".encode() + stream)

    assert set(wrong(tampered(out, unmirrored))) >= set(SERIALS[:6])


# -- other programs --------------------------------------------------------------------------


@pytest.mark.parametrize("program", ["gs", "qpdf", "mutool"])
def test_a_file_that_another_program_wrote_anew_is_still_ok(program: str, out: Path) -> None:
    path, new = str(out / NAME), str(out / "new.pdf")
    subprocess.run(
        {
            "gs": ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", f"-o{new}", path],
            "qpdf": ["qpdf", "--object-streams=generate", "--qdf", path, new],
            "mutool": ["mutool", "clean", "-gggz", path, new],
        }[program],
        check=True,
        capture_output=True,
    )
    Path(new).replace(path)
    result = verify(out)
    assert (wrong(result), result.findings) == ({}, [])


def test_a_rare_name_that_ghostscript_wrote_anew_is_still_ok(tmp_path: Path) -> None:
    """Its ToUnicode keeps one byte of each half of a pair; the glyph is right."""
    out = made(tmp_path, copies=(card(0, name="张𬱖"), card(1, name="李明")))
    ghostscript(out / NAME)
    assert wrong(verify(out)) == {}
    # Another name is still another name.
    (out / NAME).write_bytes(pressed([card(0, name="张𠅤"), card(1, name="李明")]))
    ghostscript(out / NAME)
    assert list(wrong(verify(out))) == [SERIALS[0]]


def ghostscript(path: Path) -> None:
    new = path.with_suffix(".new")
    command = ["gs", "-q", "-dNOPAUSE", "-dBATCH", "-sDEVICE=pdfwrite", "-o", str(new), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    new.replace(path)


def test_a_hotline_of_the_art_is_nobody_elses_number(out: Path) -> None:
    record = read_record(record_path(out, NAME))
    form = next(iter(record.rests))
    write_record(record_path(out, NAME), replace(record, numbers={form: ["19900077777"]}))
    name, _, serial = CARDS[8].texts
    found = wrong(printed_as(out, changed_at(8, name, "19900077777", serial)))
    assert found == {SERIALS[8]: ("重印", "读回时没有找到电话“19900000008”")}


def single(out: Path) -> Path:
    """The cards as single pages with their bleed, as a print shop wants them."""
    return made(
        out,
        grid=card_grid(
            1, 1, width_mm=66.0, height_mm=46.0, margins_mm=Sides.all(0.0), marks=False,
            gutter_x_mm=0.0,
        ),
    )  # fmt: skip


def imposed(out: Path, turn: int, scale: float = 1.0, pages: Sequence[int] = range(30)) -> Path:
    """A print shop's sheets with two by two of the single pages, turned."""
    path = out / "shop.pdf"
    a, b = {0: (1, 0), 90: (0, 1), 180: (-1, 0), 270: (0, -1)}[turn]
    with pikepdf.open(out / NAME) as source, pikepdf.new() as sheets:
        for at in range(0, len(pages), 4):
            page = sheets.add_blank_page(page_size=(560, 560))
            forms, parts = pikepdf.Dictionary(), []
            for number, one in enumerate(pages[at : at + 4]):
                form = source.pages[one].as_form_xobject()
                forms[f"/P{number}"] = sheets.copy_foreign(form)
                left, bottom = 140 + 270 * (number % 2), 140 + 270 * (number // 2)
                parts.append(
                    f"q {scale * a} {scale * b} {-scale * b} {scale * a} {left} {bottom} cm "
                    f"1 0 0 1 -93 -65 cm /P{number} Do Q"
                )
            page.Resources = pikepdf.Dictionary({"/XObject": forms})
            page.Contents = sheets.make_stream("\n".join(parts).encode())
        sheets.save(path)
    return path


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_print_shops_imposition_is_ok_however_it_is_turned(turn: int, tmp_path: Path) -> None:
    out = single(tmp_path)
    result = verify(out, [imposed(out, turn)])
    assert (wrong(result), result.findings) == ({}, [])


def test_an_imposition_at_another_scale_is_named(tmp_path: Path) -> None:
    out = single(tmp_path)
    result = verify(out, [imposed(out, 0, 0.97)])
    assert set(wrong(result).values()) == {("重印", "缩放成了 97.0%")} and len(result.wrong) == 30


def test_copies_lost_and_twice_in_an_imposition_are_named(tmp_path: Path) -> None:
    out = single(tmp_path)
    result = verify(out, [imposed(out, 90, pages=[0, *range(29)])])
    assert wrong(result) == {
        SERIALS[0]: ("抽出", "印了 2 次：第 1、1 页"),
        SERIALS[29]: ("重印", "没有找到"),
    }


def test_whole_sheets_with_a_foot_may_come_back_as_anothers_file(tmp_path: Path) -> None:
    """The foot repeats two serials of each sheet; their cards are right, and stand once."""
    out = made(tmp_path, grid=card_grid(foot=True), foot="试印\t唐湾村-001")
    (out / "back.pdf").write_bytes((out / NAME).read_bytes())
    result = verify(out, [out / "back.pdf"])
    assert (wrong(result), result.findings) == ({}, [])


def test_a_card_of_which_only_the_foot_is_left_is_missed(tmp_path: Path) -> None:
    out = made(tmp_path, grid=card_grid(foot=True), foot="试印\t唐湾村-001")
    _, _, serial = CARDS[0].texts
    forms = {"card": card_form()}
    grid = card_grid(foot=True)
    put = [each for each in placed(CARDS, forms, grid) if each.filled.copy.serial != serial]
    (out / "back.pdf").write_bytes(press_volume("", grid, forms, put, foot=f"试印\t{serial}"))
    assert wrong(verify(out, [out / "back.pdf"]))[SERIALS[0]][0] != "OK"


def test_a_wrong_card_in_an_imposition_is_pulled(tmp_path: Path) -> None:
    out = single(tmp_path)
    grid: Grid = card_grid(
        1, 1, width_mm=66.0, height_mm=46.0, margins_mm=Sides.all(0.0), marks=False,
        gutter_x_mm=0.0,
    )  # fmt: skip
    name, _, serial = CARDS[8].texts
    copies = changed_at(8, name, "19900000018", serial)
    (out / NAME).write_bytes(pressed(copies, grid=grid))
    found = wrong(verify(out, [imposed(out, 180)]))
    assert list(found) == [SERIALS[8]] and found[SERIALS[8]][0] == "抽出"


# -- the command -----------------------------------------------------------------------------


def test_the_command_writes_what_it_found(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name, _, serial = CARDS[8].texts
    (out / "report.html").write_text("<html>\n<main>\n<p>报告</p></main></html>", "utf-8")
    (out / NAME).write_bytes(pressed(changed_at(8, name, "19900000018", serial)))
    assert run(["verify", str(out), "--jobs", "0"]) == 7
    told = capsys.readouterr()
    assert "核对 30 份：OK 29，重印 0，抽出 1。" in told.out and serial in told.out
    assert "核对没有通过，先不要发放。" in told.err
    lines = (out / "verify.csv").read_text("utf-8").splitlines()
    assert len(lines) == 31 and f"{serial},hand,TW-008" in lines[9] and "抽出" in lines[9]
    assert run(["verify", str(out), "--jobs", "0", "--json"]) == 7
    told_json = json.loads(capsys.readouterr().out)
    assert (told_json["ok"], told_json["pull"], told_json["closes"]) == (29, 1, False)
    page = (out / "report.html").read_text("utf-8")
    assert page.count("成品核对") == 1 and serial in page
    (out / NAME).write_bytes(pressed(CARDS))
    assert run(["verify", str(out), "--jobs", "0"]) == 0
    page = (out / "report.html").read_text("utf-8")
    assert page.count("成品核对") == 1 and serial not in page


def test_a_file_that_is_not_there_is_wrong_use(out: Path) -> None:
    assert run(["verify", str(out), "--file", str(out / "nothing.pdf")]) == 2


def test_a_manifest_may_have_more_columns_and_none_less(out: Path) -> None:
    path = out / "manifest.csv"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join(f"x,{line}" for line in lines) + "\n", "utf-8")
    assert len(list(read_manifest(path))) == 30
    path.write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n", "utf-8")
    with pytest.raises(OutputError, match="少了这些列：digest"):
        list(read_manifest(path))

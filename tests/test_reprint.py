"""After the jam: the same sheets, or single copies, again; and nothing of anybody else."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from drawing import card_form, card_grid, draw_page
from test_verify import CARDS, NAME, SERIALS, batch, duplex, made, out

from cardgen import produce
from cardgen.cli.run import run
from cardgen.errors import UsageError
from cardgen.report import read_manifest
from cardgen.reprint import Reprint, reprint_copies, reprint_sheets, sheets_of
from cardgen.reprint.copies import _blocks
from cardgen.verify import verify

__all__ = ["batch", "out"]
LETTERS = dict(zip(SERIALS, "abcdefghijklmnopqrstuvwxyzABCD", strict=True))


def pages_of(path: Path) -> list[bytes]:
    """The content streams of a file, as they are unpacked."""
    with pikepdf.open(path) as document:
        return [bytes(page.Contents.read_bytes()) for page in document.pages]


def drawn(made: Reprint, page: int = 0) -> str:
    name, _, _ = made.files[0]
    return draw_page((made.folder / name).read_bytes(), card_grid(), LETTERS, page)


def all_text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "".join(page.get_textpage().get_text_range() for page in document)


# -- sheets ----------------------------------------------------------------------------------


def test_sheets_come_again_with_the_same_content_streams(out: Path) -> None:
    again = reprint_sheets(out, [2, 4])
    assert again.folder == out / "reprints/001"
    before = pages_of(out / NAME)
    assert pages_of(again.folder / NAME) == [before[1], before[3]]
    assert drawn(again, 1) == "s t / u v / w x"
    assert verify(again.folder).closes and verify(out).closes


def test_a_reprint_says_where_its_copies_stood(out: Path) -> None:
    again = reprint_sheets(out, [4])
    with (again.folder / "manifest.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["serial"] for row in rows] == SERIALS[18:24]
    assert {(r["sheet"], r["reprint_of_file"], r["reprint_of_sheet"]) for r in rows} == {
        ("1", NAME, "4")
    }
    assert [line.serial for line in read_manifest(again.folder / "manifest.csv")] == SERIALS[18:24]


def test_both_sides_of_a_sheet_come_again(tmp_path: Path) -> None:
    again = reprint_sheets(duplex(tmp_path), [3])
    assert len(pages_of(again.folder / NAME)) == 2
    assert verify(again.folder).closes


def test_a_sheet_of_a_paper_of_several_pages_comes_alone(tmp_path: Path) -> None:
    form = card_form(leaves=2)
    folder = made(tmp_path, forms={form.key: form}, grid=card_grid())
    again = reprint_sheets(folder, [2])  # the second pages of the first six
    result = verify(again.folder)
    assert (result.closes, len(result.copies)) == (True, 6)


def test_an_earlier_reprint_stays(out: Path) -> None:
    one, other = reprint_sheets(out, [1]), reprint_sheets(out, [2])
    assert (one.folder.name, other.folder.name) == ("001", "002")
    assert sorted(path.name for path in (out / "reprints").iterdir()) == ["001", "002"]


@pytest.mark.parametrize(
    ("text", "sheets"), [("118-121", [118, 119, 120, 121]), ("3,1，3", [1, 3]), ("7", [7])]
)
def test_sheets_are_written_as_people_write_them(text: str, sheets: list[int]) -> None:
    assert sheets_of(text) == sheets


@pytest.mark.parametrize("text", ["", "x", "3-1", "0", "1-99999"])
def test_what_is_no_sheet_is_named(text: str) -> None:
    with pytest.raises(UsageError):
        sheets_of(text)


def test_a_sheet_that_is_not_there_is_wrong_use(out: Path) -> None:
    with pytest.raises(UsageError, match="没有哪个文件有第 9 张"):
        reprint_sheets(out, [9])
    assert not (out / "reprints").exists()


def test_a_cover_sheet_comes_again_alone(workspace: Path) -> None:
    produce.build(workspace, produce.Options(workers=0))
    again = reprint_sheets(workspace / "out", [1], "唐湾村-001.pdf")
    result = verify(again.folder)
    assert (result.closes, result.copies, again.files[0][1]) == (True, [], 0)


def test_a_cover_sheet_that_lost_a_text_is_named(workspace: Path) -> None:
    produce.build(workspace, produce.Options(workers=0))
    path = workspace / "out/love-card/唐湾村-001.pdf"
    with pikepdf.open(path, allow_overwriting_input=True) as document:
        stream = bytes(document.pages[0].Contents.read_bytes())
        bare = re.sub(rb"BT .*? ET", b"", stream, count=1)
        document.pages[0].Contents = document.make_stream(bare)
        document.save(path)
    [(name, words)] = verify(workspace / "out").findings
    assert name == "love-card/唐湾村-001.pdf" and words.startswith("封面或签收表")


# -- copies ----------------------------------------------------------------------------------


def test_a_lost_card_comes_alone_on_a_used_sheet(out: Path) -> None:
    again = reprint_copies(out, subjects=["TW-008"], start=4)
    assert drawn(again) == ". . / . i / . ."
    assert verify(again.folder).closes


def test_nothing_of_the_neighbours_is_in_the_file(out: Path) -> None:
    again = reprint_copies(out, [SERIALS[8]])
    text = all_text(again.folder / again.files[0][0])
    assert CARDS[8].texts[1] in text
    assert not [c for c in CARDS if c is not CARDS[8] and c.copy.serial in text]


def test_a_copys_operators_are_the_same_bytes(out: Path) -> None:
    again = reprint_copies(out, [SERIALS[8]])
    with pikepdf.open(again.folder / again.files[0][0]) as document:
        form = document.pages[0].Resources.XObject["/C0"].read_bytes()
    assert form in set(_blocks(pages_of(out / NAME)[1]))


def test_copies_are_packed_over_sheets(out: Path) -> None:
    again = reprint_copies(out, [SERIALS[n] for n in (29, 3, 11)], start=5)
    assert (drawn(again), drawn(again, 1)) == (". . / . . / d l", "D . / . . / . .")
    assert verify(again.folder).closes


def test_backs_stand_behind_the_fronts_of_single_copies(tmp_path: Path) -> None:
    again = reprint_copies(duplex(tmp_path), [SERIALS[1], SERIALS[9]], start=2)
    assert drawn(again) == ". b / j . / . ."
    assert drawn(again, 1) == "b . / . j / . ."
    assert verify(again.folder).closes


def test_who_is_not_in_the_batch_and_cells_not_on_the_sheet_are_wrong_use(out: Path) -> None:
    with pytest.raises(UsageError, match="没有户号 TW-999"):
        reprint_copies(out, subjects=["TW-999"])
    with pytest.raises(UsageError, match="这张纸上只有 6 格"):
        reprint_copies(out, [SERIALS[0]], start=7)


def test_a_copy_whose_file_was_tampered_with_is_not_printed(out: Path) -> None:
    with pikepdf.open(out / NAME, allow_overwriting_input=True) as document:
        one, other = document.pages[0].obj, document.pages[1].obj
        one["/Contents"], other["/Contents"] = other["/Contents"], one["/Contents"]
        document.save(out / NAME)
    assert run(["reprint", str(out), "--serials", SERIALS[0]]) == 5
    assert list((out / "reprints").iterdir()) == []


def test_the_command_says_where_the_file_is(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["reprint", str(out), "--sheets", "1"]) == 0
    assert f"已补印 6 份：{out / 'reprints/001' / NAME}" in capsys.readouterr().out
    assert run(["reprint", str(out), "--sheets", "1", "--serials", SERIALS[0]]) == 2
    assert run(["reprint", str(out)]) == 2

"""Ready-cut sheets, printers that are off, the calibration page, and sheets drawn as pictures."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
import pytest
from drawing import layout_spec, sheet
from PIL import Image

from cardgen import qr
from cardgen.cli import main
from cardgen.errors import LayoutError, UsageError
from cardgen.impose import grid_for
from cardgen.layouts import find_layout
from cardgen.model import Duplex, Paper, SheetSpec
from cardgen.press.calibration import CORNERS, calibration_page, code_text, page_for
from cardgen.printers import Printer, find_printer, keep_printer, read_printers
from cardgen.sheetdrawing import VOID, describe_sheet, draw_sheet
from cardgen.sheets import labels, sheet_wishes
from cardgen.units import Rect
from cardgen.workspace import sheet_for

# -- what is asked in words -------------------------------------------------------------------


def test_words_of_a_sheet_are_numbers_lists_and_names() -> None:
    words = ["paper=A3", "start = 5", "marks=false", "margin_mm=[5, 5, 5, 5]", "label=L = 7"]
    assert sheet_wishes(words) == {
        "paper": "A3",
        "start": 5,
        "marks": False,
        "margin_mm": [5, 5, 5, 5],
        "label": "L = 7",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("paper=", "“paper=”不是“名称=值”。"),
        ("papier=A3", "纸张 papier：这个名称不认识"),
        ("paper=A99", "纸张 paper："),
    ],
)
def test_words_of_a_sheet_that_are_wrong_are_named(
    words: str, said: str, small_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", str(small_workspace), "--sheet", words]) == 2
    assert said in capsys.readouterr().err


def test_a_batch_is_printed_on_the_sheet_that_is_asked_for(
    small_workspace: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = ["--village", "石桥村", "--sheet", "paper=A3", "--no-cover", "--jobs", "0"]
    assert main(["build", str(small_workspace), "--out", str(out), *asked]) == 0
    with pypdfium2.PdfDocument(out / "love-card" / "石桥村-001.pdf") as file:
        width, height = file.get_page_size(0)
    assert sorted(round(side * 25.4 / 72) for side in (width, height)) == [297, 420]


# -- ready-cut sheets ------------------------------------------------------------------------


@pytest.mark.parametrize("name", labels())
def test_labels_lie_on_their_paper_and_not_over_one_another(name: str) -> None:
    label = labels()[name]
    spec = layout_spec(width_mm=label.width_mm, height_mm=label.height_mm)
    grid = grid_for(spec, SheetSpec(label=label))
    page = Rect(0, 0, *label.paper.size_mm)
    for place in range(grid.places):
        cell = grid.cell(place)
        box = Rect(cell.left_mm, cell.bottom_mm, label.width_mm, label.height_mm)
        assert page.holds(box, 1.05)  # whole sheets of labels reach over A4 by up to 1 mm
    assert label.pitch_x_mm >= label.width_mm and label.pitch_y_mm >= label.height_mm
    assert label.source and label.title


def test_a_copy_stands_in_the_middle_of_its_label() -> None:
    grid = grid_for(find_layout("love-card"), SheetSpec(label=labels()["L7165"]))
    first, second = grid.cell(0), grid.cell(1)
    assert (grid.columns, grid.rows, grid.marks, grid.foot) == (2, 4, False, False)
    assert first.left_mm == pytest.approx(4.67 + (99.06 - 90) / 2)
    assert second.left_mm - first.left_mm == pytest.approx(101.64)
    assert first.bottom_mm == pytest.approx(297 - 13.04 - 67.73 + (67.73 - 54) / 2)


def test_a_copy_larger_than_its_label_says_by_how_much() -> None:
    with pytest.raises(LayoutError) as told:
        grid_for(find_layout("love-card"), SheetSpec(label=labels()["L7414"]))
    assert told.value.message == "L7414 的标签高 52 毫米，爱心联系卡高 54 毫米，多出 2 毫米。"


# -- printers --------------------------------------------------------------------------------


def test_what_a_printer_is_off_is_kept_and_taken_back(tmp_path: Path) -> None:
    keep_printer(tmp_path, Printer("二楼彩机", 1.5, -0.5))
    keep_printer(tmp_path, Printer('a "b"', 0, 2))
    assert list(read_printers(tmp_path)) == ["二楼彩机", 'a "b"']
    assert find_printer(tmp_path, "二楼彩机").back_shift_mm == (-1.5, 0.5)


def test_an_unknown_printer_names_the_nearest(tmp_path: Path) -> None:
    keep_printer(tmp_path, Printer("二楼彩机", 1, 0))
    with pytest.raises(UsageError) as told:
        find_printer(tmp_path, "二楼采机")
    assert told.value.message == "printers.toml 里没有打印机“二楼采机”。"
    assert told.value.hint.startswith("是不是“二楼彩机”？")


@pytest.mark.parametrize(
    "text", ['[a]\nright_mm = "1"', "[a]\nup_mm = 50", "[a]\nup_mm = nan", "["]
)
def test_a_printers_file_that_cannot_be_is_named(text: str, tmp_path: Path) -> None:
    (tmp_path / "printers.toml").write_text(text, "utf-8")
    with pytest.raises(UsageError) as told:
        read_printers(tmp_path)
    assert told.value.message.startswith("printers.toml ")


# -- calibration -----------------------------------------------------------------------------


def codes_of(pdf: bytes, page: int) -> dict[str, tuple[str, ...]]:
    """What the codes of a page say, by the quarter that they lie in, as one looks at it."""
    document = pypdfium2.PdfDocument(pdf)
    picture = document[page].render(scale=2, grayscale=True).to_pil()
    document.close()
    width, height = picture.size
    found = {}
    for number, corner in enumerate(("upper left", "upper right", "lower left", "lower right")):
        left, top = (number % 2) * width // 2, (number // 2) * height // 2
        part = picture.crop((left, top, left + width // 2, top + height // 2))
        found[corner] = qr.decode(memoryview(part.tobytes()).cast("B", (part.height, part.width)))
    return found


@pytest.mark.parametrize(
    ("duplex", "back"),
    [(Duplex.LONG, "乙甲丁丙"), (Duplex.SHORT, "丙丁甲乙")],
)
def test_the_same_sign_stands_behind_itself_on_a_sheet_turned_right(
    duplex: Duplex, back: str
) -> None:
    grid = page_for(duplex=duplex)
    pdf = calibration_page(grid)
    for page, corners in ((0, CORNERS), (1, back)):
        said = [texts[0] for texts in codes_of(pdf, page).values()]
        assert said == [code_text(grid, page, corner) for corner in corners]
    assert pdf == calibration_page(grid)


def test_a_calibration_page_has_the_size_of_its_paper() -> None:
    document = pypdfium2.PdfDocument(calibration_page(page_for(Paper.SRA3)))
    assert [round(v * 25.4 / 72) for v in document[0].get_size()] == [320, 450]
    document.close()


# -- pictures --------------------------------------------------------------------------------


def test_a_drawn_sheet_shows_void_cells_and_both_sides() -> None:
    grid = sheet(2, 2, duplex=Duplex.LONG)
    picture = draw_sheet(grid, 7, "cut-stack")
    single = draw_sheet(sheet(2, 2), 7, "cut-stack")
    assert picture.width > 1.8 * single.width and picture.height == single.height
    voids = void_pixels(picture) - void_pixels(single)
    assert void_pixels(single) > 1000 and voids > 1000  # one cell a side
    assert void_pixels(draw_sheet(sheet(2, 2), 8, "cut-stack")) < 100


def void_pixels(picture: Image.Image) -> int:
    grey = tuple(int(VOID[at : at + 2], 16) for at in (1, 3, 5))
    return sum(count for count, colour in picture.getcolors(10_000_000) or () if colour == grey)


def test_a_sheet_in_words_tells_sheets_voids_and_blocks() -> None:
    lines = describe_sheet(sheet(2, 2, block_sheets=2), 15, "cut-stack")
    assert "15 份要 4 张纸，空 1 格，打叉作废。" in lines
    assert any(line.startswith("叠切：2 摞，每摞 2、2 张；") for line in lines)
    assert describe_sheet(sheet(2, 2), 4, "reading")[-1] == "4 份要 1 张纸。"


# -- the commands ----------------------------------------------------------------------------

CAMPAIGN = 'title = "试"\nissuer = "青石镇"\n[papers.love-card]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    return tmp_path


def test_show_needs_no_roster_and_draws_the_campaigns_sheet(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "campaign.toml").write_text(
        CAMPAIGN + '[sheet]\npaper = "SRA3"\nduplex = "long"\norder = "cut-stack"', "utf-8"
    )
    out = folder / "a.png"
    assert main(["sheet", "show", str(folder), "--copies", "50", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "纸 320×450 毫米，3 列 7 行，一张 21 份" in told and "50 份要 3 张纸，空 13 格" in told
    assert Image.open(out).format == "PNG"


def test_show_says_in_millimetres_what_does_not_fit(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "campaign.toml").write_text(CAMPAIGN + "[sheet]\nrows = 6", "utf-8")
    assert main(["sheet", "show", str(folder)]) == LayoutError.exit_code
    assert "6 行、每张 54 毫米、间隔 0 毫米，共要 324 毫米" in capsys.readouterr().err


def test_calibrate_writes_a_page_for_any_paper(folder: Path) -> None:
    assert main(["sheet", "calibrate", str(folder), "--paper", "320x464"]) == 0
    document = pypdfium2.PdfDocument(folder / "校准页.pdf")
    assert len(document) == 2
    assert [round(v * 25.4 / 72) for v in document[1].get_size()] == [320, 464]
    document.close()


def test_offset_keeps_a_printer_and_the_sheet_uses_it(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sheet", "offset", str(folder), "二楼彩机", "--right", "1.5", "--up=-0.5"]) == 0
    assert "1.5 毫米" in capsys.readouterr().out
    text = CAMPAIGN + '[sheet]\nduplex = "long"\nprinter = "二楼彩机"'
    (folder / "campaign.toml").write_text(text, "utf-8")
    spec, wishes = sheet_for(folder, "", "campaign.toml")
    assert grid_for(spec, wishes).back_shift_mm == (-1.5, 0.5)


def test_labels_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sheet", "labels"]) == 0
    told = capsys.readouterr().out
    assert [name for name in labels() if name not in told] == []

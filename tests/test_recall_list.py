"""The list of old papers to collect: read back from its PDF, and as a table for Excel."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from cardgen.campaign import PaperChoice
from cardgen.job import make_volume
from cardgen.layouts import find_layout
from cardgen.model import ProofMode
from cardgen.plan import Selection
from cardgen.progress import Clock
from cardgen.report.recalls import HEADER, write_recalls
from cardgen.report.spreadsheet import MARK, table_text, text_cell
from cardgen.runs import Run, runs_of
from cardgen.serials import Serials
from cardgen.views import RecallStopView, RecallView, VillageRecallsView
from cardgen.workspace import read_workspace

HOMES = 40
OLD = Serials("old", map(str, range(1000)))
NEW = Serials("new", map(str, range(1000)))
NAMES = "甲乙丙丁戊己庚辛壬癸"


def head(number: int) -> str:
    return f"王{NAMES[number // 10]}{NAMES[number % 10]}"


def stop(number: int, papers: int = 1, part: str = "3网格　5组") -> RecallStopView:
    """A door; of its papers each third is not replaced, each second known to be delivered."""
    return RecallStopView(
        f"TW-{number:03d}",
        head(number),
        f"{number}号",
        part,
        tuple(
            RecallView(
                ("爱心联系卡", "门贴卡", "告知书")[at % 3],
                OLD.serial(str(number * 20 + at)),
                NEW.serial(str(number * 20 + at)) if at % 3 != 2 else "",
                f"第{at}个原因",
                at % 2 == 1,
            )
            for at in range(papers)
        ),
    )


def printed(
    workspace: Path, out: Path, recalls: dict[str, VillageRecallsView] | None
) -> tuple[Run, list[str]]:
    """The run, and the text of each page without blanks."""
    read = read_workspace(workspace)
    pair = find_layout("recall-list"), PaperChoice(layout="recall-list")
    [run] = runs_of(read, [pair], Selection(), recalls=recalls)
    pages = []
    for job in run.jobs(out, ProofMode.ALL, Clock()):
        run.note(make_volume(job))
        if (out / job.name).exists():
            document = pypdfium2.PdfDocument(out / job.name)
            texts = (page.get_textpage().get_text_bounded() for page in document)
            pages += [re.sub(r"\s", "", text) for text in texts]
    return run, pages


def test_a_village_with_old_papers_gets_a_list_and_one_without_is_left_out(
    workspace: Path, tmp_path: Path
) -> None:
    run, pages = printed(workspace, tmp_path, {"石桥村": VillageRecallsView((stop(1),))})
    tally = run.tally()
    assert (tally.subjects, tally.copies, tally.printed, len(run.held())) == (1, 1, 1, 0)
    [page] = pages
    assert "石桥村" in page and "唐湾村" not in page


def test_doors_come_in_their_order_with_old_and_new_serial_and_why(
    workspace: Path, tmp_path: Path
) -> None:
    stops = tuple(stop(number, 1 + 2 * (number % 2)) for number in (7, 3, 4))
    _, [page] = printed(workspace, tmp_path, {"唐湾村": VillageRecallsView(stops)})
    row = (
        f"1{head(7)}7号爱心联系卡第0个原因{OLD.serial('140')}没有送达登记{NEW.serial('140')}"
        f"门贴卡第1个原因{OLD.serial('141')}登记过送达{NEW.serial('141')}"
        f"告知书第2个原因{OLD.serial('142')}没有送达登记不再发"
        f"2{head(3)}3号"
    )
    assert row in page
    assert page.index(head(3)) < page.index(head(4))


def test_the_sums_are_those_of_the_rows(workspace: Path, tmp_path: Path) -> None:
    stops = tuple(stop(n, n % 4, f"{1 + n // 20}网格") for n in range(HOMES) if n % 4)
    _, pages = printed(workspace, tmp_path, {"唐湾村": VillageRecallsView(stops)})
    text = "".join(pages)
    parts = re.findall(r"小计(\d+)家收回(\d+)份", text)
    assert [(int(doors), int(copies)) for doors, copies in parts] == [(15, 30), (15, 30)]
    assert "合计30家收回60份换发50份不再发10份" in text
    closing = text[text.index("交回时清点") :]
    assert "爱心联系卡3030门贴卡2020告知书100" in closing
    assert "爱心联系卡30份门贴卡20份告知书10份" in pages[0]


def test_a_door_stands_whole_on_one_page_below_the_head_of_the_table(
    workspace: Path, tmp_path: Path
) -> None:
    stops = tuple(stop(number, 3) for number in range(HOMES))
    _, pages = printed(workspace, tmp_path, {"唐湾村": VillageRecallsView(stops)})
    assert len(pages) > 3
    for number in range(HOMES):
        [page] = [page for page in pages if head(number) in page]
        assert all(OLD.serial(str(number * 20 + at)) in page for at in range(3))
        assert "序户主住处纸、为什么换收回旧的换发新的收到签名" in page
    assert all(f"第{n}页共{len(pages)}页" in page for n, page in enumerate(pages, start=1))


def test_a_page_is_filled_before_the_next_begins(workspace: Path, tmp_path: Path) -> None:
    """Rows that must stay together drag no others along."""
    stops = tuple(stop(number, 3 if number == 21 else 1) for number in range(HOMES))
    _, pages = printed(workspace, tmp_path, {"唐湾村": VillageRecallsView(stops)})
    on_page = [sum(head(n) in page for n in range(HOMES)) for page in pages]
    assert on_page[0] >= 19


def test_a_door_with_more_papers_than_a_page_holds_is_printed_on_two(
    workspace: Path, tmp_path: Path
) -> None:
    door = replace(stop(1, 20), papers=stop(1, 20).papers + stop(2, 20).papers)
    _, pages = printed(workspace, tmp_path, {"唐湾村": VillageRecallsView((door,))})
    text = "".join(pages)
    assert len(pages) > 1
    assert all(paper.serial in text for paper in door.papers)


def test_a_reason_that_is_the_same_for_all_is_told_once(workspace: Path, tmp_path: Path) -> None:
    same, other = VillageRecallsView((stop(1), stop(2))), VillageRecallsView((stop(1, 2),))
    _, pages = printed(workspace, tmp_path, {"唐湾村": same, "石桥村": other})
    assert [page.count("第0个原因") for page in pages] == [1, 1]
    assert "为什么换第0个原因" in pages[0] and "序户主住处纸收回旧的" in pages[0]
    assert "门贴卡第1个原因" in pages[1]


@pytest.mark.parametrize(("name", "title"), [("柳林村", "柳林村"), ("", "全镇")])
def test_old_papers_of_a_village_that_is_gone_or_of_none_are_collected_too(
    name: str, title: str, workspace: Path, tmp_path: Path
) -> None:
    view = VillageRecallsView((stop(1),))
    run, pages = printed(workspace, tmp_path, {"唐湾村": view, name: view})
    assert run.tally().printed == 2
    files = sorted(path.name for path in (tmp_path / "recall-list").iterdir())
    assert files == sorted(["唐湾村-001.pdf", f"{title}-001.pdf"])
    assert title in pages[1] and OLD.serial("20") in pages[1]


def test_names_that_are_long_or_missing_or_rare_are_printed(
    workspace: Path, tmp_path: Path
) -> None:
    names = ("迪丽努尔·阿不都热合曼江", "欧阳诸葛建国", "张𬱖", "")
    stops = tuple(replace(stop(n), who=name) for n, name in enumerate(names))
    run, [page] = printed(workspace, tmp_path, {"唐湾村": VillageRecallsView(stops)})
    assert not run.held()
    assert all(name in page for name in (*names[:3], "没有户主"))


def test_without_a_look_at_what_is_out_the_list_is_left_out_and_says_so(
    workspace: Path, tmp_path: Path
) -> None:
    run, pages = printed(workspace, tmp_path, None)
    tally = run.tally()
    assert (tally.printed, tally.excluded, tally.failed, pages) == (0, 2, 0, [])
    assert {reason.message for held in run.held() for reason in held.reasons} == {
        "换卡收回单由 cardgen build --changed 随新卡一起印，不单独印"
    }


def test_nothing_to_collect_makes_no_copy(workspace: Path, tmp_path: Path) -> None:
    run, pages = printed(workspace, tmp_path, {"唐湾村": VillageRecallsView()})
    assert (run.tally().copies, pages) == (0, [])


# -- recall.csv ------------------------------------------------------------------------------


def test_recall_csv_has_a_line_for_each_copy_and_opens_in_excel(tmp_path: Path) -> None:
    path = tmp_path / "recall.csv"
    hostile = replace(stop(5), who="=1+1", code="0012", place="3-5")
    views = {"唐湾村": VillageRecallsView((stop(1, 3), hostile)), "石桥村": VillageRecallsView()}
    write_recalls(path, views)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(HEADER)
    assert rows[2] == [
        "唐湾村", "3网格　5组", head(1), "1号", "TW-001", "门贴卡",
        OLD.serial("21"), NEW.serial("21"), "第1个原因", "已送达",
    ]  # fmt: skip
    assert rows[3][7:] == ["不再发", "第2个原因", ""]
    assert rows[4][2:5] == ["'=1+1", "'3-5", "'0012"]
    assert len(rows) == 5


@pytest.mark.parametrize(
    "text",
    ["0012", "12", "3-5", "3/5", "1E10", "1.38E+10", "411000199001011234", "2026-11-22", "12:30",
     "２０２６", "11月22日", "50%", "(12)", "￥5", "5-Mar", "MAR5", "sept2", "TRUE", "1 1/2", "'a",
     "=1", "+1", "-1", "@x", "\t1", " 12 "],
)  # fmt: skip
def test_what_a_spreadsheet_would_change_gets_an_apostrophe(text: str) -> None:
    assert text_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "甲", "TW-001", "5组", "12号", "a'", "May house", OLD.serial("1")]
)
def test_what_it_would_not_change_stays_bare(text: str) -> None:
    assert text_cell(text) == text


def test_counts_are_numbers_and_lines_end_as_excels_do() -> None:
    text = table_text(("村", "户数"), [("唐湾村", 12), ("12", 3)])
    assert text == f"{MARK}村,户数\r\n唐湾村,12\r\n'12,3\r\n"

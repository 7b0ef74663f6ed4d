"""Papers that flow, read back from their PDFs: heads repeat, rows stay whole, totals agree.

One small township is printed once with all five of them, and what stands on each page is
compared with its rosters, its manifest and its report.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
import pytest

from cardgen.batch import Options
from cardgen.errors import UsageError
from cardgen.model import BatchResult
from cardgen.plan import Selection
from cardgen.produce import build, check

FLOWING = ("field-sheet", "route-sheet", "survey", "change-ledger", "duty-roster")
HOUSES = 94
CAMPAIGN = """
title = "防汛"
issuer = "青石镇人民政府"
date = 2026-11-22
hotlines = [{ name = "镇值班室", phone = "0374-0000000" }]

[papers.love-card]
roles = ["支部书记"]

[papers.field-sheet]
[papers.route-sheet]
[papers.survey]
[papers.change-ledger]

[papers.duty-roster]
days = 9
posts = ["东门", "西门"]
shifts = ["早班", "晚班"]
"""
CADRES = """姓名,职务,电话,负责范围
陈秀兰,支部书记,19900000004,唐湾村
周文,支部书记,19900000005,石桥村
李明,包村干部,19900000006,唐湾村；石桥村
赵网,网格员,19900000007,唐湾村/1网格
钱助,志愿者,19900000008,唐湾村/1网格
孙助,志愿者,19900000009,唐湾村/1网格
赵网,组长,19900000007,唐湾村/1组
吴格,网格员,19900000010,唐湾村/2网格
郑格,网格员,19900000011,石桥村/1网格；石桥村/2网格
"""
NOTE = "听力不好，电话多响几声，白天下地，晚上才在家，钥匙在隔壁邻居家里"


def name_of(number: int) -> str:
    """A name of three characters for each house, none of them within another."""
    return "王李张刘陈杨黄赵"[number % 8] + "甲乙丙丁戊己庚辛壬癸子丑"[number // 8] + "丰"


def write(folder: Path, houses: range, door: str = "号") -> Path:
    """94 houses of two villages: each eighth is without grid, each ninth without route."""
    lines = ["户号,村,网格,组,门牌,户主,电话,人口,类别,路线,备注"]
    for number in houses:
        village = "唐湾村" if number < 70 else "石桥村"
        grid = "" if number % 8 == 7 else f"{1 + number % 2}网格"
        route = "" if number % 9 == 8 else f"{1 + number % 2}线"
        care, note = ("独居老人", NOTE) if number % 5 == 4 else ("", "")
        lines.append(
            f"H{number:03d},{village},{grid},{1 + number % 3}组,{number}{door},"
            f"{name_of(number)},199001{number:05d},{1 + number % 6},{care},{route},{note}"
        )
    folder.mkdir(parents=True)
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    (folder / "村.csv").write_text(
        "村名,片区\n唐湾村,东片区\n石桥村,东片区\n柳林村,西片区\n", "utf-8"
    )
    (folder / "干部.csv").write_text(CADRES, "utf-8")
    (folder / "住户.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


@dataclass(frozen=True)
class Sheet:
    """A finished copy: what the manifest says of it, and the text of each of its pages."""

    serial: str
    layout: str
    subject: str
    pages: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.pages)


@dataclass(frozen=True)
class Printed:
    out: Path
    result: BatchResult
    sheets: tuple[Sheet, ...]

    def of(self, layout: str) -> list[Sheet]:
        return [sheet for sheet in self.sheets if sheet.layout == layout]


def squeezed(text: str) -> str:
    """Text without blanks, hyphens kept."""
    return re.sub(r"\s", "", text)


def sheets_of(out: Path) -> Iterator[Sheet]:
    """Every flowing copy with its pages: those from its own first to the next copy's."""
    with (out / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["layout"] in FLOWING]
    for name in dict.fromkeys(row["file"] for row in rows):
        document = pypdfium2.PdfDocument(out / name)
        texts = [squeezed(page.get_textpage().get_text_bounded()) for page in document]
        here = [row for row in rows if row["file"] == name]
        starts = [int(row["sheet"]) - 1 for row in here]
        for row, start, end in zip(here, starts, [*starts[1:], len(texts)], strict=True):
            yield Sheet(row["serial"], row["layout"], row["subject"], tuple(texts[start:end]))


@pytest.fixture(scope="module")
def township(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("flowing")
    # Before: three houses more, six that are there now were not, and every door was named otherwise
    # in the second half.
    old = write(folder / "old", range(6, HOUSES))
    rows = (old / "住户.csv").read_text("utf-8").splitlines()
    rows = [row.replace("号,", "号院,") if ",石桥村," in row else row for row in rows]
    rows += [f"H{n},唐湾村,1网格,1组,{n}号,走丰{n},1990019{n:04d},2,,1线," for n in (901, 902, 903)]
    (old / "住户.csv").write_text("\n".join(rows) + "\n", "utf-8")
    return write(folder / "青石镇", range(HOUSES))


@pytest.fixture(scope="module")
def printed(township: Path) -> Printed:
    out = township.parent / "out"
    result = build(township, Options(out=out, workers=0, since=township.parent / "old"))
    assert result.closes and not [held for held in result.held if not held.excluded]
    return Printed(out, result, tuple(sheets_of(out)))


def test_all_five_are_printed_and_some_take_several_pages(printed: Printed) -> None:
    counts = Counter(sheet.layout for sheet in printed.sheets)
    # 2 routes and 2 grids a village, and those without; cadres who are no secretaries; duty in
    # the grids, and for those without one where a group's leader answers for them
    assert counts == {
        "field-sheet": 7, "route-sheet": 6, "survey": 6, "change-ledger": 3, "duty-roster": 5,
    }  # fmt: skip
    assert max(len(sheet.pages) for sheet in printed.of("field-sheet")) >= 4


def test_each_page_has_its_number_and_the_serial(printed: Printed) -> None:
    for sheet in printed.sheets:
        for number, text in enumerate(sheet.pages, start=1):
            assert f"第{number}页共{len(sheet.pages)}页" in text, sheet.serial
            assert sheet.serial in text


@pytest.mark.parametrize(
    ("layout", "head"),
    [
        ("field-sheet", "序户主门牌人口电话特殊需要走访情况日期、签名"),
        ("route-sheet", "序户主门牌爱心联系卡编号签收人日期"),
        ("survey", "序户主门牌电话人口类别、备注现在家几人外出去向需要什么帮助签名、日期"),
        ("change-ledger", "序户主户号住处情况核实"),
    ],
)
def test_the_head_of_the_table_stands_on_each_page_with_rows(
    layout: str, head: str, printed: Printed
) -> None:
    for sheet in printed.of(layout):
        for text in sheet.pages:
            has_rows = bool(re.search(r"[甲乙丙丁戊己庚辛壬癸子丑]丰", text))
            assert head in text or not has_rows, (sheet.subject, text)
        assert head in sheet.text or "无增减" in sheet.text


def test_every_household_is_on_one_survey_and_one_route_exactly_once(printed: Printed) -> None:
    for layout in ("survey", "route-sheet"):
        text = "".join(sheet.text for sheet in printed.of(layout))
        assert {n: text.count(name_of(n)) for n in range(HOUSES)} == dict.fromkeys(range(HOUSES), 1)


def test_a_field_sheet_has_those_whom_its_cadre_answers_for(printed: Printed) -> None:
    by_head = {sheet.pages[0].split("19900000")[0]: sheet for sheet in printed.of("field-sheet")}
    everyone = next(sheet for sheet in by_head.values() if "包村干部李明" in sheet.text)
    assert [everyone.text.count(name_of(n)) for n in range(HOUSES)] == [1] * HOUSES
    grid = next(sheet for sheet in by_head.values() if "网格员赵网" in sheet.text)
    mine = [n for n in range(70) if n % 2 == 0 and n % 8 != 7]
    assert [n for n in range(HOUSES) if name_of(n) in grid.text] == mine


@pytest.mark.parametrize("layout", ["field-sheet", "survey"])
def test_no_row_is_cut(layout: str, printed: Printed) -> None:
    """Name, phone, needs and the end of a long note stand on one page."""
    for sheet in printed.of(layout):
        for number in range(HOUSES):
            pages = [text for text in sheet.pages if name_of(number) in text]
            assert len(pages) <= 1
            for text in pages:
                row = text.split(name_of(number))[1]
                assert row.startswith((f"{1 + number % 3}组{number}号", f"{number}号"))
                assert f"199001{number:05d}" in row
                if number % 5 == 4:
                    assert "独居老人" in row and NOTE[-6:] in row


def test_no_page_holds_one_row_alone(printed: Printed) -> None:
    for layout in ("field-sheet", "route-sheet", "survey"):
        for sheet in printed.of(layout):
            on_page = [sum(name_of(n) in text for n in range(HOUSES)) for text in sheet.pages]
            assert all(count != 1 for count in on_page) or sum(on_page) == 1, sheet.subject


def test_subtotals_add_up_to_the_total(printed: Printed) -> None:
    for layout in ("field-sheet", "survey", "route-sheet"):
        for sheet in printed.of(layout):
            parts = [int(n) for n in re.findall(r"小计(\d+)户", sheet.text)]
            [total] = re.findall(r"合计(\d+)户", sheet.text)
            assert sum(parts) == int(total) == sum(name_of(n) in sheet.text for n in range(HOUSES))


def test_members_add_up(printed: Printed) -> None:
    for sheet in printed.of("field-sheet"):
        [(homes, members)] = re.findall(r"合计(\d+)户(\d+)人", sheet.text)
        mine = [n for n in range(HOUSES) if name_of(n) in sheet.text]
        assert (int(homes), int(members)) == (len(mine), sum(1 + n % 6 for n in mine))


def test_route_sheets_list_the_serials_of_the_manifest_beside_the_right_name(
    printed: Printed,
) -> None:
    with (printed.out / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        cards = {
            row["subject"]: row["serial"]
            for row in csv.DictReader(file)
            if row["layout"] == "love-card"
        }
    assert len(cards) == HOUSES
    text = "".join(sheet.text for sheet in printed.of("route-sheet"))
    for number in range(HOUSES):
        pattern = rf"{name_of(number)}{number}号{cards[f'H{number:03d}']}"
        assert len(re.findall(pattern, text)) == 1


def test_totals_of_route_sheets_are_those_of_the_report(printed: Printed) -> None:
    text = "".join(sheet.text for sheet in printed.of("route-sheet"))
    [card] = [tally for tally in printed.result.tallies if tally.layout == "love-card"]
    handed = [int(n) for n in re.findall(r"合计\d+户爱心联系卡(\d+)份", text)]
    assert len(handed) == 6 and sum(handed) == card.printed == HOUSES


# -- the ledger of changes -------------------------------------------------------------------


def test_a_ledger_tells_who_came_left_and_moved_and_its_sum_closes(printed: Printed) -> None:
    [here, there, nobody] = printed.of("change-ledger")
    assert here.subject == "唐湾村"
    assert "67上次名册户数＋6增加－3减少＝70这次名册户数" in here.text
    assert [name_of(n) in here.text for n in range(7)] == [True] * 6 + [False]
    assert all(f"走丰{n}" in here.text for n in (901, 902, 903))
    assert "村内搬动小计24户" in there.text
    assert f"{name_of(70)}H070{1 + 70 % 2}网格2组70号门牌70号院改为70号" in there.text
    assert "本村这一期无增减、无变更" in nobody.text


def test_a_ledger_asked_for_by_name_needs_an_earlier_roster(township: Path) -> None:
    with pytest.raises(UsageError) as told:
        build(township, Options(layouts=("change-ledger",), workers=0))
    assert told.value.message == "增减台账要和上一次的花名册比，账本里还没有上一次的。"
    assert told.value.hint == "加上 --since，后面写旧的工作文件夹或旧的花名册文件。"


def test_a_campaign_with_a_ledger_is_printed_without_it_and_says_so(
    township: Path, tmp_path: Path
) -> None:
    toml = CAMPAIGN.split("[papers.field-sheet]")[0] + "[papers.change-ledger]\n"
    folder = shutil.copytree(township, tmp_path / "青石镇")
    (folder / "campaign.toml").write_text(toml, "utf-8")
    result = build(folder, Options(out=tmp_path / "out", workers=0))
    [card, ledger] = result.tallies
    assert (card.printed, ledger.printed, ledger.excluded) == (HOUSES, 0, 3)
    assert result.closes
    assert {reason.message for held in result.held for reason in held.reasons} == {
        "要和上一次的花名册比才能印，账本里还没有上一次的；"
        "有旧的，用 cardgen build 的 --since 给出旧文件夹或旧花名册"
    }


@pytest.mark.parametrize(
    ("name", "message"),
    [("nowhere", "没有 {path}。"), ("empty", "{path} 里没有花名册。"),
     ("村.csv", "{path} 里没有住户表，比不了。")],
)  # fmt: skip
def test_an_earlier_roster_that_is_none_is_named(
    name: str, message: str, township: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    shutil.copy(township / "村.csv", tmp_path)
    path = tmp_path / name
    with pytest.raises(UsageError) as told:
        build(township, Options(layouts=("change-ledger",), workers=0, since=path))
    assert told.value.message == message.format(path=path)


def test_an_earlier_roster_full_of_faults_can_be_compared_with(
    township: Path, tmp_path: Path
) -> None:
    old = tmp_path / "旧.csv"
    old.write_text(
        "户号,村,户主,电话,门牌,人口\nH001,不知村,,1.99E+10,,几口\nH001,唐湾村,李□,123,,\n,,,,,\n",
        "utf-8",
    )
    options = Options(layouts=("change-ledger",), workers=0, since=old, out=tmp_path / "out")
    result = build(township, options)
    assert result.closes and result.tallies[0].printed == 3
    assert "change-doubtful" in {problem.code for problem in result.problems}


def test_an_earlier_roster_without_a_ledger_to_print_is_wrong_use(township: Path) -> None:
    options = Options(layouts=("survey",), workers=0, since=township.parent / "old")
    with pytest.raises(UsageError, match="--since 只用于增减台账"):
        build(township, options)


# -- duty rosters ----------------------------------------------------------------------------


def test_a_duty_roster_shows_everyone_once_and_who_has_two_posts_is_one_person(
    printed: Printed,
) -> None:
    first, second, *_ = printed.of("duty-roster")
    assert first.subject == "唐湾村/1网格"
    loads = re.findall(
        r"(赵网|钱助|孙助)199\d{8}(?:网格员|志愿者).*?(\d+)(?=钱助199|孙助199|第)", first.pages[0]
    )
    assert [name for name, _ in loads] == ["赵网", "钱助", "孙助"]
    assert "人手不够：每天2班、每班2个岗，要4人才排得开，名册里只有3人。" in first.text
    assert first.text.count("缺") - 1 == 9
    assert "名册里只有2人" in second.text


def test_a_grid_without_people_gets_no_duty_roster_and_is_named(
    printed: Printed, township: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(township, tmp_path / "青石镇")
    (folder / "干部.csv").write_text(CADRES.replace("石桥村", "唐湾村"), "utf-8")
    result = build(folder, Options(layouts=("duty-roster",), workers=0, out=tmp_path / "out"))
    reasons = {held.subject: held.reasons[0].message for held in result.held}
    assert reasons["石桥村/1网格"] == (
        "石桥村1网格没有人可以排班：干部表里没有谁负责这个网格、它的组或楼栋"
    )
    assert result.closes


# -- what cannot be printed, and who prints --------------------------------------------------


def test_a_character_that_no_font_has_holds_the_sheet_back_and_is_named(
    township: Path, tmp_path: Path
) -> None:
    """The engine would print a box, and copy the right character: nobody would see it."""
    folder = shutil.copytree(township, tmp_path / "青石镇")
    path = folder / "住户.csv"
    path.write_text(path.read_text("utf-8").replace(NOTE, "门口有\U0003134f", 1), "utf-8")
    selection = Selection(households=("唐湾村/1网格", "唐湾村/2网格"))
    options = Options(layouts=("survey",), selection=selection, workers=0, out=tmp_path / "out")
    [held] = build(folder, options).held
    assert held.subject == "唐湾村/1网格"
    assert "“门口有\U0003134f”里有字体没有的字：" in held.reasons[0].message
    [looked] = check(folder, Options(layouts=("survey",))).held
    assert looked.subject == "唐湾村/1网格" and "字体没有的字" in looked.reasons[0].message


def test_workers_print_the_same_bytes(township: Path, printed: Printed, tmp_path: Path) -> None:
    options = Options(layouts=("survey", "field-sheet"), workers=2, out=tmp_path)
    build(township, options)
    files = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.pdf"))
    assert len(files) >= 3
    assert [f for f in files if (tmp_path / f).read_bytes() != (printed.out / f).read_bytes()] == []


def test_pages_of_one_copy_share_their_fonts(printed: Printed) -> None:
    """A page more is its own text, not another set of fonts."""
    path = printed.out / "field-sheet" / "全镇-001.pdf"
    fonts = path.read_bytes().count(b"/FontFile2") + path.read_bytes().count(b"/FontFile3")
    pages = len(pypdfium2.PdfDocument(path))
    assert fonts <= 6 * len(printed.of("field-sheet")) < 6 * pages

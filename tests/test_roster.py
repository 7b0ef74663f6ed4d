"""Rosters as they come: which table, which rows, which cells, and what is left out."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from cardgen.model import Table
from cardgen.roster import Roster, read_roster, roster_files
from cardgen.roster.header import find_header
from cardgen.roster.package import _unsaved
from cardgen.roster.sheet import Sheet, read_sheet
from cardgen.roster.words import VOCABULARY, header_keys

Rows = list[list[Any]]


def write(path: Path, rows: Rows, change: Callable[[Worksheet], None] | None = None) -> Path:
    """An .xlsx with one sheet 表."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "表"
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    book.save(path)
    return path


def drawn(roster: Roster) -> list[str]:
    """Rows as a reader sees them: "5 户号=1 户主=甲"."""
    return [
        " ".join([str(row.origin.row), *(f"{k}={v}" for k, v in row.values.items())])
        for row in roster.rows
    ]


def told(roster: Roster) -> list[str]:
    return [f"{p.cell} {p.code} {p.severity} {p.message}" for p in roster.problems]


HEADER = ["户号", "村", "户主", "电话"]


# --------------------------------------------------------------------------- what is data


def test_rows_keep_the_numbers_that_the_spreadsheet_shows(tmp_path: Path) -> None:
    rows: Rows = [["名册"], [], HEADER, ["1", "唐湾村", "甲"], [], [None, None, "乙", "110"]]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert drawn(roster) == ["4 code=1 village=唐湾村 head=甲", "6 head=乙 phone=110"]
    assert roster.rows[1].origin.cell("phone") == "D6"
    assert roster.tables[0].file == "a.xlsx" and roster.tables[0].sheet == "表"


def test_empty_columns_before_the_table_count_in_addresses(tmp_path: Path) -> None:
    rows: Rows = [[None, None, *HEADER], [None, None, "1", "唐湾村", "甲", "110"]]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert roster.rows[0].origin.cell("phone") == "F2"


def test_cells_come_as_the_file_holds_them(tmp_path: Path) -> None:
    rows: Rows = [
        ["户号", "户主", "门牌", "电话", "人口", "观察起", "观察止"],
        ["0012", " 甲\n乙　", 12.5, 19900000000.0, 3, date(2026, 11, 3), datetime(2026, 11, 3, 8)],
    ]
    values = read_roster([write(tmp_path / "a.xlsx", rows)]).rows[0].values
    assert dict(values) == {
        "code": "0012",
        "head": " 甲\n乙　",
        "door": 12.5,
        "phone": 19900000000.0,
        "members": 3.0,
        "watch_from": date(2026, 11, 3),
        "watch_to": datetime(2026, 11, 3, 8),
    }
    assert type(values["watch_from"]) is date and type(values["phone"]) is float
    assert len(values) == 7 and values.get("grid") is None and "grid" not in values


@pytest.mark.parametrize("error", ["#N/A", "#SPILL!"])
def test_an_excel_error_is_kept_as_text(tmp_path: Path, error: str) -> None:
    def change(sheet: Worksheet) -> None:
        sheet["D2"], sheet["D2"].data_type = error, "e"

    path = write(tmp_path / "a.xlsx", [HEADER, ["1", "唐湾村", "甲", "x"]], change)
    assert read_roster([path]).rows[0].values["phone"] == error


def test_a_formula_without_a_result_is_no_blank(tmp_path: Path) -> None:
    rows: Rows = [HEADER, ["1", "唐湾村", "甲", "110"], ["2", "唐湾村", "=C2", "110"], [], ["=A2"]]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert drawn(roster) == [
        "2 code=1 village=唐湾村 head=甲 phone=110",
        "3 code=2 village=唐湾村 head=#EMPTY! phone=110",
        "5 code=#EMPTY!",
    ]


def test_a_formula_that_says_nothing_is_a_blank() -> None:
    cells = b'<c r="A2" t="str"><f>B2</f><v></v></c><c r="B2"><f t="shared" si="0"/><v>1</v></c>'
    assert list(_unsaved(cells)) == []
    assert dict(_unsaved(b'<c r="AB3" s="1"><f t="shared" si="0"/></c><c r="A1"/>')) == {
        (2, 27): "#EMPTY!"
    }


def test_totals_signatures_and_repeated_headers_are_left_out_with_a_reason(tmp_path: Path) -> None:
    rows: Rows = [
        ["青石镇住户花名册"],
        HEADER,
        ["1", "唐湾村", "甲", "110"],
        ["小　计", None, "1户"],
        ["青石镇住户花名册"],
        HEADER,
        ["2", "唐湾村", "乙", "110"],
        ["合计：2户"],
        [None, None, None, None],
        ["制表人：丙", None, "审核：丁"],
        ["审核人", "戊"],
        [None, None, None, "2026年11月22日"],
        [None, None, "青石镇人民政府"],
    ]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert [row.values["head"] for row in roster.rows] == ["甲", "乙"]
    assert [(origin.row, reason) for origin, reason in roster.skipped] == [
        (4, "合计行"),
        (5, "表中间的标题行"),
        (6, "重复的表头"),
        (8, "合计行"),
        (10, "落款或说明行"),
        (11, "落款或说明行"),
        (12, "落款或说明行"),
        (13, "落款或说明行"),
    ]


def test_a_person_whose_role_looks_like_a_signature_is_kept(tmp_path: Path) -> None:
    rows: Rows = [["职务", "姓名", "电话"], ["统计员", "甲", "110"], ["审核", "乙", "120"]]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert [row.values["role"] for row in roster.rows] == ["统计员", "审核"]


def test_a_household_whose_note_comes_first_is_no_signature(tmp_path: Path) -> None:
    rows: Rows = [
        ["备注", "户号", "村", "户主"],
        ["备注：卧床", "1", "唐湾村", "甲"],
        ["说明：外出", "2", "唐湾村", "乙"],
        ["备注：以上共2户"],
    ]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert [row.values["head"] for row in roster.rows] == ["甲", "乙"]
    assert [(origin.row, reason) for origin, reason in roster.skipped] == [(4, "落款或说明行")]


def test_a_person_whose_role_ends_in_a_colon_is_kept(tmp_path: Path) -> None:
    rows: Rows = [
        ["职务", "姓名", "电话", "负责范围"],
        ["村主任：", "甲", "110", "唐湾村"],
        ["负责人：", "乙", "120"],
    ]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert [row.values["name"] for row in roster.rows] == ["甲"]
    assert [origin.row for origin, _ in roster.skipped] == [3]


def test_a_second_table_above_is_told_and_not_lost_in_silence(tmp_path: Path) -> None:
    people = ["姓名", "职务", "电话", "负责范围"]
    rows: Rows = [
        *([*HEADER[:3], "门牌"], ["1", "唐湾村", "甲", "1号"], ["2", "唐湾村", "乙", "2号"]),
        *([], ["干部名册"], people, ["丙", "支部书记", "110", "唐湾村"]),
    ]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert [row.values["name"] for row in roster.rows] == ["丙"]
    assert told(roster) == [
        "A1 table-unknown warning 第 1 行起像是另一个表（住户表），有 2 行没有读；一个工作表里"
        "只读一个表（这里是第 6 行起的干部表），请把它移到另一个工作表"
    ]


def test_a_second_table_beside_is_told_as_one(tmp_path: Path) -> None:
    rows: Rows = [[*HEADER, None, *HEADER], ["1", "唐湾村", "甲", "110", None, "2", "唐湾村", "乙"]]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert len(roster.rows) == 1
    assert told(roster) == [
        "F1 table-unknown warning F–I 列像是并排的第二个表，没有读；请把它的行接在第一个表的下面"
    ]


def test_a_row_with_only_a_serial_number_is_blank(tmp_path: Path) -> None:
    rows: Rows = [["序号", *HEADER], [1, "1", "唐湾村", "甲"], [2], [3, " ", "　"]]
    assert len(read_roster([write(tmp_path / "a.xlsx", rows)]).rows) == 1


def test_a_merged_village_stands_in_every_row_it_covers_and_in_no_other(tmp_path: Path) -> None:
    rows: Rows = [
        *(HEADER, ["1", "唐湾村", "甲"], ["2", None, "乙"], [], ["3", None, "丙"]),
        ["4", None, "丁"],
    ]
    path = write(tmp_path / "a.xlsx", rows, lambda sheet: sheet.merge_cells("B2:B5"))
    villages = [row.values.get("village") for row in read_roster([path]).rows]
    assert villages == ["唐湾村", "唐湾村", "唐湾村", None]


def test_a_title_merged_across_the_table_is_no_household(tmp_path: Path) -> None:
    rows: Rows = [HEADER, ["东片区"], ["1", "唐湾村", "甲"], ["西片区"], ["2", "柳湾村", "乙"]]

    def change(sheet: Worksheet) -> None:
        sheet.merge_cells("A2:D2")
        sheet.merge_cells("A4:D4")

    roster = read_roster([write(tmp_path / "a.xlsx", rows, change)])
    assert [row.values["head"] for row in roster.rows] == ["甲", "乙"]
    assert [reason for _, reason in roster.skipped] == ["表中间的标题行"] * 2


def test_hidden_rows_are_read_and_told(tmp_path: Path) -> None:
    rows: Rows = [HEADER, *([str(n), "唐湾村", f"户{n}"] for n in range(2, 9))]

    def change(sheet: Worksheet) -> None:
        for row in (3, 5, 6, 7):
            sheet.row_dimensions[row].hidden = True

    roster = read_roster([write(tmp_path / "a.xlsx", rows, change)])
    assert len(roster.rows) == 7
    assert told(roster) == [
        "A3 rows-hidden notice 第 3、5–7 行是隐藏的，也读了（共 4 行）；不要的请删掉"
    ]


def test_an_xls_keeps_merges_hidden_rows_and_errors(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    sheet = book.add_sheet("表")
    for row, cells in enumerate([HEADER, ["1", None, "甲"], ["2", None, "乙"]]):
        for column, value in enumerate(cells):
            if value:
                sheet.write(row, column, value)
    sheet.write_merge(1, 2, 1, 1, "唐湾村")
    sheet.row(2).set_cell_error(3, "#N/A!")
    sheet.row(2).hidden = True
    book.save(str(tmp_path / "a.et"))
    roster = read_roster([tmp_path / "a.et"])
    assert drawn(roster) == [
        "2 code=1 village=唐湾村 head=甲",
        "3 code=2 village=唐湾村 head=乙 phone=#N/A",
    ]
    assert [p.code for p in roster.problems] == ["rows-hidden"]


def test_id_numbers_in_columns_that_are_not_used_are_passed_on(tmp_path: Path) -> None:
    rows: Rows = [
        [*HEADER, "身份证号", "银行卡号", "学历"],
        ["1", "唐湾村", "甲", "110", "410000190001010013", 6.2e18, "小学"],
        ["2", "唐湾村", "乙", "110", "无", None, "小学"],
    ]
    one, two = read_roster([write(tmp_path / "a.xlsx", rows)]).rows
    assert one.values["?身份证号"] == "410000190001010013" and one.values["?银行卡号"] == 6.2e18
    assert one.origin.cell("?身份证号") == "E2"
    assert list(two.values) == ["code", "village", "head", "phone"]


# --------------------------------------------------------------------------- which table


TABLES = [
    ("村名 片区 值班电话 群二维码 备注", Table.VILLAGE, "name zone phone group_link note"),
    ("村居 管区 办公电话", Table.VILLAGE, "name zone phone"),
    ("序号 行政村", Table.VILLAGE, "name"),
    ("姓名 职务 电话 负责范围", Table.CADRE, "name role phone scope"),
    ("村 责任人 岗位 联系方式 包联", Table.CADRE, "village name role phone scope"),
    ("网格 姓名 职务 电话", Table.CADRE, "name role phone"),
    ("网格 组 姓名 职务 电话", Table.CADRE, "name role phone"),
    ("编号 姓名 身份 手机 包保范围", Table.CADRE, "name role phone scope"),
    ("单位 姓名 职务 手机号码", Table.CADRE, "name role phone"),
    ("村 姓名 电话 门牌", Table.HOUSEHOLD, "village head phone door"),
    ("编号 社区 户主姓名 家庭住址", Table.HOUSEHOLD, "code village head door"),
    ("户主 电话", Table.HOUSEHOLD, "head phone"),
    ("楼 单元 房号 姓名", Table.HOUSEHOLD, "building unit door head"),
    ("单元 房号 业主", Table.HOUSEHOLD, "building door head"),
    ("片区 村 户主 队 特殊情况", Table.HOUSEHOLD, "village head group kinds"),
    ("名称 村 地址 负责人 电话 类型", Table.VENUE, "name village address person phone kind"),
    ("店名 经营地址 店主 手机", Table.VENUE, "name address person phone"),
]


@pytest.mark.parametrize(("header", "table", "fields"), TABLES)
def test_headers_tell_the_table(header: str, table: Table, fields: str) -> None:
    found = find_header([header.split()])
    assert found is not None and not found.lacks
    assert (found.table, " ".join(found.columns)) == (table, fields)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("户　主", "head"),
        ("联系\n电话", "phone"),
        ("人口（人）", "members"),
        ("*户主（必填）", "head"),
        ("ＴＥＬ/电话", "phone"),
        ("村/社区", "village"),
        ("【门牌号】：", "door"),
    ],
)
def test_headers_may_be_decorated(header: str, field: str) -> None:
    fields = [VOCABULARY[Table.HOUSEHOLD].get(key, [("", 0)])[0][0] for key in header_keys(header)]
    assert field in fields


def test_every_name_of_the_users_files_is_known() -> None:
    """The names that formats.md lists."""
    seen = {
        Table.VILLAGE: "村名 村 村庄 行政村 社区 村（社区） 村居 片区 工作区 管区 辖区"
        " 值班电话 村部电话 办公电话 群二维码 微信群 群链接 备注",
        Table.CADRE: "姓名 干部姓名 联系人 责任人 职务 角色 岗位 身份 电话 手机 手机号 手机号码"
        " 联系电话 联系方式 负责范围 责任范围 包保范围 分管 包联",
        Table.HOUSEHOLD: "户号 编号 户编号 门牌编号 村 网格 网格号 所属网格 组 村民小组 小组 队"
        " 楼栋 楼 栋 单元 门牌 门牌号 住址 地址 家庭住址 户主 户主姓名 姓名 电话 人口 家庭人口"
        " 人数 类别 人员类别 特殊情况 重点人群 观察起 观察止 路线 备注",
        Table.VENUE: "名称 场所名称 店名 单位 村 地址 负责人 电话 类型",
    }
    for table, names in seen.items():
        for name in names.split():
            assert any(key in VOCABULARY[table] for key in header_keys(name)), (table, name)


def test_a_header_in_two_rows_is_read_with_its_upper_words(tmp_path: Path) -> None:
    rows: Rows = [
        ["住户名册"],
        ["户号", "村", "联系人", None, "观察期", None],
        [None, None, "姓名", "电话", "起", "止"],
        ["1", "唐湾村", "甲", "110", "2026.11.3", "2026.11.17"],
    ]

    def change(sheet: Worksheet) -> None:
        for place in ("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:F2"):
            sheet.merge_cells(place)

    roster = read_roster([write(tmp_path / "a.xlsx", rows, change)])
    assert drawn(roster) == [
        "4 code=1 village=唐湾村 head=甲 phone=110 watch_from=2026.11.3 watch_to=2026.11.17"
    ]
    assert roster.problems == ()


@pytest.mark.parametrize(("lines", "found"), [(14, True), (15, False)])
def test_the_header_may_stand_in_the_first_15_rows(lines: int, found: bool) -> None:
    top: Rows = [["注意事项"]] * lines
    result = read_sheet(Sheet("表", [*top, HEADER, ["1", "唐湾村", "甲", "110"]]))
    assert (result.table is Table.HOUSEHOLD) is found


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 6))
def test_the_order_of_columns_changes_nothing(dice: random.Random, blanks: int) -> None:
    header: list[str | None] = ["户号", "村", "网格", "组", "门牌", "户主", "电话", "人口"]
    rows = [[f"{name}{n}" for name in header] for n in range(3)]
    order = list(range(len(header))) + [-1] * blanks
    dice.shuffle(order)
    table = [[row[at] if at >= 0 else None for at in order] for row in [header, *rows]]
    found = read_sheet(Sheet("表", table))
    fields = ["code", "village", "grid", "group", "door", "head", "phone", "members"]
    again = [[cells[list(found.columns).index(f)] for f in fields] for _, cells in found.rows]
    assert again == rows
    assert [header[order[found.columns[f]]] for f in fields] == header


# --------------------------------------------------------------------------- what is told


def test_an_unknown_header_is_told_with_the_nearest_known_name(tmp_path: Path) -> None:
    rows: Rows = [[*HEADER[:3], "联系电活", "宅基地面积"], ["1", "唐湾村", "甲", "110", 3]]
    assert told(read_roster([write(tmp_path / "a.xlsx", rows)])) == [
        "D1 header-unknown notice 表头“联系电活”认不出，这一列没有用；最接近的是“联系电话”",
        "E1 header-unknown notice 表头“宅基地面积”认不出，这一列没有用",
    ]


def test_a_column_without_a_header_is_told_if_it_holds_something(tmp_path: Path) -> None:
    rows: Rows = [[*HEADER, None, None], ["1", "唐湾村", "甲", "110", None, "随手记"]]
    assert told(read_roster([write(tmp_path / "a.xlsx", rows)])) == [
        "F1 header-unknown notice F 列有内容而没有表头，没有用"
    ]


def test_two_columns_for_one_field_are_told_and_the_better_name_wins(tmp_path: Path) -> None:
    rows: Rows = [["姓名", "户号", "户主", "电话", "电话"], ["丙", "1", "甲", "110", "120"]]
    roster = read_roster([write(tmp_path / "a.xlsx", rows)])
    assert drawn(roster) == ["2 code=1 head=甲 phone=110"]
    assert told(roster) == [
        "A1 header-twice warning 表头“姓名”与“户主”说的是同一项，用的是 C 列的“户主”",
        "E1 header-twice warning 表头“电话”与“电话”说的是同一项，用的是 D 列的“电话”",
    ]


def test_a_sheet_without_a_header_is_told_and_an_empty_one_is_not(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "说明"
    book.worksheets[0]["A1"] = "请各村于周五前上报"
    book.create_sheet("Sheet2")
    book.create_sheet("通讯录").append(["姓名", "电话"])
    book.save(tmp_path / "a.xlsx")
    assert told(read_roster([tmp_path / "a.xlsx"])) == [
        " table-unknown warning 工作表“说明”里找不到表头，没有读；"
        "表头要写在前 15 行，例如：户号、村、门牌、户主、电话",
        "A1 table-unknown warning 工作表“通讯录”像是干部表，但没有“职务或负责范围”一列，没有读",
    ]


def test_a_hidden_sheet_is_not_read_and_told_if_it_holds_a_table(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0].append(HEADER)
    book.worksheets[0].append(["1", "唐湾村", "甲"])
    for name, cells in (("去年", HEADER), ("参数", ["x"])):
        sheet = book.create_sheet(name)
        sheet.append(cells)
        sheet.append(["2", "唐湾村", "旧"])
        sheet.sheet_state = "hidden"
    book.save(tmp_path / "a.xlsx")
    roster = read_roster([tmp_path / "a.xlsx"])
    assert [row.values["head"] for row in roster.rows] == ["甲"]
    assert told(roster) == [
        " table-hidden warning 隐藏的工作表“去年”像是住户表，没有读；要用它请先取消隐藏"
    ]


# --------------------------------------------------------------------------- text and files


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("gbk", ","), ("gbk", "\t"), ("utf-8", ";"), ("utf-8-sig", ","), ("gb18030", ";"),
     ("utf-16", "\t")],
)  # fmt: skip
def test_a_short_text_table_is_read_in_any_encoding(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    lines = [HEADER, ["1", "唐湾村", "王䶮", "110"], [], ["2", "", "乙", "120"]]
    if encoding == "gbk":
        lines[1][2] = "王五"
    text = "\r\n".join(delimiter.join(line) for line in lines)
    (tmp_path / "a.csv").write_bytes(text.encode(encoding))
    roster = read_roster([tmp_path / "a.csv"])
    assert drawn(roster) == [
        f"2 code=1 village=唐湾村 head={lines[1][2]} phone=110",
        "4 code=2 head=乙 phone=120",  # the village above is not merged, and so not filled in
    ]
    assert roster.problems == ()


def test_gbk_that_happens_to_be_utf8_is_read_as_what_has_a_header(tmp_path: Path) -> None:
    """All of this is valid UTF-8 too, as in the bug of old by which Notepad lost a text."""
    data = "楼,住址\r\n楼,片\r\n".encode("gbk")
    assert data.decode("utf-8")
    (tmp_path / "a.csv").write_bytes(data)
    assert told(read_roster([tmp_path / "a.csv"])) == [
        "A1 table-unknown warning 这个文件像是住户表，但没有“户主或户号”一列，没有读"
    ]


def test_a_text_with_broken_bytes_is_read_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("户号,户主,电话\n1,甲,110\n".encode("gbk") + b"2,\xff\xff,1\n")
    roster = read_roster([tmp_path / "a.csv"])
    assert len(roster.rows) == 2
    assert told(roster) == [
        " encoding-doubtful warning 文件像是 GB18030 编码，但有 2 处字符读不出；"
        "请用 Excel 打开核对后另存为 .xlsx"
    ]


def test_line_breaks_inside_quotes_do_not_shift_row_numbers(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('户号,户主\n1,"甲\n乙"\n2,丙\n', encoding="utf-8")
    assert drawn(read_roster([tmp_path / "a.csv"])) == ["2 code=1 head=甲\n乙", "3 code=2 head=丙"]


def test_only_the_folders_own_tables_are_roster_files(tmp_path: Path) -> None:
    for name in ("b.XLSX", "a.csv", "c.et", "~$b.xlsx", ".d.xls", "e.docx", "campaign.toml"):
        (tmp_path / name).touch()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.csv").touch()
    assert [path.name for path in roster_files(tmp_path)] == ["a.csv", "b.XLSX", "c.et"]

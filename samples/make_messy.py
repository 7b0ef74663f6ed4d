"""Make samples/messy: one invented office's rosters on a bad day, in four kinds of files.

The office is 柳河镇 with three villages, ten cadres and 36 households. Every phone is from
19900000000-19900099999 or 0374-0000000 upwards, the ID number is of nobody. The same bytes
come out each time. Run: python samples/make_messy.py
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import xlwt
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

HERE = Path(__file__).parent / "messy"
VILLAGES = ("槐树村", "石桥村", "东洼村")
ID_NUMBER = "41000019000101001" + "3"  # the check digit is right, the district is nobody's

CAMPAIGN = """\
title = "防汛"
issuer = "柳河镇人民政府"
date = 2026-11-22
slogans = ["有困难，找干部", "听到锣声就转移"]
hotlines = [{ name = "镇值班室", phone = "0374-0000000" }]

[links]
household = "https://example.cn/h/{code}"

[papers.love-card]
roles = ["分管领导", "包村干部", "支部书记"]
"""

Record = dict[str, Any]


def villages() -> list[Record]:
    """The three villages, without a fault."""
    zones = ("北片区", "北片区", "南片区")
    return [
        {"村": name, "片区": zone, "电话": f"0374-000001{n}"}
        for n, (name, zone) in enumerate(zip(VILLAGES, zones, strict=True))
    ]


def cadres() -> list[Record]:
    """Ten cadres, without a fault."""
    names = ["崔明", "白露", "韩江", "方圆", "陶然", "秦川", "孟夏", "石磊", "于飞", "夏至"]
    posts = [
        ("分管领导", "北片区"),
        ("分管领导", "南片区"),
        *(("包村干部", name) for name in VILLAGES),
        *(("支部书记", name) for name in VILLAGES),
        ("网格员", "石桥村/1网格"),
        ("村医", "全镇#独居老人"),
    ]
    return [
        {"姓名": name, "职务": post, "电话": f"199000000{n:02}", "范围": scope}
        for n, (name, (post, scope)) in enumerate(zip(names, posts, strict=True))
    ]


def households() -> list[Record]:
    """36 households, 12 a village, without a fault."""
    dice = random.Random(20261122)
    family = "赵钱孙李周吴郑王冯陈"
    given = ["国强", "秀英", "建军", "桂兰", "志远", "玉梅", "德福", "春燕"]
    found: list[Record] = []
    for village in VILLAGES:
        for number in range(1, 13):
            code = len(found) + 1
            found.append(
                {
                    "户号": f"{code:04}",
                    "村": village,
                    "网格": f"{1 + (number > 6)}网格",
                    "组": f"{1 + number // 5}组",
                    "门牌": f"{number}号",
                    "户主": dice.choice(family) + dice.choice(given),
                    "电话": f"199000{1000 + code:05}",
                    "人口": dice.randint(1, 6),
                    "类别": dice.choice(["", "", "", "独居老人", "慢性病、残疾"]),
                }
            )
    return found


# --------------------------------------------------------------------------- csv, GBK


def make_csv(folder: Path) -> None:
    """Three text files as an old program exports them: GBK, and a delimiter each."""
    homes = households()
    homes[3]["电话"] = "１９９０００１００４"  # full width, and a digit short
    homes[4]["电话"] = "1.99E+10"
    homes[7]["村"] = "石桥"
    homes[9]["村"] = "北湾村"
    homes[13]["户主"] = ""
    homes[20]["电话"] = "19900001021/03740000021"
    homes[30]["人口"] = "三人左右"
    columns = ("户号", "村", "网格", "组", "门牌", "户主", "电话", "人口", "类别")
    lines = [["柳河镇住户花名册"], [], list(columns)]
    lines += [[str(home[name]) for name in columns] for home in homes]
    lines.append(["合计", "", "", "", "", "36户", "", "120", ""])
    _write_text(folder / "住户.csv", lines, ",")

    staff = cadres()
    staff[5]["电话"] = ""
    rows = [["姓名", "岗位", "手机号码", "责任范围", "政治面貌"]]
    rows += [[c["姓名"], c["职务"], c["电话"], c["范围"], "群众"] for c in staff]
    _write_text(folder / "干部.csv", rows, "\t")

    rows = [["行政村", "管区", "村部电话", "支书姓名"]]
    rows += [[v["村"], v["片区"], v["电话"], "见干部表"] for v in villages()]
    _write_text(folder / "村.csv", rows, ";")


def _write_text(path: Path, lines: list[list[str]], delimiter: str) -> None:
    text = "".join(delimiter.join(line) + "\r\n" for line in lines)
    path.write_bytes(text.encode("gbk"))


# --------------------------------------------------------------------------- xls


def make_xls(path: Path) -> None:
    """An .xls: a title in merged cells, the village merged down, rows and a sheet hidden."""
    book = xlwt.Workbook(encoding="utf-8")
    _xls_households(book.add_sheet("花名册"))
    sheet = book.add_sheet("干部")
    _xls_rows(sheet, 0, [["姓名", "职务", "电话", "分管"]])
    staff = [[c["姓名"], c["职务"], c["电话"], c["范围"]] for c in cadres()]
    staff[1][2] = 19900000001.0
    _xls_rows(sheet, 1, staff)
    sheet = book.add_sheet("村")
    _xls_rows(sheet, 0, [["村名", "片区", "值班电话"]])
    _xls_rows(sheet, 1, [[v["村"], v["片区"], v["电话"]] for v in villages()])
    old = book.add_sheet("去年")
    _xls_rows(old, 0, [["户号", "户主", "门牌"], ["0001", "旧户主", "1号"]])
    old.visibility = 1
    book.save(str(path))


def _xls_households(sheet: xlwt.Worksheet) -> None:
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    sheet.write_merge(0, 0, 0, 8, "柳河镇2026年防汛住户花名册")
    sheet.write(1, 0, "填表单位：柳河镇党政办")
    header = [
        "序号",
        "村庄",
        "编号",
        "户主姓名",
        "家庭住址",
        "联系电话",
        "人数",
        "观察起",
        "观察止",
    ]
    _xls_rows(sheet, 3, [header])
    row = 4
    for name in VILLAGES:
        homes = [home for home in households() if home["村"] == name]
        sheet.write_merge(row, row + len(homes) - 1, 1, 1, name)
        for home in homes:
            cells = [home["户号"], home["户主"], home["门牌"], home["电话"], home["人口"]]
            if home["门牌"] == "1号":
                cells[3] = float(home["电话"])
            sheet.write(row, 0, row - 3)
            for column, value in enumerate(cells, 2):
                sheet.write(row, column, value)
            row += 1
        sheet.write(row, 1, "小计")
        sheet.write(row, 6, sum(home["人口"] for home in homes))
        row += 1
    sheet.write(row, 1, "总计")
    sheet.write(row + 2, 1, "制表人：夏至")
    sheet.write(row + 2, 5, "负责人签字：")
    sheet.write(5, 7, date(2026, 11, 3), day)
    sheet.write(5, 8, date(2026, 11, 17), day)
    sheet.write(6, 7, "2026.11.5")
    sheet.write(6, 8, "2026年11月1日")
    sheet.write(8, 7, 46329)
    sheet.row(9).hidden = True
    sheet.row(10).hidden = True


def _xls_rows(sheet: xlwt.Worksheet, first: int, rows: list[list[Any]]) -> None:
    for number, cells in enumerate(rows, first):
        for column, value in enumerate(cells):
            sheet.write(number, column, value)


# --------------------------------------------------------------------------- et


def make_et(path: Path) -> None:
    """A WPS .et with one sheet of two header rows, no 户号, buildings split in two columns."""
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1", cell_overwrite_ok=True)
    for column, title in enumerate(["所在村", "楼号", "单元", "房号"]):
        sheet.write_merge(0, 1, column, column, title)
    sheet.write_merge(0, 0, 4, 5, "联系人")
    sheet.write(1, 4, "姓名")
    sheet.write(1, 5, "电话")
    sheet.write(0, 6, "重点人群")
    for number, home in enumerate(households(), 2):
        door = 100 * (1 + number % 5) + 1
        cells = [home["村"], f"{1 + number % 3}号楼", 1.0 + number % 2, float(door)]
        _xls_rows(sheet, number, [[*cells, home["户主"], home["电话"], home["类别"]]])
    sheet.write(7, 5, "19900000")
    sheet.write(8, 6, "养蜂户")
    staff = book.add_sheet("Sheet2", cell_overwrite_ok=True)
    _xls_rows(staff, 0, [["干部姓名", "身份", "联系方式", "包保范围", "村"]])
    for number, cadre in enumerate(cadres(), 1):
        _xls_rows(staff, number, [[cadre["姓名"], cadre["职务"], cadre["电话"], cadre["范围"], ""]])
    staff.write(10, 3, "东洼村/9网格")
    book.add_sheet("Sheet3")
    book.save(str(path))


# --------------------------------------------------------------------------- xlsx


def make_xlsx(path: Path) -> None:
    """Everything that formats.md lists under "A sheet as it comes"."""
    book = Workbook()
    book.remove(book.worksheets[0])
    _xlsx_villages(book.create_sheet("各村"))
    _xlsx_cadres(book.create_sheet("通讯录"))
    _xlsx_households(book.create_sheet("汇总"))
    shops = book.create_sheet("门店")
    for cells in (
        ["店名", "所属村", "经营地址", "店主", "手机", "经营类型"],
        ["柳河超市", "石桥村", "主街1号", "于飞", 19900002001, "超市"],
        [None, "槐树村", "主街2号", "白露", "19900002002", "药店"],
    ):
        shops.append(cells)
    notes = book.create_sheet("说明")
    notes["B2"] = "本表由各村上报，党政办汇总。"
    old = book.create_sheet("旧名单")
    old.append(["户号", "村", "户主", "门牌"])
    old.append(["0001", "槐树村", "旧户主", "1号"])
    old.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    path.write_bytes(_without_time(out.getvalue()))


def _xlsx_villages(sheet: Worksheet) -> None:
    sheet.merge_cells("A1:E1")
    sheet["A1"] = "柳河镇各村一览表"
    sheet["A2"] = "单位：柳河镇党政办　　2026年11月"
    for column, title in enumerate(["序号", "村（社区）", "所属片区", "值班\n电话", "备注"], 1):
        sheet.cell(4, column, title)
    for number, village in enumerate([*villages(), villages()[1]], 1):
        for column, value in enumerate([number, *village.values()], 1):
            sheet.cell(4 + number, column, value)
    sheet["D6"] = "０３７４－０００００１１"


def _xlsx_cadres(sheet: Worksheet) -> None:
    sheet["A1"] = "柳河镇干部通讯录"
    sheet.merge_cells("A1:E1")
    for place, title in {"A2:A3": "序号", "B2:B3": "职　务", "E2:E3": "包联\n范围"}.items():
        sheet[place.split(":")[0]] = title
        sheet.merge_cells(place)
    sheet["C2"] = "联系人"
    sheet.merge_cells("C2:D2")
    sheet["C3"], sheet["D3"] = "姓名", "电话（必填）"
    for number, cadre in enumerate(cadres(), 1):
        row = [number, cadre["职务"], cadre["姓名"], cadre["电话"], cadre["范围"]]
        for column, value in enumerate(row, 1):
            sheet.cell(3 + number, column, value)
    sheet["D5"] = 19900000001.0
    sheet["D6"] = "1.99E+10"
    sheet["D7"] = None
    sheet["E12"] = "石桥村/99网格"
    sheet["B15"], sheet["D15"] = "填表人：", "审核："


_HEADER = [
    *(None, "序号", "村\n（社区）", "户　主", "*电话", "户号", "门牌号（住址）", None),
    *(
        "网格号",
        "组别",
        "人口（人）",
        "特殊情况",
        "观察起",
        "观察止",
        "宅基地面积",
        "身份证号",
        "备 注",
    ),
    "联系电活",
]


def _xlsx_households(sheet: Worksheet) -> None:
    sheet.merge_cells("B2:Q2")
    sheet["B2"] = "柳河镇2026年住户花名册"
    sheet["B2"].font = Font(bold=True, size=18)
    sheet["B2"].alignment = Alignment(horizontal="center")
    sheet["B3"] = "说明：本表只用于发放爱心联系卡，请妥善保管"
    _xlsx_row(sheet, 5, _HEADER)
    row, homes = 6, households()
    for village in VILLAGES:
        first = row
        for home in (home for home in homes if home["村"] == village):
            _xlsx_home(sheet, row, home, village if row == first else None)
            row += 1
        sheet.merge_cells(start_row=first, end_row=row - 1, start_column=3, end_column=3)
        sheet.cell(row, 3, "小　计")
        sheet.cell(row, 11, 40)
        row += 1
        if village == "槐树村":
            row += 1
            _xlsx_row(sheet, row, _HEADER)  # as the next printed page does
            row += 1
    sheet.cell(row, 2, "合  计")
    sheet.cell(row, 11, 120)
    sheet.cell(row + 2, 2, "制表人：夏至")
    sheet.cell(row + 2, 7, "审核人：崔明")
    sheet.cell(row + 3, 14, "2026年11月22日")
    _damage(sheet)


def _xlsx_home(sheet: Worksheet, row: int, home: Record, village: str | None) -> None:
    cells = [None, row - 5, village, home["户主"], home["电话"], home["户号"], home["门牌"], None]
    cells += [home["网格"], home["组"], home["人口"], home["类别"] or None]
    _xlsx_row(sheet, row, cells)


def _xlsx_row(sheet: Worksheet, row: int, cells: list[Any]) -> None:
    for column, value in enumerate(cells, 1):
        if value is not None:
            sheet.cell(row, column, value)


def _damage(sheet: Worksheet) -> None:
    """What clerks and Excel do to single cells."""
    sheet["E6"] = 19900001001.0
    sheet["E7"] = "１９９００００１００２"
    sheet["E8"] = "199 0000 1003"
    sheet["E9"] = "1.99E+10"
    sheet["E10"] = "19900001005/03740000021"
    sheet["E11"] = "1990000100"
    sheet["F12"] = 7  # 0007
    sheet["G12"] = "7号\n（村口）"
    sheet["D13"] = None
    sheet["L14"] = "养蜂户"
    sheet["M15"], sheet["N15"] = date(2026, 11, 3), "2026.11.17"
    sheet["M16"], sheet["N16"] = "2026年11月9日", "11月底"
    sheet["M17"], sheet["N17"] = 46329, "2026-10-20"
    sheet["P6"] = ID_NUMBER
    sheet["Q7"] = f"身份证{ID_NUMBER}"
    sheet["O8"] = 120
    sheet["E21"], sheet["E21"].data_type = "#N/A", "e"
    sheet["K22"] = "三四个"
    _xlsx_row(sheet, 24, [sheet.cell(23, column).value for column in range(1, 13)])
    sheet["F26"] = "0013"  # another's number
    sheet["D27"] = "王\ue123"
    sheet.row_dimensions[28].hidden = True
    sheet.unmerge_cells("C21:C32")
    for row in range(21, 33):
        sheet.cell(row, 3, "石桥村")
    sheet["C30"] = "石乔村"


def _without_time(data: bytes) -> bytes:
    """The same workbook without the moment it was made."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = re.sub(rb"\d{4}-\d\d-\d\dT[\d:]+Z", b"2026-01-01T00:00:00Z", content)
            about = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            about.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(about, content)
    return out.getvalue()


def main(folder: Path = HERE) -> None:
    """Write all cases below `folder`."""
    for case in ("csv-gbk", "xls", "et", "xlsx"):
        (folder / case).mkdir(parents=True, exist_ok=True)
        (folder / case / "campaign.toml").write_text(CAMPAIGN, encoding="utf-8")
    make_csv(folder / "csv-gbk")
    make_xls(folder / "xls" / "花名册.xls")
    make_et(folder / "et" / "柳河镇.et")
    make_xlsx(folder / "xlsx" / "roster.xlsx")


if __name__ == "__main__":
    main()

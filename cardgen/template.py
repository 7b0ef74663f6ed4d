"""The workspace that `cardgen init` writes: a roster to fill in, a campaign, a word of help.

A folder in, the paths of three files out. The roster's headers are names that
`cardgen.roster` knows; its example rows begin with 示例, are known as examples and never
printed. The same bytes come out each time.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from cardgen.errors import OutputError, UsageError
from cardgen.kinds import KNOWN_KINDS

_LAST_ROW = 10_000  # as far down as drop-down lists reach
_VILLAGES = "='村'!$A$2:$A$300"
_ROLES = (
    *("分管领导", "包村干部", "支部书记", "村主任", "网格长", "网格员", "微网格长"),
    *("楼长", "组长", "村医", "民警", "志愿者"),
)


@dataclass(frozen=True, slots=True)
class _Column:
    """A column: header, what its comment says, the example's cell, how wide, which choices.

    `is_text` keeps Excel from turning a number such as 0374 into another one.
    """

    header: str
    help: str
    example: str | int | None = None
    width: int = 12
    choices: str = ""
    is_text: bool = False


def _listed(words: tuple[str, ...]) -> str:
    return f'"{",".join(words)}"'


_SCOPE_HELP = (
    "必填。写他负责哪里：全镇、东片区、唐湾村、唐湾村/3网格、唐湾村/5组、唐湾村/2号楼，或一个户号。"
    "几处用“；”隔开。只负责一类人就加 #，例如“唐湾村#独居老人”。"
)
_KINDS_HELP = (
    "需要多关心的人，几类用“、”隔开，例如“独居老人、慢性病”。可以从列表里选，也可以自己写。"
)

_SHEETS: dict[str, tuple[_Column, ...]] = {
    "村": (
        _Column("村名", "必填。每个村一行，写全称。其他表里的村名要和这里一样。", "示例村", 14),
        _Column("片区", "这个村属于哪个片区，例如“东片区”。没有可以不填。", "东片区"),
        _Column("值班电话", "村部值班电话，带区号。", "0374-0000000", 16, is_text=True),
        _Column("群二维码", "村微信群的链接（不是图片）。没有可以不填。", None, 24),
        _Column("备注", "只给自己看，不印在纸上。", "示例行，不会印出来", 22),
    ),
    "干部": (
        _Column("姓名", "必填。一人一行；一个人有两个职务就写两行。", "示例：张三", 14),
        _Column(
            "职务", "必填。写法和 campaign.toml 里 roles 一样。", "包村干部", 14, _listed(_ROLES)
        ),
        _Column("电话", "必填。手机11位，座机带区号。", "19900000000", 16, is_text=True),
        _Column("负责范围", _SCOPE_HELP, "示例村", 30),
    ),
    "住户": (
        _Column("户号", "每户一个号，不能重复。没有就空着，程序会编。", "示例-001", is_text=True),
        _Column("村", "必填。从下拉列表里选，列表来自“村”表。", "示例村", 14, _VILLAGES),
        _Column("网格", "例如“3网格”。没有可以不填。", "3网格", 10, is_text=True),
        _Column("组", "村民小组，例如“5组”。没有可以不填。", "5组", 8, is_text=True),
        _Column("楼栋", "例如“2号楼”。平房可以不填。", None, 10, is_text=True),
        _Column("门牌", "门牌或住址，例如“12号”“2单元301”。", "12号", 18, is_text=True),
        _Column("户主", "必填。按身份证上的字写，生僻字也照写。", "示例：李四"),
        _Column("电话", "户里的电话；有两个用“/”隔开。", "19900000001", 18, is_text=True),
        _Column("人口", "家里几口人，只写数字。", 3, 8),
        _Column("类别", _KINDS_HELP, "独居老人", 16, _listed(KNOWN_KINDS)),
        _Column("观察起", "居家观察的第一天，例如 2026-11-03。没有就空着。", None, 13),
        _Column("观察止", "居家观察的最后一天。没有就空着。", None, 13),
        _Column("路线", "送卡走哪条路线，例如“1线”。没有可以不填。", None, 8, is_text=True),
        _Column("备注", "只给自己看，不印在纸上。不要写身份证号。", "示例行，不会印出来", 22),
    ),
    "场所": (
        _Column("名称", "必填。店铺、超市、卫生室等，写招牌上的名字。", "示例超市", 18),
        _Column("村", "必填。从下拉列表里选。", "示例村", 14, _VILLAGES),
        _Column("地址", "在哪里，例如“主街18号”。", "主街18号", 20),
        _Column("负责人", "店主或负责人。", "王五"),
        _Column("电话", "负责人的电话。", "19900000002", 16, is_text=True),
        _Column("类型", "例如超市、药店、饭店、卫生室。", "超市"),
    ),
}

_CAMPAIGN = """\
# 这次做什么事，由这个文件说。“#”后面的是说明，程序不看。
# 改完用 cardgen check 检查，写错了会告诉您是哪一行。

title = "爱心联系"                        # 这次活动的名字，印在标题里
issuer = "示范镇人民政府"                 # 发放单位，请改成您的单位
date = 2026-11-22                         # 发放日期：年-月-日
slogans = ["有困难，找干部", "一人一卡，一户不漏"]   # 标语，各户轮着用
hotlines = [
  { name = "镇值班室", phone = "0374-0000000" },     # 请改成真的值班电话
]

# 二维码扫出来是什么。{code} 会换成户号，{village} 换成村名。不要二维码就删掉这一段。
[links]
household = "https://example.cn/h/{code}"
village = "https://example.cn/v/{village}"
venue = "https://example.cn/s/{code}"

# 要印的纸，每种一段。爱心联系卡上印哪几个职务的人，按先后写在 roles 里；
# 这些职务要和“干部”表里的“职务”一样。
[papers.love-card]
roles = ["分管领导", "包村干部", "支部书记"]
# kinds = ["独居老人"]                    # 去掉前面的“#”，就只印这些类别的户

# 还可以印别的纸，一共十九种，用 cardgen layouts list 看。去掉行首的“#”就印：
# [papers.bedside-card]                   # 床头大字卡，给卧床、高龄、独居、残疾的户
# [papers.door-card]                      # 门贴卡，只有门牌和联系人
# [papers.village-board]                  # 村联系公示栏
# [papers.route-sheet]                    # 路线签收表，送卡的人带着
# [papers.notice]                         # 告知书，带回执
# body = "flood.md"                       # 正文：quarantine、area-control、flood、fire、fraud、care

# 怎样排在大纸上。不写就按版式自己的。
# [sheet]
# order = "cut-stack"                     # 切开摞起来就是送的顺序；"reading" 是从左到右、从上到下
# marks = true                            # 印裁切线

# 一个人送的卡印成一册：有路线的按路线，没有的按网格，再没有的按村；前面有封面和签收表。
# [bundles]
# by = "grid"                             # 不按路线，按网格；或者 "village"
# most_sheets = 100                       # 一册最多几张纸；不写是 200
# cover = false                           # 不要封面和签收表
"""

_README = """\
怎样用

1. 打开 roster.xlsx，填“村”“干部”“住户”“场所”四张表。
   把鼠标放在表头上，会看到这一列怎么填。
   以“示例”开头的一行是样子，不会印出来，删不删都可以。
   已经有自己的表也行：把 .xlsx、.xls、.et 或 .csv 放进这个文件夹，把 roster.xlsx 删掉。
   表名、列的先后都没有关系，程序看表头认。

2. 打开 campaign.toml（用记事本），改活动名称、发放单位、值班电话。

3. 检查：   cardgen check 这个文件夹
   每个问题都会说在哪个文件、哪张表、哪一格。改好再检查。

4. 生成：   cardgen build 这个文件夹
   PDF 在 out 文件夹里，一个人送的是一份，前面有封面和签收表；
   report.html 说明每一户印了没有、为什么。
"""


def write_workspace(folder: Path) -> tuple[Path, ...]:
    """Write roster.xlsx, campaign.toml and 使用说明.txt into a folder, made if need be.

    Raises UsageError if one of them is there already; then nothing is written.
    """
    files = {
        "roster.xlsx": _roster(),
        "campaign.toml": _CAMPAIGN.encode(),
        # With a mark and CRLF: the Notepad of an old Windows shows it right.
        "使用说明.txt": _README.replace("\n", "\r\n").encode("utf-8-sig"),
    }
    there = [name for name in files if (folder / name).exists()]
    if there:
        raise UsageError(
            f"{folder} 里已经有 {'、'.join(there)}，没有改动",
            "请换一个新文件夹，或先把这些文件移走",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            with (folder / name).open("xb") as file:
                file.write(content)
    except OSError as error:
        raise OutputError(
            f"{folder} 里写不了文件：{error.strerror}", "请检查文件夹的权限和剩余空间"
        ) from error
    return tuple(folder / name for name in files)


def _roster() -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, columns in _SHEETS.items():
        _fill(book.create_sheet(title), columns)
    out = io.BytesIO()
    book.save(out)
    return _without_time(out.getvalue())


def _fill(sheet: Worksheet, columns: tuple[_Column, ...]) -> None:
    """Header, example row, comments, widths, formats and lists of one sheet."""
    for number, column in enumerate(columns, 1):
        letter = get_column_letter(number)
        head, example = sheet.cell(1, number, column.header), sheet.cell(2, number, column.example)
        head.font = Font(bold=True)
        head.fill = PatternFill("solid", fgColor="E8EEF4")
        head.alignment = Alignment(horizontal="center", vertical="center")
        head.comment = Comment(column.help, "cardgen", height=90, width=260)
        example.font = Font(italic=True, color="808080")
        width = sheet.column_dimensions[letter]
        width.width = column.width
        if column.is_text:
            width.number_format = example.number_format = "@"
        if column.choices:
            _add_choices(sheet, letter, column)
    sheet.row_dimensions[1].height = 22
    sheet.freeze_panes = "A2"


def _add_choices(sheet: Worksheet, letter: str, column: _Column) -> None:
    """A drop-down list; other words may be typed too, after a question."""
    rule = DataValidation(type="list", formula1=column.choices, allow_blank=True)
    rule.errorStyle = "warning"
    rule.errorTitle = column.header
    rule.error = "列表里没有这一项，确定要这样写吗？"
    rule.showErrorMessage = True
    rule.add(f"{letter}2:{letter}{_LAST_ROW}")
    sheet.add_data_validation(rule)


def _without_time(data: bytes) -> bytes:
    """The same workbook without the moment it was made: in its properties and its zip."""
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

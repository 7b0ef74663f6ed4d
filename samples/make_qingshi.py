"""Make samples/qingshi: an invented township of 8,000 households, as its office would keep it.

    python samples/make_qingshi.py [DIR]
    python samples/make_qingshi.py --before DIR     its roster of a month before, for the ledger

In: nothing but a seed. Out: DIR/roster.xlsx (sheets 村, 干部, 住户, 场所),
DIR/campaign.toml (the love card) and DIR/papers.toml (all papers), the same bytes each time.
Every person, place and number is invented;
the phones are from 19900000000-19900099999 and 0374-0000000 upwards, which nobody has.
"""

from __future__ import annotations

import io
import random
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

SEED = 20261122
HOUSEHOLDS = 8000
SPECIAL = 320  # 4% of the households
WATCHED = 60
VENUES = 120
ISSUED = date(2026, 11, 22)
ZIP_TIME = (2026, 11, 22, 8, 0, 0)
WRITTEN = "2026-11-22T08:00:00Z"

# zone, village, initials of its household codes, a neighbourhood of buildings or not
VILLAGES = [
    ("东片区", "唐湾村", "TW", False),
    ("东片区", "石桥村", "SQ", False),
    ("东片区", "柳林村", "LL", False),
    ("东片区", "大槐树村", "DH", False),
    ("东片区", "东河沿村", "DY", False),
    ("东片区", "青石社区", "QS", True),
    ("西片区", "西坡村", "XP", False),
    ("西片区", "马家岭村", "MJ", False),
    ("西片区", "杏花村", "XH", False),
    ("西片区", "龙泉村", "LQ", False),
    ("西片区", "磨盘山村", "MP", False),
    ("西片区", "后沟村", "HG", False),
    ("南片区", "南关社区", "NG", True),
    ("南片区", "下坊村", "XF", False),
    ("南片区", "新立村", "XL", False),
    ("南片区", "杨树湾村", "YS", False),
    ("南片区", "枣园村", "ZY", False),
    ("南片区", "三里铺村", "SL", False),
    ("北片区", "北寨村", "BZ", False),
    ("北片区", "上营村", "SY", False),
    ("北片区", "黄土梁村", "HT", False),
    ("北片区", "河口村", "HK", False),
    ("北片区", "桃源村", "TY", False),
    ("北片区", "车站社区", "CZ", True),
]
# Surnames fall off in frequency as they do in the household register.
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
TWO_SURNAMES = ["欧阳", "司马", "上官", "诸葛", "皇甫", "尉迟"]
GIVEN_MEN = (
    "国建志明德永文军平海山林树根福生保全有才春来金水玉柱长贵廷喜成忠义守信家兴启光振华学勤玉田"
)
GIVEN_WOMEN = "秀英桂兰玉珍凤莲淑芬翠花素琴春梅月娥红霞巧云爱香小燕丽娟雪芳银环彩霞冬菊"
GIVEN_YOUNG = "浩宇子轩欣怡梓涵俊杰佳琪思远雨桐晨阳博文雅婷一鸣嘉豪静怡鹏飞晓峰倩雯"
# All stand in 通用规范汉字表 (2013), most beyond the BMP: characters that names have.
RARE_NAMES = (
    "王𬱖 李𬭩 张㛃 刘䶮 陈𠅤 杨𤩽 赵𫖯 黄𬘡 周𨱏 吴㐱 "
    "徐𬍛 孙𬣙 胡𬴂 朱𬸚 高𬀩 林𬊈 何𫓧 郭𬇙 马𬤊 罗𫭢 "
    "梁子𬬩 宋文𬭚 郑𬭎林 谢玉𫄧 韩𫍯 唐𫘦 冯𫟹 于𬜬 董𬬭 程𬳵 "
    "曹㻬 袁㬎 邓㭎 许䜣 傅䌹 沈𪩘 曾𪟝 彭𬘭 吕䴖 苏𣲗"
)
LONG_NAMES = ["阿依古丽·买买提", "欧阳诸葛建国", "迪丽努尔·阿不都热合曼"]
# kind and its share among the special households
SPECIAL_KINDS = [
    ("独居老人", 90),
    ("残疾", 60),
    ("慢性病", 60),
    ("卧床", 30),
    ("孕产妇", 30),
    ("透析", 18),
    ("独居老人、慢性病", 20),
    ("卧床、残疾", 12),
]
NOTES = ["子女外出务工", "听力不好，电话多响几声", "门口有狗", "白天下地，晚上在家", "钥匙在邻居家"]
SHOPS = [
    ("便民超市", "超市"),
    ("粮油店", "商店"),
    ("大药房", "药店"),
    ("卫生室", "医疗"),
    ("早点铺", "餐饮"),
    ("面馆", "餐饮"),
    ("农资店", "商店"),
    ("理发店", "服务"),
    ("快递驿站", "服务"),
    ("文化大院", "公共场所"),
]
CAMPAIGN = """\
title = "疫情防控"
issuer = "青石镇人民政府"
date = 2026-11-22
slogans = [
  "有困难，找干部",
  "早发现、早报告、早帮助",
  "一人一卡，一户不漏",
  "您的平安，我们的牵挂",
  "足不出户，电话找我",
]
hotlines = [
  { name = "镇值班室", phone = "0374-0000000" },
  { name = "便民热线", phone = "12345" },
]

[links]
household = "https://example.cn/h/{code}"
village = "https://example.cn/v/{village}"
venue = "https://example.cn/s/{code}"

[papers.love-card]
roles = ["分管领导", "包村干部", "支部书记"]
"""

# All papers of one campaign: what an office that prints everything would write.
PAPERS = (
    CAMPAIGN
    + """
[papers.bedside-card]
roles = ["分管领导", "包村干部", "支部书记"]

[papers.door-card]
roles = ["包村干部", "支部书记", "网格员"]

[papers.shop-card]
roles = ["包村干部", "支部书记"]

[papers.village-board]

[papers.notice]
kinds = ["居家隔离"]
body = "quarantine.md"

[papers.pledge]
kinds = ["居家隔离"]

[papers.responsibility]

[papers.watch-board]
roles = ["包村干部", "民警", "家庭医生"]

[papers.exit-pass]
kinds = ["慢性病", "透析", "孕产妇"]
valid_from = 2026-11-23
valid_to = 2026-12-06

[papers.poster-join]
layout = "qr-poster"
variant = "join"

[papers.poster-register]
layout = "qr-poster"
subject = "venue"
variant = "register"
size = "A4"

[papers.poster-help]
layout = "qr-poster"
subject = "township"
variant = "help"

[papers.health-log]

[papers.field-sheet]
for_roles = ["包村干部", "网格员", "组长", "楼栋长", "志愿者"]

[papers.route-sheet]

[papers.duty-roster]
days = 7
posts = ["巡查"]

[papers.survey]

[papers.change-ledger]

[papers.wish-slip]
kinds = ["独居老人", "卧床", "残疾"]

[papers.chain-chart]
"""
).replace(
    'venue = "https://example.cn/s/{code}"\n',
    'venue = "https://example.cn/s/{code}"\ntownship = "https://example.cn/t/help"\n',
)


@dataclass
class Home:
    """One row of 住户, as it will be written."""

    code: str
    village: str
    grid: str
    group: str
    building: str
    door: str
    head: str
    phone: str = ""
    members: int = 1
    kinds: str = ""
    watch_from: date | None = None
    watch_to: date | None = None
    route: str = ""
    note: str = ""


class Invention:
    """Names and phones, each given out once, from one seeded source."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self._mobiles = iter(self.random.sample(range(100_000), 20_000))
        self._landlines = iter(range(1, 10_000))

    def mobile(self) -> str:
        """A mobile nobody has."""
        return f"199000{next(self._mobiles):05d}"

    def landline(self) -> str:
        """A landline nobody has."""
        return f"0374-{next(self._landlines):07d}"

    def name(self) -> str:
        """A name: two or three characters, now and then a double surname."""
        pick = self.random
        rank = int(len(SURNAMES) * pick.random() ** 2.2)
        surname = pick.choice(TWO_SURNAMES) if pick.random() < 0.005 else SURNAMES[rank]
        pool = pick.choices([GIVEN_MEN, GIVEN_WOMEN, GIVEN_YOUNG], [55, 30, 15])[0]
        return surname + "".join(pick.sample(pool, pick.choices([1, 2], [22, 78])[0]))


def village_sizes(invention: Invention) -> list[int]:
    """How many households each village has; 8,000 together, 200 to 500 each."""
    weights = [invention.random.uniform(0.65, 1.5) for _ in VILLAGES]
    sizes = [round(HOUSEHOLDS * weight / sum(weights)) for weight in weights]
    sizes[-1] += HOUSEHOLDS - sum(sizes)
    return sizes


def make_homes(invention: Invention) -> list[Home]:
    """The households, village by village, in the order in which a clerk has them."""
    homes: list[Home] = []
    for (_, village, initials, built), size in zip(VILLAGES, village_sizes(invention), strict=True):
        addresses = _flats(size) if built else _yards(invention, size)
        for number, (grid, group, building, door) in enumerate(addresses, start=1):
            homes.append(
                Home(
                    code=f"{initials}{number:04d}",
                    village=village,
                    grid=f"{grid}网格",
                    group=group,
                    building=building,
                    door=door,
                    head=invention.name(),
                    members=invention.random.choices(range(1, 8), [14, 26, 22, 18, 12, 6, 2])[0],
                    route=f"{village.removesuffix('村').removesuffix('社区')}{(grid + 1) // 2}线",
                )
            )
    _give_phones(invention, homes)
    _give_names(invention, homes)
    _give_kinds(invention, homes)
    return homes


def _yards(invention: Invention, size: int) -> Iterator[tuple[int, str, str, str]]:
    """Farmhouses: groups of about 40 doors, two groups a grid; some yards are parted (附1)."""
    groups = max(4, size // 40)
    for group in range(groups):
        count = size // groups + (group < size % groups)
        door = part = 0
        for _ in range(count):
            if door and part < 2 and invention.random.random() < 0.04:
                part += 1
            else:
                door, part = door + 1, 0
            grid = group * grids_for(size) // groups + 1
            yield grid, f"{group + 1}组", "", f"{door}号" + (f"附{part}" if part else "")


def _flats(size: int) -> Iterator[tuple[int, str, str, str]]:
    """Flats: buildings of two stairs, six floors, two doors a landing."""
    for number in range(size):
        block, flat = divmod(number, 24)
        stair, rest = divmod(flat, 12)
        floor, door = divmod(rest, 2)
        grid = block * grids_for(size) // (size // 24 + 1) + 1
        yield grid, "", f"{block + 1}号楼", f"{stair + 1}单元{floor + 1}0{door + 1}"


def grids_for(size: int) -> int:
    """Two to five grids a village, about 130 households each."""
    return min(5, max(2, round(size / 130)))


def _give_phones(invention: Invention, homes: Sequence[Home]) -> None:
    for home in homes:
        lot = invention.random.random()
        if lot < 0.05:
            continue  # the family has no phone of its own
        home.phone = invention.landline() if lot < 0.08 else invention.mobile()


def _give_names(invention: Invention, homes: Sequence[Home]) -> None:
    names = RARE_NAMES.split() + LONG_NAMES
    for home, name in zip(invention.random.sample(homes, len(names)), names, strict=True):
        home.head = name


def _give_kinds(invention: Invention, homes: Sequence[Home]) -> None:
    drawn = invention.random.sample(homes, SPECIAL + WATCHED)
    kinds = [kind for kind, share in SPECIAL_KINDS for _ in range(share)]
    for home, kind in zip(drawn, kinds, strict=False):
        home.kinds = kind
        if "独居" in kind:
            home.members = 1
            home.note = invention.random.choice(NOTES)
    for number, home in enumerate(drawn[SPECIAL:]):
        home.kinds = "居家隔离、慢性病" if number % 12 == 0 else "居家隔离"
        home.watch_from = ISSUED - timedelta(days=invention.random.randrange(0, 10))
        home.watch_to = home.watch_from + timedelta(days=13)  # 14 days, both ends counted


def make_cadres(invention: Invention, homes: Sequence[Home]) -> list[tuple[str, str, str, str]]:
    """About 150 people as rows of 干部: name, role, phone, scope."""
    posts = [("镇长", "全镇")]
    zones = list(dict.fromkeys(zone for zone, *_ in VILLAGES))
    posts += [("分管领导", zone) for zone in zones]
    posts += [("包村干部", village) for _, village, *_ in VILLAGES]
    posts += [("支部书记", village) for _, village, *_ in VILLAGES]
    posts += [
        ("网格员", f"{village}/{grid}") for village, grid in sorted(_grids(homes), key=_grid_place)
    ]
    posts += [("民警", zone) for zone in zones]
    posts += [("家庭医生", zone) for zone in zones]
    posts += _special_posts(homes)
    rows = [(invention.name(), role, invention.mobile(), scope) for role, scope in posts]
    # One secretary has a rare name, so that the love card shows one in its chain.
    where = next(i for i, row in enumerate(rows) if row[1:4:2] == ("支部书记", "唐湾村"))
    rows[where] = ("周䶮", *rows[where][1:])
    return rows


def _grids(homes: Sequence[Home]) -> set[tuple[str, str]]:
    return {(home.village, home.grid) for home in homes}


def _grid_place(pair: tuple[str, str]) -> tuple[int, str]:
    return [village for _, village, *_ in VILLAGES].index(pair[0]), pair[1]


def _special_posts(homes: Sequence[Home]) -> list[tuple[str, str]]:
    """Posts whose scope is a group, a building, single households, or people of a kind."""
    bedridden = [home.code for home in homes if "卧床" in home.kinds]
    villages = [village for _, village, _, built in VILLAGES if not built]
    built = [village for _, village, _, built in VILLAGES if built]
    posts = [("村医", "、".join(villages[i : i + 3])) for i in range(0, len(villages), 3)]
    posts += [("村医", village) for village in built]
    posts += [("组长", f"唐湾村/{group}组") for group in (1, 2, 3, 4)]
    posts += [("楼栋长", f"{village}/{block}号楼") for village in built for block in (1, 2)]
    posts += [("志愿者", "；".join(bedridden[i : i + 3])) for i in (0, 3, 6)]
    posts += [("志愿者", "唐湾村#独居老人"), ("志愿者", "石桥村#独居老人；柳林村#独居老人")]
    posts += [("家庭医生", "东片区#透析"), ("家庭医生", "全镇#孕产妇"), ("妇联主任", "全镇#孕产妇")]
    # One grid, and one village's quarantined, have a cadre nearer than the village's own.
    posts += [("包村干部", "唐湾村/2网格"), ("包村干部", "石桥村#居家隔离")]
    return posts


def make_venues(invention: Invention) -> list[tuple[str, str, str, str, str, str]]:
    """The rows of 场所: five places a village."""
    rows = []
    for number in range(VENUES):
        zone_village = VILLAGES[number % len(VILLAGES)]
        shop, kind = SHOPS[number // len(VILLAGES) + (number % 2) * 5]
        village = zone_village[1]
        short = village.removesuffix("村").removesuffix("社区")
        address = f"{village}{invention.random.randrange(1, 90)}号"
        rows.append(
            (f"{short}{shop}", village, address, invention.name(), invention.mobile(), kind)
        )
    return rows


def _write_sheet(
    sheet: Worksheet,
    title: str,
    headers: Sequence[str],
    rows: Sequence[Sequence[object]],
    note: str = "",
) -> None:
    """A sheet as an office keeps it: a title over all columns, perhaps a note, the table."""
    sheet.append([title])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(headers))
    sheet["A1"].font = Font(name="宋体", size=16, bold=True)
    sheet["A1"].alignment = Alignment(horizontal="center")
    if note:
        sheet.append([note])
    sheet.append(list(headers))
    top = sheet.max_row
    for cell in sheet[top]:
        cell.font = Font(name="宋体", bold=True)
        cell.alignment = Alignment(horizontal="center")
    for row in rows:
        sheet.append([None if value == "" else value for value in row])
    for column, header in enumerate(headers, start=1):
        widest = max((len(str(row[column - 1])) for row in rows[:500]), default=0)
        width = max(10, 2 * len(header) + 2, min(28, round(widest * 1.6)))
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = f"A{top + 1}"


def a_month_before(invention: Invention, homes: Sequence[Home]) -> list[Home]:
    """The households before some came, left, moved, and got another phone or another head."""
    pick = invention.random
    before = [replace(home) for home in homes if home.phone or pick.random() < 0.8]
    changed = pick.sample(before, 120)
    for home in changed[:60]:
        home.phone = invention.mobile()
    for home in changed[60:90]:
        home.members = home.members + 1
    for home in changed[90:105]:
        home.head = invention.name()
    for home in changed[105:]:
        home.door = f"{home.door}旧"
    for home in pick.sample(before, 40):
        gone = replace(home, code=f"{home.code}A", door=f"{home.door}附9", head=invention.name())
        before.insert(before.index(home) + 1, gone)
    return before


def make_workbook(before: bool = False) -> Workbook:
    """The roster as a workbook of four sheets; or that of a month before."""
    invention = Invention(SEED)
    homes = make_homes(invention)
    cadres = make_cadres(invention, homes)
    if before:
        homes = a_month_before(invention, homes)
    villages = [
        (village, zone, f"0374-{9000 + number:07d}", f"https://example.cn/q/{initials}", "")
        for number, (zone, village, initials, _) in enumerate(VILLAGES, start=1)
    ]
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "村"
    headers = ["村名", "片区", "值班电话", "群二维码", "备注"]
    _write_sheet(sheet, "青石镇行政村（社区）一览表", headers, villages)
    headers = ["姓名", "职务", "电话", "负责范围"]
    _write_sheet(book.create_sheet("干部"), "青石镇包联干部名单", headers, cadres)
    headers = ["户号", "村", "网格", "组", "楼栋", "门牌", "户主", "电话", "人口", "类别"]
    headers += ["观察起", "观察止", "路线", "备注"]
    note = f"填表单位：青石镇党政办　填表日期：{ISSUED.year}年{ISSUED.month}月{ISSUED.day}日"
    rows = [list(vars(home).values()) for home in homes]
    _write_sheet(book.create_sheet("住户"), "青石镇2026年住户花名册", headers, rows, note)
    headers = ["名称", "村", "地址", "负责人", "电话", "类型"]
    _write_sheet(book.create_sheet("场所"), "青石镇场所登记表", headers, make_venues(invention))
    return book


def save_workbook(book: Workbook, path: Path) -> None:
    """Write a workbook with the same bytes each time: the clock is taken out of it."""
    book.properties.creator = "青石镇党政办"
    book.properties.created = datetime(*ZIP_TIME)
    raw = io.BytesIO()
    book.save(raw)
    with (
        zipfile.ZipFile(raw) as found,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as written,
    ):
        for name in found.namelist():
            data = found.read(name)
            if name == "docProps/core.xml":  # openpyxl stamps the time of saving
                data = re.sub(
                    rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + WRITTEN.encode(), data
                )
            entry = zipfile.ZipInfo(name, ZIP_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            written.writestr(entry, data)


def main(folder: Path, before: bool) -> None:
    """Write roster.xlsx and the campaigns into a folder; of a month before, the roster only."""
    folder.mkdir(parents=True, exist_ok=True)
    save_workbook(make_workbook(before), folder / "roster.xlsx")
    if before:
        return
    for name, text in (("campaign.toml", CAMPAIGN), ("papers.toml", PAPERS)):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if word != "--before"]
    main(Path(words[0] if words else Path(__file__).parent / "qingshi"), "--before" in sys.argv)

"""Rows to a township: what is repaired, what is said about it, what is held back."""

from __future__ import annotations

import random
from datetime import date, datetime

import pytest
from drawn_rosters import cadres, draw, home, households, lines, rows, venues, villages
from hypothesis import given, settings
from hypothesis import strategies as st

from cardgen.model import Origin, Row, Source, Table, Township
from cardgen.phones import group_digits, is_valid_phone, read_phone
from cardgen.resolve import (
    Chains,
    explain,
    in_walking_order,
    pinyin_initials,
    resolve_township,
    walking_key,
)
from cardgen.resolve.identity import find_secrets

# The machine may be busy: how long one example takes is measured elsewhere.
calm = settings(deadline=None, max_examples=60)


def resolve(*tables: list[Row], today: date | None = None) -> Township:
    return resolve_township([row for table in tables for row in table], today=today)


# --------------------------------------------------------------------------- phones


@pytest.mark.parametrize(
    ("cell", "phones", "reason"),
    [
        ("19900000000", "19900000000", ""),
        (19900000000, "19900000000", ""),
        (19900000000.0, "19900000000", "数字格式改成了文本"),
        ("19900000000.0", "19900000000", "去掉了小数点后的 0"),
        ("1990000000.0", "", "手机号应是 11 位，这里是 10 位"),
        ("12.0", "", "2 位数字不是有效的号码"),
        ("12345.00", "12345", "去掉了小数点后的 0"),
        ("8619900000000.0", "19900000000", "去掉了小数点后的 0；去掉了国家代码 86"),
        ("0374.0000000", "03740000000", "去掉了空格、横线或括号"),
        ("\u202d19900000000\u202c", "19900000000", "去掉了看不见的字符"),
        ("1990000\u20600000\ufeff", "19900000000", "去掉了看不见的字符"),
        ("\u200b", "", ""),
        ("1.9900013800E+10", "19900013800", "科学计数法改成了号码"),
        ("１９９００００００００", "19900000000", "全角改成了半角"),
        ("199 0000 0000", "19900000000", "去掉了空格、横线或括号"),
        ("199-0000-0000", "19900000000", "去掉了空格、横线或括号"),
        ("+86 19900000000", "19900000000", "去掉了国家代码 86"),
        ("0086-19900000000", "19900000000", "去掉了国家代码 86"),
        ("19900000000（儿子）", "19900000000", "去掉了号码旁的文字"),
        ("0374-0000000", "03740000000", ""),
        ("(0374)0000000", "03740000000", "去掉了空格、横线或括号"),
        (3740000000.0, "03740000000", "补上了区号前的 0"),
        ("374-0000000", "03740000000", "补上了区号前的 0"),
        ("0374-1234567转801", "03741234567", "分机号 801 没有读入"),
        ("400-123-4567", "4001234567", ""),
        ("110", "110", ""),
        ("12345", "12345", ""),
        ("19900000000/03740000000", "19900000000 03740000000", "一格里有几个号码，第一个用作电话"),
        ("19900000000 19900000009", "19900000000 19900000009", "一格里有几个号码，第一个用作电话"),
        ("1.38E+10", "", "Excel 用科学计数法显示，后面的数字已丢失"),
        ("199O0000000", "", "号码里有字母"),
        ("1990000000", "", "手机号应是 11 位，这里是 10 位"),
        ("199****0000", "", "号码里有星号"),
        ("13٨٠0000000", "", "不是号码"),
        ("6881234", "", "座机没有区号"),
        ("0399-1234567", "", "11 位数字不是有效的号码"),
        ("无", "", ""),
        ("", "", ""),
    ],
)
def test_phone_is_read_or_said_to_be_unreadable(cell: object, phones: str, reason: str) -> None:
    reading = read_phone(cell)  # type: ignore[arg-type]
    assert (" ".join(reading.phones), reading.reason) == (phones, reason)


@calm
@given(st.text(max_size=30) | st.floats() | st.integers(-(10**20), 10**20))
def test_phones_read_from_anything_are_valid(cell: str | float | int) -> None:
    phones = read_phone(cell).phones
    assert all(is_valid_phone(p) and p.isascii() and p.isdecimal() for p in phones)


ANYTHING = (
    st.text("0123456789²٣一十#/、；-. 唐湾村网格组\n\u200b１", max_size=24)
    | st.text(max_size=12)
    | st.floats()
    | st.integers(-(10**20), 10**20)
    | st.booleans()
    | st.dates()
    | st.datetimes()
)
FIELDS = {
    Table.VILLAGE: "name zone phone group_link note",
    Table.CADRE: "name role phone scope village",
    Table.HOUSEHOLD: "code village grid group building unit door head phone members kinds"
    " watch_from watch_to route note ?x",
    Table.VENUE: "name village address person phone kind",
}


@calm
@given(st.data())
def test_no_cell_can_stop_the_reading(data: st.DataObject) -> None:
    tables = []
    for table, fields in FIELDS.items():
        cells = st.dictionaries(st.sampled_from(fields.split()), ANYTHING)
        tables.append(rows(table, data.draw(st.lists(cells, max_size=3)), fields.split()))
    town = resolve(*tables, today=date(2026, 11, 22))
    assert town.rows == len(tables[2]) == len(town.households) + len(town.excluded)
    assert len({household.code for household in town.households}) == len(town.households) or any(
        household.faults for household in town.households
    )
    in_walking_order(town)
    chains = Chains(town)
    for household in town.households:
        explain(chains, household, ["支部书记"])


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("19900045678", "199 0004 5678"),
        ("03741234567", "0374-1234567"),
        ("01012345678", "010-12345678"),
        ("4001234567", "400-123-4567"),
        ("12345", "12345"),
    ],
)
def test_phone_is_grouped_as_people_read_it(phone: str, shown: str) -> None:
    assert group_digits(phone) == shown


def test_repaired_phone_is_listed_with_its_cell_and_what_stood_there() -> None:
    town = resolve(villages(), home(phone="１９９００００００００"))
    assert town.households[0].phones == ("19900000000",)
    assert lines(town.problems) == [
        "住户!E2 notice phone-repaired: 全角改成了半角，电话读作 19900000000"
        " [１９９００００００００]"
    ]


def test_damaged_phone_of_a_household_is_dropped_and_does_not_hold_it_back() -> None:
    town = resolve(villages(), home(phone="1.38E+10"))
    assert town.households[0].phones == () and town.households[0].faults == ()
    assert lines(town.problems) == [
        "住户!E2 warning phone-damaged: 电话“1.38E+10”不能用："
        "Excel 用科学计数法显示，后面的数字已丢失。"
        "请查出原号码，把单元格格式设为“文本”后重填 [1.38E+10]"
    ]


def test_bad_phone_of_a_cadre_is_his_fault() -> None:
    people = cadres("""
        name | role     | phone      | scope
        甲   | 支部书记 | 1990000000 | 唐湾村
        乙   | 包村干部 |            | 唐湾村
        丙   | 网格员   | 19900000000/1390 | 唐湾村
    """)
    town = resolve(villages(), people)
    assert lines(town.cadres[0].faults) == [
        "干部!C2 error phone-invalid: 电话“1990000000”不能用："
        "手机号应是 11 位，这里是 10 位。请核对后重填 [1990000000]"
    ]
    assert lines(town.cadres[1].faults) == [
        "干部!C3 error cadre-no-phone: 包村干部乙没有电话，用到他的卡都不印，请补上"
    ]
    assert (town.cadres[2].phone, town.cadres[2].faults) == ("19900000000", ())
    assert town.problems[-1].severity == "warning"


# --------------------------------------------------------------------------- other cells


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        (datetime(2026, 11, 3), ""),
        ("2026-11-03", ""),
        ("2026.11.3", "日期“2026.11.3”读作 2026-11-03"),
        ("2026年11月3日", "日期“2026年11月3日”读作 2026-11-03"),
        ("20261103", "日期“20261103”读作 2026-11-03"),
        (20261103.0, "日期“20261103”读作 2026-11-03"),
        (46329.0, "日期“46329”读作 2026-11-03"),
    ],
)
def test_day_is_read_however_it_is_written(cell: object, told: str) -> None:
    town = resolve(villages(), home(watch_from=cell, watch_to=date(2026, 11, 16)))
    assert town.households[0].watch_from == date(2026, 11, 3)
    assert [problem.message for problem in town.problems] == ([told] if told else [])


def test_watch_that_ends_before_it_starts_is_told() -> None:
    town = resolve(villages(), home(watch_from=date(2026, 11, 3), watch_to=date(2026, 10, 16)))
    assert lines(town.problems) == [
        "住户!F2 warning watch-dates: 观察止 2026-10-16 早于观察起 2026-11-03，请核对"
    ]


def test_watch_in_another_year_is_told_only_where_today_is_known() -> None:
    table = home(watch_from=date(2062, 11, 3), watch_to=date(2062, 11, 16))
    assert resolve(villages(), table).problems == ()
    assert [p.message for p in resolve(villages(), table, today=date(2026, 11, 22)).problems] == [
        "观察起 2062-11-03 离今天 2026-11-22 太远，请核对年份"
    ]


def test_numbers_lose_their_point_zero() -> None:
    town = resolve(villages(), home(grid=3.0, group="5.0", code="１２", members="4人"))
    household = town.households[0]
    assert (household.grid, household.group, household.code, household.members) == (
        "3",
        "5",
        "12",
        4,
    )
    assert sorted(lines(town.problems)) == [
        "住户!A2 notice cell-repaired: “１２”改成了“12” [１２]",
        "住户!F2 notice cell-repaired: “5.0”改成了“5” [5.0]",
    ]


def test_code_gets_back_its_zeros_where_the_others_show_how_many() -> None:
    cells = [{"code": code, "village": "唐湾村", "head": "王五"} for code in ("0011", 12.0, "0013")]
    town = resolve(villages(), rows(Table.HOUSEHOLD, cells))
    assert [household.code for household in town.households] == ["0011", "0012", "0013"]
    assert lines(town.problems) == [
        "住户!A3 notice cell-repaired: 户号“12”丢了前面的 0，读作“0012” [12]"
    ]


def test_door_that_excel_made_a_date_is_told() -> None:
    town = resolve(villages(), home(door=datetime(2026, 3, 2)))
    assert town.households[0].door == "3-2"
    assert lines(town.problems) == [
        "住户!D2 warning cell-repaired: Excel 把它变成了日期 2026-03-02，印成“3-2”，请核对"
        " [2026-03-02]"
    ]


def test_stair_is_part_of_the_door() -> None:
    assert resolve(villages(), home(unit=2.0, door="301")).households[0].door == "2单元301"


def test_names_are_not_normalised_but_for_layout() -> None:
    assert resolve(villages(), home(head="王　五")).households[0].head == "王五"
    assert resolve(villages(), home(head="欧阳\n建国")).households[0].head == "欧阳建国"
    for name in ("张𬱖", "﨑", "阿依古丽·买买提", "John Smith", "⾦"):
        town = resolve(villages(), home(head=name))
        assert town.households[0].head == name and town.problems == ()


def test_padded_name_is_told() -> None:
    assert lines(resolve(villages(), home(head="王　五")).problems) == [
        "住户!C2 notice name-spaced: 姓名“王　五”中间的空格去掉了，印成“王五” [王　五]"
    ]


def test_line_break_in_a_note_becomes_a_blank_and_is_told() -> None:
    town = resolve(villages(), home(note="有狗\n走后门"))
    assert town.households[0].note == "有狗 走后门"
    assert lines(town.problems) == [
        "住户!E2 notice line-break: 单元格里有换行，印成“有狗 走后门” [有狗\n走后门]"
    ]


def test_formula_error_is_an_empty_cell_and_told() -> None:
    town = resolve(villages(), home(head="#N/A"))
    assert lines(town.problems) == [
        "住户!C2 warning cell-error: 单元格里是公式错误 #N/A，当作空格处理，"
        "请改正公式或直接填写 [#N/A]",
        "住户!C2 error household-no-head: 没有写户主，这一户的卡印不了，请补上",
    ]
    assert town.households[0].faults == (town.problems[1],)


@pytest.mark.parametrize("error", ["#SPILL!", "#CALC!", "#EMPTY!"])
def test_errors_of_newer_programs_are_printed_by_nobody(error: str) -> None:
    town = resolve(villages(), home(head=error, door=error))
    assert [problem.code for problem in town.problems] == [
        "cell-error",
        "household-no-head",
        "cell-error",
    ]
    assert (town.households[0].head, town.households[0].door) == ("", "")
    assert ("没有存下结果" in town.problems[0].message) == (error == "#EMPTY!")


def test_formula_error_in_a_phone_is_no_phone() -> None:
    town = resolve(villages(), home(phone="#N/A"))
    assert [problem.code for problem in town.problems] == ["cell-error"]


# --------------------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("11010519491231002X", "110*************2X"),
        ("110105491231002", "110**********02"),
        ("4111111111111111", "411***********11"),
        ("6222 0212 3456 7890 128", "622**************28"),
    ],
)
def test_secret_numbers_are_found_and_masked(number: str, masked: str) -> None:
    assert [secret.masked for secret in find_secrets(f"证件{number}。")] == [masked]


def test_numbers_that_only_look_alike_are_no_secrets() -> None:
    for text in ("110105194912310021", "19900000000 19900000009", "4111111111111112"):
        assert list(find_secrets(text)) == []


@pytest.mark.parametrize("field", FIELDS[Table.HOUSEHOLD].split()[:-1])
def test_secret_is_taken_out_of_every_cell_and_shown_nowhere(field: str) -> None:
    town = resolve(villages(), home(**{field: "11010519491231002X"}))
    assert "11010519491231002X" not in repr(town)
    found = [line for line in lines(town.problems) if "identity" in line]
    assert [line.partition(" ")[2] for line in found] == [
        "warning identity-number: 单元格里有身份证号 110*************2X，不会印出，请从表中删去"
        " [110*************2X]"
    ]


def test_secrets_in_an_unread_column_are_told_once() -> None:
    cells = [
        {"code": f"A{n}", "village": "唐湾村", "head": "王五", "?身份证号": "11010519491231002X"}
        for n in range(3)
    ]
    town = resolve(villages(), rows(Table.HOUSEHOLD, cells))
    assert lines(town.problems) == [
        "住户!D2 warning identity-number: “身份证号”一列有身份证号（共 3 个），"
        "cardgen 不读也不印，请从表中删去 [110*************2X]"
    ]


def test_number_so_long_that_excel_spoilt_it_is_not_printed() -> None:
    town = resolve(villages(), home(note=110105194912310020.0))
    assert town.households[0].note == ""
    assert town.problems[0].code == "identity-number"


# --------------------------------------------------------------------------- villages


@pytest.mark.parametrize(
    "cell", ["唐湾村", "唐湾", " 唐湾村", "青石镇唐湾村", "唐湾村委会", "唐 湾 村"]
)
def test_village_is_known_by_the_ways_it_is_written(cell: str) -> None:
    town = resolve(villages(), home(village=cell))
    assert town.households[0].village == "唐湾村" and town.problems == ()


def test_unknown_village_is_told_with_the_nearest() -> None:
    town = resolve(villages(), home(village="唐弯村"))
    assert lines(town.problems) == [
        "住户!B2 error village-unknown: “唐弯村”不在村表中，是不是“唐湾村”？"
        "请改正，或在村表中加上这个村"
    ]
    assert town.households[0].faults == town.problems


def test_neighbourhood_is_not_the_village_of_that_name() -> None:
    assert resolve(villages(), home(village="唐湾社区")).problems[0].code == "village-unknown"


def test_villages_are_made_from_households_where_there_is_no_table() -> None:
    table = households("""
        code | village | head
        A1   | 唐湾    | 甲
        A2   | 石桥村  | 乙
        A3   | 唐湾村  | 丙
    """)
    town = resolve(table)
    assert [village.name for village in town.villages] == ["唐湾村", "石桥村"]
    assert [household.village for household in town.households] == ["唐湾村", "石桥村", "唐湾村"]
    assert town.problems == ()


def test_second_row_of_a_village_is_left_out_and_told() -> None:
    town = resolve(villages("name | zone\n唐湾村 | 东片区\n唐湾村 | 西片区"))
    assert [(v.name, v.zone) for v in town.villages] == [("唐湾村", "东片区")]
    assert lines(town.problems) == [
        "村!A3 warning village-twice: “唐湾村”在第 2 行已经有了，只用第 2 行 [唐湾村]"
    ]


# --------------------------------------------------------------------------- kinds


def test_kinds_are_split_and_told_in_our_words() -> None:
    town = resolve(villages(), home(kinds="独居、残疾人；透析/慢病"))
    assert town.households[0].kinds == ("独居老人", "残疾", "透析", "慢性病")


def test_unknown_kind_is_told_once_with_its_count() -> None:
    table = households("""
        code | village | head | kinds
        A1   | 唐湾村  | 甲   |
        A2   | 唐湾村  | 乙   | 养蜂户
        A3   | 唐湾村  | 丙   | 养蜂户、透析
    """)
    assert lines(resolve(villages(), table).problems) == [
        "住户!D3 notice kind-unknown: 没见过类别“养蜂户”（共 2 户），照样读入；若是笔误请改正"
    ]


# --------------------------------------------------------------------------- twice


def test_same_row_twice_is_printed_once() -> None:
    table = households("""
        code | village | head | door
        A1   | 唐湾村  | 甲   | 1号
        A1   | 唐湾村  | 甲   | 1号
    """)
    town = resolve(villages(), table)
    assert len(town.households) == 1 and town.rows == 2
    assert [(origin.row, reason) for origin, reason in town.excluded] == [
        (3, "与第 2 行完全相同，只印一份")
    ]
    assert lines(town.problems) == [
        "住户!A3 warning household-repeated: 与第 2 行完全相同，只印一份"
    ]


def test_same_code_with_other_content_holds_both() -> None:
    table = households("""
        code | village | head | door
        A1   | 唐湾村  | 甲   | 1号
        A1   | 唐湾村  | 乙   | 2号
    """)
    town = resolve(villages(), table)
    assert [len(household.faults) for household in town.households] == [1, 1]
    assert lines(town.problems) == [
        "住户!A2 error household-twice: 户号“A1”与第 3 行（A3）重复，内容不同，"
        "两户都不印；请改正其中一个",
        "住户!A3 error household-twice: 户号“A1”与第 2 行（A2）重复，内容不同，"
        "两户都不印；请改正其中一个",
    ]


def test_same_family_under_two_codes_is_told_and_printed_twice() -> None:
    table = households("""
        code | village | head | door | group
        A1   | 唐湾村  | 甲   | 1号  | 1组
        A2   | 唐湾村  | 甲   | 1号  | 一组
        A3   | 唐湾村  | 甲   | 1号  | 2组
    """)
    town = resolve(villages(), table)
    assert len(town.households) == 3
    assert lines(town.problems) == [
        "住户!C3 warning household-repeated: 与第 2 行同村、同门牌、同户主，户号不同；"
        "两户都印，若是同一户请删去一行"
    ]


def test_example_rows_are_counted_and_not_printed() -> None:
    table = home() + home(code="A2", head="赵六")
    table[1] = Row(Origin(table[0].origin.source, 3), table[1].values)
    town = resolve_township([*villages(), *table], example_origins=[table[0].origin])
    assert [household.code for household in town.households] == ["A2"]
    assert (town.rows, [reason for _, reason in town.excluded]) == (2, ["示例行，不印"])


# --------------------------------------------------------------------------- codes

HOMES = [
    {"village": village, "head": head, "door": f"{door}号", "group": f"{door % 3}组"}
    for village in ("唐湾村", "石桥村")
    for door in range(1, 12)
    for head in ("王五", "李四")
] + [{"village": "唐湾村", "head": "赵六", "members": float(n)} for n in (1, 2, 3)]


def made_codes(order: list[int]) -> dict[int, str]:
    source = Source(Table.HOUSEHOLD, "r.xlsx", "住户", {"village": 0, "head": 1, "door": 2})
    table = [Row(Origin(source, row), HOMES[n]) for row, n in enumerate(order, start=2)]
    town = resolve(villages(), table)
    assert len(town.households) == len(HOMES)
    return {order[household.origin.row - 2]: household.code for household in town.households}


@settings(calm, max_examples=15)
@given(st.permutations(range(len(HOMES))))
def test_made_codes_stay_when_rows_move(order: list[int]) -> None:
    codes = made_codes(order)
    assert codes == made_codes(list(range(len(HOMES))))
    assert len(set(codes.values())) == len(HOMES)


def test_made_codes_are_told_once_a_sheet() -> None:
    town = resolve(villages(), home(code=None))
    code = town.households[0].code
    assert code.startswith("TW-") and len(code) == 9
    assert lines(town.problems) == [
        f"住户!A2 notice code-made: 1 户没有户号，由程序按村、门牌和户主编定（第一个是 {code}）；"
        "行的顺序变了，户号不变"
    ]


def test_made_code_stays_when_the_phone_changes_and_a_numeral_is_written_otherwise() -> None:
    one = resolve(villages(), home(code=None, phone="19900000000", group="三组")).households[0]
    other = resolve(villages(), home(code=None, phone="19900000009", group="3组")).households[0]
    assert one.code == other.code


def test_made_codes_that_meet_get_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardgen.resolve.codes._LENGTH", 1)
    codes = list(made_codes(list(range(len(HOMES)))).values())
    assert len(set(codes)) == len(HOMES)


def test_venues_get_codes_of_their_own() -> None:
    table = venues("""
        name     | village | phone
        便民超市 | 唐湾    | 19900000000
        便民超市 | 石桥村  | 19900000001
                 | 石桥村  |
    """)
    town = resolve(villages(), table)
    assert [venue.code[:4] for venue in town.venues] == ["S-3Y", "S-47", "S-DY"]
    assert lines(town.venues[2].faults) == ["场所!A4 error venue-no-name: 场所没有名称，请补上"]


# --------------------------------------------------------------------------- walking


def walk(doors: list[str]) -> list[str]:
    table = [{"code": f"A{n}", "village": "唐湾村", "head": "甲", "door": d}
             for n, d in enumerate(doors)]  # fmt: skip
    town = resolve(villages(), rows(Table.HOUSEHOLD, table))
    return [household.door for household in in_walking_order(town)]


def test_doors_are_walked_by_their_numbers() -> None:
    doors = ["1号", "2号", "2号附1", "2号附2", "三号", "10号", "十一号", "1单元101", "2单元101"]
    expected = ["1单元101", "1号", "2单元101", "2号", "2号附1", "2号附2", "三号", "10号", "十一号"]
    assert walk(doors) == walk(doors[::-1]) == expected


@calm
@given(st.lists(st.text("0123号附单元A三十 ", max_size=8), min_size=2, max_size=6))
def test_walking_order_is_the_same_whatever_the_row_order(doors: list[str]) -> None:
    table = [{"code": f"A{n}", "village": "唐湾村", "head": f"甲{n}", "door": d}
             for n, d in enumerate(doors) if d]  # fmt: skip
    town = resolve(villages(), rows(Table.HOUSEHOLD, table))
    keys = [walking_key(household) for household in town.households]
    assert sorted(keys) == sorted(random.Random(1).sample(keys, len(keys)))
    assert len(set(keys)) == len(keys)


def test_routes_are_walked_in_the_order_of_the_villages() -> None:
    table = households("""
        code | village | head | route  | grid
        A1   | 柳林村  | 甲   | 柳林1线 | 1
        A2   | 唐湾村  | 甲   | 唐湾10线 | 1
        A3   | 唐湾村  | 甲   | 唐湾2线 | 10网格
        A4   | 唐湾村  | 甲   | 唐湾2线 | 第二网格
        A5   | 唐湾村  | 甲   |        | 1
        A6   | 石桥村  | 甲   |        |
    """)
    order = in_walking_order(resolve(villages(), table))
    assert [household.code for household in order] == ["A4", "A3", "A2", "A5", "A6", "A1"]


@pytest.mark.parametrize(
    ("name", "initials"),
    [("曾建国", "zjg"), ("单雄信", "sxx"), ("欧阳锋", "oyf"), ("尉迟恭", "ycg"), ("王五", "ww")],
)
def test_initials_read_surnames_as_surnames(name: str, initials: str) -> None:
    assert pinyin_initials(name) == initials


def test_draw_leaves_empty_cells_out() -> None:
    assert [dict(row.values) for row in draw(Table.VILLAGE, "name | zone\n唐湾村 |")] == [
        {"name": "唐湾村"}
    ]

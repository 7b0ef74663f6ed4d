"""Who answers for whom: scopes as they are written, the nearest first, and why."""

from __future__ import annotations

import random

import pytest
from drawn_rosters import cadres, households, lines, venues, villages
from hypothesis import given, settings
from hypothesis import strategies as st

from cardgen.model import Chain, Origin, Row, Township
from cardgen.resolve import Chains, explain, place_key, resolve_township
from cardgen.resolve.places import ScopeKind, natural_key

HOMES = """
code | village | grid  | group | building | door | head | kinds
A1   | 唐湾村  | 1网格 | 1组   |          | 1号  | 甲   |
A2   | 唐湾村  | 1网格 | 2组   |          | 2号  | 乙   | 独居老人
A3   | 唐湾村  | 2网格 | 3组   |          | 3号  | 丙   | 透析、独居
A4   | 唐湾村  | 2网格 |       | 2号楼    | 101  | 丁   |
B1   | 石桥村  | 3     | 5     | 2栋      | 1号  | 戊   |
C1   | 柳林村  |       |       |          | 1号  | 己   | 孕产妇
"""


def town_of(people: str) -> Township:
    return resolve_township([*villages(), *households(HOMES), *cadres(people)])


def scoped(*scopes: str) -> Township:
    """A township with a 网格员 for each scope: 员1, 员2, …"""
    lines_ = [f"员{n} | 网格员 | 1990000000{n} | {scope}" for n, scope in enumerate(scopes, 1)]
    return town_of("\n".join(["name | role | phone | scope", *lines_]))


def who(town: Township, role: str = "网格员") -> str:
    """The chains of all households in a line: "A1=员1 A2=- A3=员1!员2"; ! where it is not told."""
    chains = Chains(town)
    words = []
    for household in town.households:
        chain = chains.chain(household, [role])
        names = "".join(contact.name for contact in chain.contacts) or "-"
        words.append(f"{household.code}={names}{'!' * (chain.problems[:1] != () and names != '-')}")
    return " ".join(words)


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ("全镇", "A1 A2 A3 A4 B1 C1"),
        ("东片区", "A1 A2 A3 A4 B1"),
        ("东片", "A1 A2 A3 A4 B1"),
        ("唐湾村", "A1 A2 A3 A4"),
        ("唐湾", "A1 A2 A3 A4"),
        ("青石镇/唐湾村", "A1 A2 A3 A4"),
        ("东片区/唐湾村", "A1 A2 A3 A4"),
        ("唐湾村/1网格", "A1 A2"),
        ("唐湾村/第一网格", "A1 A2"),
        ("唐湾村1网格", "A1 A2"),
        ("唐湾村-1网格", "A1 A2"),
        ("唐湾村 1网格", "A1 A2"),
        ("唐湾村／１网格", "A1 A2"),
        ("唐湾村/1网格、2网格", "A1 A2 A3 A4"),
        ("唐湾村/1、2网格", "A1 A2 A3 A4"),
        ("石桥村/3网格", "B1"),
        ("唐湾村/3组", "A3"),
        ("唐湾村/三组", "A3"),
        ("唐湾村/2网格/3组", "A3"),
        ("唐湾村/2号楼", "A4"),
        ("唐湾村/2栋", "A4"),
        ("石桥村/2号楼", "B1"),
        ("石桥村/五组", "B1"),
        ("A2；C1", "A2 C1"),
        ("a2，c1", "A2 C1"),
        ("唐湾村/A2", "A2"),
        ("唐湾村；柳林村", "A1 A2 A3 A4 C1"),
        ("唐湾村、柳林村", "A1 A2 A3 A4 C1"),
        ("唐湾村 柳林村", "A1 A2 A3 A4 C1"),
        ("唐湾村#独居老人", "A2 A3"),
        ("唐湾村＃独居", "A2 A3"),
        ("唐湾村/1网格#独居老人", "A2"),
        ("全镇#孕产妇", "C1"),
        ("全镇#孕产妇、透析", "A3 C1"),
        ("东片区#透析", "A3"),
        ("#透析", "A3"),
        ("唐湾村/2网格/1组", ""),
    ],
)
def test_scope_holds_these_households(scope: str, held: str) -> None:
    found = [pair.partition("=")[0] for pair in who(scoped(scope)).split() if "员1" in pair]
    assert " ".join(found) == held


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        ("唐弯村", "负责范围“唐弯村”看不懂，是不是“唐湾村”？"),
        (
            "唐湾村/9网格",
            "负责范围“唐湾村/9网格”：唐湾村的住户里没有“9网格”，有的是 1网格、2网格，",
        ),
        ("3网格", "负责范围“3网格”没有写是哪个村的，请按"),
        ("北片区", "负责范围“北片区”：村表的“片区”一列里没有“北片区”，是不是“西片区”？"),
        (
            "唐湾村/2网格/1组",
            "负责范围“唐湾村/2网格/1组”：唐湾村的住户里没有“2网格/1组”，有的是 1组、2组、3组，",
        ),
    ],
)
def test_scope_that_holds_nobody_is_told_with_the_nearest(scope: str, message: str) -> None:
    town = scoped(scope)
    assert town.cadres[0].scopes == ()
    assert lines(town.problems) == [f"干部!D2 warning scope-unknown: {found} [{scope}]"
                                    for found in [town.problems[0].message]]  # fmt: skip
    assert town.problems[0].message.startswith(message)
    assert town.problems[0].message.endswith("请按“村名/3网格”“村名/5组”“片区名”“全镇”这样写")


def test_one_bad_scope_does_not_spoil_the_others() -> None:
    assert who(scoped("唐湾村/9网格；唐湾村/2网格")) == "A1=- A2=- A3=员1 A4=员1 B1=- C1=-"


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ("石桥村/3网格；唐弯村/1网格、3网格", "B1"),
        ("唐湾村/1网格；石乔村/3、2网格", "A1 A2"),
        ("唐湾村/1网格；唐弯村#透析；#透析", "A1 A2"),
        ("全镇#孕产妇；唐弯村#独居老人、透析", "C1"),
        ("石桥村/3网格；唐湾村/9网格、2网格", "A3 A4 B1"),
        ("唐湾村/9网格；唐湾村/1网格、9网格、2网格", "A1 A2 A3 A4"),
    ],
)
def test_what_follows_an_unread_place_is_not_read_as_of_the_place_before(
    scope: str, held: str
) -> None:
    town = scoped(scope)
    found = [pair.partition("=")[0] for pair in who(town).split() if "员1" in pair]
    assert " ".join(found) == held
    assert town.problems[0].code == "scope-unknown"


def test_bare_kind_of_a_cadre_whose_village_is_unknown_is_not_the_whole_townships() -> None:
    town = town_of("""
        name | role   | phone       | village | scope
        甲   | 网格员 | 19900000001 | 唐弯村  | #独居老人
        乙   | 网格员 | 19900000002 |         | #孕产妇
    """)
    assert who(town) == "A1=- A2=- A3=- A4=- B1=- C1=乙"
    assert [problem.before for problem in town.problems] == ["唐弯村", "#独居老人"]


NUMBERED = """
code | village | grid  | group | door | head
1    | 石桥村  | 1网格 |       | 1号  | 甲
2    | 石桥村  | 1网格 |       | 2号  | 乙
3    | 唐湾村  | 1网格 | 7组   | 3号  | 丙
4    | 唐湾村  | 2网格 |       | 4号  | 丁
5    | 唐湾村  | 3网格 |       | 5号  | 戊
"""


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ("唐湾村/1、2、3网格", "3 4 5"),
        ("唐湾村/1，2网格", "3 4"),
        ("唐湾村/3网格、1组、7组", "3 5"),
        ("唐湾村/1", "3"),
        ("唐湾村/4", "4"),
        ("石桥村/5", ""),
        ("1；5", "1 5"),
        ("1、2网格", ""),
    ],
)
def test_bare_number_is_a_grid_before_it_is_a_code(scope: str, held: str) -> None:
    people = cadres(f"name | role | phone | scope\n员 | 网格员 | 19900000001 | {scope}")
    found = who(resolve_township([*villages(), *households(NUMBERED), *people])).split()
    assert " ".join(pair[0] for pair in found if "员" in pair) == held


@pytest.mark.parametrize(
    ("village", "scope", "held"),
    [("唐湾村", "3", "3"), ("唐湾村", "1", "3"), ("石桥村", "1", "1"), ("", "3", "3")],
)
def test_bare_number_beside_the_cadres_village_is_a_code_where_the_household_is_of_it(
    village: str, scope: str, held: str
) -> None:
    people = cadres(
        f"name | role | phone | village | scope\n员 | 网格员 | 19900000001 | {village} | {scope}"
    )
    found = who(resolve_township([*villages(), *households(NUMBERED), *people])).split()
    assert " ".join(pair[0] for pair in found if "员" in pair) == held


def test_codes_that_differ_in_case_alone_are_two() -> None:
    homes = households("code | village | door | head\nA1 | 唐湾村 | 1 | 甲\na1 | 唐湾村 | 2 | 乙")
    people = cadres("name | role | phone | scope\n员 | 网格员 | 19900000001 | a1")
    assert who(resolve_township([*villages(), *homes, *people])) == "A1=- a1=员"


def test_village_is_found_where_its_name_ends_like_a_community_or_has_a_mark_that_is_not_seen() -> (
    None
):
    there = villages("name\n安居村\n唐湾村")
    homes = households(
        "code | village | door | head\n1 | 安居 | 1 | 甲\n2 | 唐湾村\u202c | 2 | 乙\n"
        "3 | 唐\u200b湾 | 3 | 丙"
    )
    people = cadres("name | role | phone | scope\n员 | 网格员 | 19900000001 | 唐湾村\u202c")
    town = resolve_township([*there, *homes, *people])
    assert [home.village for home in town.households] == ["安居村", "唐湾村", "唐湾村"]
    assert who(town) == "1=- 2=员 3=员" and town.problems == ()


def test_scope_with_a_kind_that_nobody_has_is_told() -> None:
    assert lines(scoped("唐湾村#养蜂户").problems) == [
        "干部!D2 notice kind-unknown: 负责范围里的类别“养蜂户”没见过，也没有哪一户是这一类"
    ]


def test_village_of_a_cadres_row_is_his_scope_where_none_is_written() -> None:
    town = town_of("""
        name | role     | phone       | scope | village
        员1  | 网格员   | 19900000001 |       | 唐湾
        员2  | 网格员   | 19900000002 | 3网格 | 石桥村
        员3  | 网格员   | 19900000003 |       | 唐弯村
        员4  | 网格员   | 19900000004 |       |
    """)
    assert who(town) == "A1=员1 A2=员1 A3=员1 A4=员1 B1=员2 C1=-"
    assert lines(town.problems) == [
        "干部!E4 warning scope-unknown: “唐弯村”不在村表中，是不是“唐湾村”？请改正 [唐弯村]",
        "干部!D5 warning cadre-no-scope: 员4没有写负责范围，不会出现在卡上，"
        "请补上（例如“全镇”或村名）",
    ]


def test_nearest_scope_comes_first() -> None:
    town = scoped("全镇", "东片区", "唐湾村", "唐湾村/1网格", "唐湾村/1组", "A3", "唐湾村/2号楼")
    assert who(town) == "A1=员5 A2=员4 A3=员6 A4=员7 B1=员2 C1=员1"


def test_people_of_a_kind_come_before_everybody_at_the_same_distance_only() -> None:
    assert who(scoped("唐湾村", "唐湾村#独居老人")).startswith("A1=员1 A2=员2 A3=员2 A4=员1")
    assert who(scoped("唐湾村", "全镇#独居老人")).startswith("A1=员1 A2=员1 A3=员1 A4=员1")
    assert who(scoped("全镇#独居老人")) == "A1=- A2=员1 A3=员1 A4=- B1=- C1=-"


def chain_of(town: Township, code: str, *roles: str) -> Chain:
    household = next(h for h in town.households if h.code == code)
    return Chains(town).chain(household, roles)


def test_two_at_the_same_distance_are_a_problem_and_not_a_toss_up() -> None:
    chain = chain_of(scoped("唐湾村/1网格", "唐湾村/一网格", "全镇"), "A1", "网格员")
    assert chain.contacts == ()
    assert lines(chain.problems) == [
        "干部!B3 error role-twice: 唐湾村1网格1组的“网格员”有 2 人一样近："
        "员1（第 2 行，负责“唐湾村/1网格”）、员2（第 3 行，负责“唐湾村/一网格”）；"
        "请只留一人，或把范围写细"
    ]


def test_same_person_in_two_rows_is_one() -> None:
    town = town_of("""
        name | role   | phone       | scope
        员1  | 网格员 | 19900000001 | 唐湾村/1网格
        员1  | 网格员 | 19900000001 | 唐湾村/1网格；唐湾村/2网格
    """)
    chain = chain_of(town, "A1", "网格员")
    assert chain.problems == () and chain.contacts[0].origin.row == 2


def test_nobody_is_a_problem_that_says_what_to_add() -> None:
    chain = chain_of(scoped("石桥村"), "A1", "网格员", "支部书记")
    assert lines(chain.problems) == [
        f"干部! error role-unfilled: 唐湾村1网格1组没有人担任“{role}”，"
        f"请在干部表中补上职务为“{role}”、负责范围包含这里的人"
        for role in ("网格员", "支部书记")
    ]


def test_cadre_without_phone_holds_back_only_whom_he_answers_for() -> None:
    town = town_of("""
        name | role   | phone       | scope
        员1  | 网格员 |             | 唐湾村/1网格
        员2  | 网格员 | 19900000002 | 全镇
    """)
    assert who(town) == "A1=员1! A2=员1! A3=员2 A4=员2 B1=员2 C1=员2"
    assert chain_of(town, "A1", "网格员").problems == town.cadres[0].faults


def test_roles_are_known_by_their_other_names_and_several_in_a_cell() -> None:
    town = town_of("""
        name | role               | phone       | scope
        甲   | 村支书兼村委会主任 | 19900000001 | 唐湾村
    """)
    chain = chain_of(town, "A1", "支部书记", "村主任")
    assert [(contact.role, contact.name) for contact in chain.contacts] == [
        ("支部书记", "甲"),
        ("村主任", "甲"),
    ]


def test_villages_and_venues_have_chains() -> None:
    shops = venues("name | village\n超市 | 石桥村")
    people = cadres("""
        name | role   | phone       | scope
        员1  | 网格员 | 19900000001 | 东片区
        员2  | 网格员 | 19900000002 | 唐湾村
        员3  | 网格员 | 19900000003 | 唐湾村/1网格
        员4  | 网格员 | 19900000004 | 石桥村#独居老人
    """)
    town = resolve_township([*villages(), *households(HOMES), *shops, *people])
    chains = Chains(town)
    assert town.problems == ()
    assert chains.chain_of_village(town.villages[0], ["网格员"]).contacts[0].name == "员2"
    assert chains.chain_of_grid("唐湾村", "第一网格", ["网格员"]).contacts[0].name == "员3"
    assert chains.chain_of_venue(town.venues[0], ["网格员"]).contacts[0].name == "员1"


# Every scope that holds A3, nearest first.
NEAREST_FIRST = [
    "A3",
    "唐湾村/3组#透析",
    "唐湾村/3组",
    "唐湾村/2网格#透析",
    "唐湾村/2网格",
    "唐湾村#独居老人",
    "唐湾村",
    "东片区#透析",
    "东片区",
    "全镇#透析",
    "全镇",
]


@settings(deadline=None, max_examples=60)
@given(st.permutations(NEAREST_FIRST), st.integers(1, len(NEAREST_FIRST)))
def test_nearest_wins_whatever_the_row_order(order: list[str], count: int) -> None:
    rows = order[:count]
    text = "\n".join(f"{scope} | 网格员 | 1990000{n:04d} | {scope}" for n, scope in enumerate(rows))
    town = town_of("name | role | phone | scope\n" + text)
    household = town.households[2]
    expected = [scope for scope in NEAREST_FIRST if scope in rows]
    found = Chains(town).candidates(household, "网格员")
    assert [contact.scope.text for _, contact in found] == expected
    assert Chains(town).chain(household, ["网格员"]).contacts[0].scope.text == expected[0]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**32))
def test_chains_do_not_depend_on_the_order_of_rows(seed: int) -> None:
    people = cadres("""
        name | role   | phone       | scope
        甲   | 网格员 | 19900000001 | 唐湾村
        甲   | 网格员 | 19900000001 | 唐湾村/1网格
        乙   | 网格员 | 19900000002 | 唐湾村
        丙   | 网格员 | 19900000003 | 东片区
    """)
    rows = [*villages(), *households(HOMES), *people]
    expected = who(resolve_township(rows))
    random.Random(seed).shuffle(rows)
    town = resolve_township(rows)
    assert sorted(who(town).split()) == sorted(expected.split())


def test_explanation_names_the_row_and_who_was_farther() -> None:
    town = scoped("全镇", "唐湾村", "唐湾村#独居老人", "石桥村")
    assert explain(Chains(town), town.households[1], ["网格员", "支部书记"]) == (
        "A2 乙（唐湾村 1网格 2组 2号，类别：独居老人），见 roster.xlsx “住户”第 3 行",
        "网格员：员3 199 0000 0003，因为负责“唐湾村#独居老人”（村，只管独居老人），"
        "见 roster.xlsx “干部”第 4 行",
        "  没有用员2：负责“唐湾村”（村），见 roster.xlsx “干部”第 3 行，"
        "同一级里专管独居老人的人优先",
        "  没有用员1：负责“全镇”（全镇），见 roster.xlsx “干部”第 2 行，村比全镇近",
        "  另有 1 人担任“网格员”，负责范围不含这一户",
        "支部书记：没有人",
        "不印：唐湾村1网格2组（独居老人）没有人担任“支部书记”，"
        "请在干部表中补上职务为“支部书记”、负责范围包含这里的人",
    )


def test_explanation_of_a_tie_names_both() -> None:
    town = scoped("唐湾村", "唐湾村", "全镇")
    told = explain(Chains(town), town.households[0], ["网格员"])
    assert told[1] == "网格员：定不下来"
    assert told[2].startswith("不印：唐湾村1网格1组的“网格员”有 2 人一样近：员1（第 2 行")
    assert told[3].startswith("  没有用员3：负责“全镇”") and len(told) == 4


@pytest.mark.parametrize(
    ("what", "same"),
    [
        (ScopeKind.GRID, ["3网格", "第3网格", "三网格", "第三网格", "网格3", "3", "03", "３网格"]),
        (ScopeKind.GROUP, ["12组", "十二组", "12", "第十二村民小组", "12队", "组12"]),
        (ScopeKind.BUILDING, ["2号楼", "2栋", "二号楼", "2幢", "2", "2号"]),
    ],
)
def test_places_are_compared_by_their_numbers(what: ScopeKind, same: list[str]) -> None:
    assert {place_key(what, text) for text in same} == {place_key(what, same[0])}
    assert place_key(what, "13") != place_key(what, same[0])


def test_numbers_sort_as_numbers() -> None:
    doors = ["2号", "2号附1", "10号", "一百零三号"]
    assert sorted([doors[3], doors[1], doors[2], doors[0]], key=natural_key) == doors


def test_digits_of_other_scripts_sort_and_do_not_stop_the_reading() -> None:
    assert natural_key("፩") > natural_key("2")


def test_origin_of_a_contact_is_the_row_that_said_so() -> None:
    contact = chain_of(scoped("石桥村", "唐湾村"), "A1", "网格员").contacts[0]
    assert isinstance(contact.origin, Origin) and contact.origin.cell("scope") == "D3"
    assert isinstance(cadres("name\n甲")[0], Row)

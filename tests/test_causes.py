"""Why copies differ from what is out: one change of the world is one cause, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from cardgen.causes import Cause, CauseKind, causes_of, papers_in_words
from cardgen.model import (
    Cadre,
    Household,
    Origin,
    Scope,
    ScopeKind,
    Source,
    Table,
    Touch,
    Touched,
    Township,
    Village,
)

ORIGIN = Origin(Source(Table.HOUSEHOLD, "住户.csv", "", {"code": 0}), 2)
TITLES = {"love-card": "爱心联系卡", "notice": "告知书", "village-board": "公示栏",
          "responsibility": "责任书", "field-sheet": "单兵说明书"}  # fmt: skip
Json = dict[str, Any]


def person(role: str, name: str, phone: str, scope: str = "") -> Json:
    found = {"role": role, "name": name, "phone": phone}
    return found | {"scope": scope} if scope else found


SECRETARY = person("支部书记", "陈秀兰", "19900000004")
CADRE = person("包村干部", "李明", "19900000002")
CHAIN = [CADRE, SECRETARY]
CAMPAIGN = {
    "title": "森林防火", "issuer": "青石镇人民政府", "date": "2026-11-22",
    "slogans": ["有困难，找干部"], "hotlines": [{"name": "镇值班室", "phone": "03740000000"}],
}  # fmt: skip
HOME = {
    "village": "唐湾村", "grid": "3网格", "group": "1组", "building": "", "door": "3号",
    "place": "唐湾村 3网格 1组 3号", "watch_from": None, "watch_to": None, "code": "TW-003",
    "head": "赵德胜", "phone": "19900000103", "members": 3, "kinds": [], "route": "", "note": "",
}  # fmt: skip
CARD = {
    "contacts": CHAIN, "household": HOME, "campaign": CAMPAIGN, "slogan": "有困难，找干部",
    "village": {"name": "唐湾村", "zone": "东片区", "phone": "03740000001", "group_link": ""},
    "paper": {}, "size": "", "variant": "", "layout": "aa", "links": {"household": "https://a.cn/{code}"},
}  # fmt: skip


def copy(
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    subject: str = "TW-003",
    layout: str = "love-card",
    village: str = "唐湾村",
    touch: Touch = Touch.CHANGED,
    shown: tuple[str, ...] = (),
) -> Touched:
    return Touched(
        layout, TITLES[layout], subject, village, touch, serial="7K3M-9QXP", new_serial="7K3M-9QXQ",
        before=before or {}, after=after or {}, shown=frozenset(shown),
    )  # fmt: skip


def card(shown: tuple[str, ...] = (), **after: object) -> Touched:
    """A love card of which some parts differ from `CARD`."""
    return copy(CARD, CARD | after, shown=shown)


def told(causes: tuple[Cause, ...]) -> list[str]:
    return [f"{cause.words} | {papers_in_words(cause.papers)}" for cause in causes]


def why(
    *touched: Touched,
    township: Township | None = None,
    earlier: Township | None = None,
    apart: int = 20,
) -> list[str]:
    return told(causes_of(touched, township, earlier, apart))


def cadre(name: str, role: str, *scopes: Scope) -> Cadre:
    return Cadre(name, role, "19900000001", scopes, ORIGIN)


def household(code: str) -> Household:
    return Household(code, "唐湾村", "", "", "", "3号", "赵德胜", (), 3, (), None, None, "", "",
                     ORIGIN)  # fmt: skip


def township(*codes: str, cadres: tuple[Cadre, ...] = ()) -> Township:
    villages = tuple(
        Village(name, zone, "", "", "", ORIGIN)
        for zone, names in (("东片区", ("唐湾村", "石桥村")), ("西片区", ("西坡村", "杏花村")))
        for name in names
    )
    return Township(villages, cadres, tuple(map(household, codes)), (), ())


# --------------------------------------------------------------------------- people


NEW_PHONE = SECRETARY | {"phone": "19900000014"}


@pytest.mark.parametrize(
    ("contacts", "words"),
    [
        ([CADRE, NEW_PHONE], "支部书记 陈秀兰 的电话换了：19900000004 → 19900000014"),
        ([CADRE, SECRETARY | {"phone": ""}], "支部书记 陈秀兰 的电话换了：19900000004 → （空）"),
        ([CADRE, person("支部书记", "周文", "19900000009")], "支部书记 换了人：陈秀兰 → 周文"),
        ([CADRE, SECRETARY | {"name": "陈秀岚"}],
         "支部书记 的名字改了：陈秀兰 → 陈秀岚（电话没换）"),
        ([CADRE], "不再有 支部书记 陈秀兰"),
        ([*CHAIN, person("村医", "孙梅", "19900000021")], "多了一位 村医 孙梅"),
        ([person("驻村干部", "李明", "19900000002"), SECRETARY],
         "李明 的职务改了：包村干部 → 驻村干部"),
        ([SECRETARY, CADRE], None),
    ],
)  # fmt: skip
def test_a_change_of_one_contact(contacts: list[Json], words: str | None) -> None:
    expected = "名单变了" if words is None else f"唐湾村 {words}"
    assert why(card(contacts=contacts)) == [f"{expected} | 爱心联系卡 1 份"]


def test_two_people_of_one_role_are_not_taken_for_one_another() -> None:
    doctor = person("村医", "孙梅", "19900000021")
    before, after = [doctor, person("村医", "钱进", "22")], [person("村医", "钱进", "33"), doctor]
    assert why(copy({"contacts": before}, {"contacts": after})) == [
        "唐湾村 村医 钱进 的电话换了：22 → 33 | 爱心联系卡 1 份"
    ]


def board(*people: Json, households: int = 18, groups: tuple[str, ...] = ()) -> Json:
    """What the template of a village's board is given."""
    grids = [{"name": "3网格", "village": "唐湾村", "households": households,
              "groups": [*groups], "buildings": [], "people": [p]} for p in people]  # fmt: skip
    return {"people": [SECRETARY | {"scope": "唐湾村"}], "grids": grids}


def test_the_same_person_is_one_cause_on_all_papers_wherever_he_stands_there() -> None:
    after = {**board(), "people": [NEW_PHONE | {"scope": "唐湾村"}]}
    touched = [
        *(replace(card(contacts=[CADRE, NEW_PHONE]), subject=f"TW-{n:03d}") for n in range(12)),
        copy(CARD, CARD | {"contacts": [CADRE, NEW_PHONE]}, layout="notice"),
        copy(board(), after, "唐湾村", "village-board"),
    ]
    [cause] = causes_of(touched)
    assert told((cause,)) == [
        "唐湾村 支部书记 陈秀兰 的电话换了：19900000004 → 19900000014"
        " | 爱心联系卡 12 份，告知书 1 份，公示栏 1 份"
    ]
    assert cause.copies == tuple(touched)
    assert cause.kind is CauseKind.PERSON


def test_heads_of_grids_are_paired_by_their_grid() -> None:
    def grids(one: Json, two: Json) -> Json:
        return {"grids": [{"name": "1网格", "people": [one]}, {"name": "2网格", "people": [two]}]}

    before = grids(person("网格长", "甲一", "1", "1网格"), person("网格长", "乙一", "2", "2网格"))
    after = grids(person("网格长", "丙一", "3", "1网格"), person("网格长", "甲一", "1", "2网格"))
    assert why(copy(before, after, "唐湾村", "village-board")) == [
        "唐湾村 网格长 甲一 的负责范围改了：1网格 → 2网格 | 公示栏 1 份",
        "唐湾村 不再有 网格长 乙一 | 公示栏 1 份",
        "唐湾村 多了一位 网格长 丙一 | 公示栏 1 份",
    ]


def test_people_of_one_role_are_replaced_in_their_order() -> None:
    before, after = ([person("村医", name, "") for name in names] for names in ("甲乙", "丙丁"))
    assert why(copy({"contacts": before}, {"contacts": after})) == [
        "唐湾村 村医 换了人：甲 → 丙 | 爱心联系卡 1 份",
        "唐湾村 村医 换了人：乙 → 丁 | 爱心联系卡 1 份",
    ]


def test_who_came_to_one_village_has_not_replaced_who_left_another() -> None:
    def chart(here: list[Json], there: list[Json]) -> Json:
        villages = [{"name": "唐湾村", "people": here}, {"name": "石桥村", "people": there}]
        return {"zones": [{"name": "东片区", "villages": villages}]}

    before = chart([person("村医", "甲一", "1")], [])
    after = chart([], [person("村医", "乙一", "2")])
    assert why(copy(before, after, "全镇", "village-board", village="")) == [
        "不再有 村医 甲一 | 公示栏 1 份",
        "多了一位 村医 乙一 | 公示栏 1 份",
    ]


@pytest.mark.parametrize(
    ("villages", "cadres", "place"),
    [
        (["唐湾村"], (), "唐湾村 "),
        (["唐湾村", "石桥村", "西坡村", "杏花村"], (), "全镇 "),
        (["石桥村", "唐湾村"], (), "东片区 "),
        (["唐湾村", "杏花村"], (), "唐湾村、杏花村 "),
        (["唐湾村", "杏花村"], (cadre("赵德胜", "分管领导", Scope(ScopeKind.TOWNSHIP, "全镇")),),
         "全镇 "),
        (["唐湾村", "杏花村"],
         (cadre("赵德胜", "分管领导", Scope(ScopeKind.ZONE, "东片区", name="东片区")),), "东片区 "),
        ([""], (cadre("赵德胜", "分管领导", Scope(ScopeKind.VILLAGE, "唐湾", "唐湾村")),),
         "唐湾村 "),
        ([""], (), ""),
    ],
)  # fmt: skip
def test_the_place_is_the_village_or_what_the_cadre_answers_for(
    villages: list[str], cadres: tuple[Cadre, ...], place: str
) -> None:
    before, after = ([person("分管领导", "赵德胜", phone)] for phone in ("1", "2"))
    touched = [copy({"contacts": before}, {"contacts": after}, village=each) for each in villages]
    [cause] = causes_of(touched, township(cadres=cadres))
    assert cause.words == f"{place}分管领导 赵德胜 的电话换了：1 → 2"


def test_many_villages_without_a_known_reason_are_counted() -> None:
    touched = [
        copy({"contacts": [SECRETARY]}, {"contacts": [NEW_PHONE]}, village=f"{n}村")
        for n in "甲乙丙丁"
    ]
    assert why(*touched)[0].startswith("甲村、乙村、丙村等 4 个村 支部书记 陈秀兰")


# --------------------------------------------------------------------------- households


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("head", "钱秀英", "户主改了：赵德胜 → 钱秀英"),
        ("phone", "", "电话改了：19900000103 → （空）"),
        ("members", 4, "人口改了：3 → 4"),
        ("kinds", ["残疾", "独居老人"], "类别改了：（空） → 残疾、独居老人"),
        ("door", "9号", "门牌改了：3号 → 9号"),
        ("group", "2组", "组改了：1组 → 2组"),
        ("grid", "4网格", "网格改了：3网格 → 4网格"),
        ("watch_from", "2026-11-20", "观察起改了：（空） → 2026-11-20"),
        ("note", "门口有狗", "备注改了：（空） → 门口有狗"),
    ],
)
def test_a_change_of_a_household(field: str, value: object, words: str) -> None:
    after = HOME | {field: value, "place": "别处"}
    assert why(card(household=after)) == [f"住户 TW-003 的{words} | 爱心联系卡 1 份"]


def test_a_household_is_one_cause_on_its_own_card_and_on_a_list() -> None:
    after = HOME | {"head": "钱秀英"}
    sheet = copy({"households": [HOME]}, {"households": [after]}, "干部", "field-sheet")
    assert why(card(household=after), sheet) == [
        "住户 TW-003 的户主改了：赵德胜 → 钱秀英 | 爱心联系卡 1 份，单兵说明书 1 份"
    ]


def test_a_household_that_hangs_in_public_is_known_by_its_subject() -> None:
    public = {name: HOME[name] for name in ("village", "grid", "group", "building", "door")}
    touched = copy({"household": public}, {"household": public | {"door": "9号"}})
    assert why(touched) == ["住户 TW-003 的门牌改了：3号 → 9号 | 爱心联系卡 1 份"]


def test_a_field_of_many_households_is_one_cause() -> None:
    touched = [
        copy({"household": HOME | {"note": "甲"}}, {"household": HOME | {"note": "乙"}}, f"TW-{n}")
        for n in range(5)
    ]
    assert why(*touched, apart=4) == ["5 户的备注改了 | 爱心联系卡 5 份"]
    assert len(why(*touched, apart=5)) == 5


# --------------------------------------------------------------------------- words and layout


@pytest.mark.parametrize(
    ("part", "value", "words"),
    [
        ("campaign", CAMPAIGN | {"title": "防汛"}, "活动的标题改了：森林防火 → 防汛"),
        ("campaign", CAMPAIGN | {"issuer": "镇政府"}, "活动的落款改了：青石镇人民政府 → 镇政府"),
        ("campaign", CAMPAIGN | {"date": "2026-12-01"}, "活动的日期改了：2026-11-22 → 2026-12-01"),
        ("campaign", CAMPAIGN | {"slogans": ["早发现"]}, "活动的标语改了"),
        ("slogan", "早发现", "活动的标语改了"),
        ("campaign", CAMPAIGN | {"hotlines": [{"name": "镇值班室", "phone": "12345"}]},
         "热线 镇值班室 的电话换了：03740000000 → 12345"),
        ("campaign", CAMPAIGN | {"hotlines": [{"name": "值班室", "phone": "03740000000"}]},
         "热线的名称改了：镇值班室 → 值班室"),
        ("campaign", CAMPAIGN | {"hotlines": []}, "不再有热线 镇值班室"),
        ("campaign",
         CAMPAIGN | {"hotlines": [*CAMPAIGN["hotlines"], {"name": "火警", "phone": "119"}]},
         "多了热线 火警"),
        ("layout", "bb", "版式 爱心联系卡 改了"),
        ("body", "bb", "爱心联系卡的正文改了"),
        ("links", {"household": "https://b.cn/{code}"}, "二维码里的链接改了"),
        ("paper", {"variant": "大"}, "活动文件里这种纸的写法改了"),
        ("village", {"name": "唐湾村", "zone": "东片区", "phone": "03740000009", "group_link": ""},
         "唐湾村 的值班电话换了：03740000001 → 03740000009"),
        ("changes", {"came": [HOME]}, "爱心联系卡的增减变了"),
        ("weather", "晴", "内容改了（原因不明）"),
    ],
)  # fmt: skip
def test_a_change_of_what_a_paper_says(part: str, value: object, words: str) -> None:
    assert why(card(**{part: value})) == [f"{words} | 爱心联系卡 1 份"]


def test_links_of_other_papers_touch_no_card() -> None:
    links = {"household": "https://a.cn/{code}", "venue": "https://b.cn/{code}"}
    assert why(card(links=links)) == ["内容改了（原因不明） | 爱心联系卡 1 份"]


def test_a_link_that_the_code_of_the_copy_has_is_a_cause_beside_others() -> None:
    after = {"contacts": [CADRE, NEW_PHONE], "links": {"household": "https://b-c.cn/{code}"}}
    shown = ("199 0000 0014", "https://b-c.cn/TW-003")
    assert len(why(card(shown, **after))) == 2
    assert len(why(card(shown[:1], **after))) == 1


def test_serials_on_a_list_are_a_cause_only_where_nothing_else_is() -> None:
    before, after = ({"households": [HOME | {"serials": [s]}]} for s in ("A", "B"))
    assert why(copy(before, after, "1线", "field-sheet")) == ["签收的纸换了编号 | 单兵说明书 1 份"]
    after["households"][0]["head"] = "钱秀英"
    assert why(copy(before, after, "1线", "field-sheet")) == [
        "住户 TW-003 的户主改了：赵德胜 → 钱秀英 | 单兵说明书 1 份"
    ]


def test_a_venue_that_changed_is_told_by_its_name() -> None:
    venue = {"name": "李记超市", "village": "唐湾村", "address": "街口", "kind": "商店"}
    touched = copy({"venue": venue}, {"venue": venue | {"address": "村口"}}, "V-1")
    assert why(touched) == ["场所 李记超市 的地址改了：街口 → 村口 | 爱心联系卡 1 份"]


def test_what_differs_in_nothing_that_is_known_is_said_to_be_unknown() -> None:
    own = {"serial": "7K3M-9QXP", "link": "https://a.cn/1"}
    assert why(copy(CARD | own, CARD | {"serial": "x", "link": "y"})) == [
        "内容改了（原因不明） | 爱心联系卡 1 份"
    ]


def test_counts_are_a_cause_only_where_nothing_else_is() -> None:
    head = person("网格长", "甲一", "1", "3网格")
    before, after = board(head), board(head, households=19)
    assert why(copy(before, after, "唐湾村", "village-board")) == ["户数、人数变了 | 公示栏 1 份"]
    renamed = board(head, households=19, groups=("9组",))
    assert why(copy(before, renamed, "唐湾村", "village-board")) == ["网格变了 | 公示栏 1 份"]
    replaced = board(head | {"phone": "2"}, households=19)
    assert why(copy(before, replaced, "唐湾村", "village-board")) == [
        "唐湾村 网格长 甲一 的电话换了：1 → 2 | 公示栏 1 份"
    ]


# --------------------------------------------------------------------------- what can be seen


def test_what_does_not_stand_on_the_copy_is_no_cause_where_another_explains_it() -> None:
    after = {"household": HOME | {"phone": "19900000199"}, "contacts": [CADRE, NEW_PHONE]}
    phone = "唐湾村 支部书记 陈秀兰 的电话换了：19900000004 → 19900000014 | 爱心联系卡 1 份"
    home = "住户 TW-003 的电话改了：19900000103 → 19900000199 | 爱心联系卡 1 份"
    assert why(card(**after)) == [home, phone] or why(card(**after)) == [phone, home]
    assert why(card(("陈秀兰", "199 0000 0014"), **after)) == [phone]
    assert why(card(("199 0000 0199",), **after)) == [home]
    # Nothing of it stands there: something must have made the difference.
    assert len(why(card(("别的",), **after))) == 2


@pytest.mark.parametrize(
    ("after", "shown", "words"),
    [
        ({"household": HOME | {"members": 4}}, "人口 4 人", "住户 TW-003 的人口改了：3 → 4"),
        ({"household": HOME | {"members": 4}}, "第14组", None),
        ({"household": HOME | {"watch_to": "2026-12-05"}}, "至2026年12月5日止",
         "住户 TW-003 的观察止改了：（空） → 2026-12-05"),
        ({"household": HOME | {"watch_to": "2026-12-05"}}, "至 2026-12-05",
         "住户 TW-003 的观察止改了：（空） → 2026-12-05"),
        ({"campaign": CAMPAIGN | {"slogans": ["有困难，找干部", "早发现"]}}, "有困难，找干部",
         None),
        ({"household": HOME | {"head": "周文"}}, "周　文", "住户 TW-003 的户主改了：赵德胜 → 周文"),
        ({"household": HOME | {"kinds": ["残疾", "低保"]}}, "低保",
         "住户 TW-003 的类别改了：（空） → 残疾、低保"),
        ({"campaign": CAMPAIGN | {"slogans": ["早发现"]}}, "早发现", "活动的标语改了"),
    ],
)  # fmt: skip
def test_a_value_is_found_in_whatever_way_it_is_set(
    after: Json, shown: str, words: str | None
) -> None:
    contacts = [CADRE, NEW_PHONE]
    expected = f"{words or '唐湾村 支部书记 陈秀兰 的电话换了：19900000004 → 19900000014'}"
    seen = (shown,) if words else (shown, "19900000014")
    assert why(card(seen, contacts=contacts, **after)) == [f"{expected} | 爱心联系卡 1 份"]


def test_counts_on_a_paper_that_names_nobody_have_their_cause() -> None:
    def letter(*homes: Json) -> Json:
        return {"households": list(homes), "counts": {"households": len(homes)}}

    other = HOME | {"code": "TW-002", "head": "孙梅"}
    left = copy(letter(HOME, other), letter(HOME), "干部", "responsibility", shown=("1 户",))
    assert why(left) == ["户已不在名册，1 户 | 责任书 1 份"]
    kinds = {"kinds": ["残疾"], "phone": "19900000001"}
    changed = copy(letter(HOME), letter(HOME | kinds) | {"counts": {"households": 2}}, "干部",
                   "responsibility", shown=("2 户",))  # fmt: skip
    assert why(changed) == ["住户 TW-003 的类别改了：（空） → 残疾 | 责任书 1 份"]


def test_who_is_gone_from_a_list_that_stands_there_is_a_cause() -> None:
    gone = "唐湾村 不再有 支部书记 陈秀兰 | 爱心联系卡 1 份"
    after = {"contacts": [CADRE], "household": HOME | {"note": "门口有狗"}}
    assert why(card(("李明",), **after)) == [gone]
    assert gone in why(card(("李明", "门口有狗"), **after))
    assert gone not in why(card(("门口有狗",), **after))


def test_a_copy_may_have_two_causes() -> None:
    after = {"contacts": [CADRE, NEW_PHONE], "household": HOME | {"head": "钱秀英"}}
    causes = causes_of([card(("钱秀英", "199 0000 0014"), **after)])
    assert [len(cause.copies) for cause in causes] == [1, 1]


# --------------------------------------------------------------------------- new, gone, held


def home(code: str) -> Json:
    """A card's parts for another household."""
    return CARD | {"household": HOME | {"code": code, "door": f"{code}号"}}


def first(code: str) -> Touched:
    return copy({}, home(code), code, touch=Touch.FIRST)


def gone(code: str, layout: str = "love-card") -> Touched:
    return copy(home(code), {}, code, layout, touch=Touch.GONE)


def test_new_and_former_households() -> None:
    now, then = township("TW-001", "TW-002"), township("TW-001", "TW-009")
    touched = [first("TW-002"), first("TW-001"), gone("TW-009"), gone("TW-001", layout="notice")]
    assert why(*touched, township=now, earlier=then) == [
        "新来的住户 1 户 | 爱心联系卡 1 份",
        "以前没有印过 | 爱心联系卡 1 份",
        "户已不在名册，1 户 | 爱心联系卡 1 份",
        "这种纸不再给他们印 | 告知书 1 份",
    ]


def test_a_new_household_on_a_list_is_the_same_cause_as_its_own_card() -> None:
    other = HOME | {"code": "TW-002", "head": "孙梅"}
    sheet = copy({"households": [HOME]}, {"households": [HOME, other]}, "干部", "field-sheet")
    now, then = township("TW-002", "TW-003"), township("TW-003")
    assert why(first("TW-002"), sheet, township=now, earlier=then) == [
        "新来的住户 1 户 | 爱心联系卡 1 份，单兵说明书 1 份"
    ]
    back = copy(sheet.after, sheet.before, "干部", "field-sheet")
    assert why(back, township=then, earlier=now) == ["户已不在名册，1 户 | 单兵说明书 1 份"]
    # Known before and now: it has only changed hands.
    assert why(sheet, back, township=now, earlier=now) == ["名单变了 | 单兵说明书 2 份"]


def test_without_earlier_rosters_a_first_copy_is_only_that() -> None:
    assert why(first("TW-002")) == ["以前没有印过 | 爱心联系卡 1 份"]


def test_what_is_no_household_and_is_gone_has_no_count_of_households() -> None:
    touched = copy({"people": []}, {}, "石桥村", "village-board", touch=Touch.GONE)
    assert why(touched, township=township()) == ["已不在名册 | 公示栏 1 份"]


def test_held_copies_are_told_as_such() -> None:
    held = copy(CARD, {}, touch=Touch.HELD)
    assert why(held) == ["印不成，旧的还在外面 | 爱心联系卡 1 份"]


def test_an_officer_with_another_phone_has_another_code_and_the_same_cause() -> None:
    def letter(phone: str, name: str = "陈秀兰") -> Json:
        return {"cadre": {"name": name, "role": "支部书记", "phone": phone, "scopes": ["唐湾村"]}}

    old = copy(letter("19900000004"), {}, "C-1", "responsibility", touch=Touch.GONE)
    new = copy({}, letter("19900000014"), "C-2", "responsibility", touch=Touch.FIRST)
    assert why(card(contacts=[CADRE, NEW_PHONE]), old, new) == [
        "唐湾村 支部书记 陈秀兰 的电话换了：19900000004 → 19900000014"
        " | 爱心联系卡 1 份，责任书 1 份"
    ]
    twin = replace(new, subject="C-3")
    assert why(old, new, twin)[-1] == "以前没有印过 | 责任书 1 份"
    other = replace(new, after=letter("19900000009", "周文"))
    assert why(old, other) == ["唐湾村 支部书记 换了人：陈秀兰 → 周文 | 责任书 1 份"]


def test_a_household_with_another_number_is_not_new() -> None:
    now, then = township("TW-100"), township("TW-003")
    new = copy({}, home("TW-003"), "TW-100", touch=Touch.FIRST)
    assert why(gone("TW-003"), new, township=now, earlier=then) == [
        "住户 TW-003 的户号改了：TW-003 → TW-100 | 爱心联系卡 1 份"
    ]


def test_causes_with_most_copies_come_first() -> None:
    touched = [
        card(household=HOME | {"head": "钱秀英"}),
        card(slogan="早发现"),
        card(slogan="早发现"),
        card(contacts=[CADRE]),
    ]
    assert [len(cause.copies) for cause in causes_of(touched)] == [2, 1, 1]
    assert causes_of([]) == ()

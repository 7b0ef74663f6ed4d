"""Papers for subjects other than households: who gets one, who stands on it, what it may say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from drawing import layout_spec

from cardgen.campaign import PaperChoice, parse_campaign
from cardgen.model import (
    Cadre,
    Copy,
    Household,
    LayoutSpec,
    Origin,
    Problem,
    Scope,
    ScopeKind,
    Source,
    SubjectKind,
    Table,
    Township,
    Venue,
    Village,
)
from cardgen.plan import Delivery, Plan, Selection
from cardgen.problems import Code, problem
from cardgen.resolve import Answers, Chains

HOMES = Source(Table.HOUSEHOLD, "roster.xlsx", "住户", {"code": 0, "watch_from": 1, "watch_to": 2})
PEOPLE = Source(Table.CADRE, "roster.xlsx", "干部", {"name": 0, "phone": 1})
NO_PHONE = problem(Code.CADRE_NO_PHONE, "网格员没有电话", Origin(PEOPLE, 9), "phone")


def home(code: str, village: str = "唐湾村", **changes: object) -> Household:
    number = int(code.split("-")[1])
    usual: dict[str, object] = {
        "code": code,
        "village": village,
        "grid": "1网格",
        "group": "",
        "building": "",
        "door": f"{number}号",
        "head": f"王{'一二三四五六七八九'[number % 9]}",
        "phones": (f"199000001{number:02d}",),
        "members": 3,
        "kinds": (),
        "watch_from": None,
        "watch_to": None,
        "route": "唐湾1线",
        "note": "",
        "origin": Origin(HOMES, number + 1),
    }
    return Household(**(usual | changes))  # type: ignore[arg-type]


def scope(text: str, kind: str = "") -> Scope:
    """全镇, 东片区, 唐湾村, 唐湾村/1网格, 唐湾村/5组 or a 户号."""
    village, _, inner = text.partition("/")
    if text == "全镇":
        return Scope(ScopeKind.TOWNSHIP, text, kind=kind)
    if text.endswith("片区"):
        return Scope(ScopeKind.ZONE, text, name=text, kind=kind)
    if not inner:
        what = ScopeKind.HOUSEHOLD if "-" in text else ScopeKind.VILLAGE
        return Scope(what, text, "" if "-" in text else text, text, kind)
    what = ScopeKind.GRID if inner.endswith("网格") else ScopeKind.GROUP
    return Scope(what, text, village, inner, kind)


def cadre(number: int, role: str, *scopes: Scope, faults: Sequence[Problem] = ()) -> Cadre:
    return Cadre(
        f"赵{'一二三四五六七八九'[number - 1]}",
        role,
        f"1990000000{number}",
        scopes,
        Origin(PEOPLE, number + 1),
        tuple(faults),
    )


def village(name: str, zone: str = "东片区") -> Village:
    return Village(name, zone, "03740000001", "https://example.cn/q/1", "", Origin(HOMES, 1))


TOWN = Township(
    villages=(village("唐湾村"), village("石桥村", "西片区"), village("柳林村", "")),
    cadres=(
        cadre(1, "分管领导", scope("全镇")),
        cadre(2, "支部书记", scope("唐湾村")),
        cadre(3, "支部书记", scope("石桥村")),
        cadre(4, "网格员", scope("唐湾村/1网格"), scope("唐湾村/二网格")),
        cadre(5, "组长", scope("唐湾村/5组")),
        cadre(6, "志愿者", scope("唐湾村", "独居老人")),
        cadre(7, "志愿者", scope("SQ-7")),
        cadre(8, "片长", scope("东片区")),
    ),
    households=(
        home("TW-2", grid="2网格", group="5组", kinds=("独居老人",), members=1),
        home("TW-1", watch_from=date(2026, 11, 22), watch_to=date(2026, 12, 5)),
        home("TW-3", grid="", route=""),
        home("TW-4", kinds=("居家隔离",), watch_from=date(2026, 11, 22)),
        home("SQ-7", "石桥村", grid="1网格", route="石桥1线"),
    ),
    venues=(
        Venue("SQ-A", "石桥超市", "石桥村", "1号", "李明", "19900000050", "超市", Origin(HOMES, 3)),
    ),
    problems=(),
    rows=5,
)


def plan(
    subject: SubjectKind,
    town: Township = TOWN,
    paper: PaperChoice | None = None,
    selection: Selection | None = None,
    deliveries: Sequence[Delivery] = (),
    **spec: object,
) -> Plan:
    layout: LayoutSpec = layout_spec(**({"subject": subject, "roles": ()} | spec))
    campaign = {
        "title": "防汛",
        "issuer": "青石镇",
        "links": {subject.value: "https://example.cn/{code}"},
    }
    return Plan(
        layout=layout,
        paper=paper or PaperChoice(layout=layout.name),
        township=town,
        campaign=parse_campaign(campaign, "campaign.toml"),
        answers=Answers(town, Chains(town)),
        places=1,
        selection=selection or Selection(),
        deliveries=deliveries,
    )


def copies(made: Plan) -> list[Copy]:
    return [copy for volume in made.volumes() for copy in volume.copies]


def drawn(made: Plan) -> list[str]:
    return [f"{v.name}: {' '.join(copy.subject for copy in v.copies)}" for v in made.volumes()]


def names(people: Any) -> list[str]:  # noqa: ANN401 - views of people
    return [person.name for person in people]


# -- who gets a copy -------------------------------------------------------------------------


def test_each_kind_of_subject_has_its_own_volumes() -> None:
    assert drawn(plan(SubjectKind.VILLAGE)) == ["hand/全镇-001.pdf: 唐湾村 石桥村 柳林村"]
    assert drawn(plan(SubjectKind.TOWNSHIP)) == ["hand/全镇-001.pdf: 全镇"]
    assert drawn(plan(SubjectKind.VENUE)) == ["hand/石桥村-001.pdf: SQ-A"]
    assert drawn(plan(SubjectKind.GRID)) == [
        "hand/唐湾村-001.pdf: 唐湾村/1网格 唐湾村/2网格 唐湾村/",
        "hand/石桥村-001.pdf: 石桥村/1网格",
    ]
    assert drawn(plan(SubjectKind.ROUTE)) == [
        "hand/唐湾村-001.pdf: 唐湾村/唐湾1线 唐湾村/",
        "hand/石桥村-001.pdf: 石桥村/石桥1线",
    ]


@pytest.mark.parametrize("subject", [SubjectKind.GRID, SubjectKind.ROUTE])
def test_nobody_is_missed_by_papers_for_grids_or_routes(subject: SubjectKind) -> None:
    """Also who stands in no grid and on no route."""
    found = [view.code for copy in copies(plan(subject)) for view in copy.data["households"]]  # type: ignore[attr-defined]
    assert sorted(found) == sorted(household.code for household in TOWN.households)


def test_papers_of_cadres_go_to_those_in_the_posts_asked_for() -> None:
    made = copies(plan(SubjectKind.CADRE, for_roles=("村支书",)))
    assert [copy.data["cadre"].name for copy in made] == ["赵二", "赵三"]  # type: ignore[attr-defined]
    own = PaperChoice(layout="hand", for_roles=("组长",))
    made = copies(plan(SubjectKind.CADRE, paper=own, for_roles=("村支书",)))
    assert [copy.data["cadre"].name for copy in made] == ["赵五"]  # type: ignore[attr-defined]


def test_two_rows_of_one_person_in_one_post_are_one() -> None:
    again = replace(cadre(2, "村支书", scope("石桥村")), origin=Origin(PEOPLE, 20))
    town = replace(TOWN, cadres=(*TOWN.cadres, again))
    [copy] = copies(
        plan(SubjectKind.CADRE, town, PaperChoice(layout="hand", for_roles=("支部书记",)))
    )[:1]
    data: Any = copy.data
    assert data["cadre"].scopes == ("唐湾村", "石桥村")
    assert [view.code for view in data["households"]] == ["TW-1", "TW-4", "TW-2", "TW-3", "SQ-7"]


@pytest.mark.parametrize(
    ("number", "codes"),
    [
        (1, ["TW-1", "TW-4", "TW-2", "TW-3", "SQ-7"]),  # 全镇, in walking order
        (4, ["TW-1", "TW-4", "TW-2"]),  # 1网格 and 二网格, which is 2网格
        (5, ["TW-2"]),  # a group
        (6, ["TW-2"]),  # people of a kind
        (7, ["SQ-7"]),  # a household
        (8, ["TW-1", "TW-4", "TW-2", "TW-3"]),  # a zone
    ],
)
def test_a_cadre_has_the_households_that_his_scopes_hold(number: int, codes: list[str]) -> None:
    officer = Answers(TOWN, Chains(TOWN)).officers[number - 1]
    assert [household.code for household in officer.households] == codes


def test_a_selected_village_has_its_own_papers_only() -> None:
    made = plan(SubjectKind.GRID, selection=Selection(villages=("石桥村",)))
    assert drawn(made) == ["hand/石桥村-001.pdf: 石桥村/1网格"]
    assert made.subjects == made.copies == 1


def test_a_subject_is_selected_by_its_code() -> None:
    made = plan(SubjectKind.VILLAGE, selection=Selection(households=("石桥村",)))
    assert drawn(made) == ["hand/全镇-001.pdf: 石桥村"]


# -- home watch ------------------------------------------------------------------------------


def test_a_paper_for_home_watch_goes_to_those_under_watch() -> None:
    made = plan(SubjectKind.HOUSEHOLD, watch=True)
    assert [copy.subject for copy in copies(made)] == ["TW-1"]
    assert made.subjects == made.copies == 2


def test_a_watch_without_its_last_day_is_held_back_with_the_cell() -> None:
    made = plan(SubjectKind.HOUSEHOLD, watch=True)
    copies(made)
    [held] = made.held
    [reason] = held.reasons
    assert (held.subject, reason.code, reason.cell) == ("TW-4", "value-missing", "C5")
    assert "没有写“观察止”" in reason.message


def test_the_campaign_decides_the_kinds_and_the_layout_does_where_it_is_silent() -> None:
    def subjects(paper: PaperChoice | None) -> list[str]:
        made = plan(SubjectKind.HOUSEHOLD, paper=paper, kinds=("独居老人",))
        return [copy.subject for copy in copies(made)]

    assert subjects(None) == ["TW-2"]
    assert subjects(PaperChoice(layout="hand", kinds=("居家隔离",))) == ["TW-4"]
    assert len(subjects(PaperChoice(layout="hand", kinds=()))) == 5


# -- what a copy says ------------------------------------------------------------------------


def test_a_board_has_the_people_of_the_village_and_of_each_grid() -> None:
    copy = copies(plan(SubjectKind.VILLAGE))[0]
    data: Any = copy.data
    assert names(data["people"]) == ["赵二"]
    assert [(grid.name, names(grid.people), grid.households) for grid in data["grids"]] == [
        ("1网格", ["赵四"], 2),
        ("2网格", ["赵四", "赵五"], 1),
        ("", [], 1),
    ]
    assert copy.data["households_count"] == 4
    assert copy.data["link"] == "https://example.cn/%E5%94%90%E6%B9%BE%E6%9D%91"


def test_who_cares_for_people_of_a_kind_stands_on_no_board() -> None:
    """赵六 answers for those who live alone, 赵七 for one household: nobody else's business."""
    for subject in (SubjectKind.VILLAGE, SubjectKind.TOWNSHIP, SubjectKind.GRID):
        told = repr([copy.data for copy in copies(plan(subject, public=True))])
        assert "赵六" not in told and "赵七" not in told and "独居老人" not in told


def test_a_chart_has_every_zone_with_its_villages() -> None:
    [copy] = copies(plan(SubjectKind.TOWNSHIP))
    data: Any = copy.data
    assert names(data["people"]) == ["赵一"]
    assert [
        (zone.name, names(zone.people), [v.name for v in zone.villages], zone.households)
        for zone in data["zones"]
    ] == [
        ("东片区", ["赵八"], ["唐湾村"], 4),
        ("西片区", [], ["石桥村"], 1),
        ("", [], ["柳林村"], 0),
    ]
    assert data["counts"].households == 5 and data["counts"].members == 13


def test_kinds_are_counted_for_those_who_answer_and_not_in_public() -> None:
    counted: Any = copies(plan(SubjectKind.CADRE))[0].data["counts"]
    assert [(count.kind, count.households) for count in counted.kinds] == [
        ("独居老人", 1),
        ("居家隔离", 1),
    ]
    public: Any = copies(plan(SubjectKind.TOWNSHIP, public=True))[0].data["counts"]
    assert public.kinds == ()


@pytest.mark.parametrize("subject", [SubjectKind.GRID, SubjectKind.ROUTE, SubjectKind.CADRE])
def test_no_household_is_named_on_what_hangs_in_public(subject: SubjectKind) -> None:
    for copy in copies(plan(subject, public=True)):
        assert "households" not in copy.data
        assert not any(f"王{number}" in repr(copy.data) for number in "一二三四五六七八九")


def test_a_venue_is_shown_without_its_owner() -> None:
    [copy] = copies(plan(SubjectKind.VENUE))
    assert "李明" not in repr(copy.data) and "19900000050" not in repr(copy.data)


def test_a_route_lists_what_is_handed_over() -> None:
    delivery = Delivery("爱心联系卡", lambda household: (f"S-{household.code}",))
    copy = copies(
        plan(SubjectKind.ROUTE, deliveries=[delivery], must_show=("households.serials",))
    )[0]
    data: Any = copy.data
    assert data["papers"] == ("爱心联系卡",)
    assert [view.serials for view in data["households"]] == [
        (("S-TW-1",),),
        (("S-TW-4",),),
        (("S-TW-2",),),
    ]
    assert [fact.text for fact in copy.facts] == ["S-TW-1", "S-TW-4", "S-TW-2"]


def test_a_cadre_without_a_phone_holds_back_the_boards_that_name_him() -> None:
    faulty = replace(TOWN.cadres[3], faults=(NO_PHONE,))
    town = replace(TOWN, cadres=(*TOWN.cadres[:3], faulty, *TOWN.cadres[4:]))
    made = plan(SubjectKind.VILLAGE, town, must_show=("people.phone",))
    assert [copy.subject for copy in copies(made)] == ["石桥村", "柳林村"]
    assert [(held.subject, held.reasons) for held in made.held] == [("唐湾村", (NO_PHONE,))]


@pytest.mark.parametrize("subject", [SubjectKind.VILLAGE, SubjectKind.GRID, SubjectKind.TOWNSHIP])
def test_a_cadre_without_a_phone_holds_back_no_paper_that_does_not_name_him(
    subject: SubjectKind,
) -> None:
    """A poster of a code is right whoever lacks a phone."""
    faulty = replace(TOWN.cadres[3], faults=(NO_PHONE,))
    town = replace(TOWN, cadres=(*TOWN.cadres[:3], faulty, *TOWN.cadres[4:]))
    made = plan(subject, town, must_show=("serial",))
    assert copies(made) and not made.held


def test_facts_of_a_board_are_all_who_stand_on_it() -> None:
    spec = {"must_show": ("village.name", "people.name", "people.phone")}
    copy = copies(plan(SubjectKind.VILLAGE, **spec))[0]
    assert [fact.text for fact in copy.facts] == [
        *("唐湾村", "赵二", "赵四", "赵四", "赵五"),
        *("19900000002", "19900000004", "19900000004", "19900000005"),
    ]


def test_no_code_on_a_door_tells_the_households_own() -> None:
    """A 户号 opens the household's page; a board may link to what all may read."""
    assert copies(plan(SubjectKind.HOUSEHOLD))[0].data["link"]
    assert not copies(plan(SubjectKind.HOUSEHOLD, public=True))[0].data["link"]
    assert copies(plan(SubjectKind.VENUE, public=True))[0].data["link"]

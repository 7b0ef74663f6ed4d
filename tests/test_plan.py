"""The plan of a batch: who gets a copy, in which order, in which volume, and who not and why."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest
from drawing import layout_spec
from hypothesis import given, settings
from hypothesis import strategies as st

from cardgen.campaign import PaperChoice, parse_campaign
from cardgen.errors import LayoutError
from cardgen.model import (
    Chain,
    Contact,
    Copy,
    Fact,
    Household,
    LayoutSpec,
    Origin,
    Problem,
    Scope,
    ScopeKind,
    Source,
    Table,
    Township,
    Village,
)
from cardgen.plan import Plan, Selection, problems_of, slugs
from cardgen.problems import Code, problem
from cardgen.resolve import Answers, Chains
from cardgen.typeset.template import Template

SOURCE = Source(Table.HOUSEHOLD, "roster.xlsx", "住户", {"code": 0, "head": 1})
SLOGANS = ["一人一卡", "一户不漏", "有困难，找干部"]
CAMPAIGN = {
    "title": "森林防火",
    "issuer": "青石镇人民政府",
    "slogans": SLOGANS,
    "links": {"household": "https://example.cn/h/{code}?s={serial}"},
}
FAULT = problem(Code.HOUSEHOLD_NO_HEAD, "这一户没有户主", Origin(SOURCE, 9), "head")
UNFILLED = problem(Code.ROLE_UNFILLED, "柳林村没有包村干部")


def household(code: str, village: str = "唐湾村", **changes: object) -> Household:
    row = int("".join(char for char in code if char.isdigit()) or 0)
    usual: dict[str, object] = {
        "code": code,
        "village": village,
        "grid": "3网格",
        "group": "5组",
        "building": "",
        "door": f"{row}号",
        "head": "王秀英",
        "phones": ("19900000099",),
        "members": 3,
        "kinds": (),
        "watch_from": date(2026, 11, 22),
        "watch_to": None,
        "route": "1号线",
        "note": "夜间敲门",
        "origin": Origin(SOURCE, row + 2),
    }
    return Household(**(usual | changes))  # type: ignore[arg-type]


def township(
    households: Sequence[Household],
    villages: Sequence[str] = ("唐湾村", "石桥村", "柳林村"),
    excluded: Sequence[tuple[Origin, str]] = (),
) -> Township:
    origin = Origin(SOURCE, 2)
    return Township(
        villages=tuple(Village(name, "东片区", "", "", "", origin) for name in villages),
        cadres=(),
        households=tuple(households),
        venues=(),
        problems=(),
        excluded=tuple(excluded),
        rows=len(households) + len(excluded),
    )


class SameForAll(Answers):
    """Everyone has the same cadre; in 柳林村 the office is empty. Codes tell the way."""

    def chain(self, household: Household, roles: Sequence[str]) -> Chain:
        if household.village == "柳林村":
            return Chain((), (UNFILLED,))
        scope = Scope(ScopeKind.VILLAGE, "唐湾村", village="唐湾村")
        return Chain(
            tuple(Contact(role, "李明", "19900000002", scope, Origin(SOURCE, 3)) for role in roles)
        )

    def walking_key(self, household: Household) -> tuple[int, ...]:
        return (int(household.code.split("-")[1]),)


def plan(
    town: Township,
    *,
    paper: PaperChoice | None = None,
    spec: LayoutSpec | None = None,
    campaign: dict[str, Any] | None = None,
    places: int = 10,
    selection: Selection | None = None,
) -> Plan:
    spec = spec or layout_spec()
    return Plan(
        layout=spec,
        paper=paper or PaperChoice(layout=spec.name),
        township=town,
        campaign=parse_campaign(campaign or CAMPAIGN, "campaign.toml"),
        answers=SameForAll(town, Chains(town)),
        places=places,
        selection=selection or Selection(),
    )


def copies_of(made: Plan) -> list[Copy]:
    return [copy for volume in made.volumes() for copy in volume.copies]


def drawn(made: Plan) -> list[str]:
    """Each volume as its file's name and its subjects."""
    return [f"{v.name}: {' '.join(copy.subject for copy in v.copies)}" for v in made.volumes()]


MIXED = township(
    [
        household("TW-10"),
        household("SQ-7", "石桥村", kinds=("独居老人",)),
        household("TW-2", kinds=("独居老人", "残疾人")),
        household("TW-1", faults=(FAULT,)),
        household("LL-4", "柳林村"),
        household("SQ-3", "石桥村", kinds=("孕产妇",)),
    ],
    excluded=((Origin(SOURCE, 12), "示例行，不印"),),
)


# -- order and volumes -----------------------------------------------------------------------


def test_one_volume_a_village_in_walking_order() -> None:
    assert drawn(plan(MIXED)) == [
        "hand/唐湾村-001.pdf: TW-2 TW-10",
        "hand/石桥村-001.pdf: SQ-3 SQ-7",
    ]


def test_a_volume_has_at_most_two_hundred_sheets_and_parts_are_even() -> None:
    town = township([household(f"TW-{number}") for number in range(1, 902)])
    made = list(plan(town, places=2).volumes())
    assert [(v.name, len(v.copies)) for v in made] == [
        ("hand/唐湾村-001.pdf", 301),
        ("hand/唐湾村-002.pdf", 301),
        ("hand/唐湾村-003.pdf", 299),
    ]
    walked = [copy.subject for volume in made for copy in volume.copies]
    assert walked == [f"TW-{number}" for number in range(1, 902)]


def test_several_copies_for_a_household_follow_one_another() -> None:
    made = plan(MIXED, paper=PaperChoice(layout="hand", copies=2))
    assert drawn(made)[0] == "hand/唐湾村-001.pdf: TW-2 TW-2 TW-10 TW-10"
    assert len({copy.serial for copy in copies_of(made)}) == 8


# -- the counts ------------------------------------------------------------------------------


@pytest.mark.parametrize("each", [1, 2])
def test_every_row_of_the_roster_is_a_copy_or_is_held(each: int) -> None:
    made = plan(MIXED, paper=PaperChoice(layout="hand", copies=each))
    planned = len(copies_of(made))
    assert (planned, len(made.held)) == (4 * each, 3 * each)
    assert made.copies == planned + len(made.held) == MIXED.rows * each
    assert made.subjects == MIXED.rows


def test_what_is_held_says_why() -> None:
    made = plan(MIXED)
    copies_of(made)
    assert [(h.subject, h.excluded, [r.message for r in h.reasons]) for h in made.held] == [
        ("", True, ["示例行，不印"]),
        ("TW-1", False, ["这一户没有户主"]),
        ("LL-4", False, ["柳林村没有包村干部"]),
    ]
    assert [(p.code, p.cell) for p in problems_of(made.held)] == [
        ("household-no-head", "B9"),
        ("role-unfilled", ""),
    ]


def test_a_household_may_be_held_for_two_reasons() -> None:
    made = plan(township([household("LL-4", "柳林村", faults=(FAULT,))]))
    assert copies_of(made) == []
    assert made.held[0].reasons == (FAULT, UNFILLED)


def test_a_household_of_an_unknown_village_is_not_lost() -> None:
    lost = problem(Code.VILLAGE_UNKNOWN, "“糖湾村”不在村表中")
    made = plan(township([household("TW-1"), household("TW-2", "糖湾村", faults=(lost,))]))
    assert drawn(made) == ["hand/唐湾村-001.pdf: TW-1"]
    assert [(held.subject, held.village) for held in made.held] == [("TW-2", "糖湾村")]


def test_two_villages_never_write_the_same_file() -> None:
    town = township(
        [household("A-1", "unknown"), household("B-2", "没有的村")], villages=("unknown",)
    )
    names = [volume.name for volume in plan(town).volumes()]
    assert len(names) == len(set(names)) == 2


# -- selection -------------------------------------------------------------------------------


def seen(copy: Copy) -> tuple[object, ...]:
    return copy.subject, copy.serial, copy.data["slogan"], copy.data["link"], copy.facts


@pytest.mark.parametrize(
    ("selection", "subjects"),
    [
        (Selection(villages=("石桥村",)), ["SQ-3", "SQ-7"]),
        (Selection(households=("TW-10",)), ["TW-10"]),
        (Selection(villages=("石桥村",), households=("TW-10", "SQ-7")), ["SQ-7"]),
    ],
)
def test_a_selected_copy_is_the_copy_of_the_whole_batch(
    selection: Selection, subjects: list[str]
) -> None:
    whole = {copy.subject: seen(copy) for copy in copies_of(plan(MIXED))}
    made = plan(MIXED, selection=selection)
    assert [seen(copy) for copy in copies_of(made)] == [whole[subject] for subject in subjects]
    assert made.copies == made.subjects == len(subjects)
    assert made.held == []


def test_a_held_household_that_is_selected_is_held_again() -> None:
    made = plan(MIXED, selection=Selection(households=("TW-1",)))
    assert copies_of(made) == []
    assert [held.subject for held in made.held] == ["TW-1"] and made.copies == 1


def test_only_households_of_the_kinds_that_the_campaign_names() -> None:
    made = plan(MIXED, paper=PaperChoice(layout="hand", kinds=("独居老人",)))
    assert drawn(made) == ["hand/唐湾村-001.pdf: TW-2", "hand/石桥村-001.pdf: SQ-7"]
    assert (made.subjects, made.copies, made.held) == (2, 2, [])


# -- what a copy says ------------------------------------------------------------------------


def test_slogans_go_round_by_the_household_and_not_by_its_place() -> None:
    town = township([household(f"TW-{number}") for number in range(1, 61)])
    found = {copy.subject: copy.data["slogan"] for copy in copies_of(plan(town))}
    assert set(found.values()) == set(SLOGANS)
    turned = township(town.households[::-1][:20])
    assert all(copy.data["slogan"] == found[copy.subject] for copy in copies_of(plan(turned)))
    assert found["TW-1"] == SLOGANS[zlib.crc32(b"TW-1") % 3]


def test_a_paper_may_have_slogans_of_its_own_or_none() -> None:
    own = plan(MIXED, paper=PaperChoice(layout="hand", slogans=("勤洗手",)))
    none = plan(MIXED, paper=PaperChoice(layout="hand", slogans=()))
    assert {copy.data["slogan"] for copy in copies_of(own)} == {"勤洗手"}
    assert {copy.data["slogan"] for copy in copies_of(none)} == {""}


def test_facts_are_those_that_the_layout_must_show() -> None:
    shows = (
        "serial",
        "household.head",
        "household.door",
        "contacts.name",
        "contacts.phone",
        "link",
    )
    spec = layout_spec(must_show=shows, roles=("包村干部", "支部书记"))
    copy = copies_of(plan(MIXED, spec=spec))[0]
    link = f"https://example.cn/h/TW-2?s={copy.serial}"
    assert copy.facts == (
        Fact("serial", copy.serial),
        Fact("name", "王秀英"),
        Fact("door", "2号"),
        Fact("name", "李明"),
        Fact("name", "李明"),
        Fact("phone", "19900000002"),
        Fact("phone", "19900000002"),
        Fact("code", link),
    )
    assert copy.data["link"] == link


def test_the_campaign_may_ask_for_other_roles_than_the_layout() -> None:
    made = plan(MIXED, paper=PaperChoice(layout="hand", roles=("民警", "家庭医生")))
    contacts: Any = copies_of(made)[0].data["contacts"]
    assert [contact.role for contact in contacts] == ["民警", "家庭医生"]


def test_a_paper_without_a_link_has_no_code() -> None:
    spec = layout_spec(must_show=("serial", "link"))
    copy = copies_of(plan(MIXED, spec=spec, campaign={"title": "防汛", "issuer": "青石镇"}))[0]
    assert copy.data["link"] == "" and [fact.what for fact in copy.facts] == ["serial"]


# -- what hangs in public --------------------------------------------------------------------

PRIVATE = ("head", "phone", "kinds", "members", "code", "route", "note")


def test_what_hangs_in_public_knows_the_door_and_no_more() -> None:
    copy = copies_of(plan(MIXED, spec=layout_spec(public=True)))[0]
    view: Any = copy.data["household"]
    known = {field.name: getattr(view, field.name) for field in fields(view)}
    assert known == {
        "village": "唐湾村",
        "grid": "3网格",
        "group": "5组",
        "building": "",
        "door": "2号",
        "place": "唐湾村 3网格 5组 2号",
        "watch_from": date(2026, 11, 22),
        "watch_to": None,
    }
    assert not any(hasattr(view, name) for name in PRIVATE)


@pytest.mark.parametrize("name", PRIVATE)
def test_a_public_layout_that_asks_for_more_fails_with_its_line(name: str, tmp_path: Path) -> None:
    page = "<body>\n<p>{{ household.door | slot }}</p>\n<p>{{ household.NAME | slot }}</p>\n"
    page = page.replace("NAME", name)
    (tmp_path / "layout.html").write_text(page, "utf-8")
    for public in (False, True):
        spec = layout_spec(tmp_path, public=public, name="door")
        template = Template(spec)
        copy = copies_of(plan(MIXED, spec=spec))[0]
        if not public:
            assert template.hollow(copy).texts[0] == "2号"
            continue
        with pytest.raises(LayoutError) as told:
            template.hollow(copy)
        assert told.value.message.startswith("版式 door 的 layout.html 第 3 行：")
        assert f"no attribute '{name}'" in told.value.message


# -- file names ------------------------------------------------------------------------------

NASTY = [
    "../../etc/passwd",
    "..",
    "/root",
    "C:\\Windows",
    "CON",
    "con",
    "nul",
    "LPT1",
    "唐湾村\0.exe",
    "村" * 300,
    "𬱖" * 300,
    "唐湾\u202e村gpj",
    "唐湾\u200b村",
    "唐湾村",
    "唐湾 村",
    "唐湾/村",
    "",
    " ",
    "...",
    'a*?<>|:"b',
    "ABC",
    "abc",
    "-rf",
    "unknown",
]


def is_safe(slug: str) -> bool:
    """One step of a path, on any system, that nobody can take for another."""
    return (
        PurePosixPath(slug).parts == (slug,)
        and PureWindowsPath(f"{slug}-001.pdf").parts == (f"{slug}-001.pdf",)
        and not PureWindowsPath(slug).is_reserved()
        and slug not in (".", "..")
        and slug.replace("-", "").isalnum()
        and slug.isprintable()
        and len(f"{slug}-001.pdf.part".encode()) <= 255
    )


def test_nasty_names_become_safe_file_names() -> None:
    found = slugs(NASTY)
    assert [slug for slug in found.values() if not is_safe(slug)] == []
    assert len({slug.casefold() for slug in found.values()}) == len(NASTY)


def test_a_plain_name_is_its_own_file_name() -> None:
    assert slugs(["唐湾村", "石桥村"]) == {"唐湾村": "唐湾村", "石桥村": "石桥村"}


def test_names_that_become_the_same_are_told_apart() -> None:
    found = slugs(["唐湾 村", "唐湾/村", "唐湾村", "abc", "ABC"])
    assert found["唐湾村"] == "唐湾村" and found["abc"] == "abc"
    assert found["ABC"] == "ABC-2"
    assert found["唐湾 村"] == f"唐湾村-{zlib.crc32('唐湾 村'.encode()):08x}"


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), unique=True, max_size=12))
def test_any_names_become_safe_file_names(names: list[str]) -> None:
    found = slugs(names)
    assert set(found) == set(names)
    assert len({slug.casefold() for slug in found.values()}) == len(names)
    assert [slug for slug in found.values() if not is_safe(slug)] == []


def test_every_volume_stays_in_its_folder(tmp_path: Path) -> None:
    town = township([household(f"A-{n}", name) for n, name in enumerate(NASTY)], villages=NASTY)
    made = list(plan(town).volumes())
    assert len(made) == len(NASTY)
    for volume in made:
        assert (tmp_path / volume.name).resolve().parent == tmp_path.resolve() / "hand"


def reasons(problems: Sequence[Problem]) -> list[str]:
    return [found.message for found in problems]


def test_a_reason_shared_by_many_is_named_once() -> None:
    made = plan(township([household(f"LL-{number}", "柳林村") for number in range(5)]))
    copies_of(made)
    assert len(made.held) == 5
    assert reasons(problems_of(made.held)) == ["柳林村没有包村干部"]

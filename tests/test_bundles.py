"""Bundles: what one carrier takes, and the cover sheet and sign-off sheet that lie on top of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pikepdf
import pypdfium2
import pytest
from drawing import card_grid, layout_spec
from test_plan import CAMPAIGN, SOURCE, household

from cardgen import proof
from cardgen.campaign import PaperChoice, parse_campaign
from cardgen.engine.serial import Serial
from cardgen.errors import LayoutError, UsageError
from cardgen.impose import lead_grid, sheets_taken
from cardgen.layoutcheck import sample_pdfs
from cardgen.layouts import COVER, SIGN_OFF, find_layout
from cardgen.model import (
    BatchResult,
    Cadre,
    Copy,
    Duplex,
    Expected,
    Fault,
    FileLine,
    Household,
    Origin,
    Scope,
    ScopeKind,
    SubjectKind,
    Township,
    Venue,
    Village,
    Volume,
    VolumeResult,
)
from cardgen.plan import Handed, Lead, Plan, Selection
from cardgen.produce import Options, build
from cardgen.proof import Proof
from cardgen.reprint import reprint_copies, reprint_sheets
from cardgen.resolve import Answers, Chains
from cardgen.serials import PATTERN
from cardgen.verify import verify

SPEC = layout_spec(roles=(), must_show=("serial",))


def town(
    households: Sequence[Household] = (),
    cadres: Sequence[Cadre] = (),
    venues: Sequence[Venue] = (),
    villages: Sequence[str] = ("唐湾村", "石桥村"),
) -> Township:
    origin = Origin(SOURCE, 2)
    return Township(
        villages=tuple(Village(name, "", "", "", "", origin) for name in villages),
        cadres=tuple(cadres),
        households=tuple(households),
        venues=tuple(venues),
        problems=(),
    )


def home(number: int, route: str = "", grid: str = "", **changes: object) -> Household:
    return household(f"H-{number}", route=route, grid=grid, **changes)


def cadre(role: str, name: str, what: ScopeKind, grid: str = "") -> Cadre:
    scope = Scope(what, grid or "唐湾村", "唐湾村", grid or "唐湾村")
    return Cadre(name, role, f"1990000{len(name):04d}", (scope,), Origin(SOURCE, 3))


def plan(
    township: Township,
    *,
    places: int = 10,
    copies: int = 1,
    subject: SubjectKind = SubjectKind.HOUSEHOLD,
    **bundles: object,
) -> Plan:
    return Plan(
        layout=layout_spec(roles=(), must_show=("serial",), subject=subject),
        paper=PaperChoice(layout="hand", copies=copies),
        township=township,
        campaign=parse_campaign({**CAMPAIGN, "bundles": bundles}, "campaign.toml"),
        answers=Answers(township, Chains(township)),
        places=places,
    )


def drawn(made: Plan) -> list[str]:
    """Each volume as its number, its bundle, its subjects."""
    return [
        f"{v.name[-11:-4]} {v.bundle.title if v.bundle else '-'}: "
        + " ".join(copy.subject.removeprefix("H-") for copy in v.copies)
        for v in made.volumes()
    ]


# -- what one carrier takes ------------------------------------------------------------------

MIXED = [
    home(1, "1号线", "1网格"),
    home(2, "2号线", "1网格"),
    home(3, "1号线", "2网格"),
    home(4, "", "2网格"),
    home(5, "", "1网格"),
    home(6, "", ""),
    home(7, "", "第二网格"),
]


def test_a_volume_is_a_route_else_a_grid_else_the_village() -> None:
    assert drawn(plan(town(MIXED))) == [
        "唐湾村-001 1号线: 1 3",
        "唐湾村-002 2号线: 2",
        "唐湾村-003 1网格: 5",
        "唐湾村-004 2网格: 4 7",
        "唐湾村-005 唐湾村: 6",
    ]


def test_by_grid_or_by_village_a_route_does_not_part_them() -> None:
    """In each bundle the order of walking is kept: those without a route come last."""
    assert drawn(plan(town(MIXED), by="grid")) == [
        "唐湾村-001 1网格: 1 2 5",
        "唐湾村-002 2网格: 3 4 7",
        "唐湾村-003 唐湾村: 6",
    ]
    assert drawn(plan(town(MIXED), by="village")) == ["唐湾村-001 唐湾村: 1 3 2 5 4 7 6"]


def test_the_same_route_in_two_villages_is_two_volumes() -> None:
    homes = [home(1, "1号线"), home(2, "1号线", village="石桥村")]
    assert drawn(plan(town(homes))) == ["唐湾村-001 1号线: 1", "石桥村-001 1号线: 2"]


def test_venues_go_by_village_and_other_papers_have_no_bundle() -> None:
    shops = [
        Venue(f"H-{n}", f"店{n}", name, "", "", "", "", Origin(SOURCE, n))
        for n, name in enumerate(("石桥村", "唐湾村", "石桥村"))
    ]
    assert drawn(plan(town(venues=shops), subject=SubjectKind.VENUE)) == [
        "唐湾村-001 唐湾村: 1",
        "石桥村-001 石桥村: 0 2",
    ]
    [volume] = plan(town(MIXED), subject=SubjectKind.VILLAGE).volumes()
    assert volume.bundle is None


def test_a_bundle_that_is_too_large_is_parted_evenly_and_says_which_part() -> None:
    homes = [home(n, "1号线") for n in range(1, 10)]
    assert drawn(plan(town(homes), places=2, most_sheets=2)) == [
        "唐湾村-001 1号线（1/3）: 1 2 3",
        "唐湾村-002 1号线（2/3）: 4 5 6",
        "唐湾村-003 1号线（3/3）: 7 8 9",
    ]


def test_what_one_door_gets_is_not_parted() -> None:
    homes = [home(n, "1号线") for n in range(1, 6)]
    assert drawn(plan(town(homes), places=1, most_sheets=5, copies=2)) == [
        "唐湾村-001 1号线（1/3）: 1 1 2 2",
        "唐湾村-002 1号线（2/3）: 3 3 4 4",
        "唐湾村-003 1号线（3/3）: 5 5",
    ]
    made = list(plan(town(homes), places=1, most_sheets=1, copies=2).volumes())
    assert [len(volume.copies) for volume in made] == [2] * 5


@pytest.mark.parametrize("count", [1, 7, 99, 200, 201, 401])
@pytest.mark.parametrize("places", [1, 4, 10])
@pytest.mark.parametrize("copies", [1, 3])
def test_no_volume_takes_more_sheets_than_it_may(count: int, places: int, copies: int) -> None:
    homes = [home(n, "1号线") for n in range(1, count + 1)]
    made = list(plan(town(homes), places=places, copies=copies, most_sheets=20).volumes())
    assert sum(len(volume.copies) for volume in made) == count * copies
    assert all(len(volume.copies) <= 20 * places for volume in made)


def carriers(made: Plan) -> list[str]:
    return [
        " ".join(f"{c.role}{c.name}" for c in volume.bundle.carriers) if volume.bundle else "-"
        for volume in made.volumes()
    ]


def test_the_people_of_the_grid_carry_what_is_in_one_grid_else_those_of_the_village() -> None:
    people = [
        cadre("网格员", "李明", ScopeKind.GRID, "1网格"),
        cadre("支部书记", "周文", ScopeKind.VILLAGE),
        cadre("村主任", "周文", ScopeKind.VILLAGE),  # one person in two posts is named once
    ]
    homes = [home(1, "1号线", "1网格"), home(2, "2号线", "1网格"), home(3, "2号线", "2网格")]
    assert carriers(plan(town(homes, people))) == ["网格员李明", "支部书记周文"]
    assert carriers(plan(town(homes))) == ["", ""]


@pytest.mark.parametrize(
    ("bundles", "message"),
    [
        ({"by": "street"}, "campaign.toml 的 bundles.by：“street”不认识"),
        ({"most_sheets": 0}, "campaign.toml 的 bundles.most_sheets：要 1 到 5000 的整数，这里是0"),
        ({"cover": "yes"}, "campaign.toml 的 bundles.cover：要 true 或 false，这里是文字"),
        ({"covers": True}, "campaign.toml 的 bundles.covers：这个名称不认识"),
    ],
)
def test_what_cannot_be_in_bundles_is_named(bundles: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError) as told:
        plan(town(MIXED), **bundles)
    assert told.value.message == message


# -- the pages on top ------------------------------------------------------------------------


def lead_of(made: Plan, volume: Volume, sheets: int = 3) -> Lead:
    handed = [Handed(copy.subject, copy.serial) for copy in volume.copies]
    assert volume.bundle is not None
    leads = made.leads(find_layout(COVER), find_layout(SIGN_OFF))
    return leads.lead(volume.name, volume.bundle, handed, sheets)


def rows_of(page: Copy) -> list[Any]:
    rows: Any = page.data["rows"]
    return [row for row in rows if row.serials]


def test_the_sign_off_sheet_lists_each_door_in_walking_order_with_its_serials() -> None:
    homes = [home(n, "1号线", "1网格") for n in range(1, 52)]
    made = plan(town(homes), copies=2)
    [volume] = made.volumes()
    lead = lead_of(made, volume)
    assert [len(rows_of(page)) for page in lead.pages] == [24, 24, 3]
    assert {len(page.data["rows"]) for page in lead.pages} == {24}  # type: ignore[arg-type]
    rows = [row for page in lead.pages for row in rows_of(page)]
    assert [row.number for row in rows] == [str(n) for n in range(1, 52)]
    assert [row.place for row in rows] == [f"5组 {n}号" for n in range(1, 52)]
    listed = [serial for row in rows for serial in row.serials.split()]
    assert listed == [copy.serial for copy in volume.copies]


def test_sums_stand_on_each_page_and_the_whole_on_the_last() -> None:
    made = plan(town([home(n, "1号线") for n in range(1, 52)]), copies=2)
    [volume] = made.volumes()
    sums = [(page.data["page_sum"], page.data["sum"]) for page in lead_of(made, volume).pages]
    assert sums == [
        ("本页 24 户、48 份", "累计 24 户、48 份"),
        ("本页 24 户、48 份", "累计 48 户、96 份"),
        ("本页 3 户、6 份", "全册 51 户、102 份"),
    ]


def test_a_household_that_gets_many_takes_further_lines_and_is_counted_once() -> None:
    made = plan(town([home(1, "1号线"), home(2, "1号线")]), copies=6)
    [volume] = made.volumes()
    [page] = lead_of(made, volume).pages
    rows = rows_of(page)
    assert [(r.number, r.place, len(r.serials.split())) for r in rows] == [
        ("1", "5组 1号", 4),
        ("", "（接上行）", 2),
        ("2", "5组 2号", 4),
        ("", "（接上行）", 2),
    ]
    assert page.data["sum"] == "全册 2 户、12 份"


def piles(homes: Sequence[Household]) -> list[tuple[str, str, str]]:
    made = plan(town(homes))
    [volume] = made.volumes()
    view: Any = lead_of(made, volume).cover.data["bundle"]
    assert len(view.piles) == 16
    return [(pile.name, pile.doors, pile.copies) for pile in view.piles if pile.name]


def test_the_cover_counts_by_group_and_more_coarsely_where_there_are_too_many() -> None:
    few = [home(n, "1号线", "1网格", group=f"{n % 2 + 1}组") for n in range(1, 6)]
    assert piles(few) == [("1网格 1组", "2 户", "2 份"), ("1网格 2组", "3 户", "3 份")]
    many = [home(n, "1号线", f"{n % 2 + 1}网格", group=f"{n}组") for n in range(1, 21)]
    assert piles(many) == [("1网格", "10 户", "10 份"), ("2网格", "10 户", "10 份")]
    grids = [home(n, "1号线", f"{n}网格") for n in range(1, 21)]
    told = piles(grids)
    assert len(told) == 16 and told[-1] == ("其余 5 处", "5 户", "5 份")


def test_the_cover_says_who_where_how_many_and_which_serials() -> None:
    people = [cadre("网格员", f"李明{'一' * n}", ScopeKind.GRID, "1网格") for n in range(6)]
    made = plan(town([home(n, "1号线", "1网格") for n in range(1, 9)], people), places=2)
    [volume] = made.volumes()
    cover = lead_of(made, volume, sheets=4).cover
    view: Any = cover.data["bundle"]
    assert (view.village, view.kind, view.name, view.part) == ("唐湾村", "路线", "1号线", "")
    assert (view.doors, view.copies, view.sheets, view.sign_off_pages) == (8, 8, 4, 1)
    assert (view.first, view.last) == (volume.copies[0].serial, volume.copies[-1].serial)
    assert [person.name for person in view.people] == ["李明", "李明一", "李明一一", "李明一一一"]
    assert view.more_people == 2
    facts = {(fact.what, fact.text) for fact in cover.facts}
    assert {("serial", cover.serial), ("count", "8 户"), ("count", "8 份")} <= facts
    assert {("serial", view.first), ("serial", view.last), ("place", "1号线")} <= facts


def test_leads_have_serials_of_their_own_which_stay_the_same() -> None:
    made = plan(town([home(n, "1号线") for n in range(1, 60)]))
    [volume] = made.volumes()
    first, again = lead_of(made, volume), lead_of(made, volume)
    serials = [copy.serial for copy in (first.cover, *first.pages)]
    assert len(set(serials)) == 4
    assert serials == [copy.serial for copy in (again.cover, *again.pages)]


# -- in the file -----------------------------------------------------------------------------


def printed(workspace: Path, **options: Any) -> BatchResult:  # noqa: ANN401 - those of Options
    return build(workspace, Options(**({"workers": 0} | options)))


def edit(workspace: Path, file: str, old: str, new: str) -> None:
    path = workspace / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def pages_of(path: Path) -> list[str]:
    """The text of each page, without blanks."""
    document = pypdfium2.PdfDocument(path)
    try:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()
    # PDFium gives a hyphen at a line's end, as in a phone, as another character.
    return ["".join(text.replace("\ufffe", "-").split()) for text in texts]


def manifest(out: Path) -> dict[str, list[dict[str, str]]]:
    """The lines of manifest.csv by file, in walking order."""
    found: dict[str, list[dict[str, str]]] = {}
    with (out / "manifest.csv").open(encoding="utf-8-sig") as lines:
        for line in csv.DictReader(lines):
            found.setdefault(line["file"], []).append(line)
    return found


def check_lead(out: Path, file: FileLine, *, sides: int = 1) -> None:
    """Counts and serials on top of a volume are those of the cards in it, read from the PDF."""
    lines = manifest(out)[file.name]
    pages = pages_of(out / file.name)
    cover, *sheet = [page for page in pages[: file.lead] if page]
    for line in lines:
        page = sides * (int(line["sheet"]) - 1) + int(line["side"]) - 1
        assert page >= file.lead and line["serial"] in pages[page]
    serials = [line["serial"] for line in lines]
    subjects = {line["subject"] for line in lines}
    assert f"{len(subjects)}户" in cover and f"{len(serials)}份" in cover
    assert serials[0] in cover and serials[-1] in cover
    listed = [one for text in sheet for one in PATTERN.findall(text)]
    own = {copy for text in sheet for copy in PATTERN.findall(text)} - set(serials)
    assert [one for one in listed if one not in own] == serials
    assert f"全册{len(subjects)}户、{len(serials)}份" in sheet[-1]
    assert file.copies == len(serials) and len(own) == len(sheet)


def test_what_lies_on_top_counts_just_the_cards_behind_it(small_workspace: Path) -> None:
    with TemporaryDirectory() as folder:
        out = Path(folder)
        result = printed(small_workspace, out=out)
        assert [(f.name[-11:], f.bundle, f.lead, f.sheets) for f in result.files] == [
            ("唐湾村-001.pdf", "唐湾村", 2, 4),
            ("石桥村-001.pdf", "石桥村", 2, 4),
        ]
        for file in result.files:
            check_lead(out, file)
        assert result.problems == ()


def test_without_a_cover_the_cards_begin_on_the_first_sheet(workspace: Path) -> None:
    assert [file.lead for file in printed(workspace, cover=False).files] == [0, 0]
    edit(workspace, "campaign.toml", "[links]", "[bundles]\ncover = false\n\n[links]")
    result = printed(workspace)
    assert [(file.lead, file.sheets) for file in result.files] == [(0, 2), (0, 2)]
    assert manifest(workspace / "out")[result.files[0].name][0]["sheet"] == "1"
    assert [file.lead for file in printed(workspace, cover=True).files] == [2, 2]


def test_a_single_household_gets_a_cover_only_where_it_is_asked_for(workspace: Path) -> None:
    one = Selection(households=("TW-001",))
    assert [file.lead for file in printed(workspace, selection=one).files] == [0]
    assert [file.lead for file in printed(workspace, selection=one, cover=True).files] == [2]


def test_printed_on_both_sides_the_lead_shifts_no_sheet(workspace: Path) -> None:
    """The cover's back is blank; two pages of the sign-off sheet share a sheet."""
    edit(workspace, "campaign.toml", "[links]", '[sheet]\nduplex = "long"\n\n[links]')
    lines = (workspace / "住户.csv").read_text("utf-8").splitlines()
    more = [lines[1].replace("TW-001", f"TW-1{n:02d}") + "" for n in range(40)]
    more = [line.replace(",1号,", f",10{n}号,").replace("19900000101", f"199000002{n:02d}")
            for n, line in enumerate(more)]  # fmt: skip
    (workspace / "住户.csv").write_text("\n".join([*lines, *more]) + "\n", "utf-8")
    result = printed(workspace)
    [first, second] = result.files
    assert (first.copies, first.lead, second.lead) == (58, 6, 4)
    pages = pages_of(workspace / "out" / first.name)
    assert [bool(page) for page in pages[:6]] == [True, False, True, True, True, False]
    assert len(pages) % 2 == 0 and len(pages) == first.sheets
    for file in result.files:
        check_lead(workspace / "out", file, sides=2)
    assert manifest(workspace / "out")[second.name][0]["sheet"] == "3"


LONG = "钱" + "德胜" * 30


@pytest.mark.parametrize("workers", [0, 2])
def test_a_copy_that_does_not_fit_is_not_counted_on_the_cover(
    workspace: Path, workers: int
) -> None:
    edit(workspace, "住户.csv", "SQ-021,石桥村,2组,21号,钱德胜", f"SQ-021,石桥村,2组,21号,{LONG}")
    edit(workspace, "住户.csv", "TW-002,唐湾村,1组,2号,孙", f"TW-002,唐湾村,1组,2号,{LONG}")
    result = printed(workspace, workers=workers)
    assert [held.subject for held in result.held] == ["TW-002", "SQ-021"]
    assert [(file.name[-11:-8], file.copies) for file in result.files] == [
        ("唐湾村", 17),
        ("石桥村", 11),
    ]
    for file in result.files:
        assert file.lead == 2
        check_lead(workspace / "out", file)
    assert [found.code for found in result.problems] == ["text-too-long"] * 2
    assert result.closes


def test_a_copy_that_does_not_read_back_is_not_counted_on_the_cover(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, seen = proof.read_file, list[int]()

    def find_a_fault(path: Path, expected: Sequence[Expected], *more: Any) -> Proof:  # noqa: ANN401
        seen.append(len(expected))
        cards = [copy for copy in expected if "唐湾村" in path.name and copy.page > 1]
        if len(cards) > 16:  # one card after the other, until 16 are left
            return Proof({cards[0].serial: Fault("读回时没有找到编号")})
        return read(path, expected, *more)

    monkeypatch.setattr(proof, "read_file", find_a_fault)
    result = printed(workspace)
    assert [file.copies for file in result.files] == [16, 12]
    assert len(result.held) == 2 and "读回时没有找到编号" in result.held[0].reasons[0].message
    for file in result.files:
        check_lead(workspace / "out", file)
    assert result.closes and seen == [20, 19, 18, 14]


def test_a_volume_that_is_never_right_is_given_up(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def find_a_fault(path: Path, expected: Sequence[Expected], *more: Any) -> Proof:  # noqa: ANN401
        return Proof({expected[-1].serial: Fault("坏了")} if "唐湾村" in path.name else {})

    monkeypatch.setattr(proof, "read_file", find_a_fault)
    result = printed(workspace)
    assert [file.village for file in result.files] == ["石桥村"]
    assert len(result.held) == 18 and result.closes
    assert list((workspace / "out").rglob("*.part")) == []


def test_a_cover_that_cannot_be_set_is_left_out_and_named_and_the_cards_are_printed(
    workspace: Path,
) -> None:
    name = "青石镇唐湾行政村原新庄老营北寨南洼西坡联合村"
    for file in ("村.csv", "干部.csv", "住户.csv"):
        edit(workspace, file, "唐湾村", name)
    result = printed(workspace)
    assert [(file.lead, file.copies) for file in result.files] == [(0, 18), (2, 12)]
    [found] = result.problems
    assert found.code == "paper-left-out"
    assert found.message.startswith(f"love-card/{name}-001.pdf 没有随册封面和签收表：")
    assert "（village）放不下它的文字" in found.message


def test_a_cover_that_does_not_read_back_is_left_out(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = proof.read_file

    def find_a_fault(path: Path, expected: Sequence[Expected], *more: Any) -> Proof:  # noqa: ANN401
        if expected[0].facts and any(fact.what == "count" for fact in expected[0].facts):
            return Proof({expected[0].serial: Fault("读回时没有找到内容“18 户”")})
        return read(path, expected, *more)

    monkeypatch.setattr(proof, "read_file", find_a_fault)
    result = printed(workspace)
    assert [(file.lead, file.copies) for file in result.files] == [(0, 18), (0, 12)]
    assert {found.code for found in result.problems} == {"paper-left-out"}


def test_an_office_may_have_a_cover_of_its_own(workspace: Path) -> None:
    folder = workspace / "layouts" / COVER
    folder.mkdir(parents=True)
    (folder / "layout.toml").write_text(
        'title = "封面"\nsubject = "volume"\nsize_mm = [210, 297]\nmust_show = ["serial"]\n',
        "utf-8",
    )
    (folder / "layout.html").write_text(
        "<p>{{ bundle.village }}的封面</p><p>{{ serial | slot }}</p>", "utf-8"
    )
    result = printed(workspace)
    assert "唐湾村的封面" in pages_of(workspace / "out" / result.files[0].name)[0]
    edit(workspace, f"layouts/{COVER}/layout.toml", "[210, 297]", "[148, 210]")
    with pytest.raises(LayoutError) as told:
        printed(workspace)
    assert told.value.message == ("版式 cover-sheet 是 148×210 毫米，sign-off 是 210×297 毫米。")


def test_a_lead_is_not_asked_for_by_name(workspace: Path) -> None:
    with pytest.raises(UsageError) as told:
        printed(workspace, layouts=(SIGN_OFF,))
    assert told.value.message == "随册签收表（sign-off）不单独印：它随每一册印在前面。"


def test_the_report_names_each_bundle(workspace: Path) -> None:
    printed(workspace)
    files = json.loads((workspace / "out" / "report.json").read_text("utf-8"))["files"]
    assert [(file["bundle"], file["lead"]) for file in files] == [("唐湾村", 2), ("石桥村", 2)]
    page = (workspace / "out" / "report.html").read_text("utf-8")
    assert page.count('<td class="village">唐湾村</td>') == 2  # its village, and its bundle


# -- where they lie --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sheet", "page", "left"),
    [
        ((210, 297), (210, 297), 0),  # the same
        ((320, 450), (320, 450), 55),  # in the middle, with marks to cut it out
        ((148, 210), (210, 297), 0),  # too small: a page of its own size
        ((297, 210), (210, 297), 0),
    ],
)
def test_a_lead_lies_in_the_middle_of_the_sheet_or_on_its_own(
    sheet: tuple[float, float], page: tuple[float, float], left: float
) -> None:
    grid = card_grid(1, 1, width_mm=sheet[0], height_mm=sheet[1], duplex=Duplex.SHORT)
    found = lead_grid(210, 297, grid)
    assert (found.width_mm, found.height_mm) == page
    assert found.cell(0).left_mm == left
    assert bool(found.mark_lines_mm()) == (left > 0)
    assert found.cell(0, 1).turned  # upright, turned over the short edge


@pytest.mark.parametrize(
    ("leaves", "duplex", "sheets"),
    [
        ([1] * 7, "", 2),
        ([1] * 6, "", 1),
        ([2] * 7, "long", 2),
        ([2] * 7, "", 4),
        ([3, 1], "long", 2),
    ],
)
def test_sheets_are_counted_as_they_are_printed(
    leaves: list[int], duplex: str, sheets: int
) -> None:
    assert sheets_taken(leaves, card_grid(2, 3, duplex=Duplex(duplex)), "reading") == sheets


def test_jobs_that_follow_from_a_result_come_before_the_next() -> None:
    def make(job: tuple[str, int]) -> VolumeResult:
        return VolumeResult(f"{job[0]}{job[1]}", "", "", 0, (), (), {})

    def renew(job: tuple[str, int], _result: VolumeResult) -> tuple[str, int] | None:
        return (job[0], job[1] + 1) if job[0] == "b" and job[1] < 2 else None

    jobs = [("a", 0), ("b", 0), ("c", 0)]
    assert [r.name for r in Serial().run(make, jobs, renew)] == ["a0", "b0", "b1", "b2", "c0"]


# -- the back of the card --------------------------------------------------------------------


def test_nothing_on_the_back_of_the_card_lies_within_four_mm_of_its_trim(tmp_path: Path) -> None:
    """A printer shifts the back by as much; and what runs along the trim shows the shift."""
    spec = find_layout("love-card")
    assert spec.back
    path = tmp_path / "card.pdf"
    for _, pdf in sample_pdfs(spec):
        path.write_bytes(pdf)
        back = proof.picture_of(path, 1, 254, grey=True)  # ten pixels a millimetre
        away = round(10 * (spec.bleed_mm + 4))
        inner = back.crop((away, away, back.width - away, back.height - away))
        assert inner.getextrema()[0] < 60  # type: ignore[operator]
        back.paste(255, (away, away, back.width - away, back.height - away))
        assert back.getextrema() == (255, 255)


def test_the_back_of_the_card_says_whom_to_call_and_which_card_it_is(workspace: Path) -> None:
    edit(workspace, "campaign.toml", "[links]", '[sheet]\nduplex = "long"\n\n[links]')
    result = printed(workspace, cover=False)
    front, back = pages_of(workspace / "out" / result.files[0].name)[:2]
    serials = PATTERN.findall(front)
    assert set(PATTERN.findall(back)) == set(serials) and len(set(serials)) == 10
    for words in ("120", "119", "110", "0374-0000001", "0374-0000000"):
        assert back.count(words) == 10


# -- at a later day --------------------------------------------------------------------------


def test_verify_reads_the_lead_back_and_names_one_that_is_lost(workspace: Path) -> None:
    printed(workspace)
    out = workspace / "out"
    assert verify(out).closes
    [path, _] = sorted(out.rglob("*.pdf"))
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        del pdf.pages[1]
        pdf.save(path)
    found = verify(out)
    assert [(Path(name).name, words) for name, words in found.findings] == [
        (path.name, "少了一页：第 2 页")
    ]
    assert found.wrong == []


def test_verify_finds_a_sign_off_sheet_of_another_volume(workspace: Path) -> None:
    printed(workspace)
    first, second = sorted((workspace / "out").rglob("*.pdf"))
    with pikepdf.open(first, allow_overwriting_input=True) as pdf, pikepdf.open(second) as other:
        pdf.pages[1] = other.pages[1]
        pdf.save(first)
    assert {name for name, _ in verify(workspace / "out").findings} == {f"love-card/{first.name}"}


def test_a_printers_own_order_of_the_pages_does_not_take_the_list_for_the_cards(
    workspace: Path,
) -> None:
    """Serials on a sign-off sheet are those of cards that stand elsewhere."""
    edit(workspace, "campaign.toml", "[links]", "[sheet]\nfoot = false\n\n[links]")
    printed(workspace)
    out = workspace / "out"
    whole = pikepdf.new()
    for path in sorted(out.rglob("*.pdf")):
        with pikepdf.open(path) as pdf:
            whole.pages.extend(pdf.pages)
    whole.save(workspace / "shop.pdf")
    found = verify(out, [workspace / "shop.pdf"])
    assert (found.findings, found.wrong, len(found.copies)) == ([], [], 30)


def test_a_reprint_of_single_cards_and_of_sheets_leaves_the_lead_alone(workspace: Path) -> None:
    result = printed(workspace)
    out, file = workspace / "out", result.files[0].name
    lines = manifest(out)[file]
    alone = reprint_copies(out, serials=[lines[3]["serial"]], start=4)
    assert manifest(alone.folder)["love-card/补印-001.pdf"][0]["cell"] == "4"
    assert verify(alone.folder).closes
    sheet = reprint_sheets(out, [2, 3], file)  # the sign-off sheet, and the first cards
    assert [line["serial"] for line in manifest(sheet.folder)[file]] == [
        line["serial"] for line in lines if line["sheet"] == "3"
    ]
    assert verify(sheet.folder).closes

"""The papers for a household and a shop: type sizes and codes as printed, pages, copies, words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cardgen import qr
from cardgen.layoutcheck import sample_pdfs
from cardgen.layouts import find_layout
from cardgen.layoutsamples import sample_copies
from cardgen.model import CodeSlot, Copy, Filled, Form
from cardgen.places import share_dir
from cardgen.press.stamp import fit_all
from cardgen.proof import type_sizes
from cardgen.typeset.fill import Filler
from cardgen.views import HouseholdView

HANGING = ("door-card", "shop-card", "watch-board")
IN_HAND = ("bedside-card", "exit-pass", "love-card", "wish-slip")
LINK = "https://example.cn/q/qingshi/tangwan/0001"  # 41 letters: as long as they come


def samples(name: str) -> dict[str, Copy]:
    return dict(sample_copies(find_layout(name)))


def filled(name: str, copy: Copy | None = None, **data: object) -> tuple[Form, Filled]:
    """The usual sample, or another, with some of its data changed, filled in."""
    filler = Filler(find_layout(name))
    copy = copy or samples(name)["一般"]
    found = filler.fill(copy._replace(data={**copy.data, **data}))
    assert isinstance(found, Filled), found
    return filler.forms([found.form_key])[found.form_key], found


def words_of(form: Form, copy: Filled) -> str:
    return form.baked + "".join(copy.texts)


# -- type -------------------------------------------------------------------------------------


def test_the_bedside_card_has_nothing_under_16_pt() -> None:
    for sample, pdf in sample_pdfs(find_layout("bedside-card")):
        smallest_pt, text = type_sizes(pdf)[0]
        assert smallest_pt >= 15.95, (sample, text)


@pytest.mark.parametrize(
    ("name", "least_pt"), [("bedside-card", 24), ("door-card", 20), ("shop-card", 22)]
)
def test_phones_never_get_smaller_than_the_paper_promises(name: str, least_pt: float) -> None:
    for copy in samples(name).values():
        form, found = filled(name, copy)
        fitted, _ = fit_all(form, found)
        sizes = [
            line.size_pt
            for text, lines in zip(found.texts, fitted, strict=True)
            for line in lines
            if text.replace(" ", "").isdigit()
        ]
        assert sizes and min(sizes) >= least_pt


def test_the_watch_board_is_read_from_three_metres() -> None:
    # A hanzi of a three-hundredth of the distance is 10 mm: 28 pt.
    form, found = filled("watch-board")
    sizes = {slot.name.split("（")[1][:-1]: slot.style.size_pt for _, slot in form.leaves[0].slots}
    assert min(sizes[name] for name in ("number", "date", "name", "phone")) >= 36
    assert {"11月22日", "12月5日"} <= set(found.texts)


@pytest.mark.parametrize("name", [*HANGING, *IN_HAND[:2], "wish-slip", "health-log"])
def test_the_longest_words_of_an_office_still_fit(name: str) -> None:
    tried = samples(name)
    copy, longest = tried["4 个联系人"], tried["最长"].data
    contacts = [replace(c, role="分管工作区领导") for c in tried["最长"].data["contacts"]]  # type: ignore[attr-defined]
    campaign = replace(
        copy.data["campaign"],  # type: ignore[type-var]
        title="新型冠状病毒肺炎疫情防控",
        issuer="青石镇新型冠状病毒肺炎疫情防控指挥部",
    )
    homes = {key: longest[key] for key in ("household", "venue") if key in longest}
    slogan = "足不出户有困难，一个电话马上办，干部就在您身边"
    form, found = filled(name, copy, contacts=contacts, campaign=campaign, slogan=slogan, **homes)
    assert fit_all(form, found)[1] is None


# -- codes ------------------------------------------------------------------------------------


def codes_of(name: str) -> list[CodeSlot]:
    village = replace(samples(name)["一般"].data["village"], group_link=LINK)  # type: ignore[type-var]
    form, _ = filled(name, link=LINK, village=village)
    return [code for leaf in form.leaves for _, code in leaf.codes]


def module_mm(code: CodeSlot) -> float:
    return code.box_pt.width / 72 * 25.4 / qr.encode(LINK, code.level).with_quiet


@pytest.mark.parametrize("name", HANGING)
def test_codes_that_hang_have_modules_of_a_millimetre_and_level_q(name: str) -> None:
    [code] = codes_of(name)
    assert code.level == "Q"
    assert module_mm(code) >= 1


@pytest.mark.parametrize("name", IN_HAND)
def test_codes_in_the_hand_have_modules_of_four_tenths(name: str) -> None:
    codes = codes_of(name)
    assert codes
    assert {code.level for code in codes} == {"M"}
    assert min(map(module_mm, codes)) >= 0.4


@pytest.mark.parametrize("name", HANGING)
def test_what_hangs_says_nothing_of_who_lives_there(name: str) -> None:
    form, found = filled(name)
    shown = words_of(form, found) + "".join(found.links)
    assert "一般" in samples(name) and "青石镇人民政府" in shown
    for private in ("王秀英", "TW-3F7K2", "19900099000", "独居", "1号线"):
        assert private not in shown


# -- the health log ---------------------------------------------------------------------------


def log(members: int, **changes: object) -> tuple[Form, Filled]:
    view = samples("health-log")["一般"].data["household"]
    assert isinstance(view, HouseholdView)
    return filled("health-log", household=replace(view, members=members, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(("members", "pages"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (7, 4)])
def test_a_health_log_has_a_page_for_two_people(members: int, pages: int) -> None:
    form, found = log(members)
    assert len(form.leaves) == pages
    for number in range(1, (members or 2) + 1):
        assert f"第 {number} 人" in form.baked
    assert f"第 {(members or 2) + 1} 人" not in form.baked
    assert found.texts.count("12月5日") == (members or 2)
    assert found.texts.count("赵德胜") == 0  # he stands beside his role, on every page
    assert found.texts.count("家庭医生 赵德胜") == pages


def test_days_after_the_watch_are_left_to_the_pen() -> None:
    _, whole = log(1)
    _, short = log(1, watch_to=date(2026, 11, 28))
    assert [text for text in short.texts if text.endswith("日") and "年" not in text] == [
        f"11月{day}日" for day in range(22, 29)
    ]
    assert sum(text.endswith("日") and "年" not in text for text in whole.texts) == 14


def test_logs_of_households_of_one_size_share_a_form() -> None:
    first, _ = log(3)
    other, _ = log(3, head="张三", watch_from=date(2026, 3, 1), watch_to=date(2026, 3, 9))
    assert first.key == other.key


# -- passes and slips -------------------------------------------------------------------------


def test_a_pass_says_which_of_how_many_it_is() -> None:
    _, found = filled("exit-pass", copy_number=2, copies=3)
    assert "第 2 张 / 共 3 张" in found.texts


@pytest.mark.parametrize(
    ("paper", "words"),
    [
        (
            {"valid_from": date(2026, 11, 22), "valid_to": date(2026, 12, 5)},
            "2026年11月22日至12月5日",
        ),
        (
            {"valid_from": date(2026, 12, 22), "valid_to": date(2027, 1, 5)},
            "2026年12月22日至2027年1月5日",
        ),
        ({"valid_to": date(2026, 12, 5)}, "至2026年12月5日"),
        ({"valid_from": date(2026, 11, 22)}, "2026年11月22日起"),
        ({"valid_from": "即日"}, "即日起"),
    ],
)
def test_a_pass_says_how_long_it_is_valid(paper: Mapping[str, object], words: str) -> None:
    form, found = filled("exit-pass", paper=paper)
    assert words in found.texts
    _, tight = fit_all(form, found)
    assert tight is None


def test_a_pass_without_dates_leaves_them_to_the_pen() -> None:
    form, _ = filled("exit-pass")
    assert "有效期月日至月日" in "".join(form.baked.split())


def test_an_office_writes_its_own_rules_on_a_pass() -> None:
    _, found = filled("exit-pass", paper={"rules": ["两天一次，一户一人，采购生活必需品。"]})
    assert "两天一次，一户一人，采购生活必需品。" in found.texts
    assert not any("早去早回" in text for text in found.texts)


def test_more_than_four_rules_share_the_room_of_four() -> None:
    """Or they would run into the contact below; too many are held back, and never cut."""
    form, found = filled("exit-pass", paper={"rules": ["每户一人", "出示此条"] * 3})
    assert found.texts.count("；".join(["每户一人", "出示此条"] * 3)) == 1
    assert fit_all(form, found)[1] is None
    form, found = filled("exit-pass", paper={"rules": ["两天一次，一户一人，采购生活必需品"] * 12})
    tight = fit_all(form, found)[1]
    assert tight is not None and "rules" in tight.name


def test_a_wish_slip_and_its_stub_carry_the_same_serial_and_code() -> None:
    form, found = filled("wish-slip")
    assert found.texts.count(found.copy.serial) == 2
    assert len(found.links) == 2 and len(set(found.links)) == 1
    # PDF counts from below: one code above the line to tear along (48 mm), one below it.
    heights = sorted(code.box_pt.bottom / 72 * 25.4 for _, code in form.leaves[0].codes)
    assert heights[0] + 25 < 48 < heights[1]


# -- the shared parts -------------------------------------------------------------------------


def test_every_shared_part_is_told_to_designers() -> None:
    parts = (share_dir("layouts") / "shared" / "parts.html").read_text("utf-8")
    told = (share_dir("layouts") / "README.md").read_text("utf-8")
    names = [
        line.split("macro ")[1].split("(")[0]
        for line in parts.splitlines()
        if "macro " in line and "(" in line
    ]
    assert len(names) >= 12
    assert [name for name in names if f"`{name}(" not in told] == []


SLIP_TOML = """
title = "条"
subject = "household"
size_mm = [90, 54]
floors = { name = 8, phone = 10 }
"""
SLIP_HTML = """{% from "parts.html" import contact_rows, serial_mark %}
<!DOCTYPE html><html lang="zh-CN"><head>
<link rel="stylesheet" href="../shared/tokens.css">
<link rel="stylesheet" href="../shared/parts.css">
<style>.contacts { width: 80mm } .serial { width: 40mm }</style>
</head><body class="hand">{{ contact_rows(contacts) }}{{ serial_mark(serial) }}</body></html>
"""


def test_an_offices_own_layout_can_use_the_shared_parts(tmp_path: Path) -> None:
    folder = tmp_path / "layouts" / "slip"
    folder.mkdir(parents=True)
    (folder / "layout.toml").write_text(SLIP_TOML, "utf-8")
    (folder / "layout.html").write_text(SLIP_HTML, "utf-8")
    spec = find_layout("slip", tmp_path)
    [(_, copy), *_] = sample_copies(spec)
    found = Filler(spec).fill(copy)
    assert isinstance(found, Filled)
    assert {"赵德胜", "199 0000 0001", copy.serial} <= set(found.texts)

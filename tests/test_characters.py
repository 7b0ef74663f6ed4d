"""Every character that may be printed is looked at, and named with its cell."""

from __future__ import annotations

import pytest
from drawn_rosters import cadres, home, lines, rows, venues, villages

from cardgen.characters import check_characters
from cardgen.model import Row, Severity, Table, Township
from cardgen.resolve import resolve_township

NEW = "\U0002ebf0"  # Extension I: no font has it
LOST = f"“王{NEW}”里的 U+2EBF0 CJK UNIFIED IDEOGRAPH-2EBF0 "


def town(*more: Row) -> Township:
    return resolve_township([*villages(), *more])


def found(township: Township) -> list[tuple[str, str, str]]:
    """Each problem as its cell, its weight and its kind."""
    return [(f"{p.sheet}!{p.cell}", p.severity.value, p.code) for p in check_characters(township)]


def test_plain_names_are_no_problem() -> None:
    assert found(town(*home(head="欧阳秀英", door="3号楼2单元1801室"))) == []


@pytest.mark.parametrize("name", ["张𬱖", "李䶮", "王𠅤", "刘𫖯", "㐱明", "吴𬘡", "周𤩽"])
def test_rare_names_in_use_are_no_error(name: str) -> None:
    assert "error" not in [weight for _, weight, _ in found(town(*home(head=name)))]


def test_a_character_that_no_font_has_is_an_error_with_its_cell() -> None:
    (problem,) = check_characters(town(*home(head=f"王{NEW}")))
    assert (problem.code, problem.severity) == ("character-missing", Severity.ERROR)
    assert (problem.file, problem.sheet, problem.cell) == ("roster.xlsx", "住户", "C2")
    assert problem.before == f"王{NEW}"
    assert problem.message.startswith(LOST)
    assert problem.message.endswith("没有字体能印，这一份先不印。请核对这个字，或改用能印的写法。")


def test_a_character_of_a_fallback_is_a_notice() -> None:
    (line,) = lines(check_characters(town(*home(head="A\u0f40"))))
    assert line == (
        "住户!C2 notice character-fallback: “A\u0f40”里有生僻字，整个词改用备用字体印。"
        "印出后请看一眼。"
    )


def test_a_damaged_character_is_a_warning() -> None:
    problems = check_characters(town(*home(head="王\ue5e5")))
    first = problems[0]
    assert (first.severity, first.cell) == (Severity.WARNING, "C2")
    assert first.code == "character-suspicious"
    assert "私用区字符，各台电脑上不一样，请改用标准字。请对照身份证核对。" in first.message


HOME = {"code": "A1", "village": "唐湾村", "head": "王五", "door": "1号"}


@pytest.mark.parametrize(
    ("field", "cell"),
    [("head", "C2"), ("door", "D2"), ("building", "E2"), ("grid", "F2"), ("group", "G2")],
)
def test_every_field_of_a_household_that_is_printed_is_looked_at(field: str, cell: str) -> None:
    cells = {"building": "1号楼", "grid": "3网格", "group": "5组"}
    values = {**HOME, **cells, field: f"王{NEW}"}
    assert (f"住户!{cell}", "error", "character-missing") in found(
        town(*rows(Table.HOUSEHOLD, [values]))
    )


def test_villages_cadres_and_venues_are_looked_at() -> None:
    township = resolve_township(
        [
            *villages(f"name|zone\n唐湾村|东片区\n石{NEW}村|东片区"),
            *cadres(f"name|role|phone|scope\n李{NEW}|干{NEW}|19900000001|全镇"),
            *venues(f"name|village|address|person\n店{NEW}|唐湾村|街{NEW}|周{NEW}"),
        ]
    )
    assert [cell for cell, weight, _ in found(township) if weight == "error"] == [
        "村!A3",
        "干部!A2",
        "干部!B2",
        "场所!A2",
        "场所!C2",
        "场所!D2",
    ]


def test_a_character_is_named_at_each_cell_that_holds_it() -> None:
    """A household's error must not be lost since another household had it first."""
    values = [{**HOME, "code": code, "head": f"王{NEW}"} for code in ("A1", "A2")]
    township = town(*rows(Table.HOUSEHOLD, values))
    assert [cell for cell, _, _ in found(township)] == ["住户!C2", "住户!C3"]


def test_names_are_never_changed() -> None:
    name = "王\uf9fb"  # a compatibility character: it looks like another and is not it
    township = town(*home(head=name))
    check_characters(township)
    assert township.households[0].head == name

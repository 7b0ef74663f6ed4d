"""The workspace of `cardgen init`: filled in as it says, read back without a finding."""

from __future__ import annotations

import io
import re
import tomllib
from pathlib import Path

import openpyxl
import pytest

from cardgen.campaign import parse_campaign, read_campaign
from cardgen.errors import UsageError
from cardgen.layouts import find_layout
from cardgen.model import Table
from cardgen.roster import read_roster
from cardgen.template import write_workspace


def test_the_example_rows_are_known_and_nothing_else_is_read(tmp_path: Path) -> None:
    roster_path, *_ = write_workspace(tmp_path / "新镇")
    roster = read_roster([roster_path])
    assert roster.rows == () and roster.problems == () and roster.skipped == ()
    assert [(o.source.table, o.cell()) for o in roster.examples] == [
        (Table.VILLAGE, "A2"),
        (Table.CADRE, "A2"),
        (Table.HOUSEHOLD, "A2"),
        (Table.VENUE, "A2"),
    ]


def test_every_column_of_the_template_is_a_field(tmp_path: Path) -> None:
    roster_path, *_ = write_workspace(tmp_path)
    fields = {t.table: list(t.columns) for t in read_roster([roster_path]).tables}
    assert fields == {
        Table.VILLAGE: ["name", "zone", "phone", "group_link", "note"],
        Table.CADRE: ["name", "role", "phone", "scope"],
        Table.HOUSEHOLD: [
            *("code", "village", "grid", "group", "building", "door", "head", "phone"),
            *("members", "kinds", "watch_from", "watch_to", "route", "note"),
        ],
        Table.VENUE: ["name", "village", "address", "person", "phone", "kind"],
    }


def test_an_example_row_that_was_filled_in_is_a_household(tmp_path: Path) -> None:
    """He wrote over the name and forgot the 户号: nobody may be missed."""
    roster_path, *_ = write_workspace(tmp_path)
    book = openpyxl.load_workbook(roster_path)
    book["住户"]["G2"] = "陈秀英"
    book.save(roster_path)
    assert [row.values["head"] for row in read_roster([roster_path]).rows] == ["陈秀英"]


def test_phone_columns_are_text_and_headers_explain_themselves(tmp_path: Path) -> None:
    roster_path, *_ = write_workspace(tmp_path)
    book = openpyxl.load_workbook(io.BytesIO(roster_path.read_bytes()))
    sheet = book["住户"]
    assert sheet.freeze_panes == "A2"
    assert sheet["H1"].font.bold and sheet.column_dimensions["H"].number_format == "@"
    assert "用“/”隔开" in sheet["H1"].comment.text
    lists = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert lists["B2:B10000"] == "='村'!$A$2:$A$300"
    assert lists["J2:J10000"].startswith('"独居老人,')
    assert all(len(formula) <= 255 for formula in lists.values())  # Excel's limit on a list


def test_the_campaign_of_the_template_is_valid(tmp_path: Path) -> None:
    _, campaign_path, _ = write_workspace(tmp_path)
    campaign = read_campaign(campaign_path)
    assert campaign.papers["love-card"].roles == ("分管领导", "包村干部", "支部书记")


def test_the_same_bytes_come_out_each_time(tmp_path: Path) -> None:
    one, other = write_workspace(tmp_path / "a"), write_workspace(tmp_path / "b")
    assert [p.read_bytes() for p in one] == [p.read_bytes() for p in other]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_text("我的", encoding="utf-8")
    with pytest.raises(UsageError) as told:
        write_workspace(tmp_path)
    assert told.value.message == f"{tmp_path} 里已经有 campaign.toml，没有改动"
    assert [p.name for p in tmp_path.iterdir()] == ["campaign.toml"]


def test_what_the_campaign_offers_behind_a_hash_can_be_used_as_it_stands(tmp_path: Path) -> None:
    """A clerk takes the # away; each paper that is offered is one that there is."""
    write_workspace(tmp_path / "镇")
    text = (tmp_path / "镇" / "campaign.toml").read_text("utf-8")
    opened = re.sub(r"^# (?=\[|\w+ = )", "", text, flags=re.M)
    campaign = parse_campaign(tomllib.loads(opened), "campaign.toml")
    assert len(campaign.papers) > len(parse_campaign(tomllib.loads(text), "c").papers) == 1
    for paper in campaign.papers.values():
        spec = find_layout(paper.layout)
        assert not paper.body or (Path(spec.folder) / paper.body).exists()

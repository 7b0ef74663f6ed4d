"""`cardgen corrections`: listed, decided, and taken along in the exported roster."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from cardgen import produce
from cardgen.cli import main
from cardgen.corrections import of_cadre, of_household
from cardgen.ledger import find_correction, open_ledger, propose
from cardgen.model import Corrected, CorrectionState

NOW = "2026-11-28T08:00:00+08:00"
NEW = "19900000077"


@pytest.fixture
def folder(workspace: Path) -> Path:
    """A workspace with two corrections: of a cadre's phone, and of a household's head."""
    township = produce.read_workspace(workspace).township
    chen = next(cadre for cadre in township.cadres if cadre.name == "陈秀兰")
    home = township.households[0]
    with open_ledger(workspace, lambda: NOW) as book:
        phone, subject = Corrected.CADRE_PHONE, of_cadre(chen, township)
        propose(book, phone, subject, chen.phone, NEW, "tangwan", "本人打来的")
        propose(book, Corrected.HEAD, of_household(home), home.head, "王小明", "tangwan")
    return workspace


def _states(folder: Path) -> list[CorrectionState]:
    with open_ledger(folder) as book:
        return [find_correction(book, number).state for number in (1, 2)]


def _follow(folder: Path, phone: str) -> None:
    path = folder / "干部.csv"
    path.write_text(path.read_text("utf-8").replace("19900000004", phone), "utf-8")


def test_lists_who_says_what(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corrections", str(folder)]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split("\t") == ["条", "情况", "谁", "项目", "改什么", "说明", "谁提的"]
    who, by = "唐湾村 支部书记 陈秀兰", "tangwan 2026-11-28"
    phones = "199 0000 0004 → 199 0000 0077"
    assert [row.split("\t") for row in rows] == [
        ["2", "等办公室看", "唐湾村 钱秀英 TW-001", "户主", "钱秀英 → 王小明", "", by],
        ["1", "等办公室看", who, "电话", phones, "本人打来的", by],
    ]


def test_says_so_where_there_is_none(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["corrections", str(workspace)]) == 0
    assert capsys.readouterr().out == "没有改正。村里在网页上提：cardgen serve\n"
    assert main(["corrections", str(workspace), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"corrections": []}
    assert not (workspace / "cardgen.db").exists()


def test_decides_with_who_it_was(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["corrections", str(folder), "--accept", "1", "--reject", "2", "--by", "李明"]
    assert main(args) == 0
    assert capsys.readouterr().out == "第 1 条同意了，照改正印。\n第 2 条退回了，照名册印。\n"
    assert _states(folder) == [CorrectionState.ACCEPTED, CorrectionState.REJECTED]
    with open_ledger(folder) as book:
        assert find_correction(book, 1).decided_by == "李明"
    assert main(["corrections", str(folder), "--reopen", "2"]) == 0
    assert _states(folder)[1] is CorrectionState.OPEN


def test_dispute_is_listed_first_and_settled_by_accepting(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _follow(folder, "19900000099")
    assert main(["corrections", str(folder), "--reject", "2"]) == 0
    capsys.readouterr()
    assert main(["corrections", str(folder), "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["corrections"]
    assert (first["id"], first["disputed"]) == (1, "19900000099")
    assert (second["id"], second["state"], second["disputed"]) == (2, "rejected", None)
    assert main(["corrections", str(folder), "--accept", "1"]) == 0
    applied = produce.read_workspace(folder).applied
    assert applied is not None
    assert [(each.id, each.before) for each in applied.over] == [(1, "19900000099")]


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--accept", "1", "--reject", "9"], "没有第 9 条改正"),
        (["--accept", "1", "--reject", "1"], "第 1 条写了两次"),
        (["--export", "{folder}/名册.xlsx"], "不要放在工作文件夹里"),
        (["--export", "{folder}/out/名册.xls"], "要以 .xlsx 结尾"),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    args: list[str], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    filled = [each.format(folder=folder) for each in args]
    assert main(["corrections", str(folder), *filled]) == 2
    assert words in capsys.readouterr().err
    assert _states(folder) == [CorrectionState.OPEN, CorrectionState.OPEN]
    assert not list(folder.rglob("名册*"))


def test_what_was_decided_before_it_failed_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corrections", str(folder), "--accept", "1", "--reopen", "2"]) == 2
    told = capsys.readouterr()
    assert told.out == "第 1 条同意了，照改正印。\n"
    assert "第 2 条改正已经是“等办公室看”" in told.err


def test_export_holds_the_corrections_and_is_the_owners_alone(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "out" / "名册.xlsx"
    assert main(["corrections", str(folder), "--reject", "2", "--export", str(path)]) == 0
    assert capsys.readouterr().out.endswith(f"已写好 {path}\n")
    assert path.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(path)
    phones = {row[0].value: row[2].value for row in book["干部"].iter_rows(min_row=2)}
    assert phones["陈秀兰"] == NEW
    assert book["住户"]["G2"].value == "钱秀英"  # what was rejected is as the roster says


def test_export_needs_no_ledger(workspace: Path) -> None:
    path = workspace / "out" / "名册.xlsx"
    assert main(["corrections", str(workspace), "--export", str(path)]) == 0
    assert openpyxl.load_workbook(path).sheetnames == ["村", "干部", "住户"]

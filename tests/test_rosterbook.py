"""The roster with its corrections as a workbook: read again it is the same township."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import pytest

from cardgen import produce
from cardgen.changes import compare
from cardgen.corrections import of_household
from cardgen.ledger import open_ledger, propose
from cardgen.model import Cadre, Corrected, Village
from cardgen.rosterbook import corrected_roster
from cardgen.workspace import read_earlier

MESSY = Path(__file__).parent.parent / "samples" / "messy"


def _cadre(cadre: Cadre) -> tuple[object, ...]:
    scopes = [(s.what, s.village, s.name, s.kind) for s in cadre.scopes]
    return cadre.name, cadre.role, cadre.phone, scopes


def _village(village: Village) -> tuple[str, ...]:
    return village.name, village.zone, village.phone, village.group_link, village.note


@pytest.mark.parametrize("name", ["", "xlsx", "et", "csv-gbk"])
def test_read_again_it_is_the_same_township(
    name: str, small_workspace: Path, tmp_path: Path
) -> None:
    folder = MESSY / name if name else small_workspace
    workspace = produce.read_workspace(folder)
    path = tmp_path / "roster.xlsx"
    path.write_bytes(corrected_roster(workspace))
    again = read_earlier(path)
    found = compare(workspace.township, again)
    assert (found.came, found.left, found.moved, found.changed) == ((), (), (), ())
    assert list(map(_cadre, again.cadres)) == list(map(_cadre, workspace.township.cadres))
    assert list(map(_village, again.villages)) == list(map(_village, workspace.township.villages))


def test_corrected_cell_is_coloured_and_says_what_stood_there(workspace: Path) -> None:
    home = produce.read_workspace(workspace).township.households[0]
    with open_ledger(workspace, lambda: "2026-11-28T08:00:00+08:00") as ledger:
        propose(ledger, Corrected.HEAD, of_household(home), home.head, "王小明", "tangwan")
    content = corrected_roster(produce.read_workspace(workspace))
    sheet = openpyxl.load_workbook(io.BytesIO(content))["住户"]
    cell = sheet["G2"]
    assert (cell.value, cell.fill.fgColor.rgb) == ("王小明", "00FFF2AB")
    assert cell.comment is not None
    assert cell.comment.text == f"改正第 1 条：原来是“{home.head}”。tangwan 2026-11-28"
    assert sheet["G3"].comment is None


def test_formula_stays_a_text(workspace: Path) -> None:
    path = workspace / "住户.csv"
    path.write_text(path.read_text("utf-8").replace("1号,钱秀英", "=1+1,钱秀英"), "utf-8")
    content = corrected_roster(produce.read_workspace(workspace))
    cell = openpyxl.load_workbook(io.BytesIO(content))["住户"]["F2"]
    assert (cell.value, cell.data_type) == ("=1+1", "s")

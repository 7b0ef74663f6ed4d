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
from cardgen.model import Cadre, Corrected, Township, Village
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


def _again(folder: Path) -> tuple[Township, Township]:
    """A workspace's township, and that of its workbook."""
    township = produce.read_workspace(folder).township
    path = folder / "again" / "roster.xlsx"
    path.parent.mkdir()
    path.write_bytes(corrected_roster(produce.read_workspace(folder)))
    return township, read_earlier(path)


def test_who_answers_for_a_part_of_the_village_in_his_row_still_does(workspace: Path) -> None:
    (workspace / "干部.csv").write_text(
        "姓名,职务,电话,村,负责范围\n"
        "赵德胜,分管领导,19900000001,,全镇#孕产妇、透析\n"
        "李明,包村干部,19900000002,唐湾村,\n"
        "陈秀兰,支部书记,19900000004,唐湾村,1组\n"
        "吴海燕,支部书记,19900000006,唐湾村,2组#独居老人；石桥村\n"
        "王建国,包村干部,19900000003,石桥村,1、2组\n",
        "utf-8",
    )
    township, again = _again(workspace)
    assert [len(cadre.scopes) for cadre in township.cadres] == [2, 1, 1, 2, 2]
    assert list(map(_cadre, again.cadres)) == list(map(_cadre, township.cadres))


def test_what_could_not_be_read_is_told_again(workspace: Path) -> None:
    cadres = workspace / "干部.csv"
    text = cadres.read_text("utf-8").replace("19900000004,唐湾村", "1990000000,清河村；唐湾村")
    cadres.write_text(text, "utf-8")
    homes = workspace / "住户.csv"
    text = homes.read_text("utf-8").replace("19900000101,3", "1.99E+10,三四")
    homes.write_text(text, "utf-8")
    township, again = _again(workspace)
    told = [{(p.code, p.before) for p in each.problems} for each in (township, again)]
    assert told[0] == told[1]
    assert {before for _, before in told[0]} == {"1990000000", "清河村", "1.99E+10", "三四"}


def test_characters_that_no_workbook_holds_break_nothing(workspace: Path) -> None:
    path = workspace / "住户.csv"
    text = path.read_text("utf-8").replace("1号,钱秀英", "1\x0b号_x0041_,钱秀英")
    path.write_text(text.replace("2号,孙", "2号\ufffe,孙"), "utf-8")
    township, again = _again(workspace)
    doors = [home.door for home in again.households]
    assert doors[0] == township.households[0].door == "1\x0b号_x0041_"
    assert doors[1].startswith("2号")

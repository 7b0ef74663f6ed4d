"""Each messy roster gives the problems that stand beside it in expected.txt, word for word."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from cardgen.campaign import read_campaign
from cardgen.roster import read_roster, roster_files
from cardgen.workspace import read_workspace

SAMPLES = Path(__file__).parents[1] / "samples"
CASES = ("csv-gbk", "et", "xls", "xlsx")


def findings(folder: Path) -> str:
    """All that is found in a workspace, a line each, as expected.txt holds it."""
    roster = read_roster(roster_files(folder))
    workspace = read_workspace(folder)
    township = workspace.township
    lines = [
        f"{p.file}:{p.sheet}:{p.cell} {p.code} {p.severity} {p.message}" for p in workspace.problems
    ]
    for origin, reason in (*roster.skipped, *township.excluded):
        lines.append(
            f"{origin.source.file}:{origin.source.sheet}:第 {origin.row} 行 不印：{reason}"
        )
    lines.append(
        f"住户 {township.rows} 行 = {len(township.households)} 户 + {len(township.excluded)}"
    )
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES)
def test_a_messy_roster_gives_exactly_the_expected_problems(
    case: str, request: pytest.FixtureRequest
) -> None:
    expected = SAMPLES / "messy" / case / "expected.txt"
    found = findings(expected.parent)
    if request.config.getoption("--update", False):
        expected.write_text(found, encoding="utf-8")
    assert found.splitlines() == expected.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("case", CASES)
def test_a_messy_workspace_has_a_campaign_that_can_be_read(case: str) -> None:
    assert read_campaign(SAMPLES / "messy" / case / "campaign.toml").title == "防汛"


def test_the_messy_files_are_what_their_script_makes(tmp_path: Path) -> None:
    runpy.run_path(str(SAMPLES / "make_messy.py"))["main"](tmp_path)
    made = {path.relative_to(tmp_path): path for path in tmp_path.rglob("*") if path.is_file()}
    assert len(made) == 10
    for name, path in made.items():
        assert path.read_bytes() == (SAMPLES / "messy" / name).read_bytes(), name

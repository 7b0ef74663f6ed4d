"""Every paper of the sample township: milliseconds a copy on one core, and the share stamped.

Each paper is printed by the command itself, in one process, with its forms in the store, as
on any day but the first. Reading and resolving the roster is the same for all and is not
counted; typesetting, fitting, pressing and writing are. A file costs ten milliseconds however
few copies are in it: what one more copy costs is told by printing ten for each household.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardgen.campaign import read_campaign
from cardgen.layouts import find_layout
from cardgen.model import SubjectKind
from tests.bench.measure import run
from tests.bench.names import SAMPLE

CAMPAIGN = "papers.toml"
MOST_MS = 2.0
MANY = 10  # copies a household
MANY_COPIES = 2_000  # of which one tells enough by itself
_STAGES = ("typeset", "fit", "press", "write")


@dataclass(frozen=True, slots=True)
class PaperTime:
    """A paper as the campaign asks for it: what a copy takes in ms, and what one more does.

    `more_ms` is None for papers that are not made for households.
    """

    layout: str
    copies: int
    pages: int
    forms: int
    share: float
    each_ms: float
    more_ms: float | None
    proof_ms: float


def measure(scratch: Path) -> Iterator[PaperTime]:
    """Print each paper of the sample's campaign and see what it took."""
    workspace = scratch / "workspace"
    shutil.copytree(SAMPLE, workspace)
    for name, paper in read_campaign(SAMPLE / CAMPAIGN).papers.items():
        spec = find_layout(paper.layout)
        if name == "change-ledger":
            continue  # needs two rosters
        # Papers of many pages are measured in one village: their copies are alike.
        one_village = spec.flows and spec.subject is not SubjectKind.TOWNSHIP
        words = ["--layout", name, *(["--village", "唐湾村"] if one_village else [])]
        report = _print(workspace, CAMPAIGN, words, scratch)
        more = None
        if report["printed"] >= MANY_COPIES:
            more = 1000 * _seconds(report) / float(report["printed"])
        elif spec.subject is SubjectKind.HOUSEHOLD:
            _write_many(workspace, name)
            more = _more_ms(report, _print(workspace, "many.toml", words, scratch))
        yield _time_of(report, name, more)


def _write_many(workspace: Path, name: str) -> None:
    """The campaign with ten copies of a paper for each household."""
    lines = (workspace / CAMPAIGN).read_text("utf-8").splitlines()
    at = lines.index(f"[papers.{name}]")
    lines.insert(at + 1, f"copies = {MANY}")
    (workspace / "many.toml").write_text("\n".join(lines), "utf-8")


def _print(workspace: Path, campaign: str, words: list[str], scratch: Path) -> dict[str, Any]:
    """The report of a second printing: the first puts the forms into the store."""
    out = scratch / "papers"
    os.environ["CARDGEN_CACHE"] = str(scratch / "forms")
    command = ("build", str(workspace), "--campaign", campaign, "--out", str(out), "--jobs", "0")
    for _ in range(2):
        shutil.rmtree(out, ignore_errors=True)
        run((sys.executable, "-m", "cardgen", *command, *words))
    report: dict[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return report


def _seconds(report: dict[str, Any]) -> float:
    return sum(report["seconds"].get(stage, 0.0) for stage in _STAGES)


def _more_ms(few: dict[str, Any], many: dict[str, Any]) -> float:
    more = many["printed"] - few["printed"]
    return 1000 * (_seconds(many) - _seconds(few)) / float(more)


def _time_of(report: dict[str, Any], name: str, more_ms: float | None) -> PaperTime:
    [tally] = report["layouts"]
    copies = tally["printed"]
    return PaperTime(
        layout=name,
        copies=copies,
        pages=sum(file["sheets"] for file in report["files"]),
        forms=tally["forms"],
        share=tally["stamped_share"],
        each_ms=1000 * _seconds(report) / copies,
        more_ms=more_ms,
        proof_ms=1000 * report["seconds"].get("proof", 0.0) / copies,
    )


def lines(times: list[PaperTime]) -> Iterator[str]:
    """A table; papers that flow are for one village, a copy of many pages."""
    yield "paper              copies   pages  forms  stamped  ms a copy  one more  read back"
    for time in times:
        more = f"{time.more_ms:.2f}" if time.more_ms is not None else ""
        slow = "" if (time.more_ms or 0.0) <= MOST_MS else "  over 2 ms"
        yield (
            f"{time.layout:<17}  {time.copies:>6,}  {time.pages:>6,}  {time.forms:>5}"
            f"  {time.share:>6.1%}  {time.each_ms:>9.2f}  {more:>8}  {time.proof_ms:>9.2f}{slow}"
        )

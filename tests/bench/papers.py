"""Every paper of the sample township: milliseconds a copy on one core, and the share stamped.

Each paper is printed by the command itself, in one process, twice: the second time its forms
are in the store, as on any day but the first. Reading and resolving the roster is the same
for all and is not counted; typesetting, fitting, pressing and writing are.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cardgen.campaign import read_campaign
from cardgen.layouts import find_layout
from cardgen.model import SubjectKind
from tests.bench.measure import run
from tests.bench.names import SAMPLE

CAMPAIGN = "papers.toml"
MOST_MS = 2.0
_STAGES = ("typeset", "fit", "press", "write")


@dataclass(frozen=True, slots=True)
class PaperTime:
    """A paper: copies, pages, forms, share of stamped copies, ms a copy by stage."""

    layout: str
    copies: int
    pages: int
    forms: int
    share: float
    typeset_ms: float
    press_ms: float
    proof_ms: float
    flows: bool

    @property
    def total_ms(self) -> float:
        """Typesetting, fitting, pressing and writing, a copy."""
        return self.typeset_ms + self.press_ms


def measure(scratch: Path) -> Iterator[PaperTime]:
    """Print each paper of the sample's campaign and see what it took."""
    for name, paper in read_campaign(SAMPLE / CAMPAIGN).papers.items():
        spec = find_layout(paper.layout)
        if name == "change-ledger":
            continue  # needs two rosters
        # Papers of many pages are measured in one village: their copies are alike.
        one_village = spec.flows and spec.subject is not SubjectKind.TOWNSHIP
        words = ["--layout", name, *(["--village", "唐湾村"] if one_village else [])]
        report: dict[str, object] = {}
        for _ in range(2):
            report = _print(words, scratch)
        yield _time_of(report, name, spec.flows)


def _print(words: list[str], scratch: Path) -> dict[str, object]:
    out = scratch / "papers"
    shutil.rmtree(out, ignore_errors=True)
    os.environ["CARDGEN_CACHE"] = str(scratch / "forms")
    command = ("build", str(SAMPLE), "--campaign", CAMPAIGN, "--out", str(out), "--jobs", "0")
    run((sys.executable, "-m", "cardgen", *command, *words))
    told: dict[str, object] = json.loads((out / "report.json").read_text("utf-8"))
    return told


def _time_of(report: dict[str, object], name: str, flows: bool) -> PaperTime:
    [tally] = report["layouts"]  # type: ignore[misc]
    seconds: dict[str, float] = report["seconds"]  # type: ignore[assignment]
    copies = tally["printed"]
    each = {stage: 1000 * seconds.get(stage, 0.0) / copies for stage in (*_STAGES, "proof")}
    return PaperTime(
        layout=name,
        copies=copies,
        pages=sum(file["sheets"] for file in report["files"]),  # type: ignore[attr-defined]
        forms=tally["forms"],
        share=tally["stamped_share"],
        typeset_ms=each["typeset"],
        press_ms=each["fit"] + each["press"] + each["write"],
        proof_ms=each["proof"],
        flows=flows,
    )


def lines(times: list[PaperTime]) -> Iterator[str]:
    """A table; papers that flow are for one village, a copy of many pages."""
    yield (
        "paper              copies   pages  forms  stamped  ms a copy  (typeset  press)  read back"
    )
    for time in times:
        slow = "" if time.flows or time.total_ms <= MOST_MS else "  over 2 ms"
        yield (
            f"{time.layout:<17}  {time.copies:>6,}  {time.pages:>6,}  {time.forms:>5}"
            f"  {time.share:>6.1%}  {time.total_ms:>9.2f}  {time.typeset_ms:>8.2f}"
            f"  {time.press_ms:>6.2f}  {time.proof_ms:>9.2f}{slow}"
        )

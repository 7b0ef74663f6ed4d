"""Who is measured, on what, and how often; and the rounds themselves."""

from __future__ import annotations

import json
import shutil
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tests.bench.measure import Usage, run
from tests.bench.names import SAMPLE, deck_path
from tests.bench.peers import chromium

FEW = 200  # cards for those who would take minutes
QUICK_ROUNDS, ROUNDS = 1, 3
SLOW_S = 20.0  # what takes longer is measured once


@dataclass(frozen=True, slots=True)
class Contender:
    """Who draws cards: `module` is in peers/, `library` must be installed."""

    module: str
    label: str
    library: str
    note: str = ""
    code_note: str = ""
    few: bool = False
    tree: bool = False

    @property
    def is_here(self) -> bool:
        """Whether it can run on this machine."""
        if self.module == "chromium":
            return chromium.program() is not None
        return find_spec(self.library) is not None


CARDGEN = Contender("cardgen", "cardgen, pressing", "cardgen", "ready plan, one process")
CONTENDERS = (
    CARDGEN,
    Contender("typst", "Typst", "typst", "", "codes as SVG, encoded before"),
    Contender("skia", "Skia by hand", "skia", "", "code as one path"),
    Contender("reportlab", "ReportLab by hand", "reportlab", "", "code as one path"),
    Contender("fpdf2", "fpdf2 by hand", "fpdf", "", "code as rectangles"),
    Contender(
        "chromium", "Chromium, headless", "", "its start included", "code as SVG", True, True
    ),
    Contender("weasyprint", "WeasyPrint whole", "weasyprint", "", "code as SVG", True),
)
BUILD_NONE, BUILD_ALL = "build --no-cover --proof none", "build --no-cover --proof all"
BUILD, VERIFY, CARD = "build", "verify", "card"


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table. `name` is a contender's module, or a command of cardgen."""

    name: str
    count: int
    codes: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What a case took: the best time of its rounds, the median of its peaks."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    size_mb: float


def press_cases(counts: Sequence[int], most: int) -> list[tuple[Contender, Case]]:
    """The cases of everyone who is here; cardgen alone also on `most` cards."""
    return [
        (contender, Case(contender.module, count, codes))
        for codes in (False, True)
        for contender in CONTENDERS
        if contender.is_here
        for count in _counts(contender, counts, most)
    ]


def _counts(contender: Contender, counts: Sequence[int], most: int) -> tuple[int, ...]:
    if contender.few:
        return (FEW,)
    return (*counts, most) if contender is CARDGEN and most else tuple(counts)


def press(contender: Contender, case: Case, scratch: Path) -> Result:
    """Run a contender once."""
    out = scratch / "out"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    deck = deck_path(scratch, case.count, case.codes)
    command = (sys.executable, "-m", "tests.bench.contend", case.name, str(deck), str(out))
    usage = run(command, contender.tree)
    told = json.loads(usage.output.splitlines()[-1])
    return Result(told["seconds"], told["cpu_seconds"], usage.peak_mb, told["size"] / 1e6)


def build(words: str, scratch: Path) -> Result:
    """Run a whole command on the sample township once: `build` with its options."""
    out = scratch / "township"
    shutil.rmtree(out, ignore_errors=True)
    command = (*words.split(), str(SAMPLE), "--out", str(out))
    usage = run((sys.executable, "-m", "cardgen", *command), tree=True)
    size = sum(path.stat().st_size for path in out.rglob("*.pdf"))
    # The kernel does not tell us the processor time of workers that someone else waits for.
    return Result(usage.seconds, 0.0, usage.peak_mb, size / 1e6)


def verify(scratch: Path) -> Result:
    """Read the last batch back once."""
    usage = run((sys.executable, "-m", "cardgen", VERIFY, str(scratch / "township")), tree=True)
    return Result(usage.seconds, 0.0, usage.peak_mb, 0.0)


def card(household: str, scratch: Path, *options: str) -> Usage:
    """Run `cardgen card` once from a cold start; `options` are Python's own."""
    words = ("card", str(SAMPLE), household, "--out", str(scratch / "card.pdf"))
    return run((sys.executable, *options, "-m", "cardgen", *words), tree=True)


def best(results: Iterable[Result]) -> Result:
    """Of several rounds: the shortest time, and the median of the memory."""
    rounds = list(results)
    return Result(
        min(result.seconds for result in rounds),
        min(result.cpu_seconds for result in rounds),
        statistics.median(result.peak_mb for result in rounds),
        rounds[0].size_mb,
    )


def in_rounds(
    cases: Sequence[tuple[Case, Callable[[], Result]]], rounds: int
) -> dict[Case, Result]:
    """Run every case once a round; the slow ones in the first round only."""
    found: dict[Case, list[Result]] = {case: [] for case, _ in cases}
    for number in range(rounds):
        for case, measure in cases:
            if number and found[case][0].seconds > SLOW_S:
                continue
            show_progress(f"round {number + 1} of {rounds}: {case.name}, {case.count:,} cards")
            found[case].append(measure())
    show_progress("")
    return {case: best(results) for case, results in found.items()}


def show_progress(words: str) -> None:
    """Say what is under way, where someone watches."""
    if sys.stderr.isatty():
        print(f"\r{words}", end="\033[K", file=sys.stderr, flush=True)

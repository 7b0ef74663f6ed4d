"""`python -m tests.bench [--quick] [--rounds N]`: measure, and print the table and the bars."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench import cold, contenders, papers
from tests.bench.bars import FULL, MOST, bars, by_processor
from tests.bench.contenders import BUILD, BUILD_ALL, BUILD_NONE, CARD, VERIFY, Case, Result
from tests.bench.measure import run
from tests.bench.table import table

CORES = 2
THOUSAND = 1_000
HOUSEHOLD = "TW0006"  # of the sample; any one does


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1,000 cards, one round")
    parser.add_argument(
        "--cpu", action="store_true", help="judge by processor time: for a machine that is busy"
    )
    parser.add_argument("--rounds", type=int, help="how often each is measured")
    parser.add_argument("--papers", action="store_true", help="only the papers of the sample")
    asked = parser.parse_args()
    rounds = asked.rounds or (contenders.QUICK_ROUNDS if asked.quick else contenders.ROUNDS)
    _keep_to_cores()
    scratch = Path(tempfile.mkdtemp(prefix="cardgen-bench-"))
    try:
        if asked.papers:
            _show_papers(scratch)
            return
        found = _measure(scratch, asked.quick, rounds)
        print(f"{CORES} cores at most, Python {platform.python_version()}, best of {rounds}\n")
        print("\n".join(table(found)))
        print("\n* to Typst's time a card on its nearest number of cards")
        print("\nBars")
        judged = by_processor(found) if asked.cpu else found
        for bar in bars(judged, THOUSAND if asked.quick else FULL):
            print(bar)
        print("\nWhere the time of `cardgen card` goes")
        print("\n".join(cold.breakdown(HOUSEHOLD, scratch)))
        if not asked.quick:
            _show_papers(scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _show_papers(scratch: Path) -> None:
    print("\nEvery paper of the sample township, one process, forms in store")
    print("\n".join(papers.lines(list(papers.measure(scratch)))))


def _keep_to_cores() -> None:
    """All that is measured runs on the same cores, on machines with more of them too."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def _measure(scratch: Path, quick: bool, rounds: int) -> dict[Case, Result]:
    counts, most = ((THOUSAND,), 0) if quick else ((THOUSAND, FULL), MOST)
    prepared = (contenders.FEW, *counts, *([most] if most else []))
    contenders.show_progress("preparing the cards")
    # In a process of its own: a large parent would show in its children's peak memory.
    run((sys.executable, "-m", "tests.bench.prepare", str(scratch), *map(str, prepared)))
    _card(scratch)  # so that all bytecode is there, as after an installation
    cases: list[tuple[Case, Callable[[], Result]]] = [
        (case, partial(contenders.press, contender, case, scratch))
        for contender, case in contenders.press_cases(counts, most)
    ]
    cases.append((Case(BUILD_NONE, FULL, True), partial(contenders.build, BUILD_NONE, scratch)))
    if not quick:
        cases.append((Case(BUILD_ALL, FULL, True), partial(contenders.build, BUILD_ALL, scratch)))
        cases.append((Case(BUILD, FULL, True), partial(contenders.build, BUILD, scratch)))
        cases.append((Case(VERIFY, FULL, True), partial(contenders.verify, scratch)))
    cases.append((Case(CARD, 1, True), partial(_card, scratch)))
    return contenders.in_rounds(cases, rounds)


def _card(scratch: Path) -> Result:
    usage = contenders.card(HOUSEHOLD, scratch)
    size = (scratch / "card.pdf").stat().st_size
    return Result(usage.seconds, usage.cpu_seconds, usage.peak_mb, size / 1e6)


if __name__ == "__main__":
    main()

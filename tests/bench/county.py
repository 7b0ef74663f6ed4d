"""`python -m tests.bench.county [--townships N] [--engine E] [--proof P]`: a whole county at once.

Writes so many invented townships of 8,000 households, variants of the sample, and prints them in
one go, as `cardgen build county/*/` does. Says how long it took and how that grows: cards a
second, peak memory of the parent and of all its processes, and the ledger's share of the time.
125 townships are a million cards: about 20 minutes on two cores, and 2 GB of disk.
"""

from __future__ import annotations

import argparse
import csv
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardgen.county import build_county
from cardgen.model import County, ProofMode
from cardgen.produce import Options
from tests.bench.measure import _Watch
from tests.bench.names import ROOT

TOWNSHIPS = 125
LOOKS = (1, 10, 60, 125)
HEADS = ("townships", "cards", "seconds", "cards/s", "parent MB", "tree MB", "ledger")
_KB_A_MB = 1024


def main() -> None:
    """Write the townships, print them, and say what it took."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.county", description=__doc__)
    parser.add_argument("--townships", type=int, default=TOWNSHIPS, help="how many")
    parser.add_argument("--jobs", type=int, help="worker processes; as many as help where not said")
    parser.add_argument("--engine", default="processes", help="as for cardgen build")
    parser.add_argument("--proof", default="all", help="as for cardgen build")
    parser.add_argument("--folder", type=Path, help="where; it is kept then")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write:
        write_county(asked.write, asked.townships)
        return
    scratch = asked.folder or Path(tempfile.mkdtemp(prefix="cardgen-county-"))
    try:
        # By a process of its own: what it takes to invent them is not what is measured.
        words = ("--write", str(scratch), "--townships", str(asked.townships))
        subprocess.run((sys.executable, "-m", "tests.bench.county", *words), cwd=ROOT, check=True)
        options = Options(workers=asked.jobs, engine=asked.engine, proof=ProofMode(asked.proof))
        _show(*_measure(scratch, options))
    finally:
        if not asked.folder:
            shutil.rmtree(scratch, ignore_errors=True)


# -- written


def write_county(folder: Path, townships: int) -> None:
    """Invent the townships, each by a seed of its own, and write them as csv."""
    sys.path.insert(0, str(ROOT / "samples"))
    import make_qingshi as sample

    for number in range(townships):
        place = folder / f"{number + 1:03d}"
        if (place / "campaign.toml").exists():
            continue
        place.mkdir(parents=True, exist_ok=True)
        invention = sample.Invention(sample.SEED + number)
        homes = sample.make_homes(invention)
        villages = ((zone, name, invention.landline()) for zone, name, *_ in sample.VILLAGES)
        _write(place / "村.csv", ("片区", "村名", "值班电话"), villages)
        cadres = sample.make_cadres(invention, homes)
        _write(place / "干部.csv", ("姓名", "职务", "电话", "负责范围"), cadres)
        heads = ("户号", "村", "网格", "组", "楼栋", "门牌", "户主", "电话", "人口", "路线")
        rows = (
            (h.code, h.village, h.grid, h.group, h.building, h.door, h.head, h.phone, h.members,
             h.route) for h in homes
        )  # fmt: skip
        _write(place / "住户.csv", heads, rows)
        campaign = sample.CAMPAIGN.replace("青石镇", f"第{number + 1}镇")
        (place / "campaign.toml").write_text(campaign, "utf-8")


def _write(path: Path, heads: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heads, *rows])


# -- printed


@dataclass(frozen=True, slots=True)
class Look:
    """How it was when so many townships were done."""

    townships: int
    seconds: float
    parent_mb: float
    tree_mb: float


class _Looking:
    """Progress that looks at the clock and at the memory whenever a township is done."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self._township, self._start = "", time.perf_counter()
        self._watch = _Watch(os.getpid())

    def stage(self, name: str) -> None:
        """Look where the next township begins."""
        township = name.partition(" ")[0]
        if township != self._township and self._township:
            self.look()
        self._township = township

    def copies(self, done: int, total: int) -> None:
        """A township is what counts."""

    def look(self) -> None:
        """Write down how it is."""
        parent_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KB_A_MB
        seconds = time.perf_counter() - self._start
        tree_mb = self._watch._peak_kb / _KB_A_MB
        self.looks.append(Look(len(self.looks) + 1, seconds, parent_mb, tree_mb))
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{len(self.looks)} townships, {seconds:.0f} s ")


def _measure(folder: Path, options: Options) -> tuple[County, list[Look]]:
    looking = _Looking()
    places = sorted(path for path in folder.iterdir() if path.is_dir())
    county, _ = build_county(places, options, looking)
    looking.look()
    return county, looking.looks


def _show(county: County, looks: Sequence[Look]) -> None:
    """A line where it was looked at, and what all of it was spent on."""
    print(" | ".join(HEADS))
    for look in looks:
        if look.townships not in (*LOOKS, len(looks)):
            continue
        done = county.townships[: look.townships]
        cards = sum(line.printed for line in done)
        ledger = sum(line.seconds.get("ledger", 0.0) for line in done)
        print(
            f"{look.townships:,} | {cards:,} | {look.seconds:,.1f} | {cards / look.seconds:,.0f} | "
            f"{look.parent_mb:,.0f} | {look.tree_mb:,.0f} | {ledger / look.seconds:.1%}"
        )
    stages: dict[str, float] = {}
    for line in county.townships:
        for stage, seconds in line.seconds.items():
            stages[stage] = stages.get(stage, 0.0) + seconds
    count = max(1, len(county.townships))
    print("seconds a township, of parent and workers: " + ", ".join(
        f"{stage} {seconds / count:.2f}" for stage, seconds in sorted(stages.items())
    ))  # fmt: skip
    size = sum(path.stat().st_size for line in county.townships
               for path in Path(line.folder).rglob("*") if path.is_file())  # fmt: skip
    print(f"on disk: {size / 1e6 / count:,.1f} MB a township, rosters and ledger too")
    assert county.exit_code == 0, [line.failure for line in county.failures]
    assert county.total("copies") == county.total("printed") + county.total("failed")


if __name__ == "__main__":
    main()

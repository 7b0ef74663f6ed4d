"""cardgen's press: from a ready plan, volume after volume in one process, nothing read back.

All that a worker does to a volume counts: fit, impose, press, write to the disk for good,
digest and thumbnail.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cardgen.volume import Job, make_volume
from tests.bench.clock import Stopwatch


def read_jobs(path: Path) -> Iterator[Job]:
    """The jobs of a file of pickles, one by one, as a worker gets them."""
    with path.open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)


def press(path: Path, out: Path) -> Stopwatch:
    """Press the jobs that stand beside the deck; the time that took without their reading."""
    watch = Stopwatch()
    for job in read_jobs(path.with_suffix(".jobs")):
        with watch:
            result = make_volume(replace(job, folder=str(out)))
        if result.failed:
            raise SystemExit(f"{result.name}: {len(result.failed)} cards were not printed")
    return watch

"""cardgen's press: from a ready plan, volume after volume in one process, nothing read back.

What a peer does to its file counts: the texts fitted and set, the sheets imposed, the PDF
made and written. What a batch does besides for the office (flush to the disk, digest,
thumbnail, reading back) is measured with the whole command. Volumes are as large as the
product makes them, 200 sheets.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from cardgen import collector
from cardgen.job import Job
from cardgen.plan import SHEETS_A_VOLUME
from cardgen.press.volume import press_volume
from cardgen.volume import fitted_copies, placed_copies
from tests.bench.clock import Stopwatch


def read_jobs(path: Path) -> Iterator[Job]:
    """The jobs of a file of pickles, joined to volumes of 200 sheets, one by one."""
    most, waiting = 0, []
    with path.open("rb") as file:
        while file.peek(1):
            waiting.append(pickle.load(file))
            most = SHEETS_A_VOLUME * waiting[0].grid.places
            if sum(len(job.copies) for job in waiting) >= most:
                yield _joined(waiting)
                waiting = []
    if waiting:
        yield _joined(waiting)


def _joined(jobs: list[Job]) -> Job:
    copies = tuple(copy for job in jobs for copy in job.copies)
    forms = {key: form for job in jobs for key, form in job.forms.items()}
    return replace(jobs[0], copies=copies, forms=forms)


def press(path: Path, out: Path) -> Stopwatch:
    """Press the jobs that stand beside the deck; the time that took without their reading."""
    watch = Stopwatch()
    for number, job in enumerate(read_jobs(path.with_suffix(".jobs"))):
        with watch, collector.paused():  # as `make_volume` does
            held: list[object] = []
            placed = placed_copies(job, list(fitted_copies(job, held)))
            content = press_volume(job.title, job.grid, job.forms, placed)
            (out / f"{number:03d}.pdf").write_bytes(content)
        if held:
            raise SystemExit(f"{job.name}: {len(held)} cards were not printed")
    return watch

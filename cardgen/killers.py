"""Find the copies that end the worker that prints them: a job in, what became of it out.

A fault in a library may end a process without a word. Then the volume is halved, and its halves
are tried in a folder that nobody sees, until the copies at fault are known. They are held back
and named; the others are asked for anew.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from cardgen.job import Job
from cardgen.model import Filled, Held, VolumeResult
from cardgen.problems import Code, problem

MOST = 16  # a volume in which so many kill has another fault than its copies
TRIES = 3  # as often a volume is made anew
_ALONE = "印到这一份时，印制的进程意外结束，单独再试也是这样"
_TOGETHER = "印这一册时，印制的进程一再意外结束，可是单独印每一份都不会；可能是内存不够"
_MANY = f"这一册里至少有 {MOST} 份会让印制的进程意外结束，其余的没有再试"

Kills = Callable[[Job], bool]


def without_killers(job: Job, kills: Kills) -> VolumeResult:
    """What became of a job that ended its worker twice; `kills` tries a job in a worker.

    The killers have failed, and `again` are the copies that are left. Where it is the cover
    that kills, the volume is asked for without.
    """
    with tempfile.TemporaryDirectory(prefix="cardgen-") as folder:
        bare = replace(job, folder=folder, lead=(), lead_grid=None, record=False)
        killers = []
        for killer in _killers(bare, job.copies, kills):
            killers.append(killer)
            if len(killers) == MOST:
                break
    held = [_held(job, copy, _ALONE) for copy in killers]
    serials = {copy.copy.serial for copy in killers}
    left = [copy for copy in job.copies if copy.copy.serial not in serials]
    why = _MANY if len(killers) == MOST else "" if killers or job.lead else _TOGETHER
    if not why and job.attempt > TRIES:
        why = _TOGETHER
    if why:
        held += [_held(job, copy, why) for copy in left]
        left = []
    return VolumeResult(
        name=job.name,
        layout=job.layout,
        village=job.village,
        sheets=0,
        printed=(),
        failed=tuple(held),
        seconds={},
        bundle=job.bundle,
        lead_fault="" if killers or not job.lead else "排它时，印制的进程意外结束",
        again=tuple(copy.copy.serial for copy in left),
    )


def _killers(job: Job, copies: Sequence[Filled], kills: Kills) -> Iterator[Filled]:
    """The copies among these that kill, found by halves."""
    half = len(copies) // 2
    for some in (copies[:half], copies[half:]):
        if some and kills(replace(job, copies=tuple(some))):
            yield from some if len(some) == 1 else _killers(job, some, kills)


def _held(job: Job, filled: Filled, why: str) -> Held:
    found = problem(Code.COPY_FAILED, f"{filled.copy.serial}：{why}，所以没有印。")
    return Held(job.layout, filled.copy.subject, filled.copy.village, (found,))

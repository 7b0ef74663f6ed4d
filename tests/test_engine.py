"""The engine: results in the order of the jobs, few jobs at a time, the same files always."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from drawing import card, card_job

from cardgen.engine import Engine, Kills, default_workers, open_engine, processes
from cardgen.engine.processes import Processes
from cardgen.engine.serial import Serial
from cardgen.errors import LayoutError, OutputError, UsageError
from cardgen.model import VolumeResult
from cardgen.volume import make_volume


def result(name: str, **seconds: float) -> VolumeResult:
    return VolumeResult(name, "hand", "唐湾村", 0, (), (), seconds)


def slow_first(number: int) -> VolumeResult:
    """The sooner a job comes, the longer it takes."""
    time.sleep(0.15 if number == 0 else 0)
    return result(str(number))


def loaded(_: int) -> VolumeResult:
    """Which of these modules a worker has in memory."""
    names = ("weasyprint", "jinja2", "openpyxl", "python_calamine", "cardgen.volume", "reportlab")
    return result(" ".join(name for name in names if name in sys.modules))


def complain(number: int) -> VolumeResult:
    if number == 1:
        raise LayoutError("版式坏了", "改好它")
    return result(str(number))


class Jobs:
    """Numbers, counted as they are taken."""

    def __init__(self, count: int) -> None:
        self.taken = 0
        self._count = count

    def __iter__(self) -> Iterator[int]:
        for number in range(self._count):
            self.taken += 1
            yield number


@pytest.fixture(scope="module")
def pool() -> Iterator[Engine]:
    """Two workers, shared by the tests that do not kill them."""
    with Processes(2) as engine:
        yield engine


def test_results_come_in_the_order_of_the_jobs(pool: Engine) -> None:
    assert [r.name for r in pool.run(slow_first, range(9))] == [str(n) for n in range(9)]


def test_only_a_few_jobs_wait_at_a_time(pool: Engine) -> None:
    jobs = Jobs(50)
    for number, _ in enumerate(pool.run(slow_first, jobs)):
        assert jobs.taken <= number + 4  # two for each worker
    assert jobs.taken == 50


def test_one_process_takes_a_job_when_its_result_is_wanted() -> None:
    jobs = Jobs(50)
    with Serial() as engine:
        for number, _ in enumerate(engine.run(slow_first, jobs), start=1):
            assert jobs.taken == number


def test_a_worker_has_loaded_no_layout_engine(pool: Engine) -> None:
    """WeasyPrint alone would cost each worker half a second and 60 MB."""
    (found,) = {r.name for r in pool.run(loaded, range(4))}
    assert found == "cardgen.volume reportlab"


def test_no_jobs_are_no_results(pool: Engine) -> None:
    assert list(pool.run(slow_first, [])) == []


def test_an_error_in_a_worker_comes_out_as_it_is(pool: Engine) -> None:
    with pytest.raises(LayoutError) as told:
        list(pool.run(complain, range(4)))
    assert (told.value.message, told.value.hint) == ("版式坏了", "改好它")


# -- workers that die --------------------------------------------------------------------------


class Deadly(NamedTuple):
    """Numbers of which some end the process that meets them, each so many times."""

    numbers: tuple[int, ...]
    deadly: tuple[int, ...] = ()
    folder: str = ""
    times: int = 1000


def meet(job: Deadly) -> VolumeResult:
    for number in job.numbers:
        if number not in job.deadly:
            continue
        deaths = Path(job.folder) / str(number)
        before = len(deaths.read_bytes()) if deaths.exists() else 0
        if before < job.times:
            deaths.write_bytes(b"x" * (before + 1))
            os.kill(os.getpid(), signal.SIGKILL)
    return result(" ".join(map(str, job.numbers)))


def one_of_many(job: Deadly, kills: Kills[Deadly]) -> VolumeResult:
    found = [n for n in job.numbers if kills(job._replace(numbers=(n,)))]
    return result(f"killed by {found}")


def names(engine: Engine, jobs: list[Deadly]) -> list[str]:
    return [r.name for r in engine.run(meet, jobs, rescue=one_of_many)]


def test_what_a_batch_that_was_given_up_left_waiting_is_not_done(tmp_path: Path) -> None:
    """The engine goes on with the next township: the jobs of the last are not in its way."""
    log = str(tmp_path / "log")
    with Processes(1) as engine:
        engine.waiting = 30
        results = engine.run(watched, [(n + 10, log) for n in range(30)])
        assert next(results).name == "10"
        results.close()  # type: ignore[attr-defined]
        list(engine.run(watched, [(4, log)]))
    begun = [line for line in Path(log).read_text("utf-8").split() if line.endswith("+")]
    assert begun[-1] == "4+" and len(begun) < 6


@pytest.mark.parametrize("workers", [1, 2])
def test_a_job_whose_worker_died_by_chance_is_done_again(workers: int, tmp_path: Path) -> None:
    with Processes(workers) as engine:
        jobs = [Deadly((n,), (3, 4), str(tmp_path), 1) for n in range(9)]
        assert names(engine, jobs) == [str(n) for n in range(9)]


def test_jobs_that_kill_are_told_from_those_that_were_there(tmp_path: Path) -> None:
    with Processes(2) as engine:
        jobs = [Deadly((n, n + 50), (2, 3, 57), str(tmp_path)) for n in range(9)]
        told = [f"{n} {n + 50}" for n in range(9)]
        for n, killer in ((2, 2), (3, 3), (7, 57)):
            told[n] = f"killed by [{killer}]"
        assert names(engine, jobs) == told
        # Known by the second time that it ran alone; the last time the probe was just it.
        assert len((tmp_path / "57").read_bytes()) <= 4


def test_a_job_that_killed_is_tried_again_when_nothing_else_runs(tmp_path: Path) -> None:
    """It may have died of what its neighbour did; and its neighbour is not blamed for it."""
    log = tmp_path / "log"
    with Processes(2) as engine:
        jobs = [(n, str(log)) for n in range(4)]
        told = engine.run(watched, jobs, rescue=lambda job, _: result(f"killed by {job[0]}"))
        assert [r.name for r in told] == ["0", "1", "2", "killed by 3"]
    lines = log.read_text("utf-8").split()
    assert lines[-2:] == ["2-", "3+"] and lines.count("2+") == 1 and lines.count("3+") == 2


def watched(job: tuple[int, str]) -> VolumeResult:
    number, log = job
    note(log, f"{number}+")
    time.sleep(0.4 if number == 2 else 0.1)
    if number == 3:
        os._exit(11)
    note(log, f"{number}-")
    return result(str(number))


def note(log: str, text: str) -> None:
    with Path(log).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def test_the_job_that_follows_from_a_result_may_kill_too(tmp_path: Path) -> None:
    def renew(job: Deadly, _result: VolumeResult) -> Deadly | None:
        return job._replace(numbers=(7,)) if job.numbers == (1,) else None

    with Processes(2) as engine:
        jobs = [Deadly((n,), (7,), str(tmp_path)) for n in range(3)]
        told = [r.name for r in engine.run(meet, jobs, renew, one_of_many)]
    assert told == ["0", "1", "killed by [7]", "2"]


def test_where_nobody_can_say_what_came_of_it_the_command_ends_with_advice(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as told, Processes(1) as engine:
        list(engine.run(meet, [Deadly((n,), (2,), str(tmp_path)) for n in range(4)]))
    assert told.value.message == "一个工作进程两次意外结束，没有做完。"
    assert told.value.hint == "再运行同一条命令；若再发生，加 --jobs 0 单进程运行。"


def test_where_no_worker_can_live_the_command_ends_with_advice(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "_work", os.abort)
    with pytest.raises(OutputError) as told, Processes(1) as engine:
        list(engine.run(meet, [Deadly((1,))], rescue=one_of_many))
    assert told.value.message == "工作进程一起动就意外结束，没有印完。"


# -- which engine ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "workers", "kind"),
    [
        ("serial", None, Serial),
        ("serial", 2, Serial),
        ("processes", 0, Serial),
        ("processes", 1, Processes),
    ],
)
def test_an_engine_is_chosen_by_name(choice: str, workers: int | None, kind: type) -> None:
    with open_engine(choice, workers) as engine:
        assert type(engine) is kind


@pytest.mark.parametrize(
    ("choice", "hint"),
    [
        ("process", "最接近的是 processes。可以写：serial、processes、dask://主机:端口。"),
        ("", "可以写：serial、processes、dask://主机:端口。"),
    ],
)
def test_a_name_that_is_no_engine_names_those_that_are(choice: str, hint: str) -> None:
    with pytest.raises(UsageError) as told:
        open_engine(choice)
    assert told.value.message == f"--engine 后面不能写“{choice}”。"
    assert told.value.hint == hint


def test_any_number_of_workers_makes_the_same_files(tmp_path: Path, pool: Engine) -> None:
    found = {}
    for workers, engine in ((0, Serial()), (1, Processes(1)), (2, pool)):
        folder = tmp_path / str(workers)
        jobs = [
            card_job(
                folder,
                name=f"hand/{village}-001.pdf",
                village=village,
                copies=tuple(card(number, name="张𬱖") for number in range(at, at + 7)),
            )
            for at, village in ((0, "唐湾村"), (10, "石桥村"), (20, "柳林村"))
        ]
        results = list(engine.run(make_volume, jobs))
        assert [r.village for r in results] == ["唐湾村", "石桥村", "柳林村"]
        hashes = [hashlib.sha256((folder / r.name).read_bytes()).hexdigest() for r in results]
        assert hashes == [r.sha256 for r in results]
        found[workers] = [(r.printed, r.sha256, r.thumbnail) for r in results]
        if engine is not pool:
            engine.close()
    assert found[0] == found[1] == found[2]


def test_as_many_workers_as_the_machine_lets_this_process_use() -> None:
    assert default_workers() == len(os.sched_getaffinity(0))

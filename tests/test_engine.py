"""The engine: results in the order of the jobs, few jobs at a time, the same files always."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from drawing import card, card_job

from cardgen.engine import Engine, default_workers
from cardgen.errors import LayoutError, OutputError
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


def die(number: int) -> VolumeResult:
    if number == 2:
        os._exit(9)
    return result(str(number))


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
    with Engine(2) as engine:
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
    with Engine(0) as engine:
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


@pytest.mark.parametrize("after", [4, 40])
def test_a_worker_that_dies_ends_the_batch_with_advice(after: int) -> None:
    with pytest.raises(OutputError) as told, Engine(1) as engine:
        list(engine.run(die, range(after)))
    assert told.value.message == "一个工作进程意外结束了，这一批没有印完。"
    assert told.value.hint == "再运行同一条命令；若再发生，加 --jobs 0 单进程运行。"


def test_any_number_of_workers_makes_the_same_files(tmp_path: Path, pool: Engine) -> None:
    found = {}
    for workers, engine in ((0, Engine(0)), (1, Engine(1)), (2, pool)):
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
            engine.__exit__(None, None, None)
    assert found[0] == found[1] == found[2]


def test_as_many_workers_as_the_machine_lets_this_process_use() -> None:
    assert default_workers() == len(os.sched_getaffinity(0))

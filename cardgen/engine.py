"""Run volumes: jobs in, results out in the order of the jobs.

In this process, or in worker processes that start without WeasyPrint. However many work,
the files are the same. Only a few jobs wait at a time, so that memory stays flat.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import TypeVar

from cardgen.errors import OutputError

WAITING_A_WORKER = 2
_WORKER = "cardgen.volume"
_Job = TypeVar("_Job")
_Result = TypeVar("_Result")


def default_workers() -> int:
    """As many workers as the machine lets this process use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _never(_job: object, _result: object) -> None:
    """No job follows another."""


def _until_done(
    make: Callable[[_Job], _Result],
    job: _Job,
    result: _Result,
    renew: Callable[[_Job, _Result], _Job | None],
) -> Iterator[_Result]:
    """A job's result, and those of the jobs that follow from it."""
    yield result
    while (following := renew(job, result)) is not None:
        job, result = following, make(following)
        yield result


class Engine:
    """Runs one function over jobs. Workers start at once, so that they warm up meanwhile."""

    def __init__(self, workers: int = 0) -> None:
        """0 workers: everything runs in this process."""
        self._pool: ProcessPoolExecutor | None = None
        self._waiting = max(1, workers * WAITING_A_WORKER)
        if workers > 0:
            method = "forkserver" if "forkserver" in _methods() else "spawn"
            context = multiprocessing.get_context(method)
            if method == "forkserver":
                context.set_forkserver_preload([_WORKER])
            self._pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_warm_up)
            # The first job starts the workers, and waits until their server has loaded the press.
            self._starter = threading.Thread(target=_start, args=(self._pool,))
            self._starter.start()

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._pool is not None:
            self._starter.join()
            self._pool.shutdown(wait=kind is None, cancel_futures=True)

    def run(
        self,
        make: Callable[[_Job], _Result],
        jobs: Iterable[_Job],
        renew: Callable[[_Job, _Result], _Job | None] = _never,
    ) -> Iterator[_Result]:
        """The result of each job, in the order of the jobs. Takes jobs only as they are needed.

        `renew` looks at each result, and gives the job that is to follow it at once, or None.
        """
        if self._pool is None:
            for job in jobs:
                yield from _until_done(make, job, make(job), renew)
            return
        self._starter.join()
        pool = self._pool
        waiting: deque[tuple[_Job, Future[_Result]]] = deque()

        def first() -> Iterator[_Result]:
            job, future = waiting.popleft()
            return _until_done(lambda new: pool.submit(make, new).result(), job,
                               future.result(), renew)  # fmt: skip

        try:
            for job in jobs:
                waiting.append((job, pool.submit(make, job)))
                if len(waiting) >= self._waiting:
                    yield from first()
            while waiting:
                yield from first()
        except BrokenProcessPool as error:
            raise OutputError(
                "一个工作进程意外结束了，这一批没有印完。",
                "再运行同一条命令；若再发生，加 --jobs 0 单进程运行。",
            ) from error


def _methods() -> list[str]:
    return multiprocessing.get_all_start_methods()


def _start(pool: ProcessPoolExecutor) -> None:
    # Processes inherit the mask of the thread that starts them: Ctrl+C reaches the whole
    # group, and must not hit a worker or their server while it loads.
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    pool.submit(_nothing)


def _nothing() -> None:
    """A job that makes the pool start its workers."""


def _warm_up() -> None:
    """Load what a volume needs before the first one comes."""
    # Ctrl+C reaches the whole group of processes; the parent answers it for all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from cardgen.volume import warm_up

    warm_up()

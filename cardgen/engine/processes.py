"""The engine with worker processes on this machine, which start without WeasyPrint.

A worker that dies takes its job with it, and those of the other workers: Python gives the whole
pool up. Then the lost jobs are run again one at a time, until the one that kills is known.
Workers do not outlive their parent.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, wait
from multiprocessing.connection import wait as wait_for

from cardgen.engine.base import Engine, Make, Pending, Rescue, Task, _Job, _Result
from cardgen.errors import OutputError

WAITING_A_WORKER = 2
TRIES = 2  # a job that ended its worker so often when it ran alone is what kills
_WORKER = "cardgen.volume"


def default_workers() -> int:
    """As many workers as the machine lets this process use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Processes(Engine):
    """A pool of workers, opened anew when one of them dies."""

    def __init__(self, workers: int) -> None:
        self.waiting = workers * WAITING_A_WORKER
        self._workers = workers
        self._open()

    def submit(self, make: Make[_Job, _Result], job: _Job) -> Pending[_Result]:
        """Give the job to the next free worker."""
        return self._submit(make, job)

    def recover(
        self,
        make: Make[_Job, _Result],
        tasks: Sequence[Task[_Job, _Result]],
        rescue: Rescue[_Job, _Result],
    ) -> None:
        """Run the lost jobs alone, one after the other, until one kills; then all others again."""
        self._reopen()  # waits until the workers of the old pool are gone, and every job is settled
        lost = [task for task in tasks if _is_lost(task.pending)]
        found = False
        for task in lost:
            if found:
                task.pending = self._submit(make, task.job)
                continue
            first = self._alone(make, task.job)
            found = _is_lost(first)
            task.pending = self.settle(make, task.job, rescue, TRIES - 1) if found else first

    def settle(
        self,
        make: Make[_Job, _Result],
        job: _Job,
        rescue: Rescue[_Job, _Result],
        tries: int = TRIES,
    ) -> Pending[_Result]:
        """What comes of a job that is run alone; of one that kills each time, its rescue."""
        for _ in range(tries):
            future = self._alone(make, job)
            if not _is_lost(future):
                return future

        def kills(probe: _Job) -> bool:
            tried = self._alone(make, probe)
            if is_lost := _is_lost(tried):
                return is_lost
            tried.result()  # a full disk is no answer
            return False

        settled: Future[_Result] = Future()
        settled.set_result(rescue(job, kills))
        return settled

    def close(self, *, wait: bool) -> None:
        """Let the workers end; what has not begun is not done."""
        self._starter.join()
        if self._is_broken():
            # Python ends the workers of a broken pool, but waits for ever for one that was
            # just being started then (3.11): nobody starts one any more, so end them all.
            for process in list(self._processes.values()):
                process.kill()
        self._pool.shutdown(wait=wait, cancel_futures=True)

    def _is_broken(self) -> bool:
        try:
            self._pool.submit(_nothing)
        except BrokenExecutor:
            return True
        return False

    def _alone(self, make: Make[_Job, _Result], job: _Job) -> Future[_Result]:
        """Run a job while no other one is; where it kills, there is a new pool afterwards."""
        future = self._submit(make, job)
        wait([future])
        if _is_lost(future):
            self._reopen()
        return future

    def _submit(self, make: Make[_Job, _Result], job: _Job) -> Future[_Result]:
        self._starter.join()
        try:
            return self._pool.submit(make, job)
        except BrokenExecutor as error:  # told when its result is asked for, in its turn
            lost: Future[_Result] = Future()
            lost.set_exception(error)
            return lost

    def _open(self) -> None:
        method = "forkserver" if "forkserver" in _methods() else "spawn"
        context = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload([_WORKER])
        self._pool = ProcessPoolExecutor(self._workers, mp_context=context, initializer=_warm_up)
        self._processes = self._pool._processes
        # The first job starts the workers, and waits until their server has loaded the press.
        self._starter = threading.Thread(target=_start, args=(self._pool,))
        self._starter.start()

    def _reopen(self) -> None:
        """A new pool in place of a broken one. Raises OutputError where no worker can live."""
        self.close(wait=True)
        self._open()
        self._starter.join()
        try:
            self._pool.submit(_nothing).result()
        except BrokenExecutor as error:
            raise OutputError(
                "工作进程一起动就意外结束，没有印完。",
                "请看内存是不是不够；再运行同一条命令时，加 --engine serial 单进程运行。",
            ) from error


def _is_lost(pending: object) -> bool:
    """Whether its worker died before it was done."""
    assert isinstance(pending, Future)
    return pending.done() and isinstance(pending.exception(), BrokenExecutor)


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
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from cardgen.volume import warm_up

    warm_up()


def _end_with_parent() -> None:
    """End this worker when its parent is gone: a killed one tells nobody, and the same command
    may be printing the same files again already."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait_for([parent.sentinel])
    os._exit(1)

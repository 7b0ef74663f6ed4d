"""The engine with worker processes on this machine, which start without WeasyPrint.

Each worker has a pipe and a thread of its own that hands it jobs: so a worker that dies takes
one job with it, and it is known which. Python's own pool gives all jobs up then, and may wait
for ever for a worker that it was just starting (3.11). Workers do not outlive their parent.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import threading
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, wait
from contextlib import suppress
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.connection import wait as wait_for
from typing import Any

from cardgen.engine.base import Engine, Make, Pending, Rescue, Task, _Job, _Result
from cardgen.errors import OutputError

WAITING_A_WORKER = 2
TRIES = 2  # a job that ended its worker so often, the last time alone, is what kills
_WORKER = "cardgen.volume"
_Item = tuple["Future[Any]", Callable[[Any], Any], Any]


def default_workers() -> int:
    """As many workers as the machine lets this process use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Processes(Engine):
    """Workers that take jobs from one queue; one that dies is replaced."""

    def __init__(self, workers: int) -> None:
        self.waiting = workers * WAITING_A_WORKER
        self._items: queue.SimpleQueue[_Item | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=_serve, args=(self._items,), daemon=True)
            for _ in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, make: Make[_Job, _Result], job: _Job) -> Pending[_Result]:
        """Give the job to the next free worker."""
        return self._submit(make, job)

    def recover(
        self,
        make: Make[_Job, _Result],
        tasks: Sequence[Task[_Job, _Result]],
        rescue: Rescue[_Job, _Result],
    ) -> None:
        """Do the first job again once all others are done: it may have died of another's."""
        wait([task.pending for task in tasks if isinstance(task.pending, Future)])
        tasks[0].pending = self.settle(make, tasks[0].job, rescue, TRIES - 1)

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

    def close(self) -> None:
        """Let the workers end with what they are at; what has not begun is not done."""
        while True:
            try:
                item = self._items.get_nowait()
            except queue.Empty:
                break
            if item is not None:
                item[0].cancel()
        for _ in self._threads:
            self._items.put(None)
        for thread in self._threads:
            thread.join()

    def _alone(self, make: Make[_Job, _Result], job: _Job) -> Future[_Result]:
        """Run a job while no other one is."""
        future = self._submit(make, job)
        wait([future])
        return future

    def _submit(self, make: Make[_Job, _Result], job: _Job) -> Future[_Result]:
        future: Future[_Result] = Future()
        self._items.put((future, make, job))
        return future


def _is_lost(future: Future[Any]) -> bool:
    """Whether its worker died before it was done."""
    return isinstance(future.exception(), BrokenExecutor)


# -- in the parent, a thread for each worker


def _serve(items: queue.SimpleQueue[_Item | None]) -> None:
    """Keep one worker, give it jobs, and settle their futures."""
    # Processes inherit the mask of the thread that starts them: Ctrl+C reaches the whole
    # group, and must not hit a worker or their server while it loads.
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # its own start would take the mask away again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    worker = _started()
    while (item := items.get()) is not None:
        future, make, job = item
        if not future.set_running_or_notify_cancel():
            continue
        try:
            worker = worker or _started()
            if worker is None:
                raise OutputError(
                    "工作进程一起动就意外结束，没有印完。",
                    "请看内存是不是不够；再运行同一条命令时，加 --engine serial 单进程运行。",
                )
            result = worker.do(make, job)
        except BaseException as error:
            if isinstance(error, BrokenExecutor):
                worker = _started()
            future.set_exception(error)
        else:
            future.set_result(result)
        del item, future, job  # not kept while the next one is waited for
    if worker is not None:
        worker.end()


def _started() -> _Worker | None:
    """A worker that is ready; None where none can live, tried twice."""
    for _ in range(2):
        try:
            return _Worker()
        except (BrokenExecutor, OSError, EOFError):
            continue
    return None


class _Worker:
    """A worker process and the pipe to it."""

    def __init__(self) -> None:
        """Start it, and wait until it is ready. Raises BrokenExecutor where it dies before."""
        method = (
            "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
        )
        context: Any = multiprocessing.get_context(method)
        if method == "forkserver":
            context.set_forkserver_preload([_WORKER])
        self._pipe, there = multiprocessing.Pipe()
        self._process = context.Process(target=_work, args=(there,), daemon=True)
        self._process.start()
        there.close()  # so that the pipe ends when the worker does
        self._received()

    def do(self, make: Callable[[Any], Any], job: object) -> object:
        """What comes of the job. Raises what it raised, BrokenExecutor where the worker died."""
        content = pickle.dumps((make, job), protocol=5)
        with suppress(OSError):  # it died before: told below
            self._pipe.send_bytes(content)
        result, error, trace = pickle.loads(self._received())
        if error is not None:
            raise error from _There(trace)
        return result

    def end(self) -> None:
        """Let it end."""
        self._pipe.close()
        self._process.join()

    def _received(self) -> bytes:
        try:
            return self._pipe.recv_bytes()
        except (EOFError, OSError) as error:
            self.end()
            code = self._process.exitcode
            raise BrokenExecutor(f"a worker process ended with {code}") from error


class _There(Exception):
    """Where an error was raised in a worker: the lines of code, as one text."""

    def __init__(self, tb: str) -> None:
        super().__init__(tb)
        self.tb = tb


# -- in the worker


def _work(pipe: Connection) -> None:
    """Do jobs until the pipe ends."""
    # Ctrl+C reaches the whole group of processes; the parent answers it for all.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from cardgen.volume import warm_up

    warm_up()
    pipe.send_bytes(b"ready")
    while True:
        try:
            content = pipe.recv_bytes()
        except (EOFError, OSError):
            return
        told = _told(content)
        del content
        pipe.send_bytes(told)


def _told(content: bytes) -> bytes:
    """What came of a job, packed: its result, or the error with its lines of code."""
    try:
        make, job = pickle.loads(content)
        return pickle.dumps((make(job), None, ""), protocol=5)
    except BaseException as error:
        trace = traceback.format_exc()
        try:
            return pickle.dumps((None, error, trace), protocol=5)
        except Exception:  # an error that cannot be packed
            return pickle.dumps((None, RuntimeError(type(error).__name__), trace), protocol=5)


def _end_with_parent() -> None:
    """End this worker when its parent is gone: a killed one tells nobody, and the same command
    may be printing the same files again already."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait_for([parent.sentinel])
    os._exit(1)

"""What all engines have in common: the order of results, and what comes of a dead worker.

An engine has the shape of concurrent.futures: it takes a function and a job, and gives
something with a `result`. All else is here. A worker that died is a BrokenExecutor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, NoReturn, Protocol, TypeAlias, TypeVar

from cardgen.errors import OutputError

_Job = TypeVar("_Job")
_Result = TypeVar("_Result")
_Some = TypeVar("_Some", covariant=True)

Make: TypeAlias = Callable[[_Job], _Result]
Kills: TypeAlias = Callable[[_Job], bool]
"""Whether this job, run alone in a worker of its own, ends that worker."""
Rescue: TypeAlias = Callable[[_Job, Kills[_Job]], _Result]
"""What to say of a job that ended its worker twice; it may run smaller ones to find out why."""


class Pending(Protocol[_Some]):
    """Work that was handed out: the part of concurrent.futures.Future that is used."""

    def result(self) -> _Some:
        """What came of it, once it is there. Raises what the work raised."""


@dataclass(slots=True)
class Task(Generic[_Job, _Result]):
    """A job that was handed out, and what will come of it."""

    job: _Job
    pending: Pending[_Result]


def _never(_job: object, _result: object) -> None:
    """No job follows another."""


def _give_up(_job: object, _kills: object) -> NoReturn:
    raise OutputError(
        "一个工作进程两次意外结束，没有做完。",
        "再运行同一条命令；若再发生，加 --jobs 0 单进程运行。",
    )


class Engine(ABC):
    """Runs one function over jobs. Whatever it needs is started at once, to warm up meanwhile.

    `waiting` is how many jobs are handed out at a time.
    """

    waiting: int = 1

    @abstractmethod
    def submit(self, make: Make[_Job, _Result], job: _Job) -> Pending[_Result]:
        """Hand a job out."""

    def recover(
        self,
        make: Make[_Job, _Result],
        tasks: Sequence[Task[_Job, _Result]],
        rescue: Rescue[_Job, _Result],
    ) -> None:
        """Hand those of the tasks out again that were lost when a worker died.

        The first is one of them. The job that kills gets the result of `rescue`.
        """
        raise NotImplementedError("an engine without workers loses none")

    def close(self) -> None:  # noqa: B027 - serial has nothing to let go
        """Let go of the workers, once they are done with what they are at."""

    def __enter__(self) -> Engine:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def run(
        self,
        make: Make[_Job, _Result],
        jobs: Iterable[_Job],
        renew: Callable[[_Job, _Result], _Job | None] = _never,
        rescue: Rescue[_Job, _Result] = _give_up,
    ) -> Iterator[_Result]:
        """The result of each job, in the order of the jobs. Takes jobs only as they are needed.

        `renew` looks at each result, and gives the job that is to follow it at once, or None.
        `rescue` says what came of a job that ends whichever worker it is given to.
        """
        tasks: deque[Task[_Job, _Result]] = deque()

        def results(most: int) -> Iterator[_Result]:
            """Those of the first tasks, until so many are left."""
            while len(tasks) > most:
                try:
                    result = tasks[0].pending.result()
                except BrokenExecutor:
                    self.recover(make, tasks, rescue)
                    continue
                job = tasks.popleft().job
                yield result
                if (following := renew(job, result)) is not None:
                    tasks.appendleft(Task(following, self.submit(make, following)))

        try:
            for job in jobs:
                tasks.append(Task(job, self.submit(make, job)))
                yield from results(self.waiting - 1)
            yield from results(0)
        finally:
            for task in tasks:  # of a batch that was given up: the engine may go on with others
                if isinstance(task.pending, Future):
                    task.pending.cancel()

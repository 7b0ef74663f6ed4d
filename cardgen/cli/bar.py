"""Progress on a terminal: the stage, a bar, how many copies are done, and the time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text


class _Left(ProgressColumn):
    """The time left, once it can be told."""

    max_refresh = 0.5

    def render(self, task: Task) -> Text:
        """How long it will still take."""
        left = task.time_remaining
        if left is None or task.finished:
            return Text("")
        minutes, seconds = divmod(round(left), 60)
        return Text(f"还需 {f'{minutes} 分 ' if minutes else ''}{seconds} 秒")


class Bar:
    """Told how far a batch is, as `cardgen.progress.Progress` asks for it."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress, self._task = progress, task

    def stage(self, name: str) -> None:
        """Name the stage."""
        self._progress.update(self._task, description=name)

    def copies(self, done: int, total: int) -> None:
        """Move the bar."""
        counts = f"{done:,}/{total:,} 份"
        self._progress.update(self._task, completed=done, total=total or None, counts=counts)


@contextmanager
def bar(console: Console) -> Iterator[Bar]:
    """A bar that is drawn while the block runs, and gone after it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[counts]}"),
        _Left(),
    )
    with Progress(*columns, console=console, transient=True, refresh_per_second=4) as progress:
        yield Bar(progress, progress.add_task("准备", total=None, counts=""))

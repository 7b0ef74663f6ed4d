"""Count seconds: on the wall, and of the processors, child processes included."""

from __future__ import annotations

import os
import time
from types import TracebackType


class Stopwatch:
    """Counts while it is entered; may be entered again and again."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.cpu_seconds = 0.0
        self._began = (0.0, 0.0)

    def __enter__(self) -> None:
        self._began = (time.perf_counter(), _cpu())

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.seconds += time.perf_counter() - self._began[0]
        self.cpu_seconds += _cpu() - self._began[1]


def _cpu() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system

"""How far a long piece of work is, and what time it took: for people and for reports."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Told how far a batch is. `total` is 0 while it is not known."""

    def stage(self, name: str) -> None:
        """A stage begins."""

    def copies(self, done: int, total: int) -> None:
        """So many copies are finished."""


class Quiet:
    """Progress that nobody watches."""

    def stage(self, name: str) -> None:
        """Say nothing."""

    def copies(self, done: int, total: int) -> None:
        """Say nothing."""


class Clock:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count the time of this block to a stage."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - start)

    def add(self, name: str, seconds: float) -> None:
        """Count seconds to a stage."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds

"""Many townships printed in one go: what became of each, and the sum of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a township was not printed, or must not be handed out, as the command says it."""

    message: str
    hint: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class TownshipLine:
    """What became of one township. Without more where it could not be printed.

    `folder` is its workspace, `report` its report.html, nothing where there is none; `earlier`
    counts the files that were there already; `seconds` are by stage, with the total.
    """

    folder: str
    title: str = ""
    issuer: str = ""
    households: int = 0
    copies: int = 0
    printed: int = 0
    unchanged: int = 0
    excluded: int = 0
    failed: int = 0
    recalled: int = 0
    files: int = 0
    earlier: int = 0
    pages: int = 0
    report: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict, hash=False)
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class County:
    """Townships in the order in which they were named; `seconds` is how long all took."""

    townships: tuple[TownshipLine, ...]
    seconds: float

    def total(self, what: str) -> int:
        """The sum of one of the counts."""
        return sum(getattr(line, what) for line in self.townships)

    @property
    def failures(self) -> tuple[TownshipLine, ...]:
        """The townships that were not printed, or must not be handed out."""
        return tuple(line for line in self.townships if line.failure is not None)

    @property
    def exit_code(self) -> int:
        """That of the first one that failed, or 0."""
        return next((line.failure.exit_code for line in self.failures if line.failure), 0)

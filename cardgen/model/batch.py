"""A batch: what became of each volume, and the proof that nobody was missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from cardgen.errors import LayoutError
from cardgen.model.copy import Held
from cardgen.model.roster import Origin, Problem


class ProofMode(StrEnum):
    """How many copies are read back from the finished file."""

    ALL = "all"
    SAMPLE = "sample"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Printed:
    """One line of manifest.csv: where a copy stands."""

    serial: str
    layout: str
    subject: str
    village: str
    file: str
    sheet: int
    side: int
    cell: int
    x_mm: float
    y_mm: float
    width_mm: float
    height_mm: float
    digest: str


@dataclass(frozen=True, slots=True)
class VolumeResult:
    """What became of a volume: copies on their cells, copies that failed, and the file.

    `sheets` counts sides as PDF pages; `thumbnail` is the first page as a small PNG;
    `seconds` is time by stage. A volume without a file has `sheets` 0 and all copies failed.
    `error` is why a form could not be laid out.
    `lead` counts the pages on top of the volume, `lead_fault` is why there are none. `again`
    are the serials that are left where a cover would be wrong, or where others ended the
    worker: the volume must be made anew with these alone, and there is no file yet.
    """

    name: str
    layout: str
    village: str
    sheets: int
    printed: tuple[Printed, ...]
    failed: tuple[Held, ...]
    seconds: Mapping[str, float] = field(hash=False)
    size: int = 0
    sha256: str = ""
    thumbnail: bytes = field(default=b"", repr=False)
    error: LayoutError | None = None
    bundle: str = ""
    lead: int = 0
    lead_fault: str = ""
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tally:
    """The proof of coverage for one layout: copies = printed + unchanged + excluded + failed.

    `subjects` counts what the copies are made for (households in the roster, villages, …);
    `forms` the forms laid out, `stamped` the copies that share a form with another;
    `unchanged` those that are out and still true, where only others were asked for.
    """

    layout: str
    title: str
    subjects: int
    copies: int
    printed: int
    excluded: int
    failed: int
    forms: int
    stamped: int
    unchanged: int = 0

    @property
    def closes(self) -> bool:
        """Whether nothing is missing and nothing is there twice."""
        return self.copies == self.printed + self.unchanged + self.excluded + self.failed


@dataclass(frozen=True, slots=True)
class FileLine:
    """One finished file, as reports list it.

    `bundle` is what its carrier takes; `lead` counts the pages in front of the first copy.
    """

    name: str
    layout: str
    village: str
    sheets: int
    copies: int
    size: int
    sha256: str
    bundle: str = ""
    lead: int = 0


@dataclass(frozen=True, slots=True)
class BatchResult:
    """All that a report says of a batch. `by_village` is (layout, village) to printed, held.

    `held` are the copies that were not printed, with their reasons, excluded ones too;
    `rows_excluded` the rows of the roster that are no household (an example, a repetition);
    `mark` what the batch is known by; `earlier` counts the files that were there already, of
    the same batch; `recalled` the copies that are asked for back; `folder` is where it all is,
    nothing where nothing was printed.
    """

    title: str
    issuer: str
    households: int
    tallies: tuple[Tally, ...]
    held: tuple[Held, ...]
    problems: tuple[Problem, ...]
    files: tuple[FileLine, ...]
    by_village: Mapping[tuple[str, str], tuple[int, int]] = field(hash=False)
    seconds: Mapping[str, float] = field(hash=False)
    rows_excluded: tuple[tuple[Origin, str], ...] = ()
    thumbnails: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)
    proof: str = "all"
    mark: str = ""
    earlier: int = 0
    recalled: int = 0
    folder: str = ""

    @property
    def copies(self) -> int:
        """Copies planned, over all layouts."""
        return sum(tally.copies for tally in self.tallies)

    @property
    def printed(self) -> int:
        """Copies that stand in finished files."""
        return sum(tally.printed for tally in self.tallies)

    @property
    def unchanged(self) -> int:
        """Copies that are out and still true, and were not printed again."""
        return sum(tally.unchanged for tally in self.tallies)

    @property
    def closes(self) -> bool:
        """Whether the counts of every layout close."""
        return all(tally.closes for tally in self.tallies)

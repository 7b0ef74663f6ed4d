"""What a worker is given: one volume to make. Light: a job says what to do, and loads nothing.

The functions here load the press where they run, so that the process that hands jobs out
need not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cardgen.impose import Grid
from cardgen.model import (
    FOR_OFFICE,
    Filled,
    Form,
    Held,
    LayoutSpec,
    ProofMode,
    Target,
    VolumeResult,
)


@dataclass(frozen=True, slots=True)
class Job:
    """All that a worker needs for one volume. `folder` is where its file goes below.

    Papers that flow come without forms: `pages` has the HTML of each, by the key of its form,
    and `spec` says how to lay it out. `foot` is written at the foot of each sheet. `record` says
    whether what the file must show is kept beside it.

    `lead` are the pages on top of the volume, the cover first, each on `lead_grid`. They speak
    of just these copies: where one must be left out, the job is made anew, as its `attempt`.
    `bundle` is the name of what the carrier takes; `thumbnail` says whether a small picture of
    the file is wanted.
    """

    folder: str
    name: str
    title: str
    village: str
    layout: str
    grid: Grid
    order: str
    proof: ProofMode
    forms: Mapping[str, Form] = field(hash=False)
    copies: tuple[Filled, ...]
    pages: Mapping[str, str] = field(default_factory=dict, hash=False)
    foot: str = ""
    lead: tuple[Filled, ...] = ()
    lead_grid: Grid | None = None
    bundle: str = ""
    attempt: int = 1
    spec: LayoutSpec | None = None
    profile: Target = FOR_OFFICE
    record: bool = True
    thumbnail: bool = True


def load_press() -> None:
    """Load what makes volumes, before the first job is there."""
    from cardgen.volume import warm_up

    warm_up()


def make_volume(job: Job) -> VolumeResult:
    """Make the volume, in whichever process this is: see `cardgen.volume.make_volume`."""
    from cardgen import volume

    return volume.make_volume(job)


def fit_job(job: Job) -> list[Held]:
    """Only fit the copies: see `cardgen.volume.fit_job`."""
    from cardgen import volume

    return volume.fit_job(job)


def thumbnail(path: Path, lead: int) -> bytes:
    """A small picture of a finished file's first copies, behind so many pages on top."""
    from cardgen import volume

    return volume.picture_of(path, lead)

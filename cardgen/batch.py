"""A batch under way: the plan of each layout becomes jobs, their results become an account.

Between `produce`, which says what is printed, and `engine`, which runs it.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardgen.campaign import Campaign
from cardgen.engine import PROCESSES, Engine
from cardgen.job import Job, make_volume
from cardgen.killers import without_killers
from cardgen.model import (
    FOR_OFFICE,
    BatchResult,
    FileLine,
    Held,
    Problem,
    Profile,
    ProofMode,
    Tally,
    Target,
    VolumeResult,
)
from cardgen.plan import Selection, problems_of
from cardgen.progress import Clock, Progress
from cardgen.record import record_path
from cardgen.report import Manifest
from cardgen.runs import Run
from cardgen.whole import sweep_parts
from cardgen.workspace import CAMPAIGN_FILE, Workspace


@dataclass(frozen=True, slots=True)
class Options:
    """What to print and how. Empty means: all that the campaign asks for.

    `out` is the output folder, `<workspace>/out` where None. `workers` is None for as many
    as help, 0 for this process alone. `campaign` is the campaign's file in the workspace.
    `since` is the earlier roster, a folder or a file, that ledgers of changes compare with.
    `profile` and `icc` are None where the campaign's own are meant.
    `engine` is who does the work: see `cardgen.engine`.
    `cover`: whether cover and sign-off sheets lie on top of bundles; None as the campaign says.
    `only_changed`: only copies that say something else than what is out. `again`: all volumes
    are made anew, those of a finished batch too. `sheet` are keys of a `[sheet]` table that go
    before those of campaign and papers.
    """

    layouts: tuple[str, ...] = ()
    selection: Selection = field(default_factory=Selection)
    out: Path | None = None
    proof: ProofMode = ProofMode.ALL
    workers: int | None = None
    campaign: str = CAMPAIGN_FILE
    since: Path | None = None
    profile: Profile | None = None
    icc: Path | None = None
    cover: bool | None = None
    only_changed: bool = False
    again: bool = False
    engine: str = PROCESSES
    sheet: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def has_cover(self, campaign: Campaign) -> bool:
        """Whether bundles get their cover; single papers get none unless it is asked for."""
        usual = campaign.bundles.cover and not self.selection.households
        return usual if self.cover is None else self.cover

    def out_in(self, folder: Path) -> Path:
        """Where the files go: a part of a batch leaves the whole batch as it is."""
        return self.out or folder / ("out" if self.selection.is_all else "out/selected")


@dataclass
class Batch:
    """A batch under way: what has come of it so far."""

    workspace: Workspace
    options: Options
    progress: Progress
    clock: Clock
    target: Target = FOR_OFFICE
    total: int = 0
    done: int = 0
    tallies: list[Tally] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    files: list[FileLine] = field(default_factory=list)
    thumbnails: list[tuple[str, bytes]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    earlier: int = 0
    recalled: int = 0
    folder: str = ""
    by_village: Counter[tuple[str, str, bool]] = field(default_factory=Counter)

    def note(self, result: VolumeResult) -> None:
        """Add what became of a volume: its time, its file, its copies."""
        for stage, seconds in result.seconds.items():
            self.clock.add(stage, seconds)
        for copy in result.printed:
            self.by_village[result.layout, copy.village, True] += 1
        self.done += len(result.printed) + len(result.failed)
        self.progress.copies(self.done, self.total)
        if not result.sheets:
            return
        self.files.append(
            FileLine(
                result.name,
                result.layout,
                result.village,
                result.sheets,
                len(result.printed),
                result.size,
                result.sha256,
                result.bundle,
                result.lead,
            )
        )
        self.thumbnails.append((result.name, result.thumbnail))

    def close(self, run: Run) -> None:
        """Add a layout's account, once all its volumes are done."""
        held = run.held()
        for each in held:
            self.by_village[run.spec.name, each.village, False] += 1
        self.held += held
        self.problems += run.problems
        self.tallies.append(run.tally())


def print_layout(batch: Batch, run: Run, engine: Engine, manifest: Manifest, out: Path) -> None:
    """Print one layout's volumes, and add what became of them to the batch.

    Raises LayoutError where not one copy could be laid out.
    """
    jobs = run.jobs(out, batch.options.proof, batch.clock, batch.target)
    for result, is_new in _results(jobs, engine, run):
        run.note(result)
        batch.note(result)
        batch.earlier += not is_new
        if is_new:
            with batch.clock.stage("ledger"):
                run.editions.record(result)
        manifest.add(result.printed)
    error = run.first_error()
    if error is not None and not run.printed:
        raise error
    if batch.options.selection.is_all and not batch.options.only_changed:
        remove_stale(out, run.spec.name, {line.name for line in batch.files})
    sweep_parts(folders_of(out, run.spec.name))  # of workers that died on the way
    batch.close(run)


def folders_of(out: Path, layout: str) -> tuple[Path, Path]:
    """Where a layout's files are, and the records of what they must show."""
    return out / layout, record_path(out, f"{layout}/x").parent


def _results(
    jobs: Iterable[Job | VolumeResult], engine: Engine, run: Run
) -> Iterator[tuple[VolumeResult, bool]]:
    """The results in the order of the volumes, those of earlier days in their places; with
    each whether it is new."""
    waiting = deque[VolumeResult | None]()

    def due() -> Iterator[Job]:
        for each in jobs:
            waiting.append(each if isinstance(each, VolumeResult) else None)
            if isinstance(each, Job):
                yield each

    for result in engine.run(make_volume, due(), run.renew, without_killers):
        while (earlier := waiting[0]) is not None:
            waiting.popleft()
            yield earlier, False
        yield result, True
        if not result.again:  # else the same volume follows anew
            waiting.popleft()
    yield from ((each, False) for each in waiting if each is not None)


def remove_stale(out: Path, layout: str, names: set[str]) -> None:
    """Volumes of an earlier batch that this one does not have must not be printed again."""
    kept = {out / name for name in names} | {record_path(out, name) for name in names}
    folders = folders_of(out, layout)
    for path in [path for folder in folders for path in sorted(folder.glob("*"))]:
        if path.suffix in (".pdf", ".gz") and path not in kept:
            path.unlink()


def result_of(batch: Batch, start: float, more: Sequence[Problem] = ()) -> BatchResult:
    """All that came of the batch; `start` is when it began, by `time.perf_counter`.

    `more` are findings beside those of the roster and of the copies.
    """
    workspace, seconds = batch.workspace, dict(batch.clock.seconds)
    seconds["total"] = time.perf_counter() - start
    problems = (*workspace.problems, *more, *batch.problems, *problems_of(batch.held))
    villages: dict[tuple[str, str], tuple[int, int]] = {}
    for layout, village, _ in batch.by_village:
        counts = (batch.by_village[layout, village, True], batch.by_village[layout, village, False])
        villages[layout, village] = counts
    return BatchResult(
        title=workspace.campaign.title,
        issuer=workspace.campaign.issuer,
        households=workspace.township.rows,
        tallies=tuple(batch.tallies),
        held=tuple(batch.held),
        problems=tuple(dict.fromkeys(problems)),
        files=tuple(batch.files),
        by_village=villages,
        seconds=seconds,
        rows_excluded=workspace.township.excluded,
        thumbnails=tuple(batch.thumbnails),
        proof=batch.options.proof.value,
        mark=workspace.mark,
        earlier=batch.earlier,
        recalled=batch.recalled,
        folder=batch.folder,
    )

"""A batch under way: the plan of each layout becomes jobs, their results become an account.

Between `produce`, which says what is printed, and `engine`, which runs it.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cardgen import collector
from cardgen.campaign import Campaign, PaperChoice
from cardgen.editions import Editions, History
from cardgen.engine import PROCESSES, Engine
from cardgen.errors import LayoutError
from cardgen.impose import Grid, grid_for, lead_grid, sheets_taken
from cardgen.job import Job, make_volume
from cardgen.killers import without_killers
from cardgen.layouts import COVER, SIGN_OFF, find_layout
from cardgen.ledger import Done, held_from
from cardgen.model import (
    FOR_OFFICE,
    BatchResult,
    Bundle,
    FileLine,
    Filled,
    Held,
    Household,
    LayoutSpec,
    Problem,
    Profile,
    ProofMode,
    SubjectKind,
    Tally,
    Target,
    Township,
    Volume,
    VolumeResult,
)
from cardgen.plan import Delivery, Handed, Selection, problems_of
from cardgen.problems import Code, problem
from cardgen.progress import Clock, Progress
from cardgen.record import record_path
from cardgen.report import Manifest
from cardgen.typeset.fill import Filler
from cardgen.typeset.lead import LeadFiller
from cardgen.typeset.letter import find_body
from cardgen.views import VillageChangesView, VillageRecallsView
from cardgen.whole import sweep_parts
from cardgen.workspace import CAMPAIGN_FILE, Paper, Workspace, papers_of, plan_of, sheet_of


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
    are made anew, those of a finished batch too.
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

    def has_cover(self, campaign: Campaign) -> bool:
        """Whether bundles get their cover; single papers get none unless it is asked for."""
        usual = campaign.bundles.cover and not self.selection.households
        return usual if self.cover is None else self.cover

    def out_in(self, folder: Path) -> Path:
        """Where the files go: a part of a batch leaves the whole batch as it is."""
        return self.out or folder / ("out" if self.selection.is_all else "out/selected")


class Run:
    """One layout of a batch on its way: its plan, its forms, and what was held back."""

    def __init__(
        self,
        workspace: Workspace,
        spec: LayoutSpec,
        paper: PaperChoice,
        selection: Selection,
        grid: Grid | None = None,
        deliveries: Sequence[Delivery] = (),
        changes: Mapping[str, VillageChangesView] | None = None,
        recalls: Mapping[str, VillageRecallsView] | None = None,
        top: LeadFiller | None = None,
        history: History | None = None,
    ) -> None:
        """`grid` is given where copies lie on other sheets than layout and campaign ask for.

        `top` fills what lies on top of bundles, where that is wanted; `history` is what was
        printed before.
        """
        self.history = history or History()
        sheet = sheet_of(workspace.folder, workspace.campaign, spec, paper)
        self.grid = grid or grid_for(spec, sheet)
        # A back is printed where the sheet is turned over, and only there.
        spec = replace(spec, back=spec.back and self.grid.is_duplex)
        self.workspace, self.spec, self.order = workspace, spec, sheet.order
        given = self.history.given
        self.plan = plan_of(
            *(workspace, spec, paper, self.grid, selection, deliveries, changes),
            given=given,
            recalls=recalls,
        )
        words = paper.body or spec.body
        body = find_body(words, spec, workspace.folder) if words else None
        self.filler = Filler(spec, body)
        self.editions = Editions(self.plan, self.filler, self.history, workspace.campaign, body)
        self._top, self._bundles = top, dict[str, Bundle]()
        self._leads = self.plan.leads(top.cover, top.sign_off, workspace.mark) if top else None
        self.problems: list[Problem] = []
        self.printed = 0
        self.error: LayoutError | None = None
        self._forms: set[str] = set()
        self._filled = 0
        self._held: list[Held] = []
        self.lost: set[str] = set()

    def jobs(
        self, out: Path, proof: ProofMode, clock: Clock, target: Target = FOR_OFFICE
    ) -> Iterator[Job | VolumeResult]:
        """The volumes as jobs for the press, each made when it is asked for.

        One that was printed before, and is still there, comes as its result.
        """
        for volume in self.plan.volumes():
            done = self.history.done_before(out, volume.name)
            if done is not None:
                yield self._take(done)
                continue
            job = self._job(volume, out, proof, clock, target)
            if job.copies or not self.history.only_changed:
                yield job

    def _take(self, done: Done) -> VolumeResult:
        """A volume that was printed before: its copies count, with their serials."""
        self._count(done.account.get("forms", {}))
        for serial, key in done.keys.items():
            self.plan.pin(key, serial)
            self.editions.met.add(key)
        self.hold(held_from(each) for each in done.account.get("held", ()))
        return done.result

    def _job(
        self, volume: Volume, out: Path, proof: ProofMode, clock: Clock, target: Target
    ) -> Job:
        pages: dict[str, str] = {}
        with clock.stage("typeset"), collector.paused():
            copies = list(self._fill(volume, pages))
            keys = (copy.form_key for copy in copies if copy.form_key not in pages)
            forms = self.filler.forms(keys)
            self.filler.trim()
        self.editions.forms[volume.name] = Counter(copy.form_key for copy in copies)
        self._count(self.editions.forms[volume.name])
        titles = (self.spec.title, volume.village, self.workspace.campaign.title)
        job = Job(
            folder=str(out),
            name=volume.name,
            title=" ".join(filter(None, titles)),
            village=volume.village,
            layout=self.spec.name,
            grid=self.grid,
            order=self.order,
            proof=proof,
            forms=forms,
            copies=tuple(copies),
            pages=pages,
            spec=self.spec if pages else None,
            foot=self._foot(volume),
            profile=target,
            bundle=volume.bundle.title if volume.bundle else "",
        )
        if volume.bundle is not None:
            self._bundles[volume.name] = volume.bundle
        with clock.stage("typeset"), collector.paused():
            return self._topped(job)

    def _count(self, forms: Mapping[str, int]) -> None:
        self._forms.update(forms)
        self._filled += sum(forms.values())

    def _topped(self, job: Job) -> Job:
        """The job with cover and sign-off sheet for just its copies.

        Papers that flow have none: how many sheets they take is known when they are laid out.
        """
        bundle = self._bundles.get(job.name)
        if bundle is None or not job.copies or job.pages or not self._top or not self._leads:
            return job
        leaves = [len(job.forms[copy.form_key].leaves) for copy in job.copies]
        sheets = sheets_taken(leaves, job.grid, job.order)
        handed = [Handed(copy.copy.subject, copy.copy.serial) for copy in job.copies]
        lead = self._leads.lead(job.name, bundle, handed, sheets)
        found = self._top.fill((lead.cover, *lead.pages))
        if isinstance(found, Problem):
            self._note_lead(job.name, found.message)
            return replace(job, lead=())
        filled, forms = found
        spec = self._top.cover
        grid = lead_grid(spec.width_mm, spec.height_mm, job.grid)
        return replace(job, lead=filled, lead_grid=grid, forms={**job.forms, **forms})

    def renew(self, job: Job, result: VolumeResult) -> Job | None:
        """The job anew with the copies that are left, where its cover would have been wrong, or
        where one of them ended the worker."""
        if not result.again:
            return None
        left = frozenset(result.again)
        copies = tuple(copy for copy in job.copies if copy.copy.serial in left)
        job = replace(job, copies=copies, lead=(), attempt=job.attempt + 1)
        return job if result.lead_fault else self._topped(job)

    def _note_lead(self, name: str, why: str) -> None:
        words = f"{name} 没有随册封面和签收表：{why}"
        self.problems.append(problem(Code.PAPER_LEFT_OUT, words))

    def _foot(self, volume: Volume) -> str:
        """What stands at the foot of each sheet: the batch, the paper, the volume."""
        campaign, mark = self.workspace.campaign, self.workspace.mark
        batch = [f"批次 {mark}"] if mark else []
        return "\t".join([*batch, campaign.title, self.spec.title, Path(volume.name).stem])

    def _fill(self, volume: Volume, pages: dict[str, str]) -> Iterator[Filled]:
        """The copies with their forms; those that flow put the HTML of theirs into `pages`."""
        self.editions.begin(volume.name)
        for copy in volume.copies:
            found = self.editions.newest(copy)
            if found is None:
                continue  # what is out is true
            filled, html = found
            if self.spec.flows:
                pages[filled.form_key] = html
                yield filled
                continue
            ready = self.filler.finish(filled, html)
            if isinstance(ready, Problem):
                held = Held(copy.layout, copy.subject, copy.village, (ready,))
                self.editions.hold(held, filled.copy.serial)
                self.hold([held])
            else:
                yield ready

    def delivery(self) -> Delivery:
        """This paper as something to hand over: the serials of the copies that were not held."""
        return Delivery(self.spec.title, self._serials_of)

    def _serials_of(self, household: Household) -> tuple[str, ...]:
        if household.code in self.lost:
            return ()
        return self.plan.serials_of(household)

    def note(self, result: VolumeResult) -> None:
        """Count what became of a volume."""
        self.printed += len(result.printed)
        self.error = self.error or result.error
        self.hold(result.failed)
        if result.lead_fault:
            self._note_lead(result.name, result.lead_fault)

    def first_error(self) -> LayoutError | None:
        """What was wrong with the first form that could not be laid out, here or by a worker."""
        return self.filler.first_error() or self.error

    def hold(self, held: Iterable[Held]) -> None:
        """Add copies that were held back after the plan."""
        for each in held:
            self._held.append(each)
            self.lost.add(each.subject)

    def held(self) -> list[Held]:
        """Every copy that was held back, its reasons with their cells; complete at the end."""
        return [with_cell(each, self.workspace.township) for each in (*self._held, *self.plan.held)]

    def tally(self) -> Tally:
        """The proof of coverage, once all jobs are done."""
        held = (*self._held, *self.plan.held)
        excluded = sum(each.excluded for each in held)
        return Tally(
            layout=self.spec.name,
            title=self.spec.title,
            subjects=self.plan.subjects,
            copies=self.plan.copies,
            printed=self.printed,
            excluded=excluded,
            failed=len(held) - excluded,
            forms=len(self._forms),
            stamped=self._filled - len(self._forms),
            unchanged=self.editions.same,
        )


def runs_of(
    workspace: Workspace,
    papers: Sequence[Paper],
    selection: Selection,
    grid: Grid | None = None,
    changes: Mapping[str, VillageChangesView] | None = None,
    recalls: Mapping[str, VillageRecallsView] | None = None,
    *,
    cover: bool = False,
    history: History | None = None,
) -> list[Run]:
    """A run for each paper. Sheets that list what is handed over come after what they list:
    the papers of households of this batch or, where it has none, of the campaign."""
    first = [pair for pair in papers if pair[0].subject is not SubjectKind.ROUTE]
    top = _lead_filler(workspace) if cover else None
    runs = [
        Run(
            *(workspace, spec, paper, selection, grid),
            changes=changes,
            recalls=recalls,
            top=top,
            history=history,
        )
        for spec, paper in first
    ]
    if len(first) == len(papers):
        return runs
    handed = [run for run in runs if run.spec.subject is SubjectKind.HOUSEHOLD]
    if not handed:
        handed = [
            Run(workspace, spec, paper, selection, history=history)
            for spec, paper in papers_of(workspace, ())
            if spec.subject is SubjectKind.HOUSEHOLD
        ]
    deliveries = [run.delivery() for run in handed]
    return runs + [
        Run(workspace, spec, paper, selection, grid, deliveries, history=history)
        for spec, paper in papers
        if spec.subject is SubjectKind.ROUTE
    ]


def _lead_filler(workspace: Workspace) -> LeadFiller:
    """Fills the pages on top of bundles, by the workspace's own layouts or the built-in ones."""
    cover, sign_off = (find_layout(name, workspace.folder) for name in (COVER, SIGN_OFF))
    return LeadFiller(cover, sign_off)


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


def with_cell(held: Held, township: Township) -> Held:
    """Name the cell behind a reason that speaks of a text, where the roster holds that text."""
    if not any(reason.before and not reason.cell for reason in held.reasons):
        return held
    household = next((h for h in township.households if h.code == held.subject), None)
    if household is None:
        return held
    return replace(held, reasons=tuple(_located(r, household) for r in held.reasons))


def _located(reason: Problem, household: object) -> Problem:
    origin = household.origin  # type: ignore[attr-defined]
    for name in ("head", "door", "building", "group", "grid", "note"):
        value = getattr(household, name)
        if reason.before and not reason.cell and value and value in reason.before:
            return replace(
                reason, file=origin.source.file, sheet=origin.source.sheet, cell=origin.cell(name)
            )
    return reason


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

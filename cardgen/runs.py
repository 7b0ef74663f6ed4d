"""One layout of a batch on its way: its plan in; jobs for the press, and an account, out.

A volume that was printed before, and is still there, comes as its result instead of a job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cardgen import collector
from cardgen.campaign import PaperChoice
from cardgen.editions import Editions, History
from cardgen.errors import LayoutError
from cardgen.impose import Grid, grid_for, lead_grid, sheets_taken
from cardgen.job import Job
from cardgen.layouts import COVER, SIGN_OFF, find_layout
from cardgen.ledger import Done, held_from
from cardgen.model import (
    FOR_OFFICE,
    Bundle,
    Filled,
    Held,
    Household,
    LayoutSpec,
    Problem,
    ProofMode,
    SubjectKind,
    Tally,
    Target,
    Township,
    Volume,
    VolumeResult,
)
from cardgen.plan import Delivery, Handed, Selection
from cardgen.problems import Code, problem
from cardgen.progress import Clock
from cardgen.serials import Moved, moved_apart
from cardgen.typeset.fill import Filler
from cardgen.typeset.lead import LeadFiller
from cardgen.typeset.letter import find_body
from cardgen.views import VillageChangesView, VillageRecallsView
from cardgen.workspace import Paper, Workspace, papers_of, plan_of, sheet_of


class Kept:
    """What papers for single households have in common, kept from one to the next: templates
    that are compiled, forms that are laid out, serials that had to be drawn again.

    Of one reading of a workspace: with another township, or other layouts, make another.
    """

    def __init__(self, township: Township) -> None:
        self._township = township
        self._fillers: dict[tuple[LayoutSpec, Path | None], Filler] = {}
        self._moved: dict[tuple[str, int], Moved] = {}

    def filler(self, spec: LayoutSpec, body: Path | None) -> Filler:
        """The filler of a layout, with these words of a letter."""
        found = self._fillers.get((spec, body))
        if found is None:
            found = self._fillers[spec, body] = Filler(spec, body)
        return found

    def moved(self, spec: LayoutSpec, paper: PaperChoice) -> Moved:
        """The serials of a layout for households that had to be drawn again."""
        copies = paper.copies or spec.copies
        found = self._moved.get((spec.name, copies))
        if found is None:
            codes = (household.code for household in self._township.households)
            found = self._moved[spec.name, copies] = moved_apart(spec.name, codes, copies)
        return found


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
        kept: Kept | None = None,
    ) -> None:
        """`grid` is given where copies lie on other sheets than layout and campaign ask for.

        `top` fills what lies on top of bundles, where that is wanted; `history` is what was
        printed before; `kept` is what single papers have in common.
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
            moved=kept.moved(spec, paper) if kept else None,
        )
        words = paper.body or spec.body
        draft = workspace.drafts.get(words)
        body = draft or (find_body(words, spec, workspace.folder) if words else None)
        self.filler = (
            kept.filler(spec, body) if kept and not draft else Filler(spec, body, stores=not draft)
        )
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
    kept: Kept | None = None,
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
            kept=kept,
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

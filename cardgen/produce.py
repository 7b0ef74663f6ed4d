"""The whole way, from a workspace to finished papers: the stages in order, on one screen.

    files - roster - resolve - plan - typeset - fit/impose/press/proof - report

`build` prints a batch, `check` looks without printing, `print_card` makes a single paper by
the same way. A folder in, files and a `BatchResult` out. Progress is told to a `Progress`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from cardgen.batch import Batch, Options, result_of
from cardgen.campaign import on_sheet
from cardgen.changes import Changes, changes_between, compare, views_of
from cardgen.differing import difference_of
from cardgen.editions import History
from cardgen.engine import PROCESSES, Engine, open_engine
from cardgen.errors import UsageError
from cardgen.exchange import finish_pending
from cardgen.impose import trimmed_grid, used_grid
from cardgen.job import Job, fit_job, load_press, make_volume
from cardgen.ledger import (
    Ledger,
    close_confirmed,
    find_ledger,
    forget_batch,
    hold_workspace,
    import_before,
    import_printed,
    local_now,
    open_ledger,
    record_import,
    township_of,
)
from cardgen.model import (
    FOR_OFFICE,
    BatchResult,
    Difference,
    Held,
    Household,
    Problem,
    Profile,
    ProofMode,
    Target,
    Township,
)
from cardgen.plan import Selection, problems_of
from cardgen.printing import begin_card, begin_printing, end_card, history_of
from cardgen.problems import Code, problem
from cardgen.progress import Clock, Progress, Quiet
from cardgen.roster import Reading
from cardgen.runs import Kept, Run, runs_of
from cardgen.workspace import (
    CAMPAIGN_FILE,
    Paper,
    Workspace,
    check_selection,
    no_folder,
    papers_of,
    plan_of,
    read_earlier,
    read_workspace,
    sheet_of,
)

__all__ = [
    "CheckResult",
    "Kept",
    "Options",
    "Progress",
    "Quiet",
    "Selection",
    "Workspace",
    "build",
    "check",
    "check_selection",
    "difference",
    "papers_in_village",
    "papers_of",
    "plan_of",
    "preview_card",
    "print_card",
    "read_workspace",
    "single_paper",
]


def build(
    folder: Path,
    options: Options | None = None,
    progress: Progress | None = None,
    reading: Reading | None = None,
    now: Callable[[], str] = local_now,
    engine: Engine | None = None,
) -> BatchResult:
    """Print a batch into its output folder, with manifest and reports, and write it down.

    The same batch again goes on where it was cut off, and does nothing where it is whole.
    `reading` is that of the workspace's rosters, where it has been started before; `now` tells
    the time to write down; `engine` is one that is shared with other batches.

    Raises a CardgenError where the batch as a whole cannot be printed. Whether the counts
    close is in the result: the caller must look.
    """
    options, progress = options or Options(), progress or Quiet()
    clock, start = Clock(), time.perf_counter()
    if not folder.is_dir():
        raise no_folder(folder)
    with hold_workspace(folder, now), _engine_of(options, engine) as engine:
        if finish_pending(folder):
            reading = None  # it may have read half of them
        workspace = read_workspace(folder, progress, clock, options.campaign, reading)
        campaign = on_sheet(workspace.campaign, options.sheet)
        workspace = replace(workspace, campaign=campaign)
        papers = papers_of(workspace, options.layouts)
        changes = _changes(workspace, papers, options, progress)
        target, doubts = target_of(workspace, options)
        with open_ledger(folder, now) as ledger:
            with clock.stage("ledger"):
                imported = note_import(ledger, workspace)
            printing = begin_printing(ledger, workspace, papers, options, clock, imported)
            runs = _runs(workspace, papers, options, changes, printing.history)
            batch = Batch(workspace, options, progress, clock, target)
            batch.total = sum(run.plan.expected() for run in runs)
            progress.stage("印制")
            printing.print(batch, runs, engine)
            more = (*doubts, *(changes.problems if changes else ()))
            return printing.finish(batch, lambda: result_of(batch, start, more), progress)


def target_of(workspace: Workspace, options: Options) -> tuple[Target, list[Problem]]:
    """For whom the files are made, and what there is to say about it.

    What the command says wins over the campaign. Raises UsageError for an ICC file that is
    not one of a press, or that is given for an office.
    """
    choice = workspace.campaign.print
    profile = options.profile or choice.profile or Profile.OFFICE
    icc = options.icc or (workspace.folder / choice.icc if choice.icc else None)
    if profile is Profile.OFFICE:
        if options.icc is not None:
            raise UsageError("--icc 只用于印刷厂的文件。", "加上 --profile shop，或去掉 --icc。")
        return FOR_OFFICE, []
    if icc is not None:
        from cardgen.icc import shop_target  # files for offices need no colour library

        return shop_target(icc), []
    message = (
        "没有印刷厂的色彩配置文件（ICC），颜色按一般公式换成四色，文件不声明 PDF/X-4。"
        "请向印刷厂要输出用的 .icc 文件，放进工作文件夹，"
        f'在 {workspace.campaign.file} 的 [print] 里写 icc = "文件名.icc"，或加上 --icc。'
    )
    return Target(profile), [problem(Code.ICC_MISSING, message)]


def _changes(
    workspace: Workspace, papers: Sequence[Paper], options: Options, progress: Progress
) -> Changes | None:
    """What changed since the earlier roster, where a paper shows it and there is one: the
    roster that was given or, without, the last other one that the ledger has.

    Raises UsageError where such a paper was asked for by name and there is no earlier roster.
    One that only stands in the campaign is left out, and the report says so: a clerk who prints
    everything must not be stopped by it.
    """
    asking = [spec for spec, _ in papers if "changes" in spec.needs]
    if options.since is not None:
        if not asking:
            raise UsageError(
                "--since 只用于增减台账，这一批里没有。",
                "加上 --layout change-ledger，或去掉 --since。",
            )
        progress.stage("比对旧花名册")
        return compare(read_earlier(options.since), workspace.roster_township)
    earlier = earlier_township(workspace) if asking else None
    if earlier is not None:
        progress.stage("比对上次的花名册")
        return compare(earlier, workspace.roster_township)
    if asking and options.layouts:
        raise UsageError(
            f"{asking[0].title}要和上一次的花名册比，账本里还没有上一次的。",
            "加上 --since，后面写旧的工作文件夹或旧的花名册文件。",
        )
    return None


def earlier_township(workspace: Workspace) -> Township | None:
    """What the rosters said before they said what they say now, as far as the ledger knows."""
    ledger = find_ledger(workspace.folder)
    if ledger is None:
        return None
    with ledger:
        before = import_before(ledger, workspace.rosters)
        return None if before is None else township_of(ledger, before.id)


def note_import(ledger: Ledger, workspace: Workspace) -> int | None:
    """The number of the import that these rosters are, recorded where they are new; corrections
    that they confirm are closed."""
    number = record_import(ledger, workspace.rosters, workspace.roster_township, changes_between)
    if workspace.applied is not None:
        close_confirmed(ledger, (each.id for each in workspace.applied.confirmed), number)
    return number


def _runs(
    workspace: Workspace,
    papers: Sequence[Paper],
    options: Options,
    changes: Changes | None = None,
    history: History | None = None,
) -> list[Run]:
    views = None if changes is None else views_of(changes)
    cover = history is not None and options.has_cover(workspace.campaign)
    runs = runs_of(
        workspace, papers, options.selection, changes=views, cover=cover, history=history
    )
    others = (code for run in runs for code in run.plan.codes())
    check_selection(workspace.township, options.selection, others)
    return runs


def _engine_of(options: Options, shared: Engine | None) -> AbstractContextManager[Engine]:
    """The engine that is there, which stays open, or one for this batch."""
    if shared is not None:
        return nullcontext(shared)
    # A few copies are printed sooner than a worker is up.
    is_small = options.engine == PROCESSES and bool(options.selection.households)
    alone = is_small and options.workers is None
    return open_engine(options.engine, 0 if alone else options.workers)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What `check` found: every problem, and the copies that would be held back."""

    workspace: Workspace
    problems: tuple[Problem, ...]
    held: tuple[Held, ...]
    copies: int


def check(
    folder: Path, options: Options | None = None, progress: Progress | None = None
) -> CheckResult:
    """Do all of a batch but the printing. Raises a CardgenError as `build` does."""
    options, progress = options or Options(), progress or Quiet()
    workspace = read_workspace(folder, progress, campaign_file=options.campaign)
    held: list[Held] = []
    copies = 0
    progress.stage("试排")
    for run in _runs(workspace, papers_of(workspace, options.layouts), options):
        for job in run.jobs(folder, ProofMode.NONE, Clock()):
            if isinstance(job, Job):  # nothing was printed before, as far as a check knows
                run.hold(fit_job(job))
        held += run.held()
        copies += run.plan.copies
    problems = dict.fromkeys((*workspace.problems, *problems_of(held)))
    return CheckResult(workspace, tuple(problems), tuple(held), copies)


def difference(
    folder: Path,
    options: Options | None = None,
    progress: Progress | None = None,
    now: Callable[[], str] = local_now,
    reading: Reading | None = None,
    workspace: Workspace | None = None,
) -> Difference:
    """How the papers of a workspace differ from what is out, without printing.

    What `build` with `only_changed` would print, and the copies that are out and no longer true.
    `reading` is that of other rosters than those in the folder; `workspace` is one that was read
    before. Raises a CardgenError as `build` does.
    """
    options, progress = options or Options(), progress or Quiet()
    if workspace is None:
        workspace = read_workspace(folder, progress, None, options.campaign, reading)
    papers = papers_of(workspace, options.layouts)
    ledger = find_ledger(folder, now)
    if ledger is None:
        return _differing(workspace, papers, options, progress, None)
    with ledger:
        return _differing(workspace, papers, options, progress, ledger)


def _differing(
    workspace: Workspace,
    papers: Sequence[Paper],
    options: Options,
    progress: Progress,
    ledger: Ledger | None,
) -> Difference:
    history = history_of(ledger, workspace, papers, only_changed=True)
    changes = _changes(workspace, papers, options, progress)
    runs = _runs(workspace, papers, options, changes, history)
    progress.stage("比对")
    found = difference_of(_compared(runs, workspace.folder), ledger, options.selection)
    printed = None if ledger is None else import_printed(ledger)
    then = None if ledger is None or printed is None else township_of(ledger, printed)
    held = tuple(each for run in runs for each in run.held())
    return replace(found, held=held, now=workspace.township, then=then)


def _compared(runs: Sequence[Run], folder: Path) -> list[Run]:
    """The runs, when each of their copies has been filled and compared with what is out."""
    for run in runs:
        run.editions.watches = True
        for job in run.jobs(folder, ProofMode.NONE, Clock()):
            if isinstance(job, Job):
                run.hold(fit_job(job))
    return list(runs)


def print_card(
    folder: Path,
    household: str,
    layout: str,
    path: Path,
    campaign: str = CAMPAIGN_FILE,
    reading: Reading | None = None,
    now: Callable[[], str] = local_now,
    cell: int = 0,
    workspace: Workspace | None = None,
    kept: Kept | None = None,
) -> BatchResult:
    """Print one household's paper on a page of its own size, by the same way as a batch.

    `path` is the PDF to write; `household` is the code of another subject where the layout is
    for one. `cell` from 1 on is a cell of the layout's own sheet, of which others have been
    used: the paper goes there. `workspace` is one that was read before, and `kept` what its
    papers for households have in common. Raises UsageError for what is not in the roster,
    LayoutError for a cell that is not on the sheet, OutputError where the file cannot be written.
    A paper that is held back is in the result.
    """
    clock, start = Clock(), time.perf_counter()
    if workspace is None:
        # The press takes a tenth of a second to load, and the roster's own process a third.
        threading.Thread(target=load_press, daemon=True).start()
        workspace = read_workspace(folder, None, clock, campaign, reading)
    paper = single_paper(workspace, layout)
    with open_ledger(workspace.folder, now) as ledger:
        history = begin_card(ledger, workspace, paper, household, path)
        run = _single_run(workspace, paper, household, history, cell, kept)
        try:
            check_selection(run.workspace.township, run.plan.selection, run.plan.codes())
            result = _one_card(workspace, run, path, clock, start)
        except BaseException:
            forget_batch(ledger, history.batch)
            raise
        end_card(history, result, run.editions.true)
    return result


def preview_card(
    workspace: Workspace, household: str, layout: str, path: Path, kept: Kept | None = None
) -> BatchResult:
    """The paper that `print_card` would print now, with its serial, at `path`: it is not written
    down, and nobody reads it back. Raises as `print_card` does."""
    clock, start = Clock(), time.perf_counter()
    paper = single_paper(workspace, layout)
    ledger = find_ledger(workspace.folder)
    with nullcontext() if ledger is None else ledger:
        history = history_of(ledger, workspace, [paper], subject=household)
        history.ledger = None
        run = _single_run(workspace, paper, household, history, 0, kept)
        check_selection(run.workspace.township, run.plan.selection, run.plan.codes())
        return _one_card(workspace, run, path, clock, start, ProofMode.NONE)


def papers_in_village(
    workspace: Workspace, papers: Sequence[Paper], village: str, ledger: Ledger, kept: Kept
) -> list[Run]:
    """How a village's papers stand to what is out: runs that have been filled, and not printed.

    Raises a CardgenError as `difference` does.
    """
    history = history_of(ledger, workspace, papers, only_changed=True, lazily=True)
    homes = (home for home in workspace.township.households if home.village == village)
    few, selection = _with_only(workspace, homes), Selection(villages=(village,))
    runs = runs_of(few, papers, selection, history=history, kept=kept)
    return _compared(runs, workspace.folder)


def _with_only(workspace: Workspace, homes: Iterable[Household]) -> Workspace:
    """The workspace as if these were all its households; who answers for them stays as it is."""
    return replace(workspace, township=replace(workspace.township, households=tuple(homes)))


def single_paper(workspace: Workspace, layout: str) -> Paper:
    """A paper that is printed for whoever asks for it, whatever kinds the campaign names."""
    spec, paper = papers_of(workspace, (layout,))[0]
    return spec, replace(paper, kinds=())


def _single_run(
    workspace: Workspace,
    paper: Paper,
    household: str,
    history: History,
    cell: int,
    kept: Kept | None,
) -> Run:
    spec, choice = paper
    sheet = sheet_of(workspace.folder, workspace.campaign, spec, choice)
    grid = used_grid(spec, sheet, cell) if cell else trimmed_grid(spec, sheet.duplex)
    selection = Selection(households=(household,))
    if kept is not None:  # then it is for a household, and nothing is asked of the others
        homes = (home for home in workspace.township.households if home.code == household)
        workspace = _with_only(workspace, homes)
    return runs_of(workspace, [paper], selection, grid, history=history, kept=kept)[0]


def _one_card(
    workspace: Workspace,
    run: Run,
    path: Path,
    clock: Clock,
    start: float,
    proof: ProofMode = ProofMode.ALL,
) -> BatchResult:
    batch = Batch(workspace, Options(selection=run.plan.selection), Quiet(), clock)
    for job in run.jobs(path.parent, proof, clock):
        if isinstance(job, Job) and job.copies:
            planned = job.name
            job = replace(job, name=path.name, foot="", record=False, thumbnail=False)
            made = make_volume(job)
            run.note(made)
            batch.note(made)
            run.editions.record(made, planned)
    batch.close(run)
    return result_of(batch, start)

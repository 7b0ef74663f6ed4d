"""Read a workspace: a folder in; its campaign, township and chains out, with every problem.

The stages roster and resolve, and the look at every character, in order.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from cardgen import collector
from cardgen.campaign import Campaign, PaperChoice, read_campaign
from cardgen.characters import check_characters
from cardgen.corrections import Applied, apply_corrections
from cardgen.errors import LayoutError, RosterError, UsageError
from cardgen.exchange import settle
from cardgen.impose import Grid
from cardgen.layouts import find_layout
from cardgen.ledger import find_ledger, standing_corrections
from cardgen.model import Correction, LayoutSpec, Problem, SheetSpec, SubjectKind, Township
from cardgen.model import Paper as SheetPaper
from cardgen.plan import Delivery, Plan, Selection
from cardgen.printers import find_printer
from cardgen.progress import Clock, Progress, Quiet
from cardgen.resolve import Answers, Chains, resolve_township
from cardgen.roster import Reading, read_roster, roster_files, start_reading
from cardgen.serials import Given, Moved, mark_of
from cardgen.typeset.fill import load_engine, needs_engine
from cardgen.views import VillageChangesView, VillageRecallsView

CAMPAIGN_FILE = "campaign.toml"
PLACES_WHERE_SINGLE = 20  # copies that a print shop puts on one of its sheets, or thereabouts


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace that has been read: its campaign, its township, its chains.

    `mark` names a batch of it: it follows from campaign and rosters, byte by byte, and from the
    corrections. `sources` are the SHA-256 of those files by name, the campaign first. `applied`
    says what became of corrections, and `as_read` what the rosters say without them, where there
    are any. `drafts` are files with the words of letters that are not kept yet, by the name of the
    file that they would be.
    """

    folder: Path
    campaign: Campaign
    township: Township
    answers: Answers
    problems: tuple[Problem, ...]
    mark: str = ""
    sources: Mapping[str, str] = field(default_factory=dict, hash=False)
    as_read: Township | None = None
    applied: Applied | None = None
    drafts: Mapping[str, Path] = field(default_factory=dict, hash=False)

    @property
    def roster_township(self) -> Township:
        """What the rosters themselves say, without corrections."""
        return self.as_read or self.township

    @property
    def chains(self) -> Chains:
        """Who answers for whom."""
        return self.answers.chains

    @property
    def rosters(self) -> Mapping[str, str]:
        """The SHA-256 of the rosters' files by name; none where one is gone since it was read."""
        return dict(list(self.sources.items())[1:])


def read_workspace(
    folder: Path,
    progress: Progress | None = None,
    clock: Clock | None = None,
    campaign_file: str = CAMPAIGN_FILE,
    reading: Reading | None = None,
) -> Workspace:
    """Read campaign and rosters of a workspace, resolve them, and put corrections over them.

    An office may keep the words of several campaigns; `campaign_file` is the one meant.
    `reading` is that of the rosters where it has been started before, or of others.

    Raises UsageError for the campaign, RosterError for rosters that cannot be read.
    """
    progress, clock = progress or Quiet(), clock or Clock()
    if not folder.is_dir():
        raise no_folder(folder)
    if settle(folder) and reading is not None and {p.parent for p in reading.paths} == {folder}:
        reading = None  # it may have read half of the old rosters and half of the new
    campaign = read_campaign(_inside(folder, campaign_file))
    reading = reading or start_reading(folder)
    if reading is None:
        raise RosterError(
            f"{folder} 里没有花名册。", "把村、干部、住户的 Excel 或 csv 文件放进这个文件夹。"
        )
    progress.stage("读花名册")
    if _needs_engine(campaign, folder):
        # The roster is read by a child; WeasyPrint takes as long to load, and can meanwhile.
        threading.Thread(target=load_engine, daemon=True).start()
    with clock.stage("roster"), collector.paused():
        roster = reading.roster()
    progress.stage("核对")
    with clock.stage("resolve"), collector.paused():
        township = resolve_township(
            roster.given_up(), example_origins=roster.examples, problems=roster.problems
        )
    sources = _sources((_inside(folder, campaign_file), *reading.paths))
    read = Workspace(
        folder, campaign, township, Answers(township, Chains(township)), (), sources=sources
    )
    return with_corrections(read, _corrections(folder), clock)


def with_corrections(
    workspace: Workspace, corrections: Sequence[Correction], clock: Clock | None = None
) -> Workspace:
    """The workspace with these corrections over its rosters, and no others."""
    clock = clock or Clock()
    read = workspace.roster_township
    with clock.stage("resolve"):
        applied = apply_corrections(read, corrections)
    township = applied.township
    with clock.stage("characters"):
        characters = check_characters(township)
    sources = workspace.sources
    parts = [bytes.fromhex(each) for each in sources.values()]
    parts += [each.encode("utf-8", "surrogatepass") for each in applied.says]
    return replace(
        workspace,
        township=township,
        # The last correction that is withdrawn leaves answers of the township that it was over.
        answers=workspace.answers
        if township is workspace.township
        else Answers(township, Chains(township)),
        problems=(*township.problems, *characters),
        mark=mark_of(parts) if sources else "",
        as_read=read if corrections else None,
        applied=applied if corrections else None,
    )


def _corrections(folder: Path) -> list[Correction]:
    ledger = find_ledger(folder)
    if ledger is None:
        return []
    with ledger:
        return standing_corrections(ledger)


def no_folder(folder: Path) -> UsageError:
    """The error where a workspace is not there."""
    return UsageError(f"没有文件夹 {folder}。", "先用 cardgen init 建一个，再把花名册放进去。")


def _sources(paths: Iterable[Path]) -> dict[str, str]:
    """The SHA-256 of each file by its name; none where one is gone since it was read."""
    try:
        return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
    except OSError:  # the copies are right, their batch has no name
        return {}


def _inside(folder: Path, name: str) -> Path:
    """A campaign file of the workspace, with its ending or without."""
    if Path(name).name != name:
        raise UsageError(f"{name} 不是这个工作文件夹里的文件。", "只写文件名，例如 防汛.toml。")
    return folder / (name if name.endswith(".toml") else f"{name}.toml")


def read_earlier(path: Path) -> Township:
    """An earlier roster to compare with: a folder of rosters, or one file. Needs no campaign.

    What is wrong with it is not told: nothing of it is printed but what is compared. Raises
    UsageError where there is nothing, RosterError where it cannot be read.
    """
    if not path.exists():
        raise UsageError(f"没有 {path}。", "--since 后面写旧的工作文件夹，或旧的花名册文件。")
    files = roster_files(path) if path.is_dir() else (path,)
    if not files:
        raise UsageError(f"{path} 里没有花名册。", "--since 后面写放旧花名册的文件夹。")
    roster = read_roster(files)
    township = resolve_township(
        roster.given_up(), example_origins=roster.examples, problems=roster.problems
    )
    if not township.households:
        raise UsageError(f"{path} 里没有住户表，比不了。", "--since 后面写旧的住户花名册。")
    return township


def _needs_engine(campaign: Campaign, folder: Path) -> bool:
    """Whether a paper of the campaign has no form in store. Faults are told later, in order."""
    names = [paper.layout for paper in campaign.papers.values()]
    try:
        return any(needs_engine(find_layout(name, folder)) for name in names)
    except LayoutError:
        return False


Paper = tuple[LayoutSpec, PaperChoice]


def papers_of(workspace: Workspace, layouts: Sequence[str]) -> list[Paper]:
    """The layouts to print and the campaign's wishes for each: see `papers_in`."""
    return papers_in(workspace.folder, workspace.campaign, layouts)


def papers_in(folder: Path, campaign: Campaign, layouts: Sequence[str]) -> list[Paper]:
    """The layouts to print and the campaign's wishes for each. Raises for an unknown one.

    `layouts` are names of papers in the campaign, or of layouts; none mean all that the
    campaign asks for.
    """
    names = list(dict.fromkeys(layouts)) or list(campaign.papers) or ["love-card"]
    choices = [campaign.papers.get(name) or PaperChoice(layout=name) for name in names]
    return [(_spec_of(folder, campaign, choice), choice) for choice in choices]


def sheet_of(folder: Path, campaign: Campaign, spec: LayoutSpec, choice: PaperChoice) -> SheetSpec:
    """The sheet that a paper is printed on, with what its printer is off. Raises UsageError."""
    sheet = choice.sheet.over(campaign.sheet).applied(spec)
    if not sheet.printer:
        return sheet
    return replace(sheet, back_shift_mm=find_printer(folder, sheet.printer).back_shift_mm)


def sheet_for(folder: Path, layout: str, campaign_file: str) -> tuple[LayoutSpec, SheetSpec]:
    """A paper and its sheet as a workspace has them, the first paper where none is named.

    Needs no roster. Raises UsageError, LayoutError.
    """
    if not folder.is_dir():
        raise UsageError(f"没有文件夹 {folder}。", "先用 cardgen init 建一个。")
    campaign = read_campaign(_inside(folder, campaign_file))
    spec, choice = papers_in(folder, campaign, (layout,) if layout else ())[0]
    return spec, sheet_of(folder, campaign, spec, choice)


def _spec_of(folder: Path, campaign: Campaign, choice: PaperChoice) -> LayoutSpec:
    """The layout of a paper, as the campaign wants it: its name, its subject, its size."""
    spec = find_layout(choice.layout, folder)
    if spec.subject is SubjectKind.VOLUME:
        raise UsageError(
            f"{spec.title}（{spec.name}）不单独印：它随每一册印在前面。",
            "印住户或场所的纸，前面就有；不要时写 --no-cover。",
        )
    where = f"{campaign.file} 的 papers.{choice.name}"
    if choice.subject is not None and choice.subject not in spec.subjects:
        raise UsageError(
            f"{where}.subject：版式 {spec.name} 不能给 {choice.subject} 印。",
            f"可以写：{'、'.join(spec.subjects)}。",
        )
    if choice.size is not None and choice.size not in spec.sizes:
        fit = f"可以写：{'、'.join(spec.sizes)}。" if spec.sizes else "去掉这一行。"
        raise UsageError(f"{where}.size：版式 {spec.name} 没有 {choice.size} 的。", fit)
    if choice.size is not None:
        spec = spec.sized(choice.size)
    variant = choice.extra.get("variant")
    if spec.variants and variant is not None and variant not in spec.variants:
        raise UsageError(
            f"{where}.variant：版式 {spec.name} 没有“{variant}”这一种。",
            f"可以写：{'、'.join(spec.variants)}。",
        )
    if choice.name and choice.name != choice.layout:
        # One layout may be several papers of a campaign: reports must tell them apart.
        spec = replace(spec, name=choice.name, title=f"{spec.title} {choice.name}")
    return replace(spec, subject=choice.subject or spec.subject)


def check_selection(township: Township, selection: Selection, others: Iterable[str] = ()) -> None:
    """Raise UsageError for a village or a subject that is not in the roster.

    `others` are the codes of subjects that are no households: villages, venues, grids, …
    """
    villages = {village.name for village in township.villages}
    for name in selection.villages:
        if name not in villages:
            raise UsageError(
                f"花名册里没有“{name}”。", f"有这些村：{'、'.join(sorted(villages))}。"
            )
    codes = {household.code for household in township.households} if selection.households else set()
    strange = [code for code in selection.households if code not in codes]
    others = set(others) if strange else set()
    for code in strange:
        if code not in others:
            near = get_close_matches(code, codes | others, 1, 0.6)
            hint = f"最接近的是 {near[0]}。" if near else ""
            raise UsageError(
                f"花名册里没有户号“{code}”。",
                f"{hint}户号在住户表里；由程序编定的，在 manifest.csv 的 subject 一列。",
            )


def plan_of(
    workspace: Workspace,
    spec: LayoutSpec,
    paper: PaperChoice,
    grid: Grid,
    selection: Selection,
    deliveries: Sequence[Delivery] = (),
    changes: Mapping[str, VillageChangesView] | None = None,
    given: Given | None = None,
    recalls: Mapping[str, VillageRecallsView] | None = None,
    moved: Moved | None = None,
) -> Plan:
    """The plan of one layout, by the workspace's own chains and walking order."""
    sheet = sheet_of(workspace.folder, workspace.campaign, spec, paper)
    is_single = sheet.paper is SheetPaper.SINGLE and not spec.flows
    return Plan(
        layout=spec,
        paper=paper,
        township=workspace.township,
        campaign=workspace.campaign,
        answers=workspace.answers,
        # Pages of a single copy are no sheets: a carrier's volume is not parted for them.
        places=max(grid.places, PLACES_WHERE_SINGLE if is_single else 1),
        selection=selection,
        deliveries=deliveries,
        changes=changes,
        given=given,
        recalls=recalls,
        moved=moved,
    )

"""New rosters for a workspace: files that were sent in, what they would do out, before it is done.

`examine` reads them as a batch would, beside those of the current files that they do not replace:
every finding with its cell, what was repaired, who came and left, which papers that touches. It
changes nothing. `accept` puts them in the place of the others, `take_back` undoes that.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from cardgen.causes import causes_of, papers_in_words
from cardgen.changes import compare, rows_of
from cardgen.errors import CardgenError, RosterError, UsageError
from cardgen.exchange import Kept, digest_of, file_digest, kept_sets, put_files, settle, undo
from cardgen.ledger import hold_workspace, open_ledger, reopen_confirmed
from cardgen.model import ChangeKind, Difference, Problem, RosterChange, Severity, Table, Touch
from cardgen.plan import problems_of
from cardgen.produce import Options, difference, note_import
from cardgen.progress import Progress, Quiet
from cardgen.report.advice import REPAIRS
from cardgen.roster import ROSTER_ENDINGS, Reading, Roster, roster_files
from cardgen.uploads import UploadLimits
from cardgen.workspace import CAMPAIGN_FILE, Workspace, read_workspace

_Item = TypeVar("_Item")
KIND = "rosters"
UPLOAD = UploadLimits(ROSTER_ENDINGS)
"""What may be sent in at a time."""

MOST_TOLD = 10_000  # findings, households, causes: more are counted and not listed
TABLES = {Table.VILLAGE: "村", Table.CADRE: "干部", Table.HOUSEHOLD: "住户", Table.VENUE: "场所"}


@dataclass(frozen=True, slots=True)
class TableFound:
    """A table that stands in a file: its kind, its sheet, how many rows of data."""

    table: str
    sheet: str
    rows: int


@dataclass(frozen=True, slots=True)
class RosterFile:
    """A roster file: one that was sent in, or one that lies in the workspace.

    `is_replaced` where it lies there and the new ones take its place; `is_same_name` where one of
    them has its name, so that nobody can choose otherwise.
    """

    name: str
    sha256: str
    size: int
    tables: tuple[TableFound, ...]
    is_replaced: bool = False
    is_same_name: bool = False


@dataclass(frozen=True, slots=True)
class PaperTouched:
    """How many copies of a paper the new rosters touch: by what becomes of them."""

    layout: str
    title: str
    changed: int
    first: int
    gone: int
    held: int


@dataclass(frozen=True, slots=True)
class CauseTold:
    """Why copies differ, in words, and how many of which paper."""

    words: str
    copies: int
    papers: str


@dataclass(frozen=True, slots=True)
class Examined:
    """What new rosters would do. `counts` has villages, cadres, households and venues of all the
    files together, then who came, left, moved and changed, then findings by severity. `doubts` are
    sentences about the files themselves. `same` counts the copies that are out and stay true.
    """

    files: tuple[RosterFile, ...]
    current: tuple[RosterFile, ...]
    doubts: tuple[str, ...]
    problems: tuple[Problem, ...]
    counts: Mapping[str, int]
    changes: tuple[RosterChange, ...]
    papers: tuple[PaperTouched, ...]
    causes: tuple[CauseTold, ...]
    same: int
    is_first: bool
    campaign: str = CAMPAIGN_FILE

    @property
    def repairs(self) -> tuple[Problem, ...]:
        """The findings of which `before` is what stood in the cell."""
        return tuple(each for each in self.problems if each.code in REPAIRS)

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON can say it."""
        return asdict(self) | {"changes": [list(each) for each in self.changes]}


def examined_from(said: Mapping[str, Any]) -> Examined:
    """What `as_json` has said, as it was."""
    rest = {field.name: said[field.name] for field in fields(Examined)}
    return Examined(
        **rest
        | {
            "files": tuple(map(_file_from, said["files"])),
            "current": tuple(map(_file_from, said["current"])),
            "doubts": tuple(said["doubts"]),
            "problems": tuple(
                Problem(**each | {"severity": Severity(each["severity"])})
                for each in said["problems"]
            ),
            "changes": tuple(
                RosterChange(ChangeKind(kind), code, village, head, place, _fields(differences))
                for kind, code, village, head, place, differences in said["changes"]
            ),
            "papers": tuple(PaperTouched(**each) for each in said["papers"]),
            "causes": tuple(CauseTold(**each) for each in said["causes"]),
        }
    )


def _fields(said: Iterable[Sequence[str]]) -> tuple[tuple[str, str, str], ...]:
    return tuple((field, before, after) for field, before, after in said)


def _file_from(said: Mapping[str, Any]) -> RosterFile:
    return RosterFile(**{**said, "tables": tuple(TableFound(**each) for each in said["tables"])})


# --------------------------------------------------------------------------- before


def examine(
    workspace: Path,
    folder: Path,
    replaced: Sequence[str] | None = None,
    progress: Progress | None = None,
    campaign: str = CAMPAIGN_FILE,
) -> Examined:
    """What the roster files in `folder` would do in the workspace. Changes nothing.

    `replaced` are the names of current files whose place they take; None leaves that to what is
    in them. Raises RosterError for a file that cannot be read and where no table of households
    would be left, UsageError for the campaign or a name that is not there.
    """
    progress = progress or Quiet()
    settle(workspace)
    new, current = roster_files(folder), roster_files(workspace)
    if not new:
        raise RosterError("上传的文件里没有花名册。", "请选 .xlsx、.xls、.et 或 .csv 文件。")
    progress.stage("读上传的文件")
    came, doubts = Reading(new).roster(), []
    try:
        there = Reading(current).roster()
    except RosterError as error:
        there = Roster((), (), ())
        doubts.append(f"现在的花名册读不了（{error.message}），所以没有和它比。")
    goes = _replaced(came, there, [path.name for path in new], current, replaced)
    stays = [path for path in current if path.name not in goes]
    tables = {each.table for each in came.tables}
    tables |= {each.table for each in there.tables if each.file not in goes}
    if Table.HOUSEHOLD not in tables:
        raise RosterError(
            "这样换了以后，花名册里就没有住户表了。",
            "把住户的文件一起上传，或在下面不要勾“换掉”有住户表的文件。",
        )
    doubts += _doubled(came, there, goes)
    files = [*_files(new, came, (), ()), *_files(current, there, goes, new)]
    return _compared(workspace, files, stays, new, doubts, progress, campaign)


def _replaced(
    came: Roster,
    there: Roster,
    names: Sequence[str],
    current: Sequence[Path],
    chosen: Sequence[str] | None,
) -> frozenset[str]:
    """The names of the current files that go. One whose name comes again always does."""
    known = {path.name for path in current}
    same = {name for name in known if name.casefold() in {each.casefold() for each in names}}
    if chosen is not None:
        for name in chosen:
            if name not in known:
                raise UsageError(f"现在的花名册里没有“{name}”。", "刷新页面，再选一次。")
        return frozenset({*chosen, *same})
    return frozenset({name for name in known if _is_covered(name, came, there)} | same)


def _is_covered(name: str, came: Roster, there: Roster) -> bool:
    """Whether all that stands in a current file comes again: each of its tables, and where a
    table is parted into files by village, each of the villages of its rows."""
    mine = {each.table for each in there.tables if each.file == name}
    if not mine or not mine <= {each.table for each in came.tables}:
        return False
    parted = {each.table for each in there.tables if each.file != name} & mine
    return all(
        _villages(there, table, name) <= _villages(came, table)
        for table in parted & {Table.HOUSEHOLD, Table.VENUE}
    )


def _villages(roster: Roster, table: Table, file: str = "") -> set[str]:
    return {
        str(row.values.get("village", "")).strip()
        for row in roster.rows
        if row.origin.source.table is table and file in ("", row.origin.source.file)
    }


def _doubled(came: Roster, there: Roster, goes: frozenset[str]) -> list[str]:
    """Sentences about tables that would stand in a new file and in one that stays."""
    found = []
    for table, word in TABLES.items():
        new = sorted({each.file for each in came.tables if each.table is table})
        old = sorted({s.file for s in there.tables if s.table is table and s.file not in goes})
        if new and old:
            found.append(
                f"{word}表换了以后既在新的 {'、'.join(new)} 里，"
                f"也在没有换掉的 {'、'.join(old)} 里；"
                "两份会合在一起用。若是同一份表的新旧两版，请勾上换掉旧的。"
            )
    return found


def _files(
    paths: Sequence[Path], roster: Roster, goes: Iterable[str], new: Sequence[Path]
) -> list[RosterFile]:
    rows = Counter((row.origin.source.file, row.origin.source.sheet) for row in roster.rows)
    coming = {path.name.casefold() for path in new}
    return [
        RosterFile(
            path.name,
            file_digest(path),
            path.stat().st_size,
            tuple(
                TableFound(each.table, each.sheet, rows[each.file, each.sheet])
                for each in roster.tables
                if each.file == path.name
            ),
            path.name in goes,
            path.name.casefold() in coming,
        )
        for path in paths
    ]


def _compared(
    workspace: Path,
    files: Sequence[RosterFile],
    stays: Sequence[Path],
    new: Sequence[Path],
    doubts: Sequence[str],
    progress: Progress,
    campaign: str,
) -> Examined:
    reading = Reading(sorted((*stays, *new), key=lambda path: path.name))
    then = read_workspace(workspace, progress, None, campaign, reading)
    before = None if len(files) == len(new) else _current(workspace, campaign)
    changes = None
    if before is not None:
        progress.stage("比对现在的花名册")
        changes = compare(before.roster_township, then.roster_township)
    found = difference(workspace, Options(campaign=campaign), progress, workspace=then)
    problems = (
        *then.problems,
        *problems_of(found.held),
        *(changes.problems if changes else ()),
    )
    problems = tuple(dict.fromkeys(problems))
    rows = tuple(rows_of(changes)) if changes else ()
    causes = causes_of(found.touched, found.now, found.then)
    return Examined(
        files=tuple(files[: len(new)]),
        current=tuple(files[len(new) :]),
        doubts=tuple(doubts),
        problems=_first(sorted(problems, key=lambda each: list(Severity).index(each.severity))),
        counts=_counts(then, rows, problems),
        changes=_first(rows),
        papers=_papers(found),
        causes=_first(
            CauseTold(each.words, len(each.copies), papers_in_words(each.papers)) for each in causes
        ),
        same=found.same,
        is_first=before is None,
        campaign=campaign,
    )


def _current(workspace: Path, campaign: str) -> Workspace | None:
    """What lies in the workspace, if it can be read: a broken file may be what is replaced."""
    try:
        return read_workspace(workspace, campaign_file=campaign)
    except RosterError:
        return None


def _first(items: Iterable[_Item]) -> tuple[_Item, ...]:
    return tuple(items)[:MOST_TOLD]


def _counts(
    then: Workspace, rows: Sequence[RosterChange], problems: Sequence[Problem]
) -> dict[str, int]:
    township = then.township
    kinds, weights = Counter(row.kind for row in rows), Counter(p.severity for p in problems)
    return {
        **{name: len(getattr(township, name)) for name in ("villages", "cadres")},
        **{name: len(getattr(township, name)) for name in ("households", "venues")},
        **{kind.value: kinds[kind] for kind in ChangeKind},
        **{weight.value: weights[weight] for weight in Severity},
        "repairs": sum(1 for each in problems if each.code in REPAIRS),
    }


def _papers(found: Difference) -> tuple[PaperTouched, ...]:
    """The papers that are touched, in the order of the campaign."""
    titles = dict.fromkeys((each.layout, each.title) for each in found.touched)
    counts = Counter((each.layout, each.touch) for each in found.touched)
    return tuple(
        PaperTouched(
            layout,
            title,
            *(counts[layout, touch] for touch in (Touch.CHANGED, Touch.FIRST)),
            *(counts[layout, touch] for touch in (Touch.GONE, Touch.HELD)),
        )
        for layout, title in titles
    )


# --------------------------------------------------------------------------- doing it


def accept(workspace: Path, folder: Path, examined: Examined) -> int:
    """Put the files of `folder` in the place of those that they replace, as it was examined.

    What they say is recorded as an import, and corrections that they confirm are closed. Returns
    the number of the set that is kept. Raises UsageError where anything is not as it was when it
    was examined, LedgerError while a batch is printed.
    """
    with hold_workspace(workspace):
        _check_unchanged(workspace, examined)
        put = {}
        for each in examined.files:
            content = (folder / each.name).read_bytes() if (folder / each.name).is_file() else b""
            if digest_of(content) != each.sha256:
                raise UsageError(f"上传的 {each.name} 不见了或变了。", "请重新上传。")
            put[each.name] = content
        goes = [each.name for each in examined.current if each.is_replaced]
        whole = {each.name: each.sha256 for each in examined.current if not each.is_replaced}
        whole |= {each.name: each.sha256 for each in examined.files}
        number = put_files(
            workspace,
            KIND,
            put,
            goes,
            event="rosters-accepted",
            detail={"files": len(put), "households": examined.counts["households"]},
            note={"whole": whole},
        )
    _note(workspace, examined.campaign)
    return number


def _check_unchanged(workspace: Path, examined: Examined) -> None:
    now = _digests(workspace)
    if now != {each.name: each.sha256 for each in examined.current}:
        raise UsageError(
            "看过以后，工作文件夹里的花名册又变了，没有换。",
            "请再看一次新的花名册会改什么，再接受。",
        )


def take_back(workspace: Path) -> int:
    """Put back the rosters that stood there before the last ones were accepted.

    Corrections that they closed stand again. Returns the number of the set that was undone. Raises
    UsageError where there is none, or where the rosters were changed since; LedgerError while a
    batch is printed.
    """
    with hold_workspace(workspace):
        last = last_accepted(workspace)
        if last is None:
            raise UsageError("没有可以撤销的花名册。", "以前的花名册在备份里。")
        if _digests(workspace) != last.note["whole"]:
            raise UsageError(
                "接受以后，工作文件夹里的花名册又变了，不能撤销。", "请上传要用的花名册。"
            )
        with open_ledger(workspace) as ledger:
            reopen_confirmed(ledger, last.note["whole"])
        undo(workspace, last.number, event="rosters-taken-back")
    if roster_files(workspace):
        _note(workspace, CAMPAIGN_FILE)
    return last.number


def last_accepted(workspace: Path) -> Kept | None:
    """The rosters that were accepted last and not taken back."""
    return next((each for each in kept_sets(workspace, KIND) if not each.is_undone), None)


def _digests(workspace: Path) -> dict[str, str]:
    return {path.name: file_digest(path) for path in roster_files(workspace)}


def _note(workspace: Path, campaign: str) -> None:
    # The rosters are in their place: what cannot be noted now is noted by the next batch.
    with contextlib.suppress(CardgenError), open_ledger(workspace) as ledger:
        note_import(ledger, read_workspace(workspace, campaign_file=campaign))

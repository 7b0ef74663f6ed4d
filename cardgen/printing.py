"""A batch and its ledger: runs in, finished files and their record out, however often begun.

Says which batch this is, what was out when it began and which of its volumes are done; prints
the rest; asks for the copies back that nothing replaces; writes the reports; closes the account.
A batch that is whole is looked at, and left as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from cardgen import __version__, ledger
from cardgen.batch import Batch, Options, folders_of, print_layout, remove_stale
from cardgen.campaign import PaperChoice
from cardgen.editions import History
from cardgen.engine import Engine
from cardgen.identity import identity_of, source_of
from cardgen.job import thumbnail
from cardgen.layouts import RECALL_LIST, find_layout
from cardgen.ledger import BatchKey, BatchRow, Counts, Ledger, Recalled
from cardgen.model import BatchResult, SubjectKind, Why
from cardgen.plan import Selection
from cardgen.progress import Clock, Progress
from cardgen.recalling import collecting
from cardgen.report import Manifest, write_reports
from cardgen.report.recalls import write_recalls
from cardgen.runs import Run, runs_of
from cardgen.whole import make_folder, sweep_parts
from cardgen.workspace import Paper, Workspace, papers_of

MANIFEST, RECALLS, REPORTS = "manifest.csv", "recall.csv", ("report.json", "report.html")


class _Unwritten(Manifest):
    """The manifest of a batch that is whole: it is there already."""

    def __init__(self) -> None:
        self.copies = 0

    def add(self, printed: object, more: Sequence[str] = ()) -> None:
        """Write nothing."""


@dataclass
class Printing:
    """A batch in the ledger, on its way. `is_whole` where all of it is there already."""

    ledger: Ledger
    options: Options
    row: BatchRow
    history: History
    out: Path
    is_whole: bool

    def print(self, batch: Batch, runs: Sequence[Run], engine: Engine) -> None:
        """Print every layout's volumes, but those that are done. Raises a CardgenError."""
        batch.folder = str(self.out)
        sweep_parts([self.out, *(f for run in runs for f in folders_of(self.out, run.spec.name))])
        with self._manifest() as manifest:
            for run in runs:
                print_layout(batch, run, engine, manifest, self.out)
            with batch.clock.stage("ledger"):
                self._settle(runs)
                recalled = ledger.recalled_by(self.ledger, self.row)
            batch.recalled = len(recalled)
            if recalled and self._collects:
                self._print_recalls(batch, runs, recalled, engine, manifest)
            elif not self.is_whole and self.options.selection.is_all:
                self._remove_recalls()

    @property
    def _collects(self) -> bool:
        """Single papers are exchanged by hand, without a list."""
        return not self.options.selection.households

    def _print_recalls(
        self,
        batch: Batch,
        runs: Sequence[Run],
        recalled: Sequence[Recalled],
        engine: Engine,
        manifest: Manifest,
    ) -> None:
        """Print the list of what is to be collected, and write it for a spreadsheet."""
        workspace = batch.workspace
        titles = {run.spec.name: run.spec.title for run in runs}
        lists = collecting(self.ledger, recalled, workspace.township, titles)
        if not self.is_whole:
            write_recalls(self.out / RECALLS, lists)
        spec = find_layout(RECALL_LIST, workspace.folder)
        paper = (spec, PaperChoice(layout=spec.name))
        # Its serials are its own each time: a list is of one day.
        run = runs_of(workspace, [paper], Selection(), recalls=lists, history=self.history)[0]
        batch.total += run.plan.expected()
        print_layout(batch, run, engine, manifest, self.out)

    @contextmanager
    def _manifest(self) -> Iterator[Manifest]:
        if self.is_whole:
            yield _Unwritten()
            return
        make_folder(self.out)
        with Manifest(self.out / MANIFEST) as manifest:
            yield manifest

    def _remove_recalls(self) -> None:
        """An earlier list must not be walked again."""
        with suppress(OSError):
            (self.out / RECALLS).unlink()
        remove_stale(self.out, RECALL_LIST, set())

    def _settle(self, runs: Sequence[Run]) -> None:
        """Ask for the copies back that are out and were not planned any more."""
        gone: list[str] = []
        if self.options.selection.is_all:
            gone = [
                out.serial
                for run in runs
                for key, out in run.editions.gone()
                if key.subject not in run.lost and not out.is_recalled
            ]
        true = [serial for run in runs for serial in run.editions.true]
        ledger.settle(self.ledger, self.row, gone, true)

    def finish(
        self, batch: Batch, make_result: Callable[[], BatchResult], progress: Progress
    ) -> BatchResult:
        """Write the reports, and close the account. A batch of nothing leaves no trace."""
        if self.is_whole:
            return make_result()
        if self.options.only_changed and not batch.files and not batch.recalled:
            self._leave_nothing()
            batch.folder = ""
            return make_result()
        batch.thumbnails = [
            (line.name, picture or thumbnail(self.out / line.name, line.lead))
            for line, (_, picture) in zip(batch.files, batch.thumbnails, strict=True)
        ]
        progress.stage("写报告")
        result = make_result()
        write_reports(self.out, result)
        ledger.finish(self.ledger, self.row, _counts(result))
        return result

    def _leave_nothing(self) -> None:
        ledger.forget_batch(self.ledger, self.row)
        with suppress(OSError):
            (self.out / MANIFEST).unlink()
            self.out.rmdir()
            self.out.parent.rmdir()


def begin_printing(
    book: Ledger,
    workspace: Workspace,
    papers: Sequence[Paper],
    options: Options,
    clock: Clock,
    imported: int | None = None,
) -> Printing:
    """Find the batch that this is, or begin it; `imported` is the import that it prints from.

    Raises LedgerError, LayoutError.
    """
    with clock.stage("ledger"):
        source = source_of(workspace, papers, _named(options))
        asked = _asked(options, cover=options.has_cover(workspace.campaign))
        identity = identity_of(source, asked)
        kind = "changed" if options.only_changed else "build"
        out = _out_in(book, workspace.folder, options, identity)
        key = BatchKey(
            kind=kind,
            identity=identity,
            source=source,
            folder=str(out.resolve()),
            mark=workspace.mark,
            title=workspace.campaign.title,
            options=json.dumps(asked, ensure_ascii=False, sort_keys=True),
            version=__version__,
        )
        row = ledger.begun_before(book, key)
        if row is not None and row.is_finished and options.only_changed:
            row = None  # what is out has changed by it
        if row is not None and options.again and ledger.has_come_back(book, row):
            row = None  # what came back or was lost is out once more
        done = {} if row is None or options.again else ledger.volumes_done(book, row)
        row = row or ledger.begin(book, key, imported)
        history = history_of(book, workspace, papers, only_changed=options.only_changed, row=row)
    history.done, history.batch = done, row
    is_whole = row.is_finished and not options.again and _is_whole(out, history)
    return Printing(book, options, row, history, out, is_whole)


def begin_card(
    book: Ledger, workspace: Workspace, paper: Paper, subject: str, path: Path
) -> History:
    """Begin a batch of one paper: what is out of it, and where it is recorded."""
    spec = paper[0]
    # A route sheet lists what others got; all else speaks of its own subject.
    own = subject if spec.subject in (SubjectKind.HOUSEHOLD, SubjectKind.VENUE) else ""
    history = history_of(book, workspace, [paper], subject=own)
    key = BatchKey(
        kind="card",
        identity="",
        source="",
        folder=str(path.parent.resolve()),
        mark=workspace.mark,
        title=workspace.campaign.title,
        options=json.dumps({"layouts": [spec.name], "households": [subject]}, ensure_ascii=False),
        version=__version__,
    )
    history.batch, history.same = ledger.begin(book, key), Why.REPRINT
    return history


def end_card(history: History, result: BatchResult, true: Sequence[str] = ()) -> None:
    """Close the account of a single paper; one that was not printed leaves no trace. `true` is
    its serial, where it was asked back and is right again."""
    if history.ledger is None or history.batch is None:
        return
    if result.files:
        ledger.settle(history.ledger, history.batch, true=true)
        ledger.finish(history.ledger, history.batch, _counts(result))
    else:
        ledger.forget_batch(history.ledger, history.batch)


def _counts(result: BatchResult) -> Counts:
    return Counts(
        result.copies,
        result.printed,
        result.unchanged,
        sum(tally.excluded for tally in result.tallies),
        sum(tally.failed for tally in result.tallies),
    )


def history_of(
    book: Ledger | None,
    workspace: Workspace,
    papers: Sequence[Paper],
    *,
    only_changed: bool = False,
    row: BatchRow | None = None,
    subject: str = "",
    lazily: bool = False,
) -> History:
    """What is out of these papers, and of those of the campaign, whose serials they may list:
    now, or when the batch `row` began; of one `subject` where it is named. `lazily` is for few
    papers: see `serials_given`. Raises LedgerError."""
    if book is None:
        return History(only_changed=only_changed)
    layouts = [spec.name for spec, _ in (*papers, *papers_of(workspace, ()))] + [RECALL_LIST]
    standing = ledger.standing(book, layouts, row, subject)
    given = ledger.serials_given(book, standing, lazily=lazily or bool(subject))
    return History(standing, given, only_changed=only_changed, ledger=book)


def _is_whole(out: Path, history: History) -> bool:
    return all((out / name).is_file() for name in (MANIFEST, *REPORTS)) and all(
        history.done_before(out, name) is not None for name in history.done
    )


def _named(options: Options) -> list[Path]:
    """The files that the command names."""
    named = [path for path in (options.icc, options.since) if path is not None]
    found: list[Path] = []
    for path in named:
        inside = sorted(path.iterdir()) if path.is_dir() else [path]
        # Another workspace's ledger is not what is compared with.
        found += [each for each in inside if not each.name.startswith("cardgen.")]
    return found


def _asked(options: Options, *, cover: bool) -> dict[str, object]:
    """What was asked for, as far as it decides what is printed."""
    return {
        "layouts": list(options.layouts),
        "villages": list(options.selection.villages),
        "households": list(options.selection.households),
        "campaign": options.campaign,
        "proof": options.proof.value,
        "profile": options.profile.value if options.profile else "",
        "icc": options.icc is not None,
        "since": options.since is not None,
        "cover": cover,
        "changed": options.only_changed,
        **({"sheet": dict(options.sheet)} if options.sheet else {}),
    }


def _out_in(book: Ledger, folder: Path, options: Options, identity: str) -> Path:
    """Where the files go. What changed goes into a folder of its own each time, but for a batch
    that was cut off."""
    if not options.only_changed or options.out is not None:
        return options.out_in(folder)
    begun = ledger.folder_begun(book, "changed", identity)
    if begun is not None:
        return Path(begun)
    base = folder / "out" / "changed"
    used = [int(path.name) for path in base.glob("[0-9]*") if path.name.isdigit()]
    return base / f"{max(used, default=0) + 1:03d}"

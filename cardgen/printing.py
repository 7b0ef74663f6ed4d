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
from cardgen.batch import Batch, Options, Run, print_layout
from cardgen.editions import History
from cardgen.engine import Engine
from cardgen.identity import identity_of, source_of
from cardgen.job import thumbnail
from cardgen.ledger import BatchKey, BatchRow, Counts, Ledger
from cardgen.model import BatchResult
from cardgen.progress import Clock, Progress
from cardgen.report import Manifest, write_reports
from cardgen.whole import make_folder
from cardgen.workspace import Paper, Workspace, papers_of

MANIFEST, REPORTS = "manifest.csv", ("report.json", "report.html")


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
        with self._manifest() as manifest:
            for run in runs:
                print_layout(batch, run, engine, manifest, self.out)
        with batch.clock.stage("ledger"):
            self._settle(batch, runs)

    @contextmanager
    def _manifest(self) -> Iterator[Manifest]:
        if self.is_whole:
            yield _Unwritten()
            return
        make_folder(self.out)
        with Manifest(self.out / MANIFEST) as manifest:
            yield manifest

    def _settle(self, batch: Batch, runs: Sequence[Run]) -> None:
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
        batch.recalled = len(ledger.recalled_by(self.ledger, self.row))

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
        counts = Counts(
            result.copies,
            result.printed,
            result.unchanged,
            sum(tally.excluded for tally in result.tallies),
            sum(tally.failed for tally in result.tallies),
        )
        ledger.finish(self.ledger, self.row, counts)
        return result

    def _leave_nothing(self) -> None:
        ledger.forget_batch(self.ledger, self.row)
        with suppress(OSError):
            (self.out / MANIFEST).unlink()
            self.out.rmdir()
            self.out.parent.rmdir()


def begin_printing(
    book: Ledger, workspace: Workspace, papers: Sequence[Paper], options: Options, clock: Clock
) -> Printing:
    """Find the batch that this is, or begin it. Raises LedgerError, LayoutError."""
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
        done = {} if row is None or options.again else ledger.volumes_done(book, row)
        row = row or ledger.begin(book, key)
        layouts = [spec.name for spec, _ in (*papers, *papers_of(workspace, ()))]
        standing = ledger.standing(book, layouts, row)
        given = ledger.serials_given(book, standing)
    history = History(standing, given, done, options.only_changed, book, row)
    is_whole = row.is_finished and not options.again and _is_whole(out, history)
    return Printing(book, options, row, history, out, is_whole)


def _is_whole(out: Path, history: History) -> bool:
    return all((out / name).is_file() for name in (MANIFEST, *REPORTS)) and all(
        history.done_before(out, name) is not None for name in history.done
    )


def _named(options: Options) -> list[Path]:
    """The files that the command names."""
    named = [path for path in (options.icc, options.since) if path is not None]
    found: list[Path] = []
    for path in named:
        found += sorted(each for each in path.iterdir()) if path.is_dir() else [path]
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

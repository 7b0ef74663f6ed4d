"""Many townships in one go: their workspaces in, each printed as its own batch, a sum out.

Each has its ledger, its lock and its report; they share the engine. One that cannot be printed
is named, and does not stop the others.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from cardgen.engine import Engine, open_engine
from cardgen.errors import CardgenError, CoverageError, UsageError
from cardgen.model import BatchResult, County, Failure, TownshipLine
from cardgen.produce import Options, Progress, Quiet, build
from cardgen.report import mismatches
from cardgen.report.county import write_county
from cardgen.whole import make_folder

Unexpected = Callable[[Exception], Failure]


def build_county(
    folders: Sequence[Path],
    options: Options,
    progress: Progress | None = None,
    unexpected: Unexpected | None = None,
) -> tuple[County, Path]:
    """Print the townships one after the other; write county.json and county.html.

    `options` hold for all; `out` is the folder in which each gets one of its own name. Gives the
    sum and the folder where it is written: `out`, or the one that holds them all. `unexpected`
    says what an error was that is none of cardgen's; without it such an error stops everything.

    Raises UsageError where it cannot be known what goes where, OutputError for an engine that
    cannot be used or for a sum that cannot be written.
    """
    progress, start = progress or Quiet(), time.perf_counter()
    folders = list({folder.resolve(): folder for folder in folders}.values())
    where = options.out or _common(folders)
    _check(folders, options)
    lines = []
    with open_engine(options.engine, options.workers) as engine:
        for number, folder in enumerate(folders, 1):
            told = _Named(progress, f"{_name(folder)}（{number}/{len(folders)}）")
            own = replace(options, out=options.out / _name(folder)) if options.out else options
            lines.append(_line(folder, own, told, engine, unexpected))
    county = County(tuple(lines), time.perf_counter() - start)
    make_folder(where)
    write_county(where, county)
    return county, where


def _check(folders: Sequence[Path], options: Options) -> None:
    if options.since is not None:
        raise UsageError(
            "--since 一次只能用于一个工作文件夹。",
            "增减台账会自己和上一次的花名册比；去掉 --since。",
        )
    names = Counter(_name(folder) for folder in folders)
    twice = next((name for name, count in names.items() if count > 1), "")
    if options.out is not None and twice:
        raise UsageError(
            f"有 {names[twice]} 个文件夹都叫 {twice}，放不进同一个 --out。",
            "去掉 --out（各自放在自己的 out 里），或者分开印。",
        )


def _line(
    folder: Path,
    options: Options,
    progress: Progress,
    engine: Engine,
    unexpected: Unexpected | None,
) -> TownshipLine:
    """Print one township; what it says of itself is let go, but for the counts."""
    try:
        result = build(folder, options, progress, engine=engine)
    except CardgenError as error:
        return TownshipLine(
            str(folder), failure=Failure(error.message, error.hint, error.exit_code)
        )
    except Exception as error:
        if unexpected is None:
            raise
        return TownshipLine(str(folder), failure=unexpected(error))
    return line_of(folder, result)


def line_of(folder: Path, result: BatchResult) -> TownshipLine:
    """A township's line in the sum. One whose counts do not agree has failed."""
    report = str(Path(result.folder) / "report.html") if result.folder else ""
    failure = None
    if not result.closes or mismatches(result):
        failure = Failure("数目对不上，先不要发放。", "看它自己的报告。", CoverageError.exit_code)
    return TownshipLine(
        folder=str(folder),
        title=result.title,
        issuer=result.issuer,
        households=result.households,
        copies=result.copies,
        printed=result.printed,
        unchanged=result.unchanged,
        excluded=sum(tally.excluded for tally in result.tallies),
        failed=sum(tally.failed for tally in result.tallies),
        recalled=result.recalled,
        files=len(result.files),
        earlier=result.earlier,
        pages=sum(file.sheets for file in result.files),
        report=report,
        seconds=dict(result.seconds),
        failure=failure,
    )


def _name(folder: Path) -> str:
    """The folder's own name, also of `.`."""
    return folder.resolve().name


def _common(folders: Sequence[Path]) -> Path:
    """The folder that holds them all; this one, where that would be the whole disk."""
    common = Path(os.path.commonpath([folder.resolve().parent for folder in folders]))
    return Path() if common == Path(common.anchor) else common


class _Named:
    """Progress of one township among others."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress, self._name = progress, name

    def stage(self, name: str) -> None:
        """Name the township and the stage."""
        self._progress.stage(f"{self._name} {name}")

    def copies(self, done: int, total: int) -> None:
        """Tell how far this township is."""
        self._progress.copies(done, total)

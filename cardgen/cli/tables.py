"""What the commands about the ledger have in common: their words, and tables for Excel."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from cardgen.cli import show
from cardgen.errors import UsageError

AsJson = Annotated[bool, typer.Option("--json", help="结果写成 JSON，给别的程序读")]
Csv = Annotated[
    Path | None, typer.Option("--csv", metavar="文件", help="全部写成 csv 表，用 Excel 打开")
]
Folder = Annotated[
    Path, typer.Argument(metavar="文件夹", help="工作文件夹，里面有花名册和 cardgen.db")
]


def write_csv(
    folder: Path,
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[str | int]],
    *,
    quiet: bool = False,
) -> None:
    """Write a table and, where not `quiet`, say where. Raises UsageError for the place where
    rosters are: the next batch would read it as one."""
    from cardgen.report.spreadsheet import write_table

    refuse_among_rosters(folder, path, "--csv")
    write_table(path, header, rows)
    if not quiet:
        show.line(f"已写好 {path}")


def refuse_among_rosters(folder: Path, path: Path, option: str) -> None:
    """Raise UsageError for the place where rosters are, with another for `option`."""
    if path.resolve().parent == folder.resolve():
        raise UsageError(
            f"{path} 不要放在工作文件夹里：下次会被当成花名册来读。",
            f"放进别的文件夹，例如 {option} {folder / 'out' / path.name}。",
        )

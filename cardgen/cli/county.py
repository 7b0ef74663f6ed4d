"""`cardgen build` over several workspaces: each its own batch, and a sum at the end."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import typer

from cardgen.cli import show
from cardgen.county import build_county
from cardgen.model import County, Failure
from cardgen.produce import Options
from cardgen.report.county import COUNTS, county_json, county_sentence, name_of, result_of
from cardgen.report.words import counted, shown, timed
from cardgen.trouble import write_down

_SHOWN = ("households", "copies", "printed", "unchanged", "failed")


def print_county(folders: Sequence[Path], options: Options, as_json: bool) -> None:
    """Print the townships and show the sum. Ends with the exit code of the first that failed."""
    with show.progress(not as_json) as progress:
        county, where = build_county(folders, options, progress, _unexpected)
    if as_json:
        show.as_json(county_json(county))
    else:
        _show(county)
        show.line(f"汇总：{where / 'county.html'}")
    if county.exit_code:
        raise typer.Exit(county.exit_code)


def _show(county: County) -> None:
    heads = dict(COUNTS)
    names = [name for name in _SHOWN if name != "unchanged" or county.total(name)]
    rows = [
        (
            shown(name_of(line)),
            *(counted(getattr(line, name)) for name in names),
            timed(line.seconds.get("total", 0.0)),
            "没有印成" if line.failure else result_of(line),
        )
        for line in county.townships
    ]
    rows.append(
        ("合计", *(counted(county.total(name)) for name in names), timed(county.seconds), "")
    )
    show.table(("乡镇", *(heads[name] for name in names), "用时", "结果"), rows)
    show.line("")
    show.line(county_sentence(county))
    for line in county.failures:
        assert line.failure is not None
        show.error(f"{shown(name_of(line))}：{line.failure.message}", line.failure.hint)


def _unexpected(error: Exception) -> Failure:
    if os.environ.get("CARDGEN_DEBUG") == "1":
        raise error
    reference, path = write_down(error)
    where = f"详情写在 {path}，" if path else ""
    return Failure(
        f"程序出错（编号 {reference}）。", f"{where}请交给维护人员；里面没有姓名和电话。", 1
    )

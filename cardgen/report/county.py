"""The sum over many townships: a County in, county.json and county.html out.

A page that needs nothing else, with a line for each township and a link to its own report.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from cardgen.model import County, TownshipLine
from cardgen.report.words import counted, shown, timed
from cardgen.whole import write_whole

COUNTS = (
    *(("households", "户"), ("copies", "应印"), ("printed", "印出"), ("unchanged", "没有变")),
    *(("excluded", "有意不印"), ("failed", "未印成"), ("recalled", "要收回")),
    *(("files", "PDF"), ("pages", "页")),
)
"""What is counted, and its Chinese heading."""

_PAGE = """<!doctype html>
<html lang="zh-CN">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<title>{title}</title>
<style>{style}</style>
<header><h1>{title}</h1>
<div class="verdict {wrong}"><div class="mark">{mark}</div><p class="sentence">{sentence}</p></div>
</header>
<section>
<table>
<thead><tr><th>乡镇</th>{heads}<th class="number">用时</th><th>结果</th></tr></thead>
<tbody>
{rows}
</tbody>
<tfoot><tr><th>合计</th>{sums}<td class="number">{seconds}</td><td></td></tr></tfoot>
</table>
</section>
</html>
"""


def county_json(county: County) -> dict[str, object]:
    """The sum for other programs; seconds by stage for each township."""
    return {
        "townships": [_township(line) for line in county.townships],
        "printed_townships": len(county.townships) - len(county.failures),
        **{name: county.total(name) for name, _ in COUNTS},
        "seconds": round(county.seconds, 3),
        "closes": not county.failures,
    }


def county_sentence(county: County) -> str:
    """The whole sum in one breath."""
    printed = len(county.townships) - len(county.failures)
    words = f"{counted(len(county.townships))} 个乡镇，印好 {counted(printed)} 个"
    words += (
        f"；应印 {counted(county.total('copies'))} 份，印出 {counted(county.total('printed'))} 份"
    )
    for name, word in (("unchanged", "没有变"), ("excluded", "有意不印"), ("failed", "未印成")):
        if count := county.total(name):
            words += f"，{word} {counted(count)} 份"
    if county.failures:
        words += f"。{counted(len(county.failures))} 个没有印成，原因见下。"
        return words
    return f"{words}。数目相符。"


def result_of(line: TownshipLine) -> str:
    """What became of a township, in a few words."""
    if line.failure is not None:
        return f"{shown(line.failure.message)}{shown(line.failure.hint)}"
    if line.files and line.earlier == line.files:
        return "以前印好的，没有动"
    if not line.files:
        return "没有要印的"
    return "有未印成的，见报告" if line.failed else "印好"


def name_of(line: TownshipLine) -> str:
    """The name of a township: its folder's."""
    return Path(line.folder).resolve().name


def write_county(folder: Path, county: County) -> None:
    """Write county.json and county.html into the folder. Raises OutputError."""
    text = json.dumps(county_json(county), ensure_ascii=False, indent=1)
    write_whole(folder / "county.json", text + "\n")
    write_whole(folder / "county.html", county_html(folder, county))


def county_html(folder: Path, county: County) -> str:
    """The page as text; links go from the folder where it will be."""
    is_wrong = bool(county.failures)
    return _PAGE.format(
        title="各乡镇印制汇总",
        style=files("cardgen.report").joinpath("report.css").read_text("utf-8"),
        wrong="wrong" if is_wrong else "",
        mark="!" if is_wrong else "✓",
        sentence=escape(county_sentence(county)),
        heads="".join(f'<th class="number">{escape(word)}</th>' for _, word in COUNTS),
        rows="\n".join(_rows(folder, county)),
        sums="".join(_number(county.total(name)) for name, _ in COUNTS),
        seconds=timed(county.seconds),
    )


def _rows(folder: Path, county: County) -> Iterator[str]:
    for line in county.townships:
        name = escape(shown(name_of(line)))
        if line.report:
            link = quote(os.path.relpath(Path(line.report).resolve(), folder.resolve()))
            name = f'<a href="{escape(link)}">{name}</a>'
        counts = "".join(_number(getattr(line, what)) for what, _ in COUNTS)
        how = "bad" if line.failure else "good" if not line.failed else ""
        yield (
            f"<tr><th>{name}</th>{counts}"
            f'<td class="number">{timed(line.seconds.get("total", 0.0))}</td>'
            f'<td class="{how}">{escape(result_of(line))}</td></tr>'
        )


def _number(value: int) -> str:
    return f'<td class="number">{counted(value)}</td>'


def _township(line: TownshipLine) -> dict[str, object]:
    failure = line.failure
    return {
        "folder": line.folder,
        "name": name_of(line),
        "title": line.title,
        "issuer": line.issuer,
        **{name: getattr(line, name) for name, _ in COUNTS},
        "earlier": line.earlier,
        "report": line.report,
        "seconds": {stage: round(seconds, 3) for stage, seconds in line.seconds.items()},
        "error": failure
        and {
            "message": shown(failure.message),
            "hint": shown(failure.hint),
            "exit_code": failure.exit_code,
        },
    }

"""What the commands put on the screen: results and errors in, lines and tables out.

Results go to standard output, errors and progress to standard error. Loads rich only when
there is something to say. Words from rosters are never taken for markup.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from cardgen.model import Problem, Severity

if TYPE_CHECKING:
    from rich.console import Console

    from cardgen.produce import CheckResult
    from cardgen.progress import Progress

SEVERITIES = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.NOTICE: "提示"}
_STYLES = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTICE: "cyan"}
_MOST = {Severity.ERROR: 200, Severity.WARNING: 50, Severity.NOTICE: 20}


def out() -> Console:
    """The console of standard output."""
    return _console(False)


@cache
def _console(stderr: bool) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, soft_wrap=False, emoji=False, markup=False)


def line(text: str, style: str = "") -> None:
    """A line of result, never broken, so that paths can be copied."""
    if not style or not sys.stdout.isatty():
        sys.stdout.write(text + "\n")
        return
    from rich.text import Text

    out().print(Text(text, style), soft_wrap=True)


def error(message: str, hint: str = "") -> None:
    """What went wrong, and what to do, on standard error."""
    from rich.text import Text

    console = _console(True)
    console.print(Text.assemble(("✗ ", "bold red"), (message, "bold")), soft_wrap=True)
    if hint:
        console.print(Text(f"  {hint}"), soft_wrap=True)


def as_json(value: object) -> None:
    """A value for another program, on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A plain table with a line of headers. Words that are too long go on below."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for at, header in enumerate(headers):
        last = at == len(headers) - 1
        made.add_column(header, overflow="fold", no_wrap=not last and not out().is_terminal)
    for row in rows:
        made.add_row(*(Text(cell) for cell in row))
    out().print(made)


# --------------------------------------------------------------------------- problems


def place_of(problem: Problem) -> str:
    """Where a problem stands: `roster.xlsx:住户!F12`, as far as it is known."""
    place = problem.file
    if problem.sheet:
        place += f":{problem.sheet}"
    return f"{place}!{problem.cell}" if problem.cell else place


def problems(found: Sequence[Problem], everything: bool) -> None:
    """Problems by severity: tables on a terminal, else a line each for other programs."""
    if not out().is_terminal:
        for severity, word in SEVERITIES.items():
            for each in found:
                if each.severity is severity:
                    line(f"{word}\t{place_of(each)}\t{each.code}\t{_message(each)}")
        return
    for severity, word in SEVERITIES.items():
        some = [each for each in found if each.severity is severity]
        if not some:
            continue
        shown = some if everything else some[: _MOST[severity]]
        line(f"\n{word} {len(some):,} 处", _STYLES[severity])
        table(("位置", "代码", "说明"), ((place_of(p), p.code, _message(p)) for p in shown))
        if len(shown) < len(some):
            line(f"…还有 {len(some) - len(shown):,} 处，加 --all 看全部。", "dim")


def _message(problem: Problem) -> str:
    from cardgen.report.words import shown

    return shown(problem.message)


def counts(found: Iterable[Problem]) -> str:
    """How many of each severity: 错误 4，警告 6，提示 20."""
    seen = Counter(problem.severity for problem in found)
    words = [f"{word} {seen[each]:,}" for each, word in SEVERITIES.items() if seen[each]]
    return "，".join(words) or "没有发现问题"


def check_json(result: CheckResult) -> dict[str, Any]:
    """What `check` found, for another program; identity numbers are masked."""
    from cardgen.report.words import masked

    def plain(problem: Problem) -> dict[str, str]:
        return {key: masked(str(value)) for key, value in asdict(problem).items()}

    seen = Counter(problem.severity.value for problem in result.problems)
    return {
        "households": result.workspace.township.rows,
        "copies": result.copies,
        "counts": {each.value: seen[each.value] for each in Severity},
        "problems": [plain(problem) for problem in result.problems],
        "held": [
            {
                "layout": held.layout,
                "subject": held.subject,
                "village": held.village,
                "excluded": held.excluded,
                "reasons": [plain(reason) for reason in held.reasons],
            }
            for held in result.held
        ],
    }


# --------------------------------------------------------------------------- progress


@contextmanager
def progress(wanted: bool = True) -> Iterator[Progress]:
    """A bar on standard error while the block runs; silence where nobody looks at it."""
    if wanted and sys.stderr.isatty():
        from cardgen.cli.bar import bar

        with bar(_console(True)) as running:
            yield running
    else:
        from cardgen.progress import Quiet

        yield Quiet()

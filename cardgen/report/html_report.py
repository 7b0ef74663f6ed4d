"""The report for people: a batch's result in, one page of HTML out that needs nothing else.

Every text on the page goes through `words.shown` and is then escaped, by the environment
and not by the template's author. The page's policy (CSP) lets in its own style and script,
by their digests, and pictures that stand in it; nothing is fetched, nothing is sent.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from cardgen import __version__
from cardgen.model import BatchResult, Held, Problem, Severity, Tally
from cardgen.report import verdict as words_of
from cardgen.report.advice import REPAIRS, advice
from cardgen.report.json_report import stamped_share
from cardgen.report.words import (
    PROOFS,
    SEVERITIES,
    STAGES,
    counted,
    masked,
    place_of,
    shown,
    sized,
    timed,
    title_of,
)
from cardgen.whole import write_whole

MOST_ROWS = 2000
"""Rows of one table on the page; more make a browser slow. report.json has them all."""

MOST_PICTURES = 60

_WEIGHTS = list(Severity)
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, slots=True)
class Group:
    """The findings of one code: how many, the gravest weight among them, what to do."""

    code: str
    title: str
    severity: Severity
    count: int
    advice: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A thumbnail with the size it takes, so that the page does not jump while it loads."""

    name: str
    source: Markup
    width: int
    height: int


def report_html(result: BatchResult, *, made: datetime | None = None) -> str:
    """The page as text."""
    environment = _environment()
    style = _part("report.css")
    script = _part("report.js")
    problems = sorted(result.problems, key=lambda found: _WEIGHTS.index(found.severity))
    repairs = [found for found in problems if found.code in REPAIRS and found.before]
    doubts = [found for found in problems if not (found.code in REPAIRS and found.before)]
    return environment.get_template("report.html.j2").render(
        result=result,
        made=made,
        version=__version__,
        style=Markup(style),
        script=Markup(script),
        policy=_policy(style, script),
        verdict=words_of.verdict(result),
        gaps=words_of.mismatches(result),
        steps=words_of.next_steps(result, "下面"),
        severity_counts=words_of.severity_counts(result),
        proof=PROOFS.get(result.proof, result.proof),
        titles={tally.layout: tally.title for tally in result.tallies},
        held=sorted(result.held, key=lambda held: held.excluded),
        doubts=doubts,
        repairs=repairs,
        doubt_rows=_fairly(doubts),
        repair_rows=_fairly(repairs),
        doubt_groups=list(_groups(doubts)),
        repair_groups=list(_groups(repairs)),
        villages=_villages(result),
        pictures=list(_pictures(result)),
        most=MOST_ROWS,
    )


def write_html(path: Path, result: BatchResult, *, made: datetime | None = None) -> None:
    """Write report.html, whole or not at all."""
    write_whole(path, report_html(result, made=made))


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("cardgen.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalized,
    )
    environment.filters.update(
        counted=counted, sized=sized, timed=timed, place=place_of, advice=advice,
        code_title=title_of, severity=SEVERITIES.__getitem__, weight=_WEIGHTS.index,
        stage=lambda stage: STAGES.get(stage, stage), link=_link, share=_share,
        reasons=_reasons,
    )  # fmt: skip
    return environment


def _finalized(value: object) -> object:
    return shown(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _part(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None
    # A browser reads line ends as \n before it takes the digest (HTML, 13.2.3.5).
    return environment.loader.get_source(environment, name)[0].replace("\r\n", "\n")


def _policy(style: str, script: str) -> Markup:
    """What the page may load: CSP level 3; the digests are of the text between the tags."""
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (style, script)
    ]
    return Markup(
        "default-src 'none'; img-src data:; style-src 'sha256-{}'; script-src 'sha256-{}'; "
        "base-uri 'none'; form-action 'none'"
    ).format(*map(Markup, digests))


def _link(name: str) -> Markup:
    """A link to a file below the report, or nothing where its name may not be shown.

    The dot and the quoting keep names like `javascript:…` and `//host/…` below the report.
    """
    return Markup("./" + quote(name, errors="replace")) if masked(name) == name else Markup("")


def _share(tally: Tally) -> str:
    return f"{stamped_share(tally):.1%}"


def _reasons(held: Held) -> tuple[Problem, ...]:
    """Never none: a copy without a reason is a finding of its own."""
    if held.reasons:
        return held.reasons
    unknown = Problem("copy-failed", Severity.ERROR, "没有说明原因")
    return (unknown,)


def _groups(problems: list[Problem]) -> Iterator[Group]:
    """By code, the gravest first, then the most frequent."""
    counts = Counter(found.code for found in problems)
    gravest = {found.code: found.severity for found in reversed(problems)}
    for code in sorted(counts, key=lambda c: (_WEIGHTS.index(gravest[c]), -counts[c], c)):
        yield Group(code, title_of(code), gravest[code], counts[code], advice(code))


def _fairly(problems: list[Problem]) -> list[Problem]:
    """As many as the page takes, in their order, some of each code."""
    if len(problems) <= MOST_ROWS:
        return problems
    share = MOST_ROWS // len({found.code for found in problems})
    seen = Counter[str]()
    first: set[int] = set()
    rest = []
    for number, found in enumerate(problems):
        if seen[found.code] < share:
            seen[found.code] += 1
            first.add(number)
        else:
            rest.append(number)
    first.update(rest[: MOST_ROWS - len(first)])
    return [problems[number] for number in sorted(first)]


def _villages(result: BatchResult) -> dict[str, list[tuple[str, int, int]]]:
    """By layout: each village with what was printed for it and what was not."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for (layout, village), (printed, held) in result.by_village.items():
        found.setdefault(layout, []).append((village or "全镇", printed, held))
    return found


def _pictures(result: BatchResult) -> Iterator[Picture]:
    for name, data in result.thumbnails[:MOST_PICTURES]:
        if not data.startswith(_PNG) or len(data) < 24:
            continue
        # PNG 3rd edition, 11.2.1: IHDR comes first, width and height are its first fields.
        width, height = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
        source = Markup("data:image/png;base64,") + base64.b64encode(data).decode()
        yield Picture(name, source, width, height)

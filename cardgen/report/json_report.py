"""The report for programs: a batch's result in, report.json out.

Keys stand in a fixed order. Lists of what was not printed come with every reason, whole,
however long they are; report.html is the one that shortens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from cardgen import __version__
from cardgen.model import BatchResult, FileLine, Held, Problem, Tally
from cardgen.report.verdict import mismatches, verdict
from cardgen.report.words import masked
from cardgen.whole import write_whole


def report_json(result: BatchResult, *, made: datetime | None = None) -> dict[str, object]:
    """The report as plain dicts and lists; identity numbers in it are masked."""
    gaps = mismatches(result)
    report = {
        "title": result.title,
        "issuer": result.issuer,
        "batch": result.mark,
        "program": {"name": "cardgen", "version": __version__},
        "made": made.isoformat(timespec="seconds") if made else "",
        "verdict": verdict(result),
        "closes": not gaps,
        "mismatches": gaps,
        "households": result.households,
        "copies": result.copies,
        "printed": result.printed,
        "unchanged": result.unchanged,
        "recalled": result.recalled,
        "excluded": [_held(held) for held in result.held if held.excluded],
        "failed": [_held(held) for held in result.held if not held.excluded],
        "rows_excluded": [
            {
                "file": origin.source.file,
                "sheet": origin.source.sheet,
                "row": origin.row,
                "reason": reason,
            }
            for origin, reason in result.rows_excluded
        ],
        "proof": result.proof,
        "layouts": [_layout(tally) for tally in result.tallies],
        "villages": [
            {"layout": layout, "village": village, "printed": printed, "held": held}
            for (layout, village), (printed, held) in result.by_village.items()
        ],
        "files": [_file(file) for file in result.files],
        "problems": [_problem(problem) for problem in result.problems],
        "seconds": {stage: round(seconds, 3) for stage, seconds in result.seconds.items()},
    }
    return {key: _masked(value) for key, value in report.items()}


def write_json(path: Path, result: BatchResult, *, made: datetime | None = None) -> None:
    """Write report.json, whole or not at all."""
    report = report_json(result, made=made)
    write_whole(path, json.dumps(report, ensure_ascii=False, indent=1) + "\n")


def _layout(tally: Tally) -> dict[str, object]:
    return {
        "layout": tally.layout,
        "title": tally.title,
        "subjects": tally.subjects,
        "copies": tally.copies,
        "printed": tally.printed,
        "unchanged": tally.unchanged,
        "excluded": tally.excluded,
        "failed": tally.failed,
        "closes": tally.closes,
        "forms": tally.forms,
        "stamped": tally.stamped,
        "stamped_share": stamped_share(tally),
    }


def stamped_share(tally: Tally) -> float:
    """Which part of the printed copies shares its form with another, from 0 to 1."""
    return round(tally.stamped / tally.printed, 4) if tally.printed else 0.0


def _held(held: Held) -> dict[str, object]:
    return {
        "layout": held.layout,
        "subject": held.subject,
        "village": held.village,
        "reasons": [_problem(reason) for reason in held.reasons],
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {
        "code": problem.code,
        "severity": problem.severity.value,
        "message": problem.message,
        "file": problem.file,
        "sheet": problem.sheet,
        "cell": problem.cell,
        "before": problem.before,
    }


def _file(file: FileLine) -> dict[str, object]:
    return {
        "name": file.name,
        "layout": file.layout,
        "village": file.village,
        "bundle": file.bundle,
        "sheets": file.sheets,
        "lead": file.lead,
        "copies": file.copies,
        "size": file.size,
        "sha256": file.sha256,
    }


def _masked(value: object) -> object:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {key: _masked(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_masked(one) for one in value]
    return value

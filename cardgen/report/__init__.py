"""Tell what a batch did: its result in, manifest.csv, report.json and report.html out.

The papers of a batch about itself, for the office only: they may hold names, and never a
whole identity number. They count for themselves (`mismatches`), so that a report cannot
say that all is well over a list of files that says otherwise. manifest.csv is written line
by line while volumes finish; the other two at the end, whole or not at all.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cardgen.model import BatchResult
from cardgen.report.html_report import report_html, write_html
from cardgen.report.json_report import report_json, write_json
from cardgen.report.manifest import HEADER, Manifest, read_manifest
from cardgen.report.verdict import mismatches, summary_lines, verdict

__all__ = [
    "HEADER",
    "Manifest",
    "mismatches",
    "read_manifest",
    "report_html",
    "report_json",
    "summary_lines",
    "verdict",
    "write_html",
    "write_json",
    "write_reports",
]


def write_reports(
    folder: Path, result: BatchResult, *, made: datetime | None = None
) -> tuple[Path, Path]:
    """Write report.json and report.html into the folder; `made` is the time they show."""
    as_json, as_html = folder / "report.json", folder / "report.html"
    write_json(as_json, result, made=made)
    write_html(as_html, result, made=made)
    return as_json, as_html

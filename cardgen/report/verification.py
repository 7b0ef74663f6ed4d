"""What a later reading found: verify.csv, verify.json and a section of report.html out.

Read again, a batch has the section once: it takes the place of the one before.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from cardgen.model import Checked, Verdict
from cardgen.report.manifest import safe_cell
from cardgen.report.words import counted, masked, shown
from cardgen.whole import write_whole

BEGIN, END = "<!-- verify -->", "<!-- /verify -->"
MOST_ROWS = 2000
_HEADER = (
    *("serial", "layout", "subject", "village", "file", "sheet", "side", "cell"),
    *("verdict", "reason"),
)
Finding = tuple[str, str]


def verdict_line(copies: Sequence[Checked], findings: Sequence[Finding]) -> str:
    """What was found, in one breath."""
    seen = Counter(copy.verdict for copy in copies)
    words = (
        f"核对 {counted(len(copies))} 份：OK {counted(seen[Verdict.OK])}，"
        f"重印 {counted(seen[Verdict.REPRINT])}，抽出 {counted(seen[Verdict.PULL])}"
    )
    if findings:
        return f"{words}；另有 {counted(len(findings))} 处对不上。"
    return f"{words}。" + ("每一份都对。" if len(copies) == seen[Verdict.OK] else "")


def verification_json(copies: Sequence[Checked], findings: Sequence[Finding]) -> dict[str, object]:
    """The result for programs. Copies that are OK are counted, and not listed."""
    seen = Counter(copy.verdict for copy in copies)
    return {
        "verdict": verdict_line(copies, findings),
        "closes": not findings and len(copies) == seen[Verdict.OK],
        "copies": len(copies),
        "ok": seen[Verdict.OK],
        "reprint": seen[Verdict.REPRINT],
        "pull": seen[Verdict.PULL],
        "findings": [{"file": name, "message": masked(text)} for name, text in findings],
        "wrong": [
            {key: masked(str(value)) if isinstance(value, str) else value for key, value in row}
            for row in (list(copy._asdict().items()) for copy in _wrong(copies))
        ],
    }


def write_verification(
    folder: Path, copies: Sequence[Checked], findings: Sequence[Finding]
) -> None:
    """Write verify.csv and verify.json into the folder, and the section into its report.html."""
    write_whole(folder / "verify.csv", _csv(copies))
    told = verification_json(copies, findings)
    write_whole(folder / "verify.json", json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    page = folder / "report.html"
    if page.is_file():
        text = page.read_text("utf-8", errors="replace")
        write_whole(page, with_section(text, copies, findings))


def _csv(copies: Sequence[Checked]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for copy in copies:
        # A lone carriage return ends a line for csv.reader even within a cell.
        writer.writerow([safe_cell(masked(str(value)).replace("\r", " ")) for value in copy])
    return text.getvalue()


def with_section(page: str, copies: Sequence[Checked], findings: Sequence[Finding]) -> str:
    """The report with this section in front of all others, in the place of an earlier one."""
    bare = re.sub(f"{re.escape(BEGIN)}.*?{re.escape(END)}\n?", "", page, flags=re.DOTALL)
    head, main, rest = bare.partition("<main>\n")
    if not main:
        return page
    return f"{head}{main}{BEGIN}{_section(copies, findings)}{END}\n{rest}"


def _section(copies: Sequence[Checked], findings: Sequence[Finding]) -> str:
    parts = [
        '<section aria-labelledby="verify"><h2 id="verify">成品核对</h2>',
        f"<p>{_safe(verdict_line(copies, findings))}"
        "抽出：印着别人的号码、姓名或编号，不能发出去；重印：这一份不对，或读不出来。</p>",
    ]
    if findings:
        rows = [[_cell(name, "path"), _cell(text)] for name, text in findings[:MOST_ROWS]]
        parts.append(_table(("文件", "哪里对不上"), rows))
    wrong = _wrong(copies)
    if wrong:
        rows = [
            [
                _cell(copy.verdict.value, "bad" if copy.verdict is Verdict.PULL else ""),
                *(_cell(text) for text in (copy.serial, copy.village, copy.subject)),
                _cell(copy.file, "path"),
                _cell(f"第 {copy.sheet} 张第 {copy.cell} 格"),
                _cell(copy.reason),
            ]
            for copy in wrong[:MOST_ROWS]
        ]
        parts.append(_table(("结论", "编号", "村", "给谁", "文件", "位置", "原因"), rows))
    if max(len(findings), len(wrong)) > MOST_ROWS:
        parts.append(f'<p class="note">这里各列出 {MOST_ROWS:,} 条；verify.csv 里有全部。</p>')
    return "".join([*parts, _by_file(copies), "</section>"])


def _by_file(copies: Sequence[Checked]) -> str:
    rows = [
        [_cell(name, "path"), *(_cell(counted(seen[each]), "number") for each in Verdict)]
        for name, seen in counts_by_file(copies).items()
    ]
    return _table(("文件", *(each.value for each in Verdict)), rows)


def counts_by_file(copies: Sequence[Checked]) -> Mapping[str, Counter[Verdict]]:
    """How many copies of each verdict, by file."""
    found: dict[str, Counter[Verdict]] = {}
    for copy in copies:
        found.setdefault(copy.file, Counter())[copy.verdict] += 1
    return found


def _wrong(copies: Sequence[Checked]) -> list[Checked]:
    wrong = [copy for copy in copies if copy.verdict is not Verdict.OK]
    return sorted(wrong, key=lambda copy: copy.verdict is not Verdict.PULL)


def _table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f'<th scope="col">{_safe(header)}</th>' for header in headers)
    body = "".join(f"<tr>{''.join(row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str, kind: str = "") -> str:
    return f'<td class="{kind}">{_safe(text)}</td>' if kind else f"<td>{_safe(text)}</td>"


def _safe(text: str) -> str:
    return escape(shown(text))

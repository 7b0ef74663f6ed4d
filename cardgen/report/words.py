"""Texts and numbers as the reports show them: masked, visible, counted in Chinese."""

from __future__ import annotations

import re

from cardgen.model import Problem, Severity
from cardgen.problems import Code

SEVERITIES = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.NOTICE: "提示"}

STAGES = {
    "roster": "读名册", "resolve": "理名册、找负责人", "plan": "排份数和顺序",
    "typeset": "排版", "fit": "文字放进格子", "impose": "拼版", "stamp": "填字",
    "press": "生成 PDF", "proof": "读回核对", "report": "写报告", "total": "合计",
}  # fmt: skip

PROOFS = {
    "all": "每一份都从做好的 PDF 里读回来核对过",
    "sample": "只抽查了一部分：从做好的 PDF 里读回来核对",
    "none": "没有读回核对（命令里选了不核对）",
}

# By shape and birthday alone, not by the check digit: one that was mistyped still tells who
# it is. A 户号 of 18 digits (village code and number) has no birthday in its middle.
_DAY = r"(?:0[1-9]|1[0-2])[ -]?(?:0[1-9]|[12]\d|3[01])"
_IDENTITY = re.compile(
    rf"(?<![0-9A-Za-z])[1-8]\d{{5}}[ -]?(?:(?:18|19|20)\d\d[ -]?{_DAY}[ -]?\d{{3}}[0-9Xx]"
    rf"|\d\d[ -]?{_DAY}[ -]?\d{{3}})(?![0-9A-Za-z])",
    re.ASCII,
)
_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－　", "0123456789Xx- ")

# Controls, blanks without width, and what turns the direction of the text that follows
# (Unicode 16, 23.2): they would move or hide the words of the report itself.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_NAMED = {"\n": "⏎", "\r": "⏎", "\t": "⇥"}


def masked(text: str) -> str:
    """The text, with the middle of each identity number in it hidden."""
    # Read as a person reads it: without the characters that cannot be seen.
    kept = [(place, char) for place, char in enumerate(text) if not _UNSEEN.match(char)]
    if len(kept) < 15:
        return text
    plain = "".join(char for _, char in kept).translate(_WIDE)
    for found in _IDENTITY.finditer(plain):
        start, end = kept[found.start() + 3][0], kept[found.end() - 2][0]
        text = text[:start] + "*" * (end - start) + text[end:]
    return text


def visible(text: str) -> str:
    """The text, with what cannot be seen shown by its code point: ⟨U+202E⟩."""
    return _UNSEEN.sub(lambda found: _NAMED.get(found[0], f"⟨U+{ord(found[0]):04X}⟩"), text)


def shown(text: str) -> str:
    """A text from a roster as a report shows it."""
    return visible(masked(text))


def counted(number: int) -> str:
    """A number with commas: 8,000."""
    return f"{number:,}"


def sized(size: int) -> str:
    """The size of a file, as file managers show it."""
    return f"{size / 1_048_576:.1f} MB" if size >= 1_048_576 else f"{-(-size // 1024)} KB"


def timed(seconds: float) -> str:
    """A length of time in Chinese."""
    if seconds < 60:
        return f"{seconds:.2f} 秒" if seconds < 10 else f"{seconds:.0f} 秒"
    return f"{int(seconds) // 60} 分 {int(seconds) % 60} 秒"


def place_of(problem: Problem) -> str:
    """Where a finding stands: file, sheet and cell, as far as they are known."""
    return " · ".join(part for part in (problem.file, problem.sheet, problem.cell) if part)


def title_of(code: str) -> str:
    """The few words of a code; the code itself where it is not in the table."""
    try:
        return Code(code).heading
    except ValueError:
        return code

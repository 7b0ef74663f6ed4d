"""Cut a text where the script changes, as Pango does: text in, pieces with their start out.

Hanzi and letters beside them are shaped apart. Marks, digits and blanks belong to what stands
before them (at the start: after them), and a closing bracket to what its opening one does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_LETTER = "A-Za-zÀ-ɏͰ-ӿḀ-ỿ"
_EASTERN = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3041-\u31ff\u3400-\ua4cf"
    "\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff"
)
_HAS_LETTER = re.compile(f"[{_LETTER}]")
_HAS_EASTERN = re.compile(f"[{_EASTERN}]")
_OPENING = "([{«‘“‹〈《「『【〔〖〘〚（［｛"
_CLOSING = ")]}»’”›〉》」』】〕〗〙〛）］｝"


def script_runs(text: str) -> Iterator[tuple[int, str]]:
    """The pieces of one script each, and where they start."""
    if _HAS_LETTER.search(text) is None or _HAS_EASTERN.search(text) is None:
        yield 0, text
        return
    start, current = 0, ""
    brackets: list[tuple[str, str]] = []  # closing mark that is waited for, script
    for index, char in enumerate(text):
        script = _script(char)
        if not script and char in _CLOSING:
            script = _closed(char, brackets)
        if script and current and script != current:
            yield start, text[start:index]
            start, current = index, script
        elif script and not current:
            current = script
            brackets = [(mark, before or script) for mark, before in brackets]
        if not script and char in _OPENING:
            brackets.append((_CLOSING[_OPENING.index(char)], current))
    yield start, text[start:]


def _script(char: str) -> str:
    if _HAS_LETTER.match(char):
        return "letter"
    return "eastern" if _HAS_EASTERN.match(char) else ""


def _closed(char: str, brackets: list[tuple[str, str]]) -> str:
    """The script before the opening bracket that `char` closes; "" if there is none."""
    while brackets:
        mark, script = brackets.pop()
        if mark == char:
            return script
    return ""

"""Turn a letter's words into a template: Markdown with `{{ }}` in, HTML with `{{ }}` out.

Markdown is read first, with each expression kept as one opaque character; the expressions come
back into the finished HTML. So a value can never become markup. Headings, paragraphs, lists,
emphasis, rules and tables are understood; all else is refused with its line. The levels of
official letters (GB/T 9704: 一、 （一） 1. （1）) get a class each. Owns markdown-it-py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from cardgen.errors import LayoutError

# A string may hold the closing braces: {{ "}}" }}. A comment ends at its first #}.
_EXPRESSION = re.compile(
    r"\{#.*?#\}|(?:\{\{|\{%)(?:\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[^\"'])*?(?:\}\}|%\})", re.S
)
_LEFT_OVER = re.compile(r"\{\{|\{%|\{#|%\}|\}\}|#\}")
_STATEMENT = re.compile(r"\{%[-+]?\s*(\w*)")
_STATEMENTS = ("if", "elif", "else", "endif", "for", "endfor", "set")
_FIRST_STAND_IN = 0xF0000  # plane 15, private use: a letter to Markdown, and no text of ours
_STAND_INS = re.compile("[\U000f0000-\U000ffffd]")
_NUMBERED = re.compile(r"(\d{1,9})([.)])[ \t]*")
_HAN_NUMBER = "[一二三四五六七八九十百]+"
_LEVELS = (
    ("level-1", re.compile(f"{_HAN_NUMBER}、")),
    ("level-2", re.compile(f"（{_HAN_NUMBER}）")),
    ("level-3", re.compile(r"\d+[.．、]")),
    ("level-4", re.compile(r"（\d+）")),
)
_OF_HEADING = {"h2": "level-1", "h3": "level-2", "h4": "level-3", "h5": "level-4", "h6": "level-4"}
_LEADS = ("level-1", "level-2")  # set in another face, up to the first full stop
_REFUSED = {
    "link_open": ("链接", "网址写成文字，或做成二维码放进版式。"),
    "image": ("图片", "图片放进版式。"),
    "html_inline": ("HTML", "只写文字；小于号写成 &lt;。"),
    "html_block": ("HTML", "只写文字；小于号写成 &lt;。"),
    "code_inline": ("代码（`）", "去掉反引号。"),
    "fence": ("代码（```）", "去掉反引号。"),
    "blockquote_open": ("引文（>）", "去掉行首的 >。"),
}


class _Parser(MarkdownIt):
    """Sees every link, also those that it would leave as they stand: they are refused here."""

    def validateLink(self, url: str) -> bool:
        """Any address."""
        return True


_BREAK = Token("hardbreak", "br", 0)


@dataclass(frozen=True, slots=True)
class Words:
    """A letter's words as two templates: the title, and all that follows.

    The title is the heading `# ` that the file begins with; several are its lines.
    """

    heading: str
    text: str


def read_words(source: str, name: str) -> Words:
    """Turn the text of a body file into templates whose lines are those of the file.

    Raises LayoutError that names the file and the line.
    """
    return _Reader(name).read(source)


@dataclass
class _Reader:
    name: str
    expressions: list[tuple[int, str]] = field(default_factory=list)
    """Line and source of each expression that a stand-in stands for."""
    origin: list[int] = field(default_factory=list)
    """For each line that Markdown sees, the line of the file."""

    def read(self, source: str) -> Words:
        source = source.replace("\r\n", "\n").replace("\r", "\n")
        found = _STAND_INS.search(source)
        if found:
            raise self._error(_line(source, found.start()), "有不能用的私用区字符", "删掉它。")
        parser = _Parser("commonmark").enable("table")
        parser.disable(["code", "lheading", "reference"])
        tokens = parser.parse(self._lines(self._hide(source)))
        for token in tokens:
            self._check(token)
        titles = 0
        while tokens[3 * titles : 3 * titles + 1] and tokens[3 * titles].tag == "h1":
            titles += 1
        heading = [line for n in range(titles) for line in (tokens[3 * n + 1], _BREAK)][:-1]
        return Words(self._template(heading), self._template(tokens[3 * titles :]))

    # ----------------------------------------------------------------- before Markdown

    def _hide(self, source: str) -> str:
        """The source with a stand-in for each expression; comments are left out."""
        parts, at = [], 0
        for found in _EXPRESSION.finditer(source):
            text, line = found.group(), _line(source, found.start())
            self._refuse_left_over(source, at, found.start())
            parts.append(source[at : found.start()])
            at = found.end()
            if not text.startswith("{#"):
                self._check_expression(text, line)
                parts.append(chr(_FIRST_STAND_IN + len(self.expressions)))
                self.expressions.append((line, text))
            # Lines are counted, so an expression of three lines leaves two behind.
            parts.append("\x1e" * text.count("\n"))
        self._refuse_left_over(source, at, len(source))
        parts.append(source[at:])
        return "".join(parts)

    def _refuse_left_over(self, source: str, start: int, end: int) -> None:
        found = _LEFT_OVER.search(source, start, end)
        if found:
            raise self._error(
                _line(source, found.start()),
                f"“{found.group()}”没有成对",
                "{{ 和 }}、{% 和 %} 都要成对，引号也要成对。",
            )

    def _check_expression(self, text: str, line: int) -> None:
        ends = {"{{": "}}", "{%": "%}"}
        if not text.endswith(ends[text[:2]]):
            raise self._error(line, f"“{text[:2]}”没有用“{ends[text[:2]]}”结束", "成对地写。")
        statement = _STATEMENT.match(text)
        if statement and statement.group(1) not in _STATEMENTS:
            raise self._error(
                line,
                f"正文里不能用 {{% {statement.group(1)} %}}",
                f"能用的有：{'、'.join(_STATEMENTS)}。",
            )

    def _lines(self, hidden: str) -> str:
        """The lines as Markdown is to see them; `origin` keeps where each comes from."""
        lines: list[str] = []
        number = 1
        for line in hidden.split("\n"):
            text = line.replace("\x1e", "").strip(" \t\u3000")
            # A number is written as it stands, and is no list: "1." begins a paragraph.
            numbered = _NUMBERED.match(text)
            if numbered:
                text = numbered.expand(r"\1\\\2") + text[numbered.end() :]
            alone = bool(text) and all(self._is_statement(char) for char in text)
            begins = alone or any(pattern.match(line.strip()) for _, pattern in _LEVELS)
            for each in ([""] if begins else []) + [text] + ([""] if alone else []):
                lines.append(each)
                self.origin.append(number)
            number += 1 + line.count("\x1e")
        return "\n".join(lines)

    def _is_statement(self, char: str) -> bool:
        if char in " \t":
            return True
        return bool(_STAND_INS.match(char)) and self._expression(char)[1].startswith("{%")

    def _expression(self, char: str) -> tuple[int, str]:
        return self.expressions[ord(char) - _FIRST_STAND_IN]

    # ----------------------------------------------------------------- after Markdown

    def _check(self, token: Token, line: int = 0) -> None:
        line = self.origin[token.map[0]] if token.map else line
        if token.type in _REFUSED:
            what, hint = _REFUSED[token.type]
            raise self._error(line, f"正文里不能有{what}", hint)
        for child in token.children or ():
            line += child.type in ("softbreak", "hardbreak")
            self._check(child, line)

    def _template(self, tokens: Sequence[Token]) -> str:
        """HTML of these tokens, with the expressions back in, each on the line of the file."""
        html = "".join(_html(tokens, self._is_statement)).replace("{", "&#123;")
        line = 1

        def back(found: re.Match[str]) -> str:
            nonlocal line
            wanted, text = self._expression(found.group())
            # Blank lines inside the braces change nothing but the count.
            head = 3 if text[2] in "-+" else 2
            padded = text[:head] + "\n" * max(0, wanted - line) + " " + text[head:]
            line = max(line, wanted) + text.count("\n")
            return padded

        return _STAND_INS.sub(back, html)

    def _error(self, line: int, message: str, hint: str) -> LayoutError:
        return LayoutError(f"{self.name} 第 {line} 行：{message}。", hint)


def _line(source: str, at: int) -> int:
    return source.count("\n", 0, at) + 1


# --------------------------------------------------------------------------- HTML


def _html(tokens: Sequence[Token], is_statement: Callable[[str], bool]) -> Iterator[str]:
    """The HTML of block tokens, without a line break of its own."""
    bare, tag = False, ""
    for at, token in enumerate(tokens):
        if token.type in ("paragraph_open", "heading_open"):
            inner = tokens[at + 1]
            # Statements that stand by themselves are no paragraph.
            bare = all(map(is_statement, inner.content)) and inner.content != ""
            tag = token.tag
            yield "" if bare else _paragraph_tag(_level(inner, tag), _is_heading(inner))
        elif token.type in ("paragraph_close", "heading_close"):
            yield "" if bare else "</p>"
            bare = False
        elif token.type == "inline":
            yield _inline(token, lead=_level(token, tag) in _LEADS)
        elif token.type in ("hr", "hardbreak"):
            yield f"<{token.tag}>"
        else:
            yield _tag(token)


def _level(inner: Token, tag: str) -> str:
    """The class of a paragraph, by the number that it begins with, or by its heading."""
    first = inner.children[0] if inner.children else None
    text = first.content if first is not None and first.type == "text" else ""
    found = (name for name, pattern in _LEVELS if pattern.match(text))
    return next(found, _OF_HEADING.get(tag, ""))


def _is_heading(inner: Token) -> bool:
    """Whether a paragraph is no sentence but the heading of those that follow."""
    return "。" not in inner.content and inner.content[-1:] not in "，；：！？"


def _paragraph_tag(level: str, is_heading: bool) -> str:
    classes = ["cg-justify"]
    if level:
        classes.append(level)
    if level in _LEADS and is_heading:
        classes.append("heading")
    return f'<p class="{" ".join(classes)}">'


def _tag(token: Token) -> str:
    """A tag as it is, with nothing but the alignment of a table's column."""
    if token.nesting < 0:
        return f"</{token.tag}>"
    style = token.attrGet("style")
    return f'<{token.tag} style="{style}">' if style else f"<{token.tag}>"


def _inline(token: Token, lead: bool) -> str:
    """The HTML of running text. `lead`: its first sentence is a heading, if more follows it."""
    parts: list[str] = []
    children = token.children or []
    # One sentence alone is no heading but what the paper says.
    lead = lead and token.content.find("。") != len(token.content) - 1
    depth = 0
    for at, child in enumerate(children):
        depth += child.nesting
        if child.type == "text":
            head, stop, rest = child.content.partition("。")
            if lead and depth == 0 and stop:
                heading = "".join(parts) + escape(head + stop, quote=False)
                parts = [f'<span class="lead">{heading}</span>', escape(rest, quote=False)]
                lead = False
            else:
                parts.append(escape(child.content, quote=False))
        elif child.type == "softbreak":
            parts.append(_joint(children[at - 1 : at + 2]))
        elif child.type == "hardbreak":
            parts.append("<br>")
        else:
            parts.append(_tag(child))
    return f'<span class="lead">{"".join(parts)}</span>' if lead else "".join(parts)


def _joint(around: Sequence[Token]) -> str:
    """What stands for a line's end in the file: a blank between two words, else nothing."""
    before, after = around[0].content[-1:], around[-1].content[:1]
    return " " if before.isascii() and after.isascii() and before and after else ""

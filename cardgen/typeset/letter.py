"""The words of a letter: a body file and a copy's data in, heading and body as HTML out.

The file is looked for in the workspace, then in the layout's own folder, and nowhere else.
Its expressions see what the layout's template sees, in the same sandbox; every value is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, Template, TemplateError
from markupsafe import Markup

from cardgen.errors import LayoutError
from cardgen.model import LayoutSpec

MOST_BYTES = 256 << 10
# They make markup of a value, or need a square of their own: not for running text.
_NOT_IN_WORDS = ("safe", "urlize", "xmlattr", "tojson", "qr")
_FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
_FAULTS += (RecursionError,)  # type: ignore[assignment]
_HINT = "能用的数据见 layouts/README.md。"
_NO_FIELD = re.compile(r"'[\w.]+ object' has no attribute '(.+)'")
_NO_NAME = re.compile(r"'(.+)' is undefined")
_NO_FILTER = re.compile(r"No filter named '(.+)'\.")


def find_body(name: str, spec: LayoutSpec, workspace: Path | None = None) -> Path:
    """The body file of that name: the workspace's own, else the layout's.

    Raises LayoutError where there is none, or where the name or a link leads out of both.
    """
    folders = [folder for folder in (workspace, Path(spec.folder)) if folder is not None]
    parts = name.replace("\\", "/").split("/")
    if ".." in parts or not parts[0] or ":" in name or "\0" in name:
        raise LayoutError(f"正文“{name}”不在工作文件夹里。", "只写文件名，例如 quarantine.md。")
    for folder in folders:
        path = folder.joinpath(*parts)
        if not path.exists():
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            raise LayoutError(f"正文“{name}”是指到文件夹外面的链接。", "把文件本身放进工作文件夹。")
        return path
    own = sorted(path.name for path in Path(spec.folder).glob("*.md"))
    there = f"版式自带的有：{'、'.join(own)}。" if own else ""
    raise LayoutError(
        f"没有找到正文“{name}”。", f"放进工作文件夹，和 campaign.toml 在一起。{there}"
    )


class Letter:
    """The words of one body file, compiled once."""

    def __init__(self, environment: Environment, path: Path) -> None:
        """Read and compile the file. Raises LayoutError that names the file and the line."""
        from cardgen.typeset.markdown import read_words

        self._path = path
        # Its own code: what is compiled for layouts knows more filters.
        inner = environment.overlay(bytecode_cache=None)
        inner.filters = {k: v for k, v in environment.filters.items() if k not in _NOT_IN_WORDS}
        words = read_words(_text_of(path), path.name)
        self._heading = self._compile(inner, words.heading)
        self._body = self._compile(inner, words.text)

    def render(self, data: Mapping[str, object]) -> dict[str, Markup]:
        """`heading` and `body` for a copy's data. Raises LayoutError for a value not there."""
        try:
            heading = self._heading.render(data)
            return {"heading": Markup(heading), "body": Markup(self._body.render(data))}
        except _FAULTS as error:
            raise self._error(error, self._line_of(error)) from error

    def _compile(self, environment: Environment, source: str) -> Template:
        try:
            code = environment.compile(source, self._path.name, str(self._path))
        except TemplateError as error:
            raise self._error(error, getattr(error, "lineno", None)) from error
        return Template.from_code(environment, code, environment.globals)

    def _line_of(self, error: Exception) -> int | None:
        trace: Any = error.__traceback__
        line = None
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == str(self._path):
                line = trace.tb_lineno
            trace = trace.tb_next
        return line

    def _error(self, error: Exception, line: int | None) -> LayoutError:
        where = f"第 {line} 行" if line else "正文"
        return LayoutError(f"{self._path.name} {where}：{_in_chinese(error)}。", _HINT)


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise LayoutError(f"正文 {path.name} 读不了：{error.strerror}。") from error
    if len(content) > MOST_BYTES:
        raise LayoutError(
            f"正文 {path.name} 有 {len(content) >> 10} KiB，最多 {MOST_BYTES >> 10} KiB。",
            "正文只放文字。",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise LayoutError(
            f"正文 {path.name} 不是 UTF-8 编码。", "用记事本打开，另存为 UTF-8。"
        ) from error


def _in_chinese(error: Exception) -> str:
    """What Jinja says most often, in words of the office; the rest as Jinja says it."""
    words = str(error)
    for pattern, text in ((_NO_FIELD, "没有“{}”这一项"), (_NO_NAME, "没有“{}”这个数据"),
                          (_NO_FILTER, "正文里没有“{}”这个过滤器")):  # fmt: skip
        found = pattern.search(words)
        if found:
            return text.format(found.group(1))
    return words.rstrip(".。")

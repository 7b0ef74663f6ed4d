"""Render a copy with its layout's template: copy in, hollow HTML and the slots' values out.

A value marked `| slot` or `| qr` leaves a hollow element behind and is gathered beside it.
Two copies with the same hollow HTML share one form. What is not marked stays in the HTML.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
    pass_context,
)
from jinja2 import Template as JinjaTemplate
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.loaders import split_template_path
from jinja2.nodes import Expr, Filter
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from cardgen import fonts, qr
from cardgen.errors import LayoutError
from cardgen.layouts import BACK_PAGE
from cardgen.model import Copy, LayoutSpec
from cardgen.phones import group_digits
from cardgen.places import share_dir
from cardgen.typeset.compiled import PARTS, compiled
from cardgen.typeset.letter import Letter, find_body
from cardgen.typeset.shapes import FREE, Free, Shape, Shapes
from cardgen.views import VIEWS, HouseholdView, PartView, parts_of

# What a template can bring about: its author is told the line, and no traceback.
_FAULTS = (TemplateError, TypeError, ValueError, ArithmeticError, LookupError, AttributeError)
_FAULTS += (RecursionError, OSError)  # type: ignore[assignment]
_PAGE = "layout.html"
TURN_OVER = "<!-- cg-back -->"
"""Stands between the HTML of a front and that of its back."""
LEVELS = ("L", "M", "Q", "H")
MAX_LINES = 4
MOST_PRODUCT = 10_000_000
MAX_WIDTH = 40  # em; wider than any line
PICTURES = (".svg", ".png", ".jpg", ".jpeg")  # what a layout may put into a code


@dataclass(frozen=True, slots=True)
class Hollow:
    """A rendered copy: HTML without the slots' values, and the values in order of the slots."""

    html: str
    texts: tuple[str, ...]
    links: tuple[str, ...]


class _Folders(FileSystemLoader):
    """Templates of the given folders; what a link leads to outside of them is not there."""

    def get_source(self, environment: Environment, template: str) -> Any:
        """The source, as the loader gives it. Raises TemplateNotFound."""
        for folder in self.searchpath:
            path = Path(folder, *split_template_path(template))
            if path.exists() and not path.resolve().is_relative_to(Path(folder).resolve()):
                raise TemplateNotFound(template)
        return super().get_source(environment, template)


class _Generator(CodeGenerator):
    """Writes a slot's and a code's element out as it is: it is markup, made and escaped here."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if isinstance(node, Filter) and node.name in ("slot", "qr"):
            self.write("(")
        else:
            super()._output_child_pre(node, frame, finalize)


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, with a short way to the fields of the project's own frozen views."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """A product that a layout may need. What would take all time or memory raises, since
        the pages render letters as they are typed: 9 ** 9 ** 9 ends no process."""
        sizes = [abs(n) if isinstance(n, int | float) else len(n) for n in (left, right)]
        if operator == "**" or sizes[0] * sizes[1] > MOST_PRODUCT:
            raise SecurityError(f"“{operator}”算出来的太大，这里不能用")
        return super().call_binop(context, operator, left, right)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A field of a view at once; everything else as the sandbox allows it."""
        if attribute in _VIEW_FIELDS.get(type(obj), ()):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)


_VIEW_FIELDS = {view: frozenset(field.name for field in fields(view)) for view in VIEWS}


class Template:
    """A layout's template, compiled once. Not for use by several threads at a time."""

    def __init__(self, spec: LayoutSpec, body: Path | None = None) -> None:
        """Compile layout.html, and the body if the layout has one. Raises LayoutError."""
        self.spec = spec
        loader = _Folders([spec.folder, str(share_dir("layouts") / "shared")])
        environment = _Sandbox(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,  # else each copy asks the disk whether the shared parts changed
            trim_blocks=True,
            lstrip_blocks=True,
            bytecode_cache=PARTS,
        )
        environment.filters.update(slot=self._slot, qr=self._code, phone=_grouped, parts=_parts)
        environment.filters.update(date=in_words, spread=spread)
        environment.globals.clear()  # no range(), no lipsum(): loops run over data only
        environment.filters[FREE] = _free
        self._texts: list[tuple[str, int]] = []  # with the number of a free expression, or -1
        self._links: list[tuple[str, int]] = []
        self._is_alone = False  # a free value got into the HTML
        self._hollow: dict[tuple[int, int, str, float], Markup] = {}
        self._fillings: Sequence[str] | None = None
        self._drawings: Sequence[str] = ()
        try:
            self._template, self._shapes = _compile(environment, loader, spec.back)
        except TemplateSyntaxError as error:
            raise self._error(error, error.lineno) from error
        except (TemplateError, UnicodeDecodeError, OSError) as error:
            raise self._error(error, None) from error
        if body is None and spec.body:
            body = find_body(spec.body, spec)
        self._letter = Letter(environment, body) if body is not None else None
        # What a body depends on does not stand in the layout's tree: each copy is rendered whole.
        self._shapes.is_on = self._shapes.is_on and self._letter is None

    @property
    def has_letter(self) -> bool:
        """Whether it holds words that an office may write itself."""
        return self._letter is not None

    def hollow(self, copy: Copy) -> Hollow:
        """The copy's HTML with hollow slots. Raises LayoutError where a value is missing."""
        self._fillings = None
        decided = None
        # An error is told by the whole rendering, which knows its line.
        with suppress(*_FAULTS):
            decided = self._shapes.decided(copy.data)
            shape = self._shapes.find(decided) if decided else None
            found = _of_shape(shape, copy.data) if shape else None
            if found:
                return found
        html = self._render(copy.data)
        if decided and not self._is_alone:
            self._shapes.keep(decided, html, self._texts, self._links)
        return Hollow(
            html, tuple(text for text, _ in self._texts), tuple(link for link, _ in self._links)
        )

    def filled(self, copy: Copy, fillings: Sequence[str], drawings: Sequence[str]) -> str:
        """The copy's HTML with each slot holding the HTML given for it, and each code its SVG."""
        self._fillings, self._drawings = fillings, drawings
        try:
            return self._render(copy.data)
        finally:
            self._fillings = None

    def _render(self, data: Mapping[str, object]) -> str:
        self._texts, self._links, self._is_alone = [], [], False
        if self._letter is not None:
            data = {**data, **self._letter.render(data)}
        try:
            return self._template.render(data)
        except _FAULTS as error:
            raise self._error(error, _line_of(error, self.spec.folder)) from error

    def _error(self, error: Exception, line: int | None) -> LayoutError:
        page, line = self._page_of(line)
        where = f"第 {line} 行" if line else "模板"
        return LayoutError(
            f"版式 {self.spec.name} 的 {page} {where}：{error}",
            "改正模板；能用的数据见 layouts/README.md。",
        )

    def _page_of(self, line: int | None) -> tuple[str, int | None]:
        """The file and its line, of a line of front and back together."""
        if not line or not self.spec.back:
            return _PAGE, line
        with suppress(OSError, UnicodeDecodeError):
            front = (Path(self.spec.folder) / _PAGE).read_text("utf-8").count("\n") + 1
            if line > front:
                return BACK_PAGE, line - front
        return _PAGE, line

    @pass_context  # keeps Jinja from folding a constant slot away at compile time
    def _slot(
        self,
        _context: Context,
        value: object,
        lines: int = 1,
        floor: str = "text",
        width: float = 0,
    ) -> Markup:
        value, free = value if isinstance(value, Free) else (value, -1)
        text = str(value).strip()
        number = len(self._texts)
        self._texts.append((text, free))
        if self._fillings is not None:
            return self._slot_element(number, lines, floor, width, self._fillings[number])
        if fonts.needs_shaping(text):
            # Scripts that join or stack letters are set by the engine itself, in a form of
            # their own: slower, and right.
            self._is_alone = self._is_alone or free >= 0
            return Markup('<span %s data-baked="%d">%s</span>') % (_look(width), number, text)
        key = (number, lines, floor, width)
        if key not in self._hollow:
            self._hollow[key] = self._slot_element(
                number, lines, floor, width, "<br>".join(["&nbsp;"] * lines)
            )
        return self._hollow[key]

    def _slot_element(
        self, number: int, lines: int, floor: str, width: float, content: str
    ) -> Markup:
        if not 1 <= lines <= MAX_LINES:
            raise ValueError(f"slot(lines={lines})：行数只能是 1 到 {MAX_LINES}")
        if floor not in self.spec.floors_pt:
            raise ValueError(f"slot(floor={floor!r})：layout.toml 的 [floors] 里没有 {floor}")
        if width and lines > 1:
            raise ValueError(f"slot(width={width:g}, lines={lines})：行内的空只有一行")
        return Markup(
            f'<span {_look(width)} data-slot="{number}" data-lines="{lines}"'
            f' data-floor="{escape(floor)}">{content}</span>'
        )

    @pass_context
    def _code(self, _context: Context, value: object, level: str = "M", logo: str = "") -> Markup:
        if level not in LEVELS:
            raise ValueError(f"qr(level={level!r})：只能是 {'、'.join(LEVELS)}")
        if logo and level != qr.LOGO_LEVEL:
            raise ValueError(f'qr(logo={logo!r}, level={level!r})：有标志的二维码要 level="H"')
        value, free = value if isinstance(value, Free) else (value, -1)
        number = len(self._links)
        self._links.append((str(value), free))
        content = self._drawings[number] if self._fillings is not None else ""
        mark = _logo(logo)
        return Markup(
            f'<span class="cg-code" data-code="{number}" data-level="{level}"'
            f"{' data-logo' if mark else ''}>{content}{mark}</span>"
        )


@pass_context  # keeps Jinja from folding it away at compile time
def _free(_context: Context, value: object, number: int) -> Free:
    """A slot's value, marked in the tree by `Shapes`."""
    return Free(value, number)


def _compile(
    environment: Environment, loader: BaseLoader, back: bool = False
) -> tuple[JinjaTemplate, Shapes]:
    """The layout's template, with that of its back; and its shapes, found in the same tree."""
    source, file, _ = loader.get_source(environment, _PAGE)
    if back:
        # One tree: the slots of the back go on counting where those of the front end.
        behind, _, _ = loader.get_source(environment, BACK_PAGE)
        source = f"{source}\n{TURN_OVER}{behind}"
    known = compiled(environment, loader, _PAGE, source, file or "")
    template = JinjaTemplate.from_code(environment, known.code, {})
    return template, Shapes(environment, known.outline)


def _of_shape(shape: Shape, data: Mapping[str, object]) -> Hollow | None:
    """A copy of a known shape; None where a text changes the HTML nevertheless."""
    values = shape.evaluate(data)
    texts, links = list(shape.texts), list(shape.links)
    for at, place in shape.free_texts:
        texts[at] = text = str(values[place]).strip()
        if fonts.needs_shaping(text):
            return None
    for at, place in shape.free_links:
        links[at] = str(values[place])
    return Hollow(shape.html, tuple(texts), tuple(links))


def _logo(logo: str) -> Markup:
    """The element in the middle of a code: a picture of the layout's folder, or a few hanzi."""
    if not logo:
        return Markup("")
    if logo.lower().endswith(PICTURES):
        return Markup('<img class="cg-logo" alt="" src="%s">') % logo
    return Markup('<span class="cg-logo">%s</span>') % logo


def _line_of(error: Exception, folder: str) -> int | None:
    """The line of the template in which an error came up, innermost first."""
    trace: Any = error.__traceback__
    line = None
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).is_relative_to(folder):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _look(width: float) -> Markup:
    """Class and width of a slot: a block of its own, or a blank of so many em in running text."""
    if not width:
        return Markup('class="cg-slot"')
    if not 0 < width <= MAX_WIDTH:
        raise ValueError(f"slot(width={width!r})：宽度写字数，大于 0，最多 {MAX_WIDTH}")
    return Markup(f'class="cg-slot cg-blank" style="width:{width:g}em"')


def in_words(day: date | None) -> str:
    """A date as official letters have it: Arabic digits, no leading zeros (GB/T 9704, 7.3.5.4)."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def spread(name: str) -> str:
    """A name of two hanzi set to the width of three, as tables of names have it: 王　五."""
    return "\u3000".join(name) if _TWO_HAN(name) else name


_TWO_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af]{2}").fullmatch


def _parts(households: Iterable[HouseholdView], *fields: str) -> tuple[PartView, ...]:
    """`households | parts("grid", "group")`: a list in parts, each with its counts."""
    for field in fields:
        if field not in _VIEW_FIELDS[HouseholdView]:
            raise ValueError(f"parts({field!r})：住户没有 {field}")
    return parts_of(households, fields)


@lru_cache(maxsize=4096)
def _grouped(phone: str) -> str:
    """`group_digits`, kept: one object for all copies that show the same phone."""
    return group_digits(phone)

"""Render a template once for all copies of one shape: its syntax tree in, rendered copies kept.

Most copies differ in the values of their slots only. What else may differ is found in the
template's syntax tree: every name and field outside the slots' values decides the HTML, and
whether a condition holds. Two copies in which all of these are the same have one shape: the
same HTML, the same slots in the same order. For the second only the values of slots are
evaluated, by code that Jinja compiled from the same expressions in the same sandbox.

What cannot be seen in the tree (included templates, a body, scoped escaping, chance) has none,
and a copy that meets an error is rendered whole, so that the error is told with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from types import CodeType
from typing import Any, NamedTuple

from jinja2 import BaseLoader, Environment, Template, Undefined, nodes
from jinja2.filters import FILTERS as DEFAULT_FILTERS

from cardgen.typeset.macros import Argument, Macros

FREE = "slot value"  # a filter's name that no template can say, for the blank in it
_SLOTS = ("slot", "qr")
_PURE = (*_SLOTS, "phone", "date", "spread")
_UNSEEN = (nodes.Include, nodes.Extends, nodes.EvalContextModifier)
_OWN_NAMES = frozenset({"loop", "caller", "varargs", "kwargs", "self", "super"})
_MISSING = object()
_MOST = 2048  # shapes that are kept
_TRIES = 256  # shapes without a second copy, after which a template is given up


class Free(NamedTuple):
    """The value of a slot that nothing else depends on, and the number of its expression."""

    value: object
    number: int

    def __bool__(self) -> bool:
        """As its value: a macro that is handed it may ask whether it is empty."""
        return bool(self.value)


class Shape(NamedTuple):
    """What copies share: their HTML, texts and links; which of those each evaluates itself.

    `holds` keeps the objects alive by whose identity the shape is known.
    """

    html: str
    texts: tuple[str, ...]
    links: tuple[str, ...]
    free_texts: tuple[tuple[int, int], ...]
    free_links: tuple[tuple[int, int], ...]
    evaluate: Callable[[Mapping[str, object]], Sequence[object]]
    holds: tuple[object, ...]


class Part(NamedTuple):
    """A name, or a field of it, that decides; `is_test` where only its truth does."""

    name: str
    field: str
    is_test: bool


class Outline:
    """What a template's tree says of all its copies. Those who compile the same may share it.

    `parts` decide the HTML; `values` are the slots' values that nothing depends on, by number.
    """

    def __init__(
        self, environment: Environment, tree: nodes.Template, loader: BaseLoader | None = None
    ) -> None:
        """Look through the tree, and mark in it the slots' values that nothing depends on.

        `loader` is where the templates are from which it imports macros.
        """
        self._macros = Macros(environment, loader, tree)
        self._local = _local_names(tree)
        self.values: list[nodes.Expr] = []
        self._codes: dict[tuple[int, ...], CodeType] = {}
        self.parts: tuple[Part, ...] = ()
        self.can_be_seen = _can_be_seen(environment, tree)
        if self.can_be_seen:
            self.parts = tuple(dict.fromkeys(self._deciding(tree, False)))
            tree.set_environment(environment)

    @property
    def imports(self) -> Mapping[str, str]:
        """The templates whose macros were looked at, and their texts."""
        return self._macros.sources

    def code_of(self, numbers: tuple[int, ...], environment: Environment) -> CodeType:
        """What evaluates the values of these numbers, and leaves them in `cg_values`."""
        if numbers not in self._codes:
            values = nodes.Tuple([self.values[number] for number in numbers], "load", lineno=1)
            body = [nodes.Assign(nodes.Name("cg_values", "store", lineno=1), values, lineno=1)]
            tree = nodes.Template(body, lineno=1)
            tree.set_environment(environment)
            if len(self._codes) >= _MOST:
                self._codes.clear()
            self._codes[numbers] = environment.compile(tree)
        return self._codes[numbers]

    def _deciding(self, node: nodes.Node, is_test: bool) -> Iterator[Part]:
        """What a part of the tree depends on, the values of free slots left out."""
        match node:
            case nodes.Name(name=name):
                yield Part(name, "", is_test and name not in self._local)
            case nodes.Getattr(node=nodes.Name(name=name), attr=field) if name not in self._local:
                yield Part(name, field, is_test)
            case nodes.Filter(name="slot" | "qr", node=nodes.Expr() as value):
                if self._is_free(value):
                    node.node = self._marked(value, node.lineno)
                else:
                    yield from self._deciding(value, False)
                for child in (*node.args, *node.kwargs):
                    yield from self._deciding(child, False)
            case nodes.Call() if (arguments := self._macros.arguments(node)) is not None:
                for argument in arguments:
                    yield from self._deciding_argument(argument, node.lineno)
            case nodes.If() | nodes.CondExpr() | nodes.Not() | nodes.And() | nodes.Or():
                yield from self._deciding_test(node, is_test)
            case _:
                for child in node.iter_child_nodes():
                    yield from self._deciding(child, False)

    def _deciding_argument(self, argument: Argument, line: int) -> Iterator[Part]:
        """What an argument of a macro decides: at the most whether it is empty, if it is free."""
        if argument.use is None or not self._is_free(argument.value):
            yield from self._deciding(argument.value, False)
            return
        if argument.use:
            yield from self._deciding(argument.value, True)
        argument.replace(self._marked(argument.value, line))

    def _marked(self, value: nodes.Expr, line: int) -> nodes.Filter:
        """A free value in the tree, with the number by which it is evaluated alone."""
        number = nodes.Const(len(self.values), lineno=line)
        self.values.append(value)
        return nodes.Filter(value, FREE, [number], [], None, None, lineno=line)

    def _deciding_test(self, node: nodes.Node, is_test: bool) -> Iterator[Part]:
        """The same for what tests, or is made of tests."""
        tested: nodes.Node | None = None
        if isinstance(node, nodes.If | nodes.CondExpr):
            tested = node.test
        elif isinstance(node, nodes.Not):
            tested = node.node
        for child in node.iter_child_nodes():
            inner = child is tested or (is_test and not isinstance(node, nodes.If))
            yield from self._deciding(child, inner)

    def _is_free(self, value: nodes.Expr) -> bool:
        """Whether a slot's value is made of the copy's data alone, without names of its own."""
        if isinstance(value, nodes.Filter) and value.name in (*_SLOTS, FREE):
            return False
        inner = list(value.find_all(nodes.Expr))
        names = {each.name for each in (value, *inner) if isinstance(each, nodes.Name)}
        filters = {each.name for each in inner if isinstance(each, nodes.Filter)}
        return names.isdisjoint(self._local) and filters.isdisjoint((*_SLOTS, FREE))


class Shapes:
    """The shapes of one template that have been met so far."""

    def __init__(self, environment: Environment, outline: Outline) -> None:
        self._environment = environment
        self._outline = outline
        self._shapes: dict[tuple[object, ...], Shape] = {}
        self._evaluators: dict[tuple[int, ...], Callable[..., Sequence[object]]] = {}
        self._met = self._tried = 0
        self.is_on = outline.can_be_seen

    def decided(self, data: Mapping[str, object]) -> Decided | None:
        """What decides the HTML of a copy with this data; None where it cannot be told."""
        if not self.is_on:
            return None
        values, key = [], []
        for name, field, is_test in self._outline.parts:
            value = data.get(name, _MISSING)
            if value is not _MISSING:
                if field:
                    value = self._environment.getattr(value, field)
                    if isinstance(value, Undefined):
                        value = _MISSING
                if is_test and value is not _MISSING:
                    value = bool(value)
            values.append(value)
            key.append(value if type(value) is str else _known_by(value))
        return Decided(tuple(key), tuple(values))

    def find(self, decided: Decided) -> Shape | None:
        """The shape that this decides, if a copy of it has been rendered."""
        shape = self._shapes.get(decided.key)
        if shape is None:
            self._tried += 1
            self.is_on = self._tried < _TRIES or self._tried < 4 * self._met
        else:
            self._met += 1
        return shape

    def keep(
        self,
        decided: Decided,
        html: str,
        texts: Sequence[tuple[str, int]],
        links: Sequence[tuple[str, int]],
    ) -> None:
        """Keep a rendered copy's shape; each value with the number of its expression, or -1."""
        if len(self._shapes) >= _MOST:
            self._shapes.clear()
            self._evaluators.clear()
        numbers = tuple(number for _, number in (*texts, *links) if number >= 0)
        if numbers not in self._evaluators:
            self._evaluators[numbers] = self._evaluator(numbers)
        place = iter(range(len(numbers)))
        self._shapes[decided.key] = Shape(
            html,
            tuple(text for text, _ in texts),
            tuple(link for link, _ in links),
            tuple((at, next(place)) for at, (_, number) in enumerate(texts) if number >= 0),
            tuple((at, next(place)) for at, (_, number) in enumerate(links) if number >= 0),
            self._evaluators[numbers],
            decided.values,
        )

    def _evaluator(self, numbers: tuple[int, ...]) -> Callable[..., Sequence[object]]:
        """What evaluates these expressions, in the sandbox, over a copy's data."""
        code = self._outline.code_of(numbers, self._environment)
        template = Template.from_code(self._environment, code, {})

        def evaluate(data: Mapping[str, object]) -> Sequence[object]:
            context = template.new_context(dict(data))
            for _ in template.root_render_func(context):
                pass
            found: Sequence[object] = context.vars["cg_values"]
            return found

        return evaluate


class Decided(NamedTuple):
    """What decides a copy's HTML: to be compared, and as it is.

    `key` speaks of identities, so `values` must live as long as it is kept or looked for.
    """

    key: tuple[object, ...]
    values: tuple[object, ...]


def _known_by(value: object) -> object:
    """What tells a value from others: plain ones by what they are, frozen ones by identity."""
    kind = type(value)
    if kind is str or value is None:
        return value
    if kind in (int, bool, date):
        return kind, value
    return id(value)


def _can_be_seen(environment: Environment, tree: nodes.Template) -> bool:
    """Whether all that the HTML depends on stands in the tree."""
    imports: list[Any] = [*tree.find_all((nodes.Import, nodes.FromImport))]
    names = {each.name for each in tree.find_all(nodes.Name)}
    return (
        next(tree.find_all(_UNSEEN), None) is None
        and not any(each.with_context for each in imports)
        and names.isdisjoint(environment.globals)
        and all(_is_pure(environment, name) for name in _filters(environment, tree))
    )


def _filters(environment: Environment, tree: nodes.Template) -> Iterator[str]:
    """The filters of a template, also those that it names as words: `map("upper")`."""
    for each in tree.find_all(nodes.Filter):
        yield each.name
    for const in tree.find_all(nodes.Const):
        if isinstance(const.value, str) and const.value in environment.filters:
            yield const.value


def _is_pure(environment: Environment, name: str) -> bool:
    """Whether a filter makes the same of the same: Jinja's own do, and those known here."""
    if name in _PURE:
        return True
    return name != "random" and environment.filters.get(name) is DEFAULT_FILTERS.get(name)


def _local_names(tree: nodes.Template) -> frozenset[str]:
    """Every name that the template gives a meaning of its own, wherever it does."""
    names = set(_OWN_NAMES)
    names |= {each.name for each in tree.find_all(nodes.Name) if each.ctx != "load"}
    names |= {each.name for each in tree.find_all(nodes.Macro)}
    names |= {each.target for each in tree.find_all(nodes.Import)}
    for each in tree.find_all(nodes.FromImport):
        names |= {name if isinstance(name, str) else name[1] for name in each.names}
    return frozenset(names)

"""Macros that a template imports: which of their parameters are nothing but the values of slots.

A template in, and for each call the arguments that decide nothing but what stands in a slot:
`{{ code(link, "扫一扫") }}` is then as fast as the slot written out. A parameter counts only
if all that the macro does with it is seen: it is the value of a slot or a code as it stands,
or a condition asks whether it is empty, or it is handed to another such parameter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jinja2 import BaseLoader, Environment, TemplateError, nodes

SLOTS = ("slot", "qr")


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call: its expression, the list or keyword that holds it, its use.

    `use` is None where the argument decides more than a slot's text; else whether a condition
    asks if it is empty.
    """

    value: nodes.Expr
    holder: nodes.Call | nodes.Keyword
    place: int
    use: bool | None

    def replace(self, value: nodes.Expr) -> None:
        """Put another expression in its place."""
        if isinstance(self.holder, nodes.Keyword):
            self.holder.value = value
        else:
            self.holder.args[self.place] = value


class Macros:
    """The macros that a template imports by name, without its context; `sources` they stand in."""

    def __init__(
        self, environment: Environment, loader: BaseLoader | None, tree: nodes.Template
    ) -> None:
        self._found: dict[str, tuple[nodes.Macro, dict[str, nodes.Macro]]] = {}
        self.sources: dict[str, str] = {}
        for each in tree.find_all(nodes.FromImport):
            if loader is None or each.with_context or not isinstance(each.template, nodes.Const):
                continue
            name = str(each.template.value)
            self.sources[name] = source_of(environment, loader, name)
            beside = _macros_of(environment, name, self.sources[name])
            for imported in each.names:
                there, here = imported if isinstance(imported, tuple) else (imported, imported)
                if there in beside:
                    self._found[here] = (beside[there], beside)
        # A macro or a value of the template's own hides an imported one.
        own = {macro.name for macro in tree.find_all(nodes.Macro)}
        own |= {name.name for name in tree.find_all(nodes.Name) if name.ctx != "load"}
        self._found = {name: macro for name, macro in self._found.items() if name not in own}

    def arguments(self, call: nodes.Call) -> list[Argument] | None:
        """The arguments of a call; None where it is no call of an imported macro."""
        if not isinstance(call.node, nodes.Name) or call.node.name not in self._found:
            return None
        if call.dyn_args is not None or call.dyn_kwargs is not None:
            return None
        macro, beside = self._found[call.node.name]
        return list(_arguments(call, macro, beside, ()))


def source_of(environment: Environment, loader: BaseLoader, name: str) -> str:
    """The text of an imported template; none where it cannot be read, which is told elsewhere."""
    try:
        return loader.get_source(environment, name)[0]
    except (TemplateError, OSError, UnicodeDecodeError):
        return ""


def _macros_of(environment: Environment, name: str, source: str) -> dict[str, nodes.Macro]:
    try:
        tree = environment.parse(source, name)
    except TemplateError:
        return {}
    return {each.name: each for each in tree.body if isinstance(each, nodes.Macro)}


Seen = tuple[tuple[str, str], ...]


def _arguments(
    call: nodes.Call, macro: nodes.Macro, beside: dict[str, nodes.Macro], seen: Seen
) -> Iterator[Argument]:
    names = [name.name for name in macro.args]
    for place, value in enumerate(call.args):
        use = _use(macro, names[place], beside, seen) if place < len(names) else None
        yield Argument(value, call, place, use)
    for keyword in call.kwargs:
        use = _use(macro, keyword.key, beside, seen) if keyword.key in names else None
        yield Argument(keyword.value, keyword, 0, use)


def _use(
    macro: nodes.Macro, parameter: str, beside: dict[str, nodes.Macro], seen: Seen
) -> bool | None:
    """Whether a condition asks for the parameter; None where it is used in any other way."""
    if (macro.name, parameter) in seen:
        return None
    seen = (*seen, (macro.name, parameter))
    names = [name for name in macro.find_all(nodes.Name) if name.name == parameter]
    if any(name.ctx == "store" for name in names):
        return None
    uses = [
        use for node in macro.body for use in _uses(node, parameter, beside, seen)
    ]  # fmt: skip
    loads = sum(1 for name in names if name.ctx == "load")
    if len(uses) != loads or any(use is None for use in uses):
        return None
    return any(uses)


def _uses(
    node: nodes.Node, parameter: str, beside: dict[str, nodes.Macro], seen: Seen
) -> Iterator[bool | None]:
    """Each use of the parameter below a node that is seen through; others are not given."""

    def is_it(child: nodes.Node | None) -> bool:
        return isinstance(child, nodes.Name) and child.name == parameter

    if isinstance(node, nodes.Filter) and node.name in SLOTS and is_it(node.node):
        yield False
    elif isinstance(node, nodes.If | nodes.CondExpr) and is_it(node.test):
        yield True
    elif isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name):
        macro = beside.get(node.node.name)
        if macro is not None and node.dyn_args is None and node.dyn_kwargs is None:
            for argument in _arguments(node, macro, beside, seen):
                if is_it(argument.value):
                    yield argument.use
    for child in node.iter_child_nodes():
        yield from _uses(child, parameter, beside, seen)

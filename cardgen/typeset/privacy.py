"""Look through a public layout's template for what must not hang in public: a layout in, lines out.

A template that asks for a private field already fails when it is rendered, but a condition
may hide the place from every sample. So the source itself is read: private fields of a
household or of a list of them, also under another name that `set`, `for` or `with` gives.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from jinja2 import Environment, TemplateError, nodes

from cardgen.model import LayoutSpec
from cardgen.places import share_dir
from cardgen.views import HouseholdView, PublicHouseholdView, StopView

_LISTS = frozenset({"households"})
_FIELDS = frozenset(
    {field.name for view in (HouseholdView, StopView) for field in fields(view)}
    - {field.name for field in fields(PublicHouseholdView)}
)


def private_reads(spec: LayoutSpec) -> Iterator[tuple[str, int, str]]:
    """Each place where a template of the layout asks for private data: file, line, what."""
    for path in _templates(spec):
        try:
            tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
        except (TemplateError, UnicodeDecodeError, OSError):
            continue  # told in full when the template is compiled
        yield from ((path.name, line, what) for line, what in _reads(tree))


def _templates(spec: LayoutSpec) -> list[Path]:
    """The layout's own templates, and the shared ones that they name."""
    own = sorted(Path(spec.folder).glob("*.html"))
    text = "".join(path.read_text("utf-8", "replace") for path in own)
    shared = sorted((share_dir("layouts") / "shared").glob("*.html"))
    return own + [path for path in shared if path.name in text]


def _reads(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    households = {"household"} | _aliases(tree)
    for node in tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter)):
        if isinstance(node, nodes.Name):
            if node.name in _LISTS and node.ctx == "load":
                yield node.lineno, node.name
            continue
        base, field = _field(node)
        if isinstance(base, nodes.Name) and base.name in households and field in _FIELDS:
            yield node.lineno, f"{base.name}.{field}"


def _field(node: nodes.Node) -> tuple[nodes.Node | None, object]:
    """What is read of what: `a.b`, `a["b"]`, `a | attr("b")`."""
    match node:
        case nodes.Getattr(node=base, attr=attr):
            return base, attr
        case nodes.Getitem(node=base, arg=nodes.Const(value=value)):
            return base, value
        case nodes.Filter(name="attr", node=base, args=[nodes.Const(value=value)]):
            return base, value
    return None, None


def _aliases(tree: nodes.Template) -> set[str]:
    """Other names under which a household goes: `set h = household`, `for h in households`."""
    found: set[str] = set()
    given: list[tuple[nodes.Node, nodes.Node]] = [
        (node.target, node.node) for node in tree.find_all(nodes.Assign)
    ]
    given += [(node.target, node.iter) for node in tree.find_all(nodes.For)]
    for target, source in given:
        names = {name.name for name in source.find_all(nodes.Name)}
        if isinstance(source, nodes.Name):
            names.add(source.name)
        if names & ({"household"} | _LISTS) and isinstance(target, nodes.Name):
            found.add(target.name)
    return found

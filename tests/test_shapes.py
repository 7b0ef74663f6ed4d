"""A copy of a known shape is what rendering the template for it alone gives, whatever is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from drawing import layout_spec
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from cardgen.errors import LayoutError
from cardgen.model import Copy, LayoutSpec
from cardgen.typeset.shapes import Outline
from cardgen.typeset.template import Hollow, Template


@dataclass(frozen=True)
class Home:
    head: str
    place: str
    members: int
    kinds: tuple[str, ...]
    watch_from: date | None

    @property
    def words(self) -> tuple[str, ...]:
        """Another object each time it is read, as a view may give it."""
        return tuple(self.place.split("村"))


@dataclass(frozen=True)
class Person:
    name: str
    phone: str


CHAINS = (
    (),
    (Person("李明", "19900000001"),),
    (Person("李明", "19900000001"), Person("王芳", "19900000002")),
    (Person("张伟", "19900000003"), Person("王芳", "19900000002")),
)
PAPER = {"rules": "凭条出入", "points": ["一", "二"]}
TEMPLATES = {
    "plain": "<p>{{ household.head | slot }}</p><b>{{ household.place | slot(lines=2) }}</b>",
    "loop": "{% for c in contacts %}{{ c.name | slot }}{{ c.phone | phone | slot }}{% endfor %}"
    "{{ serial | slot }}",
    "free in a loop": "{% for c in contacts %}{{ serial | slot }}{{ c.name | slot }}{% endfor %}",
    "mixed in a loop": "{% for c in contacts %}{{ (c.name ~ household.head) | slot }}{% endfor %}",
    "condition": "{% if link %}{{ link | qr }}{% endif %}"
    "{% if slogan %}{{ slogan | slot }}{% endif %}",
    "inline condition": "<i class='{{ 'long' if household.members else 'none' }}'>"
    "{{ (household.head if link else serial) | slot }}</i>",
    "not, and, or": "{% if not link and (slogan or household.kinds) %}"
    "{{ serial | slot }}{% endif %}",
    "or as a value": "{{ slogan or link }}{{ (slogan or household.head) | slot }}",
    "baked": "<h1>{{ household.place }}</h1>{{ household.head | slot }}",
    "length": "<i>{{ household.head | length }}</i>{{ household.head | slot }}",
    "set": "{% set name = household.head %}{{ name | slot }}{{ serial | slot }}",
    "set and shown": "{% set many = contacts | length > 1 %}{{ many }}{{ serial | slot }}",
    "shadowed root": "{% set link = link ~ 'x' %}{{ link | slot }}{{ link }}",
    "shadowed by a loop": "{% for serial in contacts %}{{ serial.name | slot }}{% endfor %}"
    "{{ serial | slot }}",
    "field in a slot": "{% if household.watch_from %}{{ household.watch_from.month | slot }}"
    "{% endif %}{{ household.members | slot }}",
    "argument": "{{ household.head | slot(lines=household.members or 1) }}",
    "macro": "{% macro row(p, n=1) %}{{ p.name | slot(lines=n) }}{{ serial | slot }}{% endmacro %}"
    "{% for c in contacts %}{{ row(c) }}{% endfor %}{{ serial | slot }}",
    "call": "{% macro box() %}<div>{{ caller() }}</div>{% endmacro %}"
    "{% call box() %}{{ household.head | slot }}{% endcall %}",
    "block": "{% block top %}{{ household.head | slot }}{% endblock %}",
    "filter block": "{% filter upper %}{{ slogan }}{{ household.head | slot }}{% endfilter %}",
    "caught": "{% set whole %}{{ household.head | slot }}{% endset %}{{ whole }}",
    "slot of a slot": "{{ household.head | slot | length | string | slot }}",
    "slot in an expression": "{{ (household.head | slot) ~ serial }}",
    "map": "{{ household.kinds | map('slot') | join }}",
    "paper": "{{ paper.rules }}{{ paper.points[0] }}{{ household.head | slot }}",
    "temporary object": "{{ household.words | join('-') }}{{ household.head | slot }}",
    "temporary object counted": "{% for w in household.words %}{{ w | slot }}{% endfor %}",
    "item": "{{ household['head'] }}{{ household['place'] | slot }}",
    "unescaped": "{% autoescape false %}{{ (household.head ~ '<') | slot }}{% endautoescape %}",
    "include": "{% include 'part.html' %}{{ serial | slot }}",
    "import": "{% from 'macros.html' import row %}{{ row(household.head) }}{{ serial | slot }}",
    "import, code": "{% from 'macros.html' import code %}{{ code(link, 'x') }}"
    "{{ code(link=household.head, words=slogan) }}",
    "import, tested and shown": "{% from 'macros.html' import shown %}{{ shown(link) }}",
    "import, nested": "{% from 'macros.html' import outer as o %}"
    "{{ o(serial, link) }}{{ o(link) }}",
    "import, in a loop": "{% from 'macros.html' import row, code %}"
    "{% for c in contacts %}{{ row(c.name) }}{{ code(link, c.phone) }}{{ row(serial) }}"
    "{% endfor %}",
    "import, set inside": "{% from 'macros.html' import changed %}{{ changed(link) }}",
    "import, spread out": "{% from 'macros.html' import row %}{{ row(*[serial]) }}",
    "import, call": "{% from 'macros.html' import strip %}"
    "{% call strip(serial) %}{{ household.head | slot }}{% endcall %}",
    "import, hidden": "{% from 'macros.html' import row %}{% macro row(x) %}{{ x }}{% endmacro %}"
    "{{ row(link) }}",
    "import with context": "{% from 'part.html' import x with context %}{{ x }}{{ serial | slot }}",
}
FILES = {
    "part.html": "{% set x = household.place %}<u>{{ household.place }}</u>",
    "macros.html": "{% macro row(text) %}<u>{{ text | slot }}</u>{% endmacro %}"
    "{% macro code(link, words='') %}{% if link %}{{ link | qr }}<i>{{ words }}</i>{% endif %}"
    "{% endmacro %}"
    "{% macro shown(x) %}{% if x %}{{ x | slot }}{{ x }}{% endif %}{% endmacro %}"
    "{% macro outer(a, b='') %}{{ row(a) }}{{ code(b, words='w') }}{% endmacro %}"
    "{% macro changed(x) %}{% set x = x ~ '!' %}{{ x | slot }}{% endmacro %}"
    "{% macro strip(n) %}{{ n | slot }}<p>{{ caller() }}</p>{% endmacro %}",
}
homes = st.builds(
    Home,
    head=st.sampled_from(["王秀英", "李<明", "欧阳", "ئابلىز"]),
    place=st.sampled_from(["唐湾村 1号", "石桥村", "唐湾村"]),
    members=st.sampled_from([0, 1, 2]),
    kinds=st.sampled_from([(), ("卧床",), ("卧床", "独居")]),
    watch_from=st.sampled_from([None, date(2026, 11, 3), date(2026, 12, 3)]),
)
data = st.fixed_dictionaries(
    {
        "household": homes,
        "contacts": st.sampled_from(CHAINS),
        "link": st.sampled_from(["", "https://example.cn/h/1", "https://example.cn/h/2"]),
        "slogan": st.sampled_from(["", "有困难，找干部", "早发现"]),
        "serial": st.sampled_from(["7K3M-9QXP", "2222-2222", "3333-3333"]),
        "paper": st.just(PAPER),
    }
)


def folder_of(folder: Path, page: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in {**FILES, "layout.html": page}.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def copy_of(data: dict[str, object]) -> Copy:
    return Copy("7K3M-9QXP", "hand", "TW-1", "唐湾村", data)


def rendered(template: Template, data: dict[str, object]) -> Hollow | str:
    """The copy, or what is wrong with it."""
    try:
        return template.hollow(copy_of(data))
    except LayoutError as error:
        return error.message


@cache
def without_shapes(spec: LayoutSpec) -> Template:
    """The layout's template, which renders each copy, whatever came before it."""
    template = Template(spec)
    template._shapes.is_on = False
    return template


@pytest.mark.parametrize("what", TEMPLATES)
@settings(max_examples=30, deadline=None)  # long lists: compiling is what takes time
@given(several=st.lists(data, min_size=2, max_size=24))
def test_a_copy_among_others_is_the_copy_alone(
    what: str, several: list[dict[str, object]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    spec = layout_spec(folder_of(tmp_path_factory.getbasetemp() / what, TEMPLATES[what]))
    shared, whole = Template(spec), without_shapes(spec)
    told = [rendered(shared, each) for each in several]
    assert told == [rendered(whole, each) for each in several]
    assert told[-1] == rendered(Template(spec), several[-1])


def copies(count: int, **changes: object) -> list[dict[str, object]]:
    """Homes that all differ, with the same people."""
    return [
        {
            "household": Home(f"王{number}", f"唐湾村 {number}号", number, (), None),
            "contacts": CHAINS[2],
            "link": f"https://example.cn/h/{number}",
            "slogan": "",
            "serial": f"{number:04d}-2222",
            "paper": PAPER,
            **changes,
        }
        for number in range(count)
    ]


def renderings(template: Template, several: list[dict[str, object]]) -> int:
    """How many of the copies were rendered whole."""
    count, real = 0, template._render

    def counted(data: object) -> str:
        nonlocal count
        count += 1
        return real(data)  # type: ignore[arg-type]

    template._render = counted  # type: ignore[method-assign, assignment]
    for each in several:
        template.hollow(copy_of(each))
    return count


@pytest.mark.parametrize(
    "what",
    [
        *("plain", "loop", "free in a loop", "condition", "not, and, or", "macro", "paper"),
        *("import", "import, nested", "import, call"),
    ],
)
def test_copies_that_differ_in_their_slots_are_rendered_once(what: str, tmp_path: Path) -> None:
    template = Template(layout_spec(folder_of(tmp_path, TEMPLATES[what])))
    assert renderings(template, copies(20)) == 1


def test_a_template_whose_copies_all_differ_is_given_up(tmp_path: Path) -> None:
    template = Template(layout_spec(folder_of(tmp_path, TEMPLATES["baked"])))
    assert renderings(template, copies(300)) == 300
    assert template._shapes.decided(copies(1)[0]) is None


def test_a_fault_of_a_copy_of_a_known_shape_is_told_with_its_line(tmp_path: Path) -> None:
    page = "<p>\n{{ household.watch_from.month | slot }}</p>"
    template = Template(layout_spec(folder_of(tmp_path, page)))
    watched = Home("王秀英", "唐湾村", 1, (), date(2026, 11, 3))
    assert template.hollow(copy_of(copies(1, household=watched)[0])).texts == ("11",)
    with pytest.raises(LayoutError, match=r"第 2 行.*None"):
        template.hollow(copy_of(copies(1)[0]))


@pytest.mark.parametrize(
    "page",
    ["{{ serial | letter }}", "{{ kinds | map('letter') }}", "{{ now() }}", "{{ kinds | random }}"],
)
def test_a_template_that_depends_on_what_cannot_be_seen_has_no_shapes(page: str) -> None:
    environment = Environment(autoescape=True)
    environment.globals = {"now": date.today}
    environment.filters["letter"] = str.upper
    assert not Outline(environment, environment.parse(page)).can_be_seen
    assert Outline(environment, environment.parse("{{ serial | upper }}")).can_be_seen


def test_what_was_compiled_is_not_compiled_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled = []
    real = Environment.compile

    def counted(self: Environment, *words: object, **more: object) -> object:
        compiled.append(words)
        return real(self, *words, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Environment, "compile", counted)
    spec = layout_spec(folder_of(tmp_path, TEMPLATES["import"]))
    first = rendered(Template(spec), copies(1)[0])
    assert len(compiled) == 3  # the page, the part that it imports, the values of its slots
    compiled.clear()
    assert rendered(Template(spec), copies(1)[0]) == first
    assert compiled == []


def test_a_part_that_was_changed_is_looked_at_anew(tmp_path: Path) -> None:
    spec = layout_spec(folder_of(tmp_path, TEMPLATES["import"]))
    assert renderings(Template(spec), copies(2)) == 1
    (tmp_path / "macros.html").write_text("{% macro row(text) %}{{ text }}{% endmacro %}", "utf-8")
    changed = Template(spec)
    assert renderings(changed, copies(2)) == 2
    for each in copies(2):
        household = each["household"]
        assert isinstance(household, Home)
        assert changed.hollow(copy_of(each)).html.startswith(household.head)

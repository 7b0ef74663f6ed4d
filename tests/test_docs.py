"""The documents, held to the code: tables, keys, examples that run, links that lead somewhere.

That every command and every module is named is held in test_imports.py.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from PIL import Image

from cardgen import layouts, places, sheets
from cardgen.campaign import Campaign, Hotline, PaperChoice, PrintChoice
from cardgen.errors import CardgenError
from cardgen.kinds import KNOWN_KINDS
from cardgen.layoutcheck import check_layout
from cardgen.model import Severity
from cardgen.problems import Code
from cardgen.produce import print_card
from cardgen.views import (
    BranchView,
    BundleView,
    CadreView,
    CampaignView,
    ContactView,
    CountsView,
    GridView,
    KindCount,
    PersonView,
    PileView,
    RecallPartView,
    RecallStopView,
    RecallTallyView,
    RecallView,
    RouteView,
    RowView,
    StopView,
    VenueView,
    VillageView,
    ZoneView,
)

MAIN = places.PACKAGE.parent
DOCUMENTS = (
    *("README.md", "README.zh.md", "ARCHITECTURE.md", "CHANGELOG.md", "DECISIONS.md"),
    *("layouts/README.md", "fonts/README.md"),
)
SEVERITIES = {Severity.ERROR: "错误", Severity.WARNING: "警告", Severity.NOTICE: "提示"}
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
EXAMPLE_FILE = re.compile(r"^`(layouts/([\w-]+)/[\w.]+)`\n\n```\w+\n(.*?)^```$", re.M | re.S)


def text_of(name: str) -> str:
    return (MAIN / name).read_text("utf-8")


def table_rows(text: str) -> list[list[str]]:
    """The cells of every line of every table."""
    lines = (line for line in text.splitlines() if line.startswith("|"))
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


# --------------------------------------------------------------------------- README.zh.md


def test_the_table_of_problems_is_that_of_the_program() -> None:
    told = [row for row in table_rows(text_of("README.zh.md")) if re.match("`[a-z]+-", row[0])]
    told = [row for row in told if len(row) == 4]
    known = [[f"`{code.value}`", code.heading, SEVERITIES[code.severity]] for code in Code]
    assert [row[:3] for row in told] == known
    assert all(row[3] for row in told)


_NO_KEYS = ("links", "papers", "sheet", "bundles", "print", "name", "extra", "file")


def test_the_manual_names_every_key_of_campaign_toml() -> None:
    text = text_of("README.zh.md")
    keys = [f.name for kind in (Campaign, PaperChoice) for f in fields(kind)]
    keys += [*sheets.KEYS, *(f.name for f in fields(PrintChoice))]
    keys = [key for key in keys if key not in _NO_KEYS]
    assert [key for key in keys if f"`{key}`" not in text] == []
    assert [f.name for f in fields(Hotline) if f"{f.name} = " not in text] == []
    tables = ("[links]", "[papers.love-card]", "[print]", "[sheet]")
    assert [table for table in tables if f"`{table}`" not in text] == []


def test_the_manual_names_every_kind() -> None:
    text = text_of("README.zh.md")
    assert [kind for kind in KNOWN_KINDS if kind not in text] == []


# --------------------------------------------------------------------------- README.md


def test_every_exit_code_stands_in_its_table() -> None:
    told = {row[0] for row in table_rows(text_of("README.md"))}
    kinds = [CardgenError, *CardgenError.__subclasses__()]
    assert [kind.__name__ for kind in kinds if str(kind.exit_code) not in told] == []


def test_the_python_example_runs(small_workspace: Path, tmp_path: Path) -> None:
    blocks = FENCED.findall(text_of("README.md"))
    [code] = [block for language, block in blocks if language == "python"]
    (tmp_path / "example.py").write_text(code, "utf-8")
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "qingshi").symlink_to(small_workspace)
    ran = subprocess.run(
        [sys.executable, "example.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(MAIN)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ran.returncode == 0, ran.stderr
    assert re.fullmatch(r"18 [2-9A-Y]{4}-[2-9A-Y]{4} love-card/唐湾村-001\.pdf 3\n", ran.stdout)


def functions_told() -> list[tuple[str, str]]:
    rows = table_rows(text_of("README.md"))
    return [(row[0].strip("`"), row[1]) for row in rows if row[0].startswith("`cardgen.")]


@pytest.mark.parametrize(("name", "words"), functions_told(), ids=lambda word: word[:40])
def test_a_function_of_the_readme_is_there_with_these_parameters(name: str, words: str) -> None:
    module, _, function = name.rpartition(".")
    __import__(module)
    found = getattr(sys.modules[module], function)
    parameters = re.findall(r"(\w+): ", words)
    assert list(found.__annotations__)[: len(parameters)] == parameters


def test_the_picture_is_small_and_of_the_size_of_a_card() -> None:
    path = MAIN / "samples" / "qingshi" / "card.png"
    assert path.stat().st_size <= 60_000
    with Image.open(path) as picture:
        assert abs(picture.width / picture.height - 90 / 54) < 0.01


# --------------------------------------------------------------------------- layouts/README.md


def test_every_key_of_layout_toml_is_told_to_designers() -> None:
    text = text_of("layouts/README.md")
    first = {word for row in table_rows(text) for word in re.findall(r"`\[?(\w+)\]?`", row[0])}
    assert {*layouts._KEYS, *sheets.KEYS} - first == set()
    assert [fact for fact in layouts.FACTS if f"`{fact}`" not in text] == []


def test_every_field_that_a_template_may_read_is_told() -> None:
    rows = table_rows(text_of("layouts/README.md"))
    told = "\n".join(f"{row[0]} {row[1]}" for row in rows)
    missing = []
    for name, view in (
        ("household", StopView),
        ("contacts", ContactView),
        ("campaign", CampaignView),
        ("village", VillageView),
        ("venue", VenueView),
        ("grid", GridView),
        ("people", PersonView),
        ("route", RouteView),
        ("cadre", CadreView),
        ("counts", CountsView),
        ("counts", KindCount),
        ("zones", ZoneView),
        ("zones", BranchView),
        ("bundle", BundleView),
        ("piles", PileView),
        ("rows", RowView),
        ("recalls", RecallStopView),
        ("recalls", RecallPartView),
        ("recalls", RecallTallyView),
        ("recalls", RecallView),
    ):
        lines = "\n".join(line for line in told.splitlines() if f"`{name}" in line)
        missing += [f"{name}.{f.name}" for f in fields(view) if f".{f.name}`" not in lines]
    assert missing == []


def data_of_a_copy() -> set[str]:
    """The names that the plan gives to a template: the keys of all dicts that it makes."""
    return {
        str(key.value)
        for path in (places.PACKAGE / "plan").glob("*.py")
        for function in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(function, ast.FunctionDef)
        if function.name in ("data", "_copy", "household_views", "stop_views", "_pages")
        for node in ast.walk(function)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    } - {"layout"}


def test_every_name_that_a_template_is_given_is_told() -> None:
    names = data_of_a_copy()
    assert {"household", "households", "contacts", "zones"} <= names
    told = " ".join(f"{row[0]} {row[1]}" for row in table_rows(text_of("layouts/README.md")))
    assert [name for name in sorted(names) if f"`{name}`" not in told] == []


def write_example(workspace: Path) -> str:
    """Put the layout that layouts/README.md teaches into a workspace. Returns its name."""
    told = EXAMPLE_FILE.findall(text_of("layouts/README.md"))
    assert {Path(path).name for path, _, _ in told} == {"layout.toml", "layout.html", "layout.css"}
    for path, _, content in told:
        (workspace / path).parent.mkdir(parents=True, exist_ok=True)
        (workspace / path).write_text(content, "utf-8")
    [name] = {name for _, name, _ in told}
    return name


def test_the_layout_of_the_lesson_is_right_and_prints(workspace: Path, tmp_path: Path) -> None:
    name = write_example(workspace)
    report = check_layout(layouts.find_layout(name, workspace))
    assert report.findings == ()
    assert report.samples >= 7
    result = print_card(workspace, "TW-001", name, tmp_path / "slip.pdf")
    assert result.printed == 1
    assert (tmp_path / "slip.pdf").read_bytes().startswith(b"%PDF")


# --------------------------------------------------------------------------- ARCHITECTURE.md


def test_architecture_names_every_file_of_a_package() -> None:
    rows = {row[0]: row[1] for row in table_rows(text_of("ARCHITECTURE.md")) if len(row) == 2}
    missing = []
    for folder in sorted(path.parent for path in places.PACKAGE.glob("*/__init__.py")):
        files = [path.name for path in sorted(folder.iterdir()) if path.is_file()]
        told = rows.get(f"`cardgen/{folder.name}/`", "")
        missing += [
            f"{folder.name}/{file}"
            for file in files
            if file != "__init__.py" and f"`{file}`" not in told
        ]
    assert missing == []


# --------------------------------------------------------------------------- all of them


def slug(heading: str) -> str:
    """The anchor that a heading gets on a page of GitHub."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_within_the_project_lead_somewhere(name: str) -> None:
    broken = []
    text = FENCED.sub("", text_of(name))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        file = (MAIN / name).parent / path if path else MAIN / name
        if not file.exists():
            broken.append(target)
        elif anchor:
            headings = re.findall(r"^#+ (.+)$", FENCED.sub("", file.read_text("utf-8")), re.M)
            if anchor not in map(slug, headings):
                broken.append(target)
    assert broken == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_name_no_folder_of_one_machine(name: str) -> None:
    assert re.findall(r"(?<![\w.])/(?:home|root|tmp|work|opt|srv|Users)/\S*", text_of(name)) == []

"""Who may import whom, and which module owns which library: ARCHITECTURE.md as a test."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import cardgen

PACKAGE = Path(cardgen.__file__).parent
MAIN = PACKAGE.parent

# The words that all use. They know nobody but one another.
WORDS = {
    *("units", "model", "errors", "problems", "places", "phones", "kinds", "serials"),
    *("fonts", "qr", "campaign", "views", "characters", "layouts", "progress", "whole", "duty"),
    *("collector", "record", "sheets", "printers", "icc", "content", "snapshot", "trouble"),
    *("uploads", "children"),
}
# A stage knows the words, and of the other stages those that stand here: the first ones none.
STAGES: dict[str, set[str]] = {
    "roster": set(),
    "resolve": set(),
    "plan": set(),
    "changes": {"resolve"},
    "causes": set(),
    "typeset": set(),
    "fit": set(),
    "impose": set(),
    "press": {"fit", "impose"},
    "proof": set(),
    "report": set(),
    "preflight": set(),
    "ledger": set(),
    "template": set(),
    # Those who call the stages, in the order of the way.
    "corrections": {"resolve"},
    "campaignwords": {"exchange", "ledger"},
    "rosterbook": {"corrections", "workspace"},
    "exchange": {"ledger"},
    "workspace": {
        *("roster", "resolve", "plan", "impose", "typeset", "corrections", "ledger", "exchange"),
    },
    "job": {"impose", "volume"},
    "planned": {"impose", "press", "proof"},
    "volume": {"job", "fit", "impose", "press", "planned", "proof", "typeset"},
    "killers": {"job"},
    "engine": {"job", "volume"},
    "verify": {"engine", "preflight", "proof", "report"},
    "reprint": {"proof", "report", "ledger"},
    "editions": {"plan", "typeset", "ledger"},
    "identity": {"workspace", "typeset", "engine"},
    "runs": {
        *("workspace", "plan", "impose", "typeset", "job", "editions", "ledger"),
    },
    "batch": {"workspace", "plan", "job", "engine", "killers", "report", "runs"},
    "differing": {"runs", "ledger", "plan"},
    "recalling": {"causes", "ledger", "resolve"},
    "printing": {
        *("batch", "editions", "engine", "identity", "job", "ledger", "plan", "recalling", "runs"),
        *("report", "workspace"),
    },
    "produce": {
        *("batch", "workspace", "plan", "changes", "impose", "job", "engine", "report"),
        *("roster", "runs", "editions", "ledger", "printing", "differing", "exchange"),
    },
    "county": {"engine", "produce", "report"},
    "search": set(),
    "desk": {"produce", "workspace", "ledger", "impose", "proof", "resolve", "roster", "search"},
    "layoutsamples": {"plan", "resolve", "changes"},
    "layoutcheck": {"layoutsamples", "typeset", "fit", "impose", "press", "proof", "volume"},
    "overview": {"layoutcheck"},
    "sheetdrawing": {"impose"},
    "cli": {
        *("produce", "roster", "workspace", "plan", "resolve", "report", "proof"),
        *("template", "layoutcheck", "overview", "impose", "sheetdrawing", "press", "preflight"),
        *("verify", "reprint", "engine", "county", "ledger", "causes", "recalling", "web"),
        *("corrections", "rosterbook"),
    },
    "web": {
        *("produce", "workspace", "plan", "resolve", "report", "ledger", "causes"),
        *("desk", "errand", "corrections", "rosterbook", "campaignwords", "letters"),
        *("intake", "uploads", "roster", "layoutbox", "exchange", "search"),
    },
    "errand": {"ledger", "produce", "plan", "report", "intake", "layoutbox"},
    "letters": {"exchange", "ledger", "layoutsamples", "typeset", "workspace"},
    "layoutbox": {"exchange", "ledger", "layoutcheck", "typeset"},
    "intake": {
        *("causes", "changes", "exchange", "ledger", "plan", "produce", "report", "roster"),
        *("workspace",),
    },
    "__main__": {"cli"},
}
LIBRARIES: dict[str, set[str]] = {
    "python_calamine": {"roster.book"},
    "openpyxl": {"template", "rosterbook"},
    "phonenumbers": {"phones"},
    "pypinyin": {"resolve.codes", "search"},
    "jinja2": {
        "typeset.compiled",
        *(
            "typeset.template",
            "typeset.shapes",
            "typeset.macros",
            "typeset.letter",
            "typeset.privacy",
        ),
        "report.html_report",
    },
    "markupsafe": {"typeset.template", "typeset.letter", "report.html_report"},
    "markdown_it": {"typeset.markdown"},
    "weasyprint": {"typeset.engine", "typeset.boxes", "typeset.fetcher", "typeset.justify"},
    "reportlab": {"press"},
    "pikepdf": {"press", "typeset.art", "preflight", "reprint"},
    "uharfbuzz": {"fonts.glyphs"},
    "qrcode": {"qr"},
    "zxingcpp": {"qr"},
    "pypdfium2": {"proof"},
    "PIL": {"proof", "qr", "layoutcheck", "overview", "sheetdrawing", "icc"},
    "distributed": {"engine.cluster"},
    "django": {"web"},
    "django_htmx": {"web"},
    "waitress": {"web.server", "web.refusing"},
    "tomlkit": {"campaignwords"},
    "typer": {"cli"},
    "rich": {"cli"},
}


def imports() -> Iterator[tuple[str, str, int]]:
    """Every import in the package: (module, what it imports, line), names below `cardgen.`"""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.is_relative_to(PACKAGE / "share"):
            continue
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        module = ".".join(part for part in parts if part != "__init__") or "cardgen"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((module, alias.name, node.lineno) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}:{node.lineno}: say cardgen.… in full"
                name = node.module or ""
                more = (f"cardgen.{a.name}" for a in node.names) if name == "cardgen" else (name,)
                yield from ((module, each, node.lineno) for each in more)


def test_every_module_stands_in_one_table() -> None:
    modules = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py"} - {"__init__"}
    modules |= {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert modules == WORDS | set(STAGES)
    assert not WORDS & set(STAGES)


def test_stages_import_only_whom_they_may() -> None:
    wrong = []
    for module, imported, line in imports():
        if not imported.startswith("cardgen.") or imported == "cardgen.__version__":
            continue
        here, there = module.partition(".")[0], imported.split(".")[1]
        if there not in WORDS | STAGES.get(here, set()) | {here}:
            wrong.append(f"cardgen/{module.replace('.', '/')}, line {line}: {here} knows {there}")
    assert not wrong, "\n".join(wrong)


def test_libraries_are_imported_only_by_their_owners() -> None:
    wrong, used = [], set()
    for module, imported, line in imports():
        library = imported.partition(".")[0]
        if library == "cardgen" or library in sys.stdlib_module_names:
            continue
        used.add(library)
        owners = LIBRARIES.get(library, set())
        if not any(module == owner or module.startswith(f"{owner}.") for owner in owners):
            whose = " and ".join(sorted(owners)) or "nobody's yet"
            wrong.append(f"cardgen/{module.replace('.', '/')}, line {line}: {library} is {whose}")
    assert not wrong, "\n".join(wrong)
    assert used == set(LIBRARIES), "a library of the table is not used"


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("cardgen.volume", "weasyprint jinja2 typer rich openpyxl phonenumbers cardgen.typeset"),
        ("cardgen.cli", "typer rich cardgen.produce cardgen.model"),
        ("cardgen.produce", "weasyprint typer rich openpyxl python_calamine phonenumbers pypinyin"),
    ],
)
def test_start_is_light(module: str, absent: str) -> None:
    """A worker loads cardgen.volume, and cardgen.cli, from which the command was started."""
    code = f"import sys, {module}; print(*sorted(set({absent.split()}) & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


# --------------------------------------------------------------------------- what is written


def commands() -> Iterator[str]:
    from typer.main import get_command

    from cardgen.cli.app import app

    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", {})
        yield from (f"cardgen {name} {each}" for each in below)
        if not below:
            yield f"cardgen {name}"


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_readme_names_every_command(readme: str) -> None:
    text = (MAIN / readme).read_text("utf-8")
    assert [command for command in commands() if command not in text] == []


def test_architecture_names_every_module() -> None:
    text = (MAIN / "ARCHITECTURE.md").read_text("utf-8")
    modules = sorted((WORDS | set(STAGES)) - {"__main__"})
    assert [name for name in modules if f"`{name}`" not in text] == []

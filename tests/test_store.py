"""Forms kept from run to run are the forms that would be laid out, or are not found."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cardgen.layouts import find_layout
from cardgen.layoutsamples import sample_copies
from cardgen.model import Filled, Form
from cardgen.produce import print_card
from cardgen.typeset.fill import Filler, needs_engine
from cardgen.typeset.store import FormStore

SPEC = find_layout("love-card")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "forms"
    monkeypatch.setenv("CARDGEN_CACHE", str(folder))
    return folder


def filled_form() -> Form:
    filler = Filler(SPEC)
    _, copy = next(sample_copies(SPEC))
    key = filler.fill(copy).form_key  # type: ignore[union-attr]
    return filler.forms([key])[key]


def test_a_stored_form_is_the_form_that_was_laid_out(cache: Path) -> None:
    assert needs_engine(SPEC)
    first = filled_form()
    assert len(list(cache.glob("*.form"))) == 1 and not needs_engine(SPEC)
    assert filled_form() == first


def test_a_stored_form_needs_no_engine(cache: Path, workspace: Path, tmp_path: Path) -> None:
    print_card(workspace, "TW-003", "love-card", tmp_path / "first.pdf")
    code = (
        "import sys; from pathlib import Path; from cardgen.produce import print_card;"
        "print_card(Path(sys.argv[1]), 'TW-003', 'love-card', Path(sys.argv[2]));"
        "print('weasyprint' in sys.modules)"
    )
    again = tmp_path / "again.pdf"
    told = subprocess.run(
        [sys.executable, "-c", code, str(workspace), str(again)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert told.stdout == "False\n"
    assert again.read_bytes() == (tmp_path / "first.pdf").read_bytes()


def test_another_style_finds_nothing(cache: Path) -> None:
    form = filled_form()
    assert FormStore(b"other").load(form.key) is None


def test_a_torn_or_hostile_file_is_not_a_form(cache: Path) -> None:
    form = filled_form()
    [path] = cache.glob("*.form")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert filled_form() == form
    marker = cache / "ran"
    path.write_bytes(pickle.dumps(Hostile(str(marker))))
    assert filled_form() == form and not marker.exists()


class Hostile:
    """Writes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, tuple[str, str]]:
        return Path.write_text, (Path(self._path), "ran")  # type: ignore[return-value]


def test_a_store_that_cannot_be_written_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("CARDGEN_CACHE", str(tmp_path / "file" / "forms"))
    assert hashlib.sha256(filled_form().leaves[0].art).hexdigest()


def test_off_means_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDGEN_CACHE", "off")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    filled_form()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("layout", "change"),
    [("survey", {}), ("love-card", {"head": "ئابلىز ئەمەت"})],
    ids=["a paper that flows", "a name in letters that join"],
)
def test_a_form_that_holds_names_is_not_kept(
    layout: str, change: dict[str, str], cache: Path
) -> None:
    filler = Filler(find_layout(layout))
    _, copy = next(sample_copies(find_layout(layout)))
    household = copy.data.get("household")
    if change:
        copy = copy._replace(data={**copy.data, "household": replace(household, **change)})  # type: ignore[type-var]
    filled = filler.fill(copy)
    assert isinstance(filled, Filled) and filler.laid_out == 1
    assert list(cache.glob("*.form")) == []


def test_a_letter_that_names_its_household_is_not_kept(cache: Path, workspace: Path) -> None:
    spec = find_layout("notice")
    body = workspace / "words.md"
    body.write_text("# 题\n\n您好，{{ household.head }}！", "utf-8")
    copies = [
        copy._replace(subject=f"TW-{number}")
        for number, (_, copy) in enumerate(sample_copies(spec))
        if number in (0, 2)  # of two names
    ]
    filler = Filler(spec, body)
    for copy in copies * 2:  # each household's own comes again, when its next edition is filled
        assert isinstance(filler.fill(copy), Filled)
    assert not cache.exists()
    body.write_text("# 题\n\n您好，乡亲！", "utf-8")
    filler = Filler(spec, body)
    filler.fill(copies[0])
    assert not cache.exists()
    filler.fill(copies[1])
    assert len(list(cache.glob("*.form"))) == 1

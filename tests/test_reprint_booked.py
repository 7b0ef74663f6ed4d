"""A reprint of a batch that a ledger knows is written down there; all else goes on as before."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import write_workspace

from cardgen.batch import Options
from cardgen.cli import main
from cardgen.ledger import BatchLine, batches, history_of, open_ledger
from cardgen.ledger.store import LEDGER_FILE
from cardgen.produce import build
from cardgen.reprint import Booked, book_reprint, reprint_copies, reprint_sheets


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a batch of love cards and its ledger, for copies of it."""
    folder = write_workspace(tmp_path_factory.mktemp("booked") / "青石镇")
    build(folder, Options(workers=0))
    return folder


@pytest.fixture
def out(printed: Path, tmp_path: Path) -> Path:
    """The batch, in a copy of the workspace."""
    return Path(shutil.copytree(printed, tmp_path / "青石镇")) / "out"


def last_batch(workspace: Path) -> BatchLine:
    with open_ledger(workspace) as book:
        return batches(book)[-1]


def test_sheets_printed_again_are_a_batch_of_their_own(out: Path) -> None:
    made = reprint_sheets(out, [3], "唐湾村-001.pdf")
    booked = book_reprint(out, made.folder)
    batch = last_batch(out.parent)
    assert (batch.kind, batch.copies, batch.files) == ("reprint", booked.copies, 1)
    assert batch.folder == str(made.folder.resolve()) and batch.finished
    assert booked.old == () and booked.copies > 1


def test_a_copy_printed_again_keeps_its_serial_and_edition_and_says_why(out: Path) -> None:
    made = reprint_copies(out, subjects=["TW-003"], start=4)
    assert book_reprint(out, made.folder) == Booked(1)
    with open_ledger(out.parent) as book:
        first, again = history_of(book, "TW-003")
    assert (again.serial, again.edition, again.why) == (first.serial, 0, "reprint")
    assert (again.file, again.sheet, again.cell) == ("love-card/补印-001.pdf", 1, 4)


def test_a_reprint_changes_nothing_of_what_is_due(out: Path) -> None:
    made = reprint_copies(out, subjects=["TW-003"])
    book_reprint(out, made.folder)
    result = build(out.parent, Options(workers=0, only_changed=True))
    assert (result.printed, result.unchanged) == (0, 30)


def test_an_old_edition_printed_again_is_told(
    out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cadres = out.parent / "干部.csv"
    cadres.write_text(cadres.read_text("utf-8").replace("19900000004", "19900000044"), "utf-8")
    build(out.parent, Options(workers=0, only_changed=True))
    with open_ledger(out.parent) as book:
        old, new = history_of(book, "TW-002")
    assert main(["reprint", str(out), "--household", "TW-002"]) == 0
    told = capsys.readouterr().out
    assert "已记进账本：补印 1 份。" in told
    assert f"{old.serial} 是旧卡，新的是 {new.serial}：补印的还是旧内容，不要发出去。" in told
    result = build(out.parent, Options(workers=0, only_changed=True))
    assert result.printed == 0
    changed = out / "changed" / "001"
    assert main(["reprint", str(changed), "--household", "TW-002"]) == 0
    told = capsys.readouterr().out
    assert "已记进账本：补印 1 份。" in told and "旧卡" not in told


def test_without_a_ledger_it_works_as_ever(out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (out.parent / LEDGER_FILE).unlink()
    assert main(["reprint", str(out), "--household", "TW-003"]) == 0
    assert "账本" not in capsys.readouterr().out
    assert not (out.parent / LEDGER_FILE).exists()


def test_a_ledger_that_does_not_know_the_copies_is_left_alone(out: Path, tmp_path: Path) -> None:
    other = tmp_path / "别的镇"
    shutil.copytree(out, other / "out")
    open_ledger(other).close()
    made = reprint_copies(other / "out", subjects=["TW-003"])
    assert book_reprint(other / "out", made.folder) == Booked()
    with open_ledger(other) as book:
        assert batches(book) == []


def test_a_ledger_more_than_three_folders_above_is_none_of_this_batch(
    out: Path, tmp_path: Path
) -> None:
    far = out.parent / "a" / "b" / "c" / "out"
    shutil.copytree(out, far)
    made = reprint_copies(far, subjects=["TW-003"])
    assert book_reprint(far, made.folder) == Booked()

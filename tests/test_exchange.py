"""Files put in the place of others: all or none at any kill, kept, and put back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cardgen import exchange, whole
from cardgen.errors import CardgenError, UsageError
from cardgen.exchange import (
    finish_pending,
    forget_sets,
    kept_file,
    kept_sets,
    put_files,
    settle,
    undo,
)
from cardgen.ledger import audit_trail, hold_workspace, open_ledger
from cardgen.workspace import read_workspace

BEFORE = {"村.csv": b"a", "layouts/x/layout.toml": b"b", "干部.csv": b"c"}
PUT = {"村.csv": b"A", "layouts/y/layout.toml": b"B", "新.csv": b"D"}
REMOVE = ("layouts/x/layout.toml",)
AFTER = {"村.csv": b"A", "干部.csv": b"c", "layouts/y/layout.toml": b"B", "新.csv": b"D"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place, content in BEFORE.items():
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_bytes(content)
    return tmp_path


def there(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
        and not path.is_relative_to(folder / "web")
        and not path.name.startswith("cardgen.")
    }


def put(folder: Path) -> int:
    with hold_workspace(folder):
        return put_files(folder, "test", PUT, REMOVE, event="tested", detail={"files": 3})


def take_back(folder: Path, number: int) -> None:
    with hold_workspace(folder):
        undo(folder, number, event="taken-back")


def events(folder: Path) -> list[str]:
    with open_ledger(folder) as ledger:
        return [f"{row.event} {row.detail}" for row in audit_trail(ledger)]


def test_files_are_put_kept_and_put_back(folder: Path) -> None:
    number = put(folder)
    assert there(folder) == AFTER
    assert not (folder / "layouts" / "x").exists()
    kept = kept_sets(folder)
    assert [(each.number, each.kind, each.is_undone) for each in kept] == [(1, "test", False)]
    assert kept_file(folder, number, "村.csv") == b"a"
    assert kept_file(folder, number, "新.csv") is None
    take_back(folder, number)
    assert there(folder) == BEFORE
    assert [each.is_undone for each in kept_sets(folder)] == [True]
    assert events(folder) == ['taken-back {"set": 1}', 'tested {"files": 3, "set": 1}']


def test_what_was_changed_since_is_not_put_back(folder: Path) -> None:
    number = put(folder)
    (folder / "新.csv").write_bytes("改过".encode())
    with pytest.raises(UsageError, match=r"新\.csv 后来又改过，不能撤销成以前的。"):
        take_back(folder, number)
    assert (folder / "新.csv").read_bytes() == "改过".encode()


def test_what_is_put_back_twice_is_refused(folder: Path) -> None:
    number = put(folder)
    take_back(folder, number)
    with pytest.raises(UsageError, match="这一次已经撤销过了"):
        take_back(folder, number)


def test_only_the_owner_reads_what_is_kept(folder: Path) -> None:
    put(folder)
    kept = folder / "web" / "kept"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in kept.rglob("*") if path.is_file()} == {0o600}


@pytest.mark.parametrize("place", ["../x.csv", "/etc/x", "a/../../x", "web/web.db", "a\\b", ""])
def test_nothing_is_put_outside_the_workspace(folder: Path, place: str) -> None:
    with hold_workspace(folder), pytest.raises(UsageError, match="不在工作文件夹里"):
        put_files(folder, "test", {place: b""}, event="tested")
    assert there(folder) == BEFORE


class Killed(BaseException):
    """What no `except Exception` sees, as a kill."""


def killing(monkeypatch: pytest.MonkeyPatch, at: int) -> Callable[[], bool]:
    """Let the n-th step that touches the disk be the last one. Returns whether it was reached."""
    steps = 0

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def step(*words: object, **more: object) -> object:
            nonlocal steps
            steps += 1
            if steps == at:
                raise Killed
            return real(*words, **more)

        return step

    for name in ("write_whole_bytes", "_take_away", "_write_down"):
        monkeypatch.setattr(exchange, name, counted(getattr(exchange, name)))
    monkeypatch.setattr(whole, "write_whole_bytes", exchange.write_whole_bytes)  # of what it says
    for name in ("replace", "unlink"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    return lambda: steps >= at


def test_a_kill_at_any_step_leaves_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = set()
    for at in range(1, 60):
        folder = tmp_path / str(at)
        for place, content in BEFORE.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(content)
        with monkeypatch.context() as patch:
            reached = killing(patch, at)
            try:
                put(folder)
            except Killed:
                pass
            else:
                assert not reached()
                break
        settle(folder)
        now = there(folder)
        assert now in (BEFORE, AFTER), f"torn at step {at}"
        done = now == AFTER
        seen.add(done)
        assert len(kept_sets(folder)) == int(done)
        assert len(events(folder)) == int(done)
        if not done:
            put(folder)
        take_back(folder, 1)
        assert there(folder) == BEFORE
    else:
        raise AssertionError("no end")
    assert seen == {True, False} and at > 15


def test_a_kill_while_putting_back_leaves_all_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for at in range(1, 60):
        folder = tmp_path / str(at)
        for place, content in BEFORE.items():
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            (folder / place).write_bytes(content)
        number = put(folder)
        with monkeypatch.context() as patch:
            reached = killing(patch, at)
            try:
                take_back(folder, number)
            except Killed:
                pass
            else:
                assert not reached()
                break
        settle(folder)
        now = there(folder)
        assert now in (BEFORE, AFTER), f"torn at step {at}"
        if now == AFTER:
            take_back(folder, number)
        assert there(folder) == BEFORE
        assert len(events(folder)) == 2
    else:
        raise AssertionError("no end")
    assert at > 8


def test_whoever_reads_the_workspace_finishes_it_first(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (workspace / "住户.csv").read_bytes()
    lines = old.splitlines(keepends=True)
    with monkeypatch.context() as patch:
        patch.setattr(exchange, "_take_away", lambda *_: (_ for _ in ()).throw(Killed))
        with hold_workspace(workspace), pytest.raises(Killed):
            new = {"新住户.csv": b"".join(lines[:11])}
            put_files(workspace, "rosters", new, ("住户.csv",), event="tested")
    assert (workspace / "住户.csv").exists() and (workspace / "新住户.csv").exists()
    assert len(read_workspace(workspace).township.households) == 10
    assert not (workspace / "住户.csv").exists()


def test_a_reader_does_not_wait_for_ever(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_WAIT_S", 0.1)
    pending = workspace / "web" / "kept" / "pending.json"
    pending.parent.mkdir(parents=True)
    pending.write_text(json.dumps({"number": 1, "undo": False}))
    with hold_workspace(workspace), pytest.raises(CardgenError, match="正在换花名册") as told:
        read_workspace(workspace)
    assert told.value.hint == "过一会儿再来。"


def test_nothing_pending_costs_nothing(workspace: Path) -> None:
    assert settle(workspace) is False
    with hold_workspace(workspace):
        assert finish_pending(workspace) is False
    assert not (workspace / "web").exists()


def test_old_sets_are_forgotten_but_the_last_of_each_kind_that_stands(folder: Path) -> None:
    def put_one(kind: str, content: bytes) -> int:
        with hold_workspace(folder):
            return put_files(folder, kind, {"村.csv": content}, event="tested")

    numbers = [put_one("words", b"1"), put_one("rosters", b"2"), put_one("rosters", b"3")]
    numbers.append(put_one("layout", b"4"))
    take_back(folder, numbers[-1])
    later = datetime.now().astimezone() + timedelta(days=1)
    with hold_workspace(folder):
        assert forget_sets(folder, later - timedelta(days=2)) == 0
        assert forget_sets(folder, later) == 1
        assert [each.number for each in kept_sets(folder)] == [4, 3, 1]
        assert forget_sets(folder, later) == 0
    assert put_one("words", b"5") == 5
    take_back(folder, 5)
    with hold_workspace(folder):
        assert forget_sets(folder, later) == 1  # what was taken back, and is not the newest
    take_back(folder, 3)
    assert there(folder)["村.csv"] == b"2"

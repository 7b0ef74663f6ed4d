"""The ledger as a file: its tables, its errors in words, one batch at a time."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cardgen.errors import LedgerError
from cardgen.ledger import LEDGER_FILE, LOCK_FILE, Ledger, find_ledger, hold_workspace, open_ledger
from cardgen.ledger.schema import MIGRATIONS
from cardgen.ledger.store import told

TABLES = [
    "audit",
    "batches",
    "copies",
    "corrections",
    "deliveries",
    "imports",
    "parts",
    "recalls",
    "serials",
    "volumes",
]


def test_a_new_ledger_has_its_tables_all_strict(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        found = ledger.read(
            "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' "
            "AND name NOT LIKE 'sqlite_%' AND type = 'table' ORDER BY name"
        )
        assert found == [(name, 1) for name in TABLES]
        assert ledger.one("PRAGMA journal_mode") == ("wal",)
        assert ledger.one("PRAGMA user_version") == (len(MIGRATIONS),)


def test_the_ledger_is_for_its_owner_alone(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, ledger.write():
        ledger.audit("test", {})
        for path in tmp_path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path.name


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger, ledger.write():
        ledger.audit("test", {"n": 1}, "王")
    with open_ledger(tmp_path) as ledger:
        assert ledger.read("SELECT person, event, detail FROM audit") == [
            ("王", "test", json.dumps({"n": 1}))
        ]


def test_no_ledger_is_made_where_one_is_only_looked_for(tmp_path: Path) -> None:
    assert find_ledger(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        with pytest.raises(LedgerError), ledger.write() as database:
            ledger.audit("half", {})
            database.execute("INSERT INTO deliveries (serial) VALUES ('X')")
        assert ledger.read("SELECT * FROM audit") == []
        with ledger.write():
            ledger.audit("whole", {})
        assert ledger.read("SELECT event FROM audit") == [("whole",)]


def test_a_ledger_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    database = sqlite3.connect(tmp_path / LEDGER_FILE)
    database.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    database.close()
    with pytest.raises(LedgerError, match="更新的 cardgen 写的"):
        open_ledger(tmp_path)


def test_a_file_that_is_no_ledger_is_named_and_kept(tmp_path: Path) -> None:
    path = tmp_path / LEDGER_FILE
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(LedgerError, match=r"坏了，读不出来") as caught:
        open_ledger(tmp_path)
    assert "不要删" in caught.value.hint
    assert path.read_bytes().startswith(b"not a database")


def test_a_locked_ledger_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardgen.ledger.store.BUSY_MS", 50)
    with open_ledger(tmp_path) as ledger:
        other = sqlite3.connect(tmp_path / LEDGER_FILE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LedgerError, match="正被另一个程序占着"), ledger.write():
            pass
        other.execute("ROLLBACK")
        other.close()
        with ledger.write():
            ledger.audit("after", {})


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    with open_ledger(tmp_path) as ledger:
        pages = ledger.one("PRAGMA page_count")
        assert pages is not None
        ledger.read(f"PRAGMA max_page_count = {pages[0]}")
        with pytest.raises(LedgerError, match="磁盘满了"), ledger.write():
            for _ in range(1000):
                ledger.audit("x" * 500, {})
        assert ledger.read("SELECT * FROM audit") == []


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a folder that is read-only")
def test_a_read_only_folder_says_so() -> None:
    read_only = Path("/proc/self")  # for root too
    with pytest.raises(LedgerError, match="打不开"):
        open_ledger(read_only)
    with pytest.raises(LedgerError, match="写不进去"), hold_workspace(read_only):
        pass


def test_a_folder_in_the_way_says_so(tmp_path: Path) -> None:
    (tmp_path / LEDGER_FILE).mkdir()
    with pytest.raises(LedgerError, match="打不开"):
        open_ledger(tmp_path)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("database is locked", "正被另一个程序占着"),
        ("database or disk is full", "磁盘满了"),
        ("attempt to write a readonly database", "写不进去"),
        ("unable to open database file", "写不进去"),
        ("disk I/O error", "写不进去"),
        ("database disk image is malformed", "坏了"),
        ("UNIQUE constraint failed: serials.layout", "别处也印了同一户"),
        ("NOT NULL constraint failed: serials.serial", "别处也印了同一户"),
        ("something else", "出错：something else"),
    ],
)
def test_every_error_of_the_database_says_what_to_do(words: str, said: str) -> None:
    error = told(Path("青石镇/cardgen.db"), sqlite3.OperationalError(words))
    assert said in error.message
    assert "青石镇/cardgen.db" in error.message or "别处" in said
    assert error.hint and error.exit_code == 6


def test_a_second_holder_is_told_who_and_since_when(tmp_path: Path) -> None:
    since = "2026-11-24T08:30:00+08:00"
    with (
        hold_workspace(tmp_path, lambda: since),
        pytest.raises(LedgerError) as caught,
        hold_workspace(tmp_path),
    ):
        pass
    assert "2026-11-24 08:30:00 开始" in caught.value.message
    assert f"进程号 {os.getpid()}" in caught.value.message
    with hold_workspace(tmp_path):
        pass


HOLDER = """
import sys, time
from pathlib import Path
from cardgen.errors import LedgerError
from cardgen.ledger import hold_workspace
try:
    with hold_workspace(Path(sys.argv[1])):
        print("held", flush=True)
        time.sleep(float(sys.argv[2]))
except LedgerError as error:
    print(error.message, flush=True)
"""


def _holder(folder: Path, seconds: float) -> subprocess.Popen[str]:
    words = [sys.executable, "-c", HOLDER, str(folder), str(seconds)]
    return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)


def test_a_dead_holder_holds_nothing(tmp_path: Path) -> None:
    holder = _holder(tmp_path, 60)
    assert holder.stdout is not None and holder.stdout.readline() == "held\n"
    with pytest.raises(LedgerError, match=f"进程号 {holder.pid}"), hold_workspace(tmp_path):
        pass
    holder.kill()
    holder.wait()
    assert (tmp_path / LOCK_FILE).read_bytes(), "its words are still there"
    with hold_workspace(tmp_path):
        pass


def test_of_twenty_that_start_at_once_one_wins(tmp_path: Path) -> None:
    runs = [_holder(tmp_path, 120) for _ in range(20)]
    said = []
    for run in runs:
        assert run.stdout is not None
        said.append(run.stdout.readline().strip())
    for run in runs:
        run.kill()
        run.wait()
    assert said.count("held") == 1
    assert sum("正在印另一批" in each for each in said) == 19


def test_a_clock_that_jumps_back_orders_nothing(tmp_path: Path) -> None:
    times = iter(["2030-01-01T00:00:00", "1999-01-01T00:00:00"])
    ledger = Ledger(tmp_path / LEDGER_FILE, lambda: next(times))
    with ledger:
        for event in ("first", "second"):
            with ledger.write():
                ledger.audit(event, {})
        assert ledger.read("SELECT event FROM audit ORDER BY id") == [("first",), ("second",)]

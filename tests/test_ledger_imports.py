"""Imports of rosters in the ledger: when one is recorded, what it changed, how it is shown."""

from __future__ import annotations

import csv
import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cardgen.cli import main
from cardgen.errors import LedgerError, UsageError
from cardgen.ledger import (
    Ledger,
    all_imports,
    changes_of,
    find_import,
    import_before,
    open_ledger,
    record_import,
    township_of,
)
from cardgen.model import ChangeKind, Household, Origin, RosterChange, Source, Table, Township
from cardgen.plan import Selection
from cardgen.produce import Options, build

ORIGIN = Origin(Source(Table.HOUSEHOLD, "住户.csv", "", {"code": 0, "head": 1}), 2)
NOW = "2026-11-24T20:12:30+08:00"


def township(*codes: str) -> Township:
    homes = [Household(code, "唐湾村", "", "", "", "3号", "赵德胜", (), 3, (), None, None, "", "",
                       ORIGIN) for code in codes]  # fmt: skip
    return Township((), (), tuple(homes), (), ())


def told(old: Township, new: Township) -> Iterator[RosterChange]:
    """A way to compare that needs no stage: by 户号 alone."""
    codes = {home.code for home in old.households}
    for home in new.households:
        if home.code not in codes:
            field = ("电话", "", "19900000001")
            yield RosterChange(ChangeKind.CAME, home.code, home.village, home.head, "", (field,))


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Ledger]:
    with open_ledger(tmp_path, lambda: NOW) as ledger:
        yield ledger


def test_rosters_that_differ_are_an_import_with_what_they_changed(book: Ledger) -> None:
    assert record_import(book, {"住户.csv": "aa"}, township("A1"), told) == 1
    assert record_import(book, {"住户.csv": "bb"}, township("A1", "A2"), told) == 2
    first, second = all_imports(book)
    assert (first.is_first, first.households, first.came, first.made) == (True, 1, 0, NOW)
    assert (second.is_first, second.households, second.came) == (False, 2, 1)
    assert changes_of(book, 1) == ()
    assert changes_of(book, 2) == (
        RosterChange(ChangeKind.CAME, "A2", "唐湾村", "赵德胜", "", (("电话", "", "19900000001"),)),
    )
    assert township_of(book, 1) == township("A1")


def test_the_same_files_again_or_renamed_are_no_import(book: Ledger) -> None:
    record_import(book, {"住户.csv": "aa", "村.csv": "cc"}, township("A1"), told)
    assert record_import(book, {"村.csv": "cc", "住户.csv": "aa"}, township("A1"), told) == 1
    assert record_import(book, {"名册.csv": "aa", "村.csv": "cc"}, township("A1"), told) == 1
    assert len(all_imports(book)) == 1


def test_rosters_put_back_as_they_were_are_an_import_of_their_own(book: Ledger) -> None:
    for digest in ("aa", "bb", "aa"):
        record_import(book, {"住户.csv": digest}, township("A1"), told)
    assert [each.id for each in all_imports(book)] == [1, 2, 3]
    before = import_before(book, {"住户.csv": "aa"})
    assert before is not None and before.id == 2


def test_without_files_nothing_is_recorded(book: Ledger) -> None:
    assert record_import(book, {}, township("A1"), told) is None
    assert all_imports(book) == []


def test_what_is_not_there_is_said_to_be_so(book: Ledger) -> None:
    with pytest.raises(UsageError) as error:
        find_import(book, 3)
    assert (error.value.message, error.value.hint) == (
        "账本里没有第 3 次花名册。",
        "还没有读过花名册；先印一批。",
    )
    record_import(book, {"住户.csv": "aa"}, township("A1"), told)
    with pytest.raises(UsageError) as error:
        find_import(book, 3)
    assert error.value.hint == "有第 1 次到第 1 次。"
    assert import_before(book, {"住户.csv": "aa"}) is None


@pytest.mark.parametrize("damaged", [b"no zlib", zlib.compress(b"[1]"), zlib.compress(b"[[1]]")])
def test_damaged_changes_are_refused_in_words(book: Ledger, damaged: bytes) -> None:
    record_import(book, {"住户.csv": "aa"}, township("A1"), told)
    with book.write() as database:
        database.execute("UPDATE imports SET changes = ?", (damaged,))
    with pytest.raises(LedgerError, match="账本里第 1 次花名册的增减坏了，读不出来。"):
        changes_of(book, 1)


def test_an_import_is_not_recorded_where_what_it_changed_cannot_be_told(book: Ledger) -> None:
    record_import(book, {"住户.csv": "aa"}, township("A1"), told)

    def fails(old: Township, new: Township) -> Iterator[RosterChange]:
        yield from told(old, new)
        raise LedgerError("坏了")

    with pytest.raises(LedgerError):
        record_import(book, {"住户.csv": "bb"}, township("A2"), fails)
    assert [each.id for each in all_imports(book)] == [1]


def test_the_audit_trail_has_no_names(book: Ledger) -> None:
    record_import(book, {"住户.csv": "aa"}, township("A1"), told)
    [(event, detail)] = book.read("SELECT event, detail FROM audit")
    assert (event, json.loads(detail)) == ("import", {"import": 1, "households": 1})


# --------------------------------------------------------------------------- by building


ONE = Options(workers=0, selection=Selection(households=("SQ-019",)), layouts=("love-card",))


def edit(workspace: Path, change: Callable[[list[str]], None]) -> None:
    """Change the lines of the household roster."""
    path = workspace / "住户.csv"
    lines = path.read_text("utf-8").splitlines()
    change(lines)
    path.write_text("\n".join(lines) + "\n", "utf-8")


def replaced(old: str, new: str) -> Callable[[list[str]], None]:
    def change(lines: list[str]) -> None:
        [place] = [at for at, line in enumerate(lines) if old in line]
        lines[place] = lines[place].replace(old, new)

    return change


def imported_twice(workspace: Path) -> None:
    """Build, change the roster in every way, build again."""
    build(workspace, ONE)
    edit(workspace, lambda lines: lines.append("SQ-099,石桥村,1组,99号,周新,19900000199,2"))
    edit(workspace, lambda lines: lines.remove(next(each for each in lines if "TW-018" in each)))
    edit(workspace, replaced("TW-003,唐湾村,2组,3号", "TW-003,唐湾村,1组,3号"))
    edit(workspace, replaced("19900000104", "19900000204"))
    build(workspace, ONE)


def test_building_records_the_import_and_the_batch_knows_it(workspace: Path) -> None:
    imported_twice(workspace)
    build(workspace, ONE)
    with open_ledger(workspace) as book:
        counts = [(i.came, i.left, i.moved, i.changed) for i in all_imports(book)]
        assert counts == [(0, 0, 0, 0), (1, 1, 1, 1)]
        assert [row[0] for row in book.read("SELECT import FROM batches ORDER BY id")] == [1, 2]
        assert sorted(all_imports(book)[0].files) == ["住户.csv", "干部.csv", "村.csv"]
        assert township_of(book, 1).households[17].code == "TW-018"


def test_another_campaign_alone_is_no_import(workspace: Path) -> None:
    build(workspace, ONE)
    path = workspace / "campaign.toml"
    path.write_text(path.read_text("utf-8").replace("森林防火", "防汛"), "utf-8")
    build(workspace, ONE)
    with open_ledger(workspace) as book:
        assert len(all_imports(book)) == 1
        assert len(book.read("SELECT id FROM batches")) == 2


def cli(capsys: pytest.CaptureFixture[str], *words: object, code: int = 0) -> str:
    capsys.readouterr()
    assert main([*map(str, words)]) == code
    told = capsys.readouterr()
    return told.err if code else told.out


def test_imports_are_listed_and_shown_field_by_field(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported_twice(workspace)
    listed = " ".join(cli(capsys, "imports", workspace).split())
    assert listed.startswith("次 时间 村 干部 户 新来 离开 搬动 变更 文件 1 ")
    assert re.search(r" 2 [\d-]{10} \d\d:\d\d 2 6 30 1 1 1 1 住户.csv、", listed)
    shown = " ".join(cli(capsys, "imports", workspace, 2).split())
    assert re.match(
        r"第 2 次（\d{4}-\d\d-\d\d \d\d:\d\d，30 户）和上一次比：新来 1，离开 1，搬动 1，变更 1。"
        r" 情况 村 户号 户主 住处 改了什么 "
        r"新来 石桥村 SQ-099 周新 石桥村 1组 99号 "
        r"离开 唐湾村 TW-018 \S+ 唐湾村 1组 18号 "
        r"搬动 唐湾村 TW-003 \S+ 唐湾村 1组 3号 组 2组 → 1组 "
        r"变更 唐湾村 TW-004 \S+ 唐湾村 1组 4号 电话 19900000104 → 19900000204$",
        shown,
    )
    first = cli(capsys, "imports", workspace, 1)
    assert first.endswith("，30 户）是头一次，没有更早的可以比。\n")


def test_imports_as_csv_for_excel(
    workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    imported_twice(workspace)
    path = tmp_path / "增减.csv"
    assert cli(capsys, "imports", workspace, 2, "--csv", path) == f"已写好 {path}\n"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [*["情况", "村", "户号", "户主", "住处", "项目", "原来", "现在"]]
    assert rows[4][:3] + rows[4][5:] == ["变更", "唐湾村", "TW-004", "电话",
                                         "'19900000104", "'19900000204"]  # fmt: skip
    cli(capsys, "imports", workspace, "--csv", path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert [row[4:9] for row in rows[1:]] == [["30", "", "", "", ""], ["30", "1", "1", "1", "1"]]


def test_a_table_is_not_written_where_the_next_batch_would_read_it_as_a_roster(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(workspace, ONE)
    path = workspace / "增减.csv"
    said = cli(capsys, "imports", workspace, "--csv", path, code=2)
    assert "不要放在工作文件夹里：下次会被当成花名册来读。" in said
    assert not path.exists()


def test_imports_as_json(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    imported_twice(workspace)
    first, second = json.loads(cli(capsys, "imports", workspace, "--json"))["imports"]
    assert "came" not in first and second["came"] == 1
    assert set(second["files"]) == {"村.csv", "干部.csv", "住户.csv"}
    told = json.loads(cli(capsys, "imports", workspace, 2, "--json"))
    assert [change["kind"] for change in told["changes"]] == ["came", "left", "moved", "changed"]
    assert told["changes"][3]["fields"] == [
        {"field": "电话", "before": "19900000104", "after": "19900000204"}
    ]


def test_before_the_first_batch_there_is_nothing_and_it_says_so(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = "还没有读过花名册：从 cardgen build 印第一批时开始记。\n"
    assert cli(capsys, "imports", workspace) == said
    assert not (workspace / "cardgen.db").exists()
    assert json.loads(cli(capsys, "imports", workspace, "--json")) == {"imports": []}
    assert "没有文件夹" in cli(capsys, "imports", workspace / "别处", code=2)


# --------------------------------------------------------------------------- the paper


LEDGER = Options(workers=0, layouts=("change-ledger",))


def test_the_ledger_of_changes_compares_with_the_import_before(workspace: Path) -> None:
    build(workspace, ONE)
    with pytest.raises(UsageError, match="账本里还没有上一次的"):
        build(workspace, LEDGER)
    edit(workspace, lambda lines: lines.append("SQ-099,石桥村,1组,99号,周新,19900000199,2"))
    result = build(workspace, LEDGER)
    assert (result.printed, result.closes) == (2, True)
    assert "周新" in text_of(workspace / "out" / "change-ledger" / "全镇-001.pdf")
    # The rosters are an import now, and are still compared with the one before them.
    assert build(workspace, Options(workers=0, layouts=("change-ledger",), again=True)).printed == 2
    assert "周新" in text_of(workspace / "out" / "change-ledger" / "全镇-001.pdf")


def test_an_earlier_roster_that_is_given_wins_over_the_ledger(
    workspace: Path, small_workspace: Path
) -> None:
    build(workspace, ONE)
    edit(workspace, lambda lines: lines.append("SQ-099,石桥村,1组,99号,周新,19900000199,2"))
    build(workspace, ONE)
    edit(workspace, lambda lines: lines.append("SQ-098,石桥村,1组,98号,钱新,19900000198,2"))
    build(workspace, LEDGER)
    text = text_of(workspace / "out" / "change-ledger" / "全镇-001.pdf")
    assert ("钱新" in text, "周新" in text) == (True, False)
    build(workspace, Options(workers=0, layouts=("change-ledger",), since=small_workspace))
    text = text_of(workspace / "out" / "change-ledger" / "全镇-001.pdf")
    assert ("钱新" in text, "周新" in text) == (True, True)


def text_of(path: Path) -> str:
    import pypdfium2

    pages = pypdfium2.PdfDocument(path)
    return "".join(page.get_textpage().get_text_bounded() for page in pages)

"""What became of copies: delivered, returned, lost; entered, refused with a reason, taken back."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from booked import NOW, Made, put, serial_of

from cardgen.cli import main
from cardgen.cli.deliveries import day_of
from cardgen.errors import LedgerError, UsageError
from cardgen.ledger import (
    Entered,
    Event,
    Ledger,
    enter,
    open_ledger,
    recalled_by,
    take_back,
    typed,
)
from cardgen.ledger.store import LEDGER_FILE

CODES = [f"TW-{number:03d}" for number in range(1, 6)]
CARDS = {code: serial_of("love-card", code) for code in CODES}
OLD, NEW = CARDS["TW-001"], serial_of("love-card", "TW-001", 1)
GONE = CARDS["TW-002"]
DAY = "2026-11-24"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five cards; then the first got a new edition, and the second household left."""
    folder = tmp_path / "青石镇"
    folder.mkdir()
    with open_ledger(folder, lambda: NOW) as book:
        put(book, [Made(code) for code in CODES])
        put(book, [Made("TW-001", edition=1)], "changed", "/q/out/changed/001", gone=[GONE])
    return folder


@pytest.fixture
def book(folder: Path) -> Iterator[Ledger]:
    with open_ledger(folder, lambda: NOW) as ledger:
        yield ledger


def entered(book: Ledger, event: Event, *words: str, day: str = DAY) -> Entered:
    return enter(book, event, typed(words), day, "李明")


def why(done: Entered) -> list[str]:
    return [each.fault for each in done.wrong]


def events(book: Ledger) -> list[tuple[str, ...]]:
    return book.read("SELECT serial, event, day, person FROM deliveries WHERE undone IS NULL")


def open_recalls(book: Ledger) -> set[str]:
    return {row[0] for row in book.read("SELECT serial FROM recalls WHERE closed IS NULL")}


def test_good_serials_are_entered_with_day_and_person(book: Ledger) -> None:
    done = entered(book, Event.DELIVERED, CARDS["TW-003"], CARDS["TW-004"].lower())
    assert done == Entered((CARDS["TW-003"], CARDS["TW-004"]), ())
    assert events(book) == [
        (CARDS["TW-003"], "delivered", DAY, "李明"),
        (CARDS["TW-004"], "delivered", DAY, "李明"),
    ]


def test_each_bad_serial_is_told_and_none_stops_the_good_ones(book: Ledger) -> None:
    entered(book, Event.DELIVERED, CARDS["TW-003"], day="2026-11-20")
    unknown = serial_of("love-card", "elsewhere")
    misread = CARDS["TW-005"][:-1] + ("2" if CARDS["TW-005"][-1] != "2" else "3")
    words = [OLD, GONE, CARDS["TW-003"], unknown, misread, CARDS["TW-004"]]
    done = entered(book, Event.DELIVERED, *words)
    assert done.serials == (CARDS["TW-004"],)
    assert [(each.where, each.text, each.fault) for each in done.wrong] == [
        ("第 1 个", OLD, f"这是旧卡，新的是 {NEW}"),
        ("第 2 个", GONE, "这一份要收回，不再发"),
        ("第 3 个", CARDS["TW-003"], "2026-11-20 已经登记过送达"),
        ("第 4 个", unknown, "账本里没有这个编号，不是这个工作文件夹里印的"),
        ("第 5 个", misread, "校验字符不对，多半抄错了一个字"),
    ]


def test_a_serial_scanned_twice_counts_once(book: Ledger) -> None:
    done = entered(book, Event.DELIVERED, CARDS["TW-003"], CARDS["TW-003"])
    assert (done.serials, done.repeated, done.wrong) == ((CARDS["TW-003"],), 1, ())


def test_the_newest_edition_is_told_however_old_the_card_is(book: Ledger) -> None:
    put(book, [Made("TW-001", edition=2)], "changed")
    assert why(entered(book, Event.DELIVERED, OLD)) == [
        f"这是旧卡，新的是 {serial_of('love-card', 'TW-001', 2)}"
    ]


@pytest.mark.parametrize("event", [Event.RETURNED, Event.LOST])
def test_what_came_back_or_is_lost_is_no_longer_asked_for(book: Ledger, event: Event) -> None:
    assert open_recalls(book) == {OLD, GONE}
    done = entered(book, event, OLD, CARDS["TW-003"])
    assert (done.serials, done.closed) == ((OLD, CARDS["TW-003"]), 1)
    assert open_recalls(book) == {GONE}


def test_what_came_back_cannot_come_back_again_but_what_was_lost_can(book: Ledger) -> None:
    entered(book, Event.LOST, OLD, day="2026-11-20")
    assert why(entered(book, Event.LOST, OLD)) == ["2026-11-20 已经登记过丢失"]
    assert why(entered(book, Event.RETURNED, OLD)) == []
    assert why(entered(book, Event.RETURNED, OLD)) == [f"{DAY} 已经登记过收回"]
    assert why(entered(book, Event.LOST, OLD)) == [f"{DAY} 已经登记过收回"]


def test_what_came_back_and_was_printed_again_can_be_delivered(book: Ledger) -> None:
    entered(book, Event.RETURNED, CARDS["TW-003"])
    put(book, [Made("TW-003")], "changed")
    assert why(entered(book, Event.DELIVERED, CARDS["TW-003"])) == []


def test_what_came_back_and_was_printed_again_is_asked_for_when_it_is_replaced(
    book: Ledger,
) -> None:
    entered(book, Event.RETURNED, GONE)
    put(book, [Made("TW-002")], "changed")  # the household is back: the same card again
    assert open_recalls(book) == {OLD}
    batch = put(book, [Made("TW-002", edition=1)], "changed", "/q/out/changed/003")
    assert open_recalls(book) == {OLD, GONE}
    replaced = [(each.serial, each.replaced_by) for each in recalled_by(book, batch)]
    assert replaced == [(GONE, serial_of("love-card", "TW-002", 1))]
    assert entered(book, Event.RETURNED, GONE, day="2026-11-25").closed == 1
    assert take_back(book, Event.RETURNED, typed([GONE])).closed == 1
    assert open_recalls(book) == {OLD, GONE}


def test_what_came_back_stays_closed_where_its_volume_is_recorded_anew(book: Ledger) -> None:
    entered(book, Event.RETURNED, CARDS["TW-003"])
    put(book, [Made("TW-003", edition=1)], "changed", "/q/out/changed/003")
    put(book, [Made("TW-003", edition=1)], "changed", "/q/out/changed/003")
    assert open_recalls(book) == {OLD, GONE}


# -- taken back ------------------------------------------------------------------------------


def test_an_entry_that_is_taken_back_stays_in_the_ledger_and_counts_no_more(book: Ledger) -> None:
    entered(book, Event.DELIVERED, CARDS["TW-003"])
    done = take_back(book, Event.DELIVERED, typed([CARDS["TW-003"]]))
    assert done.serials == (CARDS["TW-003"],)
    assert events(book) == []
    assert book.one("SELECT count(*), max(undone) FROM deliveries") == (1, NOW)
    assert why(entered(book, Event.DELIVERED, CARDS["TW-003"])) == []


def test_a_return_that_is_taken_back_asks_for_the_copy_again(book: Ledger) -> None:
    entered(book, Event.RETURNED, OLD)
    assert take_back(book, Event.RETURNED, typed([OLD])).closed == 1
    assert open_recalls(book) == {OLD, GONE}


def test_it_stays_closed_while_another_entry_says_so(book: Ledger) -> None:
    entered(book, Event.LOST, OLD)
    entered(book, Event.RETURNED, OLD)
    assert take_back(book, Event.RETURNED, typed([OLD])).closed == 0
    assert open_recalls(book) == {GONE}


def test_only_the_last_entry_and_only_of_that_kind_is_taken_back(book: Ledger) -> None:
    entered(book, Event.DELIVERED, CARDS["TW-003"])
    entered(book, Event.RETURNED, CARDS["TW-003"])
    words = typed([CARDS["TW-003"], CARDS["TW-004"]])
    assert why(take_back(book, Event.DELIVERED, words)) == [
        "最后一条登记是收回，不是送达",
        "没有可以撤销的登记",
    ]
    take_back(book, Event.RETURNED, words)
    assert [event for _, event, *_ in events(book)] == ["delivered"]


def test_every_entry_leaves_a_trace_without_names_of_households(book: Ledger) -> None:
    entered(book, Event.DELIVERED, CARDS["TW-003"])
    take_back(book, Event.DELIVERED, typed([CARDS["TW-003"]]))
    traces = book.read("SELECT event, detail FROM audit WHERE event IN ('delivered', 'undone')")
    assert [(event, json.loads(detail)["serials"]) for event, detail in traces] == [
        ("delivered", [CARDS["TW-003"]]),
        ("undone", [CARDS["TW-003"]]),
    ]
    assert "王秀英" not in str(traces)


def test_a_list_is_entered_whole_or_not_at_all(
    book: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise LedgerError("磁盘满了")

    monkeypatch.setattr(book, "audit", full)
    with pytest.raises(LedgerError, match="磁盘满了"):
        entered(book, Event.RETURNED, OLD, CARDS["TW-003"])
    assert events(book) == []
    assert open_recalls(book) == {OLD, GONE}


def test_many_serials_at_once(book: Ledger) -> None:
    """More than a query takes values."""
    codes = [f"N-{number}" for number in range(1300)]
    put(book, [Made(code) for code in codes])
    words = [serial_of("love-card", code) for code in codes]
    assert len(entered(book, Event.DELIVERED, *words).serials) == 1300


# -- by the commands -------------------------------------------------------------------------


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main([*map(str, words)])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_typed_serials(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("delivered", folder, CARDS["TW-003"], CARDS["TW-004"], "--by", "李明", "--on", DAY)
    assert run(capsys, *words) == (0, "已登记送达 2 份。\n", "")
    with open_ledger(folder) as book:
        assert events(book)[0] == (CARDS["TW-003"], "delivered", DAY, "李明")


def test_a_wrong_one_is_told_on_the_screen_and_by_the_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = run(capsys, "delivered", folder, CARDS["TW-003"], OLD)
    assert code == 2
    assert out == f"已登记送达 1 份。\n✗ 第 2 个 {OLD}：这是旧卡，新的是 {NEW}\n"
    assert "有 1 条没有登记，写在上面。" in err and "只补登这几条" in err


def test_old_ones_that_came_back_by_the_list_of_what_to_collect(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "recall.csv"
    path.write_text(f"户主,收回旧编号,换发新编号\n王,{OLD},{NEW}\n李,{GONE},不再发\n", "gb18030")
    code, out, _ = run(capsys, "returned", folder, "--file", path)
    assert (code, out) == (
        0, "已登记收回 2 份。\n其中 2 份是要收回的旧卡，这几份不用再收。\n",
    )  # fmt: skip
    code, out, _ = run(capsys, "delivered", folder, "--file", path)
    assert out.startswith("已登记送达 1 份。")
    with open_ledger(folder) as book:
        assert [row[:2] for row in events(book)] == [
            (OLD, "returned"), (GONE, "returned"), (NEW, "delivered"),
        ]  # fmt: skip


@pytest.mark.parametrize("words", [[], ["-"]])
def test_a_scanner_types_a_line_a_paper(
    folder: Path,
    words: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = f"https://example.cn/h/TW-003?s={CARDS['TW-003']}\n{CARDS['TW-004'].lower()}\n\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data.encode())))
    assert run(capsys, "delivered", folder, *words)[:2] == (0, "已登记送达 2 份。\n")


def test_lost_and_undone(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "returned", folder, OLD, "--lost")[1].startswith("已登记丢失 1 份。")
    assert run(capsys, "returned", folder, OLD, "--undo")[0] == 2
    code, out, _ = run(capsys, "returned", folder, OLD, "--lost", "--undo")
    assert (code, out) == (0, "已撤销丢失登记 1 份。\n其中 1 份是旧卡，又要收回了。\n")


def test_nothing_to_enter_is_wrong_use(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\n")))
    code, out, err = run(capsys, "delivered", folder)
    assert (code, out) == (2, "")
    assert "一个编号也没有。" in err


def test_without_a_ledger_it_says_what_to_do_and_makes_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, _, err = run(capsys, "delivered", tmp_path, OLD)
    assert code == 2 and "还没有账本" in err and "cardgen build" in err
    assert not (tmp_path / LEDGER_FILE).exists()
    assert run(capsys, "returned", tmp_path / "nowhere", OLD)[0] == 2


@pytest.mark.parametrize(
    "text", ["2026-11-4", "2026.11.04", "2026年11月4日", "2026/11/4", " 2026-11-04 "]
)
def test_days_are_written_as_people_write_them(text: str) -> None:
    assert day_of(text, DAY) == "2026-11-04"


@pytest.mark.parametrize(
    ("text", "message"),
    [("昨天", "“昨天”不是日期。"), ("2026-02-30", "“2026-02-30”不是日期。"),
     ("2026-11-25", "2026-11-25 还没有到，今天是 2026-11-24。")],
)  # fmt: skip
def test_what_is_no_day_or_is_to_come_is_named(text: str, message: str) -> None:
    with pytest.raises(UsageError) as told:
        day_of(text, DAY)
    assert told.value.message == message


@pytest.mark.parametrize("command", ["delivered", "returned", "ledger", "coverage"])
def test_help_is_chinese_and_has_an_example(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = run(capsys, command, "--help")
    assert code == 0
    assert out.startswith(f"用法：cardgen {command}")
    assert f"例如：cardgen {command}" in out
    assert not any(word in out for word in ("Usage", "Options", "required", "default"))

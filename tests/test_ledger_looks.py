"""What the ledger tells: batches, histories, what is out, what is asked back, coverage."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from booked import NOW, Made, put, serial_of

from cardgen.cli import main, show
from cardgen.ledger import (
    Event,
    Ledger,
    VillageCoverage,
    batches,
    coverage,
    enter,
    homes_of,
    open_ledger,
    out_now,
    recalled_by,
    standing,
    total,
    typed,
)
from cardgen.model import Household, Key, Origin, Source, Table, Township, Village, Why
from cardgen.recalling import collecting
from cardgen.snapshot import snapshot_of

ORIGIN = Origin(Source(Table.HOUSEHOLD, "", "", {}), 2)
CODES = [f"TW-{number:03d}" for number in range(1, 6)]
CARDS = {code: serial_of("love-card", code) for code in CODES}
NEW = serial_of("love-card", "TW-001", 1)
GONE = CARDS["TW-002"]
PHONE = (("支部书记", "陈秀兰", "19900000014"),)
TITLES = {"love-card": "爱心联系卡", "door-card": "门贴卡", "village-board": "村联系公示栏"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Five cards of 唐湾村, one of 石桥村; then the first changed and the second household left."""
    folder = tmp_path / "青石镇"
    folder.mkdir()
    out = str(folder.resolve() / "out")
    with open_ledger(folder, lambda: NOW) as book:
        cards = [Made(code, head=f"王{code[-1]}", door=f"{code[-1]}号") for code in CODES]
        put(book, [*cards, Made("SQ-001", village="石桥村")], folder=out)
        changed = Made("TW-001", edition=1, contacts=PHONE, head="王1")
        put(book, [changed], "changed", f"{out}/changed/001", gone=[GONE])
    return folder


@pytest.fixture
def book(folder: Path) -> Iterator[Ledger]:
    with open_ledger(folder, lambda: NOW) as ledger:
        yield ledger


def run(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    assert main([*map(str, words)]) == 0
    return capsys.readouterr().out


def table(text: str) -> list[list[str]]:
    return [line.split("\t") for line in text.splitlines()]


def home(code: str, village: str = "唐湾村", group: str = "1组", door: str = "1号") -> Household:
    return Household(
        *(code, village, "", group, "", door, f"王{code[-1]}", ("19900000099",), 3, ()),
        *(date(2026, 11, 22), None, "", "", ORIGIN),
    )


def roster(*homes: Household) -> Township:
    villages = ("唐湾村", "石桥村", "柳林村")
    return Township(
        tuple(Village(name, "东片区", "", "", "", ORIGIN) for name in villages),
        *((), homes, (), ()),
        rows=len(homes),
    )


def remember(book: Ledger, township: Township) -> None:
    """An import of that roster."""
    with book.write() as database:
        database.execute(
            "INSERT INTO imports (made, digest, files, villages, cadres, households, came, gone, "
            "moved, changed, township, changes) VALUES ('', 'd', '{}', 0, 0, 0, 0, 0, 0, 0, ?, ?)",
            (snapshot_of(township), b""),
        )


# -- batches, history, what is out -----------------------------------------------------------


def test_each_batch_is_a_line_with_its_copies_and_files(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    when = "2026-11-24 20:04"
    assert table(run(capsys, "ledger", folder))[1:] == [
        ["1", when, "整批", "防汛", "6", "2", when, "7K3M9Q", "out"],
        ["2", when, "只印变化", "防汛", "1", "1", when, "7K3M9Q", "out/changed/001"],
    ]


def test_a_batch_that_was_cut_off_says_so_and_counts_what_is_recorded(
    book: Ledger, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(book, [Made("TW-006")], done=False)
    assert batches(book)[-1].finished == ""
    assert table(run(capsys, "ledger", folder))[-1][4:7] == ["1", "1", "没有印完，再运行同一条命令"]


def test_a_household_has_its_history(
    book: Ledger, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = CARDS["TW-003"], serial_of("love-card", "TW-003", 1)
    enter(book, Event.DELIVERED, typed([old]), "2026-11-20", "李明")
    put(book, [Made("TW-003", edition=1)], "changed", str(folder.resolve() / "out/changed/002"))
    rows = table(run(capsys, "ledger", folder, "--household", "TW-003"))
    when = "2026-11-24 20:04"
    assert rows[1:] == [
        [old, "爱心联系卡", "1", when, "1", "头一次印", "out/love-card/唐湾村-001.pdf", "1", "3",
         f"要收回，换成了 {new}；2026-11-20 送达（李明）"],
        [new, "爱心联系卡", "2", when, "3", "内容变了",
         "out/changed/002/love-card/唐湾村-001.pdf", "1", "1", "没有送达登记"],
    ]  # fmt: skip
    enter(book, Event.RETURNED, typed([old]), "2026-11-24")
    enter(book, Event.LOST, typed([new]), "2026-11-24", "周文")
    rows = table(run(capsys, "ledger", folder, "--household", "TW-003"))
    assert [row[-1] for row in rows[1:]] == ["2026-11-24 收回", "2026-11-24 登记丢失（周文）"]


def test_an_unknown_household_is_wrong_use_and_the_nearest_is_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", str(folder), "--household", "TW-01"]) == 2
    told = capsys.readouterr().err
    assert "账本里没有给“TW-01”印过什么。" in told and "最接近的是 TW-001。" in told


def test_what_is_out_is_the_newest_edition_that_has_not_come_back(
    book: Ledger, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(book, Event.RETURNED, typed([CARDS["TW-003"], CARDS["TW-001"]]), "2026-11-24")
    enter(book, Event.LOST, typed([CARDS["TW-004"]]), "2026-11-24")
    serials = [line.serial for line in out_now(book)]
    assert serials == [GONE, CARDS["TW-005"], NEW, serial_of("love-card", "SQ-001")]
    rows = table(run(capsys, "ledger", folder, "--out-now", "--village", "唐湾村"))
    assert [row[0] for row in rows[1:]] == serials[:3]
    assert rows[1][2:6] == ["唐湾村", "TW-002", "王2", "1组 2号"]
    assert rows[1][-1] == "要收回，不再发；没有送达登记"


def test_an_old_edition_that_is_printed_again_does_not_become_the_newest(book: Ledger) -> None:
    put(book, [Made("TW-001", head="王1", why=Why.REPRINT)], "reprint")
    assert NEW in [line.serial for line in out_now(book)]
    assert standing(book, ["love-card"])[Key("love-card", "TW-001")].serial == NEW


def test_nothing_out_and_nothing_asked_back_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_ledger(tmp_path).close()
    assert run(capsys, "ledger", tmp_path).startswith("账本里还没有批次。先印一批：cardgen build")
    assert run(capsys, "ledger", tmp_path, "--out-now") == "现在外面什么也没有。\n"
    assert run(capsys, "ledger", tmp_path, "--recalls") == "没有要收回的。\n"
    assert run(capsys, "coverage", tmp_path).splitlines()[-1].split() == ["合计", *"00000"]


@pytest.mark.parametrize("command", ["ledger", "coverage"])
def test_where_nothing_was_ever_printed_it_says_what_to_do(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, command, tmp_path) == (
        f"账本还是空的。先印一批：cardgen build {tmp_path}\n"
    )  # fmt: skip
    assert list(tmp_path.iterdir()) == []
    assert list(json.loads(run(capsys, command, tmp_path, "--json")).values()) == [[]]
    assert main([command, str(tmp_path / "nowhere")]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out-now", "--recalls"], "一次只能用一个"),
        (["--village", "唐湾村"], "--village 要和 --out-now 或 --recalls 一起用"),
        (["--out-now", "--village", "唐弯村"], "账本里没有“唐弯村”"),
    ],
)
def test_words_that_do_not_go_together_are_told(
    words: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", str(folder), *words]) == 2
    assert said in capsys.readouterr().err


# -- for Excel and for programs --------------------------------------------------------------


def test_every_cell_for_excel_is_text(
    book: Ledger, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(book, [Made("0012", head="=1+1", door="3-5", group="")])
    path = tmp_path / "t.csv"
    assert run(capsys, "ledger", folder, "--out-now", "--csv", path) == f"已写好 {path}\n"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["户号"] == "'0012")
    assert row["编号"] == serial_of("love-card", "0012")
    assert (row["户主"], row["住处"]) == ("'=1+1", "'3-5")
    assert (row["张"], row["格"]) == ("'1", "'1")


def test_programs_get_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = json.loads(run(capsys, "ledger", folder, "--household", "TW-001", "--json"))
    assert [(row["serial"], row["is_recalled"], row["newest"]) for row in told["rows"]] == [
        (CARDS["TW-001"], True, NEW), (NEW, False, NEW),
    ]  # fmt: skip
    told = json.loads(run(capsys, "ledger", folder, "--recalls", "--json"))
    assert [(row["serial"], row["new_serial"]) for row in told["rows"]] == [
        (CARDS["TW-001"], NEW), (GONE, ""),
    ]  # fmt: skip


# -- recalls ---------------------------------------------------------------------------------


def test_open_recalls_say_who_where_and_why(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = table(run(capsys, "ledger", folder, "--recalls"))
    assert rows[1] == [
        "唐湾村", "1组", "王1", "1号", "TW-001", "爱心联系卡", CARDS["TW-001"], NEW,
        "支部书记 陈秀兰 的电话换了", "",
    ]  # fmt: skip
    assert rows[2][2:8] == ["王2", "2号", "TW-002", "爱心联系卡", GONE, "不再发"]


def test_what_came_back_is_no_longer_listed(
    book: Ledger, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    enter(book, Event.RETURNED, typed([CARDS["TW-001"]]), "2026-11-24")
    enter(book, Event.LOST, typed([GONE]), "2026-11-24")
    assert run(capsys, "ledger", folder, "--recalls") == "没有要收回的。\n"


def test_recalls_of_several_batches_come_in_walking_order(book: Ledger) -> None:
    doors = {"A": "10号", "B": "2号", "C": "1号"}
    put(book, [Made(code, door=door, group="2组") for code, door in doors.items()])
    for code in ("A", "C", "B"):
        put(book, [Made(code, edition=1, door=doors[code], group="2组")], "changed")
    [view] = collecting(book, recalled_by(book), None, TITLES).values()
    assert [stop.code for stop in view.stops] == ["TW-001", "TW-002", "C", "B", "A"]


def test_a_household_that_left_is_known_by_its_other_papers(book: Ledger) -> None:
    """What hangs on its door in public does not say who lives there."""
    door = Made("TW-009", "door-card", parts={"household": {"village": "唐湾村", "door": "9号"}})
    put(book, [Made("TW-009", head="李九", door="9号"), door])
    put(book, [], "changed", gone=[door.serial])
    view = collecting(book, recalled_by(book), roster(), TITLES)["唐湾村"]
    stop = next(stop for stop in view.stops if stop.code == "TW-009")
    assert (stop.who, stop.place, stop.papers[0].paper) == ("李九", "9号", "门贴卡")


def test_papers_that_are_no_households_stand_behind_the_doors(book: Ledger) -> None:
    board = Made("唐湾村", "village-board", parts={"village": {"name": "唐湾村"}})
    shop = Made("S1", "shop-card", parts={"venue": {"name": "便民超市", "address": "5号"}})
    whole = Made("全镇", "chain-chart", village="", parts={"people": []})
    put(book, [whole, board, shop])
    put(book, [], "changed", gone=[each.serial for each in (whole, board, shop)])
    lists = collecting(book, recalled_by(book), roster(home("TW-001")), TITLES)
    assert list(lists) == ["唐湾村", ""]
    stops = [(stop.who, stop.place, stop.part) for stop in lists["唐湾村"].stops]
    assert stops[-2:] == [("便民超市", "5号", "场所"), ("唐湾村", "", "村里的")]
    assert [(stop.who, stop.part) for stop in lists[""].stops] == [("全镇", "全镇的")]


# -- coverage --------------------------------------------------------------------------------


def test_coverage_counts_households_of_the_roster(book: Ledger) -> None:
    remember(book, roster(*map(home, ["TW-001", *CODES[2:], "TW-010"]), home("SQ-001", "石桥村")))
    enter(book, Event.DELIVERED, typed([NEW, CARDS["TW-003"]]), "2026-11-24")
    enter(book, Event.RETURNED, typed([CARDS["TW-004"]]), "2026-11-24")
    # TW-010 is new, TW-004 has given its card back, TW-002 has left with an old one.
    lines = coverage(book, homes_of(book))
    assert lines == [
        VillageCoverage("唐湾村", households=5, printed=3, delivered=2, missing=1, stale=2),
        VillageCoverage("石桥村", households=1, printed=1, delivered=0, missing=0, stale=0),
        VillageCoverage("柳林村", households=0, printed=0, delivered=0, missing=0, stale=0),
    ]
    assert total(lines) == VillageCoverage("合计", 6, 4, 2, 1, 2)


def test_without_a_roster_those_count_that_something_was_printed_for(book: Ledger) -> None:
    assert [(line.village, line.households) for line in coverage(book, homes_of(book))] == [
        ("唐湾村", 5), ("石桥村", 1),
    ]  # fmt: skip


def test_coverage_of_one_paper(
    book: Ledger, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    remember(book, roster(*map(home, CODES)))
    put(book, [Made("TW-003", "notice"), Made("TW-004", "notice")])
    [first, *_] = coverage(book, homes_of(book), ["notice"])
    assert (first.printed, first.missing, first.stale) == (2, 3, 0)
    told = json.loads(run(capsys, "coverage", folder, "--layout", "notice", "--json"))
    assert told["total"] == {
        "village": "合计", "households": 5, "printed": 2, "delivered": 0, "missing": 3, "stale": 0,
    }  # fmt: skip
    assert [line["village"] for line in told["villages"]] == ["唐湾村", "石桥村", "柳林村"]
    assert main(["coverage", str(folder), "--layout", "notise"]) == 2
    assert "没有 notise 这种版式。" in capsys.readouterr().err


def test_a_copy_that_came_back_and_was_printed_again_counts_once(book: Ledger) -> None:
    enter(book, Event.RETURNED, typed([CARDS["TW-003"]]), "2026-11-24")
    [before, *_] = coverage(book, homes_of(book))
    put(book, [Made("TW-003", head="王3", door="3号", why=Why.AGAIN)], "changed")
    enter(book, Event.DELIVERED, typed([CARDS["TW-003"]]), "2026-11-24")
    [after, *_] = coverage(book, homes_of(book))
    assert (before.printed, before.delivered) == (3, 0)
    assert (after.printed, after.delivered) == (4, 1)


def test_old_papers_in_a_village_that_is_gone_are_counted(book: Ledger) -> None:
    remember(book, roster(home("TW-001")))
    put(book, [Made("X-1", village="老庄村")])
    put(book, [], "changed", gone=[serial_of("love-card", "X-1")])
    assert coverage(book, homes_of(book))[-1] == VillageCoverage("老庄村", 0, 0, 0, 0, 1)


def test_coverage_has_a_sum_and_numbers_that_excel_can_add(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c.csv"
    run(capsys, "coverage", folder, "--csv", path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["村", "户数", "已印", "已送达", "没印过", "旧的没收回"]
    assert rows[1:] == [
        ["唐湾村", "5", "4", "0", "0", "2"], ["石桥村", "1", "1", "0", "0", "0"],
        ["合计", "6", "5", "0", "0", "2"],
    ]  # fmt: skip


# -- on a screen -----------------------------------------------------------------------------


@pytest.mark.parametrize("words", [[], ["--household", "TW-001"], ["--out-now"], ["--recalls"]])
def test_on_a_screen_serials_and_places_stand_in_a_table(
    words: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    console = show.out()
    monkeypatch.setattr(console, "_force_terminal", True)
    monkeypatch.setattr(console, "_width", 160)
    told = run(capsys, "ledger", folder, *words)
    assert "\t" not in told
    wanted = {
        "": "7K3M9Q", "--household": "唐湾村-001.pdf 第 1 张第 1 格", "--out-now": "1组 5号",
        "--recalls": "支部书记 陈秀兰 的电话换了",
    }  # fmt: skip
    assert wanted[words[0] if words else ""] in told


def test_a_long_list_is_cut_on_a_screen_and_says_so(
    book: Ledger,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put(book, [Made(f"N-{number}") for number in range(300)])
    monkeypatch.setattr(show.out(), "_force_terminal", True)
    told = run(capsys, "ledger", folder, "--out-now")
    assert told.endswith("这里列出 200 行，还有 106 行；加 --csv 写出全部。\n")

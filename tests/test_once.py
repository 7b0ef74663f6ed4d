"""Printed exactly once: the same batch again, a batch cut off, only what changed."""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cardgen import whole
from cardgen.desk import Desk
from cardgen.editions import Editions
from cardgen.errors import CardgenError, LedgerError, OutputError
from cardgen.ledger import (
    Asked,
    Event,
    Ledger,
    enter,
    find_ledger,
    history_of,
    hold_workspace,
    open_ledger,
)
from cardgen.model import BatchResult, Touch
from cardgen.produce import Options, Quiet, Selection, build, difference, print_card


def printed(folder: Path, **options: object) -> BatchResult:
    return build(folder, Options(workers=0, **options))


def changed(folder: Path) -> BatchResult:
    return printed(folder, only_changed=True)


def files_of(out: Path) -> dict[str, str]:
    """The SHA-256 of everything that must be the same however often it is made."""
    paths = [*out.rglob("*.pdf"), *out.rglob("*.gz"), *out.rglob("*.csv")]
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }


def manifest_of(result: BatchResult) -> list[dict[str, str]]:
    text = (Path(result.folder) / "manifest.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def serials_of(result: BatchResult) -> dict[str, str]:
    return {row["subject"]: row["serial"] for row in manifest_of(result)}


def ledger_rows(folder: Path, query: str) -> list[tuple[Any, ...]]:
    ledger = find_ledger(folder)
    assert ledger is not None
    with ledger:
        return ledger.read(query)


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def new_phone(folder: Path, new: str = "19900000044", old: str = "19900000004") -> None:
    """陈秀兰, 支部书记 of 唐湾村, but for its second group, has another phone."""
    edit(folder, "干部.csv", old, new)


@pytest.fixture(scope="module")
def undisturbed(small_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = Path(shutil.copytree(small_workspace, tmp_path_factory.mktemp("whole") / "青石镇"))
    return files_of(Path(printed(folder).folder))


# --------------------------------------------------------------------------- the same again


def test_each_copy_is_written_down_once_where_the_manifest_says(workspace: Path) -> None:
    result = printed(workspace)
    rows = ledger_rows(
        workspace,
        "SELECT c.serial, c.layout, c.subject, c.village, v.name, c.sheet, c.side, c.cell, "
        "c.digest, v.sha256, c.why FROM copies c JOIN volumes v ON v.id = c.volume ORDER BY c.id",
    )
    lines = manifest_of(result)
    assert len(rows) == len(lines) == 30
    for row, line in zip(rows, lines, strict=True):
        names = ("serial", "layout", "subject", "village", "file", "sheet", "side", "cell")
        assert [str(cell) for cell in row[:8]] == [line[name] for name in names]
        assert row[8] == line["digest"] and row[10] == "first"
        content = (Path(result.folder) / row[4]).read_bytes()
        assert row[9] == hashlib.sha256(content).hexdigest()


def test_a_batch_that_is_whole_is_left_alone(workspace: Path) -> None:
    out = Path(printed(workspace).folder)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    result = printed(workspace)
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    assert (result.printed, result.earlier, result.closes) == (30, 2, True)
    assert ledger_rows(workspace, "SELECT count(*) FROM copies") == [(30,)]
    assert ledger_rows(workspace, "SELECT count(*) FROM batches") == [(1,)]


@pytest.mark.parametrize("harm", ["deleted", "damaged"])
@pytest.mark.parametrize("name", ["love-card/唐湾村-001.pdf", "love-card/石桥村-001.pdf"])
def test_a_file_that_is_lost_is_made_again_alone(
    workspace: Path, undisturbed: dict[str, str], harm: str, name: str
) -> None:
    out = Path(printed(workspace).folder)
    others = [path for path in out.rglob("*.pdf") if path != out / name]
    times = [path.stat().st_mtime_ns for path in others]
    (out / name).unlink() if harm == "deleted" else (out / name).write_bytes(b"%PDF-")
    result = printed(workspace)
    assert (result.printed, result.earlier) == (30, 1)
    assert [path.stat().st_mtime_ns for path in others] == times
    assert files_of(out) == undisturbed
    assert ledger_rows(workspace, "SELECT count(*), count(DISTINCT serial) FROM copies") == [
        (30, 30)
    ]


def test_every_volume_made_twice_is_the_same(workspace: Path, undisturbed: dict[str, str]) -> None:
    printed(workspace)
    result = printed(workspace, again=True)
    assert (result.printed, result.earlier) == (30, 0)
    assert files_of(Path(result.folder)) == undisturbed
    assert ledger_rows(workspace, "SELECT count(*), count(DISTINCT serial) FROM copies") == [
        (30, 30)
    ]


def test_two_folders_get_the_same_bytes(
    workspace: Path, undisturbed: dict[str, str], tmp_path: Path
) -> None:
    for name in ("一", "二"):
        assert files_of(Path(printed(workspace, out=tmp_path / name).folder)) == undisturbed
    assert ledger_rows(workspace, "SELECT why, count(*) FROM copies GROUP BY why") == [
        ("again", 30),
        ("first", 30),
    ]


# --------------------------------------------------------------------------- cut off


def cut_off_after(monkeypatch: pytest.MonkeyPatch, volumes: int) -> None:
    """The batch ends before the next volume is written down: its file has its name already."""
    record, left = Editions.record, [volumes]

    def cut(self: Editions, *words: object) -> None:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        record(self, *words)

    monkeypatch.setattr(Editions, "record", cut)


@pytest.mark.parametrize("volumes", [0, 1])
def test_the_same_command_goes_on_where_it_was_cut_off(
    workspace: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch, volumes: int
) -> None:
    with monkeypatch.context() as patch:
        cut_off_after(patch, volumes)
        with pytest.raises(KeyboardInterrupt):
            printed(workspace)
    assert ledger_rows(workspace, "SELECT count(*) FROM volumes") == [(volumes,)]
    result = printed(workspace)
    assert (result.printed, result.earlier) == (30, volumes)
    assert files_of(Path(result.folder)) == undisturbed
    assert ledger_rows(workspace, "SELECT count(*) FROM batches") == [(1,)]
    assert ledger_rows(workspace, "SELECT count(*), count(DISTINCT serial) FROM copies") == [
        (30, 30)
    ]


def test_a_batch_is_not_gone_on_with_over_a_change(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        cut_off_after(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            printed(workspace)
    new_phone(workspace)
    result = printed(workspace)
    assert (serials_of(result).keys() >= {"TW-002", "SQ-030"}, result.earlier) == (True, 0)
    assert ledger_rows(workspace, "SELECT finished IS NULL FROM batches ORDER BY id") == [
        (1,),
        (0,),
    ]


def change_campaign(folder: Path) -> None:
    edit(folder, "campaign.toml", "有困难，找干部", "早发现，早报告")


def change_layout(folder: Path) -> None:
    own = folder / "layouts" / "love-card"
    css = own / "layout.css"
    css.write_text(css.read_text("utf-8") + "/* wider */\n", "utf-8")


@pytest.mark.parametrize("change", [new_phone, change_campaign, change_layout])
def test_what_a_batch_is_printed_from_is_part_of_what_it_is(
    workspace: Path, change: Callable[[Path], None]
) -> None:
    built_in = Path(__file__).parent.parent / "layouts" / "love-card"
    shutil.copytree(built_in, workspace / "layouts" / "love-card")
    printed(workspace)
    change(workspace)
    assert printed(workspace).earlier == 0
    assert ledger_rows(workspace, "SELECT count(DISTINCT identity) FROM batches") == [(2,)]


def test_a_batch_that_another_has_replaced_is_printed_anew(workspace: Path) -> None:
    first = serials_of(printed(workspace))
    new_phone(workspace)
    second = serials_of(printed(workspace))
    new_phone(workspace, old="19900000044", new="19900000004")
    third = printed(workspace)
    assert third.earlier == 0
    differ = [s for s in first if first[s] != second[s]]
    assert differ and all(len({first[s], second[s], serials_of(third)[s]}) == 3 for s in differ)


def test_a_second_batch_is_told_who_has_the_workspace(workspace: Path) -> None:
    with hold_workspace(workspace), pytest.raises(LedgerError, match="正在印另一批"):
        printed(workspace)
    assert not (workspace / "out").exists()


class _Failing:
    """The disk at its n-th write below a folder: a file opened, synced, renamed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, number: int) -> None:
        self.folder, self.left, self.calls = str(folder), number, list[str]()
        self._patch(monkeypatch, whole.os, "open", lambda path, flags, *_: flags & os.O_CREAT)
        self._patch(monkeypatch, Path, "open", lambda path, mode="r", *_, **__: "w" in mode)
        self._patch(monkeypatch, Path, "replace", lambda *_: True)
        sync = os.fsync
        monkeypatch.setattr(os, "fsync", lambda handle: self._count("fsync") or sync(handle))

    def _patch(
        self, monkeypatch: pytest.MonkeyPatch, owner: object, name: str, writes: Callable[..., Any]
    ) -> None:
        function = getattr(owner, name)

        def counted(path: object, *words: object, **more: object) -> object:
            if str(path).startswith(self.folder) and writes(path, *words, **more):
                self._count(f"{name} {path}")
            return function(path, *words, **more)

        monkeypatch.setattr(owner, name, counted)

    def _count(self, call: str) -> None:
        self.calls.append(call)
        if len(self.calls) == self.left:
            raise OSError(errno.ENOSPC, "No space left on device")


WRITES = 30  # in this batch
SOME = range(1, WRITES + 2, 6)


@pytest.mark.parametrize(
    "number",
    [pytest.param(n, marks=() if n in SOME else pytest.mark.soak) for n in range(1, WRITES + 2)],
)
def test_a_disk_that_fails_at_any_moment_leaves_nothing_half(
    workspace: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    with monkeypatch.context() as patch:
        failing = _Failing(patch, workspace, number)
        try:
            printed(workspace)
        except CardgenError as error:
            assert "写不进去" in error.message or "打不开" in error.message
            assert isinstance(error, OutputError | LedgerError) and error.hint
        else:
            told = (
                number > WRITES == len(failing.calls) or "cardgen.lock" in failing.calls[number - 1]
            )
            assert told, f"{failing.calls[number - 1]} failed, and nobody was told"
    out = workspace / "out"
    for name, sha256 in files_of(out).items():
        assert sha256 == undisturbed[name], f"{name} is not what it should be"
    result = printed(workspace)
    assert files_of(Path(result.folder)) == undisturbed
    assert not list(out.rglob("*.part"))


@pytest.mark.parametrize("number", range(1, 6))
def test_a_ledger_that_cannot_be_written_stops_the_batch_and_loses_nothing(
    workspace: Path, undisturbed: dict[str, str], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """The roster is kept, the batch begun, two volumes written down, the account closed."""
    write, calls = Ledger.write, [0]

    @contextmanager
    def failing(self: Ledger) -> Iterator[object]:
        with write(self) as database:
            yield database
            calls[0] += 1
            if calls[0] == number:
                raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "write", failing)
        with pytest.raises(LedgerError, match="磁盘满了") as caught:
            printed(workspace)
    assert "接着印" in caught.value.hint
    done = ledger_rows(workspace, "SELECT name, sha256 FROM volumes")
    assert len(done) == max(0, min(number - 3, 2)) and dict(done).items() <= undisturbed.items()
    assert files_of(Path(printed(workspace).folder)) == undisturbed


# --------------------------------------------------------------------------- what changed


def test_nothing_changed_nothing_is_printed(workspace: Path) -> None:
    printed(workspace)
    result = changed(workspace)
    assert (result.printed, result.unchanged, result.files) == (0, 30, ())
    assert result.closes and not (workspace / "out" / "changed").exists()
    assert ledger_rows(workspace, "SELECT count(*) FROM batches") == [(1,)]


def test_only_the_copies_that_differ_are_printed_under_new_serials(workspace: Path) -> None:
    before = serials_of(printed(workspace))
    new_phone(workspace)
    result = changed(workspace)
    touched = {f"TW-{number:03d}" for number in range(2, 19, 2)}  # those of the first group
    lines = [line for line in manifest_of(result) if line["layout"] == "love-card"]
    assert {line["subject"] for line in lines} == touched and len(lines) == 9
    assert not {line["serial"] for line in lines} & set(before.values())
    assert (result.unchanged, result.recalled) == (21, 9) and result.closes
    rows = ledger_rows(workspace, "SELECT serial, replaced_by FROM recalls")
    assert dict(rows) == {before[line["subject"]]: line["serial"] for line in lines}
    assert changed(workspace).printed == 0


def test_the_whole_batch_keeps_the_serials_of_what_did_not_change(workspace: Path) -> None:
    before = serials_of(printed(workspace))
    new_phone(workspace)
    after = serials_of(printed(workspace))
    differ = {subject for subject in before if before[subject] != after[subject]}
    assert len(differ) == 9


def test_what_was_printed_as_changed_is_what_a_whole_batch_prints(workspace: Path) -> None:
    printed(workspace)
    new_phone(workspace)
    new = {line["serial"]: line["digest"] for line in manifest_of(changed(workspace))}
    whole_batch = {line["serial"]: line["digest"] for line in manifest_of(printed(workspace))}
    cards = {serial: digest for serial, digest in new.items() if serial in whole_batch}
    assert len(cards) == 9 and cards.items() <= whole_batch.items()


def test_a_list_says_door_by_door_what_to_collect(workspace: Path) -> None:
    printed(workspace)
    new_phone(workspace)
    edit(workspace, "住户.csv", "TW-003,唐湾村,2组,3号,李德胜,19900000103,3\n", "")
    result = changed(workspace)
    text = (Path(result.folder) / "recall.csv").read_text("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["住处"] for line in lines] == [
        *(f"{number}号" for number in range(2, 19, 2)),
        "3号",
    ]
    assert lines[0]["原因"] == "支部书记 陈秀兰 的电话换了"
    assert (lines[-1]["换发新编号"], lines[-1]["户主"]) == ("不再发", "李德胜")
    assert [line.layout for line in result.files] == ["love-card", "recall-list"]


def test_who_left_is_asked_for_once_and_let_go_when_he_is_back(workspace: Path) -> None:
    printed(workspace)
    roster = (workspace / "住户.csv").read_text("utf-8")
    edit(workspace, "住户.csv", "TW-003,唐湾村,2组,3号,李德胜,19900000103,3\n", "")
    assert changed(workspace).recalled == 1
    assert changed(workspace).files == ()
    (workspace / "住户.csv").write_text(roster, "utf-8")
    assert changed(workspace).printed == 0
    assert ledger_rows(workspace, "SELECT count(*) FROM recalls") == [(0,)]


def test_a_changed_batch_that_was_cut_off_goes_on_in_its_folder(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed(workspace)
    edit(workspace, "干部.csv", "19900000001", "19900000011")  # on every card
    with monkeypatch.context() as patch:
        cut_off_after(patch, 1)
        with pytest.raises(KeyboardInterrupt):
            changed(workspace)
    result = changed(workspace)
    assert (result.printed, result.earlier) == (30 + 2, 1)  # with a list for each village
    assert result.folder.endswith("changed/001")
    assert result.recalled == 30 and changed(workspace).printed == 0


def test_a_new_household_gets_its_card_and_nobody_else(workspace: Path) -> None:
    printed(workspace)
    with (workspace / "住户.csv").open("a", encoding="utf-8") as file:
        file.write("TW-099,唐湾村,1组,99号,新来的,19900000199,2\n")
    result = changed(workspace)
    assert list(serials_of(result)) == ["TW-099"] and result.recalled == 0


def test_a_part_of_the_roster_recalls_nobody_else(workspace: Path) -> None:
    printed(workspace)
    result = printed(workspace, selection=Selection(villages=("石桥村",)))
    assert result.recalled == 0 and ledger_rows(workspace, "SELECT * FROM recalls") == []


# --------------------------------------------------------------------------- before printing


def test_the_difference_is_told_before_printing(workspace: Path) -> None:
    before = serials_of(printed(workspace))
    new_phone(workspace)
    edit(workspace, "住户.csv", "TW-003,唐湾村,2组,3号,李德胜,19900000103,3\n", "")
    found = difference(workspace)
    assert [each.touch for each in found.touched] == [Touch.CHANGED] * 9 + [Touch.GONE]
    assert (found.same, found.copies) == (20, 29)
    first = found.touched[0]
    assert first.serial == before["TW-002"] and first.new_serial not in before.values()
    phones = [
        [line["phone"] for line in side["contacts"]]  # type: ignore[index]
        for side in (first.before, first.after)
    ]
    assert phones[0][2:] == ["19900000004"] and phones[1][2:] == ["19900000044"]
    result = changed(workspace)
    assert serials_of(result)["TW-002"] == first.new_serial


def test_a_card_that_cannot_be_printed_is_told_with_the_old_one(workspace: Path) -> None:
    printed(workspace)
    edit(workspace, "住户.csv", "孙𬱖", "孙\ue000")
    found = [each for each in difference(workspace).touched if each.touch is Touch.HELD]
    assert [each.subject for each in found] == ["TW-002"] and found[0].serial


def test_before_anything_was_printed_everything_is_new(workspace: Path) -> None:
    found = difference(workspace)
    assert {each.touch for each in found.touched} == {Touch.FIRST} and len(found.touched) == 30
    assert not list(workspace.glob("cardgen.*"))


# --------------------------------------------------------------------------- single cards


def test_a_single_card_is_written_down_with_the_serial_of_the_batch(workspace: Path) -> None:
    before = serials_of(printed(workspace))
    for _ in range(2):
        print_card(workspace, "TW-002", "love-card", workspace / "卡.pdf")
    rows = ledger_rows(workspace, "SELECT serial, why FROM copies ORDER BY id DESC LIMIT 2")
    assert rows == [(before["TW-002"], "reprint")] * 2


def test_a_single_card_that_says_something_new_replaces_the_old_one(workspace: Path) -> None:
    before = serials_of(printed(workspace))
    new_phone(workspace)
    print_card(workspace, "TW-002", "love-card", workspace / "卡.pdf")
    rows = ledger_rows(workspace, "SELECT serial, replaced_by FROM recalls")
    assert [row[0] for row in rows] == [before["TW-002"]]
    result = changed(workspace)
    assert "TW-002" not in serials_of(result) and len(serials_of(result)) == 8 + 1


def test_a_single_card_of_who_is_back_is_not_asked_for_any_more(workspace: Path) -> None:
    before = serials_of(printed(workspace))
    roster = (workspace / "住户.csv").read_text("utf-8")
    edit(workspace, "住户.csv", "TW-003,唐湾村,2组,3号,李德胜,19900000103,3\n", "")
    assert changed(workspace).recalled == 1
    (workspace / "住户.csv").write_text(roster, "utf-8")
    print_card(workspace, "TW-003", "love-card", workspace / "卡.pdf")
    assert ledger_rows(workspace, "SELECT serial FROM recalls") == []
    printed_last = ledger_rows(workspace, "SELECT serial FROM copies ORDER BY id DESC LIMIT 1")
    assert printed_last == [(before["TW-003"],)]


def test_a_single_card_that_was_not_printed_leaves_no_trace(workspace: Path) -> None:
    edit(workspace, "住户.csv", "孙𬱖", "孙\ue000")
    print_card(workspace, "TW-002", "love-card", workspace / "卡.pdf")
    assert ledger_rows(workspace, "SELECT * FROM batches") == []


def test_the_ledger_has_no_names_in_its_trail(workspace: Path) -> None:
    printed(workspace)
    trail = ledger_rows(workspace, "SELECT event, detail FROM audit")
    assert trail and not any("孙" in str(row) or "1990" in str(row) for row in trail)


def test_what_was_lost_is_printed_again_once(workspace: Path) -> None:
    serial = serials_of(printed(workspace))["TW-002"]
    ledger = find_ledger(workspace)
    assert ledger is not None
    with ledger:
        enter(ledger, Event.LOST, [Asked("1", serial, serial)], "2026-11-24")
    result = changed(workspace)
    assert serials_of(result) == {"TW-002": serial}, "the same card under the same serial"
    assert changed(workspace).printed == 0


def test_what_was_lost_and_is_printed_again_with_all_is_out(workspace: Path) -> None:
    serial = serials_of(printed(workspace))["TW-002"]
    ledger = find_ledger(workspace)
    assert ledger is not None
    with ledger:
        enter(ledger, Event.LOST, [Asked("1", serial, serial)], "2026-11-24")
    printed(workspace, again=True)
    new_phone(workspace)
    changed(workspace)
    asked_back = ledger_rows(workspace, "SELECT serial FROM recalls WHERE closed IS NULL")
    assert (serial,) in asked_back and len(asked_back) == 9


class _Meanwhile(Quiet):
    """Somebody prints a card when the batch has looked at what is out."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work

    def stage(self, name: str) -> None:
        if name == "印制":
            self._work()


def test_two_papers_that_differ_never_share_a_serial_whoever_prints_meanwhile(
    workspace: Path, tmp_path: Path
) -> None:
    build(workspace, Options(workers=0))
    roster = workspace / "干部.csv"
    before = roster.read_text("utf-8")

    def with_phone(phone: str) -> None:
        roster.write_text(before.replace("19900000001", phone), "utf-8")

    with_phone("19900000071")
    desk = Desk(workspace)
    with_phone("19900000072")
    card = _Meanwhile(lambda: desk.print_card("TW-003", "love-card", tmp_path / "card.pdf"))
    with pytest.raises(LedgerError, match="别处也印了同一户的新卡"):
        build(workspace, Options(workers=0), card)
    build(workspace, Options(workers=0))
    with open_ledger(workspace) as ledger:
        said = ledger.read("SELECT serial, count(DISTINCT content) FROM copies GROUP BY serial")
        assert {count for _, count in said} == {1}
        assert len(history_of(ledger, "TW-003")) == 3

"""The desk: single papers of a workspace that is held warm, the same as from the command."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest

from cardgen import desk as desks
from cardgen.corrections import of_cadre, of_household
from cardgen.desk import Desk, Standing
from cardgen.errors import LayoutError, UsageError
from cardgen.ledger import (
    Asked,
    Event,
    enter,
    find_ledger,
    history_of,
    open_ledger,
    propose,
    withdraw_correction,
)
from cardgen.model import Corrected
from cardgen.produce import Options, build, print_card


def _text(path: Path) -> str:
    with pypdfium2.PdfDocument(path) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.mark.parametrize("layout", ["love-card", "bedside-card", "pledge"])
def test_card_has_the_same_bytes_as_from_the_command(
    workspace: Path, tmp_path: Path, layout: str
) -> None:
    other = Path(shutil.copytree(workspace, tmp_path / "other"))
    print_card(other, "TW-003", layout, tmp_path / "cold.pdf")
    desk = Desk(workspace)
    for _ in range(2):  # cold, and with what is kept
        result = desk.print_card("TW-003", layout, tmp_path / "warm.pdf")
        assert result.printed >= 1
        assert (tmp_path / "warm.pdf").read_bytes() == (tmp_path / "cold.pdf").read_bytes()
    with open_ledger(workspace) as ledger:
        lines = history_of(ledger, "TW-003")
    assert {line.kind for line in lines} == {"card"}


def test_serial_is_that_of_the_batch_and_rises_when_the_card_changes(
    workspace: Path, tmp_path: Path
) -> None:
    build(workspace, Options(workers=0))
    desk, path = Desk(workspace), tmp_path / "card.pdf"
    with open_ledger(workspace) as ledger:
        (printed,) = history_of(ledger, "TW-003")
    desk.print_card("TW-003", "love-card", path)
    assert printed.serial in _text(path)
    roster = workspace / "干部.csv"
    roster.write_text(roster.read_text("utf-8").replace("19900000001", "19900000071"), "utf-8")
    desk.renew()
    desk.print_card("TW-003", "love-card", path)
    assert "199 0000 0071" in _text(path)
    assert printed.serial not in _text(path)


def test_card_goes_into_the_cell_and_nowhere_else(workspace: Path, tmp_path: Path) -> None:
    desk, path = Desk(workspace), tmp_path / "sheet.pdf"
    grid = desk.sheet("love-card")
    desk.print_card("TW-003", "love-card", path, cell=4)
    with pypdfium2.PdfDocument(path) as document:
        (page,) = document
        width, height = page.get_size()
        cell = grid.cell(3)
        objects = [each.get_bounds() for each in page.get_objects(max_depth=1)]
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (210, 297)
    mm = 25.4 / 72
    for left, bottom, right, top in objects:
        assert left * mm >= cell.left_mm - 3.1
        assert bottom * mm >= cell.bottom_mm - 3.1
        assert right * mm <= cell.left_mm + grid.copy_width_mm + 3.1
        assert top * mm <= cell.bottom_mm + grid.copy_height_mm + 3.1
    with pytest.raises(LayoutError, match="只有 10 格"):
        desk.print_card("TW-003", "love-card", path, cell=11)


def test_preview_leaves_nothing_behind(workspace: Path) -> None:
    desk = Desk(workspace)
    before = sorted(path.name for path in workspace.rglob("*"))
    shown = desk.preview("TW-003", "love-card")
    assert shown.pages[0].startswith(b"\xff\xd8\xff")
    assert sorted(path.name for path in workspace.rglob("*")) == before
    assert find_ledger(workspace) is None
    with pytest.raises(UsageError, match="花名册里没有户号“TW-999”"):
        desk.preview("TW-999", "love-card")


def test_paper_that_is_held_says_why(workspace: Path) -> None:
    roster = workspace / "干部.csv"
    roster.write_text(roster.read_text("utf-8").replace("19900000004", ""), "utf-8")
    shown = Desk(workspace).preview("TW-002", "love-card")
    assert shown.pages == ()
    assert "没有电话" in shown.held[0].reasons[0].message


def test_chain_says_who_and_why(workspace: Path) -> None:
    desk = Desk(workspace)
    home = desk.household("TW-003")
    assert home is not None
    lines = {
        line.role: (line.contact and line.contact.name, line.reason) for line in desk.chain(home)
    }
    assert lines["支部书记"] == ("吴海燕", "负责“唐湾村/2组”（组），见 干部.csv 第 7 行")
    assert lines["分管领导"][0] == "赵德胜"


def test_village_tells_what_is_missing_stale_held_and_delivered(workspace: Path) -> None:
    desk = Desk(workspace)
    state = desk.state_of("唐湾村")
    assert (len(state.households), state.count(Standing.MISSING)) == (18, 18)
    build(workspace, Options(workers=0))
    state = desk.state_of("唐湾村")
    assert (state.count(Standing.TRUE), state.delivered) == (18, 0)
    with open_ledger(workspace) as ledger:
        (line,) = history_of(ledger, "TW-003")
        enter(ledger, Event.DELIVERED, [Asked("", line.serial, line.serial)], "2026-11-28")
    assert desk.state_of("唐湾村").delivered == 1
    roster = workspace / "干部.csv"
    text = roster.read_text("utf-8").replace("19900000006", "19900000076")
    roster.write_text(text.replace("陈秀兰,支部书记,19900000004", "陈秀兰,支部书记,"), "utf-8")
    desk.renew()
    state = desk.state_of("唐湾村")
    assert state.count(Standing.STALE) == 9
    assert state.count(Standing.HELD) == 9
    assert desk.state_of("石桥村").count(Standing.TRUE) == 12


def test_household_whose_code_is_given_twice_is_missed_in_no_village(workspace: Path) -> None:
    roster = workspace / "住户.csv"
    text = roster.read_text("utf-8")
    roster.write_text(text.replace("SQ-020,", "TW-003,").replace("TW-005,", "TW-004,"), "utf-8")
    desk = Desk(workspace)
    for village, count, held in (("唐湾村", 18, 3), ("石桥村", 12, 1)):
        state = desk.state_of(village)
        assert (len(state.households), state.count(Standing.HELD)) == (count, held)
        home = desk.household("TW-003", frozenset({village}))
        assert home is not None
        assert home.village == village
        assert desk.household("TW-003", frozenset()) is None


def test_changed_file_is_read_again_by_itself(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "LOOK_S", 0.0)
    desk = Desk(workspace)
    assert desk.find("王小明").count == 0
    roster = workspace / "住户.csv"
    roster.write_text(roster.read_text("utf-8").replace("钱秀英", "王小明", 1), "utf-8")
    end = time.monotonic() + 20
    while desk.find("王小明").count == 0 and time.monotonic() < end:
        time.sleep(0.05)
    assert desk.find("王小明").count == 1
    assert desk.generation == 2


def test_correction_of_another_process_is_seen(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "LOOK_S", 0.0)
    desk = Desk(workspace)
    home = desk.household("TW-003")
    assert home is not None
    with open_ledger(workspace) as ledger:
        propose(ledger, Corrected.HEAD, of_household(home), home.head, "王小明", "tangwan")
    end = time.monotonic() + 20
    while desk.find("王小明").count == 0 and time.monotonic() < end:
        time.sleep(0.05)
    assert desk.find("王小明").count == 1


def test_link_to_nowhere_hides_no_change_of_the_rosters(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "LOOK_S", 0.0)
    (workspace / "防汛.toml").symlink_to(workspace / "gone.toml")
    desk = Desk(workspace)
    roster = workspace / "住户.csv"
    roster.write_text(roster.read_text("utf-8").replace("1号,钱秀英", "1号,王小明"), "utf-8")
    assert _within(lambda: desk.find("王小明").count == 1, 10)


def test_phone_whose_only_correction_is_withdrawn_is_the_rosters_again(
    workspace: Path, tmp_path: Path
) -> None:
    desk, path = Desk(workspace), tmp_path / "card.pdf"
    township = desk.workspace.township
    chen = next(cadre for cadre in township.cadres if cadre.name == "陈秀兰")
    with open_ledger(workspace) as ledger:
        subject = of_cadre(chen, township)
        made = propose(ledger, Corrected.CADRE_PHONE, subject, chen.phone, "19900000077", "tangwan")
    desk.correct()
    desk.print_card("TW-002", "love-card", path)
    assert "199 0000 0077" in _text(path)
    with open_ledger(workspace) as ledger:
        withdraw_correction(ledger, made.id, "tangwan")
    desk.correct()
    desk.print_card("TW-002", "love-card", path)
    assert "199 0000 0004" in _text(path)
    assert "199 0000 0077" not in _text(path)


def test_roster_that_cannot_be_read_is_told_and_the_old_one_stays(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "LOOK_S", 0.0)
    desk = Desk(workspace)
    (workspace / "campaign.toml").write_text("title = ", "utf-8")
    end = time.monotonic() + 20
    while desk.trouble is None and time.monotonic() < end:
        desk.find("王")
        time.sleep(0.05)
    assert desk.trouble is not None
    assert "写法有误" in desk.trouble.message
    assert desk.household("TW-003") is not None


def test_serial_of_a_card_that_was_printed_finds_the_household(
    workspace: Path, tmp_path: Path
) -> None:
    desk = Desk(workspace)
    desk.print_card("TW-003", "love-card", tmp_path / "card.pdf")
    with open_ledger(workspace) as ledger:
        (line,) = history_of(ledger, "TW-003")
    for words in (line.serial, line.serial[:4].lower(), line.serial.replace("-", "")):
        hits = desk.find(words, frozenset({"唐湾村"}))
        assert [hit.household.code for hit in hits.found] == ["TW-003"]
        assert desk.find(words, frozenset({"石桥村"})).count == 0


def test_file_that_was_half_copied_is_read_when_it_is_whole(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "LOOK_S", 0.0)
    desk, path = Desk(workspace), workspace / "campaign.toml"
    whole = path.read_text("utf-8").replace("森林防火", "防汛")
    read = desks.read_workspace

    def then_whole(*args: object, **kwargs: object) -> object:
        try:
            return read(*args, **kwargs)  # type: ignore[arg-type]
        finally:
            path.write_text(whole, "utf-8")  # the rest comes while the half is read

    path.write_text(whole[:12], "utf-8")
    monkeypatch.setattr(desks, "read_workspace", then_whole)
    assert _within(lambda: desk.workspace.campaign.title == "防汛")
    assert desk.trouble is None


def test_reading_that_breaks_off_is_told_without_values(
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(desks, "LOOK_S", 0.0)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    desk = Desk(workspace)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("王秀英 19900000101")

    monkeypatch.setattr(desks, "read_workspace", broken)
    (workspace / "住户.csv").touch()
    assert _within(lambda: desk.workspace is not None and desk.trouble is not None)
    assert desk.trouble is not None and "程序出错，这不是您的错（编号 " in desk.trouble.message
    assert "王秀英" not in desk.trouble.message + "".join(capfd.readouterr())


def test_words_in_a_folder_of_the_workspace_are_read_anew(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "LOOK_S", 0.0)
    (workspace / "信").mkdir()
    (workspace / "信" / "告知书.md").write_text("# 告知书\n\n请看。\n", "utf-8")
    campaign = workspace / "campaign.toml"
    more = '\n[papers.notice]\nlayout = "notice"\nbody = "信/告知书.md"\n'
    campaign.write_text(campaign.read_text("utf-8") + more, "utf-8")
    desk = Desk(workspace)
    (workspace / "信" / "告知书.md").write_text("# 告知书\n\n请细看。\n", "utf-8")
    assert _within(lambda: desk.workspace is not None and desk.generation == 2)


def test_household_has_its_papers_when_each_copy_has_come(workspace: Path) -> None:
    campaign = workspace / "campaign.toml"
    campaign.write_text(campaign.read_text("utf-8") + "copies = 2\n", "utf-8")
    build(workspace, Options(workers=0))
    desk = Desk(workspace)
    with open_ledger(workspace) as ledger:
        first, second = history_of(ledger, "TW-003")
        enter(ledger, Event.DELIVERED, [Asked("", second.serial, second.serial)], "2026-11-28")
        assert desk.state_of("唐湾村").delivered == 0
        enter(ledger, Event.DELIVERED, [Asked("", first.serial, first.serial)], "2026-11-28")
    assert desk.state_of("唐湾村").delivered == 1


def test_preview_of_other_words_leaves_nothing_in_what_is_printed(
    workspace: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copytree(workspace, tmp_path / "other"))
    print_card(other, "TW-003", "love-card", tmp_path / "cold.pdf")
    desk = Desk(workspace)
    for title in ("防汛", "森林防火防火防火防火防火防火防火防火防火防火防火防火防火防火防火"):
        campaign = replace(desk.workspace.campaign, title=title, slogans=(title,))
        desk.preview_with(replace(desk.workspace, campaign=campaign), "TW-003", "love-card")
    desk.print_card("TW-003", "love-card", tmp_path / "warm.pdf")
    assert (tmp_path / "warm.pdf").read_bytes() == (tmp_path / "cold.pdf").read_bytes()


def _within(is_true: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not (found := is_true()) and time.monotonic() < end:
        time.sleep(0.05)
    return found

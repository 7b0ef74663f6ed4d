"""Corrections: what somebody knows better goes over the roster, until a roster says it too."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cardgen import produce
from cardgen.corrections import Applied, apply_corrections, of_cadre, of_household, read_value
from cardgen.errors import UsageError
from cardgen.intake import accept, examine, take_back
from cardgen.ledger import (
    accept_correction,
    close_confirmed,
    corrections,
    find_correction,
    open_ledger,
    propose,
    reject_correction,
    reopen_correction,
    standing_corrections,
    withdraw_correction,
)
from cardgen.ledger.schema import MIGRATIONS
from cardgen.model import (
    Cadre,
    Corrected,
    CorrectedSubject,
    Correction,
    CorrectionState,
    Household,
    Township,
)
from cardgen.problems import Code
from cardgen.workspace import Workspace

NEW = "19900000077"


def _correction(
    what: Corrected, subject: CorrectedSubject, before: str, after: str, number: int = 1
) -> Correction:
    moment = "2026-11-28T08:00:00+08:00"
    state = CorrectionState.OPEN
    return Correction(number, what, subject, before, after, "", "tangwan", moment, state)


def _cadre(township: Township, name: str) -> Cadre:
    return next(cadre for cadre in township.cadres if cadre.name == name)


def _home(township: Township, code: str) -> Household:
    return next(home for home in township.households if home.code == code)


def _change(folder: Path, file: str, before: str, after: str) -> Workspace:
    path = folder / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after), "utf-8")
    return produce.read_workspace(folder)


@pytest.fixture
def chen(workspace: Path) -> Correction:
    """陈秀兰's phone is another one."""
    township = produce.read_workspace(workspace).township
    cadre = _cadre(township, "陈秀兰")
    subject = of_cadre(cadre, township)
    return _correction(Corrected.CADRE_PHONE, subject, cadre.phone, NEW)


def _applied(workspace: Path, *corrections: Correction) -> Applied:
    return apply_corrections(produce.read_workspace(workspace).township, corrections)


def test_goes_over_the_roster_that_says_what_it_said(workspace: Path, chen: Correction) -> None:
    found = _applied(workspace, chen)
    assert _cadre(found.township, "陈秀兰").phone == NEW
    assert found.over == (chen,)
    (told,) = [p for p in found.township.problems if p.code == Code.CORRECTION_APPLIED]
    assert told.message == "电话按改正第 1 条印成“199 0000 0077”"
    assert (told.file, told.cell, told.before) == ("干部.csv", "C5", "199 0000 0004")


def test_is_confirmed_by_a_roster_that_says_the_same(workspace: Path, chen: Correction) -> None:
    _change(workspace, "干部.csv", "19900000004", NEW)
    found = _applied(workspace, chen)
    assert (found.confirmed, found.over, found.disputed) == ((chen,), (), ())


def test_third_value_is_a_dispute_that_holds_the_papers_back(
    workspace: Path, chen: Correction
) -> None:
    _change(workspace, "干部.csv", "19900000004", "19900000099")
    found = _applied(workspace, chen)
    assert found.disputed == ((chen, "19900000099"),)
    (fault,) = _cadre(found.township, "陈秀兰").faults
    assert fault.message == (
        "电话：名册原来是“199 0000 0004”，改正第 1 条说是“199 0000 0077”，"
        "新名册却是“199 0000 0099”；请定用哪一个，定下之前不印"
    )


def test_who_is_gone_is_told(workspace: Path, chen: Correction) -> None:
    _change(workspace, "干部.csv", "陈秀兰", "陈桂兰")
    found = _applied(workspace, chen)
    assert found.lost == (chen,)
    assert Code.CORRECTION_LOST in {p.code for p in found.township.problems}


def test_all_rows_of_a_person_follow(workspace: Path, chen: Correction) -> None:
    _change(workspace, "干部.csv", "吴海燕,支部书记,19900000006", "陈秀兰,支部书记,19900000004")
    found = _applied(workspace, chen)
    phones = [c.phone for c in found.township.cadres if c.name == "陈秀兰"]
    assert phones == [NEW, NEW]
    assert len([p for p in found.township.problems if p.code == Code.CORRECTION_APPLIED]) == 2


def test_namesake_with_another_phone_is_somebody_else(workspace: Path, chen: Correction) -> None:
    _change(workspace, "干部.csv", "吴海燕,支部书记", "陈秀兰,支部书记")
    found = _applied(workspace, chen)
    phones = {c.phone for c in found.township.cadres if c.name == "陈秀兰"}
    assert phones == {NEW, "19900000006"}


def test_lifts_the_fault_of_its_cell_and_no_other(workspace: Path) -> None:
    before = _change(workspace, "住户.csv", "钱秀英,19900000101", ",1990000010")
    home = _home(before.township, "TW-001")
    assert {fault.code for fault in home.faults} == {Code.HOUSEHOLD_NO_HEAD}
    head = _correction(Corrected.HEAD, of_household(home), "", "钱秀英")
    found = apply_corrections(before.township, [head]).township
    mended = _home(found, "TW-001")
    assert (mended.head, mended.faults) == ("钱秀英", ())
    codes = {p.code for p in found.problems}
    assert Code.HOUSEHOLD_NO_HEAD not in codes
    assert Code.PHONE_INVALID in codes | {p.code for p in before.problems}


def test_finds_a_household_whose_made_code_went_with_its_head(workspace: Path) -> None:
    text = (workspace / "住户.csv").read_text("utf-8").splitlines()
    (workspace / "住户.csv").write_text("\n".join(t.partition(",")[2] for t in text), "utf-8")
    home = produce.read_workspace(workspace).township.households[0]
    told = _correction(Corrected.HEAD, of_household(home), home.head, "王小明")
    after = _change(workspace, "住户.csv", f",1号,{home.head},", ",1号,王小明,")
    assert home.code not in {each.code for each in after.township.households}
    assert apply_corrections(after.township, [told]).confirmed == (told,)


@pytest.mark.parametrize(
    ("what", "text", "words"),
    [
        (Corrected.CADRE_PHONE, "123", "这个电话不能用"),
        (Corrected.CADRE_PHONE, "19900000001/19900000002", "一格里有几个号码"),
        (Corrected.CADRE_PHONE, "", "没有写号码"),
        (Corrected.CADRE_PHONE, "199 0000 0004", "和名册上的一样"),
        (Corrected.HEAD, "  ", "没有写姓名"),
        (Corrected.HEAD, "王" * 61, "太长了"),
        (Corrected.HEAD, "王□英", "这个字有问题"),
        (Corrected.HEAD, "110101199003070011", "不能写身份证号"),
    ],
)
def test_what_cannot_be_right_is_refused(what: Corrected, text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        read_value(what, text, "19900000004")


def test_a_cadre_of_more_than_one_village_is_the_offices(workspace: Path) -> None:
    township = produce.read_workspace(workspace).township
    villages = {c.name: of_cadre(c, township).village for c in township.cadres}
    assert villages["赵德胜"] == ""
    assert villages["陈秀兰"] == "唐湾村"
    assert villages["吴海燕"] == "唐湾村"


def test_name_and_phone_of_one_person_are_both_corrected(workspace: Path, chen: Correction) -> None:
    name = _correction(Corrected.CADRE_NAME, chen.subject, "陈秀兰", "陈桂兰", 2)
    for both in ((chen, name), (name, chen)):
        found = _applied(workspace, *both)
        assert (found.over, found.lost) == (both, ())
        assert _cadre(found.township, "陈桂兰").phone == NEW
    _change(workspace, "干部.csv", "陈秀兰", "陈桂兰")
    found = _applied(workspace, chen, name)
    assert (found.over, found.confirmed) == ((chen,), (name,))
    _change(workspace, "干部.csv", "19900000004", NEW)
    assert _applied(workspace, chen, name).confirmed == (chen, name)


def test_of_two_with_one_name_and_no_phone_only_the_one_meant_is_corrected(
    workspace: Path,
) -> None:
    _change(workspace, "干部.csv", "周文,支部书记,19900000005", "陈秀兰,支部书记,")
    township = _change(workspace, "干部.csv", "19900000004", "").township
    meant, other = (cadre for cadre in township.cadres if cadre.name == "陈秀兰")
    subject = of_cadre(meant, township)
    assert subject.village == "唐湾村"
    told = _correction(Corrected.CADRE_PHONE, subject, "", NEW)
    found = apply_corrections(township, [told]).township
    phones = {c.origin: (c.phone, c.faults) for c in found.cadres if c.name == "陈秀兰"}
    assert phones == {meant.origin: (NEW, ()), other.origin: ("", other.faults)}
    assert other.faults


def test_namesake_in_the_same_post_is_not_held_back(workspace: Path, chen: Correction) -> None:
    rows = (workspace / "干部.csv").read_text("utf-8").splitlines()
    own = next(row for row in rows if row.startswith("陈秀兰"))
    other = own.replace("19900000004", "19900000055").replace("唐湾村", "石桥村")
    assert other.rpartition(",")[2] != own.rpartition(",")[2]
    (workspace / "干部.csv").write_text("\n".join([*rows, other]) + "\n", "utf-8")
    _change(workspace, "干部.csv", "19900000004", "19900000099")
    found = _applied(workspace, chen)
    assert found.disputed == ((chen, "19900000099"),)
    held = {c.phone: bool(c.faults) for c in found.township.cadres if c.name == "陈秀兰"}
    assert held == {"19900000099": True, "19900000055": False}
    _change(workspace, "干部.csv", own.replace("19900000004", "19900000099") + "\n", "")
    found = _applied(workspace, chen)
    assert (found.lost, found.disputed) == ((chen,), ())


def test_code_that_went_to_another_family_takes_no_phone_with_it(workspace: Path) -> None:
    home = _home(_change(workspace, "住户.csv", "钱秀英,19900000101", "钱秀英,").township, "TW-001")
    told = _correction(Corrected.HOUSEHOLD_PHONE, of_household(home), "", NEW)
    assert _applied(workspace, told).over == (told,)
    _change(workspace, "住户.csv", "1号,钱秀英", "1号,王小明")
    assert _applied(workspace, told).over == (told,)  # another head, the same door
    _change(workspace, "住户.csv", "1号,王小明", "77号,王小明")
    found = _applied(workspace, told)
    assert (found.over, found.lost) == ((), (told,))


def test_code_without_a_door_takes_no_phone_to_another_family(workspace: Path) -> None:
    path = workspace / "住户.csv"
    rows = "户号,村,组,户主,电话\n1,唐湾村,1组,钱秀英,\n2,唐湾村,1组,{},\n"
    path.write_text(rows.format("王小明"), "utf-8")
    home = _home(produce.read_workspace(workspace).township, "1")
    told = _correction(Corrected.HOUSEHOLD_PHONE, of_household(home), "", NEW)
    head = _correction(Corrected.HEAD, of_household(home), "钱秀英", "钱秀兰")
    assert _applied(workspace, told).over == (told,)
    # A row was put in above: the numbers went to others.
    path.write_text(rows.format("钱秀英").replace("1组,钱秀英", "1组,赵小明", 1), "utf-8")
    found = _applied(workspace, told)
    assert (found.over, found.lost) == ((), (told,))
    assert [home.phone for home in found.township.households] == ["", ""]
    assert _applied(workspace, head).disputed == ((head, "赵小明"),)


def test_correction_follows_its_household_where_all_codes_were_given_anew(
    workspace: Path,
) -> None:
    home = _home(produce.read_workspace(workspace).township, "TW-001")
    told = _correction(Corrected.HOUSEHOLD_PHONE, of_household(home), home.phone, NEW)
    _change(workspace, "住户.csv", "TW-001,", "TW-099,")
    _change(workspace, "住户.csv", "TW-002,", "TW-001,")
    found = _applied(workspace, told)
    assert (found.over, found.lost) == ((told,), ())
    phones = {home.code: home.phone for home in found.township.households}
    assert (phones["TW-099"], phones["TW-001"]) == (NEW, "19900000102")


def test_further_phones_stay_and_none_stands_twice(workspace: Path) -> None:
    two = f"钱秀英,19900000101/{NEW}/19900000102"
    home = _home(_change(workspace, "住户.csv", "钱秀英,19900000101", two).township, "TW-001")
    told = _correction(Corrected.HOUSEHOLD_PHONE, of_household(home), home.phone, NEW)
    assert _home(_applied(workspace, told).township, "TW-001").phones == (NEW, "19900000102")


# --------------------------------------------------------------------------- in the ledger


def _propose(folder: Path, correction: Correction, person: str = "tangwan") -> Correction:
    with open_ledger(folder) as ledger:
        said = (correction.what, correction.subject, correction.before, correction.after)
        return propose(ledger, *said, person)


def test_second_correction_of_the_same_takes_the_place_of_the_first(
    workspace: Path, chen: Correction
) -> None:
    first, second = _propose(workspace, chen), _propose(workspace, chen)
    with open_ledger(workspace) as ledger:
        assert [c.id for c in standing_corrections(ledger)] == [second.id]
        assert find_correction(ledger, first.id).state is CorrectionState.REPLACED


def test_correction_of_the_next_family_of_a_code_leaves_that_of_the_first(
    workspace: Path,
) -> None:
    def told(code: str, what: Corrected, after: str) -> Correction:
        home = _home(produce.read_workspace(workspace).township, code)
        before = home.head if what is Corrected.HEAD else home.phone
        return _propose(workspace, _correction(what, of_household(home), before, after))

    first = told("TW-001", Corrected.HOUSEHOLD_PHONE, NEW)
    _change(workspace, "住户.csv", "TW-001,", "TW-099,")
    _change(workspace, "住户.csv", "TW-002,", "TW-001,")
    second = told("TW-001", Corrected.HOUSEHOLD_PHONE, "19900000088")
    third = told("TW-001", Corrected.HEAD, "钱秀英")  # as the first family's head is called
    with open_ledger(workspace) as ledger:
        standing = [each.id for each in standing_corrections(ledger)]
    assert standing == [first.id, second.id, third.id]
    phones = {h.code: h.phone for h in produce.read_workspace(workspace).township.households}
    assert (phones["TW-099"], phones["TW-001"]) == (NEW, "19900000088")
    fourth = told("TW-001", Corrected.HOUSEHOLD_PHONE, "19900000089")
    with open_ledger(workspace) as ledger:
        assert find_correction(ledger, second.id).state is CorrectionState.REPLACED
        assert fourth.id in {each.id for each in standing_corrections(ledger)}


def test_decisions_are_kept_with_who_made_them(workspace: Path, chen: Correction) -> None:
    number = _propose(workspace, chen).id
    with open_ledger(workspace) as ledger:
        accepted = accept_correction(ledger, number, "office")
        assert (accepted.state, accepted.decided_by) == (CorrectionState.ACCEPTED, "office")
        with pytest.raises(UsageError, match="已经是“同意了”"):
            withdraw_correction(ledger, number, "tangwan")
        assert reopen_correction(ledger, number, "office").state is CorrectionState.OPEN
        assert not reject_correction(ledger, number, "office").stands
        with pytest.raises(UsageError, match="已经是“退回了”"):
            withdraw_correction(ledger, number, "tangwan")
        events = [row[0] for row in ledger.read("SELECT event FROM audit ORDER BY id")]
    assert events == [
        "correction-proposed",
        "correction-accepted",
        "correction-reopened",
        "correction-rejected",
    ]


def test_only_the_corrections_of_ones_villages_are_seen(workspace: Path, chen: Correction) -> None:
    _propose(workspace, chen)
    with open_ledger(workspace) as ledger:
        assert len(corrections(ledger, ["唐湾村"])) == 1
        assert corrections(ledger, ["石桥村"]) == []
        assert len(corrections(ledger)) == 1


def test_audit_trail_has_no_names_and_no_phones(workspace: Path, chen: Correction) -> None:
    _propose(workspace, chen)
    with open_ledger(workspace) as ledger:
        (row,) = ledger.read("SELECT detail FROM audit")
    assert NEW not in row[0]
    assert "陈" not in row[0]


def test_changed_batch_prints_just_the_cards_that_show_it(
    workspace: Path, chen: Correction
) -> None:
    options = produce.Options(workers=0, proof=produce.ProofMode.ALL)
    first = produce.build(workspace, options)
    assert first.printed == 30
    _propose(workspace, chen)
    changed = produce.Options(workers=0, only_changed=True)
    touched = produce.difference(workspace).touched
    assert {t.subject for t in touched} == {f"TW-{n:03d}" for n in range(2, 19, 2)}
    result = produce.build(workspace, changed)
    assert (result.tallies[0].printed, result.recalled) == (9, 9)

    # The roster follows: nothing changes on paper, and the correction is closed.
    _change(workspace, "干部.csv", "19900000004", NEW)
    again = produce.build(workspace, changed)
    assert again.tallies[0].printed == 0
    with open_ledger(workspace) as ledger:
        (known,) = corrections(ledger)
    assert known.state is CorrectionState.CONFIRMED


def test_batch_after_a_correction_is_another_batch(workspace: Path, chen: Correction) -> None:
    before = produce.read_workspace(workspace)
    _propose(workspace, chen)
    after = produce.read_workspace(workspace)
    assert before.mark != after.mark
    assert before.rosters == after.rosters
    assert _cadre(after.roster_township, "陈秀兰").phone == "19900000004"


def test_dispute_is_settled_by_accepting_it_over_the_new_value(
    workspace: Path, chen: Correction
) -> None:
    number = _propose(workspace, chen).id
    read = _change(workspace, "干部.csv", "19900000004", "19900000099")
    assert read.applied is not None
    ((_, said),) = read.applied.disputed
    with open_ledger(workspace) as ledger:
        accept_correction(ledger, number, "office", said)
    settled = produce.read_workspace(workspace)
    assert _cadre(settled.township, "陈秀兰").phone == NEW
    assert not _cadre(settled.township, "陈秀兰").faults


def test_what_stands_finds_its_person_when_the_roster_follows_in_part(
    workspace: Path, chen: Correction
) -> None:
    phone = _propose(workspace, chen)
    name = _correction(Corrected.CADRE_NAME, chen.subject, "陈秀兰", "陈桂兰")
    name = _propose(workspace, name)
    read = _change(workspace, "干部.csv", "19900000004", NEW)
    assert read.applied is not None
    with open_ledger(workspace) as ledger:
        close_confirmed(ledger, [each.id for each in read.applied.confirmed], None)
        assert find_correction(ledger, phone.id).state is CorrectionState.CONFIRMED
    again = produce.read_workspace(workspace)
    assert again.applied is not None
    assert [each.id for each in again.applied.over] == [name.id]
    assert _cadre(again.township, "陈桂兰").phone == NEW


def test_rosters_that_are_taken_back_open_what_they_closed(
    workspace: Path, chen: Correction, tmp_path: Path
) -> None:
    name = _correction(Corrected.CADRE_NAME, chen.subject, "陈秀兰", "陈桂兰")
    numbers = [_propose(workspace, chen).id, _propose(workspace, name).id]
    sent = tmp_path / "sent"
    sent.mkdir()
    text = (workspace / "干部.csv").read_text("utf-8").replace("19900000004", NEW)
    (sent / "干部.csv").write_text(text, "utf-8")
    accept(workspace, sent, examine(workspace, sent))
    with open_ledger(workspace) as ledger:
        assert [each.id for each in standing_corrections(ledger)] == numbers[1:]
    take_back(workspace)
    with open_ledger(workspace) as ledger:
        assert [each.id for each in standing_corrections(ledger)] == numbers
    applied = produce.read_workspace(workspace)
    assert _cadre(applied.township, "陈桂兰").phone == NEW


def test_newer_correction_takes_the_place_of_one_that_was_settled(
    workspace: Path, chen: Correction
) -> None:
    first = _propose(workspace, chen)
    township = _change(workspace, "干部.csv", "19900000004", "19900000099").township
    with open_ledger(workspace) as ledger:
        accept_correction(ledger, first.id, "office", "19900000099")
    subject = of_cadre(_cadre(township, "陈秀兰"), township)
    second = _propose(workspace, _correction(chen.what, subject, "19900000099", "19900000078"))
    with open_ledger(workspace) as ledger:
        assert [each.id for each in standing_corrections(ledger)] == [second.id]


def test_ledger_of_before_corrections_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "cardgen.db"
    old = sqlite3.connect(path)
    old.executescript(MIGRATIONS[0])
    old.execute("PRAGMA user_version = 1")
    old.execute("INSERT INTO audit (at, person, event, detail) VALUES ('t', 'p', 'e', '{}')")
    old.commit()
    old.close()
    with open_ledger(tmp_path) as ledger:
        assert corrections(ledger) == []
        assert ledger.one("SELECT person FROM audit") == ("p",)
        assert ledger.one("PRAGMA user_version") == (len(MIGRATIONS),)

"""New rosters: what they would do is told first, then they are taken in whole, and put back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from cardgen import exchange, whole
from cardgen.errors import LedgerError, RosterError, UsageError
from cardgen.exchange import settle
from cardgen.intake import Examined, accept, examine, examined_from, last_accepted, take_back
from cardgen.ledger import all_imports, audit_trail, hold_workspace, open_ledger
from cardgen.model import ChangeKind
from cardgen.produce import Options, build
from cardgen.workspace import read_workspace

HEAD = "户号,村,组,门牌,户主,电话,人口\n"


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    folder = tmp_path / "sent"
    folder.mkdir()
    return folder


def rosters(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text("utf-8") for path in folder.glob("*.csv")}


def changed(workspace: Path, name: str, *pairs: tuple[str, str]) -> str:
    text = (workspace / name).read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


def seen(workspace: Path, sent: Path, files: Mapping[str, str], *more: list[str]) -> Examined:
    for name, text in files.items():
        (sent / name).write_text(text, "utf-8")
    return examine(workspace, sent, *more)


def without_last(text: str) -> str:
    return "\n".join(text.splitlines()[:-1]) + "\n"


def test_what_new_rosters_would_do_is_told_and_nothing_is_done(workspace: Path, sent: Path) -> None:
    build(workspace, Options(workers=0))
    before = rosters(workspace)
    text = without_last(changed(workspace, "住户.csv", ("19900000101", "１９９０００００９９９")))
    text += "TW-099,唐湾村,1组,99号,冯小青,1234,2\n"
    found = seen(workspace, sent, {"住户.csv": text})
    assert rosters(workspace) == before
    assert [(f.name, f.is_replaced, f.is_same_name) for f in found.current] == [
        ("住户.csv", True, True),
        ("干部.csv", False, False),
        ("村.csv", False, False),
    ]
    (table,) = found.files[0].tables
    assert (table.table, table.rows) == ("household", 30)
    assert {row.kind: (row.code, row.fields) for row in found.changes} == {
        ChangeKind.CAME: ("TW-099", ()),
        ChangeKind.LEFT: ("SQ-030", ()),
        ChangeKind.CHANGED: ("TW-001", (("电话", "19900000101", "19900000999"),)),
    }
    names = ("villages", "cadres", "households", "came", "left", "moved", "changed")
    assert [found.counts[name] for name in names] == [2, 6, 30, 1, 1, 0, 1]
    assert [(each.cell, each.before) for each in found.repairs] == [
        ("F2", "１９９０００００９９９")
    ]
    wrong = [(each.code, each.file, each.cell) for each in found.problems if each.cell == "F31"]
    assert wrong == [("phone-invalid", "住户.csv", "F31")]
    (paper,) = found.papers
    assert (paper.title, paper.changed, paper.gone) == ("爱心联系卡", 0, 1)
    assert found.same == 29
    assert any("SQ-030" in cause.words or "户" in cause.words for cause in found.causes)


def test_a_cadre_whose_phone_is_new_touches_his_papers_with_one_cause(
    workspace: Path, sent: Path
) -> None:
    build(workspace, Options(workers=0))
    text = changed(workspace, "干部.csv", ("19900000002", "19900000222"))
    found = seen(workspace, sent, {"干部.csv": text})
    assert [(p.layout, p.changed, p.first, p.gone, p.held) for p in found.papers] == [
        ("love-card", 18, 0, 0, 0)
    ]
    assert [(cause.copies, cause.papers) for cause in found.causes] == [(18, "爱心联系卡 18 份")]
    assert found.changes == () and found.same == 12


def test_it_is_the_same_by_way_of_json(workspace: Path, sent: Path) -> None:
    text = changed(workspace, "住户.csv", ("19900000101", "19900000999"))
    found = seen(workspace, sent, {"住户.csv": text})
    assert examined_from(json.loads(json.dumps(found.as_json()))) == found


def test_a_workbook_with_all_tables_replaces_the_files_that_had_them(
    workspace: Path, sent: Path
) -> None:
    text = (workspace / "住户.csv").read_text("utf-8")
    found = seen(workspace, sent, {"2026年住户.csv": text})
    assert [(f.name, f.is_replaced) for f in found.current] == [
        ("住户.csv", True), ("干部.csv", False), ("村.csv", False),
    ]  # fmt: skip
    assert found.doubts == () and found.changes == ()
    number = accept(workspace, sent, found)
    assert sorted(rosters(workspace)) == ["2026年住户.csv", "干部.csv", "村.csv"]
    assert take_back(workspace) == number
    assert sorted(rosters(workspace)) == ["住户.csv", "干部.csv", "村.csv"]


def test_rosters_that_are_parted_by_village_are_replaced_village_by_village(
    workspace: Path, sent: Path
) -> None:
    lines = (workspace / "住户.csv").read_text("utf-8").splitlines(keepends=True)
    (workspace / "住户.csv").unlink()
    for village in ("唐湾村", "石桥村"):
        own = "".join(line for line in lines if village in line)
        (workspace / f"{village}.csv").write_text(HEAD + own, "utf-8")
    new = HEAD + "".join(line for line in lines if "石桥村" in line)
    found = seen(workspace, sent, {"石桥2026.csv": new})
    assert [f.name for f in found.current if f.is_replaced] == ["石桥村.csv"]
    assert found.doubts == (
        "住户表换了以后既在新的 石桥2026.csv 里，也在没有换掉的 唐湾村.csv 里；"
        "两份会合在一起用。若是同一份表的新旧两版，请勾上换掉旧的。",
    )
    assert found.changes == ()


def test_the_office_may_choose_otherwise(workspace: Path, sent: Path) -> None:
    text = HEAD + "SQ-031,石桥村,1组,31号,冯小青,19900000131,2\n"
    found = seen(workspace, sent, {"补.csv": text}, [])
    assert [f.name for f in found.current if f.is_replaced] == []
    assert [(row.kind, row.code) for row in found.changes] == [(ChangeKind.CAME, "SQ-031")]
    accept(workspace, sent, found)
    assert len(read_workspace(workspace).township.households) == 31
    with pytest.raises(UsageError, match=r"现在的花名册里没有“不在\.csv”。"):
        seen(workspace, sent, {}, ["不在.csv"])


def test_without_a_table_of_households_it_is_refused(workspace: Path, sent: Path) -> None:
    text = (workspace / "干部.csv").read_text("utf-8")
    with pytest.raises(RosterError, match="花名册里就没有住户表了"):
        seen(workspace, sent, {"干部.csv": text}, ["住户.csv"])


def test_a_file_that_cannot_be_read_is_named(workspace: Path, sent: Path) -> None:
    with pytest.raises(RosterError, match=r"坏\.csv：文件是空的"):
        seen(workspace, sent, {"坏.csv": ""})
    (sent / "坏.csv").unlink()
    with pytest.raises(RosterError, match="上传的文件里没有花名册"):
        seen(workspace, sent, {"说明.txt": ""})


def test_a_broken_file_can_be_replaced_by_a_whole_one(workspace: Path, sent: Path) -> None:
    whole = (workspace / "住户.csv").read_text("utf-8")
    (workspace / "住户.csv").write_bytes(b"PK\x03\x04broken")
    found = seen(workspace, sent, {"住户.csv": whole})
    assert found.is_first
    assert found.doubts[0].startswith("现在的花名册读不了（住户.csv：")
    accept(workspace, sent, found)
    assert len(read_workspace(workspace).township.households) == 30


def test_the_first_rosters_of_a_workspace(workspace: Path, sent: Path) -> None:
    files = rosters(workspace)
    for name in files:
        (workspace / name).unlink()
    found = seen(workspace, sent, files)
    assert (found.is_first, found.current, found.changes) == (True, (), ())
    accept(workspace, sent, found)
    assert rosters(workspace) == files


def test_what_is_accepted_is_an_import_and_stands_in_the_audit_trail(
    workspace: Path, sent: Path
) -> None:
    text = changed(workspace, "住户.csv", ("19900000101", "19900000999"))
    before = rosters(workspace)
    number = accept(workspace, sent, seen(workspace, sent, {"住户.csv": text}))
    assert rosters(workspace)["住户.csv"] == text
    with open_ledger(workspace) as ledger:
        assert [each.households for each in all_imports(ledger)] == [30]
        trail = [f"{row.event} {row.detail}" for row in audit_trail(ledger)]
    assert trail[1] == 'rosters-accepted {"files": 1, "households": 30, "set": 1}'
    assert not any(name in words for words in trail for name in ("住户", "19900000999", "德胜"))
    last = last_accepted(workspace)
    assert last is not None and last.number == number
    assert take_back(workspace) == number
    assert rosters(workspace) == before
    with pytest.raises(UsageError, match="没有可以撤销的花名册。"):
        take_back(workspace)


def test_rosters_that_changed_since_they_were_examined_are_left_alone(
    workspace: Path, sent: Path
) -> None:
    text = changed(workspace, "住户.csv", ("19900000101", "19900000999"))
    found = seen(workspace, sent, {"住户.csv": text})
    mended = changed(workspace, "干部.csv", ("19900000002", "19900000222"))
    (workspace / "干部.csv").write_text(mended, "utf-8")
    before = rosters(workspace)
    with pytest.raises(UsageError, match="工作文件夹里的花名册又变了，没有换。"):
        accept(workspace, sent, found)
    assert rosters(workspace) == before


def test_a_file_that_changed_since_it_was_examined_is_not_taken(
    workspace: Path, sent: Path
) -> None:
    found = seen(workspace, sent, {"住户.csv": (workspace / "住户.csv").read_text("utf-8")})
    (sent / "住户.csv").write_text(HEAD, "utf-8")
    with pytest.raises(UsageError, match=r"上传的 住户\.csv 不见了或变了。"):
        accept(workspace, sent, found)


def test_rosters_that_changed_since_they_were_accepted_are_not_taken_back(
    workspace: Path, sent: Path
) -> None:
    accept(workspace, sent, seen(workspace, sent, {"住户.csv": rosters(workspace)["住户.csv"]}))
    (workspace / "又一份.csv").write_text(HEAD, "utf-8")
    with pytest.raises(UsageError, match="又变了，不能撤销。"):
        take_back(workspace)


def test_nothing_is_taken_in_while_a_batch_is_printed(workspace: Path, sent: Path) -> None:
    found = seen(workspace, sent, {"住户.csv": rosters(workspace)["住户.csv"]})
    with hold_workspace(workspace), pytest.raises(LedgerError, match="正在印另一批"):
        accept(workspace, sent, found)


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", [1, 2, 5, 6, 7])
def test_a_kill_leaves_the_old_rosters_or_the_new(
    at: int, workspace: Path, sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rosters(workspace)
    new = {"名册.csv": before["住户.csv"], "干部们.csv": before["干部.csv"]}
    found = seen(workspace, sent, new)
    real: Callable[..., None] = whole.write_whole_bytes
    steps = 0

    def write(*words: object, **more: object) -> None:
        nonlocal steps
        steps += 1
        if steps == at:
            raise Killed
        real(*words, **more)

    with monkeypatch.context() as patch:
        for module in (exchange, whole):
            patch.setattr(module, "write_whole_bytes", write)
        with pytest.raises(Killed):
            accept(workspace, sent, found)
    settle(workspace)
    assert rosters(workspace) == (before if at <= 6 else {**new, "村.csv": before["村.csv"]})

"""cardgen diff: before printing, what changed, which papers that touches, which copies now lie."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cardgen.cli import main
from cardgen.ledger import open_ledger
from cardgen.produce import Options, build
from cardgen.serials import is_serial

ALL = Options(workers=0)
Said = Callable[..., str]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    def run(*words: object, code: int = 0) -> str:
        capsys.readouterr()
        assert main([*map(str, words)]) == code
        told = capsys.readouterr()
        return told.err if code else told.out

    return run


def swap(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def change_much(workspace: Path) -> None:
    """A new phone, a household that came, one that left, one that cannot be printed now."""
    swap(workspace / "干部.csv", "19900000003", "19900000033")
    path = workspace / "住户.csv"
    lines = [line for line in path.read_text("utf-8").splitlines() if "TW-010" not in line]
    cells = lines[4].split(",")
    cells[4] = ""
    lines[4] = ",".join(cells)
    lines.append("SQ-099,石桥村,1组,99号,周新,19900000199,2")
    path.write_text("\n".join(lines) + "\n", "utf-8")


def test_before_the_first_batch_everything_is_to_be_printed(workspace: Path, said: Said) -> None:
    assert said("diff", workspace) == "以前没有印过：cardgen build 会印 30 份。\n"
    assert not (workspace / "cardgen.db").exists()


def test_nothing_changed_is_said(workspace: Path, said: Said) -> None:
    build(workspace, ALL)
    assert said("diff", workspace) == "没有变化：印出去的 30 份都还对，没有要印的。\n"


def test_a_phone_that_changed_is_one_cause_and_each_copy_that_lies_is_named(
    workspace: Path, said: Said
) -> None:
    swap(workspace / "campaign.toml", "[papers.love-card]", "[papers.village-board]\n"
         "[papers.love-card]")  # fmt: skip
    build(workspace, ALL)
    swap(workspace / "干部.csv", "19900000003", "19900000033")
    lines = said("diff", workspace).splitlines()
    assert lines[:5] == [
        "印出去的 32 份，19 份还对，13 份不对了。",
        "cardgen build --changed 会印 13 份：换新 13 份，新印 0 份。",
        "",
        "     13 份  石桥村 包村干部 王建国 的电话换了：19900000003 → 19900000033",
        "            爱心联系卡 12 份，村联系公示栏 1 份",
    ]
    rows = [line.split() for line in lines[7:]]
    assert len(rows) == 13
    assert all(is_serial(row[0]) and is_serial(row[-1]) for row in rows)
    assert rows[0][1:5] == ["村联系公示栏", "石桥村", "石桥村", "换成"]
    assert rows[1][1:5] == ["爱心联系卡", "石桥村", "SQ-020", "赵𬱖"]
    assert all(row[-2] == "换成" for row in rows)


def test_what_diff_tells_is_what_changed_prints(workspace: Path, said: Said) -> None:
    build(workspace, ALL)
    change_much(workspace)
    told = json.loads(said("diff", workspace, "--json"))
    build(workspace, Options(workers=0, only_changed=True))
    due = {each["new_serial"] for each in told["touched"] if each["touch"] in ("first", "changed")}
    manifest = workspace / "out" / "changed" / "001" / "manifest.csv"
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["layout"] == "love-card"]
    assert len(due) == 13 and {row["serial"] for row in rows} == due
    assert told["counts"] == {"changed": 12, "first": 1, "gone": 1, "held": 1}
    # What could not be printed still lies; all else has been seen to.
    left = json.loads(said("diff", workspace, "--json"))
    assert [each["touch"] for each in left["touched"]] == ["held"]


def test_new_gone_and_held_households_are_told_apart(workspace: Path, said: Said) -> None:
    build(workspace, ALL)
    change_much(workspace)
    text = said("diff", workspace)
    assert text.startswith(
        "印出去的 30 份，16 份还对，14 份不对了。\n"
        "cardgen build --changed 会印 13 份：换新 12 份，新印 1 份。\n"
        "要收回、不再发的 1 份。\n"
        "印不成、旧的还在外面的 1 份：为什么，见 cardgen check。\n"
    )
    causes = re.findall(r"^ +(\d+ 份  .*)\n +(.*)$", text, re.MULTILINE)
    assert [words for words, _ in causes] == [
        "12 份  石桥村 包村干部 王建国 的电话换了：19900000003 → 19900000033",
        "1 份  新来的住户 1 户",
        "1 份  印不成，旧的还在外面",
        "1 份  户已不在名册，1 户",
    ]
    plain = [line.split() for line in text.splitlines()]
    assert ["石桥村", "SQ-099", "周新", "爱心联系卡"] in plain
    by_code = {row[3]: row for row in plain if len(row) > 4 and is_serial(row[0])}
    assert by_code["TW-010"][-1] == "收回，不再发"
    assert by_code["TW-004"][-1] == "印不成，先别收回"


def test_a_list_that_has_a_new_household_is_no_new_household(workspace: Path, said: Said) -> None:
    swap(workspace / "campaign.toml", "[papers.love-card]", "[papers.responsibility]\n"
         "[papers.love-card]")  # fmt: skip
    build(workspace, ALL)
    with (workspace / "住户.csv").open("a", encoding="utf-8") as file:
        file.write("SQ-099,石桥村,1组,99号,周新,19900000199,2\n")
    text = said("diff", workspace)
    assert re.search(r"新来的住户 1 户\n +责任书 \d 份，爱心联系卡 1 份\n", text)
    [head, *rest] = re.split(r"新来的住户 +户号 +户主 +要印的纸 *\n", text)[1].splitlines()
    assert head.split() == ["石桥村", "SQ-099", "周新", "爱心联系卡"]
    assert rest[0] == ""


def test_a_copy_that_was_delivered_is_told_as_such(workspace: Path, said: Said) -> None:
    build(workspace, ALL)
    with open_ledger(workspace) as book, book.write() as database:
        [serial] = database.execute("SELECT serial FROM copies WHERE subject = 'SQ-019'").fetchone()
        database.execute(
            "INSERT INTO deliveries (serial, event, batch, day, person, entered) "
            "VALUES (?, 'delivered', 1, '2026-11-23', '', '')",
            (serial,),
        )
    swap(workspace / "干部.csv", "19900000003", "19900000033")
    [line] = [line for line in said("diff", workspace).splitlines() if serial in line]
    assert "已送达" in line.split()


def test_all_copies_as_csv_for_excel(workspace: Path, tmp_path: Path, said: Said) -> None:
    build(workspace, ALL)
    change_much(workspace)
    path = tmp_path / "要换的.csv"
    text = said("diff", workspace, "--csv", path)
    assert f"已写好 {path}" in text
    assert "换成" not in text, "the list stands in the file"
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 15
    assert {row["情况"] for row in rows} == {"换新", "新印", "收回", "印不成"}
    [new] = [row for row in rows if row["情况"] == "新印"]
    assert (new["给谁"], new["户主"], new["旧编号"], new["原因"]) == (
        *("SQ-099", "周新", ""),
        "新来的住户 1 户",
    )
    assert "放在工作文件夹里" in said("diff", workspace, "--csv", workspace / "x.csv", code=2)


def test_another_slogan_and_another_layout(workspace: Path, said: Said) -> None:
    build(workspace, ALL)
    swap(workspace / "campaign.toml", "有困难，找干部", "早发现，早报告")
    text = said("diff", workspace)
    assert "     30 份  活动的标语改了\n            爱心联系卡 30 份\n" in text
    swap(workspace / "campaign.toml", "早发现，早报告", "有困难，找干部")
    assert said("diff", workspace).startswith("没有变化")


def test_one_paper_alone_can_be_asked_for(workspace: Path, said: Said) -> None:
    build(workspace, ALL)
    swap(workspace / "干部.csv", "19900000003", "19900000033")
    text = said("diff", workspace, "--layout", "village-board")
    assert text == "以前没有印过：cardgen build 会印 2 份。\n"
    assert "没有名为“love-crad”的版式" in said("diff", workspace, "--layout", "love-crad", code=4)


def test_diff_prints_and_records_nothing(workspace: Path, said: Said) -> None:
    build(workspace, ALL)
    change_much(workspace)
    before = {path: path.stat().st_mtime_ns for path in (workspace / "out").rglob("*")}
    said("diff", workspace)
    assert before == {path: path.stat().st_mtime_ns for path in (workspace / "out").rglob("*")}
    with open_ledger(workspace) as book:
        assert len(book.read("SELECT id FROM copies")) == 30
        assert len(book.read("SELECT id FROM imports")) == 1


def test_long_lists_are_cut_on_the_screen(
    workspace: Path, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardgen.cli import diff

    build(workspace, ALL)
    change_much(workspace)
    monkeypatch.setattr(diff, "_MOST", 5)
    monkeypatch.setattr(diff, "_MOST_CAUSES", 1)
    text = said("diff", workspace)
    assert "这里列出 5 份，还有 9 份；加 --csv 写出全部。" in text
    assert "还有 3 个原因；加 --csv 写出全部。" in text
    assert text.count("换成 ") == 5

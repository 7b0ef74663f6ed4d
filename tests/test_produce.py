"""From a workspace to finished papers: what is printed, what is held back, and that it closes."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pypdfium2
import pytest

from cardgen.errors import LayoutError, RosterError, UsageError
from cardgen.model import BatchResult, ProofMode
from cardgen.plan import Selection
from cardgen.produce import Options, build, check, print_card
from cardgen.report import mismatches, read_manifest


def printed(workspace: Path, **options: object) -> BatchResult:
    return build(workspace, Options(workers=0, **options))  # type: ignore[arg-type]


def edit(workspace: Path, file: str, old: str, new: str) -> None:
    path = workspace / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    path.write_text(text.replace(old, new), "utf-8")


def text_of(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def digests(out: Path) -> dict[str, str]:
    """Every PDF and the manifest by content."""
    files = [*out.rglob("*.pdf"), out / "manifest.csv"]
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def reasons(result: BatchResult) -> list[tuple[str, str, str]]:
    return [
        (held.subject, reason.code, f"{reason.file}!{reason.cell}")
        for held in result.held
        for reason in held.reasons
    ]


# --------------------------------------------------------------------------- all of it


def test_every_household_is_printed_once(workspace: Path) -> None:
    result = printed(workspace)
    lines = list(read_manifest(workspace / "out" / "manifest.csv"))
    assert sorted(line.subject for line in lines) == sorted(
        [f"TW-{n:03d}" for n in range(1, 19)] + [f"SQ-{n:03d}" for n in range(19, 31)]
    )
    assert len({line.serial for line in lines}) == 30
    assert (result.households, result.copies, result.printed) == (30, 30, 30)
    assert result.closes and mismatches(result) == []


def test_a_volume_a_village_is_under_its_name_and_no_part_is_left(workspace: Path) -> None:
    printed(workspace)
    files = sorted(path.name for path in (workspace / "out").rglob("*.*"))
    assert files == [
        "manifest.csv", "report.html", "report.json", "唐湾村-001.json.gz", "唐湾村-001.pdf",
        "石桥村-001.json.gz", "石桥村-001.pdf",
    ]  # fmt: skip


def test_each_card_carries_its_own_chain_nearest_first(workspace: Path) -> None:
    printed(workspace, selection=Selection(households=("TW-003",)))
    text = text_of(workspace / "out/selected" / "love-card" / "唐湾村-001.pdf")
    assert "吴海燕" in text and "陈秀兰" not in text  # group 2 has a branch secretary of its own
    assert "199 0000 0006" in text


def test_cards_lie_in_walking_order(workspace: Path) -> None:
    printed(workspace)
    lines = [
        line for line in read_manifest(workspace / "out" / "manifest.csv")
        if line.village == "唐湾村"
    ]  # fmt: skip
    places = [(line.sheet, line.cell) for line in lines]
    assert places == sorted(places)
    odd, even = range(1, 19, 2), range(2, 19, 2)  # 1组 holds the even numbers
    assert [int(line.subject[3:]) for line in lines] == [*even, *odd]


# --------------------------------------------------------------------------- the same bytes


def test_the_bytes_do_not_depend_on_the_workers(workspace: Path) -> None:
    made = []
    for workers in (0, 1, 2):
        out = workspace / f"out{workers}"
        build(workspace, Options(out=out, workers=workers))
        made.append(digests(out))
    assert made[0] == made[1] == made[2]
    assert len(made[0]) == 3


def test_the_bytes_do_not_depend_on_the_hash_seed(workspace: Path) -> None:
    made = []
    for seed in ("1", "2"):
        out = workspace / f"out{seed}"
        command = [sys.executable, "-m", "cardgen", "build", str(workspace), "--out", str(out)]
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run(command, check=True, env=environment, capture_output=True)
        made.append(digests(out))
    assert made[0] == made[1]


def test_a_second_run_makes_the_same_files(workspace: Path) -> None:
    printed(workspace)
    first = digests(workspace / "out")
    printed(workspace)
    assert digests(workspace / "out") == first


# --------------------------------------------------------------------------- held back


def test_a_household_without_head_is_held_back_and_the_rest_is_printed(workspace: Path) -> None:
    edit(workspace, "住户.csv", "钱德胜,19900000121", ",19900000121")
    result = printed(workspace)
    assert result.printed == 29 and result.closes
    assert reasons(result) == [("SQ-021", "household-no-head", "住户.csv!E22")]


def test_a_character_without_a_glyph_is_named_with_its_cell_before_printing(
    workspace: Path,
) -> None:
    edit(workspace, "住户.csv", "钱德胜", "钱\U000323b0")  # the last of Extension H
    result = printed(workspace)
    assert result.printed == 29
    [held] = result.held
    assert (held.reasons[0].code, held.reasons[0].cell) == ("character-missing", "E22")
    assert "U+323B0" in held.reasons[0].message


def test_a_name_too_long_for_its_slot_is_named_with_its_cell(workspace: Path) -> None:
    edit(workspace, "住户.csv", "钱德胜", "钱" + "德胜" * 30)
    result = printed(workspace)
    assert reasons(result) == [("SQ-021", "text-too-long", "住户.csv!E22")]
    assert result.printed == 29 and result.closes


def test_a_role_that_nobody_fills_holds_back_only_where_it_is_missing(workspace: Path) -> None:
    edit(workspace, "干部.csv", "王建国,包村干部,19900000003,石桥村\n", "")
    result = printed(workspace)
    assert {(subject[:2], code) for subject, code, _ in reasons(result)} == {
        ("SQ", "role-unfilled")
    }
    assert (result.printed, result.copies) == (18, 30) and result.closes


def test_a_cadre_without_phone_holds_back_the_cards_he_stands_on(workspace: Path) -> None:
    edit(workspace, "干部.csv", "吴海燕,支部书记,19900000006", "吴海燕,支部书记,")
    result = printed(workspace)
    assert {(s[:2], code, cell) for s, code, cell in reasons(result)} == {
        ("TW", "cadre-no-phone", "干部.csv!C7")
    }
    assert len(result.held) == 9


def test_a_repeated_row_is_excluded_with_its_reason_and_counted(workspace: Path) -> None:
    path = workspace / "住户.csv"
    path.write_text(
        path.read_text("utf-8") + path.read_text("utf-8").splitlines()[-1] + "\n", "utf-8"
    )
    result = printed(workspace)
    assert (result.households, result.copies, result.printed) == (31, 31, 30)
    assert result.tallies[0].excluded == 1 and result.closes and mismatches(result) == []
    report = json.loads((workspace / "out" / "report.json").read_text("utf-8"))
    assert len(report["excluded"]) == 1 and "32" in str(report["excluded"][0]["reasons"])


def test_two_different_households_under_one_code_are_both_held(workspace: Path) -> None:
    edit(workspace, "住户.csv", "SQ-030,石桥村,1组,30号", "SQ-029,石桥村,1组,30号")
    result = printed(workspace)
    assert {code for _, code, _ in reasons(result)} == {"household-twice"}
    assert (result.printed, len(result.held)) == (28, 2) and result.closes


def test_a_layout_that_cannot_be_laid_out_stops_the_batch(workspace: Path) -> None:
    folder = workspace / "layouts" / "love-card"
    folder.mkdir(parents=True)
    (folder / "layout.toml").write_text('title = "坏"\nsubject = "household"\nsize_mm = [90, 54]\n')
    (folder / "layout.html").write_text('<img src="missing.png">')
    with pytest.raises(LayoutError, match=r"missing\.png"):
        printed(workspace)
    assert not list((workspace / "out").rglob("*.pdf"))


# --------------------------------------------------------------------------- parts of it


def test_a_part_of_the_batch_carries_the_same_cards(workspace: Path) -> None:
    printed(workspace)
    whole = {line.subject: line for line in read_manifest(workspace / "out" / "manifest.csv")}
    printed(workspace, selection=Selection(villages=("石桥村",)), out=workspace / "part")
    part = list(read_manifest(workspace / "part" / "manifest.csv"))
    assert len(part) == 12
    assert all(whole[line.subject].digest == line.digest for line in part)
    assert all(whole[line.subject].serial == line.serial for line in part)


def test_a_single_card_is_the_card_of_the_batch(workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / "card.pdf"
    result = print_card(workspace, "TW-003", "love-card", path)
    assert result.printed == 1 and result.closes
    [page] = pypdfium2.PdfDocument(path)
    assert [round(size / 72 * 25.4, 2) for size in page.get_size()] == [90, 54]
    assert "吴海燕" in text_of(path)


def test_an_unknown_household_is_refused_by_name(workspace: Path) -> None:
    with pytest.raises(UsageError, match="花名册里没有户号“TW-999”"):
        printed(workspace, selection=Selection(households=("TW-999",)))


def test_a_volume_that_is_no_more_is_removed_by_a_whole_batch(workspace: Path) -> None:
    printed(workspace)
    old = workspace / "out" / "love-card" / "旧村-001.pdf"
    old.write_bytes(b"%PDF")
    printed(workspace, selection=Selection(villages=("石桥村",)))
    assert old.exists() and (workspace / "out" / "selected" / "manifest.csv").exists()
    printed(workspace)
    assert not old.exists()


# --------------------------------------------------------------------------- other doors


def test_check_finds_what_build_holds_back_and_prints_nothing(workspace: Path) -> None:
    edit(workspace, "住户.csv", "钱德胜", "钱" + "德胜" * 30)
    edit(workspace, "干部.csv", "吴海燕,支部书记,19900000006", "吴海燕,支部书记,")
    found = check(workspace)
    assert not (workspace / "out").exists()
    result = printed(workspace)
    assert [(h.subject, h.reasons) for h in found.held] == [
        (h.subject, h.reasons) for h in result.held
    ]
    assert found.problems == result.problems
    assert found.copies == result.copies


def test_a_workspace_without_roster_says_what_to_put_there(workspace: Path) -> None:
    for path in workspace.glob("*.csv"):
        path.unlink()
    with pytest.raises(RosterError, match="没有花名册"):
        printed(workspace)


def test_proof_can_be_left_out_by_those_who_ask(workspace: Path) -> None:
    result = printed(workspace, proof=ProofMode.NONE)
    assert result.proof == "none" and result.printed == 30


def test_another_township_with_other_headers_prints_without_a_change(tmp_path: Path) -> None:
    folder = tmp_path / "九山"
    folder.mkdir()
    (folder / "campaign.toml").write_text(
        'title = "防汛"\nissuer = "九山镇人民政府"\n[papers.love-card]\nroles = ["村医", "组长"]\n',
        "utf-8",
    )
    (folder / "a.csv").write_text(
        "九山镇住户花名册;;;;;\n\n手机号码;户主姓名;家庭住址;行政村;所属网格;家庭人口\n"
        "19900000010;买买提·艾力;附1号;上村社区;第三网格;2\n;㐱明;2号;下村;1;1\n合计;2;;;;\n",
        "gb18030",
    )
    (folder / "b.csv").write_text(
        "责任人\t岗位\t联系方式\t包保范围\n孙一\t村医\t0374-0000007\t全镇\n"
        "陈二\t组长\t19900000012\t上村社区/3网格；下村\n", "utf-16",
    )  # fmt: skip
    result = printed(folder)
    assert (result.households, result.printed) == (2, 2), result.held
    text = "".join(text_of(path) for path in (folder / "out").rglob("*.pdf"))
    assert "买买提·艾力" in text and "0374-0000007" in text and "㐱明" in text

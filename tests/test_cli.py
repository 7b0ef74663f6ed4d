"""The commands, as a clerk types them: what is said, what is written, and the exit code."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from cardgen import produce
from cardgen.cli import main

COMMANDS = (
    *(["init"], ["check"], ["build"], ["card"], ["info"], ["diff"], ["imports"]),
    *(["layouts", "list"], ["layouts", "check"], ["layouts", "preview"]),
)


def break_head(workspace: Path, number: int) -> None:
    """Take the head's name out of a household's row."""
    path = workspace / "住户.csv"
    lines = path.read_text("utf-8").splitlines()
    cells = lines[number].split(",")
    cells[4] = ""
    lines[number] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", "utf-8")


# --------------------------------------------------------------------------- help


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_is_chinese_and_has_an_example(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--help"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("用法：cardgen " + " ".join(words))
    assert "例如：cardgen " + " ".join(words) in page
    assert not re.search(r"Usage|Options|Show this|Commands|required|default", page)


def test_root_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    page = capsys.readouterr().out
    for words in COMMANDS:
        assert f"\n  {words[0]} " in page


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom cardgen.cli import main\nmain(['--help'])\n"
        "heavy = {'reportlab', 'weasyprint', 'pikepdf', 'pypdfium2', 'openpyxl', 'PIL', 'jinja2',"
        " 'phonenumbers', 'uharfbuzz', 'cardgen.produce'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    from cardgen import __version__

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"cardgen {__version__}\n"


# --------------------------------------------------------------------------- wrong use


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("bild x", "没有 bild 这个命令。\n  是不是 cardgen build？"),
        ("layouts chek", "没有 chek 这个命令。\n  是不是 cardgen layouts check？"),
        ("build", "少写了“文件夹”。\n  写法见 cardgen build --help。"),
        ("card x", "少写了“户号”。"),
        ("check a b", "多写了 b。"),
        ("build x --job 2", "没有 --job 这个选项。是不是 --jobs"),
        ("build x --jobs two", "选项 --jobs 的值不对。"),
        ("build x --jobs -1", "选项 --jobs 的值不对。"),
        ("build x --proof some", "选项 --proof 的值不对。可以写：all、sample、none。"),
        ("build x --out", "选项 --out 后面要写的值不对"),
        ("build x --sheet A3", "“A3”不是“名称=值”。"),
        ("build nowhere", "没有文件夹 nowhere。"),
        ("layouts check none", "没有名为“none”的版式。"),
    ],
)
def test_wrong_words_are_named(words: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(words.split())
    shown = capsys.readouterr()
    assert said in shown.err
    assert shown.out == ""
    assert code == (4 if words.startswith("layouts check") else 2)


def test_unknown_village_and_household_are_named(
    small_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--out", str(tmp_path / "out")]
    assert main(["build", str(small_workspace), "--village", "唐弯村", *out]) == 2
    assert "没有“唐弯村”" in capsys.readouterr().err
    assert main(["check", str(small_workspace), "--explain", "TW-999"]) == 2
    assert "没有户号“TW-999”" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_folder_without_rosters_is_a_roster_error(
    tmp_path: Path, small_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    campaign = (small_workspace / "campaign.toml").read_text("utf-8")
    (tmp_path / "campaign.toml").write_text(campaign, "utf-8")
    assert main(["check", str(tmp_path)]) == 3
    assert "里没有花名册。" in capsys.readouterr().err


# --------------------------------------------------------------------------- init, check


def test_init_writes_a_workspace_that_can_be_checked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "新镇"
    assert main(["init", str(folder)]) == 0
    assert f"已写好 {folder / 'roster.xlsx'}\n" in capsys.readouterr().out
    assert main(["check", str(folder)]) == 0
    assert main(["init", str(folder)]) == 2
    assert "已经有" in capsys.readouterr().err


def test_check_of_a_good_roster_says_so(
    small_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(small_workspace)]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.endswith("名册 30 户。没有发现问题。\n应印 30 份：能印 30 份。\n")


def test_check_lists_problems_with_their_cells_and_ends_with_3(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    break_head(workspace, 4)
    assert main(["check", str(workspace)]) == 3
    out = capsys.readouterr().out
    assert re.search(r"^错误\t住户\.csv!E5\thousehold-no-head\t\S", out, re.M)
    assert out.endswith("应印 30 份：能印 29 份，印不成 1 份。\n")


def test_check_for_programs(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    break_head(workspace, 4)
    assert main(["check", str(workspace), "--json"]) == 3
    found = json.loads(capsys.readouterr().out)
    assert (found["households"], found["copies"]) == (30, 30)
    assert found["counts"] == {"error": 1, "warning": 0, "notice": 0}
    assert found["problems"][0]["cell"] == "E5"
    assert [held["subject"] for held in found["held"]] == ["TW-004"]


def test_explain_says_who_and_why(
    small_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(small_workspace), "--explain", "TW-003"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("TW-003 李德胜（唐湾村 2组 3号")
    reason = "支部书记：吴海燕 199 0000 0006，因为负责“唐湾村/2组”（组），见 干部.csv 第 7 行"
    assert reason in lines
    assert any("没有用陈秀兰" in line for line in lines)


# --------------------------------------------------------------------------- build


def test_build_prints_every_household_and_says_where(
    small_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["build", str(small_workspace), "--out", str(out), "--jobs", "0"]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.startswith("30 户：印出 30 份，一份不少。数目相符。\n")
    assert shown.out.endswith(f"报告：{out / 'report.html'}\n")
    assert {path.name for path in (out / "love-card").iterdir()} == {
        "唐湾村-001.pdf",
        "石桥村-001.pdf",
    }
    with (out / "manifest.csv").open(encoding="utf-8") as file:
        subjects = [line["subject"] for line in csv.DictReader(file)]
    assert len(set(subjects)) == len(subjects) == 30


def test_build_for_programs_writes_json_and_nothing_else(
    small_workspace: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["build", str(small_workspace), "--out", str(tmp_path), "--village", "石桥村"]
    assert main([*words, "--jobs", "0", "--json", "--proof", "none"]) == 0
    shown = capsys.readouterr()
    report = json.loads(shown.out)
    assert (report["printed"], report["closes"], report["proof"]) == (12, True, "none")
    assert shown.err == ""


def test_counts_that_do_not_close_end_with_7(
    small_workspace: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    build = produce.build

    def lose_one(*args: object) -> object:
        result = build(*args)  # type: ignore[arg-type]
        tally = replace(result.tallies[0], printed=result.tallies[0].printed - 1)
        return replace(result, tallies=(tally,))

    monkeypatch.setattr(produce, "build", lose_one)
    words = ["build", str(small_workspace), "--out", str(tmp_path), "--household", "TW-001"]
    assert main(words) == 7
    shown = capsys.readouterr()
    assert "数目对不上，这一批先不要发放。" in shown.err
    assert "数目不符，请先不要发放。" in shown.out


# --------------------------------------------------------------------------- card


def test_card_prints_one_paper_of_its_own_size(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["card", str(workspace), "TW-002"]) == 0
    (path,) = (workspace / "out" / "cards").iterdir()
    assert re.fullmatch(r"love-card-TW002-[0-9a-f]{8}\.pdf", path.name)
    assert capsys.readouterr().out == f"已印好 {path}\n"
    assert path.read_bytes().startswith(b"%PDF")


def test_card_as_picture_has_300_dots_an_inch(workspace: Path, tmp_path: Path) -> None:
    path = tmp_path / "卡.png"
    assert main(["card", str(workspace), "TW-002", "--png", "--out", str(path)]) == 0
    with Image.open(path) as picture:
        assert picture.size == (1063, 638)  # 90 x 54 mm
        assert round(picture.info["dpi"][0]) == 300
    assert not (workspace / "out").exists()


def test_card_that_cannot_be_right_leaves_no_file(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["card", str(workspace), "TW-004"]) == 0
    break_head(workspace, 4)
    capsys.readouterr()
    assert main(["card", str(workspace), "TW-004"]) == 3
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "TW-004 这一份没有印：" in shown.err
    assert "住户.csv!E5" in shown.err
    assert list((workspace / "out" / "cards").iterdir()) == []


def test_card_whose_text_does_not_fit_is_a_layout_error(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = workspace / "干部.csv"
    path.write_text(path.read_text("utf-8").replace("李明", "司马相如的孙子" * 12), "utf-8")
    assert main(["card", str(workspace), "TW-002"]) == 4
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "放不进" in shown.err


# --------------------------------------------------------------------------- several campaigns


def write_second_campaign(workspace: Path) -> None:
    text = (workspace / "campaign.toml").read_text("utf-8")
    (workspace / "防汛.toml").write_text(text.replace("森林防火", "防汛"), "utf-8")


@pytest.mark.parametrize("name", ["防汛.toml", "防汛"])
def test_another_campaign_is_printed_with_the_same_roster(
    name: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_second_campaign(workspace)
    words = ["build", str(workspace), "--campaign", name, "--village", "唐湾村", "--jobs", "0"]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert f"报告：{workspace / 'out' / 'selected' / 'report.html'}" in told
    report = json.loads((workspace / "out" / "selected" / "report.json").read_text("utf-8"))
    assert (report["title"], report["printed"]) == ("防汛", 18)


def test_a_campaign_outside_of_the_workspace_is_refused(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", str(workspace), "--campaign", "../别处.toml"]) == 2
    assert "不是这个工作文件夹里的文件" in capsys.readouterr().err


def test_a_campaign_that_is_not_there_is_named(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["card", str(workspace), "TW-001", "--campaign", "防火"]) == 2
    assert "没有找到 防火.toml" in capsys.readouterr().err


# --------------------------------------------------------------------------- other subjects

BOARD = {
    "layout.toml": 'title = "村牌"\nsubject = ["village", "township"]\nsize_mm = [148, 210]\n'
    'sizes = ["A5", "A4"]\npublic = true\nmust_show = ["serial", "village.name"]\n',
    "layout.html": "<html lang='zh-CN'><body><p style='width: 9cm'>"
    "{% if village is defined %}{{ village.name | slot }}{% endif %}</p>"
    "<p style='width: 9cm'>{{ serial | slot }}</p>{{ size }}</body></html>",
}


def write_board(workspace: Path) -> None:
    folder = workspace / "layouts" / "board"
    folder.mkdir(parents=True)
    for name, text in BOARD.items():
        (folder / name).write_text(text, "utf-8")


def test_one_layout_is_printed_as_several_papers(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_board(workspace)
    with (workspace / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write('\n[papers."村牌"]\nlayout = "board"\nsize = "A4"\n')
        file.write('\n[papers."镇牌"]\nlayout = "board"\nsubject = "township"\n')
    words = ["build", str(workspace), "--layout", "村牌", "--layout", "镇牌", "--jobs", "0"]
    assert main([*words, "--out", str(workspace / "try")]) == 0
    with (workspace / "try" / "manifest.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = [
            (row["layout"], row["subject"], row["village"], row["file"], row["width_mm"])
            for row in csv.DictReader(file)
        ]
    assert lines == [
        ("村牌", "唐湾村", "唐湾村", "村牌/全镇-001.pdf", "210"),
        ("村牌", "石桥村", "石桥村", "村牌/全镇-001.pdf", "210"),
        ("镇牌", "全镇", "", "镇牌/全镇-001.pdf", "148"),
    ]


def test_a_single_paper_of_a_village_is_asked_for_by_its_name(workspace: Path) -> None:
    write_board(workspace)
    out = workspace / "board.pdf"
    assert main(["card", str(workspace), "石桥村", "--layout", "board", "--out", str(out)]) == 0
    assert out.exists()


@pytest.mark.parametrize(
    ("lines", "message", "hint"),
    [
        (
            'subject = "grid"',
            "campaign.toml 的 papers.board.subject：版式 board 不能给 grid 印。",
            "village、township",
        ),
        ('size = "A3"', "campaign.toml 的 papers.board.size：版式 board 没有 A3 的。", "A5、A4"),
    ],
)
def test_what_a_layout_is_not_made_for_is_said(
    lines: str, message: str, hint: str, workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_board(workspace)
    with (workspace / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n[papers.board]\n{lines}\n")
    assert main(["build", str(workspace), "--layout", "board"]) == 2
    told = capsys.readouterr().err
    assert message in told and hint in told


def test_a_paper_of_several_pages_is_a_picture_each(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = workspace / "pass.png"
    words = ["card", str(workspace), "TW-003", "--layout", "slip", "--png", "--out", str(out)]
    folder = workspace / "layouts" / "slip"
    folder.mkdir(parents=True)
    toml = 'title = "条"\nsubject = "household"\nsize_mm = [105, 74]\ncopies = 2\n'
    (folder / "layout.toml").write_text(toml, "utf-8")
    page = "<p style='width: 9cm'>{{ serial | slot }}</p>"
    (folder / "layout.html").write_text(f"<html lang='zh-CN'><body>{page}</body></html>", "utf-8")
    assert main(words) == 0
    second = workspace / "pass-2.png"
    assert capsys.readouterr().out == f"已印好 {out}\n已印好 {second}\n"
    assert out.read_bytes() != second.read_bytes()

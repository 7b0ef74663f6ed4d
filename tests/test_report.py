"""The verdict, report.json and the way they are written."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from cardgen import __version__
from cardgen.errors import OutputError
from cardgen.model import (
    BatchResult,
    FileLine,
    Held,
    Origin,
    Problem,
    Severity,
    Source,
    Table,
    Tally,
)
from cardgen.problems import Code
from cardgen.report import (
    mismatches,
    report_json,
    summary_lines,
    verdict,
    write_json,
    write_reports,
)
from cardgen.report.advice import ADVICE
from cardgen.report.words import masked, shown
from cardgen.whole import part_of

IDENTITY = "330521195003121239"
NAMES = """
    东岭 西河 南山 北坪 石桥 柳湾 上坝 下坝 白杨 青竹 大塘 小塘
    罗家 陈家 黄泥 龙潭 云台 松林 新丰 和平 红旗 前进 双溪 三合
"""
VILLAGES = [f"{name}村" for name in NAMES.split()]


def finding(code: Code, message: str, cell: str, before: str = "", sheet: str = "住户") -> Problem:
    return Problem(code.value, code.severity, message, "qingshi.xlsx", sheet, cell, before)


MISSING = finding(Code.HOUSEHOLD_NO_HEAD, "这一户没有写户主", "E2104")
TALL = finding(Code.TEXT_TOO_LONG, "户主“阿卜杜热合曼·买买提依明”缩到 7 磅还放不下", "E5120")
BAD = finding(Code.PHONE_DAMAGED, "电话“1.38E+10”不能用：Excel 只留下了前三位", "F877", "1.38E+10")
BAD_TOO = finding(Code.ROLE_UNFILLED, "白杨村没有支部书记", "C31", sheet="干部")


def office() -> BatchResult:
    """A township on an ordinary day: 24 villages, 8,000 households, 4 of them not printed."""
    held = (
        Held("love-card", "QS0877", "石桥村", (BAD,)),
        Held("love-card", "QS2103", "白杨村", (MISSING, BAD_TOO)),
        Held("love-card", "QS5119", "新丰村", (TALL,)),
        Held("love-card", "QS6001", "和平村", (problem_of_choice(),), excluded=True),
    )
    left = {one.village: 1 for one in held}
    counts = {name: 333 + (n < 8) - left.get(name, 0) for n, name in enumerate(VILLAGES)}
    source = Source(Table.HOUSEHOLD, "qingshi.xlsx", "住户", {"head": 4})
    return BatchResult(
        title="2026 年防汛爱心联系卡",
        issuer="青石镇人民政府",
        households=8000,
        tallies=(Tally("love-card", "爱心联系卡", 8000, 8000, 7996, 1, 3, 4, 7990),),
        held=held,
        problems=tuple(doubts()),
        files=tuple(
            FileLine(
                f"love-card/{n:02d}-{name}-001.pdf", "love-card", name, -(-count // 10), count,
                310_000 + 977 * count, "c0ffee" * 10 + "beef",
            )
            for n, (name, count) in enumerate(counts.items(), 1)
        ),
        by_village={("love-card", v): (count, left.get(v, 0)) for v, count in counts.items()},
        seconds={"roster": 1.2345, "resolve": 0.41, "typeset": 0.9, "press": 2.7, "proof": 9.1},
        rows_excluded=((Origin(source, 3), "模板里的示例行"),),
        thumbnails=tuple((f"love-card/{n:02d}-{v}-001.pdf", page(n)) for n, v in
                         enumerate(VILLAGES[:8], 1)),
    )  # fmt: skip


def problem_of_choice() -> Problem:
    return Problem("left-out", Severity.NOTICE, "备注写着“不发”")


def doubts() -> Iterator[Problem]:
    yield from (BAD, MISSING, TALL, BAD_TOO)
    for n in range(6):
        text = f"电话里有空格，电话读作 1990000{n}111"
        yield finding(Code.PHONE_REPAIRED, text, f"F{n * 97 + 12}", f"199 0000 {n}111")
    yield finding(Code.CELL_REPAIRED, "“２号”改成了“2号”", "D88", "２号")
    yield finding(Code.NAME_SPACED, "姓名“王 芳”中间的空格去掉了，印成“王芳”", "E91", "王 芳")
    for n in range(9):
        yield finding(Code.CHARACTER_FALLBACK, "“𬱖”用备用字体", f"E{n * 311 + 20}")
    for n in range(4):
        yield finding(Code.CHARACTER_SUSPICIOUS, "“０”像是数字，却是字母 O", f"F{n + 40}", "l39")
    for n in range(3):
        yield finding(Code.KIND_UNKNOWN, "没见过的类别“孤老”", f"H{n + 900}")
    yield finding(Code.SCOPE_UNKNOWN, "负责范围“东片”看不懂", "D14", "东片", sheet="干部")
    yield finding(Code.IDENTITY_NUMBER, f"备注里有身份证号 {IDENTITY}", "K77", IDENTITY)


def page(number: int) -> bytes:
    picture = Image.new("L", (210, 297), 255)
    draw = ImageDraw.Draw(picture)
    for row in range(5):
        for column in range(2):
            left, top = 12 + column * 94, 10 + row * 56
            draw.rectangle((left, top, left + 90, top + 54), outline=190)
            for line in range(3):
                draw.rectangle(
                    (left + 6, top + 10 + line * 13, left + 46 + number, top + 15 + line * 13),
                    fill=70,
                )
            draw.rectangle((left + 66, top + 14, left + 84, top + 32), fill=120)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def perfect() -> BatchResult:
    """One village, two households, nothing to say."""
    return BatchResult(
        "防汛", "青石镇", 2, (Tally("love-card", "爱心联系卡", 2, 2, 2, 0, 0, 1, 2),), (), (),
        (FileLine("love-card/a-001.pdf", "love-card", "甲村", 1, 2, 9000, "00"),),
        {("love-card", "甲村"): (2, 0)}, {},
    )  # fmt: skip


# --------------------------------------------------------------------------- the verdict


def test_verdict_names_what_was_not_printed_and_that_the_counts_close() -> None:
    assert verdict(office()) == ("8,000 户：印出 7,996 份，未印 4 份（原因见下）。数目相符。")


def test_verdict_of_a_batch_without_loss_says_so() -> None:
    assert verdict(perfect()) == "2 户：印出 2 份，一份不少。数目相符。"


def test_verdict_of_one_card_does_not_say_that_all_households_have_one() -> None:
    one = replace(perfect(), households=8000)
    assert verdict(one) == "名册 8,000 户，共 2 份：印出 2 份，一份不少。数目相符。"


def test_verdict_of_several_papers_counts_copies_and_not_households() -> None:
    second = Tally("village-board", "公示栏", 1, 1, 1, 0, 0, 1, 0)
    board = FileLine("village-board/a.pdf", "village-board", "甲村", 1, 1, 1, "")
    one = perfect()
    both = replace(
        one,
        tallies=(*one.tallies, second),
        files=(*one.files, board),
        by_village={**one.by_village, ("village-board", "甲村"): (1, 0)},
    )
    assert verdict(both) == "名册 2 户，2 种纸共 3 份：印出 3 份，一份不少。数目相符。"


def test_verdict_tells_how_many_copies_are_lost() -> None:
    lost = replace(office(), tallies=(replace(office().tallies[0], printed=7994),))
    assert verdict(lost) == (
        "8,000 户：应印 8,000 份，有下落的 7,998 份，少 2 份。数目不符，请先不要发放。"
    )
    assert mismatches(lost)[0] == (
        "爱心联系卡：应印 8,000 ≠ 印出 7,994 + 有意不印 1 + 未印成 3，少 2 份。"
    )


def test_verdict_tells_how_many_copies_are_there_twice() -> None:
    twice = replace(office(), tallies=(replace(office().tallies[0], printed=7997),))
    assert "有下落的 8,001 份，多 1 份。数目不符" in verdict(twice)


def test_a_total_that_its_own_lists_deny_does_not_close() -> None:
    office_ = office()
    assert mismatches(office_) == []
    assert office_.closes
    assert mismatches(replace(office_, files=office_.files[1:])) == [
        "爱心联系卡：文件里的份数是 7,662，总数却是 7,996。"
    ]
    assert mismatches(replace(office_, held=office_.held[1:])) == [
        "爱心联系卡：列出的未印成是 2，总数却是 3。"
    ]
    villages = {**office_.by_village, ("love-card", "石桥村"): (333, 0)}
    assert mismatches(replace(office_, by_village=villages)) == [
        "爱心联系卡：各村未印之和是 3，总数却是 4。"
    ]
    assert "数目不符" in verdict(replace(office_, held=office_.held[1:]))


def test_terminal_gets_the_verdict_the_layouts_and_the_next_steps() -> None:
    assert summary_lines(office()) == [
        "8,000 户：印出 7,996 份，未印 4 份（原因见下）。数目相符。",
        "  爱心联系卡：应印 8,000 = 印出 7,996 + 有意不印 1 + 未印成 3",
        "  24 个 PDF，共 816 页",
        "  名册里发现：错误 4，警告 6，提示 20",
        "1. 未印成的，按 report.html 里写的办法改好名册，再运行一次同样的命令。",
        "2. 按 report.html 里的顺序打印，缩放选“实际大小”（100%）。",
        "3. 抽空看一遍问题清单，名册越改越准。",
    ]


def test_terminal_says_stop_where_counts_do_not_close() -> None:
    lines = summary_lines(replace(office(), held=()))
    assert "  ✗ 爱心联系卡：列出的未印成是 0，总数却是 3。" in lines
    assert lines[-2] == "1. 先不要打印，也不要发放。"
    assert not any("实际大小" in line for line in lines)


def test_terminal_shows_controls_as_code_points() -> None:
    hostile = replace(perfect(), tallies=(replace(perfect().tallies[0], title="卡\x1b[31m\u202e"),))
    assert "  卡⟨U+001B⟩[31m⟨U+202E⟩：应印 2 = 印出 2 + 有意不印 0 + 未印成 0" in summary_lines(
        hostile
    )


# --------------------------------------------------------------------------- report.json


def test_json_has_the_promised_keys_in_a_fixed_order() -> None:
    report = report_json(office(), made=datetime(2026, 5, 1, 8, 30))
    assert list(report) == [
        "title", "issuer", "batch", "program", "made", "verdict", "closes", "mismatches",
        "households", "copies", "printed", "unchanged", "recalled", "excluded", "failed",
        "rows_excluded", "proof", "layouts", "villages", "files", "problems", "seconds",
    ]  # fmt: skip
    assert report["households"] == 8000
    assert report["copies"] == 8000
    assert report["printed"] == 7996
    assert report["closes"] is True
    assert report["program"] == {"name": "cardgen", "version": __version__}
    assert report["made"] == "2026-05-01T08:30:00"
    assert report["seconds"] == {
        "roster": 1.234, "resolve": 0.41, "typeset": 0.9, "press": 2.7, "proof": 9.1,
    }  # fmt: skip


def test_json_counts_the_households_from_its_own_lists(tmp_path: Path) -> None:
    write_json(tmp_path / "report.json", office())
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    report = json.loads(text)
    assert report["printed"] + len(report["excluded"]) + len(report["failed"]) == report["copies"]
    assert report["failed"][1] == {
        "layout": "love-card",
        "subject": "QS2103",
        "village": "白杨村",
        "reasons": [
            {
                "code": "household-no-head", "severity": "error", "message": "这一户没有写户主",
                "file": "qingshi.xlsx", "sheet": "住户", "cell": "E2104", "before": "",
            },
            {
                "code": "role-unfilled", "severity": "error", "message": "白杨村没有支部书记",
                "file": "qingshi.xlsx", "sheet": "干部", "cell": "C31", "before": "",
            },
        ],
    }  # fmt: skip
    assert [held["subject"] for held in report["excluded"]] == ["QS6001"]
    assert report["layouts"][0]["forms"] == 4
    assert report["layouts"][0]["stamped_share"] == 0.9992
    assert report["rows_excluded"] == [
        {"file": "qingshi.xlsx", "sheet": "住户", "row": 3, "reason": "模板里的示例行"}
    ]
    assert "青石镇人民政府" in text


def test_json_of_counts_that_do_not_close_says_false_and_why() -> None:
    report = report_json(replace(office(), held=()))
    assert report["closes"] is False
    assert report["mismatches"] == [
        "爱心联系卡：列出的有意不印是 0，总数却是 1。",
        "爱心联系卡：列出的未印成是 0，总数却是 3。",
    ]


# --------------------------------------------------------------------------- what may be shown


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("号330521195003121239。", "号330*************39。"),
        ("33052119500312123X", "330*************3X"),
        ("３３０５２１１９５００３１２１２３９", "３３０*************３９"),
        ("330521 19500312 1239", "330***************39"),
        ("330521\u200b195003121239", "330**************39"),
        ("330521500312123", "330**********23"),
        ("户号 330521103001000123", "户号 330521103001000123"),
        ("19900000000", "19900000000"),
    ],
)
def test_identity_numbers_are_masked_and_long_house_numbers_are_not(
    written: str, seen: str
) -> None:
    assert masked(written) == seen


def test_no_report_holds_a_whole_identity_number_wherever_it_was_put(tmp_path: Path) -> None:
    hidden = Problem(
        "phone-damaged", Severity.ERROR, IDENTITY, IDENTITY, IDENTITY, IDENTITY, IDENTITY
    )
    office_ = replace(
        office(),
        title=IDENTITY,
        issuer=IDENTITY,
        problems=(hidden, replace(hidden, code="phone-repaired")),
        held=(Held("love-card", IDENTITY, IDENTITY, (hidden,)),),
        files=(replace(office().files[0], name=f"love-card/{IDENTITY}.pdf", village=IDENTITY),),
        by_village={("love-card", IDENTITY): (1, 1)},
        thumbnails=((IDENTITY, page(1)),),
    )
    for path in write_reports(tmp_path, office_):
        text = path.read_text(encoding="utf-8")
        assert IDENTITY not in text
        assert "330*************39" in text
    assert not any(IDENTITY in line for line in summary_lines(office_))


def test_unseen_characters_become_code_points() -> None:
    assert shown("甲\u202e乙\n丙\x00") == "甲⟨U+202E⟩乙⏎丙⟨U+0000⟩"


def test_every_kind_of_finding_tells_the_clerk_what_to_do() -> None:
    assert [code for code in Code if code not in ADVICE] == []


# --------------------------------------------------------------------------- whole or not at all


def test_write_reports_leaves_two_files_and_no_other(tmp_path: Path) -> None:
    written = write_reports(tmp_path / "out", office())
    assert written == (tmp_path / "out" / "report.json", tmp_path / "out" / "report.html")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["report.html", "report.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_write_leaves_the_earlier_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "report.json"
    path.write_text("earlier")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), full)
    with pytest.raises(OutputError) as caught:
        write_json(path, office())
    assert caught.value.message == f"{path} 写不进去：No space left on device"
    assert "磁盘是不是满了" in caught.value.hint
    assert path.read_text() == "earlier"
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_an_error_with_a_hint(tmp_path: Path) -> None:
    part_of(tmp_path / "report.html").symlink_to("/dev/full")
    (tmp_path / "report.html").write_text("earlier")
    with pytest.raises(OutputError, match=r"report\.html 写不进去"):
        write_reports(tmp_path, office())
    assert (tmp_path / "report.html").read_text() == "earlier"


def test_same_result_same_bytes(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_reports(tmp_path / "a", office())]
    assert first == [path.read_bytes() for path in write_reports(tmp_path / "b", office())]


def test_half_a_surrogate_pair_costs_no_report(tmp_path: Path) -> None:
    odd = replace(perfect(), title="防\ud800汛")
    as_json, as_html = write_reports(tmp_path, odd)
    assert json.loads(as_json.read_text(encoding="utf-8"))["title"] == "防\ud800汛"
    assert "防⟨U+D800⟩汛" in as_html.read_text(encoding="utf-8")


def test_old_copies_are_to_be_collected_with_the_new_ones() -> None:
    steps = summary_lines(replace(office(), recalled=333))
    assert any("要收回旧的 333 份" in step and "cardgen returned" in step for step in steps)
    assert not any("收回" in step for step in summary_lines(office()))

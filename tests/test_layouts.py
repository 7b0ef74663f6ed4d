"""layout.toml: what it says, and what it may not say; which layout wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardgen.errors import LayoutError
from cardgen.impose import grid_for
from cardgen.layouts import FACTS, find_layout, layout_folders, list_layouts, read_layout
from cardgen.model import Paper, SheetSpec, Sides, SubjectKind

LEAST = 'title = "小条"\nsubject = "household"\nsize_mm = [60, 30]\n'
WHOLE = """
title = "门贴卡"
subject = "household"
size_mm = [105, 148.5]
bleed_mm = 3
public = true
roles = ["网格员", "民警"]
must_show = ["serial", "household.door", "contacts.phone", "link"]

[floors]
text = 6.5
phone = 24

[sheet]
paper = "A3"
landscape = true
columns = 3
rows = 1
gutter_x_mm = 4
gutter_y_mm = 2.5
margin_mm = 8
marks = false
order = "cut-stack"
"""


def folder(root: Path, text: str, name: str = "slip") -> Path:
    path = root / "layouts" / name
    path.mkdir(parents=True)
    (path / "layout.toml").write_text(text, "utf-8")
    return path


def refused(root: Path, text: str) -> tuple[str, str]:
    """The message without the file's path, and the hint."""
    path = folder(root, text)
    with pytest.raises(LayoutError) as told:
        read_layout(path)
    before, _, message = told.value.message.partition("layout.toml：")
    assert before == f"{path}/"
    return message, told.value.hint


# -- what it says ----------------------------------------------------------------------------


def test_everything_that_a_layout_says_is_read(tmp_path: Path) -> None:
    spec = read_layout(folder(tmp_path, WHOLE, "door"))
    assert (spec.name, spec.title, spec.subject) == ("door", "门贴卡", SubjectKind.HOUSEHOLD)
    assert (spec.width_mm, spec.height_mm, spec.bleed_mm, spec.public) == (105, 148.5, 3, True)
    assert spec.roles == ("网格员", "民警")
    assert spec.must_show == ("serial", "household.door", "contacts.phone", "link")
    assert spec.floors_pt == {"text": 6.5, "phone": 24}
    assert spec.sheet == SheetSpec(
        Paper.A3,
        landscape=True,
        columns=3,
        rows=1,
        gutter_x_mm=4,
        gutter_y_mm=2.5,
        margins_mm=Sides.all(8),
        marks=False,
        order="cut-stack",
    )
    assert spec.folder == str((tmp_path / "layouts" / "door").resolve())


def test_what_a_layout_does_not_say_is_as_usual(tmp_path: Path) -> None:
    spec = read_layout(folder(tmp_path, LEAST))
    assert (spec.bleed_mm, spec.public, spec.roles, spec.must_show) == (0, False, (), ("serial",))
    assert spec.floors_pt == {"text": 7}
    assert spec.sheet == SheetSpec()


def test_every_built_in_layout_fits_its_sheet() -> None:
    layouts = list_layouts()
    assert "love-card" in [spec.name for spec in layouts]
    for spec in layouts:
        assert grid_for(spec).places >= 1
        assert "serial" in spec.must_show


# -- what it may not say ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        ('titel = "a"', "不认识的项 titel。", "最接近的是 title。"),
        ('role = ["a"]', "不认识的项 role。", "最接近的是 roles。"),
        ("xyz = 1", "不认识的项 xyz。", "可用的有：title、subject、size_mm、"),
        ("sheet = { colums = 2 }", "sheet.colums：这个名称不认识。", "是不是 columns？"),
        ('sheet = { "谁" = 2 }', "sheet.谁：这个名称不认识。", "可以用的有：paper、landscape、"),
    ],
)
def test_an_unknown_key_names_the_nearest_one(
    line: str, message: str, hint: str, tmp_path: Path
) -> None:
    found = refused(tmp_path, LEAST + line)
    assert found[0] == message and found[1].startswith(hint)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("bleed_mm = true", "bleed_mm 的值 True 类型不对。"),
        ('bleed_mm = "3"', "bleed_mm 的值 '3' 类型不对。"),
        ("public = 1", "public 的值 1 类型不对。"),
        ('roles = "包村干部"', "roles 的值 '包村干部' 类型不对。"),
        ("floors = 7", "floors 的值 7 类型不对。"),
        ('sheet = "A4"', "sheet 的值 'A4' 类型不对。"),
        ("sheet = { columns = 2.5 }", "sheet.columns：要 1 到 100 的整数，这里是2.5。"),
        ("sheet = { marks = 1 }", "sheet.marks：要 true 或 false，这里是数字。"),
        ("sheet = { rows = true }", "sheet.rows：要 1 到 100 的整数，这里是true/false。"),
        ("sheet = { paper = 4 }", "sheet.paper：要一段文字，这里是数字。"),
    ],
)
def test_a_wrong_type_is_named(line: str, message: str, tmp_path: Path) -> None:
    found = refused(tmp_path, LEAST + line)
    assert found[0] == message
    assert found[1] == "对照已有版式改正。" or "sheet." in message


@pytest.mark.parametrize("key", ["title", "subject", "size_mm"])
def test_what_every_layout_must_say(key: str, tmp_path: Path) -> None:
    text = "".join(line for line in LEAST.splitlines(True) if not line.startswith(key))
    assert refused(tmp_path, text) == (
        f"缺少 {key}。",
        "每个版式都要写 title、subject 和 size_mm。",
    )


@pytest.mark.parametrize(
    "size",
    [
        *("[]", "[90]", "[90, 54, 1]", "[0, 54]", "[-90, 54]", "[90, 99999]", "['90', 54]"),
        *("[true, 54]", "[nan, 54]", "[54, nan]", "[inf, 54]", "[[90], 54]"),
    ],
)
def test_a_size_that_is_none_is_named(size: str, tmp_path: Path) -> None:
    text = LEAST.replace("[60, 30]", size)
    message, hint = refused(tmp_path, text)
    assert message.startswith("size_mm = [") and message.endswith("] 不是宽和高。")
    assert hint == "例如 size_mm = [90, 54]，单位毫米。"


@pytest.mark.parametrize(
    "line",
    ["bleed_mm = -3", "bleed_mm = nan", "bleed_mm = inf", "bleed_mm = 500"]
    + [f"sheet = {{ {what} = {value} }}" for what in ("gutter_x_mm", "gutter_y_mm", "margin_mm")
       for value in ("-5", "nan", "inf")]
    + ["sheet = { columns = -1 }", "sheet = { rows = -2 }"],
)  # fmt: skip
def test_a_length_or_a_count_that_cannot_be_is_named(line: str, tmp_path: Path) -> None:
    key = line.split()[0] if "{" not in line else f"sheet.{line.split()[3]}"
    message, _ = refused(tmp_path, LEAST + line)
    assert message.startswith(key)


@pytest.mark.parametrize(
    ("line", "message", "hint"),
    [
        (
            'sheet = { paper = "A6" }',
            "sheet.paper：“A6”不认识。",
            '是不是 "A5"？',
        ),
        (
            'sheet = { order = "zigzag" }',
            "sheet.order：“zigzag”不认识。",
            '可以写 "cut-stack"、"reading"',
        ),
        (
            'must_show = ["household.phone"]',
            "must_show 里的 household.phone 不认识。",
            f"可用的有：{'、'.join(FACTS)}。",
        ),
        ("must_show = [1]", "must_show 里只能是文字。", '例如 roles = ["包村干部"]。'),
        ("roles = [1]", "roles 里只能是文字。", '例如 roles = ["包村干部"]。'),
        ("floors = { text = 2 }", "floors.text = 2 不是字号。", "写磅数，例如 text = 7。"),
        ("floors = { text = nan }", "floors.text = nan 不是字号。", "写磅数，例如 text = 7。"),
        ('floors = { a = "7" }', "floors.a = '7' 不是字号。", "写磅数，例如 text = 7。"),
        ("floors = { a = true }", "floors.a = True 不是字号。", "写磅数，例如 text = 7。"),
    ],
)
def test_a_choice_that_there_is_not_names_those_that_there_are(
    line: str, message: str, hint: str, tmp_path: Path
) -> None:
    assert refused(tmp_path, LEAST + line) == (message, hint)


def test_an_unknown_subject_names_the_known_ones(tmp_path: Path) -> None:
    message, hint = refused(tmp_path, LEAST.replace("household", "family"))
    assert message == "subject = 'family' 不认识。"
    assert hint == "可用的有：household、village、cadre、venue、grid、route、township、volume。"


def test_a_layout_for_public_places_may_not_ask_for_the_head(tmp_path: Path) -> None:
    """Otherwise every copy of it would be pressed, read back, and held."""
    message, _ = refused(tmp_path, LEAST + 'public = true\nmust_show = ["household.head"]')
    assert "household.head" in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'title = "a', "不是正确的 TOML（"),
        ("title = “小条”".encode(), "不是正确的 TOML（"),
        ('title = "小条"'.encode("gb18030"), "读不了（"),
    ],
)
def test_a_file_that_cannot_be_read_says_so(content: bytes, message: str, tmp_path: Path) -> None:
    path = folder(tmp_path, "")
    (path / "layout.toml").write_bytes(content)
    with pytest.raises(LayoutError) as told:
        read_layout(path)
    assert told.value.message.startswith(f"{path}/layout.toml：{message}")


def test_a_byte_order_mark_of_notepad_does_no_harm(tmp_path: Path) -> None:
    path = folder(tmp_path, "")
    (path / "layout.toml").write_bytes(b"\xef\xbb\xbf" + LEAST.encode())
    assert read_layout(path).title == "小条"


# -- which layout ----------------------------------------------------------------------------


def test_an_unknown_layout_names_the_nearest_one(tmp_path: Path) -> None:
    folder(tmp_path, LEAST, "my-slip")
    for name, near in (("love-crad", "love-card"), ("myslip", "my-slip")):
        with pytest.raises(LayoutError) as told:
            find_layout(name, tmp_path)
        assert told.value.message == f"没有名为“{name}”的版式。"
        assert told.value.hint == f"是不是 {near}？用 cardgen layouts list 看有哪些版式。"


def test_a_layout_like_no_other_names_none() -> None:
    with pytest.raises(LayoutError) as told:
        find_layout("谁")
    assert told.value.hint == "用 cardgen layouts list 看有哪些版式。"


@pytest.mark.parametrize(
    "name", ["../outside", "love-card/../love-card", "/etc", "", ".", "..", "a\0"]
)
def test_a_name_is_no_path(name: str, tmp_path: Path) -> None:
    folder(tmp_path, LEAST)
    for where in (tmp_path, tmp_path / "layouts", tmp_path / "outside"):
        where.mkdir(exist_ok=True)
        (where / "layout.toml").write_text(LEAST, "utf-8")
    with pytest.raises(LayoutError, match="没有名为"):
        find_layout(name, tmp_path)


def test_a_workspaces_own_layout_wins(tmp_path: Path) -> None:
    own = folder(tmp_path, LEAST, "love-card")
    assert find_layout("love-card", tmp_path).folder == str(own.resolve())
    assert find_layout("love-card").title == "爱心联系卡"
    names = {spec.name: spec.title for spec in list_layouts(tmp_path)}
    assert names["love-card"] == "小条"
    assert len(names) == len(list_layouts())


def test_the_workspaces_own_folder_comes_first(tmp_path: Path) -> None:
    assert layout_folders(tmp_path)[0] == tmp_path / "layouts"
    assert layout_folders()[0] == layout_folders(tmp_path)[1]


def test_layouts_are_listed_by_name(tmp_path: Path) -> None:
    for name in ("zz", "aa", "ma"):
        folder(tmp_path, LEAST, name)
    names = [spec.name for spec in list_layouts(tmp_path)]
    assert names == sorted(names) and {"aa", "ma", "zz"} < set(names)

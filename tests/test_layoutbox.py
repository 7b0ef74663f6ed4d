"""Layouts that are uploaded: hostile ones are refused, wrong ones explained, right ones put in."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from PIL import Image

from cardgen import layoutbox
from cardgen.errors import LayoutError, UsageError
from cardgen.layoutbox import (
    check_upload,
    checked,
    checked_from,
    draw_pictures,
    install,
    installed_sets,
    name_fault,
    picture_of,
    remove,
    take_back,
    unpack,
    zips,
)
from cardgen.layouts import find_layout, list_layouts
from cardgen.ledger import audit_trail, open_ledger

TOML = """title = "小卡"
subject = "household"
size_mm = [60, 30]
must_show = ["serial", "household.head"]
"""
HTML = """<!doctype html><html><head><link rel="stylesheet" href="layout.css"></head><body>
<div class="who">{{ household.head | slot }}</div>
<div class="no">{{ serial | slot }}</div></body></html>
"""
CSS = """.who { position: absolute; left: 4mm; top: 4mm; width: 52mm; font-size: 12pt }
.no { position: absolute; left: 4mm; top: 20mm; width: 52mm; font-size: 8pt }
"""
GOOD = {"小卡/layout.toml": TOML, "小卡/layout.html": HTML, "小卡/layout.css": CSS}


def zipped(folder: Path, files: Mapping[str, str | bytes], name: str = "上传.zip") -> Path:
    """A folder of an upload in which lies one zip with these files."""
    (folder / "files").mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / "files" / name, "w", zipfile.ZIP_DEFLATED) as package:
        for place, content in files.items():
            package.writestr(place, content)
    return folder


def apart(folder: Path) -> tuple[Path, str]:
    return unpack(folder / "files", folder / "layout")


# -- taking apart ------------------------------------------------------------------------------


def test_a_zip_with_a_folder_is_a_layout_of_that_name(tmp_path: Path) -> None:
    more = {"__MACOSX/小卡/._layout.css": b"\0", "小卡/.DS_Store": b"\0"}
    own, name = apart(zipped(tmp_path, GOOD | more))
    assert name == "小卡"
    assert sorted(p.name for p in own.iterdir()) == ["layout.css", "layout.html", "layout.toml"]
    assert {path.stat().st_mode & 0o777 for path in own.iterdir()} == {0o600}


def test_a_zip_without_a_folder_has_the_name_of_the_zip(tmp_path: Path) -> None:
    files = {place.partition("/")[2]: text for place, text in GOOD.items()}
    assert apart(zipped(tmp_path, files, "door-2.zip"))[1] == "door-2"
    assert apart(zipped(tmp_path / "other", files, "a b.zip"))[1] == ""


def test_the_files_themselves_are_a_layout_without_a_name(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    for place, text in GOOD.items():
        (tmp_path / "files" / Path(place).name).write_text(text)
    own, name = apart(tmp_path)
    assert (name, len(list(own.iterdir()))) == ("", 3)


def test_names_in_gbk_are_read_as_they_were_meant(tmp_path: Path) -> None:
    folder = zipped(tmp_path, {"AAAA/layout.toml": TOML, "AAAA/layout.html": HTML})
    path = folder / "files" / "上传.zip"
    path.write_bytes(path.read_bytes().replace(b"AAAA", "小卡".encode("gb18030")))
    assert apart(folder)[1] == "小卡"


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("../layout.css", "指到文件夹外面"),
        ("a/../../x.css", "指到文件夹外面"),
        ("/etc/x.css", "指到文件夹外面"),
        ("a\\..\\x.css", "指到文件夹外面"),
        ("C:/x.css", "指到文件夹外面"),
        ("a\x1fb.css", "指到文件夹外面"),
        ("小卡/run.py", "不是版式用的文件"),
        ("小卡/layout.html.exe", "不是版式用的文件"),
        ("小卡/无后缀", "不是版式用的文件"),
        ("a/b/c/d/e/f.css", "文件夹太深"),
        ("小卡/" + "名" * 90 + ".css", "名字太长"),
        ("小卡/LAYOUT.css", "同名的文件"),
        ("小卡/layout.css/x.css", "同名的文件"),
        ("别的/x.css", "不在版式的文件夹里"),
        ("别的/layout.toml", "有几个 layout.toml"),
    ],
)
def test_what_no_layout_has_is_refused_and_nothing_lies_outside(
    tmp_path: Path, place: str, message: str
) -> None:
    folder = zipped(tmp_path / "up", {**GOOD, place: "x"})
    with pytest.raises(LayoutError, match=message):
        apart(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["up"]
    assert {path.name for path in (tmp_path / "up").iterdir()} == {"files", "layout"}


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    folder = zipped(tmp_path, GOOD)
    link = zipfile.ZipInfo("小卡/link.css")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(folder / "files" / "上传.zip", "a") as package:
        package.writestr(link, "/etc/passwd")
    with pytest.raises(LayoutError, match="是链接，不是文件"):
        apart(folder)


def test_a_bomb_is_stopped_while_it_inflates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zips, "MOST_BYTES", 1 << 20)
    with pytest.raises(LayoutError, match="解开以后超过 1 MB"):
        apart(zipped(tmp_path, {**GOOD, "小卡/big.css": b" " * (2 << 20)}))


def test_a_strange_compression_is_refused(tmp_path: Path) -> None:
    folder = zipped(tmp_path, GOOD)
    with zipfile.ZipFile(folder / "files" / "上传.zip", "a", zipfile.ZIP_LZMA) as package:
        package.writestr("小卡/more.css", "x")
    with pytest.raises(LayoutError, match="zip 用了少见的压缩方法"):
        apart(folder)


def test_too_many_files_are_refused(tmp_path: Path) -> None:
    many = {f"小卡/{n}.css": "" for n in range(201)}
    with pytest.raises(LayoutError, match="zip 里有 204 个文件，最多 200 个。"):
        apart(zipped(tmp_path, GOOD | many))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04torn", b"no zip"])
def test_what_is_no_zip_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.zip").write_bytes(content)
    with pytest.raises(LayoutError, match=r"a\.zip 不是完整的 zip，打不开。"):
        apart(tmp_path)


def test_a_zip_that_was_cut_or_turned_anywhere_is_refused_or_read(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for place, text in GOOD.items():
            package.writestr(place, text)
    whole = buffer.getvalue()
    (tmp_path / "files").mkdir()
    for at in range(0, len(whole), 7):
        turned = whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
        (tmp_path / "files" / "a.zip").write_bytes(turned if at % 2 else whole[:at])
        try:
            apart(tmp_path)
        except LayoutError:
            continue
    assert {path.name for path in tmp_path.iterdir()} <= {"files", "layout"}


@pytest.mark.parametrize(
    "name", ["", "..", "a/b", "-x", ".x", "a b", "shared", "CON", "x" * 41, "a\u202eb", "a.b"]
)
def test_a_name_that_no_layout_can_have(name: str) -> None:
    assert name_fault(name)


@pytest.mark.parametrize("name", ["door-card", "小卡", "2026_卡", "A"])
def test_a_name_that_a_layout_can_have(name: str) -> None:
    assert name_fault(name) == ""


# -- checking ----------------------------------------------------------------------------------


def test_a_right_layout_is_checked_drawn_put_in_place_and_taken_away(
    workspace: Path, tmp_path: Path
) -> None:
    folder = zipped(tmp_path / "up", GOOD)
    found = check_upload(folder)
    assert found.findings == ()
    assert (found.name, found.title, found.size_mm) == ("小卡", "小卡", (60.0, 30.0))
    assert found.samples > 3 and not found.hides
    assert found.pictures[0].sample == "一般"
    with Image.open(folder / "pictures" / found.pictures[0].file) as picture:
        assert picture.size == found.pictures[0].size_px
        assert 895 <= max(picture.size) <= 905
    assert checked_from(json.loads(json.dumps(found.as_json()))) == found

    number = install(workspace, folder, found)
    spec = find_layout("小卡", workspace)
    assert spec.folder == str((workspace / "layouts" / "小卡").resolve())
    assert picture_of(workspace, spec) is None
    assert draw_pictures(workspace, [spec]) == 1
    assert draw_pictures(workspace, [spec]) == 0
    drawn = picture_of(workspace, spec)
    assert drawn is not None and drawn.parent.stat().st_mode & 0o777 == 0o700

    gone = remove(workspace, "小卡")
    assert not (workspace / "layouts").exists()
    take_back(workspace, gone)
    assert find_layout("小卡", workspace).title == "小卡"
    take_back(workspace, number)
    assert "小卡" not in {each.name for each in list_layouts(workspace)}
    assert [each.is_undone for each in installed_sets(workspace)] == [True, True]
    with open_ledger(workspace) as ledger:
        assert [row.event for row in audit_trail(ledger)] == [
            *("layout-restored", "layout-restored"),
            *("layout-removed", "layout-installed"),
        ]


def test_a_wrong_layout_is_explained_and_not_put_in(workspace: Path, tmp_path: Path) -> None:
    wide = {"小卡/layout.css": CSS.replace("width: 52mm; font-size: 12pt", "font-size: 12pt")}
    found = check_upload(zipped(tmp_path / "up", GOOD | wide))
    assert any("盒子会随文字变大变小" in message for _, message in found.findings)
    with pytest.raises(LayoutError, match="处不对，没有放进去。"):
        install(workspace, tmp_path / "up", found)
    assert not (workspace / "layouts").exists()


def test_a_fault_names_the_file_and_not_the_folders_of_the_machine(tmp_path: Path) -> None:
    found = check_upload(zipped(tmp_path, GOOD | {"小卡/layout.toml": 'title = "x"\n'}))
    ((where, message),) = found.findings
    assert where == "版式"
    assert message.startswith("layout.toml：缺少 subject。")


def test_a_layout_that_takes_too_long_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked, "MOST_SECONDS", 3.0)
    around = f"{{% for each in '{'x' * 3000}' %}}"
    loop = around * 3 + "{% endfor %}" * 3
    found = check_upload(zipped(tmp_path, GOOD | {"小卡/layout.html": HTML + loop}))
    assert found.findings == (("版式", "检查了 3 秒还没有完，停下了。"),)


def test_a_layout_reads_nothing_of_the_machine(tmp_path: Path) -> None:
    css = '@import "file:///etc/hostname";\n' + CSS
    found = check_upload(zipped(tmp_path, GOOD | {"小卡/layout.css": css}))
    assert any("hostname" in message for _, message in found.findings)


def test_an_upload_that_changed_since_it_was_checked_is_not_put_in(
    workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked, "_said", lambda _: {"findings": []})
    found = check_upload(zipped(tmp_path / "up", GOOD))
    (tmp_path / "up" / found.folder / "layout.css").write_text("")
    with pytest.raises(UsageError, match="检查以后，上传的文件又变了。"):
        install(workspace, tmp_path / "up", found)


@pytest.fixture
def unchecked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> layoutbox.Checked:
    """A layout in tmp_path/up of which nobody has drawn anything."""
    monkeypatch.setattr(checked, "_said", lambda _: {"findings": []})
    return check_upload(zipped(tmp_path / "up", GOOD))


def test_a_layout_may_take_the_place_of_another(
    workspace: Path, tmp_path: Path, unchecked: layoutbox.Checked
) -> None:
    old = workspace / "layouts" / "love-card"
    (old / "pictures").mkdir(parents=True)
    (old / "layout.toml").write_text(TOML)
    (old / "pictures" / "a.svg").write_text("<svg/>")
    number = install(workspace, tmp_path / "up", unchecked, "love-card")
    assert not (old / "pictures").exists() and (old / "layout.css").exists()
    take_back(workspace, number)
    assert (old / "pictures" / "a.svg").exists() and not (old / "layout.css").exists()


def test_a_layout_that_is_printed_is_not_taken_away(
    workspace: Path, tmp_path: Path, unchecked: layoutbox.Checked
) -> None:
    install(workspace, tmp_path / "up", unchecked)
    with (workspace / "campaign.toml").open("a") as file:
        file.write("[papers.小卡]\n".replace("小卡", '"小卡"'))
    with pytest.raises(UsageError, match="活动里还要印“小卡”，不能删。"):
        remove(workspace, "小卡")
    with pytest.raises(UsageError, match="工作文件夹里没有版式“love-card”。"):
        remove(workspace, "love-card")


def test_a_folder_that_is_a_link_is_left_alone(
    workspace: Path, tmp_path: Path, unchecked: layoutbox.Checked
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (workspace / "layouts").mkdir()
    (workspace / "layouts" / "小卡").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="layouts/小卡 是链接，不改别处的文件。"):
        install(workspace, tmp_path / "up", unchecked)
    assert list((tmp_path / "elsewhere").iterdir()) == []

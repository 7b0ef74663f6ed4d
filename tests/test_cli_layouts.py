"""`cardgen layouts`: the list, the check, and the picture of a layout."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import hears_ctrl_c
from PIL import Image

from cardgen.cli import main

SPEC = """
title = "小条"
subject = "household"
size_mm = [60, 30]
must_show = ["serial"]
"""
HTML = """<!DOCTYPE html>
<html lang="zh-CN"><head><meta charset="utf-8"><link rel="stylesheet" href="layout.css"></head>
<body><div class="head">{{ household.head | slot }}</div>
<div class="serial">{{ serial | slot }}</div></body></html>
"""
CSS = """
.head { position: absolute; left: 5mm; top: 5mm; width: 50mm; height: 8mm; font-size: 14pt }
.serial { position: absolute; left: 5mm; top: 20mm; width: 30mm; height: 4mm; font-size: 7pt }
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A workspace with a layout of its own, "mine"."""
    folder = tmp_path / "layouts" / "mine"
    folder.mkdir(parents=True)
    for name, text in (("layout.toml", SPEC), ("layout.html", HTML), ("layout.css", CSS)):
        (folder / name).write_text(text, "utf-8")
    return tmp_path


def style(own: Path, css: str) -> None:
    """Add CSS to the layout "mine", or take it away again."""
    (own / "layouts" / "mine" / "layout.css").write_text(CSS + css, "utf-8")


def test_list_tells_the_office_s_own_from_the_built_in_ones(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["layouts", "list", "--dir", str(own)]) == 0
    head, *lines = (line.split() for line in capsys.readouterr().out.splitlines())
    assert head == ["名称", "标题", "尺寸", "对象", "来源"]
    assert ["mine", "小条", "60×30", "毫米", "户", "本单位"] in lines
    assert ["love-card", "爱心联系卡", "90×54", "毫米", "户", "自带"] in lines


def test_check_passes_a_good_layout(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layouts", "check", "mine", "--dir", str(own)]) == 0
    assert capsys.readouterr().out.startswith("✓ mine 小条：")


def test_check_names_what_is_wrong(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    style(own, "body { colour: red }")
    assert main(["layouts", "check", "mine", "--dir", str(own)]) == 4
    shown = capsys.readouterr()
    assert "✗ mine 小条：\n" in shown.out
    assert "colour" in shown.out
    assert "1 个版式有问题。" in shown.err


def test_preview_is_the_trimmed_paper_at_300_dpi(
    own: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "样子.png"
    assert main(["layouts", "preview", "love-card", "--out", str(path)]) == 0
    assert capsys.readouterr().out == f"已画好 {path}\n"
    with Image.open(path) as picture:
        width, height = picture.size
    assert abs(width - 1063) <= 2
    assert abs(height - 638) <= 2


def test_watch_draws_again_after_a_change_and_survives_a_fault(own: Path) -> None:
    path, log = own / "mine.png", own / "log.txt"
    words = [sys.executable, "-m", "cardgen", "layouts", "preview", "mine", "--watch"]
    words += ["--out", str(path), "--dir", str(own)]
    with (
        log.open("wb") as file,
        subprocess.Popen(words, stdout=file, stderr=file, preexec_fn=hears_ctrl_c) as process,
    ):
        try:
            wait_for(path.exists)
            style(own, "body { colour: red }")
            wait_for(lambda: "colour" in log.read_text("utf-8"))
            path.unlink()
            style(own, "body { color: #111 }")
            wait_for(path.exists)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=30) == 0
        finally:
            process.kill()
    assert "Traceback" not in log.read_text("utf-8")


def wait_for(happened: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.05)

"""What goes wrong under the commands: no traceback, a reference, and nothing personal written."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import hears_ctrl_c
from rich.console import Console

from cardgen import produce
from cardgen.cli import main
from cardgen.cli.bar import bar
from cardgen.trouble import write_down

SECRET = "王秀英 19900000099"
SAMPLE = Path(__file__).parent.parent / "samples" / "qingshi"


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where logs of errors go while a test runs."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.delenv("CARDGEN_DEBUG", raising=False)
    return tmp_path / "state" / "cardgen"


def fail(*_: object) -> None:
    try:
        {}[SECRET]
    except KeyError as error:
        raise ValueError(SECRET) from error


def test_unexpected_error_gets_a_reference_and_no_traceback(
    state: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(produce, "check", fail)
    assert main(["check", "x"]) == 1
    shown = capsys.readouterr()
    (log,) = state.iterdir()
    assert "程序出错" in shown.err
    assert f"详情写在 {log}" in shown.err
    assert "Traceback" not in shown.err + shown.out
    text = log.read_text("utf-8")
    assert "builtins.ValueError" in text
    assert "builtins.KeyError" in text
    assert "raise ValueError(SECRET) from error" in text
    for personal in (*SECRET.split(), str(Path.home())):
        assert personal not in text + shown.err + shown.out


def test_same_fault_has_the_same_reference() -> None:
    def reference(text: str) -> str:
        try:
            raise ValueError(text)
        except ValueError as error:
            return write_down(error)[0]

    assert reference("甲") == reference("乙")


def test_error_of_a_worker_keeps_its_lines_and_loses_its_values(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Remote(Exception):
        tb = f'Traceback:\n  File "/home/wang/cardgen/volume.py", line 7, in f\n    x\n{SECRET}'

    _, path = write_down(Remote())
    assert path is not None
    text = path.read_text("utf-8")
    assert "  volume.py:7 f" in text
    assert "wang" not in text
    assert SECRET not in text


def test_debugging_shows_the_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARDGEN_DEBUG", "1")
    monkeypatch.setattr(produce, "check", fail)
    with pytest.raises(ValueError, match="王秀英"):
        main(["check", "x"])


def test_interruption_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(produce, "build", interrupt)
    assert main(["build", "x"]) == 130
    assert capsys.readouterr().err.startswith("✗ 已中断。")


def test_reader_that_has_gone_is_no_error(small_workspace: Path) -> None:
    words = [sys.executable, "-m", "cardgen", "check", str(small_workspace)]
    # As in a shell, where output waits in a buffer until the very end.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdout=pipe, stderr=pipe, env=env) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.communicate(timeout=60)[1] == b""


def test_interrupted_batch_shows_no_traceback(tmp_path: Path) -> None:
    for name in ("campaign.toml", "roster.xlsx"):  # 8,000 cards: not done before Ctrl+C comes
        shutil.copy(SAMPLE / name, tmp_path)
    words = [sys.executable, "-m", "cardgen", "build", str(tmp_path)]
    with subprocess.Popen(
        [*words, "--out", str(tmp_path / "out"), "--jobs", "2"],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=hears_ctrl_c,
    ) as process:
        try:
            # As late as the workers are up, and as early as nothing is finished.
            deadline = time.monotonic() + 60
            while not (tmp_path / "out").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            os.killpg(process.pid, signal.SIGINT)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert said.decode().startswith("✗ 已中断。")
    assert "Traceback" not in said.decode()


def test_bar_shows_stage_counts_and_time_left() -> None:
    screen = io.StringIO()
    with bar(Console(file=screen, force_terminal=True, width=90)) as running:
        running.stage("印制")
        running.copies(0, 8000)
        time.sleep(0.6)
        running.copies(2000, 8000)
        time.sleep(0.6)
        running.copies(4000, 8000)
        time.sleep(0.6)
    shown = screen.getvalue()
    assert "印制" in shown
    assert "4,000/8,000 份" in shown
    assert "还需 " in shown

"""Long work in a process of its own: it is seen, stopped, gone on with, and outlives who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cardgen import errand
from cardgen.errand import (
    State,
    ask,
    drop,
    errand_folder,
    errands,
    find_errand,
    go_on,
    reserve,
    start_next,
    stop,
)
from cardgen.errors import UsageError
from cardgen.ledger import audit_trail, hold, holder_of, open_ledger
from cardgen.report import read_manifest

CARD = {"layouts": ["love-card"]}
PATIENCE_S = 60.0


def until(is_true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not is_true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def state(workspace: Path, number: int) -> State:
    found = find_errand(workspace, number)
    assert found is not None
    return found.state


def ended(workspace: Path, number: int) -> State:
    until(lambda: state(workspace, number) not in (State.WAITING, State.RUNNING))
    return state(workspace, number)


def pid_of(workspace: Path, number: int) -> int:
    words = holder_of(errand_folder(workspace, number) / "lock")
    assert words is not None and isinstance(words["pid"], int)
    return words["pid"]


def asleep(workspace: Path, number: int) -> int:
    """Start the errand and hold its process still, so that there is time to look at it."""
    assert start_next(workspace) == number
    pid = pid_of(workspace, number)
    os.kill(pid, signal.SIGSTOP)
    return pid


def printed(workspace: Path, number: int) -> int:
    return len(list(read_manifest(workspace / "out" / "web" / f"{number:06d}" / "manifest.csv")))


def test_a_batch_is_asked_for_done_and_told(workspace: Path) -> None:
    number = ask(workspace, "build", CARD, "镇办甲")
    assert state(workspace, number) is State.WAITING
    assert start_next(workspace) == number
    assert ended(workspace, number) is State.DONE
    found = find_errand(workspace, number)
    assert found is not None
    assert (found.kind, found.person, found.request) == ("build", "镇办甲", CARD)
    assert (found.copies_done, found.total, found.stage) == (30, 30, "写报告")
    assert (found.result["printed"], found.result["copies"], found.result["closes"]) == (
        30,
        30,
        True,
    )
    assert found.result["folder"] == f"out/web/{number:06d}"
    assert printed(workspace, number) == 30
    with open_ledger(workspace) as ledger:
        assert {row.person for row in audit_trail(ledger)} == {"镇办甲"}
    modes = {
        path.name: path.stat().st_mode & 0o777
        for path in errand_folder(workspace, number).iterdir()
    }
    assert set(modes.values()) == {0o600}
    assert errand_folder(workspace, number).stat().st_mode & 0o777 == 0o700


def test_what_cannot_be_done_is_told_as_the_command_tells_it(workspace: Path) -> None:
    number = ask(workspace, "build", {"layouts": ["love-crad"]})
    start_next(workspace)
    assert ended(workspace, number) is State.FAILED
    found = find_errand(workspace, number)
    assert found is not None
    assert found.message == "没有名为“love-crad”的版式。"
    assert found.hint.startswith("是不是 love-card？")


def test_an_error_that_nobody_expected_has_a_reference_and_no_text_of_its_own(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    number = ask(workspace, "build", {"proof": "王秀英"})  # no such proof: a fault of the caller
    start_next(workspace)
    assert ended(workspace, number) is State.FAILED
    found = find_errand(workspace, number)
    assert found is not None
    assert found.message.startswith("程序出错，这不是您的错（编号 ")
    assert "王秀英" not in found.message + "".join(p.read_text() for p in tmp_path.rglob("*.log"))


def test_a_strange_kind_is_refused(workspace: Path) -> None:
    with pytest.raises(UsageError, match="没有“dig”这种事"):
        ask(workspace, "dig", {})
    assert errands(workspace) == []


def test_what_is_stopped_goes_on_and_prints_each_once(workspace: Path) -> None:
    number = ask(workspace, "build", CARD)
    pid = asleep(workspace, number)
    assert state(workspace, number) is State.RUNNING
    stop(workspace, number)
    os.kill(pid, signal.SIGCONT)
    assert ended(workspace, number) is State.STOPPED
    assert start_next(workspace) is None  # it does not begin again by itself
    go_on(workspace, number)
    assert state(workspace, number) is State.WAITING
    assert start_next(workspace) == number
    assert ended(workspace, number) is State.DONE
    assert printed(workspace, number) == 30


def test_what_is_stopped_while_its_process_starts_is_not_done(workspace: Path) -> None:
    number = ask(workspace, "build", CARD)
    stop(workspace, number)  # the server has started it, and it has not begun
    errand.main(workspace, number, nice=0)
    assert state(workspace, number) is State.STOPPED
    assert not (workspace / "out").exists()
    go_on(workspace, number)
    errand.main(workspace, number, nice=0)
    assert printed(workspace, number) == 30


def test_what_is_killed_is_known_to_be_cut_off_and_goes_on(workspace: Path) -> None:
    number = ask(workspace, "build", CARD)
    os.kill(asleep(workspace, number), signal.SIGKILL)
    assert ended(workspace, number) is State.CUT_OFF
    go_on(workspace, number)
    assert start_next(workspace) == number
    assert ended(workspace, number) is State.DONE
    assert printed(workspace, number) == 30


def test_it_goes_on_when_the_server_ends(workspace: Path) -> None:
    number = ask(workspace, "build", CARD)
    code = "import sys, pathlib, cardgen.errand as e; e.start_next(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, str(workspace)], check=True)
    assert ended(workspace, number) is State.DONE
    assert printed(workspace, number) == 30


def test_one_at_a_time_and_in_the_order_of_asking(workspace: Path) -> None:
    first, second = ask(workspace, "build", CARD), ask(workspace, "build", CARD)
    pid = asleep(workspace, first)
    assert start_next(workspace) is None
    assert [each.state for each in errands(workspace)] == [State.WAITING, State.RUNNING]
    stop(workspace, second)  # it has not begun: it is taken out of the line
    os.kill(pid, signal.SIGKILL)
    assert ended(workspace, first) is State.CUT_OFF
    assert start_next(workspace) is None
    go_on(workspace, second)
    assert start_next(workspace) == second
    assert ended(workspace, second) is State.DONE


def test_many_servers_start_it_once(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(workspace, "build", CARD)
    begun: list[int] = []

    def begin(workspace: Path, number: int) -> None:
        time.sleep(0.05)
        begun.append(number)
        (errand_folder(workspace, number) / "stopped.json").write_text("{}")

    monkeypatch.setattr(errand, "_start", begin)
    threads = [threading.Thread(target=start_next, args=(workspace,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert begun == [1]


def test_a_process_that_cannot_begin_is_not_begun_for_ever(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand, "_module", "cardgen.no_such_module", raising=True)
    number = ask(workspace, "build", CARD)
    assert start_next(workspace) == number
    assert ended(workspace, number) is State.FAILED
    found = find_errand(workspace, number)
    assert found is not None and found.message == "这件事没有开始得了：它的进程一开始就停了。"
    assert start_next(workspace) is None


def test_a_reserved_number_waits_for_its_request(workspace: Path) -> None:
    number = reserve(workspace)
    assert find_errand(workspace, number) is None
    assert start_next(workspace) is None
    assert ask(workspace, "build", CARD) == number + 1


def test_who_holds_the_workspace_keeps_it(workspace: Path) -> None:
    number = ask(workspace, "build", CARD)
    with hold(workspace / "cardgen.lock"):
        start_next(workspace)
        assert ended(workspace, number) is State.FAILED
    found = find_errand(workspace, number)
    assert found is not None and "里正在印另一批" in found.message


def test_a_number_is_not_given_again_and_what_runs_is_stopped(workspace: Path) -> None:
    number = ask(workspace, "build", CARD)
    pid = asleep(workspace, number)
    drop(workspace, number)
    assert find_errand(workspace, number) is None
    again = ask(workspace, "build", CARD)
    assert again == number + 1
    os.kill(pid, signal.SIGCONT)
    until(lambda: holder_of(errand_folder(workspace, number) / "lock") is None)
    until(lambda: _has_ended(pid))
    assert not (workspace / "out").exists()
    assert state(workspace, again) is State.WAITING


def _has_ended(pid: int) -> bool:
    return any(child.pid == pid and child.poll() is not None for child in errand._children)

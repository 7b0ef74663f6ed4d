"""A batch whose workers or whose own process is killed: nobody is missed, nothing is torn."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from deadly import deadly
from test_flowing_papers import write as write_flowing
from test_produce import digests

from cardgen import batch, killers, proof
from cardgen.batch import Options
from cardgen.job import Job
from cardgen.killers import without_killers
from cardgen.model import BatchResult
from cardgen.produce import build
from cardgen.record import expected_of, read_record
from cardgen.report import mismatches, read_manifest


def printed(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, *deadly_ones: str, words: str = "",
    layouts: tuple[str, ...] = ("love-card",),
) -> BatchResult:  # fmt: skip
    make = partial(deadly, frozenset(deadly_ones), words)
    monkeypatch.setattr(batch, "make_volume", make)
    return build(workspace, Options(layouts=layouts, workers=2))


def subjects(out: Path) -> list[str]:
    return [line.subject for line in read_manifest(out / "manifest.csv")]


def held(result: BatchResult) -> dict[str, str]:
    return {each.subject: each.reasons[0].message for each in result.held}


def faults(out: Path) -> list[str]:
    """What is wrong with the finished files, by what each must show, its cover too."""
    found = []
    for path in out.rglob("*.json.gz"):
        record = read_record(path)
        shapes = [record.shapes[number] for number in record.pages]
        told = proof.read_file(out / record.file, list(expected_of(record)), pages=shapes)
        found += [f"{serial}: {fault.text}" for serial, fault in told.faults.items()]
    return found


# -- a copy that kills -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "poison",
    [
        pytest.param(("TW-007",), marks=pytest.mark.soak),
        ("TW-001", "TW-018", "SQ-025"),
        pytest.param(("TW-002", "TW-003"), marks=pytest.mark.soak),
    ],
)
def test_the_copies_that_kill_are_named_and_all_others_printed(
    poison: tuple[str, ...], workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = printed(workspace, monkeypatch, *poison)
    assert sorted(held(result)) == sorted(poison)
    assert (result.copies, result.printed, len(result.held)) == (30, 30 - len(poison), len(poison))
    assert result.closes and mismatches(result) == []
    here = subjects(workspace / "out")
    assert len(here) == len(set(here)) == 30 - len(poison) and not set(poison) & set(here)
    assert faults(workspace / "out") == []  # nor with a cover, which counts what is behind it
    (code,) = {reason.code for each in result.held for reason in each.reasons}
    assert code == "copy-failed"
    assert held(result)[poison[0]].endswith(
        "：印到这一份时，印制的进程意外结束，单独再试也是这样，所以没有印。"
    )
    assert not [p for p in (workspace / "out").rglob("*") if "part" in p.name]


def test_files_with_no_copy_at_fault_are_as_if_nothing_had_been(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    build(workspace, Options(workers=0, out=tmp_path / "calm"))
    printed(workspace, monkeypatch, "TW-007")
    calm, shaken = digests(tmp_path / "calm"), digests(workspace / "out")
    name = "love-card/石桥村-001.pdf"
    assert calm[name] == shaken[name] and calm.keys() == shaken.keys()


@pytest.mark.soak
def test_papers_that_flow_are_halved_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_flowing(tmp_path / "青石镇", range(94))
    build(folder, Options(layouts=("survey",), workers=0, out=tmp_path / "calm"))
    grids = subjects(tmp_path / "calm")
    assert len(grids) > 3
    result = printed(folder, monkeypatch, grids[1], layouts=("survey",))
    assert list(held(result)) == [grids[1]] and result.closes
    assert subjects(folder / "out") == [*grids[:1], *grids[2:]]
    assert faults(folder / "out") == []


def test_a_cover_that_kills_costs_only_itself(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = printed(workspace, monkeypatch, words="唐湾村")
    assert (result.printed, result.held) == (30, ())
    words = "love-card/唐湾村-001.pdf 没有随册封面和签收表：排它时，印制的进程意外结束"
    assert [each.message for each in result.problems if each.code == "paper-left-out"] == [words]
    assert faults(workspace / "out") == []


def test_a_volume_that_kills_only_as_a_whole_is_named_copy_by_copy() -> None:
    told = without_killers(job_of(8), lambda probe: False)
    assert (told.again, len(told.failed)) == ((), 8)
    assert (
        told.failed[0]
        .reasons[0]
        .message.endswith(
            "：印这一册时，印制的进程一再意外结束，可是单独印每一份都不会；可能是内存不够，所以没有印。"
        )
    )


def test_a_volume_of_killers_is_not_tried_to_the_end() -> None:
    tried = []

    def kills(probe: Job) -> bool:
        tried.append(len(probe.copies))
        return True

    told = without_killers(job_of(200), kills)
    assert (told.again, len(told.failed)) == ((), 200)
    assert len(tried) < 5 * killers.MOST


def test_trying_leaves_nothing_and_shows_nothing(tmp_path: Path) -> None:
    """Each probe goes to a folder of its own, which only its owner may read."""
    folders = set()

    def kills(probe: Job) -> bool:
        folders.add((probe.folder, Path(probe.folder).stat().st_mode & 0o777))
        (Path(probe.folder) / "half").write_bytes(b"x")
        assert not probe.lead and not probe.record
        return "TW-003" in {copy.copy.subject for copy in probe.copies}

    told = without_killers(job_of(8), kills)
    ((folder, mode),) = folders
    assert not Path(folder).exists() and mode == 0o700
    assert [each.subject for each in told.failed] == ["TW-003"]
    assert len(told.again) == 7


def job_of(count: int) -> Job:
    from drawing import card, card_job

    return card_job(Path("/nowhere"), copies=tuple(card(number) for number in range(count)))


# -- the command itself is killed --------------------------------------------------------------


SLOW = """
import sys, time
from pathlib import Path
from cardgen import batch, produce, whole
from cardgen.job import make_volume
from slow import slow_volume
batch.make_volume = slow_volume
produce.build(Path(sys.argv[1]), produce.Options(workers=2))
"""
SLOW_VOLUME = """
import os, time
from pathlib import Path
from cardgen import whole
from cardgen.job import make_volume

def slow_volume(job):
    path = Path(job.folder) / job.name
    whole.make_folder(path.parent)
    with whole.part_of(path).open("wb") as file:
        for _ in range(600):
            file.write(b"half")
            file.flush()
            time.sleep(0.05)
    return make_volume(job)
"""


def alive_with(word: str) -> list[int]:
    """The processes of which the command line or the environment speaks of this."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and int(folder.name) != os.getpid():
            try:
                told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
                state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if word.encode() in told and state != "Z":
                found.append(int(folder.name))
    return found


def until(condition: object, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_a_killed_command_leaves_no_process_and_the_next_run_no_part(
    workspace: Path, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(SLOW_VOLUME, "utf-8")
    mark = f"CARDGEN_TEST_MARK={tmp_path.name}-{os.getpid()}"
    name, value = mark.split("=")
    env = os.environ | {name: value, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", SLOW, str(workspace)]
    running = subprocess.Popen(command, env=env)

    def parts() -> list[Path]:
        return list((workspace / "out").rglob("*.pdf.*.part"))

    assert until(lambda: len(parts()) == 2, 30)
    assert len(alive_with(mark)) >= 3  # itself and two workers
    running.kill()
    running.wait()
    assert until(lambda: not alive_with(mark), 1.0), alive_with(mark)
    sizes = [part.stat().st_size for part in parts()]
    time.sleep(0.15)
    assert [part.stat().st_size for part in parts()] == sizes
    result = build(workspace, Options(workers=0))
    assert result.printed == 30
    assert not list((workspace / "out").rglob("*.part"))

"""`python -m tests.bench.survive [--kills N] [--same] [--changed]`: what a batch survives.

Kills `cardgen build` of the sample township with SIGKILL at moments drawn at random, types the
same command again until it is done, and compares every file with those of a batch that was left
alone: none missing, none twice, none torn. 200 kills take about fifteen minutes on two cores.

`--same` prints it by every engine, under two hash seeds and into two folders, and compares the
bytes; `--changed` prints only what one new phone changes. Each takes under a minute.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

SAMPLE = Path(__file__).parent.parent.parent / "samples" / "qingshi"
COMMAND = (sys.executable, "-m", "cardgen", "build")
COPIES = 8_000
SEED = 20261124
LONGEST = 120.0


def main() -> None:
    """Do what was asked, and say what came of it. Ends with 1 where anything differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.survive", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, help="how often the batch is killed")
    parser.add_argument("--same", action="store_true", help="the same bytes however it is made")
    parser.add_argument("--changed", action="store_true", help="print what one phone changes")
    parser.add_argument("--seed", type=int, default=SEED, help="of the moments")
    asked = parser.parse_args()
    scratch = Path(tempfile.mkdtemp(prefix="cardgen-survive-"))
    try:
        reference, seconds = _undisturbed(scratch)
        print(f"undisturbed: {len(reference)} files, {COPIES:,} copies, {seconds:.1f} s")
        if asked.kills:
            _kill(scratch, reference, seconds, asked.kills, random.Random(asked.seed))
        if asked.same:
            _same(scratch, reference)
        if asked.changed:
            _changed(scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


# --------------------------------------------------------------------------- helpers


def _workspace(scratch: Path, name: str) -> Path:
    folder = scratch / name / "qingshi"
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("cardgen.*", "out"))
    return folder


def _run(folder: Path, *words: str, **more: str) -> float:
    start = time.perf_counter()
    environment = {**os.environ, **more}
    subprocess.run([*COMMAND, str(folder), *words], check=True, capture_output=True,
                   env=environment)  # fmt: skip
    return time.perf_counter() - start


def _undisturbed(scratch: Path) -> tuple[dict[str, str], float]:
    folder = _workspace(scratch, "undisturbed")
    seconds = _run(folder)
    return _files(folder / "out"), seconds


def _files(out: Path) -> dict[str, str]:
    """The SHA-256 of every file that must be the same."""
    paths = [*out.rglob("*.pdf"), *out.rglob("*.gz"), *out.rglob("manifest.csv")]
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(paths)
    }


def _check(condition: bool, words: str) -> None:
    if not condition:
        print(f"✗ {words}")
        raise SystemExit(1)


def _check_ledger(folder: Path, copies: int) -> None:
    """Each copy once, in the ledger as in the manifest, and every account closed."""
    with sqlite3.connect(folder / "cardgen.db") as database:
        told, serials, keys = database.execute(
            "SELECT count(*), count(DISTINCT serial), "
            "count(DISTINCT layout || '/' || subject || '/' || number) FROM copies"
        ).fetchone()
        batches = database.execute("SELECT count(*), count(finished) FROM batches").fetchone()
    with (folder / "out" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        listed = [line["serial"] for line in csv.DictReader(file)]
    _check((told, serials, keys) == (copies, copies, copies), f"ledger: {told}, {serials}, {keys}")
    _check(len(listed) == len(set(listed)) == copies, f"manifest: {len(listed)} lines")
    _check(batches == (1, 1), f"batches: {batches}")


# --------------------------------------------------------------------------- killed


def _kill(
    scratch: Path, reference: Mapping[str, str], seconds: float, kills: int, chance: random.Random
) -> None:
    left, batches, start, torn = kills, 0, time.perf_counter(), 0
    while left > 0:
        folder = _workspace(scratch, f"killed-{batches}")
        while left > 0 and _killed(folder, chance.uniform(0, seconds)):
            left -= 1
            torn += _torn(folder, reference)
        _run(folder)
        _check(_files(folder / "out") == dict(reference), f"batch {batches} differs")
        _check(not list(folder.rglob("*.part")), f"batch {batches}: half a file is left")
        _check_ledger(folder, COPIES)
        batches += 1
        shutil.rmtree(folder.parent)
        print(f"  {kills - left} kills, {batches} batches whole", flush=True)
    taken = time.perf_counter() - start
    print(
        f"{kills} kills over {batches} batches of {COPIES:,}: 0 missing, 0 twice, {torn} torn, "
        f"bytes equal ({taken / 60:.0f} min)"
    )
    _check(torn == 0, "files were torn")


def _killed(folder: Path, after: float) -> bool:
    """Start the batch and kill it after so many seconds; whether it was still running."""
    run = subprocess.Popen(
        [*COMMAND, str(folder)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        run.wait(after)
        return False
    except subprocess.TimeoutExpired:
        run.send_signal(signal.SIGKILL)
        run.wait()
        return True


def _torn(folder: Path, reference: Mapping[str, str]) -> int:
    """Files under their final names that are not whole, or rows that speak of such."""
    out = folder / "out"
    found = _files(out) if out.exists() else {}
    torn = [name for name, sha in found.items() if reference.get(name) != sha]
    ledger = folder / "cardgen.db"
    rows: list[tuple[str, str]] = []
    if ledger.exists() and ledger.stat().st_size:
        with sqlite3.connect(ledger) as database:
            if database.execute("PRAGMA user_version").fetchone()[0]:
                rows = database.execute("SELECT name, sha256 FROM volumes").fetchall()
    torn += [name for name, sha in rows if found.get(name) != sha]
    for name in torn:
        print(f"✗ torn: {name}")
    return len(torn)


# --------------------------------------------------------------------------- the same bytes


def _same(scratch: Path, reference: Mapping[str, str]) -> None:
    ways: list[tuple[str, Sequence[str], dict[str, str]]] = [
        ("one process", ("--engine", "serial"), {}),
        ("two processes", ("--jobs", "2"), {}),
        ("hash seed 1", ("--jobs", "2"), {"PYTHONHASHSEED": "1"}),
        ("hash seed 2", ("--jobs", "2"), {"PYTHONHASHSEED": "2"}),
    ]
    with _cluster() as address:
        ways.append(("Dask, two workers", ("--engine", address), {}))
        for name, words, more in ways:
            folder = _workspace(scratch, re.sub("[^a-z0-9]+", "-", name.lower()))
            seconds = _run(folder, *words, **more)
            _check(_files(folder / "out") == dict(reference), f"{name}: the bytes differ")
            again = _run(folder, "--again", *words, **more)
            _check(_files(folder / "out") == dict(reference), f"{name}: made twice, they differ")
            _check_ledger(folder, COPIES)
            print(f"{name}: same bytes, made twice ({seconds:.1f} s, {again:.1f} s)", flush=True)
        folder = scratch / "undisturbed" / "qingshi"
        other = scratch / "another folder"
        _run(folder, "--out", str(other))
        _check(_files(other) == dict(reference), "another folder: the bytes differ")
        print("another folder: same bytes")


@contextmanager
def _cluster() -> Iterator[str]:
    """A scheduler and two workers on this machine."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1"
    ) as cluster:
        yield "dask://" + cluster.scheduler_address.removeprefix("tcp://")


# --------------------------------------------------------------------------- what changed


def _changed(scratch: Path) -> None:
    """One 支部书记 has a new phone: what `build --changed` prints, and in what time."""
    from openpyxl import load_workbook

    folder = _workspace(scratch, "changed")
    _run(folder)
    nothing = _run(folder, "--changed")
    _check(not (folder / "out" / "changed").exists(), "nothing changed, and something was printed")
    path = folder / "roster.xlsx"
    book = load_workbook(path)
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        if any(cell.value == "支部书记" for cell in row)
        for cell in row
        if re.fullmatch(r"199000\d{5}", str(cell.value))
    ]
    cells[0].value = "19900099999"
    book.save(path)
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "cardgen", "diff", str(folder)], check=True, capture_output=True
    )
    told = time.perf_counter() - start
    seconds = _run(folder, "--changed")
    out = folder / "out" / "changed" / "001"
    with (out / "manifest.csv").open(encoding="utf-8", newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["layout"] == "love-card"]
    text = (out / "recall.csv").read_text("utf-8-sig")
    _check(text.count("\n") == len(lines) + 1, "the list does not name every old card")
    whole = _run(folder)
    with (folder / "out" / "manifest.csv").open(encoding="utf-8", newline="") as file:
        digests = {line["serial"]: line["digest"] for line in csv.DictReader(file)}
    _check(all(digests.get(line["serial"]) == line["digest"] for line in lines), "other cards")
    print(
        f"one phone changed: diff {told:.1f} s; build --changed {seconds:.1f} s for {len(lines)} "
        f"cards of {COPIES:,} and their list; nothing changed {nothing:.1f} s; "
        f"the whole batch {whole:.1f} s"
    )


if __name__ == "__main__":
    main()

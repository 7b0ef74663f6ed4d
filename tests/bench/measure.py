"""Run a command and see what it took: seconds, processor seconds, and peak memory in MB."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.names import ROOT

# Installed programs have their bytecode; so has what is measured, after its first run.
_ENVIRONMENT = {key: os.environ[key] for key in os.environ if key != "PYTHONDONTWRITEBYTECODE"}
SAMPLE_S = 0.1  # how often the memory of a tree of processes is looked at
_KB_A_MB = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """What a command took. `seconds` count from its start to its end."""

    seconds: float
    cpu_seconds: float
    peak_mb: float
    output: str
    errors: str


def run(command: Sequence[str], tree: bool = False) -> Usage:
    """Run the command in the project's root. Raises SystemExit with its last words if it fails.

    Peak memory is the kernel's own for one process; for a tree it is the largest sum seen
    of what its processes hold, shared pages counted once (PSS).
    """
    start = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=_ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watch = _Watch(process.pid) if tree else None
    errors: list[str] = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))  # type: ignore[union-attr]
    reader.start()
    output = process.stdout.read()  # type: ignore[union-attr]
    reader.join()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    peak_kb = watch.stop() if watch else used.ru_maxrss
    if process.returncode:
        raise SystemExit(f"{' '.join(map(str, command))}:\n{errors[0][-2000:]}")
    return Usage(seconds, used.ru_utime + used.ru_stime, peak_kb / _KB_A_MB, output, errors[0])


class _Watch(threading.Thread):
    """Looks at a tree of processes until told to stop."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self._root = root
        self._peak_kb = 0
        self._done = threading.Event()
        self.start()

    def run(self) -> None:
        """Sum up the tree's memory again and again."""
        while not self._done.wait(SAMPLE_S):
            self._peak_kb = max(self._peak_kb, sum(map(_held_kb, _tree(self._root))))

    def stop(self) -> int:
        """The most that was seen, in kB."""
        self._done.set()
        self.join()
        return self._peak_kb


def _tree(root: int) -> list[int]:
    """The process and all its descendants."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name in brackets may hold blanks; the parent is the second field behind it.
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [root]
    for pid in found:
        found += children.get(pid, [])
    return found


def _held_kb(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in rollup.splitlines() if line[:4] == "Pss:"), 0)

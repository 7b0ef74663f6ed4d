"""Processes of our own: how one finds the same packages, and how it holds itself within limits."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def environment() -> dict[str, str]:
    """The environment of a child that finds the packages that this process has found."""
    paths = [str(Path(__file__).resolve().parents[1]), *filter(None, sys.path)]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def confine(memory_bytes: int, cpu_seconds: int, file_bytes: int) -> None:
    """Ask the kernel to stop this process at its limits, where it can (not on Windows).

    `memory_bytes` come over what the process holds now; `file_bytes` is the largest file that it
    may write.
    """
    try:
        import resource
    except ImportError:
        return
    for what, most in (
        (resource.RLIMIT_AS, memory_bytes + _held_bytes()),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            resource.setrlimit(what, (most, most))
        except (ValueError, OSError):  # the office's own limit may be lower
            continue


def _held_bytes() -> int:
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")

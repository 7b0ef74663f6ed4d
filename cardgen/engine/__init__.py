"""Run volumes: jobs in, results out in the order of the jobs, whoever does the work.

In this process (`serial`), in worker processes that start without WeasyPrint (`processes`), or
on a Dask cluster (`dask://host:port`). Whoever works, the files are the same. Only a few jobs
wait at a time, so that memory stays flat.
"""

from __future__ import annotations

from difflib import get_close_matches

from cardgen.engine.base import Engine, Kills, Rescue
from cardgen.engine.processes import Processes, default_workers
from cardgen.engine.serial import Serial
from cardgen.errors import UsageError

__all__ = ["PROCESSES", "Engine", "Kills", "Rescue", "default_workers", "open_engine"]

SERIAL, PROCESSES, DASK = "serial", "processes", "dask://"
_CHOICES = (SERIAL, PROCESSES, "dask://主机:端口")


def open_engine(choice: str = PROCESSES, workers: int | None = None) -> Engine:
    """The engine of that name. `workers` are processes: None as many as help, 0 for `serial`.

    Raises UsageError for a name that is none, OutputError for a cluster that cannot be used.
    """
    if choice.startswith(DASK):
        if workers is not None:
            raise UsageError(
                "--jobs 不能和 dask:// 一起用：那里有几个进程，由集群决定。", "去掉 --jobs。"
            )
        from cardgen.engine.cluster import Cluster  # loads the cluster's library

        return Cluster(choice.removeprefix(DASK))
    if choice not in (SERIAL, PROCESSES):
        near = get_close_matches(choice, _CHOICES, 1, 0.5)
        hint = f"最接近的是 {near[0]}。" if near else ""
        raise UsageError(
            f"--engine 后面不能写“{choice}”。", f"{hint}可以写：{'、'.join(_CHOICES)}。"
        )
    if choice == SERIAL or workers == 0:
        return Serial()
    return Processes(workers or default_workers())

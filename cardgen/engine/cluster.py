"""The engine on a Dask cluster: the same volumes, made by its workers, their files sent back.

`dask://host:port` names the scheduler. Forms and the folders of layouts go over once, as tasks
that volumes depend on: a worker that needs one gets it from another, and the scheduler makes it
again if all that had it are lost. The parent writes the files, in the order of the jobs. A task
that runs twice writes nothing twice; a volume that ends its workers is taken off the cluster,
and what kills is looked for by a process here.
"""

from __future__ import annotations

import hashlib
import logging
import platform
import time
import warnings
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any, Generic
from urllib.parse import urlsplit
from uuid import uuid4

from distributed import Client, KilledWorker

from cardgen.engine.away import Made, Order, Parcel, files_of, make_away, unlike, unpacked
from cardgen.engine.base import Engine, Make, Pending, Rescue, Task, _Job, _Result
from cardgen.engine.fingerprint import differences, fingerprint
from cardgen.engine.processes import WAITING_A_WORKER, Processes
from cardgen.errors import CardgenError, OutputError, UsageError
from cardgen.job import Job
from cardgen.model import VolumeResult
from cardgen.record import ONLY_OWNER, record_path
from cardgen.whole import write_whole_bytes

CONNECT_S = 10
LOOK_S = 5.0
ALONE_S = 60.0  # so long the batch waits for a worker when there is none
_PORT = 8786  # Dask's own
_KEPT = 256  # parcels that wait on the cluster for the next volume that needs them
_AGAIN = "已经印完的文件都是完整的；集群好了以后，再运行同一条命令。"


class Cluster(Engine):
    """A connection to a scheduler, for one batch or several."""

    def __init__(self, address: str) -> None:
        """Raises UsageError for what is no address, OutputError for a cluster of no use."""
        self._address = _address(address)
        _hush()
        self._client: Any = _connected(self._address)
        try:
            workers = self._check()
        except BaseException:
            self._client.close()
            raise
        self.waiting = WAITING_A_WORKER * workers
        self._name, self._number = uuid4().hex[:12], 0
        self._sent: OrderedDict[str, Any] = OrderedDict()
        self._here: Processes | None = None

    def submit(self, make: Make[_Job, _Result], job: _Job) -> Pending[_Result]:
        """Send a volume to the cluster."""
        assert isinstance(job, Job), "a cluster makes volumes"
        bare = Order(make, _without_forms(job), fingerprint())  # type: ignore[arg-type]
        forms = [self._send("form", form) for _, form in sorted(job.forms.items())]
        layout = self._send("layout", files_of(job.spec)) if job.spec is not None else None
        icc = self._send("icc", _icc_of(job)) if job.profile.icc else None
        self._number += 1
        future = self._submit(
            make_away, Parcel.of(job.name, bare), forms, layout, icc,
            key=f"cardgen-volume-{self._name}-{self._number}",
        )  # fmt: skip
        return _Away(self, job, future)

    def recover(
        self,
        make: Make[_Job, _Result],
        tasks: Sequence[Task[_Job, _Result]],
        rescue: Rescue[_Job, _Result],
    ) -> None:
        """Do the first task's job here, where it can end no more workers of the cluster."""
        self._here = self._here or Processes(1)
        tasks[0].pending = self._here.settle(make, tasks[0].job, rescue)

    def close(self) -> None:
        """Leave the cluster; what was not asked for is forgotten there."""
        if self._here is not None:
            self._here.close()
        self._sent.clear()
        self._client.close(timeout=2)

    def gathered(self, future: Any) -> Made:  # noqa: ANN401 - a distributed.Future
        """What a worker sent back. Raises what is to be told, BrokenExecutor where it killed."""
        alone_since: float | None = None
        while True:
            try:
                told = future.result(timeout=LOOK_S)
                break
            except TimeoutError:
                alone_since = self._look(alone_since)
            except KilledWorker as error:
                raise BrokenExecutor from error
            except (CancelledError, OSError) as error:
                raise self._lost() from error
            except Exception as error:
                raise OutputError(
                    f"集群没有印成：{type(error).__name__}。",
                    "请看每台工作机上是不是装了同一版 cardgen，再运行同一条命令。",
                ) from error
        if isinstance(told, CardgenError):
            raise told
        assert isinstance(told, Made)
        return told

    def _look(self, alone_since: float | None) -> float | None:
        """Whether there is anybody to wait for. Raises OutputError after a while without."""
        try:
            workers = self._client.nthreads()
        except Exception as error:
            raise self._lost() from error
        if workers:
            return None
        now = time.monotonic()
        if alone_since is not None and now - alone_since > ALONE_S:
            raise OutputError(f"Dask 集群 {self._address} 里一台工作机也没有了。", _AGAIN)
        return now if alone_since is None else alone_since

    def _lost(self) -> OutputError:
        return OutputError(f"和 Dask 调度器 {self._address} 的连接断了，没有印完。", _AGAIN)

    def _send(self, kind: str, value: object) -> Any:  # noqa: ANN401
        """A reference to a value on the cluster, which goes there once."""
        parcel = Parcel.of(kind, value)
        future = self._sent.pop(parcel.digest, None)
        if future is None:
            mark = hashlib.sha256(repr(sorted(fingerprint().items())).encode()).hexdigest()[:8]
            future = self._submit(unpacked, parcel, key=f"cardgen-{kind}-{mark}-{parcel.digest}")
        self._sent[parcel.digest] = future
        while len(self._sent) > _KEPT:
            self._sent.popitem(last=False)
        return future

    def _submit(self, *what: object, key: str) -> Any:  # noqa: ANN401
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "Sending large graph": that is the wish
                return self._client.submit(*what, key=key)
        except Exception as error:
            raise self._lost() from error

    def _check(self) -> int:
        """How many workers there are, all as this machine. Raises OutputError."""
        try:
            versions = self._client.get_versions()["workers"]
            if not versions:
                self._client.wait_for_workers(1, timeout=CONNECT_S)
                versions = self._client.get_versions()["workers"]
            for worker, told in versions.items():
                if (there := told["host"]["python"].split(".final")[0]) != _PYTHON:
                    raise unlike(worker, [f"Python 是 {there}，这里是 {_PYTHON}"])
            found = self._client.run(_asking(), on_error="return")
        except CardgenError:
            raise
        except TimeoutError as error:
            hint = "先启动工作机（dask worker），再运行同一条命令。"
            message = f"Dask 集群 {self._address} 里一台工作机也没有。"
            raise OutputError(message, hint) from error
        except Exception as error:
            raise self._lost() from error
        for worker, there in sorted(found.items()):
            if not isinstance(there, dict):
                raise OutputError(
                    f"集群的工作机 {worker} 上没有装 cardgen，或者装坏了。",
                    "在每台工作机上装同一版 cardgen，再运行同一条命令。",
                )
            if wrong := differences(fingerprint(), there):
                raise unlike(worker, wrong)
        return len(found)


class _Away(Generic[_Result]):
    """A volume that is being made elsewhere. Its files are written when it is asked for."""

    def __init__(self, cluster: Cluster, job: Job, future: Any) -> None:  # noqa: ANN401
        self._cluster, self._job, self._future = cluster, job, future

    def result(self) -> Any:  # noqa: ANN401 - a VolumeResult, as volumes have
        made = self._cluster.gathered(self._future)
        self._future = None  # the cluster may forget it
        return _written(self._job, made)


def _written(job: Job, made: Made) -> VolumeResult:
    """Write what a worker made under its names, whole. Raises OutputError."""
    result = made.result
    if not result.sheets:
        return result
    if hashlib.sha256(made.content).hexdigest() != result.sha256:
        raise OutputError(f"{job.name} 从集群传回来时坏了。", "再运行同一条命令。")
    write_whole_bytes(Path(job.folder) / job.name, made.content)
    if job.record:
        write_whole_bytes(record_path(Path(job.folder), job.name), made.record, ONLY_OWNER)
    return result


def _without_forms(job: Job) -> Job:
    return replace(job, forms={}, folder="")


def _icc_of(job: Job) -> bytes:
    from cardgen.icc import load  # files for offices need no colour library

    return load(job.profile)


_PYTHON = platform.python_version()


def _asking() -> Any:  # noqa: ANN401
    """A function that goes over as code, not by name: what it asks for may not be there."""

    def ask() -> object:
        try:
            from cardgen.engine.fingerprint import fingerprint

            return fingerprint()
        except Exception as error:
            return type(error).__name__

    return ask


def _address(text: str) -> str:
    """`host:port` as Dask wants it."""
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port or _PORT
    except ValueError:
        host, port = None, 0
    if not host or parts.path or parts.query:
        raise UsageError(
            f"--engine 后面不能写“dask://{text}”。",
            "写成 dask://主机:端口，例如 dask://10.0.0.5:8786。",
        )
    return f"{f'[{host}]' if ':' in host else host}:{port}"


def _connected(address: str) -> Any:  # noqa: ANN401 - a Client, which has no types
    connect: Any = Client
    try:
        return connect(f"tcp://{address}", timeout=CONNECT_S, set_as_default=False, name="cardgen")
    except (OSError, TimeoutError) as error:
        raise OutputError(
            f"连不上 Dask 调度器 {address}。",
            "请看地址对不对、调度器（dask scheduler）开着没有；或者不写 --engine，在本机印。",
        ) from error


def _hush() -> None:
    """What the connection has to say is said by errors of ours."""
    for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm"):
        logging.getLogger(name).setLevel(logging.CRITICAL)

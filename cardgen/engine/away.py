"""A volume made on another machine: a parcel in, the files that were made of it out, as bytes.

All that a worker of a cluster does is here. It has no folder in common with the parent: what a
job reads comes with it, what it writes goes back. Nothing here fails: a fault is sent back as a
value, since a cluster writes errors down with the arguments, and those hold names and phones.
"""

from __future__ import annotations

import hashlib
import pickle
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from cardgen.engine.fingerprint import differences, fingerprint
from cardgen.errors import CardgenError, OutputError
from cardgen.job import Job
from cardgen.model import Form, LayoutSpec, Target, VolumeResult
from cardgen.record import record_path

# PDFium bears no threads, and a cluster's worker may have several.
_one_at_a_time = threading.Lock()

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something packed, of which logs see no more than its name."""

    name: str
    content: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, value: object) -> Parcel:
        """Pack a value."""
        return cls(name, pickle.dumps(value, protocol=5))

    @property
    def digest(self) -> str:
        """What tells it from other parcels."""
        return hashlib.sha256(self.content).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Made:
    """A volume as it was made: what became of it, its file and the record of it."""

    result: VolumeResult
    content: bytes = field(default=b"", repr=False)
    record: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker needs beside forms, layout and colours; `fingerprint` is the parent's."""

    make: Callable[[Job], VolumeResult]
    job: Job
    fingerprint: dict[str, str] = field(hash=False)


def unpacked(parcel: Parcel) -> object:
    """What is in a parcel: forms, files. It stays with the worker for the jobs to come."""
    return pickle.loads(parcel.content)


def make_away(
    parcel: Parcel, forms: Sequence[Form], layout: Files | None, icc: bytes | None
) -> Made | CardgenError:
    """Make a volume here. `forms` are the job's, `layout` the files of its layout."""
    with _one_at_a_time:
        try:
            order = unpacked(parcel)
            assert isinstance(order, Order)
            if found := differences(order.fingerprint, fingerprint()):
                return unlike("", found)
            job = replace(order.job, forms={form.key: form for form in forms})
            with tempfile.TemporaryDirectory(prefix="cardgen-") as folder:
                return _made(order.make, _at_home(job, Path(folder), layout, icc))
        except CardgenError as error:
            return error
        except Exception as error:
            last = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{type(error).__name__}，{Path(last.filename).name} 第 {last.lineno} 行"
            return CardgenError(f"集群的工作机印 {parcel.name} 时程序出错（{where}）。")


def unlike(worker: str, found: Sequence[str]) -> OutputError:
    """The error for a worker whose files would be other ones."""
    whose = f"集群的工作机 {worker} " if worker else "集群里有一台工作机"
    return OutputError(
        f"{whose}和这里装的不一样，印出来的文件会不同：{'；'.join(found)}。",
        "在每台工作机上装同一版 cardgen 和同样的库（requirements.lock），再运行同一条命令。",
    )


def _made(make: Callable[[Job], VolumeResult], job: Job) -> Made:
    result = make(job)
    if not result.sheets:
        return Made(result)
    folder = Path(job.folder)
    record = record_path(folder, job.name).read_bytes() if job.record else b""
    return Made(result, (folder / job.name).read_bytes(), record)


def _at_home(job: Job, folder: Path, layout: Files | None, icc: bytes | None) -> Job:
    """The job with the folders and files of this machine."""
    spec, target = job.spec, job.profile
    if spec is not None and layout is not None:
        spec = replace(spec, folder=str(_layout_folder(layout)))
    if icc is not None:
        target = _with_icc(target, icc)
    return replace(job, folder=str(folder), spec=spec, profile=target)


class _Kept:
    """Files that came from the parent, in a folder of this process, gone with it."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cardgen-")
        self.path = Path(self._folder.name)


@lru_cache(maxsize=1)
def _kept() -> _Kept:
    return _Kept()


def _layout_folder(files: Files) -> Path:
    """The layout's own folder here. The shared parts are those of this machine."""
    folder = _kept().path / _name_of(files) / "layout"
    if not folder.exists():
        for file, content in files.items():
            path = folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    return folder


def _with_icc(target: Target, content: bytes) -> Target:
    path = _kept().path / f"{hashlib.sha256(content).hexdigest()[:16]}.icc"
    if not path.exists():
        path.write_bytes(content)
    return replace(target, icc=str(path))


def _name_of(files: Files) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(files.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def files_of(spec: LayoutSpec) -> dict[str, bytes]:
    """The files of a layout's folder, to be sent along; no link leads out of it."""
    folder = Path(spec.folder).resolve()
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.resolve().is_relative_to(folder)
    }

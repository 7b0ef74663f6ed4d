"""Volumes on a Dask cluster: the same files, whoever of it dies; and no cluster that differs."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from deadly import broken, deadly, slow
from drawing import NAMES, card, card_job
from test_produce import digests

import cardgen
from cardgen import batch
from cardgen.batch import Options
from cardgen.engine import away, cluster, open_engine
from cardgen.engine.away import Made, Order, Parcel, make_away
from cardgen.engine.cluster import Cluster
from cardgen.engine.fingerprint import differences, fingerprint
from cardgen.errors import CardgenError, OutputError, UsageError
from cardgen.job import Job, make_volume
from cardgen.killers import without_killers
from cardgen.produce import build
from cardgen.record import read_record, record_path
from cardgen.report import mismatches

TESTS = Path(__file__).parent
LOOPBACK = "127.0.0.1"


@dataclass
class Farm:
    """A real scheduler and its workers, processes of this machine that speak over loopback."""

    folder: Path
    scheduler: subprocess.Popen[bytes]
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @classmethod
    def start(cls, folder: Path, workers: int) -> Farm:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "scheduler.json"
        command = ("dask_scheduler", "--host", LOOPBACK, "--port", "0", "--no-show")
        farm = cls(folder, _run(folder, *command, "--scheduler-file", str(file)))
        _until(lambda: file.exists() and file.read_text("utf-8").strip().endswith("}"))
        for _ in range(workers):
            farm.add_worker()
        farm.wait_for(workers)
        return farm

    @property
    def address(self) -> str:
        told = json.loads((self.folder / "scheduler.json").read_text("utf-8"))
        return str(told["address"]).removeprefix("tcp://")

    @property
    def engine(self) -> str:
        return f"dask://{self.address}"

    def add_worker(self, **env: str) -> subprocess.Popen[bytes]:
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(self.folder))
        address = f"tcp://{self.address}"
        worker = _run(self.folder, "dask_worker", address, *options, **env)
        self.workers.append(worker)
        return worker

    def wait_for(self, workers: int) -> None:
        from distributed import Client

        with Client(f"tcp://{self.address}", set_as_default=False) as client:
            _until(lambda: len(client.nthreads()) == workers)

    def heal(self) -> None:
        """Two workers, whatever a test has done to them."""
        self.workers = [worker for worker in self.workers if worker.poll() is None]
        while len(self.workers) < 2:
            self.add_worker()
        self.wait_for(2)

    def stop(self) -> None:
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


def _run(folder: Path, module: str, *words: str, **env: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", f"distributed.cli.{module}", *words, "--no-dashboard"]
    usual = {"PYTHONPATH": str(TESTS), "DASK_DISTRIBUTED__WORKER__MEMORY__TERMINATE": "False"}
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(
            command, env=os.environ | usual | env, cwd=folder, stdout=log, stderr=log
        )


def _until(condition: object, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Farm]:
    farm = Farm.start(tmp_path_factory.mktemp("farm"), 2)
    yield farm
    farm.stop()


@pytest.fixture
def farm(shared: Farm) -> Farm:
    shared.heal()
    return shared


def jobs_in(folder: Path, count: int) -> list[Job]:
    return [
        card_job(
            folder,
            name=f"hand/{number:03d}.pdf",
            copies=tuple(card(at, name=NAMES[at % 7]) for at in range(number * 5, number * 5 + 5)),
        )
        for number in range(count)
    ]


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


# -- the same files ----------------------------------------------------------------------------


def test_a_cluster_writes_the_same_files_as_this_process(farm: Farm, workspace: Path) -> None:
    """Cards with their covers, and papers that flow by a layout that the workers do not have."""
    for name in ("serial", farm.engine):
        options = Options(layouts=("love-card", "survey"), engine=name, out=workspace / name[:4])
        result = build(workspace, options)
        assert result.closes and mismatches(result) == [] and result.printed > 30
    here, there = workspace / "seri", workspace / "dask"
    assert digests(here) == digests(there) and len(digests(here)) > 3
    records = [path.relative_to(here) for path in here.rglob("*.json.gz")]
    assert records
    for path in records:
        assert (here / path).read_bytes() == (there / path).read_bytes()
        assert (there / path).stat().st_mode & 0o777 == 0o600
    assert not list(there.rglob("*.part"))


def test_a_layout_of_the_office_goes_over_with_its_files(
    farm: Farm, workspace: Path, tmp_path: Path
) -> None:
    """The workers have no such folder: what they lay out by comes with the job."""
    own = workspace / "layouts" / "survey"
    own.mkdir(parents=True)
    for path in (TESTS.parent / "layouts" / "survey").iterdir():
        if path.is_file():
            (own / path.name).write_bytes(path.read_bytes())
    style = own / "layout.css" if (own / "layout.css").exists() else next(own.glob("*.css"))
    style.write_text(style.read_text("utf-8") + "\nth { background: #abcdef }\n", "utf-8")
    found = {}
    for name in ("serial", farm.engine):
        out = tmp_path / name[:4]
        build(workspace, Options(layouts=("survey",), engine=name, out=out))
        found[name] = digests(out)
    assert found["serial"] == found[farm.engine]


def test_what_all_volumes_need_goes_over_once(
    farm: Farm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    real = Cluster._submit

    def counted(self: Cluster, *what: object, key: str) -> object:
        sent.append(key.split("-")[1])
        return real(self, *what, key=key)

    monkeypatch.setattr(Cluster, "_submit", counted)
    jobs = jobs_in(tmp_path, 6)
    with open_engine(farm.engine) as engine:
        results = list(engine.run(make_volume, jobs))
    assert [r.name for r in results] == [job.name for job in jobs]
    assert sent == ["form", *["volume"] * 6]
    (form,) = jobs[0].forms.values()
    order = Order(make_volume, cluster._without_forms(jobs[0]), fingerprint())
    assert form.leaves[0].art not in Parcel.of("x", order).content


def test_the_record_is_written_only_where_it_is_wanted(farm: Farm, tmp_path: Path) -> None:
    job = jobs_in(tmp_path, 1)[0]
    with open_engine(farm.engine) as engine:
        list(engine.run(make_volume, [job]))
        assert read_record(record_path(tmp_path, job.name)).file == job.name
        record_path(tmp_path, job.name).unlink()
        list(engine.run(make_volume, [cluster.replace(job, record=False)]))
    assert list(hashes(tmp_path)) == [job.name]


# -- who dies ----------------------------------------------------------------------------------


def test_a_lost_worker_costs_nothing(farm: Farm, tmp_path: Path) -> None:
    jobs = jobs_in(tmp_path / "cluster", 10)
    with open_engine(farm.engine) as engine:
        results = engine.run(partial(slow, 0.2), jobs)
        names = [next(results).name]
        farm.workers[0].kill()
        names += [result.name for result in results]
    assert names == [job.name for job in jobs]
    with open_engine("serial") as engine:
        list(engine.run(make_volume, jobs_in(tmp_path / "here", 10)))
    assert hashes(tmp_path / "here") == hashes(tmp_path / "cluster")


def test_a_copy_that_ends_workers_is_found_here_and_named(
    farm: Farm, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a nanny, Dask starts each worker anew, and gives the task up at the fourth."""
    for _ in range(3):
        farm.add_worker()
    farm.wait_for(5)
    monkeypatch.setattr(batch, "make_volume", partial(deadly, frozenset(["SQ-025"]), ""))
    result = build(workspace, Options(engine=farm.engine, out=workspace / "out"))
    assert [held.subject for held in result.held] == ["SQ-025"]
    assert (result.printed, result.closes) == (29, True)


def test_a_lost_scheduler_ends_the_batch_and_leaves_what_is_done(tmp_path: Path) -> None:
    own = Farm.start(tmp_path / "farm", 1)
    jobs = jobs_in(tmp_path / "out", 8)
    try:
        with pytest.raises(OutputError) as told, open_engine(own.engine) as engine:
            for _ in engine.run(partial(slow, 0.2), jobs):
                own.scheduler.kill()
    finally:
        own.stop()
    address = own.address
    assert told.value.message == f"和 Dask 调度器 {address} 的连接断了，没有印完。"
    assert told.value.hint == "已经印完的文件都是完整的；集群好了以后，再运行同一条命令。"
    with open_engine("serial") as engine:
        list(engine.run(make_volume, jobs_in(tmp_path / "here", 8)))
    whole, left = hashes(tmp_path / "here"), hashes(tmp_path / "out")
    assert left.items() <= whole.items() and left


def test_no_worker_left_ends_the_batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "LOOK_S", 0.1)
    monkeypatch.setattr(cluster, "ALONE_S", 0.3)
    own = Farm.start(tmp_path / "farm", 1)
    try:
        with pytest.raises(OutputError) as told, open_engine(own.engine) as engine:
            for _ in engine.run(partial(slow, 0.2), jobs_in(tmp_path / "out", 8)):
                own.workers[0].kill()
    finally:
        own.stop()
    assert told.value.message == f"Dask 集群 {own.address} 里一台工作机也没有了。"


# -- which cluster -----------------------------------------------------------------------------


def test_no_scheduler_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 1)
    with pytest.raises(OutputError) as told:
        open_engine("dask://127.0.0.1:9")
    assert told.value.message == "连不上 Dask 调度器 127.0.0.1:9。"


def test_a_scheduler_without_workers_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_S", 2)
    own = Farm.start(tmp_path, 0)
    try:
        with pytest.raises(OutputError) as told:
            open_engine(own.engine)
    finally:
        own.stop()
    assert told.value.message == f"Dask 集群 {own.address} 里一台工作机也没有。"


def test_a_worker_that_would_write_other_bytes_is_refused(
    farm: Farm, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = fingerprint() | {"reportlab": "99.1"}
    monkeypatch.setattr(cluster, "fingerprint", lambda: newer)
    with pytest.raises(OutputError) as told:
        open_engine(farm.engine)
    has = fingerprint()["reportlab"]
    assert told.value.message.startswith("集群的工作机 tcp://127.0.0.1:")
    assert told.value.message.endswith(
        f"和这里装的不一样，印出来的文件会不同：reportlab 是 {has}，这里是 99.1。"
    )


def test_a_worker_that_comes_later_is_looked_at_too(tmp_path: Path) -> None:
    order = Order(make_volume, jobs_in(tmp_path, 1)[0], fingerprint() | {"cardgen": "0.0.1"})
    told = make_away(Parcel.of("x", order), (), None, None)
    assert isinstance(told, OutputError)
    assert told.message == (
        "集群里有一台工作机和这里装的不一样，印出来的文件会不同："
        f"cardgen 是 {cardgen.__version__}，这里是 0.0.1。"
    )


def test_a_worker_without_cardgen_is_refused(farm: Farm, tmp_path: Path) -> None:
    (tmp_path / "cardgen").mkdir()
    (tmp_path / "cardgen" / "__init__.py").write_text("raise ImportError\n", "utf-8")
    bare = farm.add_worker(PYTHONPATH=str(tmp_path))
    farm.wait_for(3)
    try:
        with pytest.raises(OutputError) as told:
            open_engine(farm.engine)
    finally:
        bare.kill()
        bare.wait()
    assert "上没有装 cardgen，或者装坏了。" in told.value.message


def test_all_that_decides_bytes_is_compared() -> None:
    found = fingerprint()
    assert "" not in found.values()
    assert {"cardgen", "cardgen 的代码", "字体清单", "reportlab", "Pango", "zlib"} <= set(found)
    assert differences(found, found) == []
    assert differences({"a": "1"}, {"b": "2"}) == [
        "a 是 没有，这里是 1",
        "b 是 2，这里是 没有",
    ]


@pytest.mark.parametrize("text", ["", "host:port", "host:1/path", ":8786", "host:99999"])
def test_what_is_no_address_is_told(text: str) -> None:
    with pytest.raises(UsageError) as told:
        open_engine(f"dask://{text}")
    assert told.value.message == f"--engine 后面不能写“dask://{text}”。"


def test_jobs_are_the_clusters_own_matter() -> None:
    with pytest.raises(UsageError, match="--jobs 不能和 dask:// 一起用"):
        open_engine("dask://127.0.0.1:9", 2)


# -- what a worker tells -----------------------------------------------------------------------


def test_logs_of_a_cluster_hold_no_name(farm: Farm, tmp_path: Path) -> None:
    """Dask writes what failed into its logs, arguments and all."""
    job = jobs_in(tmp_path, 1)[0]
    with pytest.raises(CardgenError) as told, open_engine(farm.engine) as engine:
        list(engine.run(broken, [job]))
    assert told.value.message == (
        "集群的工作机印 hand/000.pdf 时程序出错（KeyError，deadly.py 第 32 行）。"
    )
    log = (farm.folder / "log").read_text("utf-8")
    parcel = Parcel.of(job.name, Order(broken, job, {}))
    for name in {text for copy in job.copies for text in copy.texts}:
        assert name not in log and name not in told.value.message
        assert name not in repr(parcel) and repr(name.encode())[2:-1] not in repr(parcel)


def test_a_workers_folder_is_gone_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    job = jobs_in(tmp_path / "out", 1)[0]
    parcel = Parcel.of("x", Order(make_volume, cluster._without_forms(job), fingerprint()))
    made = make_away(parcel, tuple(job.forms.values()), None, None)
    assert isinstance(made, Made) and made.content.startswith(b"%PDF") and made.record
    assert not list((tmp_path / "tmp").iterdir()) and not (tmp_path / "out").exists()


def test_files_of_a_layout_are_those_in_its_folder(tmp_path: Path, farm: Farm) -> None:
    from cardgen.layouts import find_layout

    spec = cluster.replace(find_layout("survey"), folder=str(tmp_path / "own"))
    (tmp_path / "own" / "img").mkdir(parents=True)
    (tmp_path / "secret").write_text("19900000001", "utf-8")
    (tmp_path / "own" / "img" / "a.svg").write_text("<svg/>", "utf-8")
    (tmp_path / "own" / "link").symlink_to(tmp_path / "secret")
    assert away.files_of(spec) == {"img/a.svg": b"<svg/>"}


def test_a_file_torn_on_its_way_gets_no_name(tmp_path: Path) -> None:
    job = jobs_in(tmp_path, 1)[0]
    with open_engine("serial") as engine:
        (result,) = engine.run(make_volume, [job])
    (tmp_path / job.name).unlink()
    with pytest.raises(OutputError, match="从集群传回来时坏了"):
        cluster._written(job, Made(result, b"%PDF-half", b""))
    assert not (tmp_path / job.name).exists()


def test_without_the_word_dask_nothing_of_it_is_loaded(workspace: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from cardgen.produce import *;"
        "build(Path(sys.argv[1]), Options(workers=1));"
        "print(*{m.partition('.')[0] for m in sys.modules} & {'distributed', 'dask', 'tornado'})"
    )
    command = [sys.executable, "-c", f"if __name__ == '__main__':\n {code}", str(workspace)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


def test_the_search_for_killers_is_the_one_of_this_machine(
    farm: Farm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A volume that the cluster gave up, but that this machine can make, is made here."""
    real = Cluster.gathered
    given_up: list[str] = []

    def once(self: Cluster, future: object) -> Made:
        made = real(self, future)
        if not given_up:
            given_up.append(made.result.name)
            raise cluster.BrokenExecutor
        return made

    monkeypatch.setattr(Cluster, "gathered", once)
    jobs = jobs_in(tmp_path, 3)
    with open_engine(farm.engine) as engine:
        results = list(engine.run(make_volume, jobs, rescue=without_killers))
    assert [r.name for r in results] == [job.name for job in jobs]
    assert [len(r.printed) for r in results] == [5, 5, 5]

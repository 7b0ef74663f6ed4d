"""A small workspace for tests: two villages, 30 households, rosters as csv, invented names."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from web import Site

CAMPAIGN = """
title = "森林防火"
issuer = "青石镇人民政府"
date = 2026-11-22
slogans = ["有困难，找干部"]
hotlines = [{ name = "镇值班室", phone = "0374-0000000" }]

[links]
household = "https://example.cn/h/{code}"

[papers.love-card]
roles = ["分管领导", "包村干部", "支部书记"]
"""
VILLAGES = """村名,片区,值班电话
唐湾村,东片区,0374-0000001
石桥村,西片区,0374-0000002
"""
CADRES = """姓名,职务,电话,负责范围
赵德胜,分管领导,19900000001,全镇
李明,包村干部,19900000002,唐湾村
王建国,包村干部,19900000003,石桥村
陈秀兰,支部书记,19900000004,唐湾村
周文,支部书记,19900000005,石桥村
吴海燕,支部书记,19900000006,唐湾村/2组
"""
SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", ("德胜", "秀英", "𬱖")


def write_workspace(folder: Path) -> Path:
    """Write the workspace into a new folder. The third of each ten names is a rare one."""
    lines = ["户号,村,组,门牌,户主,电话,人口"]
    for number in range(1, 31):
        village, code = ("唐湾村", "TW") if number <= 18 else ("石桥村", "SQ")
        name = SURNAMES[number % 10] + GIVEN[number % 3]
        phone = f"199000001{number:02d}"
        group = 1 + number % 2
        lines.append(f"{code}-{number:03d},{village},{group}组,{number}号,{name},{phone},3")
    folder.mkdir(parents=True)
    (folder / "campaign.toml").write_text(CAMPAIGN, "utf-8")
    (folder / "村.csv").write_text(VILLAGES, "utf-8")
    (folder / "干部.csv").write_text(CADRES, "utf-8")
    (folder / "住户.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


def hears_ctrl_c() -> None:
    """For `preexec_fn`: what a shell starts in the background ignores SIGINT, its children too."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


# Tests start hundreds of processes: none of them should compile all modules once more.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_configure(config: pytest.Config) -> None:
    """One store of forms for a run: each is laid out once, by the code that is tested.

    Where laying out is the point, tests say `laid_out_anew`.
    """
    if hasattr(config, "workerinput"):
        return  # a worker of pytest-xdist has the folder of the process that started it
    folder = tempfile.mkdtemp(prefix="cardgen-forms-")
    os.environ["CARDGEN_CACHE"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


LONG = ("test_stamped_is_laid_out", "test_browser", "test_wheel")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that no process is left with one of them when the others are done."""
    items.sort(key=lambda item: item.path.stem not in LONG)


def pytest_collection_finish() -> None:
    """What was imported stays: Python need not look through it at each search for cycles."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --update` rewrites what is compared word for word; read the difference."""
    parser.addoption("--update", action="store_true", help="rewrite expected files")


@pytest.fixture(scope="session")
def small_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace, for tests that only read it. Nothing in it is wrong."""
    return write_workspace(tmp_path_factory.mktemp("small") / "青石镇")


@pytest.fixture
def workspace(small_workspace: Path, tmp_path: Path) -> Path:
    """A copy of the workspace, for tests that change it."""
    # What other tests printed from it, into folders of their own, stands in its ledger.
    ignored = shutil.ignore_patterns("cardgen.*", "out")
    return Path(shutil.copytree(small_workspace, tmp_path / "青石镇", ignore=ignored))


@pytest.fixture
def site() -> Site:
    """The web pages of such a workspace, with accounts: see tests/web.py."""
    from web import new_site

    return new_site()


@pytest.fixture
def laid_out_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of how forms are laid out: none comes from the store, none goes there."""
    monkeypatch.setenv("CARDGEN_CACHE", "off")

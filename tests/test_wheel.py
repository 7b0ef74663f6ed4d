"""The wheel works outside the checkout: built, installed in an empty environment, used there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

MAIN = Path(__file__).parents[1]
PIP = ("-m", "pip", "--disable-pip-version-check", "--quiet")


def clean_environment() -> dict[str, str]:
    """The environment without what would let Python find the checkout."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    words = ["wheel", str(MAIN), "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder)]
    subprocess.run([sys.executable, *PIP, *words], check=True)
    (path,) = folder.glob("cardgen-*.whl")
    return path


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`cardgen` in an environment that holds the wheel and what it asks for, as locked."""
    folder = tmp_path_factory.mktemp("empty")
    # pip takes no hashes for a file of our own, so the versions alone are kept.
    locked = (MAIN / "requirements.lock").read_text("utf-8")
    versions = re.findall(r"^([\w.-]+==[^\s\\]+(?: ;[^\\\n]+)?)", locked, re.M)
    (folder / "versions.txt").write_text("\n".join(versions) + "\n", "utf-8")
    venv.create(folder / "venv", symlinks=True)
    bin_folder = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    words = ["--python", str(bin_folder / "python"), "install", "--no-compile"]
    words += ["--constraint", str(folder / "versions.txt"), str(wheel)]
    subprocess.run([sys.executable, *PIP, *words], check=True, env=clean_environment())
    return bin_folder / "cardgen"


def test_wheel_holds_layouts_fonts_and_licences_and_no_more(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder in ("layouts", "fonts"):
        for path in (MAIN / folder).rglob("*"):
            if path.is_file() and path.suffix in {".ttf", ".toml", ".html", ".css", ".txt"}:
                assert f"cardgen/share/{path.relative_to(MAIN).as_posix()}" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    strange = [name for name in names if "__pycache__" in name or name.startswith("tests/")]
    assert strange == []


def test_installed_wheel_prints_a_batch_in_another_folder(
    command: Path, small_workspace: Path, tmp_path: Path
) -> None:
    words = [command, "build", small_workspace, "--out", "printed", "--jobs", "2"]
    told = subprocess.run(
        words, cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False
    )
    assert told.stderr == ""
    assert told.returncode == 0
    assert told.stdout.startswith("30 户：印出 30 份，一份不少。数目相符。\n")
    assert (tmp_path / "printed" / "love-card" / "唐湾村-001.pdf").is_file()


def test_installed_wheel_knows_its_libraries_and_fonts(command: Path, tmp_path: Path) -> None:
    told = subprocess.run(
        [command, "info"], cwd=tmp_path, env=clean_environment(), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert (told.returncode, told.stderr) == (0, "")
    assert "CardgenHei-Bold.ttf" in told.stdout

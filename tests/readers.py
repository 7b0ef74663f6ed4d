"""Other programs that read PDFs, and the press profile that Ghostscript brings, for tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from PIL import Image

# Of Debian's libgs-common, which Ghostscript needs; some systems keep it elsewhere.
_PRESSES = (
    "/usr/share/color/icc/ghostscript/default_cmyk.icc",
    "/usr/share/ghostscript/iccprofiles/default_cmyk.icc",
)


def press_icc() -> Path:
    """A CMYK profile of a press."""
    found = next((path for name in _PRESSES if (path := Path(name)).is_file()), None)
    if found is None:
        pytest.skip("Ghostscript's default_cmyk.icc is not where Debian puts it")
    return found


def told(*words: object) -> str:
    """What a program says; it must end well."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ink_coverage(path: Path) -> list[tuple[float, ...]]:
    """How much of each page each of the four inks covers, by Ghostscript."""
    shown = told("gs", "-q", "-o", "-", "-sDEVICE=inkcov", path)
    return [tuple(map(float, line.split()[:4])) for line in shown.splitlines() if "CMYK" in line]


def plates(path: Path, folder: Path, dpi: int = 100) -> dict[str, Image.Image]:
    """The first page as a printer's plates: a picture of each ink, 0 where it is full."""
    told("gs", "-q", "-dLastPage=1", f"-r{dpi}", "-sDEVICE=tiffsep", "-o", folder / "p.tif", path)
    names = ("Cyan", "Magenta", "Yellow", "Black")
    return {name: Image.open(folder / f"p({name}).tif").convert("L") for name in names}

"""Where the files that travel with the program are: a name in, a folder out."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).resolve().parent


def share_dir(name: str) -> Path:
    """The folder "fonts" or "layouts": inside an installed wheel, else of the checkout."""
    packed = PACKAGE / "share" / name
    return packed if packed.is_dir() else PACKAGE.parent / name

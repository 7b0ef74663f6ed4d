"""A picture of each layout, drawn once: layouts in, PNG files in web/pictures/ out."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from cardgen import __version__
from cardgen.layoutbox.checked import run_child
from cardgen.model import LayoutSpec
from cardgen.typeset.style import style_digest, template_digest
from cardgen.whole import make_folder

FOLDER = Path("web") / "pictures"
_A_CHILD = 8  # layouts: one that is wrong costs the others of its child their picture


def picture_of(workspace: Path, spec: LayoutSpec) -> Path | None:
    """The picture of a layout as it is now; None where it has not been drawn."""
    path = _path_of(workspace, spec)
    return path if path.exists() else None


def draw_pictures(workspace: Path, specs: Sequence[LayoutSpec]) -> int:
    """Draw those that have no picture yet, in processes with limits. Returns how many it drew.

    A layout that cannot be drawn has none. Raises OutputError where the folder cannot be made.
    """
    folder = workspace / FOLDER
    make_folder(folder)
    folder.chmod(0o700)
    missing = [(_path_of(workspace, spec), spec.folder) for spec in specs]
    missing = [each for each in missing if not each[0].exists()]
    for start in range(0, len(missing), _A_CHILD):
        _draw(missing[start : start + _A_CHILD])
        for each in missing[start : start + _A_CHILD]:
            if not each[0].exists():
                _draw([each])
    return sum(1 for path, _ in missing if path.exists())


def _draw(pairs: Sequence[tuple[Path, str]]) -> None:
    try:
        run_child(["draw", *map(str, chain.from_iterable(pairs))])
    except subprocess.TimeoutExpired:
        return


def _path_of(workspace: Path, spec: LayoutSpec) -> Path:
    digest = hashlib.sha256(f"{__version__} {template_digest(spec)}".encode())
    digest.update(style_digest(spec))
    return workspace / FOLDER / f"{digest.hexdigest()[:32]}.png"

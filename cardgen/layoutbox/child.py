"""The process that checks and draws layouts: folders in, pictures and a line of JSON out.

What a strange layout can do, it does here, within limits that the kernel holds.

    python -m cardgen.layoutbox.child check FOLDER PICTURES       checks one, draws its samples
    python -m cardgen.layoutbox.child draw PICTURE FOLDER …       draws each FOLDER at PICTURE
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cardgen.children import confine
from cardgen.errors import CardgenError, LayoutError
from cardgen.layouts import read_layout
from cardgen.uploads import MIB

_MEMORY_BYTES, _CPU_SECONDS, _FILE_BYTES = 4096 * MIB, 240, 64 * MIB
_SAMPLE_PX, _DRAWN_PX = 900, 640  # the long side of a picture
_MOST_PICTURES = 12


def main(arguments: Sequence[str]) -> None:
    """Do what the arguments say."""
    confine(_MEMORY_BYTES, _CPU_SECONDS, _FILE_BYTES)
    what, *rest = arguments
    if what == "check":
        try:
            said = _check(*map(Path, rest))
        except MemoryError:
            sys.exit(77)
        print(json.dumps(said))
        return
    for picture, folder in zip(rest[::2], rest[1::2], strict=True):
        _draw(Path(picture), Path(folder))


def _check(folder: Path, pictures: Path) -> dict[str, Any]:
    from cardgen.layoutcheck import check_layout

    try:
        spec = read_layout(folder)
    except LayoutError as error:
        return {"findings": [["版式", _without(folder, error.message + error.hint)]]}
    report = check_layout(spec)
    return {
        "title": spec.title,
        "subject": spec.subject.value,
        "size_mm": [spec.width_mm, spec.height_mm],
        "samples": report.samples,
        "findings": [[f.sample, _without(folder, f.message)] for f in report.findings],
        "pictures": _samples(folder, pictures),
    }


def _samples(folder: Path, pictures: Path) -> list[dict[str, Any]]:
    """Pictures of the samples that can be drawn, as files."""
    from cardgen.layoutcheck import previews

    spec = read_layout(folder)
    long_mm = max(spec.width_mm, spec.height_mm)
    found: list[dict[str, Any]] = []
    try:
        for sample, picture in previews(spec, _SAMPLE_PX * 25.4 / long_mm):
            name = f"{len(found) + 1:02d}.png"
            picture.save(pictures / name, "PNG")
            found.append({"sample": sample, "file": name, "size_px": list(picture.size)})
            if len(found) == _MOST_PICTURES:
                break
    except CardgenError:
        return found  # the findings say it
    return found


def _draw(path: Path, folder: Path) -> None:
    from cardgen.layoutcheck import preview

    spec = read_layout(folder)
    part = path.with_suffix(".part")
    picture = preview(spec, _DRAWN_PX * 25.4 / max(spec.width_mm, spec.height_mm))
    picture.save(part, "PNG")
    part.replace(path)


def _without(folder: Path, words: str) -> str:
    """A message without the folders above the layout's own."""
    return words.replace(f"{folder}/", "").replace(f"{folder.resolve()}/", "")


if __name__ == "__main__":
    main(sys.argv[1:])

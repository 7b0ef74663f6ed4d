"""Check an uploaded layout: its folder in, findings and pictures of its samples out."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cardgen.children import environment
from cardgen.errors import LayoutError
from cardgen.exchange import digest_of
from cardgen.layoutbox.zips import unpack
from cardgen.layouts import layout_folders
from cardgen.progress import Progress, Quiet
from cardgen.whole import make_folder

FILES, LAYOUT, PICTURES = "files", "layout", "pictures"
MOST_SECONDS = 300.0
TOO_MUCH = 77  # how the child ends when it has no memory left


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of a sample, a PNG in the folder `pictures` of the upload."""

    sample: str
    file: str
    size_px: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Checked:
    """A layout that was uploaded and checked.

    `name` is that of its folder or its zip, nothing where no layout can be called so; `folder` is
    where its files lie, below the upload's folder; `digest` tells whether they still are the same.
    `findings` are pairs of a sample's name and what is wrong there, in Chinese: none in a layout
    that is right. `hides` where a built-in layout has that name.
    """

    name: str
    folder: str
    digest: str
    files: tuple[str, ...]
    title: str = ""
    subject: str = ""
    size_mm: tuple[float, float] = (0.0, 0.0)
    samples: int = 0
    findings: tuple[tuple[str, str], ...] = ()
    pictures: tuple[Picture, ...] = ()
    hides: bool = False

    def as_json(self) -> dict[str, Any]:
        """All of it as JSON can say it."""
        return asdict(self)


def checked_from(said: Mapping[str, Any]) -> Checked:
    """What `as_json` has said, as it was."""
    width, height = said["size_mm"]
    return Checked(
        **{
            **said,
            "files": tuple(said["files"]),
            "size_mm": (width, height),
            "findings": tuple((sample, message) for sample, message in said["findings"]),
            "pictures": tuple(
                Picture(each["sample"], each["file"], (each["size_px"][0], each["size_px"][1]))
                for each in said["pictures"]
            ),
        }
    )


def check_upload(folder: Path, progress: Progress | None = None) -> Checked:
    """Take apart what lies in `folder`/files, check it, and draw its samples.

    Raises LayoutError for an upload that is no layout at all, OutputError. What is wrong with the
    layout is in the findings.
    """
    progress = progress or Quiet()
    progress.stage("拆开")
    own, name = unpack(folder / FILES, folder / LAYOUT)
    make_folder(folder / PICTURES)
    (folder / PICTURES).chmod(0o700)
    progress.stage("检查版式")
    said = _said([str(own), str(folder / PICTURES)])
    return checked_from(
        {
            "title": "",
            "subject": "",
            "size_mm": (0.0, 0.0),
            "samples": 0,
            "pictures": (),
            **said,
            "name": name,
            "folder": own.relative_to(folder).as_posix(),
            "digest": digest_of_layout(own),
            "files": sorted(path.relative_to(own).as_posix() for path in files_of(own)),
            "hides": bool(name) and (layout_folders()[0] / name / "layout.toml").exists(),
        }
    )


def _said(arguments: Sequence[str]) -> dict[str, Any]:
    try:
        ended = run_child(["check", *arguments])
    except subprocess.TimeoutExpired:
        return {"findings": [("版式", f"检查了 {MOST_SECONDS:g} 秒还没有完，停下了。")]}
    if ended.returncode:
        message = (
            "检查它时用的内存或时间超过了上限，停下了。看看有没有循环没有尽头、图片是不是太大。"
        )
        return {"findings": [("版式", message)]}
    try:
        found = json.loads(ended.stdout)
    except ValueError as error:
        raise LayoutError("检查版式的进程回答有误。", "再试一次。") from error
    return found if isinstance(found, dict) else {}


def run_child(arguments: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """The child with these arguments, ended. It is killed when this process is interrupted."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "cardgen.layoutbox.child", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=MOST_SECONDS,
        check=False,
    )


def files_of(folder: Path) -> list[Path]:
    """The files of a layout, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def digest_of_layout(folder: Path) -> str:
    """What the files of a layout are known by: names and contents."""
    parts = (
        f"{path.relative_to(folder).as_posix()}\0{digest_of(path.read_bytes())}"
        for path in files_of(folder)
    )
    return digest_of("\n".join(parts).encode("utf-8", "surrogatepass"))

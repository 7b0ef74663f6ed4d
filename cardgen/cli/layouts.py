"""`cardgen layouts`: which papers there are, whether they are right, and what they look like."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Protocol

import typer

from cardgen.cli import show
from cardgen.cli.help import Command, Group
from cardgen.errors import CardgenError, LayoutError, OutputError
from cardgen.whole import part_of

if TYPE_CHECKING:
    from cardgen.model import LayoutSpec

WATCH_SECONDS = 0.5
SUBJECTS = {
    "household": "户",
    "village": "村",
    "cadre": "干部",
    "venue": "场所",
    "grid": "网格",
    "route": "路线",
    "township": "全镇",
    "volume": "随册",
}

layouts_app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="版式：看有哪些纸，检查，看样子。\n\n例如：cardgen layouts list",
)
Workspace = Annotated[
    Path | None,
    typer.Option(
        "--dir", metavar="文件夹", help="工作文件夹，看里面 layouts/ 的版式。不写就是当前文件夹"
    ),
]


@layouts_app.command(
    "list", cls=Command, help="列出所有版式。\n\n例如：cardgen layouts list --dir 青石镇"
)
def list_(folder: Workspace = None) -> None:
    """List every layout."""
    from cardgen.layouts import list_layouts
    from cardgen.places import share_dir

    rows = [
        (
            spec.name,
            spec.title,
            f"{spec.width_mm:g}×{spec.height_mm:g} 毫米",
            "、".join(SUBJECTS[subject.value] for subject in spec.subjects),
            "自带" if Path(spec.folder).parent == share_dir("layouts") else "本单位",
        )
        for spec in list_layouts(_own(folder))
    ]
    heads = ("名称", "标题", "尺寸", "对象", "来源")
    show.table(heads, (row for row in rows if row[3] != SUBJECTS["volume"]))
    lead = [row for row in rows if row[3] == SUBJECTS["volume"]]
    show.line("\n下面的不单独印：印住户或场所的纸时，自动印在每一册前面。")
    show.table(heads, lead)


@layouts_app.command(
    cls=Command,
    help=(
        "检查版式：印出来的和排版的是不是一模一样，字会不会跑出框。\n\n"
        "例如：cardgen layouts check\n"
        "      cardgen layouts check love-card\n\n"
        "有问题时退出码是 4。"
    ),
)
def check(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="版式", help="不写就检查所有版式")
    ] = None,
    folder: Workspace = None,
) -> None:
    """Check layouts with sample data."""
    from cardgen.layoutcheck import check_layout
    from cardgen.layouts import find_layout, list_layouts

    own = _own(folder)
    specs = [find_layout(name, own) for name in names] if names else list_layouts(own)
    bad = 0
    for spec in specs:
        report = check_layout(spec)
        if not report.findings:
            show.line(f"✓ {spec.name} {spec.title}：{report.samples} 种样例都对")
            continue
        bad += 1
        show.line(f"✗ {spec.name} {spec.title}：", "bold red")
        for finding in report.findings:
            show.line(f"  {finding.sample}：{finding.message}")
    if bad:
        raise LayoutError(
            f"{bad} 个版式有问题。", "按上面的话改好 layout.html 或 layout.css，再检查一遍。"
        )


@layouts_app.command(
    cls=Command,
    help=(
        "用样例数据画出一个版式的样子，存成图片。\n\n"
        "例如：cardgen layouts preview love-card --out 样子.png\n"
        "      cardgen layouts preview love-card --watch    改了文件就重新画，按 Ctrl+C 结束"
    ),
)
def preview(
    name: Annotated[
        str, typer.Argument(metavar="版式", help="版式的名称，见 cardgen layouts list")
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="文件.png", help="写成哪个文件。不写就是 版式.png"),
    ] = None,
    watch: Annotated[bool, typer.Option("--watch", help="文件一改就重新画")] = False,
    folder: Workspace = None,
) -> None:
    """Draw a layout with sample data."""
    from cardgen.layouts import find_layout

    own = _own(folder)
    path = out or Path(f"{name}.png")
    spec = find_layout(name, own)
    if not watch:
        _draw(spec, path)
        return
    seen: object = None
    try:
        while True:
            stamps = _stamps(spec)
            if stamps != seen:
                seen = stamps
                try:
                    spec = find_layout(name, own)
                    _draw(spec, path)
                except CardgenError as error:
                    show.error(error.message, error.hint)
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        return


@layouts_app.command(
    cls=Command,
    help=(
        "把所有版式画在一张图上，一眼看全。\n\n"
        "例如：cardgen layouts overview --out 全部.png\n"
        "      cardgen layouts overview love-card door-card --out 两种.png"
    ),
)
def overview(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="版式", help="不写就画所有版式")
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", metavar="文件.png", help="写成哪个文件。不写就是 版式一览.png")
    ] = Path("版式一览.png"),
    folder: Workspace = None,
) -> None:
    """Draw all layouts on one sheet."""
    from cardgen.layouts import find_layout, list_layouts
    from cardgen.overview import overview as draw

    own = _own(folder)
    specs = [find_layout(name, own) for name in names] if names else _papers(list_layouts(own))
    _save(draw(specs), out, 96)


def _papers(specs: Sequence[LayoutSpec]) -> list[LayoutSpec]:
    """Those that are asked for by name: not what lies on top of a bundle."""
    return [spec for spec in specs if spec.subject.value != "volume"]


def _draw(spec: LayoutSpec, path: Path) -> None:
    from cardgen.layoutcheck import preview as draw

    _save(draw(spec), path, 300)


class _Picture(Protocol):
    def save(self, fp: Path, format: str, *, dpi: tuple[int, int]) -> None: ...


def _save(picture: _Picture, path: Path, dpi: int) -> None:
    part = part_of(path)
    try:
        picture.save(part, "PNG", dpi=(dpi, dpi))
        part.replace(path)
    except OSError as error:
        raise OutputError(
            f"写不了 {path}：{error.strerror or error}。", "看看文件夹是否存在、能否写入。"
        ) from error
    show.line(f"已画好 {path}")


def _stamps(spec: LayoutSpec) -> list[tuple[str, int]]:
    """When each file that a layout is made of was changed."""
    own = Path(spec.folder)
    files = [path for folder in (own, own.parent / "shared") for path in sorted(folder.rglob("*"))]
    found = []
    for path in files:
        try:
            found.append((str(path), path.stat().st_mtime_ns))
        except FileNotFoundError:
            continue  # an editor has just put another file in its place
    return found


def _own(folder: Path | None) -> Path:
    """The workspace whose layouts count too."""
    return folder or Path.cwd()

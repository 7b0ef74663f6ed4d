"""`cardgen sheet`: how copies lie on paper, ready-cut sheets, and what a printer is off."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cardgen.cli import show
from cardgen.cli.help import Command, Group
from cardgen.errors import UsageError

sheet_app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help=(
        "纸：看怎么排、怎么切，校准打印机的双面。\n\n"
        "例如：cardgen sheet show 青石镇\n      cardgen sheet calibrate 青石镇"
    ),
)
Folder = Annotated[
    Path, typer.Argument(metavar="文件夹", help="工作文件夹，里面有花名册和 campaign.toml")
]


@sheet_app.command(
    "show",
    cls=Command,
    help=(
        "把一张纸画成图片：每一格是第几份，正面反面，裁切线，打印机印不到的边。\n\n"
        "例如：cardgen sheet show 青石镇\n"
        "      cardgen sheet show 青石镇 --layout notice --copies 120 --out 纸.png\n\n"
        "排不下时说明差几毫米，退出码是 4。"
    ),
)
def show_(
    folder: Folder,
    layout: Annotated[
        str, typer.Option("--layout", metavar="版式", help="哪种纸；不写就是活动文件里的第一种")
    ] = "",
    copies: Annotated[
        int | None,
        typer.Option("--copies", min=1, metavar="份数", help="画多少份；不写就是三张纸的"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="文件.png", help="写成哪个文件")
    ] = None,
    campaign: Annotated[
        str, typer.Option("--campaign", metavar="文件", help="用哪个活动文件")
    ] = "campaign.toml",
) -> None:
    """Draw the sheet of a paper."""
    from cardgen.impose import grid_for
    from cardgen.sheetdrawing import describe_sheet, draw_sheet
    from cardgen.workspace import sheet_for

    spec, sheet = sheet_for(folder, layout, campaign)
    grid = grid_for(spec, sheet)
    copies = copies or 3 * grid.places - grid.places // 3
    path = out or Path(f"{spec.name}-纸.png")
    _save(draw_sheet(grid, copies, sheet.order), path)
    show.line(f"{spec.title}：")
    for line in describe_sheet(grid, copies, sheet.order):
        show.line(f"  {line}")
    show.line(f"已画好 {path}")


def _save(picture: object, path: Path) -> None:
    from io import BytesIO

    from cardgen.whole import write_whole_bytes

    buffer = BytesIO()
    picture.save(buffer, "PNG")  # type: ignore[attr-defined]
    write_whole_bytes(path, buffer.getvalue())


@sheet_app.command(
    cls=Command,
    help="列出认识的标签纸、胸卡纸（买来就裁好的）。\n\n例如：cardgen sheet labels",
)
def labels() -> None:
    """List the ready-cut sheets."""
    from cardgen.sheets import labels as known

    show.table(
        ("型号", "是什么", "纸", "行列"),
        (
            (
                each.name,
                each.title,
                each.paper.value,
                f"{each.columns} 列 {each.rows} 行",
            )
            for each in known().values()
        ),
    )
    show.line('用法：在 campaign.toml 的 [sheet] 里写 label = "型号"。先印一张在白纸上比一比。')


@sheet_app.command(
    cls=Command,
    help=(
        "印一张双面校准页的 PDF：量出背面偏了多少、有没有翻错边、缩放对不对、哪里印不到。\n\n"
        "例如：cardgen sheet calibrate 青石镇\n"
        "      cardgen sheet calibrate 青石镇 --paper SRA3 --duplex short\n\n"
        "量好后用 cardgen sheet offset 记下来。"
    ),
)
def calibrate(
    folder: Folder,
    paper: Annotated[
        str, typer.Option("--paper", metavar="纸", help="A4、A3、SRA3、letter，或 320x464")
    ] = "A4",
    duplex: Annotated[
        str, typer.Option("--duplex", metavar="long|short", help="沿长边翻，还是沿短边翻")
    ] = "long",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="文件.pdf", help="写成哪个文件")
    ] = None,
) -> None:
    """Write the calibration page."""
    from cardgen.model import Duplex
    from cardgen.press.calibration import calibration_page, page_for
    from cardgen.sheets import read_sheet
    from cardgen.whole import write_whole_bytes

    if not folder.is_dir():
        raise UsageError(f"没有文件夹 {folder}。", "写工作文件夹的名称。")
    size: object = paper
    if "x" in paper.lower() and paper[0].isdigit():
        size = [
            float(n) if n.replace(".", "", 1).isdigit() else 0 for n in paper.lower().split("x")
        ]

    def complain(key: str, message: str, hint: str) -> UsageError:
        return UsageError(f"--{key}：{message}。", hint)

    fields = read_sheet({"paper": size, "duplex": duplex}, complain)
    if fields["duplex"] is Duplex.NONE:
        raise UsageError("--duplex：校准页是双面的。", "写 long 或 short。")
    path = out or folder / "校准页.pdf"
    write_whole_bytes(path, calibration_page(page_for(**fields)))
    show.line(f"已写好 {path}")
    show.line("双面打印，缩放选“实际大小”（100%），照纸上的话量。")


@sheet_app.command(
    cls=Command,
    help=(
        "记下一台打印机双面印时背面偏了多少毫米；以后在 [sheet] 里写 printer 就会改正。\n\n"
        "例如：cardgen sheet offset 青石镇 二楼彩机 --right 1.5 --up=-0.5\n"
        "      cardgen sheet offset 青石镇                列出记下的打印机"
    ),
)
def offset(
    folder: Folder,
    printer: Annotated[
        str, typer.Argument(metavar="打印机", help="打印机的名称，自己起；不写就列出来")
    ] = "",
    right: Annotated[
        float, typer.Option("--right", metavar="毫米", help="看着背面偏右多少，偏左写负数")
    ] = 0.0,
    up: Annotated[
        float, typer.Option("--up", metavar="毫米", help="看着背面偏上多少，偏下写负数")
    ] = 0.0,
) -> None:
    """Keep what a printer is off."""
    from cardgen.printers import Printer, keep_printer, read_printers

    if not folder.is_dir():
        raise UsageError(f"没有文件夹 {folder}。", "写工作文件夹的名称。")
    if printer:
        path = keep_printer(folder, Printer(printer, right, up))
        show.line(f'已记在 {path}。在 campaign.toml 的 [sheet] 里写 printer = "{printer}"。')
    known = read_printers(folder)
    if not known:
        show.line("还没有记下打印机。先用 cardgen sheet calibrate 印一张校准页。")
        return
    show.table(
        ("打印机", "背面偏右", "背面偏上"),
        ((each.name, f"{each.right_mm:g} 毫米", f"{each.up_mm:g} 毫米") for each in known.values()),
    )

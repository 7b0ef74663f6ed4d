"""The commands of the print room: read finished files back, print sheets and copies again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cardgen.cli import show
from cardgen.cli.help import Command
from cardgen.errors import CoverageError, OutputError, UsageError

_MOST = 200
Out = Annotated[Path, typer.Argument(metavar="输出文件夹", help="印好的一批，里面有 manifest.csv")]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command(cls=Command, help=_VERIFY)(verify)
    app.command(cls=Command, help=_REPRINT)(reprint)


_VERIFY = (
    "把印好的 PDF 读回来核对：清单里的每一份，结论是 OK、重印或抽出。不用花名册，哪天都行。\n\n"
    "例如：cardgen verify 青石镇/out\n"
    "      cardgen verify 青石镇/out --file 印刷厂拼版.pdf\n\n"
    "抽出：印着别人的号码、姓名或编号，不能发出去。结果也写进 verify.csv 和 report.html。\n"
    "有一份不是 OK、或数目对不上时，退出码是 7；文件打不开时是 5。"
)


def verify(
    out: Out,
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--file", metavar="PDF", help="只核对这个文件，也可以是印刷厂拼好版的；可以写几次"
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option("--jobs", min=0, metavar="个数", help="用几个进程。不写就自动，0 是只用一个"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="结果写成 JSON，给别的程序读")] = False,
) -> None:
    """Read a batch back."""
    from cardgen import verify as verifying
    from cardgen.engine import default_workers
    from cardgen.report.verification import verification_json, write_verification

    workers = default_workers() if jobs is None else jobs
    result = verifying.verify(out, tuple(files or ()), workers)
    write_verification(out, result.copies, result.findings)
    if as_json:
        show.as_json(verification_json(result.copies, result.findings))
    else:
        _show(result)
    if result.unreadable:
        raise OutputError("有文件读不出来。", "上面写着是哪一个；重新生成它，再核对。")
    if not result.closes:
        raise CoverageError(
            "核对没有通过，先不要发放。", "抽出和重印的，在 verify.csv 里逐份列着。"
        )


def _show(result: object) -> None:
    from cardgen.model import Verdict
    from cardgen.report.verification import verdict_line
    from cardgen.report.words import shown
    from cardgen.verify import VerifyResult

    assert isinstance(result, VerifyResult)
    heads = ("文件", *(each.value for each in Verdict))
    show.table(
        heads,
        (
            (shown(name), *(f"{seen[each]:,}" for each in Verdict))
            for name, seen in result.counts().items()
        ),
    )
    for name, text in result.findings[:_MOST]:
        show.line(f"✗ {shown(name)}：{shown(text)}")
    wrong = result.wrong
    if wrong:
        show.table(
            ("结论", "编号", "给谁", "位置", "原因"),
            (
                (
                    copy.verdict.value,
                    copy.serial,
                    shown(f"{copy.village} {copy.subject}"),
                    shown(f"{copy.file} 第 {copy.sheet} 张第 {copy.cell} 格"),
                    shown(copy.reason),
                )
                for copy in wrong[:_MOST]
            ),
        )
    if max(len(wrong), len(result.findings)) > _MOST:
        show.line(f"这里各列出 {_MOST} 条，全部在 {result.out / 'verify.csv'} 里。")
    show.line(verdict_line(result.copies, result.findings))


_REPRINT = (
    "卡纸了、卡丢了，照原样补印：内容和原来的文件一模一样，不看花名册。\n\n"
    "例如：cardgen reprint 青石镇/out --sheets 118-121 --file 唐湾村-001.pdf\n"
    "      cardgen reprint 青石镇/out --household TW-3F7K2Q --start-cell 4\n\n"
    "放在 输出文件夹/reprints/001 里，有自己的清单，可以用 cardgen verify 核对。"
)


def reprint(
    out: Out,
    sheets: Annotated[
        str, typer.Option("--sheets", metavar="张号", help="补印这几张纸，如 118-121 或 3,7")
    ] = "",
    file: Annotated[
        str,
        typer.Option("--file", metavar="PDF", help="这几张在哪个文件里；只有一个文件有时可以不写"),
    ] = "",
    serials: Annotated[
        str, typer.Option("--serials", metavar="编号", help="只补印这几份，编号用逗号隔开")
    ] = "",
    households: Annotated[
        list[str] | None,
        typer.Option("--household", metavar="户号", help="只补印这一户的；可以写几次"),
    ] = None,
    start_cell: Annotated[
        int,
        typer.Option("--start-cell", min=1, metavar="格", help="从用过的纸的第几格印起，默认 1"),
    ] = 1,
) -> None:
    """Print sheets or copies again."""
    import re

    from cardgen import reprint as again

    wanted = [each for each in re.split("[,，、 ]+", serials.upper()) if each]
    if sheets and (wanted or households):
        raise UsageError("--sheets 不能和 --serials、--household 一起用。", "分两次补印。")
    if sheets:
        made = again.reprint_sheets(out, again.sheets_of(sheets), file)
    else:
        made = again.reprint_copies(out, wanted, households or (), start_cell)
    for name, copies, duplex in made.files:
        what = f"{copies} 份" if copies else "封面、签收表"
        show.line(f"已补印 {what}：{made.folder / name}")
        sides = "双面打印，" if duplex else ""
        show.line(f"打印时：{sides}缩放选“实际大小”（100%），不要“适合页面”。")
    if not sheets and start_cell > 1:
        show.line(f"第 {start_cell} 格之前留空：用过的纸照原来的方向放回纸盘。")
    show.line("原来的那几份要收回作废，免得一份纸有两张。")
    booked = again.book_reprint(out, made.folder)
    if booked.copies:
        show.line(f"已记进账本：补印 {booked.copies:,} 份。")
    for serial, newest in booked.old[:_MOST]:
        show.line(f"✗ {serial} 是旧卡，新的是 {newest}：补印的还是旧内容，不要发出去。")

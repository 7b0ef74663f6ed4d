"""The commands: each reads its words, calls one function, and shows what came of it."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cardgen.cli import changes, corrections, deliveries, diff, ledger, printroom, serve, show
from cardgen.cli.help import Command, Group
from cardgen.cli.layouts import layouts_app
from cardgen.cli.sheet import sheet_app
from cardgen.errors import CardgenError, CoverageError, OutputError, RosterError

app = typer.Typer(
    cls=Group,
    add_completion=False,
    no_args_is_help=True,
    help=(
        "把镇里的花名册印成纸：一户一张爱心联系卡，不漏一户。\n\n"
        "第一次用：\n"
        "  cardgen init 青石镇      建一个工作文件夹，里面有要填的 Excel 表\n"
        "  cardgen check 青石镇     看看名册有什么问题，在哪一格\n"
        "  cardgen build 青石镇     印成 PDF，放在 青石镇/out 里\n\n"
        "换了人、换了号：\n"
        "  cardgen diff 青石镇               改了什么，哪些卡不对了\n"
        "  cardgen build 青石镇 --changed    只印这些，附要收回的旧卡的单子"
    ),
)
app.add_typer(layouts_app, name="layouts")
app.add_typer(sheet_app, name="sheet")

Folder = Annotated[
    Path, typer.Argument(metavar="文件夹", help="工作文件夹，里面有花名册和 campaign.toml")
]
Campaign = Annotated[
    str,
    typer.Option(
        "--campaign", metavar="文件", help="用工作文件夹里的哪个活动文件；不写就是 campaign.toml"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="结果写成 JSON，给别的程序读")]


class For(StrEnum):
    """What `--profile` may say."""

    OFFICE = "office"
    SHOP = "shop"


class Proof(StrEnum):
    """What `--proof` may say."""

    ALL = "all"
    SAMPLE = "sample"
    NONE = "none"


def _show_version(wanted: bool) -> None:
    if wanted:
        from cardgen import __version__

        show.line(f"cardgen {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", help="显示版本号", callback=_show_version, is_eager=True),
    ] = False,
) -> None:
    """What stands before a command."""


@app.command(
    cls=Command,
    help=(
        "建一个新的工作文件夹，里面有要填的 Excel 花名册和说明。\n\n"
        "例如：cardgen init 青石镇\n\n"
        "已经有的文件不会被改动。"
    ),
)
def init(
    folder: Annotated[Path, typer.Argument(metavar="文件夹", help="要建的文件夹")],
) -> None:
    """Write a new workspace."""
    from cardgen.template import write_workspace

    for path in write_workspace(folder):
        show.line(f"已写好 {path}")
    show.line(f"填好花名册，再运行：cardgen check {folder}")


@app.command(
    cls=Command,
    help=(
        "检查花名册：把每个问题和它在哪个文件、哪张表、哪一格都列出来。不印东西。\n\n"
        "例如：cardgen check 青石镇\n"
        "      cardgen check 青石镇 --explain TW-3F7K2Q    这一户的联系人为什么是他们\n\n"
        "有“错误”（会让一些户印不成）时，退出码是 3；只有警告和提示时是 0。"
    ),
)
def check(
    folder: Folder,
    household: Annotated[
        str,
        typer.Option("--explain", metavar="户号", help="说明这一户的联系人是怎么定的"),
    ] = "",
    layouts: Annotated[
        list[str] | None,
        typer.Option("--layout", metavar="版式", help="只按这种纸检查；可以写几次"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="问题再多也全部列出来")] = False,
    campaign: Campaign = "campaign.toml",
    as_json: AsJson = False,
) -> None:
    """Look for problems without printing."""
    from cardgen import produce

    if household:
        _explain(folder, household, tuple(layouts or ()), campaign, as_json)
        return
    options = produce.Options(layouts=tuple(layouts or ()), campaign=campaign)
    with show.progress(not as_json) as progress:
        result = produce.check(folder, options, progress)
    errors = [each for each in result.problems if each.severity == "error"]
    if as_json:
        show.as_json(show.check_json(result))
    else:
        show.problems(result.problems, everything)
        failed = sum(not each.excluded for each in result.held)
        excluded = len(result.held) - failed
        show.line("")
        show.line(f"名册 {result.workspace.township.rows:,} 户。{show.counts(result.problems)}。")
        show.line(
            f"应印 {result.copies:,} 份：能印 {result.copies - failed - excluded:,} 份"
            f"{f'，有意不印 {excluded:,} 份' if excluded else ''}"
            f"{f'，印不成 {failed:,} 份' if failed else ''}。"
        )
    if errors:
        raise typer.Exit(RosterError.exit_code)


def _explain(
    folder: Path, code: str, layouts: tuple[str, ...], campaign: str, as_json: bool
) -> None:
    from cardgen.plan import Selection
    from cardgen.resolve import explain
    from cardgen.workspace import check_selection, papers_of, read_workspace

    workspace = read_workspace(folder, campaign_file=campaign)
    check_selection(workspace.township, Selection(households=(code,)))
    household = next(h for h in workspace.township.households if h.code == code)
    papers = papers_of(workspace, layouts)
    roles = dict.fromkeys(role for spec, paper in papers for role in paper.roles or spec.roles)
    lines = explain(workspace.chains, household, list(roles))
    if as_json:
        show.as_json({"household": code, "lines": list(lines)})
    else:
        for line in lines:
            show.line(line)


@app.command(
    cls=Command,
    help=(
        "印一批：一个人送的是一个 PDF，还有清单 manifest.csv 和报告 report.html。\n\n"
        "例如：cardgen build 青石镇\n"
        "      cardgen build 青石镇 --changed     只印变了的，和要收回的旧卡的单子\n"
        "      cardgen build 青石镇 --village 唐湾村 --layout love-card\n"
        "      cardgen build 全县/*/              每个乡镇一批，最后汇总\n\n"
        "印不成的户不会漏掉：报告里写明是谁、为什么。数目对不上时退出码是 7。\n"
        "中途断了，再打同一条命令就接着印；印完了再打一遍，什么也不做。"
    ),
)
def build(
    folders: Annotated[
        list[Path],
        typer.Argument(metavar="文件夹", help="工作文件夹；可以写几个，各印各的，最后汇总"),
    ],
    layouts: Annotated[
        list[str] | None,
        typer.Option(
            "--layout", metavar="版式", help="只印这种纸；可以写几次。不写就按 campaign.toml"
        ),
    ] = None,
    villages: Annotated[
        list[str] | None, typer.Option("--village", metavar="村", help="只印这个村；可以写几次")
    ] = None,
    households: Annotated[
        list[str] | None,
        typer.Option("--household", metavar="户号", help="只印这一户；可以写几次"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="文件夹", help="放在哪里。不写就是工作文件夹里的 out"),
    ] = None,
    proof: Annotated[
        Proof,
        typer.Option(
            metavar="all|sample|none",
            help="印好后读回核对：all 每一份（默认），sample 抽查，none 不核对",
        ),
    ] = Proof.ALL,
    since: Annotated[
        Path | None,
        typer.Option(
            "--since",
            metavar="旧花名册",
            help="增减台账和它比：旧的工作文件夹，或旧的花名册文件",
        ),
    ] = None,
    cover: Annotated[
        bool | None,
        typer.Option(
            "--cover/--no-cover",
            help="每册前面要不要随册封面和签收表；不写就按 campaign.toml",
            show_default=False,
        ),
    ] = None,
    sheet: Annotated[
        list[str] | None,
        typer.Option(
            metavar="名称=值",
            help="这一批的纸，如 paper=A3、label=型号；可以写几次，盖过 campaign.toml 的 [sheet]",
        ),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(min=0, metavar="个数", help="用几个进程。不写就自动，0 是只用一个"),
    ] = None,
    changed: Annotated[
        bool,
        typer.Option("--changed", help="只印内容变了的和新来的，还有要收回的旧卡的单子"),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="印好的也全部重新生成；编号和内容不变")
    ] = False,
    engine: Annotated[
        str,
        typer.Option(
            metavar="serial|processes|dask://主机:端口",
            help="谁来印：本机多个进程（默认），serial 只用这一个进程，或 Dask 集群",
        ),
    ] = "processes",
    profile: Annotated[
        For | None,
        typer.Option(
            metavar="office|shop",
            help="office 给办公室打印和存档（默认），shop 给印刷厂：四色、文字只用黑墨、有出血框",
        ),
    ] = None,
    icc: Annotated[
        Path | None,
        typer.Option("--icc", metavar="文件", help="印刷厂的 CMYK 色彩配置文件，和 shop 一起用"),
    ] = None,
    campaign: Campaign = "campaign.toml",
    as_json: AsJson = False,
) -> None:
    """Print a batch."""
    from cardgen.roster import start_reading

    folder = folders[0]
    reading = start_reading(folder) if len(folders) == 1 else None  # by a child, while all loads
    from cardgen import produce
    from cardgen.model import Profile, ProofMode
    from cardgen.plan import Selection
    from cardgen.report import mismatches, report_json, summary_lines
    from cardgen.sheets import sheet_wishes

    options = produce.Options(
        layouts=tuple(layouts or ()),
        selection=Selection(tuple(villages or ()), tuple(households or ())),
        out=out,
        proof=ProofMode(proof.value),
        workers=jobs,
        campaign=campaign,
        since=since,
        profile=Profile(profile.value) if profile else None,
        icc=icc,
        cover=cover,
        only_changed=changed,
        again=again,
        engine=engine,
        sheet=sheet_wishes(sheet or ()),
    )
    if len(folders) > 1:
        from cardgen.cli.county import print_county

        print_county(folders, options, as_json)
        return
    with show.progress(not as_json) as progress:
        result = produce.build(folder, options, progress, reading)
    report = Path(result.folder) / "report.html"
    if as_json:
        show.as_json(report_json(result))
    else:
        for line in summary_lines(result):
            show.line(line)
        if result.folder:
            show.line(f"报告：{report}")
    if not result.closes or mismatches(result):
        raise CoverageError("数目对不上，这一批先不要发放。", f"哪里对不上，见 {report}。")


@app.command(
    cls=Command,
    help=(
        "只印一户的一张纸：卡丢了、电话换了、新搬来一户。\n"
        "给村、场所、网格的纸，把户号换成它的名称或编号（manifest.csv 的 subject）。\n\n"
        "例如：cardgen card 青石镇 TW-3F7K2Q\n"
        "      cardgen card 青石镇 TW-3F7K2Q --png --out 卡.png\n\n"
        "不写 --out，就放在 青石镇/out/cards 里。这一户印不成时说明原因，不留下文件。"
    ),
)
def card(
    folder: Folder,
    household: Annotated[str, typer.Argument(metavar="户号", help="住户表里的户号")],
    layout: Annotated[
        str, typer.Option("--layout", metavar="版式", help="哪种纸；不写就是爱心联系卡")
    ] = "love-card",
    as_png: Annotated[bool, typer.Option("--png", help="印成 300 dpi 的图片，不是 PDF")] = False,
    out: Annotated[Path | None, typer.Option("--out", metavar="文件", help="写成哪个文件")] = None,
    cell: Annotated[
        int, typer.Option(min=0, metavar="格", help="印在用过的纸的第几格；不写就一页一张")
    ] = 0,
    campaign: Campaign = "campaign.toml",
) -> None:
    """Print one paper of one household."""
    from cardgen.cli.single import print_single

    for path in print_single(folder, household, layout, as_png, out, campaign, cell):
        show.line(f"已印好 {path}")


@app.command(
    cls=Command,
    help=(
        "送印前查一遍 PDF：字体、字形、颜色、油墨、二维码大小、页面框、输出意图。\n\n"
        "例如：cardgen preflight 青石镇/out\n"
        "      cardgen preflight 印刷厂改过.pdf --profile shop\n\n"
        "不写 --profile，就看文件自己是给谁的。查到问题时退出码是 5。"
    ),
)
def preflight(
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="文件", help="PDF，或放 PDF 的文件夹；可以写几个"),
    ],
    profile: Annotated[
        For | None, typer.Option(metavar="office|shop", help="按给办公室的查，还是按给印刷厂的查")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Look through finished PDFs."""
    from cardgen.cli.preflight import look_through
    from cardgen.model import Profile

    if not look_through(paths, Profile(profile.value) if profile else None, as_json):
        raise typer.Exit(OutputError.exit_code)


@app.command(
    cls=Command, help="程序和字体的情况：版本、字体里有多少字、少了什么。\n\n例如：cardgen info"
)
def info(as_json: AsJson = False) -> None:
    """Show versions, libraries and fonts."""
    from cardgen.cli.info import gather

    found: dict[str, Any] = gather()
    if as_json:
        show.as_json(found)
        return
    show.table(("程序", "版本"), found["versions"].items())
    show.line("")
    show.table(
        ("字体", "字重", "字数", "文件"),
        ((f["name"], str(f["weight"]), f"{f['characters']:,}", f["file"]) for f in found["fonts"]),
    )
    for fault in found["missing"]:
        show.line(f"✗ {fault}", "bold red")
    if found["missing"]:
        raise typer.Exit(CardgenError.exit_code)


deliveries.add_to(app)
ledger.add_to(app)
printroom.add_to(app)
changes.add_to(app)
corrections.add_to(app)
diff.add_to(app)
serve.add_to(app)

"""The commands about the web pages: serve them, and say who may sign in."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cardgen.cli import show
from cardgen.cli.help import Command, Group
from cardgen.cli.tables import AsJson

Folder = Annotated[
    Path, typer.Argument(metavar="文件夹", help="工作文件夹，里面有花名册和 campaign.toml")
]
Name = Annotated[str, typer.Argument(metavar="用户名", help="登录时用的名字")]


class Role(StrEnum):
    """What `--role` may say."""

    OFFICE = "office"
    SECRETARY = "secretary"
    READER = "reader"


user_app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="谁可以登录网页：建账户、换密码、看有哪些账户。\n\n例如：cardgen user list 青石镇",
)


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command("serve", cls=Command, help=_SERVE)(serve)
    app.add_typer(user_app, name="user")


_SERVE = (
    "开网页：村支书在浏览器里找一户、印一张卡，办公室印一批。\n\n"
    "例如：cardgen serve 青石镇\n\n"
    "第一次开，会写出网址、用户名和一次性密码。同一个网络里的电脑和手机，打开网址就能用，"
    "不用上互联网。按 Ctrl+C 停下；正在印的一批会接着印完。"
)


def serve(
    folder: Folder,
    port: Annotated[
        int, typer.Option(min=1, max=65535, metavar="端口", help="网址里的端口")
    ] = 8000,
    host: Annotated[
        str,
        typer.Option(metavar="地址", help="在哪个地址上开；127.0.0.1 就只有这台电脑能看"),
    ] = "0.0.0.0",
    names: Annotated[
        list[str] | None,
        typer.Option("--name", metavar="名称", help="这台电脑还有什么网址名；可以写几次"),
    ] = None,
    proxy: Annotated[
        str,
        typer.Option(
            metavar="地址",
            help="前面有一个有证书的网站（反向代理）时，写它的地址，如 127.0.0.1；"
            "它要传 X-Forwarded-For 和 X-Forwarded-Proto",
        ),
    ] = "",
) -> None:
    """Answer browsers until Ctrl+C."""
    from cardgen.web.server import serve as make_ready

    served = make_ready(folder, host, port, tuple(names or ()), proxy)
    show.line("网页开好了，用浏览器打开：")
    for address in served.addresses:
        show.line(f"  {address}")
    if served.password:
        show.line("")
        show.line("这是第一次开，用这个账户登录（只显示这一次，登录后要改密码）：")
        show.line(f"  用户名  {served.account}")
        show.line(f"  密码    {served.password}")
    if not served.has_office:
        show.line("")
        show.line("还没有镇办公室的账户，印一批、换名册都要它。另开一个窗口建一个：")
        show.line(f"  cardgen user add {folder} office --role office")
    show.line("")
    show.line("按 Ctrl+C 停下。")
    served.run()
    show.line("网页停了。正在印的一批会接着印完；再开一次就看得到。")


_ADD = (
    "建一个账户，写出它的一次性密码。\n\n"
    "例如：cardgen user add 青石镇 tangwan --village 唐湾村 --called 陈秀兰\n"
    "      cardgen user add 青石镇 zhen2 --role office\n\n"
    "身份：secretary 村支书（默认，只看得到自己的村），office 镇办公室，reader 只看不改。"
)


@user_app.command("add", cls=Command, help=_ADD)
def add(
    folder: Folder,
    name: Name,
    role: Annotated[
        Role, typer.Option(metavar="secretary|office|reader", help="他做什么")
    ] = Role.SECRETARY,
    villages: Annotated[
        list[str] | None, typer.Option("--village", metavar="村", help="管哪个村；可以写几次")
    ] = None,
    called: Annotated[str, typer.Option(metavar="姓名", help="页面上怎么称呼他")] = "",
) -> None:
    """Make an account."""
    _start(folder)
    from cardgen.web import accounts, models, trail

    _check_villages(folder, villages or [])
    account, password = accounts.add_account(name, models.Role(role.value), villages or (), called)
    trail.note("", "account-added", account=account.username)
    _show_password(account.username, password)


def _check_villages(folder: Path, names: list[str]) -> None:
    """Raise UsageError for a village that the roster does not have."""
    if not names:
        return
    from cardgen.plan import Selection
    from cardgen.workspace import check_selection, read_workspace

    check_selection(read_workspace(folder).township, Selection(tuple(names)))


@user_app.command(
    "passwd",
    cls=Command,
    help=(
        "给一个账户换一个一次性密码；他已经登录的地方都要重新登录。\n\n"
        "例如：cardgen user passwd 青石镇 tangwan"
    ),
)
def passwd(folder: Folder, name: Name) -> None:
    """Give an account a new password."""
    _start(folder)
    from cardgen.web import accounts, trail

    account = accounts.find_account(name)
    password = accounts.reset_password(account)
    trail.note("", "password-reset", account=account.username)
    _show_password(account.username, password)


def _show_password(name: str, password: str) -> None:
    show.line(f"用户名  {name}")
    show.line(f"密码    {password}")
    show.line("只显示这一次，第一次登录后他要自己定一个。")


@user_app.command(
    "list",
    cls=Command,
    help="有哪些账户、管哪个村、上次什么时候登录。\n\n例如：cardgen user list 青石镇",
)
def list_accounts(folder: Folder, as_json: AsJson = False) -> None:
    """Show all accounts."""
    _start(folder)
    from cardgen.web import accounts

    lines = accounts.account_lines()
    if as_json:
        show.as_json({"accounts": [line._asdict() for line in lines]})
        return
    if not lines:
        show.line("还没有账户：第一次运行 cardgen serve 时会建一个。")
        return
    show.table(
        ("用户名", "姓名", "身份", "管的村", "状态", "上次登录"),
        (
            (each.username, each.called, each.role, "、".join(each.villages) or "全镇", *rest)
            for each in lines
            for rest in [("正常" if each.active else "停用", each.last_login or "还没有")]
        ),
    )


def _start(folder: Path) -> None:
    from cardgen.web.start import start

    start(folder)

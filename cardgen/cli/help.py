"""Help that a clerk understands: a command in, a page of Chinese on the screen out.

Typer's own page has English headings and boxes; this one has an example, what must be
written, and what may be.
"""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from cardgen.errors import UsageError

_ORDER = (
    *("init", "check", "diff", "build", "card"),
    *("delivered", "returned", "coverage", "ledger", "imports", "corrections"),
    *("serve", "user"),
    *("verify", "reprint", "preflight", "layouts", "sheet", "info"),
)
"""The commands as a clerk meets them: print, hand over, look after it."""


class Command(TyperCommand):
    """A command whose help is Chinese."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the page."""
        _print_page(self, ctx)


class Group(TyperGroup):
    """A group of commands whose help is Chinese, and which names the nearest command."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the page."""
        _print_page(self, ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command of that name. Raises UsageError that names the nearest."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            from difflib import get_close_matches

            near = get_close_matches(name, list(self.commands), 1, 0.5)
            hint = f"是不是 {ctx.command_path} {near[0]}？" if near else ""
            raise UsageError(
                f"没有 {name} 这个命令。",
                f"{hint}可以用：{'、'.join(self.commands)}。写法见 {ctx.command_path} --help。",
            )
        return super().resolve_command(ctx, args)


def _print_page(command: Any, ctx: Any) -> None:
    from rich.text import Text

    from cardgen.cli.show import out

    params = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    arguments = [param for param in params if param.param_type_name == "argument"]
    options = [param for param in params if param.param_type_name != "argument"]
    commands = getattr(command, "commands", {})
    words = ["[选项]…"] if options and not commands else []
    words += [_argument_name(each) for each in arguments] + (["命令"] if commands else [])
    out().print(Text.assemble("用法：", (f"{ctx.command_path} {' '.join(words)}", "bold")))
    out().print()
    out().print(Text(command.help or ""), highlight=False)
    places = {name: place for place, name in enumerate(_ORDER)}
    known = sorted(commands.values(), key=lambda each: places.get(each.name, len(places)))
    _print_rows("命令", [(each.name, (each.help or "").partition("\n")[0]) for each in known])
    _print_rows("要写的", [(_argument_name(each), each.help or "") for each in arguments])
    _print_rows("选项", [(_option_name(each), _option_help(each)) for each in options])


def _print_rows(title: str, rows: list[tuple[str, str]]) -> None:
    if not rows:
        return
    from rich.table import Table
    from rich.text import Text

    from cardgen.cli.show import out

    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    # Chinese has no blanks to break a line at.
    table.add_column(overflow="fold")
    for name, words in rows:
        table.add_row(Text(f"  {name}", "bold"), Text(words))
    out().print()
    out().print(Text(title, "bold"))
    out().print(table)


def _argument_name(param: Any) -> str:
    name = param.metavar or param.name
    return f"[{name}]…" if param.nargs != 1 else f"{name}"


def _option_name(param: Any) -> str:
    names = "，".join(param.opts)
    takes_value = not param.is_flag and param.name not in ("help", "version")
    return f"{names} {param.metavar or '值'}" if takes_value else names


def _option_help(param: Any) -> str:
    return "显示这一页" if param.name == "help" else param.help or ""

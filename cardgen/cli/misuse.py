"""Say in Chinese what is wrong with the words of a command: typer's exception in, a sentence
and a hint out.

Typer's own classes for this are not public, so they are told apart by their names.
"""

from __future__ import annotations

import typer


def sentences(error: typer.TyperException) -> tuple[str, str]:
    """What is wrong, and what to do about it."""
    param = getattr(error, "param", None)
    name = _name_of(param)
    match type(error).__name__:
        case "MissingParameter":
            what = f"少写了{name}。"
        case "NoSuchOption":
            what = f"没有 {getattr(error, 'option_name', '')} 这个选项。"
            if near := getattr(error, "possibilities", None):
                what += f"是不是 {'、'.join(near)}？"
        case "BadOptionUsage":
            what = f"选项 {getattr(error, 'option_name', '')} 后面要写的值不对：少了，或多了。"
        case "BadParameter":
            what = f"{name} 的值不对。{_choices(param)}"
        case "UsageError" if "unexpected extra argument" in error.message:
            extra = error.message.rpartition("(")[2].rstrip(")")
            what = f"多写了 {extra}。"
        case "UsageError" if "Missing command" in error.message:
            what = "少写了要做什么。"
        case _:
            what = "这条命令看不懂。"
    ctx = getattr(error, "ctx", None)
    path = ctx.command_path if ctx is not None else "cardgen"
    return what, f"写法见 {path} --help。"


def _name_of(param: object) -> str:
    if getattr(param, "param_type_name", "") == "argument":
        return f"“{getattr(param, 'metavar', None) or getattr(param, 'name', '')}”"
    names = getattr(param, "opts", None) or [""]
    return f"选项 {names[-1]}"


def _choices(param: object) -> str:
    metavar = getattr(param, "metavar", None) or ""
    return f"可以写：{metavar.replace('|', '、')}。" if "|" in metavar else "请看说明里的写法。"

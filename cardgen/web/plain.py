"""What cardgen says, as a page says it: messages and hints of errors in, words for a clerk out.

They are written for who sits at the machine and types commands. Who looks at a page can do neither:
he is told no command, no path of the server, no machine and no process.
"""

from __future__ import annotations

import errno
import os
import re
import tempfile
from functools import cache, partial
from pathlib import Path

from django.conf import settings

from cardgen.errors import CardgenError
from cardgen.model import Problem
from cardgen.places import PACKAGE
from cardgen.problems import Code
from cardgen.web.place import FOLDER as STATE

_BUSY, _SINCE = "里正在印另一批", re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d")
_END = r"[^：，。；、“”（）\n]*"
_PATH = re.compile(
    r"(?<![\w.:/\\])(?:/|[A-Za-z]:[\\/])[^\s：，。；、“”（）/\\]+[/\\][^\s：，。；、“”（）]*"
)
_SYSTEM = {
    errno.ENOSPC: "磁盘满了",
    errno.EDQUOT: "磁盘的份额用完了",
    errno.EACCES: "没有权限",
    errno.EPERM: "不许这样做",
    errno.EROFS: "磁盘是只读的",
    errno.ENOENT: "找不到",
    errno.EEXIST: "已经有了",
    errno.EISDIR: "那是文件夹",
    errno.ENOTDIR: "那不是文件夹",
    errno.EIO: "磁盘读写出错",
    errno.EMFILE: "打开的文件太多了",
    errno.ENAMETOOLONG: "名字太长",
}
# Longest first: what one says instead, where leaving the sentence out would leave nothing to do.
_INSTEAD = (
    ("再运行一次同样的命令", "再试一次"),
    ("再运行一次 cardgen build，重新生成这一批", "再印一批"),
    ("重新运行同一条命令", "再试一次"),
    ("再运行同一条命令时，加 --engine serial 单进程运行", "再试一次"),
    ("再运行同一条命令", "再试一次"),
    ("运行同一条命令", "再试一次"),
    ("若再发生，加 --jobs 0 单进程运行", "还是这样，请告诉维护这台电脑的人"),
    ("请用记事本打开它，照 cardgen check 说的改好", "请让维护这台电脑的人改好它"),
    ("，或用 cardgen user passwd", ""),
    ("加上 --village，后面写村名；可以写几次", "至少勾一个村"),
    ("加上 --since，后面写旧的工作文件夹或旧的花名册文件", "换过一次名册以后再印"),
    ("用 --since 给出旧的花名册文件；", ""),
    ("先用 cardgen init 建一个", "请让维护这台电脑的人看看"),
    ("能用的数据见 layouts/README.md", "双花括号里的，照原来的写"),
    ("；还没有时，先不写 --icc", ""),
)
_COMMAND = re.compile(r"--[a-z]|\bcardgen [a-z]|命令")
# What only the office, or who keeps the machine, can do.
_NOT_IN_A_VILLAGE = re.compile(
    "文件夹|备份|账本|活动|toml|磁盘|维护|cardgen|记事本|Excel|WPS|内存|版式|名册|字体|模板"
)
_TELL_OFFICE = "请告诉镇办公室。"


def message_for_page(message: str) -> str:
    """What is wrong, as a page says it."""
    if _BUSY in message:  # with who, where and which process
        since = _SINCE.search(message)
        return f"正在印另一批{f'（{since[0]} 开始的）' if since else ''}，一次只能印一批。"
    for number, words in _SYSTEM.items():
        message = message.replace(os.strerror(number), words)
    for folder, is_workspace in _folders():
        named = partial(_named, folder=folder, is_workspace=is_workspace)
        message = re.sub(rf"{re.escape(folder)}(?![\w-]){_END}", named, message)
    return _PATH.sub(partial(_named, folder="", is_workspace=False), message)


def for_page(hint: str, *, is_office: bool = True) -> str:
    """What to do, as a page says it: nobody types commands there, and in a village nobody can do
    what is the office's."""
    for words, said in _INSTEAD:
        hint = hint.replace(words, said)
    parts = re.findall(r"[^。；]+[。；]?", message_for_page(hint))
    kept = [each for each in parts if not _COMMAND.search(each)]
    if not is_office:
        own = [each for each in kept if not _NOT_IN_A_VILLAGE.search(each)]
        kept = own if len(own) == len(kept) else [*own, _TELL_OFFICE]
    said = "".join(kept)
    return f"{said.rstrip('；。')}。" if said else ""


def told_on_page(error: CardgenError, *, is_office: bool = True) -> str:
    """Both in a line."""
    return f"{message_for_page(error.message)}{for_page(error.hint, is_office=is_office)}"


def problem_for_page(found: Problem, *, is_office: bool) -> str:
    """Why something is not printed. Where a correction and the roster differ, what the roster says
    may be of another village: those who may see it find it among the corrections."""
    if found.code == Code.CORRECTION_DISPUTED and not is_office:
        number = re.search(r"改正第 \d+ 条", found.message)
        return f"{number[0] if number else '改正'}和新名册说的不一样，要镇办公室定；定下之前不印"
    return message_for_page(found.message)


@cache
def _folders() -> list[tuple[str, bool]]:
    """The folders of this machine that may stand in a message, the longest first; and whether it
    is the workspace."""
    workspace = Path(settings.WORKSPACE)
    found = {str(PACKAGE): False, tempfile.gettempdir(): False, str(Path.home()): False}
    found |= {str(workspace): True, str(workspace.resolve()): True}
    found = {folder: known for folder, known in found.items() if len(folder) > 1}
    return sorted(found.items(), key=lambda each: -len(each[0]))


def _named(found: re.Match[str], folder: str, *, is_workspace: bool) -> str:
    """A path as one speaks of it in the workspace; all else by its last name."""
    rest = found[0][len(folder) :]
    inside, blank, words = rest.partition(" ")
    parts = [part for part in re.split(r"[/\\]", inside) if part]
    if not parts:
        return f"工作文件夹{words}" if is_workspace else f"{Path(folder).name}{blank}{words}"
    if not is_workspace or parts[0] == STATE:
        parts = parts[-1:]
    return f"{'/'.join(parts)}{blank}{words}"

"""The commands that enter what became of papers: delivered, come back, lost."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cardgen.cli import show
from cardgen.cli.help import Command
from cardgen.cli.tables import Folder
from cardgen.errors import UsageError

if TYPE_CHECKING:
    from cardgen.ledger import Asked, Entered, Event

_MOST = 200
_DAY = re.compile(r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?")
# A list of recalls names two serials: what is collected, and what is handed out for it.
_COLUMNS = {"delivered": ("换发新编号",), "returned": ("收回旧编号",), "lost": ("收回旧编号",)}

Serials = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="编号", help="像 7K3M-9QXP；小写、少了横线也行。写 - 就从扫码枪一行一行地读"
    ),
]
File = Annotated[
    Path | None,
    typer.Option("--file", metavar="清单.csv", help="编号在这个表里，哪一列都行"),
]
By = Annotated[str, typer.Option("--by", metavar="姓名", help="谁送的、谁收的")]
On = Annotated[
    str, typer.Option("--on", metavar="日期", help="哪一天，像 2026-11-24；不写就是今天")
]
Undo = Annotated[
    bool, typer.Option("--undo", help="登记错了：撤销这些编号的最后一条登记，留下痕迹")
]


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command(cls=Command, help=_DELIVERED)(delivered)
    app.command(cls=Command, help=_RETURNED)(returned)


_DELIVERED = (
    "登记送到了哪几份：打编号、扫码，或给一张表。\n\n"
    "例如：cardgen delivered 青石镇 7K3M-9QXP B2C4-TR5F --by 李明\n"
    "      cardgen delivered 青石镇 --file 签收.csv --on 2026-11-24\n"
    "      cardgen delivered 青石镇 -        接上扫码枪，扫一份一行，扫完按 Ctrl+D\n\n"
    "抄错的、不认识的、已经换掉的旧卡，逐条说明，不影响其余的；有一条没登记上，退出码是 2。"
)


def delivered(
    folder: Folder,
    serials: Serials = None,
    file: File = None,
    by: By = "",
    on: On = "",
    undo: Undo = False,
) -> None:
    """Enter what was delivered."""
    _enter(folder, "delivered", serials or (), file, by, on, undo)


_RETURNED = (
    "登记收回了哪几份旧卡，写法和 cardgen delivered 一样。收回的旧卡不再出现在换卡收回单上。\n\n"
    "例如：cardgen returned 青石镇 7K3M-9QXP --by 李明\n"
    "      cardgen returned 青石镇 --file 青石镇/out/recall.csv    收回单上的旧卡全收回了\n"
    "      cardgen returned 青石镇 7K3M-9QXP --lost               找不到了，收不回来\n\n"
    "有一条没登记上，退出码是 2。"
)


def returned(
    folder: Folder,
    serials: Serials = None,
    file: File = None,
    lost: Annotated[bool, typer.Option("--lost", help="不是收回，是丢失了")] = False,
    by: By = "",
    on: On = "",
    undo: Undo = False,
) -> None:
    """Enter what came back, or is lost."""
    _enter(folder, "lost" if lost else "returned", serials or (), file, by, on, undo)


def _enter(
    folder: Path,
    what: str,
    serials: Sequence[str],
    file: Path | None,
    by: str,
    on: str,
    undo: bool,
) -> None:
    from cardgen import ledger
    from cardgen.workspace import no_folder

    if not folder.is_dir():
        raise no_folder(folder)
    event = ledger.Event(what)
    day = day_of(on, ledger.local_now()[:10])
    asked = _asked(serials, file, what)
    book = ledger.find_ledger(folder)
    if book is None:
        raise UsageError(
            f"{folder} 里还没有账本，没有印过的纸可以登记。", f"先运行：cardgen build {folder}"
        )
    with book:
        if undo:
            entered = ledger.take_back(book, event, asked)
        else:
            entered = ledger.enter(book, event, asked, day, by.strip())
    _tell(entered, event, undo)


def day_of(text: str, today: str) -> str:
    """A day as the ledger keeps it, 2026-11-24; today where none is said. Raises UsageError."""
    if not text.strip():
        return today
    found = _DAY.fullmatch(text.strip())
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        raise UsageError(f"“{text}”不是日期。", "写成 2026-11-24。")
    if day.isoformat() > today:
        raise UsageError(f"{day.isoformat()} 还没有到，今天是 {today}。", "看看 --on 写对没有。")
    return day.isoformat()


def _asked(serials: Sequence[str], file: Path | None, what: str) -> list[Asked]:
    """The serials that were typed, that stand in the file, or that come in from a scanner."""
    from cardgen.ledger import listed, scanned, typed

    asked = typed(word for word in serials if word != "-")
    if file is not None:
        try:
            content = file.read_bytes()
        except OSError as error:
            raise UsageError(
                f"{file} 打不开：{error.strerror}。", "看看文件名写对没有。"
            ) from error
        asked += listed(content, str(file), _COLUMNS[what])
    if "-" in serials or not (serials or file or sys.stdin.isatty()):
        asked += scanned(sys.stdin.buffer.read())
    if not asked:
        raise UsageError(
            "一个编号也没有。", "把编号写在后面，或用 --file 给一张表，或写 - 用扫码枪扫。"
        )
    return asked


def _tell(entered: Entered, event: Event, undo: bool) -> None:
    from cardgen.ledger import WORDS
    from cardgen.report.words import shown

    word, count = WORDS[event], len(entered.serials)
    show.line(f"已撤销{word}登记 {count:,} 份。" if undo else f"已登记{word} {count:,} 份。")
    if entered.closed and undo:
        show.line(f"其中 {entered.closed:,} 份是旧卡，又要收回了。")
    elif entered.closed:
        show.line(f"其中 {entered.closed:,} 份是要收回的旧卡，这几份不用再收。")
    if entered.repeated:
        show.line(f"重复的 {entered.repeated:,} 个只算一次。")
    for wrong in entered.wrong[:_MOST]:
        show.line(f"✗ {wrong.where} {shown(wrong.text)}：{wrong.fault}")
    if len(entered.wrong) > _MOST:
        show.line(f"…还有 {len(entered.wrong) - _MOST:,} 条。")
    if entered.wrong:
        raise UsageError(
            f"有 {len(entered.wrong):,} 条没有登记，写在上面。",
            "改好以后只补登这几条，其余的已经登记了。" if count else "",
        )

"""The command about corrections: what people know better than the roster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardgen.cli import show
from cardgen.cli.help import Command
from cardgen.cli.tables import AsJson, Folder, refuse_among_rosters
from cardgen.errors import UsageError

if TYPE_CHECKING:
    from cardgen.ledger import Ledger
    from cardgen.model import Correction
    from cardgen.workspace import Workspace

_MOST = 200

Numbers = list[int] | None


def add_to(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("corrections", cls=Command, help=_CORRECTIONS)(show_corrections)


_CORRECTIONS = (
    "改正：村里说名册上哪个姓名、哪个电话不对；同意、退回，或连同改正导出名册。\n\n"
    "例如：cardgen corrections 青石镇                       每条一行，要定的在前\n"
    "      cardgen corrections 青石镇 --accept 3 --reject 5  同意第 3 条，退回第 5 条\n"
    "      cardgen corrections 青石镇 --export 改好的名册.xlsx\n\n"
    "没有定的和同意了的，下次就按改正印；退回的照名册印。新名册也这样写了，改正自动办结。"
)


def show_corrections(
    folder: Folder,
    accept: Annotated[
        Numbers, typer.Option("--accept", metavar="条", help="同意这一条；可以写几次")
    ] = None,
    reject: Annotated[
        Numbers, typer.Option("--reject", metavar="条", help="退回这一条：名册是对的")
    ] = None,
    reopen: Annotated[
        Numbers, typer.Option("--reopen", metavar="条", help="定错了：重新打开这一条")
    ] = None,
    by: Annotated[str, typer.Option("--by", metavar="姓名", help="谁定的")] = "",
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="文件.xlsx", help="把名册连同改正写成 Excel 表"),
    ] = None,
    campaign: Annotated[
        str,
        typer.Option(
            "--campaign",
            metavar="文件",
            help="用工作文件夹里的哪个活动文件；不写就是 campaign.toml",
        ),
    ] = "campaign.toml",
    as_json: AsJson = False,
) -> None:
    """Decide corrections, export the roster with them, or list them."""
    from cardgen.ledger import find_ledger
    from cardgen.workspace import no_folder

    if not folder.is_dir():
        raise no_folder(folder)
    asked = _Asked(tuple(accept or ()), tuple(reject or ()), tuple(reopen or ()), by.strip())
    asked.check()
    if export is not None:
        _check_export(folder, export)
    book = find_ledger(folder)
    if book is None and asked.numbers:
        raise UsageError(f"没有第 {asked.numbers[0]} 条改正。", f"{folder} 里还没有账本。")
    said = _Roster(folder, campaign)
    rows: list[_Row] = []
    if book is not None:
        with book:
            for line in asked.decide(book, said):
                if not as_json:
                    show.line(line)
            if as_json or not (asked.numbers or export):
                rows = _rows(book, said)
    if export is not None:
        from cardgen.rosterbook import write_corrected_roster

        write_corrected_roster(said.workspace(), export)
    if as_json:
        show.as_json({"corrections": [row.plain() for row in rows]})
    elif export is not None:
        show.line(f"已写好 {export}")
    elif not asked.numbers:
        _list(rows)


class _Roster:
    """What the rosters say, read when it is asked for first."""

    def __init__(self, folder: Path, campaign: str) -> None:
        self._folder, self._campaign = folder, campaign
        self._read: Workspace | None = None

    def workspace(self) -> Workspace:
        """The workspace, with the corrections that stand."""
        from cardgen.workspace import read_workspace

        if self._read is None:
            self._read = read_workspace(self._folder, campaign_file=self._campaign)
        return self._read

    def disputed(self) -> dict[int, str]:
        """By number of a correction: the third thing that the roster says."""
        applied = self.workspace().applied
        return {each.id: said for each, said in applied.disputed} if applied else {}

    def lost(self) -> set[int]:
        """The corrections of people who are not there any more."""
        applied = self.workspace().applied
        return {each.id for each in applied.lost} if applied else set()

    def forget(self) -> None:
        """Corrections were decided: read it again."""
        self._read = None


@dataclass(frozen=True)
class _Asked:
    """What is to be decided, and by whom."""

    accept: Sequence[int]
    reject: Sequence[int]
    reopen: Sequence[int]
    by: str

    @property
    def numbers(self) -> list[int]:
        """All of them."""
        return [*self.accept, *self.reject, *self.reopen]

    def check(self) -> None:
        """Raise UsageError where one is asked for twice."""
        for number in self.numbers:
            if self.numbers.count(number) > 1:
                raise UsageError(f"第 {number} 条写了两次。", "一条一次只能定一样。")

    def decide(self, book: Ledger, said: _Roster) -> Iterator[str]:
        """Decide one by one; what was done, in words. Raises UsageError; before the first is
        decided where there is no such correction."""
        from cardgen import ledger
        from cardgen.ledger import user_name

        for number in self.numbers:
            ledger.find_correction(book, number)
        by = self.by or user_name()
        disputed = said.disputed() if self.accept else {}
        for number in self.accept:
            ledger.accept_correction(book, number, by, disputed.get(number))
            yield f"第 {number} 条同意了，照改正印。"
        for number in self.reject:
            ledger.reject_correction(book, number, by)
            yield f"第 {number} 条退回了，照名册印。"
        for number in self.reopen:
            ledger.reopen_correction(book, number, by)
            yield f"第 {number} 条重新打开了。"
        if self.numbers:
            said.forget()


# --------------------------------------------------------------------------- the list


@dataclass(frozen=True)
class _Row:
    """A correction, and what the roster says of it today."""

    correction: Correction
    now: str | None
    is_lost: bool

    @property
    def is_to_decide(self) -> bool:
        return self.correction.state == "open" or self.now is not None

    def plain(self) -> dict[str, Any]:
        """It, for another program."""
        from cardgen.report.words import masked

        each, subject = self.correction, self.correction.subject
        texts = {
            **{"what": each.what.value, "village": subject.village, "household": subject.code},
            **{"role": subject.role, "name": subject.name},
            **{"before": each.before, "after": each.after, "note": each.note},
            **{"person": each.person, "made": each.made, "state": each.state.value},
            **{"decided_by": each.decided_by, "decided": each.decided},
        }
        told: dict[str, Any] = {"id": each.id} | {k: masked(v) for k, v in texts.items()}
        now = None if self.now is None else masked(self.now)
        return told | {"disputed": now, "is_lost": self.is_lost}

    def cells(self) -> list[str]:
        """It, for people."""
        from cardgen.corrections import field_words
        from cardgen.ledger import STATE_WORDS
        from cardgen.report.words import shown

        each, subject = self.correction, self.correction.subject
        state = STATE_WORDS[each.state]
        if self.now is not None:
            state = f"要定：新名册是“{self._value(self.now)}”"
        elif self.is_lost:
            state = f"{state}；人不在名册里了"
        who = " ".join(filter(None, (subject.village, subject.role, subject.name, subject.code)))
        values = f"{self._value(each.before)} → {self._value(each.after)}"
        cells = (str(each.id), state, who, field_words(each.what), values, each.note)
        return [shown(cell) for cell in (*cells, f"{each.person} {each.made[:10]}")]

    def _value(self, value: str) -> str:
        from cardgen.phones import group_digits

        return (group_digits(value) if self.correction.what.is_phone else value) or "（空）"


def _rows(book: Ledger, said: _Roster) -> list[_Row]:
    """All corrections, those to decide first, then the newest."""
    from cardgen.ledger import corrections

    found = corrections(book)
    stands = any(each.stands for each in found)
    disputed, lost = (said.disputed(), said.lost()) if stands else ({}, set[int]())
    rows = [_Row(each, disputed.get(each.id), each.id in lost) for each in found]
    return sorted(rows, key=lambda row: not row.is_to_decide)


def _list(rows: Sequence[_Row]) -> None:
    if not rows:
        show.line("没有改正。村里在网页上提：cardgen serve")
        return
    heads = ("条", "情况", "谁", "项目", "改什么", "说明", "谁提的")
    if not show.out().is_terminal:  # for another program, or to be pasted into a spreadsheet
        for cells in (heads, *(row.cells() for row in rows)):
            show.line("\t".join(cells))
        return
    show.table(heads, (row.cells() for row in rows[:_MOST]))
    if (more := len(rows) - _MOST) > 0:
        show.line(f"这里列出 {_MOST} 条，还有 {more:,} 条；加 --json 写出全部。")


# --------------------------------------------------------------------------- the roster


def _check_export(folder: Path, path: Path) -> None:
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path} 要以 .xlsx 结尾。", f"写成 {path.with_suffix('.xlsx').name}。")
    refuse_among_rosters(folder, path, "--export")

"""cardgen diff: what has changed since the papers that are out were printed, before printing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardgen.cli import show
from cardgen.cli.help import Command
from cardgen.cli.tables import Csv, write_csv
from cardgen.model import Difference, Touch, Touched

if TYPE_CHECKING:
    from cardgen.causes import Cause

_MOST = 200
_MOST_CAUSES = 50
_TOUCHES = {
    Touch.CHANGED: "换新", Touch.FIRST: "新印", Touch.GONE: "收回", Touch.HELD: "印不成",
}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Make the command known."""
    app.command("diff", cls=Command, help=_DIFF)(show_difference)


_DIFF = (
    "印之前先看：名册、活动、版式改了什么，哪些纸要换，印出去的哪几份现在不对了。不印东西。\n\n"
    "例如：cardgen diff 青石镇\n"
    "      cardgen diff 青石镇 --layout love-card --csv 要换的.csv\n\n"
    "看过以后，cardgen build 青石镇 --changed 就只印这些。"
)


def show_difference(
    folder: Annotated[
        Path, typer.Argument(metavar="文件夹", help="工作文件夹，里面有花名册和 cardgen.db")
    ],
    layouts: Annotated[
        list[str] | None,
        typer.Option(
            "--layout", metavar="版式", help="只看这种纸；可以写几次。不写就按 campaign.toml"
        ),
    ] = None,
    since: Annotated[
        Path | None,
        typer.Option("--since", metavar="旧花名册", help="增减台账和它比；不写就和上一次的比"),
    ] = None,
    csv: Csv = None,
    campaign: Annotated[
        str,
        typer.Option(
            "--campaign",
            metavar="文件",
            help="用工作文件夹里的哪个活动文件；不写就是 campaign.toml",
        ),
    ] = "campaign.toml",
    as_json: Annotated[bool, typer.Option("--json", help="结果写成 JSON，给别的程序读")] = False,
) -> None:
    """Tell what `build --changed` would print, and why."""
    from cardgen import produce
    from cardgen.causes import causes_of

    options = produce.Options(layouts=tuple(layouts or ()), campaign=campaign, since=since)
    with show.progress(not as_json) as progress:
        found = produce.difference(folder, options, progress)
    told = _Told(found, causes_of(found.touched, found.now, found.then))
    if csv is not None:
        write_csv(folder, csv, _HEADER, told.rows(), quiet=as_json)
    if as_json:
        show.as_json(told.json())
    else:
        _show(told, csv is None)


@dataclass(frozen=True)
class _Told:
    """A difference and its causes, ready to be shown."""

    found: Difference
    causes: tuple[Cause, ...]

    @cached_property
    def counts(self) -> Mapping[Touch, int]:
        """How many copies are touched in each way."""
        return Counter(copy.touch for copy in self.found.touched)

    @cached_property
    def lies(self) -> list[Touched]:
        """The copies that are out and no longer true."""
        return [copy for copy in self.found.touched if copy.serial]

    @cached_property
    def new_households(self) -> list[tuple[Touched, str]]:
        """A copy of each household that is new, and all the papers that it gets."""
        papers: dict[str, tuple[Touched, list[str]]] = {}
        for cause in self.causes:
            if cause.kind != "came":
                continue
            for copy in cause.copies:
                if copy.touch is Touch.FIRST:
                    papers.setdefault(copy.subject, (copy, []))[1].append(copy.title)
        return [(copy, "、".join(dict.fromkeys(titles))) for copy, titles in papers.values()]

    @cached_property
    def words(self) -> Mapping[int, list[str]]:
        """The causes of each copy, by its id."""
        words: dict[int, list[str]] = {}
        for cause in self.causes:
            for copy in cause.copies:
                words.setdefault(id(copy), []).append(cause.words)
        return words

    def rows(self) -> Iterator[list[str]]:
        """A line for each copy that is touched."""
        from cardgen.report.words import masked

        for copy in self.found.touched:
            cells = (
                *(_TOUCHES[copy.touch], copy.title, copy.village, copy.subject, _head(copy)),
                *(copy.serial, copy.new_serial if copy.touch is not Touch.HELD else ""),
                "已送达" if copy.delivered else "",
                "；".join(self.words[id(copy)]),
            )
            yield list(map(masked, cells))

    def json(self) -> dict[str, Any]:
        """All of it for another program."""
        from cardgen.report.words import masked

        return {
            "copies": self.found.copies,
            "same": self.found.same,
            "counts": {touch.value: self.counts[touch] for touch in _TOUCHES},
            "causes": [
                {
                    "kind": cause.kind.value,
                    "words": masked(cause.words),
                    "copies": len(cause.copies),
                    "papers": dict(cause.papers),
                }
                for cause in self.causes
            ],
            "touched": [
                {
                    "touch": copy.touch.value,
                    "layout": copy.layout,
                    "subject": masked(copy.subject),
                    "village": copy.village,
                    "serial": copy.serial,
                    "new_serial": copy.new_serial,
                    "delivered": copy.delivered,
                    "causes": [masked(words) for words in self.words[id(copy)]],
                }
                for copy in self.found.touched
            ],
        }


_HEADER = ("情况", "纸", "村", "给谁", "户主", "旧编号", "新编号", "旧的送达登记", "原因")


def _head(copy: Touched) -> str:
    """The head of the household that a copy is for, where the paper knows it."""
    home = copy.after.get("household") or copy.before.get("household")
    return str(home.get("head", "")) if isinstance(home, Mapping) else ""


# --------------------------------------------------------------------------- on the screen


def _show(told: _Told, may_cut: bool) -> None:
    for line in _summary(told):
        show.line(line)
    if not told.lies and not told.found.same:
        return  # nothing is out: everything is new, and no cause says more
    _show_causes(told.causes)
    if len(told.found.touched) < sum(len(cause.copies) for cause in told.causes):
        show.line("有的份不止一个原因，各行加起来比总数多。")
    if may_cut:
        _show_new(told.new_households)
        _show_lies(told.lies)


def _summary(told: _Told) -> Iterator[str]:
    found, counts = told.found, told.counts
    due = counts[Touch.CHANGED] + counts[Touch.FIRST]
    if not told.lies and not found.same:
        yield f"以前没有印过：cardgen build 会印 {due:,} 份。" if due else "没有要印的。"
        return
    if not found.touched:
        yield f"没有变化：印出去的 {found.same:,} 份都还对，没有要印的。"
        return
    out = found.same + len(told.lies)
    yield f"印出去的 {out:,} 份，{found.same:,} 份还对，{len(told.lies):,} 份不对了。"
    kinds = [f"{_TOUCHES[each]} {counts[each]:,} 份" for each in (Touch.CHANGED, Touch.FIRST)]
    yield f"cardgen build --changed 会印 {due:,} 份：{'，'.join(kinds)}。"
    if counts[Touch.GONE]:
        yield f"要收回、不再发的 {counts[Touch.GONE]:,} 份。"
    if counts[Touch.HELD]:
        yield f"印不成、旧的还在外面的 {counts[Touch.HELD]:,} 份：为什么，见 cardgen check。"


def _show_causes(causes: Sequence[Cause]) -> None:
    from cardgen.causes import papers_in_words
    from cardgen.report.words import shown

    if causes:
        show.line("")
    for cause in causes[:_MOST_CAUSES]:
        show.line(f"{len(cause.copies):>7,} 份  {shown(cause.words)}")
        show.line(f"            {papers_in_words(cause.papers)}")
    if len(causes) > _MOST_CAUSES:
        show.line(f"还有 {len(causes) - _MOST_CAUSES:,} 个原因；加 --csv 写出全部。")


def _show_new(households: Sequence[tuple[Touched, str]]) -> None:
    from cardgen.report.words import shown

    if not households:
        return
    show.line("")
    rows = (
        (*map(shown, (copy.village, copy.subject, _head(copy))), papers)
        for copy, papers in households[:_MOST]
    )
    show.table(("新来的住户", "户号", "户主", "要印的纸"), rows)
    _say_cut(len(households), "户")


def _show_lies(lies: Sequence[Touched]) -> None:
    from cardgen.report.words import shown

    if not lies:
        return
    show.line("")
    rows = (
        (
            *(copy.serial, shown(copy.title), shown(copy.village)),
            shown(f"{copy.subject} {_head(copy)}".strip()),
            "已送达" if copy.delivered else "",
            _instead(copy),
        )
        for copy in lies[:_MOST]
    )
    show.table(("不对的编号", "纸", "村", "给谁", "送达登记", "怎么办"), rows)
    _say_cut(len(lies), "份")


def _say_cut(count: int, unit: str) -> None:
    if count > _MOST:
        show.line(f"这里列出 {_MOST} {unit}，还有 {count - _MOST:,} {unit}；加 --csv 写出全部。")


def _instead(copy: Touched) -> str:
    match copy.touch:
        case Touch.GONE:
            return "收回，不再发"
        case Touch.HELD:
            return "印不成，先别收回"
    return f"换成 {copy.new_serial}"

"""The commands about what changed: from import to import, and from paper to roster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardgen.cli import show
from cardgen.cli.help import Command
from cardgen.cli.tables import AsJson, Csv, Folder, write_csv

if TYPE_CHECKING:
    from cardgen.model import Imported, RosterChange

_MOST = 200
_KINDS = {"came": "新来", "left": "离开", "moved": "搬动", "changed": "变更"}


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command("imports", cls=Command, help=_IMPORTS)(show_imports)


# --------------------------------------------------------------------------- imports

_IMPORTS = (
    "每次读进来的花名册，和上一次比来了谁、走了谁、改了什么：一增一减台账。\n\n"
    "例如：cardgen imports 青石镇          一次一行\n"
    "      cardgen imports 青石镇 3        第 3 次和上一次比，逐户逐项\n\n"
    "印东西时花名册有改动，就记一次；同样的文件再印，不另记。"
)


def show_imports(
    folder: Folder,
    number: Annotated[
        int | None,
        typer.Argument(metavar="[次]", help="只看这一次改了什么；不写就列出每一次", min=1),
    ] = None,
    csv: Csv = None,
    as_json: AsJson = False,
) -> None:
    """List imports, or what one of them changed."""
    from cardgen import ledger as ledgers
    from cardgen.workspace import no_folder

    if not folder.is_dir():
        raise no_folder(folder)
    book = ledgers.find_ledger(folder)
    if book is None:
        if as_json:
            show.as_json({"imports": []})
        else:
            show.line("还没有读过花名册：从 cardgen build 印第一批时开始记。")
        return
    with book:
        if number is None:
            _list(folder, ledgers.all_imports(book), csv, as_json)
        else:
            imported = ledgers.find_import(book, number)
            _show(folder, imported, ledgers.changes_of(book, number), csv, as_json)


def _list(folder: Path, imports: Sequence[Imported], csv: Path | None, as_json: bool) -> None:
    header = ("次", "时间", "村", "干部", "户", *_KINDS.values(), "文件")
    if csv is not None:
        write_csv(folder, csv, header, map(_import_row, imports), quiet=as_json)
    if as_json:
        show.as_json({"imports": [_import_json(each) for each in imports]})
    if csv is not None or as_json:
        return
    rows = ([f"{c:,}" if isinstance(c, int) else c for c in _import_row(i)] for i in imports)
    show.table(header, rows)


def _import_row(imported: Imported) -> list[str | int]:
    changed = (imported.came, imported.left, imported.moved, imported.changed)
    return [
        *(imported.id, when(imported.made), imported.villages, imported.cadres),
        imported.households,
        *(("" if imported.is_first else count) for count in changed),
        "、".join(imported.files),
    ]


def _import_json(imported: Imported) -> dict[str, Any]:
    names = ("id", "made", "villages", "cadres", "households")
    told: dict[str, Any] = {name: getattr(imported, name) for name in names}
    if not imported.is_first:
        told |= {name: getattr(imported, name) for name in _KINDS}
    return told | {"files": dict(imported.files)}


def _show(
    folder: Path,
    imported: Imported,
    changes: Sequence[RosterChange],
    csv: Path | None,
    as_json: bool,
) -> None:
    if csv is not None:
        header = ("情况", "村", "户号", "户主", "住处", "项目", "原来", "现在")
        write_csv(folder, csv, header, _field_rows(changes), quiet=as_json)
    if as_json:
        show.as_json(_import_json(imported) | {"changes": [_change_json(c) for c in changes]})
    if csv is not None or as_json:
        return
    show.line(_headline(imported))
    if changes:
        rows = ([_KINDS[c.kind], *_shown(c), _in_words(c)] for c in changes[:_MOST])
        show.table(("情况", "村", "户号", "户主", "住处", "改了什么"), rows)
    if len(changes) > _MOST:
        show.line(f"这里列出 {_MOST} 户，还有 {len(changes) - _MOST:,} 户；加 --csv 写出全部。")


def _headline(imported: Imported) -> str:
    head = f"第 {imported.id} 次（{when(imported.made)}，{imported.households:,} 户）"
    if imported.is_first:
        return f"{head}是头一次，没有更早的可以比。"
    counts = "，".join(f"{word} {getattr(imported, k):,}" for k, word in _KINDS.items())
    if not any(getattr(imported, kind) for kind in _KINDS):
        return f"{head}和上一次比，住户没有变化。"
    return f"{head}和上一次比：{counts}。"


def _shown(change: RosterChange) -> Iterator[str]:
    from cardgen.report.words import shown

    return map(shown, (change.village, change.code, change.head, change.place))


def _in_words(change: RosterChange) -> str:
    from cardgen.report.words import shown

    return shown("；".join(f"{f} {b or '（空）'} → {a or '（空）'}" for f, b, a in change.fields))


def _field_rows(changes: Sequence[RosterChange]) -> Iterator[list[str]]:
    from cardgen.report.words import masked

    for change in changes:
        who = [_KINDS[change.kind], change.village, change.code, change.head, change.place]
        for field in change.fields or [("", "", "")]:
            yield [masked(text) for text in (*who, *field)]


def _change_json(change: RosterChange) -> dict[str, Any]:
    from cardgen.report.words import masked

    told: dict[str, Any] = {
        name: masked(str(getattr(change, name)))
        for name in ("kind", "code", "village", "head", "place")
    }
    fields = [[masked(text) for text in field] for field in change.fields]
    return told | {
        "fields": [dict(zip(("field", "before", "after"), f, strict=True)) for f in fields]
    }


def when(made: str) -> str:
    """A time of the ledger as people read it: 2026-11-24 20:12."""
    return made.replace("T", " ")[:16]

"""The commands that look into the ledger: what was printed, what is out, who has what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cardgen.cli import show
from cardgen.cli.help import Command
from cardgen.cli.tables import AsJson, Csv, Folder, write_csv
from cardgen.errors import LayoutError, UsageError

if TYPE_CHECKING:
    from cardgen.ledger import BatchLine, CopyLine, Ledger, Subject, VillageCoverage

_MOST = 200
_KINDS = {"build": "整批", "changed": "只印变化", "card": "单张", "reprint": "补印"}
_WHYS = {"first": "头一次印", "changed": "内容变了", "again": "照样再印", "reprint": "补印"}


def add_to(app: typer.Typer) -> None:
    """Make the commands known."""
    app.command("ledger", cls=Command, help=_LEDGER)(show_ledger)
    app.command("coverage", cls=Command, help=_COVERAGE)(show_coverage)


_LEDGER = (
    "账本：印过哪些批次，一户有过哪些纸，现在外面有什么，还有什么要收回。\n\n"
    "例如：cardgen ledger 青石镇                          每一批一行\n"
    "      cardgen ledger 青石镇 --household TW-3F7K2Q     这一户的每一份，在哪个文件第几张\n"
    "      cardgen ledger 青石镇 --recalls --csv 收回.csv   还没收回的旧卡，按走的先后\n\n"
    "写成 csv 时每一格都是文字，户号、编号在 Excel 里不会变样。"
)


def show_ledger(
    folder: Folder,
    household: Annotated[
        str, typer.Option("--household", metavar="户号", help="这一户（或村、场所）的每一份")
    ] = "",
    is_out: Annotated[bool, typer.Option("--out-now", help="现在在外面的每一份")] = False,
    recalls: Annotated[bool, typer.Option("--recalls", help="要收回、还没收回的")] = False,
    village: Annotated[
        str, typer.Option("--village", metavar="村", help="和上面两种一起用：只看这个村")
    ] = "",
    csv: Csv = None,
    as_json: AsJson = False,
) -> None:
    """Show batches, or what was asked for."""
    if bool(household) + is_out + recalls > 1:
        raise UsageError("--household、--out-now、--recalls 一次只能用一个。", "分几次看。")
    if village and not (is_out or recalls):
        raise UsageError("--village 要和 --out-now 或 --recalls 一起用。", "例如 --out-now。")
    with suppress(_Nothing), _Book(folder, as_json, ("rows",)) as book:
        if household:
            found = _history(book, folder, household)
        elif is_out:
            found = _out_now(book, folder, village)
        elif recalls:
            found = _recalls(book, folder, village)
        else:
            found = _batches(book, folder)
        _give(folder, found, csv, as_json)


class _Nothing(Exception):
    """There is no ledger yet, and this was said."""


class _Book:
    """The ledger while a command looks into it. Where there is none it says what to do."""

    def __init__(self, folder: Path, as_json: bool, empty: Sequence[str]) -> None:
        from cardgen.ledger import find_ledger
        from cardgen.workspace import no_folder

        if not folder.is_dir():
            raise no_folder(folder)
        found = find_ledger(folder)
        if found is None:
            if as_json:
                show.as_json({name: [] for name in empty})
            else:
                show.line(f"账本还是空的。先印一批：cardgen build {folder}")
            raise _Nothing
        self._ledger: Ledger = found

    def __enter__(self) -> Ledger:
        return self._ledger

    def __exit__(self, *_: object) -> None:
        self._ledger.close()


_Row = tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """What was found: `header` and `rows` in full, `plain` for programs, `none` to say where
    there is nothing. `brief` is a row as there is room for on a screen, `heads` its heads."""

    header: Sequence[str]
    rows: Sequence[_Row]
    plain: Sequence[dict[str, Any]]
    none: str
    heads: Sequence[str]
    brief: Callable[[_Row], Sequence[str]]


def _give(folder: Path, found: _Found, csv: Path | None, as_json: bool) -> None:
    from cardgen.report.words import shown

    if csv is not None:
        write_csv(folder, csv, found.header, found.rows, quiet=as_json)
    if as_json:
        show.as_json({"rows": found.plain})
    if csv is not None or as_json:
        return
    if not found.rows:
        show.line(found.none)
    elif not show.out().is_terminal:  # for another program, or to be pasted into a spreadsheet
        for row in (found.header, *found.rows):
            show.line("\t".join(map(shown, row)))
    else:
        some = found.rows[:_MOST]
        show.table(found.heads, ([shown(cell) for cell in found.brief(row)] for row in some))
        if more := len(found.rows) - len(some):
            show.line(f"这里列出 {_MOST} 行，还有 {more:,} 行；加 --csv 写出全部。")


def _titles(folder: Path) -> Mapping[str, str]:
    """What the layouts are called; those of an office that cannot be read go by their names."""
    from cardgen.layouts import list_layouts

    for where in (folder, None):
        with suppress(LayoutError):
            return {spec.name: spec.title for spec in list_layouts(where)}
    return {}


# --------------------------------------------------------------------------- what there is


def _batches(book: Ledger, folder: Path) -> _Found:
    from cardgen.ledger import batches

    found = batches(book)
    return _Found(
        ("批次", "开始", "做什么", "活动", "份数", "文件", "完成", "记号", "在哪里"),
        [_batch_row(each, folder) for each in found],
        [asdict(each) for each in found],
        f"账本里还没有批次。{_first(folder)}",
        ("批次", "记号", "开始", "做什么", "份数", "文件", "完成", "在哪里"),
        lambda row: (row[0], row[7], *row[1:3], *row[4:7], row[8]),
    )


def _first(folder: Path) -> str:
    return f"先印一批：cardgen build {folder}"


def _batch_row(batch: BatchLine, folder: Path) -> tuple[str, ...]:
    done = when(batch.finished) or "没有印完，再运行同一条命令"
    counts = (str(batch.copies), str(batch.files))
    return (
        *(str(batch.id), when(batch.started), _KINDS[batch.kind], batch.title, *counts),
        *(done, batch.mark, within(batch.folder, folder)),
    )


def _history(book: Ledger, folder: Path, code: str) -> _Found:
    from difflib import get_close_matches

    from cardgen.ledger import history_of, subjects_known

    found = history_of(book, code)
    if not found:
        near = get_close_matches(code, subjects_known(book), 1, 0.6)
        hint = f"最接近的是 {near[0]}。" if near else _first(folder)
        raise UsageError(f"账本里没有给“{code}”印过什么。", hint)
    titles = _titles(folder)
    rows = [
        (
            *(each.serial, titles.get(each.layout, each.layout), str(each.edition + 1)),
            *(when(each.made), str(each.batch), _WHYS[each.why], within(each.path, folder)),
            *(str(each.sheet), str(each.cell), state(each)),
        )
        for each in found
    ]
    return _Found(
        ("编号", "纸", "第几版", "印于", "批次", "为什么", "文件", "张", "格", "情况"),
        rows,
        [_copy_json(each) for each in found],
        "",
        ("编号", "纸", "印于", "为什么", "在哪里", "情况"),
        lambda row: (
            *(row[0], f"{row[1]} 第 {row[2]} 版", row[3], row[5], _spot(*row[6:9]), row[9]),
        ),
    )


def _out_now(book: Ledger, folder: Path, village: str) -> _Found:
    from cardgen.ledger import out_now, subjects_of

    _check_village(book, village)
    found = out_now(book, village)
    subjects = subjects_of(book, (each.subject for each in found))
    titles = _titles(folder)
    rows = [
        (
            *(each.serial, titles.get(each.layout, each.layout), each.village, each.subject),
            *_who(subjects.get(each.subject)),
            *(when(each.made), within(each.path, folder), str(each.sheet), str(each.cell)),
            state(each),
        )
        for each in found
    ]
    return _Found(
        ("编号", "纸", "村", "户号", "户主", "住处", "印于", "文件", "张", "格", "情况"),
        rows,
        [_copy_json(each) for each in found],
        "现在外面什么也没有。",
        ("编号", "纸", "村", "户主", "住处", "情况"),
        lambda row: (*row[:3], row[4], row[5], row[10]),
    )


def _who(subject: Subject | None) -> tuple[str, str]:
    if subject is None:
        return "", ""
    return subject.who, " ".join(filter(None, (subject.part, subject.place)))


def _recalls(book: Ledger, folder: Path, village: str) -> _Found:
    from cardgen.ledger import last_roster, recalled_by
    from cardgen.recalling import collecting
    from cardgen.report.recalls import HEADER, recall_rows

    _check_village(book, village)
    lists = collecting(book, recalled_by(book), last_roster(book), _titles(folder))
    if village:
        lists = {name: view for name, view in lists.items() if name == village}
    plain = [
        {"village": name, "subject": stop.code, "who": stop.who, **asdict(paper)}
        for name, view in lists.items()
        for stop in view.stops
        for paper in stop.papers
    ]
    return _Found(
        HEADER,
        list(recall_rows(lists)),
        plain,
        "没有要收回的。",
        ("收回", "换发", "纸", "村", "户主", "住处", "原因"),
        lambda row: (row[6], row[7], row[5], row[0], row[2], f"{row[1]} {row[3]}", row[8]),
    )


def _spot(file: str, sheet: str, cell: str) -> str:
    return f"{file} 第 {sheet} 张第 {cell} 格"


def _check_village(book: Ledger, village: str) -> None:
    from cardgen.ledger import villages_known

    known = [name for name in villages_known(book) if name]
    if village and village not in known:
        raise UsageError(f"账本里没有“{village}”。", f"有这些村：{'、'.join(known)}。")


def _copy_json(copy: CopyLine) -> dict[str, Any]:
    return {**asdict(copy), "is_recalled": bool(copy.is_recalled), "number": copy.number + 1}


def when(time: str) -> str:
    """A time of the ledger for people: 2026-11-24 20:04."""
    return time[:16].replace("T", " ")


def within(path: str, folder: Path) -> str:
    """A path as it is called within the workspace, where it lies there."""
    with suppress(ValueError):
        return Path(path).relative_to(folder.resolve()).as_posix()
    return path


def state(copy: CopyLine) -> str:
    """What is known of a copy, in words."""
    by = f"（{copy.person}）" if copy.person else ""
    match copy.event:
        case "returned":
            return f"{copy.day} 收回{by}"
        case "lost":
            return f"{copy.day} 登记丢失{by}"
        case "delivered":
            came = f"{copy.day} 送达{by}"
        case _:
            came = "没有送达登记"
    if copy.newest != copy.serial:
        now = f"换成了 {copy.newest}"
        return f"要收回，{now}；{came}" if copy.is_recalled else now
    return f"要收回，不再发；{came}" if copy.is_recalled else came


# --------------------------------------------------------------------------- coverage

_COVERAGE = (
    "各村发到了没有：有多少户，印了几户，送到几户，谁还没印，谁手里还是旧的。\n\n"
    "例如：cardgen coverage 青石镇\n"
    "      cardgen coverage 青石镇 --layout love-card --csv 进度.csv\n\n"
    "已印：有一份现在还对的在外面。没印过：什么也没印过。旧的没收回：手里还有要收回的。"
)


def show_coverage(
    folder: Folder,
    layouts: Annotated[
        list[str] | None,
        typer.Option("--layout", metavar="版式", help="只看这种纸；可以写几次。不写就是任何一种"),
    ] = None,
    csv: Csv = None,
    as_json: AsJson = False,
) -> None:
    """Show coverage by village."""
    with suppress(_Nothing), _Book(folder, as_json, ("villages",)) as book:
        from cardgen.ledger import coverage, homes_of, total

        _check_layouts(book, folder, layouts or ())
        lines = coverage(book, homes_of(book), layouts or ())
        _give_coverage(folder, [*lines, total(lines)], csv, as_json)


def _check_layouts(book: Ledger, folder: Path, layouts: Iterable[str]) -> None:
    from cardgen.ledger import layouts_known

    known = {*_titles(folder), *layouts_known(book)}
    for name in layouts:
        if name not in known:
            raise UsageError(f"没有 {name} 这种版式。", "cardgen layouts list 列出全部。")


def _give_coverage(
    folder: Path, lines: Sequence[VillageCoverage], csv: Path | None, as_json: bool
) -> None:
    header = ("村", "户数", "已印", "已送达", "没印过", "旧的没收回")
    if csv is not None:
        write_csv(folder, csv, header, map(_counts, lines), quiet=as_json)
    if as_json:
        *villages, whole = (asdict(line) for line in lines)
        show.as_json({"villages": villages, "total": whole})
    if csv is None and not as_json:
        rows = _counted(lines)
        show.table(header, rows)


def _counts(line: VillageCoverage) -> tuple[str | int, ...]:
    counts = (line.households, line.printed, line.delivered, line.missing, line.stale)
    return (line.village or "（没有村）", *counts)


def _counted(lines: Iterable[VillageCoverage]) -> Iterator[list[str]]:
    for line in lines:
        yield [c if isinstance(c, str) else f"{c:,}" for c in _counts(line)]

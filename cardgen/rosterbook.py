"""The roster as one workbook, corrections and all: a workspace in, the bytes of an .xlsx out.

Sheets 村, 干部, 住户 and 场所 with our own names of columns, each cell a text, so that no number
loses its zeros and nothing is a formula. What could not be read stands there as it was. A cell
that a correction changed is coloured, and its comment says what stood there, who said otherwise,
and when. Read again, it is the same township.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill

from cardgen.corrections import CORRECTED_FIELDS
from cardgen.model import Cadre, Correction, Origin, Scope, ScopeKind
from cardgen.phones import group_digits
from cardgen.problems import Code
from cardgen.whole import write_whole_bytes
from cardgen.workspace import Workspace

_HEAD = PatternFill("solid", fgColor="E8EEF4")
_CHANGED = PatternFill("solid", fgColor="FFF2AB")
_VILLAGES = ("村名", "片区", "值班电话", "群二维码", "备注")
_CADRES = ("姓名", "职务", "电话", "负责范围")
_HOUSEHOLDS = (
    *("户号", "村", "网格", "组", "楼栋", "门牌", "户主", "电话", "人口", "类别", "观察起"),
    *("观察止", "路线", "备注"),
)
_VENUES = ("名称", "村", "地址", "负责人", "电话", "类型")
_FIELDS = {"head": "户主", "phone": "电话", "name": "姓名"}
_READ = {"电话": "phone", "值班电话": "phone", "人口": "members"} | {
    "观察起": "watch_from",
    "观察止": "watch_to",
}
_UNREAD = frozenset(
    {
        *(Code.PHONE_DAMAGED, Code.PHONE_INVALID, Code.DATE_INVALID, Code.NUMBER_INVALID),
        Code.SCOPE_UNKNOWN,
    }
)
"""Findings of a cell whose text is nowhere else."""
_LEVELS = {ScopeKind.GRID: "网格", ScopeKind.GROUP: "组", ScopeKind.BUILDING: "号楼"}
_UNSAID = re.compile(
    r"[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)"
)

Changed = Mapping[tuple[Origin, str], Correction]
Unread = Mapping[tuple[str, str, str], Sequence[str]]


def corrected_roster(workspace: Workspace) -> bytes:
    """The workbook of what is printed from."""
    township, changed, unread = workspace.township, _changed(workspace), _unread(workspace)
    book = Workbook(write_only=True)
    _add(
        book,
        "村",
        _VILLAGES,
        ((v.origin, (v.name, v.zone, v.phone, v.group_link, v.note)) for v in township.villages),
        changed,
        unread,
    )
    _add(
        book,
        "干部",
        _CADRES,
        ((c.origin, (c.name, c.role, c.phone, _scopes(c, unread))) for c in township.cadres),
        changed,
        unread,
    )
    _add(
        book,
        "住户",
        _HOUSEHOLDS,
        (
            (
                h.origin,
                (
                    *(h.code, h.village, h.grid, h.group, h.building, h.door, h.head),
                    *("/".join(h.phones), str(h.members or ""), "、".join(h.kinds)),
                    *(_day(h.watch_from), _day(h.watch_to), h.route, h.note),
                ),
            )
            for h in township.households
        ),
        changed,
        unread,
    )
    if township.venues:
        _add(
            book,
            "场所",
            _VENUES,
            (
                (v.origin, (v.name, v.village, v.address, v.person, v.phone, v.kind))
                for v in township.venues
            ),
            changed,
            unread,
        )
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def write_corrected_roster(workspace: Workspace, path: Path) -> None:
    """Write that workbook whole, for nobody else to read. Raises OutputError."""
    write_whole_bytes(path, corrected_roster(workspace), 0o600)


def _changed(workspace: Workspace) -> Changed:
    """The cells that a correction changed, by the row they came from and the header here."""
    found: dict[tuple[Origin, str], Correction] = {}
    if workspace.applied is None:
        return found
    for correction, origin in workspace.applied.cells:
        found[origin, _FIELDS[CORRECTED_FIELDS[correction.what]]] = correction
    return found


def _unread(workspace: Workspace) -> Unread:
    """What stands in cells that could not be read: it goes into the workbook as it was, so that
    nobody takes an empty cell for all that there is to know."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in workspace.township.problems:
        if each.before and each.code in _UNREAD:
            found.setdefault((each.file, each.sheet, each.cell), []).append(each.before)
    return found


def _written(origin: Origin, field: str, unread: Unread) -> Sequence[str]:
    return unread.get((origin.source.file, origin.source.sheet, origin.cell(field)), ())


def _scopes(cadre: Cadre, unread: Unread) -> str:
    """What a cadre answers for, in words that need no column with his village; what nobody
    understood comes first, where it takes no village from another."""
    by_village = "village" in cadre.origin.source.columns
    texts = [_in_full(each) if by_village else each.text for each in cadre.scopes]
    return "；".join(dict.fromkeys([*_written(cadre.origin, "scope", unread), *texts]))


def _in_full(scope: Scope) -> str:
    """A scope with its village, where it lies in one."""
    kind = f"#{scope.kind}" if scope.kind else ""
    if scope.what is ScopeKind.VILLAGE:
        return f"{scope.village}{kind}"
    if scope.what not in _LEVELS:
        return scope.text
    level = _LEVELS[scope.what] if scope.name.isdecimal() else ""
    return f"{scope.village}/{scope.name}{level}{kind}"


def _add(
    book: Workbook,
    title: str,
    header: Sequence[str],
    rows: Iterable[tuple[Origin, Sequence[str]]],
    changed: Changed,
    unread: Unread,
) -> None:
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, name in enumerate(header):
        letter = chr(ord("A") + number)
        sheet.column_dimensions[letter].width = 30 if name in ("负责范围", "备注") else 14

    for number in range(len(header)):
        # For what is typed there later: a phone stays as it is typed.
        sheet.column_dimensions[chr(ord("A") + number)].number_format = "@"

    def cell(value: str) -> Cell:
        made: Cell = WriteOnlyCell(sheet, _escaped(value))
        made.data_type = "s"  # "=1+1" too is a text
        return made

    heads = [cell(name) for name in header]
    for head in heads:
        head.font, head.fill = Font(bold=True), _HEAD
    sheet.append(heads)
    for origin, values in rows:
        line: list[str | Cell | None] = [
            cell(value) if value.startswith("=") else _escaped(value) or None for value in values
        ]
        for number, name in enumerate(header) if unread else ():
            if not values[number] and name in _READ:
                written = "".join(_written(origin, _READ[name], unread))
                line[number] = cell(written) if written else None
        for number, name in enumerate(header) if changed else ():
            if (correction := changed.get((origin, name))) is not None:
                coloured = line[number] = cell(values[number])
                coloured.fill = _CHANGED
                coloured.comment = Comment(_words(correction), "cardgen", height=90, width=240)
        sheet.append(line)


def _escaped(text: str) -> str:
    """A text as a workbook holds it: what XML cannot say, as _x000B_ (ECMA-376, 22.9.2.19)."""
    return _UNSAID.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def _words(correction: Correction) -> str:
    before = group_digits(correction.before) if correction.what.is_phone else correction.before
    return _escaped(
        f"改正第 {correction.id} 条：原来是“{before or '（空）'}”。"
        f"{correction.person} {correction.made[:10]}"
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""

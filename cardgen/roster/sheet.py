"""From a sheet's cells to the rows of its table: what is data, what is not, and why.

Goes in: a `Sheet`, whose rows and columns count from 0. Comes out: a `Found` with rows as
the spreadsheet numbers them, the findings of this sheet, and the rows left out with the
reason of each. No cell is repaired here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from cardgen.model import CellValue, Problem, Table, column_letters
from cardgen.problems import Code, problem
from cardgen.roster.header import LAST_HEADER_ROW, Header, columns_beside, find_header, table_above
from cardgen.roster.words import TITLES, header_keys, nearest_name

Cells = Sequence[CellValue]

EXAMPLE = "示例"
"""What name and code of a template's example row begin with."""

_TOTAL = re.compile(
    r"(?:本页|本村|本组|全村|全镇|全乡|以上)?(?:总?合计|总计|小计|共计|累计)(?:$|[:：(（\d])"
)
_SIGNER = re.compile(
    r"(?:制表|制单|填表|填报|造表|审核|审批|复核|核对|经办|统计|打印|录入|校对)(?:人|单位|日期|时间)?$"
    r"|(?:负责人|领导|单位|经办人|审核人)?(?:签字|签名|签章|盖章)$"
)
"""The first words of a signature line, the name being in the next cell."""
_SIGNED = re.compile(
    r"(?:制表|制单|填表|填报|造表|审核|审批|复核|核对|经办|统计|打印|录入|校对|签字|签名|签章|盖章|公章"
    r"|负责人|领导|主管|分管|单位|联系人|联系电话|村主任|村支书|村书记|日期|时间|注|备注|说明|附注|填[表写]说明)"
    r"(?:人|负责人|单位|日期|时间|签字|签名|签章|盖章|[(（](?:签字|签名|签章|盖章|章)[)）])*[:：].*$"
)
_CLOSING = re.compile(
    r"(?:.*(?:人民政府|办公室|办事处|指挥部|委员会|村委会|居委会|[(（](?:盖章|公章|章)[）)])"
    r"|(?:二〇|20)\S{2}年\S{0,3}月\S{0,3}日|第\d+页.*)$"
)
"""What stands alone under a table: who issued it and when, or the page."""
_BLANKS = re.compile(r"\s+")
_ID_LIKE = re.compile(r"(?<!\d)(?:\d{17}[xX]|\d{15,19})(?!\d)")
_KEYS = {
    Table.VILLAGE: ("name",),
    Table.CADRE: ("name",),
    Table.HOUSEHOLD: ("code", "head"),
    Table.VENUE: ("name",),
}


@dataclass(slots=True)
class Sheet:
    """A sheet as its file holds it; `offset` is the column of each row's first cell.

    `merges` are (first row, first column, last row, last column); `errors` cells that hold
    an Excel error, by (row, column).
    """

    name: str
    rows: Iterable[Cells]
    offset: int = 0
    merges: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden: bool = False
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


@dataclass(slots=True)
class Found:
    """What a sheet gave. `table` is None if it holds none; `rows` are (row number, cells).

    Cells stand in the order of `columns`.
    """

    sheet: str
    table: Table | None = None
    columns: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[int, list[CellValue]]] = field(default_factory=list)
    examples: list[int] = field(default_factory=list)
    skipped: list[tuple[int, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def note(self, code: Code, message: str, row: int = 0, column: int = -1) -> None:
        """Add a finding at a cell; the file is not known here, its reader adds it."""
        found = problem(code, message)
        cell = f"{column_letters(column)}{row}" if row else ""
        self.problems.append(
            Problem(found.code, found.severity, message, sheet=self.sheet, cell=cell)
        )


def read_sheet(sheet: Sheet) -> Found:
    """The table of this sheet, if it has one."""
    found = Found(sheet.name)
    rows = iter(_with_errors(sheet) if sheet.errors else sheet.rows)
    top = list(islice(rows, LAST_HEADER_ROW + 1))
    header = find_header(top)
    if header is None or header.lacks:
        if not sheet.hidden and (any(map(_is_filled, top)) or any(map(_is_filled, rows))):
            _note_unknown(found, header, sheet.offset)
        return found
    if sheet.hidden:
        title = TITLES[header.table]
        found.note(
            Code.TABLE_HIDDEN,
            f"隐藏的工作表“{sheet.name}”像是{title}，没有读；要用它请先取消隐藏",
        )
        return found
    _note_table_above(sheet, header, top, found)
    _read_table(sheet, header, top, rows, found)
    _note_header(sheet, header, found)
    return found


def _read_table(
    sheet: Sheet, header: Header, top: list[Cells], rest: Iterator[Cells], found: Found
) -> None:
    """Fill `found` with the rows under the header."""
    reader = _Rows(sheet, header, top)
    start = header.last_row + 1
    hidden: list[int] = []
    for number, cells in enumerate(chain(top[start:], rest), start + 1):
        values = reader.values(number - 1, cells)
        if values is None:
            continue
        reason = reader.why_not(cells, values)
        if reason:
            found.skipped.append((number, reason))
        elif reader.is_example(values):
            found.examples.append(number)
        else:
            if number - 1 in sheet.hidden_rows:
                hidden.append(number)
            reader.add_identity_numbers(cells, values)
            found.rows.append((number, values))
    found.table = header.table
    found.columns = {name: at + sheet.offset for name, at in reader.columns.items()}
    if hidden:
        which = _spans(hidden)
        found.note(
            Code.ROWS_HIDDEN,
            f"第 {which} 行是隐藏的，也读了（共 {len(hidden)} 行）；不要的请删掉",
            hidden[0],
            min(found.columns.values()),
        )
    for at in sorted(reader.headless):
        letters = column_letters(at + sheet.offset)
        found.note(
            Code.HEADER_UNKNOWN,
            f"{letters} 列有内容而没有表头，没有用",
            header.last_row + 1,
            at + sheet.offset,
        )


class _Rows:
    """The rows of one table, cell by cell: which columns to take, and what merges cover."""

    def __init__(self, sheet: Sheet, header: Header, top: list[Cells]) -> None:
        self._header = header
        self.columns = dict(header.columns)
        self._taken = list(self.columns.values())
        self._last = max(self._taken)
        self._keys = [
            place for place, name in enumerate(self.columns) if name in _KEYS[header.table]
        ]
        used = set(header.columns.values())
        width = max((len(row) for row in top), default=0)
        self._unused = [at for at in range(width) if at not in used]
        self.headless: set[int] = set()
        first = header.last_row + 1 - header.rows
        self._titles = _texts(top[:first])
        self._said = _texts(top[first : header.last_row + 1])
        self._words = frozenset().union(*header.keys.values())
        self._merges = sorted(
            (first, left - sheet.offset, last)
            for first, left, last, _ in sheet.merges
            if first > header.last_row and last > first and left - sheet.offset in self._taken
        )
        self._wide = {
            first
            for first, left, last, right in sheet.merges
            if first == last and right - left >= 2 and first > header.last_row
        }
        self._next_merge = 0
        self._cover: dict[int, tuple[int, CellValue]] = {}
        self._row = 0

    def values(self, row: int, cells: Cells) -> list[CellValue] | None:
        """The cells of the table's columns, merged ones filled; None for a blank row."""
        self._row = row
        if len(cells) <= self._last:
            cells = [*cells, *[None] * (self._last + 1 - len(cells))]
        values = [
            None if value == "" or (value.__class__ is str and value.isspace()) else value
            for value in map(cells.__getitem__, self._taken)
        ]
        filled = values.count(None) < len(values)
        if self._next_merge < len(self._merges) or self._cover:
            self._fill(row, cells, values)
        return values if filled else None

    def _fill(self, row: int, cells: Cells, values: list[CellValue]) -> None:
        """Put what merged cells above hold into the columns they cover."""
        while self._next_merge < len(self._merges) and self._merges[self._next_merge][0] <= row:
            first, at, last = self._merges[self._next_merge]
            if first == row and at < len(cells):
                self._cover[at] = (last, cells[at])
            self._next_merge += 1
        for at, (last, value) in list(self._cover.items()):
            if row > last:
                del self._cover[at]
                continue
            place = self._taken.index(at)
            if values[place] is None and value is not None and str(value).strip():
                values[place] = value

    def why_not(self, cells: Cells, values: list[CellValue]) -> str:
        """Why this row is not data (a total, a signature, a repeated header), or nothing."""
        at, first = next(
            ((at, v) for at, v in enumerate(cells) if isinstance(v, str) and v.strip()), (0, "")
        )
        if not first:
            return ""
        text = _squeezed(first)
        if len(text) <= 80:
            if _TOTAL.match(text):
                return "合计行"
            is_signed = _SIGNED.match(text) or (_SIGNER.match(text) and not self._has_phone(values))
            if is_signed and not self._is_entry(at, values):
                return "落款或说明行"
        lone = len(values) - values.count(None) <= 1
        if lone and len([v for v in cells if v is not None and v != ""]) == 1:
            if self._row in self._wide or text in self._titles:
                return "表中间的标题行"
            if len(text) <= 80 and _CLOSING.match(text):
                return "落款或说明行"
        return "重复的表头" if text in self._said and self._is_header(cells) else ""

    def _has_phone(self, values: list[CellValue]) -> bool:
        return self._has("phone", values)

    def _has(self, name: str, values: list[CellValue]) -> bool:
        place = self.columns.get(name)
        return place is not None and values[self._taken.index(place)] is not None

    def _is_entry(self, at: int, values: list[CellValue]) -> bool:
        """Whether a row that begins like a signature (备注：…, 村主任：…) is one of the table's:
        what begins it is its note, or it says whom to call for what."""
        if at == self.columns.get("note"):
            return values.count(None) < len(values) - 1
        return self._has_phone(values) and self._has("scope", values)

    def _is_header(self, cells: Cells) -> bool:
        """Whether this row says the header's words again, as the next printed page does."""
        same = other = 0
        for value in cells:
            if not isinstance(value, str) or not value.strip():
                other += value is not None and not isinstance(value, str)
                continue
            keys = header_keys(value) if len(value) <= 60 else []
            known = not self._words.isdisjoint(keys)
            same, other = same + known, other + (not known)
            if other > same + 2:
                return False
        return same >= 2 and same > 2 * other

    def is_example(self, values: list[CellValue]) -> bool:
        """Whether this is the template's example row."""
        # All of them: one who fills in the example's own row may leave its 户号 as it was.
        filled = [values[place] for place in self._keys if values[place] is not None]
        return bool(filled) and all(
            isinstance(value, str) and value.lstrip().startswith(EXAMPLE) for value in filled
        )

    def add_identity_numbers(self, cells: Cells, values: list[CellValue]) -> None:
        """Take along cells of other columns that look like ID or bank card numbers."""
        for at in self._unused:
            value = cells[at] if at < len(cells) else None
            if value is None or value == "":
                continue
            if at not in self._header.texts and str(value).strip():
                self.headless.add(at)
            if not _looks_like_identity(value):
                continue
            name = "?" + self._header.texts.get(at, column_letters(at))
            if name not in self.columns:
                self.columns[name] = at
            place = list(self.columns).index(name)
            values.extend([None] * (place + 1 - len(values)))
            values[place] = value


def _looks_like_identity(value: CellValue) -> bool:
    """15 to 19 digits, as text or as the number that Excel made of them."""
    if isinstance(value, str):
        return len(value) >= 15 and bool(_ID_LIKE.search(_BLANKS.sub("", value)))
    return isinstance(value, (int, float)) and 1e14 <= value < 1e19


def _note_unknown(found: Found, header: Header | None, offset: int) -> None:
    where = f"工作表“{found.sheet}”" if found.sheet else "这个文件"
    if header is None:
        message = (
            f"{where}里找不到表头，没有读；表头要写在前 {LAST_HEADER_ROW} 行，"
            "例如：户号、村、门牌、户主、电话"
        )
        found.note(Code.TABLE_UNKNOWN, message)
        return
    title = TITLES[header.table]
    message = f"{where}像是{title}，但没有“{header.lacks}”一列，没有读"
    found.note(Code.TABLE_UNKNOWN, message, header.last_row + 1, min(header.texts) + offset)


def _note_table_above(sheet: Sheet, header: Header, top: list[Cells], found: Found) -> None:
    """Another table that stands over this one with rows of its own: only one a sheet is read."""
    above, rows = table_above(header, top)
    if above is not None and rows:
        row = above.last_row + 1
        message = (
            f"第 {row} 行起像是另一个表（{TITLES[above.table]}），有 {rows} 行没有读；一个工作表里"
            f"只读一个表（这里是第 {header.last_row + 1} 行起的{TITLES[header.table]}），"
            "请把它移到另一个工作表"
        )
        found.note(Code.TABLE_UNKNOWN, message, row, min(above.columns.values()) + sheet.offset)


def _note_header(sheet: Sheet, header: Header, found: Found) -> None:
    """Columns that are not used: unknown ones, and second ones of the same meaning."""
    row = header.last_row + 1
    beside = columns_beside(header)
    if beside:
        first, last = (column_letters(at + sheet.offset) for at in (beside[0], beside[-1]))
        message = f"{first}–{last} 列像是并排的第二个表，没有读；请把它的行接在第一个表的下面"
        found.note(Code.TABLE_UNKNOWN, message, row, beside[0] + sheet.offset)
    for at in header.unknown:
        text = _squeezed(header.texts[at])
        near = nearest_name(text, header.table)
        tail = f"；最接近的是“{near}”" if near else ""
        message = f"表头“{text}”认不出，这一列没有用{tail}"
        found.note(Code.HEADER_UNKNOWN, message, row, at + sheet.offset)
    for at, winner in header.twice:
        if at in beside:
            continue
        text, other = _squeezed(header.texts[at]), _squeezed(header.texts[winner])
        letters = column_letters(winner + sheet.offset)
        message = f"表头“{text}”与“{other}”说的是同一项，用的是 {letters} 列的“{other}”"
        found.note(Code.HEADER_TWICE, message, row, at + sheet.offset)
    found.problems.sort(key=lambda p: (int(re.sub(r"\D", "", p.cell) or 0), len(p.cell), p.cell))


def _with_errors(sheet: Sheet) -> Iterator[Cells]:
    """Rows with what the library leaves empty put back, also below its last row."""
    width = 1 + max(column for _, column in sheet.errors) - sheet.offset
    by_row: dict[int, list[tuple[int, str]]] = {}
    for (row, column), text in sheet.errors.items():
        by_row.setdefault(row, []).append((column - sheet.offset, text))
    last = -1
    for last, cells in enumerate(sheet.rows):
        if last in by_row:
            filled = [*cells, *[None] * (width - len(cells))]
            for at, text in by_row.pop(last):
                if at >= 0 and filled[at] in (None, ""):
                    filled[at] = text
            yield filled
        else:
            yield cells
    for number in range(last + 1, max(by_row, default=last) + 1):
        said = dict(by_row.get(number, ()))
        yield [said.get(at) for at in range(width)] if said else ()


def _texts(rows: Sequence[Cells]) -> set[str]:
    """All that is written in these rows, without blanks."""
    return {_squeezed(v) for row in rows for v in row if isinstance(v, str) and v.strip()}


def _is_filled(row: Cells) -> bool:
    return any(value is not None and str(value).strip() for value in row)


def _squeezed(text: str) -> str:
    return _BLANKS.sub("", text)


def _spans(numbers: list[int]) -> str:
    """[5, 8, 9, 10] is "5、8–10"; after five spans the rest is left to the count."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = [f"{a}" if a == b else f"{a}–{b}" for a, b in spans[:5]]
    return "、".join(shown) + ("等" if len(spans) > 5 else "")

"""Find the header of a sheet: its first rows in, table and columns out.

Rows and columns count from 0. The header stands in one row or in two ("联系人" over "姓名"
and "电话"), anywhere in the first 15 rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cardgen.model import Table
from cardgen.roster.words import VOCABULARY, header_keys, is_unused, weight

LAST_HEADER_ROW = 15

_NEEDED: dict[Table, tuple[tuple[frozenset[str], str], ...]] = {
    # Of each set of fields a table must have one, or it is not this table; and what to ask for.
    Table.VILLAGE: (
        (frozenset({"name"}), "村名"),
        (frozenset({"zone", "phone", "group_link", "note"}), "片区"),
    ),
    Table.CADRE: (
        (frozenset({"name"}), "姓名"),
        (frozenset({"role", "scope"}), "职务或负责范围"),
    ),
    Table.HOUSEHOLD: (
        (frozenset({"head", "code"}), "户主或户号"),
        (frozenset({"grid", "group", "building", "door", "members", "kinds"}), "门牌"),
    ),
    Table.VENUE: (
        (frozenset({"name"}), "名称"),
        (frozenset({"village", "address", "person", "phone", "kind"}), "地址"),
    ),
}
_BESIDE = 3  # columns that say the same again are no slip, but a table beside the table
_ALONE = frozenset({"村名", "行政村", "村名称", "行政村名称", "村庄名称"})


@dataclass(frozen=True, slots=True)
class Header:
    """A header as found: `columns` by field, `texts` by column as written, `lacks` what is missing.

    `keys` are the words of each column, to know the row again where a page repeats it;
    `twice` are columns that lost their field to a better one: (column, winner).
    """

    table: Table
    last_row: int
    rows: int
    columns: dict[str, int]
    texts: dict[int, str]
    keys: dict[int, frozenset[str]]
    unknown: tuple[int, ...]
    twice: tuple[tuple[int, int], ...]
    score: int
    lacks: str = ""


@dataclass(slots=True)
class _Column:
    """One column's header: what to show, the keys to try in order, the words of each row."""

    text: str
    keys: list[str]
    lower: list[str]
    words: frozenset[str]


def find_header(rows: Sequence[Sequence[object]]) -> Header | None:
    """The best header among the first rows; with `lacks` set if no row is a whole header."""
    best: Header | None = None
    for last in range(min(len(rows), LAST_HEADER_ROW + 1)):
        for count in (1, 2):
            first = last + 1 - count
            if not 0 <= first < LAST_HEADER_ROW:
                continue
            columns = _columns(rows[first : last + 1])
            for table in Table:
                found = _match(table, columns, last, count)
                if found and (best is None or _rank(found) > _rank(best)):
                    best = found
    return best


def table_above(header: Header, rows: Sequence[Sequence[object]]) -> tuple[Header | None, int]:
    """The header of another table that stands over this one, and how many rows it has."""
    first = header.last_row + 1 - header.rows
    above = find_header(rows[:first])
    if above is None or above.lacks:
        return None, 0
    between = rows[above.last_row + 1 : first]
    # A line with one thing in it is a title.
    counts = (sum(value is not None and str(value).strip() != "" for value in r) for r in between)
    return above, sum(count > 1 for count in counts)


def columns_beside(header: Header) -> list[int]:
    """The columns of a second table beside this one: they say the same words once more."""
    words = {at: "".join(text.split()) for at, text in header.texts.items()}
    same = [at for at, winner in header.twice if words[at] == words[winner]]
    return same if len(same) >= _BESIDE else []


def _rank(header: Header) -> tuple[bool, int, int, int, int]:
    """Whole before lacking, then score, columns; one row before two, upper before lower."""
    return (
        not header.lacks,
        header.score,
        len(header.columns),
        -header.rows,
        -header.last_row,
    )


def _columns(rows: Sequence[Sequence[object]]) -> dict[int, _Column]:
    """Header columns of one row, or of two of which the upper spans to the right."""
    bottom = rows[-1]
    top = rows[0] if len(rows) == 2 else ()
    found: dict[int, _Column] = {}
    over = ""
    for number in range(max(len(bottom), len(top))):
        upper = _text(top, number)
        lower = _text(bottom, number)
        over = upper or over
        below, above = header_keys(lower), header_keys(upper)
        joined = header_keys(over + lower) if lower and over else []
        keys = [*joined, *below] if lower else above
        if keys:
            words = frozenset([*below, *above])
            found[number] = _Column(lower or upper, list(dict.fromkeys(keys)), below, words)
    return found


def _text(row: Sequence[object], number: int) -> str:
    value = row[number] if number < len(row) else None
    # A text longer than this is a title or a note over the table, not the name of a column.
    return value.strip() if isinstance(value, str) and len(value) <= 60 else ""


def _match(table: Table, columns: dict[int, _Column], last: int, count: int) -> Header | None:
    """These columns read as this table's header; None if fewer than two columns fit."""
    claims = _claims(table, columns)
    taken = {name: number for name, (_, number, _) in claims.items()}
    used = set(taken.values())
    if count == 2 and all(key in columns[number].lower for _, number, key in claims.values()):
        return None  # the upper row says nothing: it is a title
    keys = {key for *_, key in claims.values()}
    lacks = _lacks(table, set(taken), keys)
    if len(used) < 2:
        others = [column for number, column in columns.items() if number not in used]
        if not (keys & _ALONE and all(is_unused(column.keys) for column in others)):
            return None
        lacks = "" if table is Table.VILLAGE else lacks
    unknown, twice = [], []
    for number, column in columns.items():
        if number in used:
            continue
        rival = next((taken[n] for n in _fields(table, column) if n in taken), None)
        if rival is not None:
            twice.append((number, rival))
        elif not is_unused(column.keys):
            unknown.append(number)
    return Header(
        table=table,
        last_row=last,
        rows=count,
        columns=dict(sorted(taken.items(), key=lambda item: item[1])),
        texts={number: column.text for number, column in columns.items()},
        keys={number: column.words for number, column in columns.items()},
        unknown=tuple(unknown),
        twice=tuple(twice),
        score=sum(weight(key) for key in keys),
        lacks=lacks,
    )


def _claims(table: Table, columns: dict[int, _Column]) -> dict[str, tuple[int, int, str]]:
    """Field to (rank, column, key): each field to the column with its best name.

    A column that may mean two fields (单元: a building, or the unit within one) takes the
    second where a better name has the first.
    """
    wishes = sorted(
        (rank, number, position, name, key)
        for number, column in columns.items()
        if (key := next((k for k in column.keys if k in VOCABULARY[table]), ""))
        for position, (name, rank) in enumerate(VOCABULARY[table][key])
    )
    wishes.sort(key=lambda wish: (wish[2], wish[0]))
    claims: dict[str, tuple[int, int, str]] = {}
    placed: set[int] = set()
    for rank, number, _, name, key in wishes:
        if name not in claims and number not in placed:
            claims[name] = (rank, number, key)
            placed.add(number)
    return claims


def _fields(table: Table, column: _Column) -> list[str]:
    key = next((k for k in column.keys if k in VOCABULARY[table]), "")
    return [name for name, _ in VOCABULARY[table].get(key, [])]


def _lacks(table: Table, taken: set[str], keys: set[str]) -> str:
    """The Chinese name of what a table of this kind needs and these columns lack."""
    (first, first_words), (second, second_words) = _NEEDED[table]
    if not taken & first:
        return first_words
    # 户主 and 电话 alone are a list of households; 姓名 and 电话 may be anyone's.
    telling = table is Table.HOUSEHOLD and any(weight(key) > 1 for key in keys)
    return "" if telling or taken & second else second_words

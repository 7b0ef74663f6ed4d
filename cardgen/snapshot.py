"""Keep a township for a later comparison: a `Township` in, bytes out, and back.

The bytes are zlib of compact JSON, a list for each field of a table: a column of one kind of
value packs best. Findings (`faults`, `problems`) are not kept: they belong to the day on which
the roster was read. The JSON is the same for equal townships. Texts are Unicode, days ISO.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

from cardgen.errors import LedgerError
from cardgen.model import (
    Cadre,
    Household,
    Origin,
    Scope,
    ScopeKind,
    Source,
    Table,
    Township,
    Venue,
    Village,
)

VERSION = 1
_LEVEL = 6

T = TypeVar("T", Village, Cadre, Household, Venue)
_Column = list[Any]
_Change = Callable[[Any], Any]  # a value to what JSON has, or back

# Apart from these, the fields of a row are texts and numbers, which JSON has.
_NOT_KEPT = frozenset({"origin", "faults"})
_LISTS = frozenset({"phones", "kinds"})
_DAYS = frozenset({"watch_from", "watch_to"})
_TABLES: tuple[tuple[str, type], ...] = (
    ("villages", Village),
    ("cadres", Cadre),
    ("households", Household),
    ("venues", Venue),
)


def snapshot_of(township: Township) -> bytes:
    """The township as bytes, without what was found wrong with it."""
    sources = _Sources()
    kept: dict[str, object] = {"version": VERSION}
    for name, kind in _TABLES:
        kept[name] = _packed(kind, getattr(township, name), sources)
    kept["excluded"] = [[sources.number(o.source), o.row, why] for o, why in township.excluded]
    kept["rows"] = township.rows
    kept["sources"] = [
        [source.table.value, source.file, source.sheet, dict(source.columns)]
        for source in sources.known
    ]
    text = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
    # A cell may hold half of a character; that is no reason to keep nothing.
    return zlib.compress(text.encode("utf-8", "surrogatepass"), _LEVEL)


def township_from(snapshot: bytes) -> Township:
    """The township that a snapshot was made of. Raises LedgerError for bytes that are none."""
    try:
        kept = json.loads(zlib.decompress(snapshot).decode("utf-8", "surrogatepass"))
        version = kept["version"]
        if version == VERSION:
            return _township(kept)
    except (zlib.error, UnicodeDecodeError, ValueError, KeyError, TypeError, IndexError) as error:
        raise LedgerError(
            "账本里存的花名册坏了，读不出来。",
            "用 --since 给出旧的花名册文件；账本从备份里拿回昨天的。",
        ) from error
    raise LedgerError(
        f"账本里的花名册是更新的 cardgen 存的（第 {version} 版）。",
        "请用那个版本的 cardgen，或把这里的升级。",
    )


def _township(kept: Mapping[str, Any]) -> Township:
    sources = [
        Source(Table(table), file, sheet, columns)
        for table, file, sheet, columns in kept["sources"]
    ]
    return Township(
        villages=_unpacked(Village, kept["villages"], sources),
        cadres=_unpacked(Cadre, kept["cadres"], sources),
        households=_unpacked(Household, kept["households"], sources),
        venues=_unpacked(Venue, kept["venues"], sources),
        problems=(),
        excluded=tuple((Origin(sources[at], row), why) for at, row, why in kept["excluded"]),
        rows=kept["rows"],
    )


class _Sources:
    """The sheets that rows come from, each kept once."""

    def __init__(self) -> None:
        self.known: list[Source] = []
        self._by_id: dict[int, int] = {}

    def number(self, source: Source) -> int:
        """Its place in the list. Rows of one sheet share one object; others may be equal."""
        found = self._by_id.get(id(source))
        if found is None:
            if source not in self.known:
                self.known.append(source)
            found = self._by_id[id(source)] = self.known.index(source)
        return found


def _packed(kind: type, rows: Iterable[Any], sources: _Sources) -> dict[str, _Column]:
    """Rows of a table as columns."""
    rows = list(rows)
    columns: dict[str, _Column] = {}
    for name in _fields(kind):
        column = [getattr(row, name) for row in rows]
        change = _to_json(name)
        columns[name] = list(map(change, column)) if change else column
    columns["row"] = [row.origin.row for row in rows]
    columns["source"] = [sources.number(row.origin.source) for row in rows]
    return columns


def _unpacked(
    kind: type[T], columns: Mapping[str, _Column], sources: list[Source]
) -> tuple[T, ...]:
    """The rows of a table. Raises KeyError for a column that is not there."""
    values = []
    for name in _fields(kind):
        change = _from_json(name)
        values.append(list(map(change, columns[name])) if change else columns[name])
    places = zip(columns["source"], columns["row"], strict=True)
    values.append([Origin(sources[at], row) for at, row in places])
    return tuple(kind(*row) for row in zip(*values, strict=True))


def _fields(kind: type) -> list[str]:
    return [each.name for each in fields(kind) if each.name not in _NOT_KEPT]


def _to_json(name: str) -> _Change | None:
    if name in _DAYS:
        return lambda day: day.isoformat() if day else ""
    if name == "scopes":
        return lambda scopes: [[s.what.value, s.text, s.village, s.name, s.kind] for s in scopes]
    return None


def _from_json(name: str) -> _Change | None:
    if name in _DAYS:
        return lambda day: date.fromisoformat(day) if day else None
    if name == "scopes":
        return lambda scopes: tuple(Scope(ScopeKind(what), *rest) for what, *rest in scopes)
    if name in _LISTS:
        return tuple
    return None

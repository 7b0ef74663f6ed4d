"""A township kept in the ledger comes back as it was, but for what was found wrong with it."""

from __future__ import annotations

import json
import zlib
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardgen.changes import compare
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
from cardgen.problems import Code, problem
from cardgen.snapshot import snapshot_of, township_from
from cardgen.workspace import read_workspace

TEXTS = st.text(max_size=6)
NAMES = st.dictionaries(st.sampled_from(["code", "head", "phone"]), st.integers(0, 9), max_size=3)
SOURCES = st.builds(Source, st.sampled_from(Table), TEXTS, TEXTS, NAMES)
DAYS = st.none() | st.dates()


@st.composite
def townships(draw: st.DrawFn) -> Township:
    """Any township without findings; the rows of a table come from one sheet or from several."""
    origins = st.builds(Origin, st.sampled_from(draw(st.lists(SOURCES, min_size=1, max_size=3))),
                        st.integers(1, 10_000))  # fmt: skip
    scopes = st.builds(Scope, st.sampled_from(ScopeKind), TEXTS, TEXTS, TEXTS, TEXTS)
    texts = st.lists(TEXTS, max_size=3).map(tuple)
    rows = {
        "villages": st.builds(Village, *[TEXTS] * 5, origins),
        "cadres": st.builds(Cadre, *[TEXTS] * 3, st.lists(scopes, max_size=3).map(tuple), origins),
        "households": st.builds(Household, *[TEXTS] * 7, texts, st.integers(0, 99), texts, DAYS,
                                DAYS, TEXTS, TEXTS, origins),
        "venues": st.builds(Venue, *[TEXTS] * 7, origins),
    }  # fmt: skip
    tables = {name: tuple(draw(st.lists(row, max_size=4))) for name, row in rows.items()}
    excluded = tuple(draw(st.lists(st.tuples(origins, TEXTS), max_size=2)))
    return Township(**tables, problems=(), excluded=excluded, rows=draw(st.integers(0, 9_999)))  # type: ignore[arg-type]


@given(townships())
def test_what_is_kept_comes_back(township: Township) -> None:
    assert township_from(snapshot_of(township)) == township


@given(townships())
def test_equal_townships_are_kept_as_equal_bytes(township: Township) -> None:
    assert snapshot_of(township_from(snapshot_of(township))) == snapshot_of(township)


def test_what_was_found_wrong_is_not_kept(small_workspace: Path) -> None:
    township = read_workspace(small_workspace).township
    fault = (problem(Code.PHONE_INVALID, "电话不对", township.households[0].origin, "phone"),)
    with_faults = replace(
        township,
        problems=fault,
        households=tuple(replace(home, faults=fault) for home in township.households),
        villages=tuple(replace(village, faults=fault) for village in township.villages),
    )
    kept = township_from(snapshot_of(with_faults))
    assert kept == replace(township, problems=kept.problems)
    assert kept.problems == ()


def test_a_township_read_from_files_differs_in_nothing_from_what_was_kept(
    small_workspace: Path,
) -> None:
    township = read_workspace(small_workspace).township
    kept = township_from(snapshot_of(township))
    changes = compare(kept, township)
    assert (changes.came, changes.left, changes.moved, changes.changed) == ((), (), (), ())
    assert kept.households[4].origin.cell("head") == township.households[4].origin.cell("head")


def test_half_a_character_is_kept_too() -> None:
    origin = Origin(Source(Table.VILLAGE, "村.csv", "", {"name": 0}), 2)
    township = Township((Village("唐湾\ud83d村", "", "", "", "", origin),), (), (), (), ())
    assert township_from(snapshot_of(township)) == township


def test_every_field_of_a_row_is_kept_or_known_to_be_left_out() -> None:
    """Whoever adds a field sees to it that old snapshots can still be read, then changes this."""
    told = {kind.__name__: [each.name for each in fields(kind)] for kind in
            (Village, Cadre, Household, Venue, Source, Origin, Scope)}  # fmt: skip
    assert told == {
        "Village": ["name", "zone", "phone", "group_link", "note", "origin", "faults"],
        "Cadre": ["name", "role", "phone", "scopes", "origin", "faults"],
        "Household": [
            *("code", "village", "grid", "group", "building", "door", "head", "phones"),
            *("members", "kinds", "watch_from", "watch_to", "route", "note", "origin", "faults"),
        ],
        "Venue": [
            *("code", "name", "village", "address", "person", "phone", "kind", "origin"),
            "faults",
        ],
        "Source": ["table", "file", "sheet", "columns"],
        "Origin": ["source", "row"],
        "Scope": ["what", "text", "village", "name", "kind"],
    }


@pytest.mark.parametrize(
    "damaged",
    [b"", b"no zlib", zlib.compress(b"{}"), zlib.compress(b"[]"), zlib.compress(b'{"version":1}')],
)
def test_bytes_that_are_no_snapshot_are_refused_in_words(damaged: bytes) -> None:
    with pytest.raises(LedgerError, match="账本里存的花名册坏了，读不出来。"):
        township_from(damaged)


def test_a_snapshot_with_a_table_cut_short_is_refused() -> None:
    origin = Origin(Source(Table.VILLAGE, "村.csv", "", {"name": 0}), 2)
    whole = snapshot_of(Township((Village("唐湾村", "", "", "", "", origin),), (), (), (), ()))
    kept = json.loads(zlib.decompress(whole))
    kept["villages"]["name"] = []
    with pytest.raises(LedgerError, match="读不出来"):
        township_from(zlib.compress(json.dumps(kept).encode()))


def test_a_snapshot_of_a_later_version_says_so() -> None:
    with pytest.raises(LedgerError, match=r"是更新的 cardgen 存的（第 9 版）"):
        township_from(zlib.compress(b'{"version":9}'))


def test_days_come_back_as_days() -> None:
    origin = Origin(Source(Table.HOUSEHOLD, "住户.csv", "", {"code": 0}), 2)
    home = Household("A1", "", "", "", "", "", "", (), 0, (), date(2026, 11, 3), None, "", "",
                     origin)  # fmt: skip
    [kept] = township_from(snapshot_of(Township((), (), (home,), (), ()))).households
    assert (kept.watch_from, kept.watch_to) == (date(2026, 11, 3), None)

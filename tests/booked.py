"""Batches written into a ledger without printing them: for tests of what the ledger tells."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from cardgen.content import json_of
from cardgen.ledger import BatchKey, BatchRow, Counts, Ledger, begin, finish, record_volume, settle
from cardgen.model import Key, Noted, Printed, VolumeResult, Why
from cardgen.serials import Serials

NOW = "2026-11-24T20:04:14+08:00"


def serial_of(layout: str, code: str, edition: int = 0) -> str:
    """The serial of an edition of a copy, in these tests."""
    return Serials(layout, [code]).serial(code, edition)


@dataclass(frozen=True)
class Made:
    """A copy to be written down: of a household, or of what `parts` say."""

    code: str
    layout: str = "love-card"
    village: str = "唐湾村"
    edition: int = 0
    head: str = "王秀英"
    door: str = "1号"
    group: str = "1组"
    contacts: Sequence[tuple[str, str, str]] = (("支部书记", "陈秀兰", "19900000004"),)
    parts: dict[str, object] = field(default_factory=dict)
    why: Why = Why.FIRST

    @property
    def serial(self) -> str:
        return serial_of(self.layout, self.code, self.edition)

    def given(self) -> dict[str, object]:
        """What its template was given."""
        names = ("role", "name", "phone")
        usual = {
            "contacts": [dict(zip(names, each, strict=True)) for each in self.contacts],
            "household": {
                "code": self.code, "village": self.village, "grid": "", "group": self.group,
                "building": "", "door": self.door, "head": self.head, "route": "",
            },
        }  # fmt: skip
        return self.parts or usual


def put(
    book: Ledger,
    copies: Sequence[Made],
    kind: str = "build",
    folder: str = "/q/out",
    *,
    gone: Sequence[str] = (),
    done: bool = True,
) -> BatchRow:
    """Write a batch down, a volume for each layout and village, as printing would."""
    key = BatchKey(kind, f"{kind} {folder} {len(copies)}", "s", folder, "7K3M9Q", "防汛")
    batch = begin(book, key)
    volumes: dict[tuple[str, str], list[Made]] = {}
    for copy in copies:
        volumes.setdefault((copy.layout, copy.village), []).append(copy)
    for (layout, village), members in volumes.items():
        name = f"{layout}/{village}-001.pdf"
        contents: dict[str, str] = {}
        noted = {}
        for copy in members:
            parts = {}
            for part, value in copy.given().items():
                text = json_of(value)
                parts[part] = hashlib.sha256(text.encode()).hexdigest()[:16]
                contents[parts[part]] = text
            replaces = serial_of(layout, copy.code, copy.edition - 1) if copy.edition else ""
            key_of = Key(layout, copy.code)
            why = Why.CHANGED if copy.edition else copy.why
            noted[copy.serial] = Noted(key_of, copy.edition, str(parts), parts, why, replaces)
        printed = tuple(
            Printed(
                *(copy.serial, layout, copy.code, village, name),
                *(1 + place // 10, 1, 1 + place % 10, 0, 0, 90, 54, "d"),
            )
            for place, copy in enumerate(members)
        )
        result = VolumeResult(name, layout, village, 1, printed, (), {}, 9, "sha")
        record_volume(book, batch, result, noted, contents, {})
    settle(book, batch, gone)
    if done:
        finish(book, batch, Counts(len(copies), len(copies), 0, 0, 0))
    return batch

"""Find a household as people look for one: a few words in, households out, the likeliest first.

By name, by pinyin or its first letters (wxy finds 王秀英, with every reading of a character), by
place, 户号, three digits of a phone and more, or the serial of a paper. Several words must all be
found. Letters count small, full-width ones as narrow.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from itertools import islice, product
from operator import itemgetter

from cardgen.model import Household, Township

_READINGS = 16  # of a name whose characters are read in several ways
_PHONE_LEAST = 3
_SERIAL = re.compile(r"[0-9a-z]{4}-?[0-9a-z]{0,4}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A household that was found, and by what: 姓名, 拼音, 电话, …"""

    household: Household
    by: str


@dataclass(frozen=True, slots=True)
class Hits:
    """The likeliest households, and how many there are in all."""

    found: tuple[Hit, ...]
    count: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """A household as it is looked for; `all` has everything, to see quickly that a word is not
    in it. `order` is its place in the order of walking."""

    household: Household
    order: int
    all: str
    name: str
    spelt: str
    initials: str
    place: str
    code: str
    phones: str


class Index:
    """The households of a township, ready to be looked for."""

    def __init__(self, township: Township, order: Mapping[str, int] | None = None) -> None:
        """`order` is the place of a household's code in the order of walking."""
        self._villages: dict[str, list[_Entry]] = {}
        for number, household in enumerate(township.households):
            at = number if order is None else order.get(household.code, number)
            entry = _entry(household, at)
            self._villages.setdefault(household.village, []).append(entry)

    def find(
        self,
        words: str,
        villages: frozenset[str] | None = None,
        most: int = 20,
        by_serial: Iterable[str] = (),
    ) -> Hits:
        """The households of these villages, or of all where None, that all the words are found in.

        `by_serial` are codes of households that a paper with such a serial was printed for.
        """
        tokens = [_Token(word) for word in _plain(words).split()]
        if not tokens:
            return Hits((), 0)
        serials, entries = frozenset(by_serial), list(self._entries(villages))
        printed = [each for each in entries if each.household.code in serials] if serials else []
        found = [(0, entry.order, "编号", entry) for entry in printed]
        for token in tokens:
            text = token.text
            entries = [entry for entry in entries if text in entry.all]
        for entry in entries:
            said = _score(entry, tokens)
            if said is not None and entry.household.code not in serials:
                found.append((said[0], entry.order, said[1], entry))
        best = nsmallest(most, found, key=itemgetter(0, 1))
        return Hits(tuple(Hit(entry.household, by) for _, _, by, entry in best), len(found))

    def _entries(self, villages: frozenset[str] | None) -> Iterator[_Entry]:
        for village, entries in self._villages.items():
            if villages is None or village in villages:
                yield from entries


def serial_asked(words: str) -> str:
    """The beginning of a serial, as it is written, where the words may be one; else nothing."""
    text = _plain(words).strip()
    if not _SERIAL.fullmatch(text):
        return ""
    text = text.replace("-", "").upper()
    return text if len(text) <= 4 else f"{text[:4]}-{text[4:]}"


class _Token:
    """A word that is looked for, as it stands in spellings: at their beginning, or alone."""

    __slots__ = ("begins", "is_phone", "text", "whole")

    def __init__(self, text: str) -> None:
        self.text, self.begins, self.whole = text, f"|{text}", f"|{text}|"
        self.is_phone = text.isdigit() and len(text) >= _PHONE_LEAST


def _score(entry: _Entry, tokens: Sequence[_Token]) -> tuple[int, str] | None:
    """How far an entry is from what is looked for, and by what it was found; None for not."""
    if len(tokens) == 1:
        return _of_token(entry, tokens[0])
    total, said = 0, dict[str, None]()
    for token in tokens:
        found = _of_token(entry, token)
        if found is None:
            return None
        total += found[0]
        said[found[1]] = None
    return total, "、".join(said)


def _of_token(entry: _Entry, token: _Token) -> tuple[int, str] | None:
    text, begins, name = token.text, token.begins, entry.name
    if text in name:
        if name == text:
            return 0, "姓名"
        if name.startswith(text):
            return 1, "姓名"
    if entry.code == text:
        return 0, "户号"
    is_spelt = begins in entry.initials or begins in entry.spelt
    if is_spelt:
        if token.whole in entry.initials or token.whole in entry.spelt:
            return 2, "拼音"
        # The usual reading comes first; few think of the others.
        if entry.initials.startswith(begins) or entry.spelt.startswith(begins):
            return 3, "拼音"
    if text in name:
        return 4, "姓名"
    if token.is_phone and text in entry.phones:
        return 5, "电话"
    if text in entry.code:
        return 6, "户号"
    if text in entry.place:
        return 7, "住处"
    if is_spelt:
        return 8, "拼音"
    if len(text) > 1 and (text in entry.spelt or text in entry.initials):
        return 9, "拼音"
    return None


def _entry(household: Household, order: int) -> _Entry:
    name = _plain(household.head).replace(" ", "")
    spelt, initials = _spellings(name)
    parts = (household.village, household.grid, household.group, household.building, household.door)
    place, code = _plain(" ".join(filter(None, parts))), _plain(household.code)
    phones = "|".join(household.phones)
    every = "\n".join((name, spelt, initials, place, code, phones))
    return _Entry(household, order, every, name, spelt, initials, place, code, phones)


def _spellings(name: str) -> tuple[str, str]:
    """A name in pinyin, and its first letters, in every reading: "|zengqiang|cengqiang|"."""
    readings = list(islice(product(*map(_readings, name)), _READINGS))
    spelt = dict.fromkeys("".join(reading) for reading in readings)
    initials = dict.fromkeys("".join(each[:1] for each in reading) for reading in readings)
    return f"|{'|'.join(spelt)}|", f"|{'|'.join(initials)}|"


@lru_cache(maxsize=8192)
def _readings(character: str) -> tuple[str, ...]:
    from pypinyin import Style, pinyin  # a third of a second; few commands need it

    found = pinyin(character, style=Style.NORMAL, heteronym=True)
    return tuple(dict.fromkeys(_plain(each) for each in found[0])) if found else (character,)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("ü", "v")

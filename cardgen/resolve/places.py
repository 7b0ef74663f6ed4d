"""Compare places: the many ways to write one in, a key out; and find the village a cell means.

Keys are for comparing only. What is printed is what the roster says.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches
from functools import lru_cache

from cardgen.model import ScopeKind

_KEPT = 8192  # a township's doors; of many townships in one go the memory must stay flat
_DIGITS = {han: digit for digit, han in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = re.compile(r"[零〇一二两三四五六七八九十百千]{1,15}")
_NUMBER = re.compile(r"\d+")
# Blanks, and marks that nobody sees: a name with one is the same name.
_UNSEEN = re.compile("[\\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_SUFFIX = {
    ScopeKind.GRID: re.compile(r"(?:号)?(?:微)?网格$|号$|格$"),
    ScopeKind.GROUP: re.compile(
        r"(?:号)?(?:村民小组|居民小组|村民组|居民组|小组|组|生产队|队|社)$|号$"
    ),
    ScopeKind.BUILDING: re.compile(r"(?:号)?(?:楼栋|楼|栋|幢|座)$|号$"),
}
_PREFIX = {
    ScopeKind.GRID: re.compile(r"^(?:微)?网格"),
    ScopeKind.GROUP: re.compile(r"^(?:村民小组|居民小组|小组|组)(?=\d)"),
    ScopeKind.BUILDING: re.compile(r"^(?:楼栋|楼|栋)(?=\d)"),
}
_VILLAGE_ENDS = re.compile(
    r"(?:村民委员会|村委会|行政村|村)$|(?:居民委员会|社区居委会|居委会|社区|居)$"
)
_TOWN = re.compile(r"^.{1,10}?(?:镇|乡|街道|办事处)(?=.{2})")


def han_number(text: str) -> int:
    """The number that Chinese numerals say: 十二 is 12, 一百零三 is 103, 二〇三 is 203."""
    if not any(tens in text for tens in _TENS):
        return int("".join(str(_DIGITS[han]) for han in text))
    total = part = 0
    for han in text:
        if han in _TENS:
            total += (part or 1) * _TENS[han]
            part = 0
        else:
            part = _DIGITS[han]
    return total + part


def with_digits(text: str) -> str:
    """A text whose Chinese numerals are written in digits."""
    return _HAN_NUMBER.sub(lambda found: str(han_number(found[0])), text)


def plain(text: str) -> str:
    """A text for comparing: compatibility forms folded, what is not seen gone, small letters."""
    if text.isascii() and " " not in text:
        return text.lower()
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text)).lower()


@lru_cache(maxsize=_KEPT)
def place_key(what: ScopeKind, text: str) -> str:
    """The key of a grid, group or building: 3网格, 第三网格, 网格3, 03 and 3 are all "3"."""
    key = with_digits(plain(text)).removeprefix("第")
    if what in _SUFFIX:
        key = _PREFIX[what].sub("", _SUFFIX[what].sub("", key)) or key
    key = re.sub(r"\.0+$", "", key)
    return _NUMBER.sub(lambda found: found[0].lstrip("0") or "0", key)


@lru_cache(maxsize=_KEPT)
def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts by the numbers in a text: 2号 before 10号, 2号 before 2号附1, 三号 is 3.

    Blank comes last: what has no route, grid or door is walked after what has.
    """
    if not text:
        return ((2, 0, ""),)
    written = with_digits(plain(text))
    parts = re.findall(r"\d+|\D+", written)
    # No door has a number of more than 15 digits; int() refuses those of thousands.
    return tuple((0, int(p[:15]), p[15:]) if p.isdecimal() else (1, 0, p) for p in parts)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one, as a question to put to the clerk; or nothing."""
    near = get_close_matches(word, list(known), 1, 0.5)
    return f"是不是“{near[0]}”？" if near else ""


def short_village(name: str) -> str:
    """A village's name without what says that it is a village: 唐湾 of 唐湾村."""
    return _VILLAGE_ENDS.sub("", name) or name


def _ending(name: str) -> str:
    """Of which sort a village says to be: "村", "社区" or neither."""
    found = _VILLAGE_ENDS.search(name)
    return "" if found is None else "社区" if "居" in found[0] or "社" in found[0] else "村"


class VillageNames:
    """The villages there are, found by any of the ways in which people write them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self._by_key = {plain(name): name for name in reversed(self.names)}
        short: dict[str, set[str]] = {}
        for name in self.names:
            short.setdefault(short_village(plain(name)), set()).add(name)
        # 唐湾 is nobody where both 唐湾村 and 唐湾社区 exist
        self._by_short = {key: found.pop() for key, found in short.items() if len(found) == 1}
        self._found: dict[str, str] = {}

    def find(self, text: str) -> str:
        """The village that a text means, by its own name; or nothing."""
        if text not in self._found:
            self._found[text] = self._find(plain(text))
        return self._found[text]

    def _find(self, key: str) -> str:
        for candidate in (key, _TOWN.sub("", key)):
            if name := self._by_key.get(candidate):
                return name
            # 安居 is 安居村: its 居 is no ending
            if candidate.endswith("居") and (name := self._by_short.get(candidate)):
                return name
            name = self._by_short.get(short_village(candidate), "")
            # 唐湾社区 is not 唐湾村: only a name without an ending may mean either
            if name and _ending(candidate) in ("", _ending(plain(name))):
                return name
        return ""

    def split(self, text: str) -> tuple[str, str]:
        """The village that a text starts with, and the rest: 唐湾村3网格 is 唐湾村 and 3网格."""
        key = plain(text)
        for end in range(len(key), 0, -1):
            if (name := self._by_key.get(key[:end])) or (name := self._by_short.get(key[:end])):
                return name, key[end:]
        return "", key

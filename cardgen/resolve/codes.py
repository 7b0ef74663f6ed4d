"""Make codes (户号) where the roster has none: who and where in, a short code out.

A code is made from what names a household, and not from its row, so that it is the same at
the next import when rows have moved: TW-3F7K2Q is 唐湾村's, and six characters of a digest.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache

from cardgen.resolve.places import short_village

_LENGTH = 6  # 30 bits: of 80,000 households two or three pairs meet, and get longer codes
# Crockford's base 32: no I, L, O or U, which are misread on paper
_LETTERS = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", b"0123456789ABCDEFGHJKMNPQRSTVWXYZ")
# Surnames that are read otherwise than the same character in a word
_SURNAMES = {
    "单": "s", "曾": "z", "解": "x", "仇": "q", "朴": "p", "查": "z", "盖": "g", "区": "o",
    "尉": "w", "长": "z", "缪": "m", "翟": "z", "洗": "x", "冼": "x", "万": "w", "员": "y",
    "乐": "y", "黑": "h", "覃": "q", "种": "c", "重": "c", "沈": "s", "石": "s", "贾": "j",
    "谌": "c", "能": "n", "繁": "p", "任": "r", "华": "h", "那": "n", "折": "s", "褚": "c",
}  # fmt: skip
_DOUBLE_SURNAMES = {"尉迟": "yc", "长孙": "zs", "万俟": "mq", "单于": "cy", "澹台": "tt"}


@lru_cache(maxsize=8192)
def pinyin_initials(name: str) -> str:
    """The first letters of a name's syllables, small: 曾建国 is "zjg"; others stay as they are."""
    from pypinyin import Style, lazy_pinyin  # a third of a second; few commands need it

    lead = _DOUBLE_SURNAMES.get(name[:2]) or _SURNAMES.get(name[:1], "")
    rest = lazy_pinyin(name[len(lead) :], style=Style.FIRST_LETTER)
    return (lead + "".join(rest)).lower()


def make_codes(
    places: Sequence[tuple[str, ...]], taken: frozenset[str], mark: str = ""
) -> list[str]:
    """A code for each identity (village first), in the same order, none of them in `taken`.

    Two with the same identity get "-2", "-3" in their order. `mark` stands in
    place of the village's letters.
    """
    digests = [_digest(place) for place in places]
    lengths = _lengths(set(digests))
    seen: dict[str, int] = {}
    codes = []
    for place, digest in zip(places, digests, strict=True):
        code = f"{mark or _village_initials(place[0])}-{digest[: lengths[digest]]}"
        seen[code] = seen.get(code, 0) + 1
        number = seen[code]
        final = code if number == 1 else f"{code}-{number}"
        while final in taken:
            final += "X"
        codes.append(final)
    return codes


def _digest(place: tuple[str, ...]) -> str:
    raw = hashlib.sha256("\0".join(place).encode()).digest()
    return base64.b32encode(raw[:20]).translate(_LETTERS).decode()


def _lengths(digests: set[str]) -> dict[str, int]:
    """How much of each digest tells it from all others; the same whatever the order."""
    lengths: dict[str, int] = {}
    length, open_ = _LENGTH, digests
    while open_:
        heads: dict[str, list[str]] = {}
        for digest in open_:
            heads.setdefault(digest[:length], []).append(digest)
        for same in heads.values():
            if len(same) == 1:
                lengths[same[0]] = length
        open_ = {digest for same in heads.values() if len(same) > 1 for digest in same}
        length += 2
    return lengths


@lru_cache(maxsize=4096)
def _village_initials(village: str) -> str:
    letters = pinyin_initials(short_village(village)).upper()
    return "".join(c for c in letters if c.isascii() and c.isalnum())[:4] or "H"

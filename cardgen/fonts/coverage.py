"""Which face has which character: text and a chain in, runs by face or the missing ones out.

A face has a character when its cmap knows it, the shaped glyph is not .notdef, and the outline
is not empty (blanks and format characters may be). A missing glyph would be silent in both
engines, so this is asked of every string before anything is printed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from cardgen.errors import LayoutError
from cardgen.fonts.codepoints import describe
from cardgen.fonts.faces import Face
from cardgen.fonts.glyphs import hb_font, shape

_CACHED_CHARACTERS = 65536
_CACHED_TEXTS = 4096  # names differ from card to card: a larger memory is only memory
# Joiners and variation selectors print nothing: they go with the character before them.
_INVISIBLE = re.compile("[\u200c-\u200d\u2060\ufe00-\ufe0f\u180b-\u180f\U000e0100-\U000e01ef]")
_BLANK_CATEGORIES = {"Zs", "Zl", "Zp", "Cf", "Cc"}


class MissingGlyph(LayoutError):
    """No face of the chain has this character."""

    def __init__(self, char: str) -> None:
        super().__init__(f"没有字体有这个字：{char} {describe(char)}", "请换一个写法，或改用读音")
        self.char = char
        self.codepoint = ord(char)
        self.name = describe(char).partition(" ")[2]

    def __reduce__(self) -> tuple[type[MissingGlyph], tuple[str]]:  # type: ignore[override]
        return MissingGlyph, (self.char,)


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text that one face prints."""

    face: Face
    text: str


@lru_cache(maxsize=_CACHED_CHARACTERS)
def has(face: Face, codepoint: int) -> bool:
    """Whether the face prints this character right by itself."""
    char = chr(codepoint)
    font = hb_font(face)
    if not font.get_nominal_glyph(codepoint):
        return False
    glyph_ids = shape(char, face).ids
    if 0 in glyph_ids:
        return False
    if unicodedata.category(char) in _BLANK_CATEGORIES:
        return True
    return any(_has_ink(face, glyph_id) for glyph_id in glyph_ids)


def _has_ink(face: Face, glyph_id: int) -> bool:
    extents = hb_font(face).get_glyph_extents(glyph_id)
    return extents is not None and extents.width != 0 and extents.height != 0


@cache
def characters(face: Face) -> frozenset[int]:
    """All code points of the face's cmap; slow, for lists and tests. Ask `has` for one."""
    return frozenset(hb_font(face).face.unicodes)


# Characters that a role's own face has been found to print by themselves.
_plain: dict[Face, set[str]] = {}


def runs(text: str, chain: tuple[Face, ...]) -> tuple[Run, ...]:
    """The whole text in the first face that has all of it, else each character in its first.

    A name with a rare character thus stays in one face. Marks and joiners stay with the
    character before them. Raises MissingGlyph.
    """
    plain = _plain.setdefault(chain[0], set())
    if text and plain.issuperset(text):
        return (Run(chain[0], text),)
    found = _runs(text, chain)
    if len(found) == 1 and found[0].face is chain[0]:
        plain.update(cluster for cluster in _clusters(text) if len(cluster) == 1)
    return found


@lru_cache(maxsize=_CACHED_TEXTS)
def _runs(text: str, chain: tuple[Face, ...]) -> tuple[Run, ...]:
    clusters = list(_clusters(text))
    for face in chain:
        if all(_has_cluster(face, cluster) for cluster in clusters):
            return (Run(face, text),) if text else ()
    found: list[Run] = []
    for cluster in clusters:
        face = _first_face(cluster, chain)
        if found and found[-1].face is face:
            found[-1] = Run(face, found[-1].text + cluster)
        else:
            found.append(Run(face, cluster))
    return tuple(found)


@lru_cache(maxsize=_CACHED_TEXTS)
def missing(text: str, chain: tuple[Face, ...]) -> tuple[str, ...]:
    """The characters that would not print, each once, in the order of the text."""
    lost = [
        char
        for cluster in _clusters(text)
        if not any(_has_cluster(face, cluster) for face in chain)
        for char in (_lost_of(cluster, chain))
    ]
    return tuple(dict.fromkeys(lost))


def is_fallback(text: str, chain: tuple[Face, ...]) -> bool:
    """Whether a part of the text is not in the role's own face."""
    return any(run.face is not chain[0] for run in runs(text, chain))


def _clusters(text: str) -> Iterator[str]:
    """Characters, each with the marks and joiners that belong to it."""
    if text.isascii():
        yield from text
        return
    start, joined = 0, True
    for index, char in enumerate(text):
        follows = unicodedata.category(char)[0] == "M" or bool(_INVISIBLE.match(char))
        if not (follows or joined):
            yield text[start:index]
            start = index
        joined = char == "\u200d"
    if text:
        yield text[start:]


@lru_cache(maxsize=_CACHED_CHARACTERS)
def _has_cluster(face: Face, cluster: str) -> bool:
    if len(cluster) == 1:
        return has(face, ord(cluster))
    visible = [char for char in cluster if not _INVISIBLE.match(char)] or list(cluster)
    font = hb_font(face)
    return (
        all(
            has(face, ord(char))
            or (unicodedata.combining(char) and font.get_nominal_glyph(ord(char)))
            for char in visible
        )
        and 0 not in shape(cluster, face).ids
    )


def _first_face(cluster: str, chain: tuple[Face, ...]) -> Face:
    for face in chain:
        if _has_cluster(face, cluster):
            return face
    raise MissingGlyph(_lost_of(cluster, chain)[0])


def _lost_of(cluster: str, chain: tuple[Face, ...]) -> list[str]:
    """Of a cluster that no face has: the characters at fault; all, if only together."""
    alone = [char for char in cluster if not any(has(face, ord(char)) for face in chain)]
    return alone or list(cluster)

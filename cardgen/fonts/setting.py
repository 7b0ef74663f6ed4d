"""Set a line of text: text, chain and features in; what to show in which face, and its width, out.

Most text of a card needs no shaping: hanzi, digits, capitals. It is set by one look-up a
character. No lookup of our faces names a hanzi (a test asks HarfBuzz); characters of ASCII
change with nothing but the script of their run, and kern in pairs, so each is shaped once,
behind a letter of that script, and kept. All other text goes through HarfBuzz as a whole.
Widths in 1/1000 em.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from itertools import product
from typing import NamedTuple

from cardgen.fonts.coverage import has, runs
from cardgen.fonts.faces import Face
from cardgen.fonts.glyphs import advance, metrics, nominal_glyphs, shape

Features = tuple[tuple[str, int], ...]
Code = tuple[int, int, str]
"""A code of a Type 0 font: the code, its glyph, the text that it stands for."""
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af 0-9]+").fullmatch
_LATIN = re.compile("(?=.*[A-Z])[A-Z0-9-]+").fullmatch
_DIGITS = re.compile("[0-9 ]+").fullmatch
_DIGITS_AND_BLANK = "0123456789 "
# Features under which the reasoning above holds.
_TAME = frozenset({("kern", 1), ("kern", 0), ("tnum", 1), ("tnum", 0)})


class Piece(NamedTuple):
    """A run in one face: the operators that show it, and the codes it uses.

    A plain run names its table and text in place of codes: `table.codes(text)` has them.
    """

    face: Face
    show: str
    codes: tuple[Code, ...]
    table: Table | None
    text: str


class Setting(NamedTuple):
    """A line of text, ready to be shown; its width without letter-spacing."""

    pieces: tuple[Piece, ...]
    width: float


KEPT = 1 << 14  # the texts of a volume of 200 sheets: fitted first, written later
KEPT_CHARACTERS = KEPT * 8  # of all kept texts: a line kept takes hundreds of bytes a glyph


class Setter:
    """Sets lines in one chain of faces under the same features."""

    def __init__(self, chain: tuple[Face, ...], features: Features) -> None:
        self._chain = chain
        self._features = features
        self._kept: dict[str, Setting] = {}
        self._characters = 0
        tame = _TAME.issuperset(features)
        self._han = _table(chain[0], "一", features) if tame else None
        self._latin = _table(chain[0], "A", features) if tame else None

    def set(self, text: str) -> Setting:
        """Set a line. Raises MissingGlyph for a character that no face of the chain has."""
        found = self._kept.get(text)
        if found is None:
            if len(self._kept) >= KEPT or self._characters >= KEPT_CHARACTERS:
                self._kept.clear()
                self._characters = 0
            self._characters += len(text)
            found = self._kept[text] = self._set(text)
        return found

    def _set(self, text: str) -> Setting:
        han, latin = self._han, self._latin
        # Most texts consist of characters that a table has learnt; it holds only plain ones.
        if han is not None and han.has_learnt(text) and not _DIGITS(text):
            piece, width = han.piece(text)
            return Setting((piece,), width)
        if latin is not None and latin.has_learnt(text) and _LATIN(text):
            piece, width = latin.piece(text)
            return Setting((piece,), width)
        found = runs(text, self._chain)
        if len(found) == 1:
            piece, width = _piece(text, found[0].face, self._features)
            return Setting((piece,), width)
        set_runs = [_piece(run.text, run.face, self._features) for run in found]
        return Setting(tuple(p for p, _ in set_runs), sum(width for _, width in set_runs))


@cache
def setter(chain: tuple[Face, ...], features: Features) -> Setter:
    """The setter for a chain and features, one a process."""
    return Setter(chain, features)


def setting(text: str, chain: tuple[Face, ...], features: Features) -> Setting:
    """Set one line: see `Setter.set`."""
    return setter(chain, features).set(text)


def _piece(text: str, face: Face, features: Features) -> tuple[Piece, float]:
    if _TAME.issuperset(features):
        table = _table_for(text, face, features)
        if table is not None and table.knows(text):
            return table.piece(text)
    return _shaped(text, face, features)


# --------------------------------------------------------------------------- plain text


class Table:
    """The plain characters of one face in one script; `before` is a letter of that script."""

    def __init__(self, face: Face, before: str, features: Features) -> None:
        self.face = face
        self._before = before
        self._features = features
        self._known: set[str] = set()
        self._hexes: dict[int, str] = {}
        self._widths: dict[str, float] = {}
        self._codes: dict[str, Code] = {}
        self._kerns: dict[str, float] = {}
        self._digits: dict[str, float] | None = None

    def has_learnt(self, text: str) -> bool:
        """Whether every character is in the table already."""
        return bool(text) and self._known.issuperset(text)

    def knows(self, text: str) -> bool:
        """Whether every character is in the table, or can be put there."""
        if self._known.issuperset(text):
            return True
        return all(self._learn(char) for char in set(text) - self._known)

    def _learn(self, char: str) -> bool:
        if not has(self.face, ord(char)):
            return False
        glyph = shape(self._before + char, self.face, self._features).ids[-1]
        code = twins(self.face).get((glyph, char), glyph)
        self._hexes[ord(char)] = f"{code:04X}"
        self._widths[char] = advance(self.face, glyph)
        self._codes[char] = (code, glyph, char)
        self._known.add(char)
        return True

    def piece(self, text: str) -> tuple[Piece, float]:
        """The run, and its width."""
        hexes = text.translate(self._hexes)
        width = sum(map(self._widths.__getitem__, text))
        kerns = self._kerns_of(text)
        if not kerns:
            return Piece(self.face, f"<{hexes}>Tj", (), self, text), width
        shown, start = [], 0
        for at, kern in kerns:
            end = 4 * (at + 1)  # four hexadecimal digits a character
            shown.append(f"<{hexes[start:end]}>{number_of(kern)}")
            start = end
            width -= kern
        show = f"[{''.join(shown)}<{hexes[start:]}>]TJ"
        return Piece(self.face, show, (), self, text), width

    def codes(self, text: Iterable[str]) -> Iterable[Code]:
        """The codes of these characters."""
        return map(self._codes.__getitem__, text)

    def _kerns_of(self, text: str) -> list[tuple[int, float]]:
        """After which characters the next one stands closer, and by how much."""
        if self._before == "A":
            pairs = map(str.__add__, text, text[1:])
            known, learn = self._kerns, self._kern
            kerns = [known[pair] if pair in known else learn(pair) for pair in pairs]
            return [(at, kern) for at, kern in enumerate(kerns) if kern] if any(kerns) else []
        kerned = self._kerned_digits()
        if not kerned:
            return []
        pairs = map(str.__add__, text, text[1:])
        return [(at, kerned[pair]) for at, pair in enumerate(pairs) if pair in kerned]

    def _kerned_digits(self) -> dict[str, float]:
        """The pairs of digits and blanks that are kerned, mostly none; found out once."""
        if self._digits is None:
            pairs = map("".join, product(_DIGITS_AND_BLANK, repeat=2))
            self._digits = {pair: kern for pair in pairs if (kern := self._kern(pair))}
        return self._digits

    def _kern(self, pair: str) -> float:
        kern = self._kerns.get(pair)
        if kern is None:
            glyphs = shape(self._before + pair, self.face, self._features)
            kern = advance(self.face, glyphs.ids[-2]) - glyphs.advances[-2]
            self._kerns[pair] = kern
        return kern


@cache
def _table(face: Face, before: str, features: Features) -> Table:
    return Table(face, before, features)


def _table_for(text: str, face: Face, features: Features) -> Table | None:
    """The table that can set this text; None where it has to be shaped."""
    if _DIGITS(text):
        return _table(face, "", features)
    if _HAN(text):
        return _table(face, "一", features)
    return _table(face, "A", features) if _LATIN(text) else None


# --------------------------------------------------------------------------- shaped text


def _shaped(text: str, face: Face, features: Features) -> tuple[Piece, float]:
    glyphs = shape(text, face, features)
    ends = [*glyphs.clusters[1:], len(text)]
    own = twins(face)
    codes: list[Code] = []
    shown: list[str] = []
    hexes = ""
    for glyph, start, end, width, offset in zip(
        glyphs.ids, glyphs.clusters, ends, glyphs.advances, glyphs.x_offsets, strict=True
    ):
        stands_for = text[start:end]
        code = own.get((glyph, stands_for), glyph)
        codes.append((code, glyph, stands_for))
        hexes = _shift(shown, hexes, -offset) + f"{code:04X}"
        hexes = _shift(shown, hexes, advance(face, glyph) - width + offset)
    if shown:
        show = "[" + "".join(shown) + (f"<{hexes}>" if hexes else "") + "]TJ"
    else:
        show = f"<{hexes}>Tj"
    return Piece(face, show, tuple(dict.fromkeys(codes)), None, text), glyphs.width


def _shift(shown: list[str], hexes: str, thousandths: float) -> str:
    """Close the hex string before a shift to the left; the string that goes on."""
    if abs(thousandths) < 0.001:
        return hexes
    if hexes:
        shown.append(f"<{hexes}>")
    shown.append(number_of(thousandths))
    return ""


@lru_cache(maxsize=1 << 14)
def number_of(value: float) -> str:
    """A number as PDF wants it: no exponent, at most four decimals, no trailing zeros."""
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@cache
def twins(face: Face) -> Mapping[tuple[int, str], int]:
    """Codes for characters that share a glyph with a lower character: (glyph, char) to code.

    A code has one meaning in a ToUnicode map. So the second character of a glyph gets a code
    of its own, counted down from 65535 in the order of the characters, whatever is printed.
    """
    first: set[int] = set()
    found: dict[tuple[int, str], int] = {}
    code = 65535
    most = metrics(face).glyph_count
    for codepoint, glyph in nominal_glyphs(face):
        if glyph in first:
            if code > most:
                found[glyph, chr(codepoint)] = code
                code -= 1
        else:
            first.add(glyph)
    return found

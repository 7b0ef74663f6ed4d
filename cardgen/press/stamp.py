"""Write a copy's text and codes as PDF operators: a form and a filled copy in, a string out.

Operators of a text depend on face, features and text only, and are kept from copy to copy
and from volume to volume. Points, origin the lower left corner of the trimmed copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cardgen import fonts, qr
from cardgen.fit import fit_text
from cardgen.fonts import Face
from cardgen.model import CodeSlot, Colour, Filled, Form, Leaf, Line, Matrix, Slot
from cardgen.press.type0 import twins

Codes = tuple[tuple[int, int, str], ...]
_FILL = {1: "g", 3: "rg", 4: "k"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of text in one face: the operand of TJ or Tj, and the codes it uses."""

    face: Face
    show: str
    codes: Codes
    width: float


@lru_cache(maxsize=4096)
def pieces_of(
    text: str, family: str, weight: int, features: tuple[tuple[str, int], ...]
) -> tuple[Piece, ...]:
    """The text as pieces ready to show, faces chosen and glyphs shaped. Widths in 1/1000 em."""
    return tuple(
        _piece(run.text, run.face, features)
        for run in fonts.runs(text, fonts.chain(family, weight))
    )


def _piece(text: str, face: Face, features: tuple[tuple[str, int], ...]) -> Piece:
    glyphs = fonts.shape(text, face, features)
    ends = [*glyphs.clusters[1:], len(text)]
    own = twins(face)
    codes: list[tuple[int, int, str]] = []
    shown: list[str] = []
    hexes = ""
    for glyph, start, end, width, offset in zip(
        glyphs.ids, glyphs.clusters, ends, glyphs.advances, glyphs.x_offsets, strict=True
    ):
        stands_for = text[start:end]
        code = own.get((glyph, stands_for), glyph)
        codes.append((code, glyph, stands_for))
        kern = fonts.advance(face, glyph) - width + offset
        if not offset and not kern:
            hexes += f"{code:04X}"
            continue
        hexes = _shift(shown, hexes, -offset) + f"{code:04X}"
        hexes = _shift(shown, hexes, kern)
    if shown:
        show = "[" + "".join(shown) + (f"<{hexes}>" if hexes else "") + "]TJ"
    else:
        show = f"<{hexes}>Tj"
    return Piece(face, show, tuple(dict.fromkeys(codes)), glyphs.width)


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


def colour_operator(colour: Colour) -> str:
    """The operator that fills with a colour."""
    return " ".join(map(number_of, colour)) + " " + _FILL[len(colour)]


def matrix_operator(matrix: Matrix) -> str:
    """The operator that applies a transformation."""
    return " ".join(map(number_of, matrix)) + " cm"


def _style_prefix(slot: Slot) -> tuple[str, str]:
    style = slot.style
    spacing = f"{number_of(style.letter_spacing_pt)} Tc " if style.letter_spacing_pt else ""
    return f"{colour_operator(style.colour)} {spacing}", "0 Tc " if spacing else ""


class Stamp:
    """Stamps copies of forms, and gathers the glyphs that they use, for one volume.

    What many copies of a volume share (a cadre's name, a slogan) is written once and kept.
    """

    def __init__(self) -> None:
        self.used: dict[Face, set[tuple[int, int, str]]] = {}
        self._kept: dict[tuple[str, int, str], str] = {}

    def leaf(
        self, form: Form, leaf: Leaf, filled: Filled, fitted: tuple[tuple[Line, ...], ...]
    ) -> str:
        """The operators of a copy's texts and codes on one leaf of its form.

        `fitted` holds the lines of each text of the copy, by the text's number.
        """
        parts = []
        texts, kept = filled.texts, self._kept
        for number, slot in leaf.slots:
            text = texts[number]
            if not text:
                continue
            key = (form.key, number, text)
            written = kept.get(key)
            if written is None:
                written = kept[key] = self._write(slot, fitted[number])
            parts.append(written)
        for number, code_slot in leaf.codes:
            parts.append(code_operators(code_slot, filled.links[number]))
        return "\n".join(parts)

    def _write(self, slot: Slot, lines: tuple[Line, ...]) -> str:
        before, after = _style_prefix(slot)
        style = slot.style
        parts = [before]
        for line in lines:
            parts.append(f"1 0 0 1 {number_of(line.x_pt)} {number_of(line.y_pt)} Tm")
            for piece in pieces_of(line.text, style.family, style.weight, style.features):
                self.used.setdefault(piece.face, set()).update(piece.codes)
                parts.append(f"/{piece.face.key} {number_of(line.size_pt)} Tf {piece.show}")
        operators = f"BT {' '.join(parts)} {after}ET"
        if slot.matrix is None:
            return operators
        return f"q {matrix_operator(slot.matrix)} {operators} Q"


class Fitter:
    """Fits the texts of a volume's copies, each text of a slot once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, str], tuple[Line, ...] | None] = {}

    def fit(self, form: Form, filled: Filled) -> tuple[tuple[tuple[Line, ...], ...], Slot | None]:
        """The lines of every text of a copy; and the first slot that its text does not fit."""
        fitted: list[tuple[Line, ...]] = [()] * len(filled.texts)
        for leaf in form.leaves:
            for number, slot in leaf.slots:
                key = (form.key, number, filled.texts[number])
                if key not in self._kept:
                    self._kept[key] = fit_text(filled.texts[number], slot)
                lines = self._kept[key]
                if lines is None:
                    return (), slot
                fitted[number] = lines
        return tuple(fitted), None


def fit_all(form: Form, filled: Filled) -> tuple[tuple[tuple[Line, ...], ...], Slot | None]:
    """Fit one copy by itself: see `Fitter.fit`."""
    return Fitter().fit(form, filled)


def code_operators(slot: CodeSlot, link: str) -> str:
    """A QR code in its quiet zone, as an image mask of one bit a module, in one ink."""
    code = qr.encode(link, slot.level)
    module_pt = slot.box_pt.width / code.with_quiet
    side = number_of(module_pt * code.modules)
    left = number_of(slot.box_pt.left + qr.QUIET_MODULES * module_pt)
    bottom = number_of(slot.box_pt.bottom + qr.QUIET_MODULES * module_pt)
    turned = f"{matrix_operator(slot.matrix)} " if slot.matrix else ""
    return (
        f"q {turned}{colour_operator(slot.colour)} {side} 0 0 {side} {left} {bottom} cm\n"
        f"BI /W {code.modules} /H {code.modules} /IM true /BPC 1 /F /AHx\n"
        f"ID {qr.mask_hex(code)}> EI Q"
    )

"""Write a copy's text and codes as PDF operators: a form and a filled copy in, a string out.

Operators of a text depend on face, features and text only, and are kept from copy to copy
and from volume to volume. Points, origin the lower left corner of the trimmed copy.
"""

from __future__ import annotations

from cardgen import qr
from cardgen.fit import fit_text, setter_of
from cardgen.fonts import Face
from cardgen.fonts.setting import Code, Table, number_of
from cardgen.model import CodeSlot, Colour, Filled, Form, Leaf, Line, Matrix, Slot

_FILL = {1: "g", 3: "rg", 4: "k"}


def colour_operator(colour: Colour) -> str:
    """The operator that fills with a colour."""
    return " ".join(map(number_of, colour)) + " " + _FILL[len(colour)]


def matrix_operator(matrix: Matrix) -> str:
    """The operator that applies a transformation."""
    return " ".join(map(number_of, matrix)) + " cm"


class Stamp:
    """Stamps copies of forms, and gathers the characters that they use, for one volume.

    What many copies of a volume share (a cadre's name, a slogan) is written once and kept.
    """

    def __init__(self) -> None:
        self._kept: dict[tuple[str, int, str], str] = {}
        self._prefixes: dict[tuple[str, int], tuple[str, str]] = {}
        self._shaped: dict[Face, set[Code]] = {}
        self._plain: dict[Table, set[str]] = {}

    def leaf(
        self, form: Form, leaf: Leaf, filled: Filled, fitted: tuple[tuple[Line, ...], ...]
    ) -> str:
        """The operators of a copy's texts and codes on one leaf of its form.

        `fitted` holds the lines of each text of the copy, by the text's number.
        """
        parts = []
        texts, kept, key = filled.texts, self._kept, form.key
        for number, slot in leaf.slots:
            text = texts[number]
            if not text:
                continue
            place = (key, number, text)
            written = kept.get(place)
            if written is None:
                written = kept[place] = self._write(key, number, slot, fitted[number])
            parts.append(written)
        for number, code_slot in leaf.codes:
            parts.append(code_operators(code_slot, filled.links[number]))
        return "\n".join(parts)

    def used(self) -> dict[Face, set[Code]]:
        """The codes that the copies stamped so far use, by face."""
        found = {face: set(codes) for face, codes in self._shaped.items()}
        for table, chars in self._plain.items():
            found.setdefault(table.face, set()).update(table.codes(chars))
        return found

    def _write(self, key: str, number: int, slot: Slot, lines: tuple[Line, ...]) -> str:
        prefix = self._prefixes.get((key, number))
        if prefix is None:
            prefix = self._prefixes[key, number] = _style_prefix(slot)
        set_text = setter_of(slot.style).set
        parts = [prefix[0]]
        for line in lines:
            parts.append(f"1 0 0 1 {number_of(line.x_pt)} {number_of(line.y_pt)} Tm")
            for piece in set_text(line.text).pieces:
                if piece.table is None:
                    self._shaped.setdefault(piece.face, set()).update(piece.codes)
                else:
                    self._plain.setdefault(piece.table, set()).update(piece.text)
                parts.append(f"/{piece.face.key} {number_of(line.size_pt)} Tf {piece.show}")
        operators = f"BT {' '.join(parts)}{prefix[1]} ET"
        if slot.matrix is None:
            return operators
        return f"q {matrix_operator(slot.matrix)} {operators} Q"


def _style_prefix(slot: Slot) -> tuple[str, str]:
    style = slot.style
    colour = colour_operator(style.colour)
    if not style.letter_spacing_pt:
        return colour, ""
    return f"{colour} {number_of(style.letter_spacing_pt)} Tc", " 0 Tc"


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

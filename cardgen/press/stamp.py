"""Write a copy's text and codes as PDF operators: a form and a filled copy in, a string out.

Operators of a text depend on face, features and text only, and are kept from copy to copy
and from volume to volume. Points, origin the lower left corner of the trimmed copy.
"""

from __future__ import annotations

from typing import NamedTuple

from cardgen import qr
from cardgen.fit import SlotFit, setter_of
from cardgen.fonts import Face
from cardgen.fonts.setting import Code, Table, number_of
from cardgen.model import CodeSlot, Colour, Filled, Form, Line, Matrix, Slot, TypeStyle
from cardgen.press.inks import Inks
from cardgen.units import Rect

_OFFICE = Inks()
_FILL = {1: "g", 3: "rg", 4: "k"}


def colour_operator(colour: Colour) -> str:
    """The operator that fills with a colour."""
    return " ".join(map(number_of, colour)) + " " + _FILL[len(colour)]


def matrix_operator(matrix: Matrix) -> str:
    """The operator that applies a transformation."""
    return " ".join(map(number_of, matrix)) + " cm"


def scale_of(matrix: Matrix) -> float:
    """How many times larger a transformation makes things: the root of how much more area."""
    a, b, c, d, _, _ = matrix
    return float(abs(a * d - b * c) ** 0.5)


class Stamp:
    """Stamps copies of forms, and gathers the characters that they use, for one volume.

    What many copies of a volume share (a cadre's name, a slogan) is written once and kept.
    """

    def __init__(self, inks: Inks = _OFFICE) -> None:
        self._inks = inks
        self._leaves: dict[tuple[str, int], _LeafStamp] = {}
        self._shaped: dict[Face, set[Code]] = {}
        self._plain: dict[Table, list[str]] = {}

    def leaf(
        self, form: Form, side: int, filled: Filled, fitted: tuple[tuple[Line, ...], ...]
    ) -> str:
        """The operators of a copy's texts and codes on one leaf of its form.

        `fitted` holds the lines of each text of the copy, by the text's number.
        """
        prepared = self._leaves.get((form.key, side))
        if prepared is None:
            leaf = form.leaves[side]
            prepared = self._leaves[form.key, side] = _LeafStamp(
                [(number, _SlotStamp(slot, self._inks), {}) for number, slot in leaf.slots],
                [(number, _CodeStamp(slot, self._inks)) for number, slot in leaf.codes],
            )
        parts, texts = [], filled.texts
        for number, slot_stamp, kept in prepared.slots:
            text = texts[number]
            if not text:
                continue
            written = kept.get(text)
            if written is None:
                written = kept[text] = self._write(slot_stamp, fitted[number])
            parts.append(written)
        for number, code_stamp in prepared.codes:
            parts.append(code_stamp.operators(filled.links[number]))
        return "\n".join(parts)

    def width(self, text: str, style: TypeStyle) -> float:
        """How wide a line is, in points."""
        return setter_of(style).set(text).width * style.size_pt / 1000

    def line(self, text: str, style: TypeStyle, x_pt: float, y_pt: float) -> str:
        """The operators of one line of text that belongs to no copy."""
        line = Line(text, x_pt, y_pt, style.size_pt, 0.0)
        box = Rect(x_pt, y_pt, 0.0, 0.0)
        return self._write(_SlotStamp(Slot("", box, y_pt, 1, 0.0, style), self._inks), (line,))

    def code(self, text: str, box_pt: Rect) -> str:
        """The operators of a code that belongs to no copy, in a square with its quiet zone."""
        return _CodeStamp(CodeSlot("", box_pt, "M", (0.0,)), self._inks).operators(text)

    def used(self) -> dict[Face, set[Code]]:
        """The codes that the copies stamped so far use, by face."""
        found = {face: set(codes) for face, codes in self._shaped.items()}
        for table, texts in self._plain.items():
            found.setdefault(table.face, set()).update(table.codes(set().union(*texts)))
        return found

    def _write(self, slot: _SlotStamp, lines: tuple[Line, ...]) -> str:
        parts = [slot.before]
        for text, x_pt, y_pt, size_pt, _ in lines:
            parts.append(f"1 0 0 1 {number_of(x_pt)} {number_of(y_pt)} Tm")
            size = number_of(size_pt)
            for face, show, codes, table, plain in slot.set_text(text).pieces:
                if table is None:
                    self._shaped.setdefault(face, set()).update(codes)
                elif table in self._plain:
                    self._plain[table].append(plain)
                else:
                    self._plain[table] = [plain]
                parts.append(f"/{face.key} {size} Tf {show}")
        return " ".join(parts) + slot.behind


class _SlotStamp:
    """What is written around every text of a slot."""

    def __init__(self, slot: Slot, inks: Inks) -> None:
        style = slot.style
        self.set_text = setter_of(style).set
        spacing = style.letter_spacing_pt
        size_pt = style.size_pt * (scale_of(slot.matrix) if slot.matrix else 1)
        self.before = f"BT {colour_operator(inks.text(style.colour, size_pt))}"
        self.behind = " ET"
        if spacing:
            self.before += f" {number_of(spacing)} Tc"
            self.behind = " 0 Tc ET"
        if slot.matrix is not None:
            self.before = f"q {matrix_operator(slot.matrix)} {self.before}"
            self.behind += " Q"


class _CodeStamp:
    """Writes the codes of one place."""

    def __init__(self, slot: CodeSlot, inks: Inks) -> None:
        self._slot = slot
        self._colour = colour_operator(inks.code(slot.colour))
        self._before: dict[int, str] = {}

    def operators(self, link: str) -> str:
        """A QR code in its quiet zone, as an image mask of one bit a module, in one ink."""
        code = qr.encode(link, self._slot.level, self._slot.logo)
        before = self._before.get(code.modules)
        if before is None:
            before = self._before[code.modules] = self._place(code)
        return f"{before}{qr.mask_hex(code)}> EI Q"

    def _place(self, code: qr.QrCode) -> str:
        slot = self._slot
        module_pt = slot.box_pt.width / code.with_quiet
        side = number_of(module_pt * code.modules)
        left = number_of(slot.box_pt.left + qr.QUIET_MODULES * module_pt)
        bottom = number_of(slot.box_pt.bottom + qr.QUIET_MODULES * module_pt)
        turned = f"{matrix_operator(slot.matrix)} " if slot.matrix else ""
        return (
            f"q {turned}{self._colour} {side} 0 0 {side} {left} {bottom} cm\n"
            f"BI /W {code.modules} /H {code.modules} /IM true /BPC 1 /F /AHx\nID "
        )


class _LeafStamp(NamedTuple):
    """One leaf of a form: its slots and codes by number, with the texts written so far."""

    slots: list[tuple[int, _SlotStamp, dict[str, str]]]
    codes: list[tuple[int, _CodeStamp]]


class Fitter:
    """Fits the texts of a volume's copies, each text of a slot once."""

    def __init__(self) -> None:
        self._slots: dict[str, list[_FittedSlot]] = {}

    def fit(self, form: Form, filled: Filled) -> tuple[tuple[tuple[Line, ...], ...], Slot | None]:
        """The lines of every text of a copy; and the first slot that its text does not fit."""
        slots = self._slots.get(form.key)
        if slots is None:
            slots = self._slots[form.key] = [
                (number, SlotFit(slot), {}) for leaf in form.leaves for number, slot in leaf.slots
            ]
        texts = filled.texts
        fitted: list[tuple[Line, ...]] = [()] * len(texts)
        for number, slot_fit, kept in slots:
            text = texts[number]
            lines = kept.get(text, ())
            if not lines:  # not met yet, or without text, or too long
                lines = kept[text] = slot_fit.fit(text)
                if lines is None:
                    return (), slot_fit.slot
            fitted[number] = lines
        return tuple(fitted), None


_FittedSlot = tuple[int, SlotFit, dict[str, tuple[Line, ...] | None]]


def fit_all(form: Form, filled: Filled) -> tuple[tuple[tuple[Line, ...], ...], Slot | None]:
    """Fit one copy by itself: see `Fitter.fit`."""
    return Fitter().fit(form, filled)

"""Write art in inks: the PDF of a form's art and its inks in, the same drawing without RGB out.

A content stream is read with its graphics state, for one colour may paint a band and a text,
and these are printed in different inks. What cannot be told is a LayoutError. Points.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Operator, Stream

from cardgen.errors import LayoutError
from cardgen.model import Colour
from cardgen.press.inks import Inks
from cardgen.press.pictures import separate_picture

_COUNTS = {"g": 1, "rg": 3, "k": 4, "G": 1, "RG": 3, "K": 4}
_FILL = {1: "g", 3: "rg", 4: "k"}
_STROKE = {1: "G", 3: "RG", 4: "K"}
_SPACES = {"/DeviceGray": 1, "/DeviceRGB": 3, "/DeviceCMYK": 4}
_SHOW = frozenset(("Tj", "TJ", "'", '"'))
_ONE = pikepdf.Matrix()
HINT = "请改用纯色（#、rgb()、device-cmyk()），图用 RGB 或灰度的 PNG、JPEG。"


@lru_cache(maxsize=8)
def separated(art: bytes, inks: Inks) -> bytes:
    """The art with every colour in inks. Raises LayoutError for what has none."""
    with pikepdf.open(io.BytesIO(art)) as document:
        work = _Work(inks, set())
        for page in document.pages:
            content = document.make_stream(b"")
            _pack(content, work.stream(page, page.obj.get("/Resources", Dictionary()), _ONE))
            page.Contents = content
            if "/Group" in page.obj:
                _in_inks(page.obj["/Group"])
        buffer = io.BytesIO()
        document.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def _pack(stream: Stream, content: bytes) -> None:
    stream.write(zlib.compress(content), filter=Name.FlateDecode)


def _in_inks(group: Object, space: str = "/DeviceCMYK") -> None:
    """A group of transparent things is mixed in the inks of the press (PDF 32000-1, 11.6.6)."""
    if "/CS" in group:
        group["/CS"] = Name(space)


@dataclass(slots=True)
class _State:
    """The part of the graphics state that colours depend on; colours as designed and written."""

    matrix: pikepdf.Matrix
    fill: Colour | None = None
    stroke: Colour | None = None
    written_fill: Colour | None = None
    written_stroke: Colour | None = None
    font_pt: float = 0.0
    mode: int = 0


@dataclass(slots=True)
class _Work:
    """One art document: what of it has been done already."""

    inks: Inks
    done: set[tuple[int, int]]

    def stream(
        self, content: Object | pikepdf.Page, resources: Object, matrix: pikepdf.Matrix
    ) -> bytes:
        """The operators of a page or form in inks; what it shows is changed in place."""
        self.states(resources, matrix)
        return pikepdf.unparse_content_stream(_Reader(self, resources, matrix).read(content))

    def form(self, form: Object, matrix: pikepdf.Matrix) -> None:
        """A form XObject or the cell of a pattern, once."""
        if form.objgen in self.done:
            return
        self.done.add(form.objgen)
        assert isinstance(form, Stream)
        own = pikepdf.Matrix(form["/Matrix"]) if "/Matrix" in form else _ONE
        resources = form.get("/Resources", Dictionary())
        _pack(form, self.stream(form, resources, own @ matrix))
        if "/Group" in form:
            _in_inks(form["/Group"])

    def states(self, resources: Object, matrix: pikepdf.Matrix) -> None:
        """The groups behind masks, which only tell light from dark."""
        for state in _values(resources, "/ExtGState"):
            mask = state.get("/SMask")
            if isinstance(mask, Dictionary):
                self.form(mask["/G"], matrix)
                _in_inks(mask["/G"].get("/Group", Dictionary()), "/DeviceGray")

    def shading(self, shading: Object) -> None:
        """A gradient: its ends in inks, and between them the inks change evenly."""
        space = _SPACES.get(str(shading["/ColorSpace"]))
        if space == 3:
            for function in _ends(shading["/Function"]):
                for end in ("/C0", "/C1"):
                    colour = self.inks.paint(tuple(float(part) for part in function[end]))
                    inks = (0.0, 0.0, 0.0, 1 - colour[0]) if len(colour) == 1 else colour
                    function[end] = Array(inks)
            shading["/ColorSpace"] = Name.DeviceCMYK
        elif space is None:
            raise LayoutError("版式里有渐变，用的颜色换不成油墨。", HINT)


def _values(resources: Object, kind: str) -> Iterator[Object]:
    for _, value in resources.get(kind, Dictionary()).items():
        yield value


def _ends(function: Object) -> Iterator[Object]:
    """The functions with two colours that a gradient is made of."""
    kind = int(function["/FunctionType"])
    if kind == 2:
        yield function
    elif kind == 3:
        for part in function["/Functions"]:
            yield from _ends(part)
    else:
        raise LayoutError("版式里有渐变，写法换不成油墨。", HINT)


class _Reader:
    """Reads one content stream, and writes it with each colour where it is used."""

    def __init__(self, work: _Work, resources: Object, matrix: pikepdf.Matrix) -> None:
        self._work, self._resources = work, resources
        self._state = _State(matrix)
        self._stack: list[_State] = []
        self._out: list[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage] = []
        self._text = _ONE
        self._is_path = False

    def read(
        self, content: Object | pikepdf.Page
    ) -> list[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage]:
        """All instructions, with colours in inks."""
        for each in pikepdf.parse_content_stream(content):
            name = str(each.operator)
            if isinstance(each, pikepdf.ContentStreamInlineImage):
                if not bool(each.iimage.image_mask):
                    raise LayoutError("版式里有写在行内的图，换不成油墨。", HINT)
                self._paint()
            elif self._took(name, list(each.operands)):
                continue
            self._out.append(each)
        return self._out

    def _took(self, name: str, values: Sequence[Object]) -> bool:
        """Follow an operator; whether it is not to be written as it stands."""
        state = self._state
        if name in _COUNTS:
            self._note(name.islower(), tuple(float(value) for value in values))
            return True
        if name in ("cs", "CS", "sc", "SC", "scn", "SCN"):
            return self._special(name, values)
        if name == "q":
            self._stack.append(replace(state))
        elif name == "Q":
            self._state = self._stack.pop() if self._stack else state
        elif name == "cm":
            state.matrix = pikepdf.Matrix(*map(float, values)) @ state.matrix
        elif name in ("m", "re") and not self._is_path:
            self._paint()  # no colour may be set between a path and its painting
            self._is_path = True
        elif name in _PAINT_PATH:
            self._is_path = False
        elif name in ("BT", "Tm"):
            self._text = pikepdf.Matrix(*map(float, values)) if values else _ONE
        elif name == "Tf":
            state.font_pt = float(values[1])
        elif name == "Tr":
            state.mode = int(values[0])
        elif name in _SHOW:
            self._show()
        elif name == "sh":
            self._work.shading(self._resources["/Shading"][str(values[0])])
        elif name == "Do":
            self._paint()
            self._drawn(self._resources["/XObject"][str(values[0])])
        return False

    def _note(self, is_fill: bool, colour: Colour | None) -> None:
        if is_fill:
            self._state.fill = colour
        else:
            self._state.stroke = colour

    def _special(self, name: str, values: Sequence[Object]) -> bool:
        """Colours by a named space: a device's own, or a pattern."""
        is_fill = name.islower()
        if name in ("cs", "CS"):
            space = str(values[0])
            if space not in _SPACES and space != "/Pattern":
                raise LayoutError(f"版式里有 {space[1:]} 的颜色，换不成油墨。", HINT)
            self._note(is_fill, None)
            self._wrote(is_fill, None)
            return space != "/Pattern"
        if isinstance(values[-1], Name):
            self._pattern(self._resources["/Pattern"][str(values[-1])])
            return False
        self._note(is_fill, tuple(float(value) for value in values))
        return True

    def _pattern(self, pattern: Object) -> None:
        if int(pattern["/PatternType"]) == 1:
            self._work.form(pattern, _ONE)
        else:
            self._work.shading(pattern["/Shading"])

    def _drawn(self, thing: Object) -> None:
        if thing["/Subtype"] == "/Form":
            self._work.form(thing, self._state.matrix)
        elif thing.objgen not in self._work.done:
            self._work.done.add(thing.objgen)
            separate_picture(thing, self._work.inks)

    def _show(self) -> None:
        """The inks of the text that follows."""
        state, inks = self._state, self._work.inks
        size_pt = state.font_pt * _scale(self._text) * _scale(state.matrix)
        if state.fill is not None:
            self._write(True, inks.text(state.fill, size_pt))
        if state.stroke is not None and state.mode in (1, 2, 5, 6):
            self._write(False, inks.text(state.stroke, size_pt))

    def _paint(self) -> None:
        """The inks of what is drawn next."""
        if self._state.fill is not None:
            self._write(True, self._work.inks.paint(self._state.fill))
        if self._state.stroke is not None:
            self._write(False, self._work.inks.paint(self._state.stroke))

    def _write(self, is_fill: bool, colour: Colour) -> None:
        state = self._state
        if colour == (state.written_fill if is_fill else state.written_stroke):
            return
        self._wrote(is_fill, colour)
        operator = Operator((_FILL if is_fill else _STROKE)[len(colour)])
        values = [pikepdf.Object.parse(f"{part:.6g}".encode()) for part in colour]
        self._out.append(pikepdf.ContentStreamInstruction(values, operator))

    def _wrote(self, is_fill: bool, colour: Colour | None) -> None:
        if is_fill:
            self._state.written_fill = colour
        else:
            self._state.written_stroke = colour


_PAINT_PATH = frozenset(("S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "n"))


def _scale(matrix: pikepdf.Matrix) -> float:
    """How many times larger a matrix makes things: the root of how many times the area."""
    return float(abs(matrix.a * matrix.d - matrix.b * matrix.c) ** 0.5)

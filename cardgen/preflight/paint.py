"""Follow what a page paints: a page and a profile in, faults of colour, ink and codes out.

Lengths in points, from the page's matrix; a code's module is told in mm. What is found stands
once a page, however often it is there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Dictionary, Object

from cardgen.model import IN_THE_HAND_MM, Profile
from cardgen.preflight.fonts import name_of
from cardgen.units import pt_to_mm

MOST_INK = 3.0
_SLACK = 0.005  # of ink, and of a millimetre
_COUNTS = {"g": "/DeviceGray", "rg": "/DeviceRGB", "k": "/DeviceCMYK"}
_ALLOWED = {
    Profile.OFFICE: {"/DeviceGray", "/DeviceRGB", "/CalGray", "/CalRGB", "/Lab", "/ICCBased"},
    Profile.SHOP: {"/DeviceGray", "/DeviceCMYK", "/CalGray"},
}
_ONLY = {
    Profile.OFFICE: "给办公室的文件只用 RGB 和灰度",
    Profile.SHOP: "给印刷厂的文件只用黑色和四色",
}
_WORDS = {"/DeviceRGB": "RGB", "/DeviceCMYK": "CMYK", "/CalRGB": "RGB", "/ICCBased": "ICC"}
_DEEPEST = 12
_LEAST_QR, _MOST_QR = 21, 177  # modules (ISO/IEC 18004, 5.3.1)


@dataclass(slots=True)
class _Seen:
    """What a form paints, wherever it is placed; codes with their matrix inside the form."""

    spaces: set[str] = field(default_factory=set)
    ink: float = 0.0
    codes: set[tuple[int, tuple[float, ...]]] = field(default_factory=set)

    def add(self, other: _Seen, matrix: pikepdf.Matrix) -> None:
        """Add what a form shows that is placed by this matrix."""
        self.spaces |= other.spaces
        self.ink = max(self.ink, other.ink)
        for modules, inner in other.codes:
            self.codes.add((modules, _numbers(pikepdf.Matrix(*inner) @ matrix)))


class PaintReader:
    """Reads what pages paint; remembers forms and pictures."""

    def __init__(self, profile: Profile) -> None:
        self._allowed = _ALLOWED[profile]
        self._profile = profile
        self._forms: dict[tuple[int, int], _Seen] = {}

    def page(self, page: pikepdf.Page) -> list[str]:
        """What is wrong on a page, in Chinese."""
        seen = self._stream(page, page.resources, 0)
        if isinstance(page.obj.get("/Group"), Dictionary):
            seen.spaces |= _group_space(page.obj["/Group"])
        return [*self._colour_faults(seen), *_code_faults(seen)]

    def _colour_faults(self, seen: _Seen) -> list[str]:
        faults = []
        for space in sorted(seen.spaces - self._allowed):
            shown = _WORDS.get(space, space[1:])
            faults.append(f"有 {shown} 颜色，{_ONLY[self._profile]}")
        if seen.ink > MOST_INK + _SLACK:
            faults.append(f"一处的油墨共 {seen.ink:.0%}，最多 {MOST_INK:.0%}，印出来干不透")
        return faults

    def _stream(self, content: Object | pikepdf.Page, resources: Object, depth: int) -> _Seen:
        seen, matrix = _Seen(), pikepdf.Matrix()
        stack: list[pikepdf.Matrix] = []
        for each in pikepdf.parse_content_stream(content, _OPERATORS):
            name = str(each.operator)
            if isinstance(each, pikepdf.ContentStreamInlineImage):
                self._inline(each.iimage, matrix, seen)
                continue
            values = list(each.operands)
            if name == "q":
                stack.append(matrix)
            elif name == "Q":
                matrix = stack.pop() if stack else matrix
            elif name == "cm":
                matrix = pikepdf.Matrix(*map(float, values)) @ matrix
            elif name == "Do":
                thing = resources.get("/XObject", Dictionary()).get(str(values[0]))
                if thing is not None:
                    self._object(thing, resources, matrix, seen, depth)
            else:
                _colour(name, values, resources, seen)
        for pattern in _all(resources, "/Pattern"):
            self._pattern(pattern, resources, seen, depth)
        for state in _all(resources, "/ExtGState"):
            mask = state.get("/SMask")
            if isinstance(mask, Dictionary):
                self._form(mask["/G"], resources, depth)  # a mask has no colour of its own
        return seen

    def _pattern(self, pattern: Object, resources: Object, seen: _Seen, depth: int) -> None:
        if "/Shading" in pattern:
            seen.spaces.add(name_of(pattern["/Shading"].get("/ColorSpace")))
        elif isinstance(pattern, pikepdf.Stream):
            seen.add(self._form(pattern, resources, depth), pikepdf.Matrix())

    def _object(
        self, thing: Object, resources: Object, matrix: pikepdf.Matrix, seen: _Seen, depth: int
    ) -> None:
        if thing.get("/Subtype") == "/Form":
            own = pikepdf.Matrix(thing["/Matrix"]) if "/Matrix" in thing else pikepdf.Matrix()
            seen.add(self._form(thing, resources, depth), own @ matrix)
        elif thing.get("/ImageMask", False):
            _code(int(thing["/Width"]), int(thing["/Height"]), matrix, seen)
        else:
            seen.add(self._picture(thing), matrix)

    def _form(self, form: Object, resources: Object, depth: int) -> _Seen:
        if depth > _DEEPEST:
            return _Seen()
        if form.objgen not in self._forms:
            self._forms[form.objgen] = _Seen()  # a form that shows itself is read no deeper
            own = form.get("/Resources", resources)
            seen = self._stream(form, own, depth + 1)
            if isinstance(form.get("/Group"), Dictionary):
                seen.spaces |= _group_space(form["/Group"])
            self._forms[form.objgen] = seen
        return self._forms[form.objgen]

    def _picture(self, picture: Object) -> _Seen:
        if picture.objgen not in self._forms:
            space = picture.get("/ColorSpace")
            if name_of(space) == "/Indexed" and isinstance(space, pikepdf.Array):
                space = space[1]
            seen = _Seen({name_of(space)} - {""})
            if name_of(space) == "/DeviceCMYK" and int(picture.get("/BitsPerComponent", 8)) == 8:
                seen.ink = _most_ink(picture)
            self._forms[picture.objgen] = seen
        return self._forms[picture.objgen]

    def _inline(self, picture: pikepdf.PdfInlineImage, matrix: pikepdf.Matrix, seen: _Seen) -> None:
        if picture.image_mask:
            _code(int(picture.width), int(picture.height), matrix, seen)
        else:
            seen.spaces.add(str(picture.colorspace))


_OPERATORS = "q Q cm Do BI ID EI g G rg RG k K cs CS sc SC scn SCN sh"


def _numbers(matrix: pikepdf.Matrix) -> tuple[float, ...]:
    return (matrix.a, matrix.b, matrix.c, matrix.d, matrix.e, matrix.f)


def _all(resources: Object, kind: str) -> list[Object]:
    return [value for _, value in resources.get(kind, Dictionary()).items()]


def _colour(name: str, values: Sequence[Object], resources: Object, seen: _Seen) -> None:
    """Note a colour, its space and how much ink it is."""
    plain = name.lower()
    if plain in _COUNTS:
        seen.spaces.add(_COUNTS[plain])
        if plain == "k":
            seen.ink = max(seen.ink, sum(float(value) for value in values))
    elif plain == "cs":
        space = str(values[0])
        named = resources.get("/ColorSpace", Dictionary()).get(space)
        seen.spaces |= {name_of(named) or space} - {"/Pattern"}
    elif plain in ("sc", "scn") and len(values) == 4:
        seen.ink = max(seen.ink, sum(float(value) for value in values))
    elif plain == "sh":
        shading = resources.get("/Shading", Dictionary()).get(str(values[0]))
        if shading is not None:
            seen.spaces.add(name_of(shading.get("/ColorSpace")))


def _group_space(group: Object) -> set[str]:
    return {name_of(group.get("/CS"))} - {""}


def _most_ink(picture: Object) -> float:
    try:
        data = picture.read_bytes()
    except pikepdf.PdfError:
        return 0.0
    if picture.get("/Filter") == "/DCTDecode" or not data:
        return 0.0
    return max(map(sum, zip(data[0::4], data[1::4], data[2::4], data[3::4], strict=False))) / 255


def _code(width: int, height: int, matrix: pikepdf.Matrix, seen: _Seen) -> None:
    """Note a mask that has the sides of a QR code."""
    if width == height and _LEAST_QR <= width <= _MOST_QR and width % 4 == 1:
        seen.codes.add((width, _numbers(matrix)))


def _code_faults(seen: _Seen) -> list[str]:
    faults = set()
    for modules, (a, b, c, d, _, _) in seen.codes:
        side_pt = min((a * a + b * b) ** 0.5, (c * c + d * d) ** 0.5)
        module_mm = pt_to_mm(side_pt) / modules
        if module_mm < IN_THE_HAND_MM - _SLACK:
            faults.add(
                f"二维码太密：每格 {module_mm:.2f} 毫米，至少要 {IN_THE_HAND_MM:g} 毫米才扫得出"
            )
    return sorted(faults)

"""Clean pages of art: WeasyPrint's PDF in, the same pages ready to be forms out.

The art is drawn once a copy, thousands of times a batch, by every viewer and printer. So
it is stripped of what draws nothing. Owns pikepdf, together with the press.
"""

from __future__ import annotations

import io

import pikepdf

Instruction = tuple[list[pikepdf.Object], str]
_GREY = {"rg": "g", "RG": "G"}
_FILL_COLOURS = ("g", "rg", "k")
# Operators that only change the graphics state: without effect right before a Q.
_STATE = frozenset(("g", "G", "rg", "RG", "k", "K", "w", "J", "j", "M", "d", "gs", "cm", "i", "ri"))


def clean(pdf: bytes) -> bytes:
    """Write neutral RGB tones as grey, and drop what draws nothing.

    RGB black comes out of a print shop's press in four inks; DeviceGray 0 does not.
    """
    with pikepdf.open(io.BytesIO(pdf)) as document:
        forms = {
            thing.objgen: thing
            for page in document.pages
            for thing in page.Resources.get("/XObject", {}).values()
            if thing.get("/Subtype") == "/Form"
        }
        drawn = (*(page.obj for page in document.pages), *forms.values())
        resources = [thing.get("/Resources", pikepdf.Dictionary()) for thing in drawn]
        opaque = all(map(_is_opaque, resources))
        for page in document.pages:
            page.Contents = document.make_stream(_cleaned(page, opaque))
        for form in forms.values():
            form.write(_cleaned(form, opaque))
        buffer = io.BytesIO()
        document.save(buffer, deterministic_id=True)
    return buffer.getvalue()


def _cleaned(content: pikepdf.Object | pikepdf.Page, opaque: bool) -> bytes:
    kept: list[Instruction] = []
    for instruction in pikepdf.parse_content_stream(content):
        values, name = list(instruction.operands), str(instruction.operator)
        if name == "gs" and opaque:
            continue
        if name in _GREY and values[0] == values[1] == values[2]:
            values, name = values[:1], _GREY[name]
        _append(kept, values, name)
    return pikepdf.unparse_content_stream([(v, pikepdf.Operator(n)) for v, n in kept])


def _append(kept: list[Instruction], values: list[pikepdf.Object], name: str) -> None:
    """Add an instruction, and take back those before it that it makes idle."""
    last = kept[-1][1] if kept else ""
    if name == "ET" and last == "BT":
        kept.pop()
        return
    if name in _FILL_COLOURS and last in _FILL_COLOURS:
        kept.pop()
    if name == "Q":
        while kept and kept[-1][1] in _STATE:
            kept.pop()
        if kept and kept[-1][1] == "q":
            kept.pop()
            return
    kept.append((values, name))


def _is_opaque(resources: pikepdf.Object) -> bool:
    """Whether all graphics states only say that nothing is transparent, which is the default."""
    return all(
        set(state.keys()) <= {"/Type", "/ca", "/CA"}
        and all(state.get(key, 1) == 1 for key in ("/ca", "/CA"))
        for state in resources.get("/ExtGState", {}).values()
    )

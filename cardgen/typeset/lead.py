"""Fill the pages that lie on top of a bundle: their copies in, filled copies and forms out."""

from __future__ import annotations

from collections.abc import Iterable

from cardgen.errors import LayoutError
from cardgen.model import Copy, Filled, Form, LayoutSpec, Problem
from cardgen.typeset.fill import Filler


class LeadFiller:
    """Fills covers and sign-off sheets, for all layouts of a batch."""

    def __init__(self, cover: LayoutSpec, sign_off: LayoutSpec) -> None:
        """Compile both layouts. Raises LayoutError, also where they are not of one size."""
        if (cover.width_mm, cover.height_mm) != (sign_off.width_mm, sign_off.height_mm):
            raise LayoutError(
                f"版式 {cover.name} 是 {cover.width_mm:g}×{cover.height_mm:g} 毫米，"
                f"{sign_off.name} 是 {sign_off.width_mm:g}×{sign_off.height_mm:g} 毫米。",
                "这两种纸要一样大。",
            )
        self.cover, self.sign_off = cover, sign_off
        self._fillers = {spec.name: Filler(spec) for spec in (cover, sign_off)}

    def fill(self, copies: Iterable[Copy]) -> tuple[tuple[Filled, ...], dict[str, Form]] | Problem:
        """The pages in their order, and their forms; or why one of them cannot be."""
        done: list[Filled] = []
        forms: dict[str, Form] = {}
        for copy in copies:
            filler = self._fillers[copy.layout]
            filled = filler.fill(copy)
            if isinstance(filled, Problem):
                return filled
            done.append(filled)
            forms.update(filler.forms([filled.form_key]))
        for filler in self._fillers.values():
            filler.trim()
        return tuple(done), forms

"""Fill copies: a copy in, its form and the values of its slots out, or why it cannot be.

Forms are laid out when first met, or come from the store; WeasyPrint is loaded when the first
one must be laid out.
"""

from __future__ import annotations

import atexit
from collections import OrderedDict
from collections.abc import Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cardgen import fonts
from cardgen.errors import LayoutError
from cardgen.model import Copy, Filled, Form, LayoutSpec, Problem, TypeStyle
from cardgen.problems import Code, problem
from cardgen.typeset.store import FormStore
from cardgen.typeset.style import (
    form_key,
    looks_digest,
    style_digest,
    template_digest,
)
from cardgen.typeset.template import Template

if TYPE_CHECKING:
    from cardgen.typeset.engine import Typesetter

Box = tuple[float, float, float, float]
FORMS_KEPT = 256  # a layout whose copies all differ must not fill the memory with forms


def load_engine() -> None:
    """Load WeasyPrint, which takes most of a second."""
    import cardgen.typeset.engine  # noqa: F401


def needs_engine(spec: LayoutSpec) -> bool:
    """Whether no form of this layout is in store, so that the engine will be needed here.

    Papers that flow are laid out by the workers.
    """
    return not spec.flows and not FormStore(style_digest(spec)).holds_any()


@lru_cache(maxsize=2)
def filler_of(spec: LayoutSpec) -> Filler:
    """A filler that a worker keeps from volume to volume."""
    return Filler(spec)


# Before the interpreter takes itself apart: WeasyPrint's fonts call it when they go.
atexit.register(filler_of.cache_clear)


class Filler:
    """Fills the copies of one layout, and keeps its forms.

    `laid_out` counts forms, stored or new; `stamped` the copies that found their form ready.
    """

    def __init__(self, spec: LayoutSpec, body: Path | None = None, *, stores: bool = True) -> None:
        """Compile the layout's template; `body` is the file of a letter's words, if not its own.
        `stores` is false for words that nobody will print as they are.

        Raises LayoutError.
        """
        self.spec = spec
        self.laid_out = 0
        self.stamped = 0
        self._template = Template(spec, body)
        self._style = style_digest(spec)
        self._store, self._stores = FormStore(self._style), stores and not spec.flows
        self._typesetter: Typesetter | None = None
        self._forms: OrderedDict[str, Form | LayoutError] = OrderedDict()
        # Who had a letter's form first: it may name him, until somebody else has the same.
        self._first: dict[str, str] = {}
        self._keys: dict[str, str] = {}
        self._known: dict[tuple[str, int], set[str]] = {}
        self._styles: dict[str, list[tuple[int, set[str], TypeStyle]]] = {}

    @cached_property
    def looks(self) -> bytes:
        """What decides the looks of all copies: see `style.looks_digest`."""
        return looks_digest(self.spec)

    @cached_property
    def template(self) -> str:
        """A digest of the layout's own files."""
        return template_digest(self.spec)

    @property
    def typesetter(self) -> Typesetter:
        """The engine behind this layout, loaded when first asked for."""
        if self._typesetter is None:
            from cardgen.typeset.engine import Typesetter

            self._typesetter = Typesetter(self.spec)
        return self._typesetter

    def fill(self, copy: Copy) -> Filled | Problem:
        """The copy with its form and values, or the problem that holds it back."""
        filled, html = self.fill_later(copy)
        return self.finish(filled, html)

    def fill_later(self, copy: Copy) -> tuple[Filled, str]:
        """The copy with its values, and the HTML of its form: for `finish`, here or elsewhere."""
        hollow = self._template.hollow(copy)
        key = self._key(hollow.html)
        return Filled(copy.without_data(), key, hollow.texts, hollow.links), hollow.html

    def finish(self, filled: Filled, html: str) -> Filled | Problem:
        """A copy whose form is laid out, unless it is known; or what holds it back."""
        form = self._form(filled.form_key, html, filled.copy.subject)
        if isinstance(form, LayoutError):
            return problem(Code.COPY_FAILED, f"{form.message}{form.hint}")
        for number, known, style in self._styles_of(form):
            text = filled.texts[number]
            if not known.issuperset(text):
                lost = self._lost(text, style.family, style.weight)
                if lost:
                    names = "、".join(fonts.describe(char) for char in lost)
                    return problem(
                        Code.CHARACTER_MISSING,
                        f"“{text}”里有字体没有的字：{names}。请核对这个字，或改用能印的写法。",
                        before=text,
                    )
        return filled

    def forms(self, keys: Iterable[str]) -> dict[str, Form]:
        """The forms of these keys, as the press needs them."""
        found = ((key, self._forms[key]) for key in sorted(set(keys)))
        return {key: form for key, form in found if isinstance(form, Form)}

    def first_error(self) -> LayoutError | None:
        """What was wrong with the first form that could not be laid out."""
        return next((f for f in self._forms.values() if isinstance(f, LayoutError)), None)

    def trim(self, kept: int = FORMS_KEPT) -> None:
        """Let go of the forms met longest ago. For between volumes, when none is in use."""
        while len(self._forms) > kept:
            key, _ = self._forms.popitem(last=False)
            self._first.pop(key, None)

    def whole(
        self, copy: Copy, fillings: list[str], drawings: list[str]
    ) -> tuple[dict[int, Box], bytes]:
        """The copy laid out by the engine alone: the boxes of its slots, and the PDF."""
        return self.typesetter.whole(self._template.filled(copy, fillings, drawings))

    def _key(self, html: str) -> str:
        if self.spec.flows:  # each of them is met once
            return form_key(self._style, html)
        key = self._keys.get(html)
        if key is None:
            if len(self._keys) > FORMS_KEPT:
                self._keys.clear()
            key = self._keys[html] = form_key(self._style, html)
        return key

    def _form(self, key: str, html: str, subject: str) -> Form | LayoutError:
        form = self._forms.get(key)
        if form is not None:
            self.stamped += 1
            if isinstance(form, Form) and self._first.get(key, subject) != subject:
                del self._first[key]
                self._store.save(form)
            return form
        # A paper that flows is a form of its own for each copy, as is one with a name in letters
        # that join: they hold people's names, which must not stay in a folder of the user's.
        keeps = self._stores and "data-baked" not in html
        form = self._store.load(key) if keeps else None
        if form is None:
            try:
                form = self.typesetter.form(html, key)
                if keeps and self._template.has_letter:
                    self._first[key] = subject
                elif keeps:
                    self._store.save(form)
            except LayoutError as error:
                form = error
        self.laid_out += 1
        self._forms[key] = form
        return form

    def _styles_of(self, form: Form) -> list[tuple[int, set[str], TypeStyle]]:
        """For each slot of a form: its number, the characters known to print there, its style."""
        found = self._styles.get(form.key)
        if found is None:
            if len(self._styles) > FORMS_KEPT:
                self._styles.clear()
            found = self._styles[form.key] = [
                (number, self._known.setdefault((style.family, style.weight), set()), style)
                for leaf in form.leaves
                for number, style in ((number, slot.style) for number, slot in leaf.slots)
            ]
        return found

    def _lost(self, text: str, family: str, weight: int) -> tuple[str, ...]:
        known = self._known.setdefault((family, weight), set())
        if known.issuperset(text):
            return ()
        lost = fonts.missing(text, fonts.chain(family, weight))
        if not lost:
            known.update(text)
        return lost

"""What can be seen on a copy, and what it was made of: a filled copy in, digests out.

The serial is left out, so that two editions of a copy differ only where what they say does. A
form is known by its HTML and its looks, and not by the engine that laid it out: a new version
of the program makes no card that is out untrue.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date

from cardgen.model import Filled

SERIAL = "\0"  # stands where the copy's serial does
_OWN = frozenset({"serial", "link", "copy_number", "copies"})  # differ by copy, and change never
_KEPT = 10_000


class Contents:
    """Digests of one layout's copies. `new` has the JSON of parts that were not told before."""

    def __init__(self, looks: bytes, always: Mapping[str, object], told: set[str]) -> None:
        """`looks` are those of the layout; `always` are parts that all its copies share; `told`
        are digests whose JSON is known already, and is added to."""
        self._looks, self._told = looks, told
        self.new: dict[str, str] = {}
        self._forms: dict[str, str] = {}
        self._by_id: dict[int, tuple[object, str]] = {}
        self._always = {name: self._part(value) for name, value in always.items()}

    def content(self, filled: Filled, html: str) -> str:
        """A digest of all that can be seen on the copy but its serial."""
        serial = filled.copy.serial
        form = self._forms.get(filled.form_key)
        if form is None:
            if len(self._forms) > _KEPT:
                self._forms.clear()
            digest = hashlib.sha256(html.replace(serial, SERIAL).encode())
            digest.update(self._looks)
            form = self._forms[filled.form_key] = digest.hexdigest()
        shown = "\x1f".join((*filled.texts, "", *filled.links)).replace(serial, SERIAL)
        return hashlib.sha256(f"{form}{shown}".encode()).hexdigest()[:32]

    def parts(self, data: Mapping[str, object]) -> dict[str, str]:
        """The digests of all that a template was given, by its name there."""
        return self._always | {
            name: self._part(value) for name, value in data.items() if name not in _OWN
        }

    def read_new(self) -> dict[str, object]:
        """What the parts say that were not told before, as JSON reads it, by digest."""
        return {digest: json.loads(text) for digest, text in self.new.items()}

    def take_new(self) -> dict[str, str]:
        """The JSON of the parts that were not told before, by digest."""
        new, self.new = self.new, {}
        return new

    def _part(self, value: object) -> str:
        # Contacts and campaign are shared by thousands; the value is kept so that its id is.
        known = self._by_id.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        text = json_of(value)
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        if digest not in self._told:
            self._told.add(digest)
            self.new[digest] = text
        if len(self._by_id) > _KEPT:
            self._by_id.clear()
        self._by_id[id(value)] = value, digest
        return digest


def json_of(value: object) -> str:
    """What a template was given, as JSON: views as objects of their fields, days in ISO."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, frozenset | set):
        return sorted(value, key=str)
    return str(value)

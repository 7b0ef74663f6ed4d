"""Keep forms from run to run: a key in, a form out, as it was laid out before.

A form depends on nothing but its HTML, its style, the fonts and the code that made it; all of
them are in its file's name, so that a stored form is right or is not found. A single card
then needs no layout engine. CARDGEN_CACHE names another folder, or "off".
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import pickle
import tempfile
from functools import cache
from pathlib import Path

from cardgen.model import Form
from cardgen.places import share_dir

MOST_FORMS = 200
MOST_A_RUN = 16  # a layout whose copies all differ is not worth keeping
_ALLOWED = {
    ("cardgen.model.layout", name)
    for name in ("Form", "Leaf", "Slot", "CodeSlot", "TypeStyle", "Align")
} | {("cardgen.units", "Rect")}


# What unpickling a torn file may raise besides (Python's documentation of pickle).
_TORN = (AttributeError, TypeError, ValueError, IndexError, KeyError, ImportError, MemoryError)


class FormStore:
    """The stored forms of one layout; `style` is the digest of its style."""

    def __init__(self, style: bytes) -> None:
        digest = hashlib.sha256(style + _code_digest())
        self._prefix = digest.hexdigest()[:16]
        self._left = MOST_A_RUN

    def holds_any(self) -> bool:
        """Whether a form of this style has been stored before."""
        folder = _folder()
        return folder is not None and any(folder.glob(f"{self._prefix}-*.form"))

    def load(self, key: str) -> Form | None:
        """The stored form of that key; None where there is none, or none that can be read."""
        folder = _folder()
        if folder is None:
            return None
        try:
            form = _Unpickler(io.BytesIO((folder / self._name(key)).read_bytes())).load()
        except (OSError, pickle.UnpicklingError, EOFError, *_TORN):
            return None
        return form if isinstance(form, Form) and form.key == key else None

    def save(self, form: Form) -> None:
        """Store a form. A folder that cannot be written costs nothing but time."""
        folder = _folder()
        if folder is None or not self._left:
            return
        self._left -= 1
        with contextlib.suppress(OSError):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=folder)
            with os.fdopen(handle, "wb") as file:
                pickle.dump(form, file, protocol=5)
            Path(name).replace(folder / self._name(form.key))
            _forget_oldest(folder)

    def _name(self, key: str) -> str:
        return f"{self._prefix}-{key}.form"


class _Unpickler(pickle.Unpickler):
    """Reads forms and nothing else: a file in a cache must not be able to run code."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a form")
        return super().find_class(module, name)


def _folder() -> Path | None:
    asked = os.environ.get("CARDGEN_CACHE", "")
    if asked == "off":
        return None
    if asked:
        return Path(asked)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "cardgen" / "forms"


@cache
def _code_digest() -> bytes:
    """A digest of the code that lays forms out, and of the fonts' lock."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    digest.update((share_dir("fonts") / "lock.json").read_bytes())
    return digest.digest()


def _forget_oldest(folder: Path) -> None:
    forms = sorted(folder.glob("*.form"), key=lambda path: path.stat().st_mtime)
    for path in forms[:-MOST_FORMS]:
        path.unlink(missing_ok=True)

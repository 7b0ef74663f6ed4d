"""What the bytes of a file depend on beside its job: two machines that agree in all of it write
the same files.
"""

from __future__ import annotations

import ctypes
import hashlib
import platform
import zlib
from collections.abc import Iterable
from functools import cache
from importlib import metadata
from pathlib import Path

from cardgen import __version__
from cardgen.places import PACKAGE, share_dir

_LIBRARIES = (
    *("reportlab", "pikepdf", "pypdfium2", "pillow", "qrcode", "uharfbuzz", "zxing-cpp"),
    *("weasyprint", "pydyf", "tinycss2", "fonttools", "jinja2", "markdown-it-py", "pypinyin"),
)


@cache
def fingerprint() -> dict[str, str]:
    """What it is called, and which of it this machine has; nothing where it has none."""
    found = {
        "cardgen": __version__,
        "cardgen 的代码": _digest(sorted(PACKAGE.rglob("*.py"))),
        "字体清单": _digest([share_dir("fonts") / "lock.json"]),
        "版式公用部分": _digest(sorted((share_dir("layouts") / "shared").rglob("*"))),
        "Python": platform.python_version(),
        "处理器": platform.machine(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "Pango": _pango(),
    }
    return found | {name: _version(name) for name in _LIBRARIES}


def differences(here: dict[str, str], there: dict[str, str]) -> list[str]:
    """What another machine has otherwise, in words."""
    return [
        f"{name} 是 {there.get(name) or '没有'}，这里是 {here.get(name) or '没有'}"
        for name in here | there
        if here.get(name) != there.get(name)
    ]


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _pango() -> str:
    try:
        ask = ctypes.CDLL("libpango-1.0.so.0").pango_version_string
    except (OSError, AttributeError):
        return ""
    ask.restype = ctypes.c_char_p
    return str(ask().decode())


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]

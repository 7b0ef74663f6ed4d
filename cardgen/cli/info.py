"""What this program stands on: versions of libraries, fonts and how many characters each has.

System libraries are asked by the C function that tells their version, so that WeasyPrint
need not be loaded for it.
"""

from __future__ import annotations

import ctypes
import platform
from importlib import metadata
from typing import Any

from cardgen import __version__

_LIBRARIES = (
    *("weasyprint", "reportlab", "pikepdf", "pypdfium2", "zxing-cpp", "qrcode", "uharfbuzz"),
    *("python-calamine", "openpyxl", "phonenumbers", "pypinyin", "jinja2", "pillow", "typer"),
)
# Debian's package, the file, and the function that tells the version as text.
_SYSTEM = (
    ("Pango", "libpango-1.0-0", "libpango-1.0.so.0", "pango_version_string"),
    ("PangoFT2", "libpangoft2-1.0-0", "libpangoft2-1.0.so.0", ""),
    ("HarfBuzz subset", "libharfbuzz-subset0", "libharfbuzz-subset.so.0", ""),
)


def gather() -> dict[str, Any]:
    """Versions, fonts, and what is missing, in sentences."""
    versions = {"cardgen": __version__, "Python": platform.python_version()}
    missing: list[str] = []
    for name in _LIBRARIES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            missing.append(f"少了 Python 库 {name}：运行 make setup，或重新安装 cardgen。")
    for title, package, file, function in _SYSTEM:
        found = _system_version(file, function)
        if found:
            versions[title] = found
        else:
            missing.append(f"少了系统库 {file}：运行 apt-get install {package}。")
    return {"versions": versions, "fonts": list(_fonts(missing)), "missing": missing}


def _system_version(file: str, function: str) -> str:
    try:
        library = ctypes.CDLL(file)
    except OSError:
        return ""
    if not function:
        return "有"
    ask = library[function]
    ask.restype = ctypes.c_char_p
    return str(ask().decode())


def _fonts(missing: list[str]) -> list[dict[str, Any]]:
    from cardgen import fonts

    found = []
    for face in fonts.faces():
        if not face.path.is_file():
            missing.append(f"少了字体 {face.file}：重新安装 cardgen。")
            continue
        found.append(
            {
                "name": face.name,
                "weight": face.weight,
                "characters": len(fonts.characters(face)),
                "file": face.file,
            }
        )
    return found

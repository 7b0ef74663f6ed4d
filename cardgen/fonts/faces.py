"""The table of faces: a role and a weight in, the chain of faces out, and the CSS for it.

A role (黑, 宋, 楷, 仿宋) is a CSS family; behind it stand the families that help out for a
character it lacks, the nearest in look first. WeasyPrint walks the same list by font-family.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from cardgen.errors import LayoutError
from cardgen.places import share_dir

BOLD_FROM = 600  # CSS weights from here on ask for the bold face


class UnknownFamily(LayoutError):
    """A font family that is not in the table."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """One font file. Each exists once in a process: compare with `is`, sort by `key`."""

    name: str
    """CSS family; unique together with the weight."""
    weight: int
    """400 or 700."""
    file: str
    """File name in fonts/."""
    key: str
    """Short id, fit for a resource name in a PDF."""

    @property
    def path(self) -> Path:
        """Where the file is."""
        return share_dir("fonts") / self.file

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return face, (self.key,)


_FACES = (
    Face("cg-hei", 400, "CardgenHei-Regular.ttf", "hei-regular"),
    Face("cg-hei", 700, "CardgenHei-Bold.ttf", "hei-bold"),
    Face("cg-song", 700, "CardgenSong-Bold.ttf", "song-bold"),
    Face("cg-kai", 400, "CardgenKai-Regular.ttf", "kai-regular"),
    Face("cg-fangsong", 400, "CardgenFangsong-Regular.ttf", "fangsong-regular"),
    Face("cg-rare", 400, "CardgenRare-Regular.ttf", "rare-regular"),
    Face("cg-rarest", 400, "CardgenRarest-Regular.ttf", "rarest-regular"),
    Face("cg-latin", 400, "CardgenLatin-Regular.ttf", "latin-regular"),
    Face("cg-symbols", 400, "CardgenSymbols-Regular.ttf", "symbols-regular"),
    Face("cg-tibetan", 400, "CardgenTibetan-Regular.ttf", "tibetan-regular"),
    Face("cg-arabic", 400, "CardgenArabic-Regular.ttf", "arabic-regular"),
    Face("cg-mongolian", 400, "CardgenMongolian-Regular.ttf", "mongolian-regular"),
    Face("cg-yi", 400, "CardgenYi-Regular.ttf", "yi-regular"),
)
_BY_KEY = {each.key: each for each in _FACES}

_EVERYWHERE = (
    "cg-rare",
    "cg-rarest",
    "cg-latin",
    "cg-symbols",
    "cg-tibetan",
    "cg-arabic",
    "cg-mongolian",
    "cg-yi",
)
# 仿宋 has strokes like 楷, and 宋 is here only bold: so 仿宋 leans on 楷 first.
_ROLES = {
    "cg-hei": ("cg-hei", *_EVERYWHERE),
    "cg-song": ("cg-song", "cg-hei", *_EVERYWHERE),
    "cg-kai": ("cg-kai", "cg-hei", *_EVERYWHERE),
    "cg-fangsong": ("cg-fangsong", "cg-kai", "cg-hei", *_EVERYWHERE),
}


def face(key: str) -> Face:
    """The face with this key."""
    return _BY_KEY[key]


def faces() -> tuple[Face, ...]:
    """All faces, in the order of the table."""
    return _FACES


def _of_family(name: str, bold: bool) -> list[Face]:
    """The faces of a family that CSS would try for a weight, best first."""
    found = [each for each in _FACES if each.name == name]
    if bold:
        return sorted(found, key=lambda each: -each.weight)
    # A bold face says nothing more than the regular one of its family, where there is one.
    return sorted(found, key=lambda each: each.weight)[:1]


@cache
def chain(family: str, weight: int = 400) -> tuple[Face, ...]:
    """The faces for a role: its own first, then those that help out, in order.

    `family` is "cg-hei", "cg-song", "cg-kai", "cg-fangsong", or the family of any one face;
    that one alone is then the chain. `weight` is a CSS weight, 1 to 1000.
    """
    families = _ROLES.get(family)
    if families is None:
        families = (family,) if any(each.name == family for each in _FACES) else ()
    if not families:
        known = sorted({each.name for each in _FACES})
        near = get_close_matches(family, known, n=1, cutoff=0.4)
        hint = f"是不是 {near[0]}？" if near else ""
        raise UnknownFamily(f"没有字体“{family}”", f"{hint}可用：{'、'.join(_ROLES)}")
    bold = weight >= BOLD_FROM
    return tuple(each for name in families for each in _of_family(name, bold))


def family_list(family: str) -> str:
    """The value of font-family for a role: `"cg-kai","cg-hei",…`."""
    families = _ROLES.get(family) or (chain(family)[0].name,)
    return ",".join(f'"{name}"' for name in families)


@cache
def css() -> str:
    """All @font-face rules, and the roles as variables: `font-family: var(--hei)`."""
    rules = [
        f'@font-face{{font-family:"{each.name}";font-weight:{each.weight};'
        f"src:url({each.path.as_uri()})}}"
        for each in _FACES
    ]
    roles = "".join(f"--{role.removeprefix('cg-')}:{family_list(role)};" for role in _ROLES)
    return "\n".join([*rules, f":root{{{roles}}}"]) + "\n"

"""Fetch the fonts from the package registries and cut them again, byte for byte.

In: the packages of `ORIGINS`, by name and version, through `npm pack` and `apt-get download`.
Out: the .ttf files beside this script, the texts in licences/, and lock.json.

    python fonts/fetch.py            cut all fonts anew and write the lock
    python fonts/fetch.py --check    cut into a scratch folder and compare with the lock
    python fonts/fetch.py --only CardgenKai-Regular.ttf

Needs fontTools, npm, apt-get and dpkg-deb. Font units are 1/1000 em everywhere: a font that
comes in another grid is scaled, so that all faces can have exactly the same vertical metrics.
"""

from __future__ import annotations

import argparse
import bz2
import gzip
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutting import add_glyphs, cut, opened, rename, set_metrics, to_quadratic
from fontTools import __version__ as FONTTOOLS
from fontTools.ttLib import TTFont
from fontTools.ttLib.scaleUpem import scale_upem

HERE = Path(__file__).resolve().parent
# The day the cuts were made as they are now. A licence (Arphic PL, 2) wants it in the file.
CHANGED_ON = "2026-11-22"

# registry, package, version
ORIGINS = {
    "sans": ("npm", "@expo-google-fonts/noto-sans-sc", "0.4.3"),
    "serif": ("npm", "@expo-google-fonts/noto-serif-sc", "0.4.3"),
    "wenkai": ("debian", "fonts-lxgw-wenkai", "1.250+repack-1"),
    "fandol": ("debian", "texlive-lang-chinese", "2022.20230122-1"),
    "hanazono": ("debian", "fonts-hanazono", "20170904-2.1"),
    "babelstone": ("debian", "fonts-babelstone-han", "15.0.5-2"),
    "noto": ("debian", "fonts-noto-core", "20201225-1"),
    "unicode": ("debian", "unicode-data", "15.0.0-1"),
}
TRUETYPE = "usr/share/fonts/truetype"
FANDOL = "usr/share/texlive/texmf-dist/fonts/opentype/public/fandol"
FANDOL_DOC = "usr/share/doc/texlive-doc/fonts/fandol"
UNIHAN = "usr/share/unicode"

# licence file in licences/ -> where its text comes from, joined in this order
LICENCES = {
    "OFL-NotoSansSC.txt": [("sans", "LICENSE_FONT")],
    "OFL-NotoSerifSC.txt": [("serif", "LICENSE_FONT")],
    "OFL-LXGWWenKai.txt": [("wenkai", "usr/share/doc/fonts-lxgw-wenkai/copyright")],
    "GPL-Fandol.txt": [("fandol", f"{FANDOL_DOC}/README"), ("fandol", f"{FANDOL_DOC}/COPYING.gz")],
    "Hanazono.txt": [("hanazono", "usr/share/doc/fonts-hanazono/copyright")],
    "Arphic-BabelStoneHan.txt": [("babelstone", "usr/share/doc/fonts-babelstone-han/copyright")],
    "OFL-Noto.txt": [("noto", "usr/share/doc/fonts-noto-core/copyright")],
}

# Marks, letters and signs that stay in every cut that has them.
SIGNS = (
    (0x0020, 0x024F), (0x02B0, 0x02FF), (0x0370, 0x03FF), (0x0400, 0x045F), (0x1E00, 0x1EFF),
    (0x2000, 0x2BFF), (0x2FF0, 0x312F), (0x3190, 0x33FF), (0xFE10, 0xFE1F), (0xFE30, 0xFE4F),
    (0xFF00, 0xFFEF), (0x1F100, 0x1F2FF),
)  # fmt: skip
PLAIN_SIGNS = ((0x0020, 0x007E), (0x00A0, 0x00FF), (0x2010, 0x2027), (0x3000, 0x3017),
               (0xFF01, 0xFF5E))  # fmt: skip
# Rare characters seen in names of people; most of them stand in the 8105, 㐱 does not.
IN_NAMES = "𬱖𬭩㛃䶮𠅤𤩽𫖯𬘡𨱏㐱"
HANZI = ((0x2E80, 0x2FDF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x323AF))
PICTURES = ((0x2190, 0x2BFF), (0x1F300, 0x1F6FF), (0x1F780, 0x1F7FF))


# -- origins -------------------------------------------------------------------------------


class Store:
    """Unpacked packages in one folder; each is fetched when first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hashes: dict[tuple[str, str], str] = {}

    def path(self, origin: str, name: str) -> Path:
        """The file `name` of a package, with its hash noted for the lock."""
        root = self.folder / origin
        if not root.exists():
            self._fetch(origin, root)
        found = root / name
        self.hashes[origin, name] = sha256(found.read_bytes())
        return found

    def data(self, origin: str, name: str) -> bytes:
        """The unpacked content of a file of a package."""
        data = self.path(origin, name).read_bytes()
        if name.endswith(".gz"):
            return gzip.decompress(data)
        return bz2.decompress(data) if name.endswith(".bz2") else data

    def _fetch(self, origin: str, root: Path) -> None:
        registry, package, version = ORIGINS[origin]
        print(f"fetch {package} {version}", flush=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as scratch:
            unpacked = Path(scratch, "unpacked")
            if registry == "npm":
                command = ["npm", "pack", "--silent", f"{package}@{version}"]
            else:
                command = ["apt-get", "download", "-q", f"{package}={version}"]
            subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
            (archive,) = Path(scratch).iterdir()
            if registry == "npm":
                with tarfile.open(archive) as tar:
                    tar.extractall(unpacked, filter="data")
                unpacked = unpacked / "package"
            else:
                subprocess.run(["dpkg-deb", "-x", archive, unpacked], check=True)
            unpacked.rename(root)


def sha256(data: bytes) -> str:
    """The hash in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


# -- sets of characters --------------------------------------------------------------------


def spread(ranges: Iterable[tuple[int, int]]) -> set[int]:
    """The code points of ranges, first and last included."""
    return {code for first, last in ranges for code in range(first, last + 1)}


def unihan(store: Store, file: str, field: str) -> set[int]:
    """The code points that have a property in the Unihan database."""
    text = store.data("unicode", f"{UNIHAN}/{file}").decode("utf-8")
    return {int(code, 16) for code in re.findall(rf"(?m)^U\+([0-9A-F]+)\t{field}\t", text)}


def gb2312(rows: range) -> set[int]:
    """Characters of GB 2312 by row (区): level 1 is 16-55, level 2 is 56-87."""
    codes = set()
    for row in rows:
        for cell in range(1, 95):
            try:
                codes.add(ord(bytes((row + 0xA0, cell + 0xA0)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return codes


@dataclass(frozen=True)
class Sets:
    """The sets of code points that the cuts are made of."""

    general: set[int]  # 通用规范汉字表, 8105, with GB 2312 and IN_NAMES
    common: set[int]  # GB 2312 level 1, 3755
    chinese_rare: set[int]  # G-source characters of Extensions B to F

    @classmethod
    def read(cls, store: Store) -> Sets:
        """From the Unihan files and the codec of Python."""
        sources = unihan(store, "Unihan_IRGSources.txt.bz2", "kIRG_GSource")
        return cls(
            general=unihan(store, "Unihan_OtherMappings.txt.bz2", "kTGH")
            | gb2312(range(16, 88))
            | set(map(ord, IN_NAMES)),
            common=gb2312(range(16, 56)),
            chinese_rare=sources & spread([(0x20000, 0x2EBEF)]),
        )


# -- recipes -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipe:
    """One file of fonts/: where it comes from and how it is made."""

    file: str
    family: str
    weight: int
    origins: tuple[tuple[str, str], ...]
    licence: str
    licence_name: str
    how: str
    make: Callable[[Kitchen, Recipe], TTFont]


@dataclass
class Kitchen:
    """What the recipes need: packages, character sets, the model of the metrics."""

    store: Store
    sets: Sets
    model: TTFont
    made: dict[str, set[int]]  # file -> its code points, in the order of the recipes

    def open(self, recipe: Recipe, index: int = 0) -> TTFont:
        """The font that a recipe starts from, or its next one."""
        return opened(self.store.path(*recipe.origins[index]))


def cut_to(choose: Callable[[Sets], set[int]]) -> Callable[[Kitchen, Recipe], TTFont]:
    """A recipe that only leaves characters out."""

    def make(kitchen: Kitchen, recipe: Recipe) -> TTFont:
        font = kitchen.open(recipe)
        cut(font, choose(kitchen.sets))
        return font

    return make


def make_fangsong(kitchen: Kitchen, recipe: Recipe) -> TTFont:
    """All of the only 仿宋, as glyf outlines."""
    font = kitchen.open(recipe)
    to_quadratic(font)
    cut(font, set(font.getBestCmap()))
    return font


def make_rare(kitchen: Kitchen, recipe: Recipe) -> TTFont:
    """Rare characters with the common ones, so that a whole name can stay in this face."""
    font, common = kitchen.open(recipe, 0), kitchen.open(recipe, 1)
    cut(font, kitchen.sets.chinese_rare)
    cut(common, kitchen.sets.common | spread(PLAIN_SIGNS))
    for table in ("GSUB", "GDEF"):
        for each in (font, common):
            if table in each:
                del each[table]
    add_glyphs(font, common)
    return font


def make_rarest(kitchen: Kitchen, recipe: Recipe) -> TTFont:
    """What no other face has, with the common characters."""
    font = kitchen.open(recipe)
    elsewhere = set[int]().union(*kitchen.made.values())
    beyond = (spread(HANZI) - elsewhere) | kitchen.sets.common | spread(PLAIN_SIGNS)
    cut(font, beyond)
    return font


def make_whole(kitchen: Kitchen, recipe: Recipe) -> TTFont:
    """All characters and features."""
    font = kitchen.open(recipe)
    cut(font, set(font.getBestCmap()), ["*"])
    return font


WHOLE = "hinting removed; line metrics and names changed"
CUT = f"{WHOLE}; characters left out, kept are "


def noto(
    name: str,
    file: str,
    family: str,
    make: Callable[[Kitchen, Recipe], TTFont] = make_whole,
    how: str = WHOLE,
) -> Recipe:
    """A face of the big Noto package."""
    origins = (("noto", f"{TRUETYPE}/noto/{name}.ttf"),)
    return Recipe(file, family, 400, origins, "OFL-Noto.txt", "OFL-1.1", how, make)


UNIHAN_FILES = (
    ("unicode", f"{UNIHAN}/Unihan_OtherMappings.txt.bz2"),
    ("unicode", f"{UNIHAN}/Unihan_IRGSources.txt.bz2"),
)
# All faces take their line from this font.
MODEL = ("sans", "400Regular/NotoSansSC_400Regular.ttf")

# The order matters: the rarest face holds what no other has.
RECIPES = (
    Recipe(
        "CardgenHei-Regular.ttf", "Cardgen Hei", 400, (MODEL,),
        "OFL-NotoSansSC.txt", "OFL-1.1", WHOLE, make_whole,
    ),
    Recipe(
        "CardgenHei-Bold.ttf", "Cardgen Hei", 700,
        (("sans", "700Bold/NotoSansSC_700Bold.ttf"),),
        "OFL-NotoSansSC.txt", "OFL-1.1", CUT + "U+4E00-9FFF, the 8105, a few of names, and signs",
        cut_to(lambda s: spread([(0x4E00, 0x9FFF), *SIGNS]) | s.general),
    ),
    Recipe(
        "CardgenSong-Bold.ttf", "Cardgen Song", 700,
        (("serif", "700Bold/NotoSerifSC_700Bold.ttf"),),
        "OFL-NotoSerifSC.txt", "OFL-1.1", CUT + "the 8105, GB 2312, a few of names, and signs",
        cut_to(lambda s: spread(SIGNS) | s.general),
    ),
    Recipe(
        "CardgenKai-Regular.ttf", "Cardgen Kai", 400,
        (("wenkai", f"{TRUETYPE}/lxgw-wenkai/LXGWWenKai-Regular.ttf"),),
        "OFL-LXGWWenKai.txt", "OFL-1.1", CUT + "the 8105, GB 2312, a few of names, and signs",
        cut_to(lambda s: spread(SIGNS) | s.general),
    ),
    Recipe(
        "CardgenFangsong-Regular.ttf", "Cardgen Fangsong", 400,
        (("fandol", f"{FANDOL}/FandolFang-Regular.otf"),),
        "GPL-Fandol.txt", "GPL-3.0-only WITH Font-exception-2.0",
        "cubic outlines turned to quadratic ones, at most 1/1000 em off; hinting removed; "
        "line metrics and names changed",
        make_fangsong,
    ),
    Recipe(
        "CardgenRare-Regular.ttf", "Cardgen Rare", 400,
        (
            ("hanazono", f"{TRUETYPE}/hanazono/HanaMinB.ttf"),
            ("hanazono", f"{TRUETYPE}/hanazono/HanaMinA.ttf"),
        ),
        "Hanazono.txt", "Hanazono",
        CUT + "the G-source characters of Extensions B to F, with GB 2312 level 1 and common "
        "signs of the sister font; grid scaled from 1024 to 1000",
        make_rare,
    ),
    noto("NotoSans-Regular", "CardgenLatin-Regular.ttf", "Cardgen Latin"),
    noto(
        "NotoSansSymbols2-Regular", "CardgenSymbols-Regular.ttf", "Cardgen Symbols",
        cut_to(lambda s: spread(PICTURES)), CUT + "arrows, boxes, signs and pictures",
    ),
    noto("NotoSerifTibetan-Regular", "CardgenTibetan-Regular.ttf", "Cardgen Tibetan"),
    noto("NotoNaskhArabic-Regular", "CardgenArabic-Regular.ttf", "Cardgen Arabic"),
    noto("NotoSansMongolian-Regular", "CardgenMongolian-Regular.ttf", "Cardgen Mongolian"),
    noto("NotoSansYi-Regular", "CardgenYi-Regular.ttf", "Cardgen Yi"),
    Recipe(
        "CardgenRarest-Regular.ttf", "Cardgen Rarest", 400,
        (("babelstone", f"{TRUETYPE}/babelstone/BabelStoneHan.ttf"),),
        "Arphic-BabelStoneHan.txt", "Arphic-1999",
        CUT + "ideographs that no other face of the set has, GB 2312 level 1 and common "
        "signs; grid scaled from 1024 to 1000",
        make_rarest,
    ),
)  # fmt: skip


def cook(kitchen: Kitchen, recipe: Recipe, folder: Path) -> None:
    """Make one file."""
    target = folder / recipe.file
    font = recipe.make(kitchen, recipe)
    if font["head"].unitsPerEm != kitchen.model["head"].unitsPerEm:
        scale_upem(font, kitchen.model["head"].unitsPerEm)
    set_metrics(font, kitchen.model)
    rename(font, recipe.file, recipe.family, recipe.weight, recipe.how, CHANGED_ON)
    # Beside it and then renamed: a process that has the old file mapped must not see it change.
    font.save(target.with_suffix(".new"), reorderTables=True)
    target.with_suffix(".new").replace(target)


# -- lock ----------------------------------------------------------------------------------


def locked(store: Store, recipe: Recipe, folder: Path) -> dict[str, Any]:
    """What the lock says about one file."""
    data = (folder / recipe.file).read_bytes()
    used = recipe.origins + (UNIHAN_FILES if "the 8105" in recipe.how or "G-source" in recipe.how
                             else ())  # fmt: skip
    return {
        "file": recipe.file,
        "sha256": sha256(data),
        "size": len(data),
        "family": recipe.family,
        "weight": recipe.weight,
        "licence": recipe.licence_name,
        "licence_file": f"licences/{recipe.licence}",
        "origins": [
            dict(zip(("registry", "package", "version"), ORIGINS[origin], strict=True))
            | {"file": name, "sha256": store.hashes[origin, name]}
            for origin, name in used
        ],
        "cut": recipe.how,
        "command": f"python fonts/fetch.py --only {recipe.file}",
    }


def write_licences(store: Store, folder: Path) -> dict[str, str]:
    """The licence texts as their packages have them; gives their hashes."""
    (folder / "licences").mkdir(parents=True, exist_ok=True)
    hashes = {}
    for name, parts in LICENCES.items():
        text = b"\n\n".join(store.data(*part) for part in parts)
        (folder / "licences" / name).write_bytes(text)
        hashes[f"licences/{name}"] = sha256(text)
    return hashes


def build(store: Store, folder: Path, only: str | None) -> dict[str, Any]:
    """Cut the fonts into `folder` and return the lock."""
    kitchen = Kitchen(store, Sets.read(store), opened(store.path(*MODEL)), made={})
    for recipe in RECIPES:
        target = folder / recipe.file
        if only in (None, recipe.file):
            print(f"cut {recipe.file}", flush=True)
            cook(kitchen, recipe, folder)
        elif not target.exists():
            raise SystemExit(f"{recipe.file} is missing: run without --only")
        for origin in recipe.origins:
            store.path(*origin)
        kitchen.made[recipe.file] = set(opened(target).getBestCmap())
    return {
        "fonttools": FONTTOOLS,
        "fonts": [locked(store, recipe, folder) for recipe in RECIPES],
        "licences": write_licences(store, folder),
    }


def compare(locked_before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """What differs, as `file: field`."""
    before = {entry["file"]: entry for entry in locked_before["fonts"]}
    after = {entry["file"]: entry for entry in now["fonts"]}
    before["licences"], after["licences"] = locked_before["licences"], now["licences"]
    return [
        f"{file}: {field}"
        for file in sorted({*before, *after})
        for field in sorted({*before.get(file, {}), *after.get(file, {})})
        if before.get(file, {}).get(field) != after.get(file, {}).get(field)
    ]


def main() -> None:
    """Parse the command line, cut, write or compare the lock."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare with the lock")
    parser.add_argument("--only", metavar="FILE", help="cut only this file")
    parser.add_argument("--packages", type=Path, help="keep the fetched packages in this folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        packages = options.packages or Path(scratch, "packages")
        packages.mkdir(parents=True, exist_ok=True)
        folder = Path(scratch) if options.check else HERE
        lock = build(Store(packages), folder, None if options.check else options.only)
    lock_file = HERE / "lock.json"
    if options.check:
        differences = compare(json.loads(lock_file.read_text(encoding="utf-8")), lock)
        if differences:
            sys.exit("not as locked: " + "; ".join(differences))
    else:
        text = json.dumps(lock, indent=1, ensure_ascii=False) + "\n"
        lock_file.write_text(text, encoding="utf-8")
    total = sum(font["size"] for font in lock["fonts"])
    print(f"{len(lock['fonts'])} fonts, {total / 1e6:.1f} MB")


if __name__ == "__main__":
    main()

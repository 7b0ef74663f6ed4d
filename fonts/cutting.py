"""Change font files: characters left out, glyphs added, outlines turned, metrics and names set.

In and out: fontTools fonts with glyf outlines. Units are those of the font's own grid.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

# What Chinese print may ask for; alternates that nobody asks for would keep glyphs alive.
FEATURES = (
    *("ccmp", "locl", "liga", "clig", "calt", "rlig", "mark", "mkmk", "kern", "vkrn"),
    *("halt", "vhal", "chws", "vchw", "palt", "vpal", "vert", "vrt2", "fwid", "hwid", "pwid"),
    *("tnum", "pnum", "lnum", "onum", "frac"),
)
# BASE must go: Pango lifts hanzi by it as soon as a second face stands in the line.
DROPPED = ("BASE", "STAT", "FFTM", "VORG", "gasp", "prep", "kern", "meta")


def opened(path: Path) -> TTFont:
    """A font that keeps its time stamp, so that the same cut gives the same bytes."""
    return TTFont(path, recalcTimestamp=False)


def cut(font: TTFont, codes: set[int], features: Iterable[str] = FEATURES) -> None:
    """Leave only `codes`; hinting goes, since print has no use for it."""
    options = subset.Options(
        hinting=False,
        notdef_outline=True,
        recalc_timestamp=False,
        recalc_bounds=True,
        layout_features=list(features),
        name_IDs=["*"],
        name_languages=["*"],
        glyph_names=False,
    )
    options.drop_tables += DROPPED
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=codes & font.getBestCmap().keys())
    cutter.subset(font)


def add_glyphs(font: TTFont, other: TTFont) -> None:
    """Take the characters of `other` that `font` lacks. Both are on one grid, uncomposed."""
    have, theirs = font.getBestCmap(), other.getBestCmap()
    wanted = {code: name for code, name in sorted(theirs.items()) if code not in have}
    renamed = {name: f"other.{name}" for name in sorted(set(wanted.values()))}
    order = font.getGlyphOrder() + list(renamed.values())
    for name, new in renamed.items():
        glyph = other["glyf"][name]
        if glyph.isComposite():
            raise ValueError(f"{name} is composite: its parts would be missing")
        font["glyf"][new] = glyph
        font["hmtx"][new] = other["hmtx"][name]
        font["vmtx"][new] = other["vmtx"][name]
    font.setGlyphOrder(order)
    font["glyf"].setGlyphOrder(order)
    for table in font["cmap"].tables:
        if table.isUnicode() and table.format != 14:
            table.cmap.update(
                (code, renamed[name])
                for code, name in wanted.items()
                if code <= 0xFFFF or table.format == 12
            )


def to_quadratic(font: TTFont, max_error: float = 1.0) -> None:
    """CFF outlines become glyf outlines, off by at most `max_error` units."""
    outlines = font.getGlyphSet()
    glyphs = {}
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, max_error, reverse_direction=True))
        glyphs[name] = pen.glyph()
    glyf = font["glyf"] = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = font.getGlyphOrder(), glyphs
    font["loca"] = newTable("loca")
    for name, (advance, _) in list(font["hmtx"].metrics.items()):
        glyphs[name].recalcBounds(glyf)
        font["hmtx"][name] = (advance, getattr(glyphs[name], "xMin", 0))
    maxp = font["maxp"]
    maxp.tableVersion = 0x00010000
    maxp.maxZones = 1
    for field in (
        *("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs"),
        *("maxStackElements", "maxSizeOfInstructions", "maxComponentElements"),
    ):
        setattr(maxp, field, 0)
    del font["CFF "]
    font["post"].formatType = 3.0
    font.sfntVersion = "\x00\x01\x00\x00"


def set_metrics(font: TTFont, model: TTFont) -> None:
    """Give the face the model's line: a fallback character then never moves the baseline."""
    if font["head"].unitsPerEm != model["head"].unitsPerEm:
        raise ValueError("scale the font to the model's grid first")
    for field in ("ascent", "descent", "lineGap"):
        setattr(font["hhea"], field, getattr(model["hhea"], field))
    for field in (
        *("sTypoAscender", "sTypoDescender", "sTypoLineGap"),
        *("usWinAscent", "usWinDescent"),
    ):
        setattr(font["OS/2"], field, getattr(model["OS/2"], field))
    # Bit 7: use the typographic metrics. The model does not.
    font["OS/2"].fsSelection &= ~(1 << 7)


def rename(font: TTFont, file: str, family: str, weight: int, how: str, day: str) -> None:
    """Name the cut as ours; its maker's copyright and licence stay, the change is noted."""
    names = font["name"]
    kept = {0, 8, 9, 11, 13, 14}
    names.names = [n for n in names.names if n.nameID in kept and n.platformID == 3]
    postscript = file.removesuffix(".ttf")
    bold = weight == 700
    style = "Bold" if bold else "Regular"
    new = {
        1: family,
        2: style,
        3: f"{postscript};{day}",
        4: f"{family} {style}",
        5: f"Version 1.000; {day}",
        6: postscript,
        10: f"Modified on {day} for cardgen: {how}. No warranty.",
    }
    for name_id, text in new.items():
        names.setName(text, name_id, 3, 1, 0x409)
    names.names.sort()
    font["OS/2"].usWeightClass = weight
    # Bits 0, 5, 6: italic, bold, regular.
    font["OS/2"].fsSelection = font["OS/2"].fsSelection & ~0x61 | (0x20 if bold else 0x40)
    font["head"].macStyle = 1 if bold else 0

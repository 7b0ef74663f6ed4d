"""The words of type: roles and faces, which face has a character, glyphs, subsets.

In: text and a chain of faces. Out: runs of text by face, glyph ids and advances, subset font
programs, and the CSS that gives WeasyPrint the same faces in the same order. One table (faces)
drives both engines. Lengths are 1/1000 em, y grows upwards. This package owns uharfbuzz, and
loads no layout engine: a worker can start on it in a few milliseconds.
"""

from __future__ import annotations

from cardgen.fonts.codepoints import describe, needs_shaping, suspicious
from cardgen.fonts.coverage import (
    MissingGlyph,
    Run,
    characters,
    has,
    is_fallback,
    missing,
    runs,
)
from cardgen.fonts.faces import Face, UnknownFamily, chain, css, faces, family_list
from cardgen.fonts.glyphs import (
    FaceMetrics,
    Glyphs,
    advance,
    metrics,
    nominal_glyph,
    shape,
    subset,
)

__all__ = [
    "Face",
    "FaceMetrics",
    "Glyphs",
    "MissingGlyph",
    "Run",
    "UnknownFamily",
    "advance",
    "chain",
    "characters",
    "css",
    "describe",
    "faces",
    "family_list",
    "has",
    "is_fallback",
    "metrics",
    "missing",
    "needs_shaping",
    "nominal_glyph",
    "runs",
    "shape",
    "subset",
    "suspicious",
]

"""Glyphs of a face: text in, glyph ids and advances out; glyph ids in, a subset font out.

The only module that loads uharfbuzz. Files are mapped into memory, not read; nothing of a
font is parsed in Python. Lengths are 1/1000 em, y grows upwards.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

import uharfbuzz as hb  # type: ignore[import-untyped]

from cardgen.errors import LayoutError
from cardgen.fonts.faces import Face
from cardgen.fonts.scripts import script_runs

# Pango takes a script's own language where Chinese is not written in it.
_CHINESE = "zh-cn"
_LANGUAGES = {"Latn": "en", "Grek": "el", "Cyrl": "ru", "Hira": "ja", "Kana": "ja", "Hang": "ko"}
_CACHED_TEXTS = 8192  # names differ from card to card: a larger memory is only memory
_LONGEST_CACHED = 24  # the foot of a sheet is long and comes once: kept, it is megabytes


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A shaped text: one entry a glyph, from left to right; 1/1000 em."""

    ids: tuple[int, ...]
    advances: tuple[float, ...]
    x_offsets: tuple[float, ...]
    y_offsets: tuple[float, ...]
    clusters: tuple[int, ...]
    """Index into the text of the first character that a glyph stands for."""
    width: float


@dataclass(frozen=True, slots=True)
class FaceMetrics:
    """What a PDF font descriptor says about a face; 1/1000 em, angle in degrees."""

    ascent: float
    descent: float
    cap_height: float
    bbox: tuple[float, float, float, float]
    italic_angle: float
    postscript_name: str
    glyph_count: int


@cache
def hb_font(face: Face) -> hb.Font:
    """The HarfBuzz font of a face, mapped once a process."""
    try:
        font = hb.Font(hb.Face(hb.Blob.from_file_path(str(face.path))))
    except (OSError, hb.HarfBuzzError) as error:
        raise LayoutError(f"字体文件打不开：{face.file}", "请重新安装 cardgen") from error
    font.scale = (1000, 1000)
    return font


def shape(text: str, face: Face, features: tuple[tuple[str, int], ...] = ()) -> Glyphs:
    """Shape one line of text in one face, as Pango does where the language is zh-CN.

    `features` are OpenType tags with values, as (("tnum", 1),). Glyph id 0 means that the face
    lacks the character: ask `missing` before.
    """
    make = _shape_new if len(text) > _LONGEST_CACHED else _shape_kept
    return make(text, face, features)


def _shape_new(text: str, face: Face, features: tuple[tuple[str, int], ...]) -> Glyphs:
    if not text:
        return Glyphs((), (), (), (), (), 0.0)
    settings = dict(features) or None
    infos: list[tuple[int, int]] = []
    positions: list[tuple[int, int, int, int]] = []
    for start, piece in script_runs(text):
        more_infos, more_positions = _shape_run(piece, face, settings, start)
        infos += more_infos
        positions += more_positions
    ids, clusters = zip(*infos, strict=True)
    x_offsets, y_offsets, advances, _ = zip(*positions, strict=True)
    return Glyphs(ids, advances, x_offsets, y_offsets, clusters, float(sum(advances)))


_shape_kept = lru_cache(maxsize=_CACHED_TEXTS)(_shape_new)


def _shape_run(
    text: str, face: Face, features: dict[str, int] | None, start: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int, int, int]]]:
    """(glyph id, cluster) and (x offset, y offset, x advance, y advance) of one script run."""
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.language = _LANGUAGES.get(buffer.script, _CHINESE)
    hb.shape(hb_font(face), buffer, features)
    infos = [(info.codepoint, info.cluster + start) for info in buffer.glyph_infos]
    return infos, [position.position for position in buffer.glyph_positions]


@lru_cache(maxsize=65536)
def advance(face: Face, glyph_id: int) -> float:
    """The width of a glyph, 1/1000 em."""
    return float(hb_font(face).get_glyph_h_advance(glyph_id))


def nominal_glyph(face: Face, codepoint: int) -> int:
    """The glyph that the face's cmap gives to a code point, 0 for none."""
    return int(hb_font(face).get_nominal_glyph(codepoint) or 0)


def nominal_glyphs(face: Face) -> list[tuple[int, int]]:
    """Every (code point, glyph) of the face's cmap, in the order of the code points."""
    glyph_of = hb_font(face).get_nominal_glyph
    return [(code, glyph_of(code) or 0) for code in sorted(hb_font(face).face.unicodes)]


@cache
def metrics(face: Face) -> FaceMetrics:
    """The face's own figures; ascent and descent are the same for every face."""
    font = hb_font(face)
    hb_face = font.face
    units = hb_face.upem
    head = hb_face.reference_table("head").data
    post = hb_face.reference_table("post").data
    x_min, y_min, x_max, y_max = (
        1000 * value / units for value in struct.unpack(">4h", head[36:44])
    )
    extents = font.get_font_extents("ltr")
    letter = font.get_nominal_glyph(ord("H"))
    cap_height = font.get_glyph_extents(letter).y_bearing if letter else 0
    return FaceMetrics(
        ascent=float(extents.ascender),
        descent=float(extents.descender),
        cap_height=float(cap_height or extents.ascender),
        bbox=(x_min, y_min, x_max, y_max),
        italic_angle=struct.unpack(">i", post[4:8])[0] / 65536,
        postscript_name=hb_face.get_name(hb.OTNameIdPredefined.POSTSCRIPT_NAME) or face.key,
        glyph_count=hb_face.glyph_count,
    )


# PDF 32000-1, 9.9: what a CIDFontType2 needs of a TrueType program; all else goes.
_EMBEDDED = {
    int.from_bytes(tag, "big") for tag in (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")
}


# To prepare a face for many cuts takes 70 to 120 ms; then one takes 0.1 ms instead of 2 to 6.
_CUTS_UNPREPARED = 16
_cuts: Counter[Face] = Counter()


@cache
def _prepared(face: Face) -> hb.Face:
    return hb.subset_preprocess(hb_font(face).face)


def subset(face: Face, glyph_ids: Iterable[int]) -> tuple[bytes, dict[int, int]]:
    """A TrueType program with these glyphs only, and old glyph id -> new one.

    Glyph 0 is always in it, and so are the parts of composite glyphs. Same ids, same bytes.
    """
    _cuts[face] += 1
    source = hb_font(face).face if _cuts[face] <= _CUTS_UNPREPARED else _prepared(face)
    choice = hb.SubsetInput()
    choice.glyph_set.update(set(glyph_ids))
    choice.drop_table_tag_set.update(
        {int.from_bytes(tag.encode("ascii"), "big") for tag in source.table_tags} - _EMBEDDED
    )
    choice.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    plan = hb.SubsetPlan(source, choice)
    mapping = {int(old): int(new) for old, new in plan.old_to_new_glyph_mapping.items()}
    return bytes(plan.execute().blob.data), dict(sorted(mapping.items()))

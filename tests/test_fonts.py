"""Faces, fallbacks, glyphs and doubts about characters; and that WeasyPrint agrees."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

from cardgen import fonts
from cardgen.errors import LayoutError
from cardgen.fonts import Face, glyphs

HEI = fonts.chain("cg-hei", 400)
BOLD = fonts.chain("cg-hei", 700)
SONG = fonts.chain("cg-song", 700)
KAI = fonts.chain("cg-kai", 400)
FANG = fonts.chain("cg-fangsong", 400)
RARE_IN_NAMES = "𬱖𬭩㛃䶮𠅤𤩽𫖯𬘡𨱏㐱"
EXTENSION_B = "\U0002000c"
EXTENSION_I = "\U0002ebf0"


def keys(runs: tuple[fonts.Run, ...]) -> list[tuple[str, str]]:
    return [(run.face.key, run.text) for run in runs]


# -- faces ---------------------------------------------------------------------------------


def test_chain_starts_with_the_role_and_goes_on_to_the_rare_faces() -> None:
    names = [face.key for face in FANG]
    assert names[:5] == [
        "fangsong-regular",
        "kai-regular",
        "hei-regular",
        "rare-regular",
        "rarest-regular",
    ]
    assert [face.key for face in BOLD[:2]] == ["hei-bold", "hei-regular"]
    assert fonts.chain("cg-song", 400)[0].key == "song-bold"


def test_unknown_family_names_the_nearest_one() -> None:
    with pytest.raises(fonts.UnknownFamily, match="没有字体“cg-hey”") as caught:
        fonts.chain("cg-hey", 400)
    assert "是不是 cg-hei？" in caught.value.hint
    assert isinstance(caught.value, LayoutError)


def test_a_face_sent_to_another_process_is_the_same_face() -> None:
    assert pickle.loads(pickle.dumps(HEI[0])) is HEI[0]
    assert len(pickle.dumps(HEI[0])) < 100


def test_css_has_every_face_with_its_weight_and_every_role() -> None:
    css = fonts.css()
    for face in fonts.faces():
        rule = f'@font-face{{font-family:"{face.name}";font-weight:{face.weight};src:url(file://'
        assert rule in css
        assert f"{face.file})" in css
    assert '--kai:"cg-kai","cg-hei","cg-rare","cg-rarest",' in css
    assert all(f"--{role}:" in css for role in ("hei", "song", "kai", "fangsong"))


# -- coverage ------------------------------------------------------------------------------


@pytest.mark.parametrize("char", RARE_IN_NAMES)
@pytest.mark.parametrize("chain", [HEI, BOLD, SONG], ids=["hei", "bold", "song"])
def test_rare_characters_of_names_are_in_the_role_s_own_face(
    char: str, chain: tuple[fonts.Face, ...]
) -> None:
    assert keys(fonts.runs(f"张{char}", chain)) == [(chain[0].key, f"张{char}")]
    assert not fonts.is_fallback(f"张{char}", chain)


def test_a_name_with_a_rare_character_stays_in_one_face() -> None:
    for chain in (HEI, BOLD, SONG, KAI, FANG):
        assert keys(fonts.runs(f"张{EXTENSION_B}", chain)) == [("rare-regular", f"张{EXTENSION_B}")]
    assert fonts.is_fallback(f"张{EXTENSION_B}", HEI)


def test_a_gap_of_fangsong_is_filled_by_kai_for_the_whole_name() -> None:
    assert keys(fonts.runs("啰嗦", FANG)) == [("kai-regular", "啰嗦")]
    assert keys(fonts.runs("张三", FANG)) == [("fangsong-regular", "张三")]


def test_text_that_no_single_face_has_is_split_character_by_character() -> None:
    runs = fonts.runs(f"张{EXTENSION_B}ꆈ三", HEI)
    assert keys(runs) == [
        ("hei-regular", "张"),
        ("rare-regular", EXTENSION_B),
        ("yi-regular", "ꆈ"),
        ("hei-regular", "三"),
    ]


def test_marks_selectors_and_joiners_stay_with_their_character() -> None:
    text = "ꆈ张\U000e0100三e\u0301"
    assert "".join(run.text for run in fonts.runs(text, HEI)) == text
    assert keys(fonts.runs(text, HEI))[1][1].startswith("张\U000e0100")
    assert not fonts.missing(text, HEI)


def test_empty_text_has_no_runs_and_misses_nothing() -> None:
    assert fonts.runs("", HEI) == ()
    assert fonts.missing("", HEI) == ()
    assert not fonts.is_fallback("", HEI)
    assert fonts.shape("", HEI[0]).width == 0


def test_a_character_without_a_font_is_named_with_its_code_point() -> None:
    text = f"张{EXTENSION_I}三{EXTENSION_I}"
    assert fonts.missing(text, HEI) == (EXTENSION_I,)
    with pytest.raises(fonts.MissingGlyph) as caught:
        fonts.runs(text, HEI)
    assert caught.value.codepoint == 0x2EBF0
    assert caught.value.name == "CJK UNIFIED IDEOGRAPH-2EBF0"
    assert "U+2EBF0 CJK UNIFIED IDEOGRAPH-2EBF0" in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.char == EXTENSION_I


@pytest.mark.parametrize("char", ["\ue000", "\ufffe", "\U0010ffff", "\u0378", "\ud800"])
def test_characters_that_cannot_be_printed_are_missing(char: str) -> None:
    assert fonts.missing(f"张{char}", HEI) == (char,)


def test_blanks_and_line_signs_are_not_missing() -> None:
    assert fonts.missing("张 三　a\u00a0b\u3000·—…☎☑☐①㎡№℃→", HEI) == ()


def test_empty_outlines_count_as_missing() -> None:
    blank = "\u2800"
    symbols = fonts.chain("cg-symbols", 400)
    assert 0x2800 in fonts.characters(symbols[0])
    assert unicodedata.category(blank) == "So"
    assert fonts.missing(blank, symbols) == (blank,)


def test_every_mapped_hanzi_of_every_face_has_ink() -> None:
    for face in fonts.faces()[:7]:
        hanzi = [c for c in fonts.characters(face) if 0x3400 <= c <= 0x9FFF or c > 0x20000]
        assert not [fonts.describe(chr(c)) for c in hanzi if not fonts.has(face, c)]


# -- glyphs --------------------------------------------------------------------------------


def test_shape_gives_advances_in_thousandths_of_an_em() -> None:
    glyphs = fonts.shape("张13", HEI[0])
    assert glyphs.advances == (1000, 555, 555)
    assert glyphs.width == 2110
    assert glyphs.clusters == (0, 1, 2)
    assert [fonts.advance(HEI[0], glyph) for glyph in glyphs.ids] == [1000, 555, 555]


def test_features_change_the_shape() -> None:
    assert fonts.shape("（三）", HEI[0]).width == 3000
    assert fonts.shape("（三）", HEI[0], (("halt", 1),)).width == 2000


def test_clusters_count_characters_not_bytes_across_scripts() -> None:
    assert fonts.shape("𬱖San𬱖", HEI[0]).clusters == (0, 1, 2, 3, 4)


def test_all_faces_have_the_same_ascent_and_descent() -> None:
    lines = {(m.ascent, m.descent) for m in map(fonts.metrics, fonts.faces())}
    assert lines == {(1160, -288)}


def test_metrics_describe_the_face() -> None:
    metrics = fonts.metrics(BOLD[0])
    assert metrics.postscript_name == "CardgenHei-Bold"
    assert 700 < metrics.cap_height < 760
    assert metrics.bbox[0] < 0 < metrics.bbox[3]
    assert metrics.glyph_count == len(TTFont(BOLD[0].path, lazy=True).getGlyphOrder())


def test_subset_holds_the_glyphs_with_the_same_outlines_and_nothing_else() -> None:
    ids = fonts.shape("张三𬱖", SONG[0]).ids
    program, mapping = fonts.subset(SONG[0], ids)
    cut, whole = TTFont(io.BytesIO(program)), TTFont(SONG[0].path, lazy=True)
    assert set(mapping) == {0, *ids}
    assert sorted(mapping.values()) == list(range(4))
    assert set(cut.keys()) - {"GlyphOrder"} == {"glyf", "head", "hhea", "hmtx", "loca", "maxp"}
    assert len(program) < 10_000
    for old, new in mapping.items():
        before = whole["glyf"][whole.getGlyphName(old)].getCoordinates(whole["glyf"])[0]
        after = cut["glyf"][cut.getGlyphName(new)].getCoordinates(cut["glyf"])[0]
        assert list(before) == list(after)


def test_subset_gives_the_same_bytes_in_any_order_and_in_another_process() -> None:
    ids = list(fonts.shape("爱心联系卡 138", KAI[0]).ids)
    program, mapping = fonts.subset(KAI[0], ids)
    assert fonts.subset(KAI[0], reversed(ids)) == (program, mapping)
    code = (
        "import hashlib; from cardgen import fonts;"
        f"program, _ = fonts.subset(fonts.chain('cg-kai', 400)[0], {ids});"
        "print(hashlib.sha256(program).hexdigest())"
    )
    for seed in ("1", "2"):
        assert python(code, PYTHONHASHSEED=seed).strip() == hashlib.sha256(program).hexdigest()


def test_a_face_that_is_cut_often_is_prepared_and_gives_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    face, prepared = KAI[0], glyphs._prepared
    ids = list(fonts.shape("爱心联系卡 138", face).ids)
    asked: list[Face] = []
    monkeypatch.setattr(glyphs, "_cuts", Counter())
    monkeypatch.setattr(glyphs, "_prepared", lambda f: (asked.append(f), prepared(f))[1])
    cuts = [fonts.subset(face, ids) for _ in range(glyphs._CUTS_UNPREPARED + 2)]
    assert asked == [face] * 2
    assert all(cut == cuts[0] for cut in cuts)


def test_the_package_loads_no_layout_engine() -> None:
    loaded = python("import sys, cardgen.fonts; print(*sys.modules)").split()
    assert not {"weasyprint", "reportlab", "fontTools", "pikepdf"} & set(loaded)


# -- characters ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["ئۇيغۇر", "བོད", "ᠮᠣᠩ", "हिन्दी", "e\u0301", "张\ufe00", "张\U000e0100", "a\u200db", "עברית"],
)
def test_scripts_with_marks_or_joining_need_the_engine(text: str) -> None:
    assert fonts.needs_shaping(text)


@pytest.mark.parametrize("text", ["", "张三", "199 0004-5678", "San（三）“a”——…", "ꆈꌠ", "𬱖①☎ⅣÜ"])
def test_plain_text_can_be_stamped(text: str) -> None:
    assert not fonts.needs_shaping(text)


@pytest.mark.parametrize(
    ("text", "char", "reason"),
    [
        ("张\ue000", "\ue000", "私用区字符"),
        ("张\U000f0001", "\U000f0001", "私用区字符"),
        ("张\ufffd", "\ufffd", "替换符，原来的字在转码时已经丢失"),
        ("张□", "□", "方框，多半代替了打不出的字"),
        ("张〓", "〓", "缺字符号"),
        ("\uf9e1", "\uf9e1", "兼容汉字，看着一样编码不同，查找和核对会对不上，请改用 李（U+674E）"),
        ("\U0002f800", "\U0002f800", "请改用 丽（U+4E3D）"),
        ("\u2f00", "\u2f00", "部首符号，不是汉字，查找和核对会对不上，请改用 一（U+4E00）"),
        ("\u2ebd", "\u2ebd", "部首符号，不是汉字"),
        ("张\u202e三", "\u202e", "方向控制符"),
        ("张\u200b三", "\u200b", "零宽字符"),
        ("张\u200d三", "\u200d", "零宽字符"),
        ("\ufeff张", "\ufeff", "零宽字符"),
        ("张\x07", "\x07", "控制字符"),
        ("张??", "??", "连续的问号"),
        ("张?", "?", "问号，多半是转码时丢失的字"),
    ],
)
def test_suspicious_characters_are_named_with_a_reason(text: str, char: str, reason: str) -> None:
    ((found, said),) = fonts.suspicious(text)
    assert found == char
    assert reason in said


@pytest.mark.parametrize(
    "text",
    [
        "张三",
        "有困难怎么办?找干部",
        "",
        "a b-c_1",
        "﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩",
        "𬱖䶮",
        "一\n二\t三",
        "ᠮ\u200dᠣ",
        "W?",
    ],
)
def test_good_characters_are_not_suspicious(text: str) -> None:
    assert fonts.suspicious(text) == ()


def test_describe_names_characters_that_this_python_does_not_know() -> None:
    assert fonts.describe("\U0002cc56") == "U+2CC56 CJK UNIFIED IDEOGRAPH-2CC56"
    assert fonts.describe(EXTENSION_I) == "U+2EBF0 CJK UNIFIED IDEOGRAPH-2EBF0"
    assert fonts.describe("\ue000") == "U+E000 PRIVATE USE"
    assert fonts.describe("A") == "U+0041 LATIN CAPITAL LETTER A"
    assert fonts.describe("\x07") == "U+0007 CONTROL"


# -- WeasyPrint ----------------------------------------------------------------------------

# Every role and weight x characters of every face; Georgian is in DejaVu and in none of ours.
ROLES = [(role, weight) for role in ("hei", "song", "kai", "fangsong") for weight in (400, 700)]
MIXED = f"张三A1，。ཀئ龘{EXTENSION_B}\U00030edd☑☎㐱䶮啰ꆈᠮếⅣ㎡■◆瞭𬱖ａ"
FOREIGN = "\u10d0"
SHAPED = (
    "张三", "199 0004 5678", "0374-12", "To张AV", "（三）“引”——…", "张“San”丰", "A—B三—三",
    "San（张）—San 3", "12张San", "Type fi", "“San张”", "有困难，找干部。",
)  # fmt: skip
SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import pikepdf
import weasyprint
from weasyprint.formatting_structure import boxes

job = json.load(sys.stdin)
document = weasyprint.HTML(string=job["html"]).render()
lines = [
    (line.height, line.baseline)
    for page in document.pages
    for line in page._page_box.descendants()
    if isinstance(line, boxes.LineBox)
]
shown, font, names = [], None, set()
if not job["pdf"]:
    json.dump({"lines": lines}, sys.stdout)
    sys.exit()
document.write_pdf(job["pdf"], full_fonts=True, uncompressed_pdf=True)
with pikepdf.open(job["pdf"]) as pdf:
    for page in pdf.pages:
        fonts = page.Resources.Font
        names |= {str(fonts[key].BaseFont).split("+")[-1].strip("/") for key in fonts}
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) == "Tf":
                font = str(fonts[str(operands[0])].BaseFont).split("+")[-1].strip("/")
            if str(operator) == "TJ":
                raw = b"".join(bytes(x) for x in operands[0] if isinstance(x, pikepdf.String))
                ids = [raw[i] * 256 + raw[i + 1] for i in range(0, len(raw), 2)]
                shown.append((font, ids))
json.dump({"lines": lines, "shown": shown, "fonts": sorted(names)}, sys.stdout)
"""


def python(code: str, stdin: str = "", **environment: str) -> str:
    root = str(Path(fonts.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": root, "PYTHONUTF8": "1"} | environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def lay_out(
    folder: Path, paragraphs: list[tuple[str, str]], *, write: bool = True
) -> dict[str, Any]:
    """Lines, fonts and glyphs that WeasyPrint makes of (style, text), without system fonts."""
    config = folder / "fonts.conf"
    config.write_text('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
                      "<fontconfig></fontconfig>")  # fmt: skip
    page = "@page{size:3000pt 2000pt;margin:0}p{margin:0;font-size:20pt;white-space:pre}"
    body = "".join(f"<p style='{style}'>{text}</p>" for style, text in paragraphs)
    html = f"<html lang=zh-CN><style>{fonts.css()}{page}</style>{body}"
    job = json.dumps({"html": html, "pdf": str(folder / "out.pdf") if write else ""})
    result: dict[str, Any] = json.loads(python(SCRIPT, job, FONTCONFIG_FILE=str(config)))
    return result


def css_name(face: fonts.Face) -> str:
    return face.name + ("-Bold" if face.weight == 700 else "")


def test_every_face_alone_and_mixed_has_the_same_line_and_baseline(tmp_path: Path) -> None:
    own = {"cg-latin": "A", "cg-symbols": "☑", "cg-tibetan": "བོད", "cg-arabic": "ئۇ",
           "cg-mongolian": "ᠮᠣᠩ", "cg-yi": "ꆈ"}  # fmt: skip
    alone = [
        (f"font-family:{face.name};font-weight:{face.weight}", own.get(face.name, "张三"))
        for face in fonts.faces()
    ]
    mixed = [(f"font-family:var(--{role});font-weight:{weight}", MIXED) for role, weight in ROLES]
    lines = lay_out(tmp_path, alone + mixed, write=False)["lines"]
    assert len(lines) == len(alone + mixed)
    height, baseline = 20 / 0.75 * 1.448, 20 / 0.75 * 1.160
    for found in lines:
        assert found == pytest.approx([height, baseline], abs=0.01)


def test_weasyprint_falls_back_to_the_same_faces_and_no_system_font_leaks_in(
    tmp_path: Path,
) -> None:
    pairs = [(role, weight, char) for role, weight in ROLES for char in MIXED + FOREIGN]
    result = lay_out(
        tmp_path,
        [(f"font-family:var(--{r});font-weight:{w};line-height:5pt", c) for r, w, c in pairs],
    )
    assert {name.removesuffix("-Bold") for name in result["fonts"]} <= {
        face.name for face in fonts.faces()
    }
    assert len(result["shown"]) == len(pairs)
    for (role, weight, char), (name, ids) in zip(pairs, result["shown"], strict=True):
        chain = fonts.chain(f"cg-{role}", weight)
        if char == FOREIGN:
            assert fonts.missing(char, chain) == (char,)
            continue
        (run,) = fonts.runs(char, chain)
        assert (name, ids) == (css_name(run.face), list(fonts.shape(char, run.face).ids)), char


def test_shape_chooses_the_same_glyphs_as_weasyprint(tmp_path: Path) -> None:
    pairs = [(chain[0], text) for chain in (HEI, BOLD, SONG, KAI) for text in SHAPED]
    shown = lay_out(
        tmp_path,
        [(f"font-family:{face.name};font-weight:{face.weight}", text) for face, text in pairs],
    )["shown"]
    expected = [(css_name(f), glyph) for f, text in pairs for glyph in fonts.shape(text, f).ids]
    assert [(name, glyph) for name, ids in shown for glyph in ids] == expected

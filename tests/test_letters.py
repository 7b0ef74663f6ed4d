"""Official letters as they stand on paper: read back from the PDF, in millimetres (GB/T 9704)."""

from __future__ import annotations

import ctypes
import random
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest

from cardgen import layoutcheck, qr
from cardgen.fit import NOT_FIRST, NOT_LAST
from cardgen.layouts import find_layout
from cardgen.layoutsamples import Sample, sample_copies, sample_copy
from cardgen.model import Copy, Filled, Form, Problem, ProofMode
from cardgen.press.stamp import fit_all
from cardgen.press.volume import Placed, press_volume
from cardgen.produce import Options, build
from cardgen.proof import picture_of
from cardgen.report import mismatches, read_manifest
from cardgen.typeset.fill import Filler
from cardgen.typeset.template import in_words, spread
from cardgen.units import MM_PER_INCH, PT_PER_INCH

LETTERS = ("notice", "pledge", "responsibility")
MM = MM_PER_INCH / PT_PER_INCH
LEFT_MM, TOP_MM, WIDTH_MM, HEIGHT_MM = 28.0, 37.0, 156.0, 225.0
SIZE_PT, LEADING_PT = 15.75, 28.98
ASCENT, DESCENT = 1.160, 0.288  # of all our faces
HAN = "为切断疫情传播途径保护您和家人邻居的健康请全家不外出会客聚餐垃圾装袋放在门口由专人收取"
SHIPPED = [
    (name, path.name) for name in LETTERS for path in Path(find_layout(name).folder).glob("*.md")
]


# -- reading back ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Glyph:
    """A character on a page: where it begins, and its baseline, in mm from the upper left."""

    char: str
    x_mm: float
    y_mm: float
    size_pt: float
    face: str


def glyphs_of(page: pypdfium2.PdfPage) -> Iterator[Glyph]:
    """Every character that is drawn, in the order of the page's content."""
    text, height_pt = page.get_textpage(), page.get_height()
    for at in range(text.count_chars()):
        if pdfium.FPDFText_IsGenerated(text.raw, at):
            continue
        x, y, flags = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        name = ctypes.create_string_buffer(200)
        pdfium.FPDFText_GetCharOrigin(text.raw, at, x, y)
        pdfium.FPDFText_GetFontInfo(text.raw, at, name, 200, flags)
        char = chr(pdfium.FPDFText_GetUnicode(text.raw, at))
        matrix = pdfium.FS_MATRIX()
        pdfium.FPDFText_GetMatrix(text.raw, at, matrix)
        size = pdfium.FPDFText_GetFontSize(text.raw, at) * abs(matrix.d)
        # cg-hei in the engine's art, CardgenHei-Regular in what the press stamps.
        face = re.sub(r"^.*\+|cg-|cardgen|-regular", "", name.value.decode().lower())
        yield Glyph(char, x.value * MM, (height_pt - y.value) * MM, size, face)


def rows_of(glyphs: list[Glyph]) -> list[list[Glyph]]:
    """The glyphs by baseline, from top to bottom, each row from left to right, without blanks."""
    rows: dict[float, list[Glyph]] = defaultdict(list)
    for glyph in glyphs:
        if glyph.char.strip():
            rows[round(glyph.y_mm, 1)].append(glyph)
    return [sorted(rows[y], key=lambda g: g.x_mm) for y in sorted(rows)]


def words(row: list[Glyph]) -> str:
    return "".join(glyph.char for glyph in row)


@dataclass(frozen=True)
class Printed:
    """A copy of a letter as it comes out of the press."""

    form: Form
    filled: Filled
    pdf: bytes

    def page(self, number: int = 0) -> list[Glyph]:
        document = pypdfium2.PdfDocument(self.pdf)
        return list(glyphs_of(document[number]))

    def rows(self, number: int = 0) -> list[list[Glyph]]:
        return rows_of(self.page(number))

    def row(self, start: str, number: int = 0) -> list[Glyph]:
        return next(row for row in self.rows(number) if words(row).startswith(start))

    def body_rows(self, number: int = 0) -> list[list[Glyph]]:
        """Rows of the body: what is set in its size, from edge to edge or not."""
        return [row for row in self.rows(number) if abs(row[0].size_pt - SIZE_PT) < 0.1]


def printed(filler: Filler, copy: Copy) -> Printed:
    filled = filler.fill(copy)
    assert not isinstance(filled, Problem), filled
    form = filler.forms([filled.form_key])[filled.form_key]
    lines, tight = fit_all(form, filled)
    assert tight is None
    grid = layoutcheck._proof_grid(form)
    pdf = press_volume("", grid, {form.key: form}, [Placed(filled, lines, 0, 0)])
    return Printed(form, filled, pdf)


def usual(name: str) -> Copy:
    return next(sample_copies(find_layout(name)))[1]


def letter(folder: Path, text: str, name: str = "notice") -> Printed:
    """The usual copy of a letter with these words."""
    body = folder / "body.md"
    body.write_text(text, "utf-8")
    return printed(Filler(find_layout(name), body), usual(name))


def right_mm(glyph: Glyph) -> float:
    """Where a full-width glyph ends."""
    return glyph.x_mm + glyph.size_pt * MM


# -- the type area ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long_letter(tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """A letter of three pages of nothing but hanzi."""
    text = "# 很长的告知书\n\n" + (HAN * 40)[: 28 * 46] + "。"
    return letter(tmp_path_factory.mktemp("long"), text)


def test_a_full_page_has_22_lines_of_28_characters_in_the_type_area(long_letter: Printed) -> None:
    rows = long_letter.body_rows(1)
    assert len(long_letter.form.leaves) == 3
    assert [len(row) for row in rows] == [28] * 22
    baseline_mm = ((LEADING_PT - (ASCENT + DESCENT) * SIZE_PT) / 2 + ASCENT * SIZE_PT) * MM
    for number, row in enumerate(rows):
        assert row[0].y_mm == pytest.approx(
            TOP_MM + baseline_mm + number * LEADING_PT * MM, abs=0.1
        )
        assert row[0].x_mm == pytest.approx(LEFT_MM, abs=0.05)
        assert right_mm(row[-1]) == pytest.approx(LEFT_MM + WIDTH_MM, abs=0.1)
    assert 22 * LEADING_PT * MM <= HEIGHT_MM < 23 * LEADING_PT * MM


def test_a_paragraph_begins_two_characters_from_the_edge(long_letter: Printed) -> None:
    first = long_letter.row("为切断")
    assert first[0].x_mm == pytest.approx(LEFT_MM + 2 * SIZE_PT * MM, abs=0.05)
    assert len(first) == 26


def test_the_body_is_fangsong_and_the_title_song_in_the_middle(long_letter: Printed) -> None:
    title = long_letter.row("很长的")
    assert {(g.face, round(g.size_pt)) for g in title} == {("song-bold", 22)}
    middle = (title[0].x_mm + right_mm(title[-1])) / 2
    assert middle == pytest.approx(LEFT_MM + WIDTH_MM / 2, abs=0.1)
    assert {g.face for row in long_letter.body_rows(1) for g in row} == {"fangsong"}


def test_page_numbers_stand_7_mm_below_the_type_area_at_the_outer_edge(
    long_letter: Printed,
) -> None:
    right, left, last = (long_letter.row(f"—{n}—", n - 1) for n in (1, 2, 3))
    em_mm = 14 * MM
    for row, end_mm in ((right, TOP_MM + HEIGHT_MM), (left, TOP_MM + HEIGHT_MM)):
        assert {round(g.size_pt, 1) for g in row} == {14.0}
        dash_mm = row[0].y_mm - 0.38 * em_mm  # the middle of a hanzi's box
        assert dash_mm - end_mm == pytest.approx(7, abs=0.4)
    assert right_mm(right[-1]) == pytest.approx(LEFT_MM + WIDTH_MM - em_mm, abs=0.1)
    assert left[0].x_mm == pytest.approx(LEFT_MM + em_mm, abs=0.1)
    # On the page of the receipt the type area is two lines shorter.
    assert right[0].y_mm - last[0].y_mm == pytest.approx(2 * LEADING_PT * MM, abs=0.1)


def test_issuer_is_centred_over_the_date_which_ends_4_characters_from_the_edge() -> None:
    copy = printed(Filler(find_layout("notice")), usual("notice"))
    issuer, day = copy.row("青石镇人民政府"), copy.row("2026年11月22日")
    edge = LEFT_MM + WIDTH_MM - 4 * SIZE_PT * MM
    assert right_mm(day[-1]) == pytest.approx(edge, abs=0.1)
    middles = [(row[0].x_mm + right_mm(row[-1])) / 2 for row in (issuer, day)]
    assert middles[0] == pytest.approx(middles[1], abs=0.1)
    last_line = [row for row in copy.body_rows() if row[0].y_mm < issuer[0].y_mm - 1][-1]
    gap_mm = issuer[0].y_mm - last_line[0].y_mm
    assert gap_mm == pytest.approx(3 * LEADING_PT * MM, abs=0.1)  # two free lines for the seal


def test_the_addressee_is_flush_left_and_ends_with_a_full_width_colon() -> None:
    copy = printed(Filler(find_layout("notice")), usual("notice"))
    row = copy.row("唐湾村")
    assert row[0].x_mm == pytest.approx(LEFT_MM, abs=0.05) and row[-1].char == "："


def test_levels_have_their_faces(tmp_path: Path) -> None:
    text = (
        "# 题\n\n一、隔离要求\n\n（一）不出门。全家不外出。\n\n"
        "1. 垃圾袋放门口；\n（1）由专人收。\n\n"
        "## 二、联系办法\n\n三、这是一句话。"
    )
    copy = letter(tmp_path, text)
    faces = {}
    for start in ("一、", "（一）", "1.", "（1）", "二、", "三、"):
        row = copy.row(start)
        faces[words(row)] = [row[0].face, row[-1].face]
    assert faces == {
        "一、隔离要求": ["hei", "hei"],
        "（一）不出门。全家不外出。": ["kai", "fangsong"],
        "1.垃圾袋放门口；": ["fangsong", "fangsong"],
        "（1）由专人收。": ["fangsong", "fangsong"],
        "二、联系办法": ["hei", "hei"],
        "三、这是一句话。": ["fangsong", "fangsong"],
    }


# -- the right edge and the marks --------------------------------------------------------------


def random_words(seed: int, length: int = 600) -> str:
    """Hanzi, marks, words and numbers in no order, but no mark that stands alone."""
    chance = random.Random(seed)
    parts = []
    while sum(map(len, parts)) < length:
        parts += chance.choices(HAN, k=chance.randint(1, 9))
        parts += chance.choice(["，", "。", "；", "、", "》，", "”。", "）：", "", " "])
        parts += chance.choice(["", "", "（", "《", "“", "（《", "12345", "37.3℃", "Wi-Fi", "50%"])
        parts += chance.choices(HAN, k=2)
        parts += chance.choice(["", "", "）", "》", "”", "》）", "——", "……"])
    return "".join(parts).replace(" ", "")


@pytest.mark.parametrize("seed", range(4))
def test_lines_begin_and_end_right_and_have_an_even_edge(seed: int, tmp_path: Path) -> None:
    copy = letter(tmp_path, f"# 题\n\n{random_words(seed)}。\n\n末段。")
    pages = range(len(copy.form.leaves))
    rows = [row for number in pages for row in copy.body_rows(number)]
    start = next(n for n, row in enumerate(rows) if words(row).endswith("户：")) + 1
    end = next(n for n, row in enumerate(rows) if words(row) == "末段。")
    lines = rows[start : end - 1]  # the last line of a paragraph is not spread
    assert len(lines) > 12
    for row in lines:
        assert row[0].char not in NOT_FIRST - set("—…") and row[-1].char not in NOT_LAST
        if row[-1].char in HAN:
            assert right_mm(row[-1]) == pytest.approx(LEFT_MM + WIDTH_MM, abs=0.1), words(row)
    assert sum(row[-1].char in HAN for row in lines) > 5
    assert len({round(row[0].x_mm, 1) for row in lines[1:]}) == 1


def advances(row: list[Glyph]) -> dict[str, float]:
    """How far each character is from the next one, in em."""
    return {a.char + b.char: (b.x_mm - a.x_mm) / (a.size_pt * MM) for a, b in pairwise(row)}


def test_the_first_of_two_marks_is_closed_up(tmp_path: Path) -> None:
    copy = letter(tmp_path, "# 题\n\n见《防治法》（又称“《新法》”），好——的。\n\n收《（一）》。")
    apart = advances(copy.row("见《"))
    half, full = pytest.approx(0.5, abs=0.02), pytest.approx(1, abs=0.02)
    assert [apart[pair] for pair in ("》（", "》”", "”）", "），")] == [half] * 4
    assert apart["“《"] == half  # of two that open, the second one
    assert [apart[pair] for pair in ("见《", "法》", "，好")] == [full] * 3
    assert apart["——"] == full


def test_a_quarter_em_stands_between_hanzi_and_words_and_a_line_may_break_there(
    tmp_path: Path,
) -> None:
    text = (
        "# 题\n\n请打12345或Wi-Fi群，共50%（3人）。\n\n"
        + "一二三四五六七八九十" * 2
        + "一二三四五2026年"
    )
    copy = letter(tmp_path, text)
    apart = advances(copy.row("请打"))
    assert apart["打1"] == pytest.approx(1.25, abs=0.01)
    assert apart["5或"] == pytest.approx(0.75, abs=0.01)
    assert apart["%（"] < 1 and apart["（3"] == pytest.approx(1, abs=0.01)
    # 25 of 26 places are taken, the number needs two: it goes to the next line, at its very edge.
    first, second = copy.row("一二三"), copy.row("2026")
    assert len(first) == 25 and second[0].x_mm == pytest.approx(LEFT_MM + 0.0, abs=0.3)
    assert right_mm(first[-1]) == pytest.approx(LEFT_MM + WIDTH_MM, abs=0.1)


def test_a_line_that_cannot_be_spread_is_left_as_it_is(tmp_path: Path) -> None:
    copy = letter(tmp_path, "# 题\n\n网址是" + "a" * 60 + "这里。")
    first = copy.row("网址是")
    assert right_mm(first[2]) - first[0].x_mm == pytest.approx(3 * SIZE_PT * MM, abs=0.05)


def test_blanks_keep_their_width_in_a_spread_line(tmp_path: Path) -> None:
    text = "# 题\n\n自{{ household.watch_from | date | slot(width=9) }}起，" + HAN
    copy = letter(tmp_path, text)
    [(_, slot)] = [pair for pair in copy.form.leaves[0].slots if pair[0] == 0]
    assert slot.box_pt.width == pytest.approx(9 * SIZE_PT, abs=0.01)
    row = copy.row("自2026年11月22日起，")
    baseline_mm = 297 - slot.baseline_pt * MM
    assert {round(g.y_mm, 1) for g in row} == {round(baseline_mm, 1)}
    assert right_mm(row[-1]) == pytest.approx(LEFT_MM + WIDTH_MM, abs=0.1)


def test_names_and_dates_are_worded_as_letters_have_them() -> None:
    assert [spread(n) for n in ("王五", "王秀英", "𬱖明", "Li")] == [
        "王　五",
        "王秀英",
        "𬱖　明",
        "Li",
    ]
    assert in_words(date(2026, 1, 5)) == "2026年1月5日" and in_words(None) == ""


# -- the receipt, and forms -------------------------------------------------------------------


def test_the_receipt_has_the_letters_serial_in_words_and_in_its_code(tmp_path: Path) -> None:
    copy = printed(Filler(find_layout("notice")), usual("notice"))
    serial = copy.filled.copy.serial
    rows = [words(row) for row in copy.rows()]
    assert sum(serial in row for row in rows) == 2
    path = tmp_path / "letter.pdf"
    path.write_bytes(copy.pdf)
    picture = picture_of(path, 0, 200)
    strip = picture.crop((0, int(picture.height * 254 / 297), *picture.size))
    assert list(qr.decode(strip)) == [serial]


def test_500_households_share_one_form() -> None:
    filler, copy = Filler(find_layout("notice")), usual("notice")
    household = copy.data["household"]
    for number in range(500):
        other = replace(household, head=f"{HAN[number % 40]}{HAN[number % 39]}", door=f"{number}号")  # type: ignore[type-var]
        filled = filler.fill(copy._replace(data={**copy.data, "household": other}))
        assert isinstance(filled, Filled)
    assert (filler.laid_out, filler.stamped) == (1, 499)


def test_a_letter_of_several_pages_is_one_form_too(tmp_path: Path) -> None:
    body = tmp_path / "long.md"
    body.write_text("# 长\n\n" + HAN * 12 + "{{ household.head | slot(width=8) }}到此。", "utf-8")
    filler = Filler(find_layout("notice"), body)
    copies = [copy for _, copy in list(sample_copies(find_layout("notice")))[:4]]
    shown = [printed(filler, copy) for copy in copies]
    assert filler.laid_out == 1 and len(shown[0].form.leaves) == 2
    assert [len(pypdfium2.PdfDocument(each.pdf)) for each in shown] == [2] * 4
    assert [list(layoutcheck.check_copy(filler, copy)) for copy in copies[1:3]] == [[], []]


def test_both_copies_of_a_pledge_share_one_form_and_say_which_they_are() -> None:
    spec = find_layout("pledge")
    filler, copy = Filler(spec), sample_copy(spec, Sample(roles=spec.roles))
    for number in (1, 2):
        shown = printed(filler, copy._replace(data={**copy.data, "copy_number": number}))
        assert f"此为第{number}份" in words(shown.row("本承诺书一式两份"))
    assert filler.laid_out == 1


# -- the texts that ship ----------------------------------------------------------------------


@pytest.mark.parametrize(("name", "body"), SHIPPED)
def test_a_text_that_ships_fills_one_page_and_stamps_right(name: str, body: str) -> None:
    spec = find_layout(name)
    filler, copy = Filler(spec, Path(spec.folder) / body), usual(name)
    assert list(layoutcheck.check_copy(filler, copy)) == []
    shown = printed(filler, copy)
    assert len(shown.form.leaves) == 1
    title = (Path(spec.folder) / body).read_text("utf-8").splitlines()[0].removeprefix("# ")
    assert shown.row(title)[0].size_pt == pytest.approx(22, abs=0.1)
    assert len(shown.body_rows()) >= 9
    # A line of one character, or of one and its full stop, looks forgotten.
    assert [words(row) for row in shown.body_rows() if re.fullmatch(".。", words(row))] == []


def test_three_letters_are_printed_read_back_and_counted(workspace: Path) -> None:
    campaign = workspace / "campaign.toml"
    text = campaign.read_text("utf-8").replace("[papers.love-card]", "[papers.notice]")
    campaign.write_text(
        text
        + 'body = "own.md"\n[papers.pledge]\n[papers.responsibility]\nfor_roles = ["包村干部"]\n',
        "utf-8",
    )
    (workspace / "own.md").write_text("# 自己写的信\n\n{{ household.head }}：您好。", "utf-8")
    result = build(workspace, Options(workers=0, proof=ProofMode.ALL))
    assert result.closes and not mismatches(result) and not result.held
    lines = list(read_manifest(workspace / "out" / "manifest.csv"))
    counts = {name: sum(line.layout == name for line in lines) for name in LETTERS}
    assert counts == {"notice": 30, "pledge": 60, "responsibility": 4}


@pytest.mark.parametrize(
    "issuer", ["镇政府", "青石镇疫情防控指挥部办公室", "青石镇疫情防控工作领导小组综合办公室"]
)
def test_a_long_issuer_stays_in_the_type_area_and_off_the_contacts(issuer: str) -> None:
    copy = usual("notice")
    campaign = replace(copy.data["campaign"], issuer=issuer)  # type: ignore[type-var]
    shown = printed(
        Filler(find_layout("notice")), copy._replace(data={**copy.data, "campaign": campaign})
    )
    glyphs = [g for n in range(len(shown.form.leaves)) for g in shown.page(n)]
    found = next(row for row in rows_of(glyphs) if words(row) == issuer)
    assert right_mm(found[-1]) <= LEFT_MM + WIDTH_MM
    beside = [g for g in glyphs if abs(g.y_mm - found[0].y_mm) < 6 and g.face.startswith("hei")]
    assert all(g.x_mm + g.size_pt * MM < found[0].x_mm for g in beside)

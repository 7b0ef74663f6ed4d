"""The papers that hang for all to read: board, poster, chart. What is on them, and how large."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageFilter

from cardgen import qr
from cardgen.errors import LayoutError, UsageError
from cardgen.layoutcheck import stamped_pdf
from cardgen.layouts import find_layout
from cardgen.layoutsamples import Sample, sample_copies, sample_copy
from cardgen.model import Copy, Filled, Form, LayoutSpec, Line, Paper
from cardgen.press.stamp import fit_all
from cardgen.produce import Options, Selection, build
from cardgen.proof import squeezed, type_sizes
from cardgen.typeset.fill import Filler

QINGSHI = Path(__file__).parent.parent / "samples" / "qingshi"
Fitted = tuple[tuple[Line, ...], ...]


def pressed(spec: LayoutSpec, copy: Copy) -> tuple[Form, Filled, Fitted, bytes]:
    filler = Filler(spec)
    filled = filler.fill(copy)
    assert isinstance(filled, Filled), filled
    form = filler.forms([filled.form_key])[filled.form_key]
    fitted, tight = fit_all(form, filled)
    assert tight is None, tight
    return form, filled, fitted, stamped_pdf(form, filled, fitted)


def texts_of(pdf: bytes | Path) -> list[str]:
    """The text within the trim of each page, without blanks."""
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        return [squeezed(page.get_textpage().get_text_bounded()) for page in document]


def rendered(pdf: bytes | Path, dpi: float, page: int = 0) -> Image.Image:
    with closing(pypdfium2.PdfDocument(pdf)) as document:
        picture: Image.Image = document[page].render(scale=dpi / 72).to_pil()
        return picture.convert("L")


def facts_of(copy: Copy) -> list[str]:
    return [squeezed(fact.text) for fact in copy.facts if fact.what != "code"]


# -- the village's board ----------------------------------------------------------------------

BOARD = find_layout("village-board")


def board_of(grids: int, people: int, **more: object) -> Copy:
    """A board of a village whose grids have so many people each; three more for the whole."""
    sample = Sample(roles=BOARD.roles, grids=grids, people=people, **more)  # type: ignore[arg-type]
    return sample_copy(BOARD, sample)


@pytest.mark.parametrize(
    ("grids", "people", "phone_pt"),
    [
        (0, 0, 56),
        (1, 2, 56),
        (2, 3, 32),
        (3, 3, 32),
        (8, 1, 30),
        (1, 20, 30),
        (4, 9, 20),
        (8, 7, 20),
    ],
)
def test_a_board_grows_with_its_people_on_one_sheet(
    grids: int, people: int, phone_pt: float
) -> None:
    copy = board_of(grids, people, grid="3网格" if grids else "")
    form, _, fitted, pdf = pressed(BOARD, copy)
    assert len(form.leaves) == 1
    [text] = texts_of(pdf)
    assert [fact for fact in facts_of(copy) if fact not in text] == []
    assert len(set(facts_of(copy))) >= grids * people
    sizes = [
        line.size_pt
        for (_, slot), lines in zip(form.leaves[0].slots, fitted, strict=True)
        for line in lines
        if "phone" in slot.name and line.text.startswith("199")
    ]
    assert {round(size, 2) for size in sizes} == {phone_pt}
    assert type_sizes(pdf)[0][0] >= 10 - 0.05


def test_a_board_keeps_its_floors_with_the_longest_names() -> None:
    copy = dict(sample_copies(BOARD))["最长"]
    _, filled, _, pdf = pressed(BOARD, copy)
    sizes = type_sizes(pdf)
    assert sizes[0][0] >= 10 - 0.05
    assert any("阿卜杜热西提" in text for text in filled.texts)


def test_more_people_than_a_sheet_holds_go_on_to_a_second() -> None:
    copy = board_of(8, 14)
    form, _, _, pdf = pressed(BOARD, copy)
    first, second = texts_of(pdf)
    assert len(form.leaves) == 2
    assert [fact for fact in facts_of(copy) if fact not in first + second] == []
    assert "唐湾村" in second and squeezed(copy.serial) in second
    assert type_sizes(pdf)[0][0] >= 10 - 0.05


def test_someone_who_heads_the_board_stands_on_it_once() -> None:
    _, filled, _, _ = pressed(BOARD, board_of(1, 2))
    assert filled.texts.count("199 0000 0002") == 1


def test_a_grid_that_goes_on_in_the_next_column_is_named_there_again() -> None:
    [text] = texts_of(pressed(BOARD, board_of(1, 20))[3])
    assert text.count("3网格9户") == 2


def test_a_community_is_not_called_a_village() -> None:
    copy = board_of(1, 2)
    village = replace(copy.data["village"], name="南关社区")  # type: ignore[type-var]
    [text] = texts_of(pressed(BOARD, copy._replace(data={**copy.data, "village": village}))[3])
    assert "南关社区有事找谁" in text and "社区值班室" in text and "进社区联系群" in text
    assert "全村" not in text and "本村" not in text


def test_the_boards_code_is_the_group_or_else_the_link() -> None:
    copy = board_of(1, 2)
    village = copy.data["village"]
    assert pressed(BOARD, copy)[1].links == ("https://example.cn/q/TW",)
    without = copy._replace(data={**copy.data, "village": replace(village, group_link="")})  # type: ignore[type-var]
    assert pressed(BOARD, without)[1].links == (copy.data["link"],)
    neither = without._replace(data={**without.data, "link": ""})
    assert pressed(BOARD, neither)[1].links == ()


# -- the poster -------------------------------------------------------------------------------

POSTER = find_layout("qr-poster")


def posters(size: Paper) -> Iterator[tuple[str, Copy]]:
    """Each variant, for a village; then one for a venue and for the township."""
    for sample, copy in sample_copies(POSTER, size):
        if sample.startswith(("样式", "一般（")):
            yield sample, copy


@pytest.mark.parametrize("size", [Paper.A3, Paper.A4])
def test_a_poster_is_read_with_its_logo_also_askew_and_out_of_focus(size: Paper) -> None:
    tried = dict(posters(size))
    assert len(tried) == 5
    for sample, copy in tried.items():
        form, filled, _, pdf = pressed(POSTER.sized(size), copy)
        assert "青石" in form.baked
        [(_, slot)] = form.leaves[0].codes
        assert slot.level == "H" and slot.logo
        for dpi in (150, 300):
            picture = rendered(pdf, dpi)
            askew = picture.rotate(8, expand=True, fillcolor=255)
            module_px = slot.box_pt.width / 72 * dpi / 61
            blurred = askew.filter(ImageFilter.GaussianBlur(module_px * 0.35))
            assert qr.decode(picture) == [filled.links[0]], (sample, dpi)
            assert qr.decode(blurred) == [filled.links[0]], (sample, dpi)


@pytest.mark.parametrize(("size", "least_mm"), [(Paper.A3, 2.5), (Paper.A4, 1.8)])
def test_a_posters_modules_are_seen_from_a_metre_and_a_half(size: Paper, least_mm: float) -> None:
    """Even of a link of 120 letters."""
    [slot] = [
        code
        for _, code in pressed(POSTER.sized(size), dict(posters(size))["样式 join"])[0]
        .leaves[0]
        .codes
    ]
    code = qr.encode("https://example.cn/" + "x" * 101, slot.level, slot.logo)
    assert slot.box_pt.width / 72 * 25.4 / code.with_quiet >= least_mm >= POSTER.module_mm


def test_the_logo_hides_nothing_but_the_modules_that_are_left_out() -> None:
    """The colour of the logo is found within the hole only, with a white ring around it."""
    form, filled, _, pdf = pressed(POSTER, dict(posters(Paper.A3))["样式 join"])
    [(_, slot)] = form.leaves[0].codes
    code = qr.encode(filled.links[0], slot.level, slot.logo)
    step = slot.box_pt.width / code.with_quiet
    hole = qr.hole_of(code.modules)
    picture = rendered(pdf, 72 * 4 / step)  # four pixels a module
    left, top = slot.box_pt.left / step * 4, picture.height - slot.box_pt.top / step * 4
    middle = [left + code.with_quiet * 2, top + code.with_quiet * 2]
    ring = [int(middle[n % 2] + (hole * 2 - 1) * (1 if n > 1 else -1)) for n in range(4)]
    edges = [(ring[0], y) for y in range(ring[1], ring[3])] + [
        (ring[2], y) for y in range(ring[1], ring[3])
    ]
    edges += [(x, ring[1]) for x in range(ring[0], ring[2])] + [
        (x, ring[3]) for x in range(ring[0], ring[2])
    ]
    assert {picture.getpixel(at) for at in edges} == {255}
    assert 60 < picture.getpixel((int(middle[0] - hole), int(middle[1] - hole * 0.9))) < 120  # type: ignore[operator]


def test_an_office_words_its_poster_itself() -> None:
    copy = dict(posters(Paper.A3))["样式 help"]
    own = {"heading": "要菜要药扫这里", "words": "半天送到", "logo": "汛"}
    form, _, _, pdf = pressed(POSTER, copy._replace(data={**copy.data, "paper": own}))
    assert all(word in texts_of(pdf)[0] for word in own.values())
    assert "青石" not in form.baked.replace("青石镇人民政府", "")


def test_a_logo_may_be_a_picture_beside_the_layout(tmp_path: Path) -> None:
    folder = tmp_path / "layouts" / "qr-poster"
    shutil.copytree(POSTER.folder, folder)
    square = 'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"'
    drawing = f'<svg {square}><path d="M0 0h9v9z"/></svg>'
    (folder / "office.svg").write_text(drawing, "utf-8")
    copy = dict(posters(Paper.A3))["样式 help"]
    spec = find_layout("qr-poster", tmp_path)
    _, filled, _, pdf = pressed(
        spec, copy._replace(data={**copy.data, "paper": {"logo": "office.svg"}})
    )
    picture = rendered(pdf, 150)
    assert qr.decode(picture) == [filled.links[0]]
    [(_, slot)] = pressed(POSTER, copy)[0].leaves[0].codes
    x, y = slot.box_pt.left + slot.box_pt.width / 2, slot.box_pt.bottom + slot.box_pt.height / 2
    side = slot.box_pt.width * qr.LOGO_SHARE / 2 * 0.5
    at = [
        (int((x + dx) / 72 * 150), int(picture.height - (y + dy) / 72 * 150))
        for dx, dy in ((side, side), (-side, -side))
    ]
    # Above the diagonal the picture is black, below it shows the white of the paper.
    assert [picture.getpixel(each) for each in at] == [0, 255]


def test_only_level_h_bears_a_logo(tmp_path: Path) -> None:
    folder = tmp_path / "layouts" / "qr-poster"
    shutil.copytree(POSTER.folder, folder)
    page = (folder / "layout.html").read_text("utf-8").replace('level="H"', 'level="Q"')
    (folder / "layout.html").write_text(page, "utf-8")
    copy = dict(posters(Paper.A3))["样式 help"]
    with pytest.raises(LayoutError) as told:
        Filler(find_layout("qr-poster", tmp_path)).fill(copy)
    assert "有标志的二维码要 level=" in told.value.message


def workspace_with(folder: Path, papers: str, groups: bool) -> None:
    """Ask for these papers; villages have a group or none."""
    campaign = folder / "campaign.toml"
    text = campaign.read_text("utf-8")
    campaign.write_text(text[: text.index("[papers")] + papers, "utf-8")
    table = folder / "村.csv"
    rows = table.read_text("utf-8").splitlines()
    links = ["群二维码", "https://example.cn/q/TW" if groups else "", "https://example.cn/q/SQ"]
    table.write_text("\n".join(f"{r},{c}" for r, c in zip(rows, links, strict=True)), "utf-8")


JOIN = '[papers.poster-join]\nlayout = "qr-poster"\nvariant = "join"\n'


def test_a_poster_without_its_group_is_held_with_the_cell(workspace: Path, tmp_path: Path) -> None:
    workspace_with(workspace, JOIN, groups=False)
    result = build(workspace, Options(out=tmp_path / "out", workers=0))
    [held] = result.held
    [reason] = held.reasons
    assert (result.printed, held.subject) == (1, "唐湾村")
    assert (reason.code, reason.file, reason.cell) == ("value-missing", "村.csv", "D2")
    assert "唐湾村的群，村表里没有写“群二维码”" in reason.message
    assert result.closes


def test_a_poster_without_its_link_is_held_with_the_key(workspace: Path, tmp_path: Path) -> None:
    workspace_with(workspace, JOIN.replace("join", "register"), groups=True)
    result = build(workspace, Options(out=tmp_path / "out", workers=0))
    reasons = {(r.code, r.file, r.cell) for held in result.held for r in held.reasons}
    assert reasons == {("value-missing", "campaign.toml", "links.village")}
    assert result.printed == 0 and result.closes


def test_a_poster_for_help_without_a_link_calls_the_hotline(
    workspace: Path, tmp_path: Path
) -> None:
    papers = JOIN.replace("join", "help") + 'subject = "township"\nsize = "A4"\n'
    workspace_with(workspace, papers, groups=True)
    result = build(workspace, Options(out=tmp_path / "out", workers=0))
    assert result.printed == 1
    path = tmp_path / "out" / result.files[0].name
    assert qr.decode(rendered(path, 150)) == ["tel:03740000000"]
    [text] = texts_of(path)
    assert "点“呼叫”" in text and "点“提交”" not in text


def test_an_unknown_variant_names_those_there_are(workspace: Path, tmp_path: Path) -> None:
    workspace_with(workspace, JOIN.replace('"join"', '"joni"'), groups=True)
    with pytest.raises(UsageError) as told:
        build(workspace, Options(out=tmp_path / "out", workers=0))
    assert told.value.message == (
        "campaign.toml 的 papers.poster-join.variant：版式 qr-poster 没有“joni”这一种。"
    )
    assert told.value.hint == "可以写：join、register、help。"


# -- the chart --------------------------------------------------------------------------------

CHART = find_layout("chain-chart")


def chart_of(villages: int) -> Copy:
    return sample_copy(CHART, Sample(roles=("包村干部",), villages=villages))


@pytest.mark.parametrize(("villages", "sheets"), [(4, 1), (24, 1), (60, 2)])
def test_a_chart_shows_every_village_and_grid_and_goes_on_where_it_must(
    villages: int, sheets: int
) -> None:
    copy = chart_of(villages)
    _, _, _, pdf = pressed(CHART, copy)
    pages = texts_of(pdf)
    assert len(pages) == sheets
    text = "".join(pages)
    zones = copy.data["zones"]
    names = [village.name for zone in zones for village in zone.villages]  # type: ignore[attr-defined]
    assert len(names) == villages
    assert [name for name in names if name not in text] == []
    assert text.count("1网格") >= villages - 3
    assert [fact for fact in facts_of(copy) if fact not in text] == []
    for number, page in enumerate(pages, start=1):
        assert f"第{number}张共{sheets}张" in page
        assert "联合作战图" in page and squeezed(copy.serial) in page
        assert any(zone.name in page for zone in zones)  # type: ignore[attr-defined]
    assert type_sizes(pdf)[0][0] >= 7 - 0.05


def test_the_sample_township_is_one_sheet_and_its_numbers_are_right(tmp_path: Path) -> None:
    folder = tmp_path / "qingshi"
    folder.mkdir()
    (folder / "roster.xlsx").symlink_to(QINGSHI / "roster.xlsx")
    (folder / "campaign.toml").write_text((QINGSHI / "campaign.toml").read_text("utf-8"), "utf-8")
    result = build(folder, Options(layouts=("chain-chart",), out=tmp_path / "out", workers=0))
    assert result.printed == 1 and result.closes
    [text] = texts_of(tmp_path / "out" / result.files[0].name)
    assert "24个村64个网格8000户" in text
    assert "东片区6个村2008户" in text and "唐湾村" in text


# -- nothing private --------------------------------------------------------------------------

KINDS = ("独居老人", "残疾", "透析")


@pytest.mark.parametrize("name", ["village-board", "qr-poster", "chain-chart"])
def test_what_hangs_in_public_says_nothing_of_a_household(
    name: str, workspace: Path, tmp_path: Path
) -> None:
    workspace_with(workspace, f"\n[papers.{name}]\nroles = []\n", groups=True)
    homes = workspace / "住户.csv"
    head, *rows = homes.read_text("utf-8").splitlines()
    rows = [f"{row},{KINDS[n % 3]},电话多响几声" for n, row in enumerate(rows)]
    homes.write_text("\n".join([f"{head},类别,备注", *rows]), "utf-8")
    result = build(workspace, Options(out=tmp_path / "out", workers=0, selection=Selection()))
    assert result.printed and not result.held
    path = tmp_path / "out" / result.files[0].name
    shown = "".join(texts_of(path))
    with closing(pypdfium2.PdfDocument(path)) as document:
        for page in range(len(document)):
            shown += "".join(qr.decode(rendered(path, 150, page)))
    assert "唐湾村" in shown
    secrets = {*KINDS, "电话多响几声"}
    for row in rows:
        code, _, _, _, head_of, phone, *_ = row.split(",")
        secrets |= {code.replace("-", ""), code, head_of, phone}
    secrets -= {"赵德胜"}  # one of them has the name of an official
    assert sorted(secret for secret in secrets if secret in shown) == []

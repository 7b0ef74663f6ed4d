"""Reading back: faults are planted in finished files, and each must be named."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pikepdf
import pytest
from drawing import NAMES, card, card_form, card_grid, placed, pressed, replace
from PIL import Image

from cardgen import proof
from cardgen.errors import OutputError
from cardgen.model import Expected, Fact, Filled, Form, ProofMode
from cardgen.proof import proof_file, squeezed
from cardgen.volume import expectations

CARDS = [card(number) for number in range(14)]  # six a page: three pages


def expected(copies: Sequence[Filled] = CARDS, form: Form | None = None) -> list[Expected]:
    form = form or card_form()
    forms = {form.key: form}
    return list(expectations(card_grid(), forms, placed(copies, forms, card_grid())))


def written(
    folder: Path,
    copies: Sequence[Filled] = CARDS,
    change: Callable[[pikepdf.Pdf], None] | None = None,
) -> Path:
    """A finished file with these cards, tampered with after printing."""
    path = folder / "唐湾村-001.pdf"
    pdf = pressed(copies)
    if change is not None:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            change(document)
            document.save(path)
    else:
        path.write_bytes(pdf)
    return path


def with_texts(filled: Filled, *texts: str) -> Filled:
    return replace(filled, texts=texts)


def swapped(copies: Sequence[Filled], one: int, other: int) -> list[Filled]:
    changed = list(copies)
    changed[one], changed[other] = changed[other], changed[one]
    return changed


def changed_at(number: int, filled: Filled) -> list[Filled]:
    return [*CARDS[:number], filled, *CARDS[number + 1 :]]


# -- nothing wrong ---------------------------------------------------------------------------


def test_a_file_that_is_right_has_no_fault(tmp_path: Path) -> None:
    assert proof_file(written(tmp_path), expected()) == {}


def test_how_a_text_is_set_does_not_matter() -> None:
    assert squeezed("199 0000-0001\r\n7K3M\u00ad-9QXP\u3000王") == "199000000017K3M9QXP王"


# -- planted faults --------------------------------------------------------------------------


def test_a_changed_digit_is_named(tmp_path: Path) -> None:
    wrong = with_texts(CARDS[8], CARDS[8].texts[0], "19900000018", CARDS[8].texts[2])
    path = written(tmp_path, changed_at(8, wrong))
    assert proof_file(path, expected()) == {CARDS[8].copy.serial: "读回时没有找到电话“19900000008”"}


def test_a_changed_name_is_named(tmp_path: Path) -> None:
    wrong = with_texts(CARDS[2], "王建围", *CARDS[2].texts[1:])
    assert proof_file(written(tmp_path, changed_at(2, wrong)), expected()) == {
        CARDS[2].copy.serial: "读回时没有找到姓名“王建国”"
    }


def test_two_cards_that_changed_places_are_both_named(tmp_path: Path) -> None:
    one, other = CARDS[3].copy.serial, CARDS[10].copy.serial
    assert proof_file(written(tmp_path, swapped(CARDS, 3, 10)), expected()) == {
        one: f"读回时没有找到编号“{one}”",
        other: f"读回时没有找到编号“{other}”",
    }


def test_another_copys_serial_in_a_cell_is_named(tmp_path: Path) -> None:
    """Its own serial is there too: the old text still shone through in a sister project."""
    strange = CARDS[9].copy.serial
    both = with_texts(CARDS[4], strange, CARDS[4].texts[1], CARDS[4].texts[2])
    own = replace(both.copy, facts=(Fact("serial", both.copy.serial),))
    planned = replace(both, copy=own)
    path = written(tmp_path, changed_at(4, planned))
    assert proof_file(path, expected(changed_at(4, planned))) == {
        CARDS[4].copy.serial: f"读回时发现了别的编号 {strange}"
    }


def test_another_households_code_is_named(tmp_path: Path) -> None:
    wrong = replace(CARDS[5], links=CARDS[6].links)
    assert proof_file(written(tmp_path, changed_at(5, wrong)), expected()) == {
        CARDS[5].copy.serial: (
            "二维码读回 'https://example.cn/h/TW-006'，应为 'https://example.cn/h/TW-005'"
        )
    }


def test_a_code_that_is_gone_is_named(tmp_path: Path) -> None:
    def without_the_third_code(document: pikepdf.Pdf) -> None:
        page = document.pages[0]
        kept, met = [], 0
        for instruction in pikepdf.parse_content_stream(page):
            is_code = str(instruction.operator) == "INLINE IMAGE"
            met += is_code
            if not (is_code and met == 3):
                kept.append(instruction)
        assert met == 6
        page.Contents = document.make_stream(pikepdf.unparse_content_stream(kept))

    path = written(tmp_path, change=without_the_third_code)
    assert proof_file(path, expected()) == {CARDS[2].copy.serial: "二维码读不出来"}


def test_a_code_under_a_stain_is_named(tmp_path: Path) -> None:
    def stained(document: pikepdf.Pdf) -> None:
        page = document.pages[2]
        page.contents_add(b" q 0 g 0 0 5000 5000 re f Q")

    found = proof_file(written(tmp_path, change=stained), expected())
    assert found == {filled.copy.serial: "二维码读不出来" for filled in CARDS[12:]}


def test_a_text_of_the_layout_that_is_no_fact_is_read_back_too(tmp_path: Path) -> None:
    serial = CARDS[0].copy.serial
    planned = replace(CARDS[0], copy=replace(CARDS[0].copy, facts=(Fact("serial", serial),)))
    wrong = with_texts(planned, "甲", *planned.texts[1:])
    path = written(tmp_path, changed_at(0, wrong))
    assert proof_file(path, expected(changed_at(0, planned))) == {serial: "读回时没有找到“赵德胜”"}


def test_a_fact_of_the_plan_that_the_layout_forgot_is_named(tmp_path: Path) -> None:
    copy = replace(CARDS[0].copy, facts=(*CARDS[0].copy.facts, Fact("door", "12号")))
    planned = changed_at(0, replace(CARDS[0], copy=copy))
    assert proof_file(written(tmp_path, planned), expected(planned)) == {
        copy.serial: "读回时没有找到门牌“12号”"
    }


def test_a_code_of_the_plan_that_the_layout_forgot_is_named(tmp_path: Path) -> None:
    """The plan wants a code on each card (`must_show`), the form has none."""
    forms = {"plain": card_form("plain", code=False)}
    planned = [replace(card(number), form_key="plain", links=()) for number in range(3)]
    path = tmp_path / "plain.pdf"
    path.write_bytes(pressed(planned, forms["plain"]))
    told = list(expectations(card_grid(), forms, placed(planned, forms, card_grid())))
    assert set(proof_file(path, told)) == {filled.copy.serial for filled in planned}


def test_a_longer_word_does_not_pass_for_a_shorter_one(tmp_path: Path) -> None:
    """2号 is in 12号, 李明 is in 李明明: what is printed must be the text itself."""
    wrong = with_texts(CARDS[1], "李明明", *CARDS[1].texts[1:])
    assert set(proof_file(written(tmp_path, changed_at(1, wrong)), expected())) == {
        CARDS[1].copy.serial
    }


def test_a_lost_page_is_named(tmp_path: Path) -> None:
    def lost(document: pikepdf.Pdf) -> None:
        del document.pages[1]

    with pytest.raises(OutputError) as told:
        proof_file(written(tmp_path, change=lost), expected())
    assert told.value.message == "唐湾村-001.pdf：应有 3 页，实有 2 页。"
    assert told.value.hint == "重新运行同一条命令。"


def test_a_page_that_is_there_twice_is_named(tmp_path: Path) -> None:
    def twice(document: pikepdf.Pdf) -> None:
        document.pages.append(document.pages[0])

    with pytest.raises(OutputError, match="应有 3 页，实有 4 页"):
        proof_file(written(tmp_path, change=twice), expected())


def test_a_page_in_the_place_of_another_is_named(tmp_path: Path) -> None:
    def doubled(document: pikepdf.Pdf) -> None:
        document.pages.append(document.pages[0])
        del document.pages[1]

    found = proof_file(written(tmp_path, change=doubled), expected())
    assert set(found) == {filled.copy.serial for filled in CARDS[6:]}


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"PK\3\4 no pdf"])
def test_a_file_that_is_no_pdf_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "唐湾村-001.pdf"
    path.write_bytes(content)
    with pytest.raises(OutputError) as told:
        proof_file(path, expected())
    assert told.value.message.startswith("唐湾村-001.pdf：打不开（")


def test_a_torn_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(OutputError, match=r"唐湾村-001\.pdf"):
        proof_file(path, expected())


# -- less than all ---------------------------------------------------------------------------


def test_a_sample_is_the_first_the_last_and_every_tenth_page(tmp_path: Path) -> None:
    copies = [card(number, name=NAMES[0]) for number in range(6 * 23)]
    wrong = [with_texts(filled, "甲", *filled.texts[1:]) for filled in copies]
    path = written(tmp_path, wrong)
    found = proof_file(path, expected(copies), ProofMode.SAMPLE)
    pages = {number // 6 for number, filled in enumerate(copies) if filled.copy.serial in found}
    assert pages == {0, 10, 20, 22}
    assert len(proof_file(path, expected(copies), ProofMode.ALL)) == len(copies)


def test_no_proof_reads_nothing(tmp_path: Path) -> None:
    assert proof_file(tmp_path / "not-there.pdf", expected(), ProofMode.NONE) == {}


def test_a_volume_with_nothing_in_it_has_no_fault(tmp_path: Path) -> None:
    assert proof_file(written(tmp_path), []) == {}


# -- pictures --------------------------------------------------------------------------------


def test_a_thumbnail_shows_the_first_page(tmp_path: Path) -> None:
    image = Image.open(io.BytesIO(proof.thumbnail(written(tmp_path), 220)))
    assert (image.format, image.width, image.mode) == ("PNG", 220, "L")
    assert image.height == pytest.approx(220 * 297 / 210, abs=1)
    assert image.getextrema() != (255, 255)


def test_the_page_is_only_rendered_where_a_code_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = card_form(code=False)
    copies = [card(number, code=False) for number in range(3)]
    path = tmp_path / "plain.pdf"
    path.write_bytes(pressed(copies, form))
    monkeypatch.setattr(proof.pypdfium2.PdfPage, "render", None)
    assert proof_file(path, expected(copies, form)) == {}

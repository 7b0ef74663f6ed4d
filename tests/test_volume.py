"""A volume: whole under its final name, or not there at all; every copy printed or named."""

from __future__ import annotations

import hashlib
import resource
import signal
from pathlib import Path

import pytest
from drawing import (
    NAMES,
    card,
    card_form,
    card_grid,
    card_job,
    draw_page,
    page_count,
    replace,
    sheet,
    text_in,
)

from cardgen import proof, volume
from cardgen.errors import LayoutError, OutputError
from cardgen.model import Fault, Filled, Held, ProofMode
from cardgen.proof import Proof
from cardgen.units import Rect, mm_to_pt
from cardgen.volume import Job, digest_of, fit_job, make_volume
from cardgen.whole import part_of

LOOK = "请看磁盘是不是满了、文件夹能不能写，文件是不是正在 Excel 或 WPS 里打开着。"
LONG = "迪丽努尔·阿不都热合曼江·买买提艾力·古丽巴哈尔"


def files(folder: Path) -> list[str]:
    """Every file below a folder, but the records of what the others must show."""
    found = [p.relative_to(folder) for p in folder.rglob("*") if p.is_file()]
    return sorted(path.as_posix() for path in found if path.parts[0] != "proof")


def cards(count: int, **changed: Filled) -> tuple[Filled, ...]:
    return tuple(changed.get(f"at{number}", card(number)) for number in range(count))


def reasons(held: tuple[Held, ...]) -> dict[str, list[str]]:
    return {each.subject: [reason.message for reason in each.reasons] for each in held}


def letters(copies: tuple[Filled, ...]) -> dict[str, str]:
    return {filled.copy.serial: "abcdefghijklmnop"[at] for at, filled in enumerate(copies)}


# -- all is well -----------------------------------------------------------------------------


def test_a_volume_is_one_file_with_every_copy(tmp_path: Path) -> None:
    result = make_volume(card_job(tmp_path))
    assert files(tmp_path) == ["hand/唐湾村-001.pdf"]
    content = (tmp_path / "hand/唐湾村-001.pdf").read_bytes()
    assert (result.sheets, len(result.printed), result.failed) == (2, 7, ())
    assert (result.size, result.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert result.thumbnail.startswith(b"\x89PNG")
    assert set(result.seconds) == {"fit", "press", "write", "proof", "thumbnail"}


@pytest.mark.parametrize("order", ["reading", "cut-stack"])
def test_the_manifest_names_the_place_where_each_copy_is_found(order: str, tmp_path: Path) -> None:
    copies = cards(14)
    result = make_volume(card_job(tmp_path, 14, order=order))
    pdf = (tmp_path / result.name).read_bytes()
    assert len({(line.sheet, line.cell) for line in result.printed}) == 14
    for line in result.printed:
        box = Rect(*(mm_to_pt(v) for v in (line.x_mm, line.y_mm, line.width_mm, line.height_mm)))
        shown = text_in(pdf, box, line.sheet - 1)
        assert [filled.copy.serial for filled in copies if filled.copy.serial in shown] == [
            line.serial
        ]
        cell = card_grid().cell(line.cell - 1)
        assert (line.x_mm, line.y_mm) == (cell.left_mm, cell.bottom_mm)
    assert {line.serial: line.subject for line in result.printed} == {
        filled.copy.serial: filled.copy.subject for filled in copies
    }


def test_cut_and_stack_is_what_stands_on_the_pages(tmp_path: Path) -> None:
    make_volume(card_job(tmp_path, 14, order="cut-stack"))
    pdf = (tmp_path / "hand/唐湾村-001.pdf").read_bytes()
    drawn = [draw_page(pdf, card_grid(), letters(cards(14)), page) for page in range(3)]
    assert drawn == ["a d / g j / m .", "b e / h k / n .", "c f / i l / . ."]


def test_a_form_of_two_leaves_is_counted_in_pages(tmp_path: Path) -> None:
    form = card_form(leaves=2)
    result = make_volume(card_job(tmp_path, 8, forms={form.key: form}))
    assert page_count((tmp_path / result.name).read_bytes()) == 4
    assert result.sheets == 4  # "counts sides as PDF pages"
    assert [line.sheet for line in result.printed] == [1] * 6 + [3] * 2


def test_a_digest_is_of_all_that_can_be_seen() -> None:
    one = card(1)
    changed = [
        replace(one, form_key="other"),
        replace(one, texts=("李", *one.texts[1:])),
        replace(one, texts=("", "".join(one.texts[:2]), one.texts[2])),
        replace(one, links=("https://example.cn/x",)),
    ]
    assert digest_of(one) == digest_of(replace(one, copy=card(2).copy))
    assert len({digest_of(each) for each in [one, *changed]}) == 5


# -- copies that cannot be right -------------------------------------------------------------


def test_a_text_that_is_too_long_is_held_and_leaves_no_gap(tmp_path: Path) -> None:
    copies = cards(8, at2=card(2, name=LONG))
    result = make_volume(card_job(tmp_path, copies=copies))
    assert reasons(result.failed) == {
        "TW-002": [
            f"“{LONG}”放不进第 1 个槽位（name）：宽 32.1 毫米，最小 6 磅。"
            "请缩短文字，或在版式里加宽。"
        ]
    }
    assert result.failed[0].reasons[0].code == "text-too-long"
    assert result.failed[0].reasons[0].before == LONG
    pdf = (tmp_path / result.name).read_bytes()
    assert draw_page(pdf, card_grid(), letters(copies)) == "a b / d e / f g"
    assert draw_page(pdf, card_grid(), letters(copies), 1) == "h . / . . / . ."


def test_fitting_alone_names_the_same_copies_and_writes_nothing(tmp_path: Path) -> None:
    job = card_job(tmp_path, copies=cards(8, at2=card(2, name=LONG)))
    assert fit_job(job) == list(make_volume(job).failed)
    assert fit_job(replace(job, folder=str(tmp_path / "b"))) and not (tmp_path / "b").exists()


def test_a_character_without_a_glyph_holds_its_copy_only(tmp_path: Path) -> None:
    result = make_volume(card_job(tmp_path, copies=cards(3, at1=card(1, name="王\U0002ebf0"))))
    assert [line.subject for line in result.printed] == ["TW-000", "TW-002"]
    (held,) = result.failed
    assert held.reasons[0].message.startswith(f"{card(1).copy.serial}：没有字体有这个字")


def test_a_link_that_no_code_can_hold_holds_its_copy_only(tmp_path: Path) -> None:
    long = replace(card(1), links=("https://example.cn/" + "x" * 400,))
    result = make_volume(card_job(tmp_path, copies=cards(3, at1=long)))
    assert [line.subject for line in result.printed] == ["TW-000", "TW-002"]
    assert [held.subject for held in result.failed] == ["TW-001"]
    assert "二维码内容有 419 个字符" in result.failed[0].reasons[0].message


def test_a_code_too_fine_for_a_scanner_holds_its_copy_only(tmp_path: Path) -> None:
    """60 pt hold modules of 0.4 mm up to 52 a side; 300 characters take 69 and more."""
    fine = replace(card(1), links=("https://example.cn/" + "x" * 281,))
    job = card_job(tmp_path, copies=cards(3, at1=fine), proof=ProofMode.NONE)
    result = make_volume(job)
    assert [held.subject for held in result.failed] == ["TW-001"]


# -- copies that do not read back ------------------------------------------------------------


def blind_to(monkeypatch: pytest.MonkeyPatch, *numbers: int, times: int = 1) -> list[int]:
    """Let the proof find a fault in these copies, so many times; counts the proofs."""
    proofs: list[int] = []
    real = proof.read_file

    def fake(path: Path, expected: list, *more: object) -> Proof:  # type: ignore[type-arg]
        proofs.append(len(expected))
        if len(proofs) > times:
            return real(path, expected, *more)  # type: ignore[arg-type]
        serials = {card(number).copy.serial for number in numbers}
        faults = {each.serial: Fault("二维码读不出来") for each in expected}
        return Proof({serial: faults[serial] for serial in faults if serial in serials})

    monkeypatch.setattr(proof, "read_file", fake)
    return proofs


def test_a_copy_that_does_not_read_back_is_taken_out_and_the_volume_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proofs = blind_to(monkeypatch, 1, 4)
    result = make_volume(card_job(tmp_path))
    assert proofs == [7, 5]
    assert reasons(result.failed) == {
        f"TW-{number:03d}": [f"{card(number).copy.serial}：二维码读不出来。"] for number in (1, 4)
    }
    pdf = (tmp_path / result.name).read_bytes()
    assert draw_page(pdf, card_grid(), letters(cards(7))) == "a c / d f / g ."
    assert files(tmp_path) == ["hand/唐湾村-001.pdf"]


def test_a_volume_that_never_reads_back_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = iter(range(100))

    def fake(path: Path, expected: list, *more: object) -> Proof:  # type: ignore[type-arg]
        next(counted)
        return Proof({expected[0].serial: Fault("二维码读不出来")})

    monkeypatch.setattr(proof, "read_file", fake)
    result = make_volume(card_job(tmp_path))
    assert next(counted) == 3
    assert (result.sheets, result.printed, len(result.failed)) == (0, (), 7)
    assert reasons(result.failed)["TW-006"] == [
        f"{card(6).copy.serial}：这一册反复读回都不对，没有印。"
    ]
    assert files(tmp_path) == []


def test_a_volume_of_which_no_copy_reads_back_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blind_to(monkeypatch, *range(7))
    result = make_volume(card_job(tmp_path))
    assert (result.sheets, len(result.failed), files(tmp_path)) == (0, 7, [])


def test_a_volume_of_held_copies_only_leaves_nothing(tmp_path: Path) -> None:
    result = make_volume(card_job(tmp_path, copies=(card(0, name=LONG),)))
    assert (result.sheets, result.size, result.sha256, files(tmp_path)) == (0, 0, "", [])
    assert len(result.failed) == 1


def test_an_earlier_file_stays_until_the_new_one_is_proved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "hand/唐湾村-001.pdf"
    path.parent.mkdir()
    path.write_bytes(b"earlier")
    seen: list[bytes] = []

    def look(part: Path, expected: list, *more: object) -> Proof:  # type: ignore[type-arg]
        seen.append(path.read_bytes())
        assert part == part_of(path) and part.read_bytes().startswith(b"%PDF")
        return Proof()

    monkeypatch.setattr(proof, "read_file", look)
    make_volume(card_job(tmp_path))
    assert seen == [b"earlier"] and path.read_bytes().startswith(b"%PDF")


def test_a_copy_pressed_wrong_is_not_printed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The state of a renderer that is used again once put one person's text on another's card."""
    real = volume.press_volume

    def stale(title: str, grid, forms, copies, **more):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN003, ANN202
        wrong = [
            replace(each, filled=replace(each.filled, texts=(NAMES[5], *each.filled.texts[1:])))
            if each.filled.copy.subject == "TW-002"
            else each
            for each in copies
        ]
        wrong = [replace(each, fitted=refit(each.filled)) for each in wrong]
        return real(title, grid, forms, wrong, **more)

    monkeypatch.setattr(volume, "press_volume", stale)
    result = make_volume(card_job(tmp_path))
    assert reasons(result.failed) == {
        "TW-002": [f"{card(2).copy.serial}：读回时没有找到姓名“{NAMES[2]}”。"]
    }
    assert len(result.printed) == 6


def refit(filled: Filled) -> tuple:  # type: ignore[type-arg]
    fitted, _ = volume.Fitter().fit(card_form(), filled)
    return fitted


# -- what cannot be written ------------------------------------------------------------------


def test_a_folder_that_is_a_file_says_so(tmp_path: Path) -> None:
    (tmp_path / "hand").write_bytes(b"")
    with pytest.raises(OutputError) as told:
        make_volume(card_job(tmp_path))
    assert told.value.message == f"{tmp_path}/hand 写不进去：File exists"
    assert told.value.hint == LOOK
    assert files(tmp_path) == ["hand"]


def test_a_full_disk_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    quiet = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(OutputError) as told:
            make_volume(card_job(tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, quiet)
    assert told.value.message == f"{tmp_path}/hand/唐湾村-001.pdf 写不进去：File too large"
    assert told.value.hint == LOOK
    assert files(tmp_path) == []


def test_a_name_that_cannot_be_taken_says_so_and_leaves_nothing(tmp_path: Path) -> None:
    """The final name is a folder, as when another program holds the file on Windows."""
    (tmp_path / "hand/唐湾村-001.pdf").mkdir(parents=True)
    with pytest.raises(OutputError) as told:
        make_volume(card_job(tmp_path))
    assert told.value.message == f"{tmp_path}/hand/唐湾村-001.pdf 写不进去：Is a directory"
    assert told.value.hint == LOOK
    assert files(tmp_path) == []


def test_a_torn_file_is_not_named_for_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = volume.press_volume
    monkeypatch.setattr(volume, "press_volume", lambda *args, **more: real(*args, **more)[:2000])
    with pytest.raises(OutputError):
        make_volume(card_job(tmp_path))
    assert files(tmp_path) == []


def test_a_grid_that_is_wrong_never_reaches_the_press() -> None:
    with pytest.raises(LayoutError, match="3 列"):
        sheet(3, 1, width_mm=40.0)


def test_the_same_job_writes_the_same_bytes(tmp_path: Path) -> None:
    def printed(job: Job) -> str:
        return make_volume(job).sha256

    assert printed(card_job(tmp_path / "a")) == printed(card_job(tmp_path / "b"))
    # A copy that failed beside them leaves no trace in the rest.
    with_failed = card_job(tmp_path / "c", copies=(*cards(7), card(9, name=LONG)))
    assert printed(with_failed) == printed(card_job(tmp_path / "a"))

"""The central test: a stamped copy is the picture that the same copy makes when laid out whole."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cardgen import layoutcheck
from cardgen.layoutcheck import check_layout
from cardgen.layouts import list_layouts, read_layout
from cardgen.layoutsamples import sample_copies
from cardgen.model import LayoutSpec, Slot
from cardgen.typeset.boxes import slots_of_page

pytestmark = pytest.mark.usefixtures("laid_out_anew")
LAYOUTS = Path(__file__).parent / "layouts"
BUILT_IN = {spec.name: spec for spec in list_layouts()}


def every_slot() -> LayoutSpec:
    return read_layout(LAYOUTS / "every-slot")


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_layouts_stamp_what_the_engine_lays_out(name: str) -> None:
    report = check_layout(BUILT_IN[name])
    assert report.findings == ()
    assert report.samples >= (7 if BUILT_IN[name].roles else 6)


def test_every_kind_of_slot_stamps_what_the_engine_lays_out() -> None:
    report = check_layout(every_slot())
    assert report.findings == ()
    assert report.forms >= 3  # with and without a code, and with four contacts


def shifted(monkeypatch: pytest.MonkeyPatch, **changes: object) -> list[str]:
    """The findings when each slot comes out of the box tree a little wrong."""

    def wrong(page: object, floors: object) -> object:
        slots, codes = slots_of_page(page, floors)  # type: ignore[arg-type]
        return tuple((n, _change(slot, changes)) for n, slot in slots), codes

    monkeypatch.setattr("cardgen.typeset.boxes.slots_of_page", wrong)
    copies = iter([next(sample_copies(every_slot()))])
    return [finding.message for finding in check_layout(every_slot(), copies).findings]


def _change(slot: Slot, changes: dict[str, object]) -> Slot:
    style = {k: v for k, v in changes.items() if k in ("colour", "size_pt", "family")}
    place = {"baseline_pt": slot.baseline_pt + float(str(changes.get("up", 0)))}
    return replace(slot, **place, style=replace(slot.style, **style))  # type: ignore[arg-type]


def test_a_baseline_a_fifth_of_a_millimetre_off_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = shifted(monkeypatch, up=0.57)
    assert len(messages) >= 8
    assert messages[0].startswith("第 1 个槽位（turned）盖印与直排不一样")


def test_a_wrong_colour_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any("（h1）盖印与直排不一样" in m for m in shifted(monkeypatch, colour=(0.9,)))


def test_a_wrong_face_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    assert any("（prose）盖印与直排不一样" in m for m in shifted(monkeypatch, family="cg-hei"))


def changed(tmp_path: Path, old: str, new: str, file: str = "layout.css") -> list[str]:
    """The findings for the test layout with one thing in it changed."""
    folder = tmp_path / "every-slot"
    shutil.copytree(LAYOUTS / "every-slot", folder)
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    spec = read_layout(folder)
    usual = iter([next(sample_copies(spec))])
    return [finding.message for finding in check_layout(spec, usual).findings]


def test_a_box_that_moves_with_its_text_is_named(tmp_path: Path) -> None:
    messages = changed(tmp_path, ".left { width: 40mm }", "")
    assert any("（left）" in m and "的盒子会随文字变大变小或移动" in m for m in messages)


def test_a_slot_that_is_too_narrow_is_named_with_what_to_do(tmp_path: Path) -> None:
    messages = changed(tmp_path, "width: 38mm;", "width: 3mm;")
    assert "第 3 个槽位（right）太窄（3.0 毫米）" in messages[0]
    assert "给它外面的元素写上宽度" in messages[0]


def test_a_slot_under_other_art_is_found(tmp_path: Path) -> None:
    messages = changed(
        tmp_path, "</body>", '<div style="position:absolute;left:15mm;top:4mm;width:60mm;'
        'height:12mm;background:#ccc;z-index:9"></div></body>', "layout.html",
    )  # fmt: skip
    assert any("（h1）盖印与直排不一样" in m for m in messages)


def test_a_slot_for_which_the_page_has_no_room_is_named(tmp_path: Path) -> None:
    """The engine leaves such a line out, stamped and whole: both pictures agree, and lack it."""
    messages = changed(
        tmp_path, "</body>", '<div style="position:absolute;top:84mm;width:30mm">一行'
        "<div>{{ serial | slot }}</div></div></body>", "layout.html",
    )  # fmt: skip
    assert len(messages) == 1
    assert "第 11 个槽位没有排出来。它在页面以外，或者被 CSS 藏起来了。" in messages[0]


def test_half_transparent_text_is_refused(tmp_path: Path) -> None:
    messages = changed(tmp_path, "color: #0b5d57", "color: rgba(11, 93, 87, .5)")
    assert any("颜色是半透明的" in m for m in messages)


def test_a_code_that_is_not_square_is_refused(tmp_path: Path) -> None:
    messages = changed(
        tmp_path, ".code { width: 26mm; height: 26mm }", ".code { width: 26mm; height: 20mm }"
    )
    assert any("不是正方形" in m for m in messages)


def test_an_unknown_css_property_is_refused_with_its_name(tmp_path: Path) -> None:
    messages = changed(tmp_path, "font-size: 18pt;", "font-size: 18pt; text-autospace: normal;")
    assert any("text-autospace" in m for m in messages)


def test_a_value_that_the_layout_must_show_and_does_not_is_named(tmp_path: Path) -> None:
    messages = changed(tmp_path, "{{ contact.phone | phone | slot }}", "见通知", "layout.html")
    assert any(m.startswith("版式没有印出“1990000") for m in messages)


def test_a_missing_value_names_the_line_of_the_template(tmp_path: Path) -> None:
    messages = changed(
        tmp_path, "{{ slogan | slot(lines=3) }}", "{{ sloagn | slot }}", "layout.html"
    )
    assert messages == [m for m in messages if "第 11 行" in m and "sloagn" in m] != []


def test_the_tolerance_is_less_than_a_shift_of_a_tenth_of_a_millimetre() -> None:
    assert layoutcheck.TOLERANCE < 128

"""Serials: a slip of the pen is found, none is given twice, and each stays what it is."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardgen import serials
from cardgen.serials import ALPHABET, PATTERN, Serials, is_serial, mark_of

SUBJECTS = [f"TW-{number:03d}" for number in range(300)]


def given_to(subjects: list[str], copies: int = 1) -> dict[tuple[str, int], str]:
    book = Serials("love-card", subjects, copies)
    return {(s, n): book.serial(s, n) for s in subjects for n in range(copies)}


def test_a_serial_is_two_groups_of_four() -> None:
    assert Serials("love-card", ["TW-001"]).serial("TW-001") == "NS8G-5N7Y"
    assert re.fullmatch(r".{4}-.{4}", "NS8G-5N7Y") and is_serial("NS8G-5N7Y")


def test_letters_that_are_taken_for_one_another_are_not_used() -> None:
    assert len(ALPHABET) == 31 == len(set(ALPHABET))
    assert not set("01OIZ") & set(ALPHABET)
    assert ALPHABET.isupper()


@pytest.mark.parametrize("subject", SUBJECTS[:4])
def test_every_single_wrong_character_is_found(subject: str) -> None:
    serial = given_to(SUBJECTS)[subject, 0]
    wrong = [
        serial[:at] + char + serial[at + 1 :]
        for at, own in enumerate(serial)
        for char in ALPHABET
        if own not in ("-", char)
    ]
    assert len(wrong) == 8 * 30
    assert [text for text in wrong if is_serial(text)] == []


@pytest.mark.parametrize("subject", SUBJECTS[:12])
def test_every_swap_of_two_characters_is_found(subject: str) -> None:
    serial = given_to(SUBJECTS)[subject, 0]
    places = [at for at, char in enumerate(serial) if char != "-"]
    for one in places:
        for other in places:
            swapped = list(serial)
            swapped[one], swapped[other] = swapped[other], swapped[one]
            assert is_serial("".join(swapped)) == (serial[one] == serial[other])


@pytest.mark.parametrize(
    "text", ["", "NS8G5N7Y", "ns8g-5n7y", "NS8G-5N7Y ", "NS8G-5N7", "0S8G-5N7Y", "ＮS8G-5N7Y"]
)
def test_what_is_written_otherwise_is_no_serial(text: str) -> None:
    assert not is_serial(text)


@settings(deadline=None)
@given(st.text(), st.text(), st.integers(0, 5))
def test_every_serial_given_is_a_serial(layout: str, subject: str, number: int) -> None:
    serial = Serials(layout, [subject], 6).serial(subject, number)
    assert is_serial(serial) and PATTERN.fullmatch(serial)


def test_layouts_and_copies_have_serials_of_their_own() -> None:
    both = given_to(SUBJECTS, copies=2)
    assert len(set(both.values())) == 600
    notice = Serials("notice", SUBJECTS)
    assert not {notice.serial(subject) for subject in SUBJECTS} & set(both.values())


def test_a_subject_keeps_its_serial_whatever_else_is_printed() -> None:
    whole = given_to(SUBJECTS)
    for some in (SUBJECTS[::-1], SUBJECTS[:1], SUBJECTS[7:50], [*SUBJECTS, "SQ-001", "A"]):
        assert {key: serial for key, serial in given_to(some).items() if key in whole} == {
            (subject, 0): whole[subject, 0] for subject in some if (subject, 0) in whole
        }


def test_a_second_copy_does_not_change_the_serial_of_the_first() -> None:
    once, twice = given_to(SUBJECTS), given_to(SUBJECTS, copies=2)
    assert all(twice[key] == serial for key, serial in once.items())


# -- draws that meet -------------------------------------------------------------------------


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only 400 numbers for 300 subjects: many meet."""
    monkeypatch.setattr(serials, "_SPACE", 400)


@pytest.mark.usefixtures("crowded")
def test_no_serial_is_given_twice_where_draws_meet() -> None:
    found = given_to(SUBJECTS)
    assert len(set(found.values())) == 300
    assert len(set(given_to(SUBJECTS[:130], copies=3).values())) == 390


@pytest.mark.usefixtures("crowded")
def test_the_order_of_the_roster_does_not_matter_where_draws_meet() -> None:
    found = given_to(SUBJECTS)
    assert given_to(SUBJECTS[::-1]) == found
    assert given_to(sorted(SUBJECTS, key=lambda subject: subject[::-1])) == found


@pytest.mark.usefixtures("crowded")
def test_only_those_whose_draws_meet_are_moved() -> None:
    found = given_to(SUBJECTS)
    alone = {subject: Serials("love-card", [subject]).serial(subject) for subject in SUBJECTS}
    wished = list(alone.values())
    for subject in SUBJECTS:
        if wished.count(alone[subject]) == 1:
            assert found[subject, 0] == alone[subject]
    # Of those that meet, the first keeps what it drew.
    for serial in set(wished):
        first = min(subject for subject in SUBJECTS if alone[subject] == serial)
        assert found[first, 0] == serial


def test_a_subject_named_twice_keeps_its_serial() -> None:
    assert given_to([*SUBJECTS, "TW-005"]) == given_to(SUBJECTS)


# -- batches ---------------------------------------------------------------------------------


def test_a_batch_is_known_by_what_it_is_made_of() -> None:
    mark = mark_of([b"campaign", b"roster"])
    assert re.fullmatch(f"[{ALPHABET}]{{6}}", mark)
    assert mark == mark_of([b"campaign", b"roster"])
    others = ([b"campaign", b"roster2"], [b"campaignroster"], [b"roster", b"campaign"], [])
    assert mark not in [mark_of(parts) for parts in others]

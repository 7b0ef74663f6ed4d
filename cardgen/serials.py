"""Serials: what a copy is known by. A layout, a subject and a number in, eight characters out.

Seven characters and a check character, in two groups: 7K3M-9QXP. The alphabet has 31
characters, a prime, so that the weighted sum finds every single wrong character and every
swap of two (ISO/IEC 7064 rests on the same argument). It has no 0 O 1 I Z, which are taken
for one another when read aloud or from bad print.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from cardgen.model import Key

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXY"
LENGTH = 7
MARK_LENGTH = 6
_BASE = len(ALPHABET)
_SPACE: int = _BASE**LENGTH
_VALUE = {char: value for value, char in enumerate(ALPHABET)}
PATTERN = re.compile(rf"[{ALPHABET}]{{4}}-[{ALPHABET}]{{4}}")


Meaning = tuple[Key, int]
"""What a serial is for: a key and its edition."""

Moved = Mapping[tuple[str, int], int]
"""What a subject's n-th copy drew, where it had to draw again: few, if any."""


@dataclass(slots=True)
class Given:
    """Serials that were given before: the newest of each key, and what each was for.

    `taken` is added to as layouts of a batch give theirs, so that no two give the same. `look`
    tells what a serial was for that is not in it: for one paper nobody reads them all.
    """

    newest: Mapping[Key, tuple[int, str]] = field(default_factory=dict)
    taken: dict[str, Meaning] = field(default_factory=dict)
    look: Callable[[str], Meaning | None] | None = None

    def is_free(self, serial: str, meaning: Meaning) -> bool:
        """Whether the serial has no other meaning."""
        taken = self.taken.get(serial)
        if taken is None and self.look is not None:
            taken = self.look(serial)
        return taken is None or taken == meaning


class Serials:
    """The serials of one layout. Made from all its subjects, so that none is given twice.

    A subject keeps its serial from batch to batch, whatever else is printed with it, for as
    long as its paper says the same; `renewed` gives the serial of the next edition.
    """

    def __init__(
        self,
        layout: str,
        subjects: Iterable[str],
        copies: int = 1,
        given: Given | None = None,
        moved: Moved | None = None,
    ) -> None:
        """Look at every subject once; only those whose numbers meet are remembered.

        Where `moved` is known of all subjects, `subjects` need only be those that are asked for.
        """
        self._layout = layout
        self._given = given or Given()
        self._newer: dict[tuple[str, int], str] = {}
        names = set(subjects)
        self._moved = dict(moved_apart(layout, names, copies) if moved is None else moved)
        if given is not None:
            self._make_way(sorted(names), copies, given)

    def _make_way(self, names: list[str], copies: int, given: Given) -> None:
        """What was given before stays; who would meet it, or another layout's, draws again."""
        for subject in names:
            for number in range(copies):
                key = Key(self._layout, subject, number)
                if (before := given.newest.get(key)) is not None:
                    self._newer[subject, number] = before[1]
                    continue
                draw, salt = self._moved.get((subject, number)), 0
                if draw is None:
                    draw = self._draw(subject, number, 0)
                while not given.is_free(serial := _written(draw), (key, 0)):
                    salt += 1
                    draw = self._moved[subject, number] = self._draw(subject, number, -salt)
                given.taken[serial] = key, 0

    def serial(self, subject: str, number: int = 0) -> str:
        """The serial of the number-th copy (from 0) for a subject."""
        if (newer := self._newer.get((subject, number))) is not None:
            return newer
        draw = self._moved.get((subject, number))
        if draw is None:
            draw = self._draw(subject, number, 0)
        return _written(draw)

    def edition(self, subject: str, number: int = 0) -> int:
        """The edition of the copy that is out; 0 where there is none."""
        return self._given.newest.get(Key(self._layout, subject, number), (0, ""))[0]

    def renewed(self, subject: str, number: int = 0) -> tuple[int, str]:
        """The next edition of a copy and its serial, which is its serial from now on."""
        key = Key(self._layout, subject, number)
        edition, salt = self.edition(subject, number) + 1, 0
        while True:
            draw = self._draw(f"{subject}\0{edition}", number, salt)
            if self._given.is_free(serial := _written(draw), (key, edition)):
                break
            salt += 1
        self._given.taken[serial] = key, edition
        self._newer[subject, number] = serial
        return edition, serial

    def pin(self, subject: str, number: int, serial: str) -> None:
        """The copy has that serial from now on."""
        self._newer[subject, number] = serial

    def _draw(self, subject: str, number: int, salt: int) -> int:
        return _draw(self._layout, subject, number, salt)


def moved_apart(layout: str, subjects: Iterable[str], copies: int = 1) -> Moved:
    """Of those that draw the same number, the first by name keeps it; others draw again: what
    they draw."""
    names = set(subjects)
    taken: set[int] = set()
    crowded: set[int] = set()
    for subject in names:
        for number in range(copies):
            draw = _draw(layout, subject, number, 0)
            (crowded if draw in taken else taken).add(draw)
    moved: dict[tuple[str, int], int] = {}
    kept: set[int] = set()
    for subject in sorted(names) if crowded else ():
        for number in range(copies):
            draw = _draw(layout, subject, number, 0)
            if draw not in crowded:
                continue
            salt = 0
            while draw in (taken if salt else kept):
                salt += 1
                draw = _draw(layout, subject, number, salt)
            kept.add(draw)
            taken.add(draw)
            moved[subject, number] = draw
    return moved


def _draw(layout: str, subject: str, number: int, salt: int) -> int:
    text = f"{layout}\0{subject}\0{number}\0{salt}"
    digest = hashlib.sha256(text.encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SPACE


def mark_of(parts: Iterable[bytes]) -> str:
    """What a batch is known by: six characters that follow from what it is made of."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    draw, text = int.from_bytes(digest.digest()[:8], "big"), ""
    for _ in range(MARK_LENGTH):
        draw, value = divmod(draw, _BASE)
        text += ALPHABET[value]
    return text


def _written(draw: int) -> str:
    text, total = "", 0
    for place in range(2, 2 + LENGTH):
        draw, value = divmod(draw, _BASE)
        text += ALPHABET[value]
        total += place * value
    return f"{text[:4]}-{text[4:]}{ALPHABET[-total % _BASE]}"


def _check(values: list[int]) -> int:
    """The value that makes the sum of place times value a multiple of 31; places from 2."""
    total = sum(place * value for place, value in enumerate(values, start=2))
    return -total % len(ALPHABET)


def is_serial(text: str) -> bool:
    """Whether `text` is written as a serial and its check character is right."""
    if not PATTERN.fullmatch(text):
        return False
    values = [_VALUE[char] for char in text.replace("-", "")]
    return _check(values[:-1]) == values[-1]

"""A copy on its page: what it must show and what is there in, what is wrong with it out.

The same for the proof that a batch makes of its files and for `verify` at any later day.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from cardgen import fonts
from cardgen.model import Expected, Fault, Line2, Mark
from cardgen.proof.page import PageReading, folded, squeezed, wanted_in
from cardgen.serials import PATTERN, is_serial
from cardgen.units import Rect

SLACK_PT = 1.0
SIZE_SLACK = 0.995  # of a floor: programs that write a file anew round sizes
_WORDS = {"serial": "编号", "name": "姓名", "phone": "电话", "door": "门牌"}
_NUMBER = re.compile(r"\d{7,}")
_IN_A_NUMBER = re.compile(r"(?<=\d)[^\S\r\n]+(?=\d)|-")
_DIGESTS = 1 << 64


def fault_of(
    page: PageReading, copy: Expected, shown: str, others: Others, sizes: bool = True
) -> Fault | None:
    """What is wrong with a copy of which `shown` is the text in its cell; the first thing.

    `sizes` of type are looked at, or not.
    """
    copy = _as_folded(copy) if page.folds_pairs else copy
    flat = squeezed(shown)
    text = _fact_fault(flat, copy) or _slot_fault(page, flat, copy, sizes)
    strange = _strange_serial(shown, copy)
    if not text and not strange:
        text, danger = _code_fault(page, copy.codes)
        return Fault(text, danger) if text else None
    if not strange:
        return Fault(text, others.shown_in(page, copy, shown))
    strange = f"读回时发现了别的编号 {strange}"
    return Fault(text or strange, strange)


def _as_folded(copy: Expected) -> Expected:
    """What must be found where Ghostscript wrote the file."""
    return replace(
        copy,
        texts=tuple(map(folded, copy.texts)),
        facts=tuple(fact._replace(text=folded(fact.text)) for fact in copy.facts),
    )


def numbers_in(shown: str, copy: Expected) -> tuple[str, ...]:
    """The numbers that a copy shows beside its own: those of its form, as hotlines."""
    own = "".join(wanted_in(text) for text in (*copy.texts, *(f.text for f in copy.facts)))
    found = _NUMBER.findall(_IN_A_NUMBER.sub("", shown))
    return tuple(number for number in dict.fromkeys(found) if number not in own)


class Others:
    """What copies of the same file show: a text that stands on the wrong one is known.

    `numbers` are those that every copy of a form shows.
    """

    def __init__(
        self, expected: Iterable[Expected], numbers: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self._numbers = numbers or {}
        self._texts: dict[str, str] = {}
        for copy in expected:
            for fact in copy.facts:
                if fact.what in ("name", "phone"):
                    self._texts.setdefault(wanted_in(fact.text), fact.text)

    def shown_in(self, page: PageReading, copy: Expected, shown: str) -> str:
        """Which number or name that is not its own a faulty copy shows, or nothing."""
        for number in numbers_in(shown, copy):
            if number not in self._numbers.get(copy.form, ()):
                return f"上面印着别的号码 {number}"
        for text, box in zip(copy.texts, copy.boxes, strict=False):
            there = "".join(page.flat[at] for at in page.characters_in(box.grown(SLACK_PT)))
            if there and there != wanted_in(text) and there in self._texts:
                return f"上面印着别人的“{self._texts[there]}”"
        return ""


def _fact_fault(flat: str, copy: Expected) -> str:
    for fact in copy.facts:
        if fact.what == "code":
            return "版式没有印二维码，而 layout.toml 的 must_show 要求印"
        if not _shows(flat, fact.text):
            return f"读回时没有找到{_WORDS.get(fact.what, '内容')}“{fact.text}”"
    return ""


def _slot_fault(page: PageReading, flat: str, copy: Expected, sizes: bool) -> str:
    if not copy.boxes:
        return next((_not_found(text) for text in copy.texts if not _shows(flat, text)), "")
    for text, box, floor_pt in zip(copy.texts, copy.boxes, copy.floors_pt, strict=True):
        place: Sequence[int] | None = page.place_in(text, box, SLACK_PT) if text else None
        if place is None:
            wanted = wanted_in(text)
            if not _shows(flat, text):
                return _not_found(text)
            if not wanted or fonts.needs_shaping(text):
                continue
            place = _scattered(page, wanted, box.grown(SLACK_PT))
            if place is None:
                return f"“{text}”没有印在它的位置上"
        size_pt = page.size_of(place[-1]) if sizes else floor_pt
        if size_pt < floor_pt * SIZE_SLACK:
            return f"“{text}”的字太小：{size_pt:.1f} 磅，至少要 {floor_pt:g} 磅"
    return ""


def _not_found(text: str) -> str:
    return f"读回时没有找到“{text}”"


def _scattered(page: PageReading, wanted: str, box: Rect) -> Sequence[int] | None:
    """A text whose characters another program has written in an order of its own."""
    there = page.characters_in(box)
    if sorted(page.flat[at] for at in there) != sorted(wanted):
        return None
    return there


def _shows(flat: str, text: str) -> bool:
    wanted = wanted_in(text)
    if wanted in flat:
        return True
    # Right-to-left text comes back in the order in which it is seen.
    return fonts.needs_shaping(text) and not set(wanted) - set(flat)


def _strange_serial(shown: str, copy: Expected) -> str:
    strangers = set(PATTERN.findall(shown)) - {copy.serial} - copy.known
    return next((each for each in sorted(strangers) if is_serial(each)), "")


def _code_fault(page: PageReading, codes: Sequence[Mark]) -> tuple[str, str]:
    for mark in codes:
        found = page.codes_in(mark.box_pt)
        if list(found) == [mark.text]:
            continue
        if not found:
            return "二维码读不出来", ""
        text = f"二维码读回 {found[0]!r}，应为 {mark.text!r}"
        return text, text
    return "", ""


# -- what stands there beside a copy's own texts


@lru_cache(maxsize=8192)
def _weight_of_char(char: str) -> int:
    # The same, whoever wrote the file.
    known = folded(char).encode("utf-8", "surrogatepass")
    digest = hashlib.blake2b(known, digest_size=8).digest()
    return int.from_bytes(digest, "big")


@lru_cache(maxsize=8192)
def _weight(text: str) -> int:
    return sum(map(_weight_of_char, wanted_in(text)))


def rest_of(copy: Expected, shown: str) -> str:
    """A digest of the characters that a copy shows beside its own texts, in any order."""
    rest = sum(map(_weight_of_char, squeezed(shown))) - sum(map(_weight, copy.texts))
    return f"{rest % _DIGESTS:016x}"


class Rests:
    """What each copy shows beside its own texts. Copies of one form share it.

    李明 is found in 李明明 too: only what is left over tells. `known` is what each form is
    known to show; for others it is what most of its copies do.
    """

    def __init__(self, known: Mapping[str, str] | None = None) -> None:
        self._known = dict(known or {})
        self._of_form: dict[str, dict[str, list[str]]] = {}

    def note(self, copy: Expected, shown: str) -> None:
        """Look at what a copy shows."""
        rest = rest_of(copy, shown)
        self._of_form.setdefault(copy.form, {}).setdefault(rest, []).append(copy.serial)

    def strange(self) -> Iterator[str]:
        """The serials of copies that show something else than most of their form."""
        for form, by_rest in self._of_form.items():
            usual = self._usual(form)
            for rest, serials in by_rest.items():
                if rest != usual:
                    yield from serials

    def usual(self) -> dict[str, str]:
        """What each form shows, as far as most of its copies agree."""
        return {form: rest for form in self._of_form if (rest := self._usual(form))}

    def _usual(self, form: str) -> str:
        if form in self._known:
            return self._known[form]
        by_rest = self._of_form[form]
        most = max(len(serials) for serials in by_rest.values())
        usual = [rest for rest, serials in by_rest.items() if len(serials) == most]
        return usual[0] if len(usual) == 1 else ""


# -- where its serial stands


def serial_line(page: PageReading, copy: Expected) -> Line2 | None:
    """Where the first and the last character of a copy's serial stand in its cell."""
    place = page.place_in(copy.serial, copy.cell_pt, SLACK_PT)
    if place is None:
        return None
    return (*page.origin(place[0]), *page.origin(place[-1]))

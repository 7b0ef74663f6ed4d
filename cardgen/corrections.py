"""Corrections over the roster: a township and what people who know better say in, the township
as it is printed out, with what became of each correction.

Where the roster still says what it said, the correction goes over it. Where it says the same as
the correction, that is confirmed. Where it says a third thing, nobody knows who is right: the
papers are held back until somebody decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from cardgen import fonts
from cardgen.characters import FAMILY, WEIGHT
from cardgen.errors import UsageError
from cardgen.model import (
    Cadre,
    Corrected,
    CorrectedSubject,
    Correction,
    Household,
    Origin,
    Person,
    Problem,
    Scope,
    Severity,
    Township,
)
from cardgen.phones import group_digits, read_phone
from cardgen.problems import Code, problem
from cardgen.resolve import find_secrets

LONGEST_NAME = 60
_NAMES = {
    Corrected.HEAD: ("head", "户主"),
    Corrected.HOUSEHOLD_PHONE: ("phone", "电话"),
    Corrected.CADRE_NAME: ("name", "姓名"),
    Corrected.CADRE_PHONE: ("phone", "电话"),
}
CORRECTED_FIELDS = {what: field for what, (field, _) in _NAMES.items()}
"""The field of the roster that each kind of correction is of."""
_LIFTED = frozenset(
    {
        *(Code.HOUSEHOLD_NO_HEAD, Code.CADRE_NO_NAME, Code.CADRE_NO_PHONE),
        *(Code.PHONE_DAMAGED, Code.PHONE_INVALID),
    }
)
"""Faults of a cell that a correction of that cell makes good."""


@dataclass(frozen=True, slots=True)
class Applied:
    """A township with corrections over it: which of them went over it (`over`) and over which
    rows (`cells`), which the roster says too (`confirmed`), with what it says instead
    (`disputed`), and whose subject is gone (`lost`). `elsewhere` are the numbers of those in
    dispute whose cadre does not answer for just the village of the correction any more: what the
    roster says of him now is for the office alone."""

    township: Township
    over: tuple[Correction, ...] = ()
    confirmed: tuple[Correction, ...] = ()
    disputed: tuple[tuple[Correction, str], ...] = ()
    lost: tuple[Correction, ...] = ()
    cells: tuple[tuple[Correction, Origin], ...] = ()
    elsewhere: frozenset[int] = frozenset()

    @property
    def says(self) -> tuple[str, ...]:
        """All that decides what is printed by them."""
        over = tuple(each.says for each in self.over)
        return over + tuple(f"{each.says}\x1f{said}" for each, said in self.disputed)


def field_words(what: Corrected) -> str:
    """What is corrected, as the roster heads it."""
    return _NAMES[what][1]


def read_value(what: Corrected, text: str, before: str) -> str:
    """What somebody typed as right, as it is kept. Raises UsageError, in words for a form."""
    text = " ".join(text.split())
    if any(find_secrets(text)):
        raise UsageError("这里不能写身份证号和银行卡号。", f"只写{field_words(what)}。")
    if what.is_phone:
        reading = read_phone(text)
        if len(reading.phones) != 1:
            why = reading.reason or ("没有写号码" if not text else "不止一个号码")
            raise UsageError(f"这个电话不能用：{why}。", "写一个号码，例如 11 位手机号。")
        value = reading.phones[0]
    else:
        value = _read_name(text)
    if value == before:
        raise UsageError("和名册上的一样，没有改。", "不用改就不必提交。")
    return value


def _read_name(text: str) -> str:
    if not text:
        raise UsageError("没有写姓名。", "写上姓名。")
    if len(text) > LONGEST_NAME:
        raise UsageError(f"姓名有 {len(text)} 个字，太长了。", f"最多 {LONGEST_NAME} 个字。")
    doubts = [f"{fonts.describe(char)}（{why}）" for char, why in fonts.suspicious(text)]
    doubts += [
        f"{fonts.describe(char)}（没有字体能印）"
        for char in fonts.missing(text, fonts.chain(FAMILY, WEIGHT))
    ]
    if doubts:
        raise UsageError(f"这个字有问题：{'、'.join(doubts)}。", "对照身份证核对，换一个写法。")
    return text


def of_household(household: Household) -> CorrectedSubject:
    """Of whom a correction is, for a household."""
    return CorrectedSubject(
        household.village, household.code, _place(household), name=household.head
    )


def is_of(correction: Correction, household: Household) -> bool:
    """Whether a household that has the code of the correction is the one that it is of: by its
    head, as it was or is said to be, or by its door."""
    subject = correction.subject
    heads = {subject.name}
    if correction.what is Corrected.HEAD:
        heads |= {correction.before, correction.after}
    is_door = (household.village, *_place(household)) == (subject.village, *subject.place)
    return household.head in heads or (is_door and bool(household.door))


def _place(household: Household) -> tuple[str, str, str]:
    return household.group, household.building, household.door


def of_cadre(cadre: Cadre, township: Township) -> CorrectedSubject:
    """Of whom a correction is, for a cadre: a village's own only where all that he answers for
    lies in that village."""
    villages = {
        village
        for each in township.cadres
        if _is_same_person(each, cadre)
        for village in _villages(each.scopes, township)
    }
    return CorrectedSubject(
        village=villages.pop() if len(villages) == 1 else "",
        role=cadre.role,
        name=cadre.name,
        phone=cadre.phone,
        scope=_scope(cadre),
    )


def _is_same_person(one: Cadre, other: Cadre) -> bool:
    """Two with the same name and no phone are two until we know better."""
    is_known = bool(one.name and one.phone)
    return one is other or (is_known and (one.name, one.phone) == (other.name, other.phone))


def _scope(cadre: Cadre) -> str:
    return "；".join(scope.text for scope in cadre.scopes)


def _villages(scopes: Sequence[Scope], township: Township) -> set[str]:
    """The villages that scopes lie in; "" for what is larger than a village."""
    found = {scope.village for scope in scopes if scope.village}
    named = {scope.name for scope in scopes if not scope.village}
    if not named:
        return found or {""}
    homes = {home.code: home.village for home in township.households if home.code in named}
    return found | {homes.get(name, "") for name in named}


def apply_corrections(township: Township, corrections: Sequence[Correction]) -> Applied:
    """Put corrections over a township, in their order. Problems and faults follow."""
    if not corrections:
        return Applied(township)
    work = _Work(township, corrections)
    for correction in corrections:
        work.put(correction)
    return work.done()


class _Work:
    """A township while corrections are put over it."""

    def __init__(self, township: Township, corrections: Sequence[Correction]) -> None:
        self._township = township
        self._by_person: dict[tuple[Corrected, Person], list[Correction]] = {}
        for each in corrections:
            self._by_person.setdefault((each.what, each.subject.person), []).append(each)
        self._households = list(township.households)
        self._cadres = list(township.cadres)
        self._by_code: dict[str, list[int]] = {}
        for number, household in enumerate(self._households):
            self._by_code.setdefault(household.code, []).append(number)
        self._problems: list[Problem] = []
        self._lifted: set[tuple[str, str, str]] = set()
        self._over: list[Correction] = []
        self._confirmed: list[Correction] = []
        self._disputed: list[tuple[Correction, str]] = []
        self._lost: list[Correction] = []
        self._cells: list[tuple[Correction, Origin]] = []
        self._elsewhere: set[int] = set()

    def done(self) -> Applied:
        """What came of it."""
        problems = [p for p in self._township.problems if not self._is_lifted(p)]
        township = replace(
            self._township,
            households=tuple(self._households),
            cadres=tuple(self._cadres),
            problems=(*problems, *self._problems),
        )
        return Applied(
            township,
            tuple(self._over),
            tuple(self._confirmed),
            tuple(self._disputed),
            tuple(self._lost),
            tuple(self._cells),
            frozenset(self._elsewhere),
        )

    def put(self, correction: Correction) -> None:
        """Put one over it."""
        if correction.what.is_household:
            self._put_household(correction)
        else:
            self._put_cadre(correction)

    def _right(self, what: Corrected, subject: CorrectedSubject) -> set[str]:
        """What is said to be right of the same household or person."""
        same = self._by_person.get((what, subject.person), ())
        return {each.after for each in same if each.subject.is_same(subject)}

    def _put_household(self, correction: Correction) -> None:
        number = self._household(correction)
        if number is None:
            self._lose(correction)
            return
        as_read, household = self._township.households[number], self._households[number]
        is_head = correction.what is Corrected.HEAD
        said = as_read.head if is_head else as_read.phone
        if said == correction.after:
            self._confirmed.append(correction)
        elif said != correction.before:
            fault = self._dispute(correction, said, household.origin)
            self._households[number] = replace(household, faults=(*household.faults, fault))
        else:
            self._note(correction, household.origin)
            faults = self._left(household.faults, household.origin, correction.what)
            others = (phone for phone in as_read.phones[1:] if phone != correction.after)
            self._households[number] = (
                replace(household, head=correction.after, faults=faults)
                if is_head
                else replace(household, phones=(correction.after, *others), faults=faults)
            )

    def _household(self, correction: Correction) -> int | None:
        """Where the household is: by its code or, where that is another's or there is none, by
        its door.

        A code may have gone to others: of a household's head and its door, one must be the same.
        Where no door is written all of a group are alike; only a head that is neither the one nor
        the other is still asked about.
        """
        subject = correction.subject
        is_head_asked = correction.what is Corrected.HEAD
        has_door = bool(subject.place[-1]) or is_head_asked
        heads = {subject.name, *self._right(Corrected.HEAD, subject)}
        if is_head_asked:
            heads |= {correction.before}
        place = (subject.village, *subject.place)

        def is_head(number: int) -> bool:
            return self._township.households[number].head in heads

        def is_door(number: int) -> bool:
            home = self._township.households[number]
            return (home.village, *_place(home)) == place

        by_code = self._by_code.get(subject.code, ())
        found = [n for n in by_code if is_head(n) or (has_door and is_door(n))]
        if not found and (subject.place[-1] or not by_code):
            found = [n for n in range(len(self._households)) if is_head(n) and is_door(n)]
        return found[0] if len(found) == 1 else None

    def _put_cadre(self, correction: Correction) -> None:
        """A person may stand in several rows, known by name and phone: all of them follow."""
        is_name, subject = correction.what is Corrected.CADRE_NAME, correction.subject
        own, fixed = ("name", "phone") if is_name else ("phone", "name")
        # What stays may itself have been corrected, and the roster may follow in that alone.
        partner = Corrected.CADRE_PHONE if is_name else Corrected.CADRE_NAME
        known = {subject.phone if is_name else subject.name}
        known |= self._right(partner, subject)
        rows = [
            (number, cadre, getattr(cadre, own))
            for number, cadre in enumerate(self._township.cadres)
            if getattr(cadre, fixed) in known
        ]
        still = [
            number
            for number, cadre, said in rows
            if said == correction.before and (subject.is_known or _is_row(cadre, subject))
        ]
        for number in still:
            cadre = self._cadres[number]
            self._note(correction, cadre.origin, is_first=number == still[0])
            faults = self._left(cadre.faults, cadre.origin, correction.what)
            changed = {own: correction.after, "faults": faults}
            self._cadres[number] = replace(cadre, **changed)  # type: ignore[arg-type]
        if still:
            return
        rows = [row for row in rows if getattr(row[1], fixed)]
        if any(said == correction.after for _, _, said in rows):
            self._confirmed.append(correction)
        else:
            self._dispute_cadre(correction, [cadre for _, cadre, _ in rows])

    def _dispute_cadre(self, correction: Correction, rows: Sequence[Cadre]) -> None:
        """Hold back whom the roster now says a third thing of, where it can be nobody else."""
        subject = correction.subject
        found = next((cadre for cadre in rows if _is_row(cadre, subject)), None)
        if found is None and correction.what is Corrected.CADRE_PHONE:
            same = [cadre for cadre in rows if cadre.role == subject.role]
            if len({(cadre.name, cadre.phone) for cadre in same}) == 1:
                village = of_cadre(same[0], self._township).village
                is_elsewhere = subject.village and village and village != subject.village
                found = None if is_elsewhere else same[0]
        if found is None:
            self._lose(correction)
            return
        said = found.name if correction.what is Corrected.CADRE_NAME else found.phone
        fault = self._dispute(correction, said, found.origin)
        if of_cadre(found, self._township).village != subject.village:
            self._elsewhere.add(correction.id)
        for number, cadre in enumerate(self._township.cadres):
            if _is_same_person(cadre, found):
                held = self._cadres[number]
                self._cadres[number] = replace(held, faults=(*held.faults, fault))

    def _left(
        self, faults: tuple[Problem, ...], origin: Origin, what: Corrected
    ) -> tuple[Problem, ...]:
        """The faults that the correction does not make good."""
        cell = (origin.source.file, origin.source.sheet, origin.cell(_NAMES[what][0]))
        self._lifted.add(cell)
        return tuple(fault for fault in faults if not self._is_lifted(fault))

    def _is_lifted(self, fault: Problem) -> bool:
        return fault.code in _LIFTED and (fault.file, fault.sheet, fault.cell) in self._lifted

    def _note(self, correction: Correction, origin: Origin, *, is_first: bool = True) -> None:
        if is_first:
            self._over.append(correction)
        self._cells.append((correction, origin))
        name, words = _NAMES[correction.what]
        message = f"{words}按改正第 {correction.id} 条印成“{_shown(correction, correction.after)}”"
        before = _shown(correction, correction.before)
        self._problems.append(
            problem(Code.CORRECTION_APPLIED, message, origin, name, before=before)
        )

    def _dispute(self, correction: Correction, said: str, origin: Origin) -> Problem:
        self._disputed.append((correction, said))
        name, words = _NAMES[correction.what]
        every = (said, correction.before, correction.after)
        now, was, right = (_shown(correction, value) for value in every)
        message = (
            f"{words}：名册原来是“{was}”，改正第 {correction.id} 条说是“{right}”，"
            f"新名册却是“{now}”；请定用哪一个，定下之前不印"
        )
        found = problem(Code.CORRECTION_DISPUTED, message, origin, name)
        assert found.severity is Severity.ERROR
        self._problems.append(found)
        return found

    def _lose(self, correction: Correction) -> None:
        self._lost.append(correction)
        message = (
            f"改正第 {correction.id} 条说的人不在名册里了；还要改就在新名册上重提，不要就退回它"
        )
        self._problems.append(problem(Code.CORRECTION_LOST, message))


def _is_row(cadre: Cadre, subject: CorrectedSubject) -> bool:
    """Whether it is the row that a correction was made of, by its role and its scopes."""
    return (cadre.role, _scope(cadre)) == (subject.role, subject.scope)


def _shown(correction: Correction, value: str) -> str:
    return (group_digits(value) if correction.what.is_phone else value) or "（空）"

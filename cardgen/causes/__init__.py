"""Say why copies differ: copies that are not what is out in, causes in Chinese out.

A cause is one change of the world, whatever papers it stands on: "唐湾村 支部书记 陈秀兰 的电话
换了：… → …", with the copies that it touches. `finding` has the facts, `people` and `parts` find
them in what a template was given, `words` puts them in words. Nothing is read or written here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cardgen.causes.finding import CauseKind, Fact, Finding
from cardgen.causes.parts import Parts, changed_parts
from cardgen.causes.people import Person, changed_people, people_in
from cardgen.causes.words import Places, words_of
from cardgen.model import Touch, Touched, Township

__all__ = ["Cause", "CauseKind", "causes_of", "papers_in_words"]

APART = 20  # households with a field changed that are told one by one
_FOR_GONE = frozenset({CauseKind.LEFT, CauseKind.DROPPED})


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that changed, in words, and the copies that it touches, in their order.

    A copy may have several causes: counts of causes do not add up to that of copies.
    """

    kind: CauseKind
    words: str
    copies: tuple[Touched, ...]

    @property
    def papers(self) -> tuple[tuple[str, int], ...]:
        """How many copies of each paper, most first.

        Where an officer's new paper takes the place of one that is in another's name, the new
        one counts.
        """
        copies = [c for c in self.copies if self.kind in _FOR_GONE or c.touch is not Touch.GONE]
        return tuple(Counter(copy.title for copy in copies or self.copies).most_common())


def papers_in_words(papers: Iterable[tuple[str, int]]) -> str:
    """爱心联系卡 331 份，告知书 4 份."""
    return "，".join(f"{title} {count:,} 份" for title, count in papers)


def causes_of(
    touched: Sequence[Touched],
    township: Township | None = None,
    earlier: Township | None = None,
    apart: int = APART,
) -> tuple[Cause, ...]:
    """Why these copies differ from what is out, the causes with most copies first.

    `township` is what the rosters say now, `earlier` what they said when the copies that are
    out were printed: with them, new and former households are known as such. Where more than
    `apart` households have the same field changed, that is one cause.
    """
    known = _Known(touched, township, earlier)
    groups: dict[Fact, _Group] = {}
    for copy in touched:
        for finding in _explaining(known.findings(copy), copy.shown):
            groups.setdefault(finding.fact, _Group()).add(copy, finding.item)
    groups = _merged(groups, apart)
    where = Places(township)
    causes = [
        Cause(
            fact.kind,
            words_of(fact, group.items, (copy.village for copy in group.copies), where),
            tuple(group.copies),
        )
        for fact, group in groups.items()
    ]
    return tuple(sorted(causes, key=lambda cause: -len(cause.copies)))


@dataclass(slots=True)
class _Group:
    """The copies of a fact, and what it was met with."""

    copies: list[Touched] = field(default_factory=list)
    items: dict[str, None] = field(default_factory=dict)

    def add(self, copy: Touched, item: str = "") -> None:
        """Add a copy, once."""
        if not self.copies or self.copies[-1] is not copy:
            self.copies.append(copy)
        if item:
            self.items[item] = None


def _merged(groups: Mapping[Fact, _Group], apart: int) -> dict[Fact, _Group]:
    """The facts, those of a field of too many households as one."""
    homes: dict[str, set[str]] = {}
    for fact in groups:
        if fact.kind is CauseKind.HOUSEHOLD:
            homes.setdefault(fact.field, set()).add(fact.who)
    merged: dict[Fact, _Group] = {}
    for fact, group in groups.items():
        if fact.kind is not CauseKind.HOUSEHOLD or len(homes[fact.field]) <= apart:
            merged[fact] = group
            continue
        whole = merged.setdefault(Fact(fact.kind, field=fact.field), _Group())
        whole.copies += group.copies
        whole.items[fact.who] = None
    for fact, group in merged.items():
        if fact.kind is CauseKind.HOUSEHOLD and not fact.who:
            group.copies = list({id(copy): copy for copy in group.copies}.values())
    return merged


# --------------------------------------------------------------------------- a copy's findings


class _Known:
    """What is known of all copies that helps to tell why one of them differs."""

    def __init__(
        self, touched: Sequence[Touched], township: Township | None, earlier: Township | None
    ) -> None:
        self._now = _codes(township)
        self._then = _codes(earlier)
        self._pairs = dict(_renamed(touched))

    def findings(self, copy: Touched) -> list[Finding]:
        """Everything that may be why the copy is touched."""
        if copy.touch is Touch.HELD:
            return [Finding(Fact(CauseKind.HELD))]
        if (found := self._pairs.get(id(copy))) is not None:
            return found
        is_home = "household" in copy.before or "household" in copy.after
        item = copy.subject if is_home else ""
        if copy.touch is Touch.GONE:
            is_there = is_home and self._now is not None and copy.subject in self._now
            kind = CauseKind.DROPPED if is_there else CauseKind.LEFT
            return [Finding(Fact(kind, field="" if is_home else "other"), item=item)]
        if copy.touch is Touch.FIRST:
            is_new = is_home and self._then is not None and copy.subject not in self._then
            return [Finding(Fact(CauseKind.CAME if is_new else CauseKind.FIRST), item=item)]
        found = changed_parts(copy.before, copy.after, copy.subject, copy.title)
        return [self._placed(each) for each in found] or [Finding(Fact(CauseKind.UNKNOWN))]

    def _placed(self, finding: Finding) -> Finding:
        """A household that is new on a list is not new in the township if it was there before."""
        known = {CauseKind.CAME: self._then, CauseKind.LEFT: self._now}.get(finding.fact.kind)
        if known is not None and finding.item in known:
            return Finding(Fact(CauseKind.LISTED), finding.looks)
        return finding


def _codes(township: Township | None) -> set[str] | None:
    return None if township is None else {home.code for home in township.households}


def _renamed(touched: Iterable[Touched]) -> Iterator[tuple[int, list[Finding]]]:
    """Copies that are gone and new ones that say the same of somebody with another code.

    An officer's code is made of name, post and phone, and a 户号 may be given anew: then the
    old paper is gone and another is there for the first time, for one and the same reason.
    """
    gone: dict[object, list[Touched]] = {}
    new: list[Touched] = []
    for copy in touched:
        if copy.touch is Touch.GONE:
            for key in _selves(copy, copy.before):
                gone.setdefault(key, []).append(copy)
        elif copy.touch is Touch.FIRST:
            new.append(copy)
    taken: set[int] = set()
    for copy in new:
        for key in _selves(copy, copy.after):
            before = next((each for each in gone.get(key, ()) if id(each) not in taken), None)
            if before is None:
                continue
            taken.add(id(before))
            found = list(_between(before, copy))
            yield from ((id(each), found) for each in (before, copy))
            break


def _selves(copy: Touched, parts: Parts) -> Iterator[tuple[object, ...]]:
    """What tells that a copy is for the same one as another, the surest first."""
    paper = (copy.layout, copy.number)
    for person in _officer(parts):
        yield (*paper, person.role, "name", person.name)
        yield (*paper, person.role, "scope", person.scope)
    home = parts.get("household")
    if isinstance(home, Mapping) and home.get("head") and home.get("door"):
        yield (*paper, home.get("village"), home["head"], home["door"])


def _officer(parts: Parts) -> list[Person]:
    return list(people_in(parts.get("cadre")))


def _between(before: Touched, after: Touched) -> Iterable[Finding]:
    if officer := _officer(after.after):
        return changed_people(_officer(before.before), officer)
    fact = Fact(CauseKind.HOUSEHOLD, after.subject, "", "code", before.subject, after.subject)
    return [Finding(fact)]


# --------------------------------------------------------------------------- what can be seen

_BLANK = re.compile(r"[\s\-]+")
_SHORT = 7  # digits: fewer are found within other numbers


def _explaining(findings: Sequence[Finding], shown: frozenset[str]) -> list[Finding]:
    """Those of the findings that explain the copy: what can be seen on it, and is no mere
    consequence, wins."""
    if len(findings) == 1:
        return list(findings)
    ranks = {id(each): _rank(each, shown) for each in findings}
    best = min(ranks.values())
    return [each for each in findings if ranks[id(each)] == best]


def _rank(finding: Finding, shown: frozenset[str]) -> int:
    """0 for what is surely seen; then what nothing tells of, consequences, what is not there."""
    if not shown:
        return int(finding.derived)
    if finding.looks is None or any(_stands(text, shown) for text in finding.looks):
        return 2 if finding.derived else 0
    if not finding.looks or _counts(finding.fact):
        return 3 if finding.derived else 1
    return 5 if finding.derived else 4


def _counts(fact: Fact) -> bool:
    """Whether a paper that names nobody shows it all the same, in its counts."""
    if fact.kind is CauseKind.HOUSEHOLD:
        return fact.field in ("members", "kinds")
    return fact.kind in (CauseKind.CAME, CauseKind.LEFT)


def _stands(text: str, shown: frozenset[str]) -> bool:
    """Whether a text stands on the copy, in whatever groups its digits or hanzi are set."""
    if text in shown:
        return True
    if text.isdigit() and len(text) < _SHORT:
        number = re.compile(rf"(?<!\d){text}(?!\d)")
        return any(number.search(each) for each in shown)
    plain = _BLANK.sub("", text)
    return any(plain in _BLANK.sub("", each) for each in shown)

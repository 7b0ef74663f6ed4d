"""Look at every character of a township that may be printed: strings in, problems out.

What no font has is an error with its cell; what only a fallback has is a notice; what
looks damaged is a warning. Names are never changed here.
"""

from __future__ import annotations

from collections.abc import Iterator

from cardgen import fonts
from cardgen.model import Origin, Problem, Township
from cardgen.problems import Code, problem

FAMILY, WEIGHT = "cg-hei", 400  # the face that carries data on every paper of the family


def check_characters(township: Township) -> tuple[Problem, ...]:
    """Every problem with a character in a name, a door, a place or a role."""
    chain = fonts.chain(FAMILY, WEIGHT)
    plain: set[str] = set()
    found: list[Problem] = []
    for text, origin, field in _strings(township):
        if plain.issuperset(text):
            continue
        problems = list(_look(text, origin, field, chain))
        if problems:
            found += problems
        else:
            plain.update(text)
    return tuple(found)


def _strings(township: Township) -> Iterator[tuple[str, Origin, str]]:
    for village in township.villages:
        yield village.name, village.origin, "name"
    for cadre in township.cadres:
        yield cadre.name, cadre.origin, "name"
        yield cadre.role, cadre.origin, "role"
    for household in township.households:
        yield household.head, household.origin, "head"
        yield household.door, household.origin, "door"
        yield household.building, household.origin, "building"
        yield household.grid, household.origin, "grid"
        yield household.group, household.origin, "group"
    for venue in township.venues:
        yield venue.name, venue.origin, "name"
        yield venue.address, venue.origin, "address"
        yield venue.person, venue.origin, "person"


def _look(
    text: str, origin: Origin, field: str, chain: tuple[fonts.Face, ...]
) -> Iterator[Problem]:
    for char, reason in fonts.suspicious(text):
        yield problem(
            Code.CHARACTER_SUSPICIOUS,
            f"“{text}”里的 {fonts.describe(char)} 可疑：{reason}。请对照身份证核对。",
            origin,
            field,
            before=text,
        )
    lost = fonts.missing(text, chain)
    for char in lost:
        yield problem(
            Code.CHARACTER_MISSING,
            f"“{text}”里的 {fonts.describe(char)} 没有字体能印，这一份先不印。"
            "请核对这个字，或改用能印的写法。",
            origin,
            field,
            before=text,
        )
    if not lost and fonts.is_fallback(text, chain):
        yield problem(
            Code.CHARACTER_FALLBACK,
            f"“{text}”里有生僻字，整个词改用备用字体印。印出后请看一眼。",
            origin,
            field,
        )

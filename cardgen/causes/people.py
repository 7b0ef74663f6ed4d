"""Who is not who he was: the people of a paper before and now in, findings out.

People are told apart by role and name, not by where they stand, so that the new phone of a
secretary is one fact on a card, on a board and on a chart. A list may hold its people within
other things (a grid, a village): `place` is the way there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from cardgen.causes.finding import CauseKind, Fact, Finding, looking_for

_KEYS = {"role", "name", "phone"}


class Person(NamedTuple):
    """Somebody on a paper; `scope` are the roster's words for what he answers for."""

    role: str
    name: str
    phone: str
    scope: str
    place: tuple[str, ...]


def is_person(value: object) -> bool:
    """Whether a template was given a person here."""
    return isinstance(value, Mapping) and value.keys() >= _KEYS


def people_in(value: object, place: tuple[str, ...] = ()) -> Iterable[Person]:
    """Everybody within a part, in order."""
    if isinstance(value, Mapping):
        if is_person(value):
            scopes = value.get("scopes")
            scope = "、".join(map(str, scopes)) if isinstance(scopes, list | tuple) else ""
            role, name, phone = (str(value[key]) for key in ("role", "name", "phone"))
            yield Person(role, name, phone, scope or str(value.get("scope", "")), place)
            return
        inside = value.get("name")
        inner = (*place, inside) if isinstance(inside, str) else place
        for each in value.values():
            yield from people_in(each, inner)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from people_in(each, place)


# What two must share to be taken for one another, the closest first, and what then changed.
_Key = Callable[[Person], tuple[object, ...] | None]
_ROUNDS: tuple[tuple[str, _Key], ...] = (
    ("", lambda p: p),
    ("scope", lambda p: (p.role, p.name, p.phone)),
    ("phone", lambda p: (p.role, p.name, p.place)),
    ("name", lambda p: (p.role, p.phone, p.place) if p.phone else None),
    ("person", lambda p: (p.role, p.place, p.scope)),
    ("phone", lambda p: (p.role, p.name)),
    ("role", lambda p: (p.name, p.phone) if p.phone else None),
)


def changed_people(before: Iterable[Person], after: Iterable[Person]) -> Iterable[Finding]:
    """How the people of a part differ."""
    old, new = list(before), list(after)
    names = tuple(dict.fromkeys(person.name for person in new if person.name))
    for field, key in _ROUNDS:
        for was, now in _matched(old, new, key):
            if fact := _fact(field, was, now):
                yield Finding(fact, looking_for(fact.after))
    for person in old:
        # Where one of this list stands on the copy, the list does: it shows that he is gone.
        gone = Fact(CauseKind.PERSON, person.role, person.name, "gone")
        yield Finding(gone, names)
    for person in new:
        came = Fact(CauseKind.PERSON, person.role, person.name, "new")
        yield Finding(came, looking_for(person.name))


def _fact(field: str, was: Person, now: Person) -> Fact | None:
    kind = CauseKind.PERSON
    match field:
        case "phone":
            return Fact(kind, now.role, now.name, field, was.phone, now.phone)
        case "scope" if was.scope != now.scope:
            return Fact(kind, now.role, now.name, field, was.scope, now.scope)
        case "name" | "person":
            return Fact(kind, now.role, "", field, was.name, now.name)
        case "role":
            return Fact(kind, "", now.name, field, was.role, now.role)
    return None


def _matched(old: list[Person], new: list[Person], key: _Key) -> list[tuple[Person, Person]]:
    """Pairs with the same key, in order; they are taken out of both lists."""
    waiting: dict[tuple[object, ...], list[Person]] = {}
    for person in reversed(old):
        if (found := key(person)) is not None:
            waiting.setdefault(found, []).append(person)
    pairs, rest = [], []
    for person in new:
        found = key(person)
        same = waiting.get(found) if found is not None else None
        if same:
            pairs.append((same.pop(), person))
        else:
            rest.append(person)
    for was, _ in pairs:
        old.remove(was)
    new[:] = rest
    return pairs

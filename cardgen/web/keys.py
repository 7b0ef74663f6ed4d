"""Opaque words for addresses: a household or a village in, its key out, and back.

What is not in the roster, and what the account may not see, is not there (404): nothing tells
the two apart.
"""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.http import Http404

from cardgen.desk import Desk
from cardgen.model import Household
from cardgen.web.access import Request
from cardgen.web.place import key_of


def number_in(words: str) -> int:
    """The number that a form or an address has, at most four digits; 0 for anything else."""
    return int(words) if words.isascii() and words.isdecimal() and len(words) <= 4 else 0


def household_key(code: str) -> str:
    """The key of the household of that 户号."""
    return key_of(settings.SECRET_KEY, "household", code)


def subject_key(code: str) -> str:
    """The key of anything that something was printed for."""
    return key_of(settings.SECRET_KEY, "subject", code)


def village_key(name: str) -> str:
    """The key of a village."""
    return key_of(settings.SECRET_KEY, "village", name)


def cadre_key(role: str, name: str, scopes: str) -> str:
    """The key of a cadre."""
    return key_of(settings.SECRET_KEY, "cadre", role, name, scopes)


@lru_cache(maxsize=2)
def _households(desk: Desk, generation: int) -> dict[str, str]:
    homes = desk.workspace.township.households
    return {household_key(household.code): household.code for household in homes}


def forget() -> None:
    """Forget the keys of a desk that was closed."""
    _households.cache_clear()


def household_of(request: Request, desk: Desk, key: str) -> Household:
    """The household of a key, where the account may see it. Raises Http404."""
    code = _households(desk, desk.generation).get(key)
    household = None if code is None else desk.household(code, request.scope.villages)
    if household is None:
        raise Http404
    return household


def villages_of(request: Request, desk: Desk) -> list[str]:
    """The villages that the account may see, in the order of the roster."""
    township = desk.workspace.township
    named = [village.name for village in township.villages]
    named += [home.village for home in township.households]
    return [name for name in dict.fromkeys(named) if name and request.scope.holds(name)]


def village_of(request: Request, desk: Desk, key: str) -> str:
    """The village of a key, where the account may see it. Raises Http404."""
    for name in villages_of(request, desk):
        if village_key(name) == key:
            return name
    raise Http404

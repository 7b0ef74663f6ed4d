"""The menu on top of each page: a request in, the pages that its account may go to out."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from cardgen.web.access import OFFICE, READERS
from cardgen.web.models import Role

_ITEMS: tuple[tuple[str, str, tuple[Role, ...]], ...] = (
    ("home", "找一户", READERS),
    ("batches", "印一批", READERS),
    ("rosters", "名册", OFFICE),
    ("corrections", "改正", READERS),
    ("campaign", "文字", OFFICE),
    ("layouts", "版式", OFFICE),
    ("accounts", "账户", OFFICE),
    ("trail", "记录", OFFICE),
)


@dataclass(frozen=True, slots=True)
class Item:
    """A page in the menu."""

    href: str
    label: str
    is_here: bool


def menu(request: HttpRequest) -> dict[str, object]:
    """For templates: the menu, and the scope of who looks at the page."""
    scope = getattr(request, "scope", None)
    if scope is None:
        return {"scope": None, "menu": []}
    found = [(reverse(name), label) for name, label, roles in _ITEMS if scope.role in roles]
    # The longest address that the page's own begins with is where one is.
    here = max((h for h, _ in found if request.path.startswith(h)), key=len, default="")
    return {"scope": scope, "menu": [Item(href, label, href == here) for href, label in found]}

"""The first page, and the search that stands on it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from cardgen.web.access import READERS, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.keys import household_key, village_key, villages_of
from cardgen.web.views.printed import without_page

_MOST = 30


@open_to(*READERS)
@require_safe
def home(request: Request) -> HttpResponse:
    """The office's table of work, or a secretary's villages; the search for both."""
    desk = open_desk()
    names = villages_of(request, desk)
    shown = {
        "villages": [(name, village_key(name)) for name in names],
        "title": desk.workspace.campaign.title,
        "trouble": desk.trouble if request.scope.is_office else None,
        "households": sum(len(desk.homes(name)) for name in names[:1]) if len(names) == 1 else 0,
    }
    return render(request, "web/home.html", shown)


@open_to(*READERS)
@require_POST
def find(request: Request) -> HttpResponse:
    """Households that the words are found in. Posted, so that no name stands in an address."""
    words = request.POST.get("words", "")[:100]
    hits = open_desk().find(words, request.scope.villages, _MOST)
    shown = {
        "words": words.strip(),
        "hits": [(hit.household, hit.by, household_key(hit.household.code)) for hit in hits.found],
        "count": hits.count,
        "printed": without_page(request, open_desk(), words),
        "more": hits.count - len(hits.found),
        "many_villages": request.scope.villages is None or len(request.scope.villages) > 1,
    }
    return render(request, "web/found.html", shown)

"""A village at a glance: who has his papers, who is missing, whose are stale; print them all."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cardgen.desk import Standing, VillageState
from cardgen.errand import ask
from cardgen.web import trail
from cardgen.web.access import READERS, WRITERS, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.keys import household_key, village_key, village_of, villages_of

_PAGE = 100
_SHOWN = (
    ("", "全部"),
    ("missing", "没印过的"),
    ("stale", "要换的"),
    ("held", "印不成的"),
    ("open", "没送到的"),
)


@open_to(*READERS)
@require_safe
def village(request: Request, key: str) -> HttpResponse:
    """The page of a village."""
    desk = open_desk()
    name = village_of(request, desk, key)
    state = desk.state_of(name)
    wanted = request.GET.get("show", "")
    rows = [
        (home, household_key(home.code), papers)
        for home, papers in state.households
        if _is_wanted(papers, wanted)
    ]
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    names = villages_of(request, desk)
    shown = {
        "name": name,
        "key": key,
        "sums": _sums(state),
        "filters": _SHOWN,
        "wanted": wanted,
        "page": page,
        "papers": [(spec.name, spec.title) for spec, _ in desk.papers()],
        "others": [(each, village_key(each)) for each in names] if len(names) > 1 else [],
        "can_write": request.scope.may_write,
        "due": state.count(Standing.MISSING) + state.count(Standing.STALE),
    }
    return render(request, "web/village.html", shown)


def _is_wanted(papers: tuple[object, ...], wanted: str) -> bool:
    if wanted in set(Standing):
        return any(getattr(each, "standing", "") == wanted for each in papers)
    if wanted == "open":
        return any(not getattr(each, "is_delivered", False) for each in papers)
    return True


def _sums(state: VillageState) -> list[tuple[str, int, str]]:
    return [
        ("户", len(state.households), ""),
        ("印好的", state.count(Standing.TRUE), ""),
        ("送到的", state.delivered, ""),
        ("没印过", state.count(Standing.MISSING), "missing"),
        ("要换", state.count(Standing.STALE), "stale"),
        ("印不成", state.count(Standing.HELD), "held"),
    ]


@open_to(*WRITERS)
@require_POST
def print_all(request: Request, key: str) -> HttpResponse:
    """Put the village's papers in line: those that are due, or all of them."""
    desk = open_desk()
    name = village_of(request, desk, key)
    known = {spec.name for spec, _ in desk.papers()}
    layouts = list(dict.fromkeys(request.POST.getlist("layouts")))
    if not known.issuperset(layouts):
        messages.error(request, "勾的纸里，有的现在没有了，没有印。请看看下面的，再勾一次。")
        return redirect("village", key)
    asked = {
        "layouts": layouts or sorted(known),
        "villages": [name],
        "changed": request.POST.get("what") != "all",
    }
    number = ask(settings.WORKSPACE, "build", asked, request.user.username)
    trail.note(request.user.username, "asked", errand=number)
    return redirect("batch", number)

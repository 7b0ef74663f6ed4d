"""Long work on a page: an errand in; how it stands in words, and the page that asks how far it is.

While an errand moves its page asks each second for the part that changes; when it has ended the
whole page is loaded again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render

from cardgen.errand import Errand, State, find_errand
from cardgen.web.access import Request

STATES = {
    State.WAITING: ("wait", "排着队"),
    State.RUNNING: ("wait", "正在印"),
    State.DONE: ("good", "印好了"),
    State.FAILED: ("bad", "没有印成"),
    State.STOPPED: ("off", "停下了"),
    State.CUT_OFF: ("bad", "中途断了"),
}
STATES_OF_LOOK = STATES | {
    State.RUNNING: ("wait", "正在看"),
    State.DONE: ("good", "看好了，还没有用"),
    State.FAILED: ("bad", "不能用"),
}


def is_moving(errand: Errand) -> bool:
    """Whether there is more to come of it."""
    return errand.state in (State.WAITING, State.RUNNING)


def watched(
    request: Request, errand: Errand, whole: str, part: str, shown: Mapping[str, Any]
) -> HttpResponse:
    """The page of an errand, or the part of it that is asked for while it moves."""
    moves = is_moving(errand)
    is_part = bool(request.htmx) and "part" in request.GET
    told = {**shown, "errand": errand, "is_moving": moves}
    answer = render(request, f"web/{part if is_part else whole}.html", told)
    if is_part and not moves:
        answer["HX-Refresh"] = "true"
    return answer


def look_of(kind: str, number: int) -> Errand:
    """The look at something that was uploaded. Raises Http404 where it is not there, or another."""
    found = find_errand(settings.WORKSPACE, number)
    if found is None or found.kind != kind:
        raise Http404
    return found


def watched_look(
    request: Request, errand: Errand, whole: str, shown: Mapping[str, Any]
) -> HttpResponse:
    """The page of a look at something that was uploaded."""
    tone, words = STATES_OF_LOOK[errand.state]
    told = {**shown, "tone": tone, "state": words}
    return watched(request, errand, whole, "look_part", told)

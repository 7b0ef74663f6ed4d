"""Rosters: what is wrong with those that are there, and new ones: looked at, then taken in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cardgen import intake
from cardgen.errand import State, drop, errand_folder, errands, reserve
from cardgen.errors import CardgenError
from cardgen.intake import Examined, accept, examined_from, last_accepted, take_back
from cardgen.ledger import acting_as
from cardgen.model import Problem, Severity
from cardgen.report.advice import advice
from cardgen.report.words import masked
from cardgen.roster import roster_files
from cardgen.web import trail
from cardgen.web.access import OFFICE, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.uploading import put_request, queue_upload
from cardgen.web.watching import STATES_OF_LOOK, look_of, watched_look

_PAGE, _SHOWN = 50, 200
_SEVERITIES = {
    Severity.ERROR: ("bad", "错误：这些户印不成"),
    Severity.WARNING: ("wait", "警告：请看一看"),
    Severity.NOTICE: ("off", "提示和修复"),
}
_KINDS = {"came": "新来", "left": "离开", "moved": "搬动", "changed": "变更"}


@open_to(*OFFICE)
@require_safe
def rosters(request: Request) -> HttpResponse:
    """The rosters that are there, their problems, and the form for new ones: also where those
    that are there cannot be read."""
    looked = [each for each in errands(settings.WORKSPACE) if each.kind == "examine"]
    shown: dict[str, Any] = {
        "files": [_file(path) for path in roster_files(settings.WORKSPACE)],
        "last": last_accepted(settings.WORKSPACE),
        "looked": [(each, *STATES_OF_LOOK[each.state]) for each in looked[:5]],
        "endings": ",".join(sorted(intake.UPLOAD.endings)),
        "limits": intake.UPLOAD,
    }
    try:
        desk = open_desk()
        township, problems = desk.workspace.township, desk.workspace.problems
    except CardgenError as error:
        return render(request, "web/rosters.html", shown | {"unread": error})
    page = Paginator(_sorted(problems), _PAGE).get_page(request.GET.get("page"))
    shown |= {
        "counts": (len(township.villages), len(township.cadres), len(township.households)),
        "sums": _sums(problems),
        "page": page,
        "problems": [_told(problem) for problem in page],
        "trouble": desk.trouble,
    }
    return render(request, "web/rosters.html", shown)


def _file(path: Path) -> tuple[str, int, str]:
    stat = path.stat()
    day = datetime.fromtimestamp(stat.st_mtime).isoformat(" ", "minutes")
    return path.name, max(1, round(stat.st_size / 1024)), day


def _sorted(problems: Sequence[Problem]) -> list[Problem]:
    order = list(_SEVERITIES)
    return sorted(problems, key=lambda each: order.index(each.severity))


def _sums(problems: Sequence[Problem]) -> list[tuple[str, str, int]]:
    return [
        (tone, words, sum(each.severity is severity for each in problems))
        for severity, (tone, words) in _SEVERITIES.items()
    ]


def _told(problem: Problem) -> dict[str, str]:
    where = " ".join(filter(None, (problem.file, problem.sheet, problem.cell)))
    return {
        "tone": _SEVERITIES[problem.severity][0],
        "message": masked(problem.message),
        "where": where,
        "before": masked(problem.before),
        "advice": advice(problem.code),
    }


@open_to(*OFFICE)
@require_POST
def upload(request: Request) -> HttpResponse:
    """Keep what is sent apart, and have it looked at by a process of its own."""
    number = queue_upload(request, "examine", intake.UPLOAD, {"replaced": None})
    if number is None:
        return redirect("rosters")
    trail.note(request.user.username, "rosters-sent", errand=number)
    return redirect("roster-examined", number)


@open_to(*OFFICE)
@require_safe
def examined(request: Request, number: int) -> HttpResponse:
    """What new rosters would do: asked again each second until that is known."""
    found = look_of("examine", number)
    seen = _shown(examined_from(found.result), request) if found.state is State.DONE else {}
    return watched_look(request, found, "roster", seen)


def _has_tables(seen: Examined) -> bool:
    """Whether there is anything in the files that were sent."""
    return any(file.tables for file in seen.files)


def _shown(seen: Examined, request: Request) -> dict[str, Any]:
    problems = _sorted(seen.problems)
    page = Paginator(problems, _PAGE).get_page(request.GET.get("page"))
    changes = [
        {
            "kind": _KINDS[each.kind],
            "village": each.village,
            "head": masked(each.head),
            "place": masked(each.place),
            "fields": [tuple(map(masked, fields)) for fields in each.fields],
        }
        for each in seen.changes[:_SHOWN]
    ]
    return {
        "seen": seen,
        "has_tables": _has_tables(seen),
        "sums": _sums(seen.problems),
        "page": page,
        "problems": [_told(each) for each in page],
        "kinds": [(words, seen.counts.get(kind, 0)) for kind, words in _KINDS.items()],
        "changes": changes,
        "more_changes": max(0, len(seen.changes) - _SHOWN),
        "touched": sum(p.changed + p.gone + p.held for p in seen.papers),
        "first": sum(p.first for p in seen.papers),
        "errors": sum(each.severity is Severity.ERROR for each in problems),
    }


@open_to(*OFFICE)
@require_POST
def decide(request: Request, number: int) -> HttpResponse:
    """Take the new rosters in, look at them again with another choice, or throw them away."""
    found = look_of("examine", number)
    folder = errand_folder(settings.WORKSPACE, number)
    decision = request.POST.get("do")
    if decision == "discard":
        drop(settings.WORKSPACE, number)
        trail.note(request.user.username, "rosters-dropped", errand=number)
        messages.info(request, "没有用新的名册，原来的没有动。")
        return redirect("rosters")
    if found.state is not State.DONE or decision not in ("again", "accept"):
        raise Http404
    seen = examined_from(found.result)
    if decision == "accept" and not _has_tables(seen):
        raise Http404
    if decision == "again":
        again = reserve(settings.WORKSPACE)
        there = errand_folder(settings.WORKSPACE, again)
        (folder / "files").rename(there / "files")
        names = {each.name for each in seen.current}
        chosen = [name for name in request.POST.getlist("replaced") if name in names]
        chosen += [each.name for each in seen.current if each.is_same_name]
        put_request(request, again, "examine", {"replaced": chosen})
        drop(settings.WORKSPACE, number)
        return redirect("roster-examined", again)
    with acting_as(request.user.username):
        accept(settings.WORKSPACE, folder / "files", seen)
    drop(settings.WORKSPACE, number)
    open_desk().renew()
    messages.success(request, "换好了，以后都用新的名册。发现不对，可以在这一页换回来。")
    return redirect("rosters")


@open_to(*OFFICE)
@require_POST
def undo(request: Request) -> HttpResponse:
    """Put the rosters back that were there before."""
    with acting_as(request.user.username):
        take_back(settings.WORKSPACE)
    open_desk().renew()
    messages.success(request, "换回了原来的名册。")
    return redirect("rosters")

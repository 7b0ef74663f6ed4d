"""Batches: choose what to print, watch it, fetch it, stop it and go on with it."""

from __future__ import annotations

import base64
import hashlib
import re
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cardgen.campaign import on_sheet
from cardgen.errand import (
    Errand,
    State,
    ask,
    clear,
    errands,
    find_errand,
    go_on,
    printed_folder,
    stop,
)
from cardgen.errors import CardgenError
from cardgen.layouts import list_layouts
from cardgen.model import Paper
from cardgen.sheets import labels
from cardgen.web import trail
from cardgen.web.access import OFFICE, READERS, WRITERS, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.headers import POLICY
from cardgen.web.keys import villages_of
from cardgen.web.models import Account
from cardgen.web.plain import told_on_page
from cardgen.web.watching import STATES, is_moving, watched
from cardgen.web.words import lines_for_page

_GOES_ON = (State.STOPPED, State.CUT_OFF, State.FAILED)
_SHEETS = (
    ("", "照版式和活动文件的"),
    *((paper.value, f"{paper.value} 纸") for paper in (Paper.A4, Paper.A3, Paper.SRA3)),
    (Paper.SINGLE.value, "一页一份，交给印刷厂自己拼"),
)
_SHOWN = 40


@open_to(*READERS)
@require_safe
def batches(request: Request) -> HttpResponse:
    """The batches that the account may see, the newest first; and the form for a new one."""
    called = {each.username: each.called for each in Account.objects.all()}
    found = [each for each in errands(settings.WORKSPACE) if _is_visible(request, each)]
    shown: dict[str, Any] = {
        "batches": [_line(each, called) for each in found[:_SHOWN]],
        "more": max(0, len(found) - _SHOWN),
    }
    if request.scope.is_office:
        shown |= _choices(request)
    return render(request, "web/batches.html", shown)


def _choices(request: Request) -> dict[str, Any]:
    desk = open_desk()
    papers = [
        (name, title, name in desk.workspace.campaign.papers or not desk.workspace.campaign.papers)
        for name, title in _papers()
    ]
    return {
        "papers": papers,
        "villages": villages_of(request, desk),
        "sheets": _SHEETS,
        "labels": sorted(labels()),
        "households": len(desk.workspace.township.households),
        "errors": sum(p.severity == "error" for p in desk.workspace.problems),
    }


def _papers() -> list[tuple[str, str]]:
    """What a batch can print: the papers of the campaign, then every other layout."""
    desk = open_desk()
    specs = {spec.name: spec for spec in list_layouts(settings.WORKSPACE)}
    campaign = desk.workspace.campaign.papers
    found = [
        (name, f"{specs[paper.layout].title}{f' {name}' if name != paper.layout else ''}")
        for name, paper in campaign.items()
        if paper.layout in specs
    ]
    rest = [
        (name, spec.title)
        for name, spec in specs.items()
        if name not in campaign and spec.subject != "volume" and "recalls" not in spec.needs
    ]
    return found + rest


@open_to(*OFFICE)
@require_POST
def new(request: Request) -> HttpResponse:
    """Put a batch in line."""
    known = {name for name, _ in _papers()}
    villages = set(villages_of(request, open_desk()))
    layouts = list(dict.fromkeys(request.POST.getlist("layouts")))
    chosen = list(dict.fromkeys(request.POST.getlist("villages")))
    if not layouts:
        messages.error(request, "还没有勾要印哪种纸。")
        return redirect("batches")
    if not known.issuperset(layouts) or not villages.issuperset(chosen):
        # Without the village that is gone, none would be chosen, which means all.
        messages.error(request, "勾的村或纸里，有的现在没有了，没有印。请看看下面的，再勾一次。")
        return redirect("batches")
    asked: dict[str, Any] = {
        "layouts": layouts,
        "villages": [] if villages == set(chosen) else chosen,
        "changed": request.POST.get("what") == "due",
        "profile": request.POST.get("profile") if request.POST.get("profile") == "shop" else "",
        "sheet": _sheet(request),
    }
    if request.POST.get("cover") == "no":
        asked["cover"] = False
    try:
        on_sheet(open_desk().workspace.campaign, asked["sheet"])
        number = ask(settings.WORKSPACE, "build", asked, request.user.username)
    except CardgenError as error:
        messages.error(request, told_on_page(error))
        return redirect("batches")
    trail.note(request.user.username, "asked", errand=number)
    return redirect("batch", number)


def _sheet(request: Request) -> dict[str, Any]:
    """What is asked of the sheet, as keys of a [sheet] table."""
    sheet: dict[str, Any] = {}
    paper = request.POST.get("paper", "")
    if paper in labels():
        sheet["label"] = paper
    elif paper in {name for name, _ in _SHEETS if name}:
        sheet["paper"] = paper
    if request.POST.get("order") in ("reading", "cut-stack"):
        sheet["order"] = request.POST["order"]
    if request.POST.get("duplex") in ("long", "short", "none"):
        sheet["duplex"] = request.POST["duplex"]
    return sheet


def _line(each: Errand, called: dict[str, str]) -> dict[str, Any]:
    tone, words = STATES[each.state]
    villages = each.request.get("villages", ())
    titles = dict(_papers())
    layouts = [titles.get(name, name) for name in each.request.get("layouts", ())]
    size = sum(file[-1] for file in each.result.get("files", ()))
    return {
        "errand": each,
        "mb": f"{size / 1e6:.1f} MB" if size else "",
        "tone": tone,
        "state": words,
        "who": called.get(each.person, each.person),
        "what": "、".join(layouts),
        "where": "、".join(villages) or "全镇",
        "is_changed": each.request.get("changed"),
        "tenths": 10 * each.copies_done // each.total if each.total else 0,
        "percent": round(100 * each.copies_done / each.total) if each.total else 0,
        "goes_on": each.state in _GOES_ON,
    }


def _is_visible(request: Request, each: Errand) -> bool:
    """A batch is seen by who may see all villages that it is of."""
    if each.kind != "build":
        return False
    villages = each.request.get("villages", [])
    if request.scope.villages is None:
        return True
    return bool(villages) and request.scope.villages.issuperset(villages)


def _may_move(request: Request, found: Errand) -> bool:
    """Whether the account may stop a batch and clear it away: its own, as the office any."""
    is_own = request.scope.may_write and found.person == request.user.username
    return request.scope.is_office or is_own


def _batch_of(request: Request, number: int) -> Errand:
    """The batch of that number, where the account may see it. Raises Http404."""
    found = find_errand(settings.WORKSPACE, number)
    if found is None or not _is_visible(request, found):
        raise Http404
    return found


@open_to(*READERS)
@require_safe
def batch(request: Request, number: int) -> HttpResponse:
    """A batch: how far it is, or what came of it. Asked again each second while it moves."""
    found = _batch_of(request, number)
    called = {each.username: each.called for each in Account.objects.all()}
    files = [
        (at, name, village, bundle, copies, sheets, round(size / 1024))
        for at, (name, village, bundle, copies, sheets, size) in enumerate(
            found.result.get("files", ())
        )
    ]
    shown = _line(found, called) | {"files": files, "may_move": _may_move(request, found)}
    shown["cleared"] = found.result.get("cleared", "")
    shown["is_clearable"] = (
        shown["may_move"]
        and not is_moving(found)
        and printed_folder(settings.WORKSPACE, number).exists()
    )
    shown["lines"] = lines_for_page(
        found.result.get("lines", ()), is_office=request.scope.is_office
    )
    return watched(request, found, "batch", "batch_part", shown)


@open_to(*WRITERS)
@require_POST
def move(request: Request, number: int) -> HttpResponse:
    """Stop a batch, go on with it, or clear its files away."""
    found = _batch_of(request, number)
    if not _may_move(request, found):
        raise PermissionDenied
    wanted = request.POST.get("do")
    if wanted == "stop":
        stop(settings.WORKSPACE, found.number)
        messages.info(request, "正在停。已经印好的文件都留着，随时可以接着印。")
    elif wanted == "go-on":
        go_on(settings.WORKSPACE, found.number)
    elif wanted == "clear":
        try:
            clear(settings.WORKSPACE, found.number)
        except CardgenError as error:
            messages.error(request, told_on_page(error))
            return redirect("batch", number)
        messages.success(request, "文件删了，账本里的记录还在。")
    else:
        raise Http404
    trail.note(request.user.username, wanted, errand=number)
    return redirect("batch", number)


def _folder_of(found: Errand) -> Path:
    """Where the files of a finished batch are. Raises Http404."""
    told = found.result.get("folder")
    if not told:
        raise Http404
    return Path(settings.WORKSPACE) / str(told)


@open_to(*READERS)
@require_safe
def volume(request: Request, number: int, at: int) -> HttpResponseBase:
    """One PDF of a finished batch, by its place in the list."""
    found = _batch_of(request, number)
    files = found.result.get("files", ())
    if at >= len(files):
        raise Http404
    path = _folder_of(found) / files[at][0]
    return _file(path, "application/pdf", f"{number}-{at + 1:03d}.pdf")


@open_to(*OFFICE)
@require_safe
def named_volume(request: Request, number: int, name: str) -> HttpResponseBase:
    """The same by its name, as the links of the report have it."""
    found = _batch_of(request, number)
    if name not in [each[0] for each in found.result.get("files", ())]:
        raise Http404
    return _file(_folder_of(found) / name, "application/pdf", f"{number}.pdf")


@open_to(*READERS)
@require_safe
def manifest(request: Request, number: int) -> HttpResponseBase:
    """The list of every copy of a finished batch."""
    path = _folder_of(_batch_of(request, number)) / "manifest.csv"
    return _file(path, "text/csv; charset=utf-8", f"manifest-{number}.csv", is_saved=True)


def _file(path: Path, kind: str, name: str, *, is_saved: bool = False) -> FileResponse:
    try:
        file = path.open("rb")
    except OSError:
        raise Http404 from None
    return FileResponse(file, as_attachment=is_saved, filename=name, content_type=kind)


@open_to(*READERS)
@require_safe
def archive(request: Request, number: int) -> HttpResponseBase:
    """All files of a finished batch as one zip."""
    found = _batch_of(request, number)
    folder = _folder_of(found)
    names = [each[0] for each in found.result.get("files", ())]
    names += ["manifest.csv", "recall.csv", *(["report.html"] if request.scope.is_office else [])]
    # PDFs are packed already: storing them is quick, and takes no memory.
    kept = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the answer
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_STORED) as made:
        for name in names:
            path = folder / name
            if path.is_file():
                made.write(path, name)
    kept.seek(0)
    return FileResponse(kept, as_attachment=True, filename=f"cardgen-{number}.zip")


_INLINE = re.compile(rb"<(style|script)>(.*?)</\1>", re.S)


@open_to(*OFFICE)
@require_safe
def report(request: Request, number: int) -> HttpResponse:
    """The report of a finished batch: for the office alone, since it lists what is wrong in the
    rosters of every village. Its style and script stand in the page itself: the policy
    names them by their digests, and the page is kept apart from all others."""
    path = _folder_of(_batch_of(request, number)) / "report.html"
    try:
        content = path.read_bytes()
    except OSError:
        raise Http404 from None
    allowed: dict[bytes, list[str]] = {b"style": [], b"script": []}
    for kind, inside in _INLINE.findall(content):
        digest = base64.b64encode(hashlib.sha256(inside).digest()).decode()
        allowed[kind].append(f"'sha256-{digest}'")
    answer = HttpResponse(content, content_type="text/html; charset=utf-8")
    policy = POLICY.replace("style-src 'self'", f"style-src {' '.join(allowed[b'style'])}")
    policy = policy.replace("script-src 'self'", f"script-src {' '.join(allowed[b'script'])}")
    answer["Content-Security-Policy"] = f"{policy}; sandbox allow-scripts allow-popups"
    return answer

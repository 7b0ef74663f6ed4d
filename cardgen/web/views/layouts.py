"""Layouts: each with its picture; one that is uploaded is checked before it is taken in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from cardgen import layoutbox
from cardgen.errand import Errand, State, ask, drop, errand_folder, errands
from cardgen.errors import CardgenError
from cardgen.layoutbox import Checked, checked_from
from cardgen.layouts import list_layouts
from cardgen.ledger import acting_as
from cardgen.model import LayoutSpec, SubjectKind
from cardgen.web.access import OFFICE, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.keys import number_in
from cardgen.web.plain import told_on_page
from cardgen.web.uploading import queue_upload
from cardgen.web.watching import STATES_OF_LOOK, is_moving, look_of, watched_look

_SUBJECTS = {
    SubjectKind.HOUSEHOLD: "每户",
    SubjectKind.VENUE: "每个场所",
    SubjectKind.VILLAGE: "每个村",
    SubjectKind.GRID: "每个网格",
    SubjectKind.ROUTE: "每条路线",
    SubjectKind.CADRE: "每个干部",
    SubjectKind.TOWNSHIP: "全镇",
    SubjectKind.VOLUME: "每一册",
}
_SHOWN = 10


@open_to(*OFFICE)
@require_safe
def layouts(request: Request) -> HttpResponse:
    """All layouts, those of the office first; their pictures are drawn when first asked for."""
    specs = list_layouts(settings.WORKSPACE)
    lines = [_line(spec) for spec in specs]
    lines.sort(key=lambda line: not line["is_own"])
    is_drawing = False
    if not all(line["has_picture"] for line in lines):
        is_drawing = True
        found = [each for each in errands(settings.WORKSPACE) if each.kind == "pictures"]
        if not any(map(is_moving, found)):
            if any(each.state is State.DONE for each in found[:1]):
                is_drawing = False  # what has none now cannot be drawn
            else:
                ask(settings.WORKSPACE, "pictures", {}, request.user.username)
    looked = [each for each in errands(settings.WORKSPACE) if each.kind == "layout"]
    sets = layoutbox.installed_sets(settings.WORKSPACE)
    shown = {
        "layouts": lines,
        "is_drawing": is_drawing,
        "looked": [(each, *STATES_OF_LOOK[each.state]) for each in looked[:5]],
        "last": next((each for each in sets if not each.is_undone), None),
        "endings": ",".join(sorted(layoutbox.UPLOAD.endings)),
        "limits": layoutbox.UPLOAD,
    }
    return render(request, "web/layouts.html", shown)


def _line(spec: LayoutSpec) -> dict[str, Any]:
    return {
        "spec": spec,
        "subject": _SUBJECTS[spec.subject],
        "is_own": _is_own(spec),
        "has_picture": layoutbox.picture_of(settings.WORKSPACE, spec) is not None,
    }


def _is_own(spec: LayoutSpec) -> bool:
    return (settings.WORKSPACE / "layouts" / spec.name / "layout.toml").exists()


@open_to(*OFFICE)
@require_safe
def picture(request: Request, name: str) -> HttpResponseBase:
    """The picture of a layout."""
    for spec in list_layouts(settings.WORKSPACE):
        if spec.name == name:
            path = layoutbox.picture_of(settings.WORKSPACE, spec)
            if path is not None:
                return FileResponse(path.open("rb"), content_type="image/png")
    raise Http404


@open_to(*OFFICE)
@require_POST
def upload(request: Request) -> HttpResponse:
    """Keep what is sent apart, and have it checked by a process with limits."""
    number = queue_upload(request, "layout", layoutbox.UPLOAD, {})
    return redirect("layouts") if number is None else redirect("layout-checked", number)


def _checked_of(found: Errand) -> Checked | None:
    return checked_from(found.result) if found.state is State.DONE else None


@open_to(*OFFICE)
@require_safe
def checked(request: Request, number: int) -> HttpResponse:
    """What is wrong with a layout that was uploaded, and how its samples look."""
    found = look_of("layout", number)
    seen = _checked_of(found)
    samples: dict[str, list[str]] = {}  # one fault of every sample is one fault
    for sample, words in seen.findings if seen else ():
        samples.setdefault(words, []).append(sample)
    findings = [(list(filter(None, each)), words) for words, each in samples.items()]
    return watched_look(request, found, "layout", {"seen": seen, "findings": findings})


@open_to(*OFFICE)
@require_safe
def sample(request: Request, number: int, at: int) -> HttpResponseBase:
    """One picture of a layout that was uploaded."""
    seen = _checked_of(look_of("layout", number))
    if seen is None or at >= len(seen.pictures):
        raise Http404
    folder = errand_folder(settings.WORKSPACE, number) / "pictures"
    try:
        file = (folder / seen.pictures[at].file).open("rb")
    except OSError:
        raise Http404 from None
    return FileResponse(file, content_type="image/png")


@open_to(*OFFICE)
@require_POST
def decide(request: Request, number: int) -> HttpResponse:
    """Take a layout in that was found right, or throw it away."""
    found = look_of("layout", number)
    folder = errand_folder(settings.WORKSPACE, number)
    if request.POST.get("do") == "install":
        seen = _checked_of(found)
        if seen is None:
            raise Http404
        with acting_as(request.user.username):
            layoutbox.install(settings.WORKSPACE, folder, seen, request.POST.get("name", ""))
        open_desk().renew()
        messages.success(request, "版式放进去了，印一批时就能选。")
    elif request.POST.get("do") == "discard":
        messages.info(request, "上传的版式删掉了。")
    else:
        raise Http404
    drop(settings.WORKSPACE, number)
    return redirect("layouts")


@open_to(*OFFICE)
@require_POST
def change(request: Request) -> HttpResponse:
    """Take one of the office's own layouts away, or undo the last change."""
    try:
        with acting_as(request.user.username):
            if "undo" in request.POST:
                number = request.POST["undo"]
                layoutbox.take_back(settings.WORKSPACE, number_in(number))
                messages.success(request, "撤销了。")
            else:
                layoutbox.remove(settings.WORKSPACE, request.POST.get("name", ""))
                messages.success(request, "版式拿掉了，可以撤销。")
    except CardgenError as error:
        messages.error(request, told_on_page(error))
    else:
        open_desk().renew()
    return redirect("layouts")

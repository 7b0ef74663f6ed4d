"""One household: who answers for it and why, its papers, what became of them; and printing one."""

from __future__ import annotations

from itertools import takewhile
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cardgen import ledger as ledgers
from cardgen.corrections import of_cadre
from cardgen.desk import ChainLine, Desk
from cardgen.errors import CardgenError
from cardgen.ledger import WORDS, acting_as
from cardgen.web.access import READERS, WRITERS, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.keys import household_of, number_in, village_key
from cardgen.web.previews import inline, reasons_of
from cardgen.web.trouble import told, told_of
from cardgen.web.views.corrections import (
    contact_key,
    corrections_of,
    may_correct,
    raw_cadre,
    seen_of_contact,
    seen_of_household,
)
from cardgen.web.views.printed import enter, history_rows
from cardgen.whole import write_whole_bytes

CARDS = Path("out") / "cards"
_MOST_PAGES = 99


@open_to(*READERS)
@require_safe
def household(request: Request, key: str) -> HttpResponse:
    """The page of a household."""
    desk = open_desk()
    home = household_of(request, desk, key)
    papers, more = _papers(desk)
    titles = {spec.name: spec.title for spec, _ in desk.layouts()}
    with desk.ledger() as ledger:
        history = ledgers.history_of(ledger, home.code) if ledger else []
    shown = {
        "home": home,
        "key": key,
        "village_key": village_key(home.village),
        "chain": [_line(request, desk, line) for line in desk.chain(home)],
        "correction_of": corrections_of(desk, home),
        "seen": seen_of_household(home),
        "papers": papers,
        "more": more,
        "history": history_rows(history, titles),
        "faults": home.faults,
        "can_write": request.scope.may_write,
        "events": tuple(WORDS.items()),
    }
    return render(request, "web/household.html", shown)


def _line(request: Request, desk: Desk, line: ChainLine) -> dict[str, object]:
    raw = raw_cadre(desk, line.contact) if line.contact else None
    shown: dict[str, object] = {
        "role": line.role,
        "contact": line.contact,
        "reason": line.reason,
        "problems": line.problems,
    }
    if raw is not None:
        subject = of_cadre(raw, desk.workspace.roster_township)
        shown |= {"key": contact_key(raw), "may_correct": may_correct(request, subject)}
    if line.contact:
        shown["seen"] = seen_of_contact(line.contact)
    return shown


def _papers(desk: Desk) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The papers of the campaign, and all others, by name and title."""
    wanted = {spec.name for spec, _ in desk.papers()}
    every = [(spec.name, spec.title) for spec, _ in desk.layouts()]
    wanted = wanted or {"love-card"}
    return [p for p in every if p[0] in wanted], [p for p in every if p[0] not in wanted]


def _layout_of(desk: Desk, name: str) -> str:
    """The title of a layout that a household can have. Raises Http404."""
    for spec, _ in desk.layouts():
        if spec.name == name:
            return spec.title
    raise Http404


@open_to(*READERS)
@require_safe
def paper(request: Request, key: str, layout: str) -> HttpResponse:
    """A paper as it would be printed now, as pictures; or why it cannot be, and what to do."""
    desk = open_desk()
    home, title = household_of(request, desk, key), _layout_of(desk, layout)
    try:
        made = desk.preview(home.code, layout)
    except CardgenError as error:
        return told_of(request, error)
    shown = {
        "key": key,
        "layout": layout,
        "title": title,
        "pages": inline(made.pages),
        "reasons": reasons_of(made.held, is_office=request.scope.is_office),
        "can_write": request.scope.may_write,
    }
    return render(request, "web/paper.html", shown)


@open_to(*WRITERS)
@require_safe
def cells(request: Request, key: str, layout: str) -> HttpResponse:
    """The sheet of a paper, from which one chooses a cell."""
    desk = open_desk()
    household_of(request, desk, key)
    grid = desk.sheet(layout) if _layout_of(desk, layout) else None
    assert grid is not None
    rows = [
        [row * grid.columns + column + 1 for column in range(grid.columns)]
        for row in range(grid.rows)
    ]
    shown = {"key": key, "layout": layout, "title": _layout_of(desk, layout), "rows": rows}
    return render(request, "web/cells.html", {**shown, "grid": grid})


@open_to(*WRITERS)
@require_POST
def print_one(request: Request, key: str, layout: str) -> HttpResponse:
    """Print a paper, then go to its file: a PDF, or pictures of it."""
    desk = open_desk()
    home = household_of(request, desk, key)
    _layout_of(desk, layout)
    written = request.POST.get("cell", "0")
    cell = number_in(written)
    path = _file(request, key, layout, "pdf")
    with acting_as(request.user.username):
        result = desk.print_card(home.code, layout, path, cell)
    if not result.files:
        is_office = request.scope.is_office
        reasons = "；".join(reasons_of(result.held, is_office=is_office))
        return told(
            request,
            f"这一张没有印：{reasons or '这种纸不是给这一户的。'}",
            "改好名册再印。" if is_office else "请告诉镇办公室。",
        )
    if request.POST.get("as") != "png":
        return redirect("card", key, layout, "pdf")
    pages = desk.pictures(path)
    for number, page in enumerate(pages, start=1):
        write_whole_bytes(_file(request, key, layout, "png", number), page, 0o600)
    for left in _pictures(request, key, layout)[len(pages) :]:
        left.unlink(missing_ok=True)  # of an earlier one that had more pages
    if len(pages) > 1:
        return redirect("pictures", key, layout)
    return redirect("card", key, layout, "png")


def _file(request: Request, key: str, layout: str, ending: str, page: int = 1) -> Path:
    """Where the last paper lies that this account printed of a household. The key tells nothing
    of who it is."""
    more = f"-{page}" if page > 1 else ""
    name = f"{layout}-{key}-{request.user.pk}{more}.{ending}"
    return Path(settings.WORKSPACE) / CARDS / name


def _pictures(request: Request, key: str, layout: str) -> list[Path]:
    """The pages of the last paper that this account saved as pictures."""
    paths = (_file(request, key, layout, "png", page) for page in range(1, _MOST_PAGES + 1))
    return list(takewhile(Path.exists, paths))


@open_to(*WRITERS)
@require_safe
def pictures(request: Request, key: str, layout: str) -> HttpResponse:
    """The pages of a paper that was saved as pictures, each to be kept."""
    desk = open_desk()
    household_of(request, desk, key)
    title, pages = _layout_of(desk, layout), len(_pictures(request, key, layout))
    if not pages:
        raise Http404
    shown = {"key": key, "layout": layout, "title": title, "pages": range(1, pages + 1)}
    return render(request, "web/pictures.html", shown)


@open_to(*READERS)
@require_safe
def card(request: Request, key: str, layout: str, ending: str) -> HttpResponseBase:
    """The file of a paper that was printed: a PDF to look at and print, a picture to keep."""
    desk = open_desk()
    household_of(request, desk, key)
    _layout_of(desk, layout)
    page = number_in(request.GET.get("page", "")) or 1
    path = _file(request, key, layout, ending, page)
    try:
        file = path.open("rb")
    except OSError:
        raise Http404 from None
    is_picture = ending == "png"
    return FileResponse(
        file,
        as_attachment=is_picture,
        filename=f"{layout}-{page}.{ending}" if page > 1 else f"{layout}.{ending}",
        content_type="image/png" if is_picture else "application/pdf",
    )


@open_to(*WRITERS)
@require_POST
def entered(request: Request, key: str) -> HttpResponse:
    """Enter what became of a copy: delivered, came back, lost; or take the last entry back."""
    desk = open_desk()
    home = household_of(request, desk, key)
    enter(request, home.code)
    return redirect(f"{reverse('household', args=[key])}#history")

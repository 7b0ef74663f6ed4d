"""The first page: what each role does most."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cardgen.web.access import READERS, Request, open_to


@open_to(*READERS)
@require_safe
def home(request: Request) -> HttpResponse:
    """The office's table of work, or a secretary's villages and search."""
    name = "web/office.html" if request.scope.is_office else "web/home.html"
    return render(request, name)

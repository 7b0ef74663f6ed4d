"""Who may see what: an account in, the roles and villages that a page is open to out.

Every view says for whom it is (`open_to`, `to_everyone`); one that says nothing is open to nobody.
Which villages an account may see is in `request.scope`, and every query is asked with it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from cardgen.web.headers import Answer
from cardgen.web.models import Account, Role
from cardgen.web.trouble import refused

IDLE_S = 3600
_NOTED_S = 300  # a session is written at most so often for having been used
_SEEN = "seen"

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


@dataclass(frozen=True, slots=True)
class Scope:
    """What an account may see and do. `villages` is None where it is all of them."""

    role: Role
    villages: frozenset[str] | None

    @property
    def is_office(self) -> bool:
        """Whether it is the office's."""
        return self.role is Role.OFFICE

    @property
    def may_write(self) -> bool:
        """Whether it may print, hand out and correct."""
        return self.role is not Role.READER

    def holds(self, village: str) -> bool:
        """Whether it may see that village."""
        return self.villages is None or village in self.villages


class Request(HttpRequest):
    """A request as views get it: signed in, with a scope."""

    user: Account
    scope: Scope
    htmx: HtmxDetails


def open_to(*roles: Role) -> Callable[[View], View]:
    """Say for whom a view is; an account of another role is told that it may not."""

    def mark(view: View) -> View:
        view.open_to = frozenset(roles)  # type: ignore[attr-defined]
        return view

    return mark


def to_everyone(view: View) -> View:
    """Say that a view is for people who have not signed in, too."""
    view.open_to = None  # type: ignore[attr-defined]
    return view


OFFICE = (Role.OFFICE,)
WRITERS = (Role.OFFICE, Role.SECRETARY)
READERS = tuple(Role)


class Gate:
    """The middleware that lets a request through to its view, or does not."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on; `process_view` decides, once the view is known."""
        return self._answer(request)

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> HttpResponseBase | None:
        """Nothing where the account may see the page; else what it gets instead."""
        roles = self._roles(request, view)
        if roles is None:
            return None
        account = request.user
        if not isinstance(account, Account) or not account.is_active:
            return _to_sign_in(request)
        cast(Request, request).scope = Scope(Role(account.role), account.village_names())
        if account.must_change and not getattr(view, "before_change", False):
            return _go(request, "password")
        if account.role not in roles:
            return refused(request, PermissionDenied())
        return None

    @staticmethod
    def _roles(request: HttpRequest, view: Callable[..., Any]) -> frozenset[Role] | None:
        match = request.resolver_match
        if match is not None and match.app_names[:1] == ["admin"]:
            return frozenset(OFFICE)
        none: frozenset[Role] = frozenset()
        return cast("frozenset[Role] | None", getattr(view, "open_to", none))


def _to_sign_in(request: HttpRequest) -> HttpResponseBase:
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(resolve_url(settings.LOGIN_URL))
    back = request.get_full_path() if request.method == "GET" else "/"
    return redirect_to_login(back, resolve_url(settings.LOGIN_URL))


def _go(request: HttpRequest, name: str) -> HttpResponse:
    if getattr(request, "htmx", None):
        return HttpResponseClientRedirect(resolve_url(name))
    return redirect(name)


def sessions_end(answer: Answer) -> Answer:
    """A middleware: who does nothing for an hour is signed out."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            now, seen = int(time.time()), request.session.get(_SEEN, 0)
            if seen and now - seen > IDLE_S:
                logout(request)
            elif abs(now - seen) > _NOTED_S:  # also where the clock was set back
                request.session[_SEEN] = now
        return answer(request)

    return answered


def in_scope(request: Request, village: str) -> str:
    """The village, where the account may see it. Raises Http404, as for one that is not there."""
    if not request.scope.holds(village):
        raise Http404
    return village

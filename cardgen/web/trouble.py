"""What went wrong, as a page: an exception in, words of Chinese out, and nothing of it in a log.

What cardgen raises on purpose is shown as a sentence and a hint. What nobody expected is written
down as lines of code only (`cardgen.trouble`), and the page shows its reference.
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import cast

from django.core.exceptions import DisallowedHost, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
)
from django.shortcuts import render

from cardgen.errors import CardgenError, OutputError
from cardgen.trouble import is_full, write_down
from cardgen.web.headers import Answer
from cardgen.web.plain import for_page, message_for_page

_ACCOUNTS = OutputError(
    "账户的资料这会儿写不进去，没有办成。", "请看工作文件夹是不是只读的，再试一次。"
)
_DJANGOS = (Http404, PermissionDenied, SuspiciousOperation)


class Told:
    """The middleware that turns what a view raised into a page."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass on. What cannot be asked that way has a page too: Django's own is empty, and a
        browser shows an error of its own there."""
        answer = self._answer(request)
        if isinstance(answer, HttpResponseNotAllowed):
            hint = "请回到首页，再点进去。"
            page = told(request, "这一页不能这样打开。", hint, HTTPStatus.METHOD_NOT_ALLOWED)
            page["Allow"] = answer["Allow"]
            return page
        return answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page; None for errors that Django has one for."""
        if isinstance(error, _DJANGOS):
            return None
        if isinstance(error, CardgenError):
            return told_of(request, error)
        if isinstance(error, OperationalError) and not is_full(error):
            return told_of(request, _ACCOUNTS)
        return unexpected(request, error)


def told_of(request: HttpRequest, error: CardgenError) -> HttpResponse:
    """The page for what cardgen raises on purpose, in words for who looks at it."""
    scope = getattr(request, "scope", None)
    hint = for_page(error.hint, is_office=scope is None or scope.is_office)
    return told(request, message_for_page(error.message), hint)


def told(
    request: HttpRequest, message: str, hint: str = "", status: int = HTTPStatus.CONFLICT
) -> HttpResponse:
    """A page that says what is wrong and what to do."""
    return render(request, "web/error.html", {"message": message, "hint": hint}, status=status)


def unexpected(request: HttpRequest, error: Exception | None = None) -> HttpResponse:
    """The page for what nobody expected, but a full disk is known."""
    error = error or cast("Exception | None", sys.exc_info()[1])
    if is_full(error):
        words = "磁盘满了，没有做成。", "请镇办公室腾出地方，再试一次；已经印好的都在。"
        return told(request, *words, HTTPStatus.INSUFFICIENT_STORAGE)
    number = f"（编号 {write_down(error)[0]}）" if error is not None else ""
    return told(
        request,
        f"程序出错，这不是您的错{number}。",
        "请退回去再试一次；还是这样，请把编号告诉维护人员。",
        HTTPStatus.INTERNAL_SERVER_ERROR,
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for an address that is not there, or not for this account."""
    return told(request, "没有这一页。", "也许是别的村的，也许地址不对。", HTTPStatus.NOT_FOUND)


def refused(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for what an account may not do."""
    return told(request, "您的账户不能做这件事。", "要做的话，请找镇办公室。", HTTPStatus.FORBIDDEN)


def wrong(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page for a request that makes no sense, is too large, or knows the machine by a name
    that it does not have."""
    if isinstance(exception, DisallowedHost):
        hint = (
            "请用开网页的那个窗口里写的网址。那台电脑的网址变了，关掉网页再开一次；"
            "要用别的名字，开的时候加 --name 那个名字。"
        )
        return told(request, "这个网址里的名字没有登记。", hint, HTTPStatus.BAD_REQUEST)
    hint = "请退回去再试一次；上传的文件不能太多、太大。"
    return told(request, "这次送来的内容看不懂。", hint, HTTPStatus.BAD_REQUEST)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page where a form is too old, or comes from another site."""
    hint = "请退回去，刷新页面，再做一次。"
    return told(request, "这一页放得太久了，没有提交。", hint, HTTPStatus.FORBIDDEN)

"""What every answer carries: headers that keep other sites, and other people, out.

The content security policy lets a page load what this server serves, and no script or style that
stands in the page itself. Pictures may be data: a preview comes within the answer.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_ALWAYS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def always() -> dict[str, str]:
    """The headers of a page of ours that tells of a person or of an error."""
    return {"Content-Security-Policy": POLICY, **_ALWAYS, "Cache-Control": "no-store"}


Answer = Callable[[HttpRequest], HttpResponseBase]


def headers(answer: Answer) -> Answer:
    """A middleware: a page brings its own policy, all others get the strict one."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/static/"):
            # Names and phones must not stay in a browser that several people use.
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    return answered

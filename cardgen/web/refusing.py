"""Requests that do not come as far as Django: what Waitress refuses in, a page in Chinese out.

Waitress lets a server have channels of another class, and a channel tasks and parsers of another:
that is all that is used. A browser shows an answer only when it has sent all that it wanted to
send; so what is too large is read to its end, and thrown away as it comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.template.loader import render_to_string
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import ErrorTask
from waitress.utilities import RequestEntityTooLarge

from cardgen.uploads import MIB, UploadLimits
from cardgen.web.headers import always

MOST_THROWN_AWAY = 2 << 30
_MOST = UploadLimits(frozenset()).all_bytes // MIB
_WORDS = {
    413: ("送来的东西太大，没有收。", f"一次最多 {_MOST} MB：分几次上传，一次少选几个文件。"),
    431: ("浏览器送来的信息太长。", "请把浏览器全部关掉，重新打开，再登录一次。"),
    500: ("程序出错，这不是您的错。", "请退回去再试一次；还是这样，请告诉镇办公室。"),
}
_OTHER = ("这次送来的内容看不懂。", "请退回去再试一次。")


class _Parser(HTTPRequestParser):  # type: ignore[misc]
    """Reads what is too large to its end, and keeps nothing of it."""

    _left = 0
    expect_continue = False

    def received(self, data: bytes) -> int:
        """How many bytes were taken."""
        if self._left:
            taken = min(len(data), self._left)
            self._left -= taken
            self.completed = not self._left
            return taken
        taken = int(super().received(data))
        is_whole = 0 < self.content_length <= MOST_THROWN_AWAY and not self.chunked
        if isinstance(self.error, RequestEntityTooLarge) and is_whole:
            if self.expect_continue:  # it asks before it sends
                self.expect_continue = False
            else:
                self._left, self.completed = self.content_length, False
        return taken


class _Answer(ErrorTask):  # type: ignore[misc]
    """Tells in Chinese what is wrong, and what to do instead."""

    def execute(self) -> None:
        """Write the page."""
        error = self.request.error
        message, hint = _WORDS.get(error.code, _OTHER)
        shown = {"message": message, "hint": hint}
        body = render_to_string("web/error.html", shown).encode()
        self.status = f"{error.code} {error.reason}"
        self.response_headers += [("Content-Type", "text/html; charset=utf-8"), *always().items()]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Channel(HTTPChannel):  # type: ignore[misc]
    parser_class, error_task_class = _Parser, _Answer


def refuse_in_words(listening: Mapping[int, Any]) -> None:
    """Let servers answer so; `listening` is the map that they were made with."""
    for each in listening.values():
        if hasattr(each, "channel_class"):
            each.channel_class = _Channel

"""The desk that the pages of this process work at, opened once, and what runs beside it."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import datetime
from functools import cache

from django.conf import settings

from cardgen.desk import Desk
from cardgen.errand import start_next
from cardgen.errors import CardgenError
from cardgen.web.tidying import EVERY_S, tidy

_LOOK_S = 0.5
_lock = threading.Lock()


@cache
def _opened() -> Desk:
    return Desk(settings.WORKSPACE)


def open_desk() -> Desk:
    """The desk of the workspace. Raises a CardgenError where the workspace cannot be read."""
    with _lock:
        return _opened()


def warm_up() -> None:
    """Open the desk before anybody asks. Where that cannot be, the pages say why."""
    with suppress(CardgenError):
        open_desk()


def forget() -> None:
    """Close the desk; the next one who asks opens it anew."""
    with _lock:
        _opened.cache_clear()


def start_what_waits(ended: threading.Event) -> None:
    """Start each piece of long work when the one before it is done, until the server ends. What
    is old is taken away at the beginning, and then once a day."""
    tidied = -EVERY_S
    while not ended.wait(_LOOK_S):
        # Whatever goes wrong here: without this thread no batch would be printed any more.
        with suppress(Exception):
            if time.monotonic() - tidied > EVERY_S:
                tidied = time.monotonic()
                tidy(settings.WORKSPACE, datetime.now().astimezone())
        with suppress(Exception):
            start_next(settings.WORKSPACE)

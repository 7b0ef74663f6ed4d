"""Hold Python's search for cycles back for a while: a context in, seconds out.

Rows, copies and lines come by the ten thousand and are no cycles, and each search goes through
all that are alive. What is a cycle (ReportLab's canvas and its document) is still young when
the search is on again, and is found by the first one.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused() -> Iterator[None]:
    """No search within; for work that ends soon, or the memory would grow."""
    if not gc.isenabled():
        yield  # within another pause, or nobody wants a search at all
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

"""Take away what nobody will ask for any more: a workspace in, less on its disk out.

Uploads hold the same personal data as the rosters. What was looked at and never taken in goes after
a month; files that were replaced go after a year, but the last set of each kind, so that the last
exchange can always be taken back. What was printed is for the office to clear away.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from cardgen.errand import State, drop, errands, never_asked
from cardgen.errors import CardgenError
from cardgen.exchange import forget_sets
from cardgen.ledger import hold_workspace

LOOKED_AT = timedelta(days=30)
SENT = timedelta(days=1)  # an upload that was cut off
REPLACED = timedelta(days=365)
EVERY_S = 24 * 3600.0


def tidy(workspace: Path, now: datetime) -> None:
    """Take away what is old at a moment. What cannot be taken away is left for another day."""
    for each in errands(workspace):
        if each.kind == "build" or each.state in (State.WAITING, State.RUNNING):
            continue
        if datetime.fromisoformat(each.asked) < now - LOOKED_AT:
            with suppress(CardgenError, OSError):
                drop(workspace, each.number)
    with suppress(CardgenError, OSError):
        for number in never_asked(workspace, (now - SENT).timestamp()):
            drop(workspace, number)
    with suppress(CardgenError, OSError), hold_workspace(workspace):
        forget_sets(workspace, now - REPLACED)

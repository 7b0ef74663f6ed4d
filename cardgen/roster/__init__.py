"""Step 1: read the rosters. Spreadsheets in, rows that remember file, sheet and cell out.

No judgement is made here: a cell comes as its file holds it. What a sheet's table is, is told
by its headers. A file is opened in a child process that has limits on memory and time.
"""

from cardgen.roster.limits import Limits
from cardgen.roster.read import (
    ROSTER_ENDINGS,
    Reading,
    Roster,
    read_roster,
    roster_files,
    start_reading,
)

__all__ = [
    "ROSTER_ENDINGS",
    "Limits",
    "Reading",
    "Roster",
    "read_roster",
    "roster_files",
    "start_reading",
]

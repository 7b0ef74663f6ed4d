"""What stops a command: one root, one exit code a class.

The message says, in Chinese, which file, sheet, cell and value; the hint says what to do.
Findings in data that do not stop a command are values instead: `cardgen.model.Problem`.
"""

from __future__ import annotations


class CardgenError(Exception):
    """Root of all that cardgen raises on purpose. Exit code 1: the program failed."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[type[CardgenError], tuple[str, str]]:
        return type(self), (self.message, self.hint)


class UsageError(CardgenError):
    """Exit code 2: wrong use of a command, or a campaign file that says what cannot be."""

    exit_code = 2


class RosterError(CardgenError):
    """Exit code 3: a roster cannot be read, or holds no table that is needed."""

    exit_code = 3


class LayoutError(CardgenError):
    """Exit code 4: a layout or a font cannot be used."""

    exit_code = 4


class OutputError(CardgenError):
    """Exit code 5: a file cannot be written, or does not read back as planned."""

    exit_code = 5


class LedgerError(CardgenError):
    """Exit code 6: the record of what was printed cannot be read or written."""

    exit_code = 6


class CoverageError(CardgenError):
    """Exit code 7: subjects in, and printed + excluded + failed, are not the same number."""

    exit_code = 7

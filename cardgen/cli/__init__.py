"""The command line: words of a command in, a call of one function, what came of it shown.

Nothing heavy is loaded here: worker processes load the module that the command was started
from, and that is this one.
"""

from __future__ import annotations

from collections.abc import Sequence


def main(args: Sequence[str] | None = None) -> int:
    """Run one command, of `sys.argv` where no words are given. Returns its exit code."""
    from cardgen.cli.run import run

    return run(args)

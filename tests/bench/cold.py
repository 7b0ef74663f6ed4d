"""Where the time of a cold `cardgen card` goes: seconds by stage, imports by package."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.bench.contenders import card
from tests.bench.measure import run
from tests.bench.names import SAMPLE

_STAGES = """
import json, sys
from pathlib import Path
from cardgen import produce
made = produce.print_card(Path(sys.argv[1]), sys.argv[2], "love-card", Path(sys.argv[3]))
print(json.dumps(dict(made.seconds)))
"""
_IMPORT = re.compile(r"import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)")
MOST_PACKAGES = 12


def breakdown(household: str, scratch: Path) -> Iterator[str]:
    """Lines that say where the time goes; imports of a stage's libraries count in the stage."""
    words = (str(SAMPLE), household, str(scratch / "card.pdf"))
    told = run((sys.executable, "-c", _STAGES, *words))
    stages = json.loads(told.output)
    total = stages.pop("total")
    outside = told.seconds - sum(stages.values())
    yield f"  outside the stages  {outside:5.2f} s  of {told.seconds:.2f}"
    for name, seconds in stages.items():
        yield f"  {name:<18}  {seconds:5.2f} s"
    yield f"  imports, each package's own modules ({total:.2f} s is the time in print_card):"
    packages = imports(card(household, scratch, "-X", "importtime").errors)
    for name, seconds in packages.most_common(MOST_PACKAGES):
        yield f"    {name:<16}  {seconds:5.2f} s"
    yield f"    {'all':<16}  {sum(packages.values()):5.2f} s"


def imports(log: str) -> Counter[str]:
    """Seconds by top-level package, of what `-X importtime` writes."""
    found: Counter[str] = Counter()
    for microseconds, module in _IMPORT.findall(log):
        found[module.partition(".")[0]] += int(microseconds) / 1e6  # type: ignore[assignment]
    return found

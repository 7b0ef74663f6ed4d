"""One run of one contender, in a process of its own: `python -m tests.bench.contend PEER DECK OUT`.

Prints one line of JSON: seconds by the contender's own stopwatch, and the bytes of its PDFs.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path


def main() -> None:
    """Press one deck."""
    name, deck, out = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    peer = importlib.import_module(f"tests.bench.peers.{name}")
    watch = peer.press(deck, out)
    size = sum(path.stat().st_size for path in out.rglob("*.pdf"))
    told = {"seconds": watch.seconds, "cpu_seconds": watch.cpu_seconds, "size": size}
    print(json.dumps(told))


if __name__ == "__main__":
    main()

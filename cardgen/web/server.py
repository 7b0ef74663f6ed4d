"""The process that answers browsers: a workspace and a port in, pages out, until Ctrl+C.

Waitress answers with a few threads. Beside them one thread starts what waits in line; long work
itself is done by processes of its own, which go on when this one ends.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardgen.errors import UsageError

THREADS = 8
SWITCH_S = 0.001  # Python's own is 0.005
MOST_UPLOAD = 128 << 20  # more than `uploads` takes, which says so in words
EVERYWHERE = ("0.0.0.0", "::", "")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that is ready: where browsers find it, and the first account if it was just made;
    whether there is an account of the office.

    `run` answers until it is interrupted.
    """

    addresses: tuple[str, ...]
    account: str
    password: str
    has_office: bool
    run: Callable[[], None]


def serve(
    workspace: Path, host: str, port: int, names: Sequence[str] = (), proxy: str = ""
) -> Served:
    """Make everything ready to answer; `names` are further names of this machine, `proxy` is the
    address of a server in front, which speaks HTTPS with browsers.

    Raises UsageError where the port is taken, and a CardgenError for the workspace.
    """
    known = list(dict.fromkeys([*_addresses(host), "localhost", "127.0.0.1", "[::1]", *names]))
    from cardgen.web.start import start

    start(workspace, known)
    from django.core.wsgi import get_wsgi_application
    from waitress.server import create_server

    from cardgen.web import accounts, desks
    from cardgen.web.refusing import refuse_in_words

    made = accounts.first_account()
    application: Any = get_wsgi_application()
    listening: dict[int, Any] = {}
    try:
        server = create_server(
            application,
            listening,
            host=host,
            port=port,
            threads=THREADS,
            max_request_body_size=MOST_UPLOAD,
            ident="",
            **trusting(proxy),
        )
    except (OSError, ValueError) as error:
        raise _taken(host, port, error) from error
    refuse_in_words(listening)
    ended = threading.Event()
    threading.Thread(target=desks.warm_up, daemon=True).start()
    threading.Thread(target=desks.start_what_waits, args=(ended,), daemon=True).start()

    def run() -> None:
        # A page asks SQLite twenty times, and each time a thread that draws a card may go first.
        sys.setswitchinterval(SWITCH_S)
        try:
            server.run()
        finally:
            ended.set()
            server.close()

    return Served(
        tuple(f"http://{name}:{port}/" for name in known[: max(1, len(known) - 3 - len(names))]),
        made[0].username if made else "",
        made[1] if made else "",
        accounts.has_office(),
        run,
    )


def trusting(proxy: str) -> dict[str, Any]:
    """What Waitress is told of a server in front: that it says from where, and by what, a browser
    came. From nobody else is that believed: an address of one's own choice knows no wait after
    wrong passwords."""
    told: dict[str, Any] = {"clear_untrusted_proxy_headers": True}
    if proxy:
        headers = {"x-forwarded-for", "x-forwarded-proto"}
        told |= {"trusted_proxy": proxy, "trusted_proxy_headers": headers}
    return told


def _taken(host: str, port: int, error: Exception) -> UsageError:
    reason = getattr(error, "strerror", None) or str(error)
    return UsageError(
        f"{host}:{port} 开不了：{reason}。",
        f"也许已经有一个 cardgen serve 在用它；换一个端口，例如 --port {port + 1}。",
    )


def _addresses(host: str) -> Iterator[str]:
    """What browsers on the network may call this machine."""
    if host not in EVERYWHERE:
        yield f"[{host}]" if ":" in host else host
        return
    found = []
    # No packet is sent: the system only says which of its addresses it would use.
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))
        found.append(probe.getsockname()[0])
    with suppress(OSError):
        found += [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)]
    yield from dict.fromkeys(
        str(each) for each in found if ":" not in str(each) and not str(each).startswith("127.")
    )
    yield socket.gethostname().lower()

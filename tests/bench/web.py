"""How quick the web pages are, on loopback: a copy of the sample township, `cardgen serve`, and
secretaries who sign in and work over HTTP as browsers do.

    python -m tests.bench.web [--folder DIR] [--rounds N]

First one secretary at a warm server: medians of search, preview and a single card's PDF. Then
twenty at once for half a minute while a batch of 8,000 is printed and read back: every answer
counts, and none may fail.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import random
import re
import shutil
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

MAIN = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(MAIN / "tests"))
QINGSHI = MAIN / "samples" / "qingshi"
SECRETARIES, SECONDS = 20, 30.0
THINKS_S = (2.0, 5.0)  # between two households: he reads what he sees
ASKED_MS = {"search": 50, "preview": 150, "PDF": 150}


@dataclass
class Visitor:
    """A browser without a window: keeps cookies, sends forms with their token."""

    address: str
    opener: urllib.request.OpenerDirector = field(init=False)
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def __post_init__(self) -> None:
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> bytes:
        """The answer to a page."""
        with self.opener.open(self.address + path, timeout=60) as answer:
            return bytes(answer.read())

    def post(self, path: str, **values: str) -> bytes:
        """The answer to a form, wherever it leads."""
        token = next(cookie.value for cookie in self.jar if cookie.name == "cardgen-form")
        data = urllib.parse.urlencode({**values, "csrfmiddlewaretoken": token or ""}).encode()
        request = urllib.request.Request(self.address + path, data)
        request.add_header("Referer", self.address + path)
        request.add_header("HX-Request", "true")
        with self.opener.open(request, timeout=60) as answer:
            return bytes(answer.read())

    def sign_in(self, name: str, password: str) -> None:
        """Sign in. Raises where that fails."""
        self.get("/sign-in/")
        self.post("/sign-in/", username=name, password=password, next="/")
        assert b'name="words"' in self.get("/"), name

    def households(self, words: str) -> list[str]:
        """The addresses of what a search finds."""
        return re.findall(r'href="(/h/\w+/)"', self.post("/find/", words=words).decode())


def timed(act: Callable[[], object]) -> float:
    """Milliseconds that it takes."""
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def one_alone(visitor: Visitor, rounds: int) -> dict[str, float]:
    """Medians in ms of one secretary at a warm server."""
    words = ["wang", "lqj", "3组", "199", "号", "TW", "张", "zhang", "2网格", "li"]
    homes = [home for word in words for home in visitor.households(word)][: max(rounds, 10)]
    for home in homes[:2]:  # what is laid out and loaded once
        visitor.get(f"{home}love-card/")
        visitor.post(f"{home}love-card/print/")
    search = [timed(lambda w=word: visitor.post("/find/", words=w)) for word in words * 3]
    preview = [timed(lambda h=home: visitor.get(f"{h}love-card/")) for home in homes]
    pdf = [timed(lambda h=home: visitor.post(f"{h}love-card/print/")) for home in homes]
    found = {"search": search, "preview": preview, "PDF": pdf}
    return {name: statistics.median(times) for name, times in found.items()}


@dataclass
class Work:
    """A secretary at work: what each answer took in ms, and what failed."""

    visitor: Visitor
    choice: random.Random
    times: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def until(self, end: float) -> None:
        """Find a household, look at it, print it now and then, and read, until that moment."""
        while time.monotonic() < end:
            letter = self.choice.choice("wlzycghsxj")
            homes = self._step(partial(Visitor.households, words=letter)) or []
            if homes:
                self._open(self.choice.choice(homes))
            time.sleep(self.choice.uniform(*THINKS_S))

    def _open(self, home: str) -> None:
        self._step(partial(Visitor.get, path=home))
        self._step(partial(Visitor.get, path=f"{home}love-card/"))
        if self.choice.random() < 0.3:
            self._step(partial(Visitor.post, path=f"{home}love-card/print/"))

    def _step(self, act: Callable[[Visitor], Any]) -> Any:  # noqa: ANN401
        start = time.perf_counter()
        try:
            return act(self.visitor)
        except Exception as error:
            self.failed.append(f"{type(error).__name__}: {error}")
        finally:
            self.times.append((time.perf_counter() - start) * 1000)


def many_at_once(visitors: list[Visitor], seconds: float) -> tuple[list[float], list[str]]:
    """What each answer took in ms, and what failed, of all visitors working at once."""
    end = time.monotonic() + seconds
    works = [Work(visitor, random.Random(n)) for n, visitor in enumerate(visitors)]
    threads = [threading.Thread(target=work.until, args=(end,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [t for w in works for t in w.times], [f for w in works for f in w.failed]


def make_accounts(folder: Path) -> dict[str, str]:
    """An office, and a secretary for each of twenty villages: names and passwords."""
    from cardgen.web.start import start

    start(folder)
    from cardgen.web.accounts import add_account
    from cardgen.web.models import Role
    from cardgen.workspace import read_workspace

    villages = [v.name for v in read_workspace(folder).township.villages][:SECRETARIES]
    found = {}
    for name, role, where in [
        ("office", Role.OFFICE, ()),
        *((f"s{n}", Role.SECRETARY, (v,)) for n, v in enumerate(villages)),
    ]:
        account, password = add_account(name, role, where)
        account.must_change = False
        account.save()
        found[name] = password
    return found


def main() -> None:
    """Measure, and print a table."""
    from browsing import serving

    words = argparse.ArgumentParser()
    words.add_argument("--rounds", type=int, default=40)
    words.add_argument("--seconds", type=float, default=SECONDS)
    asked = words.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "qingshi"
        folder.mkdir()
        for name in ("campaign.toml", "roster.xlsx"):
            shutil.copy(QINGSHI / name, folder)
        passwords = make_accounts(folder)
        with serving(folder) as server:
            visitors = {name: Visitor(server.address) for name in passwords}
            for name, visitor in visitors.items():
                visitor.sign_in(name, passwords[name])
            office = visitors.pop("office")
            alone = one_alone(visitors["s0"], asked.rounds)
            for name, median in alone.items():
                print(f"{name:10} {median:7.1f} ms median (asked {ASKED_MS[name]})")
            print(f"{'search':10} {_search_all(office):7.1f} ms median over all villages")
            idle, failed = many_at_once(list(visitors.values()), asked.seconds / 2)
            _tell("20 at once, nothing printing", idle, failed)
            batch = office.post("/batches/new/", layouts="love-card", what="all")
            assert "正在" in batch.decode() or "排着队" in batch.decode()
            busy, failed = many_at_once(list(visitors.values()), asked.seconds)
            _tell("20 at once while a batch runs", busy, failed)
            state = re.search(r"(\d+) / 8000 份|数目相符", office.get("/batches/1/").decode())
            print("the batch at the end:", state[0] if state else "?")
            office.post("/batches/1/move/", do="stop")
            while "正在印" in office.get("/batches/1/").decode():
                time.sleep(0.5)


def _search_all(office: Visitor) -> float:
    words = ["wang", "wxy", "3组", "199", "TW", "张", "li"]
    return statistics.median(timed(lambda w=w: office.post("/find/", words=w)) for w in words * 4)


def _tell(what: str, times: list[float], failed: list[str]) -> None:
    times.sort()
    p95 = times[int(len(times) * 0.95)]
    print(
        f"{what}: {len(times)} answers, {len(failed)} failed, median "
        f"{statistics.median(times):.0f} ms, p95 {p95:.0f} ms, longest {times[-1]:.0f} ms"
    )
    for each in dict.fromkeys(failed[:5]):
        print("  failed:", each)


if __name__ == "__main__":
    main()

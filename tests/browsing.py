"""A browser for tests: Debian's Chromium without a window; `cardgen serve` as people start it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from conftest import hears_ctrl_c
from playwright.sync_api import Browser, Page, sync_playwright

OWN_PASSWORD = "qing-9753-shan"


def cardgen(*words: object) -> str:
    """Run a command, and give what it said."""
    command = [sys.executable, "-m", "cardgen", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def password_in(said: str) -> str:
    """The password that a command showed."""
    found = re.search(r"密码\s+(\S+)", said)
    assert found is not None, said
    return found[1]


@dataclass(frozen=True)
class Server:
    """A server that answers: where it is, what it said at its start, its process."""

    address: str
    said: str
    process: subprocess.Popen[str]


@contextmanager
def serving(folder: Path, port: int = 0) -> Iterator[Server]:
    """`cardgen serve` on this machine alone, until the block ends."""
    port = port or _free_port()
    words = ["serve", str(folder), "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        [sys.executable, "-m", "cardgen", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    said = ""
    try:
        assert process.stdout is not None
        while "按 Ctrl+C 停下" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        yield Server(f"http://127.0.0.1:{port}", said, process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)
        process.stdout.close()  # type: ignore[union-attr]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser. As root it runs without its sandbox, which wants another user."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "no chromium: make setup installs it"
    flags = ["--disable-gpu", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    # Where this process has laid something out, the machine's fonts are kept from it.
    own = {name: value for name, value in os.environ.items() if "FONTCONFIG" not in name}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags, env=own)
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: Browser, width: int = 1100, height: int = 900) -> Page:
    """A page of a browser that nobody has used."""
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    page.set_default_timeout(20_000)
    return page


def sign_in(page: Page, server: Server, name: str, password: str) -> None:
    """Sign in as people do, and choose an own password where that is asked."""
    page.goto(server.address)
    page.get_by_label("用户名").fill(name)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_load_state()
    if page.url.endswith("/password/"):
        page.get_by_label("现在的一次性密码").fill(password)
        page.get_by_label("新密码", exact=True).fill(OWN_PASSWORD)
        page.get_by_label("新密码确认").fill(OWN_PASSWORD)
        page.get_by_role("button", name="就用这个密码").click()
        page.get_by_text("密码改好了").wait_for()


def faults_of(page: Page) -> list[str]:
    """What axe finds on a page that is serious or critical, and whether it is too wide."""
    found = Axe().run(page).response["violations"]
    faults = [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    wide = too_wide(page)
    return faults + ([f"{wide} px too wide"] if wide > 0 else [])


def too_wide(page: Page) -> int:
    """By how many pixels a page is wider than its window; not more than 0 where it fits."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


_HERE = """() => {
  const here = document.activeElement, style = getComputedStyle(here);
  const box = here.getBoundingClientRect();
  const words = here.ariaLabel || here.innerText || here.name || here.id || "";
  const isSeen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const isMarked = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  // A date has several parts, each with a Tab of its own.
  const isAgain = here.tagName === "BODY" || (here.className === "skip" && here.dataset.visited);
  here.dataset.visited = "1";
  return { words: `${here.tagName} ${words.trim().slice(0, 30)}`, isSeen, isMarked, isAgain };
}"""
_LEFT_OUT = """() => Array.from(document.querySelectorAll(
    "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']"))
  .filter((each) => each.checkVisibility() && !each.disabled && !each.dataset.visited)
  .filter((each) => each.type !== "radio" || !document.querySelector(
    `input[name="${each.name}"][data-visited]`))
  .map((each) => `never come by: ${each.outerHTML.slice(0, 120)}`)"""


def tab_through(page: Page) -> list[str]:
    """Go through a page with Tab alone: what is wrong of where one comes by, each with its words.

    Something may not be seen, have no mark around it, or never be come by.
    """
    faults = []
    page.locator(".skip").focus()
    here = page.evaluate(_HERE)
    while not here["isAgain"]:
        if not here["isSeen"] or not here["isMarked"]:
            faults.append(f"{here['words']}: {'no mark' if here['isSeen'] else 'not seen'}")
        page.keyboard.press("Tab")
        here = page.evaluate(_HERE)
    return faults + list(page.evaluate(_LEFT_OUT))

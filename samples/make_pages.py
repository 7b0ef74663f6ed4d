"""Take the pictures of the web pages that README.zh.md shows, of the sample township.

    .venv/bin/python samples/make_pages.py

Starts `cardgen serve` on a copy of samples/qingshi, works in Chromium as a secretary and as the
office do, and writes samples/pages/*.png.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

MAIN = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(MAIN / "tests"))

from browsing import cardgen, chromium, new_page, password_in, serving, sign_in  # noqa: E402

PAGES = MAIN / "samples" / "pages"
WIDTH, COLOURS = 900, 64


def keep(page: Page, name: str, most: int = 900) -> None:
    """A picture of the page, down to `most` pixels, small enough to lie in a repository."""
    page.wait_for_timeout(600)
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, most)))
    PAGES.mkdir(exist_ok=True)
    picture.quantize(COLOURS).save(PAGES / f"{name}.png", optimize=True)


def take(folder: Path) -> None:
    """Go through both days, and keep the main pages."""
    with serving(folder) as server, chromium() as browser:
        office = new_page(browser, WIDTH, 700)
        said = cardgen("user", "add", folder, "zhen", "--role", "office", "--called", "镇办小刘")
        sign_in(office, server, "zhen", password_in(said))
        office.goto(f"{server.address}/batches/")
        keep(office, "batch-new")
        office.get_by_role("button", name="印", exact=True).click()
        office.wait_for_function(
            "() => (document.querySelector('progress')?.value || 0) > 999", timeout=60_000
        )
        keep(office, "batch-running", 330)
        office.get_by_role("heading", name="取文件").wait_for(timeout=120_000)
        keep(office, "batch-done", 760)
        office.goto(f"{server.address}/campaign/")
        office.locator("img.paper").wait_for()
        keep(office, "campaign", 760)

        secretary = new_page(browser, WIDTH, 700)
        said = cardgen(
            "user", "add", folder, "tangwan", "--village", "唐湾村", "--called", "陈秀兰"
        )
        sign_in(secretary, server, "tangwan", password_in(said))
        secretary.goto(server.address)
        secretary.get_by_label("姓名、拼音").press_sequentially("lq", delay=50)
        secretary.locator(".hits a", has_text="李全建").wait_for()
        keep(secretary, "find", 520)
        secretary.locator(".hits a", has_text="李全建").click()
        secretary.locator("img.paper").wait_for()
        secretary.locator("summary", has_text="的姓名、电话").first.click()
        form = secretary.locator("details[open] form").first
        form.get_by_label("对的电话").fill("199 0000 4321")
        form.get_by_role("button", name="改电话").click()
        secretary.locator("img.paper").wait_for()
        keep(secretary, "household", 1100)
        secretary.get_by_role("link", name="唐湾村全村").click()
        keep(secretary, "village", 700)

        office.goto(f"{server.address}/corrections/")
        keep(office, "corrections", 330)


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "qingshi"
        folder.mkdir()
        for name in ("campaign.toml", "roster.xlsx"):
            shutil.copy(MAIN / "samples" / "qingshi" / name, folder)
        take(folder)


if __name__ == "__main__":
    main()

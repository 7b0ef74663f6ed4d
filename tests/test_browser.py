"""The days of a secretary and of the office, from signing in to a PDF, in a real browser."""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from browsing import (
    Server,
    cardgen,
    chromium,
    faults_of,
    new_page,
    password_in,
    serving,
    sign_in,
    tab_through,
    too_wide,
)
from playwright.sync_api import Browser, Page, expect

QINGSHI = Path(__file__).parent.parent / "samples" / "qingshi"
LAYOUTS = QINGSHI.parent.parent / "layouts"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def township(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve") / "qingshi"
    folder.mkdir()
    for name in ("campaign.toml", "roster.xlsx"):
        shutil.copy(QINGSHI / name, folder)
    return folder


@pytest.fixture(scope="module")
def server(township: Path) -> Iterator[Server]:
    with serving(township) as found:
        yield found


def _text_of(pdf: bytes) -> str:
    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


def _check(page: Page) -> None:
    """Nothing serious for axe on a phone, and nothing too wide there nor on a desk."""
    size = page.viewport_size
    assert size is not None
    assert too_wide(page) <= 0, (page.url, size)
    page.set_viewport_size({"width": 360, "height": 800})
    assert faults_of(page) == [], page.url
    page.set_viewport_size(size)


def test_a_secretarys_day(server: Server, township: Path, browser: Browser) -> None:
    said = cardgen("user", "add", township, "tangwan", "--village", "唐湾村", "--called", "陈秀兰")
    page = new_page(browser)
    page.goto(server.address)
    _check(page)
    sign_in(page, server, "tangwan", password_in(said))

    # He sees his village, and finds a household as he types.
    assert page.locator(".villages a").all_inner_texts() == ["唐湾村"]
    page.get_by_label("姓名、拼音、门牌").press_sequentially("lqj", delay=20)
    page.locator(".hits a", has_text="李全建").wait_for()
    _check(page)
    page.locator(".hits a", has_text="李全建").click()

    # The card, who stands on it, and why.
    page.get_by_alt_text("爱心联系卡现在印出来的样子").wait_for()
    expect(page.locator(".chain")).to_contain_text("因为负责“唐湾村”（村）")
    _check(page)

    # Print it: the PDF has his serial and the phones.
    with (
        page.context.expect_page() as opened,
        page.context.expect_event("response", lambda answer: answer.url.endswith("love-card.pdf")),
    ):
        page.get_by_role("button", name="打印").click()
    opened.value.close()
    pdf = page.request.get(f"{page.url.rstrip('/')}/love-card.pdf").body()
    text = _text_of(pdf)
    assert "李全建" in text
    serial = re.search(r"[2-9A-Y]{4}-[2-9A-Y]{4}", text)
    assert serial is not None

    # On a cell of a used sheet, and as a picture.
    page.get_by_role("button", name="印在用过的纸上").click()
    page.get_by_label("第 7 格").check()
    _check(page)
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="印在这一格").click()
    opened.value.wait_for_load_state()
    opened.value.close()
    with pypdfium2.PdfDocument(
        page.request.get(f"{page.url.rstrip('/')}/love-card.pdf").body()
    ) as sheet:
        assert tuple(map(round, sheet[0].get_size())) == (595, 842)
    with page.expect_download() as saved:
        page.get_by_role("button", name="存成图片").click()
    assert saved.value.suggested_filename == "love-card.png"

    # A phone is wrong: the preview has the right one at once.
    page.reload()
    page.locator("summary", has_text="的姓名、电话").first.click()
    form = page.locator("details[open] form").first
    form.get_by_label("对的电话").fill("199 0000 4321")
    form.get_by_role("button", name="改电话").click()
    expect(page.locator(".chain")).to_contain_text("199 0000 4321")
    page.get_by_alt_text("爱心联系卡现在印出来的样子").wait_for()

    # He hands the card over, and takes that back: on a phone no button lies outside of it.
    size = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 800})
    handed = page.get_by_role("button", name=f"{serial[0]} 已送到")
    lost = page.get_by_role("button", name=f"{serial[0]} 丢了").bounding_box()
    assert lost is not None
    assert lost["x"] + lost["width"] < 360
    page.set_viewport_size(size)
    handed.click()
    expect(page.locator("#history ~ .scroll")).to_contain_text("送达")
    page.get_by_role("button", name=f"撤销 {serial[0]} 的登记").first.click()
    page.get_by_text("撤销了送达").wait_for()

    # His village at a glance.
    page.get_by_role("link", name="唐湾村全村").click()
    expect(page.locator(".sums")).to_contain_text("333 户")
    _check(page)


def test_another_villages_household_is_not_there(
    server: Server, township: Path, browser: Browser
) -> None:
    office = new_page(browser)
    said = cardgen("user", "add", township, "liu", "--role", "office")
    sign_in(office, server, "liu", password_in(said))
    office.get_by_role("link", name="石桥村").click()
    strange = [str(office.url), office.locator("tbody a").first.evaluate("link => link.href")]
    said = cardgen("user", "add", township, "tangwan2", "--village", "唐湾村")
    page = new_page(browser)
    sign_in(page, server, "tangwan2", password_in(said))
    for address in (*strange, f"{strange[1]}love-card/", f"{strange[1]}love-card.pdf"):
        assert page.request.get(address).status == 404, address
    page.goto(strange[1])
    page.get_by_text("没有这一页。").wait_for()


def _changed_roster(folder: Path) -> Path:
    """The sample's roster without its last household, and with another phone for the first."""
    book = openpyxl.load_workbook(QINGSHI / "roster.xlsx")
    sheet = book["住户"]
    sheet.delete_rows(sheet.max_row)
    header = next(row for row in sheet.iter_rows() if any(cell.value == "户主" for cell in row))
    column = next(cell.column for cell in header if cell.value in ("电话", "联系电话", "手机"))
    sheet.cell(header[0].row + 1, column).value = "19900099999"
    path = folder / "新名册.xlsx"
    book.save(path)
    return path


def test_the_offices_day(server: Server, township: Path, browser: Browser, tmp_path: Path) -> None:
    said = cardgen("user", "add", township, "zhen", "--role", "office", "--called", "镇办小刘")
    page = new_page(browser)
    sign_in(page, server, "zhen", password_in(said))
    _check(page)

    # The campaign's words, with the card as it will be.
    page.get_by_role("link", name="文字").click()
    page.get_by_alt_text("爱心联系卡用这些话印出来的样子").wait_for()
    before = page.locator("img.paper").get_attribute("src")
    page.get_by_label("这次工作叫什么").fill("防汛")
    page.wait_for_function(
        "before => document.querySelector('img.paper')?.src !== before", arg=before
    )
    _check(page)
    page.get_by_role("button", name="就用这些话").click()
    page.get_by_text("改好了。以后印的都用新的话").wait_for()

    # New rosters: looked at, taken in, taken back.
    page.get_by_role("link", name="名册").click()
    expect(page.locator("#now ~ p").first).to_contain_text("8000 户")
    _check(page)
    page.get_by_label("Excel、WPS 或 csv 文件").set_input_files(_changed_roster(tmp_path))
    page.get_by_role("button", name="看看会改什么").click()
    page.get_by_role("heading", name="换不换？").wait_for(timeout=60_000)
    sums = page.locator("#decide ~ .sums").inner_text()
    assert "1 离开" in " ".join(sums.split())
    expect(page.get_by_role("region", name="变了的户")).to_contain_text("19900099999")
    _check(page)
    page.get_by_role("button", name="换", exact=True).click()
    page.get_by_text("换好了，以后都用新的名册").wait_for()
    expect(page.locator("#now ~ p").first).to_contain_text("7999 户")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="换回原来的名册").click()
    page.get_by_text("换回了原来的名册").wait_for()
    expect(page.locator("#now ~ p").first).to_contain_text("8000 户")

    # An account for a village.
    page.get_by_role("link", name="账户").click()
    _check(page)
    page.get_by_role("link", name="建一个账户").click()
    page.get_by_label("用户名").fill("shiqiao")
    page.get_by_label("石桥村", exact=True).check()
    _check(page)
    page.get_by_role("button", name="建账户").click()
    assert len(page.locator(".password").inner_text()) == 14
    _check(page)

    # A batch of two villages, watched to its end.
    page.get_by_role("link", name="印一批").click()
    page.get_by_text("只印几个村").click()
    page.get_by_label("唐湾村", exact=True).check()
    page.get_by_label("石桥村", exact=True).check()
    _check(page)
    page.get_by_role("button", name="印", exact=True).click()
    page.get_by_role("heading", name="取文件").wait_for(timeout=90_000)
    assert "数目相符" in page.locator("#state").inner_text()
    _check(page)
    link = page.locator("tbody a").first
    pdf = page.request.get(link.evaluate("link => link.href"))
    assert pdf.headers["content-type"] == "application/pdf"
    assert "防汛" in _text_of(pdf.body())
    with page.expect_download() as saved:
        page.get_by_role("link", name="全部（一个 zip）").click()
    assert saved.value.suggested_filename.endswith(".zip")
    report = page.request.get(page.get_by_role("link", name="看报告").evaluate("link => link.href"))
    assert "sandbox" in report.headers["content-security-policy"]
    for name in ("改正", "记录"):
        page.get_by_role("link", name=name, exact=True).click()
        _check(page)


@pytest.mark.soak  # half a minute, and the pictures of all layouts beside it
def test_the_offices_own_layout_is_checked_and_taken_in(
    server: Server, township: Path, browser: Browser, tmp_path: Path
) -> None:
    wrong, right = tmp_path / "wrong.zip", tmp_path / "wish-slip.zip"
    _zip_layout(right)
    _zip_layout(wrong, lambda html: html.replace("serial", "household.code"))
    said = cardgen("user", "add", township, "drawer", "--role", "office")
    page = new_page(browser)
    sign_in(page, server, "drawer", password_in(said))
    page.get_by_role("link", name="版式").click()
    _check(page)
    for path, outcome in ((wrong, "处不对，不能放进去"), (right, "检查过了，没有问题")):
        page.goto(f"{server.address}/layouts/")
        page.get_by_label("zip，或里面的文件").set_input_files(path)
        page.get_by_role("button", name="检查").click()
        page.get_by_text(outcome).wait_for(timeout=90_000)
        _check(page)
    assert page.locator(".gallery img").count() >= 5
    page.get_by_role("button", name="放进去").click()
    page.get_by_text("版式放进去了").wait_for()
    expect(page.locator(".gallery li").first).to_contain_text("自己的")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="撤销", exact=True).click()
    page.get_by_text("撤销了。").wait_for()
    assert page.locator(".gallery", has_text="自己的").count() == 0


def _zip_layout(path: Path, changed: Callable[[str], str] = str) -> None:
    """A copy of a built-in layout, its HTML changed, as an office would send it."""
    folder = LAYOUTS / "wish-slip"
    with zipfile.ZipFile(path, "w") as made:
        for each in folder.iterdir():
            text = each.read_text("utf-8")
            if each.name == "layout.html":
                text = changed(text)
            made.writestr(f"wish-slip/{each.name}", text)


def test_the_tables_behind_are_as_easy_to_read(
    server: Server, township: Path, browser: Browser
) -> None:
    said = cardgen("user", "add", township, "looker", "--role", "office")
    page = new_page(browser)
    sign_in(page, server, "looker", password_in(said))
    pages = ("", "web/account/", "web/failure/", "web/account/1/change/", "web/account/1/history/")
    for name in pages:
        page.goto(f"{server.address}/admin/{name}")
        expect(page.get_by_role("link", name="回到联系卡")).to_be_visible()
        assert page.get_by_role("button", name="保存").count() == 0
        _check(page)


def test_keyboard_alone_finds_and_opens_a_household(
    server: Server, township: Path, browser: Browser
) -> None:
    said = cardgen("user", "add", township, "keys", "--village", "唐湾村")
    page = new_page(browser)
    sign_in(page, server, "keys", password_in(said))
    page.keyboard.type("wang")
    expect(page.get_by_role("status").filter(has_text="找到")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/h/**")
    page.reload()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "跳到正文"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "← 再找一户"

    # From the paper to a cell of a used sheet, and on from there.
    page.get_by_alt_text("爱心联系卡现在印出来的样子").wait_for()
    page.get_by_role("button", name="印在用过的纸上").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("第 1 格", exact=True)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("第 2 格", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="印在这一格")).to_be_focused()
    assert tab_through(page) == []

    # A correction that cannot be is told, and read out.
    page.locator("summary", has_text="改电话").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("123")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="电话没有改")).to_be_visible()


def test_every_page_of_the_office_is_gone_through_by_keyboard(
    server: Server, township: Path, browser: Browser
) -> None:
    said = cardgen("user", "add", township, "tabs", "--role", "office")
    page = new_page(browser)
    sign_in(page, server, "tabs", password_in(said))
    names = ("", "batches/", "rosters/", "corrections/", "campaign/", "accounts/", "accounts/add/")
    for name in (*names, "trail/", "password/"):
        page.goto(f"{server.address}/{name}")
        assert tab_through(page) == [], name

    # Where a form is not taken one stands at the field that is wrong, which says why.
    page.goto(f"{server.address}/accounts/add/")
    page.get_by_role("button", name="建账户").press("Enter")
    name = page.get_by_label("用户名")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description(re.compile("登录时用的.*这个字段是必填项。"))


@pytest.mark.soak  # a minute; tests/test_errand.py has the same without a browser
def test_what_is_cut_off_with_the_server_can_be_gone_on_with(
    township: Path, browser: Browser
) -> None:
    said = cardgen("user", "add", township, "restart", "--role", "office")
    with serving(township) as first:
        page = new_page(browser)
        sign_in(page, first, "restart", password_in(said))
        page.goto(f"{first.address}/batches/")
        page.get_by_text("只印几个村").click()
        for box in page.locator("input[name=villages]").all()[:8]:
            box.check()
        page.get_by_role("button", name="印", exact=True).click()
        page.wait_for_function(
            "() => (document.querySelector('progress')?.value || 0) > 0", timeout=60_000
        )
        number = page.url.rstrip("/").rpartition("/")[2]
        state = page.context.storage_state()
    # The server has gone; its batch has not.
    with serving(township) as second:
        again = browser.new_context(storage_state=state).new_page()
        again.goto(f"{second.address}/batches/{number}/")
        again.get_by_role("button", name="停下").click()
        again.get_by_text("停下了", exact=True).wait_for(timeout=120_000)
        again.get_by_role("button", name="接着印").click()
        again.get_by_role("heading", name="取文件").wait_for(timeout=120_000)
        assert "以前已经印好" in again.locator("#state").inner_text()

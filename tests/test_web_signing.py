"""Signing in: passwords, the wait after wrong ones, sessions, and what every answer carries."""

from __future__ import annotations

import errno
import logging
import stat
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from web import PASSWORD, Site

NOW = datetime(2026, 11, 28, 8, 0, tzinfo=UTC)


def _sign_in(site: Site, name: str, password: str, client: object = None) -> object:
    client = client or site.client()
    return client.post("/sign-in/", {"username": name, "password": password})  # type: ignore[attr-defined]


def _text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def test_right_password_opens_and_is_kept_as_argon2(site: Site) -> None:
    from django.conf import settings

    answer = _sign_in(site, "tangwan", PASSWORD)
    assert (answer.status_code, answer.url) == (302, "/")  # type: ignore[attr-defined]
    assert site.account("tangwan").password.startswith("argon2$argon2id$")
    # Django's own, at its own cost; tests/web.py makes it cheap for tests alone.
    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_wrong_password_says_so_and_not_which_of_the_two_is_wrong(site: Site) -> None:
    wrong, unknown = (
        _text(_sign_in(site, name, "wrong-guess-99")) for name in ("tangwan", "nobody")
    )
    assert "用户名或密码不对" in wrong
    assert "用户名或密码不对" in unknown


def test_after_three_failures_even_the_right_password_has_to_wait(site: Site) -> None:
    for _ in range(3):
        _sign_in(site, "tangwan", "wrong-guess-99")
    answer = _sign_in(site, "tangwan", PASSWORD)
    assert "错的次数太多，请等" in _text(answer)
    assert _sign_in(site, "shiqiao", PASSWORD).status_code == 302  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("failures", "seconds"), [(2, 0), (3, 5), (4, 10), (5, 20), (6, 40), (11, 900), (40, 900)]
)
def test_wait_doubles_up_to_a_quarter_of_an_hour(site: Site, failures: int, seconds: int) -> None:
    from cardgen.web import delay

    for number in range(failures):
        delay.note_failure("tangwan", f"192.0.2.{number}", NOW)
    assert delay.seconds_to_wait("TangWan", "192.0.2.250", NOW) == seconds
    assert delay.seconds_to_wait("tangwan", "", NOW + timedelta(seconds=seconds)) == 0


def test_an_address_waits_after_ten_failures_whatever_the_names(site: Site) -> None:
    from cardgen.web import delay

    for number in range(9):
        delay.note_failure(f"name{number}", "192.0.2.7", NOW)
    assert delay.seconds_to_wait("other", "192.0.2.7", NOW) == 0
    delay.note_failure("name10", "192.0.2.7", NOW)
    assert delay.seconds_to_wait("other", "192.0.2.7", NOW) == 5
    assert delay.seconds_to_wait("other", "192.0.2.8", NOW) == 0


def test_who_waited_signs_in_however_long_ago_it_was(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardgen.web import delay

    start = datetime.now(UTC)
    for failures, wait in ((1, 2), (4, 10), (5, 3600)):
        at = start
        monkeypatch.setattr(delay.timezone, "now", lambda: at)  # noqa: B023 - it moves
        for _ in range(failures):
            delay.note_failure("tangwan", "127.0.0.1")
        at += timedelta(seconds=wait)
        answer = _sign_in(site, "tangwan", PASSWORD)
        assert answer.status_code == 302, _text(answer)  # type: ignore[attr-defined]


def test_a_clock_that_is_set_back_locks_nobody_out(site: Site) -> None:
    from cardgen.web import delay

    for _ in range(12):
        delay.note_failure("tangwan", "192.0.2.7", NOW)
    before = NOW - timedelta(days=200)
    assert delay.seconds_to_wait("tangwan", "192.0.2.7", before) == 0
    delay.note_failure("tangwan", "192.0.2.7", before)
    assert delay.seconds_to_wait("tangwan", "192.0.2.7", before) == delay.MOST_S


def test_failures_are_kept_without_the_name_that_was_typed(site: Site) -> None:
    from cardgen.web.models import Failure

    _sign_in(site, "secret-that-was-typed-as-name", "x")
    kept = [each.what for each in Failure.objects.all()]
    assert len(kept) == 2
    assert not any("secret" in what for what in kept)


def test_one_time_password_opens_nothing_but_the_page_to_choose_one(site: Site) -> None:
    from cardgen.web.accounts import reset_password

    password = reset_password(site.account("tangwan"))
    client = site.client()
    _sign_in(site, "tangwan", password, client)
    for page in ("/", "/batches/", "/corrections/"):
        assert client.get(page).url == "/password/"
    assert "先定一个自己的密码" in _text(client.get("/password/"))
    new = {"old_password": password, "new_password1": "qing-9753-shan"}
    short = {**new, "new_password1": "x", "new_password2": "x"}
    assert "密码太短，至少要 8 个字符" in _text(client.post("/password/", short))
    client.post("/password/", {**new, "new_password2": "qing-9753-shan"})
    assert client.get("/").status_code == 200
    assert not site.account("tangwan").must_change


def test_new_password_ends_all_sessions(site: Site) -> None:
    from cardgen.web.accounts import reset_password

    client = site.client("tangwan")
    assert client.get("/").status_code == 200
    reset_password(site.account("tangwan"))
    assert client.get("/").url.startswith("/sign-in/")


def test_stopped_account_is_out_at_once(site: Site) -> None:
    client, office = site.client("tangwan"), site.client("office")
    office.post(f"/accounts/{site.account('tangwan').pk}/", {"active": "0"})
    assert client.get("/").url.startswith("/sign-in/")
    assert "用户名或密码不对" in _text(_sign_in(site, "tangwan", PASSWORD))


def test_sessions_of_a_stopped_account_stay_ended_when_it_may_sign_in_again(site: Site) -> None:
    client, other, office = (site.client(name) for name in ("tangwan", "shiqiao", "office"))
    page = f"/accounts/{site.account('tangwan').pk}/"
    for active in "01":
        office.post(page, {"active": active})
    assert client.get("/").url.startswith("/sign-in/")
    assert other.get("/").status_code == office.get("/").status_code == 200
    assert _sign_in(site, "tangwan", PASSWORD).status_code == 302  # type: ignore[attr-defined]


def test_another_role_and_other_villages_hold_from_the_next_page_on(site: Site) -> None:
    client, office = site.client("tangwan"), site.client("office")
    page = f"/accounts/{site.account('tangwan').pk}/"
    assert "石桥村" not in _text(client.get("/"))
    office.post(page, {"role": "secretary", "villages": ["石桥村"]})
    seen = _text(client.get("/"))
    assert "石桥村" in seen
    assert "唐湾村" not in seen
    assert client.get("/accounts/").status_code == 403
    office.post(page, {"role": "office"})
    assert client.get("/accounts/").status_code == 200
    office.post(page, {"role": "reader", "villages": ["唐湾村"]})
    assert client.get("/accounts/").status_code == 403
    assert client.post("/batches/new/").status_code == 403


def test_one_time_password_cannot_be_the_own_one(site: Site) -> None:
    from cardgen.web.accounts import reset_password

    password = reset_password(site.account("tangwan"))
    client = site.client()
    _sign_in(site, "tangwan", password, client)
    same = dict.fromkeys(("old_password", "new_password1", "new_password2"), password)
    assert "新密码不能和现在的一样，请另定一个。" in _text(client.post("/password/", same))
    assert site.account("tangwan").must_change


def test_last_office_cannot_lock_itself_out(site: Site) -> None:
    office = site.client("office")
    answer = office.post(f"/accounts/{site.account('office').pk}/", {"active": "0"})
    assert "最后一个镇办公室的账户" in _text(answer)
    assert site.account("office").is_active


def test_two_offices_that_stop_one_another_leave_one(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connection

    from cardgen.errors import UsageError
    from cardgen.web import accounts
    from cardgen.web.models import Account, Role

    accounts.add_account("office-2", Role.OFFICE)
    both, told = threading.Barrier(2), list[str]()
    keep = accounts.keep_an_office

    def kept(account: Account) -> None:
        keep(account)
        with suppress(threading.BrokenBarrierError):
            both.wait(1.0)

    monkeypatch.setattr(accounts, "keep_an_office", kept)

    def stop(name: str) -> None:
        try:
            if name == "office":
                accounts.set_active(site.account(name), is_active=False)
            else:
                accounts.set_role(site.account(name), Role.READER)
        except UsageError as error:
            told.append(error.message)
        finally:
            connection.close()

    threads = [threading.Thread(target=stop, args=(name,)) for name in ("office", "office-2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Account.objects.filter(role=Role.OFFICE, is_active=True).count() == 1
    assert told == ["这是最后一个镇办公室的账户，不能停用，也不能改成别的身份。"]


def test_session_ends_an_hour_after_a_clock_was_set_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardgen.web import access

    client = site.client("tangwan")
    start = 1_700_000_000
    for seconds, is_in in ((0, True), (-86_400, True), (-86_400 + 3700, False)):
        monkeypatch.setattr(access.time, "time", lambda at=start + seconds: at)
        assert (client.get("/").status_code == 200) is is_in, seconds


def test_session_ends_after_an_hour_of_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from cardgen.web import access

    client = site.client("tangwan")
    start = 1_700_000_000
    for seconds, is_in in ((0, True), (3000, True), (6000, True), (9700, False)):
        monkeypatch.setattr(access.time, "time", lambda at=start + seconds: at)
        assert (client.get("/").status_code == 200) is is_in, seconds


def test_session_ends_also_where_the_clock_was_set_back(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardgen.web import access

    client = site.client("tangwan")
    start = 1_700_000_000
    for seconds, is_in in ((0, True), (-9000, True), (-9000 + 3000, True), (-2300, False)):
        monkeypatch.setattr(access.time, "time", lambda at=start + seconds: at)
        assert (client.get("/").status_code == 200) is is_in, seconds


def test_cookies_are_closed_to_scripts_and_other_sites(site: Site) -> None:
    answer = _sign_in(site, "tangwan", PASSWORD)
    cookie = answer.cookies["cardgen"]  # type: ignore[attr-defined]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["expires"]  # gone with the browser


def test_a_form_of_another_site_is_refused(site: Site) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(site.account("tangwan"))
    answer = client.post("/find/", {"words": "wang"})
    assert answer.status_code == 403
    assert "没有提交" in _text(answer)


def test_sign_in_goes_nowhere_outside(site: Site) -> None:
    form = {"username": "tangwan", "password": PASSWORD, "next": "https://example.com/"}
    assert site.client().post("/sign-in/", form).url == "/"


@pytest.mark.parametrize("page", ["/sign-in/", "/", "/nowhere/", "/static/web/style.css"])
def test_every_answer_has_the_headers(site: Site, page: str) -> None:
    headers = site.client("tangwan").get(page).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    is_static = page.startswith("/static/")
    assert ("no-store" in headers.get("Cache-Control", "")) is not is_static


def test_no_page_has_a_script_or_a_style_of_its_own(site: Site) -> None:
    import re

    client = site.client("office")
    for page in ("/", "/batches/", "/campaign/", "/accounts/add/", "/corrections/", "/trail/"):
        html = _text(client.get(page))
        assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>|<style|\sstyle=|\son\w+=", html), page


def test_secrets_are_made_once_and_are_their_owners(site: Site) -> None:
    from cardgen.web.place import prepare, read_secret

    folder = site.folder / "web"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("secret.key", "web.db"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600, name
    before = read_secret(site.folder)
    prepare(site.folder)
    assert read_secret(site.folder) == before
    assert len(before) >= 50


def test_name_typed_in_full_width_is_the_same_name(site: Site) -> None:
    from cardgen.web.accounts import add_account, find_account
    from cardgen.web.models import Role

    made, password = add_account("ｓｈｉ２", Role.SECRETARY, ["石桥村"])
    assert made.username == "shi2"
    assert find_account("ｓｈｉ２") == made
    for typed in ("shi2", "ｓｈｉ２"):
        assert _sign_in(site, typed, password).status_code == 302  # type: ignore[attr-defined]


def test_strange_host_is_refused(site: Site) -> None:
    answer = site.client().get("/sign-in/", headers={"host": "evil.example"})
    assert answer.status_code == 400
    assert "这个网址里的名字没有登记" in _text(answer)
    assert "evil" not in _text(answer)


def test_nothing_of_the_roster_gets_into_logs_or_addresses(
    site: Site, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    from cardgen.web.desks import open_desk

    home = open_desk().homes("唐湾村")[0]
    client = site.client("tangwan")
    with caplog.at_level(logging.DEBUG):
        found = _text(client.post("/find/", {"words": home.head}))
        key = found.partition('href="/h/')[2].partition('"')[0]
        page = client.get(f"/h/{key}")
        client.post(f"/h/{key}love-card/print/")
        client.get("/h/nowhere/")
        client.get(f"/nowhere/{home.phone}/")
    assert home.head in _text(page)
    said = caplog.text + "".join(capfd.readouterr())
    for secret in (home.head, home.phone, home.code):
        assert secret not in said
        assert secret not in key
    names = "\n".join(path.name for path in site.folder.rglob("*"))
    assert home.head not in names
    assert home.phone not in names


def test_error_that_nobody_expected_shows_a_reference_and_no_values(
    site: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    from cardgen.web.views import home

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    def broken() -> None:
        raise RuntimeError("王秀英 19900000101")

    monkeypatch.setattr(home, "open_desk", broken)
    client = site.client("tangwan")
    client.raise_request_exception = False
    answer = client.get("/")
    assert answer.status_code == 500
    assert "不是您的错（编号 " in _text(answer)
    assert "王秀英" not in _text(answer)
    assert "19900000101" not in _text(answer)


@pytest.mark.parametrize("where", ["page", "session"])
def test_full_disk_is_told_as_what_it_is(
    site: Site, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import OperationalError

    from cardgen.web.views import home

    def is_full(*_: object, **__: object) -> None:
        if where == "session":
            raise OperationalError("database or disk is full")
        raise OSError(errno.ENOSPC, "No space left on device")

    client = site.client("tangwan")
    client.raise_request_exception = False
    if where == "session":
        monkeypatch.setattr(SessionStore, "save", is_full)
    else:
        monkeypatch.setattr(home, "open_desk", is_full)
    answer = client.get("/")
    assert answer.status_code == 507
    assert "磁盘满了，没有做成" in _text(answer)
    assert "程序出错" not in _text(answer)


@pytest.mark.parametrize("has_office", [True, False])
def test_serve_says_where_nobody_can_do_the_offices_work(
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    has_office: bool,
) -> None:
    from cardgen.cli import main
    from cardgen.web import accounts, server
    from cardgen.web.models import Account

    if not has_office:
        Account.objects.filter(username="office").update(is_active=False)
    asked = accounts.has_office()
    served = server.Served(("http://127.0.0.1:8000/",), "", "", asked, lambda: None)
    monkeypatch.setattr(server, "serve", lambda *_: served)
    assert main(["serve", str(site.folder)]) == 0
    told = capsys.readouterr().out
    assert ("还没有镇办公室的账户" in told) is not has_office
    assert (f"cardgen user add {site.folder} office --role office" in told) is not has_office

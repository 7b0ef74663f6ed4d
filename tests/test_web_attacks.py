"""What somebody could try who knows the addresses: each of it comes to nothing."""

from __future__ import annotations

import re

import pytest
from web import Site

ROSTER = "户号,村,组,门牌,户主,电话,人口\nTW-001,唐湾村,1组,1号,{},19900000101,3\n"


def _text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined]


def _uploaded(site: Site, head: str) -> str:
    """The page of rosters that were sent in and looked at."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    from cardgen.errand import main

    content = ROSTER.format(head).encode()
    answer = site.client("office").post(
        "/rosters/upload/", {"files": SimpleUploadedFile("住户.csv", content)}
    )
    number = int(answer.url.strip("/").rpartition("/")[2])
    main(site.folder, number, nice=0)
    return str(answer.url)


def test_a_page_that_is_still_open_cannot_accept_rosters_that_came_later(site: Site) -> None:
    old = _uploaded(site, "王小明")
    site.client("office").post(f"{old}decide/", {"do": "discard"})
    new = _uploaded(site, "李小河")
    before = (site.folder / "住户.csv").read_bytes()
    assert site.client("office").post(f"{old}decide/", {"do": "accept"}).status_code == 404
    assert (site.folder / "住户.csv").read_bytes() == before
    assert "李小河" in _text(site.client("office").get(new))


@pytest.mark.parametrize("do", ["", "acept"])
def test_rosters_are_accepted_only_by_who_says_so(site: Site, do: str) -> None:
    page = _uploaded(site, "王小明")
    before = (site.folder / "住户.csv").read_bytes()
    assert site.client("office").post(f"{page}decide/", {"do": do}).status_code == 404
    assert (site.folder / "住户.csv").read_bytes() == before
    assert site.client("office").post(f"{page}decide/", {"do": "accept"}).status_code == 302
    assert (site.folder / "住户.csv").read_bytes() != before


def test_nobody_writes_what_he_likes_into_the_audit_trail(site: Site) -> None:
    from cardgen.errand import ask
    from cardgen.ledger import audit_trail, open_ledger

    asked = {"layouts": ["love-card"], "villages": ["唐湾村"]}
    number = ask(site.folder, "build", asked, "tangwan")
    for do in ("finished", "password", ""):
        answer = site.client("tangwan").post(f"/batches/{number}/move/", {"do": do})
        assert answer.status_code == 404
    site.client("tangwan").post(f"/batches/{number}/move/", {"do": "stop"})
    with open_ledger(site.folder) as ledger:
        assert [(row.person, row.event) for row in audit_trail(ledger)] == [("tangwan", "stop")]


def test_a_paper_with_a_chinese_name_has_its_pages(site: Site) -> None:
    from cardgen.web.desks import open_desk
    from cardgen.web.keys import household_key

    campaign = site.folder / "campaign.toml"
    more = '\n[papers."防汛 卡.2"]\nlayout = "love-card"\n'
    campaign.write_text(campaign.read_text("utf-8") + more, "utf-8")
    desk = open_desk()
    page = f"/h/{household_key(desk.homes('唐湾村')[0].code)}/"
    client = site.client("tangwan")
    assert client.get(page).status_code == 200
    assert client.get(f"{page}防汛 卡.2/").status_code == 200
    answer = client.post(f"{page}防汛 卡.2/print/", follow=True)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


def test_pages_speak_of_no_commands_and_to_a_secretary_of_no_other_village(site: Site) -> None:
    from cardgen.web.plain import for_page
    from cardgen.web.words import lines_for_page

    assert for_page("等它印完，再运行同一条命令。") == "等它印完，再试一次。"
    assert for_page("再运行一次同样的命令；还是不符，请找维护人员。").startswith("再试一次；")
    lines = [
        "这一批印好了",
        "  名册里发现：错误 4，警告 6",
        "1. 未印成的，按 report.html 里写的办法改好名册，再运行一次同样的命令。",
        "2. 按 report.html 里的顺序打印，缩放选“实际大小”（100%）。",
        "3. 要收回旧的 2 份：换卡收回单和新的一起交给送的人，收回来的用 cardgen returned 登记。",
        "4. 抽空看一遍问题清单，名册越改越准。",
    ]
    office = lines_for_page(lines, is_office=True)
    assert office[1] == lines[1]
    assert office[2] == "1. 未印成的，按报告里写的办法改好名册，再印一次。"
    assert office[4].endswith("收回来的在那一户的页面上登记。")
    secretary = lines_for_page(lines, is_office=False)
    assert secretary == [
        lines[0],
        "1. 未印成的，请找镇办公室改好名册，再印一次。",
        "2. 按下面的顺序打印，缩放选“实际大小”（100%）。",
        office[4],
    ]


def test_a_broken_roster_is_no_traceback_in_the_window_of_the_server(
    site: Site, capfd: pytest.CaptureFixture[str]
) -> None:
    from cardgen.web import desks

    for path in site.folder.glob("*.csv"):
        path.unlink()
    desks.warm_up()
    assert "Traceback" not in "".join(capfd.readouterr())


def test_what_uploads_refuse_in_words_comes_through_the_server() -> None:
    from cardgen import intake, layoutbox
    from cardgen.web.server import MOST_UPLOAD

    for limits in (intake.UPLOAD, layoutbox.UPLOAD):
        assert limits.all_bytes < MOST_UPLOAD


def test_a_secret_that_a_full_disk_cut_off_is_made_anew(site: Site) -> None:
    from cardgen.web.place import prepare, read_secret

    (site.folder / "web" / "secret.key").write_bytes(b"")
    prepare(site.folder)
    assert len(read_secret(site.folder)) >= 50


def test_villages_of_an_account_are_changed_on_its_own_page_alone(site: Site) -> None:
    account = site.account("reader")
    page = f"/admin/web/account/{account.pk}/change/"
    assert "唐湾村" in _text(site.client("office").get(page))
    given = {
        "villages-TOTAL_FORMS": "1",
        "villages-INITIAL_FORMS": "0",
        "villages-0-name": "石桥村",
    }
    site.client("office").post(page, {**given, "villages-0-account": str(account.pk)})
    assert account.village_names() == {"唐湾村"}


def test_a_correction_goes_with_its_household_to_another_village(site: Site) -> None:
    from cardgen.corrections import of_household
    from cardgen.ledger import open_ledger, propose
    from cardgen.model import Corrected
    from cardgen.web.desks import open_desk

    desk = open_desk()
    home = desk.homes("唐湾村")[0]
    with open_ledger(site.folder) as ledger:
        what, after = Corrected.HOUSEHOLD_PHONE, "19900000088"
        subject = of_household(home)
        made = propose(ledger, what, subject, home.phone, after, "tangwan")
    assert "199 0000 0088" in _text(site.client("tangwan").get("/corrections/"))
    roster = site.folder / "住户.csv"
    rows = roster.read_text("utf-8").splitlines()
    at = next(n for n, row in enumerate(rows) if row.startswith(f"{home.code},"))
    rows[at] = rows[at].replace("唐湾村", "石桥村").replace(home.phone, "19900000077")
    roster.write_text("\n".join(rows) + "\n", "utf-8")
    desk.renew()
    page = _text(site.client("tangwan").get("/corrections/"))
    assert "199 0000 0077" not in page  # what the roster says of another village's household
    assert "199 0000 0088" not in page
    assert "199 0000 0077" in _text(site.client("shiqiao").get("/corrections/"))
    decided = {"decision": "withdraw"}
    answer = site.client("tangwan").post(f"/corrections/{made.id}/", decided)
    assert answer.status_code == 404


def test_a_disputed_phone_of_who_answers_for_more_than_the_village_is_the_offices(
    site: Site,
) -> None:
    from cardgen.corrections import of_cadre
    from cardgen.ledger import open_ledger, propose
    from cardgen.model import Corrected
    from cardgen.web.desks import open_desk
    from cardgen.web.keys import household_key

    desk = open_desk()
    township = desk.workspace.township
    li = next(each for each in township.cadres if each.name == "李明")
    with open_ledger(site.folder) as ledger:
        subject = of_cadre(li, township)
        propose(ledger, Corrected.CADRE_PHONE, subject, li.phone, "19900000088", "tangwan")
    roster = site.folder / "干部.csv"
    rows = roster.read_text("utf-8")
    home = household_key(desk.homes("唐湾村")[0].code)
    pages = ["/corrections/", f"/h/{home}/love-card/"]
    for scopes, is_seen in (("唐湾村", True), ("唐湾村；石桥村", False)):
        now = rows.replace("19900000002,唐湾村", f"19900000077,{scopes}")
        roster.write_text(now, "utf-8")
        desk.renew()
        secretary, office = (
            "".join(_text(site.client(name).get(page)) for page in pages)
            for name in ("tangwan", "office")
        )
        assert "199 0000 0077" in office
        assert ("199 0000 0077" in secretary) is is_seen, scopes
        assert "改正第 1 条和新名册说的不一样，要镇办公室定；定下之前不印" in secretary
        assert ("他现在管的也不只是您的村：由镇办公室定。" in secretary) is not is_seen


@pytest.mark.parametrize("typed", ["²", "99999", "-1", "1.5", "\0", "١"])
def test_what_is_no_number_is_no_number(site: Site, typed: str) -> None:
    from cardgen.web.keys import household_key

    office, key = site.client("office"), household_key("TW-001")
    printed = office.post(f"/h/{key}/love-card/print/", {"cell": typed})
    assert (printed.status_code, printed.url) == (302, f"/h/{key}/love-card.pdf")  # type: ignore[attr-defined]
    assert office.get(f"/h/{key}/love-card.pdf", {"page": typed}).status_code == 200
    undone = office.post("/layouts/change/", {"undo": typed}, follow=True)
    assert "没有这一次" in undone.content.decode()


def test_what_cannot_be_asked_that_way_has_a_page_with_a_way_out(site: Site) -> None:
    answer = site.client("tangwan").get("/find/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    text = answer.content.decode()
    assert "这一页不能这样打开" in text
    assert 'href="/"' in text


def test_batch_of_a_village_that_is_gone_is_not_one_of_all_villages(site: Site) -> None:
    from cardgen.errand import errands
    from cardgen.web.keys import village_key

    client = site.client("office")
    new, village = "/batches/new/", f"/v/{village_key('唐湾村')}/print/"
    for page, asked in (
        (new, {"layouts": "love-card", "villages": "清河村"}),
        (new, {"layouts": ["love-card", "gone"], "villages": "唐湾村"}),
        (village, {"layouts": "gone"}),
    ):
        answer = client.post(page, asked, follow=True)
        assert "现在没有了，没有印" in _text(answer)
    assert errands(site.folder) == []
    client.post(new, {"layouts": "love-card", "villages": ["唐湾村", "唐湾村"]})
    assert errands(site.folder)[0].request["villages"] == ["唐湾村"]


def _seen(page: str, at: int = 0) -> str:
    """What a form of a page says that it was made of."""
    return re.findall(r'name="seen" value="(\w+)"', page)[at]


def test_a_page_that_is_still_open_corrects_nobody_whose_code_is_anothers_now(site: Site) -> None:
    from cardgen.ledger import corrections, open_ledger
    from cardgen.web.desks import open_desk
    from cardgen.web.keys import household_key

    client, page = site.client("tangwan"), f"/h/{household_key('TW-001')}/"
    seen = _seen(_text(client.get(page)))
    said = {"field": "phone", "after": "19900000088", "seen": seen}
    roster = site.folder / "住户.csv"
    text = roster.read_text("utf-8")
    swapped = text.replace("TW-001,", "x,").replace("TW-002,", "TW-001,").replace("x,", "TW-002,")
    roster.write_text(swapped, "utf-8")
    open_desk().renew()
    answer = client.post(f"{page}correct/", said, follow=True)
    assert "这一页打开以后，名册或这一户换过了，没有改" in _text(answer)
    with open_ledger(site.folder) as ledger:
        assert corrections(ledger) == []
    roster.write_text(text, "utf-8")
    open_desk().renew()
    assert "改好了" in _text(client.post(f"{page}correct/", said, follow=True))


def test_second_of_two_who_correct_the_same_phone_is_told_first(site: Site) -> None:
    from cardgen.web.keys import household_key

    client, page = site.client("office"), f"/h/{household_key('TW-001')}/"
    text = _text(client.get(page))
    form = re.search(r'action="(/h/\w+/correct/\w+/)".*?name="seen" value="(\w+)"', text, re.S)
    assert form is not None
    said = {"field": "phone", "seen": form[2]}
    first = client.post(form[1], said | {"after": "19900000088"}, follow=True)
    assert "改好了" in _text(first)
    second = client.post(form[1], said | {"after": "19900000089"}, follow=True)
    assert "换过了，没有改" in _text(second)
    assert "199 0000 0088" in _text(second)


def test_a_correction_is_not_shown_with_the_household_that_has_its_code_now(site: Site) -> None:
    from cardgen.web.desks import open_desk
    from cardgen.web.keys import household_key

    page = f"/h/{household_key('TW-001')}/"
    said = {"field": "phone", "after": "19900000088"}
    site.client("tangwan").post(f"{page}correct/", said)
    assert "已按改正第 1 条改" in _text(site.client("tangwan").get(page))
    assert page in _text(site.client("tangwan").get("/corrections/"))
    roster = site.folder / "住户.csv"
    text = roster.read_text("utf-8").replace("TW-001,", "TW-099,").replace("SQ-020,", "TW-001,")
    roster.write_text(text, "utf-8")
    open_desk().renew()
    assert "已按改正" not in _text(site.client("shiqiao").get(page))
    assert "199 0000 0088" not in _text(site.client("shiqiao").get("/corrections/"))
    listed = _text(site.client("tangwan").get("/corrections/"))
    assert "199 0000 0088" in listed
    assert page not in listed
    moved = _text(site.client("tangwan").get(f"/h/{household_key('TW-099')}/"))
    assert "已按改正第 1 条改" in moved
    assert "199 0000 0088" in moved


def test_second_of_two_who_change_the_campaign_writes_over_nothing_unseen(site: Site) -> None:
    client = site.client("office")
    words = {"issuer": "青石镇人民政府", "slogans": "有困难，找干部"}
    words |= {"hotlines": "镇值班室 0374-0000000", "link_household": ""}
    seen = {"seen": _seen(_text(client.get("/campaign/")))}
    first = client.post("/campaign/", words | seen | {"title": "防汛"}, follow=True)
    assert "改好了" in _text(first)
    second = _text(client.post("/campaign/", words | seen | {"title": "防火"}, follow=True))
    assert "在别处改过了，没有保存" in second
    assert 'value="防火"' in second  # what was typed is still there
    assert 'title = "防汛"' in (site.folder / "campaign.toml").read_text("utf-8")
    again = {"seen": _seen(_text(client.get("/campaign/"))), "title": "防火"}
    assert "改好了" in _text(client.post("/campaign/", words | again, follow=True))


def test_accounts_that_cannot_be_written_are_told(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    from cardgen.web import accounts

    def read_only(*_: object) -> None:
        raise OperationalError("attempt to write a readonly database")

    office = site.client("office")
    monkeypatch.setattr(accounts, "set_villages", read_only)
    answer = office.post("/accounts/add/", {"username": "new", "role": "office"})
    assert answer.status_code == 409
    assert "账户的资料这会儿写不进去，没有办成。" in _text(answer)
    assert "是不是只读的" in _text(answer)
    assert "程序出错" not in _text(answer)


def test_an_upload_that_a_full_disk_refuses_is_told_once_and_leaves_nothing(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    from cardgen import errand
    from cardgen.errors import OutputError
    from cardgen.web import uploading

    def full(*_: object) -> None:
        raise OutputError("磁盘满了。")

    monkeypatch.setattr(uploading, "take_in", full)
    monkeypatch.setattr(errand, "write_said", full)
    sent = {"files": SimpleUploadedFile("住户.csv", b"x")}
    answer = site.client("office").post("/rosters/upload/", sent)
    assert (answer.status_code, answer.url) == (302, "/rosters/")  # type: ignore[attr-defined]
    assert errand.errands(site.folder) == []


def test_who_wants_the_rosters_phone_back_is_told_which_correction_stands(site: Site) -> None:
    from cardgen.web.desks import open_desk
    from cardgen.web.keys import household_key

    client, page = site.client("tangwan"), f"/h/{household_key('TW-001')}/"
    home = open_desk().household("TW-001")
    assert home is not None
    roster = {"field": "phone", "after": home.phone}
    same = _text(client.post(f"{page}correct/", roster, follow=True))
    assert "和名册上的一样，没有改" in same
    client.post(f"{page}correct/", {"field": "phone", "after": "19900000088"})
    told = _text(client.post(f"{page}correct/", roster, follow=True))
    assert "名册上就是这个，现在按改正第 1 条印着别的" in told

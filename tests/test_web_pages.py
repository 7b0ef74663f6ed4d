"""Pages of the office where something is not as it should be."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from web import Site


def test_rosters_can_be_sent_where_those_there_cannot_be_read(site: Site) -> None:
    for path in site.folder.glob("*.csv"):
        path.unlink()
    office = site.client("office")
    page = office.get("/rosters/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "现在的名册用不了" in text
    assert "看看会改什么" in text
    first = office.get("/")
    assert first.status_code == 409
    assert "去看名册" in first.content.decode()


def test_report_with_every_villages_problems_is_not_in_a_secretarys_zip(site: Site) -> None:
    import io
    import zipfile

    from cardgen.errand import ask, main

    number = ask(site.folder, "build", {"layouts": ["love-card"], "villages": ["唐湾村"]})
    main(site.folder, number, nice=0)
    names = {}
    for name in ("office", "tangwan"):
        answer = site.client(name).get(f"/batches/{number}/all.zip")
        content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
        names[name] = set(zipfile.ZipFile(io.BytesIO(content)).namelist())
    assert "report.html" in names["office"]
    assert names["office"] - names["tangwan"] == {"report.html"}
    assert "love-card/唐湾村-001.pdf" in names["tangwan"]


def test_upload_of_what_is_no_roster_is_told_and_leaves_nothing(site: Site) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    office = site.client("office")
    sent = SimpleUploadedFile("名册.exe", b"MZ")
    answer = office.post("/rosters/upload/", {"files": sent}, follow=True)
    text = answer.content.decode()
    assert ".exe" in text
    assert ".xlsx" in text
    tasks = site.folder / "web" / "tasks"
    assert [path.name for path in tasks.rglob("*") if path.is_file()] == []


def test_files_of_a_batch_are_cleared_away_and_that_it_was_printed_stays(site: Site) -> None:
    from cardgen.errand import ask, main, printed_folder
    from cardgen.ledger import batches, open_ledger

    asked = {"layouts": ["love-card"], "villages": ["唐湾村"]}
    number = ask(site.folder, "build", asked, "tangwan")
    page, other = f"/batches/{number}/", site.client("shiqiao")
    secretary = site.client("tangwan")
    waiting = secretary.post(f"{page}move/", {"do": "clear"}, follow=True).content.decode()
    assert "还在印，文件不能删" in waiting
    main(site.folder, number, nice=0)
    assert "删掉这一批的文件（0." in secretary.get(page).content.decode()
    assert "删掉这一批" not in site.client("reader").get(page).content.decode()
    assert other.post(f"{page}move/", {"do": "clear"}).status_code == 404
    assert printed_folder(site.folder, number).is_dir()
    text = secretary.post(f"{page}move/", {"do": "clear"}, follow=True).content.decode()
    assert not printed_folder(site.folder, number).exists()
    assert "文件删了，账本里的记录还在。" in text
    assert "取文件" not in text
    assert "删掉这一批" not in text
    assert secretary.get(f"{page}all.zip").status_code == 404
    with open_ledger(site.folder) as ledger:
        assert [each.copies for each in batches(ledger)] == [18]
    trail = site.client("office").get("/trail/").content.decode()
    assert f"删了第 {number} 号的文件" in trail


def test_uploads_that_were_only_looked_at_go_after_a_month(site: Site) -> None:
    from cardgen.errand import ask, errand_folder, errands, main
    from cardgen.web.tidying import LOOKED_AT, tidy

    looked = ask(site.folder, "examine", {})
    sent = errand_folder(site.folder, looked) / "files"
    sent.mkdir()
    (sent / "住户.csv").write_text("户号\n", "utf-8")
    main(site.folder, looked, nice=0)
    waits = ask(site.folder, "examine", {})
    batch = ask(site.folder, "build", {"layouts": ["love-card"]})
    now = datetime.now().astimezone()
    tidy(site.folder, now + LOOKED_AT - timedelta(hours=1))
    assert [each.number for each in errands(site.folder)] == [batch, waits, looked]
    tidy(site.folder, now + LOOKED_AT + timedelta(hours=1))
    assert [each.number for each in errands(site.folder)] == [batch, waits]
    assert list(errand_folder(site.folder, looked).iterdir()) == []
    assert ask(site.folder, "examine", {}) == batch + 1


def test_upload_that_was_cut_off_goes_after_a_day(site: Site) -> None:
    from cardgen.errand import errand_folder, reserve
    from cardgen.web.tidying import SENT, tidy

    sent = errand_folder(site.folder, reserve(site.folder)) / "files"
    sent.mkdir()
    (sent / "住户.csv").write_text("户号\n", "utf-8")
    now = datetime.now().astimezone()
    tidy(site.folder, now + SENT - timedelta(hours=1))
    assert (sent / "住户.csv").exists()
    tidy(site.folder, now + SENT + timedelta(hours=1))
    assert not sent.exists()


def test_every_page_of_a_paper_can_be_saved_as_a_picture(site: Site) -> None:
    from cardgen.web.desks import open_desk
    from cardgen.web.keys import household_key

    page = f"/h/{household_key(open_desk().homes('唐湾村')[0].code)}/pledge/"
    client = site.client("tangwan")
    answer = client.post(f"{page}print/", {"as": "png"}, follow=True)
    text = answer.content.decode()
    assert answer.redirect_chain == [(f"{page}pictures/", 302)]
    assert "2 页，一页一张图" in text
    contents = []
    for number in (1, 2):
        link = f"{page.removesuffix('/')}.png?page={number}"
        assert f'href="{link}" download>存第 {number} 页' in text
        saved = client.get(link)
        contents.append(b"".join(saved.streaming_content))  # type: ignore[attr-defined]
        name = "pledge.png" if number == 1 else "pledge-2.png"
        assert saved["Content-Disposition"] == f'attachment; filename="{name}"'
    assert contents[0] != contents[1]
    assert {content[:4] for content in contents} == {b"\x89PNG"}
    card = client.post(page.replace("pledge", "love-card") + "print/", {"as": "png"})
    assert card["Location"].endswith("/love-card.png")


def test_a_page_of_long_work_asks_for_a_part_and_is_loaded_again_at_the_end(site: Site) -> None:
    from cardgen.errand import ask, errand_folder, main

    office, asks = site.client("office"), {"HX-Request": "true"}
    asked = {"layouts": ["love-card"], "villages": ["石桥村"]}
    for kind, page, request in (
        ("examine", "rosters", {}),
        ("layout", "layouts", {}),
        ("build", "batches", asked),
    ):
        number = ask(site.folder, kind, request)
        (errand_folder(site.folder, number) / "files").mkdir()
        address = f"/{page}/{number}/"
        whole = office.get(address).content.decode()
        assert 'hx-get="?part=1" hx-trigger="every 1s"' in whole, kind
        part = office.get(f"{address}?part=1", headers=asks)
        assert "排着队" in part.content.decode()
        assert "<html" not in part.content.decode()
        assert "HX-Refresh" not in part.headers
        if kind == "build":  # read out apart from what is drawn anew each second; the focus stays
            assert '<p id="told" class="out-of-sight" role="status">排着队' in whole
            assert '<div hx-swap-oob="innerHTML:#told">排着队' in part.content.decode()
            assert 'id="stop">停下' in part.content.decode()
        main(site.folder, number, nice=0)
        assert office.get(f"{address}?part=1", headers=asks)["HX-Refresh"] == "true", kind
        assert "every 1s" not in office.get(address).content.decode()


def test_a_secretary_stops_and_clears_no_batch_of_the_office(site: Site) -> None:
    from cardgen.errand import State, ask, find_errand, main, printed_folder

    asked = {"layouts": ["love-card"], "villages": ["唐湾村"]}
    number = ask(site.folder, "build", asked, "office")
    page, secretary = f"/batches/{number}/", site.client("tangwan")
    assert "停下" not in secretary.get(page).content.decode()
    assert secretary.post(f"{page}move/", {"do": "stop"}).status_code == 403
    found = find_errand(site.folder, number)
    assert found is not None
    assert found.state is State.WAITING
    main(site.folder, number, nice=0)
    assert "删掉这一批" not in secretary.get(page).content.decode()
    assert secretary.post(f"{page}move/", {"do": "clear"}).status_code == 403
    assert printed_folder(site.folder, number).is_dir()
    assert secretary.get(f"{page}0.pdf").status_code == 200


def test_a_card_of_a_household_that_left_is_found_by_its_serial_and_entered(site: Site) -> None:
    from cardgen.errand import ask, main
    from cardgen.ledger import history_of, open_ledger
    from cardgen.web.desks import open_desk
    from cardgen.web.keys import subject_key

    main(site.folder, ask(site.folder, "build", {"layouts": ["love-card", "village-board"]}), 0)
    with open_ledger(site.folder) as ledger:
        serial = history_of(ledger, "TW-003")[0].serial
        board = history_of(ledger, "唐湾村")[0].serial
    roster = site.folder / "住户.csv"
    kept = [line for line in roster.read_text("utf-8").splitlines() if "TW-003" not in line]
    roster.write_text("\n".join(kept) + "\n", "utf-8")
    open_desk().renew()
    secretary, page = site.client("tangwan"), f"/p/{subject_key('TW-003')}/"
    found = secretary.post("/find/", {"words": serial.lower()}).content.decode()
    assert page in found
    assert "不在名册里了" in found
    assert subject_key("唐湾村") in secretary.post("/find/", {"words": board}).content.decode()
    other = site.client("shiqiao")
    assert page not in other.post("/find/", {"words": serial}).content.decode()
    assert other.get(page).status_code == 404
    entered = {"serial": serial, "event": "returned"}
    assert other.post(f"{page}entered/", entered).status_code == 404
    assert site.client("reader").post(f"{page}entered/", entered).status_code == 403
    text = secretary.post(f"{page}entered/", entered, follow=True).content.decode()
    assert f"登记了收回：{serial}。" in text
    assert "这一户不在现在的名册里了" in text
    assert "已送到" not in text
    text = secretary.post(f"{page}entered/", {**entered, "undo": "1"}, follow=True)
    assert "还没有登记" in text.content.decode()


def test_a_card_that_was_printed_twice_is_delivered_once(site: Site) -> None:
    from cardgen.web.keys import household_key

    secretary, page = site.client("tangwan"), f"/h/{household_key('TW-001')}/"
    for _ in range(2):
        secretary.post(f"{page}love-card/print/")
    text = secretary.get(page).content.decode()
    assert text.count("单张") == 2
    assert text.count(">已送到<") == 1
    assert text.count("同上") == 1


def test_an_account_of_a_village_that_is_not_in_the_roster_is_marked(site: Site) -> None:
    from cardgen.web.desks import open_desk

    office = site.client("office")
    assert "名册里没有" not in office.get("/accounts/").content.decode()
    for path in site.folder.glob("*.csv"):
        path.write_text(path.read_text("utf-8").replace("石桥村", "石桥新村"), "utf-8")
    open_desk().renew()
    text = office.get("/accounts/").content.decode()
    assert text.count("名册里没有") == 1
    assert '石桥村 <span class="tag bad">名册里没有' in text
    assert "请找镇办公室" in site.client("shiqiao").get("/").content.decode()


def test_what_waits_is_started_whatever_goes_wrong_beside_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardgen.web import desks

    ended, tried = threading.Event(), list[str]()

    def tidy(*_: object) -> None:
        tried.append("tidy")
        raise ValueError("a date that is none")

    def start_next(_: object) -> None:
        tried.append("start")
        if tried.count("start") == 2:
            ended.set()
        raise RuntimeError("anything")

    monkeypatch.setattr(desks, "tidy", tidy)
    monkeypatch.setattr(desks, "start_next", start_next)
    monkeypatch.setattr(desks, "_LOOK_S", 0.0)
    desks.start_what_waits(ended)
    assert tried == ["tidy", "start", "start"]


def test_a_fault_of_every_sample_of_a_layout_is_told_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cardgen.layoutbox import Checked
    from cardgen.web.views import layouts

    wrong = tuple((sample, "读不了 p.png") for sample in ("一般", "最短", ""))
    seen = Checked("card", "card", "", (), samples=4, findings=(*wrong, ("最长", "太长")))
    monkeypatch.setattr(layouts, "_checked_of", lambda _: seen)
    office = site.client("office")
    sent = SimpleUploadedFile("card.zip", b"PK")
    page = office.post("/layouts/upload/", {"files": sent}).url  # type: ignore[attr-defined]
    text = office.get(page).content.decode()
    assert "还有 2 处不对" in text
    assert "<b>一般、最短</b>：读不了 p.png" in text
    assert text.count("读不了 p.png") == 1


def test_files_without_a_table_that_is_known_change_nothing(site: Site) -> None:
    from cardgen.errand import main

    office = site.client("office")
    sent = SimpleUploadedFile("电费.csv", "月份,度数\n1,20\n".encode())
    page = office.post("/rosters/upload/", {"files": sent}).url  # type: ignore[attr-defined]
    main(site.folder, int(page.strip("/").rpartition("/")[2]), nice=0)
    text = office.get(page).content.decode()
    assert "没有认得的表，没有可换的" in text
    assert 'value="accept"' not in text
    assert office.post(f"{page}decide/", {"do": "accept"}).status_code == 404
    assert not (site.folder / "电费.csv").exists()

"""Pages of the office where something is not as it should be."""

from __future__ import annotations

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

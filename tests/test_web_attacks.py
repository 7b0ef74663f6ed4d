"""What somebody could try who knows the addresses: each of it comes to nothing."""

from __future__ import annotations

import pytest
from web import Site

ROSTER = "户号,村,组,门牌,户主,电话,人口\nTW-001,唐湾村,1组,1号,{},19900000101,3\n"


@pytest.fixture(autouse=True)
def _forms(stored_forms: None) -> None:
    """The forms are not the point."""


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

    number = ask(site.folder, "build", {"layouts": ["love-card"], "villages": ["唐湾村"]})
    for do in ("finished", "password", ""):
        answer = site.client("tangwan").post(f"/batches/{number}/move/", {"do": do})
        assert answer.status_code == 404
    site.client("tangwan").post(f"/batches/{number}/move/", {"do": "stop"})
    with open_ledger(site.folder) as ledger:
        assert [(row.person, row.event) for row in audit_trail(ledger)] == [("tangwan", "stop")]

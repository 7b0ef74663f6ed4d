"""Who may see which page: a matrix of every address and every role, made from the URL table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from web import Site

ROLES = ("", "office", "tangwan", "reader")
"""Nobody, the office, a secretary of 唐湾村, one who only reads 唐湾村."""

SIGN_IN, OK, NO, ABSENT, GO = "sign-in", "ok", "no", "absent", "go"
"""Sent to sign in; answered; told that it may not; told that it is not there; sent elsewhere."""

_ALL, _WRITERS, _OFFICE = (OK, OK, OK), (OK, OK, NO), (OK, NO, NO)


@dataclass(frozen=True)
class Row:
    """What an address answers: to office, secretary and reader, for what is 唐湾村's; `other` for
    the same of 石桥村, to secretary and reader. Nobody is sent to sign in, but where `open`."""

    own: tuple[str, str, str]
    method: str = "GET"
    other: tuple[str, str] | None = None
    open: bool = False
    data: dict[str, str] = field(default_factory=dict)


def _get(own: tuple[str, str, str], other: tuple[str, str] | None = None) -> Row:
    return Row(own, other=other)


def _post(own: tuple[str, str, str], other: tuple[str, str] | None = None, **data: str) -> Row:
    return Row(own, "POST", other, data=data)


_GONE = (ABSENT, ABSENT)
_GONE_OR_NO = (ABSENT, NO)
MATRIX: dict[str, Row] = {
    "home": _get(_ALL),
    "find": _post(_ALL, words="wang"),
    "village": _get(_ALL, _GONE),
    "village-print": _post((GO, GO, NO), _GONE_OR_NO),
    "household": _get(_ALL, _GONE),
    "entered": _post((ABSENT, ABSENT, NO), _GONE_OR_NO, serial="2222-2222", event="delivered"),
    # It has a page of its own in the roster, and goes there.
    "printed": _get((GO, GO, GO), _GONE),
    "printed-entered": _post(
        (ABSENT, ABSENT, NO), _GONE_OR_NO, serial="2222-2222", event="delivered"
    ),
    "correct": _post((GO, GO, NO), _GONE_OR_NO, field="head", after="王小明"),
    "correct-contact": _post((GO, GO, NO), _GONE_OR_NO, field="phone", after="19900000088"),
    "paper": _get(_ALL, _GONE),
    "print": _post((GO, GO, NO), _GONE_OR_NO),
    "cells": _get(_WRITERS, _GONE_OR_NO),
    "pictures": _get((ABSENT, ABSENT, NO), _GONE_OR_NO),  # none was saved
    "card": _get((OK, OK, ABSENT), _GONE),  # of what the account itself has printed
    "batches": _get(_ALL),
    "batch-new": _post((GO, NO, NO)),
    "batch": _get(_ALL, _GONE),
    # One that the office asked for; tests/test_web_pages.py stops and clears one of its own.
    "batch-move": _post((GO, NO, NO), _GONE_OR_NO, do="stop"),
    "batch-report": _get(_OFFICE),  # it lists what is wrong in the rosters of every village
    "batch-named": _get(_OFFICE),
    "batch-zip": _get(_ALL, _GONE),
    "batch-manifest": _get(_ALL, _GONE),
    "batch-file": _get(_ALL, _GONE),
    "rosters": _get(_OFFICE),
    "roster-upload": _post((GO, NO, NO)),
    "roster-undo": _post(("told", NO, NO)),
    "roster-examined": _get((ABSENT, NO, NO)),
    "roster-decide": _post((ABSENT, NO, NO)),
    "layouts": _get(_OFFICE),
    "layout-upload": _post((GO, NO, NO)),
    "layout-change": _post((GO, NO, NO), name="nothing"),
    "layout-picture": _get((ABSENT, NO, NO)),  # none has been drawn
    "layout-checked": _get((ABSENT, NO, NO)),
    "layout-sample": _get((ABSENT, NO, NO)),
    "layout-decide": _post((ABSENT, NO, NO)),
    "campaign": _get(_OFFICE),
    "letter": _get((ABSENT, NO, NO)),  # the small workspace prints no letters
    "letter-back": _post((ABSENT, NO, NO)),
    "letter-preview": _post((ABSENT, NO, NO)),
    "campaign-preview": _post(_OFFICE),
    "campaign-back": _post(("told", NO, NO)),
    "corrections": _get(_ALL),
    "correction-decide": _post((GO, ABSENT, NO), _GONE_OR_NO, decision="reject"),
    "corrections-export": _get(_OFFICE),
    "sign-in": Row((GO, GO, GO), open=True),
    "sign-out": _post((GO, GO, GO)),
    "password": _get(_ALL),
    "alive": Row(_ALL, open=True),
    "accounts": _get(_OFFICE),
    "account-add": _get(_OFFICE),
    "account": _get(_OFFICE),
    "account-reset": _post(_OFFICE),
    "trail": _get(_OFFICE),
}


def routes() -> Iterator[tuple[str, str]]:
    """Every address of the URL table: its name, and its pattern. Django's admin is below."""
    from django.urls import URLPattern, get_resolver

    for entry in get_resolver().url_patterns:
        if isinstance(entry, URLPattern):
            yield str(entry.name), str(entry.pattern)


@dataclass(frozen=True)
class World:
    """What the addresses of a village are about."""

    village: str
    household: str
    subject: str
    cadre: str
    batch: int
    file: str
    correction: int
    account: int

    def address(self, name: str) -> str:
        """The address of that name in this village."""
        from django.urls import reverse

        found = {
            "key": self.village if name.startswith("village") else self.household,
            "layout": "love-card",
            "cadre": self.cadre,
            "ending": "pdf",
            "at": 0,
            "name": self.file,
            "paper": "notice",
            "number": self.batch,
        }
        if name.startswith("printed"):
            found["key"] = self.subject
        if name.startswith("correction"):
            found["number"] = self.correction
        if name == "layout-picture":
            found["name"] = "love-card"
        if name.startswith("account"):
            found["number"] = self.account
        from django.urls import get_resolver

        (_, parameters), *_ = get_resolver().reverse_dict.getlist(name)[0][0]
        return reverse(name, kwargs={each: found[each] for each in parameters})


def _worlds(site: Site) -> dict[str, World]:
    """Both villages, each with a batch that was printed and a correction of its secretary."""
    from cardgen.errand import ask, errand_folder, main
    from cardgen.ledger import open_ledger, propose
    from cardgen.model import Corrected
    from cardgen.web.desks import open_desk
    from cardgen.web.keys import household_key, subject_key, village_key
    from cardgen.web.views.corrections import contact_key

    desk = open_desk()
    from cardgen.corrections import of_household

    made = {}
    for village, secretary in (("唐湾村", "someone"), ("石桥村", "shiqiao")):
        home = desk.homes(village)[0]
        number = ask(site.folder, "build", {"layouts": ["love-card"], "villages": [village]})
        main(site.folder, number, nice=0)
        assert (errand_folder(site.folder, number) / "result.json").exists()
        with open_ledger(site.folder) as ledger:
            correction = propose(
                ledger, Corrected.HEAD, of_household(home), home.head, "刘小河", secretary
            )
        roster = desk.workspace.township
        cadre = next(c for c in roster.cadres if any(s.text == village for s in c.scopes))
        made[village] = World(
            village_key(village),
            household_key(home.code),
            subject_key(home.code),
            contact_key(cadre),
            number,
            f"love-card/{village}-001.pdf",
            correction.id,
            site.account("shiqiao").pk,
        )
    desk.correct()
    return made


def _outcome(answer: object) -> str:
    status = answer.status_code  # type: ignore[attr-defined]
    if status in (301, 302):
        return SIGN_IN if answer.url.startswith("/sign-in/") else GO  # type: ignore[attr-defined]
    return {200: OK, 403: NO, 404: ABSENT, 409: "told"}.get(status, str(status))


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    from web import new_site

    new_site()
    assert {name for name, _ in routes()} == set(MATRIX)


@pytest.fixture(scope="module")
def answers() -> dict[tuple[str, str, str], str]:
    """What each address answered to each role, of 唐湾村 and of 石桥村."""
    from web import new_site

    site = new_site()
    worlds, found = _worlds(site), {}
    for name, row in MATRIX.items():
        for village, world in worlds.items():
            for role in ROLES:
                client = site.client(role)
                ask = client.get if row.method == "GET" else client.post
                found[name, village, role] = _outcome(ask(world.address(name), row.data))
    return found


@pytest.mark.parametrize("name", MATRIX)
def test_each_role_gets_what_its_row_says(
    name: str, answers: dict[tuple[str, str, str], str]
) -> None:
    row = MATRIX[name]
    nobody = OK if row.open else SIGN_IN
    expected = dict(zip(ROLES, (nobody, *row.own), strict=True))
    assert {role: answers[name, "唐湾村", role] for role in ROLES} == expected
    if row.other is not None:
        seen = (answers[name, "石桥村", "tangwan"], answers[name, "石桥村", "reader"])
        assert seen == row.other


def test_admin_is_for_the_office_alone(site: Site) -> None:
    from django.urls import reverse

    for page in ("admin:index", "admin:web_account_changelist", "admin:web_failure_changelist"):
        address = reverse(page)
        seen = [_outcome(site.client(role).get(address)) for role in ROLES]
        assert seen == [SIGN_IN, OK, NO, NO], page


def test_a_view_that_says_nothing_is_open_to_nobody(site: Site) -> None:
    from django.http import HttpRequest, HttpResponse
    from django.test import RequestFactory

    from cardgen.web.access import Gate

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse("seen")

    request = RequestFactory().get("/")
    request.user = site.account("office")
    refused = Gate(view).process_view(request, view, (), {})
    assert refused is not None
    assert refused.status_code == 403

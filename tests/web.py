"""A site for tests: the small workspace with accounts in it, and requests as each of them.

Django reads its settings once a process, so that all tests of one process share a folder, which
is laid out anew for each.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conftest import write_workspace

if TYPE_CHECKING:
    from django.test import Client
    from django.test.client import ClientHandler

    from cardgen.web.models import Account

PASSWORD = "wan-2468-shan"
ACCOUNTS = (
    ("office", "office", ()),
    ("tangwan", "secretary", ("唐湾村",)),
    ("shiqiao", "secretary", ("石桥村",)),
    ("reader", "reader", ("唐湾村",)),
)


@dataclass(frozen=True)
class Site:
    """A workspace with an office, a secretary of each of its villages, and a reader of one."""

    folder: Path

    def account(self, name: str) -> Account:
        """The account of that name."""
        from cardgen.web.models import Account

        return Account.objects.get(username=name)

    def client(self, name: str = "") -> Client:
        """A browser that has signed in as that account; without a name it has not."""
        from django.test import Client

        client = Client()
        client.handler = _handler()
        if name:
            client.force_login(self.account(name))
        return client


@cache
def _handler() -> ClientHandler:
    """What answers, one for all browsers, as in `serve`: to look through all files of the pages,
    as WhiteNoise does at the start, takes longer than most tests.
    """
    from django.test.client import ClientHandler

    return ClientHandler(enforce_csrf_checks=False)


def _hash_quickly() -> None:
    """Let argon2 take a moment: what it costs whoever guesses is not the point of tests."""
    from django.contrib.auth.hashers import Argon2PasswordHasher

    Argon2PasswordHasher.time_cost = 1
    Argon2PasswordHasher.memory_cost = 64
    Argon2PasswordHasher.parallelism = 1


@cache
def _pristine() -> tuple[Path, Path]:
    """The folder that Django works in, and how it is at the beginning of each test."""
    base = Path(tempfile.mkdtemp(prefix="cardgen-site-"))
    folder = write_workspace(base / "青石镇")
    from cardgen.web.start import start

    start(folder, ["testserver", "localhost", "127.0.0.1"])
    _hash_quickly()
    from django.db import connections

    from cardgen.web.accounts import add_account
    from cardgen.web.models import Role

    for name, role, villages in ACCOUNTS:
        account, _ = add_account(name, Role(role), villages, f"{name}的人")
        account.set_password(PASSWORD)
        account.must_change = False
        account.save()
    connections.close_all()
    return folder, Path(shutil.copytree(folder, base / "as-it-was"))


def new_site() -> Site:
    """The site as it is at the beginning of a test."""
    folder, as_it_was = _pristine()
    from django.db import connections

    from cardgen.web import desks, keys

    connections.close_all()
    shutil.rmtree(folder)
    shutil.copytree(as_it_was, folder)
    desks.forget()
    keys.forget()
    return Site(folder)

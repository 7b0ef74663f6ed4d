"""Make accounts and passwords: words of a command or a form in, accounts out.

A password that the program makes is for one sign-in: whoever uses it has to choose his own.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from typing import NamedTuple

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from cardgen.errors import UsageError
from cardgen.web import delay
from cardgen.web.models import Account, AccountVillage, Role

FIRST = "office"
_NAME = re.compile(r"[\w.@+-]{1,60}")
# Read aloud and typed from paper: no 0 and O, no 1, l and I.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """A password for one sign-in: three groups of four, 59 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))


def find_account(username: str) -> Account:
    """The account of that name. Raises UsageError where there is none."""
    username = Account.normalize_username(username)
    account = Account.objects.filter(username=username).first()
    if account is None:
        known = "、".join(Account.objects.order_by("username").values_list("username", flat=True))
        raise UsageError(
            f"没有账户“{username}”。", f"有这些：{known}。" if known else "还没有账户。"
        )
    return account


def add_account(
    username: str, role: Role, villages: Iterable[str] = (), called: str = ""
) -> tuple[Account, str]:
    """A new account and its first password. Raises UsageError.

    Letters typed in full width become plain ones, as they do when somebody signs in.
    """
    username = Account.normalize_username(username)
    names = tuple(dict.fromkeys(villages))
    if not _NAME.fullmatch(username):
        raise UsageError(
            f"“{username}”不能用作用户名。", "用字母、数字、汉字和 . @ + - _，最多 60 个字。"
        )
    if Account.objects.filter(username__iexact=username).exists():
        raise UsageError(f"已经有账户“{username}”了。", "换一个用户名，或用 cardgen user passwd。")
    if role is not Role.OFFICE and not names:
        raise UsageError("没有写明管哪个村。", "加上 --village，后面写村名；可以写几次。")
    password = new_password()
    with transaction.atomic():
        account = Account(username=username, first_name=called, role=role, must_change=True)
        account.is_staff = account.is_superuser = role is Role.OFFICE
        account.set_password(password)
        account.save()
        set_villages(account, names)
    return account, password


def set_villages(account: Account, names: Iterable[str]) -> None:
    """Let an account see these villages and no others; an office sees all without naming any."""
    wanted = frozenset() if account.is_office else frozenset(names)
    with transaction.atomic():
        account.villages.exclude(name__in=wanted).delete()
        have = set(account.villages.values_list("name", flat=True))
        for name in sorted(wanted - have):
            AccountVillage.objects.create(account=account, name=name)


def set_role(account: Account, role: Role) -> None:
    """Give an account another role. Raises UsageError for the last office."""
    with transaction.atomic():  # of two offices that stop one another, one stays
        if account.is_office and role is not Role.OFFICE:
            keep_an_office(account)
        account.role = role
        account.is_staff = account.is_superuser = role is Role.OFFICE
        account.save()


def keep_an_office(account: Account) -> None:
    """Raise UsageError where nobody could make accounts any more without this one."""
    offices = Account.objects.filter(role=Role.OFFICE, is_active=True).exclude(pk=account.pk)
    if not offices.exists():
        raise UsageError(
            "这是最后一个镇办公室的账户，不能停用，也不能改成别的身份。",
            "先再建一个镇办公室的账户。",
        )


def set_active(account: Account, *, is_active: bool) -> None:
    """Let an account sign in, or no more: then its sessions end, for good. Raises UsageError for
    the last office."""
    with transaction.atomic():
        if not is_active and account.is_office:
            keep_an_office(account)
        account.is_active = is_active
        account.save(update_fields=["is_active"])
    if not is_active:
        end_sessions(account)


def end_sessions(account: Account) -> None:
    """Sign an account out wherever it is signed in."""
    for session in Session.objects.all():
        if session.get_decoded().get(SESSION_KEY) == str(account.pk):
            session.delete()


def reset_password(account: Account) -> str:
    """A new password for one sign-in; all its sessions end."""
    password = new_password()
    account.set_password(password)
    account.must_change = True
    account.save()
    end_sessions(account)
    delay.forget(account.username)
    return password


def first_account() -> tuple[Account, str] | None:
    """The office's account and its password, where there is no account yet."""
    if Account.objects.exists():
        return None
    return add_account(FIRST, Role.OFFICE, called="镇办公室")


def has_office() -> bool:
    """Whether anybody may do the office's work."""
    return Account.objects.filter(role=Role.OFFICE, is_active=True).exists()


class AccountLine(NamedTuple):
    """An account as a command lists it; `villages` is empty where it sees all of them."""

    username: str
    called: str
    role: str
    villages: tuple[str, ...]
    active: bool
    last_login: str


def account_lines() -> list[AccountLine]:
    """All accounts, the offices first."""
    found = Account.objects.order_by("role", "username").prefetch_related("villages")
    return [
        AccountLine(
            each.username,
            each.first_name,
            str(Role(each.role).label),
            () if each.is_office else tuple(village.name for village in each.villages.all()),
            each.is_active,
            timezone.localtime(each.last_login).isoformat(" ", "minutes")[:16]
            if each.last_login
            else "",
        )
        for each in found
    ]

"""Accounts and the audit trail: for the office alone."""

from __future__ import annotations

from contextlib import suppress
from typing import cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cardgen.errors import CardgenError, UsageError
from cardgen.ledger import audit_trail, open_ledger
from cardgen.web import accounts as made
from cardgen.web import trail as trails
from cardgen.web.access import OFFICE, Request, open_to
from cardgen.web.desks import open_desk
from cardgen.web.keys import villages_of
from cardgen.web.models import Account, Role
from cardgen.web.plain import told_on_page
from cardgen.web.words import event_words

_PAGE = 100


class AccountForm(forms.Form):
    """Who an account is for, and what it may see."""

    username = forms.CharField(
        label="用户名", max_length=60, help_text="登录时用的，例如 tangwan 或 唐湾村。"
    )
    called = forms.CharField(label="姓名", max_length=60, required=False)
    role = forms.ChoiceField(label="身份", choices=Role.choices, widget=forms.RadioSelect)
    villages = forms.MultipleChoiceField(
        label="管哪些村",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="镇办公室看得到所有的村，不必勾。",
    )

    def __init__(self, *args: object, known: list[str], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = cast(forms.MultipleChoiceField, self.fields["villages"])
        field.choices = [(name, name) for name in known]


def _villages(*more: str) -> list[str]:
    township = open_desk().workspace.township
    return list(dict.fromkeys([*(village.name for village in township.villages), *more]))


@open_to(*OFFICE)
@require_safe
def accounts(request: Request) -> HttpResponse:
    """All accounts, and when each was here last."""
    found = Account.objects.order_by("role", "username").prefetch_related("villages")
    known: set[str] | None = None
    with suppress(CardgenError):  # accounts are there also where the rosters cannot be read
        known = set(villages_of(request, open_desk()))
    lines = [
        (
            each,
            [
                (village.name, known is None or village.name in known)
                for village in each.villages.all()
            ],
        )
        for each in found
    ]
    return render(request, "web/accounts.html", {"lines": lines})


@open_to(*OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    """Make an account, and show its first password once."""
    first = {"role": Role.SECRETARY}
    form = AccountForm(request.POST or None, known=_villages(), initial=first)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            account, password = made.add_account(
                said["username"], Role(said["role"]), said["villages"], said["called"]
            )
        except UsageError as error:
            form.add_error(None, told_on_page(error))
        else:
            trails.note(request.user.username, "account-added", account=account.username)
            shown = {"account": account, "password": password}
            return render(request, "web/account_password.html", shown)
    return render(request, "web/account.html", {"form": form})


@open_to(*OFFICE)
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: Request, number: int) -> HttpResponse:
    """Change what an account may do, or let it sign in no more."""
    found = get_object_or_404(Account, pk=number)
    have = sorted(found.villages.values_list("name", flat=True))
    first = {
        "username": found.username,
        "called": found.first_name,
        "role": found.role,
        "villages": have,
    }
    form = AccountForm(request.POST or None, known=_villages(*have), initial=first)
    form.fields["username"].disabled = True
    if request.method == "POST":
        try:
            if "active" in request.POST:
                _set_active(request, found, is_active=request.POST["active"] == "1")
                return redirect("account", number)
            if form.is_valid():
                _change(request, found, form.cleaned_data)
                return redirect("accounts")
        except UsageError as error:
            form.add_error(None, told_on_page(error))
    return render(request, "web/account.html", {"form": form, "account": found})


def _change(request: Request, found: Account, said: dict[str, object]) -> None:
    role, villages = Role(str(said["role"])), cast("list[str]", said["villages"])
    if role is not Role.OFFICE and not villages:
        raise UsageError("没有勾管哪个村。", "至少勾一个村。")
    found.first_name = str(said["called"])
    made.set_role(found, role)
    made.set_villages(found, villages)
    trails.note(request.user.username, "account-changed", account=found.username, role=role.value)
    messages.success(request, f"{found.called}的账户改好了。")


def _set_active(request: Request, found: Account, *, is_active: bool) -> None:
    made.set_active(found, is_active=is_active)
    event = "account-on" if is_active else "account-off"
    trails.note(request.user.username, event, account=found.username)
    messages.success(request, f"{found.called}的账户{'又能用了' if is_active else '停用了'}。")


@open_to(*OFFICE)
@require_POST
def reset(request: Request, number: int) -> HttpResponse:
    """Give an account a new password for one sign-in, and show it once."""
    found = get_object_or_404(Account, pk=number)
    if found.pk == request.user.pk:
        return redirect("password")
    password = made.reset_password(found)
    trails.note(request.user.username, "password-reset", account=found.username)
    shown = {"account": found, "password": password}
    return render(request, "web/account_password.html", shown)


@open_to(*OFFICE)
@require_safe
def trail(request: Request) -> HttpResponse:
    """Who did what, the newest first."""
    with open_ledger(settings.WORKSPACE) as ledger:
        rows = audit_trail(ledger)
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    people = {each.username: each.called for each in Account.objects.all()}
    lines = [
        (row.at[:16].replace("T", " "), people.get(row.person, row.person), event_words(row))
        for row in page
    ]
    return render(request, "web/trail.html", {"page": page, "lines": lines})

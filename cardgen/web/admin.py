"""Django's admin: the tables as they are, for the office to look at."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from cardgen.web.models import Account, AccountVillage, Failure

admin.site.unregister(Group)


class _Villages(admin.TabularInline):  # type: ignore[type-arg]
    model = AccountVillage
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """No: it is done on the accounts' own page, which writes it down."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Account)
class AccountAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Accounts: to look at. What may be changed is changed on the accounts' own page."""

    list_display = ("username", "first_name", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    fields = ("username", "first_name", "role", "is_active", "must_change", "last_login")
    readonly_fields = fields
    inlines = (_Villages,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No: a first password has to be shown."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """No: it would not be written down."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """No: the audit trail speaks of them."""
        return False


@admin.register(Failure)
class FailureAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Wrong passwords: an office may let somebody in again by deleting the row."""

    list_display = ("what", "count", "last", "until")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """No."""
        return False

"""Who may sign in, what they may see, and how often somebody guessed wrong.

All that is about papers is in the ledger; this is about the pages alone.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    """What an account is for."""

    OFFICE = "office", "镇办公室"
    SECRETARY = "secretary", "村支书"
    READER = "reader", "只看"


class Account(AbstractUser):
    """Somebody who may sign in. `first_name` holds the whole name, as people write it here.

    An office sees every village, others those that are named, and nothing where none is.
    """

    role = models.CharField("身份", max_length=16, choices=Role, default=Role.SECRETARY)
    must_change = models.BooleanField("下次登录要改密码", default=False)

    class Meta(AbstractUser.Meta):
        verbose_name = verbose_name_plural = "账户"

    def __str__(self) -> str:
        return self.called

    @property
    def called(self) -> str:
        """The name to show."""
        return self.first_name or self.username

    @property
    def is_office(self) -> bool:
        """Whether it may do all that the office does."""
        return self.role == Role.OFFICE

    def village_names(self) -> frozenset[str] | None:
        """The villages that it may see; None means all of them."""
        if self.is_office:
            return None
        return frozenset(self.villages.values_list("name", flat=True))


class AccountVillage(models.Model):
    """A village of an account, by its name in the roster."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="villages")
    name = models.CharField("村", max_length=200)

    class Meta:
        verbose_name = verbose_name_plural = "管的村"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "name"], name="once_an_account")
        ]

    def __str__(self) -> str:
        return self.name


class Failure(models.Model):
    """Failed attempts to sign in, by name or by address; `what` is a digest of either."""

    what = models.CharField("谁（摘要）", max_length=64, primary_key=True)
    count = models.PositiveIntegerField("次数", default=0)
    last = models.DateTimeField("最近一次")
    until = models.DateTimeField("等到")

    class Meta:
        verbose_name = verbose_name_plural = "登录失败"

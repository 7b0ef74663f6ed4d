"""How long to wait after wrong passwords: a name and an address in, seconds out.

After three failures in a row a name waits 5 seconds, then 10, 20, … to a quarter of an hour; an
address, behind which a whole office may be, after ten. While one waits the password is not even
looked at. Names and addresses are kept as digests: what somebody typed there may be a password.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from cardgen.web.models import Failure
from cardgen.web.place import key_of

FREE_OF_NAME, FREE_OF_ADDRESS = 3, 10
FIRST_S, MOST_S = 5, 900
FORGOTTEN = timedelta(days=1)


def seconds_to_wait(name: str, address: str, now: datetime | None = None) -> int:
    """How long whoever this is has to wait before the next attempt; 0 for not at all."""
    now = now or timezone.now()
    # A failure of a later time was counted before the clock was set back: it says nothing.
    found = Failure.objects.filter(
        what__in=[what for what, _ in _keys(name, address)], until__gt=now, last__lte=now
    )
    return max((ceil((each.until - now).total_seconds()) for each in found), default=0)


def note_failure(name: str, address: str, now: datetime | None = None) -> None:
    """Count a wrong password."""
    now = now or timezone.now()
    with transaction.atomic():
        Failure.objects.filter(last__lt=now - FORGOTTEN).delete()
        for what, free in _keys(name, address):
            failure, _ = Failure.objects.get_or_create(
                what=what, defaults={"last": now, "until": now}
            )
            failure.count += 1
            more = failure.count - free
            wait = min(FIRST_S * 2 ** min(more, 10), MOST_S) if more >= 0 else 0
            failure.last, failure.until = now, now + timedelta(seconds=wait)
            failure.save()


def forget(name: str) -> None:
    """Count from the beginning for a name: the right password came, or a new one was set."""
    Failure.objects.filter(what=_key("name", name.casefold())).delete()


def _keys(name: str, address: str) -> Iterator[tuple[str, int]]:
    yield _key("name", name.casefold()), FREE_OF_NAME
    yield _key("address", address), FREE_OF_ADDRESS


def _key(*words: str) -> str:
    return key_of(settings.SECRET_KEY, "failure", *words)

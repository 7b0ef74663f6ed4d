"""Write down who did what: an account and an event in, a row of the ledger's audit trail out."""

from __future__ import annotations

from django.conf import settings

from cardgen.ledger import open_ledger


def note(person: str, event: str, **detail: object) -> None:
    """Add a row. `detail` holds serials, counts and names of accounts; no names, no phones.

    Raises LedgerError.
    """
    with open_ledger(settings.WORKSPACE) as ledger, ledger.write():
        ledger.audit(event, detail, person)

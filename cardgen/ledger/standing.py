"""What is out: the newest copy of each paper of each subject, as of a point in the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cardgen.ledger.batches import BatchRow, part_of_json
from cardgen.ledger.store import Ledger
from cardgen.model import Key, Out
from cardgen.serials import Given

_SOME = 500  # SQLite takes so many values in a query, everywhere (SQLITE_MAX_VARIABLE_NUMBER)


def standing(
    ledger: Ledger, layouts: Iterable[str], batch: BatchRow | None = None, subject: str = ""
) -> dict[Key, Out]:
    """What was out when `batch` began, or is out now, of these layouts; of one `subject` alone
    where that is named."""
    base, delivery = (batch.base, batch.base_delivery) if batch else (None, None)
    events = _events(ledger, delivery)
    asked = {row[0] for row in ledger.read("SELECT serial FROM recalls WHERE closed IS NULL")}
    found: dict[Key, Out] = {}
    for layout in dict.fromkeys(layouts):
        # A bare column beside max() is of the row with that maximum (sqlite.org/quirks.html):
        # the newest edition, however late an older one was printed again.
        for owner, number, serial, content, parts, village, edition, printed, _ in ledger.read(
            "SELECT c.subject, c.number, c.serial, c.content, c.parts, c.village, s.edition, "
            "v.batch, max((s.edition << 40) + c.id) FROM copies c "
            "JOIN serials s ON s.serial = c.serial JOIN volumes v ON v.id = c.volume "
            "WHERE c.layout = ? AND (? IS NULL OR c.id <= ?) AND (? = '' OR c.subject = ?) "
            "GROUP BY c.subject, c.number ORDER BY c.village, c.volume, c.walk",
            (layout, base, base, subject, subject),
        ):
            event, entered = events.get(serial, ("", 0))
            # What came back, or was lost, and was printed again since, is out.
            is_away = event in ("returned", "lost") and entered >= printed
            found[Key(layout, owner, number)] = Out(
                edition,
                serial,
                content,
                json.loads(parts),
                village,
                is_away,
                event == "delivered",
                serial in asked,
            )
    return found


def _events(ledger: Ledger, last: int | None) -> dict[str, tuple[str, int]]:
    """The last thing that was entered for each serial, and the batch that had printed it then."""
    rows = ledger.read(
        "SELECT serial, event, batch, max(id) FROM deliveries WHERE undone IS NULL "
        "AND (? IS NULL OR id <= ?) GROUP BY serial",
        (last, last),
    )
    return {serial: (event, batch) for serial, event, batch, _ in rows}


def serials_given(ledger: Ledger, out: Mapping[Key, Out]) -> Given:
    """Every serial that was ever given and what for; the newest ones are those that are `out`."""
    rows = ledger.read("SELECT serial, layout, subject, number, edition FROM serials")
    return Given(
        {key: (each.edition, each.serial) for key, each in out.items()},
        {serial: (Key(*key), edition) for serial, *key, edition in rows},
    )


def parts_by_digest(ledger: Ledger, digests: Iterable[str]) -> Mapping[str, object]:
    """What templates were given, as JSON reads it, by digest."""
    wanted, found = sorted(set(digests)), dict[str, object]()
    for at in range(0, len(wanted), _SOME):
        some = wanted[at : at + _SOME]
        rows = ledger.read(
            f"SELECT digest, content FROM parts WHERE digest IN ({','.join('?' * len(some))})",
            some,
        )
        found |= {digest: part_of_json(content) for digest, content in rows}
    return found

"""What is out: the newest copy of each paper of each subject, as of a point in the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from cardgen.ledger.batches import BatchRow, part_of_json
from cardgen.ledger.store import Ledger
from cardgen.model import Key, Out
from cardgen.serials import Given, Meaning

_SOME = 500  # SQLite takes so many values in a query, everywhere (SQLITE_MAX_VARIABLE_NUMBER)


def standing(
    ledger: Ledger, layouts: Iterable[str], batch: BatchRow | None = None, subject: str = ""
) -> dict[Key, Out]:
    """What was out when `batch` began, or is out now, of these layouts; of one `subject` alone
    where that is named."""
    base, delivery = (batch.base, batch.base_delivery) if batch else (None, None)
    events = _events(ledger, delivery, subject)
    only = "AND c.subject = ?3 " if subject else ""
    asked = {row[0] for row in ledger.read("SELECT serial FROM recalls WHERE closed IS NULL")}
    found: dict[Key, Out] = {}
    for layout in dict.fromkeys(layouts):
        # A bare column beside max() is of the row with that maximum (sqlite.org/quirks.html):
        # the newest edition, however late an older one was printed again.
        for owner, number, serial, content, parts, village, edition, printed, _ in ledger.read(
            "SELECT c.subject, c.number, c.serial, c.content, c.parts, c.village, s.edition, "
            "v.batch, max((s.edition << 40) + c.id) FROM copies c "
            "JOIN serials s ON s.serial = c.serial JOIN volumes v ON v.id = c.volume "
            f"WHERE c.layout = ?1 AND (?2 IS NULL OR c.id <= ?2) {only}"
            "GROUP BY c.subject, c.number ORDER BY c.village, c.volume, c.walk",
            (layout, base, *((subject,) if subject else ())),
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


def has_come_back(ledger: Ledger, batch: BatchRow) -> bool:
    """Whether a copy of the batch came back, or was lost, and was not printed again since."""
    found = ledger.one(
        "SELECT 1 FROM entries e JOIN copies c ON c.serial = e.serial "
        "JOIN volumes v ON v.id = c.volume "
        "WHERE v.batch = ? AND e.event IN ('returned', 'lost') LIMIT 1",
        (batch.id,),
    )
    return found is not None


def _events(ledger: Ledger, last: int | None, subject: str) -> dict[str, tuple[str, int]]:
    """The last thing that was entered for each serial, and the batch that had printed it then."""
    only = "AND serial IN (SELECT serial FROM serials WHERE subject = ?2) " if subject else ""
    rows = ledger.read(
        "SELECT serial, event, batch, max(id) FROM deliveries WHERE undone IS NULL "
        f"AND (?1 IS NULL OR id <= ?1) {only}GROUP BY serial",
        (last, *((subject,) if subject else ())),
    )
    return {serial: (event, batch) for serial, event, batch, _ in rows}


def serials_given(ledger: Ledger, out: Mapping[Key, Out], *, lazily: bool = False) -> Given:
    """Every serial that was ever given and what for; the newest ones are those that are `out`.

    `lazily`: each is looked up when it is asked for, for one paper.
    """
    newest = {key: (each.edition, each.serial) for key, each in out.items()}
    if lazily:
        return Given(newest, look=lambda serial: _meaning(ledger, serial))
    rows = ledger.read("SELECT serial, layout, subject, number, edition FROM serials")
    return Given(newest, {serial: (Key(*key), edition) for serial, *key, edition in rows})


def _meaning(ledger: Ledger, serial: str) -> Meaning | None:
    row = ledger.one(
        "SELECT layout, subject, number, edition FROM serials WHERE serial = ?", (serial,)
    )
    return None if row is None else (Key(*row[:3]), row[3])


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

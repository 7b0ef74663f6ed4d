"""What is to be collected: the recalls of a batch in, the list of each village out.

In walking order: the doors that get a new paper as they are walked to, and among them those
whose old paper nothing replaces, by where they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cardgen.causes import causes_of
from cardgen.ledger import Ledger, Recalled, parts_by_digest
from cardgen.model import Household, Origin, Source, Table, Touch, Touched, Township
from cardgen.resolve.walking import village_order, walking_key
from cardgen.views import RecallStopView, RecallView, VillageRecallsView, place_of

_NOWHERE = Origin(Source(Table.HOUSEHOLD, "", "", {}), 1)
_TWO = 2  # causes that a line of the list has room for


def collecting(
    ledger: Ledger,
    recalled: Sequence[Recalled],
    township: Township,
    titles: Mapping[str, str],
) -> dict[str, VillageRecallsView]:
    """What is to be collected in each village, those of the roster in its order; papers of no
    village under an empty name. `titles` are the names of the layouts."""
    touched = list(_touched(ledger, recalled, titles))
    why = _reasons(touched, township)
    homes = {household.code: household for household in township.households}
    villages = village_order(township)
    doors: dict[tuple[str, str], list[RecallView]] = {}
    found: dict[tuple[str, str], Household | None] = {}
    for each, copy in zip(recalled, touched, strict=True):
        door = (each.village, each.subject)
        home = homes.get(each.subject) or _former(copy)
        found.setdefault(door, home)
        doors.setdefault(door, []).append(
            RecallView(copy.title, each.serial, each.replaced_by, why[each.serial], copy.delivered)
        )

    def way(door: tuple[str, str]) -> tuple[object, ...]:
        home = found[door]
        place = villages.get(door[0], len(villages))
        return (place, door[0], home is None, *(walking_key(home) if home else (door[1],)))

    lists: dict[str, list[RecallStopView]] = {}
    for door in sorted(doors, key=way):
        lists.setdefault(door[0], []).append(_stop(door, found[door], doors[door]))
    return {village: VillageRecallsView(tuple(stops)) for village, stops in lists.items()}


def _touched(
    ledger: Ledger, recalled: Sequence[Recalled], titles: Mapping[str, str]
) -> Iterable[Touched]:
    digests = (d for each in recalled for part in (each.before, each.after) for d in part.values())
    known = parts_by_digest(ledger, digests)
    for each in recalled:
        yield Touched(
            layout=each.layout,
            title=titles.get(each.layout, each.layout),
            subject=each.subject,
            village=each.village,
            touch=Touch.CHANGED if each.replaced_by else Touch.GONE,
            serial=each.serial,
            new_serial=each.replaced_by,
            before={name: known[d] for name, d in each.before.items() if d in known},
            after={name: known[d] for name, d in each.after.items() if d in known},
            delivered=each.is_delivered,
        )


def _reasons(touched: Sequence[Touched], township: Township) -> dict[str, str]:
    """Why each copy is asked back, by its serial, in a few words."""
    words: dict[str, list[str]] = {copy.serial: [] for copy in touched}
    for cause in causes_of(touched, township, apart=len(touched)):
        # From what to what stands on the cards themselves; "户已不在名册，3 户" counts others.
        short = cause.words.partition("：")[0].partition("，")[0]
        for copy in cause.copies:
            own = short.removeprefix(copy.village).strip()
            words[copy.serial].append(own.removeprefix(f"住户 {copy.subject} 的"))
    return {serial: "；".join(dict.fromkeys(some[:_TWO])) for serial, some in words.items()}


def _former(copy: Touched) -> Household | None:
    """The household as it was when its paper was printed, as far as that showed it."""
    home = copy.before.get("household")
    if not isinstance(home, Mapping):
        return None
    village, grid, group, building, door, head, route = (
        str(home.get(name) or "")
        for name in ("village", "grid", "group", "building", "door", "head", "route")
    )
    return Household(
        *(copy.subject, village, grid, group, building, door, head),
        phones=(),
        members=0,
        kinds=(),
        watch_from=None,
        watch_to=None,
        route=route,
        note="",
        origin=_NOWHERE,
    )


def _stop(
    door: tuple[str, str], home: Household | None, papers: Sequence[RecallView]
) -> RecallStopView:
    village, subject = door
    if home is None:
        return RecallStopView(subject, "", subject, "", tuple(papers))
    part = "　".join(filter(None, (home.grid, home.group)))
    place = " ".join(filter(None, (home.building, home.door)))
    if home.village != village:
        place = place_of(home)  # it has moved to another village since
    return RecallStopView(subject, home.head, place, part, tuple(papers))

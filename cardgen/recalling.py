"""What is to be collected: the recalls of a batch in, the list of each village out.

In walking order: the doors that get a new paper as they are walked to, and among them those
whose old paper nothing replaces, by where they were.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cardgen.causes import causes_of
from cardgen.ledger import Ledger, Recalled, Subject, parts_by_digest, subjects_of, villages_known
from cardgen.model import Household, Origin, Source, Table, Touch, Touched, Township
from cardgen.resolve.walking import village_order, walking_key
from cardgen.views import RecallStopView, RecallView, VillageRecallsView, place_of

_NOWHERE = Origin(Source(Table.HOUSEHOLD, "", "", {}), 1)
_TWO = 2  # causes that a line of the list has room for


def collecting(
    ledger: Ledger,
    recalled: Sequence[Recalled],
    township: Township | None,
    titles: Mapping[str, str],
) -> dict[str, VillageRecallsView]:
    """What is to be collected in each village, those of the roster in its order; papers of no
    village under an empty name. `township` is what the roster says now, None where that is not
    known; `titles` are the names of the layouts."""
    touched = list(_touched(ledger, recalled, titles))
    why = _reasons(touched, township)
    homes = {household.code: household for household in township.households} if township else {}
    villages = _village_order(ledger, township)
    doors: dict[tuple[str, str], list[RecallView]] = {}
    former = subjects_of(ledger, (each.subject for each in recalled))
    found: dict[tuple[str, str], Household | None] = {}
    for each, copy in zip(recalled, touched, strict=True):
        door = (each.village, each.subject)
        home = homes.get(each.subject) or _former(former[each.subject])
        found.setdefault(door, home)
        doors.setdefault(door, []).append(
            RecallView(copy.title, each.serial, each.replaced_by, why[each.serial], copy.delivered)
        )

    def way(door: tuple[str, str]) -> tuple[object, ...]:
        home = found[door]
        place = villages.get(door[0], len(villages))
        if home is None:
            return (place, door[0], True, former[door[1]].kind, door[1])
        return (place, door[0], False, *walking_key(home))

    lists: dict[str, list[RecallStopView]] = {}
    for door in sorted(doors, key=way):
        stop = _stop(door[0], former[door[1]], found[door], doors[door])
        lists.setdefault(door[0], []).append(stop)
    return {village: VillageRecallsView(tuple(stops)) for village, stops in lists.items()}


def _village_order(ledger: Ledger, township: Township | None) -> Mapping[str, int]:
    """As in the table of villages; without one, as they were first printed. What is of no
    village comes last."""
    if township is not None:
        return village_order(township)
    known = filter(None, villages_known(ledger))
    return {name: place for place, name in enumerate(known)}


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


def _reasons(touched: Sequence[Touched], township: Township | None) -> dict[str, str]:
    """Why each copy is asked back, by its serial, in a few words."""
    words: dict[str, list[str]] = {copy.serial: [] for copy in touched}
    for cause in causes_of(touched, township, apart=len(touched)):
        # From what to what stands on the cards themselves; "户已不在名册，3 户" counts others.
        short = cause.words.partition("：")[0].partition("，")[0]
        for copy in cause.copies:
            own = short.removeprefix(copy.village).strip()
            words[copy.serial].append(own.removeprefix(f"住户 {copy.subject} 的"))
    return {serial: "；".join(dict.fromkeys(some[:_TWO])) for serial, some in words.items()}


def _former(subject: Subject) -> Household | None:
    """The household as it was when its papers were printed, as far as they showed it."""
    if not subject.is_home:
        return None
    where = (subject.village, subject.grid, subject.group, subject.building, subject.door)
    return Household(
        *(subject.code, *where, subject.who),
        phones=(),
        members=0,
        kinds=(),
        watch_from=None,
        watch_to=None,
        route=subject.route,
        note="",
        origin=_NOWHERE,
    )


def _stop(
    village: str, subject: Subject, home: Household | None, papers: Sequence[RecallView]
) -> RecallStopView:
    if home is None:
        return RecallStopView(subject.code, subject.who, subject.place, subject.part, tuple(papers))
    part = "　".join(filter(None, (home.grid, home.group)))
    place = " ".join(filter(None, (home.building, home.door)))
    if home.village != village:
        place = place_of(home)  # it has moved to another village since
    return RecallStopView(subject.code, home.head, place, part, tuple(papers))

"""Plan a batch: township, campaign and selection in; numbered copies in walking order out.

A copy that cannot be right is held back here, with its reasons. Volumes are made one by
one, as they are asked for, so that a county takes no more memory than a village.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cardgen.campaign import Campaign, PaperChoice, expand_link
from cardgen.model import (
    Chain,
    Copy,
    Fact,
    Held,
    Household,
    LayoutSpec,
    Problem,
    Township,
    Volume,
)
from cardgen.problems import Code, problem
from cardgen.serials import Serials
from cardgen.views import CampaignView, ContactView, view_of

SHEETS_A_VOLUME = 200
ChainOf = Callable[[Household, Sequence[str]], Chain]
KeyOf = Callable[[Household], Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a township is printed; empty means all of it."""

    villages: tuple[str, ...] = ()
    households: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.villages and not self.households


# ------------------------------------------------------------- the plan


@dataclass
class Plan:
    """The copies of one layout. `held` is complete once all `volumes` have been taken."""

    layout: LayoutSpec
    paper: PaperChoice
    township: Township
    campaign: Campaign
    chain_of: ChainOf
    key_of: KeyOf
    places: int
    selection: Selection = Selection()
    held: list[Held] = field(default_factory=list)
    subjects: int = 0
    copies: int = 0

    def __post_init__(self) -> None:
        self.roles = self.paper.roles or self.layout.roles
        self.copies_each = self.paper.copies or 1
        slogans = self.campaign.slogans if self.paper.slogans is None else self.paper.slogans
        self._slogans = tuple(slogans)
        self._serials = Serials(
            self.layout.name, (h.code for h in self.township.households), self.copies_each
        )
        self._campaign_view = CampaignView(
            self.paper.title or self.campaign.title,
            self.campaign.issuer,
            self.campaign.date,
            self._slogans,
            tuple(self.campaign.hotlines),
        )
        self._link = self.campaign.links.get("household", "")
        self._contacts: dict[int, tuple[Chain, tuple[ContactView, ...]]] = {}

    def volumes(self) -> Iterator[Volume]:
        """A volume a village, more where it takes over 200 sheets, in the village table's order."""
        if self.selection.is_all:
            self._hold_rows()
        names = slugs([*(village.name for village in self.township.villages), ""])
        for village, households in self._by_village():
            copies = [copy for household in households for copy in self._copies_of(household)]
            most = SHEETS_A_VOLUME * self.places
            for number, at in enumerate(range(0, len(copies), most), start=1):
                yield Volume(
                    name=f"{self.layout.name}/{names[village]}-{number:03d}.pdf",
                    layout=self.layout.name,
                    village=village,
                    copies=tuple(copies[at : at + most]),
                )

    def expected(self) -> int:
        """Copies that all volumes will hold at the most; known before any is planned."""
        return self.copies_each * sum(map(self._is_chosen, self.township.households))

    def _by_village(self) -> Iterator[tuple[str, list[Household]]]:
        rows: dict[str, list[int]] = {village.name: [] for village in self.township.villages}
        for at, household in enumerate(self.township.households):
            if self._is_chosen(household):
                known = household.village if household.village in rows else ""
                rows.setdefault(known, []).append(at)
        for village, places in rows.items():
            chosen = [self.township.households[at] for at in places]
            self.subjects += len(chosen)
            yield village, sorted(chosen, key=self.key_of)

    def _is_chosen(self, household: Household) -> bool:
        chosen = self.selection
        if chosen.villages and household.village not in chosen.villages:
            return False
        if chosen.households and household.code not in chosen.households:
            return False
        return not self.paper.kinds or bool(set(self.paper.kinds) & set(household.kinds))

    def _hold_rows(self) -> None:
        """Rows that are no household count too, so that the rows of the roster close."""
        if self.paper.kinds:
            return
        for origin, reason in self.township.excluded:
            found = problem(Code.ROW_EXCLUDED, reason, origin)
            self.subjects += 1
            self.copies += self.copies_each
            for _ in range(self.copies_each):
                self.held.append(Held(self.layout.name, "", "", (found,), excluded=True))

    def _copies_of(self, household: Household) -> Iterator[Copy]:
        chain = self.chain_of(household, self.roles)
        self.copies += self.copies_each
        reasons = (*household.faults, *chain.problems)
        for number in range(self.copies_each):
            if reasons:
                held = Held(self.layout.name, household.code, household.village, reasons)
                self.held.append(held)
            else:
                yield self._copy(household, chain, number)

    def _copy(self, household: Household, chain: Chain, number: int) -> Copy:
        serial = self._serials.serial(household.code, number)
        contacts = self._contact_views(chain)
        values = {"code": household.code, "village": household.village, "serial": serial}
        link = expand_link(self._link, values) if self._link else ""
        slogan = ""
        if self._slogans:
            # By the code and not by the place in the batch: a reprint carries the same words.
            slogan = self._slogans[zlib.crc32(household.code.encode()) % len(self._slogans)]
        data: Mapping[str, object] = {
            "household": view_of(household, self.layout.public),
            "contacts": contacts,
            "campaign": self._campaign_view,
            "slogan": slogan,
            "serial": serial,
            "link": link,
            "paper": self.paper.extra,
        }
        return Copy(
            serial=serial,
            layout=self.layout.name,
            subject=household.code,
            village=household.village,
            data=data,
            facts=self._facts(household, contacts, serial, link),
        )

    def _contact_views(self, chain: Chain) -> tuple[ContactView, ...]:
        # Chains are shared by whole villages; the chain is kept so that its id stays its own.
        kept = self._contacts.get(id(chain))
        if kept is None or kept[0] is not chain:
            views = tuple(ContactView(c.role, c.name, c.phone) for c in chain.contacts)
            if len(self._contacts) > 10_000:
                self._contacts.clear()
            kept = self._contacts[id(chain)] = (chain, views)
        return kept[1]

    def _facts(
        self, household: Household, contacts: Sequence[ContactView], serial: str, link: str
    ) -> tuple[Fact, ...]:
        facts: list[Fact] = []
        for name in self.layout.must_show:
            match name:
                case "serial":
                    facts.append(Fact("serial", serial))
                case "household.head":
                    facts.append(Fact("name", household.head))
                case "household.door":
                    facts.append(Fact("door", household.door))
                case "contacts.name":
                    facts += [_fact("name", contact.name) for contact in contacts]
                case "contacts.phone":
                    facts += [_fact("phone", contact.phone) for contact in contacts]
                case "link" if link:
                    facts.append(Fact("code", link))
        return tuple(fact for fact in facts if fact.text)


# One object for all copies of a village: it goes to the worker once.
_fact = lru_cache(maxsize=4096)(Fact)


def problems_of(held: Sequence[Held]) -> tuple[Problem, ...]:
    """Every reason of copies held back by a fault, once, in order of first sight."""
    reasons = (reason for each in held if not each.excluded for reason in each.reasons)
    return tuple(dict.fromkeys(reasons))


# ------------------------------------------------------------- file names

_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)")
_MOST_CHARACTERS = 40


def slugs(names: Sequence[str]) -> dict[str, str]:
    """A safe and unique file name for each name: letters, digits and hanzi only."""
    found: dict[str, str] = {}
    taken: set[str] = set()
    for name in dict.fromkeys(names):
        slug = "".join(char for char in name if char.isalnum())[:_MOST_CHARACTERS]
        if slug != name or not slug or _RESERVED.fullmatch(slug):
            slug = f"{slug or 'x'}-{zlib.crc32(name.encode()):08x}"
        base, number = slug, 1
        while slug.casefold() in taken:
            number += 1
            slug = f"{base}-{number}"
        taken.add(slug.casefold())
        found[name] = slug
    return found

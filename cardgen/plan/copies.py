"""Plan one layout: its subjects in; numbered copies in walking order out, a volume at a time.

Volumes are made one by one, as they are asked for, so that a county takes no more memory
than a village.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cardgen.campaign import Campaign, PaperChoice
from cardgen.model import (
    Bundle,
    Chain,
    Copy,
    Fact,
    Held,
    Household,
    Key,
    LayoutSpec,
    Problem,
    SubjectKind,
    Township,
    Volume,
)
from cardgen.plan.bundles import Bundles, parts_of
from cardgen.plan.codes import Links
from cardgen.plan.filenames import slugs
from cardgen.plan.homes import Households, Venues
from cardgen.plan.leads import Leads
from cardgen.plan.places import TOWNSHIP_CODE, Grids, Routes, Townships, Villages
from cardgen.plan.posts import Officers
from cardgen.plan.selection import Selection
from cardgen.plan.sources import Answers, Delivery, Setting, Source, fact
from cardgen.problems import Code, problem
from cardgen.serials import Given, Moved, Serials
from cardgen.views import CampaignView, ContactView, VillageChangesView, VillageRecallsView

SHEETS_A_VOLUME = 200
FLOWING_A_VOLUME = 16  # copies of papers that flow: each takes many pages, and a worker's time
SOURCES: Mapping[SubjectKind, type[Source[Any]]] = {
    SubjectKind.HOUSEHOLD: Households,
    SubjectKind.VENUE: Venues,
    SubjectKind.VILLAGE: Villages,
    SubjectKind.GRID: Grids,
    SubjectKind.ROUTE: Routes,
    SubjectKind.CADRE: Officers,
    SubjectKind.TOWNSHIP: Townships,
}


@dataclass
class Plan:
    """The copies of one layout. `held` is complete once all `volumes` have been taken."""

    layout: LayoutSpec
    paper: PaperChoice
    township: Township
    campaign: Campaign
    answers: Answers
    places: int
    selection: Selection = field(default_factory=Selection)
    deliveries: Sequence[Delivery] = ()
    changes: Mapping[str, VillageChangesView] | None = None
    given: Given | None = None
    moved: Moved | None = None
    recalls: Mapping[str, VillageRecallsView] | None = None
    held: list[Held] = field(default_factory=list)
    subjects: int = 0
    copies: int = 0

    def __post_init__(self) -> None:
        self.roles = self.paper.roles or self.layout.roles
        self.copies_each = self.paper.copies or self.layout.copies
        setting = Setting(
            self.township,
            self.answers,
            self.layout,
            self.paper,
            tuple(self.deliveries),
            self.changes,
            self.recalls,
            self.campaign.date,
            self.campaign.file,
        )
        self._source: Source[Any] = SOURCES[self.layout.subject](setting)
        slogans = self.campaign.slogans if self.paper.slogans is None else self.paper.slogans
        self._slogans = tuple(slogans)
        every = self._source.every()
        if self.moved is not None:  # then only those that are asked for need be drawn
            every = tuple(filter(self._is_chosen, every))
        names = map(self._source.code, every)
        self._serials = Serials(self.layout.name, names, self.copies_each, self.given, self.moved)
        self._campaign_view = CampaignView(
            self.paper.title or self.campaign.title,
            self.campaign.issuer,
            self.campaign.date,
            self._slogans,
            tuple(self.campaign.hotlines),
        )
        self._bundles = Bundles(self._source, self.answers, self.campaign.bundles)
        self._links = Links(setting, self.campaign, self._source)
        self._contacts: dict[int, tuple[Chain, tuple[ContactView, ...]]] = {}

    def volumes(self) -> Iterator[Volume]:
        """The volumes in the order of the village table: each is what one carrier takes.

        Papers for villages, cadres and the township come in one file, not in a file each; what
        nobody carries from door to door has up to 200 sheets.
        """
        if self.selection.is_all:
            self._hold_rows()
        whole = [] if self._source.by_village else [TOWNSHIP_CODE]
        names = slugs([*(each.name for each in self.township.villages), "", *whole, *self._gone()])
        for village, things in self._grouped():
            stem = names[village] if self._source.by_village else names[TOWNSHIP_CODE]
            for number, (bundle, copies) in enumerate(self._parts(things), start=1):
                yield Volume(
                    name=f"{self.layout.name}/{stem}-{number:03d}.pdf",
                    layout=self.layout.name,
                    village=village,
                    copies=tuple(copies),
                    bundle=bundle,
                )

    def leads(self, cover: LayoutSpec, sign_off: LayoutSpec, mark: str = "") -> Leads:
        """Makes what lies on top of the volumes of this layout, by those two layouts.

        `mark` is what the batch is known by.
        """
        title = self.layout.title
        return Leads(title, self._source, self._campaign_view, cover, sign_off, mark)

    def _parts(self, things: Sequence[Any]) -> Iterator[tuple[Bundle | None, Sequence[Copy]]]:
        """The copies of a village by bundles, those that are too large in parts."""
        if not self._bundles.is_carried:
            copies = [copy for thing in things for copy in self._copies_of(thing)]
            most = FLOWING_A_VOLUME if self.layout.flows else SHEETS_A_VOLUME * self.places
            for at in range(0, len(copies), most):
                yield None, copies[at : at + most]
            return
        most = FLOWING_A_VOLUME
        if not self.layout.flows:
            most = self.campaign.bundles.most_sheets * self.places
        for bundle, members in self._bundles.parted(things):
            copies = [copy for thing in members for copy in self._copies_of(thing)]
            yield from parts_of(bundle, copies, most, self.copies_each)

    def expected(self) -> int:
        """Copies that all volumes will hold at the most; known before any is planned."""
        return self.copies_each * sum(map(self._is_chosen, self._source.every()))

    def codes(self) -> Iterator[str]:
        """The code of every subject of the layout, chosen or not."""
        return map(self._source.code, self._source.every())

    def serials_of(self, household: Household) -> tuple[str, ...]:
        """The serials of what a household gets of this paper; none where it is held back."""
        if not isinstance(self._source, Households) or not self._is_chosen(household):
            return ()
        if self._source.faults(household) or self._source.chain(household, self.roles).problems:
            return ()
        numbers = range(self.copies_each)
        return tuple(self._serials.serial(household.code, number) for number in numbers)

    def renewed(self, copy: Copy) -> tuple[int, Copy]:
        """The copy in its next edition, and which that is: the same under another serial."""
        edition, serial = self._serials.renewed(copy.subject, number_of(copy))
        link = str(copy.data["link"]).replace(copy.serial, serial)
        facts = tuple(Fact(what, text.replace(copy.serial, serial)) for what, text in copy.facts)
        data = {**copy.data, "serial": serial, "link": link}
        return edition, copy._replace(serial=serial, data=data, facts=facts)

    def pin(self, key: Key, serial: str) -> None:
        """The copy has that serial: it was printed with it."""
        self._serials.pin(key.subject, key.number, serial)

    def _grouped(self) -> Iterator[tuple[str, list[Any]]]:
        """The subjects that are chosen, by the volumes that they go into."""
        source = self._source
        chosen = [thing for thing in source.every() if self._is_chosen(thing)]
        self.subjects += len(chosen)
        if not source.by_village:
            yield "", chosen
            return
        names = (*(village.name for village in self.township.villages), *self._gone())
        groups: dict[str, list[Any]] = {name: [] for name in names}
        for thing in chosen:
            village = source.village(thing)
            groups.setdefault(village if village in groups else "", []).append(thing)
        for village, things in groups.items():
            if isinstance(source, Households):
                things = sorted(things, key=self.answers.walking_key)
            yield village, things

    def _gone(self) -> list[str]:
        """Villages with papers that no table knows: only old copies are there."""
        known = {village.name for village in self.township.villages}
        every = map(self._source.code, self._source.every())
        return [n for n in every if n not in known] if isinstance(self._source, Villages) else []

    def _is_chosen(self, thing: object) -> bool:
        source = self._source
        return self.selection.holds(source.code(thing), source.village(thing)) and (
            source.is_meant(thing)
        )

    def _hold_rows(self) -> None:
        """Rows that are no household count too, so that the rows of the roster close."""
        if not isinstance(self._source, Households) or not self._source.is_for_all:
            return
        for origin, reason in self.township.excluded:
            found = problem(Code.ROW_EXCLUDED, reason, origin)
            self.subjects += 1
            self.copies += self.copies_each
            for _ in range(self.copies_each):
                self.held.append(Held(self.layout.name, "", "", (found,), excluded=True))

    def _copies_of(self, thing: object) -> Iterator[Copy]:
        source = self._source
        self.copies += self.copies_each
        if left_out := source.left_out(thing):
            code, village = source.code(thing), source.village(thing)
            self.held += [Held(self.layout.name, code, village, left_out, excluded=True)] * (
                self.copies_each
            )
            return
        chain = source.chain(thing, self.roles) if self.roles else Chain(())
        faults = (*source.faults(thing), *self._links.faults(thing), *chain.problems)
        reasons = tuple(dict.fromkeys(faults))
        if reasons:
            held = Held(self.layout.name, source.code(thing), source.village(thing), reasons)
            self.held += [held] * self.copies_each
            return
        data = source.data(thing)
        for number in range(self.copies_each):
            yield self._copy(thing, chain, data, number)

    def _copy(
        self,
        thing: object,
        chain: Chain,
        own: Mapping[str, object],
        number: int,
    ) -> Copy:
        code, village = self._source.code(thing), self._source.village(thing)
        serial = self._serials.serial(code, number)
        contacts = self._contact_views(chain)
        link = self._links.link(thing, serial)
        slogan = ""
        if self._slogans:
            # By the code and not by the place in the batch: a reprint carries the same words.
            slogan = self._slogans[zlib.crc32(code.encode()) % len(self._slogans)]
        data: Mapping[str, object] = {
            **own,
            "contacts": contacts,
            "campaign": self._campaign_view,
            "slogan": slogan,
            "serial": serial,
            "link": link,
            "variant": self._links.variant,
            "paper": self.paper.extra,
            "size": self.paper.size or (self.layout.sizes[0] if self.layout.sizes else ""),
            "copy_number": number + 1,
            "copies": self.copies_each,
        }
        return Copy(
            serial=serial,
            layout=self.layout.name,
            subject=code,
            village=village,
            data=data,
            facts=self._facts(thing, contacts, serial, link),
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
        self,
        thing: object,
        contacts: Sequence[ContactView],
        serial: str,
        link: str,
    ) -> tuple[Fact, ...]:
        facts: list[Fact] = []
        for name in self.layout.must_show:
            match name:
                case "serial":
                    facts.append(Fact("serial", serial))
                case "contacts.name":
                    facts += [fact("name", contact.name) for contact in contacts]
                case "contacts.phone":
                    facts += [fact("phone", contact.phone) for contact in contacts]
                case "link":
                    facts += [Fact("code", link)] if link else []
                case _:
                    facts += self._source.facts(thing, name)
        return tuple(fact for fact in facts if fact.text)


def number_of(copy: Copy) -> int:
    """Which of a subject's copies it is, from 0."""
    number = copy.data["copy_number"]
    assert isinstance(number, int)
    return number - 1


def problems_of(held: Sequence[Held]) -> tuple[Problem, ...]:
    """Every reason of copies held back by a fault, once, in order of first sight."""
    reasons = (reason for each in held if not each.excluded for reason in each.reasons)
    return tuple(dict.fromkeys(reasons))

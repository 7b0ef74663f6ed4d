"""What a layout's template may read: plain frozen views of a subject, and nothing else.

A layout that hangs in public gets a household of which only the door is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cardgen.campaign import Hotline
from cardgen.model import Household


@dataclass(frozen=True, slots=True)
class ContactView:
    """A line of the chain."""

    role: str
    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class PublicHouseholdView:
    """What may hang in public: where the door is, and nothing of who lives behind it."""

    village: str
    grid: str
    group: str
    building: str
    door: str
    place: str
    watch_from: date | None
    watch_to: date | None


@dataclass(frozen=True, slots=True)
class HouseholdView(PublicHouseholdView):
    """What a household's own papers may show: all that is public, and who lives there."""

    code: str
    head: str
    phone: str
    members: int
    kinds: tuple[str, ...]
    route: str
    note: str


@dataclass(frozen=True, slots=True)
class CampaignView:
    """The words of the campaign."""

    title: str
    issuer: str
    date: date | None
    slogans: tuple[str, ...]
    hotlines: tuple[Hotline, ...]


def place_of(household: Household) -> str:
    """Where a household lives, in the order in which one walks there."""
    parts = (household.village, household.grid, household.group, household.building)
    named = [part for part in parts if part]
    return " ".join([*named, household.door] if household.door else named)


def view_of(household: Household, public: bool) -> HouseholdView | PublicHouseholdView:
    """What a layout may read of a household; less for what hangs in public."""
    shared = (
        household.village,
        household.grid,
        household.group,
        household.building,
        household.door,
        place_of(household),
        household.watch_from,
        household.watch_to,
    )
    if public:
        return PublicHouseholdView(*shared)
    return HouseholdView(
        *shared,
        household.code,
        household.head,
        household.phone,
        household.members,
        household.kinds,
        household.route,
        household.note,
    )


VIEWS: tuple[type, ...] = (ContactView, PublicHouseholdView, HouseholdView, CampaignView, Hotline)
"""Every view that a template may be given."""

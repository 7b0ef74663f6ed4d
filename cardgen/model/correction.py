"""A correction: what somebody who knows better says of a name or a phone in the roster."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Corrected(StrEnum):
    """What may be corrected."""

    HEAD = "head"
    HOUSEHOLD_PHONE = "household-phone"
    CADRE_NAME = "cadre-name"
    CADRE_PHONE = "cadre-phone"

    @property
    def is_household(self) -> bool:
        """Whether it is a household's; else a cadre's."""
        return self in (Corrected.HEAD, Corrected.HOUSEHOLD_PHONE)

    @property
    def is_phone(self) -> bool:
        """Whether it is a phone; else a name."""
        return self in (Corrected.HOUSEHOLD_PHONE, Corrected.CADRE_PHONE)


class CorrectionState(StrEnum):
    """Where a correction is on its way. Those that stand are OPEN and ACCEPTED: they go over the
    roster. CONFIRMED: a roster says the same."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    REPLACED = "replaced"
    CONFIRMED = "confirmed"


Person = tuple[str, ...]
"""What two corrections of the same household, or of the same cadre, have in common."""


@dataclass(frozen=True, slots=True)
class CorrectedSubject:
    """Of whom a correction is, as the roster says it.

    A household by `code`, and by where it is (village, group, building, door) for the day when
    another code is made for it; a cadre by `name` and `phone`, and where one of them is missing
    by his `role` and the words of his `scope`. `village` is whose accounts may see it, nothing
    where that is the office's alone.
    """

    village: str
    code: str = ""
    place: tuple[str, str, str] = ("", "", "")
    role: str = ""
    name: str = ""
    phone: str = ""
    scope: str = ""

    @property
    def is_known(self) -> bool:
        """Whether name and phone, or a code, tell who it is."""
        return bool(self.code or (self.name and self.phone))

    @property
    def person(self) -> Person:
        """Who it is: the same for each correction of the same; of a household its code, which may
        have been another's before."""
        if self.code:
            return (self.code,)
        known = (self.name, self.phone)
        return known if self.is_known else (*known, self.role, self.scope)

    def is_same(self, other: CorrectedSubject) -> bool:
        """Whether both are the same household, by its code and by its head or its door; or the
        same cadre."""
        if self.person != other.person or not self.code:
            return self.person == other.person
        is_door = (self.village, self.place) == (other.village, other.place)
        return self.name == other.name or (is_door and bool(self.place[-1]))


@dataclass(frozen=True, slots=True)
class Correction:
    """A correction as the ledger keeps it. `before` is what the roster said, `after` what is
    right; phones are digits. `made` and `decided` are moments, `person` and `decided_by` who."""

    id: int
    what: Corrected
    subject: CorrectedSubject
    before: str
    after: str
    note: str
    person: str
    made: str
    state: CorrectionState
    decided_by: str = ""
    decided: str = ""

    @property
    def stands(self) -> bool:
        """Whether it goes over the roster."""
        return self.state in (CorrectionState.OPEN, CorrectionState.ACCEPTED)

    @property
    def says(self) -> str:
        """All that decides what is printed by it."""
        subject = self.subject
        place = (*subject.place, subject.scope)
        of = (subject.code, *place, subject.role, subject.name, subject.phone)
        return "\x1f".join((self.what, *of, self.before, self.after))

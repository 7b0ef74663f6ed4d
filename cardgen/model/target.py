"""For whom a file is made: the office's own printer, or a print shop."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Profile(StrEnum):
    """What a finished file promises: RGB for offices and archives, inks for print shops."""

    OFFICE = "office"
    SHOP = "shop"


@dataclass(frozen=True, slots=True)
class Target:
    """A profile, and the ICC file of the print shop's press where there is one.

    Goes with every job to its worker, so it names the ICC file and does not hold it;
    `icc_sha256` is the digest of what was checked, so that no worker takes another one.
    """

    profile: Profile = Profile.OFFICE
    icc: str = ""
    icc_sha256: str = ""

    @property
    def is_shop(self) -> bool:
        """Whether colours are written as inks."""
        return self.profile is Profile.SHOP


FOR_OFFICE = Target()
"""What is meant where nothing is said."""

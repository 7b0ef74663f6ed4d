"""What of a township is printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Selection:
    """What of a township is printed; empty means all of it.

    `households` are the codes of subjects: 户号 for papers of households, and for other
    papers the code by which manifest.csv names their subject.
    """

    villages: tuple[str, ...] = ()
    households: tuple[str, ...] = ()

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.villages and not self.households

    def holds(self, code: str, village: str) -> bool:
        """Whether the subject of that code, in that village, is chosen."""
        if self.villages and village not in self.villages:
            return False
        return not self.households or code in self.households

"""Lengths: the three units in use, and the only place where one becomes another.

Paper is measured in millimetres (origin lower left), type in points, CSS in pixels
of 1/96 inch (origin upper left). A name ends in its unit: `pitch_mm`, `size_pt`, `box_px`.
"""

from __future__ import annotations

from dataclasses import dataclass

MM_PER_INCH = 25.4
PT_PER_INCH = 72.0
PX_PER_INCH = 96.0  # CSS Values 4, 6.2: a reference pixel

PT_PER_MM = PT_PER_INCH / MM_PER_INCH
PT_PER_PX = PT_PER_INCH / PX_PER_INCH


def mm_to_pt(length_mm: float) -> float:
    """Millimetres to points."""
    return length_mm * PT_PER_MM


def pt_to_mm(length_pt: float) -> float:
    """Points to millimetres."""
    return length_pt / PT_PER_MM


def px_to_pt(length_px: float) -> float:
    """CSS pixels to points."""
    return length_px * PT_PER_PX


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle, origin lower left; the unit is the owner's, named where it is held."""

    left: float
    bottom: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge, in the rectangle's own unit."""
        return self.left + self.width

    @property
    def top(self) -> float:
        """The upper edge, in the rectangle's own unit."""
        return self.bottom + self.height

    def grown(self, margin: float) -> Rect:
        """The same rectangle with `margin` more on each side (less, if negative)."""
        return Rect(
            self.left - margin,
            self.bottom - margin,
            self.width + 2 * margin,
            self.height + 2 * margin,
        )

    def moved(self, right: float, up: float) -> Rect:
        """The same rectangle, moved."""
        return Rect(self.left + right, self.bottom + up, self.width, self.height)

    def holds(self, other: Rect, slack: float = 0.0) -> bool:
        """Whether `other` lies inside, give or take `slack`."""
        return (
            other.left >= self.left - slack
            and other.bottom >= self.bottom - slack
            and other.right <= self.right + slack
            and other.top <= self.top + slack
        )

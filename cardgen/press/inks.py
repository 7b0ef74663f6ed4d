"""Which ink a thing is printed in: a colour of the design and a target in, a colour out.

Files for offices keep every colour. In files for print shops text and codes are black alone,
since four inks never meet exactly and small letters would have coloured edges; neutral tones
are grey, which a press prints in black; all else is cyan, magenta, yellow and black.
"""

from __future__ import annotations

from dataclasses import dataclass

from cardgen.model import FOR_OFFICE, Colour, Target

DISPLAY_PT = 14.0
"""Type of this size and more, set in a colour, keeps it: a red headline stays red."""

BLACK: Colour = (0.0,)
_NEUTRAL = 0.004  # the parts of a grey differ by less than a step of 1/255


@dataclass(frozen=True, slots=True)
class Inks:
    """The colours of one target."""

    target: Target = FOR_OFFICE

    def paint(self, colour: Colour) -> Colour:
        """The colour of what is drawn: bands, lines, tints."""
        if not self.target.is_shop or len(colour) != 3:
            return colour
        if is_neutral(colour):
            return (colour[0],)
        from cardgen import icc  # files for offices need no colour library

        return icc.inks_of(colour, icc.load(self.target))

    def text(self, colour: Colour, size_pt: float) -> Colour:
        """The colour of type of this size, as it stands on paper."""
        if not self.target.is_shop or len(colour) == 1:
            return colour
        if size_pt >= DISPLAY_PT and not is_neutral(colour):
            return self.paint(colour)
        return (grey_of(colour),)

    def code(self, colour: Colour) -> Colour:
        """The colour of a code: solid black, since a screened module has no edge."""
        return BLACK if self.target.is_shop else colour


def is_neutral(colour: Colour) -> bool:
    """Whether an RGB or CMYK colour is a tone of grey."""
    parts = colour[:3]
    return max(parts) - min(parts) < _NEUTRAL


def grey_of(colour: Colour) -> float:
    """The grey that is as light as a colour in RGB or CMYK."""
    if len(colour) == 4:
        *parts, black = colour
        colour = tuple((1 - part) * (1 - black) for part in parts)
    if is_neutral(colour):
        return round(colour[0], 6)
    # IEC 61966-2-1: light adds up before the curve of the screen, not behind it.
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour
    )
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    grey = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(grey, 4)

"""Find what must never be printed: a text in, the ID and bank card numbers in it out.

Only numbers whose check digit is right count, so that a long serial is not taken for one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cardgen.problems import Code

_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789Xx")
# Digits in one run, or in fours as bank cards are written.
_LONG = re.compile(
    r"(?<![0-9A-Za-z])"
    r"(?:\d{17}[0-9Xx]|\d{15,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?)"
    r"(?![0-9A-Za-z])"
)
# GB/T 2260: the first two digits of every administrative code
_PROVINCES = re.compile("1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # GB 11643-1999
_CHECKS = "10X98765432"


@dataclass(frozen=True, slots=True)
class Secret:
    """A number found from `start` to `end` of a text; `masked` may be shown."""

    code: Code
    start: int
    end: int
    masked: str


def find_secrets(text: str) -> Iterator[Secret]:
    """ID numbers (18 and 15 digits) and bank card numbers in a text, in its order."""
    plain = text if text.isascii() else text.translate(_WIDE)
    for found in _LONG.finditer(plain):
        digits = re.sub(r"[ -]", "", found[0]).upper()
        code = kind_of_number(digits)
        if code:
            yield Secret(code, found.start(), found.end(), mask(digits))


def kind_of_number(digits: str) -> Code | None:
    """Which secret a run of 15 to 19 digits is, if any."""
    if len(digits) == 18 and _is_identity_18(digits):
        return Code.IDENTITY_NUMBER
    if len(digits) == 15 and _is_identity_15(digits):
        return Code.IDENTITY_NUMBER
    # Chinese bank cards start with 62 (UnionPay) or 3-6 of the world's schemes (ISO/IEC 7812).
    if 16 <= len(digits) <= 19 and digits.isdigit() and digits[0] in "3456" and _luhn(digits):
        return Code.BANK_CARD
    return None


def mask(digits: str) -> str:
    """A number of which the first three and the last two characters may be seen."""
    return digits[:3] + "*" * (len(digits) - 5) + digits[-2:]


def _is_identity_18(digits: str) -> bool:
    if not digits[:17].isdigit() or not _PROVINCES.match(digits):
        return False
    if not _is_day(digits[10:12], digits[12:14]) or digits[6:8] not in ("18", "19", "20"):
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:17], strict=True))
    return _CHECKS[total % 11] == digits[17]


def _is_identity_15(digits: str) -> bool:
    """The numbers given out before 1999 have no check digit: province and birthday must do."""
    if not digits.isdigit() or not _PROVINCES.match(digits):
        return False
    return _is_day(digits[8:10], digits[10:12])


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _luhn(digits: str) -> bool:
    """ISO/IEC 7812-1, annex B."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit) * (1 + place % 2)
        total += number - 9 if number > 9 else number
    return total % 10 == 0

"""Phone numbers: a cell in, the numbers that it holds and what was done to read them out.

Numbers are strings of digits only. What counts as valid is formats.md: mobiles of 11 digits,
landlines with area code, 400 and 800 numbers, short service numbers. The blocks are those of
电信网编号计划 (工信部, 2017). This module owns `phonenumbers`, and asks it for area codes only:
everything else is told by shape, since 80,000 households must not wait for it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date
from enum import Enum
from functools import lru_cache

from cardgen.model import CellValue

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(0(?:10|2\d))(\d{8})|(0[3-9]\d{2})(\d{7,8})", re.ASCII)
_FREE = re.compile(r"[48]00\d{7}", re.ASCII)
# 11X and 120-122, 12XXX government (12345), 10XXX operators, 116XXX and 118XXX directories,
# 95XXX(X) and 96XXX(X) customer service
_SHORT = re.compile(r"11\d|12[0-2]|1[02]\d{3}|11[68]\d{3}|9[56]\d{3,4}", re.ASCII)

# What people put around and between the digits of one number.
_FILLING = re.compile(r"[\s\-‐‑‒–—―－_.·•()（）\[\]【】]+")
# Marks of direction come along with numbers that are copied from a telephone's contacts.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# What a library makes of a number in a cell; a landline's own part has seven digits and more.
_POINT_ZERO = re.compile(r"(\d+)\.0{1,6}", re.ASCII)
_BETWEEN = re.compile(r"[/／\\、，,;；|｜\n\r]+|或者?|及")
_SCIENTIFIC = re.compile(r"(\d)(?:\.(\d+))?[eE]\+?(\d{1,2})")
_WIDE = str.maketrans("０１２３４５６７８９＋．Ｅ", "0123456789+.E")
_HAN_WORDS = re.compile(r"[\u3400-\u9fff:：]+")
_EXTENSION = re.compile(r"(?:转|分机|ext\.?)\s*(\d{1,5})\s*$", re.IGNORECASE)
_ASIDE = re.compile(
    r"[（(【\[][^）)】\]]*[\u3400-\u9fff][^）)】\]]*[）)】\]]"
)  # （儿子） （24小时）
_NONE = frozenset({"无", "没有", "无电话", "暂无", "空", "/"})
_WELL_WRITTEN = re.compile(r"0\d{2,3}-\d{7,8}|[48]00-\d{3}-?\d{4}|\d+")


class State(Enum):
    """How a phone was read."""

    EMPTY = "empty"
    GOOD = "good"
    REPAIRED = "repaired"
    DAMAGED = "damaged"  # digits are gone for good
    INVALID = "invalid"  # all digits are there, and they are no phone


@dataclass(frozen=True, slots=True)
class PhoneReading:
    """What a cell says: `phones` that are valid, how they were read, and why not better.

    `reason` is Chinese, and empty where all is well.
    """

    phones: tuple[str, ...]
    state: State
    reason: str = ""


_EMPTY = PhoneReading((), State.EMPTY)


def is_valid_phone(digits: str) -> bool:
    """Whether a string of digits is a phone that can be dialled as it stands."""
    if _MOBILE.fullmatch(digits) or _FREE.fullmatch(digits) or _SHORT.fullmatch(digits):
        return True
    landline = _LANDLINE.fullmatch(digits)
    return landline is not None and _is_area_code(landline[1] or landline[3])


@lru_cache(maxsize=2048)
def _is_area_code(area: str) -> bool:
    """Whether an area code ("010", "0374") is in use.

    Asked with local numbers that any exchange could have: the number in the cell may be one
    that no exchange gives out (0374-0000000), and cities go from seven digits to eight
    before the tables know.
    """
    import phonenumbers  # 80 ms; rosters without landlines need not wait for it

    return any(
        phonenumbers.is_valid_number(phonenumbers.parse(area + local, "CN"))
        for local in ("5123456", "51234567", "61234567")
    )


def group_digits(phone: str) -> str:
    """A phone as people read it: 138 1234 5678, 0374-1234567, 400-123-4567; else as it is."""
    if _MOBILE.fullmatch(phone):
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    if _FREE.fullmatch(phone):
        return f"{phone[:3]}-{phone[3:6]}-{phone[6:]}"
    if landline := _LANDLINE.fullmatch(phone):
        area = landline[1] or landline[3]
        return f"{area}-{phone[len(area) :]}"
    return phone


def read_phone(value: CellValue) -> PhoneReading:
    """The phones of a cell. Digits are never guessed: what is lost is said to be lost."""
    if value is None or value == "":
        return _EMPTY
    if isinstance(value, str):
        if len(value) == 11 and value.isascii() and _MOBILE.fullmatch(value):
            return PhoneReading((value,), State.GOOD)
        return _read_text(value)
    if isinstance(value, bool | date):
        return PhoneReading((), State.INVALID, "单元格里不是号码")
    return _read_number(value)


def _read_number(value: float) -> PhoneReading:
    """A cell that Excel took for a number: whole up to 15 digits, then the last ones are gone."""
    if not math.isfinite(value) or value < 1 or value != int(value):
        return PhoneReading((), State.INVALID, "单元格里不是号码")
    if value >= 1e15:
        return PhoneReading((), State.DAMAGED, "数字太长，末几位已被 Excel 改成 0")
    reading = _read_text(str(int(value)))
    if reading.state is State.GOOD and isinstance(value, float):
        return PhoneReading(reading.phones, State.REPAIRED, "数字格式改成了文本")
    return reading


def _read_text(text: str) -> PhoneReading:
    seen = _INVISIBLE.sub("", text)
    plain = seen.translate(_WIDE).strip()
    if plain in _NONE or not _FILLING.sub("", plain):
        return _EMPTY
    pieces = [piece for piece in _BETWEEN.split(plain) if piece.strip()]
    phones: list[str] = []
    states: list[State] = []
    reasons: list[str] = []
    for piece in pieces or [plain]:
        found = _read_piece(piece.strip())
        phones += [phone for phone in found.phones if phone not in phones]
        states.append(found.state)
        if found.reason and found.reason not in reasons:
            reasons.append(found.reason)
    if plain != seen.strip():
        reasons.insert(0, "全角改成了半角")
    if seen != text:
        reasons.insert(0, "去掉了看不见的字符")
    if len(phones) > 1:
        reasons.append("一格里有几个号码，第一个用作电话")
    state = State.REPAIRED if reasons else State.GOOD
    for worse in (State.INVALID, State.DAMAGED):
        state = worse if worse in states else state
    return PhoneReading(tuple(phones), state, "；".join(reasons))


def _read_piece(piece: str) -> PhoneReading:
    """One number, or several parted by nothing but blanks."""
    if lost := _SCIENTIFIC.fullmatch(piece):
        return _read_scientific(lost)
    reasons = []
    if whole := _POINT_ZERO.fullmatch(piece):  # first of all: its 0 is no digit of the number
        piece = whole[1]
        reasons.append("去掉了小数点后的 0")
    if extension := _EXTENSION.search(piece):
        piece = piece[: extension.start()].rstrip(" -")
        reasons.append(f"分机号 {extension[1]} 没有读入")
    if (bare := _ASIDE.sub("", piece)) != piece:
        piece = bare.strip()
        reasons.append("去掉了号码旁的文字")
    digits = _FILLING.sub("", piece)
    if is_valid_phone(digits):
        if not reasons and not _WELL_WRITTEN.fullmatch(piece):
            reasons.append("去掉了空格、横线或括号")
        return _found((digits,), reasons)
    if (bare := _HAN_WORDS.sub("", digits)) != digits:
        digits = bare
        reasons.append("去掉了号码旁的文字")
    if prefix := re.match(r"\+86|0086|86(?=1[3-9]\d{9}$)", digits):
        digits = digits[prefix.end() :]
        reasons.append("去掉了国家代码 86")
    if is_valid_phone(digits):
        return _found((digits,), reasons)
    # An area code never starts with 1 but 010: a mobile that lost a digit is not mended.
    if re.fullmatch(r"[2-9]\d{9,10}|10\d{8}", digits) and is_valid_phone("0" + digits):
        return _found(("0" + digits,), [*reasons, "补上了区号前的 0"])
    if several := _several(piece):
        return _found(several, reasons)
    return PhoneReading((), State.INVALID, _why_not(digits))


def _found(phones: tuple[str, ...], reasons: list[str]) -> PhoneReading:
    return PhoneReading(phones, State.REPAIRED if reasons else State.GOOD, "；".join(reasons))


def _read_scientific(lost: re.Match[str]) -> PhoneReading:
    """1.38E+10: only where the mantissa holds every digit is nothing lost."""
    digits = lost[1] + (lost[2] or "")
    if len(digits) == int(lost[3]) + 1:
        reading = _read_piece(digits)
        if reading.phones:
            return PhoneReading(reading.phones, State.REPAIRED, "科学计数法改成了号码")
    return PhoneReading((), State.DAMAGED, "Excel 用科学计数法显示，后面的数字已丢失")


def _several(piece: str) -> tuple[str, ...]:
    """Whole numbers parted by blanks, or two mobiles run together; else nothing."""
    parts = piece.split() if " " in piece or "\u3000" in piece else []
    if not parts and re.fullmatch(r"(?:1[3-9]\d{9}){2}", piece):
        parts = [piece[:11], piece[11:]]
    numbers = tuple(_FILLING.sub("", part) for part in parts)
    return numbers if len(numbers) > 1 and all(map(is_valid_phone, numbers)) else ()


def _why_not(digits: str) -> str:
    if re.search(r"[A-Za-z]", digits):
        return "号码里有字母"
    if "*" in digits:
        return "号码里有星号"
    if not (digits.isascii() and digits.isdigit()):
        return "不是号码"
    if re.fullmatch(r"[2-8]\d{6,7}", digits):
        return "座机没有区号"
    if digits.startswith("1") and len(digits) > 6:
        return f"手机号应是 11 位，这里是 {len(digits)} 位"
    return f"{len(digits)} 位数字不是有效的号码"

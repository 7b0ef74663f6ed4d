"""Read cells: a row and a field's name in, a repaired value out; every repair is a finding.

Nothing is guessed. A value that cannot be read is left out, and the finding says so.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta

from cardgen.model import CellValue, Origin, Problem, Row, Severity
from cardgen.phones import State, read_phone
from cardgen.problems import Code, problem
from cardgen.resolve.identity import find_secrets, kind_of_number, mask

# What makes a text worth a second look; every other text is taken as it is.
_ODD = re.compile("^\\s|\\s$|[\\n\\r\\t\\u200b-\\u200d\\u2060\\ufeff]|^#[A-Z]|^[=＝]")
_ODD_LABEL = re.compile("[０-９Ａ-Ｚａ-ｚ]|\\.0+$")
_INVISIBLE = re.compile("[\\u200b-\\u200d\\u2060\\ufeff]")
_BREAK = re.compile(r"\s*[\n\r\t]+\s*")
_UNSAVED = "#EMPTY!"  # cardgen.roster puts it where a formula has no result
# Newer programs have newer ones: #SPILL!, #CALC!, #FIELD!, #BUSY!
_ERRORS = re.compile(r"#N/A|#NAME\?|#DIV/0!|#GETTING_DATA|#[A-Z]{3,12}!")
_HAN = "[\\u3400-\\u4dbf\\u4e00-\\u9fff\\U00020000-\\U0003ffff]"
_PADDING = re.compile(f"(?<={_HAN})[ \\u00a0\\u3000]+(?={_HAN})")
_POINT_ZERO = re.compile(r"(\d+)\.0+")
_WIDE = str.maketrans({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)})
# Brackets stay as they are: 青石村（社区） is a name.
_WIDE_LABEL = {wide: code for wide, code in _WIDE.items() if chr(code).isalnum()}
_DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*[日号]?(?:[T\s].*)?")
_DAY_RUN = re.compile(r"(\d{4})(\d{2})(\d{2})")
_COUNTS = frozenset(range(100))
_COUNT = re.compile(r"(\d{1,3})\s*[人口名]?(?:\.0+)?")
_HAN_COUNTS = {han: count for count, han in enumerate("零一二三四五六七八九十")} | {"两": 2}
# Day 0 of Excel's serial numbers, with its leap day of 1900 that never was.
_EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(36526, 73051)  # 2000 to 2099


class Findings:
    """The problems met so far, in their order."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(
        self,
        code: Code,
        message: str,
        origin: Origin | None = None,
        field: str = "",
        *,
        before: str = "",
        severity: Severity | None = None,
    ) -> Problem:
        """Note a finding, and return it."""
        found = problem(code, message, origin, field, before=before, severity=severity)
        self.problems.append(found)
        return found


class CellReader:
    """Reads the cells of rows, and notes in `findings` what it had to repair or leave out."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self._good_labels: set[str] = set()

    def text(self, row: Row, field: str, *, joint: str = " ") -> str:
        """A text on one line, without blanks at its ends; `joint` stands for a line break."""
        value = row.values.get(field)
        if value is None:
            return ""
        if type(value) is str:
            if len(value) < 15 and not _ODD.search(value):
                return value
            return self._odd_text(row, field, value, joint)
        return self._not_text(row, field, value)

    def label(self, row: Row, field: str) -> str:
        """A text that names a place or a number of one: full width and ".0" are put right."""
        value = row.values.get(field)
        if value is None:
            return ""
        if value in self._good_labels:
            return value  # type: ignore[return-value]  # only texts are in there
        text = self.text(row, field)
        if not _ODD_LABEL.search(text):
            # Places and codes come again and again; new ones cost a reference each.
            if text == value:
                self._good_labels.add(text)
            return text
        better = text.translate(_WIDE_LABEL)
        if whole := _POINT_ZERO.fullmatch(better):
            better = whole[1]
        if better != text:
            message = f"“{text}”改成了“{better}”"
            self.findings.add(Code.CELL_REPAIRED, message, row.origin, field, before=text)
        return better

    def name(self, row: Row, field: str) -> str:
        """A person's name, as it stands but for layout: line breaks and blanks that pad it."""
        text = self.text(row, field, joint="")
        better = _PADDING.sub("", text) if len(text) > 2 else text
        if better != text:
            message = f"姓名“{text}”中间的空格去掉了，印成“{better}”"
            self.findings.add(Code.NAME_SPACED, message, row.origin, field, before=text)
        return better

    def phones(
        self, row: Row, field: str, *, needed: bool = False
    ) -> tuple[tuple[str, ...], Problem | None]:
        """The phones of a cell, and the finding where one cannot be used.

        That finding is an error where the phone is `needed` on paper, else a warning.
        """
        value = row.values.get(field)
        if value is None:
            return (), None
        if isinstance(value, str) and _ERRORS.fullmatch(value.strip()):
            self.text(row, field)  # tells of it
            return (), None
        if isinstance(value, str) and len(value) >= 15:
            value = self._without_secrets(row, field, value)
        elif isinstance(value, float | int) and 1e14 <= abs(value) < math.inf:
            self._long_number(row, field, value)
            return (), None
        reading = read_phone(value)
        if reading.state in (State.GOOD, State.EMPTY):
            return reading.phones, None
        before = str(row.values[field]) if value == row.values[field] else ""
        if reading.state is State.REPAIRED:
            message = f"{reading.reason}，电话读作 {'、'.join(reading.phones)}"
            self.findings.add(Code.PHONE_REPAIRED, message, row.origin, field, before=before)
            return reading.phones, None
        damaged = reading.state is State.DAMAGED
        todo = "请查出原号码，把单元格格式设为“文本”后重填" if damaged else "请核对后重填"
        found = self.findings.add(
            Code.PHONE_DAMAGED if damaged else Code.PHONE_INVALID,
            f"电话“{before or value}”不能用：{reading.reason}。{todo}",
            row.origin,
            field,
            before=before,
            severity=None if needed and not reading.phones else Severity.WARNING,
        )
        return reading.phones, None if reading.phones else found

    def day(self, row: Row, field: str) -> date | None:
        """A date, however it is written: 2026-11-03, 2026.11.3, 2026年11月3日, 20261103, 46329."""
        value = row.values.get(field)
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        if holds_secret(value):
            self.text(row, field)  # tells of it
            return None
        text = str(value).translate(_WIDE).strip()
        text = whole[1] if (whole := _POINT_ZERO.fullmatch(text)) else text
        if not text:
            return None
        found = _read_day(text)
        if found is None:
            message = f"日期“{text}”看不懂，请写成 2026-11-03 这样"
            self.findings.add(Code.DATE_INVALID, message, row.origin, field, before=str(value))
        elif text != found.isoformat():
            message = f"日期“{text}”读作 {found.isoformat()}"
            self.findings.add(Code.CELL_REPAIRED, message, row.origin, field, before=str(value))
        return found

    def count(self, row: Row, field: str) -> int:
        """A number of people, 1 to 99; 0 where it is not said."""
        value = row.values.get(field)
        if type(value) in (int, float) and value in _COUNTS:
            return int(value)  # type: ignore[arg-type]
        if value is None:
            return 0
        if holds_secret(value):
            self.text(row, field)  # tells of it
            return 0
        text = str(value).translate(_WIDE).strip()
        if isinstance(value, str) and _HAN_COUNTS.get(text.rstrip("人口")) is not None:
            return _HAN_COUNTS[text.rstrip("人口")]
        found = _COUNT.fullmatch(text)
        if found and int(found[1]) <= 99:
            return int(found[1])
        if text:
            message = f"人数“{text[:20]}”看不懂，请只写一个数字"
            self.findings.add(Code.NUMBER_INVALID, message, row.origin, field, before=text[:20])
        return 0

    def _not_text(self, row: Row, field: str, value: CellValue) -> str:
        """A number, date or truth value in a cell where words are meant."""
        if isinstance(value, bool):
            return "是" if value else "否"
        if isinstance(value, float | int):
            if not math.isfinite(value):
                return ""
            if abs(value) >= 1e14:
                return self._long_number(row, field, value)
            return str(int(value)) if value == int(value) else str(value)
        if isinstance(value, date):
            # Excel makes a date of 3-2, the second house of the third lane.
            text = f"{value.month}-{value.day}"
            message = f"Excel 把它变成了日期 {value:%Y-%m-%d}，印成“{text}”，请核对"
            before = f"{value:%Y-%m-%d}"
            self.findings.add(
                Code.CELL_REPAIRED, message, row.origin, field,
                before=before, severity=Severity.WARNING,
            )  # fmt: skip
            return text
        return ""

    def _long_number(self, row: Row, field: str, value: float) -> str:
        """A number of 15 digits or more: Excel keeps 15, so an ID's check digit is lost."""
        digits = str(int(value))
        code = kind_of_number(digits)
        if code is None and len(digits) not in (18, 19):
            return digits
        self._tell_secret(row, field, code or Code.IDENTITY_NUMBER, mask(digits))
        return ""

    def _odd_text(self, row: Row, field: str, value: str, joint: str) -> str:
        text = _INVISIBLE.sub("", value).strip()
        if _ERRORS.fullmatch(text):
            message = f"单元格里是公式错误 {text}，当作空格处理，请改正公式或直接填写"
            if text == _UNSAVED:
                message = (
                    "单元格里的公式没有存下结果，当作空格处理；请用 Excel 或 WPS 打开这个文件，"
                    "保存后再放进来"
                )
            self.findings.add(Code.CELL_ERROR, message, row.origin, field, before=text)
            return ""
        if len(text) >= 15 and not text.startswith("http"):
            text = self._without_secrets(row, field, text)
        if _BREAK.search(text):
            one_line = _BREAK.sub(joint, text)
            message = f"单元格里有换行，印成“{one_line}”"
            self.findings.add(Code.LINE_BREAK, message, row.origin, field, before=text)
            text = one_line
        return text

    def _without_secrets(self, row: Row, field: str, text: str) -> str:
        """The text without the ID and bank card numbers in it."""
        for secret in reversed(list(find_secrets(text))):
            self._tell_secret(row, field, secret.code, secret.masked)
            text = text[: secret.start] + text[secret.end :]
        return text.strip()

    def _tell_secret(self, row: Row, field: str, code: Code, masked: str) -> None:
        what = "身份证号" if code is Code.IDENTITY_NUMBER else "银行卡号"
        message = f"单元格里有{what} {masked}，不会印出，请从表中删去"
        self.findings.add(code, message, row.origin, field, before=masked)


def holds_secret(value: CellValue) -> tuple[Code, str] | None:
    """Which secret a cell holds, and the number masked; for columns that are not read."""
    if isinstance(value, str):
        secret = next(find_secrets(value), None) if len(value) >= 15 else None
        return (secret.code, secret.masked) if secret else None
    if (
        isinstance(value, float | int)
        and not isinstance(value, bool)
        and 1e14 <= abs(value) < math.inf
    ):
        digits = str(int(value))
        code = kind_of_number(digits) or (Code.IDENTITY_NUMBER if len(digits) in (18, 19) else None)
        return (code, mask(digits)) if code else None
    return None


def _read_day(text: str) -> date | None:
    if text.isdecimal() and len(text) == 5:
        return _EXCEL_EPOCH + timedelta(int(text)) if int(text) in _SERIALS else None
    found = _DAY.fullmatch(text) or _DAY_RUN.fullmatch(text)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None

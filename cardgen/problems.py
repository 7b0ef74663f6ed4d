"""The kinds of findings: each code with its usual severity and its title in Chinese.

A finding itself is a `cardgen.model.Problem`; this is the table behind its `code`. The
same table stands in README.zh.md, and a test holds the two together.
"""

from __future__ import annotations

from enum import StrEnum

from cardgen.model import Origin, Problem, Severity


class Code(StrEnum):
    """What a finding is. The value is what reports and other programs see."""

    # files and tables
    TABLE_UNKNOWN = "table-unknown"
    TABLE_HIDDEN = "table-hidden"
    ROWS_HIDDEN = "rows-hidden"
    HEADER_UNKNOWN = "header-unknown"
    HEADER_TWICE = "header-twice"
    ENCODING_DOUBTFUL = "encoding-doubtful"
    # places
    VILLAGE_UNKNOWN = "village-unknown"
    VILLAGE_TWICE = "village-twice"
    SCOPE_UNKNOWN = "scope-unknown"
    # people
    CADRE_NO_PHONE = "cadre-no-phone"
    CADRE_NO_NAME = "cadre-no-name"
    CADRE_NO_ROLE = "cadre-no-role"
    CADRE_NO_SCOPE = "cadre-no-scope"
    ROLE_UNFILLED = "role-unfilled"
    ROLE_TWICE = "role-twice"
    # households and venues
    HOUSEHOLD_TWICE = "household-twice"
    HOUSEHOLD_REPEATED = "household-repeated"
    ROW_EXCLUDED = "row-excluded"
    HOUSEHOLD_NO_HEAD = "household-no-head"
    CODE_MADE = "code-made"
    KIND_UNKNOWN = "kind-unknown"
    WATCH_DATES = "watch-dates"
    VENUE_NO_NAME = "venue-no-name"
    # cells
    PHONE_REPAIRED = "phone-repaired"
    PHONE_DAMAGED = "phone-damaged"
    PHONE_INVALID = "phone-invalid"
    NUMBER_INVALID = "number-invalid"
    DATE_INVALID = "date-invalid"
    CELL_REPAIRED = "cell-repaired"
    CELL_ERROR = "cell-error"
    LINE_BREAK = "line-break"
    NAME_SPACED = "name-spaced"
    CHARACTER_SUSPICIOUS = "character-suspicious"
    CHARACTER_MISSING = "character-missing"
    CHARACTER_FALLBACK = "character-fallback"
    IDENTITY_NUMBER = "identity-number"
    BANK_CARD = "bank-card"
    # papers
    TEXT_TOO_LONG = "text-too-long"
    CODE_TOO_LONG = "code-too-long"
    VALUE_MISSING = "value-missing"
    COPY_FAILED = "copy-failed"
    PAPER_LEFT_OUT = "paper-left-out"
    CHANGE_DOUBTFUL = "change-doubtful"
    ICC_MISSING = "icc-missing"
    # corrections
    CORRECTION_APPLIED = "correction-applied"
    CORRECTION_DISPUTED = "correction-disputed"
    CORRECTION_LOST = "correction-lost"

    @property
    def severity(self) -> Severity:
        """The usual severity of this finding."""
        return _TABLE[self][0]

    @property
    def heading(self) -> str:
        """The finding in a few words of Chinese, as reports head their tables."""
        return _TABLE[self][1]


_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTICE
_TABLE: dict[Code, tuple[Severity, str]] = {
    Code.TABLE_UNKNOWN: (_W, "认不出是哪种表"),
    Code.TABLE_HIDDEN: (_W, "隐藏的工作表没有读"),
    Code.ROWS_HIDDEN: (_N, "隐藏的行也读了"),
    Code.HEADER_UNKNOWN: (_N, "认不出的表头"),
    Code.HEADER_TWICE: (_W, "表头重复"),
    Code.ENCODING_DOUBTFUL: (_W, "文件编码可疑"),
    Code.VILLAGE_UNKNOWN: (_E, "村名不在村表中"),
    Code.VILLAGE_TWICE: (_W, "村在村表中重复"),
    Code.SCOPE_UNKNOWN: (_W, "负责范围看不懂"),
    Code.CADRE_NO_PHONE: (_E, "干部没有电话"),
    Code.CADRE_NO_NAME: (_E, "干部没有姓名"),
    Code.CADRE_NO_ROLE: (_W, "干部没有职务"),
    Code.CADRE_NO_SCOPE: (_W, "干部没有负责范围"),
    Code.ROLE_UNFILLED: (_E, "职务无人担任"),
    Code.ROLE_TWICE: (_E, "职务多人担任"),
    Code.HOUSEHOLD_TWICE: (_E, "户号重复、内容不同"),
    Code.HOUSEHOLD_REPEATED: (_W, "同一户写了两遍"),
    Code.ROW_EXCLUDED: (_N, "不印的行"),
    Code.HOUSEHOLD_NO_HEAD: (_E, "没有户主"),
    Code.CODE_MADE: (_N, "户号由程序编定"),
    Code.KIND_UNKNOWN: (_N, "没见过的类别"),
    Code.WATCH_DATES: (_W, "观察起止日期有误"),
    Code.VENUE_NO_NAME: (_E, "场所没有名称"),
    Code.PHONE_REPAIRED: (_N, "电话已修复"),
    Code.PHONE_DAMAGED: (_E, "电话已损坏"),
    Code.PHONE_INVALID: (_E, "电话无效"),
    Code.NUMBER_INVALID: (_W, "数字看不懂"),
    Code.DATE_INVALID: (_W, "日期看不懂"),
    Code.CELL_REPAIRED: (_N, "单元格已修复"),
    Code.CELL_ERROR: (_W, "单元格是公式错误"),
    Code.NAME_SPACED: (_N, "姓名中间有空格"),
    Code.LINE_BREAK: (_N, "单元格里有换行"),
    Code.CHARACTER_SUSPICIOUS: (_W, "可疑字符"),
    Code.CHARACTER_MISSING: (_E, "字体里没有的字"),
    Code.CHARACTER_FALLBACK: (_N, "用备用字体的字"),
    Code.IDENTITY_NUMBER: (_W, "单元格里有身份证号"),
    Code.BANK_CARD: (_W, "单元格里有银行卡号"),
    Code.TEXT_TOO_LONG: (_E, "文字放不下"),
    Code.CODE_TOO_LONG: (_E, "二维码内容太长"),
    Code.VALUE_MISSING: (_E, "版式要的内容没有"),
    Code.COPY_FAILED: (_E, "这一份没有印成"),
    Code.PAPER_LEFT_OUT: (_N, "这次不印的纸"),
    Code.CHANGE_DOUBTFUL: (_W, "增减可能记错"),
    Code.ICC_MISSING: (_N, "没有印刷厂的色彩文件"),
    Code.CORRECTION_APPLIED: (_N, "按改正印的"),
    Code.CORRECTION_DISPUTED: (_E, "改正和新名册不一样"),
    Code.CORRECTION_LOST: (_W, "改正的人不在名册里"),
}


def problem(
    code: Code,
    message: str,
    origin: Origin | None = None,
    field: str = "",
    *,
    before: str = "",
    severity: Severity | None = None,
) -> Problem:
    """A finding at a row's field, with the code's usual severity unless another is given."""
    return Problem(
        code=code.value,
        severity=severity or code.severity,
        message=message,
        file=origin.source.file if origin else "",
        sheet=origin.source.sheet if origin else "",
        cell=origin.cell(field) if origin else "",
        before=before,
    )

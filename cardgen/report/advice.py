"""What a clerk does about a finding: a code in, a sentence of Chinese out."""

from __future__ import annotations

from cardgen.problems import Code

_FALLBACK = "按说明查看名册里的这一格，改好后再运行一次。"

REPAIRS = frozenset({Code.PHONE_REPAIRED, Code.CELL_REPAIRED, Code.NAME_SPACED, Code.LINE_BREAK})
"""Findings of which `before` is what stood in the cell, and the message what became of it."""

ADVICE: dict[Code, str] = {
    Code.TABLE_UNKNOWN: "如果这张表该用，请在第一行写上“村名”“户主”“电话”这样的表头。",
    Code.TABLE_HIDDEN: "如果这张表该用，请在 Excel 里取消隐藏。",
    Code.ROWS_HIDDEN: "如果这些行不该印，请从名册里删掉。",
    Code.HEADER_UNKNOWN: "不用这一列就不必管；要用，请改成模板里的表头。",
    Code.HEADER_TWICE: "请删去或改名其中一列。",
    Code.ENCODING_DOUBTFUL: "请抽看几个名字；如有乱码，用 Excel 另存为 .xlsx 再来。",
    Code.VILLAGE_UNKNOWN: "请把村名改成与村表一字不差，或在村表里补上这个村。",
    Code.VILLAGE_TWICE: "请在村表里只留一行。",
    Code.SCOPE_UNKNOWN: "请按模板写法改写负责范围，例如“东岭村 第2网格”。",
    Code.CADRE_NO_PHONE: "请在干部表里填上电话。",
    Code.CADRE_NO_NAME: "请在干部表里填上姓名，或删去这一行。",
    Code.CADRE_NO_ROLE: "请在干部表里填上职务。",
    Code.CADRE_NO_SCOPE: "请在干部表里填上负责范围，否则不会印到任何卡上。",
    Code.ROLE_UNFILLED: "请在干部表里写明这个职务由谁担任、管哪里。",
    Code.ROLE_TWICE: "同一处只能有一人担任：请改窄其中一人的负责范围，或删去一行。",
    Code.HOUSEHOLD_TWICE: "是同一户就只留一行；是两户就给其中一户换一个户号。",
    Code.ROW_EXCLUDED: "示例行和完全重复的行不印，不必处理。",
    Code.HOUSEHOLD_REPEATED: "两行一样，只印了一份；请删去多余的一行。",
    Code.HOUSEHOLD_NO_HEAD: "请填上户主姓名。",
    Code.CODE_MADE: "不必管；想用自己的户号，请在名册里加“户号”一列。",
    Code.KIND_UNKNOWN: "请看是不是写错了字；没有错就不必管。",
    Code.WATCH_DATES: "请核对观察的起止日期。",
    Code.VENUE_NO_NAME: "请填上场所名称。",
    Code.PHONE_REPAIRED: "请看改得对不对；不对就在名册里重填。",
    Code.PHONE_DAMAGED: "请查出原号码，把单元格格式设为“文本”后重填。",
    Code.PHONE_INVALID: "请核对号码后重填。",
    Code.NUMBER_INVALID: "请只写一个数字。",
    Code.DATE_INVALID: "请写成 2026-11-03 这样。",
    Code.CELL_REPAIRED: "请看改得对不对；不对就在名册里重填。",
    Code.CELL_ERROR: "请改正公式，或直接填上内容。",
    Code.NAME_SPACED: "请看改得对不对；不对就在名册里重填。",
    Code.LINE_BREAK: "请看改得对不对；不对就在名册里重填。",
    Code.CHARACTER_SUSPICIOUS: "请核对这个字是不是输错了，例如字母混进了数字。",
    Code.CHARACTER_MISSING: "请核对这个字；确实是这个字，请联系维护人员补字。",
    Code.CHARACTER_FALLBACK: "印得出来，字形与旁边略有不同；不必管。",
    Code.IDENTITY_NUMBER: "没有印出。请把身份证号从这一列删掉。",
    Code.BANK_CARD: "没有印出。请把银行卡号从这一列删掉。",
    Code.TEXT_TOO_LONG: "请把这一格写短些。",
    Code.CODE_TOO_LONG: "请换一个短些的链接。",
    Code.VALUE_MISSING: "请把名册里缺的这一格补上。",
    Code.PAPER_LEFT_OUT: "要印它，请按说明再运行一次；不要印就不必管。",
    Code.CHANGE_DOUBTFUL: "请核对两份名册里的这一户；户号写对，台账就对。",
    Code.ICC_MISSING: "请向印刷厂要输出用的 .icc 文件，写进活动文件的 [print]，再印一次。",
    Code.CORRECTION_APPLIED: "不必管；请尽早把名册也改过来，改正就自动办结。",
    Code.CORRECTION_DISPUTED: "请问清楚哪个对：对的是改正就同意它，对的是名册就退回它，再印一次。",
    Code.CORRECTION_LOST: "人还在就在新名册上重提改正；不在了就退回这一条。",
    Code.COPY_FAILED: "请再运行一次；还是这样，请把本报告发给维护人员。",
}


def advice(code: str) -> str:
    """What to do about a finding of this code."""
    try:
        return ADVICE.get(Code(code), _FALLBACK)
    except ValueError:
        return _FALLBACK

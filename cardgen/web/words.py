"""How the pages word things: events of the audit trail and lines of a batch in, Chinese out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from cardgen.ledger import AuditRow

_EVENTS = {
    "sign-in": "登录",
    "password": "改了自己的密码",
    "account-added": "建了账户 {account}",
    "account-changed": "改了账户 {account}",
    "account-on": "让账户 {account} 又能用",
    "account-off": "停用了账户 {account}",
    "password-reset": "给账户 {account} 换了密码",
    "import": "读了新的花名册（{households} 户）",
    "rosters-accepted": "换上了新的花名册（{files} 个文件，{households} 户）",
    "rosters-taken-back": "撤销了第 {set} 次换上的文件，用回以前的花名册",
    "letter-changed": "改了告知书的正文（第 {set} 次保存）",
    "letter-restored": "撤销了正文的第 {set} 次保存",
    "layout-installed": "放进了版式 {layout}",
    "layout-removed": "删去了版式 {layout}",
    "layout-restored": "撤销了对版式 {layout} 的改动",
    "batch": "开始印第 {batch} 批",
    "finished": "印完了第 {batch} 批，{printed} 份",
    "campaign-changed": "改了活动文字",
    "campaign-back": "换回了上一次的活动文字",
    "rosters-sent": "上传了名册来看（第 {errand} 号）",
    "rosters-dropped": "没有用上传的名册（第 {errand} 号）",
    "asked": "要印一批（第 {errand} 号）",
    "stop": "让第 {errand} 号停下",
    "go-on": "接着印第 {errand} 号",
    "clear": "删了第 {errand} 号的文件",
    "settled": "第 {batch} 批要收回旧卡 {recalled} 份",
    "delivered": "登记送达 {count} 份",
    "returned": "登记收回 {count} 份",
    "lost": "登记丢失 {count} 份",
    "undone": "撤销了登记 {count} 份",
    "correction-proposed": "提了改正第 {correction} 条",
    "correction-accepted": "同意了改正第 {correction} 条",
    "correction-rejected": "退回了改正第 {correction} 条",
    "correction-withdrawn": "撤回了改正第 {correction} 条",
    "correction-reopened": "重新打开了改正第 {correction} 条",
    "correction-confirmed": "花名册与改正第 {correction} 条一致，自动办结",
}


class _Missing(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "？"


def event_words(row: AuditRow) -> str:
    """What was done, as a sentence; the event's own name where it has none yet."""
    detail = json.loads(row.detail)
    serials = detail.get("serials")
    if isinstance(serials, list):
        detail["count"] = len(serials)
    words = _EVENTS.get(row.event)
    return words.format_map(_Missing(detail)) if words else row.event


_FOR_ALL = (
    ("再运行一次同样的命令", "再印一次"),
    ("用 cardgen returned 登记", "在那一户的页面上登记"),
)
_FOR_OFFICE = ((" report.html 里", "报告里"),)
_FOR_OTHERS = (("按 report.html 里写的办法", "请找镇办公室"), (" report.html 里", "下面"))
_OF_ALL_VILLAGES = ("名册里发现", "问题清单")


def lines_for_page(lines: Sequence[str], *, is_office: bool) -> list[str]:
    """What came of a batch, as a page says it: no commands; the report, and how much is wrong in
    the rosters of all villages, for the office alone."""
    found = []
    for line in lines:
        if not is_office and any(words in line for words in _OF_ALL_VILLAGES):
            continue
        for words, said in _FOR_ALL + (_FOR_OFFICE if is_office else _FOR_OTHERS):
            line = line.replace(words, said)
        found.append(line)
    return found

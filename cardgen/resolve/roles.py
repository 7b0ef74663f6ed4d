"""Names of roles (职务): a cell in, the keys of the roles in it out.

A campaign asks for 支部书记; the roster may say 村支书. Only words that mean the same post
are in the table: 网格长 and 网格员, 村主任 and 支部书记 are different people.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cardgen.resolve.places import plain

_WORDS = {
    "分管领导": "包片领导 片区领导 包区领导 工作区领导 分管班子成员 分管工作区的班子成员 联系领导",
    "包村干部": "驻村干部 联村干部 包联干部 包村人员",
    "支部书记": "村支书 支书 书记 村书记 社区书记 村支部书记 党支部书记 村党支部书记 "
    "总支书记 党总支书记 村党总支书记",
    "村主任": "主任 村委会主任 村委主任 居委会主任",
    "网格员": "专职网格员 网格管理员 网格工作人员",
    "网格长": "",
    "村医": "乡村医生 乡医 村卫生室医生 卫生室医生",
    "家庭医生": "签约医生 家庭签约医生 家医",
    "民警": "社区民警 片警 包片民警 驻村民警 责任民警 户籍民警",
    "组长": "村民组长 村民小组长 小组长 居民组长 队长 生产队长",
    "楼栋长": "楼长 栋长 楼门长",
}
_CANON = {word: ours for ours, others in _WORDS.items() for word in (ours, *others.split())}
_BETWEEN = re.compile(r"[、，,;；/／+＋&\s]+|兼任?|及|和")


def role_key(role: str) -> str:
    """The key of one role: 村支书 and 支部书记 are the same."""
    key = plain(role)
    return _CANON.get(key, key)


@lru_cache(maxsize=4096)
def role_keys(text: str) -> tuple[str, ...]:
    """The keys of all roles in a cell: "支部书记兼村主任" is two; the whole cell is one too."""
    parts = [text, *_BETWEEN.split(text)]
    return tuple(dict.fromkeys(role_key(part) for part in parts if part.strip()))

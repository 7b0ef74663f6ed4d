"""Words for people who need more care (类别): a cell in, the project's own words out.

Rosters, scopes (唐湾村#独居) and campaigns (kinds = ["独居老人"]) all go through here, so
that the same people are meant everywhere.
"""

from __future__ import annotations

import re

# Our word, then the other words seen for the same people in township rosters.
_WORDS = {
    "独居老人": "独居 独居老年人 空巢老人 空巢 孤寡老人 单独居住",
    "高龄老人": "高龄 80岁以上老人 八十岁以上老人",
    "残疾": "残疾人 残障 残障人士 重残 肢体残疾 视力残疾 听力残疾 智力残疾 精神残疾",
    "孕产妇": "孕妇 产妇 孕期 待产 待产孕妇",
    "透析": "血透 血液透析 透析病人 透析患者",
    "慢性病": "慢病 慢性病人 慢性病患者 高血压 糖尿病",
    "卧床": "卧床病人 卧床老人 长期卧床 瘫痪 失能 失能老人",
    "居家隔离": "隔离 居家观察 居家医学观察 居家健康监测 居家监测",
    "放化疗": "化疗 放疗 肿瘤病人",
    "精神障碍": "精神病 精神病人 精神障碍患者",
    "婴幼儿": "婴儿 幼儿 低龄儿童",
    "留守儿童": "留守",
    "困境儿童": "孤儿 事实无人抚养儿童",
    "留守老人": "",
    "留守妇女": "",
    "低保": "低保户 低保家庭 低保对象",
    "特困": "特困户 特困供养 五保 五保户 特困人员",
    "脱贫户": "建档立卡 建档立卡户 贫困户",
    "监测户": "边缘户 边缘易致贫户 防返贫监测对象",
    "计生家庭": "失独 失独家庭 计生特殊家庭",
    "军属": "军烈属 烈属 退役军人 优抚对象",
    "租户": "流动人口 租住户 外来人口",
    "危房": "危房户",
}
_CANON = {word: ours for ours, others in _WORDS.items() for word in (ours, *others.split())}
_NOTHING = frozenset(
    {"无", "否", "-", "—", "/", "正常", "普通", "一般", "一般户", "普通户", "没有"}
)
_BETWEEN = re.compile(r"[、，,;；/／|｜+\s]+")

KNOWN_KINDS = tuple(_WORDS)
"""The words that the project itself uses, in the order of the table."""


def canonical_kind(word: str) -> str:
    """The project's word for a kind; an unknown word stays as it is."""
    return _CANON.get(word, word)


def is_known_kind(word: str) -> bool:
    """Whether a word, or another word for the same, is in the table."""
    return word in _CANON


def split_kinds(text: str) -> tuple[str, ...]:
    """The kinds named in a cell, in its order, each once; words that say "none" are left out."""
    words = (word for word in _BETWEEN.split(text) if word and word not in _NOTHING)
    return tuple(dict.fromkeys(canonical_kind(word) for word in words))

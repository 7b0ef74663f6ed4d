"""Characters without any font: how to call them, which are doubtful, which need an engine.

In: text. Out: names in English as Unicode has them, reasons in Chinese for a report.
"""

from __future__ import annotations

import re
import unicodedata

# Blocks whose names are made from the code point; newer than what every Python knows.
_IDEOGRAPHS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0x20000, 0x2EE5D), (0x30000, 0x33479))
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U0010fffd"
# The 12 that stand among the compatibility ideographs and are none (Unicode, CJK FAQ).
_UNIFIED = frozenset("﨎﨏﨑﨓﨔﨟﨡﨣﨤﨧﨨﨩")

# Text of these characters alone is set one after the other, left to right; marks are not here.
_PLAIN = re.compile(
    "[\t\n\r\u0020-\u007e\u00a0-\u02ff\u0370-\u0482\u048a-\u052f\u1e00-\u1fff"
    "\u2000-\u200a\u2010-\u2029\u202f-\u205f\u2070-\u20cf\u2100-\u2bff\u2e00-\u3029\u3030-\u3098"
    "\u309b-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe1f\ufe30-\ufe6f\uff01-\uffe6\ufffc-\ufffd"
    "\ue000-\uf8ff\U0001f100-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001f9ff"
    "\U00020000-\U0003ffff]*"
)

_BIDI = "方向控制符，看不见，会打乱显示顺序，请删去"
_HIDDEN = "零宽字符，看不见，查找和核对会对不上，请删去"
# One branch a kind of doubt; the group's name is the key of _REASONS.
_DOUBTFUL = re.compile(
    f"(?P<private>[{_PRIVATE}])"
    "|(?P<replaced>\ufffd)"
    "|(?P<box>\u25a1)"
    "|(?P<geta>\u3013)"
    "|(?P<compatibility>[\uf900-\ufaff\U0002f800-\U0002fa1f])"
    "|(?P<radical>[\u2e80-\u2fdf])"
    "|(?P<bidi>[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])"
    "|(?P<hidden>[\u00ad\u034f\u115f\u1160\u200b\u2060-\u2064\u3164\ufeff\uffa0])"
    "|(?P<joiner>[\u200c\u200d])"
    "|(?P<control>[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufff9-\ufffb])"
    "|(?P<surrogate>[\ud800-\udfff])"
    "|(?P<lost>[?\uff1f]{2,})"
)
# Nearly all text is of these alone: one look, before the branches are tried.
_CLEAN = re.compile(
    "[\n\t\r -\u003e@-~\u00b7\u2010-\u2027\u3000-\u3012\u3400-\u9fff\uff01-\uff1e]*"
)
_REASONS = {
    "private": "私用区字符，各台电脑上不一样，请改用标准字",
    "replaced": "替换符，原来的字在转码时已经丢失，请补上原字",
    "box": "方框，多半代替了打不出的字，请补上原字",
    "geta": "缺字符号，代替了打不出的字，请补上原字",
    "compatibility": "兼容汉字，看着一样编码不同，查找和核对会对不上",
    "radical": "部首符号，不是汉字，查找和核对会对不上",
    "bidi": _BIDI,
    "hidden": _HIDDEN,
    "joiner": _HIDDEN,
    "control": "控制字符，不能打印，请删去",
    "surrogate": "半个编码，原来的字已经损坏，请补上原字",
    "lost": "连续的问号，多半是转码时丢失的字，请补上原字",
    "one_lost": "问号，多半是转码时丢失的字，请补上原字",
}
_LONGEST_NAME = 3  # a "?" in a text as short as a name stands for a lost character


def describe(char: str) -> str:
    """`U+2CC56 CJK UNIFIED IDEOGRAPH-2CC56`, the same under every version of Python."""
    code = ord(char)
    if any(first <= code <= last for first, last in _IDEOGRAPHS):
        name = f"CJK UNIFIED IDEOGRAPH-{code:04X}"
    elif re.match(f"[{_PRIVATE}]", char):
        name = "PRIVATE USE"
    else:
        name = unicodedata.name(char, "CONTROL" if code < 0xA0 else "UNNAMED")
    return f"U+{code:04X} {name}"


def needs_shaping(text: str) -> bool:
    """Whether the full engine must lay this text out: Arabic, Tibetan, marks, joiners …"""
    return _PLAIN.fullmatch(text) is None


def suspicious(text: str) -> tuple[tuple[str, str], ...]:
    """(character, reason in Chinese) for what is likely not meant, each once, in order."""
    if _CLEAN.fullmatch(text):
        return ()
    found: dict[str, str] = {}
    for match in _DOUBTFUL.finditer(text):
        char, kind = match.group(), match.lastgroup or ""
        # Joiners belong to the spelling of Arabic and Mongolian.
        if char in _UNIFIED or (kind == "joiner" and _is_joining(text)):
            continue
        found.setdefault(char, _REASONS[kind] + _instead(char, kind))
    if "?" in text and not found and len(text) <= _LONGEST_NAME and not text.isascii():
        found["?"] = _REASONS["one_lost"]
    return tuple(found.items())


def _is_joining(text: str) -> bool:
    return needs_shaping(re.sub("[\u200c\u200d]", "", text))


def _instead(char: str, kind: str) -> str:
    """The usual character to write instead, where Unicode knows one."""
    if kind not in ("compatibility", "radical"):
        return ""
    usual = unicodedata.normalize("NFKC", char)
    return f"，请改用 {usual}（U+{ord(usual):04X}）" if usual != char else "，请改用标准字"

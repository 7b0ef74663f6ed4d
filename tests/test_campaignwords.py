"""The words of a campaign from a form into the file: nothing else changes, nothing wrong is in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cardgen.campaign import read_campaign
from cardgen.campaignwords import (
    CampaignWords,
    PaperWords,
    can_take_back,
    faults_of,
    read_text,
    read_words,
    save_words,
    take_back_words,
    text_digest,
    with_words,
)
from cardgen.errors import LedgerError, UsageError
from cardgen.ledger import audit_trail, hold_workspace, open_ledger

TEXT = """# 青石镇，不要删这一行
title = "疫情防控"   # 标题
issuer = '青石镇人民政府'

slogans = [
  "有困难，找干部",  # 第一条
  # 下面一条是去年的
  "一人一卡",
]
hotlines = [
  { name = "镇值班室", phone = "0374-0000000" },
  { name = "便民热线", phone = "12345" },
]

[links]
household = "https://example.cn/h/{code}" # 码

[papers.love-card]
roles = ["支部书记"]   # 只一个

[papers.notice]
body = "care.md"
title = "告知书"
"""


def changed(text: str, words: CampaignWords) -> str:
    return with_words(text, words, "campaign.toml")[0]


def test_words_that_did_not_change_leave_every_byte() -> None:
    for text in (TEXT, TEXT.replace("\n", "\r\n")):
        assert changed(text, read_words(text)) == text


def test_only_the_words_change() -> None:
    words = replace(
        read_words(TEXT),
        title="防汛",
        date=date(2026, 7, 1),
        slogans=("有困难，找干部", "一户不漏", "早转移"),
        hotlines=(("镇值班室", "0374-0000009"),),
        links={},
        papers=(PaperWords("notice", "防汛告知书", "flood.md"),),
    )
    made = changed(TEXT, words)
    expected = TEXT
    for before, after in (
        ('"疫情防控"', '"防汛"'),
        ('  "一人一卡",\n', '  "一户不漏",\n  "早转移",\n'),
        ('"0374-0000000" },\n', '"0374-0000009" },\n'),
        ('  { name = "便民热线", phone = "12345" },\n]\n', "]\ndate = 2026-07-01\n"),
        ('household = "https://example.cn/h/{code}" # 码\n', ""),
        ('"care.md"\ntitle = "告知书"', '"flood.md"\ntitle = "防汛告知书"'),
    ):
        assert before in expected
        expected = expected.replace(before, after)
    assert made == expected
    assert read_words(made) == replace(words, papers=(PaperWords("love-card"), *words.papers))


def test_what_was_not_there_is_put_where_it_belongs() -> None:
    bare = 'title = "甲"\nissuer = "乙"\n\n[papers.notice]\nbody = "care.md"\n'
    words = replace(
        read_words(bare),
        slogans=("一",),
        hotlines=(("镇值班室", "0374-0000000"),),
        links={"village": "https://example.cn/v/{village}"},
    )
    _, campaign = with_words(bare, words, "campaign.toml")
    assert campaign.slogans == ("一",)
    assert campaign.hotlines[0].phone == "03740000000"
    assert campaign.links == {"village": "https://example.cn/v/{village}"}
    assert campaign.papers["notice"].body == "care.md"


def test_hotlines_that_are_tables_stay_tables() -> None:
    text = 'title = "甲"\nissuer = "乙"\n\n[[hotlines]] # 一\nname = "a"\nphone = "110"\n'
    words = replace(read_words(text), hotlines=(("b", "119"), ("c", "120")))
    made = changed(text, words)
    assert made.count("[[hotlines]]") == 2 and "# 一" in made
    assert read_words(made).hotlines == words.hotlines
    assert "hotlines" not in changed(text, replace(words, hotlines=()))


def test_each_fault_is_told_at_its_field() -> None:
    words = CampaignWords(
        " ",
        "政" * 61,
        None,
        ("好", "a\u202eb", "\U0001f9ff"),
        (("", "199"), ("镇", "12345")),
        {"household": "example.cn", "village": "https://example.cn/{code"},
        (PaperWords("notice", "一\n二", "../x.md"),),
    )
    assert faults_of(words) == {
        "title": "要填。",
        "issuer": "有 61 个字，最多 60 个。",
        "slogans.1": "里面有看不见的字符或换行，请重新打一遍。",
        "slogans.2": "字体里没有“🧿”，印不出来。",
        "hotlines.0.name": "要填。请写上：热线的名称。",
        "hotlines.0.phone": "“199”不能用作电话：3 位数字不是有效的号码。一条热线写一个号码。",
        "links.household": "“example.cn”不能用作链接。"
        "网址以 https:// 或 http:// 开头，电话以 tel: 开头。",
        "links.village": "“https://example.cn/{code”的花括号不成对。"
        "每个 { 都要有一个 }，例如 https://example.cn/h/{code}。",
        "papers.notice.title": "里面有看不见的字符或换行，请重新打一遍。",
        "papers.notice.body": "“../x.md”不在工作文件夹里。文件要放在工作文件夹里，只写文件名。",
    }
    assert faults_of(read_words(TEXT)) == {}
    with pytest.raises(UsageError, match=r"campaign\.toml 的 issuer：有 61 个字，最多 60 个。"):
        changed(TEXT, words)


def test_too_many_lines_and_strange_papers_are_refused() -> None:
    words = read_words(TEXT)
    assert faults_of(replace(words, slogans=("一",) * 31)) == {"slogans": "最多 30 条。"}
    with pytest.raises(UsageError, match="活动里没有“pass”这种纸。"):
        changed(TEXT, replace(words, papers=(PaperWords("pass"),)))


def test_a_quotation_mark_breaks_nothing() -> None:
    words = replace(read_words(TEXT), title='他说"好" \\n # 不是注释')
    assert read_words(changed(TEXT, words)).title == words.title


@pytest.fixture
def office(workspace: Path) -> Path:
    (workspace / "campaign.toml").write_text(TEXT, "utf-8")
    return workspace


def test_words_are_saved_and_taken_back(office: Path) -> None:
    text = read_text(office, "campaign.toml")
    words = replace(read_words(text), title="防汛", date=date(2026, 7, 1))
    assert not save_words(office, "campaign.toml", read_words(text), text_digest(text))
    assert not can_take_back(office, "campaign.toml")
    assert save_words(office, "campaign.toml", words, text_digest(text))
    campaign = read_campaign(office / "campaign.toml")
    assert (campaign.title, campaign.date) == ("防汛", date(2026, 7, 1))
    with pytest.raises(UsageError, match=r"campaign\.toml 在别处改过了，没有保存。"):
        save_words(office, "campaign.toml", read_words(text), text_digest(text))
    take_back_words(office, "campaign.toml")
    assert (office / "campaign.toml").read_text("utf-8") == TEXT
    with pytest.raises(UsageError, match="没有更早的可以换回。"):
        take_back_words(office, "campaign.toml")
    with open_ledger(office) as ledger:
        trail = [f"{row.event} {row.detail}" for row in audit_trail(ledger)]
    assert trail == ['campaign-back {"set": 1}', 'campaign-changed {"set": 1}']


def test_words_that_are_wrong_are_not_saved(office: Path) -> None:
    words = read_words(TEXT)
    with pytest.raises(UsageError, match="title：要填。"):
        save_words(office, "campaign.toml", replace(words, title=""))
    with hold_workspace(office), pytest.raises(LedgerError, match="正在印另一批"):
        save_words(office, "campaign.toml", replace(words, title="防汛"))
    assert (office / "campaign.toml").read_text("utf-8") == TEXT


def test_what_stood_there_before_is_not_doubted() -> None:
    text = TEXT.replace('"一人一卡"', f'"{"长" * 70}"')
    words = read_words(text)
    assert read_words(changed(text, replace(words, title="防汛"))).title == "防汛"
    with pytest.raises(UsageError, match=r"slogans\.1：有 71 个字"):
        changed(text, replace(words, slogans=("一", "长" * 71)))


def test_a_file_that_is_no_toml_is_told() -> None:
    with pytest.raises(UsageError, match="活动文件的写法有误，表单里改不了。"):
        read_words("title = “甲”")

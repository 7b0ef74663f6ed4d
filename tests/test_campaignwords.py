"""The words of a campaign, edited in place: only what was said is changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cardgen.campaignwords import (
    can_take_back,
    read_text,
    read_words,
    save_words,
    take_back_words,
    with_words,
)
from cardgen.errors import UsageError

TEXT = """# 防汛用的
title = "防汛"   # 印在卡上
issuer = "青石镇人民政府"
slogans = ["有困难，找干部"]
hotlines = [{ name = "镇值班室", phone = "0374-0000000" }]

[links]
household = "https://example.cn/h/{code}"

# 纸
[papers.love-card]
roles = ["支部书记"]   # 只印一个
"""


def test_nothing_changed_is_the_same_text() -> None:
    made, _ = with_words(TEXT, read_words(TEXT), "campaign.toml")
    assert made == TEXT


def test_comments_and_other_keys_stay() -> None:
    words = replace(read_words(TEXT), title="防汛抗旱")
    made, campaign = with_words(TEXT, words, "campaign.toml")
    assert made == TEXT.replace('"防汛"', '"防汛抗旱"')
    assert campaign.title == "防汛抗旱"


def test_new_key_goes_above_the_tables() -> None:
    words = replace(read_words(TEXT), date=date(2026, 11, 28))
    made, campaign = with_words(TEXT, words, "campaign.toml")
    assert campaign.date == date(2026, 11, 28)
    assert made.index("date = 2026-11-28") < made.index("[links]")
    assert "# 纸" in made
    assert "# 只印一个" in made


def test_lists_and_links_are_written_whole() -> None:
    words = replace(
        read_words(TEXT),
        slogans=("一", '带"引号"的'),
        hotlines=(("镇", "110"), ("村", "0374-0000001")),
        links={"village": "https://example.cn/v/{village}"},
    )
    _, campaign = with_words(TEXT, words, "campaign.toml")
    assert campaign.slogans == ("一", '带"引号"的')
    assert [(h.name, h.phone) for h in campaign.hotlines] == [("镇", "110"), ("村", "03740000001")]
    assert dict(campaign.links) == {"village": "https://example.cn/v/{village}"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "没有写 title"),
        ({"hotlines": (("镇", "12"),)}, "hotlines\\[0\\].phone|hotlines\\[1\\].phone"),
        ({"links": {"household": "example.cn"}}, "links.household"),
        ({"links": {"household": "https://example.cn/{head}"}}, "links.household"),
    ],
)
def test_what_cannot_be_names_its_key(change: dict[str, object], words: str) -> None:
    changed = replace(read_words(TEXT), **change)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=words):
        with_words(TEXT, changed, "campaign.toml")


def test_saved_words_can_be_had_back(tmp_path: Path) -> None:
    path = tmp_path / "campaign.toml"
    path.write_text(TEXT, "utf-8")
    assert not can_take_back(tmp_path, path.name)
    words = read_words(TEXT)
    assert not save_words(tmp_path, path.name, words)
    for title in ("一", "二"):
        assert save_words(tmp_path, path.name, replace(words, title=title))
    take_back_words(tmp_path, path.name)
    assert read_words(read_text(tmp_path, path.name)).title == "一"
    take_back_words(tmp_path, path.name)
    assert path.read_text("utf-8") == TEXT
    with pytest.raises(UsageError, match="没有更早的可以换回"):
        take_back_words(tmp_path, path.name)


def test_file_that_cannot_be_read_is_told() -> None:
    with pytest.raises(UsageError, match="表单里改不了"):
        read_words("title = ")

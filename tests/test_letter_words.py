"""The words of a letter from a form into a file: rendered first, kept, put back."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardgen.campaign import read_campaign
from cardgen.errors import LedgerError, UsageError
from cardgen.ledger import hold_workspace
from cardgen.letters import (
    letter_fault,
    letters_of,
    read_letter,
    save_letter,
    take_back_letter,
)

MORE = """
[papers.notice]
body = "care.md"
title = "告知书"
"""


@pytest.fixture
def office(workspace: Path) -> Path:
    with (workspace / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write(MORE)
    return workspace


def test_the_words_of_a_letter_come_with_the_layout_until_they_are_changed(office: Path) -> None:
    campaign = read_campaign(office / "campaign.toml")
    (letter,) = letters_of(office, campaign)
    assert (letter.paper, letter.title, letter.file) == ("notice", "告知书", "care.md")
    assert not letter.is_own and letter.text.startswith("# 关爱服务告知书")
    text = letter.text.replace("您好！", "您好，{{ household.head }}！").replace("\n", "\r\n")
    number = save_letter(office, campaign, "notice", text, letter.digest)
    now = read_letter(office, campaign, "notice")
    assert now.is_own and now.text == text.replace("\r\n", "\n")
    assert (office / "care.md").read_text("utf-8") == now.text
    assert save_letter(office, campaign, "notice", text) == 0
    with pytest.raises(UsageError, match=r"care\.md 在别处改过了"):
        save_letter(office, campaign, "notice", "x", letter.digest)
    take_back_letter(office, number)
    assert not (office / "care.md").exists()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("# 题\n\n{{ household.hed }}", "care.md 第 3 行：没有“hed”这一项。"),
        ("# 题\n\n{{ nothing }}", "care.md 第 3 行：没有“nothing”这个数据。"),
        ("# 题\n\n{{ household.head", "care.md"),
        ("# 题\n\n{{ ''.__class__.__mro__ }}", "care.md 第 3 行"),
        ("# 题\n\n<script>x</script>", "care.md"),
    ],
)
def test_words_of_a_letter_that_are_wrong_name_their_line(
    office: Path, words: str, fault: str
) -> None:
    campaign = read_campaign(office / "campaign.toml")
    found = letter_fault(office, campaign, "notice", words)
    assert found is not None and found.message.startswith(fault)
    with pytest.raises(UsageError, match="care"):
        save_letter(office, campaign, "notice", words)
    assert not (office / "care.md").exists()


@pytest.mark.parametrize(
    "sum_", ["9 ** 9 ** 9", "'x' * 9999999999", "[0] * 9999999999", "99999999 * 99999999"]
)
def test_a_sum_without_end_is_a_fault_and_holds_nobody_up(office: Path, sum_: str) -> None:
    campaign = read_campaign(office / "campaign.toml")
    fault = letter_fault(office, campaign, "notice", f"# 告知书\n\n共 {{{{ {sum_} }}}} 人。")
    assert fault is not None
    assert fault.message.startswith("care.md 第 3 行：“*")
    assert "算出来的太大，这里不能用" in fault.message
    fine = "# 告知书\n\n共 {{ household.members * 2 }} 人{{ '！' * 3 }}"
    assert letter_fault(office, campaign, "notice", fine) is None


def test_a_paper_without_words_has_no_letter(office: Path) -> None:
    campaign = read_campaign(office / "campaign.toml")
    with pytest.raises(UsageError, match="“love-card”没有正文。"):
        read_letter(office, campaign, "love-card")
    with pytest.raises(UsageError, match="正文太长，最多 256 KB。"):
        save_letter(office, campaign, "notice", "字" * 100_000)


def test_no_letter_is_changed_while_a_batch_is_printed(office: Path) -> None:
    campaign = read_campaign(office / "campaign.toml")
    with hold_workspace(office), pytest.raises(LedgerError, match="正在印另一批"):
        save_letter(office, campaign, "notice", "# 题")

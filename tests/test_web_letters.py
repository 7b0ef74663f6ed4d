"""The page of a letter's words: the letter beside them as they are typed, kept when saved."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from test_letter_words import MORE
from web import Site

PAGE = "/campaign/letters/notice/"


@pytest.fixture
def office(site: Site) -> Site:
    with (site.folder / "campaign.toml").open("a", encoding="utf-8") as file:
        file.write(MORE)
    return site


def _store() -> Path:
    return Path(os.environ["CARDGEN_CACHE"])


def _field(name: str, page: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def test_the_letter_is_shown_with_the_words_that_are_typed_and_nothing_is_kept(
    office: Site,
) -> None:
    client = office.client("office")
    page = client.get(PAGE).content.decode()
    asked = {"home": _field("home", page)}
    looks, forms = [], len(list(_store().iterdir()))
    for words in ("# 题\n\n今天来看您。", "# 题\n\n明天来看您。", "# 题\n\n今天来看您。"):
        answer = client.post(f"{PAGE}preview/", asked | {"text": words})
        looks.append(answer.content.decode())
    assert 'alt="告知书用这些话印出来的样子"' in looks[0]
    assert "message error" not in looks[0]
    assert looks[0] != looks[1]
    assert looks[0] == looks[2]
    assert not (office.folder / "care.md").exists()
    assert len(list(_store().iterdir())) == forms


def test_faults_of_what_is_typed_are_told_with_their_line(office: Site) -> None:
    client = office.client("office")
    asked = {"home": _field("home", client.get(PAGE).content.decode())}
    answer = client.post(f"{PAGE}preview/", asked | {"text": "# 题\n\n{{ household.hed }}"})
    text = answer.content.decode()
    assert "care.md 第 3 行：没有“hed”这一项。" in text
    assert "<img" not in text
    long = client.post(f"{PAGE}preview/", asked | {"text": "# 题\n\n" + "一句话。" * 3000})
    assert "正文太长，旁边不画它的样子了。" in long.content.decode()


def test_words_that_are_saved_are_shown_and_those_that_are_wrong_stay_in_the_form(
    office: Site,
) -> None:
    client = office.client("office")
    seen = _field("seen", client.get(PAGE).content.decode())
    wrong = client.post(PAGE, {"text": "# 题\n\n{{ nothing }}", "seen": seen}).content.decode()
    assert "care.md 第 3 行：没有“nothing”这个数据。" in wrong
    assert "{{ nothing }}</textarea>" in wrong
    assert 'aria-describedby="how fault"' in wrong
    saved = client.post(PAGE, {"text": "# 题\n\n明天来看您。", "seen": seen}, follow=True)
    assert "改好了，以后印的都用新的话。" in saved.content.decode()
    assert (office.folder / "care.md").read_text("utf-8") == "# 题\n\n明天来看您。\n"


def test_a_letter_too_long_is_refused_whole(office: Site) -> None:
    client = office.client("office")
    answer = client.post(PAGE, {"text": "# t\n\n" + "word " * 60_000}).content.decode()
    assert "最多 256 KiB" in answer
    assert not (office.folder / "care.md").exists()


def test_a_letter_gets_the_words_back_that_it_had_before(office: Site) -> None:
    client = office.client("office")
    assert "换回上一次的" not in client.get(PAGE).content.decode()
    first = client.post(f"{PAGE}back/")
    assert "没有这一次" in first.content.decode()
    for words in ("今天来看您。", "明天来看您。"):
        client.post(PAGE, {"text": f"# 题\n\n{words}"})
    assert "换回上一次的" in client.get(PAGE).content.decode()
    for said in ("今天来看您。", "关爱服务告知书"):
        answer = client.post(f"{PAGE}back/", follow=True).content.decode()
        assert "换回了上一次的话。" in answer
        assert said in answer
    assert not (office.folder / "care.md").exists()
    assert "换回上一次的" not in client.get(PAGE).content.decode()

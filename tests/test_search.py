"""Finding a household by a few words."""

from __future__ import annotations

import pytest

from cardgen.model import Household, Township
from cardgen.produce import read_workspace
from cardgen.search import Index, serial_asked

NAMES = ("王秀英", "曾强", "单德胜", "欧阳雪", "𬱖明", "Anna Li")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    """Six households in two villages."""
    folder = tmp_path_factory.mktemp("search")
    lines = ["户号,村,网格,组,楼栋,门牌,户主,电话"]
    for number, name in enumerate(NAMES, start=1):
        village = "唐湾村" if number < 5 else "石桥村"
        phone = f"1990000{number:04d}"
        lines.append(f"H-{number:03d},{village},{number}网格,3组,,{number}2号,{name},{phone}")
    (folder / "住户.csv").write_text("\n".join(lines), "utf-8")
    (folder / "campaign.toml").write_text('title = "防汛"\nissuer = "镇"\n', "utf-8")
    return Index(read_workspace(folder).township)


def _found(index: Index, words: str, villages: frozenset[str] | None = None) -> list[str]:
    return [hit.household.head for hit in index.find(words, villages).found]


@pytest.mark.parametrize(
    ("words", "head", "by"),
    [
        ("王秀英", "王秀英", "姓名"),
        ("秀", "王秀英", "姓名"),
        ("wxy", "王秀英", "拼音"),
        ("WXY", "王秀英", "拼音"),
        ("ｗｘｙ", "王秀英", "拼音"),
        ("wangxiuying", "王秀英", "拼音"),
        ("wang xiu ying", "王秀英", "拼音"),
        ("zengqiang", "曾强", "拼音"),
        ("zq", "曾强", "拼音"),
        ("shan ds", "单德胜", "拼音"),
        ("oyx", "欧阳雪", "拼音"),
        ("𬱖", "𬱖明", "姓名"),
        ("anna", "Anna Li", "姓名"),
        ("H-004", "欧阳雪", "户号"),
        ("h-00 单", "单德胜", "户号、姓名"),
        ("2网格 22号", "曾强", "住处"),
        ("0000003", "单德胜", "电话"),
        ("１９９０００００００４", "欧阳雪", "电话"),
    ],
)
def test_finds_it_and_says_by_what(index: Index, words: str, head: str, by: str) -> None:
    hit = index.find(words).found[0]
    assert (hit.household.head, hit.by) == (head, by)


def test_two_digits_are_no_phone(index: Index) -> None:
    assert _found(index, "99") == []
    assert len(_found(index, "199")) == 6


def test_all_words_have_to_be_found(index: Index) -> None:
    assert _found(index, "wxy 3组") == ["王秀英"]
    assert _found(index, "wxy 4组") == []


def test_nothing_of_another_village_is_ever_found(index: Index) -> None:
    own = frozenset({"石桥村"})
    for words in ("王秀英", "3组", "199", "H-001", "wxy", "唐湾"):
        assert not {"王秀英", "曾强", "单德胜", "欧阳雪"} & set(_found(index, words, own))
    assert index.find("3组", own).count == 2
    assert index.find("3组", frozenset()).count == 0
    by_serial = index.find("7K3M", own, by_serial=["H-001"])
    assert by_serial.found == ()


def test_likeliest_comes_first_and_the_rest_is_counted(index: Index) -> None:
    hits = index.find("3组", most=2)
    assert (len(hits.found), hits.count) == (2, 6)


def test_nothing_asked_finds_nothing(index: Index) -> None:
    assert index.find("  ").count == 0


def test_household_without_a_head_is_found_by_its_door() -> None:
    from conftest import write_workspace

    assert write_workspace
    home = Household("", "甲村", "", "", "", "7号", "", (), 0, (), None, None, "", "", None)  # type: ignore[arg-type]
    index = Index(Township((), (), (home,), (), ()))
    assert index.find("7号").count == 1


@pytest.mark.parametrize(
    ("words", "serial"),
    [
        ("7k3m", "7K3M"),
        ("7K3M9QXP", "7K3M-9QXP"),
        ("7k3m-9q", "7K3M-9Q"),
        ("wxy", ""),
        ("王秀英", ""),
        ("7K3M 9QXP", ""),
    ],
)
def test_beginning_of_a_serial_is_known_as_one(words: str, serial: str) -> None:
    assert serial_asked(words) == serial

"""Two rosters compared: who came, left, moved, changed; what can be doubted is said."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cardgen.changes import Changes, compare, views_of
from cardgen.model import Household, Origin, Source, Table, Township, Village

ORIGIN = Origin(Source(Table.HOUSEHOLD, "住户.csv", "", {"code": 0, "head": 1}), 2)
VILLAGES = tuple(Village(name, "东片区", "", "", "", ORIGIN) for name in ("唐湾村", "石桥村"))


def home(code: str, head: str = "王秀英", door: str = "12号", **more: object) -> Household:
    usual = Household(
        code=code, village="唐湾村", grid="3网格", group="5组", building="", door=door, head=head,
        phones=("19900000001",), members=3, kinds=("独居老人",), watch_from=None, watch_to=None,
        route="1线", note="", origin=ORIGIN,
    )  # fmt: skip
    return replace(usual, **more)  # type: ignore[arg-type]


def township(*homes: Household) -> Township:
    return Township(VILLAGES, (), homes, (), ())


def told(changes: Changes) -> list[str]:
    """All that was found, a line each."""
    lines = [f"＋{each.head}" for each in changes.came] + [
        f"－{each.head}" for each in changes.left
    ]
    for mark, pairs in (("→", changes.moved), ("＊", changes.changed)):
        for pair in pairs:
            rest = "；".join(f"{d.field} {d.before}/{d.after}" for d in pair.differences)
            lines.append(f"{mark}{pair.after.head} {rest}")
    return lines


def test_nothing_changed() -> None:
    same = township(home("A1"), home("A2", "李明", "13号"))
    assert told(compare(same, same)) == []
    assert compare(same, same).problems == ()


def test_who_came_and_who_left() -> None:
    old = township(home("A1"), home("A2", "李明", "13号", phones=()))
    new = township(home("A1"), home("A3", "陈秀兰", "14号"))
    assert told(compare(old, new)) == ["＋陈秀兰", "－李明"]


def test_each_field_that_changed_is_told_with_what_it_was() -> None:
    old = township(home("A1"))
    new = township(
        home("A1", "王大山", phones=("19900000002", "03740000000"), members=0, grid="2网格",
             kinds=("残疾", "独居老人"), note="门口有狗")
    )  # fmt: skip
    assert told(compare(old, new)) == [
        "＊王大山 户主 王秀英/王大山；电话 19900000001/19900000002、03740000000；人口 3/；"
        "类别 独居老人/残疾、独居老人；网格 3网格/2网格；备注 /门口有狗"
    ]


def test_another_way_of_writing_is_no_change() -> None:
    old = township(home("A1", grid="第三网格", group="5组", kinds=("残疾", "独居老人")))
    new = township(home("A1", grid="3网格", group="第5组", kinds=("独居老人", "残疾")))
    assert told(compare(old, new)) == []


def test_who_lives_elsewhere_has_moved() -> None:
    old = township(home("A1"), home("A2", "李明", "13号"))
    new = township(home("A1", door="20号"), home("A2", "李明", "13号", village="石桥村"))
    assert told(compare(old, new)) == ["→王秀英 门牌 12号/20号", "→李明 村 唐湾村/石桥村"]


def test_without_its_number_a_household_is_known_by_village_head_and_door() -> None:
    old = township(home("TW-3F7K2Q"), home("TW-8HKM2P", "李明", "13号"))
    new = township(home("TW0001", phones=()), home("TW0002", "李明", "15号", phones=()))
    assert told(compare(old, new)) == ["＋李明", "－李明", "＊王秀英 电话 19900000001/"]


def test_rows_without_head_or_door_are_never_taken_for_one_another() -> None:
    old, new = township(home("A1", "", "")), township(home("A2", "", ""))
    assert told(compare(old, new)) == ["＋", "－"]


def test_a_number_given_to_others_is_doubted() -> None:
    old = township(home("A1"))
    new = township(home("A1", "李明", "40号", phones=("19900000009",)))
    [doubt] = compare(old, new).problems
    assert doubt.message == (
        "户号 A1 上次是“王秀英”（12号），这次是“李明”（40号），户主、门牌、电话都不同；"
        "按同一户的变更记。若是两户人家，请给新来的一户换一个户号"
    )
    assert (doubt.code, doubt.severity, doubt.cell) == ("change-doubtful", "warning", "A2")


def test_a_number_that_stands_twice_is_doubted_and_nobody_is_lost() -> None:
    old = township(home("A1"), home("A1", "李明", "13号"))
    changes = compare(old, township(home("A1")))
    assert told(changes) == ["－李明"]
    assert [p.message for p in changes.problems] == [
        "户号 A1 在上次的名册里有两户（“王秀英”（12号）、“李明”（13号）），增减可能记错，请核对"
    ]


def test_one_name_and_phone_among_came_and_left_may_have_moved() -> None:
    old, new = township(home("A1")), township(home("A2", door="20号"))
    assert [p.message for p in compare(old, new).problems] == [
        "王秀英上次在 唐湾村 3网格 5组 12号，这次在 唐湾村 3网格 5组 20号，电话相同，"
        "户号和门牌都不同；按一减一增记，可能是搬了家"
    ]


def test_a_village_that_is_gone_is_told() -> None:
    old = township(home("A1", village="旧村"))
    changes = compare(old, township())
    assert [p.message for p in changes.problems] == [
        "上次名册里的“旧村”这次不在村表里，它减少的 1 户不在任何一村的台账上；"
        "村改了名，请在两份名册里写成一样"
    ]


HOMES = st.lists(
    st.builds(
        lambda code, head, door, village, phone: home(
            f"A{code}", "王李陈"[head], f"{door}号", village=VILLAGES[village].name,
            phones=(f"1990000000{phone}",),
        ),
        st.integers(1, 6), st.integers(0, 2), st.integers(1, 4), st.integers(0, 1),
        st.integers(0, 2),
    ),
    max_size=8,
)  # fmt: skip


@given(HOMES, HOMES)
def test_the_sum_of_each_village_closes(old: list[Household], new: list[Household]) -> None:
    changes = compare(township(*old), township(*new))
    assert len(old) + len(changes.came) - len(changes.left) == len(new)
    for view in views_of(changes).values():
        assert view.before + len(view.came) - len(view.left) == view.after


@given(HOMES, HOMES)
def test_seen_from_the_other_end_came_and_left_change_places(
    old: list[Household], new: list[Household]
) -> None:
    there, back = compare(township(*old), township(*new)), compare(township(*new), township(*old))
    assert (len(there.came), len(there.left)) == (len(back.left), len(back.came))


def test_who_moves_to_another_village_is_on_both_ledgers() -> None:
    views = views_of(compare(township(home("A1")), township(home("A1", village="石桥村"))))
    assert [row.why for row in views["唐湾村"].left] == ["迁往 石桥村 3网格 5组 12号"]
    assert [row.why for row in views["石桥村"].came] == ["从 唐湾村 3网格 5组 12号 迁来"]
    assert views["唐湾村"].after == 0 and views["石桥村"].after == 1

"""The sample township: the committed files are those that the script makes, and all is well."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from collections import Counter
from pathlib import Path

import pytest

from cardgen.campaign import read_campaign
from cardgen.model import Township
from cardgen.resolve import Chains, resolve_township
from cardgen.roster import read_roster, roster_files

SAMPLES = Path(__file__).parents[1] / "samples"
QINGSHI = SAMPLES / "qingshi"


@pytest.fixture(scope="module")
def township() -> Township:
    roster = read_roster(roster_files(QINGSHI))
    return resolve_township(roster.rows, example_origins=roster.examples, problems=roster.problems)


def parts(path: Path) -> dict[str, bytes]:
    """What a workbook holds; how zlib packs it differs from version to version."""
    with zipfile.ZipFile(path) as book:
        return {name: book.read(name) for name in book.namelist()}


def test_script_makes_the_committed_files_whatever_the_hash_seed(tmp_path: Path) -> None:
    script = [sys.executable, str(SAMPLES / "make_qingshi.py"), str(tmp_path)]
    subprocess.run(script, check=True, env={"PYTHONHASHSEED": "7"})
    assert parts(tmp_path / "roster.xlsx") == parts(QINGSHI / "roster.xlsx")
    for name in ("campaign.toml", "papers.toml"):
        assert (tmp_path / name).read_bytes() == (QINGSHI / name).read_bytes()


def test_township_is_of_the_size_it_says(township: Township) -> None:
    assert len(township.villages) == 24
    assert len({village.zone for village in township.villages}) == 4
    assert len(township.households) == township.rows == 8000
    assert len(township.cadres) == 155
    assert len(township.venues) == 120
    special = [h for h in township.households if h.kinds and h.watch_from is None]
    watched = [h for h in township.households if h.watch_from]
    assert (len(special), len(watched)) == (320, 60)
    assert sum(1 for h in township.households if not h.phones) > 300


def test_nothing_is_wrong_with_it(township: Township) -> None:
    assert township.problems == ()


def test_every_kind_of_scope_is_in_it(township: Township) -> None:
    kinds = Counter(scope.what.value for cadre in township.cadres for scope in cadre.scopes)
    assert set(kinds) == {
        "household", "building", "group", "grid", "village", "zone", "township",
    }  # fmt: skip
    assert sum(1 for cadre in township.cadres for scope in cadre.scopes if scope.kind) == 7


def test_every_household_has_the_chain_of_its_love_card(township: Township) -> None:
    roles = read_campaign(QINGSHI / "campaign.toml").papers["love-card"].roles
    chains = Chains(township)
    found = [chains.chain(household, roles) for household in township.households]
    assert Counter((len(chain.contacts), chain.problems) for chain in found) == {(3, ()): 8000}


def test_three_answer_for_every_household_under_watch(township: Township) -> None:
    chains = Chains(township)
    for household in township.households:
        if household.watch_from:
            chain = chains.chain(household, ["包村干部", "民警", "家庭医生"])
            assert (len(chain.contacts), chain.problems) == (3, ())


def test_phones_are_of_the_invented_blocks(township: Township) -> None:
    phones = [phone for household in township.households for phone in household.phones]
    phones += [someone.phone for someone in (*township.cadres, *township.villages)]
    phones += [venue.phone for venue in township.venues]
    assert all(phone.startswith(("199000", "0374000", "037400")) for phone in phones)
    mobiles = [phone for phone in phones if phone.startswith("199")]
    assert len(set(mobiles)) == len(mobiles)


def test_rare_names_come_through_unchanged(township: Township) -> None:
    heads = {household.head for household in township.households}
    assert {"王𬱖", "李𬭩", "张㛃", "刘䶮", "陈𠅤", "杨𤩽", "赵𫖯", "黄𬘡", "周𨱏", "吴㐱"} <= heads
    assert "迪丽努尔·阿不都热合曼" in heads

"""Copies with invented data that every layout must bear: a layout in, named copies out.

They are planned as a batch plans its copies, so that a template sees just what it will see
in earnest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from cardgen.campaign import Campaign, Hotline, PaperChoice, SheetChoice
from cardgen.model import (
    Chain,
    Contact,
    Copy,
    Household,
    LayoutSpec,
    Origin,
    Scope,
    ScopeKind,
    Source,
    Table,
    Township,
    Village,
)
from cardgen.plan import Plan

_ORIGIN = Origin(Source(Table.HOUSEHOLD, "", "", {}), 1)
_SCOPE = Scope(ScopeKind.TOWNSHIP, "全镇")
_MORE_ROLES = ("家庭医生", "网格员", "民警", "组长")
_NAMES = ("赵德胜", "李明", "王建国", "陈秀兰", "周文", "吴海燕")


@dataclass(frozen=True, slots=True)
class _Sample:
    """What differs from sample to sample."""

    head: str = "王秀英"
    door: str = "12号"
    grid: str = "3网格"
    group: str = "5组"
    names: Sequence[str] = _NAMES
    slogan: str = "一人一卡，一户不漏"
    link: str = "https://example.cn/h/{code}"
    roles: tuple[str, ...] = field(default=())


def sample_copies(spec: LayoutSpec) -> Iterator[tuple[str, Copy]]:
    """Each sample with its name in Chinese, the usual one first."""
    roles = spec.roles or ("包村干部",)
    usual = _Sample(roles=roles)
    samples = {
        "一般": usual,
        "最短": replace(usual, head="丁一", door="1号", grid="", group="", names=["于一"] * 6),
        "最长": replace(
            usual,
            head="迪丽努尔·阿不都热合曼江",
            door="青石大道南段和平花园小区3号楼2单元1801室",
            names=["阿卜杜热西提·买买提"] * 6,
        ),
        "生僻字": replace(
            usual, head="张𬱖", names=["李䶮", "王𠅤", "刘𫖯", "㐱明", "吴𬘡", "周𤩽"]
        ),
        "没有口号": replace(usual, slogan=""),
        "没有二维码": replace(usual, link=""),
    }
    for count in sorted({2, 4} - {len(roles)}):
        more = tuple(dict.fromkeys((*roles, *_MORE_ROLES)))[:count]
        samples[f"{count} 个联系人"] = replace(usual, roles=more)
    for name, sample in samples.items():
        yield name, sample_copy(spec, sample)


def sample_copy(spec: LayoutSpec, sample: _Sample) -> Copy:
    """One copy, planned as in a batch of one household."""
    contacts = tuple(
        Contact(role, name, f"1990000{number:04d}", _SCOPE, _ORIGIN)
        for number, (role, name) in enumerate(zip(sample.roles, sample.names, strict=False))
    )
    village = Village("唐湾村", "东片区", "03740000001", "", "", _ORIGIN)
    plan = Plan(
        layout=spec,
        paper=PaperChoice(layout=spec.name, roles=sample.roles, copies=1),
        township=Township((village,), (), (_household(sample),), (), ()),
        campaign=_campaign(sample),
        chain_of=lambda household, roles: Chain(contacts),
        key_of=lambda household: (),
        places=1,
    )
    [volume] = plan.volumes()
    return volume.copies[0]


def _household(sample: _Sample) -> Household:
    return Household(
        code="TW-3F7K2",
        village="唐湾村",
        grid=sample.grid,
        group=sample.group,
        building="",
        door=sample.door,
        head=sample.head,
        phones=("19900000099",),
        members=4,
        kinds=("独居老人",),
        watch_from=date(2026, 11, 22),
        watch_to=date(2026, 12, 5),
        route="1号线",
        note="",
        origin=_ORIGIN,
    )


def _campaign(sample: _Sample) -> Campaign:
    return Campaign(
        title="疫情防控",
        issuer="青石镇人民政府",
        date=date(2026, 11, 22),
        slogans=(sample.slogan,) if sample.slogan else (),
        hotlines=(Hotline("镇值班室", "03740000000"),),
        links={"household": sample.link} if sample.link else {},
        papers={},
        sheet=SheetChoice(),
    )

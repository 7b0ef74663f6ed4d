"""Copies with invented data that every layout must bear: a layout in, named copies out.

They are planned as a batch plans its copies, so that a template sees just what it will see
in earnest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from cardgen.campaign import Campaign, Hotline, PaperChoice, SheetChoice
from cardgen.changes import compare, views_of
from cardgen.layouts import SIGN_OFF
from cardgen.model import (
    Cadre,
    Copy,
    Household,
    LayoutSpec,
    Origin,
    Paper,
    Scope,
    ScopeKind,
    Source,
    SubjectKind,
    Table,
    Township,
    Venue,
    Village,
)
from cardgen.plan import Delivery, Handed, Plan
from cardgen.resolve import Answers, Chains
from cardgen.views import RecallStopView, RecallView, VillageRecallsView

_ORIGIN = Origin(Source(Table.HOUSEHOLD, "", "", {}), 1)
_MORE_ROLES = ("家庭医生", "网格员", "民警", "组长")
_NAMES = ("赵德胜", "李明", "王建国", "陈秀兰", "周文", "吴海燕")
_HEADS = ("王秀英", "李大山", "张春花", "刘福生", "陈有才", "杨桂兰", "赵玉田", "黄永贵")
_VILLAGES = ("唐湾村", "石桥村", "柳林村", "青石社区")
_ZONES = ("西片区", "南片区", "北片区")
_PLACES = ("上河", "下坊", "东岭", "西坡", "南洼", "北寨", "新庄", "老营")
_VILLAGE_ROLES = ("包村干部", "支部书记", "村医")
_OTHER_GRIDS = ("1网格", "2网格", "3网格")
_LONG_DUTY = {
    "days": 17,
    "posts": ["唐湾大桥防汛物资仓库", "西门", "敬老院"],
    "shifts": ["早班 8:00-14:00", "中班 14:00-20:00", "夜班 20:00-次日 8:00"],
}
_SUBJECT_CODES = {
    SubjectKind.HOUSEHOLD: "TW-3F7K2",
    SubjectKind.VILLAGE: "唐湾村",
    SubjectKind.GRID: "唐湾村/3网格",
    SubjectKind.ROUTE: "唐湾村/1号线",
    SubjectKind.TOWNSHIP: "全镇",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """What differs from sample to sample. `people` are those of a grid, `homes` its households.

    `grids` are those of the first village, `villages` those of the township.
    `bare`: what may be left out of the rosters and the campaign is left out.
    """

    head: str = "王秀英"
    door: str = "12号"
    grid: str = "3网格"
    group: str = "5组"
    names: Sequence[str] = _NAMES
    slogan: str = "一人一卡，一户不漏"
    link: str = "https://example.cn/h/{code}"
    roles: tuple[str, ...] = field(default=())
    venue: str = "唐湾便民超市"
    village: str = "唐湾村"
    zone: str = "东片区"
    heads: Sequence[str] = _HEADS
    note: str = "子女外出务工"
    people: int = 3
    homes: int = 8
    members: int = 4
    grids: int = 3
    villages: int = 4
    variant: str = ""
    bare: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


def sample_copies(spec: LayoutSpec, size: Paper | None = None) -> Iterator[tuple[str, Copy]]:
    """Each sample with its name in Chinese, the usual one first; on the paper of that size."""
    roles = spec.roles or ("包村干部",)
    usual = Sample(roles=roles)
    longest = "迪丽努尔·阿不都热合曼江"
    samples = {
        "一般": usual,
        "最短": replace(
            usual,
            head="丁一",
            door="1号",
            grid="" if spec.subject is not SubjectKind.GRID else "3网格",
            group="",
            names=["于一"] * 6,
            heads=["丁一"],
            note="",
            venue="药店",
            people=1,
            homes=1,
            members=1,
        ),
        "最长": replace(
            usual,
            head=longest,
            door="青石大道南段和平花园小区3号楼2单元1801室",
            names=["阿卜杜热西提·买买提"] * 6,
            heads=[longest, "欧阳诸葛建国"],
            note="听力不好，电话多响几声，白天下地，晚上才在家，钥匙在隔壁邻居家",
            venue="青石镇唐湾村供销合作社农资便民综合服务部",
            people=12,
            homes=60 if spec.subject is SubjectKind.GRID else 20,
            members=7,
            extra=_LONG_DUTY if "duty" in spec.needs else {},
        ),
        "生僻字": replace(
            usual,
            head="张𬱖",
            names=["李䶮", "王𠅤", "刘𫖯", "㐱明", "吴𬘡", "周𤩽"],
            heads=["张𬱖", "李䶮", "刘𫖯"],
        ),
        "少填": replace(usual, group="", note="", members=0, bare=True),
        "没有口号": replace(usual, slogan=""),
        "没有二维码": replace(usual, link=""),
    }
    for count in sorted({2, 4} - {len(roles)}) if spec.roles else ():
        more = tuple(dict.fromkeys((*roles, *_MORE_ROLES)))[:count]
        samples[f"{count} 个联系人"] = replace(usual, roles=more)
    if spec.subject is SubjectKind.TOWNSHIP:  # what a preview shows is a township as it is
        samples = {"20 个村": replace(usual, villages=20), **samples}
    samples |= _places(spec, usual)
    if spec.variants:  # a paper that is held back without its code
        del samples["没有二维码"]
        samples |= {f"样式 {name}": replace(usual, variant=name) for name in spec.variants}
    for name, sample in samples.items():
        yield name, sample_copy(spec, sample, size)
    for subject in spec.subjects[1:]:
        other = replace(spec, subject=subject)
        for name in ("一般", "最长"):
            yield f"{name}（{subject}）", sample_copy(other, samples[name], size)


def _places(spec: LayoutSpec, usual: Sample) -> dict[str, Sample]:
    """Villages with few and with many people; a township with one village."""
    match spec.subject:
        case SubjectKind.VILLAGE if not spec.variants:
            return {
                "5 个人": replace(usual, grids=1, people=2),
                "60 个人": replace(usual, grids=8, people=7),
                "一个网格 20 个人": replace(usual, grids=1, people=20),
                "没有网格": replace(usual, grid="", grids=0),
            }
        case SubjectKind.TOWNSHIP:
            return {"1 个村": replace(usual, villages=1)}
        case SubjectKind.VOLUME:
            long = "青石镇唐湾村供销合作社农资便民综合服务部"
            return {"场所": replace(usual, venue=long, extra={"shops": True})}
    return {}


def sample_copy(spec: LayoutSpec, sample: Sample, size: Paper | None = None) -> Copy:
    """One copy, planned as in a batch of a small township."""
    if spec.subject is SubjectKind.VOLUME:
        return _lead_copy(spec, sample)
    code = _SUBJECT_CODES.get(spec.subject, "")
    if sample.bare and spec.subject is SubjectKind.ROUTE:
        code = f"{sample.village}/"
    plan = _sample_plan(spec, sample, size)
    copies = [copy for volume in plan.volumes() for copy in volume.copies]
    return next((copy for copy in copies if copy.subject == code), copies[0])


def _sample_plan(spec: LayoutSpec, sample: Sample, size: Paper | None = None) -> Plan:
    township = sample_township(sample)
    return Plan(
        layout=spec,
        paper=PaperChoice(
            layout=spec.name,
            roles=sample.roles,
            kinds=(),
            size=size,
            extra={**sample.extra, **({"variant": sample.variant} if sample.variant else {})},
        ),
        township=township,
        campaign=_campaign(sample, spec.subject),
        answers=Answers(township, Chains(township)),
        places=1,
        deliveries=_deliveries(sample),
        changes=views_of(compare(_earlier(township, sample), township)),
        recalls={sample.village: _recalls(township, sample)},
    )


def _lead_copy(spec: LayoutSpec, sample: Sample) -> Copy:
    """A cover, or a page of a sign-off sheet, of a bundle of cards; bare ones show the last page.

    Where the sample has much, each household gets seven of them.
    """
    cards = replace(
        spec,
        name="love-card",
        title="爱心联系卡" if sample.homes < 20 else "新冠肺炎疫情防控居家隔离人员承诺书",
        subject=SubjectKind.VENUE if sample.extra else SubjectKind.HOUSEHOLD,
        must_show=("serial",),
        copies=1 if sample.homes < 20 else 7,
    )
    plan = _sample_plan(cards, sample)
    volume = next(volume for volume in plan.volumes() if volume.copies)
    assert volume.bundle is not None
    handed = [Handed(copy.subject, copy.serial) for copy in volume.copies]
    lead = plan.leads(spec, spec, "7K3M9Q").lead(volume.name, volume.bundle, handed, len(handed))
    return lead.cover if spec.name != SIGN_OFF else lead.pages[-1 if sample.bare else 0]


def _deliveries(sample: Sample) -> list[Delivery]:
    """What a household gets: a paper in one copy, and for long samples others in two or none."""
    card = Delivery("爱心联系卡", lambda household: ("7K3M-9QXP",))
    if sample.homes < 10:
        return [card]
    pledge = Delivery("疫情防控居家隔离承诺书", lambda household: ("B2C4-TR5F", "B2C4-TR6W"))
    care = Delivery("床头大字卡", lambda household: ("H8JN-4WQ2",) if household.kinds else ())
    return [card, pledge, care]


_RECALLED = (
    RecallView("爱心联系卡", "7K3M-9QXP", "B2C4-TR5F", "包村干部的电话换了", True),
    RecallView("门贴卡", "H8JN-4WQ2", "M3PA-7KDE", "支部书记换了人", False),
    RecallView("疫情防控居家隔离承诺书", "R6TB-2XHV", "", "户已经不在花名册里", True),
)


def _recalls(township: Township, sample: Sample) -> VillageRecallsView:
    """What most homes have to give back: one copy; three of them, and the last none anew."""
    stops = [
        RecallStopView(
            home.code,
            home.head,
            f"{home.building}{home.door}",
            "　".join(filter(None, (home.grid, home.group))),
            _RECALLED if number % 5 == 2 else _RECALLED[2 * (number % 7 == 3) :][:1],
        )
        for number, home in enumerate(township.households)
        if home.village == sample.village
    ]
    board = replace(_RECALLED[0], paper="公示栏", why="网格员换了人")
    if not sample.bare:
        stops.append(RecallStopView(sample.village, sample.village, "村里", "不进户的纸", (board,)))
    return VillageRecallsView(tuple(stops))


def _earlier(township: Township, sample: Sample) -> Township:
    """The roster before: of each dozen households some were not there, elsewhere or otherwise."""
    if sample.homes < 2:
        return township
    before = [*map(_before, enumerate(township.households))]
    gone = [
        replace(home, code=f"TW-9{number:04d}", door=f"旧{home.door}")
        for number, home in enumerate(township.households)
        if number % 12 == 5
    ]
    return replace(township, households=tuple([home for home in before if home] + gone))


def _before(numbered: tuple[int, Household]) -> Household | None:
    number, home = numbered
    match number % 12:
        case 1:
            return None
        case 2:
            return replace(home, door="老街7号", phones=("19900009999",))
        case 3:
            return replace(home, village="石桥村", grid="2网格")
        case 4:
            return replace(home, phones=(), members=2, kinds=("卧床",), note="")
        case 6:
            return replace(home, head="王老汉", route="2号线")
    return home


def sample_township(sample: Sample) -> Township:
    """An invented township, whose first village is told in full."""
    villages = tuple(_villages(sample))
    venue = Venue(
        "TW-S001", sample.venue, sample.village, "唐湾村18号", "赵玉田", "19900000098", "超市",
        _ORIGIN,
    )  # fmt: skip
    return Township(villages, tuple(_cadres(sample)), tuple(_households(sample)), (venue,), ())


def _villages(sample: Sample) -> Iterator[Village]:
    """A few in one zone, as many as a township has in four."""
    link = "https://example.cn/q/TW" if sample.link else ""
    zones = (sample.zone, *_ZONES) if sample.villages > len(_VILLAGES) else (sample.zone,)
    more = (f"{one}{two}村" for one in _PLACES for two in _PLACES)
    names = (sample.village, *_VILLAGES[1:], *more)
    for number, name in enumerate(names[: sample.villages]):
        zone = zones[number * len(zones) // sample.villages]
        yield Village(name, zone, f"0374{number + 1:07d}", link, "", _ORIGIN)


def _cadres(sample: Sample) -> Iterator[Cadre]:
    """Those of the roles asked for, for the whole township; and the people of the grids."""
    numbers = iter(range(1, 100_000))

    def cadre(role: str, name: str, scope: Scope) -> Cadre:
        return Cadre(name, role, f"199000{next(numbers):05d}", (scope,), _ORIGIN)

    # A paper for a village shows those of the village; all other papers find them there too.
    village = Scope(ScopeKind.VILLAGE, sample.village, sample.village, sample.village)
    for role, name in zip(sample.roles, sample.names, strict=False):
        yield cadre(role, name, village)
    for role, name in zip(("镇长", *sample.roles), sample.names, strict=False):
        yield cadre(role, name, Scope(ScopeKind.TOWNSHIP, "全镇"))
    yield cadre("网格长", sample.names[0], Scope(ScopeKind.ZONE, sample.zone, name=sample.zone))
    for grid in _grids(sample):
        scope = Scope(ScopeKind.GRID, f"{sample.village}/{grid}", sample.village, grid)
        for number in range(sample.people):
            role = "网格员" if not number else "志愿者"
            yield cadre(role, sample.names[number % len(sample.names)], scope)
    for each in list(_villages(sample))[len(_VILLAGES) :]:
        for role, name in zip(_VILLAGE_ROLES, sample.names, strict=False):
            scope = Scope(ScopeKind.VILLAGE, each.name, each.name, each.name)
            yield cadre(role, name, scope)
        for grid in _OTHER_GRIDS:
            scope = Scope(ScopeKind.GRID, f"{each.name}/{grid}", each.name, grid)
            yield cadre("网格员", sample.names[3], scope)


def _grids(sample: Sample) -> tuple[str, ...]:
    """The grids of the first village, the last of them that of the sample's household."""
    if not sample.grids:
        return ()
    names = [f"{number}网格" for number in range(1, sample.grids + 1)]
    if sample.grid and sample.grid not in names:
        names[-1] = sample.grid
    return tuple(names)


def _households(sample: Sample) -> Iterator[Household]:
    """The household of the sample first, then its neighbours, grid by grid."""
    yield _household(sample, 0, sample.grid, sample.head, sample.door)
    number = 1
    for grid in _grids(sample):
        for _ in range(sample.homes):
            head = sample.heads[number % len(sample.heads)]
            yield _household(sample, number, grid, head, f"{number}号")
            number += 1
    for each in list(_villages(sample))[len(_VILLAGES) :]:
        for grid in _OTHER_GRIDS:
            home = _household(sample, number, grid, sample.heads[0], f"{number}号")
            yield replace(home, village=each.name)
            number += 1


def _household(sample: Sample, number: int, grid: str, head: str, door: str) -> Household:
    special = number % 4 == 0
    return Household(
        code=_SUBJECT_CODES[SubjectKind.HOUSEHOLD] if not number else f"TW-{number:05d}",
        village=sample.village,
        grid=grid,
        group=sample.group,
        building="",
        door=door,
        head=head,
        phones=(f"199000990{number:02d}"[:11],) if number % 5 and not sample.bare else (),
        members=sample.members,
        kinds=("独居老人", "慢性病") if special and not sample.bare else (),
        watch_from=date(2026, 11, 22),
        watch_to=date(2026, 12, 5),
        route="" if sample.bare else "1号线",
        note=sample.note if special else "",
        origin=_ORIGIN,
    )


def _campaign(sample: Sample, subject: SubjectKind) -> Campaign:
    return Campaign(
        title="疫情防控",
        issuer="青石镇人民政府",
        date=None if sample.bare else date(2026, 11, 22),
        slogans=(sample.slogan,) if sample.slogan else (),
        hotlines=() if sample.bare else (Hotline("镇值班室", "03740000000"),),
        links={subject.value: sample.link} if sample.link else {},
        papers={},
        sheet=SheetChoice(),
    )

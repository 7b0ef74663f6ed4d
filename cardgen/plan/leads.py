"""What lies on top of a bundle: the copies in it in, a cover sheet and a sign-off sheet out.

Both are made of the copies that stand behind them and of nothing else, so that their counts
and serials are those that the carrier finds. One form serves all: what there is less of is
left blank.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from cardgen.model import Bundle, BundleKind, Copy, Fact, LayoutSpec
from cardgen.plan.sources import Source, Stop
from cardgen.serials import Serials
from cardgen.views import BundleView, CampaignView, PersonView, PileView, RowView

ROWS_A_PAGE = 24
PEOPLE = 4
PILES = 16
SERIALS_A_ROW = 4  # two on a line; a household that gets more takes further rows
_KINDS = {BundleKind.ROUTE: "路线", BundleKind.GRID: "网格", BundleKind.VILLAGE: "村"}
_NOBODY = PersonView("", "", "", "")
_NO_ROW = RowView("", "", "", "")
_NO_PILE = PileView("", "", "")


Stops = Sequence[tuple[Stop, Sequence[str]]]
"""Doors in walking order, each with the serials that it gets."""


class Handed(NamedTuple):
    """One copy of a bundle: whom it is for, and its serial."""

    subject: str
    serial: str


class Lead(NamedTuple):
    """The pages on top of a bundle: its cover, and its sign-off sheet page by page."""

    cover: Copy
    pages: tuple[Copy, ...]


class Leads:
    """Makes the leads of one layout's bundles."""

    def __init__(
        self,
        paper: str,
        source: Source[Any],
        campaign: CampaignView,
        cover: LayoutSpec,
        sign_off: LayoutSpec,
        mark: str = "",
    ) -> None:
        """`paper` is the title of what is in the bundles, `mark` what their batch is known by;
        the layouts are those of the lead."""
        self._mark = mark
        self._paper, self._source, self._campaign = paper, source, campaign
        self._cover, self._sign_off = cover, sign_off
        self._things: dict[str, Any] = {}

    def lead(self, name: str, bundle: Bundle, handed: Sequence[Handed], sheets: int) -> Lead:
        """The lead of the volume `name`, whose copies take so many `sheets`."""
        if not self._things:
            self._things = {self._source.code(thing): thing for thing in self._source.every()}
        doors: dict[str, list[str]] = {}
        for subject, serial in handed:
            doors.setdefault(subject, []).append(serial)
        stops = [(self._source.stop(self._things[subject]), own) for subject, own in doors.items()]
        rows = [*_rows(stops)]
        pages = [rows[at : at + ROWS_A_PAGE] for at in range(0, len(rows), ROWS_A_PAGE)]
        view = self._view(name, bundle, handed, stops, sheets, len(pages))
        # By the whole name: two papers of a village have volumes of the same number.
        # And by the batch: another one has other covers on volumes of the same name.
        key = f"{self._mark} {name}"
        serials = Serials(self._sign_off.name, [key], len(pages))
        made = tuple(
            self._copy(self._sign_off, serials.serial(key, number), view, data)
            for number, data in enumerate(_pages(pages, view.unit))
        )
        own = Serials(self._cover.name, [key]).serial(key)
        return Lead(self._copy(self._cover, own, view, {}), made)

    def _view(
        self,
        name: str,
        bundle: Bundle,
        handed: Sequence[Handed],
        stops: Stops,
        sheets: int,
        pages: int,
    ) -> BundleView:
        people = [PersonView(c.role, c.name, c.phone, "") for c in bundle.carriers]
        return BundleView(
            batch=self._mark,
            paper=self._paper,
            village=bundle.village,
            kind=_KINDS[bundle.kind],
            name=bundle.name,
            part=f"第 {bundle.part} 册，共 {bundle.parts} 册" if bundle.parts > 1 else "",
            file=name.rpartition("/")[2].removesuffix(".pdf"),
            unit=self._source.unit,
            doors=len(stops),
            copies=len(handed),
            sheets=sheets,
            sign_off_pages=pages,
            first=handed[0].serial,
            last=handed[-1].serial,
            people=_padded(people[:PEOPLE], PEOPLE, _NOBODY),
            more_people=max(0, len(people) - PEOPLE),
            piles=_padded(_piles(stops, self._source.unit), PILES, _NO_PILE),
        )

    def _copy(
        self, layout: LayoutSpec, serial: str, view: BundleView, own: Mapping[str, object]
    ) -> Copy:
        data = {"bundle": view, "campaign": self._campaign, "serial": serial, **own}
        return Copy(
            serial=serial,
            layout=layout.name,
            subject=view.file,
            village=view.village,
            data=data,
            facts=tuple(fact for fact in _facts(layout, serial, view, own) if fact.text),
        )


class _Row(NamedTuple):
    """A line of the sign-off sheet; further lines of a household are not its first."""

    number: int
    stop: Stop
    serials: Sequence[str]
    is_first: bool

    def view(self) -> RowView:
        number = str(self.number) if self.is_first else ""
        where = self.stop.where if self.is_first else "（接上行）"
        return RowView(number, self.stop.who, where, " ".join(self.serials))


def _rows(stops: Stops) -> Iterator[_Row]:
    for number, (stop, own) in enumerate(stops, start=1):
        for at in range(0, len(own), SERIALS_A_ROW):
            yield _Row(number, stop, own[at : at + SERIALS_A_ROW], at == 0)


def _pages(pages: Sequence[Sequence[_Row]], unit: str) -> Iterator[dict[str, object]]:
    """What differs from page to page: its rows, its own counts and those so far."""
    doors = copies = 0
    for number, page in enumerate(pages, start=1):
        doors_here = sum(row.is_first for row in page)
        copies_here = sum(len(row.serials) for row in page)
        doors, copies = doors + doors_here, copies + copies_here
        what = "全册" if number == len(pages) else "累计"
        yield {
            "rows": _padded([row.view() for row in page], ROWS_A_PAGE, _NO_ROW),
            "page": number,
            "pages": len(pages),
            "page_sum": f"本页 {doors_here} {unit}、{copies_here} 份",
            "sum": f"{what} {doors} {unit}、{copies} 份",
        }


def _piles(stops: Stops, unit: str) -> list[PileView]:
    """Where the copies go, as finely as there are lines for it; what is too much in one line."""
    depth = max((len(stop.parts) for stop, _ in stops), default=0)
    while depth > 1 and len({stop.parts[:depth] for stop, _ in stops}) > PILES:
        depth -= 1
    doors, copies = Counter[tuple[str, ...]](), Counter[tuple[str, ...]]()
    for stop, own in stops:
        doors[stop.parts[:depth]] += 1
        copies[stop.parts[:depth]] += len(own)
    piles = [(_pile_name(parts), doors[parts], copies[parts]) for parts in doors]
    if len(piles) > PILES:
        rest = piles[PILES - 1 :]
        more = (f"其余 {len(rest)} 处", sum(d for _, d, _ in rest), sum(c for _, _, c in rest))
        piles = [*piles[: PILES - 1], more]
    return [PileView(name, f"{d} {unit}", f"{c} 份") for name, d, c in piles]


def _pile_name(parts: Sequence[str]) -> str:
    return " ".join(filter(None, parts)) or "没有写组和楼栋的"


def _padded(views: list[Any], count: int, blank: object) -> tuple[Any, ...]:
    return (*views, *[blank] * (count - len(views)))


def _facts(
    layout: LayoutSpec, serial: str, view: BundleView, own: Mapping[str, Any]
) -> Iterator[Fact]:
    """What the finished page must show, by the layout's `must_show`."""
    for name in layout.must_show:
        match name:
            case "serial":
                yield Fact("serial", serial)
            case "bundle.name":
                yield from (Fact("place", view.village), Fact("place", view.name))
            case "bundle.counts":
                yield Fact("count", f"{view.doors} {view.unit}")
                yield Fact("count", f"{view.copies} 份")
            case "bundle.serials":
                yield from (Fact("serial", view.first), Fact("serial", view.last))
            case "bundle.people":
                for person in view.people:
                    yield from (Fact("name", person.name), Fact("phone", person.phone))
            case "rows.name":
                yield from (Fact("name", row.name) for row in own.get("rows", ()))
            case "rows.serials":
                serials = (s for row in own.get("rows", ()) for s in row.serials.split())
                yield from (Fact("serial", one) for one in serials)
            case "rows.sums":
                yield from (Fact("count", own.get(name, "")) for name in ("page_sum", "sum"))

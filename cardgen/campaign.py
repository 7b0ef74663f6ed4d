"""Read campaign.toml: the words of a campaign, its links, and which papers it asks for.

In: a file as formats.md describes it. Out: a `Campaign`, checked whole, so that nothing
after this needs to doubt it. What cannot be is a `UsageError` that names the file, the key
and, for a slip of the pen, the nearest key that exists.
"""

from __future__ import annotations

import string
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urlsplit

from cardgen.errors import UsageError
from cardgen.kinds import canonical_kind
from cardgen.model import BundleKind, LayoutSpec, Paper, Profile, SheetSpec, SubjectKind
from cardgen.phones import read_phone
from cardgen.sheets import kind_of, nearest, read_sheet

LINK_SUBJECTS = ("household", "village", "venue", "cadre", "grid", "route", "township")
LINK_VALUES = ("code", "village", "serial", "name", "zone", "grid", "layout")
LINK_SCHEMES = ("http", "https", "tel")


@dataclass(frozen=True, slots=True)
class Hotline:
    """A number for everyone; `phone` holds digits only."""

    name: str
    phone: str


_FOR_FLOWING = ("duplex", "printer")
_OTHER_PAPER = {"paper", "own_mm", "label", "landscape"}


@dataclass(frozen=True, slots=True)
class SheetChoice:
    """How copies are put on paper: fields of `SheetSpec`. What is not named the layout decides."""

    wishes: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def applied(self, layout: LayoutSpec) -> SheetSpec:
        """The layout's own sheet with these wishes over it.

        On another paper the layout's rows and columns mean nothing. Papers that flow keep theirs:
        their pages must lie in order.
        """
        wishes = dict(self.wishes)
        if layout.flows:
            wishes = {name: wish for name, wish in wishes.items() if name in _FOR_FLOWING}
        elif not _OTHER_PAPER.isdisjoint(wishes):
            wishes = {"rows": 0, "columns": 0, "own_mm": None, "label": None} | wishes
        return replace(layout.sheet, **wishes)

    def over(self, other: SheetChoice) -> SheetChoice:
        """These wishes, and those of the other where these say nothing."""
        return SheetChoice({**other.wishes, **self.wishes})


@dataclass(frozen=True, slots=True)
class PaperChoice:
    """A layout to print, and how: whose chain stands on it, for which kinds, with which words.

    `name` is what the campaign calls this paper; empty where that is the layout's own name.
    `kinds` are the project's words (`cardgen.kinds`), none of them meaning every household;
    None, like an empty `subject`, `for_roles` and `size`, leaves it to the layout. `body` is
    a file in the workspace. `copies` is 0 where the layout decides. `slogans` is None where
    the campaign's own are meant. `sheet` goes before the campaign's. `extra`
    holds further keys, which only the layout knows.
    """

    layout: str
    name: str = ""
    roles: tuple[str, ...] = ()
    kinds: tuple[str, ...] | None = None
    subject: SubjectKind | None = None
    for_roles: tuple[str, ...] = ()
    size: Paper | None = None
    body: str = ""
    copies: int = 0
    title: str = ""
    slogans: tuple[str, ...] | None = None
    sheet: SheetChoice = SheetChoice()
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class PrintChoice:
    """For whom files are made, as the campaign asks: `icc` is a file in the workspace."""

    profile: Profile | None = None
    icc: str = ""


@dataclass(frozen=True, slots=True)
class BundleChoice:
    """What one carrier takes: the first of route, grid, village that the household has.

    `by` is where that begins, `most_sheets` what a volume takes at the most, `cover` whether
    a cover sheet and a sign-off sheet lie on top of it.
    """

    by: BundleKind = BundleKind.ROUTE
    most_sheets: int = 200
    cover: bool = True


@dataclass(frozen=True, slots=True)
class Campaign:
    """What a batch is about. `links` are templates by subject, for `expand_link`.

    `file` is the name of the file that says so, for messages.
    """

    title: str
    issuer: str
    date: date | None
    slogans: tuple[str, ...]
    hotlines: tuple[Hotline, ...]
    links: Mapping[str, str] = field(hash=False)
    papers: Mapping[str, PaperChoice] = field(hash=False)
    sheet: SheetChoice
    file: str = "campaign.toml"
    print: PrintChoice = PrintChoice()
    bundles: BundleChoice = BundleChoice()


def read_campaign(path: Path) -> Campaign:
    """Read a campaign file. Raises UsageError where it cannot be read or says what cannot be."""
    return parse_campaign(_read_toml(path), path.name)


def parse_campaign(data: Mapping[str, Any], file: str) -> Campaign:
    """Check the tables of a campaign file; `file` is its name for messages."""
    top = _Table(data, file, "")
    top.allow(
        *("title", "issuer", "date", "slogans", "hotlines", "links", "papers", "sheet"),
        *("bundles", "print"),
    )
    return Campaign(
        title=top.text("title", needed='这次工作叫什么，例如 title = "疫情防控"'),
        issuer=top.text("issuer", needed='由谁发出，例如 issuer = "青石镇人民政府"'),
        date=top.day("date"),
        slogans=top.texts("slogans"),
        hotlines=tuple(_hotline(table) for table in top.tables("hotlines")),
        links=_links(top.table("links")),
        papers=_papers(top.table("papers")),
        sheet=_sheet(top.table("sheet")),
        file=file,
        print=_printing(top.table("print")),
        bundles=_bundles(top.table("bundles")),
    )


def on_sheet(campaign: Campaign, wishes: Mapping[str, Any]) -> Campaign:
    """The campaign with all its papers on this sheet: keys of a `[sheet]` table, which go before
    those of the papers. Raises UsageError."""
    if not wishes:
        return campaign

    def complain(key: str, message: str, hint: str) -> UsageError:
        return UsageError(f"纸张 {key}：{message}", hint)

    choice = SheetChoice(read_sheet(wishes, complain))
    papers = {
        name: replace(paper, sheet=choice.over(paper.sheet))
        for name, paper in campaign.papers.items()
    }
    return replace(campaign, sheet=choice.over(campaign.sheet), papers=papers)


def expand_link(template: str, values: Mapping[str, str]) -> str:
    """A link with its {…} filled in, each value percent-encoded (RFC 3986) as one segment.

    Raises UsageError where the template asks for a value that the subject does not have.
    """
    pieces = []
    for literal, name, _, _ in string.Formatter().parse(template):
        pieces.append(literal)
        if name is None:
            continue
        if name not in values:
            known = "、".join(f"{{{value}}}" for value in values)
            raise UsageError(f"链接“{template}”要的 {{{name}}} 这里没有", f"可以用的有：{known}")
        pieces.append(quote(values[name], safe=""))
    return "".join(pieces)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        hint = "用 cardgen init 建一个新的工作文件夹，里面就有这个文件"
        raise UsageError(f"没有找到 {path.name}", hint) from None
    except OSError as error:
        raise UsageError(f"{path.name} 读不了：{error.strerror}") from error
    except UnicodeDecodeError as error:
        hint = "用记事本打开，另存为 UTF-8 编码"
        raise UsageError(f"{path.name} 不是 UTF-8 编码", hint) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = '文字要放在英文引号 " 里，一行一个“名称 = 值”；中文引号“”不行'
        raise UsageError(f"{path.name} 写法有误：{_chinese(error)}", hint) from error


def _chinese(error: tomllib.TOMLDecodeError) -> str:
    """The place of a syntax error as words; tomllib says "… (at line 3, column 9)"."""
    words = str(error)
    if "(at end of document)" in words:
        return f"文件没有写完（{words.split(' (at')[0]}）"
    what, _, place = words.partition(" (at line ")
    line, _, column = place.rstrip(")").partition(", column ")
    return f"第 {line} 行第 {column} 个字处（{what}）" if place else words


def _hotline(table: _Table) -> Hotline:
    table.allow("name", "phone")
    name = table.text("name", needed="热线的名称")
    written = table.text("phone", needed="热线的电话")
    reading = read_phone(written)
    if len(reading.phones) != 1:
        reason = reading.reason or "没有号码"
        raise table.error("phone", f"“{written}”不能用作电话：{reason}", "一条热线写一个号码")
    return Hotline(name, reading.phones[0])


def _links(table: _Table) -> dict[str, str]:
    table.allow(*LINK_SUBJECTS)
    links = {}
    for subject in table:
        template = table.text(subject)
        if template:
            _check_link(table, subject, template)
            links[subject] = template
    return links


def _check_link(table: _Table, subject: str, template: str) -> None:
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        hint = "每个 { 都要有一个 }，例如 https://example.cn/h/{code}"
        raise table.error(subject, f"“{template}”的花括号不成对", hint) from None
    for _, name, spec, conversion in fields:
        if name is None:
            continue
        if name not in LINK_VALUES or spec or conversion:
            known = "、".join(f"{{{value}}}" for value in LINK_VALUES)
            hint = nearest(name, LINK_VALUES, "{%s}") or f"可以用的有：{known}"
            shown = name + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            raise table.error(subject, f"链接里的 {{{shown}}} 不认识", hint)
    try:
        parts = urlsplit(template)
    except ValueError:
        raise table.error(subject, f"“{template}”不是网址") from None
    if parts.scheme not in LINK_SCHEMES or not (parts.netloc or parts.scheme == "tel"):
        hint = "网址以 https:// 或 http:// 开头，电话以 tel: 开头"
        raise table.error(subject, f"“{template}”不能用作链接", hint)
    if "{" in parts.netloc:
        raise table.error(subject, f"“{template}”的网站名里不能有 {{…}}")
    if any(character.isspace() for character in template):
        raise table.error(subject, f"“{template}”里有空格或换行", "网址里不能有空格")


def _papers(table: _Table) -> dict[str, PaperChoice]:
    return {name: _paper(name, table.table(name)) for name in table}


PAPER_KEYS = (
    *("layout", "subject", "roles", "for_roles", "kinds", "size", "body"),
    *("copies", "title", "slogans", "sheet"),
)
"""The keys of a paper that the program knows itself."""


def _paper(name: str, table: _Table) -> PaperChoice:
    own = PAPER_KEYS
    # Any other key is for the layout to judge; but a near miss of one of these is a slip.
    for key in table:
        if key not in own and (near := get_close_matches(key, own, 1, 0.75)):
            raise table.error(key, "这个名称不认识", f"是不是 {near[0]}？")
    roles = table.texts("roles")
    if len(set(roles)) < len(roles):
        raise table.error("roles", "同一个职务写了两遍", "每个职务只写一次")
    kinds = tuple(dict.fromkeys(map(canonical_kind, table.texts("kinds"))))
    return PaperChoice(
        layout=table.text("layout") or name,
        name=name,
        roles=roles,
        kinds=kinds if "kinds" in table else None,
        subject=_chosen(table, "subject", SubjectKind),
        for_roles=table.texts("for_roles"),
        size=_chosen(table, "size", Paper),
        body=_inside(table, "body"),
        copies=table.count("copies", most=20) or 0,
        title=table.text("title"),
        slogans=table.texts("slogans") if "slogans" in table else None,
        sheet=_sheet(table.table("sheet")),
        extra={key: table.data[key] for key in table if key not in own},
    )


_Word = TypeVar("_Word", SubjectKind, Paper, Profile, BundleKind)


def _chosen(table: _Table, key: str, words: type[_Word]) -> _Word | None:
    """One word of a list, capitals or not; None where the key is not there."""
    text = table.text(key)
    if not text:
        return None
    known = {word.lower(): word for word in words if word is not SubjectKind.VOLUME}
    found = known.get(text.lower())
    if found is None:
        raise table.error(key, f"“{text}”不认识", f"可以写：{'、'.join(known.values())}")
    return found


def _inside(table: _Table, key: str) -> str:
    """A file name that stays in the workspace."""
    name = table.text(key)
    parts = name.replace("\\", "/").split("/")
    if name and (".." in parts or not parts[0] or ":" in name):
        raise table.error(key, f"“{name}”不在工作文件夹里", "文件要放在工作文件夹里，只写文件名")
    return name


def _sheet(table: _Table) -> SheetChoice:
    return SheetChoice(read_sheet(table.data, table.error))


def _printing(table: _Table) -> PrintChoice:
    table.allow(*PrintChoice.__slots__)
    return PrintChoice(_chosen(table, "profile", Profile), _inside(table, "icc"))


def _bundles(table: _Table) -> BundleChoice:
    table.allow(*BundleChoice.__slots__)
    usual = BundleChoice()
    return BundleChoice(
        by=_chosen(table, "by", BundleKind) or usual.by,
        most_sheets=table.count("most_sheets", most=5000) or usual.most_sheets,
        cover=table.flag("cover", usual.cover),
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the file, read with its path, so that every complaint names the key."""

    data: Mapping[str, Any]
    file: str
    path: str

    def error(self, key: str, message: str, hint: str = "") -> UsageError:
        """A complaint about one key of this table."""
        return UsageError(f"{self.file} 的 {self._name(key)}：{message}", hint)

    def _name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def __iter__(self) -> Iterator[str]:
        return iter(self.data)

    def allow(self, *known: str) -> None:
        """Refuse every key that is not among those known."""
        for key in self.data:
            if key not in known:
                hint = nearest(key, known, "%s") or f"可以用的有：{'、'.join(known)}"
                raise self.error(key, "这个名称不认识", hint)

    def text(self, key: str, needed: str = "") -> str:
        """A string, without blanks at its ends; `needed` says in Chinese why it must be there."""
        value = self.data.get(key, "")
        if not isinstance(value, str):
            raise self.error(key, f"要一段文字，这里是{kind_of(value)}", f'写成 {key} = "…"')
        value = value.strip()
        if needed and not value:
            raise UsageError(f"{self.file} 里没有写 {self._name(key)}", f"请写上：{needed}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, empty ones left out."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            found = "有别的" if isinstance(value, list) else f"是{kind_of(value)}"
            raise self.error(key, f"要一列文字，这里{found}", f'写成 {key} = ["…", "…"]')
        return tuple(item.strip() for item in value if item.strip())

    def day(self, key: str) -> date | None:
        """A date, if there is one."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            hint = f"写成 {key} = 2026-11-22，不加引号"
            raise self.error(key, f"要一个日期，这里是{kind_of(value)}", hint)
        return value

    def count(self, key: str, most: int) -> int | None:
        """A whole number from 1 to `most`; None where it is not there."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
            found = value if type(value) is int else kind_of(value)
            raise self.error(key, f"要 1 到 {most} 的整数，这里是{found}")
        return value

    def flag(self, key: str, usual: bool) -> bool:
        """True or false; `usual` where it is not there."""
        value = self.data.get(key, usual)
        if not isinstance(value, bool):
            raise self.error(key, f"要 true 或 false，这里是{kind_of(value)}")
        return value

    def table(self, key: str) -> _Table:
        """A table below this one; empty where it is not there."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            hint = f"写成一行 [{self._name(key)}]，下面各写一行"
            raise self.error(key, f"要一个表，这里是{kind_of(value)}", hint)
        return _Table(value, self.file, self._name(key))

    def tables(self, key: str) -> list[_Table]:
        """A list of tables; each is named by its number from 1."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            hint = f'写成 {key} = [{{ name = "…", phone = "…" }}]'
            raise self.error(key, "要一列表", hint)
        name = self._name(key)
        return [_Table(item, self.file, f"{name}[{n}]") for n, item in enumerate(value, start=1)]

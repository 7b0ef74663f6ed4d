"""The words of a campaign, to be edited in a form: a campaign.toml in, its words out, and back.

Only what is said is changed; comments, order and every other key of the file stay as they are.
What is written is read as a campaign first, so that no batch is stopped by it; what it said before
is kept, and can be had back.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, MutableMapping, MutableSequence, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT

from cardgen import fonts
from cardgen.campaign import LINK_SUBJECTS, Campaign, parse_campaign
from cardgen.errors import UsageError
from cardgen.exchange import Kept, digest_of, kept_sets, put_files, undo
from cardgen.ledger import hold_workspace

KIND = "campaign"
MOST_CHARACTERS = 60  # of a title or a slogan; what does not fit a paper is told by the paper
MOST_LINES = 30  # slogans, hotlines
_FACE = ("cg-hei", 400)


@dataclass(frozen=True, slots=True)
class PaperWords:
    """The words of one paper of the campaign: its own title, and the file of its letter."""

    name: str
    title: str = ""
    body: str = ""


@dataclass(frozen=True, slots=True)
class CampaignWords:
    """What an office says in a campaign. `hotlines` are names and phones as they are typed;
    `links` are templates by subject. Papers that are not among `papers` stay as they are."""

    title: str
    issuer: str
    date: date | None
    slogans: tuple[str, ...]
    hotlines: tuple[tuple[str, str], ...]
    links: Mapping[str, str]
    papers: tuple[PaperWords, ...] = ()


def read_text(folder: Path, file: str) -> str:
    """The text of a campaign file. Raises UsageError where it is not there."""
    path = folder / file
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path.name} 读不了。", "请看文件还在不在、是不是 UTF-8 编码。"
        ) from error


def read_words(text: str) -> CampaignWords:
    """The words of a campaign file, as far as they can be read. Raises UsageError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            "活动文件的写法有误，表单里改不了。", "请用记事本打开它，照 cardgen check 说的改好。"
        ) from error
    day, links, papers = data.get("date"), _table(data, "links"), _table(data, "papers")
    return CampaignWords(
        title=str(data.get("title", "")),
        issuer=str(data.get("issuer", "")),
        date=day if type(day) is date else None,
        slogans=tuple(map(str, _list(data, "slogans"))),
        hotlines=tuple(
            (str(line.get("name", "")), str(line.get("phone", "")))
            for line in _list(data, "hotlines")
            if isinstance(line, dict)
        ),
        links={name: str(links[name]) for name in LINK_SUBJECTS if name in links},
        papers=tuple(
            PaperWords(name, str(paper.get("title", "")), str(paper.get("body", "")))
            for name, paper in papers.items()
            if isinstance(paper, dict)
        ),
    )


def _table(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key, {})
    return found if isinstance(found, dict) else {}


def _list(data: Mapping[str, Any], key: str) -> Sequence[Any]:
    found = data.get(key, [])
    return found if isinstance(found, list) else []


# --------------------------------------------------------------------------- what is wrong


def faults_of(words: CampaignWords, before: CampaignWords | None = None) -> dict[str, str]:
    """What is wrong with each field, in Chinese, by its name in a form: "title", "slogans.0",
    "hotlines.1.phone", "links.village", "papers.notice.title". Nothing where all is right.

    Texts that stood in the file `before` are not doubted.
    """
    found: dict[str, str] = {}
    known = set() if before is None else {text for _, text in _texts(before)}
    for name, text in _texts(words):
        if text not in known and (fault := _text_fault(text)):
            found[name] = fault
    for field in ("title", "issuer"):
        if not getattr(words, field).strip():
            found[field] = "要填。"
    for name, data in _pieces(words):
        try:
            parse_campaign({"title": "x", "issuer": "x", **data}, "")
        except UsageError as error:
            found.setdefault(name, _sentence(error))
    for name, many in (("slogans", words.slogans), ("hotlines", words.hotlines)):
        if len(many) > MOST_LINES:
            found[name] = f"最多 {MOST_LINES} 条。"
    return found


def _texts(words: CampaignWords) -> Iterator[tuple[str, str]]:
    """What is printed as it stands."""
    yield from (("title", words.title), ("issuer", words.issuer))
    yield from ((f"slogans.{n}", text) for n, text in enumerate(words.slogans))
    yield from ((f"hotlines.{n}.name", name) for n, (name, _) in enumerate(words.hotlines))
    yield from ((f"papers.{each.name}.title", each.title) for each in words.papers)


def _text_fault(text: str) -> str:
    if len(text) > MOST_CHARACTERS:
        return f"有 {len(text)} 个字，最多 {MOST_CHARACTERS} 个。"
    if not text.isprintable():
        return "里面有看不见的字符或换行，请重新打一遍。"
    lost = fonts.missing(text, fonts.chain(*_FACE))
    return f"字体里没有“{'”“'.join(lost)}”，印不出来。" if lost else ""


def _pieces(words: CampaignWords) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field by itself, as a campaign that is right but for it."""
    for number, (name, phone) in enumerate(words.hotlines):
        yield f"hotlines.{number}.name", {"hotlines": [{"name": name, "phone": "110"}]}
        yield f"hotlines.{number}.phone", {"hotlines": [{"name": "x", "phone": phone}]}
    for subject, link in words.links.items():
        yield f"links.{subject}", {"links": {subject: link}}
    for paper in words.papers:
        yield f"papers.{paper.name}.body", {"papers": {paper.name: {"body": paper.body}}}


def _sentence(error: UsageError) -> str:
    """What is wrong without the name of the key, which stands beside the field."""
    what = error.message.partition("：")[2].rstrip("。") or "要填"
    return f"{what}。{error.hint.rstrip('。')}。" if error.hint else f"{what}。"


# --------------------------------------------------------------------------- into the file


def with_words(text: str, words: CampaignWords, file: str) -> tuple[str, Campaign]:
    """The file's text with these words, and the campaign that it is then; `file` is its name.

    Raises UsageError, which names the key, for what cannot be: the first of `faults_of`.
    """
    for field, fault in faults_of(words, read_words(text)).items():
        raise UsageError(f"{file} 的 {field}：{fault}")
    try:
        document = tomlkit.parse(text)
        _put(document, words)
        made = tomlkit.dumps(document)
        campaign = parse_campaign(tomllib.loads(made), file)
    except (TOMLKitError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"{file} 的写法有误，表单里改不了。", "请用记事本打开它，照 cardgen check 说的改好。"
        ) from error
    return made, campaign


def _put(document: MutableMapping[str, Any], words: CampaignWords) -> None:
    _set(document, "title", words.title.strip())
    _set(document, "issuer", words.issuer.strip())
    _set(document, "date", words.date)
    slogans = [each.strip() for each in words.slogans if each.strip()]
    if slogans or "slogans" in document:
        _fit(document.setdefault("slogans", tomlkit.array()), slogans)
    _set_hotlines(document, words.hotlines)
    links = {subject: words.links.get(subject, "").strip() for subject in LINK_SUBJECTS}
    if any(links.values()) and "links" not in document:
        document["links"] = tomlkit.table()
    for subject, link in links.items():
        _set(document.get("links", {}), subject, link or None)
    papers = document.get("papers", {})
    for paper in words.papers:
        if paper.name not in papers:
            raise UsageError(f"活动里没有“{paper.name}”这种纸。", "刷新页面再改。")
        for field in fields(paper)[1:]:
            _set(papers[paper.name], field.name, getattr(paper, field.name).strip() or None)


def _set(table: MutableMapping[str, Any], key: str, value: object) -> None:
    """Set a key where it differs; None takes it away. Its comment stays where it stays."""
    if value is None:
        if key in table:
            del table[key]
    elif table.get(key) != value:
        table[key] = value


def _fit(entries: MutableSequence[Any], values: Sequence[object]) -> None:
    """A list, entry by entry, so that comments and line ends between them stay."""
    for place, value in enumerate(values):
        if place >= len(entries):
            entries.append(value)
        elif entries[place] != value:
            entries[place] = value
    while len(entries) > len(values):
        del entries[len(entries) - 1]


def _set_hotlines(document: MutableMapping[str, Any], hotlines: Sequence[tuple[str, str]]) -> None:
    """Hotlines as a list of inline tables, or as the tables that they are in the file."""
    wanted = [{"name": name.strip(), "phone": phone.strip()} for name, phone in hotlines]
    if not wanted:
        document.pop("hotlines", None)
        return
    entries = document.setdefault("hotlines", tomlkit.array())
    for entry, hotline in zip(entries, wanted, strict=False):
        for key, value in hotline.items():
            _set(entry, key, value)
    for hotline in wanted[len(entries) :]:
        made: Any = tomlkit.table() if isinstance(entries, AoT) else tomlkit.inline_table()
        made.update(hotline)
        entries.append(made)
    while len(entries) > len(wanted):
        del entries[len(entries) - 1]


# --------------------------------------------------------------------------- saving


def save_words(folder: Path, file: str, words: CampaignWords, seen: str = "") -> bool:
    """Write the words into a campaign file of the workspace; whether anything was different.

    What it said before is kept. `seen` is the `text_digest` of the text that the form was made of,
    where that is known. Raises UsageError for words that are wrong and for a file that was changed
    since; LedgerError while a batch is printed; OutputError.
    """
    with hold_workspace(folder):
        text = read_text(folder, file)
        if seen and seen != text_digest(text):
            raise UsageError(f"{file} 在别处改过了，没有保存。", "刷新页面，看过以后再改。")
        made, _ = with_words(text, words, file)
        if made != text:
            put = {file: made.encode()}
            put_files(folder, KIND, put, event="campaign-changed", note={"file": file})
        return made != text


def text_digest(text: str) -> str:
    """What a text is known by while a form of it is filled in."""
    return digest_of(text.encode("utf-8", "surrogatepass"))


def can_take_back(folder: Path, file: str) -> bool:
    """Whether an earlier text of the file is kept."""
    return _last(folder, file) is not None


def take_back_words(folder: Path, file: str) -> None:
    """Give the file the text back that it had before the last change that a form has made.

    Raises UsageError where there is none or the file was changed since; LedgerError while a batch
    is printed; OutputError.
    """
    with hold_workspace(folder):
        last = _last(folder, file)
        if last is None:
            raise UsageError("没有更早的可以换回。", "还没有在网页上改过。")
        undo(folder, last.number, event="campaign-back")


def _last(folder: Path, file: str) -> Kept | None:
    kept = (each for each in kept_sets(folder, KIND) if not each.is_undone)
    return next((each for each in kept if each.note["file"] == file), None)

"""The words of a campaign, to be edited in a form: a campaign.toml in, its words out, and back.

Only what is said is changed; comments, order and every other key of the file stay as they are.
What is written is read as a campaign first, so that no batch is stopped by it; what it said before
is kept, and can be had back.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from cardgen.campaign import LINK_SUBJECTS, Campaign, parse_campaign
from cardgen.errors import UsageError
from cardgen.whole import write_whole_bytes

KEPT = Path("web") / "campaign"
_MOST_KEPT = 50


@dataclass(frozen=True, slots=True)
class CampaignWords:
    """What an office says in a campaign. `hotlines` are names and phones as they are typed;
    `links` are templates by subject."""

    title: str
    issuer: str
    date: date | None
    slogans: tuple[str, ...]
    hotlines: tuple[tuple[str, str], ...]
    links: Mapping[str, str]


def read_words(text: str) -> CampaignWords:
    """The words of a campaign file, as far as they can be read. Raises UsageError."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(
            "活动文件的写法有误，表单里改不了。", "请用记事本打开它，照 cardgen check 说的改好。"
        ) from error
    day, lines = data.get("date"), data.get("hotlines", [])
    slogans, links = data.get("slogans", []), data.get("links", {})
    return CampaignWords(
        title=str(data.get("title", "")),
        issuer=str(data.get("issuer", "")),
        date=day if type(day) is date else None,
        slogans=tuple(map(str, slogans)) if isinstance(slogans, list) else (),
        hotlines=tuple(
            (str(line.get("name", "")), str(line.get("phone", "")))
            for line in (lines if isinstance(lines, list) else ())
            if isinstance(line, dict)
        ),
        links={
            name: str(links[name])
            for name in LINK_SUBJECTS
            if isinstance(links, dict) and name in links
        },
    )


def with_words(text: str, words: CampaignWords, file: str) -> tuple[str, Campaign]:
    """The file's text with these words, and the campaign that it is then; `file` is its name.

    Raises UsageError, which names the key, for what cannot be.
    """
    try:
        document = tomlkit.parse(text)
        before = read_words(text)
        for key in ("title", "issuer"):
            if getattr(words, key) != getattr(before, key):
                document[key] = getattr(words, key)
        if words.date != before.date:
            _set(document, "date", words.date)
        if words.slogans != before.slogans:
            _set(document, "slogans", _lines(words.slogans))
        if words.hotlines != before.hotlines:
            _set(document, "hotlines", _hotlines(words.hotlines))
        if dict(words.links) != dict(before.links):
            _set_links(document, words.links)
        made = tomlkit.dumps(document)
        campaign = parse_campaign(tomllib.loads(made), file)
    except (TOMLKitError, tomllib.TOMLDecodeError) as error:
        raise UsageError(
            f"{file} 的写法有误，表单里改不了。", "请用记事本打开它，照 cardgen check 说的改好。"
        ) from error
    return made, campaign


def save_words(folder: Path, file: str, words: CampaignWords) -> bool:
    """Write the words into a campaign file of the workspace; whether anything was different.

    What it said before is kept. Raises UsageError, OutputError.
    """
    path = folder / file
    text = _read(path)
    made, _ = with_words(text, words, file)
    if made == text:
        return False
    kept = folder / KEPT
    kept.mkdir(mode=0o700, parents=True, exist_ok=True)
    numbers = _numbers(kept, path.stem)
    number = max(numbers, default=0) + 1
    write_whole_bytes(kept / f"{path.stem}-{number:04d}.toml", text.encode(), 0o600)
    write_whole_bytes(path, made.encode(), 0o644)
    for old in numbers[:-_MOST_KEPT]:
        (kept / f"{path.stem}-{old:04d}.toml").unlink(missing_ok=True)
    return True


def can_take_back(folder: Path, file: str) -> bool:
    """Whether an earlier text of the file is kept."""
    return bool(_numbers(folder / KEPT, Path(file).stem))


def take_back_words(folder: Path, file: str) -> None:
    """Give the file the text back that it had before the last change. Raises UsageError where
    there is none, OutputError."""
    stem = Path(file).stem
    numbers = _numbers(folder / KEPT, stem)
    if not numbers:
        raise UsageError("没有更早的可以换回。", "还没有在网页上改过。")
    kept = folder / KEPT / f"{stem}-{numbers[-1]:04d}.toml"
    write_whole_bytes(folder / file, kept.read_bytes(), 0o644)
    kept.unlink()


def read_text(folder: Path, file: str) -> str:
    """The text of a campaign file. Raises UsageError where it is not there."""
    return _read(folder / file)


def _read(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{path.name} 读不了。", "请看文件还在不在、是不是 UTF-8 编码。"
        ) from error


def _numbers(kept: Path, stem: str) -> list[int]:
    names = (path.stem.removeprefix(f"{stem}-") for path in kept.glob(f"{stem}-*.toml"))
    return sorted(int(name) for name in names if name.isdigit())


def _set(document: tomlkit.TOMLDocument, key: str, value: Any) -> None:  # noqa: ANN401
    """Set a key of the file itself, above its tables; take it away where there is nothing."""
    if not value and not isinstance(value, list):
        document.pop(key, None)
    elif key in document:
        document[key] = value
    else:
        # tomlkit would put a new key below the last table, where it means something else.
        tables = [name for name, item in document.items() if isinstance(item, dict)]
        rest = [(name, document.pop(name)) for name in tables]
        document.add(key, value)
        for name, item in rest:
            document.add(name, item)


def _lines(texts: Sequence[str]) -> Any:  # noqa: ANN401
    made = tomlkit.array()
    made.extend(texts)
    return made.multiline(len(texts) > 1)


def _hotlines(lines: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401
    made = tomlkit.array()
    for name, phone in lines:
        line = tomlkit.inline_table()
        line.update({"name": name, "phone": phone})
        made.append(line)
    return made.multiline(len(lines) > 1)


def _set_links(document: tomlkit.TOMLDocument, links: Mapping[str, str]) -> None:
    if "links" not in document:
        document.add("links", tomlkit.table())
    table: Any = document["links"]
    for name in LINK_SUBJECTS:
        if links.get(name):
            if table.get(name) != links[name]:
                table[name] = links[name]
        else:
            table.pop(name, None)

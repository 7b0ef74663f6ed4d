"""The words of letters, to be edited in a form: a campaign in, their Markdown out, and back.

The words come with a layout until they are first changed: from then on they are a file of the
workspace. What is written is rendered for sample copies first; what it said before is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cardgen.campaign import Campaign
from cardgen.errors import LayoutError, UsageError
from cardgen.exchange import digest_of, find_kept, kept_sets, put_files, undo
from cardgen.layouts import find_layout
from cardgen.layoutsamples import sample_copies
from cardgen.ledger import hold_workspace
from cardgen.model import LayoutSpec
from cardgen.typeset.letter import MOST_BYTES, find_body
from cardgen.typeset.template import Template
from cardgen.workspace import Workspace

KIND = "letter"


@dataclass(frozen=True, slots=True)
class LetterWords:
    """The words of a paper's letter: Markdown with expressions. `is_own` where the file lies in
    the workspace; `digest` tells whether it was changed since."""

    paper: str
    title: str
    file: str
    text: str
    digest: str
    is_own: bool


def letters_of(workspace: Path, campaign: Campaign) -> list[LetterWords]:
    """The letters of a campaign, one for each paper that has words of its own.

    Raises LayoutError for a paper whose layout or words are not there.
    """
    found = (_letter(workspace, campaign, name) for name in campaign.papers)
    return [each for each in found if each is not None]


def read_letter(workspace: Path, campaign: Campaign, paper: str) -> LetterWords:
    """The letter of one paper. Raises UsageError where it has none, LayoutError."""
    found = _letter(workspace, campaign, paper) if paper in campaign.papers else None
    if found is None:
        raise UsageError(f"“{paper}”没有正文。", "刷新页面再看。")
    return found


def _letter(workspace: Path, campaign: Campaign, paper: str) -> LetterWords | None:
    spec, name = _spec_and_file(workspace, campaign, paper)
    if not name:
        return None
    path = find_body(name, spec, workspace)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise LayoutError(f"正文 {name} 读不了。", "用记事本打开，另存为 UTF-8。") from error
    title = campaign.papers[paper].title or spec.title
    is_own = path.resolve() == (workspace / name).resolve()
    return LetterWords(paper, title, name, text, digest_of(text.encode()), is_own)


def _spec_and_file(workspace: Path, campaign: Campaign, paper: str) -> tuple[LayoutSpec, str]:
    choice = campaign.papers[paper]
    spec = find_layout(choice.layout, workspace)
    return spec, choice.body or spec.body


def letter_fault(workspace: Path, campaign: Campaign, paper: str, text: str) -> LayoutError | None:
    """What is wrong with the words of a letter, with the line; None where they are right."""
    spec, name = _spec_and_file(workspace, campaign, paper)
    with _set_down(name, text) as path:
        try:
            template = Template(spec, path)
            for _, copy in sample_copies(spec):
                template.hollow(copy)
        except LayoutError as error:
            return error
    return None


@contextmanager
def drafted(workspace: Workspace, paper: str, text: str) -> Iterator[Workspace]:
    """The workspace as if a paper's letter had these words, to look at; nothing is kept."""
    _, name = _spec_and_file(workspace.folder, workspace.campaign, paper)
    with _set_down(name, text) as path:
        yield replace(workspace, drafts={name: path})


@contextmanager
def _set_down(name: str, text: str) -> Iterator[Path]:
    """A file of that name with the text, somewhere else and only for the block: faults that are
    found in it speak of it by its name."""
    with tempfile.TemporaryDirectory(prefix="cardgen-") as folder:
        path = Path(folder) / Path(name).name
        path.write_text(_as_written(text), "utf-8", errors="surrogatepass")
        yield path


def save_letter(workspace: Path, campaign: Campaign, paper: str, text: str, seen: str = "") -> int:
    """Write the words of a paper's letter into the workspace; those before are kept.

    `seen` is the `digest` of the words that the form was made of. Returns the number of the set
    that is kept, 0 where nothing differs. Raises UsageError for words that are wrong and for a file
    that was changed since; LedgerError while a batch is printed; LayoutError, OutputError.
    """
    with hold_workspace(workspace):
        letter = read_letter(workspace, campaign, paper)
        if seen and seen != letter.digest:
            raise UsageError(f"{letter.file} 在别处改过了，没有保存。", "刷新页面，看过以后再改。")
        made = _as_written(text)
        if made == letter.text:
            return 0
        if len(made.encode("utf-8", "surrogatepass")) > MOST_BYTES:
            raise UsageError(f"正文太长，最多 {MOST_BYTES >> 10} KB。", "正文只放文字。")
        if fault := letter_fault(workspace, campaign, paper, made):
            raise UsageError(f"{fault.message}{fault.hint}", "改好再保存。")
        put, note = {letter.file: made.encode()}, {"file": letter.file}
        return put_files(workspace, KIND, put, event="letter-changed", note=note)


def last_change(workspace: Path, letter: LetterWords) -> int:
    """The number of the last change of a letter that stands; 0 where there is none."""
    kept = (each for each in kept_sets(workspace, KIND) if not each.is_undone)
    return next((each.number for each in kept if each.note["file"] == letter.file), 0)


def take_back_letter(workspace: Path, number: int) -> None:
    """Give a letter the words back that it had before that change. Raises UsageError where they
    were changed since, LedgerError while a batch is printed, OutputError."""
    with hold_workspace(workspace):
        kept = find_kept(workspace, number)
        if kept is None or kept.kind != KIND:
            raise UsageError("没有这一次。", "刷新页面再看。")
        undo(workspace, number, event="letter-restored")


def _as_written(text: str) -> str:
    """Line ends as in our own files: a form sends those of Windows."""
    return "\n".join(text.splitlines()).rstrip("\n") + "\n"

"""The desk: a workspace held warm, so that single papers come at once. For a browser's pages.

A workspace is read when it is opened, and again when one of its files changes; who asks meanwhile
is answered from what was read before. Any thread may ask: what can be done by one at a time only,
printing and reading pictures, waits its turn.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

from cardgen import ledger as ledgers
from cardgen.errors import CardgenError, LedgerError
from cardgen.impose import Grid, used_grid
from cardgen.layouts import layout_folders, list_layouts
from cardgen.ledger import Ledger, find_ledger, local_now, open_ledger, standing_corrections
from cardgen.model import (
    BatchResult,
    Contact,
    Correction,
    Held,
    Household,
    Out,
    Problem,
    SubjectKind,
    Touch,
)
from cardgen.produce import (
    Kept,
    Workspace,
    papers_in_village,
    papers_of,
    preview_card,
    print_card,
    read_workspace,
    single_paper,
)
from cardgen.proof import jpeg_pages, png_pages
from cardgen.resolve import in_walking_order, reason_of
from cardgen.roster import roster_files
from cardgen.search import Hits, Index, serial_asked
from cardgen.trouble import in_words
from cardgen.workspace import CAMPAIGN_FILE, Paper, sheet_of, with_corrections

LOOK_S = 1.0  # files are looked at no more often
CARD_DPI, PAGE_DPI = 160, 84  # a card fills a phone's width, a page is read at a glance
CARD_MM = 160.0  # what is wider is shown as a page
SAVED_DPI = 300


class Standing(StrEnum):
    """How a household's paper stands to what is out."""

    TRUE = "true"
    MISSING = "missing"
    STALE = "stale"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class PaperState:
    """One paper of one household: `reasons` say why it is held."""

    layout: str
    title: str
    standing: Standing
    is_delivered: bool = False
    reasons: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class VillageState:
    """A village: its households in walking order, each with its papers, and their sums."""

    village: str
    households: tuple[tuple[Household, tuple[PaperState, ...]], ...]

    def count(self, standing: Standing) -> int:
        """Households of which a paper stands so."""
        return sum(
            any(each.standing is standing for each in states) for _, states in self.households
        )

    @property
    def delivered(self) -> int:
        """Households that have all their papers."""
        return sum(
            bool(states) and all(each.is_delivered for each in states)
            for _, states in self.households
        )


@dataclass(frozen=True, slots=True)
class ChainLine:
    """A role on a household's papers: who it is, and the reason; or what is wrong."""

    role: str
    contact: Contact | None
    reason: str
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A paper as pictures (JPEG), a page each; or why it cannot be printed."""

    pages: tuple[bytes, ...]
    held: tuple[Held, ...] = ()


_Seen = tuple[tuple[tuple[str, int, int], ...], tuple[Correction, ...]]
"""The files of a workspace as they were seen, and the corrections that stood."""


@dataclass
class _Read:
    """One reading of the workspace."""

    workspace: Workspace
    files: _Seen | None
    generation: int

    @cached_property
    def kept(self) -> Kept:
        """What single papers have in common."""
        return Kept(self.workspace.township)

    @cached_property
    def papers(self) -> tuple[Paper, ...]:
        """The papers of the campaign that households get."""
        return tuple(pair for pair in papers_of(self.workspace, ()) if _is_for_homes(pair))

    @cached_property
    def layouts(self) -> tuple[Paper, ...]:
        """All that can be printed for a household, those of the campaign first."""
        names = {spec.name for spec, _ in self.papers}
        return self.papers + tuple(
            single_paper(self.workspace, spec.name)
            for spec in list_layouts(self.workspace.folder)
            if spec.subject is SubjectKind.HOUSEHOLD and not spec.needs and spec.name not in names
        )

    @cached_property
    def order(self) -> dict[str, int]:
        """The place of each household's code in the order of walking."""
        homes = in_walking_order(self.workspace.township)
        return {household.code: place for place, household in enumerate(homes)}

    @cached_property
    def index(self) -> Index:
        return Index(self.workspace.township, self.order)

    @cached_property
    def by_code(self) -> dict[str, list[Household]]:
        """The households of each code: two where the roster gives one twice."""
        found = defaultdict[str, list[Household]](list)
        for household in self.workspace.township.households:
            found[household.code].append(household)
        return found

    def homes_of(self, village: str) -> list[Household]:
        """The households of a village in the order of walking."""
        homes = [home for home in self.workspace.township.households if home.village == village]
        return sorted(homes, key=lambda home: self.order[home.code])


class Desk:
    """A workspace held warm. `trouble` is why the last reading failed, None where it did not."""

    def __init__(
        self,
        folder: Path,
        campaign: str = CAMPAIGN_FILE,
        now: Callable[[], str] = local_now,
    ) -> None:
        """Read the workspace. Raises a CardgenError."""
        self.folder, self._campaign, self._now = folder, campaign, now
        self._press = threading.RLock()
        self._reading = threading.Lock()
        self._looked = time.monotonic()
        self.trouble: CardgenError | None = None
        files = self._files()
        self._read = _Read(self._read_anew(), files, 1)
        self._villages: dict[tuple[str, int, object], VillageState] = {}

    @property
    def workspace(self) -> Workspace:
        """The workspace as it was read last."""
        return self._fresh().workspace

    @property
    def generation(self) -> int:
        """How often it was read."""
        return self._read.generation

    def renew(self) -> None:
        """Read the workspace again, now. Raises a CardgenError; then the old reading stays."""
        with self._reading:
            files = self._files()
            try:
                workspace = self._read_anew()
            except Exception as error:
                # Not again and again for the same files: they have to change first.
                self._read.files, self.trouble = files, in_words(error)
                raise
            self.trouble = None
            self._read = _Read(workspace, files, self._read.generation + 1)

    def correct(self) -> None:
        """Put the corrections that stand now over the rosters; the files are not read again."""
        with self._reading:
            with self.ledger() as ledger:
                standing = standing_corrections(ledger) if ledger else []
            read = self._read
            workspace = with_corrections(read.workspace, standing)
            files = read.files and (read.files[0], tuple(standing))
            corrected = _Read(workspace, files, read.generation + 1)
            # Codes and layouts are the same: what was compiled and laid out is still right.
            corrected.kept = read.kept
            self._read = corrected

    # Looking

    def household(self, code: str, villages: frozenset[str] | None = None) -> Household | None:
        """The household of that 户号, in these villages: a roster may give one twice."""
        found = self._fresh().by_code.get(code, ())
        return next((h for h in found if villages is None or h.village in villages), None)

    def homes(self, village: str) -> list[Household]:
        """The households of a village in the order of walking."""
        return self._fresh().homes_of(village)

    def find(self, words: str, villages: frozenset[str] | None = None, most: int = 20) -> Hits:
        """The households of these villages that the words are found in, the likeliest first."""
        by_serial: list[str] = []
        if serial := serial_asked(words):
            with self.ledger() as ledger:
                by_serial = ledgers.subjects_with_serial(ledger, serial) if ledger else []
        return self._fresh().index.find(words, villages, most, by_serial)

    def papers(self) -> tuple[Paper, ...]:
        """The papers of the campaign that households get."""
        return self._fresh().papers

    def layouts(self) -> tuple[Paper, ...]:
        """Everything that can be printed for one household: the campaign's papers first."""
        return self._fresh().layouts

    def chain(self, household: Household) -> list[ChainLine]:
        """Who stands on a household's papers, and why."""
        workspace = self.workspace
        papers = self.papers() or (single_paper(workspace, "love-card"),)
        roles = dict.fromkeys(r for spec, paper in papers for r in paper.roles or spec.roles)
        lines = []
        for role in roles:
            chain = workspace.chains.chain(household, (role,))
            contact = chain.contacts[0] if chain.contacts else None
            reason = reason_of(contact) if contact else ""
            lines.append(ChainLine(role, contact, reason, chain.problems))
        return lines

    def state_of(self, village: str) -> VillageState:
        """How the papers of a village stand. Raises a CardgenError."""
        read = self._fresh()
        with self._press, open_ledger(self.folder, self._now) as ledger:
            key = (village, read.generation, ledgers.last_change(ledger))
            found = self._villages.get(key)
            if found is None:
                papers = [pair for pair in self.papers() if not pair[0].flows]
                found = _state_of(read, papers, village, ledger)
                if len(self._villages) > 200:
                    self._villages.clear()
                self._villages[key] = found
            return found

    # Printing

    def preview(self, household: str, layout: str) -> Shown:
        """A household's paper as it would be printed now. Raises a CardgenError."""
        read = self._fresh()
        return self._shown(read.workspace, household, layout, read.kept)

    def preview_with(self, workspace: Workspace, household: str, layout: str) -> Shown:
        """The same with another campaign than the one that is kept. Raises a CardgenError."""
        return self._shown(workspace, household, layout, self._fresh().kept)

    def print_card(self, household: str, layout: str, path: Path, cell: int = 0) -> BatchResult:
        """Print a household's paper, and write it down: see `cardgen.produce.print_card`."""
        read = self._fresh()
        with self._press:
            return print_card(
                self.folder,
                household,
                layout,
                path,
                self._campaign,
                now=self._now,
                cell=cell,
                workspace=read.workspace,
                kept=read.kept,
            )

    def pictures(self, path: Path, dpi: float = SAVED_DPI) -> tuple[bytes, ...]:
        """The pages of a finished file as PNG."""
        with self._press:
            return tuple(png_pages(path, dpi))

    def sheet(self, layout: str) -> Grid:
        """The sheet of a household's paper, from which one chooses a cell. Raises LayoutError."""
        spec, paper = single_paper(self.workspace, layout)
        return used_grid(spec, sheet_of(self.folder, self.workspace.campaign, spec, paper), 1)

    def _shown(self, workspace: Workspace, household: str, layout: str, kept: Kept) -> Shown:
        with self._press, tempfile.TemporaryDirectory(prefix="cardgen-") as scratch:
            path = Path(scratch) / "card.pdf"
            result = preview_card(workspace, household, layout, path, kept)
            if not result.files:
                return Shown((), result.held)
            width = single_paper(workspace, layout)[0].width_mm
            dpi = CARD_DPI if width <= CARD_MM else PAGE_DPI
            return Shown(tuple(jpeg_pages(path, dpi)), result.held)

    # Reading

    @contextmanager
    def ledger(self) -> Iterator[Ledger | None]:
        """The ledger of the workspace, None where nothing was ever printed."""
        found = find_ledger(self.folder, self._now)
        if found is None:
            yield None
            return
        with found:
            yield found

    def _fresh(self) -> _Read:
        """The last reading; another one is begun where a file has changed since."""
        now = time.monotonic()
        if now - self._looked > LOOK_S:
            self._looked = now
            if self._files() != self._read.files and not self._reading.locked():
                threading.Thread(target=self._renew_quietly, daemon=True).start()
        return self._read

    def _renew_quietly(self) -> None:
        with suppress(Exception):  # told as `trouble`
            self.renew()

    def _read_anew(self) -> Workspace:
        return read_workspace(self.folder, campaign_file=self._campaign)

    def _files(self) -> _Seen | None:
        """What tells whether a file of the workspace, or a correction, has changed."""
        paths: list[Path] = []
        try:
            paths += [*roster_files(self.folder), *self.folder.glob("*.toml")]
            paths += [*self.folder.glob("*.md"), *self.folder.glob("*/*.md")]
            for folder in layout_folders(self.folder):
                paths += [each for each in sorted(folder.rglob("*")) if each.is_file()]
            seen = tuple(_seen(path) for path in paths)
            with self.ledger() as ledger:
                standing = standing_corrections(ledger) if ledger else []
        except (OSError, LedgerError):
            return None
        return seen, tuple(standing)


def _seen(path: Path) -> tuple[str, int, int]:
    """A file as it is seen: one that is gone, or a link to nowhere, hides no change of others."""
    try:
        stat = path.stat()
    except OSError:
        return str(path), 0, -1
    return str(path), stat.st_mtime_ns, stat.st_size


def _is_for_homes(pair: Paper) -> bool:
    return pair[0].subject is SubjectKind.HOUSEHOLD and not pair[0].needs


def _state_of(read: _Read, papers: list[Paper], village: str, ledger: Ledger) -> VillageState:
    homes = read.homes_of(village)
    states = {home.code: list[PaperState]() for home in homes}
    for run in papers_in_village(read.workspace, papers, village, ledger, read.kept):
        found: dict[str, Standing] = {}
        for touched, _, _ in run.editions.touched:
            if touched.touch is Touch.FIRST:
                found[touched.subject] = Standing.MISSING
            found.setdefault(touched.subject, Standing.STALE)
        held = run.held()
        reasons = {each.subject: each.reasons for each in held if not each.excluded}
        met: dict[str, list[Out | None]] = {}
        for key in run.editions.met:  # a household may have several copies of a paper
            met.setdefault(key.subject, []).append(run.history.out.get(key))
        for code in states:
            if code in reasons:
                standing = Standing.HELD
            elif code in met:
                standing = found.get(code, Standing.TRUE)
            else:
                continue  # not for this household
            copies = met.get(code, ())
            given = standing is Standing.TRUE and all(each and each.is_delivered for each in copies)
            states[code].append(
                PaperState(run.spec.name, run.spec.title, standing, given, reasons.get(code, ()))
            )
    return VillageState(village, tuple((home, tuple(states[home.code])) for home in homes))

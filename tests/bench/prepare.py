"""Make decks and ready plans of the sample township: `python -m tests.bench.prepare OUT COUNT…`.

For each count, with codes and without: cardgen's jobs (N.plain.jobs, N.codes.jobs), and the
deck for the peers beside them. Beyond one township the same one is invented again with other
doors and codes. Cards with a character beyond the plain faces are left out: by hand, most
peers know no fallback.
"""

from __future__ import annotations

import pickle
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count as numbers
from itertools import islice
from pathlib import Path

from cardgen import fonts
from cardgen.impose import grid_for
from cardgen.job import Job
from cardgen.model import Copy, Filled, Problem, ProofMode
from cardgen.plan import Plan, Selection
from cardgen.produce import Workspace, papers_of, plan_of, read_workspace
from cardgen.typeset.fill import Filler
from tests.bench.deck import write_deck
from tests.bench.drawing import draw_deck
from tests.bench.names import SAMPLE, deck_path, jobs_path

LAYOUT = "love-card"
HEADS_APART = 137  # how far the next township's names are shifted against its doors
MOST_DRAWN = 8_000  # peers are not asked for more


class Maker:
    """Plans townships and fills their copies, with codes or without."""

    def __init__(self, workspace: Workspace, codes: bool) -> None:
        self.codes = codes
        self.workspace = workspace
        self.spec, self.paper = papers_of(workspace, (LAYOUT,))[0]
        self.grid = grid_for(self.spec)
        self.filler = Filler(self.spec)

    def volumes(self, count: int) -> Iterator[Job]:
        """As many volumes as hold `count` cards."""
        left = count
        for township in numbers():
            for volume in self._plan(township).volumes():
                plain = filter(self._is_plain, map(self._fill, volume.copies))
                copies = list(islice(plain, left))
                left -= len(copies)
                yield self._job(f"{township}/{volume.name}", volume.village, copies)
                if not left:
                    return

    def _plan(self, township: int) -> Plan:
        workspace = self._township(township) if township else self.workspace
        return plan_of(workspace, self.spec, self.paper, self.grid, Selection())

    def _township(self, number: int) -> Workspace:
        households = self.workspace.township.households
        shift = number * HEADS_APART
        moved = tuple(
            replace(
                household,
                code=f"{household.code}{number}",
                door=f"{household.door}之{number}",
                head=households[(at + shift) % len(households)].head,
            )
            for at, household in enumerate(households)
        )
        return replace(self.workspace, township=replace(self.workspace.township, households=moved))

    def _fill(self, copy: Copy) -> Filled:
        """The copy filled; without codes, as if the campaign had no link."""
        if not self.codes:
            copy = copy._replace(data={**copy.data, "link": ""})
        filled = self.filler.fill(copy)
        if isinstance(filled, Problem):
            raise SystemExit(f"{copy.serial}: {filled.message}")
        return filled

    @staticmethod
    def _is_plain(filled: Filled) -> bool:
        chain = fonts.chain("cg-hei", 700)
        return not any(fonts.is_fallback(text, chain) for text in filled.texts)

    def _job(self, name: str, village: str, copies: list[Filled]) -> Job:
        return Job(
            folder="",
            name=name,
            title=self.spec.title,
            village=village,
            layout=self.spec.name,
            grid=self.grid,
            order=self.spec.sheet.order,
            proof=ProofMode.NONE,
            forms=self.filler.forms(filled.form_key for filled in copies),
            copies=tuple(copies),
        )


def prepare(maker: Maker, out: Path, count: int) -> None:
    """Write the jobs of `count` cards, and the deck beside them."""
    copies: list[Filled] = []
    with jobs_path(out, count, maker.codes).open("wb") as file:
        for job in maker.volumes(count):
            pickle.dump(job, file)
            copies += job.copies
    if count > MOST_DRAWN:
        return
    key, _ = Counter(filled.form_key for filled in copies).most_common(1)[0]
    of_one_form = [filled for filled in copies if filled.form_key == key]
    if len(of_one_form) < count:
        raise SystemExit(f"the sample has {count - len(of_one_form)} cards of other forms")
    form = maker.filler.forms([key])[key]
    write_deck(deck_path(out, count, maker.codes), draw_deck(form, maker.grid, of_one_form))


def main() -> None:
    """Prepare every count asked for."""
    out, counts = Path(sys.argv[1]), [int(count) for count in sys.argv[2:]]
    workspace = read_workspace(SAMPLE)
    for codes in (False, True):
        maker = Maker(workspace, codes)
        for count in counts:
            prepare(maker, out, count)


if __name__ == "__main__":
    main()

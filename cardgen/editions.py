"""Which edition of each copy is due: what was printed before in, new copies and notes out.

`History` is what a batch knows of earlier ones, and where its own volumes are recorded.
`Editions` does for one layout: a copy that says what the one says that is out keeps its
serial, one that says something else gets the serial of the next edition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cardgen.campaign import Campaign
from cardgen.content import Contents
from cardgen.ledger import BatchRow, Done, Ledger, held_json, record_volume
from cardgen.model import (
    Copy,
    Filled,
    Held,
    Key,
    Noted,
    Out,
    Touch,
    Touched,
    VolumeResult,
    Why,
)
from cardgen.plan import Plan, number_of
from cardgen.serials import Given
from cardgen.typeset.fill import Filler


@dataclass
class History:
    """What was printed before: `out` as it was when the batch began, and every serial given.

    `done` are the volumes of this very batch that were recorded before it was cut off. `ledger`
    and `batch` are where its volumes are recorded; without them nothing is. `told` are the
    parts of copies that have been written down; `same` is why a copy is printed that is out.
    """

    out: Mapping[Key, Out] = field(default_factory=dict)
    given: Given = field(default_factory=Given)
    done: Mapping[str, Done] = field(default_factory=dict)
    only_changed: bool = False
    ledger: Ledger | None = None
    batch: BatchRow | None = None
    told: set[str] = field(default_factory=set)
    same: Why = Why.AGAIN

    def done_before(self, out: Path, name: str) -> Done | None:
        """The volume, where it was recorded and its file is still what was recorded."""
        done = self.done.get(name)
        if done is None:
            return None
        try:
            content = (out / name).read_bytes()
        except OSError:
            return None
        whole = hashlib.sha256(content).hexdigest() == done.result.sha256
        return done if whole else None


class Editions:
    """The editions of one layout's copies, while its volumes are filled.

    `met` are the keys of all copies that were planned and could be filled; `same` counts those
    that are out and true, where only others are wanted; `true` are serials that were asked for
    back and are right again; `touched` what differs, where `watches` is set; `forms` counts the
    copies of each form, by volume.
    """

    def __init__(
        self, plan: Plan, filler: Filler, history: History, campaign: Campaign, body: Path | None
    ) -> None:
        self._plan, self._filler, self._history = plan, filler, history
        spec = plan.layout
        always: dict[str, object] = {
            "layout": filler.template,
            "links": dict(campaign.links),
        }
        if body is not None:
            always["body"] = hashlib.sha256(body.read_bytes()).hexdigest()
        told = history.told if history.batch else set[str]()
        # Papers that flow are for those who work with them: an old one is thrown away.
        self._is_collected = not spec.flows
        self.contents = Contents(filler.looks, always, told)
        self.met: set[Key] = set()
        self.same = 0
        self.true: list[str] = []
        self.watches = False
        self.touched: list[tuple[Touched, Mapping[str, str], Mapping[str, str]]] = []
        self._noted: dict[str, dict[str, Noted]] = {}
        self.forms: dict[str, Mapping[str, int]] = {}
        self._held: dict[str, list[Held]] = {}
        self._failed: dict[str, list[Held]] = {}
        self._lead_faults: dict[str, str] = {}
        self._volume = ""

    def begin(self, volume: str) -> None:
        """The copies that follow are of that volume."""
        self._volume = volume
        self._noted[volume], self._held[volume] = {}, []

    def newest(self, copy: Copy) -> tuple[Filled, str] | None:
        """The copy as it is due, filled, with the HTML of its form; None where it is out."""
        filled, html = self._filler.fill_later(copy)
        content = self.contents.content(filled, html)
        key = Key(copy.layout, copy.subject, number_of(copy))
        self.met.add(key)
        out = self._history.out.get(key)
        why, edition, replaces = Why.FIRST, 0, ""
        if out is not None and out.content == content:
            why, edition = self._history.same, out.edition
            if out.is_recalled:
                self.true.append(out.serial)
            if self._history.only_changed and not out.is_returned:
                self.same += 1
                return None
        elif out is not None:
            why, replaces = Why.CHANGED, out.serial if self._is_collected else ""
            edition, copy = self._plan.renewed(copy)
            filled, html = self._filler.fill_later(copy)
        noted = Noted(key, edition, content, self.contents.parts(copy.data), why, replaces)
        self._noted[self._volume][copy.serial] = noted
        if self.watches:
            self._watch(filled, noted, out)
        return filled, html

    def _watch(self, filled: Filled, noted: Noted, out: Out | None) -> None:
        touch = Touch.FIRST if noted.why is Why.FIRST else Touch.CHANGED
        touched = Touched(
            layout=noted.key.layout,
            title=self._plan.layout.title,
            subject=noted.key.subject,
            village=filled.copy.village,
            touch=touch,
            number=noted.key.number,
            serial=out.serial if out else "",
            new_serial=filled.copy.serial,
            shown=frozenset((*filled.texts, *filled.links)),
            delivered=out.is_delivered if out else False,
        )
        self.touched.append((touched, out.parts if out else {}, noted.parts))

    def hold(self, held: Held, serial: str) -> None:
        """A copy of the volume that could not be filled after all."""
        self._held[self._volume].append(held)
        self._noted[self._volume].pop(serial, None)

    def record(self, result: VolumeResult, planned: str = "") -> None:
        """Write a finished volume down, now that its file has its name.

        `planned` is the volume of the plan, where the file has another name. Raises LedgerError.
        """
        history, name = self._history, planned or result.name
        self._failed.setdefault(name, []).extend(result.failed)
        if result.lead_fault:
            self._lead_faults[name] = result.lead_fault
        if result.again:
            return  # the same volume follows anew, without what failed
        noted = self._noted.pop(name, {})
        held, failed = self._held.pop(name, []), self._failed.pop(name)
        if history.ledger is None or history.batch is None or not result.sheets:
            return
        account: dict[str, object] = {
            "held": [held_json(each) for each in held],
            "failed": [held_json(each) for each in failed],
            "lead_fault": self._lead_faults.pop(name, ""),
            "forms": self.forms.pop(name, {}),
        }
        new = self.contents.take_new()
        record_volume(history.ledger, history.batch, result, noted, new, account)

    def gone(self) -> list[tuple[Key, Out]]:
        """What is out of this layout and was not planned any more, nor held back."""
        kept = {held.subject for held in self._plan.held}
        return [
            (key, out)
            for key, out in self._history.out.items()
            if key.layout == self._plan.layout.name
            and key not in self.met
            and key.subject not in kept
            and not out.is_returned
            and self._is_collected
        ]

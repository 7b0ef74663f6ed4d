"""What differs from what is out: runs that were planned in, a `Difference` out.

New copies, copies that say something else, copies that are held back while an older one is
out, and copies that are out and no longer planned, but for those that were asked back already;
each with what it was made of, then and now.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from cardgen.ledger import Ledger, parts_by_digest
from cardgen.model import Difference, Key, Out, Touch, Touched
from cardgen.plan import Selection
from cardgen.runs import Run

Parts = Mapping[str, str]
_Found = tuple[Touched, Parts, Parts]


def difference_of(
    runs: Sequence[Run], ledger: Ledger | None, selection: Selection | None = None
) -> Difference:
    """All that differs, in the order of the plan; what is gone only where all was planned."""
    is_all = selection is None or selection.is_all
    found = [each for run in runs for each in _of_run(run, is_all=is_all)]
    known = _known(runs, ledger, found)
    touched = tuple(
        replace(each, before=_read(before, known), after=_read(after, known))
        for each, before, after in found
    )
    return Difference(
        touched,
        sum(run.editions.same for run in runs),
        sum(run.plan.copies for run in runs),
    )


def _of_run(run: Run, *, is_all: bool) -> Iterator[_Found]:
    held = {each.subject for each in run.held() if not each.excluded}
    for touched, before, after in run.editions.touched:
        if touched.subject not in held:
            yield touched, before, after
        elif touched.serial:
            yield replace(touched, touch=Touch.HELD, new_serial=""), before, after
    met = {touched.subject for touched, _, _ in run.editions.touched}
    for key, out in run.history.out.items():
        if key.layout == run.spec.name and key.subject in held - met and not out.is_returned:
            yield _touched(run, key, out, Touch.HELD), out.parts, {}
    if is_all and not run.spec.flows:  # working papers are never asked back
        for key, out in run.editions.gone():
            if out.is_recalled:
                continue
            yield _touched(run, key, out, Touch.GONE), out.parts, {}


def _touched(run: Run, key: Key, out: Out, touch: Touch) -> Touched:
    return Touched(
        layout=key.layout,
        title=run.spec.title,
        subject=key.subject,
        village=out.village,
        touch=touch,
        number=key.number,
        serial=out.serial,
        delivered=out.is_delivered,
    )


def _known(
    runs: Sequence[Run], ledger: Ledger | None, found: Sequence[_Found]
) -> Mapping[str, object]:
    """What the parts say, by digest: those of today, and those of the ledger."""
    known: dict[str, object] = {}
    if ledger is not None:
        known |= parts_by_digest(
            ledger, (part for _, before, _ in found for part in before.values())
        )
    for run in runs:
        known |= run.editions.contents.read_new()
    return known


def _read(parts: Parts, known: Mapping[str, object]) -> Mapping[str, object]:
    return {name: known[digest] for name, digest in parts.items() if digest in known}

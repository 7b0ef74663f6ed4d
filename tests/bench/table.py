"""Show what was measured: results in, lines of text out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from tests.bench.contenders import CONTENDERS, Case, Result

HEADINGS = (
    "who",
    "cards",
    "code",
    "s",
    "cpu s",
    "ms a card",
    "to Typst",
    "peak MB",
    "file MB",
    "notes",
)
_LEFT = {0, len(HEADINGS) - 1}


def table(found: Mapping[Case, Result]) -> Iterator[str]:
    """The table: with codes below, each against Typst without codes on as many cards."""
    rows = [HEADINGS, *(_row(case, result, found) for case, result in found.items())]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADINGS))]
    for number, row in enumerate(rows):
        yield "  ".join(_cells(row, widths)).rstrip()
        if number == 0:
            yield "  ".join("-" * width for width in widths)


def _cells(row: Sequence[str], widths: Iterable[int]) -> Iterator[str]:
    for at, (cell, width) in enumerate(zip(row, widths, strict=True)):
        yield cell.ljust(width) if at in _LEFT else cell.rjust(width)


def _row(case: Case, result: Result, found: Mapping[Case, Result]) -> tuple[str, ...]:
    contender = next((each for each in CONTENDERS if each.module == case.name), None)
    each_ms = result.seconds / case.count * 1000
    typst_ms, scaled = _typst_ms(case.count, found)
    if contender:
        told = (contender.note, contender.code_note if case.codes else "")
        notes = [*filter(None, told), *(["few cards"] if contender.few else [])]
    else:
        notes = ["the whole command, two cores" if case.count > 1 else "from a cold start"]
    return (
        contender.label if contender else f"cardgen {case.name}",
        f"{case.count:,}",
        "yes" if case.codes else "no",
        f"{result.seconds:.2f}",
        f"{result.cpu_seconds:.2f}" if result.cpu_seconds else "",
        f"{each_ms:.3f}",
        f"{each_ms / typst_ms:.2f}{'*' if scaled else ''}" if typst_ms and case.count > 1 else "",
        f"{result.peak_mb:.0f}",
        f"{result.size_mb:.2f}",
        "; ".join(notes),
    )


def _typst_ms(count: int, found: Mapping[Case, Result]) -> tuple[float, bool]:
    """Typst's time a card, no codes, on as many cards; on the nearest number where it had none."""
    known = {c.count: r for c, r in found.items() if c.name == "typst" and not c.codes}
    if not known:
        return 0.0, False
    nearest = min(known, key=lambda each: abs(each - count))
    return known[nearest].seconds / nearest * 1000, nearest != count

"""The bars: what was measured in, PASS or FAIL out. Typst without codes is the measure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from tests.bench.contenders import BUILD, BUILD_ALL, BUILD_NONE, CARD, VERIFY, Case, Result

FULL, MOST = 8_000, 80_000
PRESS_TYPST, PRESS_SKIA, PRESS_MB = 0.25, 1.0, 250.0
CODES_TYPST = 0.9
NONE_TYPST, ALL_TYPST = 1.0, 2.5
MOST_MEMORY = 1.2
VERIFY_S, CARD_S = 15.0, 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """What is asked: `measured` at most `limit`; None where it was not measured."""

    what: str
    measured: float | None
    limit: float
    unit: str = "×"

    def __str__(self) -> str:
        if self.measured is None:
            return f"  --    {self.what}: not measured"
        verdict = "PASS" if self.measured <= self.limit else "FAIL"
        return f"  {verdict}  {self.what}: {self.measured:.2f} {self.unit} (at most {self.limit:g})"


def bars(found: Mapping[Case, Result], count: int) -> Iterator[Bar]:
    """All bars, measured on batches of `count` cards."""

    def seconds(name: str, codes: bool = False, cards: int = count) -> float | None:
        result = found.get(Case(name, cards, codes))
        return result and result.seconds

    def peak(codes: bool, cards: int = count) -> float | None:
        result = found.get(Case("cardgen", cards, codes))
        return result and result.peak_mb

    typst, plain = seconds("typst"), seconds("cardgen")
    yield Bar(f"pressing {count:,}, no codes, to Typst", _ratio(plain, typst), PRESS_TYPST)
    yield Bar(f"pressing {count:,}, no codes, to Skia", _ratio(plain, seconds("skia")), PRESS_SKIA)
    yield Bar(f"pressing {count:,}, no codes, peak memory", peak(False), PRESS_MB, "MB")
    coded = seconds("cardgen", True)
    yield Bar(f"pressing {count:,} different codes, to Typst", _ratio(coded, typst), CODES_TYPST)
    # Typst's time for a card holds for as many cards as the township has.
    for name, limit in ((BUILD_NONE, NONE_TYPST), (BUILD_ALL, ALL_TYPST)):
        each = typst and typst / count * FULL
        what = f"cardgen {name}, two cores, to Typst's compile alone"
        yield Bar(what, _ratio(seconds(name, True, FULL), each), limit)
    for codes in (False, True):
        what = f"peak at {MOST:,} to {FULL:,}, {'with' if codes else 'no'} codes"
        yield Bar(what, _ratio(peak(codes, MOST), peak(codes, FULL)), MOST_MEMORY)
    yield Bar(f"cardgen verify, {FULL:,} cards", seconds(VERIFY, True, FULL), VERIFY_S, "s")
    yield Bar("cardgen card from a cold start", seconds(CARD, True, 1), CARD_S, "s")


def by_processor(found: Mapping[Case, Result]) -> dict[Case, Result]:
    """The same with processor time for time, where only one core is at work."""
    return {
        case: result
        if case.name.startswith((BUILD, VERIFY))
        else replace(result, seconds=result.cpu_seconds)
        for case, result in found.items()
    }


def _ratio(value: float | None, measure: float | None) -> float | None:
    return value / measure if value and measure else None

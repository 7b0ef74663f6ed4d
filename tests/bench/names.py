"""Where the bench keeps what it made, and where the sample is."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "qingshi"


def deck_path(folder: Path, count: int, codes: bool) -> Path:
    """The deck of so many cards."""
    return folder / f"{count}.{'codes' if codes else 'plain'}.json"


def jobs_path(folder: Path, count: int, codes: bool) -> Path:
    """cardgen's jobs for the same cards."""
    return deck_path(folder, count, codes).with_suffix(".jobs")

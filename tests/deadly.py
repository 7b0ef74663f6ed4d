"""Makes volumes for tests as they are made, but for copies that end the process without a word.

Light: each new worker loads this anew.
"""

from __future__ import annotations

import os
import signal
import time

from cardgen.job import Job, make_volume
from cardgen.model import VolumeResult


def deadly(subjects: frozenset[str], words: str, job: Job) -> VolumeResult:
    """Dies of a copy for one of the subjects, and of a cover that shows the words."""
    lead = any(words and words in text for each in job.lead for text in each.texts)
    if lead or subjects & {copy.copy.subject for copy in job.copies}:
        os.kill(os.getpid(), signal.SIGSEGV)
    return make_volume(job)


def slow(seconds: float, job: Job) -> VolumeResult:
    """Takes its time, and so is at work when a test looks."""
    time.sleep(seconds)
    return make_volume(job)


def broken(job: Job) -> VolumeResult:
    """Has a fault that nobody has thought of."""
    raise KeyError(job.copies[0].texts[0])

"""Python's search for cycles rests while it is told to, and no longer."""

from __future__ import annotations

import gc

import pytest

from cardgen import collector


def test_the_search_rests_within_and_goes_on_behind() -> None:
    assert gc.isenabled()
    with collector.paused():
        assert not gc.isenabled()
        with collector.paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_the_search_goes_on_after_an_error() -> None:
    with pytest.raises(ValueError, match="torn"), collector.paused():
        raise ValueError("torn")
    assert gc.isenabled()


def test_one_who_wants_no_search_is_not_given_one() -> None:
    gc.disable()
    try:
        with collector.paused():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()

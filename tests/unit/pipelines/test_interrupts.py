"""Signals end a night, whatever Dagster does with its handlers; a SIGINT that was ignored before stays ignored."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from dagster._utils.interrupts import capture_interrupts

from pipelines import interrupts
from pipelines.interrupts import Interrupted, noticing_interrupts, raise_if_interrupted, stopped

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def plain_handlers() -> Iterator[None]:
    """Python's own handlers, though the tests may run in the background of a script."""
    before = {number: signal.getsignal(number) for number in NUMBERS}
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_raises_and_no_other_step_begins(number: signal.Signals):
    with noticing_interrupts():
        assert not stopped()
        raise_if_interrupted()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        assert stopped()
        assert stopped()  # asked again it is still so
        with pytest.raises(Interrupted):
            raise_if_interrupted()
    assert not stopped()


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_that_dagster_captures_is_noticed(number: signal.Signals):
    with noticing_interrupts():
        with capture_interrupts():
            signal.raise_signal(number)
        assert stopped()


def test_an_ignored_ctrl_c_stays_ignored_and_sigterm_ends_the_night():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with noticing_interrupts():
        signal.raise_signal(signal.SIGINT)
        assert not stopped()
        with capture_interrupts():
            pass  # afterwards Dagster gives SIGTERM the handler of SIGINT
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
        assert stopped()
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN


def test_everything_is_as_before_afterwards():
    handlers = [signal.getsignal(number) for number in NUMBERS]
    with noticing_interrupts():
        assert interrupts._signals is not None
    assert [signal.getsignal(number) for number in NUMBERS] == handlers
    assert signal.set_wakeup_fd(-1) == -1
    assert interrupts._signals is None

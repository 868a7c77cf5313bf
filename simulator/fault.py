"""What a fault is, and the faults that are injected in one run."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from simulator.messages import Answer, Question

ChangeRows = Callable[[pl.DataFrame, Question], pl.DataFrame]  # the rows as the provider gets them wrong
HonestReply = Callable[[Question], Answer]
ChangeReply = Callable[[Question, HonestReply, int], Answer]  # the int: how often it was asked before

# What must follow from a fault:
# absent: the figures that need the feed have no value for the day and say why, all others are as before
# kept: it is seen, and what was there before stays in use
# marked: it is seen; figures come from the rows that are left, near to what they would be, or are absent
# followed: it is seen, and counts: figures of areas follow a register that may be right
# corrected: figures change, and no rule fires: that is what was delivered
# unharmed: no rule fires, no row is lost, every figure is what it would be
# watched: figures are wrong, and no rule of the gate fires; what watches places over nights says it, see `watched`
# unseen: figures are wrong, and no rule fires: a limit of the gate, known and shown
ExpectedOutcome = Literal["absent", "kept", "marked", "followed", "corrected", "unharmed", "watched", "unseen"]


@dataclass(frozen=True)
class Watched:
    """How a fault shows that no single reading gives away: which rule says it, of what, after how many nights."""

    by: str  # a rule of a place (mart.place_health), the stand of a network or the watch of its provider's correction
    quantity: str
    nights: int


@dataclass(frozen=True)
class Fault:
    """One fault: the feed that has it and its expected outcome."""

    name: str
    title: str
    feed: str
    seen: str | None  # rule, failure code or status of the attempt that has to show it; None: no rule may fire
    outcome: ExpectedOutcome
    incident: int | None = None  # number in the collection of real incidents
    change_rows: ChangeRows | None = None
    change_reply: ChangeReply | None = None
    pack: str = "seoul"
    nights: int = 1  # after how many nights it shows
    watched: Watched | None = None
    service: Mapping[str, Any] = field(default_factory=dict)  # settings of the client in tests: none waits 20 s there


class InjectedFaults:
    """The faults of one run of the simulated city."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        self._asked: Counter[str] = Counter()
        self._lock = threading.Lock()

    def rows(self, question: Question, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with all faults of this feed in them. A service without rows has nothing to get wrong."""
        for fault in self._of(question):
            if fault.change_rows is not None and frame.height:
                frame = fault.change_rows(frame, question)
        return frame

    def reply(self, question: Question, honest: HonestReply) -> Answer:
        """The honest answer, or what the first fault of this feed makes of it."""
        for fault in self._of(question):
            if fault.change_reply is not None:
                with self._lock:
                    before = self._asked[fault.name]
                    self._asked[fault.name] += 1
                return fault.change_reply(question, honest, before)
        return honest(question)

    def _of(self, question: Question) -> list[Fault]:
        return [f for f in self.faults if (f.pack, f.feed) == (question.world.city.name, question.feed.name)]

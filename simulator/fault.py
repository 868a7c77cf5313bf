"""What a planted fault is, and the faults of one run. The faults themselves are in faults_rows and faults_replies."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from simulator.messages import Answer, Question

Spoil = Callable[[pl.DataFrame, Question], pl.DataFrame]  # the rows as the provider gets them wrong
Honest = Callable[[Question], Answer]
Break = Callable[[Question, Honest, int], Answer]  # question, honest answer, how often it was asked before

# What must come of a fault:
# absent: the figures that need the feed have no value for the day and say why, all others are as ever
# kept: it is seen, and what was there before goes on being used
# marked: it is seen; figures come from the rows that are left, near to what they would be, or are absent
# corrected: figures change with nothing to complain about: that is what was delivered
# unharmed: nothing fires, no row is lost, every figure is what it would be
# unseen: figures are wrong and nothing fires: a limit of the gate, known and shown
Then = Literal["absent", "kept", "marked", "corrected", "unharmed", "unseen"]


@dataclass(frozen=True)
class Fault:
    """One fault: where it strikes and what must come of it."""

    name: str
    title: str
    feed: str
    seen: str | None  # rule, failure code or status of the attempt that has to show it; None: nothing may fire
    then: Then
    incident: int | None = None  # number in the collection of real incidents
    rows: Spoil | None = None
    reply: Break | None = None
    pack: str = "seoul"
    nights: int = 1  # after how many nights it shows
    asked: Mapping[str, Any] = field(default_factory=dict)  # how a test asks the service: nobody waits 20 s in one


class Planted:
    """The faults of one run of the embedded city."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        self._times: Counter[str] = Counter()
        self._lock = threading.Lock()

    def rows(self, question: Question, frame: pl.DataFrame) -> pl.DataFrame:
        """The rows with all faults of this feed in them. A service without rows has nothing to get wrong."""
        for fault in self._of(question):
            if fault.rows is not None and frame.height:
                frame = fault.rows(frame, question)
        return frame

    def reply(self, question: Question, honest: Honest) -> Answer:
        """The honest answer, or what the first fault of this feed makes of it."""
        for fault in self._of(question):
            if fault.reply is not None:
                with self._lock:
                    before = self._times[fault.name]
                    self._times[fault.name] += 1
                return fault.reply(question, honest, before)
        return honest(question)

    def _of(self, question: Question) -> list[Fault]:
        return [f for f in self.faults if (f.pack, f.feed) == (question.world.city.name, question.feed)]

"""The simulated city: each question goes to the reply and the shape of its feed's protocol, faults included."""

from __future__ import annotations

import threading
import traceback
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from assets.pack.city import City
from simulator.deliver.services import ServedByContract
from simulator.fault import Fault, InjectedFaults
from simulator.feed import served_feeds
from simulator.messages import Answer, Question, Rows, Selection
from simulator.protocols import REPLIES, SHAPES
from simulator.world.world import World

if TYPE_CHECKING:
    from simulator.deliver.kept_up import KeptUp  # most cities of a test have services alone

KEPT_TABLES = 64  # rendered tables in memory: the pages of one day follow each other
HAND_WRITTEN = ("seoul", "harbour")  # packs whose rows come from shapes, so that these can test their contracts


class Simulator:
    """The answers of all packs at one moment. `clock` gives the city's local time for each of them."""

    def __init__(
        self,
        cities: Sequence[City],
        clock: Callable[[City], datetime],
        faults: Sequence[Fault] = (),
        seed: int = 1,
        sensors: int = 12,
    ) -> None:
        self.worlds = {city.name: World(city, seed, sensors) for city in cities}
        self.feeds = {city.name: served_feeds(city) for city in cities}
        self.clock = clock
        self._lock = threading.Lock()
        self._by_contract = ServedByContract()
        self.inject(faults)

    def inject(self, faults: Sequence[Fault]) -> None:
        """From now on these faults alone. What was rendered with others is forgotten."""
        with self._lock:
            self.injected = InjectedFaults(faults)
            self._tables: OrderedDict[tuple[str, ...], Rows | None] = OrderedDict()

    def answer(self, question: Question) -> Answer:
        """What the provider replies. An error of ours becomes a reply with status 500 that names it.

        Packs without shapes of their own, and resources that the shapes do not know, are served from their contracts.
        """
        protocol = question.feed.protocol
        reply = REPLIES.get(protocol)
        if reply is None:
            return Answer(f"there is no such protocol here: {protocol}".encode(), 501, {"content-type": "text/plain"})
        by_hand = question.world.city.name in HAND_WRITTEN
        unknown = list[Selection]()

        def find(asked: Question, selection: Selection) -> Rows | None:
            rows = self._find(asked, selection)
            unknown.extend([selection] if rows is None else [])
            return rows

        try:
            with self._lock:  # the world is computed by one thread at a time; a night asks for little at once
                made = None if by_hand else self._by_contract.answer(question)
                if made is not None:
                    return made
                answer = self.injected.reply(question, lambda honest: reply(honest, find))
                return (self._by_contract.answer(question) or answer) if by_hand and unknown else answer
        except Exception as error:  # shown in the reply, which lands, and where the server runs
            traceback.print_exc()
            text = f"the simulated city failed: {type(error).__name__}: {error}"
            return Answer(text.encode(), 500, {"content-type": "text/plain; charset=UTF-8"})

    def not_made(self, world: World) -> list[str]:
        """A sentence for each feed of a pack without shapes whose services cannot be made from its contract."""
        by_hand = world.city.name in HAND_WRITTEN
        return [] if by_hand else self._by_contract.not_made(world, self.clock(world.city))

    def deliver(self, drop: KeptUp, first: date | None = None) -> list[str]:
        """Write the files of all packs into their drop folder, while no question is answered. Returns a sentence for
        each feed that cannot be made; raises OSError where files cannot be written."""
        with self._lock:
            return [sentence for world in self.worlds.values() for sentence in drop.write(world, first)]

    def _find(self, question: Question, selection: Selection) -> Rows | None:
        """The rows behind a question, with the injected faults in them; kept, because pages follow each other."""
        # by the minute: a clock that runs would make every page a table of its own
        key = (question.world.city.name, question.feed.name, f"{question.now:%Y-%m-%d %H:%M}", *selection)
        if key not in self._tables:
            frame = SHAPES[question.feed.protocol](question, selection)
            self._tables[key] = None if frame is None else Rows(self.injected.rows(question, frame))
            if len(self._tables) > KEPT_TABLES:
                self._tables.popitem(last=False)
        return self._tables[key]

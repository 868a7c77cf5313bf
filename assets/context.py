"""What every step of a run is given: whose data, where it lies, where it comes from, and until when it may be asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, tzinfo
from pathlib import Path

import polars as pl

from assets.failures import PermanentFailure
from assets.pack.city import City
from quality.contract.connector import Service
from quality.contract.model import Contract
from quality.gate import Gate
from warehouse.home import Home
from warehouse.lease import lease


@dataclass(frozen=True)
class BatchRows:
    """The rows of one batch, in the columns of its table, wherever they are read from."""

    batch_id: str
    rows: pl.LazyFrame


@dataclass(frozen=True)
class RunContext:
    """One run of one city. The contract of the feed or table that a step works on is passed beside it."""

    home: Home
    city: City
    source: str  # files, live or simulated: goes into every row of the ledger and of the metrics
    run_id: str
    today: date  # the city's calendar day of the run: landing is filed under it
    drop: Path | None = (
        None  # the city's drop folder, for source `files`; that of the simulated city, for its feeds without a service
    )
    no_drop: str | None = None  # why a drop folder that is given is not this city's
    simulator_address: str | None = None  # for source `simulated`
    deadline: float = math.inf  # on the monotonic clock: after it no service is asked any more
    at_request: Callable[[str], None] = lambda _feed: None  # called with the feed's name before each request
    # by layer and table: what derived tables read in place of the live rows of the lake; None: these
    instead: Mapping[tuple[str, str], Mapping[date, BatchRows]] | None = None

    def asks(self, contract: Contract) -> bool:
        """The services of a feed are asked; otherwise its files are collected from the drop folder.

        The simulated city has a drop folder for the feeds that have no service. What the home's own ledger delivers is
        asked of nobody.
        """
        connector = contract.connector
        if connector is not None and connector.of_ledger:
            return False
        served = self.drop is None or (connector is not None and bool(connector.services))
        return self.source == "live" or (self.source == "simulated" and served)

    @property
    def zone(self) -> tzinfo:
        """The city's time zone."""
        return self.city.timezone

    def gate(self, contract: Contract) -> Gate:
        """The gate in front of the table of this contract."""
        return Gate(self.home, self.city.name, contract, self.source, self.run_id, self.city.calendar)

    def lease_of_feed(self, contract: Contract) -> AbstractContextManager[None]:
        """Nobody else asks for a feed, or reads what has landed of it, in this block."""
        return lease(self.home, self.city.name, "landing", contract.name)

    def service_address(self, contract: Contract, service: Service) -> str:
        """The base address of a service, in which alone a live and a simulated one differ.

        Raises PermanentFailure if the simulated city does not run.
        """
        if self.source == "live":
            return service.address
        if self.simulator_address is None:
            hint = "start it with `madang simulator serve` and set MADANG_SIMULATOR to the address it prints"
            raise PermanentFailure("SERVICE-DOWN", "the simulator is not running", contract.name, hint)
        return f"{self.simulator_address}/{self.city.name}/{contract.name}"

"""What a step is given: where things are and whose run it is. No connection is opened before it is needed."""

import math
import os
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Self

import dagster as dg
from pydantic import Field, PrivateAttr

from assets.context import RunContext
from assets.pack.city import City
from pipelines import progress
from pipelines.drop import NoDropFolderError, drop_of
from pipelines.keys import BUILD, FETCH, KIND, NIGHT
from pipelines.settings import Settings
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger


class Platform(dg.ConfigurableResource):
    """Home, source and drop folder of a run, and until when it may ask services."""

    home: dg.ResourceDependency[Home]  # one object for all runs of a process: it knows what was read of its tables
    source: str  # live, files or simulated
    drop_dir: str | None = None
    drop_is_given: bool = False  # for the one city of this run, by --from-dir
    packs: list[str] = Field(
        default_factory=list
    )  # the names of all, so that no city reads the drop folder of another one
    simulator_address: str | None = None
    fetch_minutes: float = 60
    _deadline: float = PrivateAttr(default=math.inf)
    _began: tuple[datetime, float, float] | None = PrivateAttr(default=None)  # when, on which clock, CPU seconds

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The resource for these settings."""
        # real files are never read beside simulated replies
        folder = settings.simulator_drop if settings.source == "simulated" else settings.drop_dir
        drop = None if folder is None else str(folder.resolve())
        return cls(
            home=settings.home,
            source=settings.source,
            drop_dir=drop,
            drop_is_given=settings.drop_is_given,
            packs=[folder.name for folder in settings.packs()],
            simulator_address=settings.simulator_address,
            fetch_minutes=settings.fetch_minutes,
        )

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Dagster calls this at the beginning of each run: the home is opened, and the time for fetching begins."""
        open_home(self.home, create=True)
        self._began = datetime.now(UTC), time.monotonic(), _cpu_seconds()
        self._deadline = time.monotonic() + self.fetch_minutes * 60

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Dagster calls this when the last step of a run has ended, also where it failed: what it took is kept."""
        run, began = context.run, self._began
        if run is None or began is None or KIND not in run.tags:
            return
        kind = run.tags[KIND]
        row = {
            "run_id": run.run_id,
            "city": run.job_name.removesuffix(f"_{kind}") if kind in (FETCH, BUILD) else None,
            "kind": kind,
            "night": date.fromisoformat(run.tags[NIGHT]) if NIGHT in run.tags else None,
            "began_at": began[0],
            "seconds": round(time.monotonic() - began[1], 3),
            "cpu_seconds": round(_cpu_seconds() - began[2], 3),
            "recorded_at": datetime.now(UTC),
        }
        ledger.append(self.home, "run", [row])

    def run_context(self, city: City, run_id: str) -> RunContext:
        """What a step of this run is given."""
        drop = None if self.drop_dir is None else self._drop(Path(self.drop_dir), city.name)
        return RunContext(
            home=self.home,
            city=city,
            source=self.source,
            drop=drop if isinstance(drop, Path) else None,
            no_drop=str(drop) if isinstance(drop, NoDropFolderError) else None,
            run_id=run_id,
            today=datetime.now(city.timezone).date(),
            simulator_address=self.simulator_address,
            deadline=self._deadline,
            at_request=progress.request,
        )

    def _drop(self, folder: Path, city: str) -> Path | NoDropFolderError:
        """The city's drop folder, or why it has none: only a step that fetches needs it."""
        try:
            return drop_of(folder, city, self.packs, given=self.drop_is_given)
        except NoDropFolderError as error:
            return error


def _cpu_seconds() -> float:
    """Of this process and of those that it began and that have ended, for themselves and for the system."""
    took = os.times()
    return took.user + took.system + took.children_user + took.children_system

"""What a step is given: where things are and whose run it is. No connection is opened before it is needed."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import dagster as dg

from assets.deliveries import Feed
from assets.pack import City
from pipelines.settings import Settings
from quality.contract import Contract
from warehouse.home import Home


class Platform(dg.ConfigurableResource):
    """Home, source and drop folder of a run."""

    home_dir: str
    source: str
    drop_dir: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Platform:
        drop = None if settings.drop_dir is None else str(settings.drop_dir.resolve())
        return cls(home_dir=str(settings.home.root), source=settings.source, drop_dir=drop)

    @property
    def home(self) -> Home:
        return Home(Path(self.home_dir))

    def feed(self, city: City, contract: Contract, run_id: str) -> Feed:
        drop = Settings(MADANG_DROP=self.drop_dir).drop_of(city.name) if self.drop_dir else None  # type: ignore[call-arg]
        return Feed(
            home=self.home, city=city.name, contract=contract, source=self.source, drop=drop, run_id=run_id,
            today=datetime.now(city.timezone).date(),
        )  # fmt: skip

"""A good night of the simulated city of Seoul through the real jobs, made once for all tests that look at it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipelines import runner
from pipelines.settings import Settings
from simulator.process import running
from tests.worlds import truth
from tests.worlds.events import no_events
from tests.worlds.packs import seoul
from tests.worlds.shared import note

NIGHT = date(2026, 6, 30)


def simulated_night(factory: pytest.TempPathFactory) -> Settings:
    """The settings of the home that has it."""
    with note(factory, "simulated_night") as made:
        if made.exists():
            return Settings(home_dir=Path(made.read_text()), source="simulated")
        city, home = seoul(), factory.mktemp("simulated_night") / "var"
        with running([city.folder], now=truth.night_at(NIGHT)) as server, no_events():
            settings = Settings(home_dir=home, source="simulated", simulator_address=server.address)
            night = runner.run(settings, city, NIGHT, NIGHT, backfill=False)
        assert night.error is None
        assert night.crashed == []
        assert night.failed.height == 0, night.failed["detail"].to_list()
        assert night.closed.height == 0, night.closed.to_dicts()
        made.write_text(str(home))
        return settings

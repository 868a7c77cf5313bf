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
        city, home, drop = seoul(), factory.mktemp("simulated_night") / "var", factory.mktemp("simulated_drop")
        with running([city.folder], now=truth.night_at(NIGHT), drop=drop, first=NIGHT) as server, no_events():
            assert server.not_made == []
            address = server.address
            settings = Settings(home_dir=home, source="simulated", simulator_address=address, simulator_drop=drop)
            night = runner.run(settings, city, NIGHT, NIGHT, backfill=False)
        assert night.error is None
        assert night.crashed == []
        assert night.failed.height == 0, night.failed["detail"].to_list()
        assert night.closed.height == 0, night.closed.to_dicts()
        made.write_text(str(home))
        return settings

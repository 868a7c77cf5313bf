"""Dwellings of districts by kind."""

from __future__ import annotations

from simulator.aggregation import SUM
from simulator.row_kinds import Stocks
from simulator.world.households import homes

_COUNTED = ("dwellings", "vacant_dwellings", "dwellings_permitted", "dwellings_completed", "floor_area")
OBSERVED = Stocks(homes, dict.fromkeys(_COUNTED, SUM))

"""Income and spending of any city by account, in dollars."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from simulator.world.households import YEAR, years_since
from simulator.world.places import residents
from simulator.world.world import World

DOLLARS_PER_RESIDENT = 1_400.0  # a year
STAGES = {"planned": 1.0, "revised": 1.03, "settled": 0.97}
# code, name, side, office, share of its side
ACCOUNTS = (
    ("T1", "Taxes", "income", "Finance", 0.6),
    ("T2", "Grants", "income", "Finance", 0.4),
    ("S1", "Transport", "spending", "Transport", 0.28),
    ("S2", "Welfare", "spending", "Welfare", 0.42),
    ("S3", "Environment", "spending", "Environment", 0.12),
    ("S4", "Administration", "spending", "Administration", 0.18),
)


def accounts(world: World, day: date, days: float) -> pl.DataFrame:
    """area (the city), account, account_name, side, agency, stage, dollars of so many days."""
    year = date(day.year, 1, 1)
    own = np.exp(0.05 * world.random("purse", year).standard_normal(len(ACCOUNTS)))
    whole = residents(world) * DOLLARS_PER_RESIDENT * 1.03 ** years_since(year, 0) * days / YEAR
    return pl.DataFrame(
        [
            (world.city.config.area, code, name, side, office, stage, whole * share * luck * factor)
            for (code, name, side, office, share), luck in zip(ACCOUNTS, own, strict=True)
            for stage, factor in STAGES.items()
        ],
        schema=["area", "account", "account_name", "side", "agency", "stage", "dollars"],
        orient="row",
    )

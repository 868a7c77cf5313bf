"""A hint names what nobody reads: who follows it takes no parameter and no table away from another metric."""

from functools import partial
from pathlib import Path

import polars as pl
import pytest

from assets.mart import declared_marts
from assets.metrics.entries import platform_entries
from assets.pack.declared import parameters_of, tables_of
from assets.pack.parameter_names import parameters_read

READ = parameters_read(platform_entries().values())


@pytest.mark.parametrize("name", sorted(READ))
def test_no_parameter_that_somebody_reads_is_to_be_renamed(name: str, tmp_path: Path):
    """Seoul has cold_season_months beside heat_season_months, which is most like it."""
    path = tmp_path / "metrics.yaml"
    path.write_text("parameters: {}\n", "utf-8")
    others = dict.fromkeys(READ - {name}, 1)
    assert parameters_of(others, path, lambda: READ).mistake(name).hint == f"write `{name}: ...` below `parameters`"
    slip = f"{name[:-1]}_x"
    with_slip = parameters_of(others | {slip: 1}, path, lambda: READ)
    assert with_slip.mistake(name).hint == f"rename {slip} below `parameters`"


def test_a_table_that_a_feed_names_is_not_to_be_renamed(tmp_path: Path):
    there = dict.fromkeys(("air_stations", "air_stops"), pl.DataFrame())
    first, both = (tables_of(there, tmp_path, partial(set, used)) for used in (["air_stations"], [*there]))
    hints = [tables.mistake("air_station").hint for tables in (first, both)]
    assert hints == ["rename air_stops.csv", "add the file beside areas.csv"]


def test_what_marts_read_of_a_pack_is_known():
    declared = {name for mart in declared_marts().values() for name in mart.parameters}
    assert declared
    assert declared <= parameters_read(())

"""Partitions begin where the data of a home begin, and a run is for the days it was asked for."""

from collections.abc import Callable
from datetime import date, timedelta

import dagster as dg
import pytest
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType

from pipelines import code_location, definitions
from pipelines.keys import NIGHT, RANGE_END, RANGE_START
from tests.graph.conftest import QUIET, Graph
from tests.graph.test_runs import after
from tests.worlds.files import WEATHER_HEADER, csv_text, weather_rows
from warehouse.ledger import ledger

Make = Callable[..., Graph]
FILE = "../korea/weather_daily/Weather.csv"
LAST = date(2020, 1, 2)
YEAR = date(2020, 1, 1)  # of LAST: there are values of years, which stand on their first day
BEFORE = YEAR - timedelta(days=1)


def shown(g: Graph) -> dg.Definitions:
    """What Dagster's pages and sensors load now."""
    return code_location.code_location(g.settings, shown=True)


def first_days(found: dg.Definitions) -> set[str]:
    """The first partition of each table and check of the city."""
    graph = found.resolve_asset_graph()
    nodes = [graph.get(key) for key in graph.get_all_asset_keys() if key.path[0] == "seoul"]
    nodes += [graph.get(key) for key in graph.asset_check_keys if key.asset_key.path[0] == "seoul"]
    return {str(node.partitions_def and node.partitions_def.get_first_partition_key()) for node in nodes}


def test_all_tables_and_checks_begin_with_the_data_and_an_older_delivery_moves_them(graph: Make):
    g = graph("weather_daily")
    assert first_days(shown(g)) == {str(g.city.config.first_day)}
    g.yard.put(FILE, csv_text(WEATHER_HEADER, weather_rows([LAST])))
    g.run("seoul_fetch", [LAST])
    assert first_days(shown(g)) == {str(YEAR)}
    g.yard.put(FILE, csv_text(WEATHER_HEADER, weather_rows([BEFORE, LAST])))
    g.run("seoul_fetch", [LAST])
    assert first_days(shown(g)) == {str(BEFORE.replace(month=1, day=1))}
    assert first_days(g.definitions) == {str(g.city.config.first_day)}


def test_who_executes_a_run_has_every_day(graph: Make, monkeypatch: pytest.MonkeyPatch):
    """The pages may have been loaded when the partitions began earlier."""
    g = graph("weather_daily")
    g.yard.put(FILE, csv_text(WEATHER_HEADER, weather_rows([LAST])))
    g.run("seoul_fetch", [LAST])
    for name, value in {"HOME": g.settings.home_dir, "CITIES": g.settings.cities_dir}.items():
        monkeypatch.setenv(f"MADANG_{name}", str(value))
    monkeypatch.setattr(definitions, "LOADS", set())

    def begin(kind: DefinitionsLoadType) -> set[str]:
        with DefinitionsLoadContext.scoped(DefinitionsLoadContext(kind)):
            return first_days(definitions.defs())

    assert begin(DefinitionsLoadType.RECONSTRUCTION) == {str(g.city.config.first_day)}
    assert begin(DefinitionsLoadType.INITIALIZATION) == {str(YEAR)}
    assert begin(DefinitionsLoadType.RECONSTRUCTION) == {str(YEAR)}, "a server loads both ways"


def test_a_night_asks_for_days_before_the_partitions_as_a_range(graph: Make):
    """A command has put in older days since the definitions were loaded; then something new came of one of them."""
    g = graph("weather_daily")
    g.yard.put(FILE, csv_text(WEATHER_HEADER, weather_rows([LAST])))
    g.run("seoul_fetch", [LAST])
    loaded = shown(g)
    g.yard.put(FILE, csv_text(WEATHER_HEADER, weather_rows([BEFORE, LAST])))
    before = BEFORE
    old = {RANGE_START: str(before), RANGE_END: str(before)}
    g.run("seoul_fetch", tags=old)
    g.run("seoul_build", tags=old)
    g.yard.put("../korea/weather_daily/2.csv", csv_text(WEATHER_HEADER, weather_rows([before], temp=3)))
    fetched = g.run("seoul_fetch", [LAST], tags={NIGHT: str(LAST)})
    config = {"ops": {"seoul__begin_night": {"config": {"day": str(before)}}}} | QUIET
    begun = g.job("seoul_night").execute_in_process(instance=g.instance, run_config=config)
    g.definitions = loaded
    asked = {
        (one.partition_key, one.tags.get(RANGE_START), one.tags.get(RANGE_END))
        for one in after(g, "seoul_build_after_fetch_success", fetched)
        if isinstance(one, dg.RunRequest)
    }
    assert asked == {(None, str(before), str(before)), (str(LAST), None, None)}
    (request,) = after(g, "seoul_fetch_after_night", begun)
    assert (request.partition_key, request.tags) == (None, {NIGHT: str(before)} | old)


def test_a_night_before_the_data_of_a_feed_misses_nothing(graph: Make):
    g = graph("weather_daily", "air_daily")
    file = g.city.folder / "feeds" / "weather_daily.yaml"
    file.write_text(f"{file.read_text('utf-8')}\nfirst_day: {LAST}\n", "utf-8")
    g.yard.deliver("weather_daily", "air_daily", days=[LAST])
    g.definitions = code_location.code_location(g.settings)
    before = LAST - timedelta(days=1)
    assert g.run("seoul_fetch", [before], tags={NIGHT: str(before)}).success
    missed = ledger.read(g.yard.home, "attempt").filter(status="missing").drop_nulls("asked_day").collect()
    assert missed.select("feed", "asked_day").rows() == [("air_daily", before)]
    assert first_days(shown(g)) == {str(YEAR)}

"""The platform tells of its nights: the second of the first, and no night of itself."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from assets.pack.city import load_city
from pipelines import runner
from pipelines.settings import Settings
from tests.worlds.events import no_events
from tests.worlds.packs import small_seoul

FIRST, SECOND = date(2020, 4, 1), date(2020, 4, 2)
CHOSEN = (
    "open_data_count",
    "open_data_inventory",
    "platform_rows_received",
    "platform_cpu_seconds",
    "on_time_share",
    "feed_days_due",
    "feed_days_on_time",
    "rows_per_cpu_second",
    "platform_cost",
    "cost_per_metric_value",
)
Told = dict[date, dict[str, tuple[date, float | None]]]
Why = dict[date, dict[str, str]]


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, Why]:
    """By night, of each metric the newest day with its value, and why its newest day has none."""
    root = tmp_path_factory.mktemp("own_work")
    packs: Path = small_seoul(root, "bike_daily", "platform")
    metrics = "".join(f"  {name}: {{}}\n" for name in CHOSEN)
    (packs / "seoul" / "metrics.yaml").write_text(f"metrics:\n{metrics}", "utf-8")
    drop = root / "drop" / "bike_daily"
    drop.mkdir(parents=True)
    lines = [f"{day},{1000 + day.day}" for day in (FIRST, SECOND)]
    (drop / "서울시 일별 대여건수.csv").write_text("\n".join(["대여일시,대여건수", *lines]), "utf-8")
    settings = Settings(home_dir=root / "home", drop_dir=root / "drop", cities_dir=packs)
    found, why = Told(), Why()
    for night in (FIRST, SECOND):
        with no_events():
            result = runner.run(settings, load_city(packs / "seoul"), night, night, backfill=False)
        assert (result.error, result.crashed, result.closed.height) == (None, [], 0)
        with duckdb.connect(str(settings.home.published_file), read_only=True) as con:
            rows = con.execute(
                "SELECT metric, max(period_start), arg_max(value, period_start) FROM metric.value "
                "WHERE area = '11' AND status <> 'absent' GROUP BY metric"
            ).fetchall()
            absent = con.execute("SELECT metric, reason FROM metric.latest WHERE area = '11' AND status = 'absent'")
            why[night] = dict(absent.fetchall())
        found[night] = {metric: (day, value) for metric, day, value in rows}
    return found, why


@pytest.fixture(scope="module")
def told(nights: tuple[Told, Why]) -> Told:
    return nights[0]


def test_the_first_night_says_from_when_on_there_is_something_to_tell(nights: tuple[Told, Why]):
    """It said: 0 of 55 feeds are valid (needs 1 %)."""
    _, why = nights
    from_the_second = "it is of a night that is over: there is a value from the second night on"
    of_contracts, of_costs = {"open_data_count", "open_data_inventory"}, {"platform_cost", "cost_per_metric_value"}
    assert {why[FIRST][name] for name in {*CHOSEN} - of_contracts - of_costs} == {from_the_second}
    undeclared = "the pack has to declare platform_cost_machines, platform_cost_work, platform_cost_currency: "
    for night in (FIRST, SECOND):
        assert {why[night][name] for name in of_costs} == {f"{undeclared}write them below `parameters` in metrics.yaml"}
    assert why[SECOND].keys() == of_costs


def test_the_first_night_has_its_contracts_alone(told):
    before = date(2020, 3, 31)
    assert told[FIRST] == {"open_data_count": (before, 1.0), "open_data_inventory": (before, 1.0)}


def test_the_second_night_tells_of_the_first_and_of_no_other(told):
    night = told[SECOND]
    assert night["platform_rows_received"] == (FIRST, 1.0)
    assert night["on_time_share"] == (FIRST, 100.0)
    day, seconds = night["platform_cpu_seconds"]
    assert (day, seconds > 0) == (FIRST, True)
    assert night["rows_per_cpu_second"][1] == pytest.approx(1.0 / seconds, rel=1e-9)

"""What the watch says of a public network leaves the home, and nothing of a private one that measures another thing."""

from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.worlds.watched_town import DAYS, FIRST, LAST, PLANT, QUANTITY, WatchedTown
from warehouse.published import folder
from warehouse.published.place import tier_folder

OTHER = {"air": "sound", "sound": "air"}
OF_METRICS = {"air": {"sensor_pm25_mean", "network_bias", "sensor_trusted_share"}, "sound": {"noise_leq"}}
# by mart, columns in which each number is one of the quantity alone
PLANTED = {
    "place_day": ("value", "least", "around", "difference"),
    "place_health": ("difference",),
    "network_day": ("value",),
    "network_agreement": ("own", "other", "day_difference", "difference"),
}


def town(root: Path, private: str, days: int = DAYS, *, site: bool = False) -> WatchedTown:
    found = WatchedTown(root, private)
    found.write_pack()
    found.nights([FIRST + timedelta(days=n) for n in range(days)])
    found.publish()
    done = found.release(site=site)
    assert (done.troubles, done.site_troubles) == ([], [])
    return found


@pytest.fixture(scope="module", params=["sound", "air"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> WatchedTown:
    return town(tmp_path_factory.mktemp(request.param), request.param, site=True)


def test_the_open_file_has_the_rows_of_the_public_quantity_and_none_of_the_private_one(world: WatchedTown):
    public = QUANTITY[OTHER[world.private]]
    for mart in PLANTED:
        inside = dict(world.inside(f"SELECT quantity, count(*) FROM mart.{mart} GROUP BY ALL"))
        of_places = mart in ("place_day", "place_health")
        assert set(inside) == ({public} if of_places else set(QUANTITY.values())), mart
        assert dict(world.rows(f"SELECT quantity, count(*) FROM mart.{mart} GROUP BY ALL")) == {public: inside[public]}


def test_no_place_of_a_private_feed_is_in_the_file_inside(world: WatchedTown):
    """Each sensor's least, most, first and last value of a day stood in it: the very readings of the file."""
    with duckdb.connect(str(world.home.published_file), read_only=True) as con:
        for schema, table in con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
            assert PLANT not in repr(con.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall()), (schema, table)


def test_public_metrics_have_values_with_what_the_watch_says_of_them(world: WatchedTown):
    found = world.rows("SELECT DISTINCT metric FROM metric.value WHERE value IS NOT NULL")
    assert {metric for (metric,) in found} == OF_METRICS[OTHER[world.private]]
    if world.private == "sound":
        said = f"FROM metric.value WHERE metric = 'sensor_pm25_mean' AND period_start = DATE '{LAST}' AND area = '1'"
        assert world.rows(f"SELECT status, reason_code {said}") == [("proxy", "off_witness_below")]
        ways = "SELECT count(*) FROM quality.way WHERE metric = 'sensor_pm25_mean'"
        assert world.rows(ways)[0][0] > 0


def test_nothing_of_the_private_network_is_in_any_table_or_file_of_the_tier(world: WatchedTown):
    numbers = set[float]()
    for mart, columns in PLANTED.items():
        files = world.home.table("town", "mart", f"{mart}_of_private").path.rglob("*.parquet")
        own = pl.concat(pl.read_parquet(path, columns=list(columns)) for path in files)
        numbers |= {value for name in columns for value in own[name] if _is_own(value)}
    of_private = ", ".join(map(repr, OF_METRICS[world.private]))
    values = f"SELECT value FROM metric.value WHERE metric IN ({of_private}) AND value IS NOT NULL"
    numbers |= {value for (value,) in world.inside(values) if _is_own(value)}
    assert len(numbers) > 40
    with duckdb.connect(str(world.open_file), read_only=True) as con:
        for schema, table in con.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall():
            for row in con.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall():
                assert PLANT not in repr(row), (schema, table)
                assert numbers.isdisjoint(value for value in row if isinstance(value, float)), (schema, table, row)
                assert "of_private" not in repr(row), (schema, table)
    files = [path for path in tier_folder(world.home, "open").published_file.parent.rglob("*") if path.is_file()]
    assert any(path.suffix == ".html" for path in files)
    texts = [PLANT.encode(), b"_of_private", *(repr(one).encode() for one in numbers)]
    for path in files:
        content = path.read_bytes()
        assert not [one for one in texts if one in content], path


def test_rows_of_private_quantities_are_closed_in_the_lake_and_told_to_nobody(world: WatchedTown):
    for mart in PLANTED:
        own = world.home.table("town", "mart", f"{mart}_of_private").path
        assert own.stat().st_mode & 0o077 == 0, mart
        other = world.home.table("town", "mart", mart).path
        assert other.stat().st_mode & 0o055, mart
        assert all(PLANT.encode() not in path.read_bytes() for path in other.rglob("*") if path.is_file())
    assert PLANT not in repr(world.inside("SELECT * FROM ledger.rule_result"))


def test_a_feed_that_becomes_private_takes_its_rows_out_of_the_open_file_and_of_the_kept_ones(tmp_path: Path):
    world = town(tmp_path, "nobody's", days=2)
    of_sound = f"SELECT count(*) FROM mart.place_day WHERE quantity = '{QUANTITY['sound']}'"
    assert world.rows(of_sound)[0][0] > 0
    world.private = "sound"
    world.write_pack()
    world.publish()  # before any night: the rows of the lake are of both still
    assert world.release(site=False).troubles == []
    assert world.rows(of_sound) == [(0,)]
    assert world.rows("SELECT count(*) FROM mart.place_day WHERE quantity = 'pm25'")[0][0] > 0
    assert list(folder.version_files(tier_folder(world.home, "open"))) == [2]


def _is_own(value: float | None) -> bool:
    """Whether it has so many digits that another one is not the same by chance."""
    return value is not None and abs(value) > 0.01 and round(value, 4) != value

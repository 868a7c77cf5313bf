"""The Korean index: golden values, every end of a class, and which pollutants it needs."""

from datetime import date

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.formulas import air
from assets.standards.choice import StandardChoice
from assets.standards.index import Read, index

UNITS = {"pm25_24h": "ug/m3", "pm10_24h": "ug/m3", "no2_1h": "ppm", "o3_1h": "ppm", "so2_1h": "ppm", "co_1h": "ppm"}
OLD = dict(zip(UNITS, ("pm25_ugm3", "pm10_ugm3", "no2_ppm", "o3_ppm", "so2_ppm", "co_ppm"), strict=True))
concentrations = st.one_of(
    st.none(), st.floats(), st.floats(0, 700), st.floats(0, 3), st.integers(0, 140000).map(lambda k: k / 2000)
)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(*[concentrations] * 6), min_size=1, max_size=30))
def test_as_before(rows):
    frame = pl.DataFrame(rows, schema=dict.fromkeys(UNITS, pl.Float64), orient="row")
    old = air.cai(frame.rename(OLD)).select("cai", "cai_pollutant", "cai_grade")
    readings = {row: Read(pl.col(row), unit) for row, unit in UNITS.items()}
    new = frame.select(index("kr.cai", readings, pl.lit(date(2020, 1, 1))).alias("i")).unnest("i")
    assert new["value"].cast(pl.Int64).to_list() == old["cai"].to_list()
    assert new["pollutant"].to_list() == old["cai_pollutant"].to_list()
    assert new["band"].to_list() == old["cai_grade"].to_list()


def test_of_a_national_index_the_rows_are_read_that_the_country_has():
    readings = {"pm25_24h": Read(pl.lit(36.0), "ug/m3"), "pm10_24h": Read(pl.lit(50.0), "ug/m3")}
    readings |= {"no2_1h": Read(pl.lit(0.02), "ppm"), "o3_1h": Read(pl.lit(0.03), "ppm")}
    more = readings | {"o3_8h": Read(pl.lit(400.0), "ppb")}
    day = pl.lit(date(2020, 1, 1))
    korea = StandardChoice(national="kr")
    found = pl.select(national=index("national", more, day, korea), own=index("kr.cai", readings, day))
    assert found["national"].to_list() == found["own"].to_list()

"""JSON records with an array of values each: one row for each value, with its time."""

from __future__ import annotations

import json

from quality.contract.layout import Layout, SeriesLayout
from tests.support.readers import fails, read, rejects

SERIES = Layout(
    kind="json",
    series=SeriesLayout(
        arrays={"t": "total", "f": "female"},
        length=3,
        start_pattern=r"(\d{8})_",
        start_format="%Y%m%d",
        step_minutes=60,
    ),
)


def test_series_become_one_row_per_value() -> None:
    records = [
        {"id": 7, "t": [1, 2, 3], "f": [4, None, "6"], "extra": [9]},
        {"id": 8, "t": [1, 2], "f": [7, 8, 9]},
        {"id": 9, "t": [1, 2, 3]},
        "no",
        {},
    ]
    rows = read(json.dumps(records), SERIES, "20200302_total.json")
    assert rows.frame.columns == ["id", "extra", "group", "time", "value", "_line"]
    assert rows.frame.rows()[:6] == [
        ("7", "[9]", "total", "2020-03-02T00:00:00", "1", 1),
        ("7", "[9]", "total", "2020-03-02T01:00:00", "2", 1),
        ("7", "[9]", "total", "2020-03-02T02:00:00", "3", 1),
        ("7", "[9]", "female", "2020-03-02T00:00:00", "4", 1),
        ("7", "[9]", "female", "2020-03-02T01:00:00", None, 1),
        ("7", "[9]", "female", "2020-03-02T02:00:00", "6", 1),
    ]
    assert (rows.frame.height, rows.blank_rows) == (12, 1)
    assert sorted(rejects(rows)) == [(2, "ROW-ARRAY"), (3, "ROW-ARRAY"), (4, "ROW-NOT-OBJECT")]
    reasons = " ".join(rows.rejects["reason"])
    assert "array 't' has 2 values instead of 3" in reasons
    assert "array 'f' is missing" in reasons


def test_series_arrays_that_a_file_does_not_have_are_simply_not_there() -> None:
    rows = read('[{"id":1,"f":[1,2,3]}]', SERIES, "20200302_f.json")
    assert (rows.frame["group"].unique().to_list(), rows.rejects.height) == (["female"], 0)
    nested = read('[{"t":[1,[2],3]},{"t":{}}]', SERIES, "20200302_f.json")
    assert (nested.frame.height, rejects(nested)) == (0, [(1, "ROW-ARRAY"), (2, "ROW-ARRAY")])


def test_series_that_cannot_be_read() -> None:
    fails("FILE-NAME", '[{"t":[1,2,3]}]', "start date", "agreed name", layout=SERIES, name="total.json")
    fails("FILE-NAME", '[{"t":[1,2,3]}]', layout=SERIES, name="20209999_total.json")
    fails("FILE-NO-HEADER", '[{"x":[1,2,3]}]', "['f', 't']", "arrays", layout=SERIES, name="20200302_x.json")
    fails(
        "FILE-DUPLICATE-COLUMN",
        '[{"time":1,"t":[1,2,3]}]',
        "time_column",
        layout=SERIES,
        name="20200302_x.json",
    )

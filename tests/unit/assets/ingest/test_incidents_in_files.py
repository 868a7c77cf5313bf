"""Incidents that belong to files and cannot be injected into the simulated city: see docs/faults.md."""

from __future__ import annotations

from datetime import datetime

import pytest

from assets.ingest import parse
from assets.readers import read
from quality import row_rules
from quality.contract.columns import Column, ColumnSpec
from quality.contract.layout import Layout
from quality.contract.model import Contract
from quality.contract.rules import Rule

FORM = ("%Y-%m-%d %I:%M %p",)
CONTRACT = Contract(
    name="pm25", version="1", title="t", description="t", owner="t", licence="t", prefix="HAN", grain="one hour",
    columns=(
        Column(name="measured_at", type="timestamp", description="d", key=True, required=True,
               spec=ColumnSpec(sources=("Date (LT)", "Date (LST)"), formats=FORM)),
        Column(name="day", type="date", description="d", required=True,
               spec=ColumnSpec(sources=("Date (LT)", "Date (LST)"), formats=FORM)),
        Column(name="pm25_ugm3", type="number", description="d",
               spec=ColumnSpec(sources=("Value", "Raw Conc."), sentinels=("-999",))),
        Column(name="state", type="string", description="d", spec=ColumnSpec(sources=("QC Name",))),
    ),
    rules=(
        Rule(code="HAN-101", title="The hour is valid", expectation="expect_column_values_to_be_in_set", scope="row",
             kwargs={"column": "state", "value_set": ["Valid"]}),
    ),
)  # fmt: skip
LAYOUTS = {
    "with Value": ("Site,Date (LT),Hour,Value,Unit,QC Name", "Old Quarter,{at},{hour},{value},UG/M3,{state}"),
    "with AQI": (
        "Site,Date (LT),Hour,AQI,AQI Category,24-hr. Midpoint Avg. Conc.,Raw Conc.,Conc. Unit,QC Name",
        "Old Quarter,{at},{hour},70,2,21.5,{value},UG/M3,{state}",
    ),
    "with NowCast": (
        "Site,Date (LST),Hour,NowCast Conc.,AQI,Raw Conc.,QC Name",
        "Old Quarter,{at},{hour},20.1,68,{value},{state}",
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_incident_7_three_layouts_of_one_file_and_a_zero_that_is_invalid(layout: str) -> None:
    header, line = LAYOUTS[layout]
    hours = [("01:00 AM", "18.4", "Valid"), ("02:00 PM", "0.0", "Invalid"), ("12:00 AM", "-999", "Valid")]
    lines = [line.format(at=f"2016-08-09 {at}", hour=at[:2], value=v, state=state) for at, v, state in hours]
    content = "\n".join([header, *lines]).encode()
    parsed = parse.parse(CONTRACT, "pm25.csv", "0" * 64, read.read_rows("pm25.csv", content, Layout()))
    split = row_rules.split(parsed.rows, CONTRACT)

    def at(hour: int) -> datetime:
        return datetime(2016, 8, 9, hour)  # noqa: DTZ001 - the city's own time, as delivered

    assert split.kept.select("measured_at", "pm25_ugm3").rows() == [(at(1), 18.4), (at(0), None)]
    assert split.quarantined.select("measured_at", "pm25_ugm3", "_rules").rows() == [(at(14), 0.0, ["HAN-101"])]
    assert parsed.cells.is_empty()

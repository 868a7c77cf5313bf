"""Values come in the units of their provider and are stored in those of the model; what does not fit is not read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from assets.models import models
from quality.contract.model import Contract
from quality.load import load
from quality.verdict import Verdict
from tests.worlds.files import Yard
from tests.worlds.packs import seoul

DAY = date(2026, 7, 21)


def air(folder: Path, columns: dict[str, Any], **other: Any) -> Contract:
    """A feed `air` of files `air/*`, of a place and a time and these columns."""
    feed = {
        "title": "Air",
        "purpose": "Hourly means",
        "owner": "an agency",
        "licence": "open",
        "implements": "air_quality",
        "interval": "hour_beginning",
        "files": {"paths": ["air/*"]},
        "columns": {"place": "site", "time": {"from": "time", "format": "%Y-%m-%d %H:%M"}, **columns},
        **other,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "air.yaml").write_text(yaml.safe_dump(feed, allow_unicode=True), "utf-8")
    return load(folder / "air.yaml", "Asia/Seoul", models())


def night(folder: Path, contract: Contract, header: str, *rows: str) -> tuple[Yard, Verdict]:
    """One file with these rows, each of its own place: the home after it, and the verdict of the day."""
    yard = Yard(folder, replace(seoul(), contracts={"air": contract}))
    lines = "".join(f"S{n},2026-07-21 09:00,{row}\n" for n, row in enumerate(rows))
    yard.put("air/a.csv", f"site,time,{header}\n{lines}")
    (outcome,) = yard.way("air", [DAY]).outcomes
    return yard, outcome.verdict


def test_each_column_is_stored_in_the_unit_of_its_model(tmp_path: Path):
    columns = {
        "pm25": {"from": "PM2.5 (mg/m3)", "unit": "mg/m3", "missing": "-999"},
        "pm10": "PM10 (㎍/㎥)",
        "o3": {"from": "O3", "unit": "ppb"},
        "co": {"from": "CO", "unit": "㎎/㎥"},
    }
    at = {"temperature": "25 degC", "pressure": "1013.25 hPa"}
    contract = air(tmp_path / "feeds", columns, gases_at=at)
    rows = ["0.031,57,31,0.5", "-999,20,29,0.6", "1.1,20,0,"]
    yard, verdict = night(tmp_path, contract, "PM2.5 (mg/m3),PM10 (㎍/㎥),O3,CO", *rows)
    assert verdict in (Verdict.PASS, Verdict.WARN)
    kept = yard.core("air", [DAY]).sort("place")
    assert kept["pm25"].to_list() == [31.0, None, 1100.0]
    assert kept["pm10"].to_list() == [57.0, 20.0, 20.0]
    assert kept["o3"].to_list() == [0.031, 0.029, 0.0]
    ppm_of_1_mg = 8.314462618 * 298.15 / (101325 * 28.010) * 1000  # 0.8735
    assert kept["co"].to_list() == [pytest.approx(0.5 * ppm_of_1_mg), pytest.approx(0.6 * ppm_of_1_mg), None]
    attempt = yard.ledger("attempt").filter(status="parsed").row(0, named=True)
    assert sorted(attempt["units"]) == [
        "co: mg/m3 -> ppm at 25 degC and 1013.25 hPa",
        "o3: ppb -> ppm",
        "pm25: mg/m3 -> ug/m3",
    ]


@pytest.mark.parametrize(("celsius", "ppb"), [(20, 0.5228804), (25, 0.5317988)])
def test_the_same_mass_is_another_share_at_another_temperature(tmp_path: Path, celsius: int, ppb: float):
    at = {"temperature": f"{celsius} degC", "pressure": "1013.25 hPa"}
    contract = air(tmp_path / "feeds", {"no2": {"from": "NO2", "unit": "ug/m3"}}, gases_at=at)
    yard, _ = night(tmp_path, contract, "NO2", "1", "40")
    assert ppb == pytest.approx(8.314462618 * (celsius + 273.15) / (101325 * 46.005) * 1000, rel=1e-6)
    kept = yard.core("air", [DAY]).sort("place")["no2"]
    assert kept.to_list() == [pytest.approx(ppb / 1000, rel=1e-6), pytest.approx(ppb / 25, rel=1e-6)]


def test_rows_that_say_their_unit_and_one_that_does_not(tmp_path: Path):
    """As an agency does that has units in a column, and once writes the name of the parameter there."""
    contract = air(tmp_path / "feeds", {"pm25": {"from": "Value", "unit_from": "Conc. Unit"}}, unreadable_tolerance=0.7)
    yard, verdict = night(
        tmp_path, contract, "Value,Conc. Unit", "31,UG/M3", "0.031,mg/m³", "31,PM2.5", "31,PPB", "31,"
    )
    assert verdict in (Verdict.PASS, Verdict.WARN)
    assert yard.core("air", [DAY]).sort("place")["pm25"].to_list() == [31.0, 31.0, None, None, None]
    held = yard.ledger("quarantine").filter(pl.col("rules").list.contains("AIR-002")).sort("line")
    assert held["value"].to_list() == ["31 (unit: PM2.5)", "31 (unit: PPB)", "31 (no unit)"]

"""`madang explain`: what stands first of the many days that a watched value looks back on."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipelines.explain import _rules_failed, _trace
from warehouse.home import Home
from warehouse.ledger import ledger

DAY = date(2020, 5, 25)


def batch(name: str, table: str, day: date, *inputs: str) -> dict[str, Any]:
    return {"city": "c", "layer": "core", "table_name": table, "day": day, "batch_id": name, "input_batches": [*inputs]}


def failed(name: str, table: str, day: date, rule: str, status: str = "fail") -> dict[str, Any]:
    return {"city": "c", "table_name": table, "day": day, "batch_id": name, "rule": rule, "status": status}


def test_what_a_value_names_itself_stands_before_the_days_behind_it(tmp_path: Path):
    home = Home(tmp_path)
    before = [(f"b{n}", DAY - timedelta(days=n)) for n in range(1, 4)]
    of_days = [batch(name, "sensors", day) for name, day in before]
    watch = batch("w", "watch", DAY, *(name for name, _ in before))
    ledger.append(home, "batch", [*of_days, watch, batch("b0", "sensors", DAY)])
    results = [failed(name, "sensors", day, "S-1") for name, day in before]
    ledger.append(
        home, "rule_result", [*results, failed("w", "watch", DAY, "W-1"), failed("b0", "sensors", DAY, "S-2", "pass")]
    )
    batches, _ = _trace(home, "c", ["b0", "w"])
    assert batches["batch_id"].to_list() == ["b0", "w", "b1", "b2", "b3"]
    rules = _rules_failed(home, batches["batch_id"].to_list(), ["b0", "w"])
    assert rules["rule"].to_list() == ["W-1", "S-1", "S-1", "S-1"]
    assert rules["day"].to_list()[1:] == [day for _, day in before]

"""What is true of a day of deliveries, and where it stands: `<drop>/truth/<day>.json`. Written by deliveries.py."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path


@dataclass
class Truth:
    """How many rows were delivered, how many of each dirty kind, and what is true of the others."""

    sensors: int
    day: str
    files: int = 0
    rows: int = 0  # lines without headers, dirty ones too
    bytes: int = 0  # as delivered, compressed
    resent: int = 0  # a second packet of the same key with a later registration and another value: it wins
    temperature: int = 0  # 95 degrees: the row is held back (SDOT-temperature-range)
    noise: int = 0  # -999, the network's sentinel: the value is missing
    illuminance: int = 0  # "N/A": the value can not be read (SDOT-002)
    serial: int = 0  # of the wrong form: the row is held back (SDOT-place-form)
    pm_missing: int = 0  # no corrected PM2.5, which is allowed
    humidity: int = 0  # 150 %: the value is voided (SDOT-humidity-range)
    short: int = 0  # a field is missing: the row can not be read
    time: int = 0  # the row has no time: it can not be read
    sensor_pm25: float = 0.0  # mean over sensors of each sensor's mean, of what should be kept
    sensor_temp: float = 0.0

    @property
    def unreadable(self) -> int:
        return self.short + self.time

    @property
    def held(self) -> int:
        return self.temperature + self.serial

    @property
    def kept(self) -> int:
        return self.rows - self.unreadable - self.held - self.resent

    @property
    def cells(self) -> int:
        """Values that a gate has to name: not readable, or voided."""
        return self.illuminance + self.humidity


def truth_file(drop: Path, day: date) -> Path:
    return drop / "truth" / f"{day}.json"


def truth(drop: Path, day: date) -> Truth:
    """What `generate` wrote down about a day."""
    found = json.loads(truth_file(drop, day).read_text(encoding="utf-8"))
    return Truth(**{f.name: found[f.name] for f in fields(Truth)})

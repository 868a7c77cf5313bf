"""The rules of the street sensors' contract, as data that every rival can read. No package is needed to import it.

The numbers are those of cities/seoul/feeds/sdot_env.yaml (tests/bench holds them to it).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SERIAL, SENSED, REGISTERED = "SERIAL_NO", "SENSING_TIME", "REG_DTTM"
SENSED_FORM, REGISTERED_FORM = "%Y-%m-%d_%H:%M:%S", "%Y-%m-%d %H:%M:%S"
MEASURES = (
    "AVG_PM25", "AVG_PM10", "AVG_FPM", "AVG_PM", "AVG_TEMP", "AVG_HUMI", "AVG_WIND_DIRE", "AVG_WIND_SPEED",
    "AVG_INTE_ILLU", "AVG_ULTRA_RAYS", "AVG_NOISE", "AVG_VIBR_X", "AVG_VIBR_Y", "AVG_VIBR_Z", "MAX_VIBR_X",
    "MAX_VIBR_Y", "MAX_VIBR_Z",
)  # fmt: skip
HEADER = (SERIAL, SENSED, REGISTERED, *MEASURES)
LAST = MEASURES[-1]  # never empty in a whole row: a row without it is short
SENTINEL = -999.0
ZERO_IS_MISSING = ("AVG_HUMI", "AVG_WIND_DIRE", "AVG_WIND_SPEED", "AVG_NOISE")
SERIAL_FORM = "^V02Q[0-9]{7}$"

HOLD, VOID, FLAG = "hold", "void", "flag"  # the row goes; the value goes; it is only counted


@dataclass(frozen=True)
class Range:
    code: str
    column: str
    low: float
    high: float
    then: str = VOID


RANGES = (
    Range("SDOT-pm25_raw-range", "AVG_PM25", 0, 1500),
    Range("SDOT-pm10_raw-range", "AVG_PM10", 0, 1500),
    Range("SDOT-pm25-range", "AVG_FPM", 0, 1500),
    Range("SDOT-pm10-range", "AVG_PM", 0, 1500),
    Range("SDOT-temperature-range", "AVG_TEMP", -40, 45, HOLD),
    Range("SDOT-humidity-range", "AVG_HUMI", 0, 100),
    Range("SDOT-wind_direction-range", "AVG_WIND_DIRE", 0, 360),
    Range("SDOT-wind_speed-range", "AVG_WIND_SPEED", 0, 100),
    Range("SDOT-illuminance-range", "AVG_INTE_ILLU", 0, 120_000),
    Range("SDOT-uv_index-range", "AVG_ULTRA_RAYS", 0, 16),
    Range("SDOT-laeq-range", "AVG_NOISE", 35, 85),
    Range("SDOT-vibration_x_g-range", "AVG_VIBR_X", 0, 16),
    Range("SDOT-vibration_y_g-range", "AVG_VIBR_Y", 0, 16),
    Range("SDOT-vibration_z_g-range", "AVG_VIBR_Z", 0, 16),
    Range("SDOT-vibration_x_max_g-range", "MAX_VIBR_X", 0, 16),
    Range("SDOT-vibration_y_max_g-range", "MAX_VIBR_Y", 0, 16),
    Range("SDOT-vibration_z_max_g-range", "MAX_VIBR_Z", 0, 16),
)
SERIAL_RULE = "SDOT-place-form"  # the row is held back
PAIR_RULE, UPPER, LOWER = "SDOT-pm10-not-below-pm25", "AVG_PM", "AVG_FPM"  # PM10 is not below PM2.5; only counted
TYPES_RULE = "SDOT-002"  # a value that is no number is missing, and counted
KEY_RULE = "SDOT-003"  # sensor and time are unique after the later registration won
CODES = (TYPES_RULE, KEY_RULE, SERIAL_RULE, PAIR_RULE, *(r.code for r in RANGES))


def files(drop: Path) -> list[Path]:
    return sorted((drop / "gateway").glob("*/*.csv.gz"))


def counts(
    *, read: int, unreadable: int, replaced: int, held: int, kept: int, hours: int, rules: dict[str, int]
) -> dict[str, object]:
    """What every rival prints: rows, and of every rule how often it was broken."""
    if missing := set(CODES) - set(rules):
        raise ValueError(f"rules that were not evaluated: {sorted(missing)}")
    return {
        "rows_read": read,
        "rows_unreadable": unreadable,
        "rows_replaced": replaced,
        "rows_held": held,
        "rows_kept": kept,
        "sensor_hours": hours,
        "rules": {code: int(rules[code]) for code in CODES},
    }

"""What Seoul's metrics have to be for a day of the simulated city: from the generator's truth, by plain arithmetic.

Written against the definitions of the metrics, in floats and lists; nothing of marts or metrics is used here.
"""

from __future__ import annotations

import math
from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from statistics import fmean

from simulator.world import air, movement, people, registers, sensors, utilities, weather
from simulator.world.world import World

Truth = dict[tuple[str, str], tuple[float, float]]  # (metric, area) -> value, how far rounding may carry it
CITY = "11"
# what one reading is rounded to by its provider, halved: a mean can not be further away than each of its parts
PARTICLE, TEMPERATURE, GAS, MINOR_GAS = 0.5, 0.05, 0.0005, 0.05


def day_truth(world: World, day: date) -> Truth:
    """Every daily metric of one day, for the city and its districts."""
    residents = _residents(world, day)
    parts = (_air, _weighted, _sensors, _weather, _transit, _bikes, _people, _attention, _water)
    found: Truth = {}
    for part in parts:
        found |= part(world, day, residents)
    return found


def poll_truth(world: World, at: datetime) -> Truth:
    """Metrics of what is now, when the night asks."""
    bikes = movement.bike_now(world, at)["bikes"].to_list()
    return {("bike_stations_empty", CITY): (100 * sum(b == 0 for b in bikes) / len(bikes), 1e-9)}


def month_truth(world: World, first: date) -> Truth:
    """Metrics of a whole month: counts of days above a threshold, means and sums of the daily values."""
    days = [first + timedelta(days=n) for n in range(monthrange(first.year, first.month)[1])]
    daily: dict[tuple[str, str], list[float]] = defaultdict(list)
    for day in days:
        residents = _residents(world, day)
        for part in (_air, _sensors, _transit):  # the fields that have monthly metrics
            for key, (value, _) in part(world, day, residents).items():
                daily[key].append(value)
    found: Truth = {}
    for (metric, area), values in daily.items():
        if metric == "sensor_coverage":
            found["sensor_uptime", area] = (fmean(values), 1e-9)
        if metric == "transit_boardings_per_inhabitant":
            found["transit_boardings_per_inhabitant_month", area] = (sum(values), 1e-9)
    limits = (
        ("pm25_mean", "pm25_days_above_who", 15, PARTICLE),
        ("pm25_mean", "pm25_days_above_korea", 35, PARTICLE),
        ("pm10_mean", "pm10_days_above_who", 45, PARTICLE),
        ("pm10_mean", "pm10_days_above_korea", 100, PARTICLE),
        ("apparent_temperature", "heat_warning_days", 33, 0.5),
    )
    for metric, counted, limit, slack in limits:
        for (name, area), values in daily.items():
            if name == metric:
                sure, near = sum(v > limit + slack for v in values), sum(abs(v - limit) <= slack for v in values)
                found[counted, area] = (sure + near / 2, near / 2)
    return found


def _residents(world: World, day: date) -> dict[str, float]:
    """The newest year-end before the day, as registered."""
    years = sorted(int(c.removeprefix("population_")) for c in world.city.areas.columns if c.startswith("population_"))
    found = {}
    for row in world.city.areas.iter_rows(named=True):
        known = [(y, row[f"population_{y}"]) for y in years if row[f"population_{y}"] is not None]
        if not known:  # nobody registers residents by neighbourhood
            continue
        before = [people for year, people in known if year < day.year]
        found[row["code"]] = float(before[-1] if before else known[0][1])
    return found


def _stations(world: World, day: date, kind: str) -> list[dict]:
    return [row for row in air.air_days(world, day).iter_rows(named=True) if row["kind"] == kind]


def _air(world: World, day: date, _residents: dict[str, float]) -> Truth:
    urban, roads = _stations(world, day, "urban"), _stations(world, day, "roadside")
    found: Truth = {("pm25_roadside_mean", CITY): (fmean(s["pm25_ugm3"] for s in roads), PARTICLE)}
    for area, stations in [(CITY, urban), *[(s["area"], [s]) for s in urban]]:
        means = {
            name: fmean(s[name] for s in stations)
            for name in ("pm25_ugm3", "pm10_ugm3", "no2_ppm", "o3_ppm", "so2_ppm", "co_ppm")
        }
        found["pm25_mean", area] = (means["pm25_ugm3"], PARTICLE)
        found["pm10_mean", area] = (means["pm10_ugm3"], PARTICLE)
        low, high = _cai(means, -1), _cai(means, 1)
        found["cai", area] = ((low + high) / 2, (high - low) / 2 + 1)
    return found


# upper class bounds in steps of the published resolution, and how many steps make a unit
_CLASSES = {
    "pm25_ugm3": ((15, 35, 75, 500), 1),
    "pm10_ugm3": ((30, 80, 150, 600), 1),
    "no2_ppm": ((30, 60, 200, 2000), 1000),
    "o3_ppm": ((30, 90, 150, 600), 1000),
    "so2_ppm": ((20, 50, 150, 1000), 1000),
    "co_ppm": ((200, 900, 1500, 5000), 100),
}
_SLACK = {"pm25_ugm3": PARTICLE, "pm10_ugm3": PARTICLE, "co_ppm": MINOR_GAS}


def _cai(means: dict[str, float], side: int) -> float:
    """Korea's index by its table, on one side of what rounding may do; a class begins one step above the one before."""
    points = []
    for name, (tops, steps) in _CLASSES.items():
        step = min(tops[-1], math.floor(max(0.0, means[name] + side * _SLACK.get(name, GAS)) * steps + 0.5))
        place = next(n for n, top in enumerate(tops) if step <= top)
        low, low_index = (tops[place - 1] + 1, (50, 100, 250, 500)[place - 1] + 1) if place else (0, 0)
        points.append(low_index + (step - low) / (tops[place] - low) * ((50, 100, 250, 500)[place] - low_index))
    unhealthy = sum(p > 100 for p in points)
    return min(500.0, max(points) + (75 if unhealthy >= 3 else 50 if unhealthy == 2 else 0))


def _weighted(world: World, day: date, residents: dict[str, float]) -> Truth:
    pm25 = {s["area"]: s["pm25_ugm3"] for s in _stations(world, day, "urban")}
    present = _present(world, day)
    mean_present = {area: fmean(hours) for area, hours in present.items() if area != CITY}
    return {
        ("pm25_population_weighted", CITY): (_mean_by({a: residents[a] for a in pm25}, pm25), PARTICLE),
        ("pm25_living_population_weighted", CITY): (_mean_by(mean_present, pm25), PARTICLE),
    }


def _mean_by(weights: dict[str, float], values: dict[str, float]) -> float:
    return sum(weights[a] * values[a] for a in values) / sum(weights[a] for a in values)


def _sensors(world: World, day: date, _residents: dict[str, float]) -> Truth:
    register = {row["sensor_id"]: row["area"] for row in registers.sensor_register(world).iter_rows(named=True)}
    readings: dict[str, list[dict]] = defaultdict(list)
    for row in sensors.sensor_hours(world, day).iter_rows(named=True):
        readings[row["sensor_id"]].append(row)
    found: Truth = {}
    for area in [CITY, *sorted(set(register.values()))]:
        own = [readings[s] for s, where in register.items() if area in (CITY, where) and s in readings]
        expected = sum(area in (CITY, where) for where in register.values())
        found["sensor_coverage", area] = (100 * len(own) / expected, 1e-9)
        for metric, name in (("sensor_pm25_mean", "pm25_ugm3"), ("sensor_pm10_mean", "pm10_ugm3")):
            found[metric, area] = (_mean_of_means([[r[name] for r in rows] for rows in own]), PARTICLE)
        noise = [_energy_mean([r["noise_db"] for r in rows if r["noise_db"] is not None]) for rows in own]
        found["noise_leq", area] = (_energy_mean([n for n in noise if n is not None]) or math.nan, 0.5)
        if 5 <= day.month <= 9:
            felt = [[_felt(r["temp_c"], r["humidity_pct"]) for r in rows] for rows in own]
            found["apparent_temperature", area] = (_mean_of_means(felt), 0.2)  # humidity comes in whole per cent
    return found


def _mean_of_means(values: Iterable[Sequence[float | None]]) -> float:
    means = [fmean(known) for each in values if (known := [v for v in each if v is not None])]
    return fmean(means)


def _energy_mean(levels: Sequence[float]) -> float | None:
    return 10 * math.log10(fmean(10 ** (level / 10) for level in levels)) if levels else None


def _felt(temp: float | None, humidity: float | None) -> float | None:
    """Korea's summer formula with Stull's wet bulb."""
    if temp is None or humidity is None:
        return None
    wet = (
        temp * math.atan(0.151977 * math.sqrt(humidity + 8.313659))
        + math.atan(temp + humidity)
        - math.atan(humidity - 1.676331)
        + 0.00391838 * humidity**1.5 * math.atan(0.023101 * humidity)
        - 4.686035
    )
    return -0.2442 + 0.55399 * wet + 0.45535 * temp - 0.0022 * wet**2 + 0.00278 * wet * temp + 3.0


def _weather(world: World, day: date, _residents: dict[str, float]) -> Truth:
    (seoul,) = [r for r in weather.weather_provinces(world, day).iter_rows(named=True) if r["province"] == "Seoul"]
    found: Truth = {
        ("air_temperature_mean", CITY): (seoul["avg_temp_c"], TEMPERATURE),
        ("precipitation_total", CITY): (seoul["precipitation_mm"], TEMPERATURE),
    }
    if 5 <= day.month <= 9:
        felt = _felt(seoul["max_temp_c"], seoul["avg_humidity_pct"])
        assert felt is not None
        found["apparent_temperature_max", CITY] = (felt, 0.2)
    return found


def _transit(world: World, day: date, residents: dict[str, float]) -> Truth:
    boardings = sum(movement.subway(world, day)["boardings"].to_list())
    return {("transit_boardings_per_inhabitant", CITY): (boardings / residents[CITY], 1e-9)}


def _bikes(world: World, day: date, residents: dict[str, float]) -> Truth:
    rentals = sum(movement.bike_rentals(world, day)["rentals"].to_list())
    return {("bike_rentals_per_100k", CITY): (rentals / residents[CITY] * 100_000, 1e-6)}


def _present(world: World, day: date) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(lambda: [0.0] * 24)
    for row in people.people_totals(world, day).iter_rows(named=True):
        for area in (CITY, row["dong_code"][:5]):
            found[area][row["hour"]] += row["total"]
    return dict(found)


def _people(world: World, day: date, _residents: dict[str, float]) -> Truth:
    found: Truth = {}
    for area, hours in _present(world, day).items():
        found["living_population", area] = (fmean(hours), 1.0)
        found["day_night_population_ratio", area] = (fmean(hours[9:18]) / fmean(hours[:6]), 1e-3)
    return found


@cache
def _searched(world: World, day: date) -> dict[str, float]:
    return people.search(world, day).row(0, named=True)


def _attention(world: World, day: date, _residents: dict[str, float]) -> Truth:
    """The portal gives shares of the greatest value of the question, which reaches 90 days back."""
    names = ("cold", "flu", "pneumonia", "coronavirus")
    window = [_searched(world, day - timedelta(days=n)) for n in range(401)]
    greatest = max(row[f"{name}_index"] for row in window for name in names)
    return {(f"search_interest_{name}", CITY): (window[0][f"{name}_index"] / greatest * 100, 1e-4) for name in names}


def _water(world: World, day: date, residents: dict[str, float]) -> Truth:
    supplied = [r["m3"] for r in utilities.waterworks(world, day).iter_rows(named=True) if r["kind"] == "supplied"]
    return {("water_supplied_per_inhabitant", CITY): (sum(supplied) * 1000 / residents[CITY], 0.01)}


def night_at(day: date) -> datetime:
    """When the simulated city stands still for the night of a day."""
    return datetime.combine(day, time(23, 30))

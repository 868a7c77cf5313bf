"""An attacker who knows nothing of the product: he opens the published files as any reader, and solves for people.

Every figure of people that a file shows (a day, a month's mean, a figure per square kilometre) is one equation over the
people of the smallest areas by day. Of each group of few he asks how many or how few it can be. He is all readers at
once: whoever may open one of the files tells the others.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
from scipy.optimize import linprog

AIR, WEIGHTED = "pm25_mean", "pm25_living_population_weighted"
Atom = tuple[str, date]  # a smallest area (or who is in none) on a day


@dataclass(frozen=True)
class Shown:
    """One figure, and where it is read."""

    metric: str
    area: str
    period: str
    start: date
    value: float
    file: str


@dataclass(frozen=True)
class Knowledge:
    """What everybody knows: which smallest areas an area has, how large it is, and of which days a month is."""

    leaves: Mapping[str, frozenset[str]]
    km2: Mapping[str, float]
    days: tuple[date, ...]
    weighing: frozenset[str] = frozenset()  # the areas whose air is weighted by their people, in that of the city

    def terms(self, one: Shown) -> dict[Atom, float] | None:
        """The figure as a sum over atoms; None: it is no sum of people."""
        if one.area not in self.leaves:
            return None
        days = [one.start] if one.period == "day" else [day for day in self.days if day.replace(day=1) == one.start]
        share = 1 / len(days)
        if one.metric == "people_present_density":
            share /= self.km2[one.area]
        elif one.metric not in ("living_population", "living_population_month"):
            return None
        return {(leaf, day): share for leaf in self.leaves[one.area] for day in days}


def read_all(folder: Path) -> list[Shown]:
    """Every figure with metric, area and time in the files below a folder: databases, CSV, JSON and Parquet."""
    found = list[Shown]()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".duckdb":
            found += in_database(path, name)
        elif path.suffix == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as file:
                found += _in_rows(csv.DictReader(file), name)
        elif path.suffix == ".parquet":
            found += _in_rows(pl.read_parquet(path).iter_rows(named=True), name)
        elif path.suffix in (".json", ".jsonld"):
            found += _in_json(json.loads(path.read_text("utf-8")), name)
    return found


def in_database(path: Path, name: str) -> Iterator[Shown]:
    """Every figure of a file, of whatever table or view."""
    with duckdb.connect(str(path), read_only=True) as con:
        tables = con.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        for schema, table in tables:
            if schema not in ("core", "model"):
                found = con.execute(f'FROM "{schema}"."{table}"')
                names = [one[0] for one in found.description or ()]
                rows = (dict(zip(names, row, strict=True)) for row in found.fetchall())
                yield from _in_rows(rows, f"{name} {schema}.{table}")


def _in_rows(rows: Iterable[Mapping[str, object]], where: str) -> Iterator[Shown]:
    for row in rows:
        start = row.get("period_start") or row.get("day")
        if not row.get("area") or not start:
            continue
        day = date.fromisoformat(str(start)[:10])
        if row.get("metric"):
            for column in ("value", "previous"):
                if column == "value" and row.get(column) not in (None, ""):
                    period = str(row.get("period") or "day")
                    yield Shown(str(row["metric"]), str(row["area"]), period, day, float(str(row[column])), where)
            continue
        for metric in ("living_population", "people_present_density"):  # a column for each
            if row.get(metric) not in (None, ""):
                yield Shown(metric, str(row["area"]), "day", day, float(str(row[metric])), where)


def _in_json(said: object, where: str) -> Iterator[Shown]:
    if isinstance(said, dict):
        yield from _in_rows([said], where)
        said = list(said.values())
    if isinstance(said, list):
        for one in said:
            yield from _in_json(one, where)


@dataclass(frozen=True)
class Group:
    """Some people of whom nobody may learn how many they are: a smallest area, an area, who is in none."""

    area: str
    day: date
    atoms: frozenset[Atom]
    people: float


def found_out(
    shown: Iterable[Shown],
    known: Knowledge,
    groups: Iterable[Group],
    near: float = 0.1,
    *,
    before: tuple[Iterable[Shown], Knowledge] | None = None,
) -> set[tuple[str, date]]:
    """The groups whose number follows from all that is shown, to `near` of it. before: what is shown of when areas had
    other parts, and which they had."""
    equations = _equations(shown, known)
    if before is not None:
        equations = _equations(*before) | equations
    groups = list(groups)
    atoms = sorted({atom for terms in equations for atom, _ in terms} | {a for one in groups for a in one.atoms})
    place = {atom: n for n, atom in enumerate(atoms)}
    matrix, right = np.zeros((len(equations), len(atoms))), np.zeros(len(equations))
    for row, (terms, value) in enumerate(equations.items()):
        for atom, factor in terms:
            matrix[row, place[atom]] = factor
        right[row] = value
    return {(one.area, one.day) for one in groups if _is_found(one, place, matrix, right, near)}


def _equations(shown: Iterable[Shown], known: Knowledge) -> dict[tuple[tuple[Atom, float], ...], float]:
    shown = list(shown)
    of_people = ((one, known.terms(one)) for one in shown)
    found = {tuple(sorted(terms.items())): one.value for one, terms in of_people if terms is not None}
    air = {(one.area, one.start): one.value for one in shown if one.metric == AIR}
    for one in shown:
        if one.metric == WEIGHTED:  # the people of each district times its air, less all of them times the mean, are 0
            parts = {
                (leaf, one.start): air[area, one.start] - one.value
                for area, leaves in known.leaves.items()
                if area in known.weighing and (area, one.start) in air
                for leaf in leaves
            }
            found[tuple(sorted(parts.items()))] = 0.0
    return found


def slightly_changed(shown: Iterable[Shown], known: Knowledge, fewest: float = 3) -> set[tuple[str, date]]:
    """The areas and days of which two files show numbers of people that differ by a few: by who came late."""
    people = dict[tuple[str, str, date], set[float]]()
    for one in shown:
        if (terms := known.terms(one)) is not None:
            share = next(iter(terms.values()))
            people.setdefault((one.area, one.period, one.start), set()).add(round(one.value / share, 6))
    return {
        (area, start)
        for (area, _, start), numbers in people.items()
        if any(0 < abs(one - other) < fewest for one in numbers for other in numbers)
    }


def _is_found(group: Group, place: Mapping[Atom, int], matrix: np.ndarray, right: np.ndarray, near: float) -> bool:
    wanted = np.zeros(len(place))
    for atom in group.atoms:
        wanted[place[atom]] = 1.0
    ends = list[float]()
    for sign in (1, -1):
        solved = linprog(sign * wanted, A_eq=matrix, b_eq=right, bounds=(0, None), method="highs")
        if solved.status == 3:  # nothing holds it
            ends.append(float("inf") * -sign)
        else:
            assert solved.status == 0, f"the published figures contradict each other: {solved.message}"
            ends.append(float(wanted @ solved.x))
    low, high = ends
    return group.people - low < near * group.people - 1e-6 or high - group.people < near * group.people - 1e-6

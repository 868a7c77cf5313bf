"""The document of a proposal, part by part: its keys, the time, columns of models, a place, and the rest."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl

from assets.pack.city import CityConfig
from assets.propose.cells import Cells
from assets.propose.entries import MOST_OWN, left_over, model_entry, own_entry, own_name, shortest
from assets.propose.file_names import SITE, date_in_name
from assets.propose.intervals import IntervalFound, interval_of
from assets.propose.matching import Fit, Match
from assets.propose.networks import add_network
from assets.propose.saved_replies import OBSERVED_FROM
from assets.propose.seen import Doubt, Look
from assets.propose.time_columns import TimeFound
from assets.propose.units import VOLUMES_AT_20
from quality.contract.columns import TIME
from quality.contract.models import PLACE, Model
from quality.units.unit import units_of


@dataclass
class Begun:
    """What is proposed so far."""

    columns: dict[str, Any] = field(default_factory=dict)
    layout: dict[str, Any] = field(default_factory=dict)
    doubts: list[Doubt] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


def begun_document(
    begun: Begun,
    seen: Look,
    name: str,
    match: Match,
    models: Mapping[str, Model],
    times: TimeFound | None,
    country: str | None,
) -> dict[str, Any]:
    """All keys but the columns."""
    files = seen.name or (seen.files[0].name if seen.files else name)
    document: dict[str, Any] = {
        "title": name.replace("_", " ").capitalize(),
        "purpose": f"What {files} holds.",
        "owner": "?",
        "licence": "?",
    }
    begun.doubts += [
        Doubt(("title",), "What do people call it?"),
        Doubt(("purpose",), "What is it for, in a sentence?"),
        Doubt(("owner",), "Who delivers it?"),
        Doubt(("licence",), "What may be done with it?"),
    ]
    if match.models:
        document["implements"] = match.models[0] if len(match.models) == 1 else list(match.models)
        begun.said.append(f"Its rows are of {' and '.join(match.models)}.")
    else:
        document["row"] = "a row of the delivery"
        begun.doubts.append(Doubt((), "No model fits these columns; all of them are the feed's own."))
        begun.said.append("No model fits its columns.")
    if times is None:
        document["reference_since"] = _since(begun, seen)
    begun.doubts += add_network(document, match.models)
    mass = [one for one, fit in match.fits.items() if _mass(fit, models)]
    if mass:
        at = "20 degC" if country in VOLUMES_AT_20 else "25 degC"
        document["gases_at"] = {"temperature": at, "pressure": "1013.25 hPa"}
        begun.doubts.append(
            Doubt(("gases_at",), "At which temperature are the volumes of gases? 20 and 25 degC are usual.")
        )
    document["files"] = {"paths": list(seen.paths)}
    return document


def _mass(fit: Fit, models: Mapping[str, Model]) -> bool:
    what = models[fit.meaning.model].columns[fit.column]
    if what.substance is None or fit.unit is None or fit.unit.unit is None:
        return False
    return any(("meter", -3) in unit.atoms for unit in units_of(fit.unit.unit))


def _since(begun: Begun, seen: Look) -> date:
    named = next((found for path in seen.files if (found := date_in_name(path.name)) is not None), None)
    if named is not None:
        begun.doubts.append(
            Doubt(("reference_since",), "From which day on does it hold? This is the date in the file's name.")
        )
        return named
    begun.doubts.append(
        Doubt(("reference_since",), "From which day on does it hold? This is the day on which the file was saved.")
    )
    stamps = [path.stat().st_mtime for path in seen.files if path.exists()]
    return datetime.fromtimestamp(min(stamps), UTC).date() if stamps else datetime.now(UTC).date()


def add_time(
    begun: Begun,
    document: dict[str, Any],
    times: TimeFound | None,
    match: Match,
    cells: Mapping[str, Cells],
    models: Mapping[str, Model],
    city: CityConfig | None,
    *,
    said: str | None,
) -> None:
    """The column of time, how it is joined, and the interval; `said`: that which the rows themselves say."""
    if times is None:
        if all(models[one].time == "register" for one in match.models):
            return
        if any(models[one].time == "interval" for one in match.models):
            document["interval"] = "day"
        begun.doubts.append(Doubt((), "No column says when a row is of; the whole file is taken for a register."))
        return
    if times.join is not None:
        begun.layout["join"] = {_free(TIME, cells): times.join}
    begun.columns[TIME] = shortest(times.as_column(_free(TIME, cells)))
    begun.doubts += times.doubts
    keys = [
        fit.name
        for one, fit in match.fits.items()
        if _is_key(one, fit, models) and cells[fit.name].texts.null_count() == 0
    ]
    groups = pl.DataFrame({str(number): cells[key].texts for number, key in enumerate(keys)})
    groups = groups if keys else pl.DataFrame({"0": pl.repeat("", times.moments.len(), eager=True)})
    instants = bool(match.models) and all(models[one].time == "instant" for one in match.models)
    interval = interval_of(times, groups, instants=instants) if said is None or instants else IntervalFound(said)
    if times.columns == (OBSERVED_FROM,) and interval.name.endswith("_ending"):  # pages begin at any hour
        what = "Does the time begin its interval, or end it? It is a moment, and nothing says it."
        interval = IntervalFound(interval.name.replace("_ending", "_beginning"), (Doubt(("interval",), what),))
    document["interval"] = interval.name
    begun.doubts += interval.doubts
    if city is None and (
        times.zone is not None or "iso" in times.written.formats or "epoch" in times.written.formats[0]
    ):
        begun.doubts.append(Doubt(("columns", TIME), "The times say their zone; they become those of the city."))


def _is_key(column: str, fit: Fit, models: Mapping[str, Model]) -> bool:
    return models[fit.meaning.model].columns[column].key


def _free(name: str, cells: Mapping[str, Cells]) -> str:
    """A name that no delivered column has."""
    while name in cells:
        name = f"{name}_joined"
    return name


def add_columns(
    begun: Begun,
    match: Match,
    cells: Mapping[str, Cells],
    models: Mapping[str, Model],
    seen: Look,
    of_units: Mapping[str, str],
) -> None:
    for one, fit in match.fits.items():
        what, column = models[fit.meaning.model].columns[one], cells[fit.name]
        units = [of_units[fit.name], *seen.also.get(of_units[fit.name], ())] if fit.name in of_units else []
        units = units if what.type in ("number", "integer") and what.unit is not None else []
        entry = model_entry(fit, what, column, seen.also.get(fit.name, ()), units, mass=_mass(fit, models))
        begun.columns[one] = _optional(entry.said) if fit.name in seen.sometimes and not what.key else entry.said
        begun.doubts += entry.doubts


def _optional(said: Any) -> dict[str, Any]:
    """The entry of a column that is not in all files."""
    return {**(said if isinstance(said, dict) else {"from": said}), "optional": True}


def needs_place(begun: Begun, match: Match, models: Mapping[str, Model]) -> bool:
    """Whether a model wants a place, and no column is called so."""
    wanted = any(PLACE in models[one].columns and models[one].columns[PLACE].required for one in match.models)
    return wanted and PLACE not in begun.columns


def add_place(
    begun: Begun, match: Match, cells: Mapping[str, Cells], seen: Look, times: TimeFound | None, skip: Collection[str]
) -> None:
    """A place, where no column is called so: another that tells the rows of one time apart, else a constant."""
    telling = None if times is None else _telling(match, cells, times, skip)
    if telling is not None:
        other = next((one for one, fit in match.fits.items() if fit.name == telling), None)
        begun.columns[PLACE] = telling if other is None else begun.columns[other]
        text = f"Is this what a row is about? Each time is there once for each {telling}."
        begun.doubts.append(Doubt(("columns", PLACE), text))
        return
    site = _free(SITE, cells)
    begun.columns[PLACE] = site
    if {"lat", "lon"} <= set(match.fits):
        lat, lon = match.fits["lat"].name, match.fits["lon"].name
        begun.layout["join"] = {**begun.layout.get("join", {}), site: f"{{{lat}}} {{{lon}}}"}
        text = "Which place is it about? Nothing says it but latitude and longitude."
        begun.doubts.append(Doubt(("columns", PLACE), text))
        return
    named = (seen.name or begun.said[0] if begun.said else seen.name).strip() or "?"
    begun.layout["constants"] = {**begun.layout.get("constants", {}), site: named}
    text = "Which place is it about? No column says it; this is the name of the file."
    begun.doubts.append(Doubt(("files", "layout", "constants"), text))


def place_told(match: Match, cells: Mapping[str, Cells], times: TimeFound | None, skip: Collection[str]) -> bool:
    """Whether columns of the rows say a place, though none is called so."""
    return {"lat", "lon"} <= set(match.fits) or (times is not None and _telling(match, cells, times, skip) is not None)


def _telling(match: Match, cells: Mapping[str, Cells], times: TimeFound, skip: Collection[str]) -> str | None:
    """The column by which the rows of one time are told apart; one that is called a code before others."""
    taken = {fit.name for one, fit in match.fits.items() if one not in ("area", "name")}
    texts = {
        name: column.texts
        for name, column in cells.items()
        if name not in taken
        and name not in skip
        and (not column.numeric or column.coded or column.whole)
        and column.distinct > 1
        and not column.texts.null_count()
    }
    if not texts:
        return None
    frame = pl.DataFrame({str(number): column for number, column in enumerate(texts.values())})
    frame = frame.with_columns(times.moments.alias("time"))
    rows, found = frame.n_unique(), list[str]()
    if times.moments.n_unique() < rows:
        enough = 0.98 * rows
        found = [name for n, name in enumerate(texts) if frame.select("time", str(n)).n_unique() > enough]
    coded = [name for name in found if re.search(r"(?i)code|id$|_id|코드|번호|no$|编|コード", name)]
    return next(iter([*coded, *found]), None)


def _sources(columns: Mapping[str, Any]) -> set[str]:
    """The delivered columns that are read already."""
    said = [entry["from"] if isinstance(entry, dict) else entry for entry in columns.values()]
    return {name for one in said for name in (one if isinstance(one, list) else [one])}


def add_others(
    begun: Begun, match: Match, cells: Mapping[str, Cells], skip: Collection[str], seen: Look, known: Collection[str]
) -> None:
    """Columns that no model has. `known`: names that are those of the models."""
    taken = {*skip, *(fit.name for fit in match.fits.values()), *_sources(begun.columns)}
    own, idle = left_over(cells, taken)
    if len(own) > MOST_OWN and match.models:
        begun.doubts.append(
            Doubt(("columns",), f"No model has these columns; add those that you need: {', '.join(own[:60])}.")
        )
        own = []
    for name in own[:60]:
        new = own_name(cells[name].header.said, [*begun.columns, TIME, *known])
        entry = own_entry(cells[name], new)
        begun.columns[new] = _optional(entry.said) if name in seen.sometimes else entry.said
        begun.doubts += entry.doubts
    if idle:
        begun.doubts.append(Doubt(("columns",), f"Left out, as they say nothing of their own: {', '.join(idle[:60])}."))
    refused = [name for name in match.refused if name in own]
    begun.doubts += [Doubt(("columns",), f"{name} is not taken for {match.refused[name]}.") for name in refused]


def keyed(begun: Begun, match: Match, models: Mapping[str, Model]) -> bool:
    """Whether a column is part of a key."""
    own = any(isinstance(said, dict) and said.get("key") for said in begun.columns.values())
    return (
        own
        or TIME in begun.columns
        or any(
            one in models[name].columns and models[name].columns[one].key
            for one in begun.columns
            for name in match.models
        )
    )


def with_places_rule(document: dict[str, Any], rows: pl.DataFrame) -> dict[str, Any]:
    """With a rule on how many places there are at least: half of those of a usual day."""
    if PLACE not in document["columns"] or rows.is_empty():
        return document
    days = rows.group_by("day").agg(pl.col(PLACE).n_unique())
    usual = int(days[PLACE].median() or 0)  # type: ignore[arg-type, call-overload]
    if usual < 2:
        return document
    least = max(1, math.ceil(usual / 2))
    rule = {
        "name": "places",
        "title": f"At least {least} places are there" if least > 1 else "At least 1 place is there",
        "figure": f"COUNT(DISTINCT {PLACE})",
        "least": least,
        "severity": "warning",
    }
    return document | {"rules": [*document.get("rules", []), rule]}

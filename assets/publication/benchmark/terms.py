"""What a pack says of each of its metrics that decides with which city its values may be compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import polars as pl

from assets.derive.parts import feeds_of, with_parts
from assets.metrics.definition import MetricDefinition
from assets.metrics.entries import platform_metrics
from assets.metrics.in_words import steps_in_words
from assets.pack.city import City

PERIODS = ("month", "quarter", "year")  # of these values are compared: no two days of cities are alike
TERMS = pl.Schema(
    {
        "city": pl.String,
        "area": pl.String,
        "metric": pl.String,
        "of": pl.String,  # the metric of the days that its periods are made of; null where readings are of the period
        "comparability": pl.String,
        "direction": pl.String,
        "needs": pl.Float64,  # what the metric asks for, whatever less is enough for a pack
        "own": pl.String,  # what the pack does in a way of its own
        "boundary_kind": pl.String,
        "boundary_version": pl.String,
        "network": pl.String,
        "kind": pl.String,  # measured, modelled or reported
        "provider": pl.String,
    }
)


def terms_of(cities: Iterable[City]) -> pl.DataFrame:
    """A row in TERMS for each metric of a longer period that a city as a whole can have."""
    return pl.DataFrame([row for city in cities for row in _of_city(city)], schema=TERMS, orient="row")


def boundary_version(city: City) -> str:
    """What the pack states, else a digest of which areas make up the city, and how large it is."""
    if city.config.boundary.version is not None:
        return city.config.boundary.version
    whole = city.areas.filter(pl.col("code") == city.config.area)["area_km2"].item()
    areas = sorted(city.areas.select("code", "level").rows())
    return f"areas {hashlib.sha256(repr((whole, areas)).encode()).hexdigest()[:8]}"


def _of_city(city: City) -> Iterator[tuple[object, ...]]:
    version = boundary_version(city)
    for metric, definition in city.metrics.items():
        if definition.period not in PERIODS:
            continue
        feeds = [city.contracts[feed] for feed in sorted(feeds_of(city, metric)) if feed in city.contracts]
        networks = sorted({feed.network for feed in feeds if feed.network is not None})
        proxy = definition.proxy is not None
        yield (
            city.name,
            city.config.area,
            metric,
            definition.of,
            definition.comparability,
            definition.direction,
            definition.min_completeness,
            _own(city, definition),
            city.config.boundary.kind,
            version,
            ", ".join(networks) or None,
            _kind(networks, proxy=proxy),
            "; ".join(sorted({feed.owner for feed in feeds})) or None,
        )


def _kind(networks: Sequence[str], *, proxy: bool) -> str:
    if "modelled" in networks:
        return "modelled"
    return "measured" if networks else "modelled" if proxy else "reported"


def _own(city: City, definition: MetricDefinition) -> str | None:
    """What the pack defines, leaves out or sets by itself, in the metric and in what it is made of.

    Entries of two packs that say the same steps are the same.
    """
    said = list[str]()
    for name in with_parts([definition.entry], {name: named.entry for name, named in city.entries.items()}):
        entry, metric = city.entries[name].entry, platform_metrics().get(name)
        if metric is None:
            steps = hashlib.sha256(repr((entry.unit, steps_in_words(entry))).encode()).hexdigest()[:8]
            said.append(f"{name} of packs, {steps}")
        else:
            chosen = [(one, city.choices.get(one)) for one in dict.fromkeys((name, metric.entry))]
            said += [f"{one} where {choice.where}" for one, choice in chosen if choice is not None and choice.where]
        said += [f"{one} = {city.parameters[one]}" for one in entry.parameters if one in city.parameters]
    return "; ".join(dict.fromkeys(said)) or None

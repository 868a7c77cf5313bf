"""The bicycles for hire as a GBFS system, versions 2.3 and 3.0."""

from __future__ import annotations

import polars as pl

from simulator.messages import Question, Selection
from simulator.rendering.instants import now_utc
from simulator.world.movement import bike_now
from simulator.world.network import docking_stations

TTL_S = 60


def shape(question: Question, selection: Selection) -> pl.DataFrame | None:
    """(version, name of the feed): its records; None for a feed that the system does not have."""
    version, name = selection
    new = version == "3.0"
    if name == "station_information":
        rows = docking_stations(question.world)
        title = pl.concat_list(pl.struct(text="name", language=pl.lit(_language(question)))) if new else pl.col("name")
        return rows.select(
            "station_id",
            name=title,
            lat=pl.col("lat").round(6),
            lon=pl.col("lon").round(6),
            capacity="racks",
            region_id="area",
        )
    if name == "station_status":
        rows = bike_now(question.world, question.now).join(
            docking_stations(question.world), on="station_id", maintain_order="left"
        )
        age = pl.Series(question.world.random("bikes/reported").integers(1, 50, rows.height))
        at = updated(question) - 60
        reported = (at - age).rename("last_reported")
        when = pl.from_epoch(reported, "s").dt.strftime("%Y-%m-%dT%H:%M:%S+00:00") if new else reported
        kinds = pl.concat_list(pl.struct(vehicle_type_id=pl.lit("bike"), count="bikes"))
        free = pl.max_horizontal(pl.col("racks") - pl.col("bikes"), pl.lit(0))  # bicycles may stand beside full racks
        return rows.select(
            "station_id",
            is_installed=pl.lit(value=True),
            is_renting=pl.lit(value=True),
            is_returning=pl.lit(value=True),
            **{"num_vehicles_available" if new else "num_bikes_available": pl.col("bikes")},
            num_docks_available=free,
            **({"vehicle_types_available": kinds} if new else {}),
        ).with_columns(pl.Series(when).alias("last_reported"))
    if name == "system_information":
        facts = question.world.city.config
        plain = {
            "system_id": facts.name,
            "timezone": facts.timezone,
            "language": _language(question),
            "name": facts.title.in_(facts.languages),
        }
        described = {
            "system_id": facts.name,
            "timezone": facts.timezone,
            "languages": list(facts.languages),
            "name": [{"text": facts.title.in_((tag, *facts.languages)), "language": tag} for tag in facts.languages],
            "opening_hours": "24/7",
            "feed_contact_email": "nobody@example.org",
        }
        return pl.DataFrame([described if new else plain])
    return None


def updated(question: Question) -> int:
    """When the feed was made, in POSIX seconds: the last full minute of the simulated clock."""
    return int(now_utc(question).timestamp()) // TTL_S * TTL_S


def _language(question: Question) -> str:
    return question.world.city.config.languages[0]

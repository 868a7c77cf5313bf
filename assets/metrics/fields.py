"""The fields of a city, each with the subjects of metrics that belong to it: the rows of the README's table.

A subject is a file of entries. One that a pack has of its own alone may stand in no field.
"""

from __future__ import annotations

from collections.abc import Mapping

FIELDS: Mapping[str, tuple[str, ...]] = {
    "environment": (
        "air_quality",
        "city_air_series",
        "exposure",
        "noise_level",
        "sensor_agreement",
        "sensor_corrections",
        "street_sensors",
        "weather",
    ),
    "traffic and transport": (
        "boardings",
        "night_transport",
        "parking",
        "rentals",
        "road_traffic",
        "shared_vehicles",
        "transit_supply",
    ),
    "people": ("people_present", "residents"),
    "commerce and prices": ("businesses", "prices", "recovery", "sales"),
    "searches at a portal": ("search_interest",),
    "housing and regeneration": ("buildings", "dwelling_sales", "regeneration"),
    "energy and water": ("energy_use", "water_level", "water_use"),
    "safety, requests, spending": ("budget", "facilities", "incidents", "requests"),
    "the platform itself": ("platform",),
}


def field_of(subject: str) -> str | None:
    """The field of a subject; None: it stands in none."""
    return next((field for field, subjects in FIELDS.items() if subject in subjects), None)

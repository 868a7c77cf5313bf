"""The schemas that stand beside packs and models, and the line by which an editor finds that of a file."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from assets.metrics.entries import FOLDER as METRICS
from assets.models import FOLDER
from assets.schemas.city import city_schema, metrics_schema, sharing_schema
from assets.schemas.draft7 import Schema
from assets.schemas.feed import feed_schema
from assets.schemas.metric import entries_schema, platform_entries_schema
from assets.schemas.model import model_schema, shared_columns_schema
from assets.schemas.standard import standard_schema
from assets.standards.standards import STANDARDS
from warehouse.files import ANYBODY, write_atomically

SCHEMAS = ".schemas"  # below the folder of packs
OF_PACKS: Mapping[str, Callable[[], Schema]] = {
    "city": city_schema,
    "feed": feed_schema,
    "metrics": metrics_schema,
    "metric": entries_schema,
    "sharing": sharing_schema,
}
OF_PLATFORM: Mapping[Path, Callable[[], Schema]] = {
    FOLDER / ".schema.json": model_schema,
    FOLDER / "shared" / ".schema.json": shared_columns_schema,
    METRICS / ".schema.json": platform_entries_schema,
    STANDARDS / ".schema.json": standard_schema,
}
_TITLES = {
    "city": "city.yaml",
    "feed": "The file of a feed",
    "metrics": "metrics.yaml",
    "metric": "Metrics of a city's own",
    "sharing": "sharing.yaml",
}


def schema_text(title: str, schema: Schema) -> str:
    """The text of a schema's file."""
    about = {"$schema": "http://json-schema.org/draft-07/schema#", "title": title, "$comment": "Made by Madang."}
    return json.dumps(about | schema, ensure_ascii=False, indent=1) + "\n"


def write_schemas(cities: Path) -> list[Path]:
    """Write the schemas of packs below this folder of packs, those that are missing or those of another version.

    Returns the files written. Raises OSError.
    """
    texts = {cities / SCHEMAS / f"{name}.json": schema_text(_TITLES[name], make()) for name, make in OF_PACKS.items()}
    return [path for path, text in texts.items() if _written(path, text)]


def write_platform_schemas() -> list[Path]:
    """The same of the platform's own models and metrics."""
    texts = {path: schema_text(_title(path), make()) for path, make in OF_PLATFORM.items()}
    return [path for path, text in texts.items() if _written(path, text)]


def schema_line(file: Path, cities: Path, name: str) -> str:
    """The first line of a file of a pack, by which an editor finds its schema."""
    return (
        f"# yaml-language-server: $schema={Path(os.path.relpath(cities / SCHEMAS, file.parent)).as_posix()}/{name}.json"
    )


def _title(path: Path) -> str:
    return {METRICS: "Metrics", STANDARDS: "A standard"}.get(path.parent, "A model")


def _written(path: Path, text: str) -> bool:
    if path.is_file() and path.read_bytes() == text.encode():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, text.encode(), ANYBODY)
    return True

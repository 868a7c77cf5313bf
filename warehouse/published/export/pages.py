"""What goes with the tables of an export: README, data dictionary, and the manifest with the hash of each file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from warehouse.published.export.source import READINGS, Exported, ExportedTable, Format
from warehouse.published.export.write import table_file
from warehouse.published.markdown import markdown_cell, markdown_table
from warehouse.published.spec import SCHEMAS

_FORMS = {
    Format.DUCKDB: "`madang.duckdb`: all tables, with keys and comments; DuckDB 1.0 and later open it",
    Format.PARQUET: "`parquet/`: a file for each table",
    Format.CSV: '`csv/`: the same as CSV in UTF-8; null is nothing, an empty text is `""`, a list is JSON',
}


def readme(exported: Exported, formats: frozenset[Format]) -> str:
    """What is in the folder, whom to name, and under which licences it came."""
    cities = ", ".join(map(markdown_cell, exported.cities.values())) or "no city"
    published = f"version {exported.version}, published {exported.published_at:%Y-%m-%d %H:%M} UTC"
    lines = [f"# City data: {cities}", "", f"{published[0].upper()}{published[1:]}.", ""]
    if exported.simulated:
        lines += [
            f"**These figures are made up.** They come from the simulated city: {', '.join(exported.simulated)}.",
            "",
        ]
    lines += ["## What is here", "", *(f"- {_FORMS[form]}" for form in Format if form in formats)]
    lines += [
        "- `dictionary.md`, `dictionary.json`: every table and column: meaning, unit, key, licence",
        "- `manifest.json`: every file with its size and SHA-256",
        "",
        "Times named `..._at` are UTC; days are days of the city. An absent value is null, never zero: `reason` says "
        "why. Feeds that are private are not in it, only what is made from them by area.",
        "",
        "## How to cite",
        "",
        f"> {cities}: city data, {published}, made with Madang from the sources below. "
        f"Content {exported.content_hash[:16]}.",
        "",
        "## Sources and licences",
        "",
        "What is made from several sources is under the licences of all of them.",
        "",
        *markdown_table(
            ("city", "source", "owner", "licence", "limitations", "rows"),
            (
                [f[n] for n in ("city", "title", "owner", "licence", "limitations")] + [_place(f)]
                for f in exported.feeds
            ),
        ),
        "",
        "## What the metrics rest on",
        "",
        *markdown_table(("city", "metric", "title", "licences"), _licences_of_metrics(exported)),
    ]
    return "\n".join(lines) + "\n"


def dictionary_json(exported: Exported, rows: Mapping[str, int]) -> str:
    """Every table and column, for programs."""
    tables = [
        {
            "schema": one.schema,
            "table": one.name,
            "meaning": one.meaning,
            "key": one.key,
            "rows": rows.get(str(one)),
            "licences": licences(exported, one),
            "columns": [
                {"name": c.name, "type": c.type, "unit": c.unit, "key": c.is_key, "meaning": c.meaning}
                for c in one.columns
            ],
        }
        for one in exported.tables
    ]
    return json.dumps({"version": exported.version, "tables": tables}, ensure_ascii=False, indent=1) + "\n"


def dictionary_markdown(exported: Exported, formats: frozenset[Format]) -> str:
    """The same for people."""
    lines = ["# Data dictionary", ""]
    for schema, about in SCHEMAS.items():
        inside = [one for one in exported.tables if one.schema == schema]
        if inside:
            lines += [f"## {schema}", "", about, ""]
        for one in inside:
            lines += [f"### {markdown_cell(one)}", "", markdown_cell(one.meaning), ""]
            files = [f"`{form}/{table_file(one, form)}`" for form in Format if form in formats and has_file(one, form)]
            of_feeds = one.schema in READINGS
            named = map(markdown_cell, licences(exported, one)) if of_feeds else ["those of the sources, see README.md"]
            found = [("Files", files), ("Licences", list(named))]
            lines += [f"{what}: {'; '.join(texts)}\n" for what, texts in found if texts]
            columns = [(c.name, c.type, c.unit, "yes" if c.is_key else "", c.meaning) for c in one.columns]
            lines += [*markdown_table(("column", "type", "unit", "key", "meaning"), columns), ""]
    return "\n".join(lines)


def has_file(one: ExportedTable, form: Format) -> bool:
    """Whether the table is a file of its own in this form."""
    return form is not Format.DUCKDB and not one.is_union


def licences(exported: Exported, one: ExportedTable) -> list[str]:
    """Of a table of readings those of its feeds; of all others those of all feeds."""
    if one.schema == "core":
        feeds = [feed for feed in exported.feeds if feed["table_name"] == str(one)]
    elif one.schema == "model":
        feeds = [feed for feed in exported.feeds if one.name in feed["models"] and not feed["is_private"]]
    else:
        feeds = list(exported.feeds)
    return sorted({feed["licence"] for feed in feeds})


def manifest_json(exported: Exported, folder: Path) -> str:
    """Every file of the folder with its size and hash."""
    files = [
        {"file": str(path.relative_to(folder)), "bytes": path.stat().st_size, "sha256": _hash(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    about = {
        "version": exported.version,
        "published_at": f"{exported.published_at.isoformat()}Z",
        "content_hash": exported.content_hash,
        "cities": list(exported.cities),
        "simulated": list(exported.simulated),
        "files": files,
    }
    return json.dumps(about, ensure_ascii=False, indent=1) + "\n"


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _place(feed: Mapping[str, Any]) -> str:
    return "private: not here" if feed["is_private"] else str(feed["table_name"])


def _licences_of_metrics(exported: Exported) -> Iterator[Sequence[object]]:
    for metric in exported.metrics:
        rests_on = {(metric["city"], feed) for feed in metric["feeds"] or ()}
        found = sorted({feed["licence"] for feed in exported.feeds if (feed["city"], feed["feed"]) in rests_on})
        yield metric["city"], metric["metric"], metric["title"], "; ".join(found)

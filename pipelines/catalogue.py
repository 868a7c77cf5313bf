"""What Dagster's catalogue says of a table: its words, columns, owner and licence."""

from __future__ import annotations

from typing import Any

import dagster as dg

from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.metrics.choice import MetricChoice
from assets.metrics.in_words import rule_in_words, steps_in_words
from assets.pack.city import City
from assets.publication.columns import core_table
from pipelines.visible import markdown_text, visible
from quality.contract.model import Contract

TYPES = {"integer": "int", "number": "float", "boolean": "bool"}


def catalogued(
    city: City, contract: Contract, layer: str, kinds: set[str], title: str | None = None, more: str = ""
) -> dict[str, Any]:
    """The fields of an asset's spec that follow from the contract of its table. `more`: Markdown below its words."""
    columns = [
        dg.TableColumn(
            c.name,
            TYPES.get(c.type, c.type),
            description=markdown_text(c.description.shown + (f" [{c.spec.unit}]" if c.spec.unit else "")),
            constraints=dg.TableColumnConstraints(nullable=not (c.required or c.key), unique=contract.key == (c.name,)),
        )
        for c in contract.columns
    ]
    text = markdown_text(
        (title or contract.title.shown).rstrip(".")
    )  # a list of assets shows its signs as they are: no Markdown
    text += f": {markdown_text(contract.grain)}.\n\n" if contract.grain else ".\n\n"
    text += markdown_text(contract.description.shown)
    if contract.limitations:
        text += f"\n\n_Limits:_ {markdown_text(contract.limitations.shown)}"
    text += f"\n\n{more}" if more else ""
    return {
        "group_name": layer,
        "kinds": kinds,
        "owners": [f"team:{team(contract)}"],
        "tags": {"city": city.name, "classification": contract.classification}
        | {f"model/{name}": "" for name in contract.models},
        "description": text,
        "metadata": {
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "dagster/table_name": _published_name(city, contract, layer),
            "licence": visible(contract.licence),
            "contract": f"{contract.name} {contract.version}, {contract.hash}",
        },
    }


def metrics_in_words(city: City, table: SubjectTable | PeriodTable) -> str:
    """A list of the metrics of a table that are published: title, unit, steps, and what the city aims at."""
    if isinstance(table, SubjectTable):
        names = [name for name in table.metrics if name in city.metrics]
    else:
        names = [rollup.metric for rollups in table.rollups.values() for rollup in rollups]
    return "\n".join(f"- {markdown_text(_metric_in_words(city, name))}" for name in names)


def _metric_in_words(city: City, name: str) -> str:
    metric, choice = city.metrics[name], city.choices.get(name, MetricChoice())
    steps = (
        [rule_in_words(metric.rule, metric.of, metric.period.replace("_", " "))]
        if metric.rule is not None and metric.of is not None
        else steps_in_words(city.entries[metric.entry].entry)
    )
    said = f"{name}: {city.metric_title(name).shown} [{metric.unit}]: {'; '.join(steps)}."
    if choice.target is None:
        return said
    of_whom = f" ({choice.target_source})" if choice.target_source else ""
    return f"{said} Target {choice.target:g}{of_whom}."


def _published_name(city: City, contract: Contract, layer: str) -> str:
    """The name in the published file; a private feed is not there."""
    if layer != "core" or contract.private:
        return f"{layer}.{contract.name}"
    return f"{layer}.{core_table(contract, city.name).name}"


def team(contract: Contract) -> str:
    """Its owner as Dagster takes the name of a team."""
    return "".join(ch if ch.isalnum() else "-" for ch in contract.owner.lower())

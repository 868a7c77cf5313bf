"""What Dagster's catalogue says of a table: its words, columns, owner and licence."""

from __future__ import annotations

from typing import Any

import dagster as dg

from assets.derive.marts import MartTable
from assets.derive.periods import PeriodTable
from assets.derive.subjects import SubjectTable
from assets.derive.tables import DerivedTable
from assets.metrics.choice import MetricChoice
from assets.metrics.in_words import rule_in_words, steps_in_words
from assets.pack.city import City
from assets.publication.columns import core_table
from pipelines import code_references
from pipelines.column_lineage import column_lineage
from pipelines.freshness import freshness
from pipelines.visible import markdown_text, visible
from quality.contract.model import Contract

TYPES = {"integer": "int", "number": "float", "boolean": "bool"}


def catalogued_feed(city: City, contract: Contract) -> dict[str, Any]:
    """The fields of the spec of a feed's core table."""
    files = code_references.of_feed(city, contract)
    return _catalogued(
        city, contract, metadata={"dagster/code_references": files}, freshness_policy=freshness(city, [contract])
    )


def catalogued_table(city: City, table: DerivedTable) -> dict[str, Any]:
    """The fields of the spec of a mart or a metric table."""
    metadata = {
        "dagster/code_references": code_references.of_derived(city, table),
        "dagster/column_lineage": column_lineage(city, table),
    }
    feeds = [contract for name, contract in city.contracts.items() if name in table.feeds]
    more = "" if isinstance(table, MartTable) else _metrics_in_words(city, table)
    return _catalogued(
        city, table.contract, table.title, more, metadata=metadata, freshness_policy=freshness(city, feeds)
    )


def _catalogued(
    city: City,
    contract: Contract,
    title: str | None = None,
    more: str = "",
    *,
    metadata: dict[str, Any],
    freshness_policy: dg.FreshnessPolicy | None,
) -> dict[str, Any]:
    """What follows from the contract of a table. `more`: Markdown below its words."""
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
        "group_name": contract.layer,
        "kinds": {"polars", "parquet"},
        "owners": [f"team:{team(contract)}"],
        "tags": {"city": city.name, "classification": contract.classification}
        | {f"model/{name}": "" for name in contract.models},
        "description": text,
        "metadata": {
            "dagster/column_schema": dg.TableSchema(columns=columns),
            "dagster/table_name": _published_name(city, contract),
            "licence": visible(contract.licence),
            "contract": f"{contract.name} {contract.version}, {contract.hash}",
            **metadata,
        },
        "freshness_policy": freshness_policy,
    }


def _metrics_in_words(city: City, table: SubjectTable | PeriodTable) -> str:
    """A list of the metrics of a table that are published: title, unit, steps, and what the city aims at."""
    if isinstance(table, SubjectTable):
        names = [name for name in table.metrics if name in city.metrics]
    else:
        names = [name for name in city.metrics if name in table.metrics]
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


def _published_name(city: City, contract: Contract) -> str:
    """The name in the published file; a private feed is not there."""
    if contract.layer != "core" or contract.private:
        return f"{contract.layer}.{contract.name}"
    return f"{contract.layer}.{core_table(contract, city.name).name}"


def team(contract: Contract) -> str:
    """Its owner as Dagster takes the name of a team."""
    return "".join(ch if ch.isalnum() else "-" for ch in contract.owner.lower())

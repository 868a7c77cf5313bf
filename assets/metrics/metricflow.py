"""Metrics as MetricFlow YAML (dbt): for those who put a semantic layer above the published file.

Values are aggregated and audited already: medians, energy means and weighted means cannot be aggregated again. So the
one measure is non-additive, and each metric is a filter of it. `ref('metric_value')` is a dbt model that selects all of
the table metric.value.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import yaml

from assets.metrics.definition import MetricDefinition

_ROW, _SERIES = "metric_row", "metric_series"  # one value; all values of a metric in an area


def metricflow(metrics: Iterable[MetricDefinition]) -> str:
    """The semantic model of metric.value, and one simple metric for each of these."""
    chosen = [metric for metric in metrics if metric.period != "hour"]  # hours stand in metric.hourly
    document = {"semantic_models": [_MODEL], "metrics": [_metric(metric) for metric in chosen]}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120)


_MODEL: dict[str, Any] = {
    "name": "metric_value",
    "description": "Every value that is published: one row for each metric, area and period. Never add them up.",
    "model": "ref('metric_value')",
    "defaults": {"agg_time_dimension": "period_start"},
    "entities": [
        {"name": _ROW, "type": "primary", "expr": "city || '/' || area || '/' || metric || '/' || period_start"},
        {"name": _SERIES, "type": "foreign", "expr": "city || '/' || area || '/' || metric"},
    ],
    "dimensions": [
        {"name": "period_start", "type": "time", "type_params": {"time_granularity": "day"}},
        *(
            {"name": name, "type": "categorical"}
            for name in ("city", "area", "area_level", "metric", "period", "status")
        ),
    ],
    "measures": [
        {
            "name": "value",
            "description": "Null where a value is absent. Of several periods the last one counts.",
            "agg": "max",
            "non_additive_dimension": {
                "name": "period_start",
                "window_choice": "max",
                "window_groupings": [_SERIES],
            },
        }
    ],
}


def _metric(metric: MetricDefinition) -> dict[str, Any]:
    return {
        "name": metric.metric,
        "label": metric.title.shown,
        "description": f"{metric.formula}. In {metric.unit}, of each {metric.period.replace('_', ' ')}.",
        "type": "simple",
        "type_params": {"measure": "value"},
        "filter": f"{{{{ Dimension('{_ROW}__metric') }}}} = '{metric.metric}'",
        "config": {
            "meta": {
                "unit": metric.unit,
                "direction": metric.direction,
                "period": metric.period,
                "comparability": metric.comparability,
                "needs": metric.min_completeness,
                "counts": metric.counts,
            }
        },
    }

"""What a metric is for every city, and what a city chooses of it.

The metrics of a subject stand in `<subject>.yaml` beside this module; a subject is a table of metric values, computed
from one set of feeds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from quality.contract.mistakes import ContractError, Mistake
from quality.contract.texts import Texts
from quality.contract.validation import validated
from quality.contract.yaml_file import line_of, read_yaml_list

FOLDER = Path(__file__).parent / "old"

Counted = Literal["parts", "days", "people"]
Rollup = Literal["mean", "mean_of_all", "sum", "days_above", "days_from"]


class OldDefinition(BaseModel):
    """One metric of all cities: formula, unit, standard, range, and what is enough to publish a value."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    metric: str
    subject: str  # the metric table it is computed in: the name of its file
    title: Texts
    formula: str
    unit: str
    direction: Literal["lower", "higher", "none"]  # which way is better
    levels: tuple[str, ...]
    period: Literal["day", "month", "year"] = "day"
    plausible: tuple[float, float]  # outside, the gate of the metric closes
    min_completeness: float = Field(gt=0, le=1)
    counts: Counted = "parts"  # of what completeness is the share; the word in the reason of an absent value
    feeds: tuple[str, ...]  # without these the metric is absent
    proxy: str | None = None  # why the value stands for something it does not measure exactly
    standard: str | None = None
    edition: str | None = None
    code: str | None = None
    verified: bool = False  # the code was read in the standard or an official copy
    source_url: str | None = None
    rollup_of: str | None = None  # period metrics: the daily metric, and how its values are put together
    rollup: Rollup | None = None
    threshold: float | None = None  # in `unit` of the daily metric, for days_above and days_from


MetricDefinition = OldDefinition  # until the derived tables are made from entries


@cache
def metric_definitions() -> Mapping[str, MetricDefinition]:
    """All metrics that the platform can compute, by name. Raises ContractError that names the file."""
    definitions: dict[str, MetricDefinition] = {}
    for path in definition_files():
        entries = [{"subject": path.stem, **entry} for entry in read_yaml_list(path)]
        for number in range(len(entries)):
            definition = validated(MetricDefinition, entries, path, (number,))
            if definition.metric in definitions:
                what = f"{definition.metric} is defined twice"
                raise ContractError(Mistake(what, path, line_of(path, (number, "metric"))))
            definitions[definition.metric] = definition
    return definitions


def definition_files() -> list[Path]:
    """The files of definitions, one for each subject; contracts have names of two parts and are not among them."""
    return sorted(path for path in FOLDER.glob("*.yaml") if "." not in path.stem)

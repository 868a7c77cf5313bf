"""Models: the standard shapes that feeds of many cities have. One YAML file each; a contract names those it has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from quality.contract.base import FrozenModel, Number, Truth
from quality.contract.columns import TIME, TYPES
from quality.contract.rules import ON_FAIL, SEVERITY, TOLERANCE, OnFail, Severity
from quality.contract.validation import validated
from quality.contract.watch import ColumnWatch
from quality.contract.yaml_file import read_yaml

PLACE, TIME_UTC = "place", "time_utc"
# What every table and view has beside the columns of models.
RESERVED = ("city", "feed", "network", "interval", "day", TIME_UTC)
SHARED = Path("shared") / "columns.yaml"  # below the folder of models: columns that several models have

ColumnType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "array"]


class Range(FrozenModel):
    """What a value of a column can be. Wide: outside of it a value cannot be true; what is merely rare stays."""

    least: Number | None = Field(default=None, description="The smallest value that can be, in the unit of the column.")
    most: Number | None = Field(default=None, description="The greatest value that can be, in the unit of the column.")
    severity: Severity = Field(default="warning", description=SEVERITY)
    on_fail: OnFail = Field(default="void", description=ON_FAIL)
    tolerance: Number = Field(default=0.2, ge=0, le=1, description=TOLERANCE)
    reason: str = Field(default="", description="Why it is this one, where that is not plain.")

    @model_validator(mode="after")
    def _bounded(self) -> Range:
        if self.least is None and self.most is None:
            raise ValueError("a range needs `least`, `most` or both")
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError(f"a range from {self.least:g} to {self.most:g} has no values: `least` is below `most`")
        return self


class ModelColumn(FrozenModel):
    """One column of a model: what it means in every city."""

    type: ColumnType = Field(description="The type of its values.")
    meaning: str = Field(min_length=1, description="What a value means in every city.")
    unit: str | None = Field(
        default=None, description="Of numbers: values are stored in it, whatever unit they are delivered in."
    )
    substance: str | None = Field(
        default=None, description="Of gases, whose mass and mole fraction are converted.", examples=["NO2", "O3"]
    )
    null: str = Field(default="", description="What a missing value means; required where there may be one.")
    key: Truth = Field(default=False, description="Part of what makes a row unique, where a feed has the column.")
    required: Truth = Field(default=False, description="Each row has a value.")
    range: Range | None = Field(default=None, description="What a value can be.")
    watch: ColumnWatch | None = Field(default=None, description="Of numbers: how it is watched over places and days.")
    known: tuple[str, ...] = Field(default=(), description="The values that a text can have.")
    form: str | None = Field(default=None, description="Regular expression that each text has to match.")
    attribute: str | None = Field(
        default=None, description="Its name in the entity of the Smart Data Models; null: it has none."
    )
    attribute_also: tuple[str, ...] = Field(default=(), description="Other names under which brokers deliver it.")
    attribute_unit: str | None = Field(
        default=None, description="What the data model says it is in, for brokers that send no unit code."
    )
    synonyms: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict, description="Headers that real files and services have, by language."
    )

    @model_validator(mode="after")
    def _fits(self) -> ModelColumn:
        if self.type in ("number", "integer") and self.unit is None:
            raise ValueError("a number needs a unit; write `unit: '1'` where it has none")
        if self.watch is not None and self.type != "number":
            raise ValueError("`watch` is of columns of `type: number`")
        if not (self.null or self.required):
            raise ValueError("say in `null` what a missing value means")
        if (self.required or self.key) and self.range is not None and self.range.on_fail == "void":
            raise ValueError("a value that has to be there cannot be made null; `range` needs `on_fail: quarantine`")
        if self.attribute is None and (self.attribute_also or self.attribute_unit):
            raise ValueError("`attribute_also` and `attribute_unit` are of an `attribute`, and it has none")
        return self

    @property
    def dtype(self) -> Any:
        """The Polars type."""
        return TYPES[self.type]


class ModelRule(FrozenModel):
    """A rule about two columns of a model; it is there for feeds that have both."""

    name: str = Field(description="The code without the prefix of the contract.")
    title: str = Field(description="What holds where the data is good.")
    not_below: tuple[str, str] = Field(description="Two columns, of which the first is not below the second.")
    severity: Severity = Field(default="warning", description=SEVERITY)
    on_fail: OnFail = Field(default="flag", description=ON_FAIL)
    tolerance: Number = Field(default=0.2, ge=0, le=1, description=TOLERANCE)


class SmartDataModel(FrozenModel):
    """The entity of smartdatamodels.org that says the same."""

    subject: str = Field(description="Such as dataModel.Environment.")
    entity: str = Field(description="Such as AirQualityObserved.")
    others: tuple[str, ...] = Field(default=(), description="Entities whose attributes have the same names.")


class Model(FrozenModel):
    """One standard shape: what one row is, and its columns.

    The key of a feed is those of the key columns that it has: a line and a stop, an area, or only the time.
    """

    name: str
    title: str = Field(description="What people call it.")
    row: str = Field(description='What one row is, as in "the air at one place in one interval".')
    about: str = Field(description="What belongs into it and what does not.")
    time: Literal["instant", "interval", "register"] = Field(
        description="instant and interval: rows have a time; register: they hold until the register is replaced."
    )
    smart_data_model: SmartDataModel | None = Field(
        default=None, description="The entity of smartdatamodels.org that says the same; null: there is none."
    )
    columns: Mapping[str, ModelColumn] = Field(description="Its columns; one of shared/columns.yaml begins with those.")
    rules: tuple[ModelRule, ...] = Field(default=(), description="Rules about two columns, for feeds that have both.")

    @model_validator(mode="after")
    def _of_itself(self) -> Model:
        for name in self.columns:
            if not re.fullmatch("[a-z][a-z0-9_]*", name) or name in RESERVED:
                raise ValueError(f"columns.{name}: a name is of small letters, digits and _, and none of {RESERVED}")
        if (TIME in self.columns) == (self.time == "register"):
            raise ValueError(f"a register has no column {TIME!r}, and every other model has one")
        for rule in self.rules:
            unknown = [name for name in rule.not_below if name not in self.columns]
            if unknown:
                raise ValueError(f"rules: {rule.name} is about {unknown}, which the model does not have")
        return self

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that make a row unique, those of them that a feed has."""
        return tuple(name for name, column in self.columns.items() if column.key)


def load_models(folder: Path) -> dict[str, Model]:
    """The models of a folder, by the names of their files. Raises ContractError that names the file and the place.

    What `shared/columns.yaml` says of a column holds in each model that has a column of this name: the model adds to it
    what is its own. Synonyms of both are taken together.
    """
    shared = read_yaml(folder / SHARED) if (folder / SHARED).exists() else {}
    return {path.stem: _load(path, shared) for path in sorted(folder.glob("*.yaml"))}


def _load(path: Path, shared: Mapping[str, Mapping[str, Any]]) -> Model:
    document: dict[str, Any] = {"name": path.stem} | read_yaml(path)
    if isinstance(document.get("columns"), dict):
        document["columns"] = {
            name: _together(shared[name], own) if name in shared else own for name, own in document["columns"].items()
        }
    return validated(Model, document, path)


def _together(shared: Mapping[str, Any], own: Mapping[str, Any] | None) -> dict[str, Any]:
    """A column as its model has it; `place:` with nothing behind it is the shared one as it stands."""
    own = own or {}
    synonyms = {
        language: list(
            dict.fromkeys(header for said in (shared, own) for header in said.get("synonyms", {}).get(language, ()))
        )
        for said in (shared, own)
        for language in said.get("synonyms", {})
    }
    return {**shared, **own, "synonyms": synonyms}

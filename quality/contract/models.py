"""Models: the standard shapes that feeds of many cities have. One YAML file each; a contract names those it has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from quality.contract.base import FrozenModel
from quality.contract.columns import TYPES
from quality.contract.mistakes import first_mistake, yaml_mistake
from quality.contract.model import ContractError
from quality.contract.rules import Severity

TIME, TIME_UTC = "time", "time_utc"

ColumnType = Literal["string", "integer", "number", "boolean", "date", "timestamp", "array"]


class Range(FrozenModel):
    """What a value of a column can be. Wide: outside of it a value cannot be true; what is merely rare stays."""

    least: float | None = None
    most: float | None = None
    severity: Severity = "warning"  # of a day on which more than `tolerance` of the rows are outside
    on_fail: Literal["quarantine", "void", "flag"] = "void"
    tolerance: float = Field(default=0.2, ge=0, le=1)
    reason: str = ""  # why it is this one, where that is not plain; required where a contract changes it

    @model_validator(mode="after")
    def _bounded(self) -> Range:
        if self.least is None and self.most is None:
            raise ValueError("a range needs `least`, `most` or both")
        if self.least is not None and self.most is not None and self.least >= self.most:
            raise ValueError(f"a range from {self.least:g} to {self.most:g} has no values: `least` is below `most`")
        return self


class ModelColumn(FrozenModel):
    """One column of a model: what it means in every city."""

    type: ColumnType
    meaning: str = Field(min_length=1)
    unit: str | None = None  # of numbers; values are stored in it whatever unit they are delivered in
    substance: str | None = None  # of gases, whose mass and volume are converted: NO2, O3, ...
    null: str = ""  # what a missing value means; required where the column may be null
    key: bool = False  # part of the key, where a contract has the column
    required: bool = False  # no null is allowed
    range: Range | None = None
    known: tuple[str, ...] = ()  # the values that a text can have
    form: str | None = None  # regular expression of a text
    attribute: str | None = None  # of the Smart Data Models entity; None: it has none
    synonyms: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)  # language tag -> headers as they occur

    @model_validator(mode="after")
    def _fits(self) -> ModelColumn:
        if self.type in ("number", "integer") and self.unit is None:
            raise ValueError("a number needs a unit; write `unit: '1'` where it has none")
        if not (self.null or self.required or self.key):
            raise ValueError("say in `null` what a missing value means")
        return self

    @property
    def dtype(self) -> Any:
        """The Polars type."""
        return TYPES[self.type]


class ModelRule(FrozenModel):
    """A rule about two columns of a model; it is there for feeds that have both."""

    name: str  # the code without the prefix of the contract
    title: str
    not_below: tuple[str, str]  # the first is not below the second
    severity: Severity = "warning"
    on_fail: Literal["quarantine", "void", "flag"] = "flag"
    tolerance: float = Field(default=0.2, ge=0, le=1)


class SmartDataModel(FrozenModel):
    """The entity of smartdatamodels.org that says the same."""

    subject: str  # such as dataModel.Environment
    entity: str  # such as AirQualityObserved


class Model(FrozenModel):
    """One standard shape: what one row is, and its columns."""

    name: str
    title: str
    row: str  # what one row is, as in "the air at one place in one interval"
    about: str  # what belongs here and what does not
    # instant or interval: rows have a time; register: they are valid until the register is replaced
    time: Literal["instant", "interval", "register"]
    smart_data_model: SmartDataModel | None = None
    columns: Mapping[str, ModelColumn]
    rules: tuple[ModelRule, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        """Columns that make a row unique, those of them that a feed has."""
        return tuple(name for name, column in self.columns.items() if column.key)


def load_models(folder: Path) -> dict[str, Model]:
    """The models of a folder, by the names of their files. Raises ContractError that names the file and the place."""
    return {path.stem: _load(path) for path in sorted(folder.glob("*.yaml"))}


def _load(path: Path) -> Model:
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return Model(name=path.stem, **document)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ContractError(f"{path}: {yaml_mistake(error)}") from error
    except ValidationError as error:
        raise ContractError(f"{path}: {first_mistake(error, 'model')}") from error

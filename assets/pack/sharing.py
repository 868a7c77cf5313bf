"""sharing.yaml of a pack: what of its private feeds may leave, in the open file and in that of each partner.

A city without it shares nothing. Who gets which file is said here; whether a value may be in it is decided by the
cells behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import Field

from assets.pack.safe_names import part_mistake
from quality.contract.base import NAME, Day, FrozenModel, Said
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.validation import validated
from quality.contract.yaml_file import line_of, read_yaml

SHARING = "sharing.yaml"
_Names = tuple[str, ...]


class OpenSharing(FrozenModel):
    """What everybody may see."""

    metrics: _Names = Field(
        default=(), description="Metrics of private feeds that may leave; those of public feeds need no leave."
    )
    despite_licence: Mapping[str, Said] = Field(
        default_factory=dict,
        description="By feed, why it leaves although its licence is none that lets everybody use its data.",
    )
    licence: Said = Field(
        default="those of the sources, see mart.feed", description="Under which the open file may be used."
    )


class Partner(FrozenModel):
    """Somebody with whom the city has a contract."""

    title: Said = Field(description="What the partner is called.")
    gives: _Names = Field(default=(), description="The city's feeds that come from this partner.")
    gets: _Names = Field(default=(), description="Metrics of private feeds that this partner may see.")
    purpose: Said = Field(description="What the partner may use them for; it stands in the partner's file.")
    until: Day = Field(description="The last day of the contract: from the next one on there is no file.")
    licence: Said = Field(description="Under which the partner has its file.")

    def is_over(self, today: date) -> bool:
        """Whether the contract has ended."""
        return today > self.until


class Sharing(FrozenModel):
    """sharing.yaml."""

    open: OpenSharing | None = Field(default=None, description="The open file; without it the city is not in it.")
    partners: Mapping[Annotated[str, Field(pattern=NAME)], Partner] = Field(
        default_factory=dict, description="By the name of the partner's folder: letters, digits, underscores."
    )


def read_sharing(folder: Path) -> Sharing:
    """What a pack shares; nothing where it has no such file. Raises ContractError."""
    path = folder / SHARING
    if not path.exists():
        return Sharing()
    written = read_yaml(path, may_be_empty=True)
    # a part with nothing below it: of `open` that is the city with its public feeds
    sharing = validated(Sharing, {name: {} if part is None else part for name, part in written.items()}, path)
    mistakes = [
        Mistake(f"{name!r} {wrong}", path, line_of(path, ("partners", name)), f"partners.{name}", "name it otherwise")
        for name in sharing.partners
        if (wrong := part_mistake(name)) is not None
    ]
    if mistakes:
        raise ContractError(*mistakes)
    return sharing


def sharing_or_mistake(folder: Path) -> Sharing | ContractError:
    """The same; a mistake is returned, as what cannot be read shares nothing and must be said."""
    try:
        return read_sharing(folder)
    except ContractError as error:
        return error

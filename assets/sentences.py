"""Sentences for people, in YAML files by language: one folder for each kind of them, one file for each language.

A file is a mapping of parts (`sentences`, `labels`) to texts by key. What stands in the gaps of a sentence, names of
columns and feeds for the most part, is the same in every language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from quality.contract.texts import PLATFORM
from quality.contract.yaml_file import read_yaml
from quality.language_tags import nearest


@dataclass(frozen=True)
class Sentences:
    """The files of one folder. The name of a file is the tag of its language."""

    folder: Path

    def languages(self) -> list[str]:
        """The languages there are sentences in, as tags."""
        return list(_languages(self.folder))

    def language_for(self, wanted: str) -> str:
        """The language of these that a reader of another one gets: the nearest, else English."""
        return nearest(wanted, self.languages()) or PLATFORM

    def part(self, language: str, name: str) -> Mapping[str, str]:
        """The texts of one part of a file, by key. `language` is one of `languages()`."""
        return _read(self.folder / f"{language}.yaml")[name]


@cache  # asked for each text of each metric
def _languages(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.glob("*.yaml")))


@cache
def _read(path: Path) -> Mapping[str, Mapping[str, str]]:
    return read_yaml(path)

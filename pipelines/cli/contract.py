"""Commands about contracts: show one as a document that other tools read."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.json_text import in_encoding
from pipelines.cli.options import HomeOption, Stop, city_of, packs_of, say_error, settings_of

if TYPE_CHECKING:
    from assets.publication.contracts import ShownContract
    from pipelines.settings import Settings


def contract_show(
    table: Annotated[str | None, typer.Argument(help="Feed or table: air_hourly, core.seoul_air_hourly.")] = None,
    city: Annotated[str | None, typer.Option("--city", help="City whose feed it is, where several have one.")] = None,
    home: HomeOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Write a file for each table that is published, into --to.")
    ] = False,
    folder: Annotated[Path | None, typer.Option("--to", help="Folder for --all; it is made.")] = None,
) -> None:
    """A contract as an ODCS 3.2 document: models expanded, every rule as SQL on the published file."""
    settings = settings_of(home)
    _check_arguments(table, everything, folder)
    shown = _contracts(settings, city)
    if folder is not None:
        _write_all([one for one in shown if one.table is not None], folder, settings)
        return
    assert table is not None  # else _check_arguments has refused
    found = _the_one(shown, table)
    if found.table is None:
        say_error(f"{found.contract.name} is private: its rows are not published, and the document names no server")
    print(in_encoding(found.document(settings.home.published_file).to_yaml(), sys.stdout.encoding or "utf-8"), end="")


def _check_arguments(table: str | None, everything: bool, folder: Path | None) -> None:
    if everything != (folder is not None):
        raise Stop("--all and --to belong together: `madang contract show --all --to DIR`", 2)
    if everything == (table is not None):
        raise Stop("name one feed or table, or write all of them with --all --to DIR", 2)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise Stop(f"{folder} is a file, and --to needs a folder", 2)


def _contracts(settings: Settings, city: str | None) -> list[ShownContract]:
    """Those of one city, or of all, and those of the platform."""
    from assets.publication.contracts import contracts_of_city, contracts_of_platform

    cities = packs_of(settings).cities if city is None else [city_of(settings, city)]
    return [*(one for found in cities for one in contracts_of_city(found)), *contracts_of_platform()]


def _the_one(shown: Sequence[ShownContract], name: str) -> ShownContract:
    from quality.contract.nearest import what_to_write

    found = [one for one in shown if name == one.name] or [one for one in shown if name in one.names]
    if not found:
        known = sorted({name for one in shown for name in one.names})
        raise Stop(f"there is no feed or table {name!r}; {what_to_write(name, known)}", 2)
    if len(found) > 1:
        raise Stop(f"{name} is there several times: {', '.join(o.name for o in found)}; write one of them", 2)
    return found[0]


def _write_all(shown: Sequence[ShownContract], folder: Path, settings: Settings) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for one in shown:
        text = one.document(settings.home.published_file).to_yaml()
        (folder / f"{one.name}.odcs.yaml").write_text(text, encoding="utf-8")
    print(f"{folder}: {len(shown)} contracts. To test one: datacontract test {folder / shown[0].name}.odcs.yaml")

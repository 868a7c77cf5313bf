"""Commands about contracts: show one as a document that other tools read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli import stopping
from pipelines.cli.options import HomeOption, Stop, cities_there, city_of, packs_of, print_file, say_error, settings_of
from pipelines.cli.wrapping import say

if TYPE_CHECKING:
    from assets.pack.city import City
    from assets.publication.contracts import ShownContract
    from pipelines.settings import Settings


def contract_show(
    table: Annotated[str | None, typer.Argument(help="Feed or table: air_hourly, core.seoul_air_hourly.")] = None,
    city: Annotated[
        str | None,
        typer.Option("--city", help="City whose feed it is, where several have one.", autocompletion=cities_there),
    ] = None,
    home: HomeOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Write a file for each table that is published, into --to.")
    ] = False,
    folder: Annotated[Path | None, typer.Option("--to", help="Folder for --all; it is made.")] = None,
) -> None:
    """A contract as an ODCS 3.2 document: models expanded, every rule as SQL on the published file."""
    settings = settings_of(home)
    _check_arguments(table, everything, folder)
    if folder is not None:
        _write_all(_published(settings, city), folder, settings)
        return
    shown = _contracts(settings, city)
    assert table is not None  # else _check_arguments has refused
    found = _the_one(shown, table)
    if found.table is None:
        say_error(f"{found.contract.name} is private: its rows are not published, and the document names no server")
    print_file(found.document(settings.home.published_file).to_yaml())


def _check_arguments(table: str | None, everything: bool, folder: Path | None) -> None:
    if everything != (folder is not None):
        raise Stop("--all and --to belong together: `madang contract show --all --to DIR`", 2)
    if everything == (table is not None):
        raise Stop("name one feed or table, or write all of them with --all --to DIR", 2)
    if folder is not None and folder.exists() and not folder.is_dir():
        raise Stop(f"{folder} is a file, and --to needs a folder", 2)
    pack = None if folder is None else next(filter(_is_pack, [folder.resolve(), *folder.resolve().parents]), None)
    if pack is not None:
        raise Stop(f"--to {folder} lies in the pack {pack.name}, whose feeds would be there twice; choose another", 2)


def _is_pack(folder: Path) -> bool:
    return (folder / "city.yaml").is_file()


def _contracts(settings: Settings, city: str | None) -> list[ShownContract]:
    """Those of one city, or of all, and those of the platform."""
    from assets.publication.contracts import contracts_of_city, contracts_of_platform

    cities = _cities(settings, city)
    return [*(one for found in cities for one in contracts_of_city(found)), *contracts_of_platform()]


def _published(settings: Settings, city: str | None) -> list[ShownContract]:
    """Those of them whose tables are in a published file of these cities."""
    from assets.publication.contracts import contracts_of_city, contracts_of_platform

    cities = _cities(settings, city)
    shown = [*(one for found in cities for one in contracts_of_city(found)), *contracts_of_platform(cities)]
    return [one for one in shown if one.table is not None]


def _cities(settings: Settings, city: str | None) -> Sequence[City]:
    return packs_of(settings).cities if city is None else [city_of(settings, city)]


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
    from warehouse.files import ANYBODY, write_atomically

    documents = {folder / f"{one.name}.odcs.yaml": one.document(settings.home.published_file) for one in shown}
    for target, document in documents.items():
        if target.exists() and not _is_of(target, document.id):
            raise Stop(f"{target} is another document, and nothing is overwritten; choose another folder", 2)
    stopping.unwind()
    folder.mkdir(parents=True, exist_ok=True)
    for target, document in documents.items():
        write_atomically(target, document.to_yaml().encode(), ANYBODY)
    say(f"{folder}: {len(shown)} contracts. To test one: datacontract test {next(iter(documents))}")


def _is_of(file: Path, identifier: str | None) -> bool:
    """Whether a file that is there is the document with this identifier, as it was written before."""
    return file.is_file() and f"\nid: {identifier}\n".encode() in file.read_bytes()

"""`madang export`: what is published as a folder that stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.options import MOST_COUNTED, HomeOption, Stop, cities_there, settings_of
from pipelines.cli.wrapping import say
from pipelines.settings import Settings
from warehouse.published.export.source import ExportError, Format, Selection


def export(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")],
    city: Annotated[str | None, typer.Option("--city", help="Only this city.", autocompletion=cities_there)] = None,
    version: Annotated[
        int | None,
        typer.Option(
            "--version", min=1, max=MOST_COUNTED, help="An earlier version that is kept; see `madang versions`."
        ),
    ] = None,
    formats: Annotated[
        list[Format] | None, typer.Option("--format", help="Only this form; may be given twice (default: all).")
    ] = None,
    readings: Annotated[
        bool, typer.Option("--readings/--no-readings", help="With the readings of all public feeds, or without.")
    ] = True,
    home: HomeOption = None,
) -> None:
    """Write what is published to a new folder that stands alone: DuckDB, Parquet, CSV, and what it all means."""
    from warehouse.published.export.export import export_file
    from warehouse.published.export.folder import FolderTakenError

    settings = settings_of(home)
    if folder.resolve().is_relative_to(settings.home.root.resolve()):
        raise Stop(f"{folder} lies in the home {settings.home.root}; choose a folder elsewhere", 2)
    wanted = Selection(city, frozenset(formats or Format), readings)
    try:
        written = export_file(_file(settings, version), folder, wanted)
    except (ExportError, FolderTakenError) as error:
        raise Stop(str(error), 2 if isinstance(error, FolderTakenError) else 1) from error
    exported = written.exported
    say(f"{folder}: {len(exported.tables)} tables, {written.size_bytes / 1e6:,.1f} MB")
    say(f"version {exported.version}, published {exported.published_at:%Y-%m-%d %H:%M} UTC")
    if exported.simulated:
        say(f"SIMULATED, not the real city: {', '.join(exported.simulated)}")


def _file(settings: Settings, version: int | None) -> Path:
    """The published file, or that of a version. Raises Stop."""
    from warehouse.published.versions import UnknownVersionError, VersionError, kept_file

    if version is None:
        if not settings.home.published_file.exists():
            raise Stop(f"nothing is published in {settings.home.root} yet: run `madang nightly` first", 1)
        return settings.home.published_file
    try:
        return kept_file(settings.home, version)
    except VersionError as error:
        raise Stop(str(error), 2 if isinstance(error, UnknownVersionError) else 1) from error

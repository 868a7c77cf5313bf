"""The command that keeps a home healthy: `madang maintain`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.listing import Listing, form_of, print_listing
from pipelines.cli.options import MOST_DAYS, CsvOption, HomeOption, JsonOption, Stop, settings_of

if TYPE_CHECKING:
    from rich.console import RenderableType


def maintain(
    home: HomeOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would be removed.")] = False,
    retention_days: Annotated[
        int, typer.Option("--retention-days", min=1, max=MOST_DAYS, help="Files that are not live are kept so long.")
    ] = 30,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Compact the ledger, checkpoint the logs, remove what is no longer needed. Nothing in landing, nothing live."""
    from pipelines import maintenance
    from pipelines.cli import render
    from pipelines.dagster_store.instance import open_instance
    from warehouse.maintenance import MaintenanceResult

    form, settings = form_of(as_json, as_csv), settings_of(home)
    if not settings.home.root.is_dir():
        raise Stop(f"there is no home {settings.home.root}: nothing has been run in it", 1)
    retention = timedelta(days=retention_days)
    store = open_instance(settings.home) if settings.home.dagster.is_dir() else None
    try:
        done = [maintenance.do(part, settings.home, store, retention, dry_run=dry_run) for part in maintenance.PARTS]
    finally:
        if store is not None:
            store.dispose()

    def people() -> Iterator[RenderableType]:
        rows = [
            [
                part.part,
                part.what,
                f"{part.files_before:,} to {part.files_after:,}",
                f"{part.bytes_before / 1e6:,.1f} to {part.bytes_after / 1e6:,.1f}",
                part.files_gone,
            ]
            for part in done
        ]
        title = "What would be done" if dry_run else "What was done"
        yield render.plain_table(["part", "what", "files", "MB", "gone"], rows, title)
        yield from (render.data(f"{part.part}: {part.note}") for part in done if part.note)

    print_listing(Listing.of_records(MaintenanceResult, done), form, people)

"""The command that keeps a home healthy: `madang maintain`."""

from dataclasses import asdict
from datetime import timedelta
from typing import Annotated

import typer

from pipelines.cli.options import HomeOption, JsonOption, Stop, print_json, settings_of


def maintain(
    home: HomeOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only report what would be removed.")] = False,
    retention_days: Annotated[
        int, typer.Option("--retention-days", min=1, help="Files that are not live are kept so long.")
    ] = 30,
    as_json: JsonOption = False,
) -> None:
    """Compact the ledger, checkpoint the logs, remove what is no longer needed. Nothing in landing, nothing live."""
    from rich.table import Table

    from pipelines import maintenance
    from pipelines.cli import render
    from pipelines.dagster_store.instance import open_instance

    settings = settings_of(home)
    if not settings.home.root.is_dir():
        raise Stop(f"there is no home {settings.home.root}: nothing has been run in it", 1)
    retention = timedelta(days=retention_days)
    store = open_instance(settings.home) if settings.home.dagster.is_dir() else None
    try:
        done = [maintenance.do(part, settings.home, store, retention, dry_run=dry_run) for part in maintenance.PARTS]
    finally:
        if store is not None:
            store.dispose()
    if as_json:
        print_json([asdict(part) for part in done])
        return
    table = Table(title="What would be done" if dry_run else "What was done", title_justify="left")
    for name in ("part", "what", "files", "MB", "gone"):
        table.add_column(name, justify="left" if name in ("part", "what") else "right")
    for part in done:
        table.add_row(
            part.part,
            render.data(part.what),
            f"{part.files_before:,} to {part.files_after:,}",
            f"{part.bytes_before / 1e6:,.1f} to {part.bytes_after / 1e6:,.1f}",
            f"{part.files_gone:,}",
        )
    out = render.console()
    out.print(table)
    for part in done:
        if part.note:
            out.print(render.data(f"{part.part}: {part.note}"))

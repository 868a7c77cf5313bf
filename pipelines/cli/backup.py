"""The commands that keep a home safe: `madang backup` and `madang restore`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.options import MOST_COUNTED, HomeOption, JsonOption, Stop, print_json, say_error, settings_of
from pipelines.visible import one_line

if TYPE_CHECKING:
    from warehouse.backup.back_up import BackupDone


def backup(
    target: Annotated[Path, typer.Argument(help="A folder of backups, or a new one; best on another disk.")],
    keep: Annotated[
        int, typer.Option("--keep", min=1, max=MOST_COUNTED, help="How many backups are kept, the newest first.")
    ] = 14,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the home as it is in this moment, private parts included; a night may go on. Only what is new is copied."""
    from pipelines.wheel import version_text
    from warehouse.backup.back_up import back_up
    from warehouse.backup.moment import NoMomentError
    from warehouse.backup.vault import Vault, VaultError

    settings = settings_of(home)
    if not (settings.home.lake.is_dir() or settings.home.landing.is_dir()):
        raise Stop(f"there is no home {settings.home.root}: nothing has been run in it", 1)
    try:
        done = back_up(settings.home, Vault(target), madang=version_text(), keep=keep)
    except (VaultError, NoMomentError) as error:
        raise Stop(str(error), 1) from error
    if as_json:
        print_json(_facts(done))
        raise typer.Exit(3 if done.lacking else 0)
    made = done.backup
    print(one_line(f"backup {made.name} of {made.home}: {len(made.files):,} files, {_mb(made.size)}"))
    print(f"new: {done.new_files:,} contents, {_mb(done.new_bytes)}; gone with old backups: {_mb(done.removed_bytes)}")
    if done.private:
        what = "deliveries as they came, private tables, Dagster's store"
        print(one_line(f"{done.private:,} files are private: {what}. Who may read {target} may read them"))
    if done.lacking:
        first, more = done.lacking[0], len(done.lacking) - 1
        say_error(f"the home is damaged, and so is this backup: {first} and {more:,} more are live and not there")
        say_error("no older backup was removed")
        raise typer.Exit(3)


def restore(
    source: Annotated[Path, typer.Argument(help="The folder of backups.")],
    name: Annotated[str | None, typer.Option("--backup", help="Its name (default: the newest).")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only list the backups there are.")] = False,
    home: HomeOption = None,
) -> None:
    """Make a home of a backup, in a folder that is new or empty. Every byte is compared with its checksum."""
    from warehouse.backup.restore import restore as restored
    from warehouse.backup.vault import Vault, VaultError

    settings = settings_of(home)
    try:
        if listed:
            vault = Vault(source).open()
            for one in map(vault.read, vault.names()):
                print(one_line(f"{one.name}  {one.home}  {len(one.files):,} files  {_mb(one.size)}"))
            return
        done = restored(Vault(source), settings.home, name)
    except VaultError as error:
        raise Stop(str(error), 1) from error
    said = f"{settings.home.root} is the home of backup {done.name}: {len(done.files):,} files, {_mb(done.size)}"
    print(one_line(f"{said}, all checksums hold"))
    if done.home != str(settings.home.root):
        print(one_line(f"it lay in {done.home}: run `madang publish`, as views of core tables hold full paths"))


def _facts(done: "BackupDone") -> dict[str, object]:
    made = done.backup
    return {
        "name": made.name,
        "home": made.home,
        "files": len(made.files),
        "bytes": made.size,
        "new_files": done.new_files,
        "new_bytes": done.new_bytes,
        "removed_bytes": done.removed_bytes,
        "private_files": done.private,
        "lacking": done.lacking,
    }


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"

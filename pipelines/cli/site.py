"""`madang site`: the pages of the open file, looked at on this machine or taken elsewhere."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import stopping
from pipelines.cli.options import HomeOption, Stop, say_error, settings_of
from pipelines.cli.wrapping import say
from warehouse.published.place import OPEN, TierFolder, tier_folder


def site(
    serve: Annotated[bool, typer.Option("--serve", help="Serve it on this machine until Ctrl-C.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8080,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Write it to a new folder, or over a site.")
    ] = None,
    address: Annotated[
        str | None,
        typer.Option(
            "--address", help="Where it will be read, as https://data.example.org/: for sitemap and catalogue."
        ),
    ] = None,
    home: HomeOption = None,
) -> None:
    """The site of the open file: say where it is, serve it on this machine, or write it to a folder."""
    from assets.tiers.audit_trail import live_version
    from warehouse.published import beside

    settings = settings_of(home)
    tier = tier_folder(settings.home, OPEN)
    _require_meaning(serve, out, address)
    live = live_version(tier)
    if live is None:
        raise Stop(
            f"there is no open file in {settings.home.root}: a pack has to share with everybody (`open:` in its "
            "sharing.yaml, see docs/sharing.md), then run `madang publish`",
            1,
        )
    if out is not None:
        _write(tier, live, out, address, settings.home.root)
        return
    shown = beside.shown_site(tier)
    if shown is None:
        raise Stop(f"there is no site of release {live} yet: run `madang publish`, which says why if it fails", 1)
    release = beside.site_folders(tier)[shown]
    link = beside.site_link(tier)
    if not serve:
        say(f"release {release}: {link / 'index.html'}")
    else:
        _serve(link, port)
    if release != live:
        say_error(f"the site is of release {release}, the open file is release {live}: run `madang publish`")
        raise typer.Exit(3)


def _require_meaning(serve: bool, out: Path | None, address: str | None) -> None:
    if serve and out is not None:
        raise Stop("give --serve or --out, not both", 2)
    if address is None:
        return
    if out is None:
        raise Stop("--address goes with --out: what is published has relative addresses", 2)
    from assets.site.address import address_mistake

    if mistake := address_mistake(address):
        raise Stop(f"--address {mistake}", 2)


def _serve(folder: Path, port: int) -> None:
    from assets.site.served import serve_site

    def ready(address: str) -> None:
        print(f"{address}  Ctrl-C ends it", flush=True)

    try:
        serve_site(folder, port, ready)
    except OSError as error:
        raise Stop(f"port {port} cannot be used: {error.strerror}; give another one with --port", 1) from error
    stopping.forget()


def _write(tier: TierFolder, live: int, out: Path, address: str | None, home: Path) -> None:
    """A copy of the site that is shown where it is of this file, this code and this address; else a new one."""
    from assets.site.build import PageError, build_site, site_code
    from warehouse.published import beside

    target = out.resolve()
    if target.is_relative_to(home.resolve()):
        raise Stop(f"{out} lies in the home {home}; choose a folder elsewhere", 2)
    in_the_way = [path for path in (target, *target.parents) if path.exists() and not path.is_dir()]
    if in_the_way:
        raise Stop(f"{out if in_the_way[0] == target else in_the_way[0]} is a file; name a folder", 2)
    _require_only_a_site(out, target)
    making = target.with_name(f".{target.name}.making")
    stopping.leaves(f"{out} is as it was: give the command again")
    own = beside.site_folder(tier, live, site_code())
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _alone_in(target.parent):
            shutil.rmtree(making, ignore_errors=True)
            try:
                if own == beside.shown_site(tier) and address is None:
                    shutil.copytree(own, making, copy_function=shutil.copyfile)
                else:
                    build_site(tier.published_file, making, address=address)
                _put_in_place(making, target)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    except PageError as error:
        raise Stop(f"{out} is not written: {error}", 1) from error
    except OSError as error:
        why = error.strerror or "a file of the site cannot be copied"
        raise Stop(f"{out} cannot be written: {why}; choose another folder", 1) from error
    files = sum(path.is_file() for path in target.rglob("*"))
    say(f"{out}: the site of release {live}, {files:,} files; open {out / 'index.html'}")


def _require_only_a_site(out: Path, target: Path) -> None:
    """A folder is replaced whole: one that has anything besides the files of an earlier site is left alone."""
    from assets.site.build import MANIFEST, not_of_the_site

    foreign = not_of_the_site(target) if target.is_dir() else []
    if not foreign:
        return
    if MANIFEST in foreign or not (target / MANIFEST).is_file():
        raise Stop(f"{out} is not empty and no site: name a new folder, or empty this one", 2)
    also = f" and {len(foreign) - 1:,} more" if len(foreign) > 1 else ""
    raise Stop(
        f"{out} has what is not of the site and would be lost ({foreign[0]}{also}): move it away, or name a new folder",
        2,
    )


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Nobody else writes a site into this folder meanwhile: two at once took away each other's half-made files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _put_in_place(making: Path, target: Path) -> None:
    """The folder of before is taken away after the new one is there: a mount cannot be renamed, and keeps its files."""
    before = target.with_name(f".{target.name}.before")
    shutil.rmtree(before, ignore_errors=True)
    if target.is_dir():
        target.rename(before)
    try:
        making.rename(target)
    except OSError:
        if before.is_dir():
            before.rename(target)
        raise
    shutil.rmtree(before, ignore_errors=True)

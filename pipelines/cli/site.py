"""`madang site`: the pages of the open file, looked at on this machine or taken elsewhere."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import stopping
from pipelines.cli.options import HomeOption, Stop, say_error, settings_of
from pipelines.visible import one_line
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
        print(one_line(f"release {release}: {link / 'index.html'}"))
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
        raise Stop("--address goes with --out: what is published takes it from `open: {address: ...}` of a pack", 2)
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
    from assets.site.build import MANIFEST, PageError, build_site, site_code
    from warehouse.published import beside

    target = out.resolve()
    if target.is_relative_to(home.resolve()):
        raise Stop(f"{out} lies in the home {home}; choose a folder elsewhere", 2)
    if target.exists() and not target.is_dir():
        raise Stop(f"{out} is a file; name a folder", 2)
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).is_file():
        raise Stop(f"{out} is not empty and no site: name a new folder, or empty this one", 2)
    making = target.with_name(f".{target.name}.making")
    shutil.rmtree(making, ignore_errors=True)
    stopping.leaves(f"{out} is as it was: give the command again")
    own = beside.site_folder(tier, live, site_code())
    try:
        if own == beside.shown_site(tier) and address is None:
            shutil.copytree(own, making, copy_function=shutil.copyfile)
        else:
            making.parent.mkdir(parents=True, exist_ok=True)
            build_site(tier.published_file, making, address=address)
        if target.is_dir():
            shutil.rmtree(target)
        making.rename(target)
    except PageError as error:
        raise Stop(f"{out} is not written: {error}", 1) from error
    finally:
        shutil.rmtree(making, ignore_errors=True)
    files = sum(path.is_file() for path in target.rglob("*"))
    print(one_line(f"{out}: the site of release {live}, {files:,} files; open {out / 'index.html'}"))

"""`madang refused`: deliveries about single persons, which never landed: list them, give one back, remove them."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.listing import Form, Listing, form_of, print_listing
from pipelines.cli.options import (
    CsvOption,
    HomeOption,
    JsonOption,
    Stop,
    cities_there,
    require_city,
    require_feed,
    settings_of,
)
from pipelines.cli.wrapping import say
from pipelines.settings import Settings
from warehouse import refused
from warehouse.files import write_atomically
from warehouse.refused import RefusedDelivery

CityWanted = Annotated[str, typer.Option("--city", help="Only of this city.", autocompletion=cities_there)]
FeedWanted = Annotated[str, typer.Option("--feed", help="Only of this feed.")]


def refused_list(
    city: CityWanted = "",
    feed: FeedWanted = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What was refused, and which column of which kind says that it is about persons. Shows no values."""
    form = form_of(as_json, as_csv)
    _, found = _found(home, city, feed)
    if form is Form.PEOPLE and not found:
        say("nothing was refused" + (", or nothing that fits these filters" if city or feed else ""))
        return
    names = ["id", "city", "feed", "name", "refused_at", "size_bytes", "why"]
    rows = [asdict(one) for one in found]
    print_listing(Listing.of_rows(names, rows), form, title="Refused: about single persons")


def refused_remove(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, as `madang refused list` has them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are listed with these filters.")] = False,
    city: CityWanted = "",
    feed: FeedWanted = "",
    home: HomeOption = None,
) -> None:
    """Remove refused deliveries for good. The ledger keeps that they were refused, and why."""
    settings, found = _found(home, city, feed)
    if bool(ids) == everything:
        raise Stop("name the ids that are to go, or say --all", 2)
    wanted = found if everything else [_one(found, id) for id in ids or ()]
    for one in wanted:
        refused.remove(settings.home, one)
    say(f"{len(wanted)} refused {'delivery is' if len(wanted) == 1 else 'deliveries are'} removed")


def refused_return(
    id: Annotated[str, typer.Argument(help="The id, as `madang refused list` has it.")],
    to: Annotated[Path, typer.Option("--to", help="The folder to put it into, such as the feed's drop folder.")],
    home: HomeOption = None,
) -> None:
    """Put a refused delivery back for the next night, once `not_personal` of the feed says why it may land."""
    settings, found = _found(home, "", "")
    one = _one(found, id)
    if not to.is_dir():
        raise Stop(f"there is no folder {to}: create it, or name another one with --to", 1)
    target = to / Path(one.name).name
    if target.exists():
        raise Stop(f"{target} is there already: remove it, or name another folder with --to", 1)
    write_atomically(target, refused.refused_content(settings.home, one))
    refused.remove(settings.home, one)
    say(f"{one.id} is back as {target}; its owner alone may read it")


def _found(home: Path | None, city: str, feed: str) -> tuple[Settings, list[RefusedDelivery]]:
    settings = settings_of(home)
    if city:
        require_city(settings, city)
    if feed:
        require_feed(settings, feed)
    return settings, list(refused.listed(settings.home, city, feed))


def _one(found: list[RefusedDelivery], id: str) -> RefusedDelivery:
    one = next((one for one in found if one.id == id), None)
    if one is None:
        raise Stop(f"no refused delivery has the id {id!r}; see `madang refused list`", 1)
    return one

"""`madang watch`: what the operator is sent without looking, from outside of any night."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated

import typer

from pipelines.cli.options import MOST_HOURS, HomeOption, JsonOption, Stop, packs_of, print_json, say_error, settings_of
from pipelines.cli.wrapping import say
from pipelines.freshness import HOURS
from warehouse.ledger import ledger


def watch(
    home: HomeOption = None,
    hours: Annotated[
        float,
        typer.Option(
            "--hours", min=0.1, max=MOST_HOURS, help="A night is late so long after `nightly_at` of its city."
        ),
    ] = HOURS,
    as_json: JsonOption = False,
) -> None:
    """Tell once of each night that did not start, failed or is late, and of each gate that closed. For a timer."""
    from pipelines import watch as looked
    from pipelines.dagster_store.instance import open_instance

    settings = settings_of(home)
    if not settings.home.root.is_dir():
        raise Stop(f"there is no home {settings.home.root}: nothing has been run in it", 1)
    packs = packs_of(settings, ledger.cities(settings.home))
    with open_instance(settings.home) as store:
        troubles = looked.troubles_now(store, settings.home, packs, datetime.now().astimezone(), hours)
    failed = looked.tell(settings, troubles)
    if as_json:
        print_json({"troubles": [asdict(one) for one in troubles], "not_told": failed})
    else:
        for said in [one.text for one in troubles] or ["all is well"]:
            say(said)
    for text in failed:
        say_error(text)
    raise typer.Exit(1 if failed else 3 if troubles else 0)

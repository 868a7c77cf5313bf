"""`madang share`: what each tier would see of a city's private feeds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.listing import Form, Listing, form_of, print_listing, table_of
from pipelines.cli.options import CsvOption, HomeOption, JsonOption, Stop, cities_there, city_of, settings_of
from pipelines.cli.wrapping import say

if TYPE_CHECKING:
    from rich.console import RenderableType


def share_check(
    city: Annotated[
        str, typer.Option("--city", help="The city, by the name of its pack.", autocompletion=cities_there)
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """What the open file and that of each partner would show: cells of private feeds by status. Releases nothing."""
    from assets.crashes import CRASHES
    from assets.pack.sharing import SHARING
    from assets.tiers.judging import DisclosureControl
    from assets.tiers.preview import TierView, preview
    from pipelines.cli import render
    from quality.contract.mistakes import ContractError

    form, settings = form_of(as_json, as_csv), settings_of(home)
    pack = city_of(settings, city)
    try:
        found = preview(settings.home, pack, DisclosureControl(settings.home))
    except ContractError:
        raise
    except CRASHES as error:
        raise Stop(f"the cells of {city} could not be judged ({type(error).__name__})", 1) from error  # quotes no row
    sentences = [*found.mistakes, *found.over]
    if found.exposed:
        what = f"{found.exposed:,} hidden cells follow from what would be shown, so nothing would be released"
        sentences.append(f"{what}{found.found}")
    views = Listing.of_records(TierView, found.views)
    if form is Form.PEOPLE and not found.views and not sentences:
        for sentence in found.licences:
            say(sentence)
        if not (pack.folder / SHARING).exists():
            raise Stop(f"{city} shares nothing: there is no {SHARING} in {pack.folder}, see docs/sharing.md", 1)
        raise Stop(f"{city} has no cells of private feeds yet: run a night, or share public feeds alone", 1)

    def people() -> Iterator[RenderableType]:
        if found.views:
            yield table_of(views, f"What would be seen of {city}")
        yield from map(render.data, (*sentences, *found.licences))

    print_listing(views, form, people, around=lambda _: asdict(found))
    raise typer.Exit(3 if found.mistakes or found.exposed else 0)

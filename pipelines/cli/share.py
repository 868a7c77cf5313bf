"""`madang share`: what each tier would see of a city's private feeds."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pipelines.cli.options import HomeOption, JsonOption, Stop, city_of, print_json, settings_of


def share_check(
    city: Annotated[str, typer.Option("--city", help="The city, by the name of its pack.")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """What the open file and that of each partner would show: cells of private feeds by status. Releases nothing."""
    import polars as pl

    from assets.crashes import CRASHES
    from assets.pack.sharing import SHARING
    from assets.tiers.judging import DisclosureControl
    from assets.tiers.preview import preview
    from pipelines.cli import render
    from quality.contract.mistakes import ContractError

    settings = settings_of(home)
    pack = city_of(settings, city)
    try:
        found = preview(settings.home, pack, DisclosureControl(settings.home))
    except ContractError:
        raise
    except CRASHES as error:
        raise Stop(f"the cells of {city} could not be judged ({type(error).__name__})", 1) from error  # quotes no row
    sentences = [*found.mistakes, *found.over]
    if found.exposed:
        sentences.append(f"{found.exposed:,} hidden cells follow from what would be shown: nothing would be released")
    if as_json:
        print_json(asdict(found))
    elif not found.views and not sentences:
        for sentence in found.licences:
            render.console().print(render.data(sentence), soft_wrap=True)
        if not (pack.folder / SHARING).exists():
            raise Stop(f"{city} shares nothing: there is no {SHARING} in {pack.folder}, see docs/sharing.md", 1)
        raise Stop(f"{city} has no cells of private feeds yet: run a night, or share public feeds alone", 1)
    else:
        if found.views:
            render.console().print(render.frame(pl.DataFrame(found.views), f"What would be seen of {city}"))
        for sentence in (*sentences, *found.licences):
            render.console().print(render.data(sentence), soft_wrap=True)
    raise typer.Exit(3 if found.mistakes or found.exposed else 0)

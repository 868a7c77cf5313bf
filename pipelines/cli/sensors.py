"""`madang sensors`: which sensors and stations somebody has to look at, worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.listing import Form, Listing, form_of, print_listing
from pipelines.cli.options import (
    MOST_COUNTED,
    CsvOption,
    HomeOption,
    JsonOption,
    Stop,
    cities_there,
    require_city,
    settings_of,
)

if TYPE_CHECKING:
    from rich.console import RenderableType

    from pipelines.field_work import FieldWork, PlaceToVisit


def sensors(
    worst: Annotated[int, typer.Option("--worst", min=1, max=MOST_COUNTED, help="So many places.")] = 20,
    city: Annotated[str, typer.Option("--city", help="Only this city.", autocompletion=cities_there)] = "",
    home: HomeOption = None,
    as_json: JsonOption = False,
    as_csv: CsvOption = False,
) -> None:
    """Sensors and stations to look at, the worst first: where, since when, what is wrong, how far off."""
    from pipelines.field_work import PlaceToVisit, field_work
    from warehouse.published import connect

    form, settings = form_of(as_json, as_csv), settings_of(home)
    if city:
        require_city(settings, city)
    with connect.open_published(settings.home) as con:
        work = field_work(con, city, worst)
    if form is Form.PEOPLE and not work.watched:
        of_city = f" of {city}" if city else ""
        raise Stop(
            f"no place{of_city} is watched: no feed has readings of a watched quantity by place, or the file is "
            "of an older version, and `madang nightly` publishes it",
            1,
        )
    print_listing(Listing.of_records(PlaceToVisit, work.places), form, lambda: _shown(work))


def _shown(work: FieldWork) -> Iterator[RenderableType]:
    from pipelines.cli.fitted import FittedTable
    from pipelines.cli.render import data

    if not work.places:
        yield data(f"no place to look at, of {work.watched:,} watched on {work.newest}{_unknown(work)}")
        return
    which = f"{len(work.places):,} of {work.wrong:,} places to look at"
    title = f"{which}, of {work.watched:,} watched; newest day {work.newest}{_unknown(work)}"
    columns: dict[str, Callable[[PlaceToVisit], object]] = {
        "city": lambda one: one.city,
        "network": lambda one: one.network,
        "place": lambda one: one.place,
        "where": _where,
        "since": lambda one: one.since or "not known",
        "what is wrong": lambda one: one.wrong,
    }
    if len({one.network for one in work.places}) == 1:
        del columns["network"]
    cells = [[data(cell(one)) for cell in columns.values()] for one in work.places]
    yield FittedTable([data(head) for head in columns], cells, data(title), may_go=(0,))


def _unknown(work: FieldWork) -> str:
    """What a first night would hide: how many nobody can judge, and why."""
    from assets.watch.health import LEAST_DAYS, WhyNotJudged
    from assets.watch.nearest import LEAST

    words = {
        WhyNotJudged.NO_POSITION: "without a position",
        WhyNotJudged.FEW_NEIGHBOURS: f"without {LEAST} neighbours that read",
        WhyNotJudged.FEW_DAYS: f"with fewer than {LEAST_DAYS} days",
    }
    said = ", ".join(f"{count:,} {words[why]}" for why, count in work.not_judged.items())
    return f"; {sum(work.not_judged.values()):,} not judged: {said}" if said else ""


def _where(one: PlaceToVisit) -> str:
    """What helps to find it: its name, its address, else its position, and the area."""
    at = None if one.lat is None or one.lon is None else f"{one.lat:.5f}, {one.lon:.5f}"
    said = [one.name, one.address or at, one.area_name or one.area]
    return "; ".join(dict.fromkeys(text for text in said if text)) or "not known"

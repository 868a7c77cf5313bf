"""What a night says when it has ended: the scoreboard, what was held back, what failed, what is published."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType

from assets.crashes import CRASHES
from assets.pack.city import City
from assets.suggested import suggested
from pipelines import report
from pipelines.cli import render, stages
from pipelines.cli.options import Stop, print_json, program, say_error
from pipelines.cli.wrapping import say
from pipelines.newly_flagged import NewlyFlagged, newly_flagged
from pipelines.settings import Settings
from quality.contract.texts import PLATFORM
from warehouse.failpoint import failpoint
from warehouse.ledger import ledger
from warehouse.published.place import OPEN, tier_folder

if TYPE_CHECKING:
    import polars as pl

    from pipelines.runner import Result


def tell(settings: Settings, city: City, result: Result, *, as_json: bool, language: str | None = None) -> None:
    """Say how it went, for scripts or for people. Raises Stop where nothing was published.

    language: of the scoreboard; None: the city's first.

    What is published is published: a report that cannot be shown is one sentence, and the exit code stays the night's.
    """
    failpoint("night.tells")
    for text in result.troubles:
        say_error(text)
    flagged = [one for one in newly_flagged(settings.home, [city.name]) if one.day >= result.first]
    facts = _facts(city, result, flagged)
    stages.tell(night=facts)
    if as_json:
        print_json(facts)
        return
    out = render.console()
    try:
        _show(settings, city, result, flagged, out, language)
    except CRASHES as error:
        say_error(f"the report of the night cannot be shown ({type(error).__name__}: {error}); see `madang status`")
    if result.version is None:
        raise Stop(f"nothing was published: {result.error}. The version published before is unchanged", 1)
    news = "published as" if result.changed else "nothing new; published is still"
    where = f"version {result.version}: {settings.home.published_file} ({result.seconds:.0f} s)"
    say(f"{news} {where}")
    from warehouse.published.beside import shown_site, site_link

    if shown_site(everybody := tier_folder(settings.home, OPEN)) is not None:
        say(f"pages of the open file: {site_link(everybody) / 'index.html'}")
    if not stages.is_heard():
        status = suggested("status", program=program(), home=settings.home.root)
        say(f"next: {status} · {program()} --help")
    failpoint("night.told")


def _facts(city: City, result: Result, flagged: Sequence[NewlyFlagged]) -> dict[str, object]:
    return {
        "city": city.name,
        "from": result.first,
        "to": result.last,
        "exit_code": result.exit_code,
        "version": result.version,
        "changed": result.changed,
        "error": result.error,
        "seconds": result.seconds,
        "closed": result.closed.to_dicts(),
        "failed": result.failed.to_dicts(),
        "outside": result.outside.to_dicts(),
        "not_due": result.not_due,
        "not_come": result.not_come,
        "worth_a_look": [asdict(one) for one in result.worth_a_look],
        "newly_flagged": [asdict(one) for one in flagged],
        "crashed": result.crashed,
        "troubles": result.troubles,
    }


def _show(
    settings: Settings,
    city: City,
    result: Result,
    flagged: Sequence[NewlyFlagged],
    out: Console,
    language: str | None,
) -> None:
    if result.version is not None:
        for part in board_of(settings, city, report.latest(settings.home, city), language, whole=False):
            out.print(part)
        if result.closed.height:
            out.print(render.closed(city.name, result.closed))
        if result.failed.height:
            out.print(render.failed(city.name, result.failed))
        if result.outside.height:
            out.print(render.outside(city.name, result.outside))
    if result.not_due:
        out.print(render.not_due(city.name, result.not_due))
    for text in result.not_come:
        out.print(render.data(f"{city.name}: {text}", "bold yellow"))
    if result.worth_a_look:
        out.print(render.worth_a_look(result.worth_a_look))
    for one in flagged:
        out.print(render.data(one.sentence(program(), settings.home), "bold yellow"))
    if result.not_read:
        out.print(render.not_read(city.name, result.not_read))
    if result.crashed:
        out.print(render.crashed(result.crashed))
    out.print()


def board_of(
    settings: Settings, city: City, latest: pl.DataFrame, language: str | None, *, whole: bool = True
) -> Iterator[RenderableType]:
    """The latest values of a city as people read them; of many, where not the `whole` is wanted, a screen.

    latest: rows of `report.latest`.
    """
    from assets.publication.columns import core_table
    from pipelines.cli import scoreboard

    simulated = "simulated" in ledger.sources(settings.home, city.name)
    if latest.is_empty():
        public = [core_table(contract, city.name) for contract in city.contracts.values() if not contract.private]
        tables = ", ".join(map(str, public)) or "none"
        text = f"{city.name} has no metric values; of its own tables there are {tables}"
        yield render.simulated_or_not(text, simulated=simulated)
        return
    titles = dict(latest.select("metric", "title").iter_rows())
    board = scoreboard.board_for(city, titles, language, simulated=simulated)
    if not board.can_be_written(sys.stdout.encoding or "utf-8"):
        board = scoreboard.board_for(city, titles, PLATFORM, simulated=simulated)
    if not whole and scoreboard.is_long(latest):
        words = ["scoreboard", "--city", city.name, *([] if language is None else ["--language", language])]
        command = suggested(*words, program=program(), home=settings.home.root)
        yield scoreboard.summary(latest, board, command)
        return
    yield scoreboard.scoreboard(latest, board)
    yield scoreboard.reasons(latest, board)

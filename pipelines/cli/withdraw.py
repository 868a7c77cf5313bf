"""The command that takes back what somebody gave: `madang withdraw`."""

import getpass
import sys
from datetime import date
from typing import Annotated, Any

import typer

from assets.pack.city import City
from pipelines.cli import stopping
from pipelines.cli.options import (
    CityOption,
    HomeOption,
    JsonOption,
    Stop,
    city_of,
    new_run_id,
    one_city,
    packs_of,
    print_json,
    settings_of,
)
from pipelines.cli.run import FirstOption, LastOption
from pipelines.cli.wrapping import say
from pipelines.settings import Settings
from quality.contract.model import Contract
from warehouse.importing import importing
from warehouse.published.place import tier_folders

_SHOWN = 5  # tables and metrics that are named


def withdraw(
    feed: Annotated[str, typer.Argument(help="Feed of which rows are withdrawn.")],
    city: CityOption = None,
    first: FirstOption = None,
    last: LastOption = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Let the days come again, with the next delivery. Brings nothing back.")
    ] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove rows of a feed, all that was made of them, and every kept version that holds any. It cannot be undone."""
    name = one_city(city, all_cities=False) or ""
    settings = settings_of(home)
    days = (None if first is None else first.date(), None if last is None else last.date())
    with importing():
        from assets.removal import enforce
        from assets.removal.plan import withdrawal
    found = city_of(settings, name)
    contract = _contract(found, feed, days)
    if not settings.home.root.is_dir():
        raise Stop(f"there is no home {settings.home.root}: nothing has been run in it", 1)
    if undo:
        enforce.allow_again(settings.home, name, feed, days, by=getpass.getuser(), run_id=new_run_id())
        _answer(
            as_json, {"feed": feed, "undone": True}, f"{name}: {feed} may come again{_span(days)}: deliver it again"
        )
        return
    plan = withdrawal(settings.home, found, contract, *days)
    told = {
        "city": name,
        "feed": feed,
        "from": days[0],
        "to": days[1],
        "days": len(plan.days),
        "rows": plan.rows,
        "deliveries": len(plan.deliveries),
        "made_of_it": {f"{layer}.{table}": len(of) for (layer, table), of in sorted(plan.derived.items())},
        "metrics": list(plan.metrics),
        "values": plan.values,
        "versions": _versions(settings, plan),
    }
    if dry_run:
        _answer(as_json, told | {"dry_run": True}, _in_words(told))
        return
    if not yes:
        stopping.leaves("nothing is withdrawn, and nothing was begun")
        _ask(told)
    stopping.leaves("what was written down is finished by `madang publish`, or by the next night")
    shared = any(True for _ in tier_folders(settings.home))
    row = _carry_out(settings, found, plan)
    told |= {name: row[f"{name}_removed"] for name in ("rows", "values", "files", "versions")}
    told |= {"size_bytes": row["size_bytes"]}
    _answer(as_json, told | {"removal": row["removal_id"]}, _done(told))
    if shared:
        stopping.leaves("the rows are withdrawn; `madang publish` makes the files of tiers again")
        _release_again(settings, found, as_json=as_json)


def _release_again(settings: Settings, city: City, *, as_json: bool) -> None:
    """Files of tiers that held what was withdrawn are gone: they are made again at once. What is wrong is said."""
    from pipelines.tier_assets import release_tiers
    from warehouse.ledger import ledger

    done = release_tiers(settings.home, packs_of(settings, {*ledger.cities(settings.home), city.name}), new_run_id())
    made = [f"{one.tier} (release {one.version})" for one in done.tiers if one.changed and one.version is not None]
    if made and not as_json:
        say(f"Made again without it: {', '.join(made)}.")
    if done.troubles:
        raise Stop(f"withdrawn, and not all tiers are made again: {'; '.join(done.troubles)}", 3)


def _contract(city: City, feed: str, days: tuple[date | None, date | None]) -> Contract:
    from quality.contract.nearest import what_to_write

    if feed not in city.contracts:
        raise Stop(f"there is no feed {feed!r} in {city.name}; {what_to_write(feed, list(city.contracts))}", 2)
    contract = city.contracts[feed]
    if contract.reference_since is not None and days != (None, None):
        raise Stop(f"{feed} is a register, whose rows have no day: leave out --from and --to", 2)
    if days[0] is not None and days[1] is not None and days[1] < days[0]:
        raise Stop(f"--to {days[1]} lies before --from {days[0]}", 2)
    return contract


def _carry_out(settings: Settings, city: City, plan: Any) -> dict[str, Any]:
    """Write down that it is withdrawn, and publish: what is killed from here on the next publication finishes."""
    import polars as pl

    from assets.publication.gate import PublicationRefused
    from assets.publication.kept_packs import cities_to_publish
    from assets.publication.publish import publish_all
    from assets.removal import enforce
    from pipelines.dagster_store.instance import open_instance
    from pipelines.withdrawals import finish_withdrawals
    from warehouse.ledger import ledger

    home, run_id = settings.home, new_run_id()
    packs = packs_of(settings, {*ledger.cities(home), city.name})
    asked = enforce.ask_withdrawal(home, plan, by=getpass.getuser(), run_id=run_id)
    try:
        publish_all(home, lambda: cities_to_publish(home, packs), run_id=run_id)
    except PublicationRefused as refused:
        raise Stop(f"{plan.feed} is withdrawn, and nothing is published now: {refused}", 1) from refused
    store = open_instance(home) if home.dagster.is_dir() else None
    try:
        finish_withdrawals(home, store, run_id)
    finally:
        if store is not None:
            store.dispose()
    rows = enforce.removal_rows(home, asked)
    if rows.filter(pl.col("state") == "deleted").is_empty():
        raise Stop(f"{plan.feed} of {city.name} is left out of what is published: mend its pack, then publish", 1)
    return rows.sort("recorded_at").row(-1, named=True)


def _versions(settings: Settings, plan: Any) -> int:
    from assets.removal.forget import holds_any
    from warehouse.published.folder import version_files

    return sum(holds_any(path, [plan]) for path in version_files(settings.home).values())


def _ask(told: dict[str, Any]) -> None:
    _say_all(_in_words(told))
    if not sys.stdin.isatty():
        raise Stop("nobody can be asked here: give --yes to withdraw, or --dry-run to see what goes", 2)
    try:
        agreed = typer.confirm("Withdraw it? It cannot be brought back.", default=False)
    except typer.Abort:
        raise KeyboardInterrupt from None
    if not agreed:
        raise Stop("nothing was withdrawn", 1)


def _in_words(told: dict[str, Any]) -> str:
    made = [f"{table} ({_many(days, 'day')})" for table, days in told["made_of_it"].items()]
    metrics = told["metrics"]
    lines = [
        f"{told['city']}: {told['feed']}{_span((told['from'], told['to']))} has {_many(told['rows'], 'row')} of "
        f"{_many(told['days'], 'day')} from {_many(told['deliveries'], 'delivery', 'deliveries')}.",
        f"Made of it: {_some(made) or 'nothing'}.",
        f"Metrics that are made of it: {_some(metrics) or 'none'}; {_many(told['values'], 'value')} of the record.",
        f"Kept versions that hold any of it: {told['versions']:,}.",
    ]
    return "\n".join(lines)


def _done(told: dict[str, Any]) -> str:
    return (
        f"{told['city']}: {told['feed']}{_span((told['from'], told['to']))} is withdrawn: "
        f"{_many(told['rows'], 'row')}, {_many(told['values'], 'value')} of the record, "
        f"{_many(told['versions'], 'kept version')}, {_many(told['files'], 'file')} "
        f"({told['size_bytes'] / 1e6:,.1f} MB). What lies in a drop folder, in an export or in a backup is not reached."
    )


def _many(n: int, one: str, several: str | None = None) -> str:
    return f"{n:,} {one if n == 1 else several or f'{one}s'}"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more}"


def _span(days: tuple[date | None, date | None]) -> str:
    first, last = days
    return f"{'' if first is None else f' from {first}'}{'' if last is None else f' to {last}'}"


def _answer(as_json: bool, value: dict[str, Any], text: str) -> None:
    if as_json:
        print_json(value)
    else:
        _say_all(text)


def _say_all(text: str) -> None:
    for line in text.split("\n"):
        say(line)

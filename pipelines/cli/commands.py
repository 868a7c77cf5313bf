"""The `madang` command: all commands, and the message and exit code with which each one ends."""

from collections.abc import Sequence

import typer

from pipelines.cli import (
    bench,
    city,
    contract,
    dev,
    explained,
    export,
    feed,
    feed_new,
    inspect,
    maintain,
    metric,
    metric_try,
    quarantine,
    simulator,
    sql,
    stopping,
)
from pipelines.cli import run as running
from pipelines.cli.options import Stop, say_error, unwinding
from pipelines.cli.retired import refusal
from pipelines.process import configure

HELP = """City data, proved fit every night: feeds in, audited tables and policy metrics out.

Exit codes: 0 done, nothing is wrong · 3 published, but something is closed, failed or cannot be read · 1 nothing
published, or nothing to show · 2 invalid command line · 130 interrupted by Ctrl-C or SIGTERM."""
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP)
packs = typer.Typer(no_args_is_help=True, help="City packs: list them, check one, make a new one.")
for command in (
    inspect.status,
    inspect.ledger,
    explained.explain,
    sql.sql,
    inspect.versions,
):
    app.command()(command)
for command in (
    running.nightly,
    running.backfill,
    running.publish,
    running.rollback,
    export.export,
    maintain.maintain,
    dev.dev,
    bench.bench,
):
    app.command()(unwinding(command))
for name, command in (("list", city.city_list), ("check", city.city_check), ("new", city.city_new)):
    packs.command(name)(command)
app.add_typer(packs, name="city")
feeds = typer.Typer(no_args_is_help=True, help="Feeds of a pack: propose one from files, and try it, before the night.")
feeds.callback()(lambda: None)
feeds.command("new")(feed_new.feed_new)
feeds.command("try")(unwinding(feed.feed_try))
app.add_typer(feeds, name="feed")
contracts = typer.Typer(no_args_is_help=True, help="Contracts, as documents that other tools read and test.")
contracts.command("show")(contract.contract_show)
app.add_typer(contracts, name="contract")
metrics = typer.Typer(no_args_is_help=True, help="Metrics: list them, show one, try one, export them.")
for name, command in (("list", metric.metric_list), ("show", metric.metric_show), ("export", metric.metric_export)):
    metrics.command(name)(command)
metrics.command("try")(unwinding(metric_try.metric_try))
app.add_typer(metrics, name="metric")
held_back = typer.Typer(no_args_is_help=True, help="What is held back: counts, and the rows as they were delivered.")
held_back.command("list")(quarantine.quarantine_list)
held_back.command("show")(quarantine.quarantine_show)
app.add_typer(held_back, name="quarantine")
simulated = typer.Typer(no_args_is_help=True, help="The simulated city: all services of the packs, on this machine.")
simulated.command("serve")(unwinding(simulator.serve))
simulated.command("faults")(simulator.fault_list)
app.add_typer(simulated, name="simulator")


def run(arguments: Sequence[str]) -> int:
    """Run the command line to its end. The exit code; what a user can correct is said in one sentence."""
    configure()
    retired_word = refusal(arguments)
    if retired_word is not None:
        say_error(retired_word)
        return 2
    try:
        app(args=list(arguments), standalone_mode=True)
        code = 0
    except SystemExit as ended:  # this is how typer ends a command
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException as error:
        if stopping.arrived() is not None or isinstance(error, KeyboardInterrupt):
            code = stopping.CODE  # whatever ended it: a signal had come
        else:
            known = _code_of(error)
            if known is None:
                raise
            code = known
            if code != stopping.CODE:
                say_error(str(error))
    if stopping.arrived() is None and code != stopping.CODE:
        return code
    stopping.say()
    return stopping.CODE


def _code_of(error: BaseException) -> int | None:
    """The exit code of an error that says in one sentence what to do; None for a fault of Madang."""
    from quality.contract.mistakes import ContractError
    from warehouse.published.connect import UnreadableError

    if isinstance(error, Stop):
        return error.code
    if isinstance(error, ContractError):
        return 2
    # a full disk, a folder that may not be written or cannot exist: the system's own words name the path
    return 1 if isinstance(error, UnreadableError | OSError) else None

"""The `madang` command: all commands, and the message and exit code with which each one ends."""

import sys
from typing import NoReturn

import typer

from pipelines.cli import bench, city, inspect, maintain, quarantine, run, simulator
from pipelines.cli.options import Stop, piped, say_error
from pipelines.cli.retired import refusal
from pipelines.process import configure

HELP = """City data, proved fit every night: feeds in, audited tables and policy metrics out.

Exit codes: 0 published and no gate closed · 3 published, but a gate closed or a feed failed · 1 not published ·
2 invalid command line · 130 interrupted by Ctrl-C or SIGTERM."""
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP)
packs = typer.Typer(no_args_is_help=True, help="City packs: list them, check one, make a new one.")
for command in (
    run.nightly,
    run.backfill,
    inspect.status,
    inspect.ledger,
    inspect.explain,
    inspect.sql,
    inspect.versions,
):
    app.command()(piped(command))
for command in (run.publish, run.rollback, maintain.maintain, run.dev, bench.bench):
    app.command()(piped(command))
for name, command in (("list", city.city_list), ("check", city.city_check), ("new", city.city_new)):
    packs.command(name)(piped(command))
app.add_typer(packs, name="city")
held_back = typer.Typer(no_args_is_help=True, help="What is held back: counts, and the rows as they were delivered.")
held_back.command("list")(piped(quarantine.quarantine_list))
held_back.command("show")(piped(quarantine.quarantine_show))
app.add_typer(held_back, name="quarantine")
simulated = typer.Typer(no_args_is_help=True, help="The simulated city: all services of the packs, on this machine.")
simulated.command("serve")(piped(simulator.serve))
simulated.command("faults")(piped(simulator.fault_list))
app.add_typer(simulated, name="simulator")


def main() -> NoReturn:
    """Run the command line. Errors that a user can correct are one sentence, never a traceback."""
    from quality.contract.model import ContractError
    from warehouse.published.connect import UnreadableError

    configure()
    retired_word = refusal(sys.argv[1:])
    if retired_word is not None:
        say_error(retired_word)
        sys.exit(2)
    try:
        app(standalone_mode=True)
    except Stop as stop:
        say_error(str(stop))
        sys.exit(stop.code)
    except ContractError as error:
        say_error(str(error))
        sys.exit(2)
    except UnreadableError as error:
        say_error(str(error))
        sys.exit(1)
    sys.exit(0)

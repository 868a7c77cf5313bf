"""The `madang` command: all commands, and the message and exit code with which each one ends."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer
from typer.completion import completion_init  # pyright: ignore[reportPrivateImportUsage]

from pipelines.cli import later, stopping
from pipelines.cli.accidents import accident_of
from pipelines.cli.completion import ASKED, PROGRAM
from pipelines.cli.options import Stop, say_error
from pipelines.cli.retired import refusal
from pipelines.process import configure

HELP = """City data, proved fit every night: feeds in, audited tables and policy metrics out.

Exit codes: 0 done, nothing is wrong · 3 published, but something is closed, failed or cannot be read · 1 nothing
published, or nothing to show · 2 invalid command line · 130 interrupted by Ctrl-C or SIGTERM."""
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP)


def _say_version(asked: bool) -> None:
    if asked:
        from pipelines.wheel import version_text

        print(version_text())
        raise typer.Exit


@app.callback()
def _options(
    _version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_say_version, help="Say which Madang this is, and end.")
    ] = False,
) -> None: ...


for place in (
    "inspect.status",
    "inspect.scoreboard",
    "inspect.ledger",
    "explained.explain",
    "sql.sql",
    "inspect.versions",
    "completion.completion",
    "doctor.doctor",
    "sensors.sensors",
):
    later.add(app, place)
for place in (
    *("run.nightly", "run.backfill", "publishing.publish", "publishing.rollback", "repair.repair"),
    *("withdraw.withdraw", "maintain.maintain", "backup.restore"),
):
    later.add(app, place, publishes=True)
for place in ("export.export", "dev.dev", "bench.bench", "backup.backup", "watch.watch", "site.site"):
    later.add(app, place, unwinds=True)


def _group(name: str, text: str) -> typer.Typer:
    group = typer.Typer(no_args_is_help=True, help=text)
    group.callback()(lambda: None)  # a group of one command is a group
    app.add_typer(group, name=name)
    return group


packs = _group("city", "City packs: list them, check one, make a new one, move one to another installation.")
for name in ("list", "check", "new"):
    later.add(packs, f"city.city_{name}", name=name)
for name in ("sample", "replay", "pack", "unpack", "diff"):
    later.add(packs, f"city_move.city_{name}", name=name, unwinds=True)
feeds = _group("feed", "Feeds of a pack: propose one from files, and try it, before the night.")
later.add(feeds, "feed_new.feed_new", name="new")
later.add(feeds, "feed.feed_try", name="try", unwinds=True)
contracts = _group("contract", "Contracts, as documents that other tools read and test.")
later.add(contracts, "contract.contract_show", name="show")
metrics = _group("metric", "Metrics: list them, show one, try one, export them.")
later.add(metrics, "metric_list.metric_list", name="list")
for name in ("show", "export"):
    later.add(metrics, f"metric.metric_{name}", name=name)
later.add(metrics, "metric_try.metric_try", name="try", unwinds=True)
shared = _group("share", "What leaves the home: what each tier would see, before it is released.")
later.add(shared, "share.share_check", name="check")
held_back = _group("quarantine", "What is held back: counted, shown, exported, and judged again after a correction.")
for name in ("list", "show"):
    later.add(held_back, f"quarantine.quarantine_{name}", name=name)
later.add(held_back, "quarantine.quarantine_export", name="export", unwinds=True)
later.add(held_back, "quarantine.quarantine_replay", name="replay", publishes=True)
refused = _group("refused", "Deliveries about single persons, which never landed: list, give back, remove.")
for name in ("list", "remove", "return"):
    later.add(refused, f"refused.refused_{name}", name=name)
simulated = _group("simulator", "The simulated city: all services of the packs, on this machine.")
later.add(simulated, "simulator.serve", unwinds=True)
later.add(simulated, "simulator.feed_list", name="feeds")
later.add(simulated, "simulator.fault_list", name="faults")


def run(arguments: Sequence[str]) -> int:
    """Run the command line to its end. The exit code; what a user can correct is said in one sentence."""
    configure()
    completes = ASKED in os.environ
    if completes:
        completion_init()  # typer's classes for shells: its own options for them are not those of `madang completion`
    retired_word = refusal(arguments)
    if retired_word is not None:
        say_error(retired_word)
        return 2
    try:
        app(args=list(arguments), prog_name=PROGRAM if completes else None, standalone_mode=True)
        code = 0
    except SystemExit as ended:  # this is how typer ends a command
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException as error:
        if stopping.arrived() is not None or isinstance(error, KeyboardInterrupt):
            code = stopping.CODE  # whatever ended it: a signal had come
        else:
            known, accident = _code_of(error), accident_of(error)
            if known is None and accident is None:
                raise
            code = 1 if known is None else known
            if code != stopping.CODE:
                say_error(str(error) if known is not None else accident)
    if stopping.arrived() is None and code != stopping.CODE:
        return code
    stopping.say()
    return stopping.CODE


def _code_of(error: BaseException) -> int | None:
    """The exit code of an error that says in one sentence what to do; None for a fault of Madang."""
    from quality.contract.mistakes import ContractError
    from warehouse.damaged import DamagedHomeError
    from warehouse.published.connect import UnreadableError

    if isinstance(error, Stop):
        return error.code
    if isinstance(error, ContractError):
        return 2
    # a full disk, a folder that may not be written or cannot exist: the system's own words name the path
    return 1 if isinstance(error, UnreadableError | DamagedHomeError | OSError) else None

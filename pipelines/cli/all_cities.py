"""`nightly --all-cities` and `backfill --all-cities`: each city as `--city` has it, and how all of them ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import typer

from pipelines.cities_in_words import NOT_ALL_WELL, WELL, cities_in_words
from pipelines.cli import beside, stages, stopping
from pipelines.cli.options import Stop, print_json, say_error
from pipelines.cli.wrapping import say
from pipelines.drop import NoDropFolderError, drop_of
from pipelines.settings import REPOSITORY, Settings
from pipelines.visible import one_line
from warehouse.ledger import ledger

FORMAT = 1  # of the JSON
NOT_PUBLISHED, REFUSED, NO_FILES = "not published", "refused", "no files"
_BY_CODE = {0: WELL, 3: NOT_ALL_WELL, 1: NOT_PUBLISHED, 2: REFUSED}
_WAITS_S = 30.0  # for a service, before it gives up its place
_READS_S = 900.0  # files that are new, of many years
_BUILDS_S = 3_600.0


@dataclass(frozen=True)
class CityEnd:
    """What came out for one city."""

    city: str
    state: str
    why: str  # what is not well; of a city that is well nothing
    exit_code: int | None  # None: it was not run, or killed
    seconds: float
    night: Mapping[str, Any] | None  # as `--city ... --json` prints it

    @property
    def is_well(self) -> bool:
        return self.state in (WELL, NO_FILES)


def run_all(settings: Settings, words: Sequence[str], *, limit_minutes: float, as_json: bool) -> NoReturn:
    """Run the command for each pack there is, and end with the code for all of them. `words`: the command and its
    options, without city and home."""
    names = [folder.name for folder in settings.packs()]
    if not names:
        raise Stop(f"there is no city pack in {settings.cities_dir}: set MADANG_CITIES to the folder of packs", 2)
    without = _without_files(settings, names)
    cities = [name for name in names if name not in without]
    ends = [CityEnd(name, NO_FILES, why, None, 0.0, None) for name, why in without.items()]
    for end in ends:
        say_error(f"{end.city} is left out: {end.why}")
    running = beside.Beside(
        command=lambda city: [sys.executable, "-m", "pipelines.cli", *words, "--city", city],
        environment=_environment(settings),
        folder=REPOSITORY,
        patience={
            stages.STARTING: _WAITS_S * 2,
            stages.FETCHING: _READS_S if settings.source == "files" else _WAITS_S,
            stages.BUILDING: _BUILDS_S,
            stages.PUBLISHING: _BUILDS_S,
        },
        limit_s=limit_minutes * 60,
        at_line=lambda city, line: print(one_line(f"{city}: {line}"), file=sys.stderr, flush=True),
    )
    try:
        for ended in running.run(cities):
            ends.append(_end_of(ended, limit_minutes))
            if not as_json:
                print(ended.out, end="", flush=True)
    except KeyboardInterrupt as interrupt:
        raise Stop(stopping.SENTENCE, stopping.CODE) from interrupt
    ends.sort(key=lambda end: names.index(end.city))
    code = code_of(ends)
    if as_json:
        cities_json = [vars(end) for end in ends]
        print_json({"format": FORMAT, "exit_code": code, "version": _version(ends), "cities": cities_json})
    else:
        _show(settings, ends)
    raise typer.Exit(code)


def code_of(ends: Sequence[CityEnd]) -> int:
    """0: all are well. 3: some were published. 2: all were refused. 1: nothing was published."""
    ran = [end for end in ends if end.state != NO_FILES]
    if ran and all(end.is_well for end in ran):
        return 0
    if any(end.exit_code in (0, 3) for end in ran):
        return 3
    return 2 if ran and all(end.state == REFUSED for end in ran) else 1


def _without_files(settings: Settings, names: Sequence[str]) -> dict[str, str]:
    """The cities that have no drop folder and never had anything in this home, and why. One that had something is run
    all the same, so that somebody hears that its folder is gone."""
    if settings.source != "files":
        return {}
    if settings.drop_dir is None:
        raise Stop("--source files needs drop folders: give --from-dir DIR with a folder for each city", 2)
    if not settings.drop_dir.is_dir():
        raise Stop(f"{settings.drop_dir} is not a folder: --from-dir needs one with a folder for each city", 2)
    known, found = ledger.cities(settings.home), dict[str, str]()
    for name in names:
        try:
            drop_of(settings.drop_dir, name, names, given=False)
        except NoDropFolderError as error:
            if name not in known:
                found[name] = str(error)
    if len(found) == len(names):
        raise Stop(f"{settings.drop_dir} has no folder for any of {', '.join(names)}: --from-dir needs one for each", 2)
    return found


def _environment(settings: Settings) -> dict[str, str]:
    """The settings for processes that begin in another folder."""
    found = dict(os.environ) | {
        "MADANG_HOME": str(settings.home.root),
        "MADANG_CITIES": str(settings.cities_dir.resolve()),
        "MADANG_SOURCE": settings.source,
    }
    if settings.drop_dir is not None:
        found["MADANG_DROP"] = str(settings.drop_dir.resolve())
    return found


def _end_of(ended: beside.Ended, limit_minutes: float) -> CityEnd:
    night = ended.passed.get("night")
    why = _what_is_wrong(night) if night is not None else _last_words(ended)
    state = _BY_CODE.get(ended.code, NOT_PUBLISHED)
    if ended.too_long:
        state, why = NOT_PUBLISHED, f"it was ended after {limit_minutes:g} minutes; the same command goes on from there"
    elif ended.code < 0:
        why = f"it was killed by signal {-ended.code}"
    elif ended.code not in _BY_CODE:
        why = f"it ended with {ended.code}: {why}"
    code = ended.code if ended.code in _BY_CODE and not ended.too_long else None
    return CityEnd(ended.city, state, "" if state == WELL else why, code, ended.seconds, night)


def _last_words(ended: beside.Ended) -> str:
    said = [line.removeprefix("madang: ") for line in ended.err.splitlines() if line.strip()]
    return said[-1] if said else f"it ended with {ended.code} and gave no reason"


def _what_is_wrong(night: Mapping[str, Any]) -> str:
    """In words, of what a night has passed on."""
    if night["error"] is not None:
        return f"nothing was published: {night['error']}"
    counts = (
        ("closed", "gate closed", "gates closed"),
        ("failed", "delivery failed", "deliveries failed"),
        ("crashed", "step crashed", "steps crashed"),
        ("troubles", "pack or feed cannot be read", "packs or feeds cannot be read"),
    )
    said = ((len(night[name]), one, more) for name, one, more in counts)
    return ", ".join(f"{count:,} {one if count == 1 else more}" for count, one, more in said if count)


def _version(ends: Sequence[CityEnd]) -> int | None:
    return max((end.night["version"] for end in ends if end.night and end.night["version"] is not None), default=None)


def _show(settings: Settings, ends: Sequence[CityEnd]) -> None:
    from pipelines.cli import render

    out = render.console()
    out.print(render.ends_of_cities(ends))
    version = _version(ends)
    if version is not None:
        say(f"published as version {version}: {settings.home.published_file}")
    sentence = cities_in_words(((end.city, end.state) for end in ends), NO_FILES)
    say(sentence)

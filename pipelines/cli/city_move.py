"""Commands that move a city between installations: its sample and replay, pack, unpack, diff."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import typer

from assets.suggested import suggested
from pipelines.cli import stopping
from pipelines.cli.city import schemas_beside
from pipelines.cli.options import (
    JsonOption,
    Stop,
    cities_there,
    cities_unless_usual,
    city_of,
    print_json,
    say_error,
    settings_of,
)
from pipelines.cli.wrapping import say
from warehouse.importing import importing

if TYPE_CHECKING:
    from assets.pack.city import City
    from pipelines.progress import Progress
    from pipelines.replayed import Judged
    from pipelines.settings import Settings

CityArgument = Annotated[str, typer.Argument(help="City pack: its name, or its folder.", autocompletion=cities_there)]
_SHOWN = 40  # differences on a screen; --json has all
_AGAIN = "the same command begins again"


def city_sample(
    name: CityArgument,
    day: Annotated[
        datetime | None,
        typer.Option("--day", formats=["%Y-%m-%d"], help="The night (default: that of the sample there is)."),
    ] = None,
    from_dir: Annotated[
        Path | None, typer.Option("--from-dir", help="A drop folder with real deliveries, in place of made-up ones.")
    ] = None,
    licence: Annotated[str, typer.Option("--licence", help="With --from-dir: what may be done with the files.")] = "",
) -> None:
    """Make the sample of a pack: deliveries of one night, and the figures that come out. Needs no network."""
    if (from_dir is None) != (not licence.strip()):
        raise Stop("--from-dir and --licence belong together: a sample is given to others", 2)
    if from_dir is not None and not from_dir.is_dir():
        raise Stop(f"{from_dir} is not a folder: --from-dir needs the drop folder of the city", 2)
    settings = settings_of(None)
    city = _city(settings, name)
    with importing():
        from pipelines.sampled import NamedDeliveries, make_sample, night_of_sample
    night = night_of_sample(city) if day is None else day.date()
    if night < city.config.first_day or night > city.yesterday():
        raise Stop(f"{night} is outside {city.name}'s days: from {city.config.first_day} to yesterday; use --day", 2)
    stopping.leaves(f"the sample is whole, as it was before or as it is made now; {_AGAIN}")
    given = None if from_dir is None else NamedDeliveries(from_dir.resolve(), licence.strip())
    with _said_in_one_sentence(), _progress() as shown:
        made = make_sample(city, night, given, shown)
    for trouble in made.troubles:
        say(f"  {trouble}")
    values = sum(figure.value is not None for figure in made.replayed.figures)
    counts = f"{len(made.about.deliveries)} deliveries, {len(made.replayed.figures)} figures, {values} with a value"
    say(f"{city.folder / 'sample'}: the night of {night}; {counts}; {made.size_bytes:,} bytes")


def city_replay(name: CityArgument, as_json: JsonOption = False) -> None:
    """Run the sample of a pack through a night of its own, and say which figures are not as expected."""
    settings = settings_of(None)
    stopping.leaves(f"nothing of the replay is left; {_AGAIN}")
    city = _city(settings, name)
    with importing():
        from pipelines.replayed import judge_sample
    with _said_in_one_sentence(), _progress() as shown:
        judged = judge_sample(city, shown)
    if as_json:
        print_json(
            {
                "city": city.name,
                "expected": judged.expected,
                "differences": [
                    {
                        **dict(zip(("metric", "area", "period", "starts"), one.place, strict=True)),
                        "expected": None if one.expected is None else one.expected.value,
                        "got": None if one.got is None else one.got.value,
                        "said": str(one),
                    }
                    for one in judged.differences
                ],
                "troubles": list(judged.troubles),
            }
        )
    else:
        for text in _lines(judged):
            say(text)
        say(f"{city.name}: {_result(judged)}")
    if judged.differences:
        raise typer.Exit(1)


def city_pack(
    name: CityArgument,
    to: Annotated[Path | None, typer.Option("--to", help="The file (default: <city>.zip here).")] = None,
) -> None:
    """Write a pack as one file for another installation, after its sample has been replayed."""
    settings = settings_of(None)
    city = _city(settings, name)
    target = Path(f"{city.name}.zip") if to is None else to
    stopping.leaves(f"{target} is not written; {_AGAIN}")
    with importing():
        from assets.moving.archive import ArchiveError, archive_of, open_archive
        from assets.moving.pack_files import moved_files
        from pipelines.replayed import judge_sample
        from warehouse.files import ANYBODY, write_atomically
    if target.exists():  # a sign too few on the command line must not cost somebody's file
        try:
            other = open_archive(target).manifest.city != city.name
        except ArchiveError:
            other = True
        if other:
            raise Stop(f"{target} is another file, and nothing is overwritten; choose another name", 2)
    with _writing(target):  # the replay takes minutes: what can be known before it is said before it
        target.parent.mkdir(parents=True, exist_ok=True)
        TemporaryFile(dir=target.parent).close()
    files = moved_files(city)
    with _said_in_one_sentence(), _progress() as shown:
        _require_same(
            judge_sample(city, shown), f"{city.name} is not packed: its sample gives other figures than expected"
        )
    content = archive_of(city, files.contents)
    stopping.leaves(f"{target} is whole, or as it was before; {_AGAIN}")
    with _writing(target):
        write_atomically(target, content, ANYBODY)
    if files.left:
        say(f"left out, as no part of a pack: {', '.join(files.left)}")
    say(f"{target}: {city.name}, {len(files.contents)} files, {len(content):,} bytes")


def city_unpack(
    file: Annotated[Path, typer.Argument(help="The file that `madang city pack` wrote.")],
    to: Annotated[Path | None, typer.Option("--to", help="Folder of packs (default: MADANG_CITIES).")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of the pack that is there.")] = False,
) -> None:
    """Verify a packed city, replay its sample, and put it among the packs. What differs is refused, and named."""
    settings = settings_of(None)
    with importing():
        from assets.moving.archive import ArchiveError
        from assets.moving.unpacked import unpack_city
        from pipelines.replayed import judge_sample
    cities = settings.cities_dir if to is None else to
    if (cities / "city.yaml").exists():
        raise Stop(f"{cities} is a pack itself: --to needs the folder that holds packs", 2)
    stopping.leaves(f"nothing is unpacked; {_AGAIN}")

    def accepted(city: City) -> None:
        _require_same(judge_sample(city, shown), f"{city.name} is refused: its sample gives other figures")
        stopping.leaves(f"{cities / city.name} is the whole pack, or as it was before; {_AGAIN}")

    try:
        with _said_in_one_sentence(), _progress() as shown:
            done = unpack_city(file, cities, accepted, replaces=replace)
    except (ArchiveError, FileExistsError) as error:
        raise Stop(str(error), 2) from error
    schemas_beside(cities)
    say(f"{done.folder}: {done.archive.manifest.title}, made by Madang {done.archive.manifest.madang}")
    elsewhere = cities_unless_usual(cities, settings)
    say(f"next: {suggested('city', 'check', done.archive.manifest.city, cities=elsewhere)}")


def city_diff(
    one: Annotated[
        str, typer.Argument(help="City pack: its name, its folder, or a packed file.", autocompletion=cities_there)
    ],
    other: Annotated[str, typer.Argument(help="The one that it is compared with, in the same way.")],
    as_json: JsonOption = False,
) -> None:
    """In what two packs differ, in words. Ends with 0 where they say the same, with 1 where they differ."""
    settings = settings_of(None)
    stopping.leaves(f"nothing of it is left; {_AGAIN}")
    with importing():
        from assets.moving.compared import differences_between
        from assets.moving.described import is_of_a_choice, pack_described
    with _any_city(settings, one) as first, _any_city(settings, other) as second:
        found = [
            at for at in differences_between(pack_described(first), pack_described(second)) if not is_of_a_choice(at)
        ]
    if as_json:
        print_json([{"place": list(at.place), "one": at.one, "other": at.other} for at in found])
    else:
        for at in found:
            say(at.said(one, other))
        say(f"{one} and {other}: {len(found) or 'no'} difference{'' if len(found) == 1 else 's'}")
    if found:
        raise typer.Exit(1)


def _city(settings: Settings, name: str) -> City:
    """A city by its name or by its folder. Raises Stop, ContractError."""
    folder = Path(name)
    if (folder / "city.yaml").is_file():
        from assets.pack.city import load_city

        return load_city(folder.resolve())
    return city_of(settings, name)


@contextmanager
def _any_city(settings: Settings, name: str) -> Iterator[City]:
    if not Path(name).is_file():
        yield _city(settings, name)
        return
    from assets.moving.archive import ArchiveError, open_archive
    from assets.moving.unpacked import city_in

    try:
        with city_in(open_archive(Path(name))) as city:
            yield city
    except ArchiveError as error:
        raise Stop(str(error), 2) from error


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = error.strerror or str(error)
        raise Stop(f"{target} cannot be written ({why}); choose another place with --to", 2) from error


@contextmanager
def _progress() -> Iterator[Progress]:
    from pipelines.cli import render
    from pipelines.cli.progress_bar import ProgressBar

    with ProgressBar(render.console(error=True)) as shown:
        yield shown


@contextmanager
def _said_in_one_sentence() -> Iterator[None]:
    """What ends a replay, with its exit code."""
    from assets.failures import PermanentFailure
    from pipelines.replayed import NoReplayError
    from pipelines.runner import Interrupted
    from simulator.process import NotStartedError

    try:
        yield
    except Interrupted as interrupt:
        raise Stop(stopping.sentence(), stopping.CODE) from interrupt
    except (NoReplayError, NotStartedError) as error:
        raise Stop(str(error), 1) from error
    except PermanentFailure as failure:
        raise Stop(str(failure), 2) from failure


def _require_same(judged: Judged, otherwise: str) -> None:
    if judged.differences:
        for text in _lines(judged):
            say_error(text)
        raise Stop(f"{otherwise}: {_result(judged)}", 1)


def _lines(judged: Judged) -> Iterator[str]:
    yield from (f"  {one}" for one in judged.differences[:_SHOWN])
    if (more := len(judged.differences) - _SHOWN) > 0:
        yield f"  and {more:,} more"
    if judged.differences:
        yield from (f"  it may be because of: {text}" for text in judged.troubles)


def _result(judged: Judged) -> str:
    if not judged.differences:
        return f"{judged.expected:,} figures are as expected"
    count = len(judged.differences)
    which = "figure differs" if count == 1 else "figures differ"  # also such as nobody expects: "75 of 14" said nothing
    return f"{count:,} {which} from the {judged.expected:,} that are expected"

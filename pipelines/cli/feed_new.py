"""`madang feed new`: what a delivery is, and the file of the feed that it may be."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assets.suggested import suggested
from pipelines.cli import stopping
from pipelines.cli.options import Stop, cities_there, folder_of, print_file
from pipelines.settings import Settings, SettingsError
from pipelines.visible import one_line

if TYPE_CHECKING:
    from assets.pack.city_file import CityConfig
    from assets.propose.proposal import Proposal
    from assets.propose.seen import Look

_SCHEMA = "../../.schemas/feed.json"
_NETWORKS = ("reference", "low_cost", "crowd", "modelled")
_INTERVALS = ("hour_beginning", "hour_ending", "instant", "day", "month", "quarter", "year")


@dataclass(frozen=True)
class _Town:
    """The city that the feed is for; `folder` and `config` are None without one."""

    folder: Path | None
    config: "CityConfig | None"
    cities: Path

    @property
    def taken(self) -> list[str]:
        """The names of its feeds."""
        return [] if self.folder is None else [path.name.split(".")[0] for path in (self.folder / "feeds").glob("*")]


def feed_new(
    file: Annotated[Path, typer.Argument(help="A file that was delivered, or a drop folder.")],
    city: Annotated[
        str,
        typer.Option("--city", help="City that gets the feed (default: print it only).", autocompletion=cities_there),
    ] = "",
    name: Annotated[str, typer.Option("--name", help="Name of the feed (default: from that of the file).")] = "",
    model: Annotated[
        list[str] | None, typer.Option("--model", help="Model that its rows are of, where it is known.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing: take what is proposed.")] = False,
) -> None:
    """Look at a delivery, propose the file of its feed with what is in doubt as comments, and write it into a pack.

    Asks on a terminal where it is not sure. Exit codes: 0 written · 1 the delivery cannot be read, or nothing can be
    proposed · 2 wrong command line, or the feed is there already.
    """
    from assets.failures import FeedFailure
    from assets.propose.look import look

    town = _town(city)
    asks = sys.stdin is not None and sys.stdin.isatty() and not yes  # type: ignore[redundant-expr]
    _check(file, name, model or (), town)
    try:
        seen = look(file, () if town.config is None else town.config.languages)
        proposals = _chosen(seen, name, town, model or (), asks=asks)
        if name and len(proposals) > 1:
            raise Stop(f"--name {name}: {file} holds {len(proposals)} feeds; give one of its files, or leave it out", 2)
        for one, proposed in proposals:
            if len(proposals) > 1:
                _say(f"{one.name or one.paths[0]}:")
            _finish(one, proposed, name, town, file, asks=asks)
    except FeedFailure as failure:
        raise Stop(_sentence(failure), 1) from failure
    except typer.Abort:
        raise KeyboardInterrupt from None


def _town(city: str) -> _Town:
    from assets.pack.city import city_config

    try:
        settings = Settings()
        folder = folder_of(settings, city) if city else None
    except SettingsError as error:
        raise Stop(str(error), 2) from error
    return _Town(folder, None if folder is None else city_config(folder / "city.yaml"), settings.cities_dir)


def _check(file: Path, name: str, wanted: Sequence[str], town: _Town) -> None:
    """Raises Stop for what is wrong in the command line, before anything is looked at."""
    from assets.models import models
    from assets.propose.feed_name import wrong_name
    from quality.contract.nearest import what_to_write

    if not file.exists():
        raise Stop(f"{file}: there is no such file or folder", 2)
    if name and (wrong := wrong_name(name)) is not None:
        raise Stop(f"--name: {wrong}", 2)
    if name in town.taken:
        raise Stop(_exists(town, name), 2)
    for one in wanted:
        if one not in models():
            raise Stop(f"--model {one}: there is no such model; {what_to_write(one, models())}", 2)


def _exists(town: _Town, name: str) -> str:
    return f"{town.folder}/feeds has a feed {name!r} already, and nothing is overwritten; give another --name"


def _sentence(failure: Any) -> str:
    """Why a file cannot be read, without what stands in it: those may be names of persons."""
    return f"{failure.where}: {failure.what.split(': ')[0]}; {failure.hint}"


def _chosen(
    seen: "Sequence[Look]", name: str, town: _Town, wanted: Sequence[str], *, asks: bool
) -> "list[tuple[Look, Proposal]]":
    """The looks that become feeds: of several all whose model is known, or those that a person takes."""
    from assets.failures import FeedFailure

    found: list[tuple[Look, Proposal]] = []
    failures: list[FeedFailure] = []
    for one in seen:
        try:
            found.append((one, _proposed(one, name, town, wanted)))
        except FeedFailure as error:
            failures.append(error)
    if not found:
        raise failures[0]
    for sentence in [text for one in seen for text in one.said] + [_sentence(error) for error in failures]:
        _say(sentence)
    if len(seen) == 1:
        return found
    known = [(one, proposal) for one, proposal in found if proposal.document.get("implements")]
    for number, (one, proposal) in enumerate(found, 1):
        _say(f"{number}: {one.name or one.paths[0]}: {_models(proposal) or 'no model is known'}")
    if asks:
        proposed = ",".join(str(number) for number, pair in enumerate(found, 1) if pair in known) or "1"
        numbers = _numbers("Which of them become feeds (numbers)", proposed, len(found))
        return [found[number - 1] for number in numbers]
    if not known:
        raise Stop("of none of these tables the model is known; give one of the files, and perhaps its --model", 1)
    return known


def _proposed(one: "Look", name: str, town: _Town, wanted: Sequence[str]) -> "Proposal":
    from assets.models import models
    from assets.propose.proposal import propose

    return propose(one, name or one.name or one.paths[0], town.config, models(), wanted)


def _models(proposal: "Proposal") -> str:
    given = proposal.document.get("implements") or ()
    return ", ".join([given] if isinstance(given, str) else given)


def _finish(one: "Look", proposal: "Proposal", name: str, town: _Town, file: Path, *, asks: bool) -> None:
    """Ask what is not sure, write the file, and say what comes next."""
    from assets.models import models
    from assets.propose.feed_name import feed_name
    from assets.propose.new_file import write_new
    from assets.propose.written import written
    from pipelines.cli.city import schemas_beside

    for sentence in proposal.said:
        if sentence not in one.said:
            _say(sentence)
    if asks:
        proposal = _asked(one, proposal, name, town)
    called = name or feed_name(one.name or file.stem, _models(proposal).split(", ")[0] or None, town.taken)
    if asks and not name:
        called = _name_asked(called, town)
    for doubt in proposal.doubts:
        _say(f"? {'.'.join(map(str, doubt.key))}: {doubt.text}" if doubt.key else f"? {doubt.text}")
    text = written(proposal, None if town.folder is None else _SCHEMA)
    if town.folder is None:
        print_file(text)
        after = suggested("feed", "try", f"{called}.yaml", file)
        _say(f"next: {after} # after the text was saved as {called}.yaml", err=True)
        return
    stopping.unwind()
    target = town.folder / "feeds" / f"{called}.yaml"
    target.parent.mkdir(exist_ok=True)
    try:
        write_new(target, text)
    except FileExistsError:
        raise Stop(_exists(town, called), 2) from None
    schemas_beside(town.cities)
    _say(f"{target}: written, with {len(proposal.doubts)} points that a person should look at", out=True)
    _first_day(one, proposal, town, models())
    _say(f"next: {suggested('feed', 'try', called, file, '--city', town.folder.name)}", out=True)


def _first_day(one: "Look", proposal: "Proposal", town: _Town, known: Any) -> None:
    """A city whose first day is later would keep out rows of the data: that line is changed, and said."""
    from assets.propose.new_file import earlier_first_day, first_day_of

    if town.folder is None or town.config is None:
        return
    first = first_day_of(proposal, one, known, town.config.timezone)
    if first is not None and first < town.config.first_day and earlier_first_day(town.folder / "city.yaml", first):
        _say(
            f"city.yaml: first_day is {first} now, the first day of this data; it was {town.config.first_day}", out=True
        )


def _asked(one: "Look", proposal: "Proposal", name: str, town: _Town) -> "Proposal":
    """The proposal after the questions about model, network and interval, as far as they are in doubt."""
    from dataclasses import replace

    from assets.models import models

    unsure = {doubt.key[0] for doubt in proposal.doubts if doubt.key}
    if "implements" in unsure or not _models(proposal):
        answer = _choice("Of which model are its rows", _models(proposal), sorted(models()))
        if answer and answer != _models(proposal):
            proposal = _proposed(one, name, town, [answer])
            unsure = {doubt.key[0] for doubt in proposal.doubts if doubt.key}
    given = dict(proposal.document)
    for key, choices, question in (
        ("network", _NETWORKS, "Whose instruments are they"),
        ("interval", _INTERVALS, "Of which time is a row"),
    ):
        if key in unsure and given.get(key):
            given[key] = _choice(question, str(given[key]), choices)
    doubts = tuple(
        doubt for doubt in proposal.doubts if doubt.key not in (("network",), ("interval",), ("implements",))
    )
    return replace(proposal, document=given, doubts=doubts)


def _choice(question: str, proposed: str, choices: Sequence[str]) -> str:
    """One of the choices, by number or name; Enter takes what is proposed."""
    for number, choice in enumerate(choices, 1):
        _say(f"  {number}: {choice}")
    while True:
        answer = typer.prompt(question, default=proposed or "none", err=True).strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(choices):
            return choices[int(answer) - 1]
        if answer in choices or answer == proposed:
            return answer
        if answer == "none" and not proposed:
            return ""
        _say(f"write a number from 1 to {len(choices)}, or Enter for {proposed or 'none'}")


def _numbers(question: str, proposed: str, most: int) -> list[int]:
    while True:
        answer = [text.strip() for text in typer.prompt(question, default=proposed, err=True).split(",")]
        if all(text.isdecimal() and 1 <= int(text) <= most for text in answer):
            return list(dict.fromkeys(map(int, answer)))
        _say(f"write numbers from 1 to {most}, with commas between them")


def _name_asked(proposed: str, town: _Town) -> str:
    from assets.propose.feed_name import wrong_name

    while True:
        answer = typer.prompt("Name of the feed", default=proposed, err=True).strip()
        wrong = wrong_name(answer) or (_exists(town, answer) if answer in town.taken else None)
        if wrong is None:
            return answer
        _say(wrong)


def _say(text: str, *, out: bool = False, err: bool = False) -> None:
    """One line; what is no result goes to the error output, so that the text of a feed can be saved with >."""
    print(one_line(text), file=sys.stdout if out and not err else sys.stderr)

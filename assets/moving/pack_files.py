"""Which files of a folder are a pack's, and whether they may leave this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from assets.check.check import check_pack
from assets.check.secrets import secret_in_text
from assets.moving.expected import EXPECTED
from assets.moving.sample import ABOUT, SAMPLE, Sample, read_sample
from assets.pack.city import City
from assets.pack.safe_names import clashing_names, name_mistake
from quality.contract.mistakes import ContractError, Mistake

_OWN = re.compile(
    r"city\.yaml|metrics\.yaml|sharing\.yaml|[^/]+\.csv|[^/]+\.md|(LICEN[CS]E|NOTICE)[^/]*|(feeds|metrics)/[^/]+\.yaml"
)


@dataclass(frozen=True)
class MovedFiles:
    """The files of a pack by their paths in it, and those beside them that are not its own."""

    contents: Mapping[str, bytes]
    left: Sequence[str]


def is_of_a_pack(name: str) -> bool:
    """Whether a file of this path below a pack's folder can be one of the pack or of its sample."""
    return _OWN.fullmatch(name) is not None or name.startswith(f"{SAMPLE}/")


def moved_files(city: City) -> MovedFiles:
    """The files of a city's pack, as they may be given to others.

    Raises ContractError for mistakes of the pack, links, names that another system cannot have, secrets, and what was
    delivered of a private feed.
    """
    mistakes = [one for one in check_pack(city.folder) if not one.warning]
    if mistakes:
        raise ContractError(*mistakes)
    sample = read_sample(city.folder)
    of_sample = {f"{SAMPLE}/{name}" for name in (ABOUT, EXPECTED, *(one.file for one in sample.about.deliveries))}
    kept, left = dict[str, bytes](), list[str]()
    for name, path in _files(city.folder):
        if name in of_sample or _OWN.fullmatch(name):
            kept[name] = _content(path)
        else:
            left.append(name)
    mistakes = [*_wrong_names(city.folder, kept), *_secrets(city.folder, kept, sample), *_private(city, sample)]
    if missing := sorted(of_sample - kept.keys()):
        mistakes.append(Mistake("is not there", city.folder / missing[0], hint="make the sample again"))
    if mistakes:
        raise ContractError(*mistakes)
    return MovedFiles(dict(sorted(kept.items())), left)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """All files below a folder but hidden ones. Raises ContractError for a link: it shows what is not of the pack."""
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_symlink():
            raise ContractError(Mistake("is a link", path, hint="put the file itself in its place"))
        if path.is_dir():
            yield from ((f"{path.name}/{name}", file) for name, file in _files(path))
        elif path.is_file():
            yield path.name, path
        else:
            raise ContractError(Mistake("is no file", path, hint="take it out"))


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ContractError(Mistake(f"cannot be read: {error.strerror}", path)) from error


def _wrong_names(folder: Path, kept: Mapping[str, bytes]) -> Iterator[Mistake]:
    for name in kept:
        wrong = name_mistake(name)
        if wrong is not None:
            yield Mistake(f"the name {wrong}", folder / name, hint="rename it")
    for name, wrong in clashing_names(kept):
        yield Mistake(wrong, folder / name, hint="rename it")


def _secrets(folder: Path, kept: Mapping[str, bytes], sample: Sample) -> Iterator[Mistake]:
    """What looks like a secret in texts that are no YAML, also in what services answered; YAML was checked before."""
    texts = {folder / name: content for name, content in kept.items() if not name.startswith(f"{SAMPLE}/")}
    texts |= {sample.folder / one.file: sample.content(one) for one in sample.about.deliveries}
    for path, content in texts.items():
        said = None if path.suffix == ".yaml" else secret_in_text(content.decode("utf-8", "replace"))
        if said is not None:
            yield Mistake(said, path, hint="take it out, and have the provider change it")


def _private(city: City, sample: Sample) -> Iterator[Mistake]:
    if sample.about.made_of == "simulated":
        return
    for one in sample.about.deliveries:
        if city.feed(one.feed).private:
            what = f"was delivered of {one.feed}, which is private"
            yield Mistake(what, sample.folder / one.file, hint="make the sample without it")

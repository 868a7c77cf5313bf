"""A wheel of Madang in its one normal form, which an installation can write again, and what `--version` says.

Nothing is compressed and no time is kept, so that the same files are the same wheel: whoever has an installation can
pass on what it came from, and a lock's hash says which code runs. How a wheel is built stands in deploy/build_wheel.py.
"""

from __future__ import annotations

import base64
import hashlib
import platform
import re
import tomllib
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath

from warehouse.own_code import PACKAGES, ROOT
from warehouse.same_zip import same_zip

NAME = "madang"
LOCK = "pipelines/shipped/requirements.txt"  # the libraries that the wheel was tested with, by their hashes
_FILE = re.compile(rf"{NAME}-[0-9][0-9A-Za-z.+]*-py3-none-any\.whl")
# What a wheel has in the folder of its metadata; the rest is what installers note there.
_METADATA = {"METADATA", "WHEEL", "entry_points.txt", "top_level.txt", "licenses"}
_UNREADABLE = (zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, ValueError, RuntimeError)


class WheelError(ValueError):
    """There is no wheel of Madang where one is looked for; the text says where, why, and what to do."""


@dataclass(frozen=True)
class Wheel:
    """A wheel of Madang in its normal form. `files`: what is in it, by path, but its RECORD."""

    name: str  # of its file
    files: Mapping[str, bytes]

    @cached_property
    def content(self) -> bytes:
        record = f"{_metadata_folder(self.files)}/RECORD"
        lines = [f"{path},sha256={_digest(self.files[path])},{len(self.files[path])}\n" for path in sorted(self.files)]
        whole = {path: self.files[path] for path in sorted(self.files)}
        whole[record] = f"{''.join(lines)}{record},,\n".encode()
        return same_zip(whole)

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()

    @property
    def lock(self) -> str:
        return self.files[LOCK].decode()


def wheel_in(path: Path) -> Wheel:
    """The wheel of a file. Raises WheelError for what is none of Madang, or of a Madang without a lock in it."""
    try:
        with zipfile.ZipFile(path) as file:
            files = {entry.filename: file.read(entry) for entry in file.infolist() if not entry.is_dir()}
            _require_recorded(path, files)
    except FileNotFoundError:
        raise WheelError(f"{path}: there is no such file; give a wheel of Madang, as `make wheel` builds it") from None
    except WheelError:
        raise
    except _UNREADABLE as error:
        raise WheelError(f"{path} cannot be read as a wheel: {error}") from error
    if not _FILE.fullmatch(path.name) or LOCK not in files:
        raise WheelError(f"{path} is no wheel of Madang with its lock; `make wheel` in a checkout builds one")
    return Wheel(path.name, {name: content for name, content in files.items() if not name.endswith("/RECORD")})


def own_wheel() -> Wheel:
    """The wheel of the code that runs: of an installation what it came from, of a checkout what `make wheel` has built.

    Raises WheelError where there is none, or what is there is no longer that.
    """
    installed = _installation()
    if installed is None:
        return _built(ROOT)
    files = dict(_files_of(installed))
    changed = _changed(installed, files)
    if changed:
        where = f"{ROOT} is not as it was installed ({_some(changed)})"
        raise WheelError(f"{where}: install Madang again, or give --wheel a wheel of it")
    return Wheel(f"{NAME}-{installed.version}-py3-none-any.whl", files)


def version_text() -> str:
    """What runs here, in one line: version, where from, which wheel, and the Python."""
    python, installed = f"Python {platform.python_version()}", _installation()
    if installed is None:
        said = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
        return f"{NAME} {said} (checkout {ROOT}; {python})"
    try:
        which = f"wheel sha256:{own_wheel().sha256}"
    except WheelError:
        which = "files changed since they were installed"
    return f"{NAME} {installed.version} ({which}; {ROOT}; {python})"


def _installation() -> Distribution | None:
    """The distribution that the running code is a file of; None for a checkout, though that is installed as such."""
    try:
        found = distribution(NAME)
    except PackageNotFoundError:
        return None
    here = Path(__file__)
    listed = any(str(path) == here.relative_to(ROOT).as_posix() for path in found.files or ())
    return found if listed and Path(str(found.locate_file(""))).resolve() == ROOT.resolve() else None


def _files_of(installed: Distribution) -> Iterator[tuple[str, bytes]]:
    """What the wheel of an installation had: neither bytecode, nor scripts, nor what the installer noted."""
    for path in installed.files or ():
        top, *below = path.parts
        of_wheel = top in PACKAGES or (top.endswith(".dist-info") and below[:1] and below[0] in _METADATA)
        if of_wheel and path.suffix != ".pyc":
            try:
                yield path.as_posix(), Path(str(path.locate())).read_bytes()
            except OSError:
                yield path.as_posix(), b""


def _changed(installed: Distribution, files: Mapping[str, bytes]) -> list[str]:
    said = {path.as_posix(): path.hash for path in installed.files or ()}
    return sorted(p for p, content in files.items() if (it := said[p]) is None or it.value != _digest(content))


def _built(checkout: Path) -> Wheel:
    found = sorted((checkout / "dist").glob(f"{NAME}-*.whl"), key=lambda path: path.stat().st_mtime_ns)
    if not found:
        raise WheelError(f"there is no wheel in {checkout / 'dist'}: run `make wheel` there, or give --wheel")
    wheel = wheel_in(found[-1])
    ours = {path: content for path, content in wheel.files.items() if PurePosixPath(path).parts[0] in PACKAGES}
    there = {path.relative_to(checkout).as_posix() for name in PACKAGES for path in (checkout / name).rglob("*.py")}
    other = there - ours.keys() | {p for p in ours if not (checkout / p).is_file() or _differs(checkout / p, ours[p])}
    if other:
        what = f"{found[-1]} is of another state of the checkout ({_some(sorted(other))})"
        raise WheelError(f"{what}: run `make wheel` again, or give --wheel")
    return wheel


def _differs(path: Path, content: bytes) -> bool:
    return path.read_bytes() != content


def _some(paths: list[str]) -> str:
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def _require_recorded(path: Path, files: Mapping[str, bytes]) -> None:
    """Raises WheelError unless the wheel's own record has each file as it is."""
    record = files[f"{_metadata_folder(files)}/RECORD"].decode()
    said = dict(line.rsplit(",", 2)[:2] for line in record.splitlines() if line)
    wrong = sorted(
        name
        for name, content in files.items()
        if not name.endswith("/RECORD") and said.get(name) != f"sha256={_digest(content)}"
    )
    if wrong:
        raise WheelError(f"{path}: its RECORD does not agree with {_some(wrong)}; get the wheel again")


def _metadata_folder(files: Mapping[str, bytes]) -> str:
    """The folder of the metadata of a wheel. Raises BadZipFile where there is none."""
    found = {path.partition("/")[0] for path in files if path.partition("/")[0].endswith(".dist-info")}
    if len(found) != 1:
        raise zipfile.BadZipFile("it has no folder of metadata")
    return found.pop()


def _digest(content: bytes) -> str:
    """As a RECORD writes it."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()

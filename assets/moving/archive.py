"""The archive of a city: a zip with a list of its files and their checksums. Same pack, same bytes, wherever it is."""

from __future__ import annotations

import hashlib
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from assets.moving.pack_files import is_of_a_pack
from assets.moving.product import product_text
from assets.moving.taken import Taken, taken_by, versions_of
from assets.pack.city import City
from assets.pack.safe_names import clashing_names, name_mistake
from assets.publication.contracts import contracts_of_city
from quality.contract.base import NAME, FrozenModel, Whole
from warehouse.same_zip import same_zip

MANIFEST, PRODUCT, TAKEN, LICENCES = "madang-city.json", "product.odps.yaml", "taken.json", "licences.txt"
PACK, CONTRACTS = "pack/", "contracts/"
_PUBLISHED = Path("madang.duckdb")  # the server in its contracts: where the file lies is not known here
_MOST_BYTES, _MOST_FILES = 32 * 2**20, 2_000
_BROKEN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error, EOFError, NotImplementedError),
    *(RuntimeError, ValueError, OverflowError, MemoryError),
)


class ArchiveError(ValueError):
    """A file that is no archive of a city, or one that must not be unpacked. One sentence."""


class ListedFile(FrozenModel):
    """A file of an archive."""

    path: str
    bytes: Whole = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class ArchiveManifest(FrozenModel):
    """madang-city.json: what is in the archive."""

    format: Literal[1] = 1
    city: str = Field(pattern=NAME)
    title: str
    version: str = Field(description="Of the pack: it changes with each byte of its files.")
    madang: str = Field(description="The version that made the archive.")
    taken: Mapping[str, Mapping[str, str]] = Field(description="Models, metrics and standards, with their versions.")
    files: tuple[ListedFile, ...]


@dataclass(frozen=True)
class Archive:
    """An archive whose files are what its list says."""

    path: Path
    manifest: ArchiveManifest
    contents: Mapping[str, bytes]  # by path in the archive

    @property
    def pack(self) -> dict[str, bytes]:
        """The files of the pack, by path below its folder."""
        return {name.removeprefix(PACK): text for name, text in self.contents.items() if name.startswith(PACK)}

    @property
    def taken(self) -> Taken:
        """What the pack took from the Madang that made the archive. Raises ArchiveError."""
        found = _json(self.contents[TAKEN], TAKEN)
        if not isinstance(found, dict) or not all(isinstance(part, dict) for part in found.values()):
            raise ArchiveError(f"{TAKEN} is no list of models, metrics and standards")
        return found


def archive_of(city: City, files: Mapping[str, bytes]) -> bytes:
    """The archive of a city with these files of its pack."""
    madang, digest = version("madang"), _version_of(files)
    taken = taken_by(city)
    licences = [f"{name}: {contract.licence}\n" for name, contract in city.contracts.items()]
    contents = {f"{PACK}{name}": content for name, content in files.items()} | {
        PRODUCT: product_text(city, digest, madang).encode(),
        TAKEN: _as_json(taken),
        LICENCES: "".join(licences).encode(),
    }
    for shown in contracts_of_city(city):
        contents[f"{CONTRACTS}{shown.name}.odcs.yaml"] = shown.document(_PUBLISHED).to_yaml().encode()
    manifest = ArchiveManifest(
        city=city.name,
        title=city.config.shown,
        version=digest,
        madang=madang,
        taken=versions_of(taken),
        files=tuple(_listed(name, content) for name, content in sorted(contents.items())),
    )
    return same_zip({MANIFEST: _as_json(manifest.model_dump(mode="json")), **dict(sorted(contents.items()))})


def open_archive(path: Path) -> Archive:
    """Read and verify an archive, in memory: nothing is written. Raises ArchiveError, which says what is wrong."""
    try:
        size = path.stat().st_size
        if not path.is_file() or size > _MOST_BYTES:
            raise ArchiveError("it is no file" if not path.is_file() else f"it has more than {_MOST_BYTES:,} bytes")
        with zipfile.ZipFile(path) as archive:
            contents = _contents(archive)
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from None
    except OSError as error:
        raise ArchiveError(f"{path} cannot be read: {error.strerror or error}") from error
    except _BROKEN as error:
        raise ArchiveError(f"{path} is no whole zip file ({error or type(error).__name__})") from error
    try:
        return _verified(path, contents)
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from None


def _contents(archive: zipfile.ZipFile) -> dict[str, bytes]:
    """The members by name. What one says of its size is not believed: so many bytes are read and no more."""
    members, left = archive.infolist(), _MOST_BYTES
    if len(members) > _MOST_FILES:
        raise ArchiveError(f"it has {len(members):,} files, and a pack has {_MOST_FILES:,} at the utmost")
    for member in members:
        wrong = _member_mistake(member)
        if wrong is not None:
            raise ArchiveError(f"{member.orig_filename!r} {wrong}")
    for name, wrong in clashing_names(member.filename for member in members):
        raise ArchiveError(f"{name!r} {wrong}")
    contents = dict[str, bytes]()
    for member in members:
        with archive.open(member) as file:
            content = file.read(left + 1)
        left -= len(content)
        if left < 0:
            raise ArchiveError(f"its files are more than {_MOST_BYTES:,} bytes when they are unpacked")
        contents[member.filename] = content
    return contents


def _member_mistake(member: zipfile.ZipInfo) -> str | None:
    mode = member.external_attr >> 16
    if member.orig_filename != member.filename:
        return "has a sign in its name that ends it, or separates folders on this system alone"
    if stat.S_ISLNK(mode):
        return "is a link"
    if member.is_dir() or (stat.S_IFMT(mode) and not stat.S_ISREG(mode)):
        return "is no file"
    if member.flag_bits & 1:
        return "is encrypted"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in a way that Madang does not read"
    if (wrong := name_mistake(member.filename)) is not None:
        return wrong
    if member.file_size > _MOST_BYTES:
        return f"has {member.file_size:,} bytes"
    return None


def _verified(path: Path, contents: Mapping[str, bytes]) -> Archive:
    if MANIFEST not in contents:
        raise ArchiveError(f"it is no archive of a city: there is no {MANIFEST} in it")
    document = _json(contents[MANIFEST], MANIFEST)
    if isinstance(document, dict) and document.get("format", 1) != 1:
        raise ArchiveError(f"it has the format {document['format']!r:.40}, and this Madang reads 1; use a newer one")
    try:
        manifest = ArchiveManifest.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise ArchiveError(f"{MANIFEST}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    listed = {one.path: one for one in manifest.files}
    for what, names in (
        ("lists files twice", [one.path for one in manifest.files if listed[one.path] is not one]),
        ("does not list", sorted(contents.keys() - listed.keys() - {MANIFEST})),
        ("lists files that are not there", sorted(listed.keys() - contents.keys())),
    ):
        if names:
            raise ArchiveError(f"{MANIFEST} {what}: {names[0]!r}")
    for name, one in listed.items():
        if one != _listed(name, contents[name]):
            raise ArchiveError(f"{name!r} is not what it was when the archive was made: its checksum is another one")
    for name in sorted(contents.keys() - {MANIFEST}):
        if not _has_a_place(name):
            raise ArchiveError(f"{name!r} is no file of a city's archive")
    for name in (PRODUCT, TAKEN, LICENCES, f"{PACK}city.yaml"):
        if name not in contents:
            raise ArchiveError(f"there is no {name} in it")
    archive = Archive(path, manifest, contents)
    if _version_of(archive.pack) != manifest.version:
        raise ArchiveError(f"{MANIFEST}: the version is not that of these files of a pack")
    return archive


def _has_a_place(name: str) -> bool:
    if name.startswith(PACK):
        return is_of_a_pack(name.removeprefix(PACK))
    return name in (PRODUCT, TAKEN, LICENCES) or (name.startswith(CONTRACTS) and name.endswith(".odcs.yaml"))


def _version_of(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for line in _lines(files):
        digest.update(line.encode())
    return digest.hexdigest()[:12]


def _lines(files: Mapping[str, bytes]) -> Iterator[str]:
    for name, content in sorted(files.items()):
        yield f"{hashlib.sha256(content).hexdigest()}  {name}\n"


def _listed(name: str, content: bytes) -> ListedFile:
    return ListedFile(path=name, bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


def _as_json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _json(content: bytes, name: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ArchiveError(f"{name} cannot be read as JSON") from error

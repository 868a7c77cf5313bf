"""The sample of a pack: the deliveries of one night, and what is known of them. No figures, and nothing is run here.

It lies in `sample/` of the pack: `sample.json`, and below a folder for each feed the files as they were delivered, or
what a service answered when it was asked, in one archive. Large ones are packed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal

import zstandard
from pydantic import Field

from assets.pack.city import SAMPLE_FOLDER
from assets.pack.safe_names import name_mistake
from quality.contract.base import Day, FrozenModel, Truth
from quality.contract.mistakes import ContractError, Mistake
from quality.contract.validation import validated
from quality.contract.yaml_file import read_yaml

SAMPLE, ABOUT = SAMPLE_FOLDER, "sample.json"  # the folder in a pack, and the file in it
SYNTHETIC = "made by the simulated city, no real values; CC0"
MOST_BYTES = 1_000_000  # of all files of a sample: packs are kept in repositories
PLAIN = 24_000  # bytes of a delivery that is kept as it came, so that a person can read it
PACKED = ".zst"
_MOST_UNPACKED = 64 * 2**20  # bytes of one delivery: a packed one may promise more than a memory has
_LEVEL = 19  # of zstd: it is packed once


class SampledDelivery(FrozenModel):
    """One delivery of a sample."""

    feed: str = Field(description="Whose it is, or the first of those that read the file.")
    name: str = Field(description="Under which it was delivered, below the folder of the feed's files.")
    file: str = Field(description="Where it lies, below the folder of the sample.")
    pulled: Truth = Field(default=False, description="A service answered so.")
    asked_day: Day | None = Field(default=None, description="The day a service was asked for; null: for what is now.")


class AboutSample(FrozenModel):
    """sample.json."""

    format: Literal[1] = 1
    night: Day = Field(description="The night that finds these deliveries.")
    made_of: Literal["simulated", "delivered"] = Field(description="The simulated city, or what was delivered.")
    licence: str = Field(description="What may be done with the files.")
    madang: str = Field(description="The version that made it.")
    left_out: Mapping[str, str] = Field(default_factory=dict, description="Feeds that it has nothing of, and why.")
    deliveries: tuple[SampledDelivery, ...]


@dataclass(frozen=True)
class Sample:
    """A sample, where it lies."""

    folder: Path
    about: AboutSample

    def content(self, delivery: SampledDelivery) -> bytes:
        """The bytes of one delivery. Raises ContractError where it cannot be read or is too large."""
        path = self.folder / delivery.file
        try:
            stored = path.read_bytes()
        except OSError as error:
            raise ContractError(Mistake(f"cannot be read: {error.strerror}", path, hint=_AGAIN)) from error
        if not delivery.file.endswith(PACKED):
            return stored
        try:
            with zstandard.ZstdDecompressor().stream_reader(stored) as reader:
                content = reader.read(_MOST_UNPACKED + 1)
        except (zstandard.ZstdError, MemoryError) as error:
            raise ContractError(Mistake("cannot be unpacked", path, hint=_AGAIN)) from error
        if len(content) > _MOST_UNPACKED:
            what = f"is more than {_MOST_UNPACKED:,} bytes when it is unpacked"
            raise ContractError(Mistake(what, path, hint="a sample is small; make another one"))
        return content


_AGAIN = "make the sample again with `madang city sample`"


def read_sample(pack: Path) -> Sample:
    """The sample of the pack in this folder. Raises ContractError that names the file."""
    folder = pack / SAMPLE
    path = folder / ABOUT
    if not path.is_file():
        hint = f"make one with `madang city sample {pack.name}`"
        raise ContractError(Mistake("the pack has no sample", path, hint=hint))
    about = validated(AboutSample, read_yaml(path), path)
    mistakes = [Mistake(wrong, path, None, name) for name, wrong in _wrong_names(about.deliveries)]
    if mistakes:
        raise ContractError(*mistakes)
    return Sample(folder, about)


def _wrong_names(deliveries: Sequence[SampledDelivery]) -> Iterator[tuple[str, str]]:
    """Names that lead out of the folder of the sample or of a drop folder: a sample may come from anywhere."""
    for delivery in deliveries:
        for name in (delivery.file, *(() if delivery.pulled else (delivery.name,))):
            wrong = name_mistake(name)
            if wrong is not None:
                yield name, wrong


@dataclass(frozen=True)
class Brought:
    """A delivery with its bytes, on its way into a sample."""

    feed: str
    name: str
    content: bytes
    pulled: bool = False
    asked_day: Day | None = None


def write_sample(folder: Path, about: AboutSample, brought: Sequence[Brought], most: int = MOST_BYTES) -> AboutSample:
    """Write a sample into an empty folder: the smallest deliveries first, as long as all have `most` bytes at the
    utmost. What is known of it then, with the feeds that there was no room for. Raises OSError."""
    kept, left_out, room = list[SampledDelivery](), dict(about.left_out), most
    stored = [(one, *_stored(one)) for one in brought]
    for one, file, content in sorted(stored, key=lambda of: (len(of[2]), of[1])):
        if len(content) > room:
            left_out[one.feed] = f"{len(content):,} bytes, and there is room for {room:,}"
            continue
        room -= len(content)
        target = folder / file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        kept.append(
            SampledDelivery(feed=one.feed, name=one.name, file=file, pulled=one.pulled, asked_day=one.asked_day)
        )
    kept.sort(key=lambda delivery: delivery.file)
    written = about.model_copy(update={"deliveries": tuple(kept), "left_out": dict(sorted(left_out.items()))})
    text = json.dumps(written.model_dump(mode="json"), ensure_ascii=False, indent=1)
    (folder / ABOUT).write_text(text + "\n", encoding="utf-8")
    return written


def _stored(one: Brought) -> tuple[str, bytes]:
    """Where a delivery lies in a sample, and how."""
    name = f"{one.asked_day or 'now'}.tar" if one.pulled else one.name
    file = str(PurePosixPath(one.feed) / name)
    if not one.pulled and len(one.content) <= PLAIN and not file.endswith(PACKED):
        return file, one.content
    return file + PACKED, zstandard.ZstdCompressor(level=_LEVEL).compress(one.content)

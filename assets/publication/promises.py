"""The files of promises: for each published table one that says what its readers can rely on.

They are kept with the code, so that a contract that changes is compared with what was promised before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml

from assets.publication.contracts import ShownContract
from quality.odcs.promise import promise, promise_text, version_refusal

_ENDING = ".odcs.yaml"


def promises(shown: Iterable[ShownContract]) -> dict[str, str]:
    """The text of each published table's file, by the name of the table."""
    documents = {one.name: one.document(Path("madang.duckdb")) for one in shown if one.table is not None}
    plain = {name: one.model_dump(by_alias=True, exclude_none=True) for name, one in documents.items()}
    return {name: promise_text(name, promise(document)) for name, document in plain.items()}


def promises_in(folder: Path) -> dict[str, str]:
    """The same, of the files in a folder."""
    return {path.name.removesuffix(_ENDING): path.read_text("utf-8") for path in sorted(folder.glob(f"*{_ENDING}"))}


def refused_promises(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    """By table, why what is promised now cannot take the place of what was promised before, and what to do."""
    gone = "is no longer published, and queries of it break. Where that is meant, remove its file"
    found = {name: gone for name in before if name not in now}
    for name, text in now.items():
        if name in before and (why := version_refusal(yaml.safe_load(before[name]), yaml.safe_load(text))):
            found[name] = why
    return found


def write_promises(folder: Path, now: Mapping[str, str]) -> dict[str, str]:
    """Write those that may be written, and say of the others why not: as `refused_promises`."""
    folder.mkdir(parents=True, exist_ok=True)
    found = refused_promises(promises_in(folder), now)
    for name in sorted(now.keys() - found.keys()):
        (folder / f"{name}{_ENDING}").write_text(now[name], encoding="utf-8")
    return found

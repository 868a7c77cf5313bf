"""What readers of a published table can rely on does not change without a higher version of its contract."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest
import yaml

from assets.publication.columns import core_table
from assets.publication.contracts import ShownContract
from assets.publication.promises import promises, promises_in, refused_promises, write_promises
from quality.contract.feed import from_feed
from quality.odcs.promise import promise_changes
from tests.support.paths import REPOSITORY
from tests.worlds.packs import seoul
from tests.worlds.second_judge import changes

TABLES = REPOSITORY / "docs" / "tables"
TABLE = "core.seoul_mast"
COLUMNS: dict[str, Any] = {
    "place": {"from": "Mast", "type": "string", "meaning": "The mast", "key": True, "form": "^M[0-9]+$"},
    "time": {"from": "At", "format": "%Y-%m-%d %H:%M"},
    "speed": {"from": "V", "type": "number", "unit": "m/s", "meaning": "Wind", "range": {"least": 0, "most": 60}},
    "state": {"from": "S", "type": "string", "meaning": "What it does"},
    "note": {"from": "N", "type": "string", "meaning": "Anything else"},
}


@cache
def first() -> str:
    return promised()


def at(version: str, text: str) -> str:
    return text.replace("version: 1.0.0", f"version: {version}")


def promised(columns: Mapping[str, Any] = COLUMNS, known: Sequence[str] = ("on", "off"), **other: Any) -> str:
    """What a small feed promises whose file has these columns, and these values of `state`."""
    document: dict[str, Any] = {
        "title": "Wind by mast",
        "purpose": "Wind",
        "owner": "the port",
        "licence": "open",
        "row": "one mast and time",
        "interval": "instant",
        "files": {"paths": ["*.csv"]},
        "columns": columns,
        "rules": [{"name": "state", "title": "The state is known", "column": "state", "known": list(known)}],
    }
    contract = from_feed(document | other, "mast", {}, "Asia/Seoul")
    return promises([ShownContract(TABLE, contract, core_table(contract, "seoul"), seoul())])[TABLE]


@dataclass(frozen=True)
class Case:
    """A change of the feed's columns: those that are there instead, and those that are gone."""

    name: str
    breaks: bool
    instead: Mapping[str, Any] = field(default_factory=dict)
    gone: tuple[str, ...] = ()
    known: tuple[str, ...] = ("on", "off")

    @cached_property
    def promised(self) -> str:
        left = {name: column for name, column in COLUMNS.items() if name not in self.gone}
        return promised(left | self.instead, self.known)


def other(column: str, **keys: Any) -> dict[str, Any]:
    said = {key: value for key, value in (COLUMNS[column] | keys).items() if value is not None}
    return {column: said}


CASES = [
    Case("a column less", True, gone=("note",)),
    Case("another name", True, {"remark": COLUMNS["note"]}, gone=("note",)),
    Case("another name of the key", True, {"mast": COLUMNS["place"]}, gone=("place",)),
    Case("number to integer", True, other("speed", type="integer")),
    Case("text to number", True, other("note", type="number", unit="1", range={"least": 0})),
    Case("a tighter limit", True, other("speed", range={"least": 0, "most": 50})),
    Case("a wider limit", True, other("speed", range={"least": 0, "most": 75})),
    Case("a limit less", True, other("speed", range={"least": 0})),
    Case("another unit", True, other("speed", unit="km/h")),
    Case("a value less", True, known=("on",)),
    Case("a value more", True, known=("on", "off", "broken")),
    Case("another form", True, other("place", form="^[A-Z][0-9]+$")),
    Case("a column that is required now", True, other("note", required=True)),
    Case("a column more in the key", True, other("state", key=True)),
    Case("a column that is private now", True, other("note", classification="restricted")),
    Case("a new column that is required", True, {"gust": other("note", required=True)["note"] | {"from": "G"}}),
    Case("a new column", False, {"gust": COLUMNS["speed"] | {"from": "G"}}),
    Case("another order", False, {"state": COLUMNS["state"]}, gone=("state",)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_change_needs_a_higher_version_and_one_that_breaks_queries_a_higher_first_number(
    case: Case, tmp_path: Path
) -> None:
    assert write_promises(tmp_path, {TABLE: first()}) == {}
    before = promises_in(tmp_path)
    for version in ("1.0.0", "1.0.1", "0.9.0", "one", *(["1.1.0", "1.99.0"] if case.breaks else [])):
        found = write_promises(tmp_path, {TABLE: at(version, case.promised)})
        assert set(found) == {TABLE}
        assert promises_in(tmp_path) == before, "it is not overwritten"
        if version == "1.0.0":
            assert f"write `version: {'2.0.0' if case.breaks else '1.1.0'}` into its contract" in found[TABLE]
    for version in ("2.0.0", "3.1.4", *([] if case.breaks else ["1.1.0", "1.10.0"])):
        assert refused_promises(before, {TABLE: at(version, case.promised)}) == {}
    assert write_promises(tmp_path, {TABLE: at("2.0.0", case.promised)}) == {}
    assert promises_in(tmp_path) == {TABLE: at("2.0.0", case.promised)}


def test_what_no_query_sees_needs_no_version() -> None:
    """Names of deliveries, texts, and how cells are read; and the order of known values."""
    columns = COLUMNS | other("speed", **{"from": ["V", "Speed"]}, missing="-9")
    same = promised(columns, ("off", "on"), purpose="The wind at the masts of the port", lag_days=3)
    assert refused_promises({TABLE: first()}, {TABLE: same}) == {}
    assert refused_promises({TABLE: first()}, {TABLE: at("1.0.1", first())}) == {}
    assert "goes back" in refused_promises({TABLE: at("1.2.0", first())}, {TABLE: at("1.1.0", first())})[TABLE]


def test_a_table_that_is_no_longer_published_is_said(tmp_path: Path) -> None:
    write_promises(tmp_path, {TABLE: first()})
    assert "is no longer published" in write_promises(tmp_path, {})[TABLE]
    assert set(promises_in(tmp_path)) == {TABLE}


def in_file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.weekly
def test_what_another_tool_calls_breaking_is_breaking_here(tmp_path: Path) -> None:
    """`datacontract breaking`, for who reads the table and for who delivers it; an added column breaks no delivery."""
    old = in_file(tmp_path / "old.yaml", first())
    new = [in_file(tmp_path / f"{n}.yaml", case.promised) for n, case in enumerate(CASES)]
    found = changes([(old, path) for path in [*new, old]])
    assert found[-1] == ([], [])
    for case, one in zip(CASES, found, strict=False):
        errors = [said for level, said in one.consumer if level == "error"]
        errors += [said for level, said in one.producer if level == "error" and not said.startswith("Added property")]
        assert not errors or case.breaks, (case.name, errors)
        seen_by_us_alone = {"another unit", "a column that is private now", "a new column that is required"}
        assert errors or not case.breaks or case.name in {*seen_by_us_alone, "another form"}, case.name


# --- the tables of this repository ------------------------------------------------------------------------------------


def before(commit: str) -> dict[str, str]:
    """The files as they were in a commit; none where there is no history."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=REPOSITORY, capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else ""

    changed = git("diff", "--name-only", "--diff-filter=MD", commit, "--", "docs/tables").splitlines()
    return {Path(path).name.removesuffix(".odcs.yaml"): git("show", f"{commit}:{path}") for path in changed}


@pytest.mark.parametrize("commit", ["HEAD", "HEAD~1"])
def test_no_file_has_changed_without_a_higher_version(commit: str, tmp_path: Path) -> None:
    """However it came to be: written by hand, removed and made again."""
    now, then = promises_in(TABLES), before(commit)
    there = {name: text for name, text in then.items() if name in now}
    assert refused_promises(there, now) == {}
    both = {name: (yaml.safe_load(text), yaml.safe_load(now[name])) for name, text in there.items()}
    pairs = [
        (in_file(tmp_path / f"{name}.old.yaml", there[name]), in_file(tmp_path / f"{name}.new.yaml", now[name]))
        for name, (old, new) in both.items()
        if promise_changes(old, new) and old["version"].partition(".")[0] == new["version"].partition(".")[0]
    ]
    for pair, found in zip(pairs, changes(pairs) if pairs else [], strict=True):
        assert [said for level, said in found.consumer if level == "error"] == [], pair

"""What an editor says of a file: nothing of good ones, and never more than the reader of the file would say."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from pydantic import ValidationError

from assets.check.feeds import feed_mistakes
from assets.metrics.entries import platform_metrics
from assets.models import FOLDER, models
from assets.pack.city import PackFiles
from assets.pack.city_file import Choices, CityConfig
from assets.pack.new_pack import NewCity, create_pack
from assets.schemas.schemas import OF_PACKS, OF_PLATFORM, SCHEMAS, schema_line, write_platform_schemas, write_schemas
from quality.contract.mistakes import ContractError
from quality.load import load
from tests.support import editor
from tests.support.paths import CITIES, PACKS_OF_TESTS, SEOUL
from tests.unit.assets.check.test_check import BIKE, FEED, FILES, MISTAKES

PACKS = sorted(path.parent for root in (CITIES, PACKS_OF_TESTS) for path in root.glob("*/city.yaml"))


@cache
def judge(name: str) -> Draft7Validator:
    """What checks as an editor does; `name` is that of a schema."""
    text = (CITIES / SCHEMAS / f"{name}.json").read_text("utf-8")
    Draft7Validator.check_schema(json.loads(text))
    return Draft7Validator(json.loads(text))


def schema_of_file(path: Path) -> str:
    return path.stem if path.stem in ("city", "metrics", "sharing") else "feed"


def files_of(pack: Path) -> list[Path]:
    found = [*pack.glob("*.yaml"), *pack.glob("feeds/*.yaml")]
    return sorted(path for path in found if not path.name.endswith(".odcs.yaml"))


def said(validator: Draft7Validator, document: Any) -> list[str]:
    return [f"{'.'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(document)]


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_schemas_are_those_of_the_code(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    for name in OF_PACKS:
        made = (tmp_path / SCHEMAS / f"{name}.json").read_text("utf-8")
        assert made == (CITIES / SCHEMAS / f"{name}.json").read_text("utf-8"), "run `python docs/build.py schemas`"
    assert write_schemas(tmp_path) == []
    assert write_platform_schemas() == []


def test_a_schema_of_another_version_is_replaced(tmp_path: Path) -> None:
    write_schemas(tmp_path)
    (tmp_path / SCHEMAS / "city.json").write_text("{}", "utf-8")
    assert [path.name for path in write_schemas(tmp_path)] == ["city.json"]


@pytest.mark.parametrize("pack", PACKS, ids=lambda path: path.name)
def test_packs_are_good_and_name_their_schema(pack: Path) -> None:
    for path in files_of(pack):
        text, name = path.read_text("utf-8"), schema_of_file(path)
        assert text.splitlines()[0] == schema_line(path, CITIES, name)
        assert said(judge(name), editor.read(text)) == [], path


@pytest.mark.parametrize("example", [True, False])
def test_a_new_pack_is_good_and_names_its_schema(tmp_path: Path, example: bool) -> None:
    for path in files_of(create_pack(tmp_path, NewCity("busan", "부산", "KR", "", ("ko",), example))):
        text, name = path.read_text("utf-8"), schema_of_file(path)
        assert text.splitlines()[0] == schema_line(path, tmp_path, name)
        assert said(judge(name), editor.read(text)) == [], path


@pytest.mark.parametrize("schema", OF_PLATFORM, ids=lambda path: path.parent.name)
def test_models_are_good_and_name_their_schema(schema: Path) -> None:
    validator = Draft7Validator(json.loads(schema.read_text("utf-8")))
    for path in sorted(path for path in schema.parent.glob("*.yaml") if "." not in path.stem):
        text = path.read_text("utf-8")
        assert text.startswith(f"# yaml-language-server: $schema={schema.name}\n")
        assert said(validator, editor.read(text)) == [], path


# --- what an editor shows ---------------------------------------------------------------------------------------------


def test_every_key_has_a_description() -> None:
    silent = [
        f"{name}: {where}.{key}"
        for name in OF_PACKS
        for where, keys in _properties(judge(name).schema)
        for key, what in keys.items()
        if not what.get("description") and ("type" in what or "anyOf" in what)
    ]
    assert silent == []


def _properties(schema: Any, where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(schema, dict):
        if "additionalProperties" in schema and "properties" in schema:
            yield where, schema["properties"]
        for key, value in schema.items():
            yield from _properties(value, f"{where}.{key}")
    elif isinstance(schema, list):
        for value in schema:
            yield from _properties(value, where)


def test_columns_of_the_models_are_proposed_with_their_meaning() -> None:
    then = next(one["then"] for one in judge("feed").schema["allOf"] if "air_quality" in json.dumps(one["if"]))
    columns = then["properties"]["columns"]["properties"]
    assert list(columns) == list(models()["air_quality"].columns)
    assert columns["pm25"]["description"].endswith("in a volume of air. Stored in ug/m3.")


# --- mistakes ---------------------------------------------------------------------------------------------------------

# Of the mistakes that `city check` names those that show without another file, and without knowing what is meant.
STRUCTURE = [
    *("5 no unit", "8 negative tolerance", "9 unknown key", "11 format", "12 leaves the folder", "13 metric"),
    *("14 severity", "25 key of layout", "26 protocol", "30 hour", "35 secret", "format of Java", "country"),
    *("no language", "number for a text", "truth for a text", "list for a text", "text for a list", "day"),
    *("hour without a zero", "no owner", "model", "network", "type", "tolerance in per cent", "what happens to a row"),
    *("key of a rule", "key of a column", "key of a service", "absolute path", "Windows path", "key of a question"),
    *("no scheme", "key of metrics", "text for a target", "share over 1"),
]


@pytest.mark.parametrize("case", STRUCTURE)
def test_a_mistake_of_structure_is_seen_while_one_types(case: str) -> None:
    edit = MISTAKES[case]
    validator = judge(schema_of_file(Path(edit.file)))
    assert said(validator, editor.read(FILES[edit.file])) == []
    assert said(validator, editor.read(FILES[edit.file].replace(edit.old, edit.new, 1))) != []


HEIGHT = "  height: {from: H, type: number, unit: m, meaning: Height above the ground}"
FROM = 'files:\n  paths: ["air/*.csv"]\n  layout: {delimiter: ";", encodings: [utf-8]}\n'
FEEDS = {  # what is written in place of a part of the feed of two instruments, and whether it is good
    "a column of another model": ("  height: {from: H", "  temperature: {from: H", True),
    "... as one of this model": (HEIGHT, "  temperature: T", False),
    "an unknown column": (HEIGHT, "  hight: H", False),
    "two models": ("implements: [air_quality]", "implements: [air_quality, weather]", True),
    "one model without a list": ("implements: [air_quality]", "implements: air_quality", True),
    "no interval": ("interval: hour_beginning\n", "", False),
    "an interval that is none": ("hour_beginning", "hourly", False),
    "minutes": ("hour_beginning", "15_minutes_ending", True),
    "a list of names": ("place: station", "place: [station, site]", True),
    "a number for a name": ("place: station", "place: 5", False),
    "a name that is empty": ("place: station", 'place: ""', False),
    "a number that is missing": ('missing: "-"', "missing: -999", True),
    "several that are missing": ('missing: "-"', 'missing: [-999, "-", true]', True),
    "a text in a language": ("title: Air by the hour", "title: {vi: Không khí, zh_hant: 空氣}", True),
    "a text in no language": ("title: Air by the hour", "title: {Vietnamese: Không khí}", False),
    "a day without quotes": ("interval: hour_beginning", "interval: hour_beginning\nusual_since: 2024-01-01", True),
    "a day that is none": ("interval: hour_beginning", "interval: hour_beginning\nusual_since: 2024", False),
    "yes": ('missing: "-"', "optional: yes", False),
    "no, which is a text": ("title: Air by the hour", "title: no", True),
    "a list of files": ('["air/*.csv"]', '"air/*.csv"', False),
    "a rule that judges nothing": ("column: height, least: 0, ", "", False),
    "a rule that is off": ("rules:\n", "rules:\n  - {name: pm25-range, off: true, reason: an example}\n", True),
    "from nowhere": (FROM, "", False),
    "two signs": ('delimiter: ";"', 'delimiter: ";;"', False),
    "white space": ('delimiter: ";"', "delimiter: whitespace", True),
    "a width": ('delimiter: ";"', "widths: {a: 4, b: [5, 8]}", True),
    "a gas": ("unit: ug/m3, ", "unit: ug/m3, gases_at: {temperature: 25 degC, pressure: 1013.25 hPa}, ", True),
    "a gas without a unit": ("unit: ug/m3", "unit: ug/m3, gases_at: {temperature: 25, pressure: 1013.25 hPa}", False),
}


@pytest.mark.parametrize("case", FEEDS)
def test_a_feed_is_judged_by_its_models(case: str) -> None:
    old, new, good = FEEDS[case]
    assert old in FILES[FEED]
    found = said(judge("feed"), editor.read(FILES[FEED].replace(old, new, 1)))
    assert (found == []) is good, found


# --- never stricter than the reader -----------------------------------------------------------------------------------

ODD: list[Any] = [
    *(None, True, False, 0, 1, -1, 0.5, 1e6, "", " ", "x", "1", "true", "yes", "2024-01-01", "2024-1-1", "ug/m3", "no"),
    *(
        "%Y",
        "iso",
        "../x",
        "a/b",
        "X",
        "[",
        "(?P<a>x)",
        "{a}",
        ",",
        "none",
        "UTC",
        "air_quality",
        "day",
        "5 degC",
        "und",
    ),
    *([], ["x"], [1], ["x", "y"], {}, {"x": "y"}, {"en": "x"}, {"matches": "x"}, {"from": "x"}, {"least": 1}),
]
KEYS = [
    *("columns", "layout", "from", "unit", "format", "missing", "range", "reason", "known", "type", "meaning", "name"),
    *("title", "kind", "sheet", "footer", "names", "where", "unpivot", "pivot", "join", "services", "interval"),
    *("pm25", "temperature", "place", "x", "parameters", "target", "holidays", "written_in", "gases_at", "zone"),
    *("delimiter", "quote", "widths", "units_row", "header_rows", "lag_days", "reference_since", "implements", "every"),
    *("optional", "values"),
]


def parts_of(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield at
    if isinstance(value, dict | list):
        for key, one in value.items() if isinstance(value, dict) else enumerate(value):
            yield from parts_of(one, (*at, key))


@st.composite
def damaged(draw: st.DrawFn, document: Any) -> Any:
    """The document with a value in place of another, or with a key more or less, once or twice."""
    found = copy.deepcopy(document)
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.sampled_from([path for path in parts_of(found) if path]))
        above = found
        for part in at[:-1]:
            above = above[part]
        how = draw(st.integers(0, 2))
        if how == 0 or isinstance(above, list):
            above[at[-1]] = copy.deepcopy(draw(st.sampled_from(ODD)))
        elif how == 1:
            del above[at[-1]]
        else:
            above[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(st.sampled_from(ODD)))
        if not found:
            break
    return found


def loads(path: Path, name: str, document: Any) -> bool:
    """Whether the reader of such a file takes it, and `city check` what the file alone says."""
    path.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
    try:
        if name == "city":
            CityConfig.model_validate(document)
        elif name == "metrics":
            parts = {part: {} if value is None else value for part, value in document.items()}
            return set(Choices.model_validate(parts).metrics) <= set(platform_metrics())
        else:
            contract = load(path, "Asia/Seoul", models())
            return not list(feed_mistakes(PackFiles(path.parent, None, {path: contract}, None, None, {}, ())))
    except (ContractError, ValidationError):
        return False
    return True


GOOD = {
    "city": editor.read(FILES["city.yaml"]),
    "metrics": editor.read(FILES["metrics.yaml"]),
    "air": editor.read(FILES[FEED]),
    "bikes": editor.read(FILES[BIKE]),
    **{path.stem: editor.read(path.read_text("utf-8")) for path in files_of(SEOUL) if path.parent.name == "feeds"},
}


@pytest.mark.parametrize("name", ["city", "metrics", "air", "bikes", "any"])
@given(data=st.data())
def test_what_an_editor_refuses_the_reader_refuses(name: str, data: st.DataObject, tmp_path_factory: Any) -> None:
    chosen = data.draw(st.sampled_from(sorted(set(GOOD) - {"city", "metrics"}))) if name == "any" else name
    document = data.draw(damaged(GOOD[chosen]))
    schema = chosen if chosen in ("city", "metrics", "sharing") else "feed"
    found = said(judge(schema), document)
    if found:
        folder = tmp_path_factory.getbasetemp() / "damaged"  # a city.yaml beside other tests' folders made them a pack
        folder.mkdir(exist_ok=True)
        path = folder / f"{chosen}.yaml"
        assert not loads(path, schema, document), found


def test_a_model_that_an_editor_refuses_is_refused(tmp_path: Path) -> None:
    schema = json.loads((FOLDER / ".schema.json").read_text("utf-8"))
    text = (FOLDER / "noise_level.yaml").read_text("utf-8")
    edits = {"type: number": "type: float", "time: interval": "time: hour", "    unit: dB\n": "", "row:": "rows:"}
    for old, new in edits.items():
        assert old in text
        assert said(Draft7Validator(schema), editor.read(text.replace(old, new, 1))) != [], old

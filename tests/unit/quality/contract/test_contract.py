"""Contracts: what loads, what is refused and how, what changes the hash, and whether ours keep the standard."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from assets.models import models
from quality.contract.feed_file import FeedFile
from quality.contract.feed_file_columns import FeedColumn
from quality.contract.feed_rules import range_rule
from quality.contract.generated_rules import NULLS_ABOVE_USUAL, PLACES_MOVED, ROWS_RATIO
from quality.contract.mistakes import ContractError
from quality.contract.model import Contract
from quality.contract.models import ModelColumn
from quality.contract.yaml_file import read_yaml
from quality.load import load
from quality.odcs.read import from_odcs
from tests.support.paths import REPOSITORY
from tests.worlds.good_days import FEEDS, TABLES, document, rule

BETWEEN, REGEX = "expect_column_values_to_be_between", "expect_column_values_to_match_regex"
GOOD_RULE = rule("T-1", BETWEEN, {"column": "a", "min_value": 0}, on_fail="void", tolerance=0.1)

Change = Callable[[dict[str, Any]], Any]


def good() -> dict[str, Any]:
    wanted = document([GOOD_RULE], lag_days=3)
    wanted["schema"][0]["properties"][2] |= {
        "classification": "restricted",
        "customProperties": [{"property": "madang", "value": {"sources": ["에이", "A"], "unit": "m"}}],
        "quality": [rule("T-2", BETWEEN, {"max_value": 9}, on_fail="flag", severity="warning")],
    }
    return wanted


def written(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "small.odcs.yaml"
    text = content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    path.write_text(text, encoding="utf-8")
    return path


def changed(change: Change) -> dict[str, Any]:
    wanted = copy.deepcopy(good())
    change(wanted)
    return wanted


def table(wanted: dict[str, Any]) -> dict[str, Any]:
    return wanted["schema"][0]


def columns(wanted: dict[str, Any]) -> list[dict[str, Any]]:
    return table(wanted)["properties"]


def own(item: dict[str, Any]) -> dict[str, Any]:
    return item["customProperties"][0]["value"]


def test_a_good_contract_becomes_typed(tmp_path: Path):
    contract = load(written(tmp_path, good()))
    assert (contract.name, contract.prefix, contract.licence, contract.owner) == ("small", "T", "none", "Tests")
    assert (contract.layer, contract.classification, contract.lag_days) == ("core", "public", 3)
    assert contract.key == ("id", "day")
    assert contract.schema == pl.Schema(
        {"id": pl.String, "day": pl.Date, "a": pl.Float64, "b": pl.Float64, "t": pl.String}
    )
    assert contract.private
    assert contract.column("a").spec.sources == ("에이", "A")
    by_code = {r.code: r for r in contract.rules}
    same_key = ("T-repeated", "T-contradicted", "T-conflicting")
    usual = ("T-required-id", "T-rows-as-usual", "T-nulls-as-usual")
    assert list(by_code) == ["T-000", "T-003", "T-001", "T-002", *same_key, "T-outside", *usual, "T-2", "T-1"]
    assert {code for code, r in by_code.items() if r.generated} == {*list(by_code)[:11]}
    assert [by_code[code].severity for code in same_key] == ["warning", "critical", "warning"]
    assert (by_code["T-2"].column, by_code["T-2"].on_fail, by_code["T-2"].severity) == ("a", "flag", "warning")
    assert (by_code["T-1"].scope, by_code["T-1"].on_fail, by_code["T-1"].tolerance) == ("row", "void", 0.1)
    assert by_code["T-003"].kwargs == {"column_list": ["id", "day"]}
    assert by_code["T-required-id"].column == "id"  # none for the day: a row without one reaches no day's gate


def test_the_code_of_a_generated_rule_does_not_depend_on_where_its_column_stands():
    def with_one_more(w: dict[str, Any]) -> None:
        columns(w).insert(0, {"name": "new", "logicalType": "string", "description": "New", "required": True})

    before, after = (from_odcs(wanted).rules for wanted in (good(), changed(with_one_more)))
    assert {r.code: r.title for r in after} == {r.code: r.title for r in before} | {"T-required-new": "new is there"}


def test_what_cannot_be_read_of_a_mart_is_no_rule_and_its_keys_have_no_tolerance():
    core, mart = from_odcs(document()), from_odcs(document(layer="mart"))
    assert {r.code for r in core.rules} - {r.code for r in mart.rules} == {
        *("T-001", "T-002", "T-repeated", "T-contradicted", "T-conflicting", "T-outside"),
        *("T-rows-as-usual", "T-nulls-as-usual"),
    }
    assert {r.tolerance for r in core.rules if r.scope == "row"} == {0.01}
    assert {r.tolerance for r in mart.rules} == {0.0}
    custom = from_odcs(document(unreadable_tolerance=0.2))
    limits = {r.code: r.kwargs.get("max_value", r.tolerance) for r in custom.rules}
    assert (limits["T-001"], limits["T-002"], limits["T-required-id"]) == (0.2, 0.2, 0.2)
    assert (limits["T-repeated"], limits["T-contradicted"], limits["T-conflicting"]) == (0.0, 0.01, 0)
    custom = from_odcs(document(repeated_tolerance=0.1, contradicted_tolerance=0.2))
    limits = {r.code: r.kwargs.get("max_value", r.tolerance) for r in custom.rules}
    assert (limits["T-repeated"], limits["T-contradicted"]) == (0.1, 0.2)


def test_a_key_of_one_column_is_unique_by_itself():
    contract = from_odcs(changed(lambda w: columns(w)[1].pop("primaryKey")))
    unique = next(r for r in contract.rules if r.code == "T-003")
    assert (unique.expectation, unique.kwargs) == ("expect_column_values_to_be_unique", {"column": "id"})


BAD_FILES: dict[str, tuple[str, str]] = {
    "not YAML": ("a: [", r":2: is not YAML: a value is missing"),
    "nothing": ("", "is empty; keys and values are needed"),
    "a list": ("- kind: DataContract", "is a list as a whole"),
    "no kind": ("apiVersion: v3.1.0\nname: small", ":1: is not an ODCS data contract; write `kind: DataContract`"),
    "another kind": ("kind: Table", ":1: is not an ODCS data contract; write `kind: DataContract`"),
    "code in YAML": ("!!python/object/apply:os.getcwd []", ":1: the tag .* is not read"),
    "a kind and no more": ("kind: DataContract", ":1: schema: there is no table"),
}


def _with_regex(sign: str, wanted: dict[str, Any]) -> None:
    regex = {"type": REGEX, "kwargs": {"column": "t", "regex": f"^{sign}+$"}}
    table(wanted)["quality"][0]["implementation"] = regex


BAD: dict[str, tuple[Change, str]] = {
    "no table": (lambda w: w["schema"].clear(), "schema: there is no table"),
    "no team": (lambda w: w.pop("team"), "team: who owns or delivers the data is not said"),
    "no purpose": (lambda w: w["description"].pop("purpose"), "description: what the data is for is not said"),
    "no properties of Madang's": (lambda w: w.pop("customProperties"), "the licence of the data is not said"),
    "no licence": (lambda w: own(w).pop("licence"), ":[0-9]+: customProperties: the licence of the data is not said"),
    "unknown property": (lambda w: own(w).update(lag_dais=3), "lag_dais: there is no such key"),
    "unknown property of a column": (
        lambda w: own(columns(w)[2]).update(sentinel=["-9"]),
        "sentinel: there is no such key",
    ),
    "unknown property of a rule": (
        lambda w: own(table(w)["quality"][0]).update(tolerence=0.1),
        "tolerence: there is no such key",
    ),
    "unknown property of a connector": (
        lambda w: own(w).update(connector={"files": {"paths": ["*"], "path": "x"}}),
        "connector.files.path: there is no such key",
    ),
    "a column twice": (lambda w: columns(w).append(columns(w)[2] | {"quality": []}), r"occur twice: \['a'\]"),
    "a rule twice": (lambda w: table(w)["quality"].append(GOOD_RULE), r"codes occur twice: \['T-1'\]"),
    "a rule with the code of a generated one": (
        lambda w: table(w)["quality"][0].update(name="T-003"),
        r"codes occur twice: \['T-003'\]",
    ),
    "no day": (lambda w: columns(w).pop(1), "schema.0.properties: no column says which day"),
    "a day that is a text": (lambda w: columns(w)[1].update(logicalType="string"), "`day` of logicalType date"),
    "no key": (lambda w: [c.pop("primaryKey", None) for c in columns(w)], "nothing says what makes a row unique; mark"),
    "unknown type": (
        lambda w: columns(w)[2].update(logicalType="decimal"),
        "type: 'decimal' is none of string, integer",
    ),
    "no implementation": (
        lambda w: table(w)["quality"][0].pop("implementation"),
        "schema.0.quality.0: the rule 'T-1' of Great Expectations says no expectation; write `implementation:",
    ),
    "an expectation that judges no rows": (
        lambda w: table(w)["quality"][0]["implementation"].update(type="expect_column_mean_to_be_between"),
        "T-1: expect_column_mean_to_be_between cannot judge single rows",
    ),
    "void on not-null": (
        lambda w: table(w)["quality"][0]["implementation"].update(type="expect_column_values_to_not_be_null"),
        "T-1: a null cannot be made null",
    ),
    **{
        f"{sign} in a regex": (partial(_with_regex, sign), r"rule T-1: write \[0-9\] or \[A-Za-z\] instead of")
        for sign in (r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", r"\b", r"\B")
    },
    "a rule with the name of a column": (
        lambda w: table(w)["quality"][0].update(name="t"),
        r"rules have the names of columns: \['t'\]",
    ),
    "a field that is gone": (lambda w: own(w).update(depends_on=["other"]), "depends_on: there is no such key"),
    "another field that is gone": (lambda w: own(w).update(minimum_count=5), "minimum_count: there is no such key"),
    "negative tolerance": (lambda w: own(table(w)["quality"][0]).update(tolerance=-0.1), "tolerance: -0.1 cannot be"),
    "tolerance in per cent": (
        lambda w: own(table(w)["quality"][0]).update(tolerance=5),
        "tolerance: 5 cannot be: it is at most 1",
    ),
    "unknown severity": (lambda w: table(w)["quality"][0].update(severity="fatal"), "severity: 'fatal' is none of"),
    "unknown mode": (lambda w: own(table(w)["quality"][0]).update(on_fail="drop"), "on_fail: 'drop' is none of"),
    "unknown scope": (lambda w: own(table(w)["quality"][0]).update(scope="month"), "scope: 'month' is none of"),
    "unknown layer": (lambda w: own(w).update(layer="gold"), "layer: 'gold' is none of"),
    "unknown connector": (
        lambda w: own(w).update(connector={"ftp": {"paths": ["*"]}}),
        "connector.ftp: there is no such key",
    ),
    "a connector of nothing": (lambda w: own(w).update(connector={}), "a connector needs `files`, `services` or both"),
    "a service without an address": (
        lambda w: own(w).update(connector={"services": [{"protocol": "ckan"}]}),
        "connector.services.0.address: is needed and not there",
    ),
    "a lag that is no number": (
        lambda w: own(w).update(lag_days="three"),
        "lag_days: a whole number is needed, not 'three'",
    ),
}


def test_a_document_says_where_its_data_begin_and_is_the_same_contract(tmp_path: Path):
    said = good()
    own(said)["first_day"] = "2024-04-10"
    contract, without = load(written(tmp_path, said)), load(written(tmp_path, good()))
    assert contract.first_day == date(2024, 4, 10)
    assert contract.hash == without.hash


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_file_that_is_no_contract_is_refused_by_name(case: str, tmp_path: Path):
    content, words = BAD_FILES[case]
    refused(written(tmp_path, content), words)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_contract_is_refused_with_file_and_place(case: str, tmp_path: Path):
    change, words = BAD[case]
    refused(written(tmp_path, changed(change)), words)


def test_a_file_that_is_not_there_or_not_utf8_is_refused_by_name(tmp_path: Path):
    refused(tmp_path / "small.odcs.yaml", "there is no such file")
    path = tmp_path / "small.odcs.yaml"
    path.write_bytes("kind: DataContract # 서울".encode("cp949"))
    refused(path, "is not in UTF-8")


def refused(path: Path, words: str) -> None:
    with pytest.raises(ContractError, match=words) as error:
        load(path)
    assert str(error.value).startswith(f"{path}:")


CHANGES_A_ROW_OR_VERDICT: dict[str, Change] = {
    "limit": lambda w: table(w)["quality"][0]["implementation"]["kwargs"].update(min_value=1),
    "tolerance": lambda w: own(table(w)["quality"][0]).update(tolerance=0.2),
    "mode": lambda w: own(table(w)["quality"][0]).update(on_fail="flag"),
    "severity": lambda w: table(w)["quality"][0].update(severity="warning"),
    "code": lambda w: table(w)["quality"][0].update(name="T-9"),
    "a rule less": lambda w: table(w)["quality"].clear(),
    "required": lambda w: columns(w)[4].update(required=True),
    "key": lambda w: columns(w)[4].update(primaryKey=True),
    "type": lambda w: columns(w)[3].update(logicalType="integer"),
    "source name": lambda w: own(columns(w)[2]).update(sources=["A"]),
    "figure of the day": lambda w: own(w).update(profile={"x": "AVG(a)"}),
    "unreadable share": lambda w: own(w).update(unreadable_tolerance=0.02),
    "correction": lambda w: own(w).update(correction_column="a"),
    "repeated share": lambda w: own(w).update(repeated_tolerance=0.1),
    "parts": lambda w: own(columns(w)[2]).update(combine="sum"),
    "repeated parts": lambda w: own(columns(w)[2]).update(combine="sum", repeats="parts", reason="each train"),
}


@pytest.mark.parametrize("what", CHANGES_A_ROW_OR_VERDICT)
def test_the_hash_changes_with_what_may_change_a_row_or_a_verdict(what: str):
    assert from_odcs(changed(CHANGES_A_ROW_OR_VERDICT[what])).hash != from_odcs(good()).hash


def test_the_hash_does_not_change_with_formatting_comments_or_the_order_of_keys(tmp_path: Path):
    wanted = good()
    text = yaml.safe_dump(wanted, allow_unicode=True, sort_keys=True)
    flow = json.dumps(wanted, ensure_ascii=False)
    hashes = {
        load(written(tmp_path, content)).hash
        for content in (wanted, text, f"# a comment\n{text.replace('name: small', 'name: small   # so')}", flow)
    }
    assert hashes == {from_odcs(wanted).hash}


def test_the_hash_is_of_sixteen_hex_digits_and_the_same_in_every_process():
    assert from_odcs(document()).hash == from_odcs(copy.deepcopy(document())).hash
    assert len(from_odcs(document()).hash) == 16
    assert int(from_odcs(document()).hash, 16) >= 0


# --- the contracts of this repository ------------------------------------------------------------------------

DOCUMENTS = [*TABLES, *(path for path in FEEDS if path.name.endswith(".odcs.yaml"))]
each_file = pytest.mark.parametrize("path", [*FEEDS, *TABLES], ids=lambda p: p.name.split(".")[0])
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name.split(".")[0])
each_feed = pytest.mark.parametrize(
    "path", [path for path in FEEDS if path not in DOCUMENTS], ids=lambda p: f"{p.parts[-3]}/{p.stem}"
)


def test_there_are_contracts():
    folders = {p.parent.relative_to(REPOSITORY).as_posix() for p in (*FEEDS, *TABLES)}
    assert folders >= {"assets/marts", "assets/metrics", "cities/seoul/feeds"}


def read(path: Path) -> Contract:
    return load(path, "Asia/Seoul", models())


@each_file
def test_it_loads_and_explains_itself(path: Path):
    contract = read(path)
    assert contract.name == path.name.split(".")[0]
    assert all((contract.title, contract.description, contract.owner, contract.licence, contract.grain))
    codes = [r.code for r in contract.rules]
    assert all(code.startswith(f"{contract.prefix}-") for code in codes)
    assert all(c.description for c in contract.columns)


@each_file
def test_every_rule_is_about_something_that_is_there(path: Path):
    """A misspelt column would otherwise be found by the first night: every gate closed with ERROR."""
    contract = read(path)
    figures = {"rows_read", "rows_kept", "share_unreadable_rows", "share_unreadable_cells", "rows_outside"}
    figures |= {ROWS_RATIO, NULLS_ABOVE_USUAL, PLACES_MOVED}
    figures |= {"share_repeated", "share_contradicted", "conflicting_keys"}
    figures |= set(contract.profile) | {f"share__{r.code}" for r in contract.rules if r.scope == "row"}
    for one in contract.rules:
        named = {one.kwargs.get(k) for k in ("column", "column_A", "column_B")} - {None}
        named |= set(one.kwargs.get("column_list", ()))
        known = figures if one.scope == "day" else set(contract.schema)
        assert named <= known, one.code
    used = {r.column for r in contract.rules if r.scope == "day"}
    assert set(contract.profile) <= used, "figures that no rule looks at"


def columns_of_models(feed: FeedFile) -> dict[str, ModelColumn]:
    return {name: one for model in reversed(feed.implements) for name, one in models()[model].columns.items()}


@each_feed
def test_what_it_says_otherwise_than_its_models_has_a_reason(path: Path):
    feed = FeedFile(**read_yaml(path))
    unexplained = list[str]()
    for name, model in columns_of_models(feed).items():
        said = feed.columns.get(name, FeedColumn())
        why = said.note or said.reason or (said.range is not None and said.range.reason)
        told = [key for key in ("required", "known", "form") if getattr(said, key) not in (None, getattr(model, key))]
        unexplained += [f"{name}.{key}" for key in told if not why]
        if said.range is not None and said.range.of(model) != model.range and not said.range.reason:
            unexplained.append(f"{name}.range")
    parts = [*(rule for rule in feed.rules if rule.changes), feed.ranges, feed.rows_as_usual, feed.nulls_as_usual]
    unexplained += [repr(part) for part in parts if part is not None and len(part.reason.split()) < 3]
    assert unexplained == []


@each_feed
def test_a_range_among_its_rules_is_the_models_or_says_why_not(path: Path):
    """The same of what became of the file."""
    contract, feed = read(path), FeedFile(**read_yaml(path))
    for name, model in columns_of_models(feed).items():
        code = f"{contract.prefix}-{name}-range"
        found = next((one for one in contract.rules if one.code == code), None)
        if found is None:
            assert model.range is None or name not in contract.schema
            continue
        unit = contract.column(name).spec.unit
        plain = None if model.range is None else range_rule(contract.prefix, name, unit, model.range)
        if plain is None or (found.kwargs, found.on_fail) != (plain.kwargs, plain.on_fail):
            assert found.title.endswith(")"), found.title
        elif (found.severity, found.tolerance) != (plain.severity, plain.tolerance):
            assert found.title.endswith(")") or feed.ranges is not None, found.title


@each_document
def test_it_is_valid_for_the_standards_own_model(path: Path):
    """The model leaves out what it does not know, so what goes in must also come out."""
    model = pytest.importorskip("open_data_contract_standard.model")
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    read = model.OpenDataContractStandard.from_file(str(path))
    assert read.model_dump(by_alias=True, exclude_unset=True) == plain


@pytest.mark.filterwarnings("ignore:open_text is deprecated")
@each_document
def test_it_is_valid_for_the_standards_json_schema(path: Path):
    """Stricter than the model: which words are allowed where."""
    jsonschema = pytest.importorskip("jsonschema")
    model = pytest.importorskip("open_data_contract_standard.model")
    schema = json.loads(model.OpenDataContractStandard.json_schema())
    plain = json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")), default=str))
    validator = jsonschema.validators.validator_for(schema)(schema)
    errors = [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator.iter_errors(plain)]
    assert errors == []


def test_a_contract_can_not_be_changed_once_loaded():
    contract: Contract = from_odcs(document())
    with pytest.raises(ValueError, match="frozen"):
        contract.name = "other"

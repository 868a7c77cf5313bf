"""A contract that is written as a document and read again is the same, and the document is valid for the standard."""

import json
from functools import cache
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from open_data_contract_standard.model import OpenDataContractStandard

from assets.models import models
from quality.contract.model import Contract
from quality.contract.rules import Rule
from quality.load import load
from quality.odcs.column_document import ModelWords
from quality.odcs.published_place import PublishedPlace
from quality.odcs.read import from_odcs
from quality.odcs.write import to_odcs
from tests.worlds.good_days import FEEDS, TABLES, document, rule

each_contract = pytest.mark.parametrize("path", [*FEEDS, *TABLES], ids=lambda p: "/".join(p.parts[-3:]))
NASTY = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=12) | st.sampled_from(
    ["it's", 'a "b"', "${HOME}", "{model}", "${column}", "${MADANG_DOLLAR:-$}{x}", "--", "/*", "no", "0110", "null"]
)


@cache
def validator() -> Any:
    schema = json.loads(OpenDataContractStandard.json_schema())
    return jsonschema.validators.validator_for(schema)(schema)


def wrong_in(text: str) -> list[str]:
    """What the standard's JSON schema says of a document."""
    plain = json.loads(json.dumps(yaml.safe_load(text), default=str))
    return [f"{'.'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in validator().iter_errors(plain)]


def require_same(contract: Contract, place: PublishedPlace | None = None) -> None:
    written = to_odcs(contract, place, ModelWords(models(), ("ko", "zh-Hant")), "Asia/Seoul")
    text = written.to_yaml()
    for back in (from_odcs(written), from_odcs(yaml.safe_load(text))):
        assert back == contract
        assert back.hash == contract.hash
    assert wrong_in(text) == []


@pytest.mark.filterwarnings("ignore:open_text is deprecated")
@each_contract
def test_what_is_written_is_read_as_the_same(path):
    require_same(load(path, "Asia/Seoul", models()))


@pytest.mark.filterwarnings("ignore:open_text is deprecated")
@settings(deadline=None, max_examples=8)
@given(st.data())
def test_so_is_a_contract_of_any_texts_and_rules(data):
    """Quotes, braces, variables of ODCS 3.2, words of YAML: whatever stands in a contract comes back."""
    text = NASTY.filter(str.strip)
    limits = st.sampled_from([0, -1.5, 1e-9, 10**12])
    kinds = st.one_of(
        st.builds(lambda low: ("expect_column_values_to_be_between", {"column": "a", "min_value": low}), limits),
        st.builds(
            lambda texts: ("expect_column_values_to_be_in_set", {"column": "t", "value_set": texts}), st.lists(text)
        ),
        st.just(("expect_column_pair_values_a_to_be_greater_than_b", {"column_A": "a", "column_B": "b"})),
    )
    found = data.draw(st.lists(st.tuples(kinds, st.sampled_from(["quarantine", "void", "flag"])), max_size=4))
    written = document([rule(f"T-{n}", *kind, on_fail=done) for n, (kind, done) in enumerate(found, 101)])
    written["description"]["purpose"] = data.draw(text)
    written["schema"][0]["properties"][2]["description"] = data.draw(text)
    written["schema"][0]["businessName"] = {"ko": data.draw(text), "en": data.draw(text)}
    require_same(from_odcs(written))
    require_same(from_odcs(written), PublishedPlace("x.duckdb", "core", "seoul_small", "seoul"))


def test_rules_that_the_document_names_are_all_that_it_has():
    contract = from_odcs(document())
    plain = yaml.safe_load(to_odcs(contract).to_yaml())
    plain["schema"][0]["quality"].pop()
    with pytest.raises(ValueError, match="which `rules` names"):
        from_odcs(plain)
    plain["customProperties"][0]["value"]["rules"].pop()
    plain["customProperties"][0]["value"]["rules"].pop(0)
    with pytest.raises(ValueError, match="`rules` does not name the rule"):
        from_odcs(plain)


def test_a_variable_is_no_part_of_a_contract():
    plain = document() | {"apiVersion": "v3.2.0"}
    plain["description"]["purpose"] = "for ${CITY:-Seoul}"
    with pytest.raises(ValueError, match=r"`\$\{CITY:-Seoul\}` is a variable"):
        from_odcs(plain)
    assert from_odcs(plain | {"apiVersion": "v3.1.0"}).description.shown == "for ${CITY:-Seoul}"


def test_it_says_limits_and_sets_only_where_no_published_value_lies_outside():
    between, known = "expect_column_values_to_be_between", "expect_column_values_to_be_in_set"
    rules = [
        rule("T-1", between, {"column": "a", "min_value": 0, "max_value": 9}, on_fail="void", severity="warning"),
        rule("T-2", between, {"column": "b", "max_value": 9}, on_fail="flag"),
        rule("T-3", known, {"column": "t", "value_set": ["x"]}, on_fail="quarantine"),
    ]
    table = to_odcs(from_odcs(document(rules))).schema_[0]
    column = {one.name: one for one in table.properties}
    assert column["a"].logicalTypeOptions == {"minimum": 0, "maximum": 9}
    assert column["b"].logicalTypeOptions is None
    assert [one.value for one in column["t"].enum] == ["x"]
    severity = {one.name: one.severity for one in column["a"].quality + column["b"].quality}
    assert severity == {"T-1": "critical", "T-2": "critical"}


def test_a_rule_keeps_its_own_severity():
    own = rule("T-1", "expect_column_values_to_not_be_null", {"column": "a"}, on_fail="quarantine", severity="info")
    contract = from_odcs(document([own]))
    found: Rule = next(one for one in from_odcs(to_odcs(contract)).rules if one.code == "T-1")
    assert found.severity == "info"

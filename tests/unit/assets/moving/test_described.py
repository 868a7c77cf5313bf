"""What differs between two packs, in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from assets.moving.compared import differences_between
from assets.moving.described import pack_described
from assets.moving.product import product_text
from assets.pack.city import load_city
from tests.worlds.moved_city import port, port_city

_VALUES = st.recursive(
    st.none() | st.integers() | st.text(max_size=3) | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(_VALUES, _VALUES)
def test_two_documents_differ_or_are_equal(one: object, other: object) -> None:
    found = list(differences_between(one, other))
    assert (not found) == (one == other)
    assert [(at.place, at.one, at.other) for at in found] == [
        (at.place, at.other, at.one) for at in differences_between(other, one)
    ]


@pytest.mark.parametrize(
    ("file", "before", "after", "said"),
    [
        (
            "feeds/air.yaml",
            "unit: ug/m3",
            "unit: mg/m3",
            "feed air, column pm25, delivered unit: ug/m3 in A, mg/m3 in B",
        ),
        ("feeds/air.yaml", "licence: CC0", "licence: CC BY 4.0", "feed air, licence: CC0 in A, CC BY 4.0 in B"),
        ("feeds/air.yaml", "interval: hour_beginning", "interval: hour_ending", "feed air, interval: hour_beginning"),
        ("feeds/air.yaml", "columns:", "columns:\n  pm10: coarse", "feed air, column pm10: only in B"),
        ("metrics.yaml", "target: 15", "target: 10", "metric pm25_mean, target: 15.0 in A, 10.0 in B"),
        ("metrics.yaml", "  pm25_days_above_who: {}\n", "", "metric pm25_days_above_who: only in A"),
        ("metrics.yaml", "metrics:", "standards: {national: vn}\nmetrics:", "by standards, national: kr in A, vn in B"),
        ("areas.csv", "Port,100,", "Port,101,", "area 1, area km2: 100.0 in A, 101.0 in B"),
        ("city.yaml", "first_day: 2026-01-01", "first_day: 2025-01-01", "city, first day: 2026-01-01 in A"),
        (
            "feeds/air.yaml",
            "columns:",
            "rules:\n  - {name: some, title: Ten hours, figure: COUNT(*), least: 10}\ncolumns:",
            "rule AIR-some: only in B",
        ),
    ],
)
def test_what_is_changed_is_named(tmp_path: Path, file: str, before: str, after: str, said: str) -> None:
    one, folder = port_city(tmp_path / "a"), port(tmp_path / "b")
    text = (folder / file).read_text("utf-8")
    assert before in text
    (folder / file).write_text(text.replace(before, after, 1), "utf-8")
    found = [at.said("A", "B") for at in differences_between(pack_described(one), pack_described(load_city(folder)))]
    assert any(said in sentence for sentence in found), found


def test_packs_that_say_the_same(tmp_path: Path) -> None:
    """Comments, order and where they lie are no difference."""
    one, folder = port_city(tmp_path / "a"), port(tmp_path / "b")
    feed = folder / "feeds" / "air.yaml"
    feed.write_text("# a comment\n" + feed.read_text("utf-8"), "utf-8")
    assert list(differences_between(pack_described(one), pack_described(load_city(folder)))) == []


def test_a_feed_more_is_one_sentence(tmp_path: Path) -> None:
    one, folder = port_city(tmp_path / "a"), port(tmp_path / "b")
    text = (folder / "feeds" / "air.yaml").read_text("utf-8").replace("air/*.csv", "two/*.csv")
    (folder / "feeds" / "more.yaml").write_text(text, "utf-8")
    found = [at.said("A", "B") for at in differences_between(pack_described(one), pack_described(load_city(folder)))]
    assert found == ["feed more: only in B"]


def test_the_data_product(tmp_path: Path) -> None:
    """By the schema of ODPS 1.1 (odps-json-schema-v1.1.0): no library has it, so its keys are written down here."""
    document = yaml.safe_load(product_text(port_city(tmp_path), "abc", "0.1.0"))
    assert (document["apiVersion"], document["kind"]) == ("v1.1.0", "DataProduct")
    assert {"id", "name", "version", "status", "type"} <= document.keys()
    allowed = {
        "": {
            *("apiVersion", "kind", "id", "name", "deprecated", "synonyms", "version", "status", "domain", "type"),
            *("context", "tenant", "authoritativeDefinitions", "description", "customProperties", "tags"),
            *("inputPorts", "outputPorts", "managementPorts", "support", "team", "productCreatedTs"),
        },
        "description": {"purpose", "limitations", "usage", "authoritativeDefinitions", "customProperties"},
        "team": {"name", "description", "members", "tags", "customProperties", "authoritativeDefinitions"},
    }
    items = {
        "inputPorts": {"deprecated", "id", "name", "version", "contractId", "tags", "customProperties"},
        "outputPorts": {"id", "name", "description", "type", "version", "contractId", "inputContracts", "synonyms"},
        "customProperties": {"id", "property", "value", "description"},
        "synonyms": {"id", "synonym", "description", "locale", "source", "status", "customProperties"},
    }
    for key, names in allowed.items():
        assert set(document[key] if key else document) <= names, key
    for key, names in items.items():
        for item in document[key]:
            assert set(item) <= names, key
            assert "name" in item or "property" in item or "synonym" in item
    texts = [document[key] for key in ("id", "name", "version", "status", "domain", "type", "tenant")]
    assert all(isinstance(text, str) for text in texts)
    first, _ = document["inputPorts"]
    assert first == {"name": "air", "version": "1.0.0", "contractId": "madang.port.air"}
    outputs = {one["name"]: one for one in document["outputPorts"]}
    watch = {f"mart.{name}" for name in ("place_day", "place_health", "network_day", "network_agreement")}
    assert set(outputs) == {"core.port_air", "core.port_dust", "metric.value"} | watch
    both = [{"id": f"madang.port.{feed}", "version": "1.0.0"} for feed in ("air", "dust")]
    assert [outputs[name]["inputContracts"] for name in ("metric.value", *sorted(watch))] == [both] * 5
    assert outputs["core.port_dust"]["inputContracts"] == both[1:]
    assert document["synonyms"] == [{"synonym": "항구", "locale": "ko"}]

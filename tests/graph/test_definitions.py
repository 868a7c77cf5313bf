"""The code location: loads little and touches nothing, every asset is documented, every rule is a check."""

import ast
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.workspace.load import location_origins_from_yaml_paths

from assets.derive.tables import derived_tables
from pipelines import code_location
from pipelines.asset_checks import WELL_FORMED, name_of
from pipelines.in_process import ONE_BY_ONE
from pipelines.runbook import Section
from pipelines.settings import REPOSITORY, Settings
from pipelines.visible import markdown_text
from quality.contract.rules import Rule
from tests.worlds.packs import pack_at

PACKAGES = ("pipelines", "assets", "simulator", "quality", "warehouse")


@pytest.fixture(scope="module")
def cities():
    return [pack_at(folder) for folder in Settings().packs()]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dg.Definitions:
    return code_location.code_location(Settings(home_dir=tmp_path_factory.mktemp("home")))


@pytest.fixture(scope="module")
def specs(built: dg.Definitions) -> dict[dg.AssetKey, dg.AssetSpec]:
    return {spec.key: spec for spec in built.resolve_all_asset_specs()}


def modules() -> list[Path]:
    return [p for package in PACKAGES for p in sorted((REPOSITORY / package).rglob("*.py"))]


# Loading -----------------------------------------------------------------------------------------------------

# pint is not among the heavy ones: a pack whose feed is in degrees Fahrenheit needs it to be read.
LOAD = """
import socket, sys
def refuse(*_args, **_more):
    raise AssertionError("a connection while definitions are loaded")
socket.socket.connect = refuse
from pipelines.definitions import defs
found = defs() if callable(defs) else defs
found.get_repository_def().get_all_jobs()
names = ("great_expectations", "sqlalchemy", "httpx", "pyarrow", "pandas", "altair")
heavy = [m for m in names if m in sys.modules]
print(",".join(heavy))
"""


def test_loading_is_light_and_touches_nothing(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD],
        env=os.environ | {"MADANG_HOME": str(tmp_path)},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "", "heavy imports"
    assert list(tmp_path.iterdir()) == []


def test_workspace_names_the_definitions():
    """As Dagster reads it; that they load is tested above."""
    origins = location_origins_from_yaml_paths([str(REPOSITORY / "workspace.yaml")])
    (target,) = [origin.loadable_target_origin for origin in origins]
    assert [origin.location_name for origin in origins] == ["madang"]
    assert (target.module_name, target.attribute) == ("pipelines.definitions", "defs")


@pytest.mark.weekly
def test_dagster_itself_finds_the_definitions_in_the_workspace(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "dagster", "definitions", "validate", "-w", "workspace.yaml"],
        env=os.environ
        | {"DAGSTER_HOME": str(tmp_path), "MADANG_HOME": str(tmp_path / "home"), "DAGSTER_DISABLE_TELEMETRY": "1"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "successful" in (done.stdout + done.stderr).lower()
    assert not (tmp_path / "home").exists()


# What is there -----------------------------------------------------------------------------------------------


OF_THE_PLATFORM = {
    *(
        f"asset madang/maintenance/{part}"
        for part in ("checkpoint", "compact", "parse_cache", "private_modes", "runs", "unfinished", "vacuum")
    ),
    *(f"asset madang/published/{table}" for table in ("scoreboard", "what_failed_last_night")),
    *(f"asset {section.key.to_user_string()}" for section in Section),
    *("job maintain", "job publish", "schedule maintain_weekly"),
    *("sensor publish_after_failure", "sensor publish_after_success", "sensor end_killed_runs"),
    "sensor alert_troubles",
}


def test_names_follow_from_the_packs(built: dg.Definitions, cities):
    """People have bookmarks, alerts and runs by these names: none comes, goes or changes but with a pack."""
    wanted = set(OF_THE_PLATFORM)
    if any((city.folder / "sharing.yaml").exists() for city in cities):
        wanted.add("asset madang/published/tiers")
    for city in cities:
        tables = [(layer, name) for layer in ("raw", "core") for name in city.contracts]
        tables += [(table.layer, table.name) for table in derived_tables(city)]
        wanted |= {f"asset {city.name}/{layer}/{name}" for layer, name in tables}
        wanted |= {f"job {city.name}_{step}" for step in ("night", "fetch", "build")}
        zone = f"{city.config.timezone}_{city.config.nightly_at}".lower().replace("/", "_").replace(":", "")
        wanted |= {f"schedule nightly_{zone}", f"job nights_{zone}"}
        wanted |= {f"sensor {city.name}_build_after_fetch_{end}" for end in ("failure", "success")}
        wanted.add(f"sensor {city.name}_fetch_after_night")
    repository = built.get_repository_def()
    found = {f"asset {spec.key.to_user_string()}" for spec in built.resolve_all_asset_specs()}
    found |= {f"job {name}" for name in repository.job_names if not name.startswith("__")}
    found |= {f"schedule {s.name}" for s in repository.schedule_defs} | {
        f"sensor {s.name}" for s in repository.sensor_defs
    }
    assert found == wanted


def test_every_asset_is_documented(specs):
    for key, spec in specs.items():
        where = key.to_user_string()
        assert spec.group_name == key.path[1], where
        assert spec.kinds, where
        assert spec.owners, where
        assert len(spec.description or "") > 20, where
        if key.path[1] in ("raw", "core", "mart", "metric"):
            assert spec.tags["city"] == key.path[0], where
            assert spec.tags["classification"], where
            odd = re.search(r"\*\*|\.[:,]", spec.description or "")
            assert odd is None, f"{where}: the list of assets shows the signs"
        if key.path[1] in ("core", "mart", "metric"):
            schema = spec.metadata["dagster/column_schema"]
            columns = (schema.value if hasattr(schema, "value") else schema).columns
            assert columns, where
            for column in columns:
                assert len(column.description or "") > 2, f"{where}.{column.name}"
                assert column.type, f"{where}.{column.name}"


def test_every_table_names_the_files_that_declare_it(specs):
    for key, spec in specs.items():
        if key.path[1] in ("raw", "core", "mart", "metric"):
            found = spec.metadata["dagster/code_references"].code_references
            assert found, key
            for one in found:
                lines = Path(one.file_path).read_text("utf-8").splitlines()
                assert key.path[1] != "metric" or one.line_number == 1 or lines[one.line_number - 1] == f"{one.label}:"


def test_columns_are_made_of_columns_that_there_are(specs):
    columns = {
        key: {column.name for column in spec.metadata["dagster/column_schema"].columns}
        for key, spec in specs.items()
        if key.path[1] in ("core", "mart", "metric")
    }
    for key, spec in specs.items():
        if key.path[1] in ("mart", "metric"):
            made = spec.metadata["dagster/column_lineage"].deps_by_column
            assert "day" in made, key
            assert made.keys() <= columns[key], key
            for dep in (dep for deps in made.values() for dep in deps):
                assert dep.column_name in columns[dep.asset_key], (key, dep)
                assert dep.asset_key in {dep.asset_key for dep in spec.deps}, (key, dep)
    value = specs[dg.AssetKey(["seoul", "metric", "noise_level"])].metadata["dagster/column_lineage"]
    assert dg.TableColumnDep(dg.AssetKey(["seoul", "core", "sdot_env"]), "laeq") in value.deps_by_column["value"]


def test_what_must_not_run_twice_has_a_pool(built: dg.Definitions, cities):
    for asset in built.assets or []:
        if isinstance(asset, dg.AssetsDefinition):
            place, layer, _ = next(iter(asset.keys)).path
            wanted = f"{place}_lake" if place != "madang" else {"published": "publication"}.get(layer, layer)
            assert asset.op.pool == wanted, asset.keys


def test_a_table_is_fresh_as_long_as_its_nights_come(specs, cities):
    (seoul,) = [city for city in cities if city.name == "seoul"]
    policies = {"/".join(key.path[1:]): spec.freshness_policy for key, spec in specs.items() if key.path[0] == "seoul"}
    hour, minute = map(int, seoul.config.nightly_at.split(":"))
    for name in ("raw/air_daily", "core/air_daily", "metric/air_quality"):
        assert policies[name] == dg.FreshnessPolicy.cron(
            f"{minute} {(hour + 3) % 24} * * *", timedelta(days=1), seoul.config.timezone
        ), name
    assert policies["core/boundaries"] is policies["raw/boundaries"] is None  # comes when it changes
    of_quarters = seoul.contracts["trade_sales"]
    assert of_quarters.every == "quarter"
    assert policies["core/trade_sales"] == dg.FreshnessPolicy.time_window(
        timedelta(days=93 + of_quarters.lag_days), timedelta(days=93)
    )


def test_a_core_table_has_its_published_name_and_its_models(specs):
    found = specs[dg.AssetKey(["seoul", "core", "sdot_env"])]
    assert found.metadata["dagster/table_name"] == "core.seoul_sdot_env"
    assert {"model/air_quality", "model/weather", "model/noise_level"} <= set(found.tags)
    private = specs[dg.AssetKey(["seoul", "core", "living_population"])]
    assert private.metadata["dagster/table_name"] == "core.living_population"


def test_a_metric_table_lists_its_metrics(specs):
    """The steps as the entry declares them, and the target that Seoul has chosen."""
    told = (specs[dg.AssetKey(["seoul", "metric", "air_quality"])].description or "").split("\n")
    (mean,) = [line for line in told if line.startswith("- pm25_mean: ")]
    assert "the readings of air_quality where" in mean
    assert mean.endswith(". Target 15 (WHO 2021, 24 hours).")
    months = (specs[dg.AssetKey(["seoul", "metric", "air_quality_period"])].description or "").split("\n")
    assert any(line.startswith("- pm25_annual_mean: ") for line in months)


def test_every_rule_is_a_check_with_a_result_for_each_day(built: dg.Definitions, cities):
    checks = {spec.key: spec for asset in built.assets or [] for spec in getattr(asset, "check_specs", [])}
    wanted: dict[dg.AssetCheckKey, list[Rule]] = {}
    for city in cities:
        tables = [("core", c.name, c) for c in city.contracts.values()]
        tables += [(t.layer, t.name, t.contract) for t in derived_tables(city)]
        for layer, name, contract in tables:
            assert contract.rules, name
            for rule in contract.rules:
                key = dg.AssetCheckKey(dg.AssetKey([city.name, layer, name]), name_of(contract, rule))
                wanted.setdefault(key, []).append(rule)
    assert set(wanted) <= set(checks)
    for key, rules in wanted.items():
        assert not checks[key].blocking, "a table finds for itself what there is of a day"
        for rule in rules:
            assert markdown_text(rule.title) in (checks[key].description or ""), key
        assert len(rules) == 1 or key.name == WELL_FORMED, key
    for key, spec in checks.items():
        assert (spec.partitions_def is not None) == (key.asset_key.path[1] != "published"), key


def test_partitions_and_schedules_are_in_the_zone_of_the_city(built: dg.Definitions, cities):
    repository = built.get_repository_def()
    for city in cities:
        (schedule,) = [one for one in repository.schedule_defs if city.name in (one.description or "").split(": ")[-1]]
        assert schedule.execution_timezone == city.config.timezone
        hour, minute = city.config.nightly_at.split(":")
        assert schedule.cron_schedule == f"{int(minute)} {int(hour)} * * *"
        assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
        for asset in built.assets or []:
            if not isinstance(asset, dg.AssetsDefinition):
                continue
            key = next(iter(asset.keys))
            if key.path[0] == city.name:
                assert isinstance(asset.partitions_def, dg.DailyPartitionsDefinition)
                assert asset.partitions_def.timezone == city.config.timezone
                assert asset.backfill_policy == dg.BackfillPolicy.single_run()


def test_success_and_failure_are_both_followed(built: dg.Definitions, cities):
    found = {s.name: s for s in built.get_repository_def().sensor_defs}
    wanted = [f"{c.name}_build_after_fetch_{e}" for c in cities for e in ("success", "failure")]
    for name in [*wanted, "publish_after_success", "publish_after_failure"]:
        assert isinstance(found[name], dg.RunStatusSensorDefinition)
        assert found[name].default_status == dg.DefaultSensorStatus.RUNNING


def test_steps_run_in_the_process_of_the_run(built: dg.Definitions):
    assert built.executor is ONE_BY_ONE
    for job in built.get_repository_def().get_all_jobs():
        assert job.executor_def.name == "in_process", job.name


# How it is written -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Written:
    """What a file says and names; `module.name` with the aliases of its imports resolved."""

    docstring: str | None
    calls: frozenset[str]  # functions by attribute or by name
    named: frozenset[str]  # names of imported modules, called or handed on
    makes_transactions: bool


@cache
def written() -> dict[str, Written]:
    """Every module by its path. Each is parsed once: there are hundreds."""
    return {str(path.relative_to(REPOSITORY)): read(path.read_text(encoding="utf-8")) for path in modules()}


def read(text: str) -> Written:
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    alias, modules_of = {}, {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            modules_of |= {n.asname or n.name: f"{node.module}.{n.name}" for n in node.names}
        elif isinstance(node, ast.Import):
            alias |= {n.asname or n.name: n.name for n in node.names}
    alias |= modules_of
    calls, named = set(), set()
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            named.add(f"{modules_of.get(node.value.id, node.value.id)}.{node.attr}")
        elif isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
                calls.add(f"{alias.get(called.value.id, called.value.id)}.{called.attr}")
            elif isinstance(called, ast.Name):
                calls.add(alias.get(called.id, called.id))
    return Written(ast.get_docstring(tree), frozenset(calls), frozenset(named), ".create_write_transaction(" in text)


def test_one_door_into_the_lake():
    staging = "quality/staging.py"
    for guarded, door in (("commit", "quality/gate.py"), ("stage_file", staging), ("take_file", staging)):
        assert {path for path, one in written().items() if f"warehouse.lake.{guarded}" in one.named} == {door}


def test_nobody_else_writes_delta():
    writers = {"deltalake.write_deltalake", "deltalake.DeltaTable.create"}
    found = {path for path, one in written().items() if one.calls & writers or one.makes_transactions}
    assert found == {"warehouse/delta/commit.py"}


def test_every_module_says_what_it_is():
    assert [path for path, one in written().items() if not one.docstring] == []

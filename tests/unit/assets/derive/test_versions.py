"""A change of code or pack makes every table again."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from assets.derive import versions
from assets.pack.city import load_city
from tests.worlds.packs import seoul


@pytest.mark.parametrize("changed", ["areas.csv", "air_stations.csv", "metrics.yaml", "city.yaml"])
def test_a_change_of_the_pack_is_another_version(tmp_path: Path, changed: str):
    folder = tmp_path / "seoul"
    shutil.copytree(seoul().folder, folder)
    assert versions.pack_version(load_city(folder)) == versions.pack_version(seoul())
    with (folder / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert versions.pack_version(load_city(folder)) != versions.pack_version(seoul())


def test_another_register_of_a_feed_is_another_version_of_the_pack():
    feeds = dict(seoul().contracts)
    feeds["air_daily"] = feeds["air_daily"].model_copy(update={"register_": "sdot_ref"})
    assert versions.pack_version(replace(seoul(), contracts=feeds)) != versions.pack_version(seoul())


def test_code_and_definitions_are_in_the_version(monkeypatch: pytest.MonkeyPatch):
    hashed, said = list[Path](), list[str]()
    monkeypatch.setattr(versions, "digest_of", lambda files, beside: hashed.extend(files) or said.append(beside) or "")
    versions.code_version.__wrapped__()
    names = {f"{path.parent.name}/{path.name}" for path in hashed}
    assert {
        *(
            "formulas/heat.py",
            "marts/transit_line_day.py",
            "evaluate/periods.py",
            "metrics/air_quality.yaml",
            "standards/kr.yaml",
        ),
        *("metrics/values.py", "derive/periods.py", "watch/health.py"),
    } <= names
    assert "pm25" in said[0]  # how models watch it
    assert "metrics/metric_value.odcs.yaml" not in names  # a contract is in the id of a batch already


def test_a_file_that_changes_or_is_renamed_is_another_digest(tmp_path: Path):
    first, second = tmp_path / "a.py", tmp_path / "b.py"
    first.write_bytes(b"x = 1")
    before = versions.digest_of([first])
    first.write_bytes(b"x = 2")
    assert versions.digest_of([first]) != before
    first.rename(second)
    second.write_bytes(b"x = 1")
    assert versions.digest_of([second]) != before

"""`madang export`: a folder that stands alone, whole or not at all, without anything private."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.worlds.command import Command
from tests.worlds.second_judge import JUDGE
from tests.worlds.towns import AIR, FEEDS, Towns
from warehouse.failpoint import VARIABLE, listening
from warehouse.published.export.folder import _UNFINISHED

PRIVATE = AIR.replace("air/*.csv", "phones/*.csv").replace("Air by hour", "Phones") + "classification: restricted\n"
SECRET = "987654.5"
TITLE = 'B`ad | <b>"ch\'u"\\'


@pytest.fixture(scope="module")
def towns(tmp_path_factory: pytest.TempPathFactory) -> Towns:
    """Two towns: one with sensors and a private feed, one of whose feeds has a title that could break a page."""
    towns = Towns(tmp_path_factory.mktemp("it's a town"))
    towns.add("daegu", number=1)
    texts = FEEDS | {"air": AIR.replace("title: Air by hour", f"title: {json.dumps(TITLE)}")}
    pack = towns.add("busan", ["air", "sensors"], texts=texts, number=2)
    (pack / "feeds" / "phones.yaml").write_text(PRIVATE)
    path = towns.root / "drop" / "busan" / "phones" / "march.csv"
    path.parent.mkdir(parents=True)
    path.write_text(f"site,at,fine\nN,2026-03-02 00:00,{SECRET}\n")
    towns.night()
    return towns


@pytest.fixture(scope="module")
def madang(towns: Towns) -> Command:
    return Command(towns.home.root, towns.packs)


@pytest.fixture(scope="module")
def folder(madang: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that is published."""
    folder = tmp_path_factory.mktemp("exported") / "all"
    said = madang("export", folder)
    assert (said.code, said.err) == (0, "")
    assert max(map(len, said.out.replace(str(folder), "").splitlines())) <= 80
    return folder


@pytest.fixture
def moved(towns: Towns) -> Iterator[None]:
    """The home is elsewhere meanwhile."""
    home, elsewhere = towns.home.root, towns.root / "elsewhere"
    home.rename(elsewhere)
    yield
    elsewhere.rename(home)


def asked(folder: Path, query: str) -> list[tuple]:
    with duckdb.connect(str(folder / "madang.duckdb"), read_only=True) as con:
        return con.execute(query).fetchall()


@pytest.mark.usefixtures("moved")
def test_the_file_has_all_tables_with_keys_and_comments_without_the_home(folder: Path, towns: Towns) -> None:
    rows = "SELECT place, pm25 FROM core.daegu_air ORDER BY time"
    assert asked(folder, rows) == [("N", 1.0), ("N", 1.5)]
    model = "SELECT city, feed, count(*) FROM model.air_quality GROUP BY ALL ORDER BY ALL"
    assert asked(folder, model) == [("busan", "air", 2), ("busan", "sensors", 2), ("daegu", "air", 2)]
    assert asked(folder, "SELECT count(*) FROM duckdb_columns() WHERE NOT internal AND comment IS NULL") == [(0,)]
    keyed = "SELECT count(*) FROM duckdb_constraints() WHERE constraint_type = 'PRIMARY KEY' AND table_name = 'value'"
    assert asked(folder, keyed) == [(2,)]  # of metric and benchmark
    home = str(towns.root).encode()
    assert [path for path in folder.rglob("*") if path.is_file() and home in path.read_bytes()] == []


def test_parquet_and_csv_have_the_same_rows(folder: Path) -> None:
    tables = asked(
        folder,
        "SELECT DISTINCT table_schema || '.' || table_name FROM information_schema.tables"
        " WHERE table_schema <> 'model' ORDER BY ALL",
    )
    for form in ("parquet", "csv"):
        names = sorted(path.name for path in (folder / form).iterdir())
        assert names == sorted(f"{table}.{form}" for (table,) in tables)
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{folder / 'madang.duckdb'}' AS d (READ_ONLY)")
        for (table,) in tables:
            same = con.execute(f"FROM d.{table} EXCEPT ALL FROM '{folder}/parquet/{table}.parquet'").fetchall()
            assert same == [], table
            with (folder / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
                written = list(csv.reader(file))
            assert [(len(written) - 1,)] == con.execute(f"SELECT count(*) FROM d.{table}").fetchall(), table
    (models,) = {
        row["models"]
        for row in csv.DictReader((folder / "csv" / "mart.feed.csv").open(encoding="utf-8"))
        if row["feed"] == "sensors"
    }
    assert json.loads(models) == ["air_quality", "weather"]


def test_nothing_private_is_in_it(folder: Path) -> None:
    assert [path for path in folder.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []
    assert asked(folder, "SELECT count(*) FROM ledger.attempt WHERE feed = 'phones'") == [(0,)]
    assert asked(folder, "SELECT count(*) FROM ledger.batch WHERE table_name = 'phones'") == [(0,)]
    assert list(folder.rglob("*phones*")) == []
    assert (
        "| busan | Phones | Department of Air | public |  | private: not here |" in (folder / "README.md").read_text()
    )


def test_the_manifest_has_each_file_with_its_hash(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    said = {file["file"]: file["sha256"] for file in manifest["files"]}
    there = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert set(said) == set(there) - {"manifest.json"}
    assert {name: hashlib.sha256(there[name].read_bytes()).hexdigest() for name in said} == said


def test_dictionary_and_readme_name_units_keys_and_licences_whatever_a_title_has(folder: Path) -> None:
    tables = {f"{t['schema']}.{t['table']}": t for t in json.loads((folder / "dictionary.json").read_text())["tables"]}
    assert tables["mart.residents"]["key"] == ["city", "area", "year"]
    (pm25,) = [column for column in tables["core.daegu_air"]["columns"] if column["name"] == "pm25"]
    assert (pm25["unit"], pm25["type"], tables["core.daegu_air"]["licences"]) == ("ug/m3", "DOUBLE", ["public"])
    page = (folder / "README.md").read_text()
    assert f"| busan | {TITLE} |".replace("| <", "\\| &lt;").replace("\\ |", "\\\\ |") in page
    assert "made up" not in page
    said = asked(folder, "SELECT DISTINCT schema_name || '.' || table_name FROM ledger.dictionary")
    assert {name for (name,) in said} == set(tables)


def test_another_duckdb_opens_it_without_further_packages(folder: Path) -> None:
    code = (
        "import sys; sys.modules['pytz'] = None; import duckdb; con = duckdb.connect(sys.argv[1], read_only=True); "
        "tables = con.execute(\"SELECT schema_name || '.' || table_name FROM duckdb_columns() WHERE NOT internal "
        'GROUP BY ALL").fetchall(); [con.execute(f"FROM {name}").fetchall() for (name,) in tables]; '
        "print(duckdb.__version__, len(tables))"
    )
    python = [str(JUDGE / "python"), "-c", code, str(folder / "madang.duckdb")]
    done = subprocess.run(python, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    version, tables = done.stdout.split()
    assert version.startswith("1.")
    assert int(tables) > 20


def test_a_city_a_form_and_no_readings(towns: Towns, madang: Command, tmp_path: Path) -> None:
    one = tmp_path / "quo'te \"[*]\n%41 {x}"
    assert madang("export", one, "--city", "daegu", "--format", "duckdb").code == 0
    assert sorted(path.name for path in one.iterdir()) == [
        *("README.md", "dictionary.json", "dictionary.md", "madang.duckdb", "manifest.json")
    ]
    cities = asked(
        one,
        "SELECT table_schema || '.' || table_name FROM information_schema.columns WHERE column_name = 'city'",
    )
    for (table,) in cities:
        assert asked(one, f"SELECT DISTINCT city FROM {table} WHERE city <> 'daegu'") == [], table
    assert asked(one, "SELECT DISTINCT city, feed FROM model.air_quality") == [("daegu", "air")]
    assert "busan" not in (one / "README.md").read_text() + (one / "dictionary.json").read_text()
    assert madang("export", tmp_path / "two", "--format", "csv", "--no-readings").code == 0
    assert {path.name.split(".")[0] for path in (tmp_path / "two" / "csv").iterdir()} == {
        *("benchmark", "ledger", "mart", "metric")
    }
    said = madang("export", tmp_path / "three", "--city", "hue")
    assert (said.code, said.err.count("\n")) == (1, 1)
    assert "there is no city 'hue'" in said.err
    assert not (tmp_path / "three").exists()


def test_what_is_there_is_never_touched(
    towns: Towns, madang: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for where, why in (
        (tmp_path / "full", "is not empty"),
        (tmp_path / "file", "is a file"),
        (Path(), "is in use"),
        (towns.home.root / "out", "lies in the home"),
    ):
        said = madang("export", where)
        assert (said.code, said.err.count("\n"), said.out) == (2, 1, "")
        assert why in said.err
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "file",
        "full",
        "full/mine",
        "here",
    ]
    assert not (towns.home.root / "out").exists()
    (tmp_path / "empty").mkdir()
    assert madang("export", tmp_path / "empty", "--format", "csv", "--no-readings").code == 0


def test_versions(towns: Towns, madang: Command, tmp_path: Path) -> None:
    assert madang("export", tmp_path / "one", "--version", "1", "--format", "csv").code == 0
    assert json.loads((tmp_path / "one" / "manifest.json").read_text())["version"] == 1
    said = madang("export", tmp_path / "two", "--version", "77")
    assert (said.code, said.err.count("\n")) == (2, 1)
    assert "version 77 was never published" in said.err
    nothing = Command(tmp_path / "new")("export", tmp_path / "two")
    assert (nothing.code, "nothing is published" in nothing.err) == (1, True)


def test_an_export_reads_one_publication_while_the_next_takes_its_place(
    towns: Towns, madang: Command, tmp_path: Path
) -> None:
    areas = towns.packs / "daegu" / "areas.csv"
    areas.write_text(before := areas.read_text())
    done: list[int] = []

    def publish(name: str) -> None:
        if name == "export.table" and not done:
            areas.write_text(before.replace("Daegu", "Taegu"))
            done.append(towns.publish().version)

    with listening(publish):
        assert madang("export", tmp_path / "one", "--format", "duckdb").code == 0
    areas.write_text(before)
    assert done == [2]
    assert asked(tmp_path / "one", "SELECT max(version) FROM ledger.publication") == [(1,)]
    assert asked(tmp_path / "one", "SELECT name FROM mart.area WHERE city = 'daegu'") == [("Daegu",)]


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_killed_export_leaves_no_half_folder_and_the_next_one_tidies_up(madang: Command, tmp_path: Path) -> None:
    target = tmp_path / "out"
    killed = madang.process("export", target, "--format", "csv", **{VARIABLE: "export.synced"})
    assert killed.code == -9
    assert [name.startswith(_UNFINISHED) for name in left(tmp_path)] == [True]
    assert madang("export", target, "--format", "csv").code == 0
    assert left(tmp_path) == ["out"]


def test_ctrl_c_leaves_nothing_and_says_one_sentence(madang: Command, tmp_path: Path) -> None:
    stopped = madang.process("export", tmp_path / "out", **{VARIABLE: "export.table=SIGINT"})
    assert (stopped.code, stopped.err.count("\n"), stopped.out) == (130, 1, "")
    assert left(tmp_path) == []


def test_two_exports_to_one_folder_do_not_mix(madang: Command, tmp_path: Path) -> None:
    second = []

    def other(name: str) -> None:
        if name == "export.written" and not second:
            second.append(madang("export", tmp_path / "out", "--format", "csv"))

    with listening(other):
        assert madang("export", tmp_path / "out", "--format", "csv").code == 0
    assert (second[0].code, "another export is writing there" in second[0].err) == (2, True)
    assert left(tmp_path) == ["out"]


def test_a_folder_that_may_not_be_written_is_said_in_a_sentence(madang: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    said = madang("export", tmp_path / "file" / "out")
    assert (said.code in (1, 2), said.err.count("\n")) == (True, 1)
    assert os.listdir(tmp_path) == ["file"]

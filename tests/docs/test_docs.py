"""The documentation is run: its commands exist, its queries answer, its example loads, its links lead somewhere."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer
import yaml

from assets.connectors import archive, protocol, pull
from assets.connectors.protocol import Ask, Envelope, FetchedPage, Page, Reply
from assets.metrics.fields import FIELDS
from assets.models import models
from assets.pack.new_pack import FIRST_NIGHT
from assets.publication.promises import promises_in
from pipelines import runner
from pipelines.cli.commands import app
from pipelines.settings import REPOSITORY, Settings
from quality.contract import columns, connector, feed_file, feed_file_columns, feed_rules, model, rules
from quality.load import load
from tests.support.paths import REAL_DATA as DATA
from tests.worlds.command import Command
from tests.worlds.packs import seoul
from tests.worlds.published import values
from tests.worlds.second_judge import JUDGE
from tests.worlds.shared import note
from tests.worlds.simulated_night import simulated_night
from tests.worlds.towns import Towns
from warehouse import landing
from warehouse.home import Home
from warehouse.published import connect, dictionary
from warehouse.published.publish import publish

DOCS = REPOSITORY / "docs"
CITY_REPOSITORY = REPOSITORY / "pipelines" / "repository_files"
WRITTEN = [
    *sorted(REPOSITORY.glob("*.md")),
    *sorted(DOCS.glob("*.md")),
    *sorted((DOCS / "decisions").glob("*.md")),
    *sorted((REPOSITORY / "cities").glob("*/*.md")),
    CITY_REPOSITORY / "README.md",
]
QUESTIONS = [REPOSITORY / "README.md", DOCS / "analyst-guide.md"]
PLACEHOLDER = {"MADANG_DROP": "/path/to/drop/seoul"}


def name_of(path: object) -> str:
    return str(path.relative_to(REPOSITORY)) if isinstance(path, Path) else str(path)[:40]


def blocks(path: Path, language: str) -> list[str]:
    text = path.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)


def lines(path: Path) -> Iterator[str]:
    """The commands in the shell blocks of a page, and those that its text quotes."""
    for block in blocks(path, "sh"):
        yield from (line.strip() for line in block.splitlines() if line.strip())
    prose = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    yield from re.findall(r"`((?:madang|make) [^`\n]+)`", prose)


COMMANDS = sorted({(path, line) for path in WRITTEN for line in lines(path)})
QUERIES = [(path, query.strip()) for path in QUESTIONS for query in blocks(path, "sql")]


def test_files_go_into_a_home_of_their_own() -> None:
    """`make nightly` has put simulated data into the default one, which real files are then refused by."""
    guides = [REPOSITORY / "README.md", *(REPOSITORY / "cities").glob("*/README.md")]
    taken = [line for path, line in COMMANDS if path in guides and "--from-dir" in line]
    assert len(taken) >= 3
    assert [line for line in taken if "--home" not in line] == []


@cache
def build() -> ModuleType:
    """docs/build.py: by its path, because a folder named docs may be something else elsewhere."""
    spec = importlib.util.spec_from_file_location("madang_docs_build", DOCS / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The two nights of the README, on the real files."""
    if not (DATA / "seoul" / "sdot_env").is_dir():
        pytest.skip("no real files here (set MADANG_REAL_DATA)")
    with note(tmp_path_factory, "two_nights") as made:
        if made.exists():  # by the tests of the real nights
            return Settings(home_dir=Path(made.read_text()), drop_dir=DATA / "seoul")
        settings = Settings(home_dir=tmp_path_factory.mktemp("docs"), drop_dir=DATA / "seoul")
        first, second = [runner.run(settings, seoul(), day, day, backfill=False) for day in build().NIGHTS]
        # the README says so
        assert (first.closed.height, first.crashed) == (0, [])
        assert sorted(first.failed["feed"]) == ["fuel_price", "realtime_population"]
        assert "sdot_env" in set(second.closed["table_name"])
        assert [first.exit_code, second.exit_code] == [3, 3]
        made.write_text(str(settings.home_dir))
        return settings


# --- commands ---------------------------------------------------------------------------------------------------------


def parsed(words: list[str]) -> tuple[Any, list[str], typer.Context]:
    """The command that the words name, what is left for it, and its context."""
    command, context = typer.main.get_command(app), None
    context = command.make_context("madang", [], resilient_parsing=True)
    while hasattr(command, "commands"):
        assert words, f"{context.command_path} needs a command"
        assert words[0] in command.commands, f"there is no `{context.command_path} {words[0]}`"
        command = command.commands[words[0]]
        context = command.make_context(words[0], [], parent=context, resilient_parsing=True)
        words = words[1:]
    return context.command, words, context


def makefile_of(path: Path) -> Path:
    """The Makefile that a page is about: that of a city's own repository, or ours."""
    return (CITY_REPOSITORY if path.is_relative_to(CITY_REPOSITORY) else REPOSITORY) / "Makefile"


@pytest.mark.parametrize(("path", "line"), COMMANDS, ids=name_of)
def test_commands_of_the_documents_exist(path: Path, line: str) -> None:
    words = [word.removeprefix(".venv/bin/") for word in shlex.split(line, comments=True)]
    assert words[0] in ("madang", "make"), f"{name_of(path)}: {line}"
    if words[0] == "make":
        targets = re.findall(r"^([a-z-]+):", makefile_of(path).read_text(encoding="utf-8"), re.MULTILINE)
        assert words[1] in targets
        return
    if words[1].startswith("--"):  # of the command itself
        assert words[1] in {option for p in typer.main.get_command(app).params for option in p.opts}
        return
    command, rest, parent = parsed(words[1:])
    known = {option for p in command.params for option in p.opts if option.startswith("-")}
    given = [word for word in rest if word.startswith("--")]
    assert set(given) <= known | {"--help"}, f"{name_of(path)}: {line}"
    if rest and line in {inside for block in blocks(path, "sh") for inside in block.splitlines()}:
        command.make_context(command.name, rest, parent=parent)  # raises where a value is missing or of the wrong type


def test_every_command_is_in_the_documents() -> None:
    command = typer.main.get_command(app)
    text = "\n".join(path.read_text(encoding="utf-8") for path in WRITTEN)
    assert [name for name in command.commands if f"madang {name}" not in text and name != "dev"] == []


def test_help_can_be_shown() -> None:
    done = subprocess.run(["make", "-s", "help"], cwd=REPOSITORY, capture_output=True, text=True, check=True)
    for target in ("nightly", "test", "docs", "pictures"):
        assert f"make {target}" in done.stdout


# --- queries, dictionary, pictures ------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.real
@pytest.mark.parametrize(("path", "query"), QUERIES, ids=name_of)
def test_queries_of_the_documents_answer(settings: Settings, path: Path, query: str) -> None:
    with connect.open_published(settings.home) as con:
        assert con.sql(query).fetchall(), f"{name_of(path)}: nothing comes back\n{query}"


def test_queries_of_the_documents_answer_on_the_file_of_a_first_night(tmp_path_factory: pytest.TempPathFactory) -> None:
    with connect.open_published(simulated_night(tmp_path_factory).home) as con:
        silent = [query for _, query in QUERIES if not con.sql(query).fetchall()]
    assert silent == [], "\n\n".join(silent)


def test_another_duckdb_answers_them_without_further_packages(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Of the last line of DuckDB 1, where Python reads TIMESTAMP WITH TIME ZONE only by another package."""
    code = (
        "import json, sys; sys.modules['pytz'] = None; import duckdb; "
        "con = duckdb.connect(sys.argv[1], read_only=True); "
        "print(duckdb.__version__, *(len(con.execute(query).fetchall()) for query in json.load(sys.stdin)))"
    )
    file = simulated_night(tmp_path_factory).home.published_file
    all_tables = [
        f"FROM {name} LIMIT 1" for name in ("metric.history", "metric.value", "ledger.attempt", "ledger.batch")
    ]
    queries = [query for _, query in QUERIES] + all_tables
    done = subprocess.run(
        [str(JUDGE / "python"), "-c", code, str(file)],
        input=json.dumps(queries),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    version, *rows = done.stdout.split()
    assert version.startswith("1.")
    assert all(map(int, rows))


def query_that_has(word: str) -> str:
    (query,) = [query for _, query in QUERIES if word in query]
    return query


def test_population_weighted_air_is_recomputed_from_the_file_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    with connect.open_published(simulated_night(tmp_path_factory).home) as con:
        rows = con.sql(query_that_has("pm25_population_weighted")).fetchall()
    assert rows
    for _, published, computed, districts, _ in rows:
        assert computed == pytest.approx(published, rel=1e-9)
        assert districts == 25


def test_later_changes_are_changes_of_values_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for numbers, reason in (
        ({"1": 1.0, "2": 2.0, "3": None}, "too few"),
        ({"1": 1.0, "2": 2.0, "3": None}, "too few hours"),  # another reason
        ({"1": 1.5, "2": 2.0, "3": 3.0}, None),  # one change; one that came where there was none
    ):
        publish(home, [values(numbers, reason=reason)], run_id="r")
    with connect.open_published(home) as con:
        rows = con.sql(query_that_has("metric.history")).fetchall()
    assert [row[:4] for row in rows] == [("pm25_day", 3, 1, 0.5)]


@pytest.mark.slow
@pytest.mark.real
def test_commands_that_ask_the_ledger_answer(settings: Settings) -> None:
    with connect.open_published(settings.home) as con:
        for _, line in COMMANDS:
            words = shlex.split(line, comments=True)
            if words[:2] == ["madang", "sql"] and "--home" not in words and len(words) > 2 and words[2][0] != "…":
                con.sql(words[2]).fetchall()  # those of another home are run where that home is made


def structure(text: str) -> dict[str, Any]:
    """Schemas, tables and columns of a dictionary, with their comments; no types of views, no numbers."""
    found: dict[str, Any] = {}
    table = None
    for line in text.splitlines():
        if line.startswith("### "):
            table = found.setdefault(line[4:], {"columns": []})
        elif line.startswith("| `") and table is not None:
            table["columns"].append(line)
        elif line.strip() and not line.startswith(("#", "|")) and table is not None:
            table.setdefault("text", line)
    return found


def test_the_page_of_models_is_up_to_date() -> None:
    written = (DOCS / "models.md").read_text(encoding="utf-8")
    assert written == build().models_page(), "run `python docs/build.py models`"


def test_the_list_of_metrics_is_up_to_date() -> None:
    written = (DOCS / "metric-list.md").read_text(encoding="utf-8")
    assert written == build().metrics_page(), "run `python docs/build.py metrics`"


def test_the_page_of_standards_is_up_to_date() -> None:
    written = (DOCS / "standards.md").read_text(encoding="utf-8")
    assert written == build().standards_page(), "run `python docs/build.py standards`"


def test_the_promises_are_what_the_contracts_say() -> None:
    assert promises_in(build().TABLES) == build().all_promises(), (
        "raise `version` in the contract, and run `make tables`"
    )


@pytest.mark.slow
@pytest.mark.real
def test_the_dictionary_is_up_to_date(settings: Settings) -> None:
    written = structure((DOCS / "dictionary.md").read_text(encoding="utf-8"))
    made = structure(build().dictionary(settings.home.published_file))
    assert list(written) == list(made), "run `make docs`"
    assert written == made, "run `make docs`"
    assert {table.split(".")[0] for table in written} == set(dictionary.SCHEMAS)


@pytest.mark.slow
@pytest.mark.real
def test_the_scoreboard_is_drawn_from_the_published_file(settings: Settings) -> None:
    svg = build().scoreboard(settings)
    assert "Seoul:&#160;latest&#160;values" in svg
    assert "stale" in svg


def test_the_picture_of_the_assets_is_up_to_date(tmp_path: Path) -> None:
    made = build().asset_graph(Settings(home_dir=tmp_path))
    written = (DOCS / "pictures" / "asset-graph.svg").read_text(encoding="utf-8")
    assert boxes(made) == boxes(written), "run `make pictures`"
    assert {f"core/{name}" for name in seoul().contracts} <= boxes(written)


def boxes(svg: str) -> set[str]:
    """layer/name of the boxes, by the colour they have."""
    layers = {colour: layer for layer, (_, _, colour, _) in build().LAYERS.items()}
    found = re.findall(r'rx="5" fill="(#\w+)" stroke="[^"]*"/><text[^>]*>([^<]*)<', svg)
    return {f"{layers[colour]}/{name}" for colour, name in found}


@pytest.mark.parametrize("picture", sorted((DOCS / "pictures").glob("*.svg")), ids=name_of)
def test_pictures_load_nothing_from_elsewhere(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text
    assert "@font-face" not in text
    assert not re.search(r"url\((?!#)", text)


# --- the example contract ---------------------------------------------------------------------------------------------


def test_the_example_contract_works(tmp_path: Path) -> None:
    example, *_ = blocks(DOCS / "add-a-feed.md", "yaml")
    path = tmp_path / "bike_counters.yaml"
    path.write_text(example, encoding="utf-8")
    found = load(path, "Asia/Seoul", models())
    assert found.connector is not None
    assert found.connector.files is not None
    assert path.name in (DOCS / "add-a-feed.md").read_text(encoding="utf-8")
    assert {"CNT-000", "CNT-003", "CNT-required-place", "CNT-vehicles-range", "CNT-counters"} <= {
        rule.code for rule in found.rules
    }


USUAL = {  # of add-a-feed.md, in their order: name, file, its text, and what it becomes
    "stops": (
        "gtfs/stops.txt",
        "stop_id,stop_name,stop_lat,stop_lon,wheelchair_boarding\nA,Harbour,35.1,129.0,2\n",
        "SELECT place, name, lat, wheelchairs FROM core.ulsan_stops",
        [("A", "Harbour", 35.1, "no")],
    ),
    "air": (
        "air/march.csv",
        "station,date,hour,PM2.5,NO2,TEMP\nN,02/03/2026,01,12,38.25,NA\n",
        "SELECT time::VARCHAR, round(no2, 4), temperature FROM core.ulsan_air",
        [("2026-03-02 00:00:00", 0.02, None)],
    ),
    "electricity": (
        "electricity/2026.csv",
        "year,district,tariff,FEB,MAR,annual\n2026,North,Home,1.5,2,9\n2026,North,Total,1.5,2,9\n",
        "SELECT day, area, customer_group, energy FROM core.ulsan_electricity",
        [(date(2026, 3, 1), "North", "Home", 2000.0)],
    ),
}


def test_the_usual_cases_work(tmp_path: Path) -> None:
    town = Towns(tmp_path)
    pack = town.add("ulsan", [])
    _, *examples = blocks(DOCS / "add-a-feed.md", "yaml")
    for (name, (file, text, _, _)), example in zip(USUAL.items(), examples, strict=True):
        (pack / "feeds" / f"{name}.yaml").write_text(example, encoding="utf-8")
        path = tmp_path / "drop" / "ulsan" / file
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    packs = town.load()
    for contract in packs.cities[0].contracts.values():
        town.build_feed(packs.cities[0], contract, date(2026, 3, 1 if contract.every == "month" else 2))
    town.publish(packs)
    for _, _, query, rows in USUAL.values():
        assert town.rows(query) == rows


def test_a_stranger_gets_from_a_file_to_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = DOCS / "adding-a-city.md"
    (text,), (commands, *_) = blocks(page, "csv"), blocks(page, "sh")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MADANG_DROP", raising=False)
    for folder in ("cities", "deliveries"):
        Path(folder).mkdir()
    Path("deliveries/air.csv").write_text(text, "utf-8")
    madang = Command(tmp_path / "var-hue", Path("cities"))
    *steps, question = [line.removeprefix("madang ") for line in commands.splitlines()]
    after = [madang(*shlex.split(line)) for line in steps]
    assert [said.code for said in after] == [0] * len(steps), after
    assert "next: madang feed new" in after[0].out
    assert f"next: madang {steps[2]}" in after[1].out
    assert "--day 2026-03-05" in after[2].out
    rows = json.loads(madang(*shlex.split(question), "--json").out)
    assert [(row["place"], row["pm25"], row["no2"]) for row in rows] == [
        *(("An Cựu", 29.7, 0.017), ("An Cựu", 31.3, 0.018), ("An Cựu", None, 0.016)),
        *(("Kim Long", 38.2, 0.011), ("Kim Long", 41.0, 0.012), ("Kim Long", 44.5, None)),
    ]


def test_a_newcomer_adds_a_metric_with_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry, *_ = blocks(DOCS / "metrics.md", "yaml")
    assert entry.count("\n") <= 15
    (text,), (commands, *_) = blocks(DOCS / "adding-a-city.md", "csv"), blocks(DOCS / "adding-a-city.md", "sh")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MADANG_DROP", raising=False)
    for folder in ("cities", "deliveries"):
        Path(folder).mkdir()
    Path("deliveries/air.csv").write_text(text, "utf-8")
    madang = Command(tmp_path / "var-hue", Path("cities"))
    for line in commands.splitlines()[:2]:
        assert madang(*shlex.split(line)[1:]).code == 0
    Path("cities/hue/metrics").mkdir()
    Path("cities/hue/metrics/dust.yaml").write_text(entry, "utf-8")
    check, show, night = [shlex.split(line)[1:] for line in blocks(DOCS / "metrics.md", "sh")[0].splitlines()]
    checked = madang(*check)
    assert (checked.code, "no mistakes" in checked.out) == (0, True), checked
    assert "feeds: air" in madang(*show).out.splitlines()
    scoreboard = madang(*night)
    assert (scoreboard.code, "giờ cao nhất" in " ".join(scoreboard.out.split())) == (0, True), scoreboard
    rows = json.loads(
        madang("sql", "SELECT value, status FROM metric.value WHERE metric = 'pm25_worst_hour'", "--json").out
    )
    assert rows == [{"value": 44.5, "status": "ok"}]  # Kim Long at 02:00


def test_a_share_of_hours_is_not_fed_by_days(tmp_path: Path) -> None:
    from assets.metrics.entries import read_entries
    from assets.metrics.sources import sources_of

    path = tmp_path / "share.yaml"
    (share,) = (text for text in blocks(DOCS / "metrics.md", "yaml") if text.startswith("ozone_bad_hours:"))
    path.write_text(share, "utf-8")
    (named,) = read_entries(path)
    names = {contract.name for contract in sources_of(named.entry, seoul())}
    assert ("air_hourly" in names, "air_daily" in names) == (True, False)


def test_the_entries_that_the_page_shows_have_no_mistake(tmp_path: Path) -> None:
    from assets.check.entries import Among, entry_flaws
    from assets.metrics.entries import clashes, platform_entries, read_entries

    shown, ours = dict[str, int](), platform_entries()
    taken = {metric.metric: named for named in ours.values() for metric in named.metrics}
    for number, text in enumerate(blocks(DOCS / "metrics.md", "yaml")):
        if not {"observes", "derived"} & {key for said in yaml.safe_load(text).values() for key in said}:
            continue  # of metrics.yaml, or golden values
        path = tmp_path / f"shown_{number}.yaml"
        path.write_text(text, "utf-8")
        named = {one.name: one for one in read_entries(path)}
        found = [str(mistake) for mistake in clashes(named.values(), taken)]
        assert found + [flaw for name in named for flaw in entry_flaws(name, Among({**ours, **named}))] == [], text
        shown |= dict.fromkeys(named, number)
    assert list(shown) == ["pm25_worst_hour", "ozone_bad_hours", "night_sales_per_shop", "congested_link_hours_month"]


def test_a_new_city_has_its_first_night_and_its_check_as_the_page_shows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (DOCS / "adding-a-city.md").read_text(encoding="utf-8").partition("## The example")[2]
    monkeypatch.chdir(tmp_path)
    madang = Command(tmp_path / "var-ulsan", Path("cities"))
    Path("cities").mkdir()
    for line in re.findall(r"^madang (.*)$", page, flags=re.MULTILINE):
        said = madang(*shlex.split(line))
        assert (said.code, said.err if "nightly" not in line else "") == (0, ""), (line, said)
    value = madang("sql", "SELECT period_start, value FROM metric.latest", "--json")
    assert json.loads(value.out) == [{"period_start": FIRST_NIGHT, "value": 617.0}]
    folder = Path("cities/ulsan")
    for name, written, wrong in (("city.yaml", "[ko]", "[korean]"), ("feeds/bike_daily.yaml", "rentals:", "rental:")):
        text = (folder / name).read_text("utf-8")
        assert written in text
        (folder / name).write_text(text.replace(written, wrong), "utf-8")
    (shown,) = re.findall(r"^```text\n(.*?)^```$", page, flags=re.MULTILINE | re.DOTALL)
    assert madang("city", "check", "ulsan").out == shown


def test_the_contract_page_names_every_key() -> None:
    page = (DOCS / "contracts.md").read_text(encoding="utf-8")
    from quality.contract.layout import Layout
    from quality.contract.layout_rows import Matches, Pivot, SeriesLayout, Unpivot

    own = {"name", "title", "description", "usage", "limitations", "owner", "grain", "columns", "rules", "version"}
    own |= {"models", "interval_end"}  # what `implements` and `interval` of a feed's file become
    keys = {field.alias or name for name, field in model.Contract.model_fields.items()}
    keys = (keys | columns.ColumnSpec.model_fields.keys()) - own
    keys |= connector.Connector.model_fields.keys() | connector.Files.model_fields.keys()
    keys |= connector.Service.model_fields.keys() | Unpivot.model_fields.keys()
    keys |= Pivot.model_fields.keys() | Matches.model_fields.keys()
    keys |= Layout.model_fields.keys() | SeriesLayout.model_fields.keys()
    keys |= {"scope", "tolerance", "on_fail"} | rules.ROW_EXPECTATIONS
    written = (feed_file.FeedFile, feed_file_columns.FeedColumn, feed_rules.FeedRule)
    keys |= {field.alias or name for part in written for name, field in part.model_fields.items()}
    assert sorted(key for key in keys if f"`{key}`" not in page) == []


def test_the_examples_of_a_layout_can_be_written(tmp_path: Path) -> None:
    from quality.contract.layout import Layout
    from quality.contract.yaml_file import read_yaml

    page = (DOCS / "contracts.md").read_text(encoding="utf-8")
    section = page.split("#### Layout\n")[1].split("| key of `series`")[0]
    texts = [text.replace("\\|", "|") for text in re.findall(r"`(\w+: [^`]+)`", section)]
    texts += re.findall(r"```yaml\n(.*?)```", section, flags=re.DOTALL)
    shown, path = set[str](), tmp_path / "example.yaml"
    for text in texts:
        path.write_text(text, encoding="utf-8")
        written = read_yaml(path)
        example = written.get("layout", written)
        Layout(**({"kind": "json"} if "records" in example else {}), **example)
        shown |= example.keys()
    assert Layout.model_fields.keys() - shown <= {"series"}


def test_the_contract_page_names_every_protocol() -> None:
    page = (DOCS / "contracts.md").read_text(encoding="utf-8")
    named = re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|.*\|$", page.split("\n### Protocols\n")[1], flags=re.MULTILINE)
    assert sorted(named) == sorted(protocol.protocol_names())


def test_the_example_of_a_service_can_be_asked() -> None:
    (example,) = [text for text in blocks(DOCS / "contracts.md", "yaml") if "services:" in text]
    parsed = connector.Connector.model_validate(yaml.safe_load(example)["connector"])
    first, second = parsed.services
    assert parsed.service(date(2026, 12, 31)) == first
    assert parsed.service(date(2027, 1, 1)) == second
    asked = [protocol.protocol_for(first).request(ask, Page()) for ask in pull.questions(first, date(2026, 7, 22))]
    assert [request.path for request in asked] == ["{key}/json/SPOP_LOCAL_RESD_DONG/1/1000/20260722"]
    assert len(pull.questions(second, date(2027, 1, 1))) == 24


def test_the_runbooks_way_to_what_a_service_said_works(tmp_path: Path) -> None:
    service = connector.Service(protocol="seoul_openapi", address="http://nowhere.example", ask={"service": "Things"})
    said = Reply(200, {"content-type": "text/html"}, "<h1>점검중</h1>".encode(), "Things")
    got = FetchedPage(Ask(service, date(2026, 7, 22), "종로구"), Page(), said, Envelope(0))
    content, headers = archive.pack([got])
    home = Settings(home_dir=tmp_path / "var").home
    kept = landing.land(home, "seoul", "things", date(2026, 7, 23), content, headers)
    (code,) = blocks(DOCS / "runbook.md", "python")
    code = re.sub(r'sha256 = "\w+"', f'sha256 = "{kept.sha256[:8]}"', code)
    command = [sys.executable, "-X", "utf8", "-c", code]
    shown = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, encoding="utf-8").stdout
    assert "<h1>점검중</h1>" in shown
    assert "00001 2026-07-22 종로구" in shown
    assert "text/html" in shown


def test_the_runbook_names_every_failure_code() -> None:
    sources = [p.read_text(encoding="utf-8") for p in sorted((REPOSITORY / "assets").rglob("*.py"))]
    kinds = "FILE|FEED|LANDING|ROW|SERVICE|SECRET"
    codes = {code for text in sources for code in re.findall(rf'"((?:{kinds})-[A-Z-]+)"', text)}
    page = (DOCS / "runbook.md").read_text(encoding="utf-8")
    assert sorted(code for code in codes if f"`{code}`" not in page) == []


def test_the_runbook_has_the_heading_that_the_error_names() -> None:
    named = re.findall(
        r"docs/runbook\.md, '([^']+)'", (REPOSITORY / "assets" / "publication" / "snapshot.py").read_text("utf-8")
    )
    assert named
    for heading in named:
        assert f"\n## {heading}\n" in (DOCS / "runbook.md").read_text(encoding="utf-8")


# --- the texts as such ------------------------------------------------------------------------------------------------


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
        if "://" in target:
            continue
        file, _, anchor = target.partition("#")
        linked = (path.parent / file).resolve() if file else path
        assert linked.exists(), f"{name_of(path)}: {target}"
        assert linked.is_relative_to(REPOSITORY), f"{name_of(path)}: {target} leads out of the project"
        if anchor:
            assert anchor in anchors(linked.read_text(encoding="utf-8")), f"{name_of(path)}: {target}"


@pytest.mark.parametrize("path", [*WRITTEN, *sorted((DOCS / "pictures").glob("*")), DOCS / "build.py"], ids=name_of)
def test_no_paths_of_a_machine_and_no_registries(path: Path) -> None:
    text = path.read_bytes().decode("latin-1")  # a picture in PNG may carry text, too
    assert not re.search(r"(?<![\w.])/(?:work|tmp|home|root|Users|mnt)/", text)
    assert not re.search(r"pypi|files\.pythonhosted|index-url|npmjs|crates\.io", text, flags=re.IGNORECASE)


def test_decisions_are_numbered_without_gaps() -> None:
    names = [path.name for path in sorted((DOCS / "decisions").glob("*.md"))]
    assert [name[:3] for name in names] == [f"{n:03}" for n in range(1, len(names) + 1)]
    for path in (DOCS / "decisions").glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:3]}: ")
        assert 10 <= len(text.splitlines()) <= 40
        for part in ("**Context.**", "**Choice.**", "**Reason", "**Consequence.**"):
            assert part in text, f"{path.name} lacks {part}"


def test_the_changelog_knows_the_version() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert f"## [{project['version']}]" in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    assert project["readme"] == "README.md"


def test_the_table_of_fields_counts_what_seoul_has_chosen() -> None:
    text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
    written = re.findall(r"^\| ([a-z ,]+) \| (\d+) \| (\d+) \| [^|]+ \|$", text, re.MULTILINE)
    counted = []
    for field, subjects in FIELDS.items():
        metrics = [metric for metric in seoul().metrics.values() if metric.subject in subjects]
        counted.append((field, str(len({metric.entry for metric in metrics})), str(len(metrics))))
    assert written == counted
    assert sum(int(metrics) for _, _, metrics in counted) == len(seoul().metrics), "a subject stands in no field"
    assert f"Its {len(seoul().contracts)} feeds come from a *simulated city*" in text


def test_what_is_simulated_only_stands_apart() -> None:
    text = (REPOSITORY / "cities" / "seoul" / "README.md").read_text(encoding="utf-8")
    _, _, after = text.partition("### Simulated only\n")
    listed = re.findall(r"\]\(feeds/(\w+)\.yaml\)", after.partition("\n## ")[0])
    said = re.compile(r"simulated only|only the\s+simulated city", re.IGNORECASE)
    alone = [found.name for found in seoul().contracts.values() if said.search(str(found.limitations))]
    assert sorted(listed) == sorted(alone)
    assert after.strip().startswith(f"{len(alone)} feeds are of what")


def test_the_readme_counts_what_there_is() -> None:
    text = (REPOSITORY / "cities" / "seoul" / "README.md").read_text(encoding="utf-8")
    words = {9: "nine", 10: "ten", 11: "eleven", 12: "twelve"}
    assert f"{words.get(len(seoul().contracts), len(seoul().contracts))} feeds" in text
    assert f"{len(seoul().metrics)} metrics" in text
    for found in seoul().contracts.values():
        assert f"feeds/{found.name}.yaml" in text
        assert found.connector is not None
        for pattern in found.connector.files.paths if found.connector.files is not None else ():
            assert pattern.split("/")[0] + "/" in text
            assert pattern.split("/")[-1] in text

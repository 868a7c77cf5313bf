"""The madang command as people and scripts meet it: exit codes, one sentence for each mistake, JSON, Ctrl-C."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from assets.pack.new_pack import NewCity, create_pack
from tests.worlds.command import MADANG, MADANG_IN_BACKGROUND, PATIENCE_S, Command
from tests.worlds.files import BIKE, DAYS, Yard
from tests.worlds.packs import small_seoul
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger
from warehouse.ledger.schema import BATCH


class Shop(Command):
    """A home, a drop folder and packs of their own, and the command on them."""

    def __init__(self, root: Path) -> None:
        self.yard = Yard(root)
        self.yard.deliver("bike_daily")
        super().__init__(self.yard.home.root, small_seoul(root, "bike_daily"))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Nothing has been run here."""
    return Shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Here a night was run."""
    shop = Shop(tmp_path_factory.mktemp("open"))
    done = shop("nightly", "--city", "seoul", "--day", "2020-04-04", "--from-dir", str(shop.yard.drop), "--json")
    assert done.code == 0, done.err
    answer = json.loads(done.out)
    assert (answer["exit_code"], answer["version"], answer["changed"]) == (0, 1, True)
    assert (answer["closed"], answer["failed"], answer["crashed"]) == ([], [], [])
    return shop


@pytest.fixture
def inside(shop: Shop) -> Callable[..., tuple[int, str, str]]:
    """The command in this process, on another home if one is named."""

    def call(*arguments: str, home: Path | None = None, **environment: str) -> tuple[int, str, str]:
        said = Command(home or shop.home, shop.packs)(*arguments, **environment)
        return said.code, said.out, said.err

    return call


NIGHTLY = ("nightly", "--city", "seoul", "--day", "2020-04-04")
BACKFILL = ("backfill", "--city", "seoul", "--from", "2020-04-04", "--to", "2020-04-04")
WRONG = {
    "unknown city": (("nightly", "--city", "atlantis", "--day", "2020-04-04"), "there is no city 'atlantis'"),
    "bad day": (("nightly", "--city", "seoul", "--day", "4.4.2020"), "%Y-%m-%d"),
    "no such day": (("nightly", "--city", "seoul", "--day", "2020-02-30"), "2020-02-30"),
    "to before from": ((*BACKFILL, "--to", "2020-04-01"), "lies before"),
    "day in the future": (("nightly", "--city", "seoul", "--day", "2999-01-01", "--from-dir", "."), "is outside"),
    "day before all": (("nightly", "--city", "seoul", "--day", "2001-01-01", "--from-dir", "."), "is outside"),
    "no drop folder": ((*NIGHTLY, "--source", "files"), "--from-dir"),
    "unknown fault": ((*NIGHTLY, "--source", "simulated", "--inject", "gremlins"), "there is no fault 'gremlins'"),
    "a fault of another city": (
        (*NIGHTLY, "--source", "simulated", "--inject", "gtfs-expired"),
        "is a fault of the city harbour: seoul has no feed for it",
    ),
    "a fault in real files": (
        (*NIGHTLY, "--from-dir", ".", "--inject", "timeout"),
        "--inject is for the simulated city",
    ),
    "a drop folder and the simulated city": ((*NIGHTLY, "--from-dir", ".", "--source", "simulated"), "says simulated"),
    "a drop folder and the real services": ((*BACKFILL, "--from-dir", ".", "--source", "live"), "--from-dir is for"),
    "missing drop folder": ((*NIGHTLY, "--from-dir", "/nowhere/at/all"), "is not a folder"),
    "home is a file": ((*NIGHTLY, "--from-dir", ".", "--home", __file__), "is a file"),
    "home below a file": ((*NIGHTLY, "--from-dir", ".", "--home", f"{__file__}/var"), "is a file"),
    "unknown option": ((*NIGHTLY, "--quickly"), "--quickly"),
    "unknown command": (("daily",), "daily"),
    "unknown source": ((*NIGHTLY, "--source", "rumour"), "rumour"),
    "old word for the simulator": (("embedded", "serve"), "`madang simulator`"),
    "old word for its faults": ((*NIGHTLY, "--plant", "timeout"), "--inject"),
    "old word for its faults, in one": ((*NIGHTLY, "--plant=timeout"), "--inject"),
    "old word for the source": ((*NIGHTLY, "--source", "embedded"), "--source simulated"),
    "old word for the source, in one": ((*NIGHTLY, "--source=embedded"), "--source simulated"),
    "city of status": (("status", "--city", "atlantis"), "atlantis"),
    "city to check": (("city", "check", "atlantis"), "atlantis"),
    "bad name of a city": (("city", "new", "New-York"), "New-York"),
    "city that is there": (("city", "new", "seoul"), "exists already"),
}


@pytest.mark.parametrize("what", sorted(WRONG))
def test_wrong_arguments_end_with_2_and_a_sentence(inside, what: str):
    arguments, said = WRONG[what]
    code, out, err = inside(*arguments)
    assert code == 2
    assert said in err
    assert "Traceback" not in err
    assert out == ""


def test_a_night_without_a_feed_is_a_sentence_and_no_crash(tmp_path: Path):
    madang = Command(tmp_path / "home", create_pack(tmp_path / "cities", NewCity("hue")).parent)
    said = madang("nightly", "--city", "hue", MADANG_SOURCE="files", MADANG_DROP=str(tmp_path))
    wanted = "madang: hue has no feed yet: `madang feed new FILE --city hue` writes one from a file\n"
    assert (said.code, said.out, said.err) == (2, "", wanted)


def test_a_night_whose_only_feed_is_left_out_publishes_nothing_and_says_why(tmp_path: Path):
    pack = create_pack(tmp_path / "cities", NewCity("hue", example=True))
    feed = pack / "feeds" / "bike_daily.yaml"
    feed.write_text(feed.read_text("utf-8").replace("implements:", "implement:"), "utf-8")
    said = Command(tmp_path / "home", pack.parent)("nightly", "--city", "hue", "--from-dir", pack / "example")
    assert (said.code, said.out) == (1, "\n")
    assert "the feed bike_daily is left out" in said.err
    assert "nothing was published" in said.err
    assert "Traceback" not in said.err


def test_a_source_of_the_environment_and_a_drop_folder_contradict_each_other(inside):
    code, _, err = inside(*NIGHTLY, "--from-dir", ".", MADANG_SOURCE="live")
    assert code == 2
    assert "MADANG_SOURCE says live" in err


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("MADANG_EMBEDDED", "http://127.0.0.1:8700", "set MADANG_SIMULATOR instead"),
        ("MADANG_SOURCE", "embedded", "set MADANG_SOURCE=simulated instead"),
        ("MADANG_SOURCE", "rumour", "MADANG_SOURCE=rumour: Input should be 'live', 'files' or 'simulated'"),
        ("MADANG_FETCH_MINUTES", "-1", "MADANG_FETCH_MINUTES=-1: Input should be greater than 0"),
    ],
)
def test_a_variable_that_cannot_be_used_ends_with_2_and_a_sentence(inside, variable: str, value: str, sentence: str):
    code, out, err = inside(*NIGHTLY, **{variable: value})
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


def test_a_home_with_simulated_data_is_not_given_files(inside, tmp_path: Path):
    home = open_home(Home(tmp_path / "home"), create=True)
    row = BATCH.row() | {"city": "seoul", "source": "simulated", "batch_id": "x"}
    ledger.append(home, "batch", [row])
    code, out, err = inside(*NIGHTLY, "--from-dir", str(tmp_path), "--json", home=home.root)
    assert (code, out) == (2, "")
    assert "madang: FEED-MIXED: " in err
    assert "--home" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("sql", "SELECT 1"),
        ("status",),
        ("ledger",),
        ("explain", "seoul", "pm25_mean", "11", "2020-04-01"),
        ("rollback",),
        ("publish",),
    ],
    ids=lambda a: a[0],
)
def test_nothing_published_yet_ends_with_1_and_what_to_do(inside, tmp_path: Path, arguments):
    code, _, err = inside(*arguments, home=tmp_path)
    assert code == 1
    assert err.startswith("madang: ")
    assert len(err.strip().splitlines()) == 1
    assert "nothing" in err or "no such batch" in err
    if arguments[0] not in ("rollback", "publish"):
        assert "madang nightly" in err


def test_help_names_every_command(inside):
    code, out, _ = inside("--help")
    assert code == 0
    for command in ("nightly", "backfill", "status", "ledger", "explain", "sql", "rollback", "publish", "city", "dev"):
        assert command in out


# After a night -----------------------------------------------------------------------------------------------


def test_json_answers_parse(open_shop: Shop, inside):
    home = open_shop.yard.home.root
    for arguments in (
        ("status", "--json"),
        ("ledger", "--json"),
        ("ledger", "--json", "--day", "2020-04-04"),
        ("explain", "seoul", "bike_rentals_per_100k", "11", "2020-04-04", "--json"),
        ("sql", "SELECT metric, value FROM metric.latest", "--json"),
    ):
        code, out, err = inside(*arguments, home=home)
        assert code == 0, err
        assert json.loads(out), arguments
    code, out, _ = inside("city", "list", "--json")
    assert [c["city"] for c in json.loads(out)] == ["seoul"]


@pytest.mark.parametrize(
    "query",
    [
        "INSERT INTO metric.value SELECT * FROM metric.value",
        "DROP TABLE metric.value",
        "DELETE FROM metric.value",
        "CREATE TABLE metric.x AS SELECT 1",
        "SELECT nothing FROM nowhere",
        "SELEC 1",
    ],
    ids=lambda q: q.split(maxsplit=1)[0],
)
def test_sql_only_reads_and_says_what_is_wrong(open_shop: Shop, inside, query: str):
    before = open_shop.yard.home.published_file.read_bytes()
    code, _, err = inside("sql", query, home=open_shop.yard.home.root)
    assert code == 1
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("madang: ")
    assert open_shop.yard.home.published_file.read_bytes() == before


def test_sql_names_what_may_be_meant(open_shop: Shop, inside):
    code, _, err = inside("sql", "FROM core.bike_daily", home=open_shop.yard.home.root)
    assert code == 1
    assert 'bike_daily does not exist; Did you mean seoul_bike_daily; `madang sql "SELECT' in err


def test_output_into_a_closed_pipe(open_shop: Shop):
    """`madang sql ... | head -1`: no traceback, and not an error."""
    with open_shop.start("sql", "SELECT * FROM range(200000)", "--json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        err = process.stderr.read()
    assert "Traceback" not in err
    assert process.returncode == 0


def test_ctrl_c_says_one_line_and_the_next_run_works(tmp_path: Path):
    shop = Shop(tmp_path)
    night = (*NIGHTLY, "--from-dir", str(shop.yard.drop), "--json")
    with shop.start(*night, MADANG_FAILPOINT="gate.staged:1=SIGINT") as process:
        _, err = process.communicate(timeout=PATIENCE_S)
    said = [line for line in err.splitlines() if not line.startswith(("fetching", "building", "publishing"))]
    assert process.returncode == 130, err
    assert len(said) == 1, err
    assert said[0].startswith("madang: stopped")
    again = shop(*night)
    assert again.code == 0, again.err
    assert json.loads(again.out)["exit_code"] == 0


@pytest.mark.parametrize(
    ("madang", "stop"),
    [
        pytest.param(MADANG, signal.SIGINT, id="Ctrl-C"),
        pytest.param(MADANG, signal.SIGTERM, id="SIGTERM", marks=pytest.mark.weekly),
        pytest.param(MADANG_IN_BACKGROUND, signal.SIGTERM, id="SIGTERM where Ctrl-C is ignored"),
    ],
)
def test_a_stop_while_services_are_asked_ends_the_night_and_the_simulator(
    tmp_path: Path, madang: list[str], stop: signal.Signals
):
    """The interrupt strikes one step, and Dagster went on with the next feed: the night was published, crashed."""
    shop = Shop(tmp_path)
    home = shop.yard.home.root
    night = ("nightly", "--city", "seoul", "--source", "simulated", "--day", str(DAYS[-1]))
    # the first reply has landed: it is in the middle of asking
    with shop.start(*night, madang=madang, MADANG_FAILPOINT=f"fetch.landed:1={stop.name}") as process:
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, said
    assert said.splitlines()[-1].startswith("madang: stopped")
    assert any((home / "landing" / "seoul").glob("*/*/*.zst"))
    assert not (home / "published" / "madang.duckdb").exists()


def test_file_names_of_the_shop(shop: Shop):
    assert (shop.yard.drop / f"{BIKE}_1.csv").is_file()

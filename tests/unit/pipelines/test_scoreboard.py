"""The scoreboard of a night in the language of the city: its words, numbers, widths, and what happens without words."""

from __future__ import annotations

import io
import re
import unicodedata
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console

from assets.metrics.entries import platform_metrics
from assets.metrics.reasons import REASONS, SENTENCES, in_language
from assets.pack.city import City, load_city
from pipelines.cli import scoreboard
from pipelines.cli.scoreboard import Board, board_for
from tests.worlds.towns import AIR

LANGUAGES = SENTENCES.languages()
DAY = date(2026, 3, 10)
ROWS = pl.DataFrame(
    {
        "metric": ["pm25_mean", "living_population", "aqi"],
        "value": [11.5, 9_404_112.0, None],
        "unit": ["ug/m3", "people", "index"],
        "target": [15.0, None, None],
        "direction": ["lower", "none", "lower"],
        "period": "day",
        "period_start": [DAY, DAY, DAY],
        "completeness": [1.0, None, None],
        "status": ["ok", "proxy", "absent"],
        "reason": [None, None, "no delivery of air_hourly covers this day"],
        "reason_code": [None, None, "not_delivered"],
        "reason_gaps": [None, None, ["air_hourly"]],
    }
)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> City:
    return _city(tmp_path_factory.mktemp("kazakh"), "kk, ru")


def _city(folder: Path, languages: str) -> City:
    pack = folder / "town"
    (pack / "feeds").mkdir(parents=True)
    (pack / "city.yaml").write_text(
        "name: town\ntitle: {kk: Қала, ko: 도시, th: เมือง, en: Town}\ncountry: KZ\ntimezone: Asia/Almaty\n"
        f"languages: [{languages}]\nwritten_in: en\narea: '1'\nowner: town\nfirst_day: 2026-01-01\n"
        "nightly_at: '04:00'\n",
        "utf-8",
    )
    (pack / "areas.csv").write_text("code,level,parent,name,area_km2,lat,lon\n1,city,,Town,5.0,43.2,76.9\n")
    (pack / "feeds" / "air.yaml").write_text(AIR)
    (pack / "metrics.yaml").write_text("metrics: {pm25_mean: {}, living_population: {title: Present}}\n")
    return load_city(pack)


def _shown(city: City, language: str | None = None, width: int = 110) -> list[str]:
    board = board_for(city, dict.fromkeys(ROWS["metric"], "published title"), language, simulated=True)
    terminal = Console(file=io.StringIO(), width=width, force_terminal=False)
    terminal.print(scoreboard.scoreboard(ROWS, board))
    terminal.print(scoreboard.reasons(ROWS, board))
    assert isinstance(terminal.file, io.StringIO)
    return terminal.file.getvalue().splitlines()


def _cells(text: str) -> int:
    """How many cells of a terminal a line takes, by Unicode's own tables."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.category(sign) == "Mn" for sign in text)


def test_a_city_reads_its_own_language(town: City) -> None:
    lines = _shown(town)
    assert lines[0].strip() == "Қала: соңғы мәндер  МОДЕЛЬДЕНГЕН деректер, нақты қала емес"
    (fine,) = [line for line in lines if "PM2.5" in line]
    cells = re.split(r" {2,}", fine)
    assert cells[1:] == ["11,5", "мкг/м³", "15,0", "2026-03-10", "100%", "жарамды"]
    assert any("9\u00a0404\u00a0112" in line and "адам" in line and "белгісіз" in line for line in lines)
    assert lines[-2:] == ["жоқ: published title", "    2026-03-10: осы күнді қамтитын air_hourly жеткізілімі жоқ"]


def test_without_any_value_there_is_no_empty_table(town: City) -> None:
    board = board_for(town, {"aqi": "Index"}, "en", simulated=True)
    shown = scoreboard.scoreboard(ROWS.filter(pl.col("value").is_null()), board)
    assert str(shown) == "Town: latest values  SIMULATED, not the real city"


def _many(count: int) -> pl.DataFrame:
    """So many values without a target, ROWS before them, and three absent ones of two kinds."""
    plain = ROWS[1].with_columns(subject=pl.lit("people_present"))
    gone = ROWS[2].with_columns(subject=pl.lit("air_quality"))
    other = gone.with_columns(reason_gaps=pl.lit(["air_daily"], pl.List(pl.String)))
    month = gone.with_columns(period=pl.lit("month"), reason_code=pl.lit("no_valid_day"))
    closed = month.with_columns(reason_code=pl.lit("gate_closed"), reason_gaps=pl.lit(["air", "BLOCK", "why"]))
    missed = ROWS[0].with_columns(subject=pl.lit("air_quality"), value=pl.lit(99.5))
    met = missed.with_columns(value=pl.lit(1.5))
    return pl.concat([met, missed, *[plain] * count, gone, other, month, closed])


def test_many_values_are_a_screen_with_those_that_have_a_target(town: City) -> None:
    rows = _many(scoreboard.MOST_VALUES)
    assert scoreboard.is_long(rows)
    assert not scoreboard.is_long(rows[4:])
    terminal = Console(file=io.StringIO(), width=130, force_terminal=False)
    board = board_for(town, dict.fromkeys(ROWS["metric"], "published title"), "en")
    terminal.print(scoreboard.summary(rows, board, "madang scoreboard --city town"))
    assert isinstance(terminal.file, io.StringIO)
    lines = [line.rstrip() for line in terminal.file.getvalue().splitlines()]
    assert [re.split(r" {2,}", line)[1] for line in lines[2:4]] == ["99.5", "1.5"]  # missed, met
    assert lines[-5:] == [
        f"values by subject: air_quality 2 · people_present {scoreboard.MOST_VALUES}",
        "absent 2: 2026-03-10: no delivery of air_hourly covers this day …",
        "absent 1: too few days of the period yet; `madang explain` tells how many",
        "absent 1: 2026-03-10: gate of air closed, BLOCK: why",
        f"shown are 2 / {scoreboard.MOST_VALUES + 2}, those with a target; "
        "all values and what each absent one lacks: `madang scoreboard --city town`",
    ]
    assert len(lines) < 20


def test_one_reason_of_several_days_is_said_once(town: City) -> None:
    days = (date(2026, 6, 30), date(2026, 6, 29), date(2026, 6, 30))
    rows = pl.concat([ROWS[2]] * 3).with_columns(
        metric=pl.Series(["a", "b", "c"]),
        value=pl.lit(None, pl.Float64),
        status=pl.lit("absent"),
        period_start=pl.Series(days),
        reason=pl.lit("it is of a night that is over"),
        reason_code=pl.lit("no_night_yet"),
        reason_gaps=pl.lit([], pl.List(pl.String)),
    )
    board = board_for(town, {"a": "A", "b": "B", "c": "C"}, "en")
    terminal = Console(file=io.StringIO(), width=200, force_terminal=False)
    terminal.print(scoreboard.reasons(rows, board))
    lines = terminal.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert [line.strip() for line in lines] == [
        "absent: A; B; C",
        "2026-06-29, 2026-06-30: it is of a night that is over: there is a value from the second night on",
    ]


def test_what_has_to_be_known_of_a_value_is_said_below(town: City) -> None:
    said = {
        "status": ["proxy", "proxy", "absent"],
        "reason": ["reads 27 % below", None, "no delivery"],
        "reason_code": ["off_witness_below", None, "not_delivered"],
        "reason_gaps": [["27 %", "2026-01-01"], None, ["air_hourly"]],
    }
    rows = ROWS.with_columns(**{name: pl.Series(values) for name, values in said.items()})
    board = board_for(town, dict.fromkeys(rows["metric"], "title"), "en")
    for shown in (scoreboard.reasons(rows, board), scoreboard.summary(rows.with_columns(subject=None), board, "x")):
        terminal = Console(file=io.StringIO(), width=200, force_terminal=False)
        terminal.print(shown)
        text = terminal.file.getvalue()  # type: ignore[attr-defined]
        assert "2026-03-10: reads 27 % below the reference network since 2026-01-01" in text


def test_another_language_can_be_asked_for(town: City) -> None:
    lines = _shown(town, "en")
    assert lines[0].startswith("Town: latest values  SIMULATED, not the real city")
    assert lines[-1] == "    2026-03-10: no delivery of air_hourly covers this day"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_day_begins_in_the_same_column(town: City, language: str) -> None:
    """Also where the letters before it are two cells wide, or none."""
    days = [_cells(line[: line.index(str(DAY))]) for line in _shown(town, language)[:6] if str(DAY) in line]
    assert len(days) >= 2
    assert len(set(days)) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_narrow_terminal_keeps_the_names_and_all_that_is_said_of_them(town: City, language: str) -> None:
    """The widest of Seoul's units and values in 80 cells: the column of names had none of them."""
    rows = ROWS.with_columns(unit=pl.lit("boardings/inhabitant"), value=pl.lit(93_929_726.0))
    board = board_for(town, dict.fromkeys(ROWS["metric"], "published title"), language)
    terminal = Console(file=io.StringIO(), width=80, force_terminal=False)
    terminal.print(scoreboard.scoreboard(rows, board))
    assert isinstance(terminal.file, io.StringIO)
    lines = terminal.file.getvalue().splitlines()
    assert max(map(_cells, lines)) <= 80
    said = "".join("".join(lines).split())
    titles = [board.title(metric) for metric in ROWS["metric"]]
    words = [word for title in titles for word in title.split()]
    assert all(word in said for word in words)
    assert "…" not in said
    others = (board.unit("boardings/inhabitant") or "", board.word("not_known"), "100%")
    assert all("".join(word.split()) in said for word in others)


def test_what_is_in_another_language_is_said_once(tmp_path: Path) -> None:
    lines = _shown(_city(tmp_path, "fr, th"))
    assert lines[0].startswith("เมือง: ค่าล่าสุด")
    assert [line.strip() for line in lines if "fr" in line] == ["ยังไม่มีข้อความในภาษา fr"]
    board = board_for(_city(tmp_path / "own", "kk"), {"living_population": "", "gone": "Gone", "went": "Went"}, "th")
    assert board.elsewhere == {"en": 2}  # of the pack's own text; the platform's title is there in Thai
    assert board.title("gone") == "Gone"


def test_a_terminal_without_the_letters_gets_another_language(town: City) -> None:
    board = board_for(town, {"pm25_mean": ""}, None)
    assert [board.can_be_written(encoding) for encoding in ("utf-8", "ascii")] == [True, False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_words_for_all_that_a_scoreboard_shows(language: str) -> None:
    for part in ("scoreboard", "units"):
        words, english = SENTENCES.part(language, part), SENTENCES.part("en", part)
        assert list(words) == list(english)
        assert all(words.values())
    gaps = ["1", "2", "stations", "75"]
    said = [in_language(language, code, gaps) for code in REASONS]
    assert not any("{" in sentence for sentence in said)
    counted = in_language(language, "too_few_places", gaps)
    assert SENTENCES.part(language, "counted")["stations"] in counted
    assert {"1", "2", "75"} <= set(re.findall(r"\d+", counted))
    assert in_language(language, "not_delivered", []) == in_language(language, "not_delivered", ["-"])


@pytest.mark.parametrize("language", SENTENCES.languages())
def test_shops_and_dwellings_are_not_counted_in_times(language: str) -> None:
    """The count of meters and dwellings was said in 회, lần or раз, which are those of what happens again and again."""
    units = SENTENCES.part(language, "units")
    times = {"회", "kali", "рет", "удаа", "раз", "ครั้ง", "lượt", "次"}
    assert units["count"] not in {*times, units["visits"]}
    assert (
        "곳" not in SENTENCES.part(language, "sentences")["too_few_days_at_places"]
    )  # of topics, feeds and people, too


def test_units_of_the_metrics_have_words() -> None:
    signs = {"%", "ppb", "ppm", "1"}  # the same everywhere
    assert {metric.unit for metric in platform_metrics().values()} - signs <= SENTENCES.part("en", "units").keys()
    assert Board("vi", "", {}, {}).unit("people") == "người"
    assert Board("vi", "", {}, {}).unit("ppb") == "ppb"

"""Times that strptime does not know: 24:00, quarters, and times of other zones."""

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ingest import cast, parse
from assets.readers.rows import RawRows, Rejects
from quality.contract.columns import Column, ColumnSpec
from quality.contract.model import Contract
from tests.unit.assets.ingest.one_column import read_cells


def local(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - the city's own time, as delivered


def typed(texts: list[str], kind: str, *formats: str, **spec: str) -> tuple[list, pl.DataFrame]:
    """What texts become in a column of this type, and what could not be read."""
    columns = (
        Column(name="n", type="integer", description="n", key=True, spec=ColumnSpec(sources=("n",))),
        Column(name="day", type="date", description="d", spec=ColumnSpec(sources=("day",))),
        Column(name="t", type=kind, description="t", spec=ColumnSpec(sources=("t",), formats=formats, **spec)),
    )
    contract = Contract(
        name="t",
        version="1",
        title="t",
        description="t",
        owner="t",
        licence="t",
        prefix="T",
        grain="t",
        columns=columns,
        rules=(),
    )
    rows = pl.DataFrame(
        {"n": [str(n) for n in range(len(texts))], "day": "2023-08-23", "t": texts, "_line": range(1, len(texts) + 1)},
        schema={"n": pl.String, "day": pl.String, "t": pl.String, "_line": pl.Int64},
    )
    parsed = parse.parse(contract, "t", "0" * 64, [RawRows(rows, Rejects().frame(), 0, "t", "utf-8")])
    return parsed.rows["t"].to_list(), parsed.cells


@given(
    moments=st.lists(
        st.tuples(st.datetimes(datetime(1990, 1, 1), datetime(2070, 1, 1)), st.sampled_from(["", "24", "60", "?"])),  # noqa: DTZ001
        min_size=1,
        max_size=6,
    ),
    form=st.sampled_from(
        ["%Y-%m-%d_%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%d/%m/%Y %H:%M:%S", "iso"]
    ),
    kind=st.sampled_from(["timestamp", "date"]),
)
@settings(deadline=None, max_examples=60)
def test_law_a_text_is_read_the_same_alone_and_beside_odd_ones(
    moments: list[tuple[datetime, str]], form: str, kind: str
) -> None:
    """What only second 60 and hour 24 need is left out where no text says so."""

    def written(moment: datetime, odd: str) -> str:
        pattern = "%Y-%m-%dT%H:%M:%S" if form == "iso" else form
        pattern = pattern.replace("%S", "60") if odd == "60" else pattern
        pattern = pattern.replace("%H", "24").replace("%M", "00") if odd == "24" else pattern
        return moment.strftime(pattern) + odd.removeprefix("24").removeprefix("60")

    texts = [written(*one) for one in moments]
    alone = [typed([text], kind, form)[0][0] for text in texts]
    assert typed(texts, kind, form)[0] == alone


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("%Y-%m-%d %H:%M", "2023-08-23 24:00"),
        ("%Y-%m-%d %H:%M:%S", "2023-08-23 24:00:00"),
        ("%Y%m%d%H%M", "202308232400"),
        ("%Y%m%d%H%M%S", "20230823240000"),
    ],
)
def test_24_is_the_end_of_the_day_that_is_written(form: str, text: str):
    assert typed([text], "timestamp", form)[0] == [local(2023, 8, 24)]
    assert typed([text], "date", form)[0] == [date(2023, 8, 23)]


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2023-12-31 24:00", local(2024, 1, 1)),
        ("2024-02-28 24:00", local(2024, 2, 29)),
        ("2023-08-23 23:00", local(2023, 8, 23, 23)),
        ("2023-08-24 00:00", local(2023, 8, 24)),
    ],
)
def test_hours_around_midnight(text: str, time: datetime):
    found, lost = typed([text], "timestamp", "%Y-%m-%d %H:%M")
    assert found == [time]
    assert lost.is_empty()


def test_the_date_of_a_time_is_the_day_that_is_written():
    texts = ["2023-08-23 01:00", "2023-08-23 24:00", "2023-08-24 00:00"]
    assert typed(texts, "date", "%Y-%m-%d %H:%M")[0] == [date(2023, 8, 23), date(2023, 8, 23), date(2023, 8, 24)]


@pytest.mark.parametrize("text", ["2023-08-23 24:01", "2023-08-23 25:00", "2023-02-30 24:00", "24:00", "-"])
def test_no_other_hour_goes_beyond_the_day(text: str):
    found, lost = typed([text], "timestamp", "%Y-%m-%d %H:%M")
    assert found == [None]
    assert lost["value"].to_list() == [text]


def test_minute_24_is_not_hour_24():
    assert typed(["20230823002400"], "timestamp", "%Y%m%d%H%M%S")[0] == [local(2023, 8, 23, 0, 24)]
    assert typed(["202308230024"], "timestamp", "%Y%m%d%H%M")[0] == [local(2023, 8, 23, 0, 24)]


def test_formats_are_tried_in_order_with_24_in_one_of_them():
    texts = ["2023-08-23 24:00", "202308232400", "20230823 0500"]
    found, _ = typed(texts, "timestamp", "%Y-%m-%d %H:%M", "%Y%m%d%H%M", "%Y%m%d %H%M")
    assert found == [local(2023, 8, 24), local(2023, 8, 24), local(2023, 8, 23, 5)]


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_a_quarter_is_its_first_day(kind: str):
    found, lost = typed(["20261", "20262", "20263", "20264"], kind, "%Y%q")
    first = [date(2026, month, 1) for month in (1, 4, 7, 10)]
    assert found == (first if kind == "date" else [local(d.year, d.month, d.day) for d in first])
    assert lost.is_empty()


@pytest.mark.parametrize("text", ["20260", "20265", "2026", "202601", "2026-1", "2026Q1"])
def test_what_is_no_quarter_is_not_read(text: str):
    found, lost = typed([text], "date", "%Y%q")
    assert found == [None]
    assert lost["value"].to_list() == [text]


@pytest.mark.parametrize("text", ["2026-03-01T23:30:00Z", "2026-03-02T08:30:00+09:00", "2026-03-01T15:30:00-0800"])
def test_a_time_with_an_offset_becomes_local_before_its_day_is_taken(text: str):
    zone = {"zone": "Asia/Seoul"}
    assert typed([text], "timestamp", "%Y-%m-%dT%H:%M:%S%z", **zone)[0] == [local(2026, 3, 2, 8, 30)]
    assert typed([text], "date", "%Y-%m-%dT%H:%M:%S%z", **zone)[0] == [date(2026, 3, 2)]


def test_a_feed_in_another_zone_is_told_so_by_its_contract():
    """Berkeley Earth's hours of Seoul are UTC, and nothing in the file says it."""
    zones = {"zone": "Asia/Seoul", "delivered_zone": "UTC"}
    assert typed(["2014-05-16 16:00"], "timestamp", "%Y-%m-%d %H:%M", **zones)[0] == [local(2014, 5, 17, 1)]


def test_an_hour_that_the_clocks_skip_is_unreadable():
    zones = {"zone": "UTC", "delivered_zone": "America/Chicago"}
    values, cells = typed(["2026-03-08 02:30", "2026-03-08 03:30"], "timestamp", "%Y-%m-%d %H:%M", **zones)
    assert values == [None, local(2026, 3, 8, 8, 30)]
    assert cells["value"].to_list() == ["2026-03-08 02:30"]


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ({"zone": "Seoul"}, "'Seoul' is not a time zone"),
        ({"zone": "Asia/Seoul"}, "`zone` is for times with an offset"),
        ({"delivered_zone": "UTC"}, "need `zone`"),
        ({"formats": ("%Y-%m-%d %H:%M%z",)}, "need `zone`"),
    ],
)
def test_zones_that_lead_nowhere_are_refused(spec: dict, words: str):
    with pytest.raises(ValueError, match=words):
        ColumnSpec(**spec)


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["21/07/2026", "05/07/2026"], [date(2026, 7, 21), date(2026, 7, 5)]),
        (["07/21/2026", "07/05/2026"], [date(2026, 7, 21), date(2026, 7, 5)]),
        (["05/07/2026", "07/07/2026"], [None, date(2026, 7, 7)]),
        (["21/07/2026", "07/21/2026", "05/07/2026"], [date(2026, 7, 21), date(2026, 7, 21), None]),
    ],
)
def test_two_formats_that_read_one_text_in_two_ways(texts: list[str], days: list[date | None]):
    found = read_cells(texts, "date", formats=("%d/%m/%Y", "%m/%d/%Y"))
    assert (found.values, found.unreadable) == (days, [t for t, d in zip(texts, days, strict=True) if d is None])
    assert len(found.guesses) == 1


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("2026111", "%Y%m%d"),  # 1 November or 11 January
        ("2026072", "%Y%m%d"),
        ("202607211", "%Y%m%d%H"),
        ("20267 1", "%Y%m %d"),
        ("2026072 1:00", "%Y%m%d %H:%M"),
        ("26-07-21", "%Y-%m-%d"),
        ("115-07-21", "%Y-%m-%d"),
        ("-026-07-21", "%Y-%m-%d"),
        ("2026-02-30", "%Y-%m-%d"),
        ("2026-07-21 10:00", "%Y-%m-%d"),
        ("2026-07-21", "%Y-%m-%d %H:%M"),
        ("2026-07-21 24:30", "%Y-%m-%d %H:%M"),
        ("10:00", "%Y-%m-%d %H:%M"),
    ],
)
@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_what_only_seems_to_be_of_a_format(text: str, form: str, kind: str):
    assert read_cells([text, None], kind, formats=(form,)).unreadable == [text]


def test_a_number_that_stands_alone_beside_a_run_of_them_may_have_one_digit():
    assert read_cells(["202607 1", "202607 21"], "date", formats=("%Y%m %d",)).values == [
        date(2026, 7, 1),
        date(2026, 7, 21),
    ]
    found = read_cells(["20260721 1:00", "20260721 24:00"], "timestamp", formats=("%Y%m%d %H:%M",))
    assert [str(value) for value in found.values] == ["2026-07-21 01:00:00", "2026-07-22 00:00:00"]


def test_years_of_two_digits_are_a_guess_that_is_said():
    found = read_cells(["21/07/26", "21/07/2026"], "date", formats=("%d/%m/%Y", "%d/%m/%y"))
    assert found.values == [date(2026, 7, 21)] * 2
    assert found.guesses == ("x: years of two digits are read as 1970 to 2069",)


def test_a_truth_is_written_true_or_false_or_declared():
    cells = ["true", "False", "1", "Y", "예", "0"]
    assert read_cells(cells, "boolean").unreadable == ["1", "Y", "예", "0"]
    assert read_cells(cells, "boolean", values={"예": "true", "Y": "true", "1": "true", "0": "false"}).unreadable == []


_TIMES = [
    "",
    "2026-07-01 02:03",
    "2026-07-01 24:00",
    "2026-07-01 02:60",
    " 2026-07-01 5:06",
    "1 July",
    "0000-00-00 00:00",
]


@given(st.lists(st.sampled_from(_TIMES), min_size=1))
@settings(deadline=None, max_examples=10)
def test_a_time_that_is_written_many_times_is_what_it_is_alone(texts: list[str]):
    found = []
    for many in (0, 10_000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cast, "_MANY", many)
            patch.setattr(cast, "_FEW", 1)
            found.append(typed(texts, "timestamp", "%Y-%m-%d %H:%M"))
    assert found[0][0] == found[1][0]
    assert found[0][1].equals(found[1][1])

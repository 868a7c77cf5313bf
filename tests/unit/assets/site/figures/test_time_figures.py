"""Figures over time: a gap is a gap, every value is drawn once, and nothing is scaled that is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from assets.site.figures.calendar import calendar_month, day_cell
from assets.site.figures.cells import ValueCell, key_of
from assets.site.figures.columns import MonthColumn, columns_figure
from assets.site.figures.heat import heat_table
from assets.site.figures.line import Peak, Run, TimeMark, line_figure
from assets.site.figures.scales import classes_of

HOSTILE = '"><script>alert(1)</script>'


def line(values: Sequence[float | None], **given: object) -> str:
    """A line without means, marks and limits, but as given."""
    usual = {"smooth": [], "targets": [], "marks": [], "gaps": [], "peak": None, "no_value": "No value", "label": "It"}
    return str(line_figure(values, say=lambda n: f"{n:g}", say_limit=lambda n: f"{n:g}", **(usual | given)))  # pyright: ignore[reportArgumentType]


def moves(svg: str, css: str = "line") -> str:
    """The commands of a path, such as MLL M."""
    found = re.search(rf'<path class="{css}" d="([^"]*)"', svg)
    assert found is not None
    return re.sub(r"[^MLh]", "", found[1])


@given(st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=80))
def test_each_value_is_drawn_once_and_each_run_of_values_is_a_line_of_its_own(values: list[float | None]) -> None:
    drawn = moves(line(values))
    runs = "".join(" " if value is None else "v" for value in values).split()
    assert drawn.count("M") == len(runs)
    assert drawn.count("M") + drawn.count("L") == sum(value is not None for value in values)
    assert drawn.count("h") == sum(run == "v" for run in runs)  # a dot, where a line would have no length


def test_a_gap_is_tinted_says_why_and_has_words_where_there_is_room() -> None:
    values = [1.0, None, None, None, 5.0, 6.0, None, *[7.0] * 20]
    gaps = [Run(1, 3, "No delivery"), Run(6, 6, HOSTILE)]
    svg = line(values, gaps=gaps)
    assert svg.count('class="gap"') == 2
    assert "<title>No delivery</title>" in svg
    assert HOSTILE not in svg
    assert "No value</text>" not in svg  # 3 of 27
    assert "No value</text>" in line(values[:8], gaps=gaps[:1])


def test_a_target_that_changes_is_two_lines_and_each_is_labelled() -> None:
    svg = line([3.0, 4.0, 20.0, 60.0], targets=[15.0, 15.0, 35.0, 35.0])
    assert svg.count('class="target"') == 2
    assert re.findall(r'class="aim"[^>]*>([^<]+)<', svg) == ["15", "35"]
    assert line([3.0, 4.0], targets=[None, None]).count('class="target"') == 0


def test_labels_of_the_axis_do_not_touch() -> None:
    for values, limits in (([0.0, 60.0], [58.0, 60.0]), ([0.0, 100.0], [1.0, 2.0])):
        svg = line(values, targets=limits)
        ends = sorted(float(y) for y in re.findall(r'text-anchor="end" x="-8" y="([^"]+)"', svg))
        assert all(b - a >= 17 for a, b in pairwise(ends))


def test_nothing_that_is_read_is_scaled_and_no_style_is_written_into_it() -> None:
    svg = line(
        [1.0, 2.0, 3.0],
        smooth=[None, 1.5, 2.5],
        peak=Peak(2, "3 · May"),
        marks=[TimeMark(0, "Mar"), TimeMark(2, "May")],
    )
    outer, inner = svg.split("<svg", 2)[1:]
    assert "viewBox" not in outer
    assert "<text" not in inner.split("</svg>")[0]
    assert "style=" not in svg
    assert (moves(svg, "thin"), moves(svg)) == ("MLL", "ML")
    assert re.findall(r">(Mar|May|3 · May)<", svg) == ["Mar", "May", "3 · May"]


def test_columns_begin_at_zero_and_a_month_without_values_is_a_gap() -> None:
    months = [
        MonthColumn("Mar", 25, 31, "25", "why"),
        MonthColumn("Apr", 0, 0, "0", HOSTILE),
        MonthColumn("May", 0, 31, "0", "none"),
    ]
    svg = str(columns_figure(months, HOSTILE))
    heights = dict(re.findall(r'class="(wrong|gap)"[^>]* height="([\d.]+)"', svg))
    assert heights == {"wrong": "0.0", "gap": "110"}
    assert re.findall(r'class="wrong"[^>]* height="([\d.]+)"', svg) == [f"{110 * 25 / 31:.1f}", "0.0"]
    assert re.findall(r'class="count"[^>]*>([^<]+)<', svg) == ["25", "0"]
    assert HOSTILE not in svg


def test_a_calendar_has_a_row_for_each_week_and_each_day_in_its_place() -> None:
    first = date(2020, 11, 1)  # a Sunday
    cells = {n + 1: ValueCell("class-1", f"{n + 1}.5") for n in range(30) if n != 3}
    cells[4] = ValueCell("nothing", "–", HOSTILE)
    table = str(
        calendar_month(
            first,
            {day: day_cell(day, cell) for day, cell in cells.items()},
            [(day, f"{day}day") for day in "MTWTFSS"],
            "November",
            "30 of 30",
        )
    )
    rows = re.findall(r"<tr>(.*?)</tr>", table.split("<tbody>")[1])
    assert [row.count("<td") for row in rows] == [7] * 6
    assert rows[0].endswith('<td class="class-1"><i>1</i>1.5</td>')
    assert "<i>30</i>30.5" in rows[5]
    assert re.findall(r'class="nothing"><i>(\d+)</i><abbr', table) == ["4"]
    assert HOSTILE not in table


def test_a_heat_map_has_a_cell_for_each_hour_and_none_for_an_hour_that_is_not() -> None:
    hours = [ValueCell("step-1", "1"), None, ValueCell("nothing", "–", "held back")]
    table = str(heat_table([("1 Nov", hours)], ["00", "01", "02"], "Day", "It"))  # pyright: ignore[reportArgumentType]
    row = table.split("<tbody>")[1]
    assert row.count("<td") == 3
    assert '<td class="step-1">1</td><td></td><td class="nothing"><abbr title="held back">–</abbr></td>' in row


def test_the_key_has_all_classes_the_target_between_two_and_what_has_no_value() -> None:
    classes = classes_of([3, 52], 15, "lower")
    said = {"label": "Classes", "target": "Target", "no_value": "No value"}
    key = str(key_of(classes, lambda n: f"{n:g}", up_to=lambda n: f"to {n}", over=lambda n: f"over {n}", **said))
    assert re.findall(r"</i>([^<]+)", key) == ["to 7.5", "to 15", "to 20", "to 30", "to 40", "over 40", "No value"]
    assert '<li class="pivot"><i class="class-3"></i>to 20<br>Target</li>' in key

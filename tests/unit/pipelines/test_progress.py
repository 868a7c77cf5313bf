"""Who shows a night is called by its stages, never by words that it has to read again."""

from __future__ import annotations

import io
from datetime import date

from rich.console import Console

from pipelines import progress
from pipelines.cli.progress_bar import ProgressBar
from pipelines.plan import Group

GROUP = Group(date(2020, 4, 3), date(2020, 4, 4), ("fetching", "publishing"))  # feeds may be called anything


class Noted(progress.Progress):
    def __init__(self) -> None:
        self.feeds: list[str] = []

    def request(self, feed: str) -> None:
        self.feeds.append(feed)


def test_requests_go_to_whoever_shows_the_night_and_afterwards_to_nobody():
    outer, inner = Noted(), Noted()
    progress.request("nobody")
    with progress.shown_by(outer):
        progress.request("a")
        with progress.shown_by(inner):
            progress.request("b")
        progress.request("c")
    progress.request("nobody")
    assert (outer.feeds, inner.feeds) == (["a", "c"], ["b"])


def test_where_nobody_looks_each_stage_is_a_line():
    out = io.StringIO()
    with ProgressBar(Console(file=out, width=200)) as bar:
        bar.fetching(22)
        bar.request("air_daily")
        bar.fetching(1)
        bar.building(GROUP)
        bar.publishing()
    assert out.getvalue().splitlines() == [
        "fetching 22 feeds",
        "fetching 1 feed",
        "building 2020-04-03 to 2020-04-04: fetching, publishing",
        "publishing",
    ]


def test_the_bar_counts_feeds_and_requests():
    bar = ProgressBar(Console(file=io.StringIO(), force_terminal=True))
    (task,) = bar._bar.tasks
    bar.fetching(22)
    bar.request("air_daily")
    bar.request("air_daily")
    assert (task.total, task.completed) == (22, 1)
    assert task.fields["detail"] == "air_daily · 2 requests"

"""Dagster's pages in a real browser: what an engineer sees the morning after a gate closed."""

from __future__ import annotations

import json
import os
import select
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from assets.pack.city import load_city
from pipelines import runner
from tests.worlds.files import DAYS, LAST, SDOT_HEADER, Yard, csv_text, sdot_rows
from tests.worlds.packs import small_seoul

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian's package is `chromium`)"),
]
HOT = "SDOT_temperature_range__temperature_lies_in_40_to_45_degC"
CLOSED, GOOD, NOTHING = (LAST + timedelta(days=n) for n in (1, 2, 3))  # backfilled from the page
BACKFILL = """mutation($given: LaunchBackfillParams!) {
    launchPartitionBackfill(backfillParams: $given) {... on LaunchBackfillSuccess {backfillId}}
}"""
RUNS = "query($of: RunsFilter!) {runsOrError(filter: $of) {... on Runs {results {endTime}}}}"
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


PATIENCE_S = 120  # for `madang dev` to end: it gives Dagster 20 seconds


class Pages(NamedTuple):
    """Where they are, and the backfill that was started from one."""

    address: str
    backfill: str


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    """`madang dev` on a home whose last night has a closed gate."""
    root = tmp_path_factory.mktemp("pages")
    yard = Yard(root)
    yard.deliver("sdot_env", "sdot_ref", "boundaries")
    rows = sdot_rows([*DAYS, CLOSED, GOOD])
    hot = [[*row[:5], 133, *row[6:]] if row[-2] in (LAST, CLOSED) else row for row in rows]
    yard.put("sdot_env/sdot_202004.csv", csv_text(SDOT_HEADER, hot))
    packs = small_seoul(root, "sdot_env", "sdot_ref", "boundaries")
    settings = yard.settings.model_copy(update={"cities_dir": packs})
    city = load_city(packs / "seoul")
    runner.run(settings, city, DAYS[0], DAYS[-2], backfill=True)
    result = runner.run(settings, city, LAST, LAST, backfill=False)
    assert result.exit_code == 3, (result.closed, result.crashed, result.error)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    main = "from pipelines.cli.main import main; main()"
    command = [sys.executable, "-c", main, "dev", "--port", str(port)]
    own = {"HOME": settings.home.root, "CITIES": packs, "DROP": yard.drop, "SOURCE": "files"}
    environment = os.environ | {f"MADANG_{name}": str(value) for name, value in own.items()}
    log = (root / "dev.log").open("wb")
    server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        address = f"http://127.0.0.1:{port}"
        _answering(f"{address}/server_info", server, root / "dev.log")
        # it is done while the other pages are looked at
        yield Pages(address, _backfill(address, (CLOSED, GOOD, NOTHING)))
    finally:
        server.terminate()  # it ends Dagster's processes, which have a session of their own
        _ended(server, root / "dev.log")
        log.close()


def _ended(server: subprocess.Popen[bytes], log: Path) -> None:
    """Waits until it has ended; one that does not is killed and fails the test: it would hold the suite for ever."""
    try:
        server.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        server.kill()
        said = log.read_text(errors="replace")[-2000:]
        raise AssertionError(f"madang dev does not end after {PATIENCE_S} seconds: {said}") from None


def _answering(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Comes back when the server answers; fails with its log when it ends before."""
    while server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=300):
                return
        except urllib.error.URLError:
            select.select([], [], [], 0.2)  # nobody listens yet
    raise AssertionError(f"madang dev ended with {server.returncode}: {log.read_text(errors='replace')[-2000:]}")


def _backfill(address: str, days: Sequence[date]) -> str:
    """Start a backfill as the page of an asset does: the feed and what is made from it. Gives its id."""
    tables = ("raw/sdot_env", "core/sdot_env", "metric/street_sensors")
    chosen = [{"path": ["seoul", *table.split("/")]} for table in tables]
    given = {"assetSelection": chosen, "partitionNames": [str(day) for day in days]}
    answer = _asked(address, BACKFILL, given=given)
    assert "backfillId" in answer["launchPartitionBackfill"], answer
    return str(answer["launchPartitionBackfill"]["backfillId"])


def _asked(address: str, query: str, **variables: object) -> dict[str, Any]:
    """The answer of Dagster's GraphQL."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    asked = urllib.request.Request(f"{address}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=300) as reply:
        return json.load(reply)["data"]


def _over(pages: Pages) -> bool:
    """Have its runs ended? Dagster's daemon looks at the backfill itself only every half a minute."""
    of = {"tags": [{"key": "dagster/backfill", "value": pages.backfill}]}
    runs = _asked(pages.address, RUNS, of=of)["runsOrError"]["results"]
    return bool(runs) and all(run["endTime"] is not None for run in runs)


@pytest.fixture(scope="module")
def page(pages: Pages):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser.new_page(viewport={"width": 1600, "height": 1000}, base_url=pages.address)
        browser.close()


def test_lineage_shows_the_layers(page):
    page.goto("/asset-groups")
    for layer in ("raw", "core", "metric", "published"):
        page.get_by_text(layer, exact=True).first.wait_for(timeout=300_000)


def test_a_closed_gate_names_rule_count_and_rows(page):
    page.goto(f"/assets/seoul/core/sdot_env?view=checks&checkDetail={HOT}")
    page.get_by_text("gate closed, BLOCK: SDOT-temperature-range").first.wait_for(timeout=300_000)
    assert page.get_by_text("rows_unexpected").first.is_visible()
    page.get_by_text("133").first.wait_for(timeout=300_000)


def test_the_day_is_shown_as_failed_not_as_made(page):
    page.goto("/assets/seoul/core/sdot_env?view=partitions&partition=2020-04-04")
    page.get_by_text("failed, and did not materialize this asset").wait_for(timeout=300_000)


def test_what_failed_last_night_is_answered(page):
    page.goto("/assets/madang/published/what_failed_last_night?view=events")
    page.get_by_text("what_failed_last_night").first.wait_for(timeout=300_000)
    page.get_by_text("SDOT-temperature-range").first.wait_for(timeout=300_000)
    assert page.get_by_text("1 gate is closed").first.is_visible()
    assert page.get_by_role("link", name="Run", exact=True).get_attribute("href").startswith("/runs/")
    page.get_by_role("link", name="Runbook: A gate closed: BLOCK").click()
    page.get_by_text("tell the provider, with rule, count and samples").first.wait_for(timeout=300_000)


def test_a_metric_table_shows_its_series_as_a_picture(page):
    page.goto("/assets/seoul/metric/street_sensors?view=events&partition=2020-04-03")
    picture = page.get_by_alt_text("sensor_pm25_mean").first
    picture.wait_for(timeout=300_000)
    assert picture.evaluate("one => one.complete && one.naturalWidth") == 360


def test_a_backfill_from_the_page_shows_each_day_as_what_became_of_it(page, pages: Pages):
    """Of three days the gate closes on one, one is good, and of one nothing came."""
    while not _over(pages):
        page.wait_for_timeout(500)
    for page_of, text in (
        (f"core/sdot_env?view=partitions&partition={CLOSED}", "failed, and did not materialize this asset"),
        (f"core/sdot_env?view=partitions&partition={NOTHING}", "Failed (2)"),  # last night's day and CLOSED
        (f"core/sdot_env?view=partitions&partition={GOOD}", "Materialized (4)"),
        (f"core/sdot_env?view=events&partition={CLOSED}", "SDOT-temperature-range temperature lies in"),
        (f"metric/street_sensors?view=events&partition={CLOSED}", f"Held back, because core.sdot_env of {CLOSED} is"),
        (f"metric/street_sensors?view=partitions&partition={GOOD}", "rows_quarantined"),
    ):
        page.goto(f"/assets/seoul/{page_of}")
        page.get_by_text(text).first.wait_for(timeout=300_000)

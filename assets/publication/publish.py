"""Publication: everything the gates have admitted goes into one file, which passes a gate as a whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import chain

import polars as pl

from assets.derive.marts import MartTable
from assets.derive.tables import derived_tables
from assets.models import models
from assets.pack.city import City
from assets.publication import gate
from assets.publication.benchmark.columns import BENCHMARK_CODE
from assets.publication.benchmark.pairs import CityPairs
from assets.publication.benchmark.values import BenchmarkValues, LatestYears
from assets.publication.benchmark.views import class_view, code_rows, comparison_view, standard_views
from assets.publication.columns import (
    LEDGER,
    core_table,
    currency_of_feed,
    model_table,
)
from assets.publication.damaged import close_damaged, damaged_days, lost_rows
from assets.publication.flagged_readings import QC_FLAG, QC_RULE, qc_flag_rows, qc_rule_rows, reading_views
from assets.publication.gate import PublicationRefused
from assets.publication.kept_packs import keep_packs
from assets.publication.latest import LatestValues
from assets.publication.ledger_view import read_ledger_view
from assets.publication.metric_columns import METRIC_DEFINITION, METRIC_LATEST
from assets.publication.named import reason_view, subject_views
from assets.publication.quality.columns import JUDGED
from assets.publication.quality.views import judged_rows, quality_views
from assets.publication.reference_columns import (
    MART_AREA,
    MART_CALENDAR,
    MART_CITY,
    MART_COLUMN,
    MART_FEED,
    MART_RESIDENTS,
    MART_TEXT,
)
from assets.publication.reference_rows import (
    area_rows,
    calendar_days,
    calendar_rows,
    city_rows,
    column_rows,
    feed_rows,
    holidays_of,
    resident_rows,
)
from assets.publication.rests_on import metric_definition_rows
from assets.publication.snapshot import Snapshot, load_snapshot
from assets.publication.texts import all_texts
from assets.publication.values import AreaDay, HourlyValues, MartRows, MetricValues
from assets.removal.enforce import enforce
from quality.contract.interval import Interval
from warehouse import modes
from warehouse.damaged import LOOK
from warehouse.failpoint import failpoint
from warehouse.home import Home
from warehouse.lease import nothing_commits
from warehouse.ledger import ledger
from warehouse.ledger.whole import require_ledger
from warehouse.published.folder import turn
from warehouse.published.load import AppendedFiles, Frame, PublishedTable
from warehouse.published.publications import Publication
from warehouse.published.publish import publish
from warehouse.published.spec import PublishError
from warehouse.published.unions import Part, UnionView
from warehouse.published.views import FileView


def publish_all(home: Home, cities: Sequence[City] | Callable[[], Sequence[City]], *, run_id: str) -> Publication:
    """Bring everything that the gates have admitted into one file, and put it in place of the last one. One at a time:
    which cities there are, and what of them, is looked up when it is this one's turn. Meanwhile no batch becomes live:
    what is read of a home that changes would not fit together, and looked as if somebody had gone past the gate.

    A city without metrics has its core tables there. Raises LedgerGoneError, and PublicationRefused where nothing is
    there to publish, a live batch has no open verdict or the file does not pass; nothing changes then.
    """
    with turn(home):
        require_ledger(home)
        published = cities() if callable(cities) else cities
        enforced = enforce(home, published, run_id)
        try:
            with nothing_commits(home):
                publication = _publish(home, published, run_id, afresh=bool(enforced.begun))
        except PublicationRefused:
            if enforced.begun:  # of what was withdrawn nothing may stay, whatever takes its place
                enforced.settle(None)
                home.published_file.unlink(missing_ok=True)
            raise
        enforced.settle(publication.version)
        return publication


def _publish(home: Home, cities: Sequence[City], run_id: str, *, afresh: bool) -> Publication:
    _close_private_tables(home, cities)
    try:
        return _publish_snapshots(home, cities, run_id, [load_snapshot(home, city) for city in cities], afresh=afresh)
    except (
        PublishError
    ):  # a file that has its size may have other content: all of them are read, and damaged days left out
        thorough = [load_snapshot(home, city, by_content=True) for city in cities]
        if not any(snapshot.damaged for snapshot in thorough):
            raise
        return _publish_snapshots(home, cities, run_id, thorough, afresh=afresh)


def _publish_snapshots(
    home: Home, cities: Sequence[City], run_id: str, snapshots: Sequence[Snapshot], *, afresh: bool
) -> Publication:
    for snapshot in snapshots:
        close_damaged(snapshot, run_id)
    views = [read_ledger_view(snapshot) for snapshot in snapshots]
    values = MetricValues.of(views)
    if not values.inputs and not any(days for snapshot in snapshots for days in snapshot.batches.values()):
        raise PublicationRefused("nothing was ever admitted by a gate, see `madang status`")
    tables = [
        values,
        Frame(METRIC_DEFINITION, metric_definition_rows(cities)),
        *_references(cities, snapshots),
        LatestValues(METRIC_LATEST, views),
        AreaDay.of(values, cities),
        HourlyValues.of(values),
        reason_view(),
        *subject_views(definition.subject for city in cities for definition in city.metrics.values()),
        *_benchmark(values, cities),
        *_marts(snapshots),
        *_cores(snapshots),
        *_models(cities),
        *reading_views(cities),
        *(AppendedFiles.of_ledger(home, spec) for spec in LEDGER),
        Frame(JUDGED, judged_rows(cities)),
        *quality_views(),
    ]
    metrics = {metric for city in cities for metric in city.metrics}
    judgements: list[gate.Judgement] = []
    publication = publish(
        home,
        tables,
        run_id=run_id,
        audit=lambda path: judgements.append(gate.judge(home, path, metrics, run_id)),
        afresh=afresh,
    )
    name = f"publication {publication.version}"
    if not judgements and ledger.read(home, "verdict", [name]).collect().is_empty():  # killed before it was recorded
        judgements.append(gate.judge(home, home.published_file, metrics, run_id))
    for judgement in judgements:
        gate.record(home, judgement, name, run_id)
    keep_packs(home, cities)
    failpoint("publish.recorded")
    damaged = [*publication.damaged, *lost_rows(home), *chain.from_iterable(map(damaged_days, snapshots))]
    return replace(publication, damaged=[f"{what}; {LOOK}" for what in damaged])


def _close_private_tables(home: Home, cities: Sequence[City]) -> None:
    """Tables of which no batch was staged since they are private are closed here."""
    for city in cities:
        for contract in (*city.contracts.values(), *(table.contract for table in derived_tables(city))):
            folder = home.table(city.name, contract.layer, contract.name).path
            if contract.private and folder.is_dir():
                modes.close_table(folder)


def _references(cities: Sequence[City], snapshots: Sequence[Snapshot]) -> list[Frame]:
    """What the cities are: areas, residents, calendar, feeds, and the names of all of it."""
    days = [(snapshot.city, calendar_days(snapshot)) for snapshot in snapshots]
    holidays = {city.name: holidays_of(city, of_city) for city, of_city in days}
    return [
        Frame(MART_CITY, city_rows(cities)),
        Frame(MART_AREA, area_rows(snapshots)),
        Frame(MART_RESIDENTS, resident_rows(cities)),
        Frame(MART_CALENDAR, pl.concat(calendar_rows(*of_city) for of_city in days)),
        Frame(MART_FEED, feed_rows(cities)),
        Frame(MART_COLUMN, column_rows(cities)),
        Frame(MART_TEXT, all_texts(cities, holidays)),
        Frame(QC_FLAG, qc_flag_rows()),
        Frame(QC_RULE, qc_rule_rows()),
    ]


def _benchmark(values: MetricValues, cities: Sequence[City]) -> list[PublishedTable]:
    """Cities side by side, made of the values that are published: a city that keeps its last ones keeps them here."""
    return [
        BenchmarkValues.of(values.inputs, cities),
        LatestYears.of(cities),
        CityPairs.of(cities),
        Frame(BENCHMARK_CODE, code_rows(cities)),
        class_view(),
        comparison_view(),
        *standard_views(),
    ]


def _marts(snapshots: Sequence[Snapshot]) -> list[MartRows]:
    tables = [table for s in snapshots for table in derived_tables(s.city) if isinstance(table, MartTable)]
    return [MartRows.of(name, snapshots) for name in dict.fromkeys(table.of_mart for table in tables)]


def _cores(snapshots: Sequence[Snapshot]) -> list[FileView]:
    """Core tables as views over the lake's files. Private feeds are left out: only their aggregates go further."""
    return [
        FileView(core_table(c, snapshot.city.name), snapshot.files(c))
        for snapshot in snapshots
        for c in snapshot.city.contracts.values()
        if not c.private
    ]


def _models(cities: Sequence[City]) -> list[UnionView]:
    """One view for each model that a public feed implements: of all cities, in their order."""
    parts: dict[str, list[Part]] = {}
    for city in cities:
        for c in city.contracts.values():
            said = {
                "city": city.name,
                "feed": c.name,
                "network": c.network,
                "interval": None if c.interval is None else Interval.parse(c.interval).span,
            }
            for name in () if c.private else c.models:
                constants = said | currency_of_feed(c, models()[name])
                parts.setdefault(name, []).append(Part(core_table(c, city.name), constants))
    return [UnionView(model_table(model), parts[name]) for name, model in models().items() if name in parts]

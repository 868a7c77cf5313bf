"""Data sets of a city: each metric, and each mart of the open file, with its files, sources and extent."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assets.site.catalogue.marts import marts_of
from assets.site.catalogue.tables import DataFile
from assets.site.measured.downloads import files_of_metrics
from assets.site.opened import OpenCity, OpenFile
from quality.contract.texts import PLATFORM

_MADE_UP = "Simulated: the values are made up and say nothing of the real city"
_CREATIVE_COMMONS = re.compile(r"\bCC[ -](BY(?:-(?:NC|SA|ND))*)[ -]?(\d\.\d)", re.IGNORECASE)
MADE_UP_LICENCE = "none, made up"


@dataclass(frozen=True)
class FeedSource:
    """A feed behind a data set: who delivers it, and under which licence."""

    feed: str
    title: str
    owner: str
    licence: str


@dataclass(frozen=True)
class DataSet:
    """A metric, or a mart as `mart.area`. titles: by language. period: of its values, None where a row has none.

    first, last: days that it is of, None where it is of none. sources: the feeds that it is made of; none are named
    where the file does not say which. simulated: its values are made up, and nobody of its sources gave them.
    """

    city: OpenCity
    name: str
    subject: str
    titles: Mapping[str, str]
    description: str
    period: str | None
    first: date | None
    last: date | None
    sources: Sequence[FeedSource]
    files: Sequence[DataFile]
    simulated: bool

    @property
    def is_metric(self) -> bool:
        """Whether it has a page of its own."""
        return not self.name.startswith("mart.")

    @property
    def licences(self) -> list[str]:
        """Those of its sources, each once."""
        return sorted({source.licence for source in self.sources})


def datasets_of(file: OpenFile, city: OpenCity) -> Sequence[DataSet]:
    """All data sets of a city: metrics by subject, then marts."""
    return file.once(("data sets", city.name), lambda: [*_metrics(file, city), *_marts(file, city)])


def feed_sources(file: OpenFile, city: OpenCity) -> Mapping[str, FeedSource]:
    """The feeds of a city, by name. Nobody of them gave what is simulated: it is under no licence of theirs."""
    made_up = file.is_simulated(city.name)
    rows = file.frame("SELECT feed, title, owner, licence FROM mart.feed WHERE city = ? ORDER BY feed", city.name)
    return {
        feed: FeedSource(feed, title, owner, MADE_UP_LICENCE if made_up else licence)
        for feed, title, owner, licence in rows.rows()
    }


def licence_address(licence: str) -> str | None:
    """The address of a licence of Creative Commons; None for another one, which is a text."""
    found = _CREATIVE_COMMONS.search(licence)
    if found is None:
        return None
    return f"https://creativecommons.org/licenses/{found[1].lower()}/{found[2]}/"


def titles_of(file: OpenFile, city: OpenCity, kind: str, key: str, otherwise: str) -> dict[str, str]:
    """By language the text of the pack or of Madang; a language in which it is not there is left out."""
    found = {PLATFORM: otherwise}
    for language in city.languages:
        text = file.texts(city.name, language).get((kind, key))
        if text is not None and text.language == language:
            found[language] = text.text
    return found


def _metrics(file: OpenFile, city: OpenCity) -> list[DataSet]:
    known, files, simulated = feed_sources(file, city), files_of_metrics(file, city), file.is_simulated(city.name)
    spans = file.frame(
        "SELECT metric, min(period_start), max(period_start) FROM metric.value WHERE city = ? GROUP BY metric",
        city.name,
    )
    hours = file.frame("SELECT metric, min(day), max(day) FROM metric.hourly WHERE city = ? GROUP BY metric", city.name)
    span = {metric: (first, last) for metric, first, last in (*hours.rows(), *spans.rows())}
    found = list[DataSet]()
    for row in file.definitions(city.name).iter_rows(named=True):
        metric = row["metric"]
        if metric not in files:
            continue
        own = [
            DataFile(
                one.path, one.media_type, f"metric.{one.table}", one.part, tuple(one.columns), one.rows, one.digest
            )
            for one in files[metric]
        ]
        first, last = span.get(metric, (None, None))
        titles = titles_of(file, city, "metric", metric, row["title"])
        sources = [known[feed] for feed in row["feeds"] or () if feed in known]
        said = ". ".join(text for text in (_MADE_UP if simulated else "", row["formula"], row["caveat"]) if text)
        found.append(
            DataSet(
                city, metric, row["subject"], titles, said, row["period"], first, last, sources, tuple(own), simulated
            )
        )
    return found


def _marts(file: OpenFile, city: OpenCity) -> list[DataSet]:
    known, simulated = feed_sources(file, city), file.is_simulated(city.name)
    return [
        DataSet(
            city,
            mart.table,
            "mart",
            {PLATFORM: mart.title},
            _MADE_UP if simulated and mart.feeds else "",  # areas and residents are of the pack
            None,
            mart.first,
            mart.last,
            [known[feed] for feed in mart.feeds if feed in known],
            mart.files,
            simulated and bool(mart.feeds),
        )
        for mart in marts_of(file, city)
    ]

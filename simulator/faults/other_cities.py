"""Faults of services that cities outside Korea run, for the test pack Harbour."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import polars as pl

from simulator.fault import Fault, HonestReply
from simulator.messages import Answer, Question

PACK = "harbour"
COLUMNS = ("no2", "o3", "co", "so2", "pm10", "pm25")
CLIP = 2
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _shifted(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """Each value stands one column further left, so that PM10 is read as sulphur dioxide."""
    shifted = dict(zip(COLUMNS, (*COLUMNS[1:], COLUMNS[0]), strict=True))
    return frame.with_columns(**{name: pl.col(other) for name, other in shifted.items()})


def _other_parameter(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    return frame.with_columns(pl.col("parameter").struct.with_fields(name=pl.lit("so2"), units=pl.lit("ppm")))


def _expired(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """Calendars of a year long over; the tables beside them are as they were."""
    over = {"start_date": "20190101", "end_date": "20191231", "date": "20190101"}
    return frame.with_columns(**{name: pl.lit(text) for name, text in over.items() if name in frame.columns})


def _clipped(question: Question, honest: HonestReply, _before: int) -> Answer:
    return honest(replace(question, query={**question.query, "limit": str(CLIP)}))


def _overlapping(question: Question, honest: HonestReply, _before: int) -> Answer:
    """Each page but the first begins a row too early, and says the place that was asked for."""
    offset, answer = int(question.query["offset"]), honest(question)
    if offset == 0:
        return answer
    rows = len(json.loads(answer.body)["result"]["records"])
    before = {**question.query, "offset": str(offset - 1), "limit": str(rows)}
    body = honest(replace(question, query=before)).body
    return replace(answer, body=body.replace(b'"offset": %d' % (offset - 1), b'"offset": %d' % offset, 1))


def _first_page_always(question: Question, honest: HonestReply, _before: int) -> Answer:
    return honest(replace(question, query={**question.query, "offset": "0"}))


def _endless(question: Question, honest: HonestReply, _before: int) -> Answer:
    """A link to a next page on every page, also where the count is reached."""
    body = json.loads(honest(question).body)
    after = int(question.query.get("$skip", "0")) + int(question.query["$top"])
    place = urlencode({**question.query, "$skip": str(after)})
    body["@iot.nextLink"] = f"{question.address}/{'/'.join(question.path)}?{place}"
    return Answer(json.dumps(body).encode())


def _other_stream(question: Question, honest: HonestReply, _before: int) -> Answer:
    answer = honest(question)
    return replace(answer, body=re.sub(rb"(nextLink.*?Datastreams\()\d+", rb"\g<1>999", answer.body))


def _mixed_forms(question: Question, honest: HonestReply, _before: int) -> Answer:
    """Of three entities one is normalized, one concise and one simplified, as of brokers that pass others' on."""
    answer = honest(question)
    entities = json.loads(answer.body)
    for number, entity in enumerate(entities):
        for name in ("averageVehicleSpeed", "laneId", "congested"):
            typed = {"type": "Property", "value": entity[name]}
            concise = {"value": entity[name], "unitCode": "KMH"}
            entity[name] = (entity[name], concise, typed)[number % 3]
    return replace(answer, body=json.dumps(entities, ensure_ascii=False).encode())


def _dead_stations(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    dead = pl.int_range(pl.len()) % 20 == 0
    return frame.with_columns(last_reported=pl.when(dead).then(0).otherwise("last_reported"))


def _of_hours_ago(question: Question, honest: HonestReply, _before: int) -> Answer:
    return honest(replace(question, now=question.now - timedelta(hours=3)))


def _never_on_weekdays(frame: pl.DataFrame, _question: Question) -> pl.DataFrame:
    """The calendar has no weekday and ends in years; what runs is in calendar_dates, and that is long over."""
    if "end_date" in frame.columns:
        return frame.with_columns(end_date=pl.lit("20991231"), **{name: pl.lit(0) for name in WEEKDAYS})
    if "exception_type" in frame.columns:
        return frame.with_columns(date=pl.lit("20191231"), exception_type=pl.lit(1))
    return frame


FAULTS: tuple[Fault, ...] = (
    Fault("ckan-shifted-column", "All values of the air stations stand one column too far left: PM10 comes as SO2",
          "air_daily", "AIR-so2-range", "absent", 13, _shifted, pack=PACK),
    Fault("openaq-shifted-parameter", "The PM2.5 sensors answer under the name and unit of another pollutant",
          "air_hours", "OAQ-102", "absent", 13, _other_parameter, pack=PACK),
    Fault("gtfs-expired", "The calendar of the timetable has run out",
          "trips", "GTT-102", "kept", 14, _expired, pack=PACK),
    Fault("gtfs-zero-calendar", "The calendar has seven zeros until 2099; what runs by single dates has ended",
          "trips", "GTT-102", "kept", 14, _never_on_weekdays, pack=PACK),
    Fault("ckan-page-overlap", "Each page begins with the last row of the one before, and one row never comes",
          "air_daily", "SERVICE-ROW-TWICE", "absent", change_reply=_overlapping, pack=PACK),
    Fault("ckan-first-page", "Whatever place is asked for, the first page comes, and says so",
          "air_daily", "SERVICE-OTHER-PAGE", "absent", change_reply=_first_page_always, pack=PACK),
    Fault("sta-endless-links", "Every page has a link to a next one, also the last",
          "street_sensors", None, "unharmed", change_reply=_endless, pack=PACK),
    Fault("sta-other-stream", "The link to the next page leads to the observations of another sensor",
          "street_sensors", "SERVICE-LINK", "absent", change_reply=_other_stream, pack=PACK),
    Fault("ngsi-mixed-forms", "Entities come normalized, concise and simplified in one reply",
          "traffic_flow", None, "unharmed", change_reply=_mixed_forms, pack=PACK),
    Fault("gbfs-dead-stations", "A twentieth of the stations were never heard",
          "bikes", None, "unharmed", None, _dead_stations, pack=PACK),
    Fault("gbfs-hours-old", "The feed answers, and was filled three hours ago",
          "bikes_v3", "SERVICE-STALE", "absent", change_reply=_of_hours_ago, pack=PACK),
    Fault("ckan-clip", "CKAN gives 2 rows a page where 3 were asked for, and says so only in passing",
          "air_daily", None, "unharmed", 18, change_reply=_clipped, pack=PACK),
)  # fmt: skip

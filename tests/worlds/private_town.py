"""A town with private feeds and a public twin of each, delivered with every kind of trouble, values planted everywhere.

A plant is a value that occurs nowhere else. Private ones begin with PRIVATE, those of the public twins with PUBLIC.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import yaml

from assets.pack.city import City, load_city
from tests.support.loopback import Answer, Loopback
from tests.support.paths import SEOUL
from tests.worlds.files import csv_text, search_rows, xlsx
from tests.worlds.good_days import rule
from tests.worlds.packs import small_seoul

DAY = date(2026, 7, 2)  # of the files; the services are asked for the day after
ASKED = DAY + timedelta(days=1)
OUTSIDE = date(1950, 1, 1)  # no plant: days of rows are named, of private feeds too
BETWEEN = "expect_column_values_to_be_between"
HEADER = ["id", "day", "born", "seen", "n", "k", "t"]


@dataclass(frozen=True)
class Plants:
    """The values of one side. The texts have a common core, so that one search finds them all."""

    core: str
    n: float
    kept: float
    least: float  # the smallest sum of the mart, below what may be published
    k: int
    born: date

    def text(self, where: str) -> str:
        return f"{self.core}-{where}-비밀"

    def row(self, key: str, day: object = DAY, **own: object) -> list[object]:
        """A row of which every column but the day is planted; `own` replaces some."""
        values = {
            "id": self.text(key),
            "day": day,
            "born": self.born,
            "seen": f"{self.born} 03:33:33",
            "n": self.kept,
            "k": 1,
            "t": self.text("kept"),
        }
        return list((values | own).values())

    def spellings(self) -> dict[str, bytes]:
        """What to look for: each plant as texts, logs and databases write it."""
        found = {"core": self.core.encode(), "core, UTF-16": self.core.encode("utf-16-le")}
        found |= {"quoted": quote(self.core, safe="").encode()}
        for skipped in range(3):  # the three ways in which base64 may cut it
            encoded = b64encode(b"\0" * skipped + self.core.encode())
            found[f"base64 {skipped}"] = encoded[4 if skipped else 0 : -4]
        for name, number in (("n", self.n), ("kept", self.kept), ("least", self.least)):
            exact = f"{number!r}"
            # fewer digits alone would be found in times and durations
            spelled = {exact, f"= {number:.6g}", f"{number:.8e}"[:10], *([f"{number:,.4f}"] if number > 1000 else [])}
            found |= {f"{name} as {text}": text.encode() for text in spelled}
            found[f"{name} as a double"] = struct.pack("<d", number)
        found |= {
            "k": str(self.k).encode(),
            "k grouped": f"{self.k:,}".encode(),
            "k as an int": struct.pack("<q", self.k),
        }
        return found | {"born": str(self.born).encode(), "born, short": f"{self.born:%Y%m%d}".encode()}


PRIVATE = Plants("Zx9qW7", 98765.4321, 517.123457, 3.21987654, 876543210987, date(1931, 2, 17))
PUBLIC = Plants("Qy8vK6", 87654.3219, 618.234568, 3.31987654, 765432109876, date(1932, 3, 18))


def contract(name: str, classification: str, *, closed: bool = False, **connector: Any) -> dict[str, Any]:
    """An ODCS document of people, one row each, with a rule of every kind. `closed`: its rules close the gate."""
    severity, tolerance = ("critical", 0.0) if closed else ("warning", 0.9)
    upper = name.upper().replace("_", "")[:8]

    def own(code: str, kind: str, kwargs: Mapping[str, Any], **settings: Any) -> dict[str, Any]:
        return rule(f"{upper}-{code}", kind, kwargs, severity=severity, **settings)

    formats = {"born": ["%Y-%m-%d"], "seen": ["%Y-%m-%d %H:%M:%S"], "day": ["%Y-%m-%d"]}
    types = dict(zip(HEADER, ["string", "date", "date", "timestamp", "number", "integer", "string"], strict=True))
    key = ("id", "day")
    columns = [
        {"name": column, "logicalType": kind, "required": column in key, "primaryKey": column in key}
        | {"description": f"Column {column}", "customProperties": [
            {"property": "madang", "value": {"sources": [column], "formats": formats.get(column, [])}}]}
        for column, kind in types.items()
    ]  # fmt: skip
    query = {"unexpected_rows_query": "SELECT id, n, t FROM {batch} WHERE n > 1"}
    rules = [
        own("101", BETWEEN, {"column": "n", "max_value": 1000}, tolerance=tolerance),
        own("102", BETWEEN, {"column": "k", "max_value": 100}, tolerance=tolerance, on_fail="void"),
        own(
            "103", "expect_column_values_to_match_regex", {"column": "t", "regex": "^ok"}, tolerance=0.0, on_fail="flag"
        ),
        own(
            "104",
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "k", "column_B": "n"},
            on_fail="flag",
        ),
        own("901", "expect_column_max_to_be_between", {"column": "n", "max_value": 1}, scope="table"),
        own("902", "expect_column_distinct_values_to_be_in_set", {"column": "t", "value_set": ["ok"]}, scope="table"),
        own("903", "unexpected_rows_expectation", query, scope="table"),
        own("904", BETWEEN, {"column": "greatest", "max_value": 1}, scope="day"),
    ]
    return _document(
        name,
        columns,
        rules,
        {
            "prefix": upper,
            "classification": classification,
            "unreadable_tolerance": 0.9,
            "profile": {"greatest": "MAX(n)"},
            "connector": connector or {"files": {"paths": [f"{name}/*"]}},
        },
    )


def _document(name: str, columns: Sequence[Any], rules: Sequence[Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": f"town.{name}",
        "name": name,
        "version": "1.0.0",
        "status": "active",
        "description": {"purpose": "People."},
        "team": {"name": "Tests", "members": []},
        "customProperties": [{"property": "madang", "value": {"licence": "none", **settings}}],
        "schema": [
            {"name": name, "logicalType": "object", "dataGranularityDescription": "one person"}
            | {"properties": list(columns), "quality": list(rules)}
        ],
    }


def unevaluable(document: dict[str, Any]) -> dict[str, Any]:
    """The document with rules that break on the values that they are evaluated on, each in another library."""
    settings = document["customProperties"][0]["value"]
    settings["profile"] = settings["profile"] | {"broken": "MAX(CAST(t AS DOUBLE))"}
    document["schema"][0]["quality"] += [
        rule(f"{settings['prefix']}-905", BETWEEN, {"column": "broken", "max_value": 1}, scope="day"),
        rule(f"{settings['prefix']}-906", "unexpected_rows_expectation",
             {"unexpected_rows_query": "SELECT CAST(t AS DOUBLE) AS x FROM {batch}"}, scope="table"),
        rule(f"{settings['prefix']}-907", BETWEEN, {"column": "t", "min_value": 1}, tolerance=0.5),
    ]  # fmt: skip
    return document


def living_population() -> dict[str, Any]:
    """Seoul's feed of that name, delivered as tables, without the rules on how large Seoul is."""
    document = yaml.safe_load((SEOUL / "feeds" / "living_population.yaml").read_text("utf-8"))
    document |= {"lag_days": 0, "lookback_days": 0, "files": {"paths": ["living_population/*.csv"]}}
    del document["services"]
    document["rules"] = [rule for rule in document["rules"] if "figure" not in rule]
    return document


SERVICES = {  # feed -> protocol, what is asked, what is answered
    "says_html": ("http_file", {"path": "says_html"}, lambda p: Answer(f"<html><title>{p}</title></html>".encode())),
    "says_500": ("http_file", {"path": "says_500"}, lambda p: Answer(p.encode(), 500)),
    "says_401": ("ckan", {"resource_id": "x"}, lambda p: _ckan_error("Authorization Error", p, 403)),
    "says_no": ("ckan", {"resource_id": "x"}, lambda p: _ckan_error("Validation Error", p, 409)),
    "says_json": ("http_file", {"path": "says_json"}, lambda p: Answer(json.dumps({"error": p}).encode())),
    "other_columns": ("http_file", {"path": "other_columns"}, lambda p: Answer(f"{p},b\n1,2\n".encode())),
    "other_shape": ("ckan", {"resource_id": "x"}, lambda p: Answer(json.dumps({p: [p]}).encode())),
    "leads_away": ("sensorthings", {"path": "x"}, lambda p: _leads_to(f"http://127.0.0.9:9/{p}?name={p}")),
    "moved": (
        "http_file",
        {"path": "moved"},
        lambda p: Answer(b"", 302, {"location": f"http://127.0.0.9:9/{quote(p)}"}),
    ),
}


SHARED = {
    "open": {"metrics": ["living_population", "search_interest_flu"]},
    "partners": {
        "telecom": {
            "title": "A telecom",
            "gives": ["living_population"],
            "gets": ["living_population", "people_present_density"],
            "purpose": "planning",
            "until": "2099-12-31",
            "licence": "contract 7",
        }
    },
}
OPEN_SERVICES = ("says_no", "other_columns", "leads_away")  # those that have a public twin


def _ckan_error(kind: str, plant: str, status: int) -> Answer:
    return Answer(json.dumps({"success": False, "error": {"__type": kind, "message": plant}}).encode(), status)


def _leads_to(link: str) -> Answer:
    return Answer(json.dumps({"@iot.count": 9, "value": [{"id": 1}], "@iot.nextLink": link}).encode())


def town(root: Path, server: Loopback) -> City:
    """The pack: private feeds, and of some a public twin under the same name with `open_`."""
    pack = small_seoul(root, "search_trend", later=["living_population"], first_day="2026-07-01") / "seoul"
    private, public = "private-aggregate", "public"
    (pack / "feeds" / "living_population.yaml").write_text(
        yaml.safe_dump(living_population(), allow_unicode=True), "utf-8"
    )
    documents = [
        contract("people", private),
        contract("open_people", public),
        unevaluable(contract("torn", private)),
        unevaluable(contract("open_torn", public)),
        contract("shut", private, closed=True),
        contract("crash", private),
        contract("nested", private, files={"paths": ["nested/*"], "layout": {"kind": "json"}}),
    ]
    for prefix, names, plants in (("", tuple(SERVICES), PRIVATE), ("open_", OPEN_SERVICES, PUBLIC)):
        for name in names:
            protocol, ask, answer = SERVICES[name]
            _answer(server, f"/{prefix}{name}", answer(plants.text(name)))
            service = {"protocol": protocol, "address": f"{server.base}/{prefix}{name}", "ask": ask, "attempts": 1}
            documents.append(contract(f"{prefix}{name}", public if prefix else private, services=[service]))
    (pack / "sharing.yaml").write_text(yaml.safe_dump(SHARED), "utf-8")
    for document in documents:
        path = pack / "feeds" / f"{document['name']}.odcs.yaml"
        path.write_text(yaml.safe_dump(document, allow_unicode=True), "utf-8")
    return load_city(pack)


def _answer(server: Loopback, below: str, answer: Answer) -> None:
    """The same answer for whatever path a protocol asks for below an address."""
    before = server.replies.get("*")

    def by_path(asked: Any) -> Answer:
        if asked.path.startswith(below + "/"):
            return answer
        return before(asked) if callable(before) else Answer(b"", 404)

    server.replies["*"] = by_path


def deliver(drop: Path) -> None:
    """All files of both sides, good ones and broken ones."""
    for prefix, plants in (("", PRIVATE), ("open_", PUBLIC)):
        for name, content in _files(plants).items():
            path = drop / f"{prefix}{name}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    trend = drop / "naver_search_trend" / "trend.csv"
    trend.parent.mkdir()
    header = ["date", "cold", "flu", "pneumonia", "coronavirus"]
    broken = [[DAY - timedelta(days=1), PRIVATE.n, 0.2, 0.3, PRIVATE.text("trend")]]
    trend.write_text(csv_text(header, [*search_rows([DAY]), *broken]), "utf-8")
    people = drop / "living_population" / "people.csv"
    people.parent.mkdir()
    people.write_text(csv_text(["code_8", "time", "group", "full_name", "value"], _living()), "utf-8")


def _living() -> list[list[object]]:
    """A good day of four neighbourhoods in two districts, and one whose least sum is below what may be published."""
    name = PRIVATE.text("dong")
    good = [
        [f"11{district}{n}0", f"{DAY}T{hour:02d}:00:00", "total", name, round(PRIVATE.kept + n, 6)]
        for district in ("110", "140") for n in (51, 52) for hour in range(24)
    ]  # fmt: skip
    few = [[f"{code}", f"{DAY - timedelta(days=1)}T00:00:00", "female", name, PRIVATE.least] for code in ("11110510",)]
    return [*good, *few]


def _files(plants: Plants) -> dict[str, bytes]:
    t = plants.text
    rows = [
        *[plants.row(f"good{n}") for n in range(6)],
        plants.row("quarantined", n=plants.n),
        plants.row("voided", k=plants.k, t=t("voided")),
        plants.row("unreadable", n=t("unreadable"), k=t("unreadable"), born=t("unreadable"), seen=t("unreadable")),
        plants.row("undated", day=t("undated")),
        plants.row("outside", day=OUTSIDE),
        plants.row("repeated"),
        plants.row("repeated"),
        plants.row("contradicted", n=plants.n),
        plants.row("contradicted", t=t("contradicted")),
        [*plants.row("fields"), t("one field too many")],
        [""] * 7,
        plants.row("", id="", t=t("without a key")),
    ]
    good = csv_text(HEADER, rows).encode()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("members/one.csv", csv_text(HEADER, [plants.row("zipped", n=plants.n)]))
    broken_zip = archive.getvalue()[:-30]
    return {
        "people/1 good.csv": good,
        "people/2 later.csv": csv_text(HEADER, [plants.row("good1", t=t("later"))]).encode(),
        "people/book.xlsx": xlsx(HEADER, [[str(v) for v in plants.row("sheet", n=plants.n)]]),
        "people/packed.zip": archive.getvalue(),
        "people/cut.zip": broken_zip,
        "people/no header.csv": csv_text(*_split([plants.row("values"), plants.row("values2")])).encode(),
        "people/twice.csv": f"{t('twice')},{t('twice')},day\n1,2,3\n".encode(),
        "people/no day.csv": csv_text(HEADER, [plants.row("nodays", day=t("nodays"))]).encode(),
        "people/undecodable.csv": good + b"\xff\xfe\x81" + t("undecodable").encode(),
        "people/quote.csv": good + f'"{t("quote")}'.encode(),
        "people/page.csv": f"<html><head><title>{t('page')}</title></head><body>{t('page')}</body></html>".encode(),
        "people/json.csv": json.dumps({"error": t("json")}).encode(),
        "people/sheets.xlsx": _sheets(t("sheet1")[:30], t("sheet2")[:30]),
        "shut/1.csv": good,
        "torn/1.csv": good,
        "crash/1.csv": good,
        "nested/good.json": json.dumps(
            [dict(zip(HEADER, map(str, plants.row("nested", n=plants.n)), strict=True))]
        ).encode(),
        "nested/cut.json": f'[{{"id": "{t("cut")}", "t": "{t("cut")}'.encode(),
        "nested/wrong.json": f'[{{"id": {t("wrong")}, "t": 1}}]'.encode(),
        "nested/other.json": json.dumps({t("other"): t("other")}).encode(),
    }


def _split(rows: list[list[object]]) -> tuple[list[str], list[list[object]]]:
    return [str(cell) for cell in rows[0]], rows[1:]


def _sheets(*names: str) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name in names:
            book.add_worksheet(name).write_row(0, 0, [name])
    return out.getvalue()

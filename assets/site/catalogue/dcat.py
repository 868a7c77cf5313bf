"""The catalogue of an installation as DCAT-AP 3 in JSON-LD: one data set for each metric and mart of each city.

The context stands in the file, so that nothing has to be fetched to read it. Where nobody has said at which address the
site is read, addresses are relative to the file, as JSON-LD allows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from assets.site.address import absolute
from assets.site.catalogue.datasets import MADE_UP_LICENCE, DataSet, datasets_of, licence_address, titles_of
from assets.site.catalogue.tables import DataFile
from assets.site.navigation import catalogue_path, metric_path
from assets.site.opened import OpenCity, OpenFile
from assets.site.page import Download

PATH = "catalogue.jsonld"
_CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_AUTHORITY = "http://publications.europa.eu/resource/authority"
_REGIONS = f"{_AUTHORITY}/data-theme/REGI"
_FREQUENCIES: Mapping[str, str] = {
    "hour": "HOURLY",
    "day": "DAILY",
    "week": "WEEKLY",
    "month": "MONTHLY",
    "quarter": "QUARTERLY",
    "year": "ANNUAL",
}
_FORMATS: Mapping[str, str] = {"csv": "CSV", "json": "JSON", "parquet": "PARQUET"}
_MEDIA = "http://www.iana.org/assignments/media-types"
# ISO 639-3 of the languages that packs are written in; the authority's table has no others of theirs
_LANGUAGES: Mapping[str, str] = {
    "en": "ENG",
    "ko": "KOR",
    "vi": "VIE",
    "mn": "MON",
    "zh": "ZHO",
    "id": "IND",
    "th": "THA",
    "ms": "MSA",
    "fil": "FIL",
    "kk": "KAZ",
    "ru": "RUS",
    "ja": "JPN",
}


def dcat_file(file: OpenFile) -> Iterator[Download]:
    """The catalogue of all cities of the file."""
    rests_on = hashlib.sha256()
    for city in file.cities:
        for dataset in datasets_of(file, city):
            rests_on.update(
                repr((dataset.name, dataset.last, [(one.path, one.rows) for one in dataset.files])).encode()
            )
    said = f"{file.address} {file.release.version} {rests_on.hexdigest()}"
    yield Download(PATH, said, lambda: _written(file))


def _written(file: OpenFile) -> bytes:
    """A line for each entry, and for each data set. To indent all, JSON is not written in C."""
    entries = dcat(file)
    datasets = ",\n".join(_in_json(one) for one in entries.pop("dcat:dataset"))
    lines = [f"{_in_json(name)}: {_in_json(entry)}" for name, entry in entries.items()]
    return ("{\n" + ",\n".join([*lines, f'"dcat:dataset": [\n{datasets}\n]']) + "\n}\n").encode()


def _in_json(entry: object) -> str:
    return json.dumps(entry, ensure_ascii=False)


def dcat(file: OpenFile) -> dict[str, Any]:
    """The document."""
    cities = list(file.cities)
    modified = {"@type": "xsd:dateTime", "@value": f"{file.release.released_at:%Y-%m-%dT%H:%M:%S}Z"}
    languages = sorted({tag for city in cities for tag in (*city.languages, "en")})
    names = ", ".join(city.title for city in cities)
    made_up = all(file.is_simulated(city.name) for city in cities)
    return {
        "@context": _CONTEXT,
        "@id": absolute(file.address, PATH) + "#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": [{"@language": "en", "@value": f"Figures of {names}"}],
        "dct:description": [
            {"@language": "en", "@value": f"Metrics of {names} and what they are made of, each proved fit every night."}
        ],
        "dct:publisher": _agent(names),
        "dct:modified": modified,
        "dct:language": [_language(tag) for tag in languages],
        "dct:license": _licence(MADE_UP_LICENCE if made_up else file.release.licence),
        "dct:spatial": [_place(file, city) for city in cities],
        "dcat:themeTaxonomy": {"@id": f"{_AUTHORITY}/data-theme"},
        "foaf:homepage": {"@id": absolute(file.address, "index.html")},
        "dcat:dataset": [_dataset(file, one) for city in cities for one in datasets_of(file, city)],
    }


def _dataset(file: OpenFile, one: DataSet) -> dict[str, Any]:
    city, id_ = one.city, f"{one.city.name}.{one.name}"
    page = metric_path(city.languages[0], city.name, one.name) if one.is_metric else catalogue_path("en", city.name)
    said = one.description or one.titles["en"]
    found: dict[str, Any] = {
        "@id": absolute(file.address, PATH) + f"#{id_}",
        "@type": "dcat:Dataset",
        "dct:identifier": id_,
        "dct:title": _texts(one.titles),
        "dct:description": [{"@language": "en", "@value": said}],
        "dct:publisher": _agent(city.title),
        "dct:creator": [
            _agent(owner) for owner in sorted({source.owner for source in one.sources if not one.simulated})
        ],
        "dcat:theme": {"@id": _REGIONS},
        "dcat:keyword": [{"@language": "en", "@value": one.subject.replace("_", " ")}],
        "dct:spatial": _place(file, city),
        "dcat:landingPage": {"@id": absolute(file.address, page)},
        "dcat:distribution": [_distribution(file, one, data) for data in one.files],
    }
    if one.first is not None and one.last is not None:
        found["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _day(one.first),
            "dcat:endDate": _day(one.last),
        }
    if one.period is not None and one.period in _FREQUENCIES:
        found["dct:accrualPeriodicity"] = {"@id": f"{_AUTHORITY}/frequency/{_FREQUENCIES[one.period]}"}
    return found


def _distribution(file: OpenFile, dataset: DataSet, one: DataFile) -> dict[str, Any]:
    address = {"@id": absolute(file.address, one.path)}
    title = " ".join(filter(None, (dataset.titles["en"], one.part, one.kind.upper())))
    found: dict[str, Any] = {
        "@type": "dcat:Distribution",
        "dct:title": [{"@language": "en", "@value": title}],
        "dcat:accessURL": address,
        "dcat:downloadURL": address,
        "dct:format": {"@id": f"{_AUTHORITY}/file-type/{_FORMATS[one.kind]}"},
        "dcat:mediaType": {"@id": f"{_MEDIA}/{one.media_type}"},
        "dct:license": [_licence(licence) for licence in dataset.licences] or _licence(file.release.licence),
    }
    if one.kind == "csv":
        found["dct:conformsTo"] = {"@id": "http://www.w3.org/TR/tabular-data-model/"}
    return found


def _place(file: OpenFile, city: OpenCity) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "dct:Location",
        "skos:prefLabel": _texts(titles_of(file, city, "city", city.name, city.title)),
    }
    rows = file.areas(city.name)
    own = [row for row in rows.iter_rows(named=True) if row["area"] == city.area]
    if own and own[0]["lat"] is not None and own[0]["lon"] is not None:
        wkt = "http://www.opengis.net/ont/geosparql#wktLiteral"
        found["dcat:centroid"] = {"@type": wkt, "@value": f"POINT({own[0]['lon']} {own[0]['lat']})"}
    return found


def _licence(licence: str) -> dict[str, Any]:
    address = licence_address(licence)
    own = {} if address is None else {"@id": address}
    return {**own, "@type": "dct:LicenseDocument", "rdfs:label": licence}


def _agent(name: str) -> dict[str, Any]:
    return {"@type": "foaf:Agent", "foaf:name": name}


def _texts(titles: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"@language": tag, "@value": text} for tag, text in titles.items()]


def _language(tag: str) -> dict[str, str]:
    known = _LANGUAGES.get(tag.partition("-")[0])
    return {"@value": tag} if known is None else {"@id": f"{_AUTHORITY}/language/{known}"}


def _day(day: date) -> dict[str, str]:
    return {"@type": "xsd:date", "@value": day.isoformat()}

"""The file of a tier, made new each time: rows that are deleted from a DuckDB file stay in its blocks.

So no tier is a copy of another file with something taken out. What is in it was put in by the allow-list.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import polars as pl

from assets.pack.city import City
from assets.publication.metric_columns import STATUS_OF
from assets.publication.quality.columns import JUDGED
from assets.tiers.allowed import AllowList
from assets.tiers.changes import LATEST_BEFORE, RELEASE_HISTORY, latest_of, write_before, write_history
from assets.tiers.judged import JudgedCells
from assets.tiers.masked_tables import AllowedTable
from assets.tiers.masks import SOURCE, lend_judged, lend_masks
from assets.tiers.opened import judged_so_far, lend_public_batches
from assets.tiers.recipients import Recipient
from warehouse.arrow import lend
from warehouse.ledger.released import RELEASE
from warehouse.published import connect
from warehouse.published.comments import write_comments
from warehouse.published.connect import literal
from warehouse.published.dictionary_table import DICTIONARY, write_dictionary
from warehouse.published.place import OPEN
from warehouse.published.spec import SCHEMAS, PublishedColumn, PublishError, TableSpec, without_zone

_TARGET, BASES = "tier", "base-*"  # BASES: files in the folder that all tiers of a release share
_SCHEMAS = tuple(schema for schema in SCHEMAS if schema not in ("core", "model"))
RELEASE_NOTE = TableSpec(
    "ledger",
    "release",
    "Whom this file is for, and from when: whoever passes it on passes this on",
    (
        PublishedColumn("tier", "VARCHAR", "open, or partner/<name>", key=True),
        PublishedColumn("version", "BIGINT", "Number of the release, counting up in each tier", key=True),
        PublishedColumn("title", "VARCHAR", "Whom it was given to"),
        PublishedColumn("purpose", "VARCHAR", "What for"),
        PublishedColumn("licence", "VARCHAR", "Under which licence"),
        PublishedColumn("until", "DATE", "Last day of the contract; null of the open file"),
        PublishedColumn("cities", "VARCHAR[]", "Cities that are in it"),
        PublishedColumn("published_version", "BIGINT", "The publication that it was made of"),
        PublishedColumn("released_at", "TIMESTAMP", "When, UTC"),
    ),
)


@dataclass(frozen=True)
class Mark:
    """What a file says of itself: which release it is, of which publication, when. `before`: the file that it takes the
    place of; `past`: the releases of before, as the ledger has them."""

    version: int
    published_version: int
    released_at: datetime
    before: Path | None = None
    past: pl.DataFrame = field(default_factory=lambda: RELEASE.frame([]))


@dataclass(frozen=True)
class Internal:
    """What all tiers are made of: the internal file, and what was judged of its cities."""

    file: Path
    cities: Sequence[City]
    private: Mapping[str, Iterable[str]]  # by city, its metrics that rest on private feeds
    rests: pl.DataFrame  # city, metric, table, slice
    judged: Mapping[str, JudgedCells]
    shared: Mapping[str, Iterable[str]]  # by city, the metrics that any tier may see


@dataclass(frozen=True)
class _Metrics:
    """The private metrics, each with its city, of the tiers of some cities."""

    cities: frozenset[str]
    metrics: frozenset[tuple[str, str]]


def _of(recipient: Recipient) -> _Metrics:
    metrics = frozenset((city, name) for city, names in recipient.allowed.items() for name in names)
    return _Metrics(frozenset(recipient.allowed), metrics)


def fewest_first(recipients: Iterable[Recipient]) -> list[Recipient]:
    """Recipients in the order in which the file of one helps most with that of the next."""
    return sorted(recipients, key=lambda one: (len(_of(one).metrics), one.tier))


class Builder:
    """One connection for all tiers of a release: what is masked is found once."""

    def __init__(self, internal: Internal, scratch: Path) -> None:
        """`scratch`: a private folder for what all tiers have in common."""
        self.internal, self._scratch = internal, scratch
        self._bases = dict[_Metrics, Path]()
        for left in scratch.glob(BASES):  # of a process that was killed
            left.unlink()
        self.con = connect.connect()
        try:
            connect.attach(self.con, internal.file, SOURCE)
            lend_judged(self.con, internal.private, internal.rests, internal.judged, internal.shared)
            self._described = _described(self.con)
        except BaseException:
            self.con.close()
            raise

    def __enter__(self) -> Builder:
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()
        for file in self._bases.values():
            file.unlink(missing_ok=True)

    def build(self, file: Path, recipient: Recipient, mark: Mark) -> int | None:
        """Write the file of a tier. Of the open one: how many newest values are others than before. Raises
        PublishError."""
        tables = list(self._allowed(recipient).tables())
        if recipient.tier == OPEN and str(JUDGED) in self._described:
            lend_public_batches(self.con)
        shutil.copyfile(self._base(recipient, tables), file)
        lend_masks(self.con, recipient.allowed)
        with self._writing(recipient, file):
            return self._write(tables, recipient, mark)

    def _base(self, recipient: Recipient, tables: Sequence[AllowedTable]) -> Path:
        """A file with the public rows of the tables that have private ones, too, and the values that this tier may see.

        It is made of the largest one whose values all are among them, so that a value is written once for tiers of
        which one sees what the other sees and more. Nothing is deleted from it, and nothing is in it that this tier
        may not see.
        """
        wanted = _of(recipient)
        below = [of for of in self._bases if of.cities == wanted.cities and of.metrics <= wanted.metrics]
        start = max(below, key=lambda of: len(of.metrics), default=None)
        if start == wanted:
            return self._bases[wanted]
        file = self._scratch / BASES.replace("*", f"{secrets.token_hex(8)}.duckdb")
        if start is not None:
            shutil.copyfile(self._bases[start], file)
        self._bases[wanted] = file
        missing = wanted.metrics - (frozenset[tuple[str, str]]() if start is None else start.metrics)
        lend_masks(self.con, {city: {name for of, name in missing if of == city} for city in wanted.cities})
        with self._writing(recipient, file):
            if start is None:
                for schema in _SCHEMAS:
                    self.con.execute(f"CREATE SCHEMA {schema}")
            for table in tables:
                spec = None if table.public is None else self._spec(table, "")
                if spec is None:
                    continue
                if start is None:
                    self.con.execute(f"CREATE TABLE {spec.sql} ({spec.definition})")
                    self.con.execute(f"INSERT INTO {spec.sql} BY NAME {table.public}")
                if table.shared and missing:
                    self.con.execute(f"INSERT INTO {spec.sql} BY NAME {table.rows}")
            self.con.execute(f"CHECKPOINT {_TARGET}")
        return file

    def judged_so_far(self, recipient: Recipient) -> str:
        """What of the ledger decides about the file beside the publication: about the open one alone."""
        return judged_so_far(self.con) if recipient.tier == OPEN and str(JUDGED) in self._described else ""

    @contextmanager
    def _writing(self, recipient: Recipient, file: Path) -> Iterator[None]:
        self.con.execute(f"ATTACH {literal(str(file))} AS {_TARGET} (STORAGE_VERSION 'v1.0.0')")
        try:
            self.con.execute(f"USE {_TARGET}")
            yield
        except duckdb.Error as error:
            raise PublishError(f"the file of {recipient.tier} cannot be written: {error}") from error
        finally:
            self.con.execute("USE memory")
            self.con.execute(f"DETACH {_TARGET}")

    def _allowed(self, recipient: Recipient) -> AllowList:
        wide = self._described["mart.area_day"][1] if "mart.area_day" in self._described else {}
        daily = [name for name in wide if STATUS_OF.format(name) in wide]
        return AllowList(SOURCE, recipient, self.internal.cities, self.internal.private, daily)

    def _write(self, tables: Sequence[AllowedTable], recipient: Recipient, mark: Mark) -> int | None:
        said = f"{recipient.said}. Release {mark.version}, {mark.released_at:%Y-%m-%d %H:%M} UTC"
        self.con.execute("BEGIN")
        specs = [RELEASE_NOTE, DICTIONARY]
        for table in tables:
            spec = self._spec(table, said)
            if spec is None:
                continue  # an internal file without it: no city has it, or it is of an earlier version of Madang
            if table.rows is None:
                self.con.execute(table.view or self._view(table.name))
            elif not table.shared:  # else the base has its rows
                if table.public is None:
                    self.con.execute(f"CREATE TABLE {spec.sql} ({spec.definition})")
                self.con.execute(f"INSERT INTO {spec.sql} BY NAME {table.rows}")
            specs.append(spec)
        changed = None
        if recipient.tier == OPEN:
            changed = self._changes(mark)
            more = (LATEST_BEFORE, RELEASE_HISTORY)
            specs += [replace(spec, description=f"{spec.description}. {said}") for spec in more]
        self._note(recipient, mark)
        for spec in specs[2:]:
            write_comments(self.con, spec)
        write_comments(self.con, replace(RELEASE_NOTE, description=f"{RELEASE_NOTE.description}. {said}"))
        write_dictionary(self.con, specs)
        self.con.execute("COMMIT")
        self.con.execute(f"CHECKPOINT {_TARGET}")
        return changed

    def _changes(self, mark: Mark) -> int | None:
        """What changed since the release before, and the history of releases; how many newest values are others."""
        changed = write_before(self.con, SOURCE, latest_of(mark.before))
        row = {
            "version": mark.version,
            "action": "release",
            "restored": None,
            "published_version": mark.published_version,
            "values_changed": changed,
            "released_at": mark.released_at,
        }
        write_history(self.con, mark.past, row)
        return changed

    def _spec(self, table: AllowedTable, said: str) -> TableSpec | None:
        """The declaration of a table as the internal file has it, for the columns that are allowed."""
        if table.name not in self._described:
            return None
        comment, columns = self._described[table.name]
        schema, name = table.name.split(".", 1)
        description = (comment or name).partition(". Key: ")[0].removesuffix(".")
        own = tuple(columns[column] for column in table.columns if column in columns)
        return TableSpec(schema, name, f"{description}. {said}".strip(), (*own, *table.more))

    def _view(self, name: str) -> str:
        row = self.con.execute(
            "SELECT sql FROM duckdb_views() WHERE database_name = ? AND schema_name || '.' || view_name = ?",
            [SOURCE, name],
        ).fetchone()
        if row is None:
            raise PublishError(f"{name} is no view of the internal file")
        return str(row[0])

    def _note(self, recipient: Recipient, mark: Mark) -> None:
        row = {
            "tier": recipient.tier,
            "version": mark.version,
            "title": recipient.title,
            "purpose": recipient.purpose,
            "licence": recipient.licence,
            "until": recipient.until,
            "cities": sorted(recipient.allowed),
            "published_version": mark.published_version,
            "released_at": mark.released_at,
        }
        kinds = {"BIGINT": pl.Int64, "DATE": pl.Date, "VARCHAR[]": pl.List(pl.String)}
        kinds |= {"TIMESTAMP": pl.Datetime("us", "UTC")}
        schema = {name: kinds.get(dtype, pl.String) for name, dtype in RELEASE_NOTE.types.items()}
        lend(self.con, "incoming", without_zone(pl.DataFrame([row], schema=schema)))
        self.con.execute(f"CREATE TABLE {RELEASE_NOTE.sql} ({RELEASE_NOTE.definition})")
        self.con.execute(f"INSERT INTO {RELEASE_NOTE.sql} BY NAME FROM incoming")
        self.con.unregister("incoming")


def _described(con: duckdb.DuckDBPyConnection) -> dict[str, tuple[str | None, dict[str, PublishedColumn]]]:
    """By table of the internal file its comment, and its columns as its dictionary has them."""
    comments = con.execute(
        "SELECT schema_name || '.' || table_name, comment FROM duckdb_tables() WHERE database_name = $1"
        " UNION ALL SELECT schema_name || '.' || view_name, comment FROM duckdb_views() WHERE database_name = $1",
        [SOURCE],
    ).fetchall()
    found = {name: (comment, dict[str, PublishedColumn]()) for name, comment in comments}
    rows = con.execute(
        "SELECT schema_name || '.' || table_name, column_name, type, meaning, is_key, unit"
        f" FROM {SOURCE}.{DICTIONARY.sql} ORDER BY 1, position"
    ).fetchall()
    for table, name, dtype, meaning, is_key, unit in rows:
        if table in found:
            found[table][1][name] = PublishedColumn(name, dtype, meaning, key=is_key, unit=unit)
    return found

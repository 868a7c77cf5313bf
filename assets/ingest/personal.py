"""What stands between a delivery and the landing area: nothing about single persons may pass.

The rows are read once for the look and are handed on to be typed. What is refused goes into the locked folder of the
home and out of the drop folder; of a value nothing is said anywhere.
"""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from assets.connectors.files import DeliveredFile, RefusedFile, changed_at
from assets.context import RunContext
from assets.failures import FeedFailure, PermanentFailure
from assets.ingest.deliveries import Delivery
from assets.ingest.read import read_ahead, rows_of_delivery
from assets.personal.found import ITS_NAME, NOT_SEEN, Personal
from assets.personal.look import Looker
from assets.personal.unread import IN_ITS_NAMES, personal_member, personal_sheet_names, personal_unread
from assets.readers.containers import Member
from assets.readers.rows import RawRows, Watch
from assets.readers.xlsx_book import books_kept
from quality.contract.model import Contract
from quality.disclosure import OwnWords
from warehouse import landing, refused
from warehouse.failpoint import failpoint
from warehouse.landing import Landed

_BESIDE = "a file in it that the contract does not read"
_OUTSIDE = "the document outside of its rows"
_IN_WRITE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@dataclass
class Looked:
    """A delivery after the look: what was found, and its rows where it could be read."""

    found: Personal | None = None
    members: list[RawRows] | None = None


@dataclass
class _Watch(Watch):
    looker: Looker
    languages: tuple[str, ...]
    rows: list[RawRows] = field(default_factory=list)
    documents: list[Member] = field(default_factory=list)
    found: Personal | None = None

    def read(self, raw: RawRows) -> None:
        self.rows.append(raw)

    def named(self, name: str) -> None:
        if self.found is None:
            self.found = self.looker.in_name(name, IN_ITS_NAMES)

    def workbook(self, member: Member) -> None:
        if self.found is None:
            self.found = personal_sheet_names(self.looker, member)

    def beside(self, member: Member) -> None:
        if self.found is None:
            self.found = personal_member(self.looker, member, self.languages, _BESIDE)

    def document(self, name: str, text: str) -> None:
        if self.found is None and self.looker.noticed(text):
            self.documents.append(Member(name, text.encode(), "plain"))

    @property
    def outside(self) -> Personal | None:
        """What stands in documents outside of their rows: asked where the rows have nothing."""
        found = (personal_member(self.looker, one, self.languages, _OUTSIDE) for one in self.documents)
        return next((one for one in found if one is not None), None)


def looker_of(run: RunContext, contract: Contract) -> Looker:
    """What the look has to know of a feed."""
    connector = contract.connector
    files = None if connector is None else connector.files
    return Looker(
        run.city.config.country,
        known=frozenset(source for column in contract.columns for source in column.spec.sources),
        cleared=frozenset(contract.not_personal),
        timetable=files is not None and files.layout.kind == "gtfs",
    )


def persons_in(
    run: RunContext, contract: Contract, delivery: Delivery, content: bytes, *, whole: bool = True
) -> Looked:
    """Whether a delivery is about single persons. `whole`: it is a delivery, and not what a refused pull left."""
    looker, languages = looker_of(run, contract), run.city.config.languages
    named = looker.in_name(delivery.name)
    if named is not None:
        return Looked(named)
    watch = _Watch(looker, languages)
    try:
        if not whole:
            return Looked(personal_unread(looker, delivery.label, content, languages))
        with books_kept():  # all sheets of a workbook are looked at, and one of them is read
            members = rows_of_delivery(contract, delivery, content, pulled=delivery.asked_at is not None, watch=watch)
    except Exception:  # a fault of the reader is said where the delivery is read; here it is one that cannot be read
        return Looked(watch.found or personal_unread(looker, delivery.label, content, languages))
    return Looked(watch.found or looker.personal(watch.rows) or watch.outside, members)


def persons_in_name(run: RunContext, contract: Contract, delivery: Delivery) -> Looked:
    """The same where the bytes have landed before, perhaps under another name."""
    return Looked(looker_of(run, contract).in_name(delivery.name))


@dataclass
class ReadOnce:
    """Names of the files of a fetch that are read while they land, by SHA-256: of copies the first alone."""

    names: dict[str, str] = field(default_factory=dict)

    def first(self, sha256: str, name: str) -> bool:
        """Whether this is the file under whose name these bytes are read."""
        return self.names.setdefault(sha256, name) == name


def landed_or_refused(
    run: RunContext, contract: Contract, item: DeliveredFile, read: ReadOnce
) -> tuple[DeliveredFile | RefusedFile, Landed | None]:
    """The file with where it landed, or why it did not. What is new is looked at before, and read from the same rows.

    What cannot be looked at for a fault of ours does not land, and stays where it is.
    """
    sha256 = landing.hash_of(item.content)
    delivery, city = Delivery(contract.name, item.name, sha256), run.city.name
    try:
        new = landing.find(run.home, city, contract.name, sha256) is None
        looked = persons_in(run, contract, delivery, item.content) if new else persons_in_name(run, contract, delivery)
    except Exception as error:
        what = OwnWords(f"looking whether it is about single persons crashed ({type(error).__name__}); it did not land")
        hint = OwnWords("report it; the file is as it was")
        return RefusedFile(item.name, PermanentFailure("FEED-CRASH", what, OwnWords(item.name), hint)), None
    if looked.found is not None:
        return refuse_file(run, contract, item, looked.found), None
    landed = landing.land(run.home, city, contract.name, run.today, item.content, item.headers, sha256=sha256)
    if landed.new and looked.members is not None and read.first(sha256, item.name):
        read_ahead(run, contract, delivery, item.content, looked.members)
    return item, landed


def refuse_persons(
    run: RunContext, contract: Contract, delivery: Delivery, content: bytes, found: Personal
) -> FeedFailure:
    """Lock the delivery away. The failure that says so."""
    return _failure(found, delivery.label, _locked_away(run, contract, delivery.name, content, found))


def refuse_file(run: RunContext, contract: Contract, item: DeliveredFile, found: Personal) -> RefusedFile:
    """The same with a file, which is taken out of the drop folder."""
    kept = _locked_away(run, contract, item.name, item.content, found)
    failpoint("personal.kept")
    if not _taken_out(item):
        kept += "; it could not be taken out of the drop folder: remove it there"
    return RefusedFile(_told(found, item.name), _failure(found, item.name, kept))


def _locked_away(run: RunContext, contract: Contract, name: str, content: bytes, found: Personal) -> str:
    why = NOT_SEEN.get(found.code, f"{found.place} has {found.kind}")
    id = refused.keep(run.home, run.city.name, contract.name, name, content, why)
    return f"it is locked away as {id}"


def _failure(found: Personal, name: str, kept: str) -> FeedFailure:
    return found.failure(_told(found, name), kept)


def _told(found: Personal, name: str) -> str:
    return "a delivery whose name is withheld" if found.part == ITS_NAME else name


def _taken_out(item: DeliveredFile) -> bool:
    """Whether the file is gone. One that was replaced since it was read, or whose folder nobody may write, stays."""
    if item.path is None:
        return False
    path = Path(item.path)
    with suppress(OSError):
        now = path.lstat()
        same = stat.S_ISREG(now.st_mode) and (now.st_size, changed_at(now)) == (len(item.content), item.received_at)
        if same and path.parent.stat().st_mode & _IN_WRITE:
            os.unlink(path)
            return True
    return False

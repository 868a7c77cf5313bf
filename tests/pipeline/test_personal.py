"""A delivery about single persons never lands: it is locked away, nothing of it is said, and the night goes on."""

from __future__ import annotations

import gzip
import io
import json
import stat
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from assets.connectors.protocol import Ask, FetchedPage, Page, Reply, protocol_for
from assets.connectors.pull import PullResult
from assets.ingest import fetch as fetching
from assets.ingest import personal
from assets.ingest.fetch import fetch
from tests.worlds.command import Command
from tests.worlds.files import AIR_HEADER, BIKE, DAYS, LAST, Yard, air_rows, csv_text, xlsx
from tests.worlds.persons import CARD, MAIL, PHONE, PLANTS, RESIDENT, dashed
from warehouse import refused

NAME = "air_daily/2020.csv"
HEADER = [*AIR_HEADER, "비고"]


def with_note(note: str) -> list[list]:
    rows = [[*row, ""] for row in air_rows(DAYS)]
    rows[7][-1] = note
    return rows


def plain(note: str) -> bytes:
    return csv_text(HEADER, with_note(note)).encode()


def zipped(note: str) -> bytes:
    """The good file is meant; beside it lies another."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("2020.csv", csv_text(AIR_HEADER, air_rows(DAYS)))
        archive.writestr("extra.csv", csv_text(["place", "memo"], [["11", note], ["12", ""]]))
    return out.getvalue()


def tarred(note: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        info = tarfile.TarInfo("2020.csv")
        info.size = len(plain(note))
        archive.addfile(info, io.BytesIO(plain(note)))
    return out.getvalue()


def parquet(note: str) -> bytes:
    out = io.BytesIO()
    pl.DataFrame({"place": ["11", "12"], "memo": [note, ""], "n": [1, 2]}).write_parquet(out)
    return out.getvalue()


def as_json(note: str) -> bytes:
    return json.dumps({"rows": [{"place": "11"}, {"who": {"memo": note}}]}, ensure_ascii=False).encode()


def xml(note: str) -> bytes:
    return f"<?xml version='1.0'?><rows><row><place>11</place><memo>{note}</memo></row></rows>".encode()


FORMS = {
    "csv": plain,
    "cp949": lambda note: csv_text(HEADER, with_note(note)).encode("cp949"),
    "gz": lambda note: gzip.compress(plain(note), mtime=0),
    "tar": tarred,
    "zip": zipped,
    "xlsx": lambda note: xlsx(HEADER, with_note(note)),
    "parquet": parquet,
    "json": as_json,
    "xml": xml,
}


def bytes_below(root: Path, *without: Path) -> bytes:
    import zstandard

    found = b""
    for path in sorted(root.rglob("*")):
        if not path.is_file() or any(path.is_relative_to(folder) for folder in without):
            continue
        raw = path.read_bytes()
        found += str(path).encode() + raw
        if path.suffix == ".zst":
            found += zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    return found


def refused_now(yard: Yard, content: bytes, name: str = NAME) -> list[refused.RefusedDelivery]:
    path = yard.put(name, content)
    fetched = yard.fetch("air_daily")
    assert [failure.code for failure in fetched.failures] == ["FILE-PERSONAL"]
    assert not path.exists()
    return list(refused.listed(yard.home))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["a number of residents", "a number of cards"])
def test_in_every_format_nothing_of_it_reaches_the_home(tmp_path: Path, form: str, kind: str):
    yard = Yard(tmp_path)
    content = FORMS[form](PLANTS[kind])
    (one,) = refused_now(yard, content)
    assert refused.refused_content(yard.home, one) == content
    assert kind in one.why
    plant = PLANTS[kind].encode()
    assert plant in FORMS["csv"](PLANTS[kind])
    assert plant not in bytes_below(yard.home.root, yard.home.refused)
    assert not list(yard.home.landing.rglob("*.zst"))
    assert one.sha256.encode() not in bytes_below(yard.home.root, yard.home.refused)
    row = yard.ledger("attempt").row(0, named=True)
    assert (row["status"], row["code"], row["sha256"]) == ("failed", "FILE-PERSONAL", None)
    assert kind in row["detail"]
    assert one.id in row["detail"]


def test_one_address_in_a_table_is_enough(tmp_path: Path):
    (one,) = refused_now(Yard(tmp_path), plain(f"문의 {MAIL}"))
    assert one.why == "column 9 has an e-mail address"  # no name: the contract does not have this column


def test_what_is_locked_away_is_the_operators_alone(tmp_path: Path):
    yard = Yard(tmp_path)
    refused_now(yard, plain(PHONE))
    folders = [yard.home.refused, *yard.home.refused.rglob("*")]
    modes = {path.is_dir(): stat.S_IMODE(path.stat().st_mode) for path in folders}
    assert modes == {True: 0o700, False: 0o600}


def test_the_same_file_again_is_the_same_delivery_and_a_folder_nobody_writes_keeps_it(tmp_path: Path):
    yard = Yard(tmp_path)
    first = refused_now(yard, plain(PHONE))
    path = yard.put(NAME, plain(PHONE))
    path.parent.chmod(0o555)
    try:
        fetched = yard.fetch("air_daily")
    finally:
        path.parent.chmod(0o755)
    assert "could not be taken out of the drop folder" in str(fetched.failures[0])
    assert path.exists()
    assert list(refused.listed(yard.home)) == first


def test_a_name_that_says_it_is_withheld(tmp_path: Path):
    yard = Yard(tmp_path)
    good = csv_text(AIR_HEADER, air_rows(DAYS)).encode("cp949")
    for _ in range(2):
        refused_now(yard, good, f"air_daily/2020 {dashed(RESIDENT, 6, 7)}.csv")
    yard.put("air_daily/2020.csv", good)
    assert not yard.fetch("air_daily").failures
    refused_now(yard, good, f"air_daily/2021 {dashed(CARD, 4, 4, 4, 4)}.csv")  # the bytes have landed
    assert dashed(RESIDENT, 6, 7).encode() not in bytes_below(yard.home.root, yard.home.refused)
    assert dashed(CARD, 4, 4, 4, 4).encode() not in bytes_below(yard.home.root, yard.home.refused)


def test_the_rest_of_the_delivery_and_of_the_night_is_unharmed(tmp_path: Path):
    yard = Yard(tmp_path)
    yard.deliver("air_daily", "bike_daily")
    yard.put("air_daily/2021.csv", plain(PHONE))
    assert yard.way("air_daily").open_days == DAYS
    assert yard.way("bike_daily").open_days == DAYS
    assert yard.core("air_daily").height == 39 * len(DAYS)


def test_a_declared_column_lands(tmp_path: Path):
    yard = Yard(tmp_path)
    contract = yard.city.contracts["air_daily"]
    cleared = contract.model_copy(update={"not_personal": {"비고": "the hot line of the city"}})
    yard.city = replace(yard.city, contracts={**yard.city.contracts, "air_daily": cleared})
    assert cleared.hash == contract.hash
    yard.put(NAME, plain(PHONE))
    assert yard.way("air_daily").open_days == DAYS


def test_a_night_says_so_and_ends_with_3(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    from assets.pack.city import load_city
    from pipelines import runner
    from tests.worlds.packs import small_seoul

    yard = Yard(tmp_path, load_city(small_seoul(tmp_path, "air_daily", "bike_daily") / "seoul"))
    yard.deliver("air_daily", "bike_daily")
    yard.put(f"{BIKE}_3.csv", csv_text(["대여일자", "대여건수", "email"], [[LAST, 37000, MAIL]]))
    result = runner.run(yard.settings, yard.city, LAST, LAST, backfill=False)
    assert result.exit_code == 3
    assert MAIL.encode() not in bytes_below(tmp_path, yard.home.refused)
    said = capfd.readouterr()
    assert MAIL not in said.out + said.err
    assert "FILE-PERSONAL" in str(yard.ledger("attempt")["code"].to_list())


@pytest.mark.parametrize("place", ["refused.said", "refused.kept", "personal.kept"])
def test_a_night_that_is_killed_in_between_is_finished_by_the_next(tmp_path: Path, place: str):
    from warehouse.failpoint import listening

    def stop(name: str) -> None:
        if name == place:
            raise KeyboardInterrupt

    yard = Yard(tmp_path)
    path = yard.put(NAME, plain(PHONE))
    with listening(stop), pytest.raises(KeyboardInterrupt):
        yard.fetch("air_daily")
    assert path.exists()
    yard.restart()
    (one,) = refused_now(yard, plain(PHONE))
    assert refused.refused_content(yard.home, one) == plain(PHONE)
    assert not list(yard.home.landing.rglob("*.zst"))


def test_what_a_service_answers_is_refused_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    yard = Yard(tmp_path)
    contract = yard.city.contracts["bike_daily"]
    assert contract.connector is not None
    service = contract.connector.services[-1]
    row = {"RENT_DT": f"{LAST:%Y%m%d}", "USE_CNT": "37000", "USR_EMAIL": MAIL}
    body = {"cycleRentUseDayInfo": {"list_total_count": 1, "RESULT": {"CODE": "INFO-000", "MESSAGE": ""}, "row": [row]}}
    reply = Reply(200, {}, json.dumps(body).encode(), "page")
    page = FetchedPage(Ask(service, LAST), Page(), reply, protocol_for(service).envelope(service, reply))
    monkeypatch.setattr(fetching, "_pages", lambda *_: PullResult([page]))
    run = replace(yard.run(), source="live")
    fetched = fetch(run, contract, [LAST])
    assert [failure.code for failure in fetched.failures] == ["FILE-PERSONAL"]
    (one,) = refused.listed(yard.home)
    assert MAIL.encode() in refused.refused_content(yard.home, one)
    assert MAIL.encode() not in bytes_below(yard.home.root, yard.home.refused)
    assert yard.ledger("attempt")["status"].to_list() == ["failed"]


def test_a_look_that_crashes_lets_nothing_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def crash(*_: object) -> None:
        raise ValueError(PHONE)

    yard = Yard(tmp_path)
    path = yard.put(NAME, plain(PHONE))
    monkeypatch.setattr(personal, "looker_of", crash)
    fetched = yard.fetch("air_daily")
    assert [failure.code for failure in fetched.failures] == ["FEED-CRASH"]
    assert path.exists()
    assert PHONE.encode() not in bytes_below(yard.home.root)


def test_the_operator_lists_removes_and_gives_back(tmp_path: Path):
    yard = Yard(tmp_path)
    command = Command(yard.home.root)
    refused_now(yard, plain(PHONE))
    refused_now(yard, plain(MAIL), "air_daily/2021.csv")
    told = json.loads(command("refused", "list", "--json").out)
    assert [(one["feed"], one["name"]) for one in told] == [("air_daily", NAME), ("air_daily", "air_daily/2021.csv")]
    assert PHONE not in json.dumps(told)
    said = command("refused", "list")
    assert "a mobile number" in " ".join(said.out.split())
    back = command("refused", "return", told[0]["id"], "--to", yard.drop / "air_daily")
    assert (back.code, (yard.drop / NAME).read_bytes()) == (0, plain(PHONE))
    assert command("refused", "remove", told[1]["id"]).code == 0
    assert not list(yard.home.refused.rglob("*.zst"))

"""A folder of tables is one delivery: it lands whole, as it was, and is not opened again while nothing changes."""

import io
import zipfile

import pytest

from assets.connectors.files import DeliveredFile, RefusedFile, UnchangedFile
from assets.connectors.folders import deliveries_in, patterns_of
from assets.connectors.unclaimed import unclaimed
from quality.contract.connector import Files

GTFS = Files.model_validate({"paths": ["gtfs", "gtfs*.zip"], "layout": {"kind": "gtfs", "table": "timetable"}})


@pytest.fixture
def drop(tmp_path):
    folder = tmp_path / "gtfs"
    folder.mkdir()
    (folder / "stops.txt").write_bytes(b"\xef\xbb\xbfstop_id\r\nA\n")
    (folder / "trips.txt").write_text("trip_id\nT\n")
    (folder / "readme.pdf").write_bytes(b"%PDF")
    (folder / ".trips.txt.part").write_text("half")
    return tmp_path


def delivered(drop, **said):
    return list(deliveries_in(drop, GTFS, languages=("en",), **said))


def test_tables_of_a_folder_land_together_byte_by_byte(drop) -> None:
    (whole,) = delivered(drop)
    assert isinstance(whole, DeliveredFile)
    assert whole.name == "gtfs"
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        tables = {name: archive.read(name) for name in archive.namelist()}
    assert tables == {"stops.txt": b"\xef\xbb\xbfstop_id\r\nA\n", "trips.txt": b"trip_id\nT\n"}
    (again,) = delivered(drop)
    assert isinstance(again, DeliveredFile)
    assert again.content == whole.content


def test_a_zip_beside_it_is_a_delivery_of_its_own(drop) -> None:
    (drop / "gtfs-2026.zip").write_bytes(b"PK")
    assert [item.name for item in delivered(drop)] == ["gtfs", "gtfs-2026.zip"]


def test_a_folder_is_known_by_the_size_of_its_zip_and_its_newest_table(drop) -> None:
    (whole,) = delivered(drop)
    assert isinstance(whole, DeliveredFile)
    seen = []

    def known(name, size, changed, touched):
        seen.append((name, size, changed, touched >= changed))
        return True

    assert delivered(drop, known=known) == [UnchangedFile("gtfs")]
    assert seen == [("gtfs", len(whole.content), whole.received_at, True)]


def test_a_folder_with_a_table_that_cannot_be_read_or_with_none_is_refused(drop) -> None:
    (drop / "gtfs" / "trips.txt").unlink()
    (drop / "gtfs" / "trips.txt").symlink_to(drop / "nowhere")
    (refused,) = delivered(drop)
    assert isinstance(refused, RefusedFile)
    for path in (drop / "gtfs").glob("*.txt"):
        path.unlink()
    (empty,) = delivered(drop)
    assert isinstance(empty, RefusedFile)
    assert empty.failure.code == "FILE-EMPTY"


def test_other_feeds_refuse_a_folder_as_before(drop) -> None:
    table = Files.model_validate({"paths": ["gtfs"]})
    (refused,) = deliveries_in(drop, table, languages=("en",))
    assert isinstance(refused, RefusedFile)
    assert refused.failure.code == "FILE-NOT-A-FILE"


def test_tables_of_a_folder_are_claimed_and_what_is_no_table_is_not(drop) -> None:
    assert unclaimed(drop, patterns_of(GTFS)) == ["gtfs/readme.pdf"]

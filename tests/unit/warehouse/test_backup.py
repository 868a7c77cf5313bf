"""A backup is whole or not there, a restored home is the same, and neither takes the place of anything else."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY
from warehouse.backup import moment
from warehouse.backup.back_up import BackupDone, back_up
from warehouse.backup.moment import NoMomentError
from warehouse.backup.restore import restore
from warehouse.backup.vault import BACKUPS, CONTENT, Vault, VaultError
from warehouse.format import open_home
from warehouse.home import Home
from warehouse.ledger import ledger

RUN = {"run_id": "r", "command": "c"}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with a file of each kind."""
    found = open_home(Home(tmp_path / "home"), create=True)
    for path, text, mode in (
        ("landing/aa/aabb", "what came", 0o600),
        ("lake/seoul/core/air/notes", "beside a table", 0o644),
        ("published/madang.duckdb", "a file", 0o444),
        ("published/open/versions/1.site/index.html", "<p>", 0o644),
        ("packs/seoul/city.yaml", "name: seoul", 0o644),
        ("published/versions/000001.duckdb", "a file", 0o444),
        ("parsed/x.arrow", "a cache", 0o600),
        ("disclosure/base-1", "what is hidden", 0o600),
    ):
        file = found.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)
    found.landing.chmod(0o700)
    (found.root / "lake/seoul/core/air").chmod(0o700)
    (found.published / "open/site").symlink_to("versions/1.site")
    (found.published / ".lock").touch()
    (found.published / ".next-1.duckdb").write_text("half")
    (found.dagster / "history/runs").mkdir(parents=True)
    found.dagster.chmod(0o700)
    ledger.append(found, "run", [dict.fromkeys(ledger.read(found, "run").collect().columns) | {"run_id": "r"}])
    return found


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "disk" / "backups")


def made(home: Home, vault: Vault, **more: int) -> BackupDone:
    return back_up(home, vault, madang="0.1", **more)


def tree(root: Path) -> dict[str, tuple[int, object]]:
    """Path -> mode and content of all but the caches, locks and files in the making."""
    found = dict[str, tuple[int, object]]()
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith("parsed") or path.name[0] == ".":
            continue
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        found[name] = path.lstat().st_mode, content
    return found


@pytest.mark.holds(
    "attack 23", "A backup and its restoration: the same bytes, links and modes, and every checksum is compared."
)
def test_a_restored_home_is_the_same(home: Home, vault: Vault, tmp_path: Path):
    before = tree(home.root)
    done = made(home, vault)
    assert tree(home.root) == before
    assert not list(home.root.glob(f"{moment.PREFIX}*"))
    again = Home(tmp_path / "elsewhere" / "home")
    restore(vault, again)
    assert tree(again.root) == before
    assert ledger.read(again, "run").collect()["run_id"].to_list() == ["r"]
    assert done.private == 3  # landed bytes, a private table, what is hidden


def test_all_of_a_backup_is_its_owners_alone(home: Home, vault: Vault):
    made(home, vault)
    paths = [vault.root, *vault.root.rglob("*")]
    assert [path for path in paths if path.stat().st_mode & 0o077] == []


def test_only_what_is_new_is_copied(home: Home, vault: Vault):
    first = made(home, vault)
    (home.root / "packs/seoul/city.yaml").write_text("name: seoul!")
    (home.root / "packs/seoul/again.yaml").write_text("what came")  # the same bytes as a delivery
    second = made(home, vault)
    assert second.backup.name > first.backup.name
    assert (second.new_files, second.new_bytes) == (1, len("name: seoul!"))
    names = {file.path for file in second.backup.files}
    assert names == {file.path for file in first.backup.files} | {"packs/seoul/again.yaml"}


def test_what_a_database_has_in_its_log_is_in_the_backup(home: Home, vault: Vault, tmp_path: Path):
    file = home.dagster / "history" / "runs.db"
    con = sqlite3.connect(file)
    con.execute("PRAGMA journal_mode = WAL")
    con.execute("CREATE TABLE runs (id)")
    con.commit()
    for number in range(3):
        con.execute("INSERT INTO runs VALUES (?)", (number,))
        con.commit()
        made(home, vault)
        restored = Home(tmp_path / f"restored{number}")
        restore(vault, restored)
        with sqlite3.connect(restored.dagster / "history" / "runs.db") as copy:
            assert copy.execute("SELECT count(*) FROM runs").fetchone() == (number + 1,)
    con.close()


def test_old_backups_go_with_the_bytes_that_only_they_had(home: Home, vault: Vault):
    for text in ("one", "two", "three"):
        (home.root / "packs/seoul/city.yaml").write_text(text)
        done = made(home, vault, keep=2)
    assert len(vault.names()) == 2
    assert done.removed_bytes == len("one")
    kept = {path.read_bytes() for path in (vault.root / CONTENT).rglob("*") if path.is_file()}
    assert b"one" not in kept
    assert {b"two", b"three"} <= kept


def test_a_folder_that_is_no_backup_is_left_alone(home: Home, tmp_path: Path):
    other = tmp_path / "photos"
    other.mkdir()
    (other / "cat.jpg").write_text("cat")
    with pytest.raises(VaultError, match="is no backup of Madang: nothing is written there"):
        made(home, Vault(other))
    assert [path.name for path in other.iterdir()] == ["cat.jpg"]
    with pytest.raises(VaultError, match="lies in the home"):
        made(home, Vault(home.root / "backups"))


def test_a_home_that_is_there_is_left_alone(home: Home, vault: Vault, tmp_path: Path):
    made(home, vault)
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("mine")
    for target in (home, Home(other)):
        before = tree(target.root)
        with pytest.raises(VaultError, match="is not empty"):
            restore(vault, target)
        assert tree(target.root) == before
    empty = tmp_path / "empty"
    empty.mkdir()
    restore(vault, Home(empty))
    assert tree(empty) == tree(home.root)


@pytest.mark.parametrize("damage", ["changed", "gone"])
def test_a_backup_that_is_damaged_makes_no_home(home: Home, vault: Vault, tmp_path: Path, damage: str):
    name = next(file for file in made(home, vault).backup.files if file.path == "landing/aa/aabb")
    content = vault.content(name.sha256)
    content.unlink() if damage == "gone" else content.write_text("what cam3")
    target = Home(tmp_path / "target")
    with pytest.raises(VaultError, match=r"landing/aa/aabb cannot be restored; take an older backup"):
        restore(vault, target)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disk", "home"]


@pytest.mark.parametrize("path", ["../outside", "/etc/outside", "a/../../outside", ""])
@pytest.mark.parametrize("kind", ["files", "folders", "links", "target"])
def test_a_backup_cannot_write_outside_of_the_home(home: Home, vault: Vault, tmp_path: Path, path: str, kind: str):
    backup = vault.root / BACKUPS / f"{made(home, vault).backup.name}.json"
    text = json.loads(backup.read_text())
    if kind == "files":
        text["files"][0]["path"] = path
    else:
        text["links" if kind == "target" else kind] |= {"y": path or ".."} if kind == "target" else {path: 0o755}
    backup.write_text(json.dumps(text))
    with pytest.raises(VaultError, match="lies outside of a home"):
        restore(vault, Home(tmp_path / "a" / "target"))
    assert not (tmp_path / "a").exists()


def test_a_home_of_another_format_is_not_restored(home: Home, vault: Vault, tmp_path: Path):
    backup = vault.root / BACKUPS / f"{made(home, vault).backup.name}.json"
    backup.write_text(backup.read_text().replace('"home_format": 5', '"home_format": 4'))
    with pytest.raises(VaultError, match=r"of format 4, and this version knows 5: restore it with Madang 0\.1, which"):
        restore(vault, Home(tmp_path / "target"))


KILLED = """
import sys
from pathlib import Path
from warehouse.backup.back_up import back_up
from warehouse.backup.restore import restore
from warehouse.backup.vault import Vault
from warehouse.home import Home
home, vault = Home(Path(sys.argv[2])), Vault(Path(sys.argv[3]))
back_up(home, vault, madang="0.1") if sys.argv[1] == "backup" else restore(vault, home)
"""


def killed(command: str, place: str, home: Path, vault: Vault) -> None:
    words = [sys.executable, "-c", KILLED, command, home, vault.root]
    environment = os.environ | {"MADANG_FAILPOINT": place, "PYTHONPATH": str(REPOSITORY)}
    assert subprocess.run(words, env=environment, check=False).returncode == -signal.SIGKILL


@pytest.mark.holds("attack 23", "A backup or a restoration that is killed leaves nothing that looks whole.")
def test_what_is_killed_leaves_nothing_that_looks_whole(home: Home, vault: Vault, tmp_path: Path):
    before = tree(home.root)
    for place in ("backup.linked", "backup.copied"):
        killed("backup", place, home.root, vault)
        assert vault.names() == []
        with pytest.raises(VaultError, match="has no backup that is whole"):
            restore(vault, Home(tmp_path / "target"))
    made(home, vault)
    assert not list(home.root.glob(f"{moment.PREFIX}*"))
    assert tree(home.root) == before
    target = tmp_path / "target"
    killed("restore", "restore.filled", target, vault)
    assert not target.exists()
    restore(vault, Home(target))
    assert tree(target) == before


def test_two_backups_at_once_are_refused(home: Home, vault: Vault, tmp_path: Path):
    with moment.one_moment(home), pytest.raises(NoMomentError, match=r"another backup of .* goes on"):
        made(home, vault)
    vault.open(create=True)
    with vault.alone(), pytest.raises(VaultError, match="another backup writes to"):
        made(home, vault)


def test_the_backup_of_a_damaged_home_says_so_and_removes_no_other(home: Home, vault: Vault):
    made(home, vault)
    (file,) = home.ledger("run").live()
    Path(file).unlink()
    done = made(home, vault, keep=1)
    assert done.lacking == [Path(file).relative_to(home.root).as_posix()]
    assert len(vault.names()) == 2
    (home.root / "lake/ledger/run/_delta_log" / f"{0:020d}.json").write_text("{")
    assert "cannot be read" in made(home, vault, keep=1).lacking[0]

"""`madang site`: a copy that stands alone, and a server that gives nothing but the site, to this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import duckdb
import pytest

from assets.site.build import PageError, build_site
from tests.worlds.command import Command
from tests.worlds.shared_city import SharedCity, shared_city
from warehouse.format import FORMAT

MAIN = "from pipelines.cli.main import main; main()"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> SharedCity:
    world = shared_city(tmp_path_factory.mktemp("site"), days=2)
    assert world.release(site=True).site_troubles == []
    (world.home.root / "format.json").write_text(json.dumps({"format": FORMAT}))
    return world


@pytest.fixture(scope="module")
def command(world: SharedCity) -> Command:
    return Command(world.home.root, world.city.folder.parent)


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_says_where_the_site_is(command: Command, world: SharedCity):
    said = command("site")
    assert (said.code, said.err) == (0, "")
    assert said.out.strip() == f"release 1: {world.tier().published / 'site' / 'index.html'}"


def test_out_is_a_copy_that_may_be_written_and_is_replaced_by_the_next(
    command: Command, world: SharedCity, tmp_path: Path
):
    out = tmp_path / "out"
    assert command("site", "--out", out).code == 0
    assert files_of(out) == files_of(world.tier().published / "site")
    (out / "more.html").write_text("of a release before")
    listed = json.loads((out / "site.json").read_text())
    listed["files"]["more.html"] = ["0", 19]
    (out / "site.json").write_text(json.dumps(listed))
    assert command("site", "--out", out).code == 0
    assert files_of(out) == files_of(world.tier().published / "site")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_out_never_replaces_what_is_no_site(command: Command, world: SharedCity, tmp_path: Path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "a.txt").write_text("dear")
    said = command("site", "--out", tmp_path / "letters")
    assert (said.code, said.err) == (
        2,
        f"madang: {tmp_path / 'letters'} is not empty and no site: name a new folder, or empty this one\n",
    )
    assert command("site", "--out", tmp_path / "letters" / "a.txt").code == 2
    assert command("site", "--out", world.home.root / "x").code == 2
    assert (tmp_path / "letters" / "a.txt").read_text() == "dear"


def test_out_leaves_a_site_alone_that_has_files_of_somebody_else(command: Command, tmp_path: Path):
    out = tmp_path / "out"
    assert command("site", "--out", out).code == 0
    (out / ".git").mkdir()
    for name in ("CNAME", ".git/config"):
        (out / name).write_text("mine")
    said = command("site", "--out", out)
    assert (said.code, said.err) == (
        2,
        f"madang: {out} has what is not of the site and would be lost (.git/config and 1 more): move it away, or "
        "name a new folder\n",
    )
    assert (out / "CNAME").read_text() == (out / ".git" / "config").read_text() == "mine"


@pytest.mark.parametrize("manifest", ["{}", '{"title": "of another tool"}', "no JSON", '{"files": {}}'])
def test_a_file_that_is_called_like_the_manifest_makes_no_site(command: Command, tmp_path: Path, manifest: str):
    (tmp_path / "site.json").write_text(manifest)
    (tmp_path / "index.md").write_text("mine")
    said = command("site", "--out", tmp_path)
    assert said.code == 2
    assert "is not empty and no site" in said.err
    assert {path.name for path in tmp_path.iterdir()} == {"site.json", "index.md"}


def test_a_place_that_cannot_be_written_is_named_as_it_was_given(command: Command, tmp_path: Path):
    (tmp_path / "file").write_text("")
    said = command("site", "--out", tmp_path / "file" / "below")
    assert (said.code, said.err) == (2, f"madang: {tmp_path / 'file'} is a file; name a folder\n")
    out = tmp_path / ("x" * 252)
    said = command("site", "--out", out)
    assert (said.code, said.err) == (
        1,
        f"madang: {out} cannot be written: File name too long; choose another folder\n",
    )
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_an_open_file_without_what_pages_need_is_said(world: SharedCity, tmp_path: Path):
    shutil.copyfile(world.tier().published_file, tmp_path / "open.duckdb")
    with duckdb.connect(tmp_path / "open.duckdb") as con:
        con.execute("DROP TABLE mart.feed")
    with pytest.raises(PageError, match=r"the open file has not what pages need .*feed does not exist"):
        build_site(tmp_path / "open.duckdb", tmp_path / "made")


def test_an_address_is_of_the_web_and_without_secrets(command: Command, tmp_path: Path):
    for wrong in ("ftp://a", "https://", "https://u:p@a.example", "https://a.example/?q", "https://a.example:x/"):
        said = command("site", "--out", tmp_path / "out", "--address", wrong)
        assert (said.code, said.out) == (2, ""), wrong
        assert wrong in said.err
    assert command("site", "--out", tmp_path / "out", "--address", "https://a.example/seoul").code == 0


def test_it_is_served_to_this_machine_without_lists_and_ends_with_ctrl_c(world: SharedCity):
    environment = os.environ | {"MADANG_HOME": str(world.home.root), "PYTHONUNBUFFERED": "1"}
    words = [sys.executable, "-c", MAIN, "site", "--serve", "--port", "0"]
    server = subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        address = server.stdout.readline().split()[0]
        assert address.startswith("http://127.0.0.1:")
        for path, body in files_of(world.tier().published / "site").items():
            with urllib.request.urlopen(address + path) as answer:
                assert answer.read() == body
        for path in ("data/", "../madang.duckdb", "%2e%2e/madang.duckdb", "..%2fmadang.duckdb"):
            with pytest.raises(urllib.error.HTTPError, match="404"):
                urllib.request.urlopen(address + path)
        port = int(address.rstrip("/").rpartition(":")[2])
        taken = subprocess.run([*words[:-1], str(port)], env=environment, capture_output=True, text=True, check=False)
        assert taken.returncode == 1
        assert f"port {port} cannot be used" in taken.stderr
        with socket.socket() as elsewhere:
            assert elsewhere.connect_ex(("127.0.0.2", port)) != 0
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(120) == 0


def test_an_older_site_than_the_file_is_said(command: Command, world: SharedCity):
    link = world.tier().published / "site"
    target = link.readlink()
    older = world.tier().versions / target.name.replace("000001", "000000")
    (world.tier().versions / target.name).rename(older)
    link.unlink()
    link.symlink_to(older.relative_to(world.tier().published))
    said = command("site")
    assert said.code == 3
    assert "the site is of release 0, the open file is release 1: run `madang publish`" in said.err

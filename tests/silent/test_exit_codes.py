"""The table of exit codes in docs/runbook.md, command by command: what was asked wrongly is one sentence and 2."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from pipelines.cli.commands import app
from tests.support.paths import REPOSITORY
from tests.worlds.command import Command, Said
from tests.worlds.events import no_events
from tests.worlds.files import LAST, Yard
from tests.worlds.packs import small_seoul

NIGHT = ("nightly", "--city", "seoul", "--day", str(LAST))
BACKFILL = ("backfill", "--city", "seoul", "--from", str(LAST))
METRIC = "bike_rentals_per_100k"

# what is typed -> the code; {drop} is the drop folder
ON_A_HOME = {
    2: [
        ("status", "--city", "zzz"),
        ("status", "--city", "zzz", "--json"),
        ("scoreboard", "--city", "zzz"),
        ("ledger", "--city", "zzz"),
        ("ledger", "--city", "zzz", "--json"),
        ("ledger", "--feed", "zzz"),
        ("ledger", "--feed", "zzz", "--json"),
        ("explain", "zzz", METRIC, "11", str(LAST)),
        ("explain", "seoul", "zzz", "11", str(LAST), "--json"),
        ("explain", "seoul", METRIC, "zzz", str(LAST)),
        ("rollback", "99"),
        ("repair", "--city", "zzz"),
        ("repair", "--table", "zzz"),
        ("quarantine", "list", "--city", "zzz"),
        ("quarantine", "list", "--feed", "zzz", "--json"),
        ("quarantine", "show", "--feed", "zzz"),
        ("quarantine", "show", "--city", "zzz", "--json"),
        ("quarantine", "replay", "--city", "zzz"),
        ("quarantine", "export", "{drop}/held.zzz"),
        ("refused", "list", "--city", "zzz"),
        ("refused", "list", "--feed", "zzz", "--json"),
        ("refused", "remove"),
        ("nightly", "--city", "zzz"),
        (*NIGHT, "--source", "zzz"),
        (*NIGHT, "--source", "simulated", "--inject", "zzz"),
        (*NIGHT, "--from-dir", "/zzz"),
        (*NIGHT[:3], "--day", "2999-01-01", "--from-dir", "{drop}"),
        ("backfill", "--city", "zzz", "--from", str(LAST), "--to", str(LAST)),
        (*BACKFILL, "--to", "2019-01-01", "--from-dir", "{drop}"),
        ("city", "check", "zzz"),
        ("city", "new", "../zzz"),
        ("city", "sample", "zzz"),
        ("city", "replay", "zzz"),
        ("city", "pack", "zzz"),
        ("city", "unpack", "zzz.zip"),
        ("city", "diff", "zzz", "seoul"),
        ("feed", "try", "zzz", "{drop}", "--city", "seoul"),
        ("feed", "new", "zzz.csv"),
        ("contract", "show", "zzz", "--city", "seoul"),
        ("withdraw", "zzz", "--city", "seoul", "--yes"),
        ("withdraw", "bike_daily", "--city", "zzz", "--yes"),
        ("metric", "list", "--city", "zzz"),
        ("metric", "show", "zzz", "--city", "seoul"),
        ("metric", "try", "zzz", "--city", "seoul"),
        ("metric", "export", "--format", "zzz"),
        ("sql", "SELECT 1", "--json", "--csv"),
        ("completion", "zzz"),
        ("share", "check", "--city", "zzz"),
        ("sensors", "--city", "zzz"),
        ("sensors", "--json", "--csv"),
        ("site", "--serve", "--out", "{drop}/new"),
        ("site", "--out", "{drop}/new", "--address", "zzz"),
        ("site", "--address", "https://example.org"),
    ],
    1: [
        ("ledger", "--day", "1999-01-01"),
        ("explain", "seoul", METRIC, "11", "1999-01-01"),
        ("quarantine", "list", "--rule", "zzz"),
        ("quarantine", "show", "--batch", "zzz"),
        ("quarantine", "replay", "--city", "seoul"),
        ("quarantine", "export", "{drop}/held.csv"),
        ("refused", "remove", "zzz"),
        ("refused", "return", "zzz", "--to", "{drop}"),
        ("sql", "SELECT * FROM zzz"),
        ("sql", "DROP TABLE metric.value"),
        ("export", "{drop}/zzz", "--city", "zzz"),
        ("share", "check", "--city", "seoul"),
        ("sensors",),
        ("sensors", "--city", "seoul"),
        ("site",),
        ("site", "--serve"),
        ("site", "--out", "{drop}/new"),
        ("backup", "{drop}"),
        ("restore", "{drop}"),
        ("restore", "{drop}/zzz", "--list"),
    ],
    0: [
        ("status",),
        ("scoreboard", "--city", "seoul"),
        ("ledger", "--day", "1999-01-01", "--json"),
        ("explain", "seoul", METRIC, "11", str(LAST)),
        ("versions",),
        ("city", "list"),
        ("city", "check", "seoul"),
        ("sql", "SELECT 1"),
        ("completion", "bash"),
        ("refused", "list"),
        ("refused", "list", "--json"),
        ("refused", "remove", "--all", "--city", "seoul"),
        ("maintain", "--dry-run"),
        ("backup", "{drop}/../backups"),
        ("doctor",),
        ("doctor", "--json"),
        ("repair",),
        ("withdraw", "bike_daily", "--city", "seoul", "--dry-run"),
        ("sensors", "--json"),
        ("simulator", "faults"),
        ("simulator", "feeds"),
    ],
}
NO_HOME = {
    1: [("watch",), ("status",), ("ledger",), ("restore", "zzz"), ("backup", "zzz"),
        ("sql", "SELECT 1"), ("explain", "seoul", METRIC, "11", str(LAST)), ("rollback",),
        ("publish",), ("site",), ("quarantine", "list"), ("quarantine", "show"), ("doctor",), ("repair",),
        ("sensors",)],
}  # fmt: skip
COMMANDS = {"dev", "bench", "simulator serve"}  # they start something: tests/pipeline has them


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:
    yard = Yard(tmp_path_factory.mktemp("codes"))
    yard.deliver("bike_daily")
    found = Command(yard.home.root, small_seoul(yard.home.root.parent, "bike_daily"))
    assert found.packs is not None
    (found.packs / "seoul" / "metrics.yaml").write_text(f"metrics:\n  {METRIC}: {{}}\n")
    with no_events():
        said = found(*NIGHT, "--from-dir", yard.drop)
    assert said.code == 0, said.err
    return found


def one_sentence(said: Said, words: tuple[str, ...]) -> None:
    assert said.out == "", words
    assert said.err.startswith("madang: "), (words, said.err)
    assert len(said.err.splitlines()) == 1, (words, said.err)


@pytest.mark.parametrize("code", sorted(ON_A_HOME))
def test_codes_on_a_home_with_a_night(command: Command, code: int):
    drop = str(command.home.parent / "drop")
    for words in ON_A_HOME[code]:
        typed = tuple(word.replace("{drop}", drop) for word in words)
        said = command(*typed)
        assert said.code == code, (typed, said)
        if code:
            one_sentence(said, typed)
        if code == 2 and "zzz" in words:
            assert "zzz" in said.err, said.err


def test_codes_without_a_home(command: Command, tmp_path: Path):
    for words in NO_HOME[1]:
        said = Command(tmp_path / "none", command.packs)(*words)
        assert said.code == 1, (words, said)
        one_sentence(said, words)


def test_codes_of_broken_homes(command: Command, tmp_path: Path):
    """A file in place of the folder is the command line's fault (2); a damaged file or folder that of the home (1)."""
    file = tmp_path / "file"
    file.write_text("x")
    broken = Command(tmp_path / "broken", command.packs)
    (broken.home / "published").mkdir(parents=True)
    (broken.home / "published" / "madang.duckdb").write_bytes(b"no database")
    for words in (("sql", "SELECT 1"), ("explain", "seoul", METRIC, "11", str(LAST)), ("versions",)):
        said = Command(file, command.packs)(*words)
        assert said.code == 2, (words, said)
        one_sentence(said, words)
        said = broken(*words)
        assert said.code == 1, (words, said)
        one_sentence(said, words)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_codes_of_a_home_that_may_only_be_read(command: Command):
    command.home.chmod(0o500)
    try:
        assert command("sql", "SELECT 1").code == 0
        assert command("status").code == 0
    finally:
        command.home.chmod(0o700)


def test_every_command_is_in_these_tables():
    tables = [*ON_A_HOME.values(), *NO_HOME.values()]
    typed = {" ".join(words[:2]) if words[0] in GROUPS else words[0] for table in tables for words in table}
    assert typed | COMMANDS == names()


GROUPS = {str(group.name) for group in app.registered_groups}


def names() -> set[str]:
    def called(info) -> str:  # type: ignore[no-untyped-def]
        return info.name or info.callback.__name__.replace("_", "-")

    found = {called(info) for info in app.registered_commands}
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found |= {f"{group.name} {called(info)}" for info in group.typer_instance.registered_commands}
    return found


def test_the_codes_of_the_runbook_are_those_of_the_help():
    text = (REPOSITORY / "docs" / "runbook.md").read_text("utf-8")
    table = text.split("## Exit codes")[1].split("\n\n")[1]
    assert re.findall(r"^\| (\d+) \|", table, re.MULTILINE) == ["0", "1", "2", "3", "130"]
    assert app.info.help is not None
    assert sorted(re.findall(r"\b(0|1|2|3|130)\b", app.info.help), key=int) == ["0", "1", "2", "3", "130"]

"""The files of deploy/ are what they say: units that systemd takes, a container of the lock, pages behind a login."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from pipelines.cli.commands import app
from pipelines.settings import Settings
from tests.support.paths import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
CONTAINER = DEPLOY / "container"


def compose() -> dict[str, Any]:
    return yaml.safe_load((CONTAINER / "compose.yaml").read_text("utf-8"))


def options(words: list[str]) -> tuple[str, set[str], set[str]]:
    """The command, the options that it knows, and those given."""
    command = typer.main.get_command(app).commands[words[0]]  # type: ignore[attr-defined]
    context = command.make_context(words[0], [], resilient_parsing=True)
    known = {option for p in context.command.params for option in p.opts}
    return words[0], known, {word for word in words if word.startswith("--")}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    program = tmp_path / "opt" / ".venv" / "bin" / "madang"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        (tmp_path / unit.name).write_text(
            unit.read_text("utf-8").replace("/opt/madang", str(tmp_path / "opt")), "utf-8"
        )
    made = [str(tmp_path / unit.name) for unit in UNITS]
    done = subprocess.run(["systemd-analyze", "verify", *made], capture_output=True, text=True, check=False)
    assert [line for line in done.stderr.splitlines() if str(tmp_path) in line] == []
    timers = [line[11:] for unit in UNITS for line in unit.read_text("utf-8").splitlines() if "OnCalendar=" in line]
    for calendar in timers:
        subprocess.run(["systemd-analyze", "calendar", calendar], capture_output=True, check=True)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_services_run_commands_that_there_are_with_few_rights(unit: Path) -> None:
    text = unit.read_text("utf-8")
    (start,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    program, *words = shlex.split(start)
    assert program == "/opt/madang/.venv/bin/madang"
    _, known, given = options(words)
    assert given <= known
    for line in (
        "User=madang",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "EnvironmentFile=/etc/madang/madang.env",
    ):
        assert line in text.splitlines()
    assert not re.search(r"^Environment=", text, re.MULTILINE)  # everybody may read what stands in a unit


def test_the_file_of_the_environment_has_settings_that_there_are_and_no_secret() -> None:
    names = {f"MADANG_{field.validation_alias or name}".upper() for name, field in Settings.model_fields.items()}
    for path in (DEPLOY / "madang.env.example", CONTAINER / "proxy.env.example"):
        assert "0600" in path.read_text("utf-8")
        for name, value in re.findall(r"^#?([A-Z_]+)=(.*)$", path.read_text("utf-8"), re.MULTILINE):
            known = name in names or name.endswith("_KEY") or name in (CONTAINER / "Caddyfile").read_text("utf-8")
            assert known, name
            assert not re.search("KEY|HASH", name) or value in ("", "''")


def test_the_image_is_of_the_lock_and_of_a_user_without_rights() -> None:
    text = re.sub(r"\\\n\s*", "", (CONTAINER / "Containerfile").read_text("utf-8"))
    lines = [line.split(" ", 1) for line in text.splitlines() if line and line[0] not in "# "]
    installs = [part for word, rest in lines if word == "RUN" for part in rest.split("&&") if "pip install" in part]
    assert [
        ("--require-hashes" in one and "-r requirements.txt" in one) or "--no-index" in one for one in installs
    ] == [
        True,
        True,
    ]
    final = lines[max(n for n, (word, _) in enumerate(lines) if word == "FROM") :]
    assert ["USER", "10001:10001"] in final
    assert [rest for word, rest in final if word == "CMD"] == ['["madang", "dev", "--port", "3000"]']
    assert any(word == "HEALTHCHECK" and "127.0.0.1:3000/server_info" in rest for word, rest in final)
    copied = {source for word, rest in lines if word == "COPY" and "--from" not in rest for source in rest.split()[:-1]}
    ignored = (CONTAINER / "Containerfile.dockerignore").read_text("utf-8").splitlines()
    assert copied == {line[1:] for line in ignored if line[0] == "!"}
    assert all((REPOSITORY / name).exists() for name in copied)


@pytest.mark.holds(
    "attack 23", "In the recipe for containers the pages of Dagster are reached by the login of the proxy alone."
)
def test_pages_are_behind_the_login() -> None:
    services = compose()["services"]
    inside = {port.split(":")[1] for port in services["madang"]["ports"]}
    caddy = (CONTAINER / "Caddyfile").read_text("utf-8")
    listens = set(re.findall(r"https?_port (\d+)", caddy))
    assert inside == listens
    assert "3000" not in inside
    assert services["proxy"]["network_mode"] == "service:madang"
    assert [name for name, service in services.items() if "ports" in service] == ["madang"]
    sites = re.findall(r"^\{\$(\w+)\} \{\n(.*?)^\}", caddy, re.MULTILINE | re.DOTALL)
    assert {name for name, _ in sites} == {"MADANG_OPERATOR_NAME", "MADANG_SITE_NAME"}
    for _, block in sites:
        assert ("reverse_proxy" in block) == ("basic_auth" in block)
        assert ("reverse_proxy" in block) != ("file_server" in block)


def test_containers_have_few_rights_and_the_site_alone_of_the_home() -> None:
    found = compose()
    for service in found["services"].values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert "environment" not in service or not re.search("KEY|ALERT|PASSWORD", str(service["environment"]))
        assert all(one["required"] for one in service["env_file"])
    homes = [one for one in found["services"]["proxy"]["volumes"] if "home" in str(one)]
    assert [(one["volume"]["subpath"], one["read_only"]) for one in homes] == [("published/open", True)]
    assert {str(one).split(":")[0] for one in found["services"]["madang"]["volumes"]} == {"home"}
    assert set(found["volumes"]) == {"home", "certificates"}

"""The suite itself can not reach a real service, and without --source live nothing even tries."""

from __future__ import annotations

import socket
from pathlib import Path

import httpx
import pytest

from pipelines.settings import Settings
from tests.worlds.packs import seoul


def test_names_and_addresses_outside_are_refused():
    with pytest.raises(OSError, match="loopback only"):
        socket.getaddrinfo("openapi.seoul.go.kr", 8088)
    with socket.socket() as own, pytest.raises(OSError, match="loopback only"):
        own.connect(("192.0.2.1", 80))  # an address for documents, RFC 5737
    with pytest.raises(httpx.ConnectError):
        httpx.get("https://apis.data.go.kr/", trust_env=False)


@pytest.mark.parametrize("given", [{}, {"drop_dir": "drop"}])
def test_real_services_are_never_the_default(given: dict[str, str], monkeypatch: pytest.MonkeyPatch):
    for contract in seoul().contracts.values():
        for service in contract.connector.services if contract.connector else ():
            for variable in service.secrets.values():
                monkeypatch.setenv(variable, "a key that works")
    monkeypatch.delenv("MADANG_SOURCE", raising=False)
    monkeypatch.delenv("MADANG_DROP", raising=False)
    settings = Settings(**{name: Path(value) for name, value in given.items()})  # type: ignore[arg-type]
    assert settings.source == ("files" if given else "simulated")

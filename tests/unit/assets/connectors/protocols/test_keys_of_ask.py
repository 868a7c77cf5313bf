"""The keys of `ask` that a protocol knows are those of its documentation."""

from __future__ import annotations

import re

import pytest

from assets.connectors.protocol import protocol_for, protocol_names
from quality.contract.connector import Service
from tests.support.paths import REPOSITORY

CONTRACTS = (REPOSITORY / "docs" / "contracts.md").read_text("utf-8")
TABLE = CONTRACTS[CONTRACTS.index("| protocol | what it speaks |") :].split("\n\n")[0]


@pytest.mark.parametrize("name", protocol_names())
def test_a_protocol_knows_the_keys_of_its_documentation(name: str) -> None:
    (row,) = [line.split("|") for line in TABLE.splitlines() if line.startswith(f"| `{name}` |")]
    told = re.findall(r"`([^`]+)`", re.sub(r"\([^)]*\)", "", row[3]))
    assert sorted(told) == sorted(protocol_for(Service(protocol=name, address="https://example.org")).asked)

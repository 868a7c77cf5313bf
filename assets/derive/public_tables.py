"""Which tables are public, by the packs of today."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from assets.derive.tables import derived_tables
from assets.pack.packs import load_packs
from quality.contract.model import ContractError


def public_tables(folders: Iterable[Path]) -> frozenset[tuple[str, str]]:
    """City and name of each feed and derived table that is public. Of a pack that cannot be read none is."""
    found: set[tuple[str, str]] = set()
    for city in load_packs(folders).cities:
        try:
            contracts = [*city.contracts.values(), *(table.contract for table in derived_tables(city))]
        except ContractError:
            continue
        found |= {(city.name, contract.name) for contract in contracts if not contract.private}
    return frozenset(found)

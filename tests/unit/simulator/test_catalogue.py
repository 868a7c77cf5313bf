"""The catalogue of faults: what it says of each is true of the packs, and is what docs/faults.md says."""

from __future__ import annotations

import re

import pytest

from assets.derive.tables import derived_tables
from simulator.catalogue import AT_THE_GATE, FAULTS, named
from tests.support.faults_table import HEAD, TABLE, cells_of, declared
from tests.worlds.faulty_cities import PACKS
from tests.worlds.packs import pack_at


def test_names_are_unique_and_each_feed_is_there() -> None:
    packs = {name: pack_at(folder) for name, folder in PACKS.items()}
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        pack = packs[fault.pack]
        made = [table.contract for table in derived_tables(pack) if fault.feed in table.feeds]
        codes = {"empty", *(rule.code for contract in (pack.contracts[fault.feed], *made) for rule in contract.rules)}
        known = fault.seen is None or fault.seen in codes or re.match("SERVICE-|FILE-", fault.seen)
        assert known, f"{fault.name}: neither {fault.feed} nor what is made from it has a rule {fault.seen}"
        assert (fault.change_rows is None) != (fault.change_reply is None)


def test_a_fault_that_is_not_there_is_refused_with_those_that_are() -> None:
    assert named("quota").feed == "water_supply"
    with pytest.raises(ValueError, match=r"there is no fault 'nothing'; there are: .*quota"):
        named("nothing")


def test_the_table_in_the_docs_is_that_of_the_catalogue() -> None:
    """That its other columns are what becomes of each fault is tested with the nights of the faults."""
    rows = [cells_of(line) for line in TABLE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    rows = [cells for cells in rows if len(cells) == len(HEAD)]
    expected = [declared(fault) for fault in AT_THE_GATE]
    assert [cells[: len(expected[0])] for cells in rows] == expected, "docs/faults.md is old: `make faults` writes it"

"""Writes docs/faults.md: tries every fault of the simulated city and says what became of it (`make faults`)."""

from __future__ import annotations

import tempfile
from pathlib import Path

import stamina

from simulator.catalogue import AT_THE_GATE
from tests.support.faults_table import TABLE, document, row
from tests.worlds.faulty_cities import faulty_cities


def main() -> None:
    """Takes a minute or two. Read the diff: the test of the faults compares with what is written here."""
    stamina.set_testing(True, attempts=3, cap=True)  # nobody waits between the attempts
    with tempfile.TemporaryDirectory() as folder:
        city_of = faulty_cities(Path(folder))
        rows = [row(fault, city_of(fault.pack).result(fault)) for fault in AT_THE_GATE]
    TABLE.write_text(document(rows), encoding="utf-8")
    print(f"{TABLE}: {len(rows)} faults of the gate")


if __name__ == "__main__":
    main()

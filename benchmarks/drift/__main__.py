"""`python -m benchmarks.drift`: plants drift into real days and writes docs/drift.md. Two to four minutes of CPU.

`MADANG_REAL_DATA` names the folder of the real files (default: ../shared/data).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from assets.pack.city import load_city
from benchmarks.drift import networks, page, seen
from simulator.world.world import World

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "drift.md"


def table_of(network: networks.Network) -> page.Table:
    """All plantings into one network."""
    functions = {page.NEIGHBOURS: seen.of_places, page.WITNESS: seen.of_networks}
    there = {page.NEIGHBOURS: network.nearest is not None, page.WITNESS: not network.witness.is_empty()}
    used = {by: functions[by] for by in page.BY if there[by]}
    without = {by: function(network, None, 0.0) for by, function in used.items()}
    limits = {by: seen.thresholds(signals) for by, signals in without.items()}

    def row(signals_of: dict[str, seen.Signals]) -> page.Row:
        found = {by: seen.days_until(signals, limits[by]) for by, signals in signals_of.items()}
        return {(by, name): one for by, seens in found.items() for name, one in seens.items()}

    rows = {(page.NOBODY, 0.0): row(without)}
    for who in seen.who_of(network):
        for size in network.sizes:
            rows[who, size] = row({by: function(network, who, size) for by, function in used.items()})
    return page.Table(network, rows, limits)


def all_networks(data: Path) -> Sequence[networks.Network]:
    """The real ones, then the simulated city."""
    world = World(load_city(REPOSITORY / "cities" / "seoul"))
    return [
        *networks.street_sensors(data),
        *networks.beijing(data),
        *networks.one_sensor(data),
        *networks.simulated(world),
    ]


def main() -> int:
    """Writes the page; without the real files it says so and changes nothing."""
    data = Path(os.environ.get("MADANG_REAL_DATA", REPOSITORY.parent / "shared" / "data"))
    if not (data / "seoul" / "sdot_env").is_dir():
        print(f"there are no real files in {data}; MADANG_REAL_DATA names their folder", file=sys.stderr)
        return 2
    PAGE.write_text(page.written([table_of(network) for network in all_networks(data)]), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What a home keeps of the packs that it was published with."""

from __future__ import annotations

from pathlib import Path

from assets.publication.kept_packs import keep_packs
from tests.worlds.moved_city import port_city
from warehouse.home import Home


def test_a_home_keeps_no_deliveries_of_samples(tmp_path: Path) -> None:
    """Another sample is no other pack, either: nothing is kept again."""
    city, home = port_city(tmp_path / "cities"), Home(tmp_path / "home")
    keep_packs(home, [city])
    kept = home.packs / "port"
    before = kept.stat().st_ino
    assert {path.name for path in kept.rglob("*") if path.is_file()} == {
        *("city.yaml", "metrics.yaml", "areas.csv", "air.yaml", "dust.yaml"),
    }
    (city.folder / "sample" / "more.csv").write_text("a\n")
    keep_packs(home, [city])
    assert kept.stat().st_ino == before

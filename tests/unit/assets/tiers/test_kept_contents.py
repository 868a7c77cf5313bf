"""What is known of kept versions without opening them is what their files say."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.tiers import kept_contents
from assets.tiers.recipients import recipients
from tests.worlds.shared_city import FIRST, PRIVATE, TODAY, SharedCity, shared_city
from warehouse.published import folder


@pytest.fixture
def world(tmp_path: Path) -> SharedCity:
    return shared_city(tmp_path)


def beyond(world: SharedCity) -> dict[str, list[int]]:
    found = recipients([world.city], TODAY)
    private = {world.city.name: [PRIVATE]}
    return {
        name: kept_contents.versions_beyond(world.home, world.tier(name), found, [world.city], private)
        for name in found.of_tier
    }


def test_what_a_release_keeps_of_its_files_is_what_they_say(world: SharedCity, monkeypatch: pytest.MonkeyPatch):
    world.release()
    world.nights(FIRST, correction=1)
    world.publish("run-2")
    world.release(run_id="run-2")
    with monkeypatch.context() as patch:
        patch.setattr(kept_contents, "_in_file", lambda file: pytest.fail(f"{file} is opened once more"))
        kept = {name: kept_contents._contents(world.home, world.tier(name)) for name in beyond(world)}
    for name, versions in kept.items():
        files = folder.version_files(world.tier(name))
        assert {version: sorted(held) for version, held in versions.items()} == {
            version: sorted(kept_contents._in_file(file)) for version, file in files.items()
        }
        assert len(files) == 2


def test_what_is_lost_is_read_from_the_files(world: SharedCity):
    world.release()
    known = beyond(world)
    for path in (world.home.root / "disclosure" / "held").iterdir():
        path.write_text("{")
    assert beyond(world) == known

"""The packs of the repository carry samples each, which are small, whole, and free to be given on."""

from __future__ import annotations

from pathlib import Path

import pytest

from assets.moving.expected import EXPECTED, read_expected
from assets.moving.sample import ABOUT, MOST_BYTES, SYNTHETIC, read_sample
from pipelines.settings import REPOSITORY, pack_folders
from tests.worlds.packs import pack_at

PACKS = pack_folders(REPOSITORY / "cities")


@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_the_sample_of_a_pack(folder: Path) -> None:
    sample = read_sample(folder)
    files = {str(path.relative_to(sample.folder)) for path in sample.folder.rglob("*") if path.is_file()}
    assert files == {ABOUT, EXPECTED, *(one.file for one in sample.about.deliveries)}
    assert sum((sample.folder / file).stat().st_size for file in files) <= MOST_BYTES
    assert sample.about.licence == SYNTHETIC
    assert any(figure.value is not None for figure in read_expected(sample.folder / EXPECTED))
    feeds = {one.feed for one in sample.about.deliveries}
    assert feeds <= pack_at(folder).contracts.keys()


@pytest.mark.weekly
@pytest.mark.slow
@pytest.mark.parametrize("folder", PACKS, ids=lambda folder: folder.name)
def test_a_pack_gives_its_expected_figures(folder: Path) -> None:
    from pipelines.replayed import judge_sample

    assert [str(one) for one in judge_sample(pack_at(folder)).differences] == []

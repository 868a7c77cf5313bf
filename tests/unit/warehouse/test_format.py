"""A home is of the format of today, or it is refused with one sentence and left as it is."""

import json
from pathlib import Path

import pytest

from warehouse.format import FORMAT, HomeFormatError, open_home
from warehouse.home import Home
from warehouse.ledger import ledger

FILLED_ANEW = "fill it with `madang backfill` from the drop folder"


def tree(root: Path) -> dict[str, tuple[int, int, int]]:
    """All that could change of a home."""
    return {str(p): (p.stat().st_mtime_ns, p.stat().st_ino, p.stat().st_mode) for p in (root, *root.rglob("*"))}


def test_a_new_home_gets_its_format(tmp_path: Path):
    home = Home(tmp_path / "new")
    open_home(home)
    assert not home.root.exists()
    open_home(home, create=True)
    assert json.loads((home.root / "format.json").read_bytes()) == {"format": FORMAT}
    ledger.append(home, "batch", [{"batch_id": "b"}])
    before = tree(home.root)
    open_home(home)
    open_home(home, create=True)
    assert tree(home.root) == before


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"format": 3}', FILLED_ANEW),
        ('{"format": 2}', FILLED_ANEW),
        (None, FILLED_ANEW),
        ('{"format": 6}', "is of format 6, and this version knows 5: use the version of Madang that made it"),
        ('{"format": "x"}', "is of format x"),
        ("{", 'cannot be read: if this version has used the home before, replace its content by {"format": 5}'),
        ("[]", "cannot be read"),
        ('{"format": true}', "is of format True"),
        ('{"format": 0}', "is of format 0"),
    ],
)
@pytest.mark.parametrize("create", [True, False])
def test_other_formats_are_refused_with_a_sentence_and_left_as_they_are(
    tmp_path: Path, content: str | None, says: str, create: bool
):
    ledger.append(Home(tmp_path), "batch", [{"batch_id": "b"}])
    (tmp_path / "landing").mkdir(mode=0o755)
    if content is not None:
        (tmp_path / "format.json").write_text(content)
    before = tree(tmp_path)
    with pytest.raises(HomeFormatError) as refused:
        open_home(Home(tmp_path), create=create)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("written", [4, 6])
def test_commands_refuse_a_home_of_another_format(tmp_path: Path, written: int):
    from pipelines.cli.options import Stop, settings_of

    (tmp_path / "format.json").write_text(f'{{"format": {written}}}')
    with pytest.raises(Stop, match=f"is of format {written}") as stopped:
        settings_of(tmp_path)
    assert stopped.value.code == 1

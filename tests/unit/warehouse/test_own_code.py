"""Which frames are Madang's own: in a checkout with an environment in it, and beside installed libraries."""

import tomllib
from pathlib import Path

import pytest

from tests.support.paths import REPOSITORY
from warehouse import own_code
from warehouse.own_code import own_file


@pytest.mark.parametrize(
    ("root", "file", "own"),
    [
        ("/src/madang", "/src/madang/assets/ingest/parse.py", "assets/ingest/parse.py"),
        ("/src/madang", "/src/madang/.venv/lib/python3.11/site-packages/polars/frame.py", None),
        ("/src/madang", "/src/madang/tests/test_x.py", None),
        ("/env/lib/site-packages", "/env/lib/site-packages/quality/gate.py", "quality/gate.py"),
        ("/env/lib/site-packages", "/env/lib/site-packages/polars/frame.py", None),
        ("/env/lib/site-packages", "/env/lib/site-packages/polars/assets/frame.py", None),
        ("/home/u/.venv/lib/site-packages", "/home/u/.venv/lib/site-packages/quality/gate.py", "quality/gate.py"),
        ("/env/lib/site-packages", "/usr/lib/python3.11/json/decoder.py", None),
        ("/env/lib/site-packages", "<string>", None),
        ("/env/lib/site-packages", "/env/lib/site-packages", None),
    ],
)
def test_a_frame_is_own_by_its_package(monkeypatch: pytest.MonkeyPatch, root: str, file: str, own: str | None) -> None:
    monkeypatch.setattr(own_code, "ROOT", Path(root))
    assert own_file(file) == (None if own is None else Path(own))


def test_the_packages_are_those_of_the_wheel() -> None:
    said = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"]["find"]
    assert {name.partition(".")[0] for name in said["include"]} == set(own_code.PACKAGES)

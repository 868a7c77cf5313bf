"""Templates that were compiled are not compiled again, and what is wrong with a kept one harms no page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from assets.site.bytecode import KeptTemplates


def rendered(folder: Path, text: str = "{{ 6 * 7 }}") -> tuple[str, int]:
    """What a new process makes of a template, and how often it compiled."""
    compiled = list[str]()
    env = Environment(loader=DictLoader({"a": text}), bytecode_cache=KeptTemplates(folder), autoescape=True)
    compile_one = env.compile
    env.compile = lambda *given, **more: (compiled.append("a"), compile_one(*given, **more))[1]  # pyright: ignore
    return env.get_template("a").render(), len(compiled)


@pytest.fixture(autouse=True)
def _kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", False)


def test_a_template_is_compiled_once_for_all_processes(tmp_path: Path):
    assert [rendered(tmp_path / "kept") for _ in range(2)] == [("42", 1), ("42", 0)]
    assert rendered(tmp_path / "kept", "{{ 6 * 8 }}") == ("48", 1)


@pytest.mark.parametrize("damaged", [b"", b"j2", b"no bytecode at all"])
def test_one_that_is_damaged_is_compiled_again(tmp_path: Path, damaged: bytes):
    rendered(tmp_path)
    (kept,) = tmp_path.iterdir()
    for content in (damaged, kept.read_bytes()[: kept.stat().st_size // 2]):
        kept.write_bytes(content)
        assert [rendered(tmp_path) for _ in range(2)] == [("42", 1), ("42", 0)]


def test_a_place_that_cannot_be_written_and_a_process_that_may_write_none_compile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("")
    assert [rendered(tmp_path / "file") for _ in range(2)] == [("42", 1), ("42", 1)]
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert [rendered(tmp_path / "kept") for _ in range(2)] == [("42", 1), ("42", 1)]

"""Imports without a look for garbage, and modules that are imported when something is taken from them."""

import gc
import importlib
import sys
from pathlib import Path

import pytest

from warehouse.importing import import_later, import_parts_alone, importing


@pytest.mark.parametrize("before", [True, False])
def test_nobody_looks_for_garbage_while_modules_are_imported(before: bool):
    was = gc.isenabled()
    try:
        (gc.enable if before else gc.disable)()
        with pytest.raises(ImportError), importing():
            _import_what_is_not_there()
        assert gc.isenabled() is before
    finally:
        (gc.enable if was else gc.disable)()
        gc.unfreeze()


def _import_what_is_not_there() -> None:
    with importing():
        assert not gc.isenabled()
    assert not gc.isenabled()
    importlib.import_module("no_such_module_anywhere")


def test_a_module_is_imported_when_something_is_taken_from_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "package_of_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "heavy.py").write_text("import package_of_test\npackage_of_test.loaded = True\nvalue = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        import_later("package_of_test.heavy")
        from package_of_test import heavy  # pyright: ignore

        package = sys.modules["package_of_test"]
        assert not hasattr(package, "loaded")
        assert heavy.value == 1
        assert package.__dict__["loaded"]
        import_later("package_of_test.heavy")  # it is there
        assert sys.modules["package_of_test.heavy"] is heavy
    finally:
        for name in ("package_of_test", "package_of_test.heavy"):
            sys.modules.pop(name, None)


def test_a_part_of_a_package_is_imported_without_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder = tmp_path / "parts_of_test"
    folder.mkdir()
    (folder / "__init__.py").write_text("from parts_of_test.one import first\nfrom parts_of_test.other import second\n")
    (folder / "one.py").write_text("first = 1\n")
    (folder / "other.py").write_text("second = 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        import_parts_alone("parts_of_test")
        assert importlib.import_module("parts_of_test.one").first == 1
        assert "parts_of_test.other" not in sys.modules
        assert not hasattr(sys.modules["parts_of_test"], "__wrapped__")
        from parts_of_test import first, second  # pyright: ignore

        assert (first, second) == (1, 2)
        assert not hasattr(sys.modules["parts_of_test"], "third")
        import_parts_alone("parts_of_test")  # it is there
    finally:
        for name in ("parts_of_test", "parts_of_test.one", "parts_of_test.other"):
            sys.modules.pop(name, None)

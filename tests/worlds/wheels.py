"""Wheels that tests make by hand, and the wheel of this checkout."""

from __future__ import annotations

import importlib.util
import io
import sys
import zipfile
from pathlib import Path

from pipelines.wheel import LOCK, Wheel
from tests.support.paths import REPOSITORY

NAME = "madang-0.1.0-py3-none-any.whl"
METADATA = "madang-0.1.0.dist-info"
SMALL = Wheel(
    NAME,
    {
        "pipelines/__init__.py": b"",
        LOCK: b"polars==1.0 \\\n    --hash=sha256:00\n",
        f"{METADATA}/METADATA": b"Metadata-Version: 2.4\nName: madang\nVersion: 0.1.0\n",
        f"{METADATA}/WHEEL": b"Wheel-Version: 1.0\n",
    },
)


def built_wheel() -> Wheel:
    """What `make wheel` builds of this checkout as it is."""
    spec = importlib.util.spec_from_file_location("madang_build_wheel", REPOSITORY / "deploy" / "build_wheel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.built()


def written_otherwise(wheel: Wheel, path: Path) -> Path:
    """The same wheel as another tool writes it: compressed, in another order, with times of its own."""
    with zipfile.ZipFile(io.BytesIO(wheel.content)) as normal, zipfile.ZipFile(path, "w") as file:
        for entry in reversed(normal.infolist()):
            other = zipfile.ZipInfo(entry.filename, (2024, 1, 2, 3, 4, 6))
            file.writestr(other, normal.read(entry), zipfile.ZIP_DEFLATED)
    return path

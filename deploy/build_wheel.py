"""Build Madang's wheel from this checkout: `make wheel`. The build backend makes it, then it gets its normal form.

The backend works on a copy: in place it would take over what an earlier build left in build/.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.wheel import Wheel, wheel_in
from warehouse.files import ANYBODY, write_atomically
from warehouse.own_code import PACKAGES

CHECKOUT = Path(__file__).resolve().parents[1]
NEEDED = ("pyproject.toml", "README.md", "LICENSE")
PIP = ("-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-index", "--no-deps", "--no-build-isolation")


def built() -> Wheel:
    """The wheel of the checkout as it is now. Raises CalledProcessError, after the backend has said why."""
    with TemporaryDirectory(prefix="madang-") as temporary:
        source, made = Path(temporary, "source"), Path(temporary, "made")
        for name in PACKAGES:
            shutil.copytree(CHECKOUT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in NEEDED:
            shutil.copyfile(CHECKOUT / name, source / name)
        environment = os.environ | {"SOURCE_DATE_EPOCH": "315532800"}
        subprocess.run([sys.executable, *PIP, "-w", str(made), str(source)], check=True, env=environment)
        (wheel,) = made.glob("*.whl")
        return wheel_in(wheel)


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    folder.mkdir(parents=True, exist_ok=True)
    wheel = built()
    write_atomically(folder / wheel.name, wheel.content, mode=ANYBODY)
    print(f"{folder / wheel.name}: {len(wheel.content):,} bytes, sha256:{wheel.sha256}")


if __name__ == "__main__":
    main()

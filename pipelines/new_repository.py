"""A city's own repository: its pack, the two commands, and a lock of Madang's wheel and all libraries by their hashes.

What the pack has stands in assets/pack/new_pack.py, the other files in pipelines/repository_files/.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

from assets.pack.new_pack import NewCity, create_pack
from assets.schemas.schemas import write_schemas
from pipelines.wheel import Wheel, WheelError, wheel_in
from warehouse.files import ANYBODY, UNFINISHED, write_atomically

FILES = Path(__file__).parent / "repository_files"
CITIES, WHEELS, LOCK_FILE = "cities", "wheels", "requirements.txt"
_DOT, _NAME, _TITLE = "dot.", "new_city", "New City"  # `dot.`: a file that begins with a dot is one of Madang's own
_LOCK_HEAD = """\
# What `make setup` installs, and nothing else: each file by its SHA-256, wherever it comes from. Madang writes it from
# the lock in its wheel; `make upgrade WHEEL=FILE` takes another one.
./{wheels}/{wheel} \\
    --hash=sha256:{sha256}
"""


def create_repository(folder: Path, new: NewCity, wheel: Wheel) -> bool:
    """Make the repository in a folder that is not there or is empty: whole, or nothing of it. Has it a Git repository?

    Raises ValueError for a city or a folder that cannot be used, FileExistsError, NotADirectoryError, OSError.
    """
    odd = next((sign for sign in folder.resolve().as_posix() if sign in '[%\\?*:"`$' or not sign.isprintable()), None)
    if odd is not None:  # the lake, make and Python's environments each have a meaning of their own for some of them
        raise ValueError(f"{folder}: choose a path without {odd!r}; it has a special meaning for what works there")
    made = not os.path.lexists(folder)
    if not made and not folder.is_dir():
        raise NotADirectoryError(f"{folder} is no folder: give a new or an empty one")
    if not made and any(folder.iterdir()):
        raise FileExistsError(f"{folder} is not empty: give a new or an empty folder")
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{secrets.token_hex(8)}{UNFINISHED}"
    moved = list[Path]()
    try:
        create_pack(unfinished / CITIES, new)
        write_schemas(unfinished / CITIES)
        _write_files(unfinished, new.name)
        write_lock(unfinished, wheel)
        has_git = _git_init(unfinished)
        for path in sorted(unfinished.iterdir()):
            moved.append(path.rename(folder / path.name))
        unfinished.rmdir()
    except BaseException:
        for path in (unfinished, *moved):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        if made:
            folder.rmdir()
        raise
    return has_git


def write_lock(folder: Path, wheel: Wheel) -> None:
    """Put the wheel into the repository, and write what `make setup` installs. Other wheels leave it afterwards."""
    wheels = folder / WHEELS
    wheels.mkdir(exist_ok=True)
    write_atomically(wheels / wheel.name, wheel.content, mode=ANYBODY)
    head = _LOCK_HEAD.format(wheels=WHEELS, wheel=wheel.name, sha256=wheel.sha256)
    write_atomically(folder / LOCK_FILE, (head + wheel.lock).encode(), mode=ANYBODY)
    for other in wheels.glob("madang-*.whl"):
        if other.name != wheel.name:
            other.unlink()


def _write_files(folder: Path, city: str) -> None:
    title = city.replace("_", " ").title()
    for source in sorted(path for path in FILES.rglob("*") if path.is_file()):
        parts = source.relative_to(FILES).parts
        target = folder.joinpath(*(f".{part.removeprefix(_DOT)}" if part.startswith(_DOT) else part for part in parts))
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text("utf-8").replace(_NAME, city).replace(_TITLE, title)
        target.write_text(text, encoding="utf-8")
        if text.startswith("#!"):
            target.chmod(0o755)
    # what Dagster's own command opens is what `madang dev` opens
    shutil.copyfile(FILES.parent / "shipped" / "workspace.yaml", folder / "workspace.yaml")


def _git_init(folder: Path) -> bool:
    """A Git repository in the folder, where Git is there and can make one."""
    if shutil.which("git") is None:
        return False
    # a hook of another repository, which runs this, names that one for all of Git
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    words = ["git", "-c", "init.defaultBranch=main", "init", "-q", str(folder)]
    return subprocess.run(words, env=environment, capture_output=True, check=False).returncode == 0


def main() -> None:
    """`python -m pipelines.new_repository WHEEL`, in a repository: the lock names another wheel from now on."""
    try:
        if not Path(WHEELS).is_dir() or not Path(CITIES).is_dir():
            raise WheelError(f"{Path.cwd()} is no repository of a city: it has no {WHEELS}/ and {CITIES}/")
        wheel = wheel_in(Path(*sys.argv[1:2]))
        write_lock(Path(), wheel)
    except (WheelError, OSError) as error:
        sys.exit(f"madang: {error}")
    print(f"{LOCK_FILE} names {wheel.name}, sha256:{wheel.sha256}. Next: make check && make nightly")


if __name__ == "__main__":
    main()

"""The folder of a trial that is made within a pack."""

from __future__ import annotations

import subprocess
from pathlib import Path

from assets.trial.private_folder import private_folder


def test_git_sees_nothing_of_a_folder_within_a_pack(tmp_path: Path) -> None:
    """One that was killed left `.madang-trial-...` in the pack, and `git add` took the deliveries."""
    git = ("git", "-C", str(tmp_path))
    subprocess.run([*git, "init", "-q"], check=True)
    with private_folder(tmp_path) as folder:
        (folder / "sample").mkdir()
        (folder / "sample" / "private.csv").write_text("a", "utf-8")
        said = subprocess.run([*git, "status", "--porcelain"], check=True, capture_output=True, text=True).stdout
    assert said == ""
    assert not folder.exists()

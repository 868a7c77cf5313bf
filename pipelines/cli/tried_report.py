"""The report of `madang feed try` as a file: where it may be written, and writing it whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pipelines.cli.options import Stop

if TYPE_CHECKING:
    from assets.trial.result import Trial


def require_place(target: Path) -> None:
    """Raises Stop where no report can be written: another kind of file, or one that is no report and is there."""
    from assets.trial.report import KINDS, is_report

    kind = target.suffix.lower()
    if kind not in KINDS:
        raise Stop(f"--report {target}: give it a name that ends in {' or '.join(KINDS)}", 2)
    if not target.parent.is_dir():
        raise Stop(f"--report {target}: there is no folder {target.parent}; make it", 2)
    if target.is_symlink() or (target.exists() and not target.is_file()):
        raise Stop(f"--report {target}: it is not a plain file; name another one", 2)
    if target.exists() and not is_report(target.read_bytes(), kind):
        raise Stop(f"--report {target}: it is there and is no report of `feed try`; name another file", 2)


def write(trial: Trial, target: Path) -> None:
    """Write the report. With values of a private feed it is its owner's alone."""
    from assets.trial.report import report_bytes
    from warehouse.files import ANYBODY, OWNER_ONLY, write_atomically

    mode = OWNER_ONLY if trial.contract.private else ANYBODY
    write_atomically(target, report_bytes(trial, target.suffix.lower()), mode)

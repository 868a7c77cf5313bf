"""Dagster's files of what steps print, kept from Ctrl-C. Named in deploy/dagster.yaml."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from dagster._core.storage.compute_log_manager import CapturedLogContext
from dagster._core.storage.local_compute_log_manager import LocalComputeLogManager
from dagster._serdes import ConfigurableClassData


class ComputeLogs(LocalComputeLogManager):
    """Dagster's own, but the processes that it starts beside each step do not hear Ctrl-C.

    A terminal sends it to all of them, and each would print a traceback; they end with the step.
    """

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> ComputeLogs:
        """`base_dir` is Dagster's home; what steps print is where Dagster has it by itself."""
        return cls(os.path.join(config_value["base_dir"], "storage"), inst_data=inst_data)

    @contextmanager
    def capture_logs(self, log_key: Sequence[str]) -> Generator[CapturedLogContext]:
        with ExitStack() as stack:
            with _ctrl_c_waits():
                context = stack.enter_context(super().capture_logs(log_key))
            yield context


@contextmanager
def _ctrl_c_waits() -> Iterator[None]:
    """What is started within the block never hears SIGINT; this process hears it after the block."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

"""Settings of the whole process. Every way to start Madang calls `configure`; nothing else changes them."""

from __future__ import annotations

import csv
import gc
import logging
import signal
import sys
import warnings

import stamina

from pipelines import terminal_log

# Both libraries log whole addresses, and the services of Seoul have the key in their path.
_LOG_ADDRESSES = (
    "httpx",
    *(f"httpcore{part}" for part in ("", ".connection", ".http11", ".http2", ".proxy", ".socks")),
)


def configure() -> None:
    """Set up this process for Madang; a second call changes nothing."""
    _collect_garbage_less_often()
    _keep_addresses_out_of_logs()
    _silence_known_messages()
    terminal_log.shorten()
    _block_ignored_interrupts()
    csv.field_size_limit(min(sys.maxsize, 2**31 - 1))  # longer fields than 128 KiB are real: outlines as text


def _collect_garbage_less_often() -> None:
    # Python looks through all of Dagster and Great Expectations for garbage again and again: a tenth of a night.
    gc.set_threshold(50_000, 20, 20)


def _keep_addresses_out_of_logs() -> None:
    # A filter holds whatever level is set later; it works on a logger's own records alone, so that each one needs it.
    for name in _LOG_ADDRESSES:
        logging.getLogger(name).addFilter(_nothing)
    # It would log each retry, with the address, to the terminal; the ledger has them.
    stamina.instrumentation.set_on_retry_hooks([])


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _silence_known_messages() -> None:
    # Dagster reports for every day without a delivery that its checks gave no result; nothing is made on such a day.
    logging.getLogger("dagster._core.execution.plan.active").setLevel(logging.ERROR)
    # Backfills in a single run are used knowingly.
    warnings.filterwarnings("ignore", message=r".*is currently in (beta|preview)")


def _block_ignored_interrupts() -> None:
    """Keep a SIGINT ignored that a script ignores for the commands it starts in the background.

    Dagster handles SIGINT in each step, ignored or not. A blocked one does not arrive; threads inherit that, so it
    has to happen before any library starts one.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

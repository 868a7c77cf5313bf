"""What `configure` sets for the whole process, in a process of its own: no test has set it before."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from pipelines.settings import REPOSITORY

SEEN = """
import csv, gc, json, logging, signal, warnings
import stamina.instrumentation
signal.pthread_sigmask(signal.SIG_SETMASK, ())  # whoever started the tests may keep SIGINT from them
from pipelines.process import configure
{before}
configure()
configure()
warnings.warn("asset is currently in beta, and may change")
print(json.dumps({{
    "gc": gc.get_threshold(),
    "field": csv.field_size_limit(),
    "retry hooks": len(stamina.instrumentation.get_on_retry_hooks()),
    "address logged": [n for n in ("httpx", "httpcore.http11") if logging.getLogger(n).filter(
        logging.makeLogRecord({{"name": n, "msg": "GET http://x/KEY"}}))],
    "filters": len(logging.getLogger("httpx").filters),
    "blocked": signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []),
}}))
"""


def seen(before: str) -> dict:
    done = subprocess.run(
        [sys.executable, "-c", SEEN.format(before=before)],
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_configure_sets_everything_once():
    assert seen("signal.signal(signal.SIGINT, signal.default_int_handler)") == {
        "gc": [50_000, 20, 20],
        "field": 2**31 - 1,
        "retry hooks": 0,
        "address logged": [],
        "filters": 1,
        "blocked": False,
    }


def test_an_ignored_ctrl_c_does_not_arrive():
    assert seen("signal.signal(signal.SIGINT, signal.SIG_IGN)")["blocked"] is True


def test_importing_madang_sets_nothing():
    code = (
        "import csv, gc, logging; before = gc.get_threshold(), csv.field_size_limit();"
        "import pipelines.definitions, pipelines.code_location, pipelines.runner;"
        "import assets.connectors.http, assets.readers.csv;"
        "assert (gc.get_threshold(), csv.field_size_limit()) == before;"
        "assert not logging.getLogger('httpx').filters"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=REPOSITORY, check=True)

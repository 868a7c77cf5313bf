"""The release of a city's tiers in a process that can be killed at any failpoint.

A program: `python killed_release.py` imports what is slow once, then forks a child for each line of JSON on its input
and answers with one line how the child ended, as killed_run.py does.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from warehouse.importing import importing

with importing():
    import jinja2  # noqa: F401 - of the pages

    from tests.worlds.shared_city import DecidedCells, SharedCity, chosen_city
    from warehouse.home import Home


def main() -> None:
    gc.freeze()
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            try:
                os.environ |= order["environment"]
                home = Home(Path(order["home"]))
                done = SharedCity(home, chosen_city(Path(order["pack"])), DecidedCells(home)).release(site=True)
                os._exit(1 if done.troubles or done.site_troubles else 0)
            except BaseException:
                traceback.print_exc()
                os._exit(2)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()

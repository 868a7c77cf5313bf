"""What another tool says of contracts: run by the Python of its own environment, one process for all of them.

`judge.py lint FILE...`, `judge.py test FILE...` or `judge.py breaking OLD NEW`; prints JSON: for each file the checks
that were made, as (name, result, reason), or the changes, as (level, message). It imports nothing of Madang.
"""

import json
import logging
import sys
from importlib import import_module


def main(what: str, files: list[str]) -> None:
    logging.disable(logging.CRITICAL)
    contract = import_module("datacontract.data_contract").DataContract
    if what == "breaking":
        old, new = (contract(data_contract_file=file) for file in files)
        found = [(entry.level.value, entry.message) for entry in old.breaking(new).entries]
        print(json.dumps(found))
        return
    runs = {file: getattr(contract(data_contract_file=file), what)() for file in files}
    checks = {
        file: [(check.name, None if check.result is None else check.result.value, check.reason) for check in run.checks]
        for file, run in runs.items()
    }
    print(json.dumps(checks))


main(sys.argv[1], sys.argv[2:])

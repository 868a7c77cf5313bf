"""What another tool says of contracts: run by the Python of its own environment, one process for all of them.

`judge.py lint FILE...`, `judge.py test FILE...` or `judge.py breaking OLD NEW [OLD NEW]...`; prints JSON: for each file
the checks that were made, as (name, result, reason), or for each pair the changes, as (level, message), as they are for
those who read the table and for those who deliver it. It imports nothing of Madang.
"""

import json
import logging
import sys
from importlib import import_module


def main(what: str, files: list[str]) -> None:
    logging.disable(logging.CRITICAL)
    contract = import_module("datacontract.data_contract").DataContract
    if what == "breaking":
        pairs = [[contract(data_contract_file=file) for file in files[n : n + 2]] for n in range(0, len(files), 2)]
        sides = ("consumer", "producer")
        said = [{side: old.breaking(new, perspective=side).entries for side in sides} for old, new in pairs]
        plain = [{side: [(e.level.value, e.message) for e in some] for side, some in one.items()} for one in said]
        print(json.dumps(plain))
        return
    runs = {file: getattr(contract(data_contract_file=file), what)() for file in files}
    checks = {
        file: [(check.name, None if check.result is None else check.result.value, check.reason) for check in run.checks]
        for file, run in runs.items()
    }
    print(json.dumps(checks))


main(sys.argv[1], sys.argv[2:])

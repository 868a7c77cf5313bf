"""What full documents of feeds say that Madang does not judge: rules of other tools, types that it does not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from assets.pack.city import PackFiles
from quality.contract.mistakes import Mistake
from quality.contract.validation import mistake_in
from quality.contract.yaml_file import read_yaml
from quality.odcs.read import unjudged


def unjudged_warnings(pack: PackFiles) -> Iterator[Mistake]:
    """A warning for each, at its line. Documents that cannot be read have mistakes of their own."""
    zone = None if pack.config is None else pack.config.timezone
    for path in pack.contracts:
        if path.name.endswith(".odcs.yaml"):
            document = read_yaml(path)
            yield from (replace(mistake_in(said, path, document), warning=True) for said in unjudged(document, zone))

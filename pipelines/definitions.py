"""What Dagster's own processes load."""

import dagster as dg

from pipelines.process import configure
from warehouse.importing import importing


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions for the settings of the environment."""
    configure()
    with importing():
        from pipelines.code_location import code_location
        from pipelines.settings import Settings

    return code_location(Settings())

"""What Dagster's own processes load."""

import dagster as dg

from pipelines.process import configure


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions for the settings of the environment."""
    configure()  # before the imports: else Python looks through all of them for garbage, 0.2 s of each start
    from pipelines.code_location import code_location
    from pipelines.settings import Settings

    return code_location(Settings())

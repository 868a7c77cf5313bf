"""What Dagster's own processes load."""

import dagster as dg
from dagster._core.definitions.definitions_load_context import DefinitionsLoadContext, DefinitionsLoadType

from pipelines.process import configure
from warehouse.importing import importing

LOADS = set[DefinitionsLoadType]()  # how this process has loaded definitions


@dg.definitions
def defs() -> dg.Definitions:
    """The definitions for the settings of the environment.

    A server of definitions initializes them, and what it tells is shown. A process that executes a run only constructs
    them again, maybe for days that are not shown any more, or not yet.
    """
    configure()
    with importing():
        from pipelines.code_location import code_location
        from pipelines.settings import Settings

    LOADS.add(DefinitionsLoadContext.get().load_type)
    return code_location(Settings(), shown=DefinitionsLoadType.INITIALIZATION in LOADS)

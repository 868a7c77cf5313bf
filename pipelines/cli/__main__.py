"""`python -m pipelines.cli`: the same as `madang`."""

from pipelines.cli.main import main

main()

"""`python -m benchmarks.rivals`; all is in __init__.py."""

from benchmarks.rivals import main

main()

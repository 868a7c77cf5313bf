"""Wiring only: settings, partitions, jobs, schedules, sensors and the madang command; no data logic."""

import os

# Polars gives memory back soon after it was used, and asks for it again with the next delivery: a fifth of the CPU of
# reading a large one went into that. Few places to keep it in, or each thread keeps its own: for two cores there were
# eight. This is read where Polars is imported, which comes after this package.
_PLACES = max(1, (os.cpu_count() or 1) // 2)
os.environ.setdefault("_RJEM_MALLOC_CONF", f"narenas:{_PLACES},dirty_decay_ms:10000,muzzy_decay_ms:0")

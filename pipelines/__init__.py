"""Wiring only: settings, partitions, jobs, schedules, sensors and the madang command; no data logic."""

import os

# Polars gives memory back half a second after it was used, and asks for it again with the next delivery: a fifth of the
# CPU of reading a large one went into that. This is read where Polars is imported, which comes after this package.
os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:-1")

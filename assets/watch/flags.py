"""The flags of readings and places, as QARTOD has them, and the rules that set them as bits of one number.

Integrated Ocean Observing System, Manual for the Use of Real-Time Oceanographic Data Quality Control Flags, 2020.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag


class QcFlag(IntEnum):
    """What a reading is worth. `qc` of model.reading_qc and of mart.place_health."""

    GOOD = 1
    NOT_JUDGED = 2  # nobody can say: no position, too few neighbours, too few days
    SUSPECT = 3
    BAD = 4
    MISSING = 9


class QcRule(IntFlag):
    """The rules that a place or a reading broke. `qc_rules` has the sum of their bits."""

    FLAT_LINE = 1
    SPIKE = 2
    STEP = 4
    RATE_OF_CHANGE = 8
    GAP = 16
    NEIGHBOURS = 32
    CORRELATION = 64
    MISSING = 256  # 128 is free, for a value that a rule of the contract made null: core does not say which null is one

"""Formulas of the field: pure functions of expressions and frames, each with its source."""

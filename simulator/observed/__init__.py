"""Rows of every model from the world: one module for each model, found by its name, which gives `OBSERVED`."""

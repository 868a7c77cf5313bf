"""Metrics as tiles: what one says, what all of a city say together, what changed, and why a value is not there."""

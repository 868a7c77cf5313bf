"""Proposals: looking at a delivery that nobody has described yet, and the feed's file that could describe it."""

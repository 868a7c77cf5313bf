"""Rows of the simulated world, delivered as the provider of a feed would: the inverse of what its contract says.

This is the only part of the simulator that reads contracts. What it makes agrees with a contract also where that is
wrong: it is for the first day of another city, never for a test of a contract (decision 041).
"""

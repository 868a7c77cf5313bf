"""Faults that can be injected. One file for each family, with `FAULTS`."""

"""Dagster's own store under a home: its instance, event log and retention."""

"""The published DuckDB file: what is in it, how it is filled, versions and the way back."""

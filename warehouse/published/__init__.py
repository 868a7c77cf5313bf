"""The published DuckDB file: what is in it, how it is loaded, versions and the way back."""

"""Great Expectations on an open DuckDB connection."""

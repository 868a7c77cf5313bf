"""What is published as a folder that stands alone: DuckDB, Parquet, CSV, and what they mean, for whoever gets it."""

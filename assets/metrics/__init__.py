"""Policy metrics as pure Polars formulas, free of feeds; a result keeps the name of its leading column."""

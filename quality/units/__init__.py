"""Units of measurement: the texts that stand for them, and how a value of one becomes a value of another."""

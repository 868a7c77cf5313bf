"""Cities beside each other: which of their values may be compared, how they rank, and why the others may not be."""

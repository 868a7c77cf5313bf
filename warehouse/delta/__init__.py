"""Delta tables: what is live, and the one way to commit."""

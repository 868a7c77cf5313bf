"""The ledger: append-only tables that say what was tried, kept, held back and published, and why."""

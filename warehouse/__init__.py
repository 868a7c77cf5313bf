"""What a table is, and the only code that touches storage: landing, lake, ledger and published files."""

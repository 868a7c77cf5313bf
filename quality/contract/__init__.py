"""What a contract is, and how it is read from ODCS YAML."""

"""Is this batch fit, and why not: contracts, rules, the gate, quarantine and disclosure."""

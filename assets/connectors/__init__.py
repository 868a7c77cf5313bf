"""One module per protocol: request -> pages -> raw bytes -> rows of text; no typing, no rules, no storage."""

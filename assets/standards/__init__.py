"""Standards: limits and index tables, one YAML file for each country and for the WHO, and how they are read."""

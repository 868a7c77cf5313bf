"""Why there is no value, one YAML file for each language, whose name is its tag."""
